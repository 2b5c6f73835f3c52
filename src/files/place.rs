//! Where things stand in a document: dotted paths, byte spans, lines.

use core::ops::Range;
use std::fmt::Write as _;
use std::prelude::rust_2024::*;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Line and column, both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    /// Of byte `at` of `text`; past the end is the end.
    pub(super) fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }
}

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// `cell[3].endpoint`.
pub(super) fn dotted(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Key(key) if text.is_empty() => write!(text, "{key}"),
            Step::Key(key) => write!(text, ".{key}"),
            Step::Index(index) => write!(text, "[{index}]"),
        };
    }
    text
}

/// The steps of `cell[3].endpoint`; what is not an index between brackets is taken as a key.
pub(super) fn steps(dotted: &str) -> Vec<Step> {
    let mut path = Vec::new();
    for part in dotted.split('.').filter(|part| !part.is_empty()) {
        let (key, indices) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !key.is_empty() {
            path.push(Step::Key(key.into()));
        }
        for index in indices.split('[').filter_map(|index| index.strip_suffix(']')) {
            path.push(index.parse().map_or_else(|_| Step::Key(index.into()), Step::Index));
        }
    }
    path
}

/// The value at `path`, and the span of its key where it has one.
pub(super) fn get<'a, 'i>(
    root: &'a DeTable<'i>,
    path: &[Step],
) -> Option<(&'a Spanned<DeValue<'i>>, Option<Range<usize>>)> {
    let (Step::Key(first), rest) = path.split_first()? else { return None };
    let (key, value) = root.get_key_value(first.as_str())?;
    rest.iter().try_fold((value, Some(key.span())), |(value, _), step| match (value.get_ref(), step) {
        (DeValue::Table(table), Step::Key(key)) => {
            table.get_key_value(key.as_str()).map(|(key, value)| (value, Some(key.span())))
        }
        (DeValue::Array(array), Step::Index(index)) => array.get(*index).map(|value| (value, None)),
        _ => None,
    })
}

/// The table at `path`, to be changed; the root for an empty path.
pub(super) fn table_mut<'a, 'i>(root: &'a mut DeTable<'i>, path: &[Step]) -> Option<&'a mut DeTable<'i>> {
    match path {
        [] => Some(root),
        _ => match value_mut(root, path)?.get_mut() {
            DeValue::Table(table) => Some(table),
            _ => None,
        },
    }
}

/// The value at `path`, to be changed.
pub(super) fn value_mut<'a, 'i>(
    root: &'a mut DeTable<'i>,
    path: &[Step],
) -> Option<&'a mut Spanned<DeValue<'i>>> {
    let (Step::Key(first), rest) = path.split_first()? else { return None };
    let mut value = root.get_mut(first.as_str())?;
    for step in rest {
        value = match (value.get_mut(), step) {
            (DeValue::Table(table), Step::Key(key)) => table.get_mut(key.as_str())?,
            (DeValue::Array(array), Step::Index(index)) => array.get_mut(*index)?,
            _ => return None,
        };
    }
    Some(value)
}

/// What a span may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Key,
    Value,
}

/// Path of the first key or value with exactly this span, parents before children.
pub(super) fn find(table: &DeTable<'_>, span: &Range<usize>, part: Part) -> Option<Vec<Step>> {
    let mut path = Vec::new();
    find_in_table(table, span, part, &mut path).then_some(path)
}

fn find_in_table(table: &DeTable<'_>, span: &Range<usize>, part: Part, path: &mut Vec<Step>) -> bool {
    table.iter().any(|(key, value)| {
        path.push(Step::Key(key.get_ref().to_string()));
        let found = (part == Part::Key && key.span() == *span) || find_in_value(value, span, part, path);
        if !found {
            path.pop();
        }
        found
    })
}

fn find_in_value(
    value: &Spanned<DeValue<'_>>,
    span: &Range<usize>,
    part: Part,
    path: &mut Vec<Step>,
) -> bool {
    if part == Part::Value && value.span() == *span {
        return true;
    }
    match value.get_ref() {
        DeValue::Table(table) => find_in_table(table, span, part, path),
        DeValue::Array(array) => array.iter().enumerate().any(|(index, value)| {
            path.push(Step::Index(index));
            let found = find_in_value(value, span, part, path);
            if !found {
                path.pop();
            }
            found
        }),
        _ => false,
    }
}

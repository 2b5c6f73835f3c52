//! Finding every problem: note the first, mend the document in memory, and read it again.
//!
//! A deserializer stops at its first error. Its span tells which node was at fault; a misspelt key
//! is given the name it was meant to have, a wrong or missing value gets a stand-in of another type
//! until one is taken. Stand-ins have spans beyond the end of the text, so an error about one is
//! recognised as our own and never shown.

use super::load::{FILE_VERSION, Issue, version_problem};
use super::place::{self, Part, Step, dotted};
use super::problem::{Problem, code};
use core::ops::Range;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::prelude::rust_2024::*;
use std::{format, vec};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// Most problems shown of one file.
const MOST_PROBLEMS: usize = 50;
/// Most readings; each nested stand-in costs a few.
const MOST_READINGS: usize = 2_000;

/// Values tried in place of one that could not be read.
const STAND_INS: [&str; 7] = ["1", "''", "false", "[]", "{}", "'1'", "'1 h'"];
/// The same, different wherever a check could tell.
const OTHER_STAND_INS: [&str; 7] = ["100", "'x'", "true", "[]", "{}", "'100'", "'2 d'"];

struct StandIn {
    path: Vec<Step>,
    tried: usize,
    /// What an enumeration asked for, tried after the other values.
    variants: Vec<String>,
}

pub(super) struct Repair<'a> {
    file: &'a str,
    text: &'a str,
    span: Range<usize>,
    document: DeTable<'a>,
    other: bool,
    stand_ins: Vec<StandIn>,
    /// Fields for which no stand-in was taken.
    given_up: Vec<Vec<Step>>,
    problems: Vec<Problem>,
}

impl<'a> Repair<'a> {
    pub(super) fn new(file: &'a str, text: &'a str, document: Spanned<DeTable<'a>>) -> Self {
        let span = document.span();
        let mut repair = Self {
            file,
            text,
            span,
            document: document.into_inner(),
            other: false,
            stand_ins: Vec::new(),
            given_up: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(problem) = version_problem(file, text, &repair.document) {
            repair.problems.push(problem);
            // Said once; the type may or may not carry the field.
            if let Some(version) = value_of(&format!("{FILE_VERSION}")) {
                repair.document.insert(Spanned::new(0..0, "version".into()), Spanned::new(0..0, version));
            }
        }
        repair
    }

    pub(super) fn with_other_stand_ins(self) -> Self {
        Self { other: true, ..self }
    }

    pub(super) fn has_stand_ins(&self) -> bool {
        !self.stand_ins.is_empty()
    }

    /// The value, mended where necessary; `None` when it cannot be.
    pub(super) fn run<T: DeserializeOwned>(&mut self) -> Option<T> {
        for _ in 0..MOST_READINGS {
            let document = Spanned::new(self.span.clone(), self.document.clone());
            match T::deserialize(Deserializer::from(document)) {
                Ok(value) => return Some(value),
                Err(error) => {
                    if self.problems.len() >= MOST_PROBLEMS {
                        let message =
                            format!("more than {MOST_PROBLEMS} problems; mend these and check again");
                        self.problems.push(Problem::new(code::TOO_MANY, self.file, None, message));
                        return None;
                    }
                    self.absorb(&error).or_else(|| self.last_word(&error))?;
                }
            }
        }
        None
    }

    /// Keeps only the problems that `other`, with other stand-ins, found as well: the rest are about
    /// the stand-ins, a guessed kind with its fields for one.
    pub(super) fn keep_common(&mut self, other: &Self) {
        self.problems.retain(|mine| {
            other.problems.iter().any(|theirs| (theirs.code, &theirs.field) == (mine.code, &mine.field))
        });
    }

    /// The problems in the order of their lines.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        self.problems
    }

    /// Adds what the type's own checks found, unless the field is known to be bad already.
    pub(super) fn report_issue(&mut self, issue: Issue) {
        let mut path = place::steps(&issue.field);
        while !path.is_empty() {
            let field = dotted(&path);
            if self.problems.iter().any(|p| p.code != code::VALUE && p.field.as_ref() == Some(&field)) {
                return;
            }
            if let Some((value, key)) = place::get(&self.document, &path) {
                let exact = field == dotted(&place::steps(&issue.field));
                let span = if exact { value.span() } else { key.unwrap_or_else(|| value.span()) };
                let problem = Problem::new(code::VALUE, self.file, Some(&issue.field), issue.message);
                return self.problems.push(problem.at(self.text, span));
            }
            path.pop();
        }
        let problem = Problem::new(code::VALUE, self.file, Some(&issue.field), issue.message);
        self.problems.push(problem.at(self.text, 0..0));
    }

    /// Notes the error and mends its cause; `None` when that is beyond us.
    fn absorb(&mut self, error: &toml::de::Error) -> Option<()> {
        let span = error.span().unwrap_or_else(|| self.span.clone());
        let message = error.message();
        if let Some(id) = span.start.checked_sub(self.text.len() + 1) {
            return self.try_next(id, message);
        }
        if let Some(name) = unknown_name(message) {
            self.unknown_field(name, message, &span)
        } else if let Some(name) = after(message, "missing field `") {
            self.missing_field(name, &span)
        } else {
            let path = place::find(&self.document, &span, Part::Value)
                .or_else(|| place::find(&self.document, &span, Part::Key))?;
            self.report(code::TYPE, &path, span, in_words(message));
            self.stand_in(path)
        }
    }

    /// An error whose cause cannot be mended; without this a file could be refused in silence.
    fn last_word(&mut self, error: &toml::de::Error) -> Option<()> {
        if self.problems.is_empty() {
            let span = error.span().filter(|span| span.end <= self.text.len()).unwrap_or(0..0);
            let problem = Problem::new(code::TYPE, self.file, None, in_words(error.message()));
            self.problems.push(problem.at(self.text, span));
        }
        None
    }

    fn unknown_field(&mut self, name: &str, message: &str, span: &Range<usize>) -> Option<()> {
        // The span is that of the key, or of its table where the deserializer buffered it.
        let path = match place::find(&self.document, span, Part::Key) {
            Some(path) => path,
            None => self.table_at(span, |table| table.contains_key(name)).map(|p| child(p, name))?,
        };
        let (parent, key_span) =
            (path.get(..path.len() - 1)?.to_vec(), place::get(&self.document, &path)?.1?);
        if path == [Step::Key("version".into())] {
            return self.document.remove("version").map(drop);
        }

        let expected = expected(message);
        let meant = nearest(name, &expected);
        let mut words = match meant {
            Some(meant) => format!("unknown field; did you mean `{meant}`?"),
            None => "unknown field; remove it".into(),
        };
        if meant.is_none() && !expected.is_empty() {
            words.push_str(&format!(", or use one of {}", list(&expected)));
        }
        self.report(code::UNKNOWN_FIELD, &path, key_span, words);

        let table = place::table_mut(&mut self.document, &parent)?;
        let (key, value) = table.remove_entry(name)?;
        if let Some(meant) = meant.filter(|meant| !table.contains_key(*meant)) {
            table.insert(Spanned::new(key.span(), Cow::Owned(meant.into())), value);
        }
        Some(())
    }

    fn missing_field(&mut self, name: &str, span: &Range<usize>) -> Option<()> {
        let parent = self.table_at(span, |table| !table.contains_key(name))?;
        let path = child(parent.clone(), name);
        if !self.given_up.contains(&path) {
            let home = match parent.as_slice() {
                [] => "at the top of the file".into(),
                _ => format!("to [{}]", dotted(&parent)),
            };
            let at = if parent.is_empty() { 0..0 } else { span.clone() };
            self.report(
                code::MISSING_FIELD,
                &path,
                at,
                format!("required field is missing; add `{name} = …` {home}"),
            );
            return self.stand_in(path);
        }
        None
    }

    /// Path of the table with this span that fulfils `condition`; the root's is empty.
    fn table_at(&self, span: &Range<usize>, condition: impl Fn(&DeTable<'_>) -> bool) -> Option<Vec<Step>> {
        if *span == self.span && condition(&self.document) {
            return Some(Vec::new());
        }
        let path = place::find(&self.document, span, Part::Value)?;
        match place::get(&self.document, &path)?.0.get_ref() {
            DeValue::Table(table) if condition(table) => Some(path),
            _ => None,
        }
    }

    fn report(&mut self, code: &'static str, path: &[Step], span: Range<usize>, message: String) {
        let field = dotted(path);
        if !self.problems.iter().any(|p| p.field.as_ref() == Some(&field)) {
            self.problems.push(Problem::new(code, self.file, Some(&field), message).at(self.text, span));
        }
    }

    /// Puts the first stand-in at `path`, whether something stands there or not.
    fn stand_in(&mut self, path: Vec<Step>) -> Option<()> {
        self.stand_ins.push(StandIn { path, tried: 0, variants: Vec::new() });
        self.place_stand_in(
            self.stand_ins.len() - 1,
            value_of(if self.other { OTHER_STAND_INS[0] } else { STAND_INS[0] })?,
        )
    }

    fn place_stand_in(&mut self, id: usize, value: DeValue<'static>) -> Option<()> {
        let path = self.stand_ins.get(id)?.path.clone();
        let start = self.text.len() + 1 + id;
        let value = Spanned::new(start..start, value);
        if let Some(old) = place::value_mut(&mut self.document, &path) {
            *old = value;
            return Some(());
        }
        let (Step::Key(key), parent) = path.split_last()? else { return None };
        let key = Spanned::new(start..start, Cow::Owned(key.clone()));
        place::table_mut(&mut self.document, parent)?.insert(key, value);
        Some(())
    }

    /// A stand-in was refused: fill it if it is a table that lacks a field, else try the next one.
    fn try_next(&mut self, id: usize, message: &str) -> Option<()> {
        let stand_in = self.stand_ins.get_mut(id)?;
        if let Some(name) = after(message, "missing field `") {
            let path = child(stand_in.path.clone(), name);
            return if self.given_up.contains(&path) { None } else { self.stand_in(path) };
        }
        if message.starts_with("unknown variant") && stand_in.variants.is_empty() {
            stand_in.variants = expected(message).into_iter().map(Into::into).collect();
            if self.other {
                stand_in.variants.reverse();
            }
        }
        stand_in.tried += 1;
        let path = stand_in.path.clone();
        let choices = if self.other { &OTHER_STAND_INS } else { &STAND_INS };
        let variant = stand_in.variants.get(stand_in.tried.saturating_sub(choices.len()));
        let next = match choices.get(stand_in.tried) {
            Some(choice) => value_of(choice),
            None => variant.map(|variant| DeValue::String(Cow::Owned(variant.clone()))),
        };
        match next {
            Some(value) => self.place_stand_in(id, value),
            None => {
                // An optional field is better left out; a required one comes back as missing.
                let (Step::Key(key), parent) = path.split_last()? else { return None };
                place::table_mut(&mut self.document, parent)?.remove(key.as_str())?;
                self.given_up.push(path);
                Some(())
            }
        }
    }
}

fn child(mut path: Vec<Step>, name: &str) -> Vec<Step> {
    path.push(Step::Key(name.into()));
    path
}

fn value_of(text: &str) -> Option<DeValue<'static>> {
    let mut value = DeValue::parse(text).ok()?.into_inner();
    value.make_owned();
    Some(own(value))
}

/// The same value without the borrow that `make_owned` has already ended.
fn own(value: DeValue<'_>) -> DeValue<'static> {
    match value {
        DeValue::String(text) => DeValue::String(Cow::Owned(text.into_owned())),
        DeValue::Boolean(value) => DeValue::Boolean(value),
        DeValue::Array(_) => DeValue::Array(Default::default()),
        DeValue::Table(_) => DeValue::Table(Default::default()),
        _ => DeValue::Integer(Default::default()),
    }
}

/// The text between `start` and the next back-quote, when the message begins so.
fn after<'m>(message: &'m str, start: &str) -> Option<&'m str> {
    message.strip_prefix(start)?.split('`').next()
}

/// The field a message calls unknown; inside an enum's variant it says so in other words.
fn unknown_name(message: &str) -> Option<&str> {
    after(message, "unknown field `").or_else(|| {
        let (names, _) =
            message.strip_prefix("unexpected keys in table: ")?.split_once(", available keys: ")?;
        names.split(", ").next()
    })
}

/// The names a message offers instead.
fn expected(message: &str) -> Vec<&str> {
    match message.split_once(", available keys: ") {
        Some((_, list)) => list.split(", ").collect(),
        None => message.split_once(", expected ").map_or_else(Vec::new, |(_, list)| quoted(list)),
    }
}

/// Every word between back-quotes.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

fn list(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// The name closest to `name`, if it is close enough to be a slip.
fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let limit = (name.chars().count() / 3).max(1);
    names
        .iter()
        .map(|other| (distance(name, other), *other))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, n)| n)
}

/// Levenshtein distance, case ignored: `current_kA` is not far from `current_ka`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.to_lowercase().chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let swap = row[j] + usize::from(ca != *cb);
            next.push(swap.min(row[j + 1] + 1).min(next[j] + 1));
        }
        row = next;
    }
    row[b.len()]
}

/// A deserializer's message for people who do not write Rust.
fn in_words(message: &str) -> String {
    if let Some(variant) = after(message, "unknown variant `") {
        let expected = expected(message);
        let hint =
            nearest(variant, &expected).map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
        return format!("`{variant}` is not one of {}{hint}", list(&expected));
    }
    let found = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match found.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, expected)) => format!("expected {}, found {found}", type_in_words(expected)),
        None => message.into(),
    }
}

fn type_in_words(expected: &str) -> &str {
    match expected {
        "f64" | "f32" => "a number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "a boolean" => "true or false",
        "a string" => "text in quotes",
        "a sequence" => "a list in [ ]",
        other if other.starts_with("struct ") => "a table of fields",
        other => other,
    }
}

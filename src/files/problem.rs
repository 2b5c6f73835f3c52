//! What is wrong with a file, said so that its author can mend it.

use super::place::Place;
use serde::Serialize;
use std::fmt;
use std::prelude::rust_2024::*;

/// Codes of the problems, stable across versions.
pub mod code {
    /// There is no such file.
    pub const MISSING: &str = "PL0101";
    /// The file cannot be read.
    pub const UNREADABLE: &str = "PL0102";
    /// The file is not UTF-8 text.
    pub const ENCODING: &str = "PL0103";
    /// The file is not TOML.
    pub const SYNTAX: &str = "PL0104";
    /// The version of the file is missing or not supported.
    pub const VERSION: &str = "PL0105";
    /// A field nobody knows.
    pub const UNKNOWN_FIELD: &str = "PL0106";
    /// A required field is not there.
    pub const MISSING_FIELD: &str = "PL0107";
    /// A value of the wrong type or form.
    pub const TYPE: &str = "PL0108";
    /// A value that is not admissible, alone or beside another.
    pub const VALUE: &str = "PL0109";
    /// More problems than are shown.
    pub const TOO_MANY: &str = "PL0110";
}

/// One problem of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// One of [`code`], or a code of the layer that found it.
    pub code: &'static str,
    /// The file as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Dotted path of the field, as `cell[3].endpoint`.
    pub field: Option<String>,
    /// What was expected, and the remedy.
    pub message: String,
    /// The line itself.
    #[serde(skip)]
    excerpt: Option<Excerpt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    line: String,
    /// Blanks as wide as what stands before the marked part.
    indent: String,
    carets: usize,
}

impl Problem {
    /// A problem of the file as a whole, or of something it names (an endpoint, a folder).
    #[must_use]
    pub fn new(code: &'static str, file: &str, field: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            code,
            file: file.into(),
            line: None,
            column: None,
            field: field.map(Into::into),
            message: message.into(),
            excerpt: None,
        }
    }

    /// The same problem at `span` (bytes) of `text`.
    #[must_use]
    pub(super) fn at(mut self, text: &str, span: core::ops::Range<usize>) -> Self {
        let place = Place::of(text, span.start);
        let line = text.lines().nth(place.line - 1).unwrap_or_default();
        let before: String = line.chars().take(place.column - 1).map(blank).collect();
        let marked = text.get(span).unwrap_or_default().lines().next().unwrap_or_default();
        self.line = Some(place.line);
        self.column = Some(place.column);
        if !line.trim().is_empty() {
            let carets = marked.trim_end().chars().map(width).sum::<usize>().max(1);
            self.excerpt = Some(Excerpt { line: line.into(), indent: before, carets });
        }
        self
    }
}

/// A blank as wide as `c` on a terminal, so that the carets stand under the text they mean.
fn blank(c: char) -> char {
    match (c, width(c)) {
        ('\t', _) => '\t',
        (_, 2) => '\u{3000}',
        _ => ' ',
    }
}

/// Columns a character takes: two for East Asian ones.
fn width(c: char) -> usize {
    if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}')
    {
        2
    } else {
        1
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " [{}] ", self.code)?;
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let (Some(Excerpt { line, indent, carets }), Some(number)) = (&self.excerpt, self.line) {
            let gutter = std::format!("{number}").len();
            let mark = "^".repeat(*carets);
            write!(f, "\n{:gutter$} |\n{number} | {line}\n{:gutter$} | {indent}{mark}", "", "")?;
        }
        Ok(())
    }
}

/// Every problem of a file, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        match self.0.len() {
            1 => write!(f, "1 problem"),
            count => write!(f, "{count} problems"),
        }
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(std::vec![problem])
    }
}

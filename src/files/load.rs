//! Reading a settings file into its type, or into the list of everything that is wrong with it.

use super::place::{self, Step};
use super::problem::{Problem, Problems, code};
use super::repair::Repair;
use serde::de::DeserializeOwned;
use std::io::ErrorKind;
use std::path::Path;
use std::prelude::rust_2024::*;
use std::{format, fs};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The version every file states in `version`.
pub const FILE_VERSION: u32 = 1;

/// A value that the type admits but the plant does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Dotted path of the field, as `cell[3].endpoint`.
    pub field: String,
    /// What was expected, and the remedy.
    pub message: String,
}

impl Issue {
    /// An issue of `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same issue, for a part that stands at `parent` in the file.
    #[must_use]
    pub fn under(self, parent: &str) -> Self {
        Self { field: format!("{parent}.{}", self.field), ..self }
    }
}

impl From<crate::Error> for Issue {
    fn from(error: crate::Error) -> Self {
        // The field stands before the message already.
        let message = match error {
            crate::Error::OutOfRange { value, min, max, .. } => {
                format!("{value} is outside {min} to {max}")
            }
            crate::Error::Inconsistent { reason, .. } => reason.into(),
            crate::Error::Contradicts { value, other, at, remedy, .. } => {
                format!("{value} does not go with {other} = {at}; {remedy}")
            }
        };
        Self::new(error.field(), message)
    }
}

/// Checks beyond what the types say: ranges, and fields that must fit each other.
pub trait Validate {
    /// Everything that is wrong; empty when all is well.
    fn problems(&self) -> Vec<Issue>;
}

/// Reads `path` into `T`.
///
/// # Errors
/// Every problem of the file, not only the first.
pub fn load<T: DeserializeOwned + Validate>(path: &Path) -> Result<T, Problems> {
    parse(&path.display().to_string(), &read(path)?)
}

/// Reads a text file.
///
/// # Errors
/// Whether it is missing, unreadable or not UTF-8, and what to do.
pub fn read(path: &Path) -> Result<String, Problems> {
    let file = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            Problem::new(code::MISSING, &file, None, "there is no such file; check the path and its spelling")
        }
        ErrorKind::IsADirectory => {
            Problem::new(code::UNREADABLE, &file, None, "this is a folder; name the file in it")
        }
        ErrorKind::PermissionDenied => Problem::new(
            code::UNREADABLE,
            &file,
            None,
            "permission denied; make the file readable for the user that runs potline",
        ),
        _ => {
            Problem::new(code::UNREADABLE, &file, None, format!("cannot be read: {error}; check the medium"))
        }
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let start = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default()).into_owned();
        Problem::new(code::ENCODING, &file, None, "not UTF-8 from here on; save the file as UTF-8 text")
            .at(&start, valid..valid)
            .into()
    })
}

/// Reads `text`, which stood in `file`, into `T`.
///
/// # Errors
/// Every problem of the text, not only the first.
pub fn parse<T: DeserializeOwned + Validate>(file: &str, text: &str) -> Result<T, Problems> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What the rest means is anybody's guess until the brackets match again.
        return Err(Problems(errors.iter().map(|error| syntax(file, text, error)).collect()));
    }

    let mut repair = Repair::new(file, text, document.clone());
    let value = repair.run::<T>();
    let mut issues = value.as_ref().map_or_else(Vec::new, Validate::problems);
    if repair.has_stand_ins() {
        let mut other = Repair::new(file, text, document).with_other_stand_ins();
        if let Some(again) = other.run::<T>() {
            repair.keep_common(&other);
            let again = again.problems();
            issues.retain(|issue| again.contains(issue));
        }
    }
    for issue in issues {
        repair.report_issue(issue);
    }
    match (value, repair.into_problems()) {
        (Some(value), problems) if problems.is_empty() => Ok(value),
        (_, problems) => Err(Problems(problems)),
    }
}

fn syntax(file: &str, text: &str, error: &toml::de::Error) -> Problem {
    let message = format!("{}; mend the TOML here", error.message());
    let problem = Problem::new(code::SYNTAX, file, None, message);
    problem.at(text, error.span().unwrap_or(text.len()..text.len()))
}

/// What is wrong with the version, if anything.
pub(super) fn version_problem(file: &str, text: &str, document: &DeTable<'_>) -> Option<Problem> {
    let found = place::get(document, &[Step::Key("version".into())]);
    let problem = |message| Problem::new(code::VERSION, file, Some("version"), message);
    match found {
        None => {
            let message = format!(
                "the file does not state its version; add `version = {FILE_VERSION}` as its first line"
            );
            Some(problem(message).at(text, 0..0))
        }
        Some((value, _)) if is_current(value) => None,
        Some((value, _)) => {
            let message = format!(
                "this potline reads version {FILE_VERSION}; convert the file, or use the potline it was written for"
            );
            Some(problem(message).at(text, value.span()))
        }
    }
}

fn is_current(value: &Spanned<DeValue<'_>>) -> bool {
    value
        .get_ref()
        .as_integer()
        .is_some_and(|integer| u32::from_str_radix(integer.as_str(), integer.radix()) == Ok(FILE_VERSION))
}

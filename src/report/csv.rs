//! The form of our CSV files: one header with the unit in each name, a missing value is an empty field.

use std::io::{self, Write};
use std::prelude::rust_2024::*;

/// One field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field<'a> {
    /// Written with all its digits; NaN and infinities as nothing.
    Number(f64),
    /// Put in quotes when it holds a separator.
    Text(&'a str),
}

/// Writes one line.
///
/// # Errors
/// What `out` says.
pub fn row<'a>(out: &mut dyn Write, fields: impl IntoIterator<Item = Field<'a>>) -> io::Result<()> {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        match field {
            Field::Number(value) if value.is_finite() => write!(out, "{value}")?,
            Field::Number(_) => {}
            Field::Text(text) if text.contains([',', '"', '\n', '\r']) => {
                write!(out, "\"{}\"", text.replace('"', "\"\""))?;
            }
            Field::Text(text) => out.write_all(text.as_bytes())?,
        }
    }
    out.write_all(b"\n")
}

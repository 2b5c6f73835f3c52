//! Trends as CSV: one header with the unit in each name, a missing value is an empty field.

use crate::files::{WriteError, write_with};
use std::io::{self, Write};
use std::path::Path;
use std::prelude::rust_2024::*;

/// Writes `rows` under `columns` (names with their unit, as `cell_voltage_v`) to `path`, as a whole
/// or not at all. Values are written with all their digits, NaN and infinities as nothing.
///
/// # Errors
/// [`WriteError`] naming the path and a remedy; also when a row has another length than the header.
pub fn write<R: AsRef<[f64]>>(
    path: &Path,
    columns: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> Result<(), WriteError> {
    write_with(path, |out| {
        let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        writeln!(out, "{}", names.join(","))?;
        rows.into_iter().try_for_each(|row| write_row(out, row.as_ref(), columns.len()))
    })
}

fn write_row(out: &mut dyn Write, row: &[f64], columns: usize) -> io::Result<()> {
    if row.len() != columns {
        let message = std::format!("a row has {} values for {columns} columns", row.len());
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if value.is_finite() {
            write!(out, "{value}")?;
        }
    }
    out.write_all(b"\n")
}

/// A name that holds a separator is put in quotes.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) {
        std::format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.into()
    }
}

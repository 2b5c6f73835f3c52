//! The trend files of a run: from memory at its end, or row by row while it goes on.

use super::record::Record;
use super::row::{COLUMNS, Row};
use super::settings::RecordSettings;
use crate::files::{Draft, WriteError, write_with};
use crate::image::CellId;
use crate::report::csv::{self, Field};
use std::io;
use std::path::{Path, PathBuf};
use std::prelude::rust_2024::*;

/// What a trend file says of itself, beside the units of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
}

/// A file that takes rows.
pub(super) trait Table {
    fn push(&mut self, cell: CellId, row: &Row) -> io::Result<()>;
    /// Gives the file its name.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// The trend files of one run, in one folder. Dropped before [`Trends::finish`], they leave nothing.
pub struct Trends {
    folder: PathBuf,
    settings: RecordSettings,
    origin: Origin,
    /// Opened at once when every row is to be written, otherwise at the end.
    tables: Vec<(PathBuf, Box<dyn Table>)>,
}

impl Trends {
    /// For a run about to begin.
    ///
    /// # Errors
    /// [`WriteError`] naming the file and a remedy.
    pub fn new(folder: &Path, settings: &RecordSettings, origin: Origin) -> Result<Self, WriteError> {
        let mut trends = Self { folder: folder.into(), settings: *settings, origin, tables: Vec::new() };
        if settings.full {
            trends.open()?;
        }
        Ok(trends)
    }

    /// After each step of `record`.
    ///
    /// # Errors
    /// [`WriteError`] naming the file and a remedy.
    pub fn observe(&mut self, record: &Record) -> Result<(), WriteError> {
        if self.settings.full { self.push(record.fresh()) } else { Ok(()) }
    }

    /// The length of a row \[s\], if `record` had to thin what will be written.
    #[must_use]
    pub fn thinned(&self, record: &Record) -> Option<f64> {
        let interval = record.interval();
        (!self.settings.full && interval > f64::from(self.settings.interval_s)).then_some(interval)
    }

    /// Writes what is still to be written, `percentiles.csv` too.
    ///
    /// # Errors
    /// [`WriteError`] naming the file and a remedy.
    pub fn finish(mut self, record: &Record) -> Result<(), WriteError> {
        if !self.settings.full {
            self.open()?;
            self.push(record.rows())?;
        }
        for (path, table) in self.tables {
            table.finish().map_err(|source| WriteError { path, source })?;
        }
        percentiles(&self.folder.join("percentiles.csv"), record)
    }

    fn open(&mut self) -> Result<(), WriteError> {
        let mut add = |name: &str, open: &dyn Fn(&Path) -> io::Result<Box<dyn Table>>| {
            let path = self.folder.join(name);
            match open(&path) {
                Ok(table) => self.tables.push((path, table)),
                Err(source) => return Err(WriteError { path, source }),
            }
            Ok(())
        };
        if self.settings.format.csv() {
            add("trends.csv", &|path| Ok(Box::new(Csv::new(path)?)))?;
        }
        if self.settings.format.parquet() {
            add("trends.parquet", &|path| parquet(path, &self.settings, &self.origin))?;
        }
        Ok(())
    }

    fn push<'a>(&mut self, rows: impl Iterator<Item = (CellId, &'a Row)>) -> Result<(), WriteError> {
        for (cell, row) in rows {
            for (path, table) in &mut self.tables {
                table.push(cell, row).map_err(|source| WriteError { path: path.clone(), source })?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "parquet")]
fn parquet(path: &Path, settings: &RecordSettings, origin: &Origin) -> io::Result<Box<dyn Table>> {
    Ok(Box::new(super::columnar::Columnar::new(path, settings, origin)?))
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: &Path, _: &RecordSettings, _: &Origin) -> io::Result<Box<dyn Table>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this potline was built without Parquet"))
}

/// Rows as CSV, in the order they come.
struct Csv(Draft);

impl Csv {
    fn new(path: &Path) -> io::Result<Self> {
        let mut draft = Draft::beside(path)?;
        let names = COLUMNS.iter().map(|column| column.name);
        let names = ["time_h", "cell"].into_iter().chain(names).chain(["phase", "mode"]);
        csv::row(&mut draft, names.map(Field::Text))?;
        Ok(Self(draft))
    }
}

impl Table for Csv {
    fn push(&mut self, cell: CellId, row: &Row) -> io::Result<()> {
        let key = [row.time_h, f64::from(cell.0)];
        let numbers = key.into_iter().chain(COLUMNS.iter().map(|column| (column.value)(row)));
        let names = [row.phase_name(), row.mode_name()].map(Field::Text);
        csv::row(&mut self.0, numbers.map(Field::Number).chain(names))
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.commit()
    }
}

/// Percentiles of each cell, then of the section, whose lines have no cell.
fn percentiles(path: &Path, record: &Record) -> Result<(), WriteError> {
    write_with(path, |out| {
        super::Percentiles::header(out)?;
        for cell in &record.cells {
            cell.percentiles().lines(f64::from(cell.cell.0), out)?;
        }
        record.percentiles().lines(f64::NAN, out)
    })
}

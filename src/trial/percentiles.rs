//! Percentiles of every recorded quantity, from every scan, in memory that does not grow.

use super::row::{Row, measured};
use crate::account::percentile::Histogram;
use crate::report::csv::{self, Field};
use std::io::{self, Write};
use std::prelude::rust_2024::*;

/// Shares of the time, with their names in the file.
const SHARES: [(&str, f64); 5] = [("p01", 0.01), ("p05", 0.05), ("p50", 0.50), ("p95", 0.95), ("p99", 0.99)];

/// The distributions of one cell, or of several merged. Each is a [`Histogram`], so that a percentile
/// is right to one bin of its column, and does not depend on the order of merging as long as the
/// durations are whole seconds. Some 140 kB, however long the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Percentiles {
    /// One for each column of [`measured`].
    histograms: Box<[Histogram]>,
}

impl Default for Percentiles {
    fn default() -> Self {
        Self { histograms: measured().map(|(_, bins)| bins.histogram()).collect() }
    }
}

impl Percentiles {
    /// Adds `row`, which held for `dt` \[s\].
    pub fn add(&mut self, row: &Row, dt: f64) {
        for (histogram, (column, _)) in self.histograms.iter_mut().zip(measured()) {
            histogram.add((column.value)(row), dt);
        }
    }

    /// Adds what another cell, or another part of the run, collected.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.histograms.iter_mut().zip(&other.histograms) {
            mine.merge(theirs);
        }
    }

    /// The distribution of the column `name`, if percentiles of it are kept.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Histogram> {
        measured().zip(&self.histograms).find(|((column, _), _)| column.name == name).map(|(_, found)| found)
    }

    /// The first line of the file.
    ///
    /// # Errors
    /// What `out` says.
    pub fn header(out: &mut dyn Write) -> io::Result<()> {
        let shares = SHARES.map(|(name, _)| name);
        let names = ["cell", "quantity", "unit"].into_iter().chain(shares).chain(["min", "max"]);
        csv::row(out, names.map(Field::Text))
    }

    /// One line per quantity; `cell` is NaN for the whole section.
    ///
    /// # Errors
    /// What `out` says.
    pub fn lines(&self, cell: f64, out: &mut dyn Write) -> io::Result<()> {
        for ((column, _), histogram) in measured().zip(&self.histograms) {
            let (min, max) = histogram.extremes().unwrap_or((f64::NAN, f64::NAN));
            let values = SHARES.map(|(_, share)| histogram.percentile(share).unwrap_or(f64::NAN));
            let names = [Field::Number(cell), Field::Text(column.name), Field::Text(column.unit)];
            let values = values.into_iter().chain([min, max]).map(Field::Number);
            csv::row(out, names.into_iter().chain(values))?;
        }
        Ok(())
    }
}

//! What a tier found: checks that hold or do not, figures, tables and histograms.

mod files;
mod machine;

pub use files::write;
pub use machine::{Machine, own_cpu_s};

use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Instant;

/// Something that must hold.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    pub name: String,
    /// What was found, in words and figures.
    pub found: String,
    /// What it is held to.
    pub limit: String,
    pub holds: bool,
}

/// Rows under headings; for people and for docs.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Table {
    pub title: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(ToString::to_string).collect();
        Self { title: title.into(), columns, rows: Vec::new() }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

/// A distribution, with the percentiles people ask for.
#[derive(Debug, Clone, Serialize)]
pub struct Spread {
    pub name: String,
    pub unit: String,
    pub samples: u64,
    pub p50: u64,
    pub p99: u64,
    pub p999: u64,
    pub p99999: u64,
    pub max: u64,
    /// Upper end of a bin and how many samples lie in it; bins double.
    pub bins: Vec<(u64, u64)>,
}

impl Spread {
    pub fn new(name: &str, unit: &str, histogram: &Histogram<u64>) -> Self {
        let bins = histogram
            .iter_log(1, 2.0)
            .map(|bin| (bin.value_iterated_to(), bin.count_since_last_iteration()))
            .collect();
        Self {
            name: name.into(),
            unit: unit.into(),
            samples: histogram.len(),
            p50: histogram.value_at_quantile(0.5),
            p99: histogram.value_at_quantile(0.99),
            p999: histogram.value_at_quantile(0.999),
            p99999: histogram.value_at_quantile(0.999_99),
            max: histogram.max(),
            bins,
        }
    }
}

/// How a tier ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed,
    NotRun,
}

/// Everything a tier has to say.
#[derive(Debug, Clone, Serialize)]
pub struct TierResult {
    pub tier: u8,
    /// Why it could not run; then nothing else counts.
    pub not_run: Option<String>,
    pub checks: Vec<Check>,
    pub tables: Vec<Table>,
    pub spreads: Vec<Spread>,
    /// Parts left out, limits of what was shown.
    pub notes: Vec<String>,
    pub machine_before: Machine,
    pub machine_after: Machine,
    pub seconds: f64,
    #[serde(skip)]
    began: Instant,
}

impl TierResult {
    /// A result without checks yet; a tier that ends without any has failed.
    pub fn new(tier: u8) -> Self {
        let machine = Machine::now();
        Self {
            tier,
            not_run: None,
            checks: Vec::new(),
            tables: Vec::new(),
            spreads: Vec::new(),
            notes: Vec::new(),
            machine_before: machine.clone(),
            machine_after: machine,
            seconds: 0.0,
            began: Instant::now(),
        }
    }

    /// A tier that cannot run here, and why. Never a pass.
    pub fn not_run(tier: u8, why: &str) -> Self {
        eprintln!("tier {tier}: not run: {why}");
        Self { not_run: Some(why.into()), ..Self::new(tier) }
    }

    /// Says what begins.
    pub fn step(&self, what: &str) {
        eprintln!("[{:6.1} s] {what}", self.began.elapsed().as_secs_f64());
    }

    pub fn check(&mut self, name: &str, found: impl Into<String>, limit: impl Into<String>, holds: bool) {
        let check = Check { name: name.into(), found: found.into(), limit: limit.into(), holds };
        let mark = if holds { "ok    " } else { "FAILED" };
        eprintln!("  {mark} {name}: {} (must be {})", check.found, check.limit);
        self.checks.push(check);
    }

    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        eprintln!("  note: {text}");
        self.notes.push(text);
    }

    /// Prints the table as it will stand in the documents.
    pub fn table(&mut self, table: Table) {
        eprintln!("  {}", table.title);
        eprintln!("  | {} |", table.columns.join(" | "));
        for row in &table.rows {
            eprintln!("  | {} |", row.join(" | "));
        }
        self.tables.push(table);
    }

    pub fn spread(&mut self, spread: Spread) {
        let Spread { name, unit, samples, p50, p99, p999, p99999, max, .. } = &spread;
        eprintln!(
            "  {name}: p50 {p50}, p99 {p99}, p99.9 {p999}, p99.999 {p99999}, max {max} {unit} of {samples}"
        );
        self.spreads.push(spread);
    }

    /// The last word, once everything was tried.
    pub fn finish(&mut self) {
        self.machine_after = Machine::now();
        self.seconds = self.began.elapsed().as_secs_f64();
    }

    pub fn outcome(&self) -> Outcome {
        if self.not_run.is_some() {
            Outcome::NotRun
        } else if self.checks.is_empty() || self.checks.iter().any(|check| !check.holds) {
            Outcome::Failed
        } else {
            Outcome::Passed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_checks_that_all_hold_are_a_pass() {
        assert_eq!(TierResult::not_run(1, "no soft PLC").outcome(), Outcome::NotRun);
        let mut result = TierResult::new(0);
        assert_eq!(result.outcome(), Outcome::Failed, "nothing was checked");
        result.check("one", "0", "0", true);
        assert_eq!(result.outcome(), Outcome::Passed);
        result.check("two", "1", "0", false);
        assert_eq!(result.outcome(), Outcome::Failed);
    }
}

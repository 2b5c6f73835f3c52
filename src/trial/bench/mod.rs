//! The strategy benchmark: every strategy on the same cells, with the same work and the same noise.
//!
//! A seed fixes the cells, the feeders, the crews and every disturbance, whatever the strategy does; so
//! strategies are compared pair by pair, which needs far fewer runs than two independent samples. The
//! plant differs from what controllers are told of it, cell by cell: a scenario without that mismatch
//! is refused.
//!
//! Results do not depend on the number of threads: a run shares nothing with another, and its place in
//! the table is its own.

mod entrant;
mod interval;
mod oracle;
mod table;

use super::pool::spread;
use super::{CellRecord, Gate, Scenario};
use crate::account::Kpi;
use crate::error::Error;
pub use entrant::Entrant;
pub use interval::Interval;
use std::prelude::rust_2024::*;
pub use table::{Entry, Summary};

/// The scenarios that come with the library: name and TOML.
pub const SCENARIOS: &[(&str, &str)] = &[
    ("S0", include_str!("scenarios/S0.toml")),
    ("S1", include_str!("scenarios/S1.toml")),
    ("S2", include_str!("scenarios/S2.toml")),
    ("S3", include_str!("scenarios/S3.toml")),
    ("S4", include_str!("scenarios/S4.toml")),
    ("S5", include_str!("scenarios/S5.toml")),
    ("S6", include_str!("scenarios/S6.toml")),
    ("S7", include_str!("scenarios/S7.toml")),
    ("S8", include_str!("scenarios/S8.toml")),
    ("S9", include_str!("scenarios/S9.toml")),
    ("S10", include_str!("scenarios/S10.toml")),
    ("S11", include_str!("scenarios/S11.toml")),
    ("S12", include_str!("scenarios/S12.toml")),
    ("S14", include_str!("scenarios/S14.toml")),
    ("S15", include_str!("scenarios/S15.toml")),
    ("S16", include_str!("scenarios/S16.toml")),
    ("yunnan-10", include_str!("scenarios/yunnan-10.toml")),
    ("yunnan-30", include_str!("scenarios/yunnan-30.toml")),
    ("yunnan-42", include_str!("scenarios/yunnan-42.toml")),
    ("yunnan-restart", include_str!("scenarios/yunnan-restart.toml")),
];

/// What is to be compared.
#[derive(Clone)]
pub struct Bench {
    /// Scenarios; their names tell them apart.
    pub scenarios: Vec<Scenario>,
    /// Strategies; the first is what the others are compared with.
    pub entrants: Vec<Entrant>,
    /// Seeds, each a section of its own.
    pub seeds: Vec<u64>,
}

/// One strategy on one scenario under one seed.
#[derive(Debug, Clone)]
pub struct Run {
    /// Place of the scenario, of the entrant and of the seed in the [`Bench`].
    pub place: [usize; 3],
    /// Key figures of the section.
    pub kpi: Kpi,
    /// Key figures of each cell.
    pub cells: Vec<Kpi>,
    /// Safety rules that were broken, and how often.
    pub gates: Vec<(Gate, u32)>,
}

impl Bench {
    /// Checks that every scenario can be run and has cells that differ from what is told of them.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for a scenario without mismatch, else the first value out of range.
    pub fn check(&self) -> Result<(), Error> {
        for scenario in &self.scenarios {
            if scenario.plant.spread_pct <= 0.0 {
                return Err(Error::Inconsistent {
                    field: "plant.spread_pct",
                    reason: "zero: a benchmark whose controllers know the plant shows nothing; give 1 to 10",
                });
            }
            scenario.control.build()?;
        }
        Ok(())
    }

    /// Runs everything on `threads` threads. `watch` is shown the share done and may end it by
    /// returning false; then only the runs finished so far are returned.
    ///
    /// # Errors
    /// As [`check`](Self::check), and the first run that could not be built.
    pub fn run(&self, threads: usize, watch: &(dyn Fn(f64) -> bool + Sync)) -> Result<Vec<Run>, Error> {
        self.check()?;
        let jobs = self.jobs();
        let runs = spread(&jobs, threads, watch, |&place, look| self.one(place, look))?;
        Ok(runs.into_iter().map(|(_, run)| run).collect())
    }

    fn jobs(&self) -> Vec<[usize; 3]> {
        let mut jobs = Vec::new();
        for scenario in 0..self.scenarios.len() {
            for entrant in 0..self.entrants.len() {
                jobs.extend((0..self.seeds.len()).map(|seed| [scenario, entrant, seed]));
            }
        }
        jobs
    }

    fn one(&self, place: [usize; 3], look: &mut dyn FnMut(f64) -> bool) -> Result<Option<Run>, Error> {
        let [scenario, entrant, seed] = place;
        let record = self.entrants[entrant].run(&self.scenarios[scenario], self.seeds[seed], look)?;
        Ok(record.map(|record| {
            let failures = |gate| {
                let all = record.cells.iter().flat_map(CellRecord::gates);
                all.filter(|(broken, _)| *broken == gate).map(|(_, count)| count).sum::<u32>()
            };
            let gates = Gate::ALL.into_iter().map(|gate| (gate, failures(gate)));
            Run {
                place,
                kpi: record.kpi(),
                cells: record.cells.iter().map(CellRecord::kpi).collect(),
                gates: gates.filter(|(_, count)| *count > 0).collect(),
            }
        }))
    }
}

#[cfg(test)]
mod tests;

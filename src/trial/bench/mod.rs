//! The strategy benchmark: every strategy on the same cells, with the same work and the same noise.
//!
//! A seed fixes the cells, the feeders, the crews and every disturbance, whatever the strategy does; so
//! strategies are compared pair by pair, which needs far fewer runs than two independent samples. The
//! plant differs from what controllers are told of it, cell by cell: a scenario without that mismatch
//! is refused.
//!
//! Results do not depend on the number of threads: a run shares nothing with another, and its place in
//! the table is its own.
//!
//! A strategy sees what a PLC shows and what people measure, and nothing of the plant. This compiles:
//!
//! ```
//! use potline::image::{Action, Reading};
//! use potline::trial::Contender;
//!
//! struct Idle;
//! impl Contender for Idle {
//!     fn decide(&mut self, reading: &Reading, _now: f64, _dt: f64) -> Action {
//!         let _ = reading.voltage;
//!         Action::None
//!     }
//! }
//! ```
//!
//! and this does not, for there is no truth in a reading,
//!
//! ```compile_fail
//! use potline::image::{Action, Reading};
//! use potline::trial::Contender;
//!
//! struct Idle;
//! impl Contender for Idle {
//!     fn decide(&mut self, reading: &Reading, _now: f64, _dt: f64) -> Action {
//!         let _ = reading.alumina;
//!         Action::None
//!     }
//! }
//! ```
//!
//! nor is a keeper of a whole section shown any:
//!
//! ```compile_fail
//! use potline::trial::{Loop, Scenario, Stack};
//!
//! let scenario = Scenario::default();
//! let mut run = Loop::kept_by(Stack::new(&scenario).unwrap(), &scenario, 1).unwrap();
//! run.scan_after(|_, section| println!("{:?}", section.pots()[0].truth()));
//! ```

#[cfg(feature = "parquet")]
mod columnar;
mod entrant;
mod interval;
mod oracle;
mod score;
mod table;

use super::pool::spread;
use super::{CellRecord, Gate, Record, Scenario};
use crate::account::Kpi;
use crate::error::Error;
pub use entrant::Entrant;
pub use interval::Interval;
pub use score::{CRITERIA, Criterion, Of, Score};
use std::prelude::rust_2024::*;
pub use table::{Entry, Overall, Summary};

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
    ("S13", include_str!("scenarios/S13.toml")),
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
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
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

/// Every `of`-th of the runs, beginning with number `number`, which counts from 1. All shards together
/// are the whole, whatever each of them runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shard {
    /// Which one.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { number: 1, of: 1 };
}

impl Bench {
    /// With both ends of the score among the entrants, after those who are there already.
    #[must_use]
    pub fn scored(mut self) -> Self {
        if !self.entrants.iter().any(Entrant::is_demand) {
            self.entrants.push(Entrant::demand());
        }
        if !self.entrants.iter().any(Entrant::is_oracle) {
            self.entrants.push(Entrant::oracle());
        }
        self
    }

    /// Places of `demand` and of the oracle among the entrants.
    fn ends(&self) -> Option<(usize, usize)> {
        let place = |is: fn(&Entrant) -> bool| self.entrants.iter().position(is);
        Some((place(Entrant::is_demand)?, place(Entrant::is_oracle)?))
    }

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
        self.resume(&[], Shard::WHOLE, threads, watch, &|_| ())
    }

    /// Runs what `done` lacks of `shard`; `finished` is shown each run when it ends, in no certain order
    /// and by any thread. Returns the runs of `done` and the new ones, in the order of their places.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn resume(
        &self,
        done: &[Run],
        shard: Shard,
        threads: usize,
        watch: &(dyn Fn(f64) -> bool + Sync),
        finished: &(dyn Fn(&Run) + Sync),
    ) -> Result<Vec<Run>, Error> {
        self.check()?;
        let mine = self.jobs().into_iter().enumerate().filter(|(index, place)| {
            index % shard.of.max(1) + 1 == shard.number && done.iter().all(|run| run.place != *place)
        });
        let jobs: Vec<_> = mine.map(|(_, place)| place).collect();
        let runs = spread(&jobs, threads, watch, |&place, look| {
            let run = self.one(place, look)?;
            run.iter().for_each(finished);
            Ok(run)
        })?;
        let mut all: Vec<Run> = done.iter().cloned().chain(runs.into_iter().map(|(_, run)| run)).collect();
        all.sort_by_key(|run| run.place);
        all.dedup_by_key(|run| run.place);
        Ok(all)
    }

    /// Runs of the whole.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scenarios.len() * self.entrants.len() * self.seeds.len()
    }

    /// There is nothing to run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Time that the whole simulates \[pot d\].
    #[must_use]
    pub fn pot_days(&self) -> f64 {
        let section: f64 = self.scenarios.iter().map(|s| f64::from(s.cells) * s.hours / 24.0).sum();
        section * (self.entrants.len() * self.seeds.len()) as f64
    }

    /// Runs one place again, for a closer look at what happened there.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn again(&self, place: [usize; 3]) -> Result<Option<Record>, Error> {
        let [scenario, entrant, seed] = place;
        self.entrants[entrant].run(&self.scenarios[scenario], self.seeds[seed], true, &mut |_| true)
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
        let record = self.entrants[entrant].run(&self.scenarios[scenario], self.seeds[seed], false, look)?;
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

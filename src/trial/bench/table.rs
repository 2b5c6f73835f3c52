//! From runs to a table: a mean over seeds with its interval, the worst cell, and the difference to the
//! first strategy seed by seed.

use super::score::Scale;
use super::{Bench, Entrant, Interval, Run, Score};
use crate::account::{Better, FIGURES, Figure};
use crate::trial::Gate;
use std::collections::BTreeMap;
use std::prelude::rust_2024::*;

/// One strategy on one scenario.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Entry {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the strategy.
    pub strategy: String,
    /// Seeds of the finished runs.
    pub seeds: Vec<u64>,
    /// Time simulated, all runs together \[pot d\].
    pub pot_days: f64,
    /// Score between `demand` and the oracle; none where they did not both run.
    pub score: Option<Score>,
    /// Safety rules that were broken in any run.
    pub gates_failed: Vec<Gate>,
    /// None was.
    pub passed: bool,
    /// Statistics of every key figure that is known, by its name.
    pub kpi: BTreeMap<&'static str, Summary>,
}

/// One strategy over all scenarios.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Overall {
    /// Name of the strategy.
    pub strategy: String,
    /// Mean of the scenarios' scores.
    pub score: Option<Score>,
    /// Safety rules that were broken in any run.
    pub gates_failed: Vec<Gate>,
    /// None was.
    pub passed: bool,
}

/// Statistics of one key figure.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Summary {
    /// Mean over seeds of the section's figure, all its cells taken as one sample.
    #[serde(flatten)]
    pub section: Interval,
    /// Mean over seeds of the mean of the cells' own figures. For a standard deviation this is how
    /// steady a cell is, while the section's also holds how the cells differ from each other.
    pub cell: Option<Interval>,
    /// The worst cell of all runs; none for a figure that is neither better high nor low.
    pub worst_cell: Option<f64>,
    /// Mean of the differences to the first strategy under the same seeds.
    pub difference: Option<Interval>,
}

impl Bench {
    /// One entry for each strategy on each scenario with a finished run, in their order.
    #[must_use]
    pub fn table(&self, runs: &[Run]) -> Vec<Entry> {
        let scale = Scale::new(self, runs);
        let mut entries = Vec::new();
        for (s, scenario) in self.scenarios.iter().enumerate() {
            let of = |e: usize| runs.iter().filter(move |run| run.place[..2] == [s, e]);
            for (e, entrant) in self.entrants.iter().enumerate() {
                if of(e).next().is_none() {
                    continue;
                }
                let gates_failed = failed(of(e));
                let summarise =
                    |figure: &Figure| Some((figure.name, summary(figure, of(e), (e > 0).then(|| of(0)))?));
                entries.push(Entry {
                    scenario: scenario.name.clone(),
                    strategy: entrant.name().into(),
                    seeds: of(e).map(|run| self.seeds[run.place[2]]).collect(),
                    pot_days: of(e).count() as f64 * f64::from(scenario.cells) * scenario.hours / 24.0,
                    score: scale.on(s, e, self.seeds.len()),
                    passed: gates_failed.is_empty(),
                    gates_failed,
                    kpi: FIGURES.iter().filter_map(summarise).collect(),
                });
            }
        }
        entries
    }

    /// One entry for each strategy, over all scenarios.
    #[must_use]
    pub fn overall(&self, runs: &[Run]) -> Vec<Overall> {
        let scale = Scale::new(self, runs);
        let one = |(e, entrant): (usize, &Entrant)| {
            let gates_failed = failed(runs.iter().filter(|run| run.place[1] == e));
            Overall {
                strategy: entrant.name().into(),
                score: scale.over_all(self.scenarios.len(), e, self.seeds.len()),
                passed: gates_failed.is_empty(),
                gates_failed,
            }
        };
        self.entrants.iter().enumerate().map(one).collect()
    }
}

/// The rules that were broken in any of `runs`, in their order.
fn failed<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<Gate> {
    let broken: Vec<Gate> = runs.flat_map(|run| &run.gates).map(|(gate, _)| *gate).collect();
    Gate::ALL.into_iter().filter(|gate| broken.contains(gate)).collect()
}

fn summary<'a>(
    figure: &Figure,
    runs: impl Iterator<Item = &'a Run> + Clone,
    first: Option<impl Iterator<Item = &'a Run> + Clone>,
) -> Option<Summary> {
    let value = figure.value;
    let cells = runs.clone().flat_map(|run| &run.cells).filter_map(value);
    let worst_cell = match figure.better {
        Better::Low => cells.reduce(f64::max),
        Better::High => cells.reduce(f64::min),
        Better::Neither => None,
    };
    let of_cells = runs.clone().filter_map(|run| {
        let own = run.cells.iter().filter_map(value);
        Interval::of(own).map(|cells| cells.mean)
    });
    let difference = first.and_then(|first| {
        let pairs = runs.clone().filter_map(|run| {
            let other = first.clone().find(|other| other.place[2] == run.place[2])?;
            Some(value(&run.kpi)? - value(&other.kpi)?)
        });
        Interval::of(pairs)
    });
    Some(Summary {
        section: Interval::of(runs.filter_map(|run| value(&run.kpi)))?,
        cell: Interval::of(of_cells),
        worst_cell,
        difference,
    })
}

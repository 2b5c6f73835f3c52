//! Tuning on a simulated plant: trials on some seeds, the verdict on others.
//!
//! Every trial runs the same cells with the same work and noise under other set-points; what differs is
//! theirs. The search is shown measured figures. The verdict, by the plant's truth, is paired seed by
//! seed with untouched copies, on seeds that no trial has seen.

use super::Watched;
use crate::account::{Basis, FIGURES, Kpi};
use crate::consts::DAY;
use crate::control::SetPoints;
use crate::error::Error;
use crate::trial::bench::Interval;
use crate::trial::pool::spread;
use crate::trial::{Loop, Scenario, Stack};
use crate::tune::{
    CostModel, History, LIMITS, Limit, Measured, Outcome, Point, Scored, Space, Trial, TuneSettings, explain,
};
use std::collections::BTreeMap;
use std::prelude::rust_2024::*;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Study {
    /// Plant, work and controller; its length is that of the settings.
    pub scenario: Scenario,
    /// Method, limits, prices, durations.
    pub settings: TuneSettings,
    /// Seeds of the trials.
    pub learn: Vec<u64>,
    /// Seeds of the verdict, none of them in `learn`.
    pub verify: Vec<u64>,
    /// Most trials of the search.
    pub trials: usize,
    /// Most points that the oracle looks at; it scores them all by truth on the seeds of the verdict.
    pub oracle: usize,
    /// Threads.
    pub threads: usize,
}

/// One run of all cells under one seed: what was measured of each, and what was so.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub measured: Vec<Measured>,
    pub scored: Scored,
}

/// A limit, before and after.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Constraint {
    /// Name, with its unit as suffix.
    pub name: &'static str,
    /// The bound that binds.
    pub limit: f64,
    /// Mean over seeds without tuning, by truth.
    pub baseline: Option<f64>,
    /// Mean over seeds with tuning, by truth.
    pub tuned: Option<f64>,
    /// The tuned cells are within it.
    pub ok: bool,
    /// How it is seen by the tuner.
    pub seen: &'static str,
}

/// One trial, for people.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Tried {
    /// Its set-points.
    pub set_points: SetPoints,
    /// What was measured.
    pub outcome: Outcome,
    /// It became the best.
    pub kept: bool,
    /// What was done and why, in words.
    pub words: String,
}

/// The KPI object as means over seeds; `None` where a figure is not known.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Means {
    /// Every figure by its name.
    #[serde(flatten)]
    pub figures: BTreeMap<&'static str, Option<f64>>,
    /// Where they come from.
    pub basis: Basis,
}

impl Means {
    fn of(runs: &[Run]) -> Self {
        let mean = |value: fn(&Kpi) -> Option<f64>| {
            let values: Vec<f64> = runs.iter().filter_map(|run| value(&run.scored.kpi)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let figures = FIGURES.iter().map(|figure| (figure.name, mean(figure.value))).collect();
        Self { figures, basis: Basis::Truth }
    }
}

/// What a study found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Tuning {
    /// Means over seeds of the untouched cells, by truth.
    pub baseline: Means,
    /// Likewise tuned.
    pub tuned: Means,
    /// Energy saved, paired by seed.
    pub saving_kwh_per_t: Option<Interval>,
    /// Cost saved per tonne, paired by seed, by the prices of the settings.
    pub saving_cost_per_t: Option<Interval>,
    /// What the best fixed set-points known to the truth would save on the same seeds.
    pub oracle_saving_kwh_per_t: Option<f64>,
    /// Those set-points.
    pub oracle_set_points: Option<SetPoints>,
    /// Every limit.
    pub constraints: Vec<Constraint>,
    /// The set-points found.
    pub setpoints: SetPoints,
    /// Where they were.
    pub untouched: SetPoints,
    /// All trials, the first untouched.
    pub trials: Vec<Tried>,
    /// It was stopped before its end.
    pub partial: bool,
}

/// Shown the share done; false when the work shall end.
pub type Watch<'a> = &'a (dyn Fn(f64) -> bool + Sync);

impl Study {
    /// Checks what the runs would trip over.
    ///
    /// # Errors
    /// The first value out of range or pair that contradicts.
    pub fn check(&self) -> Result<(), Error> {
        let mut first = None;
        self.settings.validate(&mut |error| {
            first.get_or_insert(error);
        });
        if self.learn.is_empty() || self.learn.iter().any(|seed| self.verify.contains(seed)) {
            first.get_or_insert(Error::Inconsistent {
                field: "seeds",
                reason: "a seed of the trials must not be one of the verdict, and there must be one",
            });
        }
        first.map_or(Ok(()), Err)?;
        self.scenario.control.build().map(drop)
    }

    pub(super) fn space(&self) -> Space {
        Space::new(self.settings.space, SetPoints::of(&self.scenario.control))
    }

    /// Runs `points` under `seeds`; the runs of a point stand together. `None` once `watch` ends it.
    pub(super) fn run(
        &self,
        points: &[SetPoints],
        seeds: &[u64],
        watch: Watch<'_>,
    ) -> Result<Option<Vec<Vec<Run>>>, Error> {
        let jobs: Vec<(SetPoints, u64)> =
            points.iter().flat_map(|p| seeds.iter().map(|seed| (*p, *seed))).collect();
        let runs = spread(&jobs, self.threads, watch, |(p, seed), look| self.one(p, *seed, look))?;
        if runs.len() < jobs.len() {
            return Ok(None);
        }
        let mut runs = runs.into_iter().map(|(_, run)| run);
        Ok(Some(points.iter().map(|_| runs.by_ref().take(seeds.len()).collect()).collect()))
    }

    fn one(
        &self,
        points: &SetPoints,
        seed: u64,
        look: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Run>, Error> {
        let mut scenario = self.scenario.clone();
        scenario.control = points.apply(&scenario.control);
        let (settle, judge) = (self.settings.settle_days, self.settings.judge_days);
        scenario.hours = (settle + judge) * 24.0;
        let cells = usize::from(scenario.cells);
        let keeper = Watched::new(Stack::new(&scenario)?, cells);
        let mut run = Loop::kept_by(keeper, &scenario, seed)?;
        let settled = (settle * DAY) as u64;
        let mut scans = 0;
        while run.scan() {
            scans += 1;
            if scans == settled {
                run.score_from_here();
                run.keeper_mut().take();
            }
            if scans % 3_600 == 0 && !look(run.progress()) {
                return Ok(None);
            }
        }
        let measured = run.keeper_mut().take();
        let record = run.finish();
        let kpi = record.kpi();
        let distance = record.percentiles().of("acd_mm").and_then(|h| h.percentile(0.01));
        Ok(Some(Run {
            measured,
            scored: Scored {
                acd_mm: distance.unwrap_or(f64::NAN),
                metal_t_per_day: kpi.metal_t.unwrap_or(f64::NAN) / (judge * cells as f64),
                kpi,
            },
        }))
    }

    /// Does all of it. What is done when `watch` ends it is returned, marked partial.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn tune(&self, watch: Watch<'_>) -> Result<Tuning, Error> {
        self.check()?;
        let space = self.space();
        let from = SetPoints::of(&self.scenario.control);
        let work = self.shares();
        let at = |done: usize| move |share: f64| watch((done as f64 + share) / work);
        let mut tuning = Tuning {
            baseline: Means::of(&[]),
            tuned: Means::of(&[]),
            saving_kwh_per_t: None,
            saving_cost_per_t: None,
            oracle_saving_kwh_per_t: None,
            oracle_set_points: None,
            constraints: Vec::new(),
            setpoints: from,
            untouched: from,
            trials: Vec::new(),
            partial: true,
        };
        let (history, whole) = self.search(&space, &at)?;
        if let Some(best) = history.best() {
            tuning.setpoints = space.set_points(&best.at);
        }
        tuning.trials = words(&space, &history);
        if !whole {
            return Ok(tuning);
        }
        let verdict = at(self.trials + 1);
        let share = |share: f64| verdict(share * self.verdict_share());
        let Some(runs) = self.run(&[from, tuning.setpoints], &self.verify, &share)? else {
            return Ok(tuning);
        };
        if let [untouched, tuned] = &runs[..] {
            self.judge(&mut tuning, untouched, tuned);
            let share = |share: f64| verdict(self.verdict_share() + share * self.oracle as f64);
            let found = super::oracle::search(self, &space, untouched, &share)?;
            tuning.partial = found.is_none() && self.oracle > 0;
            if let Some((saving, points)) = found {
                tuning.oracle_saving_kwh_per_t = Some(saving);
                tuning.oracle_set_points = Some(points);
            }
        }
        Ok(tuning)
    }

    /// Trials of the search; false when it was stopped.
    fn search<W: Fn(f64) -> bool + Sync>(
        &self,
        space: &Space,
        at: &dyn Fn(usize) -> W,
    ) -> Result<(History, bool), Error> {
        let mut history = History::new(self.settings.confidence());
        let mut method = self.settings.method.search(*space);
        let model = CostModel::new(self.settings.prices, &self.scenario.control);
        let measure = |point: &Point, done: usize| -> Result<Option<Vec<Measured>>, Error> {
            let runs = self.run(&[space.set_points(point)], &self.learn, &at(done))?;
            Ok(runs.map(|runs| runs.into_iter().flatten().flat_map(|run| run.measured).collect()))
        };
        let Some(untouched) = measure(&Point::default(), 0)? else { return Ok((history, false)) };
        let outcome = |seen: &[Measured]| Outcome::paired(&model, &self.settings.limits, &untouched, seen);
        if let Some(outcome) = outcome(&untouched) {
            history.tell(Point::default(), outcome);
        }
        for trial in 0..self.trials {
            let Some(point) = method.ask(&history) else { break };
            let Some(seen) = measure(&point, trial + 1)? else { return Ok((history, false)) };
            if let Some(outcome) = outcome(&seen) {
                history.tell(point, outcome);
            }
        }
        Ok((history, true))
    }

    fn verdict_share(&self) -> f64 {
        2.0 * self.verify.len() as f64 / self.learn.len().max(1) as f64
    }

    /// All the work, in trials.
    fn shares(&self) -> f64 {
        self.trials as f64 + 1.0 + self.verdict_share() + self.oracle as f64
    }

    fn judge(&self, tuning: &mut Tuning, untouched: &[Run], tuned: &[Run]) {
        (tuning.baseline, tuning.tuned) = (Means::of(untouched), Means::of(tuned));
        let pairs = || untouched.iter().zip(tuned);
        let energy = |run: &Run| run.scored.kpi.dc_kwh_per_t.unwrap_or(f64::NAN);
        let cost = |run: &Run| self.settings.prices.scored(&run.scored);
        tuning.saving_kwh_per_t = Interval::of(pairs().map(|(u, t)| energy(u) - energy(t)));
        tuning.saving_cost_per_t = Interval::of(pairs().map(|(u, t)| cost(u) - cost(t)));
        tuning.constraints = constraints(&self.settings, untouched, tuned);
    }
}

/// Mean over runs of what a limit is about.
pub(super) fn scored(limit: &Limit, runs: &[Run]) -> Option<f64> {
    let values: Vec<f64> = runs.iter().filter_map(|run| (limit.scored)(&run.scored)).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn constraints(settings: &TuneSettings, untouched: &[Run], tuned: &[Run]) -> Vec<Constraint> {
    let one = |limit: &Limit| {
        let (baseline, tuned) = (scored(limit, untouched), scored(limit, tuned));
        let bound = limit.binding(&settings.limits, baseline.unwrap_or(f64::NAN));
        let ok = tuned.is_some_and(|tuned| limit.slack(tuned, bound) >= -settings.confidence().keep);
        Constraint { name: limit.name, limit: bound, baseline, tuned, ok, seen: limit.about }
    };
    LIMITS.iter().map(one).collect()
}

/// Every trial in words.
fn words(space: &Space, history: &History) -> Vec<Tried> {
    let mut best: Option<&Trial> = None;
    let mut all = Vec::new();
    for trial in &history.trials {
        let set_points = space.set_points(&trial.at);
        let words = match best {
            None => "Untouched: what everything is compared with.".into(),
            Some(best) => explain(&space.set_points(&best.at), &set_points, &trial.outcome, trial.kept),
        };
        if trial.kept {
            best = Some(trial);
        }
        all.push(Tried { set_points, outcome: trial.outcome.clone(), kept: trial.kept, words });
    }
    all
}

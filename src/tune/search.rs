//! What a search is told of a trial, and what it answers: the one door between methods and whoever runs
//! the trials, a simulation or a line.

use super::{CostModel, LIMITS, LimitSettings, Measured, Point, Side};
use crate::math::sqrt;
use std::prelude::rust_2024::*;

/// A value and its standard error.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
}

impl Estimate {
    /// Of independent values; an error of one value is not known and taken as its size.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let error = if values.len() > 1 { sqrt(squares / (n - 1.0) / n) } else { mean.abs() };
        Self { mean, error }
    }

    /// Lower end of the one-sided interval of `sigmas`.
    #[must_use]
    pub fn low(&self, sigmas: f64) -> f64 {
        self.mean - sigmas * self.error
    }
}

/// How sure a search must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// Standard errors of a one-sided statement: 1.64 is 95 %.
    pub sigmas: f64,
    /// Slack that may be missing, with that confidence, in what is kept: no difference can be shown to
    /// be nothing.
    pub keep: f64,
    /// Slack that may be missing, with that confidence, for the time of a trial.
    pub explore: f64,
}

impl Default for Confidence {
    fn default() -> Self {
        Self { sigmas: 1.64, keep: 0.25, explore: 1.0 }
    }
}

/// Limits that a line can judge.
pub fn judged() -> impl Iterator<Item = (&'static super::Limit, fn(&Measured) -> f64)> {
    LIMITS.iter().filter_map(|limit| Some((limit, limit.measured?)))
}

/// What a trial gave, from measured figures of treated cells and their untouched twins.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Outcome {
    /// Cost that was saved, per tonne.
    pub saving: Estimate,
    /// Energy that was saved by the measured figures \[kWh/t\].
    pub energy: Estimate,
    /// Room left to each limit of [`judged`], in units of the limit.
    pub slack: Vec<Estimate>,
}

impl Outcome {
    /// Pairs cell by cell. `None` without a pair whose figures are all known.
    #[must_use]
    pub fn paired(
        model: &CostModel,
        limits: &LimitSettings,
        untouched: &[Measured],
        treated: &[Measured],
    ) -> Option<Self> {
        let pairs: Vec<(&Measured, &Measured)> = untouched.iter().zip(treated).collect();
        let of = |f: &dyn Fn(&Measured) -> f64| {
            let differences: Vec<f64> = pairs.iter().map(|(u, t)| f(u) - f(t)).collect();
            Estimate::of(&differences)
        };
        let saving = of(&|m| model.cost(m));
        if pairs.is_empty() || !saving.mean.is_finite() {
            return None;
        }
        let slack = judged().map(|(limit, value)| {
            let mean = |of: &[Measured]| of.iter().map(value).sum::<f64>() / of.len() as f64;
            let bound = limit.binding(limits, mean(untouched));
            let change = of(&|m| value(m) / limit.scale);
            Estimate { mean: limit.slack(mean(treated), bound), error: change.error }
        });
        Some(Self { saving, energy: of(&|m| model.energy(m)), slack: slack.collect() })
    }

    /// Every limit holds, but for `allowed` units of slack, with the stated confidence.
    #[must_use]
    pub fn holds(&self, sigmas: f64, allowed: f64) -> bool {
        // A slack that is not known does not hold.
        self.slack.iter().all(|slack| slack.low(sigmas) >= -allowed)
    }

    /// The limit with the least room, and that room.
    #[must_use]
    pub fn tightest(&self) -> Option<(&'static str, Side, f64)> {
        let all = judged().zip(&self.slack).map(|((limit, _), slack)| (limit.name, limit.side, slack.mean));
        all.min_by(|a, b| a.2.total_cmp(&b.2))
    }
}

/// A trial that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Where.
    pub at: Point,
    /// What it gave.
    pub outcome: Outcome,
    /// It was kept: limits hold and it is better than what was best before.
    pub kept: bool,
}

/// All trials so far. The first is where the search began.
#[derive(Debug, Clone)]
pub struct History {
    /// In order.
    pub trials: Vec<Trial>,
    /// What a trial must show.
    pub confidence: Confidence,
}

impl History {
    /// Nothing tried yet.
    #[must_use]
    pub fn new(confidence: Confidence) -> Self {
        Self { trials: Vec::new(), confidence }
    }

    /// Takes what a trial at `at` gave; true when it is the best so far.
    pub fn tell(&mut self, at: Point, outcome: Outcome) -> bool {
        let Confidence { sigmas, keep, .. } = self.confidence;
        let holds = outcome.holds(sigmas, keep);
        let better = self.best().is_none_or(|best| outcome.saving.mean > best.outcome.saving.mean);
        let kept = self.trials.is_empty() || (holds && better);
        self.trials.push(Trial { at, outcome, kept });
        kept
    }

    /// Takes what a trial at `at` gave that had to be broken off: it is never kept.
    pub fn condemn(&mut self, at: Point, outcome: Outcome) {
        self.trials.push(Trial { at, outcome, kept: false });
    }

    /// The best that was kept.
    #[must_use]
    pub fn best(&self) -> Option<&Trial> {
        self.trials.iter().rev().find(|trial| trial.kept)
    }
}

/// A method: where to try next, given all that was tried. It has no other sight of the cells.
pub trait Search {
    /// The next trial; `None` when there is nothing left to try.
    fn ask(&mut self, history: &History) -> Option<Point>;
}

//! Safe Bayesian optimisation: a Gaussian process for the saving and one for the slack of every limit.
//!
//! ```text
//! k(p, q) = s² exp(-|p - q|²/(2 l²)),   l = 3 steps
//! next = argmax  m(p) + σ(p)   over  { p : m_j(p) - z σ_j(p) >= -allowance for every limit j }
//! ```
//!
//! After SafeOpt (Sui, Gotovos, Burdick and Krause 2015; Berkenkamp, Krause and Schoellig 2016), with an
//! optimistic choice inside the safe set in place of its expanders. Prior deviations s are those of
//! what one length of set-points was seen to do: 30 of saving, 1.5 units of slack. They are not fitted:
//! a dozen trials cannot tell them. All processes share kernel and points, so one factor serves all.

use super::search::{History, Search};
use super::space::{Point, Space};
use super::trust::distance;
use crate::math::{exp, sqrt};
use nalgebra::{Cholesky, Const, SMatrix, SVector};
use std::prelude::rust_2024::*;

/// Most trials that are remembered.
const MOST: usize = 24;
const LENGTH: f64 = 3.0;
const SAVING: f64 = 30.0;
const SLACK: f64 = 1.5;
/// Standard error of a trial relative to the prior deviation: a mean over days of a few cells.
const NOISE: f64 = 0.07;
/// The lattice that is searched, about the best trial.
const RADIUS: f64 = 2.0;

/// The method; it remembers nothing but the space, the rest is in the history.
#[derive(Debug, Clone)]
pub struct Bayes {
    space: Space,
}

impl Bayes {
    /// In this space.
    #[must_use]
    pub fn new(space: Space) -> Self {
        Self { space }
    }
}

impl Search for Bayes {
    fn ask(&mut self, history: &History) -> Option<Point> {
        let best = history.best()?;
        let process = Process::new(history)?;
        let first = history.trials.first()?;
        let saving = process.weights(|k| history.trials[k].outcome.saving.mean / SAVING);
        // Slack is modelled as what it differs by from where the search began.
        let limits: Vec<_> = (0..first.outcome.slack.len())
            .map(|j| {
                let base = first.outcome.slack[j].mean;
                (base, process.weights(|k| (history.trials[k].outcome.slack[j].mean - base) / SLACK))
            })
            .collect();
        let confidence = history.confidence;
        let score = |p: &Point| {
            let (k, sd) = process.look(p);
            let safe = limits.iter().all(|(base, weights)| {
                base + SLACK * (k.dot(weights) - confidence.sigmas * sd) >= -confidence.explore
            });
            safe.then(|| SAVING * (k.dot(&saving) + sd))
        };
        let new = |p: &Point| history.trials.iter().all(|t| distance(&t.at, p) > 0.2);
        self.space
            .lattice(best.at, RADIUS, 0.5)
            .filter(new)
            .filter_map(|p| Some((p, score(&p)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(p, _)| p)
    }
}

/// What all processes share: where trials were made, and the factor of their covariance.
struct Process {
    at: Vec<Point>,
    factor: Cholesky<f64, Const<MOST>>,
}

fn kernel(p: &Point, q: &Point) -> f64 {
    let d = distance(p, q) / LENGTH;
    exp(-0.5 * d * d)
}

impl Process {
    fn new(history: &History) -> Option<Self> {
        let at: Vec<Point> = history.trials.iter().map(|t| t.at).take(MOST).collect();
        // Places that hold no trial know nothing and tell nothing.
        let covariance = SMatrix::<f64, MOST, MOST>::from_fn(|i, j| match (at.get(i), at.get(j)) {
            (Some(p), Some(q)) => kernel(p, q) + if i == j { NOISE * NOISE } else { 0.0 },
            _ => f64::from(u8::from(i == j)),
        });
        Some(Self { factor: covariance.cholesky()?, at })
    }

    fn weights(&self, value: impl Fn(usize) -> f64) -> SVector<f64, MOST> {
        let values = SVector::from_fn(|k, _| if k < self.at.len() { value(k) } else { 0.0 });
        self.factor.solve(&values)
    }

    /// Covariance with the trials, and the deviation that is left, both relative to the prior's.
    fn look(&self, p: &Point) -> (SVector<f64, MOST>, f64) {
        let k = SVector::<f64, MOST>::from_fn(|i, _| self.at.get(i).map_or(0.0, |q| kernel(p, q)));
        let left = 1.0 - k.dot(&self.factor.solve(&k));
        (k, sqrt(left.max(0.0)))
    }
}

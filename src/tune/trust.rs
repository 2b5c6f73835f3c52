//! Run-to-run optimisation with a trust region.
//!
//! First one step along each set-point. Then, again and again, straight lines are fitted to the trials
//! near the best one, for the saving and for the slack of every limit; the next trial is the best point
//! by these lines within the trust region of which the lines say that limits hold with the stated
//! confidence. A trial that is kept moves the centre and widens the region; one that is not narrows it.
//! After the modifier-adaptation and EWMA controllers of batch processes (Conn, Gould and Toint 2000 for
//! the region; Marchetti, Chachuat and Bonvin 2009 for measured constraints).

use super::search::{Estimate, History, Search, Trial};
use super::space::{DIM, Point, Space};
use nalgebra::{SMatrix, SVector};
use std::prelude::rust_2024::*;

const TERMS: usize = DIM + 1;
/// Trials this far from the best one count by 1/e.
const REACH: f64 = 4.0;
/// Weight that holds slopes at nothing where no trial tells them.
const RIDGE: f64 = 1e-3;

/// Memory of the method.
#[derive(Debug, Clone)]
pub struct Trust {
    space: Space,
    radius: f64,
    /// First steps that were asked for.
    probes: usize,
    judged: usize,
}

impl Trust {
    /// Begins with a region of one step and a half.
    #[must_use]
    pub fn new(space: Space) -> Self {
        Self { space, radius: 1.5, probes: 0, judged: 0 }
    }

    /// Along each set-point, towards where the bath loses less or the voltage is less.
    const PROBES: [Point; DIM] = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-0.5, 0.0, 0.0]];
}

impl Search for Trust {
    fn ask(&mut self, history: &History) -> Option<Point> {
        let best = history.best()?;
        if let Some(probe) = Self::PROBES.get(self.probes) {
            self.probes += 1;
            self.judged = history.trials.len() + 1;
            return Some(self.space.clip(probe));
        }
        for trial in history.trials.get(self.judged..).unwrap_or_default() {
            self.radius *= if trial.kept { 1.5 } else { 0.5 };
        }
        self.judged = history.trials.len();
        self.radius = self.radius.min(3.0);
        if self.radius < 0.2 {
            return None;
        }
        let saving = Plane::fit(history, best, |trial| trial.outcome.saving);
        let limits: Vec<Plane> = (0..best.outcome.slack.len())
            .map(|k| Plane::fit(history, best, move |trial| trial.outcome.slack[k]))
            .collect();
        let confidence = history.confidence;
        let lawful =
            |p: &Point| limits.iter().all(|limit| limit.at(p).low(confidence.sigmas) >= -confidence.keep);
        let new = |p: &Point| history.trials.iter().all(|t| distance(&t.at, p) > 0.1 * self.radius);
        let spacing = self.radius / 4.0;
        let found = self.space.lattice(best.at, self.radius, spacing).filter(|p| new(p) && lawful(p));
        found.max_by(|a, b| saving.at(a).mean.total_cmp(&saving.at(b).mean))
    }
}

/// Distance in steps.
pub(super) fn distance(a: &Point, b: &Point) -> f64 {
    crate::math::sqrt((0..DIM).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum())
}

/// A straight line through trials, heavier the nearer they are.
struct Plane {
    centre: Point,
    terms: SVector<f64, TERMS>,
    covariance: SMatrix<f64, TERMS, TERMS>,
}

impl Plane {
    fn fit(history: &History, best: &Trial, of: impl Fn(&Trial) -> Estimate) -> Self {
        let mut normal = SMatrix::<f64, TERMS, TERMS>::identity() * RIDGE;
        let mut right = SVector::<f64, TERMS>::zeros();
        for trial in &history.trials {
            let value = of(trial);
            let near = distance(&trial.at, &best.at) / REACH;
            let floor = 0.05;
            let weight = crate::math::exp(-near * near) / (value.error * value.error + floor * floor);
            if !(weight.is_finite() && value.mean.is_finite()) {
                continue;
            }
            let row = Self::row(&best.at, &trial.at);
            normal += row * row.transpose() * weight;
            right += row * (weight * value.mean);
        }
        let covariance = normal.cholesky().map_or_else(SMatrix::zeros, |c| c.inverse());
        Self { centre: best.at, terms: covariance * right, covariance }
    }

    fn row(centre: &Point, p: &Point) -> SVector<f64, TERMS> {
        SVector::from_fn(|k, _| if k == 0 { 1.0 } else { p[k - 1] - centre[k - 1] })
    }

    fn at(&self, p: &Point) -> Estimate {
        let row = Self::row(&self.centre, p);
        let variance = (row.transpose() * self.covariance * row).x;
        Estimate { mean: self.terms.dot(&row), error: crate::math::sqrt(variance.max(0.0)) }
    }
}

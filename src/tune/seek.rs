//! Extremum seeking: set-points are wiggled all at once, and drift to where the cost falls.
//!
//! ```text
//! p± = b ± a d,   g = d (f(p+) - f(p-)) / (2 a),   b <- b + κ ḡ,   ḡ <- (ḡ + g)/2
//! ```
//!
//! with signs d from a cycle of orthogonal patterns and f the saving less a penalty for slack that is
//! missing. The form in discrete time of the classical loop (Ariyur and Krstić 2003), near to the
//! simultaneous perturbation of Spall (1992). It needs no model and forgets what it has seen.

use super::search::{History, Search, Trial};
use super::space::{DIM, Point, Space};
use crate::math::clamp;

/// Amplitude of the wiggle \[steps\].
const AMPLITUDE: f64 = 0.5;
/// Way per unit of slope \[steps per cost and step\], and most of it in one cycle \[steps\].
const GAIN: f64 = 0.15;
const MOST: f64 = 1.0;
/// Cost of a unit of missing slack.
const PENALTY: f64 = 20.0;
const PATTERNS: [Point; 4] = [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [-1.0, 1.0, -1.0]];

/// Memory of the method.
#[derive(Debug, Clone)]
pub struct Seek {
    space: Space,
    base: Point,
    slope: Point,
    asked: usize,
}

impl Seek {
    /// In this space.
    #[must_use]
    pub fn new(space: Space) -> Self {
        Self { space, base: [0.0; DIM], slope: [0.0; DIM], asked: 0 }
    }
}

fn value(trial: &Trial) -> f64 {
    let missing: f64 = trial.outcome.slack.iter().map(|s| (-s.mean).max(0.0)).sum();
    trial.outcome.saving.mean - PENALTY * missing
}

impl Search for Seek {
    fn ask(&mut self, history: &History) -> Option<Point> {
        let pattern = PATTERNS[(self.asked / 2) % PATTERNS.len()];
        if self.asked > 0
            && self.asked.is_multiple_of(2)
            && let [.., plus, minus] = &history.trials[..]
        {
            let rise = (value(plus) - value(minus)) / (2.0 * AMPLITUDE);
            let before = PATTERNS[(self.asked / 2 - 1) % PATTERNS.len()];
            for ((base, slope), sign) in self.base.iter_mut().zip(&mut self.slope).zip(before) {
                *slope = 0.5 * (*slope + sign * rise);
                *base += clamp(GAIN * *slope, -MOST, MOST);
            }
            self.base = self.space.clip(&self.base);
        }
        let sign = if self.asked.is_multiple_of(2) { AMPLITUDE } else { -AMPLITUDE };
        self.asked += 1;
        Some(self.space.clip(&core::array::from_fn(|k| self.base[k] + sign * pattern[k])))
    }
}

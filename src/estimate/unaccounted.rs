//! Alumina that no stroke tells of, found in the innovations of the filter.
//!
//! A leak brings L \[kg/s\] from some moment on, whatever is asked of the feeders. A filter that knows
//! nothing of it goes wrong in a way that can be worked out beforehand: a leak of one unit leaves the
//! error v in its states and the signature ρ in its innovations ν of variance S,
//!
//! ```text
//! v ← F v + b h,   ρ = H v - β θ(v)/I,   v ← v - K ρ
//! L = Σ(ρ ν/S) / Σ(ρ²/S),   t = Σ(ρ ν/S) / √Σ(ρ²/S)
//! ```
//!
//! with the temperature deviation θ(v) of [`heat`] that the leak makes. This is the generalized likelihood
//! ratio of Willsky and Jones (IEEE Trans. Automatic Control 21 (1976) 108) for a jump of the input: on a
//! true model t is a standard normal number. Four moments are tried at once, an hour apart, each for
//! four hours: an older leak has long been taken for another gain or another distance. What is missing
//! has the same signature with the other sign.
//!
//! A leak that is found becomes an input of the filter, and what it has left in the states is taken out
//! of them; the test then looks for what is still wrong, the end of the leak included. Alumina that is
//! missing is shown and not put right: which hole is blocked the rods tell, and when its heap falls in
//! nobody does.
//!
//! | | t | lasts | why |
//! |---|---|---|---|
//! | leak found | 4 | 10 min | sound cells reach 3, once 5 for less than an hour (simulator of this crate, 270 pot-days) |
//! | leak smaller, or over | -2.5 | 0 | an end that is missed starves the cell, one too many is a leak found again |

use super::Design;
use super::ekf::{Balance, Row, STATES, Vector};
use super::heat;
use crate::consts::HOUR;
use crate::math::{clamp, sqrt};

/// Moments tried at once, and how long each is followed \[s\].
const TRIALS: usize = 4;
const LONGEST: f64 = 4.0 * HOUR;
/// A moment more recent than this shows nothing yet: while nothing is known to leak, and else \[s\].
const SHORTEST: f64 = 0.75 * HOUR;
const SHORTEST_LEAKING: f64 = 0.1 * HOUR;
/// An innovation counts as no more than so many deviations.
const WILD: f64 = 3.0;
/// Ratio from which alumina comes that no stroke tells of, and how long it must last \[s\]; ratio at which
/// less comes than was found.
const COMES: f64 = 4.0;
const LASTS: f64 = 600.0;
const GOES: f64 = -2.5;
/// After strokes were doubted a heap may fall in, and is found in hours; this long that is no leak \[s\].
const HEAP: f64 = 8.0 * HOUR;
/// Nor is what an anode effect stirs up \[s\]: its quench lifts sludge and overfeeds. Seen on the simulator of
/// this crate: at three times the usual noise a leak was called an hour after an effect, falsely.
const STIRRED: f64 = 8.0 * HOUR;
/// Less is no leak but a gain of the feeders, and more comes through no plug \[kg/s\].
const LEAST: f64 = 20.0 / HOUR;
const MOST: f64 = 150.0 / HOUR;

/// One moment at which alumina may have begun to come or to stay away.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Trial {
    /// What a unit leak has left in the states by now \[per kg/s\].
    left: Vector,
    /// What it has done to the temperature \[K per kg/s\].
    theta: f64,
    /// Σ ρν/S and Σ ρ²/S.
    evidence: f64,
    information: f64,
    /// Time since the moment, negative before it \[s\].
    age: f64,
}

impl Trial {
    fn new(age: f64) -> Self {
        Self { left: Vector::zeros(), theta: 0.0, evidence: 0.0, information: 0.0, age }
    }

    fn ratio(&self) -> f64 {
        if self.information > 0.0 { self.evidence / sqrt(self.information) } else { 0.0 }
    }
}

/// What is to be put right in the filter.
pub(super) struct Found {
    /// Change of the states, and the deviation of it.
    pub states: Vector,
    pub sigma: Vector,
    /// Change of the temperature deviation \[K\].
    pub theta: f64,
}

/// Memory of the test.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Unaccounted {
    trials: [Trial; TRIALS],
    /// Leak that is taken into account \[kg/s\].
    leak: f64,
    /// How long the ratio has been beyond its limit \[s\].
    held: f64,
    /// Left of the time for which a feeder's strokes do not tell what enters \[s\].
    doubted: f64,
}

impl Default for Unaccounted {
    fn default() -> Self {
        Self::knowing(0.0)
    }
}

impl Unaccounted {
    /// Nothing seen yet beyond this leak. The moments are staggered, as they will be from then on.
    fn knowing(leak: f64) -> Self {
        let trials = core::array::from_fn(|n| Trial::new(-(n as f64) * LONGEST / TRIALS as f64));
        Self { trials, leak, held: 0.0, doubted: 0.0 }
    }

    /// Leak that is taken into account \[kg/s\].
    pub fn leak(&self) -> f64 {
        self.leak
    }

    /// Nothing leaks, whatever was found, and for hours nothing is found: an effect, and the feed that
    /// ends it, stir up more than the model tells.
    pub fn forget(&mut self) {
        *self = Self { doubted: STIRRED, ..Self::default() };
    }

    /// The ratio of the moment that explains most.
    pub fn ratio(&self) -> f64 {
        self.likeliest().map_or(0.0, Trial::ratio)
    }

    fn likeliest(&self) -> Option<&Trial> {
        let shortest = if self.leak > 0.0 { SHORTEST_LEAKING } else { SHORTEST };
        let mature = self.trials.iter().filter(|trial| trial.age >= shortest);
        mature.max_by(|a, b| a.ratio().abs().total_cmp(&b.ratio().abs()))
    }

    /// One step of the balances; `unit` is what a unit leak brings in it.
    pub fn predict(&mut self, design: &Design, balance: &Balance, unit: &Vector, step: f64) {
        for trial in &mut self.trials {
            trial.age += step;
            if trial.age > LONGEST {
                *trial = Trial::new(0.0);
            }
            if trial.age > 0.0 {
                let [alumina, ..]: [f64; STATES] = trial.left.into();
                trial.theta += heat::change_of(design, trial.theta, step, alumina, step);
                trial.left = Vector::from(balance.tangent(trial.left.into())) + unit;
            }
        }
    }

    /// One innovation `value` with its variance `total`, the `gain` by which it was fused, and what a
    /// kelvin takes off the resistance, `warm` \[Ω/K\].
    pub fn correct(&mut self, jacobian: &Row, warm: f64, gain: &Vector, value: f64, total: f64) {
        let limit = WILD * sqrt(total);
        let held = clamp(value, -limit, limit);
        for trial in self.trials.iter_mut().filter(|trial| trial.age > 0.0) {
            let signature = (jacobian * trial.left).x - warm * trial.theta;
            trial.evidence += signature * held / total;
            trial.information += signature * signature / total;
            trial.left -= gain * signature;
        }
    }

    /// Is alumina found that was unaccounted for, or missed that was?
    /// While strokes are `doubted`, and for hours after, nothing is found to leak: a heap that falls in is
    /// none. Then the test begins anew.
    pub fn find(&mut self, doubted: bool, step: f64) -> Option<Found> {
        let before = self.doubted;
        self.doubted = if doubted { HEAP } else { (before - step).max(0.0) };
        if before > 0.0 && self.doubted == 0.0 {
            *self = Self::knowing(self.leak);
        }
        let &likeliest = self.likeliest()?;
        let ratio = likeliest.ratio();
        self.held = if ratio > COMES && self.doubted == 0.0 { self.held + step } else { 0.0 };
        if self.held < LASTS && !(self.leak > 0.0 && ratio < GOES) {
            return None;
        }
        let seen = clamp(self.leak + likeliest.evidence / likeliest.information, 0.0, MOST);
        let leak = if seen < LEAST { 0.0 } else { seen };
        let change = leak - self.leak;
        let doubt = 1.0 / sqrt(likeliest.information);
        *self = Self { doubted: self.doubted, ..Self::knowing(leak) };
        Some(Found {
            states: likeliest.left * change,
            sigma: likeliest.left * doubt,
            theta: likeliest.theta * change,
        })
    }
}

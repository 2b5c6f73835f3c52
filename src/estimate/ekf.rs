//! Extended Kalman filter for dissolved alumina.
//!
//! States: alumina C (mass fraction), undissolved alumina U \[kg\], feeder gain q \[1\], unexplained
//! resistance r \[Ω\] (distance, anodes, chemistry) and its drift d \[Ω/s\], and of the cell's own V(C)
//! curve the shift of its onset s (mass fraction) and the scale of its bubble term a \[1\]. A step of
//! 30 s, with a share f of a shot dissolved at once:
//!
//! U' = (U + (1 - f) q m) e^(-h/τ);  C' = C + (U + q m - U' - consumption) / M;  q', s', a' -> their
//! means slowly;  r' = r + d h + beam travel dR/dACD;   y = R(C, s, a) + r - β θ / I + noise,
//! with the temperature deviation θ of [`heat`].
//!
//! Estimators of this kind are published for prebaked cells (Borg, Moen and Aalbu, 1986; da Silva
//! Moreira; Yao et al., AIChE J 63:2806, 2017). Under-feeding and over-feeding make C and r
//! observable apart from each other; at constant feed they are not, and the reported deviation
//! grows. What resistance shows is the way to the onset of the effect and how steep the curve is
//! there; where the onset itself lies it does not show, so s keeps the reported deviation honest: it
//! cannot fall below the spread of the onset from cell to cell. The noise figures are engineering
//! judgement.

mod balance;
mod covariance;
mod settings;

use super::unaccounted::Unaccounted;
use super::{Curve, Design, Disturbance, heat};
use crate::consts::HOUR;
use crate::math::{clamp, sqrt};
pub(super) use balance::Balance;
use nalgebra::{SMatrix, SVector};
pub use settings::EkfSettings;

/// Innovations beyond this many standard deviations are not fused.
const GATE: f64 = 5.0;
/// After so many rejections in a row the filter is lost and starts anew.
const LOST: u32 = 10;
/// Feeder gain: deviation and time constant of its wander \[1\], \[s\]. Six feeders that differ by 10 %
/// each are 4 % together; ore and wear change that over days. The time was chosen among 12, 48 and
/// 144 h by the spread of alumina on the simulator of this crate.
const GAIN_SIGMA: f64 = 0.06;
const GAIN_TIME: f64 = 144.0 * HOUR;

/// What the voltage noise in the metal-pad band leaves in the mean of a step \[1\]: a roll of 40 s
/// nearly averages out, one of 90 s hardly, and its errors are alike from step to step, which a filter
/// for white noise must be told as a larger one. Chosen between 0.6 and 1 by spread and coverage on the
/// simulator of this crate.
const COLOUR: f64 = 1.0;
/// The onset of the anode effect and the height of the concentration overvoltage differ from cell to
/// cell by these standard deviations (mass fraction, \[1\]) and wander with this time constant \[s\].
/// No spread is published. The first is that of the simulator of this crate at its usual spread, 5 % of
/// 1.8 %, and so the estimate's stated deviation is an assumption there, no proof; the second is twice
/// the simulator's. The time constant is engineering judgement.
const SHIFT_SIGMA: f64 = 0.0009;
const SCALE_SIGMA: f64 = 0.10;
const CURVE_TIME: f64 = 96.0 * HOUR;

/// Share of a shot that dissolves within a step, f \[1\]: 40 % at once and the rest in minutes is
/// published (Yao et al.).
const FAST: f64 = 0.5;
/// Drift of the distance that its expected value does not say: deviation \[mm/h\] and time constant
/// \[s\] of its wander. It holds the pick-up of new anodes as well. Chosen between 0.06 and 0.12 by the
/// spread of alumina on the simulator of this crate; the published drift itself is 0.2 mm/h (Dupuis, CIM
/// 2011).
const DRIFT_SIGMA: f64 = 0.06;
const DRIFT_TIME: f64 = 6.0 * HOUR;
/// Drift at the start, the same of a cell with 68 µΩ/m \[Ω/s\].
const DRIFT_START: f64 = DRIFT_SIGMA * 1e-3 / HOUR * 68e-6;
/// Time constant of the innovation audit \[steps\].
const AUDIT: f64 = 40.0;

/// States: alumina, undissolved alumina, feeder gain, unexplained resistance, its drift, curve shift and
/// scale.
pub(super) const STATES: usize = 7;
pub(super) type Vector = SVector<f64, STATES>;
pub(super) type Row = SMatrix<f64, 1, STATES>;
pub(super) type Matrix = SMatrix<f64, STATES, STATES>;

/// Run-time form of [`EkfSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Ekf {
    design: Design,
    period: f64,
    dissolution: f64,
    noise: f64,
    wander: f64,
    alumina_wander: f64,
}

/// What one scan contributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input {
    /// Delivered alumina, confirmed \[kg\].
    pub fed: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Beam travel since the last scan that changed the distance \[m\].
    pub travel: f64,
    /// Pseudo-resistance, if this scan's sample may be used \[Ω\].
    pub resistance: Option<f64>,
    /// Low-frequency noise \[V\]; NaN when unknown.
    pub noise: f64,
    /// A feeder's strokes are known not to tell what enters the bath, or feed is not what the model is
    /// made for: no leak is looked for.
    pub doubted: bool,
    /// What goes on that the other inputs do not tell.
    pub disturbance: Disturbance,
}

/// Why a measurement was not fused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub enum Rejection {
    /// Too few usable samples in the step.
    TooFew,
    /// Beyond five standard deviations.
    Gate,
}

/// Audit record of one measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Innovation {
    /// Measured less predicted \[Ω\]; NaN when nothing was measured.
    pub value: f64,
    /// Its predicted standard deviation \[Ω\].
    pub sigma: f64,
    /// Ratio of the two.
    pub ratio: f64,
    /// `None` when fused, else why not.
    pub rejected: Option<Rejection>,
}

/// Memory of the estimator.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct EkfState {
    x: Vector,
    p: Matrix,
    /// Bath temperature off its balance \[K\].
    theta: f64,
    elapsed: f64,
    fed: f64,
    travel: f64,
    charge: f64,
    sum: f64,
    count: u32,
    scans: u32,
    disturbance: Disturbance,
    audit: f64,
    rejections: u32,
    innovation: Option<Innovation>,
    unaccounted: Unaccounted,
}

impl Default for EkfState {
    fn default() -> Self {
        let (x, p) = start();
        Self {
            x,
            p,
            theta: 0.0,
            elapsed: 0.0,
            fed: 0.0,
            travel: 0.0,
            charge: 0.0,
            sum: 0.0,
            count: 0,
            scans: 0,
            disturbance: Disturbance::None,
            audit: 1.0,
            rejections: 0,
            innovation: None,
            unaccounted: Unaccounted::default(),
        }
    }
}

/// Nothing known: 2.7 ± 0.5 % alumina, ±100 nΩ unexplained.
fn start() -> (Vector, Matrix) {
    let x = Vector::from([0.027, 13.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let sigma = Vector::from([0.005, 6.0, GAIN_SIGMA, 1e-7, DRIFT_START, SHIFT_SIGMA, SCALE_SIGMA]);
    (x, Matrix::from_diagonal(&sigma.component_mul(&sigma)))
}

fn restart(state: &mut EkfState) {
    (state.x, state.p) = start();
    state.theta = 0.0;
    state.unaccounted.forget();
}

impl EkfState {
    /// Dissolved alumina, mass fraction.
    #[must_use]
    pub fn alumina(&self) -> f64 {
        let [alumina, ..]: [f64; STATES] = self.x.into();
        alumina
    }

    /// Standard deviation of the alumina, mass fraction.
    #[must_use]
    pub fn alumina_error(&self) -> f64 {
        let [variance, ..]: [f64; STATES] = self.p.diagonal().into();
        sqrt(variance.max(0.0))
    }

    /// Alumina less the shift of the onset of the anode effect, and the standard deviation of that,
    /// mass fraction: with the expected onset taken off, how far the effect is.
    #[must_use]
    pub fn above_onset(&self) -> (f64, f64) {
        let [c, _, _, _, _, s, _]: [f64; STATES] = self.x.into();
        let [variance, _, _, _, _, shift_variance, _]: [f64; STATES] = self.p.diagonal().into();
        let [covariance, ..]: [f64; STATES] = self.p.column(5).into_owned().into();
        (c - s, sqrt((variance + shift_variance - 2.0 * covariance).max(0.0)))
    }

    /// Undissolved alumina \[kg\].
    #[must_use]
    pub fn undissolved(&self) -> f64 {
        let [_, undissolved, ..]: [f64; STATES] = self.x.into();
        undissolved
    }

    /// Alumina that enters the bath per alumina thought to be fed.
    #[must_use]
    pub fn feeder_gain(&self) -> f64 {
        let [_, _, gain, ..]: [f64; STATES] = self.x.into();
        gain
    }

    /// Resistance that alumina does not explain \[Ω\].
    #[must_use]
    pub fn unexplained(&self) -> f64 {
        let [_, _, _, unexplained, ..]: [f64; STATES] = self.x.into();
        unexplained
    }

    /// What was learnt of this cell's curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        let [_, _, _, _, _, shift, scale] = self.x.into();
        Curve { shift, scale }
    }

    /// Mean square of the last innovations over what was predicted for it: near one while the model
    /// holds.
    #[must_use]
    pub fn consistency(&self) -> f64 {
        self.audit
    }

    /// Alumina that enters the bath without a stroke \[kg/s\]; zero unless a leak was found.
    #[must_use]
    pub fn leak(&self) -> f64 {
        self.unaccounted.leak()
    }

    /// Alumina unaccounted for, over its deviation \[1\]: negative when strokes bring less than they say.
    #[must_use]
    pub fn unaccounted(&self) -> f64 {
        self.unaccounted.ratio()
    }

    /// Record of the last measurement.
    #[must_use]
    pub fn innovation(&self) -> Option<Innovation> {
        self.innovation
    }
}

impl Ekf {
    /// Collects one scan of length `step` \[s\] and, when a filter step is full, takes it. True then.
    pub fn update(&self, state: &mut EkfState, input: &Input, step: f64) -> bool {
        state.elapsed += step;
        state.scans += 1;
        self.disturb(state, input.disturbance);
        // A poisoned input must not poison the state.
        let amount = |x: f64, limit: f64| if x.is_finite() { clamp(x, -limit, limit) } else { 0.0 };
        state.fed += amount(input.fed, 500.0);
        state.travel += amount(input.travel, 0.1);
        state.charge += amount(input.current, 2.0 * self.design.current) * step;
        if let Some(resistance) = input.resistance
            && resistance.is_finite()
        {
            state.sum += resistance;
            state.count += 1;
        }
        if state.elapsed + 0.5 * step.min(self.period) < self.period {
            return false;
        }
        let current = state.charge / state.elapsed;
        self.predict(state, state.charge * self.design.consumption_per_coulomb);
        let measured = (state.count * 2 >= state.scans && current > 0.5 * self.design.current)
            .then(|| state.sum / f64::from(state.count));
        self.correct(state, measured, current, input);
        (state.elapsed, state.fed, state.travel, state.charge, state.sum) = (0.0, 0.0, 0.0, 0.0, 0.0);
        (state.count, state.scans) = (0, 0);
        true
    }

    /// A disturbance ends, or begins: what it leaves behind, or brings at once.
    fn disturb(&self, state: &mut EkfState, now: Disturbance) {
        let before = core::mem::replace(&mut state.disturbance, now);
        if before == now {
            return;
        }
        if now == Disturbance::Effect {
            // A cell that runs out of alumina has no leak to live on.
            state.unaccounted.forget();
        }
        let ((cover, cover_sigma), left) = (now.brings(), before.leaves());
        let current = self.design.current;
        state.x += Vector::from([0.0, cover, 0.0, left.volts / current, 0.0, 0.0, 0.0]);
        let sigma = Vector::from([left.alumina, cover_sigma, 0.0, left.volts_sigma / current, 0.0, 0.0, 0.0]);
        state.p += Matrix::from_diagonal(&sigma.component_mul(&sigma));
    }

    fn predict(&self, state: &mut EkfState, consumed: f64) {
        let design = &self.design;
        let h = state.elapsed;
        let fed = state.fed * design.purity;
        let surplus = state.feeder_gain() * fed + state.leak() * design.purity * h - consumed;
        state.theta += heat::change(design, state.theta, surplus, state.alumina(), h);
        let balance = Balance::new(self, h, fed, consumed, state.travel);
        let unit = balance.unit_leak(self);
        state.x = balance.next(&state.x) + unit * state.leak();
        state.unaccounted.predict(design, &balance, &unit, h);
        state.p = covariance::propagate(&state.p, |v| balance.tangent(v), balance.noise(self));
        self.bound(state);
    }

    /// Pseudo-resistance that the states mean, and its exact Jacobian.
    fn measurement(&self, state: &EkfState) -> (f64, Row) {
        let predicted = self.design.predict(state.alumina(), &state.curve());
        let jacobian = SMatrix::<f64, 1, STATES>::from([
            [predicted.by_alumina],
            [0.0],
            [0.0],
            [1.0],
            [0.0],
            [predicted.by_shift],
            [predicted.by_scale],
        ]);
        (predicted.resistance + state.unexplained(), jacobian)
    }

    fn correct(&self, state: &mut EkfState, measured: Option<f64>, current: f64, input: &Input) {
        let Some(measured) = measured else {
            state.innovation = Some(Innovation {
                value: f64::NAN,
                sigma: f64::NAN,
                ratio: f64::NAN,
                rejected: Some(Rejection::TooFew),
            });
            return;
        };
        let warm = heat::VOLTAGE * state.theta / current;
        let (resistance, jacobian) = self.measurement(state);
        let value = measured - resistance + warm;
        let swing = COLOUR * if input.noise.is_finite() { input.noise } else { self.noise };
        let variance = (self.noise * self.noise + swing * swing) / (current * current);
        let seen = state.p * jacobian.transpose();
        let total = (jacobian * seen).x + variance;
        let sigma = sqrt(total);
        let ratio = value / sigma;
        let fused = ratio.abs() <= GATE;
        // A lone wild value says nothing of the model, a row of them everything.
        let square = (ratio * ratio).min(GATE * GATE);
        state.audit += (square - state.audit) / AUDIT;
        state.innovation =
            Some(Innovation { value, sigma, ratio, rejected: (!fused).then_some(Rejection::Gate) });
        if !fused {
            state.rejections += 1;
            if state.rejections >= LOST {
                restart(state);
                state.rejections = 0;
            }
            return;
        }
        state.rejections = 0;
        let gain = seen / total;
        state.x += gain * value;
        state.unaccounted.correct(&jacobian, heat::VOLTAGE / current, &gain, value, total);
        state.p = covariance::fuse(&state.p, &seen, total);
        if let Some(found) = state.unaccounted.find(input.doubted, self.period) {
            state.x += found.states;
            state.p += found.sigma * found.sigma.transpose();
            state.theta += found.theta;
        }
        self.bound(state);
    }

    /// Keeps the states physical, whatever was measured, and starts anew if they are no numbers.
    fn bound(&self, state: &mut EkfState) {
        // Without leaving early, so that several are looked at together.
        let finite = |values: &[f64]| values.iter().fold(true, |all, value| all & value.is_finite());
        if !(finite(state.x.as_slice()) && finite(state.p.as_slice())) {
            restart(state);
            return;
        }
        let [c, u, q, r, d, shift, scale] = state.x.into();
        let drift = DRIFT_START * 5.0;
        state.x = Vector::from([
            clamp(c, 0.8 * self.design.effect_alumina, 0.08),
            clamp(u, 0.0, 600.0),
            clamp(q, 0.5, 1.5),
            clamp(r, -1.5e-6, 1.5e-6),
            clamp(d, -drift, drift),
            clamp(shift, -4.0 * SHIFT_SIGMA, 4.0 * SHIFT_SIGMA),
            clamp(scale, 0.4, 1.6),
        ]);
        state.theta = clamp(state.theta, -20.0, 20.0);
    }
}

#[cfg(test)]
#[path = "ekf_tests.rs"]
mod tests;

//! Extended Kalman filter for dissolved alumina.
//!
//! States: alumina C (mass fraction), undissolved alumina U \[kg\], feeder gain q \[1\], unexplained
//! resistance r \[Ω\] (distance, chemistry), and of the cell's own V(C) curve the shift of its onset s
//! (mass fraction) and the scale of its overvoltage a \[1\]. A step of 30 s:
//!
//! U' = (U + q m) e^(-h/τ);  C' = C + (U + q m - U' - consumption) / M;  q', s', a' -> their means
//! slowly;  r' = r + (beam travel + natural drift) dR/dACD;   y = R(C, s, a, I) + r - β θ / I + noise,
//! with the temperature deviation θ of [`heat`].
//!
//! Estimators of this kind are published for prebaked cells (Borg, Moen and Aalbu, 1986; da Silva
//! Moreira; Yao et al., AIChE J 63:2806, 2017). Under-feeding and over-feeding make C and r
//! observable apart from each other; at constant feed they are not, and the reported deviation
//! grows. What resistance shows is the way to the onset of the effect and how steep the curve is
//! there; where the onset itself lies it hardly shows, so s and a mostly keep the reported deviation
//! honest. The noise figures are engineering judgement.

use super::{Curve, Design, heat};
use crate::Error;
use crate::consts::HOUR;
use crate::error::report_ranges;
use crate::math::{clamp, exp, sqrt};
use nalgebra::{SMatrix, SVector};

/// Innovations beyond this many standard deviations are not fused.
const GATE: f64 = 5.0;
/// After so many rejections in a row the filter is lost and starts anew.
const LOST: u32 = 10;
/// Feeder gain: deviation and time constant of its wander \[1\], \[s\].
const GAIN_SIGMA: f64 = 0.06;
const GAIN_TIME: f64 = 12.0 * HOUR;

/// A step's mean is worth this much less than the voltage noise of its seconds says \[1\]: a roll of
/// 40 s leaves errors in one step that are alike in the next ones.
const COLOUR: f64 = 1.5;
/// The onset of the anode effect and the height of the concentration overvoltage differ from cell to
/// cell by these standard deviations (mass fraction, \[1\]) and wander with this time constant \[s\].
const SHIFT_SIGMA: f64 = 0.001;
const SCALE_SIGMA: f64 = 0.2;
const CURVE_TIME: f64 = 48.0 * HOUR;

/// States: alumina, undissolved alumina, feeder gain, unexplained resistance, curve shift and scale.
const STATES: usize = 6;
type Vector = SVector<f64, STATES>;
type Matrix = SMatrix<f64, STATES, STATES>;

/// Settings of the alumina estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EkfSettings {
    /// Step \[s\], 5..120.
    pub step_s: f64,
    /// Time constant of dissolution \[min\], 1..30.
    pub dissolution_min: f64,
    /// Standard deviation of what the model gets wrong in the voltage of a step \[mV\], 1..50. The
    /// cell's own noise comes on top.
    pub noise_mv: f64,
    /// Wander of the unexplained resistance per step \[nΩ\], 0.1..20.
    pub wander_nohm: f64,
    /// Wander of alumina not explained by feed and current, per step \[%\], 0..0.1.
    pub alumina_wander_pct: f64,
}

impl Default for EkfSettings {
    fn default() -> Self {
        Self {
            step_s: 30.0,
            dissolution_min: 6.0,
            noise_mv: 8.0,
            wander_nohm: 2.5,
            alumina_wander_pct: 0.002,
        }
    }
}

impl EkfSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("estimate.step_s", self.step_s, 5.0, 120.0),
            ("estimate.dissolution_min", self.dissolution_min, 1.0, 30.0),
            ("estimate.noise_mv", self.noise_mv, 1.0, 50.0),
            ("estimate.wander_nohm", self.wander_nohm, 0.1, 20.0),
            ("estimate.alumina_wander_pct", self.alumina_wander_pct, 0.0, 0.1),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Ekf {
        Ekf {
            design: *design,
            period: self.step_s,
            dissolution: self.dissolution_min * 60.0,
            noise: self.noise_mv * 1e-3,
            wander: self.wander_nohm * 1e-9,
            alumina_wander: self.alumina_wander_pct / 100.0,
        }
    }
}

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
    /// The distance changes in a way the beam does not tell: tapping, anode change.
    pub disturbed: bool,
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
    disturbed: bool,
    rejections: u32,
    innovation: Option<Innovation>,
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
            disturbed: false,
            rejections: 0,
            innovation: None,
        }
    }
}

/// Nothing known: 2.7 ± 0.5 % alumina, ±100 nΩ unexplained.
fn start() -> (Vector, Matrix) {
    let x = Vector::from([0.027, 25.0, 1.0, 0.0, 0.0, 1.0]);
    let sigma = Vector::from([0.005, 10.0, GAIN_SIGMA, 1e-7, SHIFT_SIGMA, SCALE_SIGMA]);
    (x, Matrix::from_diagonal(&sigma.component_mul(&sigma)))
}

fn restart(state: &mut EkfState) {
    (state.x, state.p) = start();
    state.theta = 0.0;
}

impl EkfState {
    /// Dissolved alumina, mass fraction.
    #[must_use]
    pub fn alumina(&self) -> f64 {
        self.x.x
    }

    /// Standard deviation of the alumina, mass fraction.
    #[must_use]
    pub fn alumina_error(&self) -> f64 {
        sqrt(self.p.diagonal().x.max(0.0))
    }

    /// Undissolved alumina \[kg\].
    #[must_use]
    pub fn undissolved(&self) -> f64 {
        self.x.y
    }

    /// Alumina that enters the bath per alumina thought to be fed.
    #[must_use]
    pub fn feeder_gain(&self) -> f64 {
        self.x.z
    }

    /// Resistance that alumina does not explain \[Ω\].
    #[must_use]
    pub fn unexplained(&self) -> f64 {
        self.x.w
    }

    /// What was learnt of this cell's curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        let [_, _, _, _, shift, scale] = self.x.into();
        Curve { shift, scale }
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
        state.disturbed |= input.disturbed;
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
        self.correct(state, measured, current, input.noise);
        (state.elapsed, state.fed, state.travel, state.charge, state.sum) = (0.0, 0.0, 0.0, 0.0, 0.0);
        (state.count, state.scans, state.disturbed) = (0, 0, false);
        true
    }

    fn predict(&self, state: &mut EkfState, consumed: f64) {
        let design = &self.design;
        let h = state.elapsed;
        let keep = exp(-h / self.dissolution);
        let remember = exp(-h / GAIN_TIME);
        let fed = state.fed * design.purity;
        let [c, u, q, r, shift, scale] = state.x.into();

        let available = u + q * fed;
        let gain = (1.0 - keep) / design.bath;
        let moved = state.travel + design.acd_drift * h;
        state.theta += heat::change(design, state.theta, q * fed - consumed, c, h);
        let curve_remember = exp(-h / CURVE_TIME);
        state.x = Vector::from([
            c + gain * available - consumed / design.bath,
            keep * available,
            1.0 + (q - 1.0) * remember,
            r + moved * design.resistance_per_m,
            shift * curve_remember,
            1.0 + (scale - 1.0) * curve_remember,
        ]);
        #[rustfmt::skip]
        let f = Matrix::from_row_slice(&[
            1.0, gain, gain * fed, 0.0, 0.0, 0.0,
            0.0, keep, keep * fed, 0.0, 0.0, 0.0,
            0.0, 0.0, remember, 0.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 1.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, curve_remember, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0, curve_remember,
        ]);
        let steps = h / self.period;
        // A commanded move is known to a tenth; an operation leaves a millimetre and a half open.
        let travel_error = 0.1 * state.travel * design.resistance_per_m;
        let operation = if state.disturbed { 1.5e-3 * design.resistance_per_m } else { 0.0 };
        let curve_noise = 1.0 - curve_remember * curve_remember;
        let q_noise = Vector::from([
            self.alumina_wander * self.alumina_wander * steps,
            0.05 * 0.05 * steps + 0.01 * fed * fed,
            GAIN_SIGMA * GAIN_SIGMA * (1.0 - remember * remember),
            self.wander * self.wander * steps + travel_error * travel_error + operation * operation * steps,
            SHIFT_SIGMA * SHIFT_SIGMA * curve_noise,
            SCALE_SIGMA * SCALE_SIGMA * curve_noise,
        ]);
        let p = f * state.p * f.transpose() + Matrix::from_diagonal(&q_noise);
        state.p = 0.5 * (p + p.transpose());
        self.bound(state);
    }

    fn correct(&self, state: &mut EkfState, measured: Option<f64>, current: f64, noise: f64) {
        let Some(measured) = measured else {
            state.innovation = Some(Innovation {
                value: f64::NAN,
                sigma: f64::NAN,
                ratio: f64::NAN,
                rejected: Some(Rejection::TooFew),
            });
            return;
        };
        let predicted = self.design.predict(state.x.x, current, &state.curve());
        let warm = heat::VOLTAGE * state.theta / current;
        let value = measured - predicted.resistance - state.x.w + warm;
        let jacobian = SMatrix::<f64, 1, STATES>::from([
            [predicted.by_alumina],
            [0.0],
            [0.0],
            [1.0],
            [predicted.by_shift],
            [predicted.by_scale],
        ]);
        let swing = COLOUR * if noise.is_finite() { noise } else { self.noise };
        let variance = (self.noise * self.noise + swing * swing) / (current * current);
        let gain = state.p * jacobian.transpose();
        let total = (jacobian * gain).x + variance;
        let sigma = sqrt(total);
        let ratio = value / sigma;
        let fused = ratio.abs() <= GATE;
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
        let gain = gain / total;
        state.x += gain * value;
        // Joseph's form keeps the covariance symmetric and positive.
        let left = Matrix::identity() - gain * jacobian;
        let p = left * state.p * left.transpose() + gain * gain.transpose() * variance;
        state.p = 0.5 * (p + p.transpose());
        self.bound(state);
    }

    /// Keeps the states physical, whatever was measured, and starts anew if they are no numbers.
    fn bound(&self, state: &mut EkfState) {
        if !(state.x.iter().all(|x| x.is_finite()) && state.p.iter().all(|p| p.is_finite())) {
            restart(state);
            return;
        }
        let [c, u, q, r, shift, scale] = state.x.into();
        state.x = Vector::from([
            clamp(c, 0.8 * self.design.effect_alumina, 0.08),
            clamp(u, 0.0, 600.0),
            clamp(q, 0.5, 1.5),
            clamp(r, -1.5e-6, 1.5e-6),
            clamp(shift, -4.0 * SHIFT_SIGMA, 4.0 * SHIFT_SIGMA),
            clamp(scale, 0.4, 1.6),
        ]);
        state.theta = clamp(state.theta, -20.0, 20.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::DesignSettings;

    fn filter() -> (Design, Ekf) {
        let design = DesignSettings::default().build();
        (design, EkfSettings::default().build(&design))
    }

    /// A cell that obeys the filter's own equations, fed up and down.
    fn follow(gain: f64, minutes: usize, state: &mut EkfState) -> f64 {
        let (design, ekf) = filter();
        let (mut alumina, mut loose) = (0.026, 25.0);
        for n in 0..minutes * 60 {
            let rate = if n / 2100 % 2 == 0 { 0.75 } else { 1.25 };
            let fed = rate * design.consumption(500e3);
            let available: f64 = loose + gain * fed * design.purity;
            loose = available * exp(-1.0 / 360.0);
            alumina += (available - loose - design.consumption_per_coulomb * 500e3) / design.bath;
            let resistance = design.pseudo_resistance(alumina, 500e3).0 + 50e-9;
            let input =
                Input { fed, current: 500e3, resistance: Some(resistance), noise: 4e-3, ..Input::default() };
            ekf.update(state, &input, 1.0);
        }
        alumina
    }

    #[test]
    fn it_finds_alumina_apart_from_a_resistance_offset() {
        let mut state = EkfState::default();
        let truth = follow(1.0, 480, &mut state);
        let error = (state.alumina() - truth).abs();
        assert!(error < 0.002 && error < 3.0 * state.alumina_error(), "{error} {}", state.alumina_error());
        assert!(state.innovation().unwrap().rejected.is_none());
    }

    #[test]
    fn it_survives_poison() {
        let (_, ekf) = filter();
        let mut state = EkfState::default();
        for n in 0..3000 {
            let bad = [f64::NAN, f64::INFINITY, -1e300, 1e300, 4.6e-6][n % 5];
            let input = Input {
                fed: bad,
                current: bad,
                travel: bad,
                resistance: Some(bad),
                noise: bad,
                disturbed: n % 3 == 0,
            };
            ekf.update(&mut state, &input, 1.0);
            assert!(state.alumina().is_finite() && state.alumina_error().is_finite());
        }
    }

    #[test]
    fn a_wild_measurement_is_recorded_and_left_out() {
        let (_, ekf) = filter();
        let mut state = EkfState::default();
        follow(1.0, 120, &mut state);
        let before = state.alumina();
        for _ in 0..30 {
            let wild =
                Input { current: 500e3, resistance: Some(7e-6), noise: 4e-3, fed: 0.08, ..Input::default() };
            ekf.update(&mut state, &wild, 1.0);
        }
        assert_eq!(state.innovation().unwrap().rejected, Some(Rejection::Gate));
        assert!((state.alumina() - before).abs() < 0.001);
    }

    #[test]
    fn blindness_widens_the_error() {
        let (_, ekf) = filter();
        let mut state = EkfState::default();
        follow(1.0, 240, &mut state);
        let before = state.alumina_error();
        for _ in 0..7200 {
            ekf.update(&mut state, &Input { current: 500e3, fed: 0.0836, ..Input::default() }, 1.0);
        }
        assert!(state.alumina_error() > before);
    }
}

//! How likely an anode effect is within the next quarter of an hour.
//!
//! ```text
//! p = 1/(1 + e^(-w·x)),   x = (1, signs)
//! ```
//!
//! The signs are few and each is a physical reason for an effect: how many deviations the alumina
//! expected at the horizon lies above the onset, with the onset's own doubt in the deviation; how far
//! the voltage that the beam does not explain has risen in minutes and in a quarter of an hour, over
//! what noise could make of it; how far it stands above its target; how lean the leanest zone is by its
//! rods, and whether an anode has lost its current there; whether the estimator is at odds with what it
//! measures; whether a hopper is empty; what is being fed; and
//! how much the most loaded anode carries. All are held to ranges, so that no single wild value
//! decides. Rises are differences of exponential means, not fitted slopes, because a beam that follows
//! the rising voltage down would empty the windows of a fit just when it matters. From the cell voltage alone such a prediction is weak (F1 of 0.32 at one minute; Appl.
//! Sci. 10 (2020) 9050); the weights are fitted on simulated cells with faults, by
//! `cargo test --release --test effect_prediction -- --ignored --nocapture fit`, at a horizon of 15 min;
//! for another horizon the odds are scaled with its length (unverified).

use crate::Error;
use crate::error::report_ranges;
use crate::estimate::{Design, EkfState};
use crate::image::{EventKind, Events};
use crate::math::{clamp, exp, ln, sqrt};
use crate::signal::RodState;

/// Signs, the constant one included.
pub const SIGNS: usize = 11;
/// Weights of the signs, in the order of [`Predict::signs`].
const WEIGHTS: [f64; SIGNS] =
    [-5.731, -0.065, 0.321, -0.580, 2.613, 0.071, -1.962, -0.191, 1.847, -1.650, 0.604];
/// Horizon of the fit \[s\].
const FITTED: f64 = 900.0;
/// The prediction is renewed this often \[s\].
const PERIOD: f64 = 10.0;
/// What the alumina of a zone may lie below that of the cell, as a deviation (mass fraction).
const ZONE_SIGMA: f64 = 0.0005;
/// Time constants of the means whose differences are the rises \[s\].
const TIMES: [f64; 3] = [60.0, 300.0, 900.0];
/// Means that were not renewed for this long are forgotten \[s\].
const HELD: f64 = 600.0;
/// What a rise is measured in \[V\], and the share of the low-frequency noise that adds to it.
const RISE: f64 = 0.004;
const NOISE: f64 = 0.5;
/// What the level above its target is measured in \[V\].
const LEVEL: f64 = 0.05;
/// Likely is over at this share of the threshold, when it lasts for this long \[s\].
const CALM: f64 = 0.5;
const CALM_TIME: f64 = 600.0;

/// Settings of the prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PredictSettings {
    /// Time that the prediction looks ahead \[min\], 5..30.
    pub horizon_min: f64,
    /// Probability from which an effect is called likely \[%\], 5..95.
    pub likely_pct: f64,
    /// A likely effect is fed against at once.
    pub prevent: bool,
}

impl Default for PredictSettings {
    fn default() -> Self {
        Self { horizon_min: 15.0, likely_pct: 15.0, prevent: true }
    }
}

impl PredictSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("predict.horizon_min", self.horizon_min, 5.0, 30.0),
            ("predict.likely_pct", self.likely_pct, 5.0, 95.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Predict {
        let horizon = self.horizon_min * 60.0;
        Predict { design: *design, horizon, likely: self.likely_pct / 100.0, prevent: self.prevent }
    }
}

/// Run-time form of [`PredictSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Predict {
    design: Design,
    horizon: f64,
    likely: f64,
    prevent: bool,
}

/// What the prediction looks at.
#[derive(Debug, Clone, Copy)]
pub struct PredictInput<'a> {
    /// Estimator.
    pub estimate: &'a EkfState,
    /// Rod currents.
    pub rods: &'a RodState,
    /// Resistance above its target \[Ω\], and without what the beam has put there; `None` while the
    /// line current is not steady.
    pub level: Option<(f64, f64)>,
    /// Somebody works at the cell: what that does to the voltage says nothing of alumina.
    pub operation: bool,
    /// Low-frequency noise \[V\]; NaN when unknown.
    pub noise: f64,
    /// A hopper is empty.
    pub hopper_low: bool,
    /// Feed rate relative to consumption \[1\].
    pub rate: f64,
    /// Line current \[A\].
    pub current: f64,
    /// An anode effect is going on.
    pub effect: bool,
    /// Time since the last scan \[s\].
    pub step: f64,
}

/// Memory of the prediction.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct PredictState {
    signs: [f64; SIGNS],
    probability: f64,
    /// Means of the voltage that the beam does not explain \[V\].
    means: Option<[f64; 3]>,
    /// Voltage above target, mean of the first time constant \[V\].
    above: f64,
    /// Time since they were last renewed \[s\].
    held: f64,
    elapsed: f64,
    likely: bool,
    calm: f64,
}

impl Default for PredictState {
    fn default() -> Self {
        Self {
            signs: [0.0; SIGNS],
            probability: f64::NAN,
            means: None,
            above: 0.0,
            held: 0.0,
            elapsed: PERIOD,
            likely: false,
            calm: 0.0,
        }
    }
}

impl PredictState {
    /// Probability that an effect begins within the horizon \[1\]; NaN during one, and when unknown.
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// An effect was called likely and the call stands.
    #[must_use]
    pub fn likely(&self) -> bool {
        self.likely
    }

    /// What the probability was made of.
    #[must_use]
    pub fn signs(&self) -> &[f64; SIGNS] {
        &self.signs
    }
}

impl Predict {
    /// One scan.
    pub fn update(&self, state: &mut PredictState, input: &PredictInput, events: &mut Events) {
        state.elapsed += input.step;
        if input.effect || input.current < 0.5 * self.design.current {
            *state = PredictState::default();
            return;
        }
        self.follow(state, input);
        if state.elapsed < PERIOD {
            return;
        }
        let elapsed = core::mem::take(&mut state.elapsed);
        state.signs = self.signs(state, input);
        let logit = state.signs.iter().zip(WEIGHTS).map(|(x, w)| w * x).sum::<f64>();
        state.probability = self.horizon / FITTED / (self.horizon / FITTED + exp(-clamp(logit, -30.0, 30.0)));

        if state.probability >= self.likely {
            if !state.likely {
                events.push(EventKind::EffectLikely);
            }
            state.likely = true;
            state.calm = 0.0;
        } else if state.probability < CALM * self.likely {
            state.calm += elapsed;
            state.likely &= state.calm < CALM_TIME;
        } else {
            state.calm = 0.0;
        }
    }

    /// Whether to feed against a likely effect.
    #[must_use]
    pub fn prevents(&self, state: &PredictState) -> bool {
        self.prevent && state.likely
    }

    fn follow(&self, state: &mut PredictState, input: &PredictInput) {
        state.held += input.step;
        if input.operation || state.held > HELD {
            state.means = None;
            state.above = 0.0;
        }
        let known = input.level.filter(|_| !input.operation);
        let Some((above, unexplained)) = known.filter(|(a, u)| a.is_finite() && u.is_finite()) else {
            return;
        };
        state.held = 0.0;
        let voltage = unexplained * self.design.current;
        let mut means = state.means.unwrap_or([voltage; 3]);
        for (mean, time) in means.iter_mut().zip(TIMES) {
            *mean += clamp(input.step / time, 0.0, 1.0) * (voltage - *mean);
        }
        state.means = Some(means);
        let [short, ..] = TIMES;
        state.above += clamp(input.step / short, 0.0, 1.0) * (above * self.design.current - state.above);
    }

    fn signs(&self, state: &PredictState, input: &PredictInput) -> [f64; SIGNS] {
        let estimate = input.estimate;
        let per_second = self.design.fraction(self.design.consumption(input.current));
        let net = (estimate.feeder_gain() * input.rate - 1.0) * per_second * self.horizon;
        let waiting = estimate.undissolved() / self.design.bath;
        let (above, error) = estimate.above_onset();
        let margin = above - self.design.effect_alumina + net + waiting;
        let deviations = margin / sqrt(error * error + ZONE_SIGMA * ZONE_SIGMA);
        // The curve is a hyperbola: near the onset each unit counts less.
        let soft = |x: f64| ln(1.0 + clamp(x, 0.0, 20.0));
        let [short, middle, long] = state.means.unwrap_or_default();
        let unit = RISE + NOISE * if input.noise.is_finite() { input.noise } else { 0.0 };
        [
            1.0,
            clamp(deviations, -4.0, 8.0),
            soft((short - middle) / unit),
            soft((middle - long) / unit),
            soft(state.above / LEVEL),
            clamp(-100.0 * input.rods.leanest(), 0.0, 10.0),
            f64::from(u8::from(input.rods.low_voltage_effect())),
            ln(clamp(estimate.consistency(), 1.0, 20.0)),
            f64::from(u8::from(input.hopper_low)),
            clamp(estimate.feeder_gain() * input.rate - 1.0, -1.0, 1.0),
            clamp(10.0 * (input.rods.highest() - 1.0), 0.0, 8.0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::DesignSettings;

    /// A calm cell with this resistance above target and beyond the beam's.
    fn input<'a>(estimate: &'a EkfState, rods: &'a RodState, above: f64) -> PredictInput<'a> {
        PredictInput {
            estimate,
            rods,
            level: Some((above, 4.6e-6 + above)),
            noise: 0.006,
            operation: false,
            hopper_low: false,
            rate: 1.0,
            current: 500e3,
            effect: false,
            step: 1.0,
        }
    }

    fn predict() -> Predict {
        PredictSettings::default().build(&DesignSettings::default().build())
    }

    #[test]
    fn a_rise_is_likely_to_end_in_an_effect_told_once_and_armed_again() {
        let (estimate, rods, mut state) = (EkfState::default(), RodState::default(), PredictState::default());
        // Resistance rises by `speed` per second; how often an effect is called likely.
        let count = |state: &mut PredictState, speed: f64, seconds: u32| {
            (0..seconds)
                .filter(|&s| {
                    let mut events = Events::default();
                    let now = input(&estimate, &rods, speed * f64::from(s));
                    predict().update(state, &now, &mut events);
                    events.iter().any(|e| e == EventKind::EffectLikely)
                })
                .count()
        };
        assert_eq!(count(&mut state, 0.0, 1800), 0);
        assert!(state.probability() < 0.05, "{}", state.probability());
        // 60 mV per minute, for ten minutes.
        assert_eq!(count(&mut state, 2e-9, 600), 1);
        assert!(state.likely());
        assert_eq!(count(&mut state, 0.0, 300), 0);
        assert!(state.likely(), "not yet armed again");
        count(&mut state, 0.0, 1800);
        assert!(!state.likely());
        assert_eq!(count(&mut state, 2e-9, 600), 1);
    }

    #[test]
    fn during_an_effect_and_without_current_nothing_is_predicted() {
        let (estimate, rods) = (EkfState::default(), RodState::default());
        let calm = input(&estimate, &rods, 0.0);
        for off in [PredictInput { effect: true, ..calm }, PredictInput { current: 100e3, ..calm }] {
            let mut state = PredictState::default();
            predict().update(&mut state, &calm, &mut Events::default());
            predict().update(&mut state, &off, &mut Events::default());
            assert!(state.probability().is_nan() && !state.likely());
        }
    }

    #[test]
    fn no_input_makes_it_leave_zero_to_one() {
        let (estimate, rods) = (EkfState::default(), RodState::default());
        for above in [-1.0, 0.0, 1e-7, 1.0, f64::NAN, f64::INFINITY] {
            for (rate, noise) in [(0.0, 0.0), (1.0, f64::NAN), (5.0, 1.0)] {
                let mut state = PredictState::default();
                let wild = PredictInput { rate, noise, ..input(&estimate, &rods, above) };
                predict().update(&mut state, &wild, &mut Events::default());
                assert!((0.0..=1.0).contains(&state.probability()));
            }
        }
    }
}

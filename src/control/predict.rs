//! How likely an anode effect is within the next quarter of an hour.
//!
//! ```text
//! p = 1/(1 + e^(-w·x)),   x = (1, signs)
//! ```
//!
//! The signs are few and each is a physical reason for an effect: how many deviations the alumina
//! expected at the horizon lies above the onset, with the onset's own doubt in the deviation; how
//! steeply the resistance rises, now and soon; how far it stands above its target; how lean the
//! leanest zone is by its rods, and whether an anode has lost its current there; and whether the
//! estimator is at odds with what it measures. All are held to ranges, so that no single wild value
//! decides. From the cell voltage alone such a prediction is weak (F1 of 0.32 at one minute; Appl.
//! Sci. 10 (2020) 9050); the weights are fitted on simulated cells with faults, by
//! `cargo test --release --test effect_prediction -- --ignored --nocapture fit`, at a horizon of 15 min;
//! for another horizon the odds are scaled with its length (unverified).

use crate::Error;
use crate::error::report_ranges;
use crate::estimate::{Design, EkfState};
use crate::image::{EventKind, Events};
use crate::math::{clamp, exp, ln, sqrt};
use crate::signal::{RodState, Slopes};

/// Signs, the constant one included.
pub const SIGNS: usize = 8;
/// Weights of the signs, in the order of [`Predict::signs`].
const WEIGHTS: [f64; SIGNS] = [-4.0, -0.8, 0.4, 0.4, 0.3, 0.3, 1.0, 0.2];
/// Horizon of the fit \[s\].
const FITTED: f64 = 900.0;
/// The prediction is renewed this often \[s\].
const PERIOD: f64 = 10.0;
/// What the alumina of a zone may lie below that of the cell, as a deviation (mass fraction).
const ZONE_SIGMA: f64 = 0.0005;
/// A slope that is worth asking about \[Ω/s\], and a rise of the level \[V\]: the first threshold of
/// demand feed and half the dead band's worth above the beam's.
const SLOPE: f64 = 60e-12;
const RISE: f64 = 0.05;
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
        Self { horizon_min: 15.0, likely_pct: 30.0, prevent: true }
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
    /// Slopes of the resistance.
    pub slopes: &'a Slopes,
    /// Rod currents.
    pub rods: &'a RodState,
    /// Mean resistance above its target \[Ω\]; `None` when not new.
    pub risen: Option<f64>,
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
    elapsed: f64,
    likely: bool,
    calm: f64,
}

impl Default for PredictState {
    fn default() -> Self {
        Self { signs: [0.0; SIGNS], probability: f64::NAN, elapsed: PERIOD, likely: false, calm: 0.0 }
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
        if state.elapsed < PERIOD {
            return;
        }
        let elapsed = core::mem::take(&mut state.elapsed);
        state.signs = self.signs(input);
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

    fn signs(&self, input: &PredictInput) -> [f64; SIGNS] {
        let estimate = input.estimate;
        let per_second = self.design.fraction(self.design.consumption(input.current));
        let net = (estimate.feeder_gain() * input.rate - 1.0) * per_second * self.horizon;
        let waiting = estimate.undissolved() / self.design.bath;
        let (above, error) = estimate.above_onset();
        let margin = above - self.design.effect_alumina + net + waiting;
        let deviations = margin / sqrt(error * error + ZONE_SIGMA * ZONE_SIGMA);
        // A slope counts as far as it is surely there.
        let steep = |slope: f64, error: f64| ln(1.0 + clamp((slope - error) / SLOPE, 0.0, 50.0));
        let now = input.slopes.short.map_or(0.0, |fit| steep(fit.slope, fit.error));
        let soon = input.slopes.ahead().map_or(0.0, |(slope, error)| steep(slope, error));
        let risen = input.risen.map_or(0.0, |r| clamp(r * self.design.current / RISE, -2.0, 4.0));
        [
            1.0,
            clamp(deviations, -4.0, 8.0),
            now,
            soon,
            risen,
            clamp(-100.0 * input.rods.leanest(), 0.0, 10.0),
            f64::from(u8::from(input.rods.low_voltage_effect())),
            ln(clamp(estimate.consistency(), 1.0, 20.0)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::DesignSettings;
    use crate::signal::Fit;

    fn input<'a>(
        estimate: &'a EkfState,
        slopes: &'a Slopes,
        rods: &'a RodState,
        rate: f64,
    ) -> PredictInput<'a> {
        let risen = Some(0.0);
        PredictInput { estimate, slopes, rods, risen, rate, current: 500e3, effect: false, step: PERIOD }
    }

    fn steep(slope: f64) -> Slopes {
        let fit = Fit { slope, error: 10e-12, mean: 4.6e-6, mean_error: 1e-9 };
        Slopes { short: Some(fit), long: Some(Fit { slope: 0.5 * slope, ..fit }), time: 0.0 }
    }

    #[test]
    fn a_steep_slope_while_underfed_is_likely_told_once_and_armed_again() {
        let predict = PredictSettings::default().build(&DesignSettings::default().build());
        let (estimate, rods, mut state) = (EkfState::default(), RodState::default(), PredictState::default());
        let count = |state: &mut PredictState, slope: f64, rate: f64, times: u32| {
            let slopes = steep(slope);
            (0..times)
                .filter(|_| {
                    let mut events = Events::default();
                    predict.update(state, &input(&estimate, &slopes, &rods, rate), &mut events);
                    events.iter().any(|e| e == EventKind::EffectLikely)
                })
                .count()
        };
        assert_eq!(count(&mut state, 0.0, 1.0, 60), 0);
        assert!(state.probability() < 0.05, "{}", state.probability());
        assert_eq!(count(&mut state, 1500e-12, 0.0, 60), 1);
        assert!(state.likely());
        assert_eq!(count(&mut state, 0.0, 1.0, 50), 0);
        assert!(state.likely(), "not yet armed again");
        count(&mut state, 0.0, 1.0, 20);
        assert!(!state.likely());
        assert_eq!(count(&mut state, 1500e-12, 0.0, 60), 1);
    }

    #[test]
    fn during_an_effect_and_without_current_nothing_is_predicted() {
        let predict = PredictSettings::default().build(&DesignSettings::default().build());
        let (estimate, slopes, rods) = (EkfState::default(), steep(1e-9), RodState::default());
        let calm = input(&estimate, &slopes, &rods, 0.0);
        for off in [PredictInput { effect: true, ..calm }, PredictInput { current: 100e3, ..calm }] {
            let mut state = PredictState::default();
            predict.update(&mut state, &calm, &mut Events::default());
            predict.update(&mut state, &off, &mut Events::default());
            assert!(state.probability().is_nan() && !state.likely());
        }
    }

    #[test]
    fn no_input_makes_it_leave_zero_to_one() {
        let predict = PredictSettings::default().build(&DesignSettings::default().build());
        let (estimate, rods) = (EkfState::default(), RodState::default());
        for slope in [-1.0, 0.0, 1e-12, 1.0] {
            for rate in [0.0, 1.0, 5.0] {
                let (slopes, mut state) = (steep(slope), PredictState::default());
                predict.update(&mut state, &input(&estimate, &slopes, &rods, rate), &mut Events::default());
                assert!((0.0..=1.0).contains(&state.probability()));
            }
        }
    }
}

//! Feed by the estimate: to a target alumina, with a small square wave on top.
//!
//! ```text
//! rate = 1/q + (C* + u ΔC - C) M / (τ consumption) ± δ
//! ```
//!
//! u is the share of the last hours in which the cell was unstable.
//!
//! The wave keeps alumina and distance apart for the estimator: at constant feed they are one. Its two
//! halves are the phases [`Under`](FeedPhase::Under) and [`Over`](FeedPhase::Over), so slope logic can
//! take over from either, and give back, without a jump of phase. It does when the estimate is not to
//! be believed: its stated deviation is above the limit, or its innovations are larger than it predicted. The guards
//! of slope logic stay in force: an emergency slope or a level far above target feeds fast, too much net feed forces a long under-feed,
//! a slope that is steep although the estimate sees no need for more ends an under-feed. After Balchen
//! (1992) and Borg, Moen and Aalbu (1986), who perturbed the feed for the same reason; the law and its
//! figures are engineering judgement.

use super::guarded::{OVER_LAG, Verdict};
use super::settings::EkfFeedSettings;
use super::{Estimate, Feed, FeedInput, FeedState, Strategy};
use crate::estimate::Design;
use crate::image::{Events, FeedPhase, PhaseReason};
use crate::math::{clamp, exp};

/// An estimate that was not believed must be better than the limits by this share \[1\].
const BACK: f64 = 0.7;
/// Net feed is forgotten with this time constant \[s\]: feeders that deliver some per cent too much
/// would use any guard up, and the estimate knows them; a run-away takes hours, not days.
const FORGET: f64 = 8.0 * 3_600.0;
/// The share of time that a cell is unstable is a mean over this \[s\]: a target that followed each spell
/// would itself be a swing of alumina.
const USUAL: f64 = 12.0 * 3_600.0;
/// A lower end of the estimate this near the effect is fed fast: deviations, and mass fraction.
const LEAN_SIGMAS: f64 = 2.0;
const LEAN_MARGIN: f64 = 0.0015;
/// Share of a raise that is there because the onset itself has moved \[1\].
const ONSET: f64 = 0.5;

/// Run-time form of [`EkfFeedSettings`].
#[derive(Debug, Clone, Copy)]
pub(super) struct EkfFeed {
    target: f64,
    margin: f64,
    time: f64,
    dither: f64,
    half: f64,
    rates: (f64, f64),
    error_most: f64,
    consistency_most: f64,
}

impl EkfFeedSettings {
    pub(super) fn build(&self) -> EkfFeed {
        EkfFeed {
            target: self.target_pct / 100.0,
            margin: self.unstable_margin_pct / 100.0,
            time: self.correct_min * 60.0,
            dither: self.dither_pct / 100.0,
            half: self.dither_half_min * 60.0,
            rates: (self.rate_least_pct / 100.0, self.rate_most_pct / 100.0),
            error_most: self.error_most_pct / 100.0,
            consistency_most: self.consistency_most,
        }
    }
}

impl EkfFeed {
    fn believes(&self, estimate: &Estimate, already: bool) -> bool {
        let share = if already { 1.0 } else { BACK };
        estimate.alumina.is_finite()
            && estimate.error <= share * self.error_most
            && estimate.consistency <= share * self.consistency_most
    }

    /// Rate without the wave, for a cell `unstable` for this share of the time.
    fn rate(&self, design: &Design, input: &FeedInput, unstable: f64) -> f64 {
        let FeedInput { estimate, current, raise, .. } = input;
        let missing = (self.target + raise + unstable * self.margin - estimate.alumina)
            / design.fraction(design.consumption(*current));
        clamp(1.0 / estimate.gain.max(0.5) + missing / self.time, self.rates.0, self.rates.1)
    }
}

impl Feed {
    /// The strategy goes by the estimate: its feed is what the estimator expects of a cell.
    pub(in crate::control) fn by_estimate(&self) -> bool {
        self.strategy == Strategy::Ekf
    }

    /// Whether the estimate leads from here on.
    pub(super) fn audit(&self, state: &mut FeedState, input: &FeedInput) {
        let aim = if input.blocked == Some(PhaseReason::Noise) { 1.0 } else { 0.0 };
        state.unstable += (1.0 - exp(-input.step / USUAL)) * (aim - state.unstable);
        let leads = self.strategy == Strategy::Ekf
            && input.current >= 0.5 * self.design.current
            && self.ekf.believes(&input.estimate, state.led());
        state.led = leads.then(|| self.ekf.rate(&self.design, input, state.unstable));
    }

    /// One scan.
    pub(super) fn estimated(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) {
        let Some(rate) = state.led.filter(|_| !matches!(state.phase, FeedPhase::Fast | FeedPhase::Track))
        else {
            return self.guarded(state, input, events);
        };
        state.net *= exp(-input.step / FORGET);
        let verdict = if self.lean_level(state, input) { Verdict::Emergency } else { self.judge(input) };
        let Estimate { alumina, error, .. } = input.estimate;
        let near = alumina - LEAN_SIGMAS * error
            < self.design.effect_alumina + ONSET * input.raise + LEAN_MARGIN
            || self.fears_effect(state, input);
        // An over-feed still shows the lean past in the slope, and needs time to show in the estimate.
        let new = state.phase != FeedPhase::Over || state.elapsed > OVER_LAG;
        let half = self.ekf.half;
        match state.phase {
            _ if new && (near || verdict == Verdict::Emergency) => {
                state.over_time = half;
                state.enter(FeedPhase::Fast, PhaseReason::Emergency, events);
                return;
            }
            _ if state.net > self.rich + input.raise => {
                state.enter(FeedPhase::Track, PhaseReason::Rich, events);
                return;
            }
            FeedPhase::Under if verdict == Verdict::Lean || state.elapsed >= half => {
                let reason = if verdict == Verdict::Lean { PhaseReason::Slope } else { PhaseReason::Timer };
                state.enter(FeedPhase::Over, reason, events);
            }
            FeedPhase::Over if state.elapsed >= half => {
                state.enter(FeedPhase::Under, PhaseReason::Timer, events);
            }
            FeedPhase::Under | FeedPhase::Over => {}
            // Start, or the end of a block: first where the estimate leads.
            _ if rate > 1.0 => state.enter(FeedPhase::Over, PhaseReason::Timer, events),
            _ => state.enter(FeedPhase::Under, PhaseReason::Timer, events),
        }
        // Slope logic that takes over finishes this half.
        state.over_time = half;
        let wave = if state.phase == FeedPhase::Over { self.ekf.dither } else { -self.ekf.dither };
        state.led = Some(clamp(rate + wave, self.ekf.rates.0, self.ekf.rates.1));
    }
}

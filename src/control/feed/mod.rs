//! How fast to feed. One file per strategy; what all of them share is here: stop, anode effect, work
//! at the cell and a blocked slope come before any strategy.
//!
//! | strategy | file | feeds |
//! |---|---|---|
//! | `fixed` | [`fixed`] | what is consumed |
//! | `demand` | [`demand`] | under and over in turn, by a fixed slope |
//! | `demand-guarded` | [`guarded`] | the same by a slope that knows its error, with guards |
//! | `in-situ` | [`in_situ`] | by the balance, anchored by tracks without feed |
//! | `saturated` | [`saturated`] | in a band below saturation |
//! | `ekf` | [`ekf`] | to a target alumina by the estimate, the guards kept |

mod demand;
mod ekf;
mod fixed;
mod guarded;
mod in_situ;
mod saturated;
mod settings;

use super::effect::BELOW_THRESHOLD;
use crate::estimate::{Design, EkfState};
use crate::image::{EventKind, Events, FeedPhase, PhaseReason};
use crate::math::clamp;
use crate::signal::Slopes;

use ekf::EkfFeed;
pub use in_situ::InSituSettings;
use in_situ::{InSitu, InSituState};
pub use saturated::SaturatedSettings;
use saturated::{Saturated, SaturatedState};
pub use settings::{DemandSettings, EkfFeedSettings, FeedSettings, Strategy};

/// Share of an over-feed given after a disturbance, when alumina is unknown but never below what it
/// was: a lean cell is dangerous, a slightly rich one is not.
const RESUME: f64 = 0.6;
/// Time after an effect during which it is fed above consumption \[s\].
const EFFECT_FEED: f64 = 1_800.0;

/// The rich-side guard believes the estimated gain of the feeders within this \[1\]: one of six that
/// delivers nothing, and some spread.
const GAIN_KNOWN: f64 = 0.25;

/// Least rate during work at the cell, where the estimate runs on without measurements: cover falls in
/// with an anode, and that much may be saved \[1\].
const HOLD_LEAST: f64 = 0.85;

/// Below this share of nominal current strokes come often enough to answer an effect \[1\]: judgement.
const CUT: f64 = 0.9;

/// What the feed logic may know of the estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Alumina, mass fraction.
    pub alumina: f64,
    /// Its standard deviation, mass fraction.
    pub error: f64,
    /// Feeder gain \[1\].
    pub gain: f64,
    /// Mean square of the innovations over what was predicted for it \[1\].
    pub consistency: f64,
}

impl Estimate {
    /// The estimate as it stands.
    #[must_use]
    pub fn of(state: &EkfState) -> Self {
        Self {
            alumina: state.alumina(),
            error: state.alumina_error(),
            gain: state.feeder_gain(),
            consistency: state.consistency(),
        }
    }
}

/// Run-time form of [`FeedSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Feed {
    strategy: Strategy,
    ekf: EkfFeed,
    in_situ: InSitu,
    saturated: Saturated,
    design: Design,
    under: f64,
    over: f64,
    track: f64,
    fast: f64,
    fast_time: f64,
    hold: f64,
    effect: f64,
    effect_block: f64,
    high: f64,
    over_least: f64,
    over_default: f64,
    over_most: f64,
    slope_min: f64,
    slope_sigmas: f64,
    emergency: f64,
    under_least: f64,
    lean_timeout: f64,
    lean_alarm: f64,
    rich: f64,
    confirm: f64,
}

/// What the feed logic looks at in one scan.
#[derive(Debug, Clone, Copy)]
pub struct FeedInput<'a> {
    /// Slopes of the resistance.
    pub slopes: &'a Slopes,
    /// Five-minute mean resistance less the part the beam has put there \[Ω\], when it is new.
    pub level: Option<f64>,
    /// Five-minute mean resistance above its target, its standard error taken off thrice \[Ω\]; `None`
    /// when not new, or when distance may explain it.
    pub risen: Option<f64>,
    /// Alumina confirmed since the last scan \[kg\].
    pub fed: f64,
    /// Alumina consumed since then \[kg\].
    pub consumed: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Somebody works at the cell, or it is in its early life.
    pub operation: bool,
    /// An anode effect is being quenched.
    pub effect: bool,
    /// An anode effect is likely soon, and is to be fed against.
    pub effect_likely: bool,
    /// Slopes mean nothing now: noise, or the line current is far from nominal.
    pub blocked: Option<PhaseReason>,
    /// Added to the alumina to feed to, mass fraction: the cell is short of heat after a cut.
    pub raise: f64,
    /// What the estimator says.
    pub estimate: Estimate,
    /// Time since the last scan \[s\].
    pub step: f64,
}

/// Memory of the feed logic.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct FeedState {
    phase: FeedPhase,
    elapsed: f64,
    blind: f64,
    over_time: f64,
    net: f64,
    lowest: f64,
    doubtful: u8,
    alarmed: bool,
    /// Rate that the estimate asks for, while it leads \[1\].
    led: Option<f64>,
    /// Share of the last hours in which the cell was unstable \[1\].
    unstable: f64,
    /// Fed to more alumina than usual, for a cut of the current.
    raised: bool,
    in_situ: InSituState,
    saturated: SaturatedState,
}

impl Default for FeedState {
    fn default() -> Self {
        Self {
            phase: FeedPhase::Base,
            elapsed: 0.0,
            blind: 0.0,
            over_time: 0.0,
            net: 0.0,
            lowest: f64::INFINITY,
            doubtful: 0,
            alarmed: false,
            led: None,
            unstable: 0.0,
            raised: false,
            in_situ: InSituState::default(),
            saturated: SaturatedState::default(),
        }
    }
}

impl FeedState {
    /// Phase of the feed logic.
    #[must_use]
    pub fn phase(&self) -> FeedPhase {
        self.phase
    }

    /// Time spent in it \[s\].
    #[must_use]
    pub fn elapsed(&self) -> f64 {
        self.elapsed
    }

    /// Net over-feed since the last confirmed lean point, mass fraction of the bath.
    #[must_use]
    pub fn net(&self) -> f64 {
        self.net
    }

    /// Planned length of the current over-feed \[s\].
    #[must_use]
    pub fn over_time(&self) -> f64 {
        self.over_time
    }

    /// The estimate leads; false on slope logic.
    #[must_use]
    pub fn led(&self) -> bool {
        self.led.is_some()
    }

    /// Fed too little for long, and no slope came of it.
    #[must_use]
    pub fn alarmed(&self) -> bool {
        self.alarmed
    }

    /// True in the second half of an over-feed, at base, or while the estimate leads: alumina is where
    /// the resistance target means it to be, and no slope is being judged.
    #[must_use]
    pub fn beam_may_move(&self) -> bool {
        match self.phase {
            FeedPhase::Under | FeedPhase::Over if self.led() => true,
            FeedPhase::Base => !self.in_situ.recovering(),
            FeedPhase::Over => self.elapsed > 0.5 * self.over_time,
            _ => false,
        }
    }

    fn enter(&mut self, phase: FeedPhase, reason: PhaseReason, events: &mut Events) {
        if phase != self.phase {
            events.push(EventKind::PhaseChanged(phase, reason));
        }
        self.phase = phase;
        self.elapsed = 0.0;
        self.blind = 0.0;
    }
}

impl Feed {
    /// Relative feed rate for this scan.
    pub fn update(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) -> f64 {
        state.elapsed += input.step;
        state.raised = input.raise > 0.0;
        self.audit(state, input);
        state.in_situ.follow(&self.design, input);
        state.net += self.design.fraction(self.surplus(state, input));
        if let Some(level) = input.level {
            state.lowest = state.lowest.min(level);
        }
        if !self.interrupted(state, input, events) {
            match self.strategy {
                Strategy::Fixed => self.fixed(state, events),
                Strategy::Demand => self.demand(state, input, events),
                Strategy::DemandGuarded => self.guarded(state, input, events),
                Strategy::InSitu => self.in_situ(state, input, events),
                Strategy::Saturated => self.saturated(state, input, events),
                Strategy::Ekf => self.estimated(state, input, events),
            }
        }
        let rate = self.rate(state);
        let carries = input.current >= 0.5 * self.design.current;
        let cut = carries && input.current < CUT * self.design.current;
        // An effect that burns on below its threshold during a cut is answered by nothing but strokes.
        if cut && rate > 0.0 { rate.max(self.answering(input.current).min(1.0)) } else { rate }
    }

    /// Rate at which a stroke comes every [`BELOW_THRESHOLD`] seconds.
    fn answering(&self, current: f64) -> f64 {
        self.design.shot / (BELOW_THRESHOLD * self.design.consumption(current))
    }

    /// The strategy goes by the estimate and does not believe it.
    #[must_use]
    pub fn estimate_lost(&self, state: &FeedState) -> bool {
        self.strategy == Strategy::Ekf && !state.led()
    }

    /// What was fed beyond what was consumed \[kg\]. Where the estimate leads, feeders that are known to
    /// deliver less are no run-away: their gain counts, within what six feeders can differ by.
    fn surplus(&self, state: &FeedState, input: &FeedInput) -> f64 {
        let known = if state.led() { input.estimate.gain } else { 1.0 };
        clamp(known, 1.0 - GAIN_KNOWN, 1.0 + GAIN_KNOWN) * input.fed - input.consumed
    }

    /// A disturbance is over, or data were missing for long: feed up a little and look again.
    pub fn resume(&self, state: &mut FeedState, reason: PhaseReason, events: &mut Events) {
        state.over_time = RESUME * self.over_default;
        state.lowest = f64::INFINITY;
        state.doubtful = 0;
        state.saturated = state.saturated.anew();
        let phase = if self.strategy == Strategy::Fixed { FeedPhase::Base } else { FeedPhase::Over };
        state.enter(phase, reason, events);
    }

    /// Relative feed rate of the present phase.
    #[must_use]
    pub fn rate(&self, state: &FeedState) -> f64 {
        if let (FeedPhase::Under | FeedPhase::Over, Some(rate)) = (state.phase, state.led) {
            return rate;
        }
        match state.phase {
            FeedPhase::Base => state.in_situ.rate(),
            FeedPhase::Under if state.in_situ.tracking() => 0.0,
            FeedPhase::Under => self.under,
            FeedPhase::Over => self.over,
            FeedPhase::Track => self.track,
            FeedPhase::Fast => self.fast,
            FeedPhase::Hold => {
                let most = if state.raised { self.over } else { self.hold };
                state.led.map_or(self.hold, |rate| clamp(rate, HOLD_LEAST, most))
            }
            FeedPhase::Effect if state.elapsed < EFFECT_FEED => self.effect,
            FeedPhase::Effect => 1.0,
            FeedPhase::Stop => 0.0,
        }
    }

    /// Phases that circumstances impose, by priority: stop, effect, operation, blocked slope.
    fn interrupted(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) -> bool {
        use FeedPhase::{Base, Effect, Hold, Stop};
        let carries = input.current >= 0.5 * self.design.current;
        let imposed = if !carries {
            Some((Stop, PhaseReason::Current))
        } else if input.effect {
            // The block counts from the end of the effect.
            if state.phase == Effect {
                state.elapsed = 0.0;
            }
            Some((Effect, PhaseReason::Effect))
        } else if state.phase == Effect && state.elapsed < self.effect_block {
            return true;
        } else if input.operation {
            Some((Hold, PhaseReason::Operation))
        } else {
            // Noise blocks the slope, not the estimate, which knows its error.
            let deaf = |reason: &PhaseReason| state.led() && *reason == PhaseReason::Noise;
            let blocked = input.blocked.filter(|reason| !deaf(reason));
            blocked.filter(|_| !self.lean_level(state, input)).map(|reason| (Base, reason))
        };
        match imposed {
            Some((phase, reason)) => {
                if state.phase != phase {
                    state.enter(phase, reason, events);
                }
                state.lowest = f64::INFINITY;
                true
            }
            None => {
                let reason = match state.phase {
                    Effect => PhaseReason::Effect,
                    Hold => PhaseReason::Operation,
                    Stop => PhaseReason::Current,
                    _ => return false,
                };
                self.resume(state, reason, events);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests;

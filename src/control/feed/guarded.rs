//! Guarded demand feed: how fast to feed, from the slope of the resistance.
//!
//! Under-feeding lets alumina fall until the resistance rises fast enough to place the cell on its
//! curve; over-feeding then brings it back, for as long as that place asks for. The scheme goes back
//! to the alternating supply of US 4,654,129 and the smoothed slope of EP 0386899; continuous
//! tracking is described with figures in the cell-simulator studies of Dupuis (CIM 2011). Thresholds
//! scaled by the slope's own error, the rich-side guard and the rule for operations are engineering
//! judgement, found necessary where noise doubles: a fixed threshold then triggers on the rich side
//! and over-feeds without bound.

use super::{Estimate, Feed, FeedInput, FeedState};
use crate::image::{EventKind, Events, FeedPhase, PhaseReason};
use crate::math::clamp;
use crate::signal::Slopes;

/// The slope is not judged in the first part of an over-feed, which still shows the lean past \[s\].
pub(super) const OVER_LAG: f64 = 900.0;
/// An emergency needs this many standard errors besides its threshold.
const SURE: f64 = 4.0;
/// A slope of so many standard errors is no noise, even if the level does not confirm it.
const SIGNIFICANT: f64 = 6.0;
/// A cell this far above its target voltage is lean, whatever its noise \[V\]: more than twice the dead
/// band of the beam, and 2.1 % alumina on the controller's own curve.
const RISEN: f64 = 0.075;
/// Share of the threshold at which a cell turns that is to be richer than usual \[1\]: judgement.
const EAGER: f64 = 0.6;

/// What the slopes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing can be said.
    Blind,
    /// No sign of leanness.
    Calm,
    /// The slope passed its threshold.
    Lean,
    /// An anode effect is near.
    Emergency,
}

impl Feed {
    /// The cycle itself.
    pub(super) fn guarded(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) {
        let lean = self.lean_level(state, input) || self.fears_effect(state, input);
        let verdict = if lean { Verdict::Emergency } else { self.judge(input) };
        state.blind = if verdict == Verdict::Blind { state.blind + input.step } else { 0.0 };
        let confirmed =
            input.slopes.short.is_some() && input.level.is_some_and(|l| l >= state.lowest + self.confirm);
        match state.phase {
            FeedPhase::Under => {
                if verdict == Verdict::Emergency {
                    self.turn(state, input, true, confirmed, events);
                } else if verdict == Verdict::Lean && state.elapsed >= self.under_least {
                    self.turn(state, input, false, confirmed, events);
                } else if state.blind > self.under_least {
                    // Never under-feed blind.
                    state.enter(FeedPhase::Base, PhaseReason::Stale, events);
                } else {
                    self.watch_lean_time(state, events);
                }
            }
            FeedPhase::Track => {
                // Here the slope alone is not believed: that is why the cell is here.
                if verdict == Verdict::Emergency || (confirmed && state.elapsed >= self.under_least) {
                    let urgent = verdict == Verdict::Emergency;
                    self.turn(state, input, urgent, confirmed, events);
                } else if state.blind > self.under_least {
                    state.enter(FeedPhase::Base, PhaseReason::Stale, events);
                } else {
                    self.watch_lean_time(state, events);
                }
            }
            FeedPhase::Over => {
                if verdict == Verdict::Emergency && state.elapsed > OVER_LAG {
                    state.over_time = (state.over_time - state.elapsed).max(0.0);
                    state.enter(FeedPhase::Fast, PhaseReason::Emergency, events);
                } else if state.net > self.rich + input.raise {
                    state.enter(FeedPhase::Track, PhaseReason::Rich, events);
                } else if state.elapsed >= state.over_time {
                    state.enter(FeedPhase::Under, PhaseReason::Timer, events);
                }
            }
            FeedPhase::Fast => {
                if state.elapsed >= self.fast_time {
                    // What was fed fast need not be fed again.
                    let given = self.fast_time * (self.fast - 1.0) / (self.over - 1.0);
                    state.over_time = (state.over_time - given).max(0.5 * self.over_least);
                    state.enter(FeedPhase::Over, PhaseReason::Timer, events);
                }
            }
            // Start, or the end of a long blindness or of a block.
            _ => match verdict {
                Verdict::Emergency => {
                    state.over_time = self.over_default;
                    state.enter(FeedPhase::Fast, PhaseReason::Emergency, events);
                }
                Verdict::Lean => self.turn(state, input, false, confirmed, events),
                Verdict::Calm if !state.alarmed || state.elapsed > self.lean_timeout => {
                    state.alarmed = false;
                    state.enter(FeedPhase::Under, PhaseReason::Timer, events);
                }
                _ => {}
            },
        }
    }

    /// Noise hides a slope, but not a level far above what the beam could have left. If feeding does
    /// not bring it down, it is not leanness.
    pub(super) fn lean_level(&self, state: &FeedState, input: &FeedInput) -> bool {
        let normal = !matches!(input.blocked, Some(PhaseReason::Current));
        normal
            && state.net < self.rich + input.raise
            && input.risen.is_some_and(|risen| risen * self.design.current > RISEN)
    }

    /// A likely effect is fed against, unless feeding has not helped before.
    pub(super) fn fears_effect(&self, state: &FeedState, input: &FeedInput) -> bool {
        input.effect_likely && state.net < self.rich + input.raise
    }

    pub(super) fn judge(&self, input: &FeedInput) -> Verdict {
        let slopes: &Slopes = input.slopes;
        let eager = if input.raise > 0.0 { EAGER } else { 1.0 };
        let Some(short) = slopes.short else { return Verdict::Blind };
        let Some(long) = slopes.long else {
            // Five minutes are enough for an emergency, on their own error alone.
            let steep = eager * self.emergency * self.slope_min.max(self.slope_sigmas * short.error);
            return if short.slope >= steep { Verdict::Emergency } else { Verdict::Blind };
        };
        let threshold = eager * self.slope_min.max(self.slope_sigmas * long.error);
        let steep = self.emergency * threshold;
        let now = short.slope >= steep && short.slope >= SURE * short.error;
        let soon = slopes.ahead().is_some_and(|(slope, error)| {
            short.slope > long.slope && slope >= steep && slope >= SURE * error && long.slope >= threshold
        });
        if now || soon {
            Verdict::Emergency
        } else if long.slope >= threshold && short.slope >= 0.8 * threshold {
            Verdict::Lean
        } else {
            Verdict::Calm
        }
    }

    /// From lean to rich. A weak slope that the level does not confirm is obeyed once, with the
    /// shortest over-feed; twice running it is noise on the rich side.
    fn turn(
        &self,
        state: &mut FeedState,
        input: &FeedInput,
        urgent: bool,
        confirmed: bool,
        events: &mut Events,
    ) {
        let significant = input.slopes.long.is_some_and(|fit| fit.slope >= SIGNIFICANT * fit.error);
        let believed = confirmed || urgent || significant;
        let over_time = if believed { self.over_time(state, input) } else { self.over_least };
        if confirmed {
            state.net = 0.0;
            state.lowest = f64::INFINITY;
            state.doubtful = 0;
        } else if believed {
            state.doubtful = 0;
        } else {
            state.doubtful = state.doubtful.saturating_add(1);
        }
        state.alarmed = false;
        state.over_time = over_time;
        if urgent {
            state.enter(FeedPhase::Fast, PhaseReason::Emergency, events);
        } else if state.doubtful >= 2 && state.net > 0.5 * self.rich {
            state.doubtful = 0;
            state.enter(FeedPhase::Track, PhaseReason::Rich, events);
        } else {
            state.enter(FeedPhase::Over, PhaseReason::Slope, events);
        }
    }

    /// Length of the over-feed that leads from where the slope says the cell is to the upper end of
    /// the band \[s\].
    fn over_time(&self, state: &FeedState, input: &FeedInput) -> f64 {
        let per_second = self.design.fraction(self.design.consumption(input.current));
        let falling = (1.0 - self.rate(state)) * per_second;
        let seen =
            input.slopes.short.and_then(|fit| self.design.alumina_from_slope(fit.slope, falling)).or_else(
                || {
                    let Estimate { alumina, error, .. } = input.estimate;
                    (error < 0.0015).then_some(alumina)
                },
            );
        let Some(alumina) = seen else { return self.over_default };
        let time = (self.high + input.raise - alumina) / ((self.over - 1.0) * per_second);
        clamp(time, self.over_least, self.over_most)
    }

    /// No slope for hours: sludge dissolves, or a feeder gives too much. Over-feeding would bury it.
    fn watch_lean_time(&self, state: &mut FeedState, events: &mut Events) {
        if state.elapsed > self.lean_alarm {
            events.push(EventKind::NoSlopeResponse);
            state.enter(FeedPhase::Base, PhaseReason::Lean, events);
            state.alarmed = true;
        } else if state.phase == FeedPhase::Track && state.elapsed > self.lean_timeout {
            let elapsed = state.elapsed;
            state.enter(FeedPhase::Under, PhaseReason::Lean, events);
            state.elapsed = elapsed;
        }
    }
}

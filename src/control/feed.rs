//! Guarded demand feed: how fast to feed, from the slope of the resistance.
//!
//! Under-feeding lets alumina fall until the resistance rises fast enough to place the cell on its
//! curve; over-feeding then brings it back, for as long as that place asks for. The scheme goes back
//! to the alternating supply of US 4,654,129 and the smoothed slope of EP 0386899; continuous
//! tracking is described with figures in the cell-simulator studies of Dupuis (CIM 2011). Thresholds
//! scaled by the slope's own error, the rich-side guard and the rule for operations are engineering
//! judgement, found necessary where noise doubles: a fixed threshold then triggers on the rich side
//! and over-feeds without bound.

use crate::Error;
use crate::error::in_range;
use crate::estimate::Design;
use crate::image::{EventKind, Events, FeedPhase, PhaseReason};
use crate::math::clamp;
use crate::signal::Slopes;

/// Share of an over-feed given after a disturbance, when alumina is unknown but never below what it
/// was: a lean cell is dangerous, a slightly rich one is not.
const RESUME: f64 = 0.6;
/// The slope is not judged in the first part of an over-feed, which still shows the lean past \[s\].
const OVER_LAG: f64 = 900.0;
/// An emergency needs this many standard errors besides its threshold.
const SURE: f64 = 4.0;
/// A slope of so many standard errors is no noise, even if the level does not confirm it.
const SIGNIFICANT: f64 = 6.0;
/// Time after an effect during which it is fed above consumption \[s\].
const EFFECT_FEED: f64 = 1_800.0;

/// A cell this far above its target voltage is lean, whatever its noise \[V\]: more than twice the dead
/// band of the beam, and 2.1 % alumina on the controller's own curve.
const RISEN: f64 = 0.075;

/// Settings of the feed logic. Rates are relative to consumption.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct FeedSettings {
    /// Under-feed \[%\], 30..95.
    pub under_pct: f64,
    /// Over-feed \[%\], 105..180.
    pub over_pct: f64,
    /// Long under-feed forced by the rich-side guard \[%\], 30..90.
    pub track_pct: f64,
    /// Fast feed ahead of a feared anode effect \[%\], 120..250.
    pub fast_pct: f64,
    /// Duration of the fast feed \[min\], 3..20.
    pub fast_min: f64,
    /// Feed during operations \[%\], 100..120.
    pub hold_pct: f64,
    /// Feed in the half hour after an anode effect \[%\], 100..150.
    pub effect_pct: f64,
    /// Slope logic is blocked this long after an anode effect \[min\], 30..120.
    pub effect_block_min: f64,
    /// Alumina to reach at the end of an over-feed \[%\], 2..8.
    pub high_pct: f64,
    /// Alumina still lost after the switch, while ore dissolves \[%\], 0..0.5.
    pub overshoot_pct: f64,
    /// Shortest over-feed \[min\], 5..60.
    pub over_least_min: f64,
    /// Over-feed when alumina cannot be judged \[min\], 10..90.
    pub over_default_min: f64,
    /// Longest over-feed \[min\], 20..180.
    pub over_most_min: f64,
    /// Smallest slope that ends an under-feed \[pΩ/s\], 10..500.
    pub slope_min_pohm_s: f64,
    /// Standard errors of the slope that end an under-feed, 2..10.
    pub slope_sigmas: f64,
    /// The slope of an emergency, as a multiple of the threshold, 1.5..5.
    pub emergency_factor: f64,
    /// Shortest under-feed unless there is an emergency \[min\], 5..60.
    pub under_least_min: f64,
    /// An under-feed without a slope for this long stops counting on one \[h\], 1..8.
    pub lean_timeout_h: f64,
    /// An under-feed without a slope for this long raises the alarm \[h\], 2..12.
    pub lean_alarm_h: f64,
    /// Net over-feed since the last confirmed lean point that forces a long under-feed \[%\], 0.3..3.
    pub rich_guard_pct: f64,
    /// Rise of the voltage above its minimum that confirms a lean point \[mV\], 5..100.
    pub confirm_mv: f64,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            under_pct: 75.0,
            over_pct: 128.0,
            track_pct: 65.0,
            fast_pct: 160.0,
            fast_min: 12.0,
            hold_pct: 105.0,
            effect_pct: 110.0,
            effect_block_min: 45.0,
            high_pct: 2.75,
            overshoot_pct: 0.1,
            over_least_min: 20.0,
            over_default_min: 35.0,
            over_most_min: 75.0,
            slope_min_pohm_s: 60.0,
            slope_sigmas: 4.0,
            emergency_factor: 2.5,
            under_least_min: 20.0,
            lean_timeout_h: 3.0,
            lean_alarm_h: 5.0,
            rich_guard_pct: 0.8,
            confirm_mv: 25.0,
        }
    }
}

impl FeedSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("feed.under_pct", self.under_pct, 30.0, 95.0),
            ("feed.over_pct", self.over_pct, 105.0, 180.0),
            ("feed.track_pct", self.track_pct, 30.0, 90.0),
            ("feed.fast_pct", self.fast_pct, 120.0, 250.0),
            ("feed.fast_min", self.fast_min, 3.0, 20.0),
            ("feed.hold_pct", self.hold_pct, 100.0, 120.0),
            ("feed.effect_pct", self.effect_pct, 100.0, 150.0),
            ("feed.effect_block_min", self.effect_block_min, 30.0, 120.0),
            ("feed.high_pct", self.high_pct, 2.0, 8.0),
            ("feed.overshoot_pct", self.overshoot_pct, 0.0, 0.5),
            ("feed.over_least_min", self.over_least_min, 5.0, 60.0),
            ("feed.over_default_min", self.over_default_min, 10.0, 90.0),
            ("feed.over_most_min", self.over_most_min, 20.0, 180.0),
            ("feed.slope_min_pohm_s", self.slope_min_pohm_s, 10.0, 500.0),
            ("feed.slope_sigmas", self.slope_sigmas, 2.0, 10.0),
            ("feed.emergency_factor", self.emergency_factor, 1.5, 5.0),
            ("feed.under_least_min", self.under_least_min, 5.0, 60.0),
            ("feed.lean_timeout_h", self.lean_timeout_h, 1.0, 8.0),
            ("feed.lean_alarm_h", self.lean_alarm_h, 2.0, 12.0),
            ("feed.rich_guard_pct", self.rich_guard_pct, 0.3, 3.0),
            ("feed.confirm_mv", self.confirm_mv, 5.0, 100.0),
        ];
        for (field, value, min, max) in fields {
            if let Err(error) = in_range(field, value, min, max) {
                report(error);
            }
        }
        let ordered =
            self.over_least_min <= self.over_default_min && self.over_default_min <= self.over_most_min;
        if !ordered {
            report(Error::Inconsistent {
                field: "feed.over_default_min",
                reason: "over-feed durations must satisfy least <= default <= most",
            });
        }
        if self.lean_alarm_h < self.lean_timeout_h {
            report(Error::Inconsistent {
                field: "feed.lean_alarm_h",
                reason: "the lean alarm must not come before the lean time-out",
            });
        }
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Feed {
        Feed {
            design: *design,
            under: self.under_pct / 100.0,
            over: self.over_pct / 100.0,
            track: self.track_pct / 100.0,
            fast: self.fast_pct / 100.0,
            fast_time: self.fast_min * 60.0,
            hold: self.hold_pct / 100.0,
            effect: self.effect_pct / 100.0,
            effect_block: self.effect_block_min * 60.0,
            high: (self.high_pct + self.overshoot_pct) / 100.0,
            over_least: self.over_least_min * 60.0,
            over_default: self.over_default_min * 60.0,
            over_most: self.over_most_min * 60.0,
            slope_min: self.slope_min_pohm_s * 1e-12,
            slope_sigmas: self.slope_sigmas,
            emergency: self.emergency_factor,
            under_least: self.under_least_min * 60.0,
            lean_timeout: self.lean_timeout_h * 3600.0,
            lean_alarm: self.lean_alarm_h * 3600.0,
            rich: self.rich_guard_pct / 100.0,
            confirm: self.confirm_mv * 1e-3 / design.current,
        }
    }
}

/// Run-time form of [`FeedSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Feed {
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
    /// Alumina fed less alumina consumed since the last scan \[kg\].
    pub net: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Somebody works at the cell, or it is in its early life.
    pub operation: bool,
    /// An anode effect is being quenched.
    pub effect: bool,
    /// Slopes mean nothing now: noise, or the line current is far from nominal.
    pub blocked: Option<PhaseReason>,
    /// Estimated alumina and its standard deviation, mass fractions; a fallback only.
    pub estimate: (f64, f64),
    /// Time since the last scan \[s\].
    pub step: f64,
}

/// Memory of the feed logic.
#[derive(Debug, Clone)]
pub struct FeedState {
    phase: FeedPhase,
    elapsed: f64,
    blind: f64,
    over_time: f64,
    net: f64,
    lowest: f64,
    doubtful: u8,
    alarmed: bool,
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

    /// True in the second half of an over-feed or at base: alumina is where the resistance target
    /// means it to be, and no slope is being judged.
    #[must_use]
    pub fn beam_may_move(&self) -> bool {
        match self.phase {
            FeedPhase::Base => true,
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

/// What the slopes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
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
    /// Relative feed rate for this scan.
    pub fn update(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) -> f64 {
        state.elapsed += input.step;
        state.net += self.design.fraction(input.net);
        if let Some(level) = input.level {
            state.lowest = state.lowest.min(level);
        }
        if !self.interrupted(state, input, events) {
            self.run(state, input, events);
        }
        self.rate(state)
    }

    /// A disturbance is over, or data were missing for long: feed up a little and look again.
    pub fn resume(&self, state: &mut FeedState, reason: PhaseReason, events: &mut Events) {
        state.over_time = RESUME * self.over_default;
        state.lowest = f64::INFINITY;
        state.doubtful = 0;
        state.enter(FeedPhase::Over, reason, events);
    }

    /// Relative feed rate of the present phase.
    #[must_use]
    pub fn rate(&self, state: &FeedState) -> f64 {
        match state.phase {
            FeedPhase::Base => 1.0,
            FeedPhase::Under => self.under,
            FeedPhase::Over => self.over,
            FeedPhase::Track => self.track,
            FeedPhase::Fast => self.fast,
            FeedPhase::Hold => self.hold,
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
            input.blocked.filter(|_| !self.lean_level(state, input)).map(|reason| (Base, reason))
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

    /// The cycle itself.
    fn run(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) {
        let lean = self.lean_level(state, input);
        let verdict = if lean { Verdict::Emergency } else { self.judge(input.slopes) };
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
                } else if state.net > self.rich {
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
    fn lean_level(&self, state: &FeedState, input: &FeedInput) -> bool {
        let normal = !matches!(input.blocked, Some(PhaseReason::Current));
        normal
            && state.net < self.rich
            && input.risen.is_some_and(|risen| risen * self.design.current > RISEN)
    }

    fn judge(&self, slopes: &Slopes) -> Verdict {
        let Some(short) = slopes.short else { return Verdict::Blind };
        let Some(long) = slopes.long else {
            // Five minutes are enough for an emergency, on their own error alone.
            let steep = self.emergency * self.slope_min.max(self.slope_sigmas * short.error);
            return if short.slope >= steep { Verdict::Emergency } else { Verdict::Blind };
        };
        let threshold = self.slope_min.max(self.slope_sigmas * long.error);
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
        let seen = input
            .slopes
            .short
            .and_then(|fit| self.design.alumina_from_slope(fit.slope, falling, input.current))
            .or_else(|| {
                let (alumina, error) = input.estimate;
                (error < 0.0015).then_some(alumina)
            });
        let Some(alumina) = seen else { return self.over_default };
        let time = (self.high - alumina) / ((self.over - 1.0) * per_second);
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

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;

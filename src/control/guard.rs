//! The last word: whatever a strategy wants, only lawful commands leave.
//!
//! The guard knows nothing of feed phases or set-points. It looks at the reading and at what it let
//! through before, and either passes a request unchanged or removes it and says which rule did so;
//! it never shortens or turns a request round. Anything unknown counts against a request. The PLC
//! has its own, hard-wired, interlocks below this: the guard keeps them from being needed.

use super::ledger::Ledger;
use crate::Error;
use crate::error::report_ranges;
use crate::image::{Action, Command, FeederSet, Mode, Reading, StatusBits, Veto};
use crate::math::clamp;
use crate::signal::Clock;

/// A voltage above this is an anode effect to the guard \[V\] ...
const EFFECT_VOLTAGE: f64 = 8.0;
/// ... and opens the effect's wider limits for this long \[s\].
const EFFECT_TIME: f64 = 900.0;
/// A reading whose stamp stands still for this long is frozen \[s\].
const FROZEN: f64 = 5.0;
/// Line current above this share of nominal is a broken transducer.
const CURRENT_MOST: f64 = 1.3;
/// Below this voltage at working current the anodes touch the metal \[V\]: 3.3 V and the raised targets
/// of a noisy cell ...
const SHORT_VOLTAGE: f64 = 3.5;
/// ... and may be raised once in this long \[s\].
const SHORT_INTERVAL: f64 = 3600.0;
/// A person moved the beam if it stands this far from where he took it over \[m\].
const BY_HAND: f64 = 0.5e-3;
/// Rounding allowance on travels \[m\].
const ROUNDING: f64 = 1e-9;
/// Admissible fallback intervals \[s\].
const FALLBACK: (f64, f64) = (5.0, 300.0);

/// Settings of the guard.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct GuardSettings {
    /// Oldest reading that may move anything \[s\], 1..10.
    pub age_most_s: f64,
    /// Largest automatic move \[mm\], 0.1..2.
    pub auto_move_mm: f64,
    /// Least time between automatic moves \[min\], 1..60.
    pub auto_interval_min: f64,
    /// Most automatic moves per hour, 1..20.
    pub auto_moves_per_h: u8,
    /// Most net automatic travel in eight hours \[mm\], 1..20.
    pub auto_travel_mm: f64,
    /// Largest move while tapping, and of an automatic move after an operation \[mm\], 0.2..2.
    pub operation_move_mm: f64,
    /// Larger automatic moves are allowed this long after an operation \[min\], 0..480.
    pub operation_grace_min: f64,
    /// Least time between moves while tapping \[s\], 5..60.
    pub tap_interval_s: f64,
    /// Most travel of one tap \[mm\], 5..60.
    pub tap_travel_mm: f64,
    /// Largest move in an anode effect \[mm\], 0.5..5.
    pub effect_move_mm: f64,
    /// Least time between moves in an anode effect \[s\], 1..20.
    pub effect_interval_s: f64,
    /// Largest move up out of a short circuit \[mm\], 0.2..5.
    pub short_move_mm: f64,
    /// Most that an anode effect may lower the beam \[mm\], 3..30.
    pub effect_travel_mm: f64,
    /// No move below this share of nominal current, except in an anode effect \[%\], 60..98.
    pub move_current_pct: f64,
    /// Nothing at all below this share of nominal current \[%\], 30..70.
    pub stop_current_pct: f64,
    /// Never down below this voltage \[V\], 2.5..3.7.
    pub down_voltage_v: f64,
    /// Never down below this voltage in automatic mode \[V\], 3..4.
    pub down_voltage_auto_v: f64,
    /// Never up above this voltage, but in a burning effect \[V\], 4.2..6.
    pub up_voltage_v: f64,
    /// Never down above this low-frequency noise in automatic mode \[mV\], 5..100.
    pub down_noise_mv: f64,
    /// Most shots per minute, 2..60.
    pub shots_per_min: u8,
    /// Most shots per minute in an anode effect, 6..120.
    pub effect_shots_per_min: u8,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            age_most_s: 5.0,
            auto_move_mm: 0.5,
            auto_interval_min: 10.0,
            auto_moves_per_h: 4,
            // Metal that rises by 0.2 mm/h asks for 1.6 mm in eight hours, an anode change for 1.2 mm,
            // noise at its limit for 2.4 mm: 5.2 mm of honest work, and half a millimetre besides.
            auto_travel_mm: 6.0,
            operation_move_mm: 1.5,
            operation_grace_min: 150.0,
            tap_interval_s: 10.0,
            tap_travel_mm: 30.0,
            effect_move_mm: 3.0,
            effect_interval_s: 2.0,
            short_move_mm: 2.0,
            effect_travel_mm: 25.0,
            move_current_pct: 90.0,
            stop_current_pct: 50.0,
            down_voltage_v: 3.3,
            down_voltage_auto_v: 3.75,
            up_voltage_v: 4.8,
            down_noise_mv: 25.0,
            shots_per_min: 8,
            effect_shots_per_min: 40,
        }
    }
}

impl GuardSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("guard.age_most_s", self.age_most_s, 1.0, 10.0),
            ("guard.auto_move_mm", self.auto_move_mm, 0.1, 2.0),
            ("guard.auto_interval_min", self.auto_interval_min, 1.0, 60.0),
            ("guard.auto_moves_per_h", f64::from(self.auto_moves_per_h), 1.0, 20.0),
            ("guard.auto_travel_mm", self.auto_travel_mm, 1.0, 20.0),
            ("guard.operation_move_mm", self.operation_move_mm, 0.2, 2.0),
            ("guard.operation_grace_min", self.operation_grace_min, 0.0, 480.0),
            ("guard.tap_interval_s", self.tap_interval_s, 5.0, 60.0),
            ("guard.tap_travel_mm", self.tap_travel_mm, 5.0, 60.0),
            ("guard.effect_move_mm", self.effect_move_mm, 0.5, 5.0),
            ("guard.effect_interval_s", self.effect_interval_s, 1.0, 20.0),
            ("guard.short_move_mm", self.short_move_mm, 0.2, 5.0),
            ("guard.effect_travel_mm", self.effect_travel_mm, 3.0, 30.0),
            ("guard.move_current_pct", self.move_current_pct, 60.0, 98.0),
            ("guard.stop_current_pct", self.stop_current_pct, 30.0, 70.0),
            ("guard.down_voltage_v", self.down_voltage_v, 2.5, 3.7),
            ("guard.down_voltage_auto_v", self.down_voltage_auto_v, 3.0, 4.0),
            ("guard.up_voltage_v", self.up_voltage_v, 4.2, 6.0),
            ("guard.down_noise_mv", self.down_noise_mv, 5.0, 100.0),
            ("guard.shots_per_min", f64::from(self.shots_per_min), 2.0, 60.0),
            ("guard.effect_shots_per_min", f64::from(self.effect_shots_per_min), 6.0, 120.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form for a cell of nominal `current` \[A\] with so many `feeders`. `fallback` is
    /// the interval between strokes handed out when a strategy names none \[s\].
    #[must_use]
    pub fn build(&self, current: f64, feeders: usize, fallback: f64) -> Guard {
        Guard { settings: *self, current, feeders, fallback: clamp(fallback, FALLBACK.0, FALLBACK.1) }
    }
}

/// Run-time form of [`GuardSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    settings: GuardSettings,
    current: f64,
    feeders: usize,
    fallback: f64,
}

/// Memory of the guard of one cell.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct GuardState {
    clock: Clock,
    stamp: f64,
    stamp_time: f64,
    mode: Mode,
    effect_until: f64,
    grace_until: f64,
    last_move: f64,
    last_short: f64,
    moves: Ledger<7>,
    travel: Ledger<9>,
    shots: Ledger<7>,
    tapped: f64,
    lowered: f64,
    handed: Option<f64>,
}

impl Default for GuardState {
    fn default() -> Self {
        Self {
            clock: Clock::default(),
            stamp: f64::NAN,
            stamp_time: 0.0,
            mode: Mode::Off,
            effect_until: f64::NEG_INFINITY,
            grace_until: f64::NEG_INFINITY,
            last_move: f64::NEG_INFINITY,
            last_short: f64::NEG_INFINITY,
            moves: Ledger::default(),
            travel: Ledger::default(),
            shots: Ledger::default(),
            tapped: 0.0,
            lowered: 0.0,
            handed: None,
        }
    }
}

impl GuardState {
    /// Net automatic travel of the last eight to nine hours \[m\].
    #[must_use]
    pub fn auto_travel(&self) -> f64 {
        self.travel.sum()
    }
}

/// What left the guard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guarded {
    /// The lawful command.
    pub command: Command,
    /// The rule that removed the request, if one did.
    pub veto: Option<Veto>,
}

/// Which limits a beam move falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Auto,
    Tapping,
    /// Quenching an effect, or making its lowering good.
    Effect,
    /// Up out of a short circuit.
    Short,
}

impl Guard {
    /// Passes `wanted` or removes its request. Call it every scan, also with nothing wanted, so that
    /// it sees modes and effects. `noise` is the low-frequency noise \[V\], NaN when unknown; `now`
    /// the time and `dt` the scan period \[s\].
    pub fn check(
        &self,
        state: &mut GuardState,
        wanted: Command,
        reading: &Reading,
        noise: f64,
        now: f64,
        dt: f64,
    ) -> Guarded {
        state.clock.advance(now, dt);
        self.observe(state, reading, now);
        let judged = match wanted.action {
            Action::None => Ok(()),
            Action::Feed { feeders } => self.feed(state, feeders, reading),
            Action::Beam { travel } => self.beam(state, travel, reading, noise),
        };
        let interval = wanted.fallback_interval;
        let fallback_interval =
            if interval >= FALLBACK.0 && interval <= FALLBACK.1 { interval } else { self.fallback };
        match judged {
            Ok(()) => Guarded { command: Command { action: wanted.action, fallback_interval }, veto: None },
            Err(veto) => {
                Guarded { command: Command { action: Action::None, fallback_interval }, veto: Some(veto) }
            }
        }
    }

    /// Keeps what later rules need, from readings that can be believed.
    fn observe(&self, state: &mut GuardState, reading: &Reading, now: f64) {
        let time = state.clock.time();
        state.moves.advance(time, 600.0);
        state.travel.advance(time, 3600.0);
        state.shots.advance(time, 10.0);
        if !reading.usable() || !reading.time.is_finite() || !now.is_finite() {
            return;
        }
        if reading.time != state.stamp {
            state.stamp = reading.time;
            state.stamp_time = time;
        }
        if reading.voltage > EFFECT_VOLTAGE && reading.voltage.is_finite() {
            state.effect_until = time + EFFECT_TIME;
        }
        let by_hand = matches!(reading.mode, Mode::Manual | Mode::Off);
        if by_hand {
            state.handed.get_or_insert(reading.beam_position);
        } else if let Some(handed) = state.handed.take() {
            // An unreadable encoder may hide a hand: no licence then.
            let untouched = (reading.beam_position - handed).abs() <= BY_HAND;
            if !untouched {
                state.lowered = 0.0;
            }
        }
        if reading.mode != state.mode {
            if matches!(state.mode, Mode::Tapping | Mode::AnodeChange) {
                state.grace_until = time + self.settings.operation_grace_min * 60.0;
            }
            state.tapped = 0.0;
            state.mode = reading.mode;
        }
    }

    /// Rules for any request.
    fn common(&self, state: &GuardState, reading: &Reading) -> Result<(), Veto> {
        let fresh = reading.usable()
            && reading.time.is_finite()
            && reading.age >= 0.0
            && reading.age <= self.settings.age_most_s
            && reading.time == state.stamp
            && state.clock.time() - state.stamp_time <= FROZEN
            && reading.voltage.is_finite()
            && reading.current.is_finite()
            && reading.beam_position.is_finite();
        let status = reading.status;
        if !fresh {
            Err(Veto::Stale)
        } else if status.has(StatusBits::EMERGENCY_STOP) || !status.has(StatusBits::REMOTE) {
            Err(Veto::Interlock)
        } else if matches!(reading.mode, Mode::Off | Mode::Manual) {
            Err(Veto::Mode)
        } else if !reading.link.ready || status.has(StatusBits::COMMS_LOST) {
            Err(Veto::Link)
        } else if !self.current_between(reading, self.settings.stop_current_pct) {
            Err(Veto::Current)
        } else {
            Ok(())
        }
    }

    fn current_between(&self, reading: &Reading, least_pct: f64) -> bool {
        let share = reading.current / self.current;
        share >= least_pct / 100.0 && share <= CURRENT_MOST
    }

    fn feed(&self, state: &mut GuardState, feeders: FeederSet, reading: &Reading) -> Result<(), Veto> {
        self.common(state, reading)?;
        if feeders.is_empty() || !feeders.without(FeederSet::first(self.feeders)).is_empty() {
            return Err(Veto::Range);
        }
        if reading.status.has(StatusBits::FEED_BUSY) {
            return Err(Veto::Link);
        }
        let effect = state.clock.time() < state.effect_until;
        let most = if effect { self.settings.effect_shots_per_min } else { self.settings.shots_per_min };
        let shots = feeders.len() as f64;
        if state.shots.sum() + shots > f64::from(most) {
            return Err(Veto::Rate);
        }
        state.shots.add(shots);
        Ok(())
    }

    fn beam(&self, state: &mut GuardState, travel: f64, reading: &Reading, noise: f64) -> Result<(), Veto> {
        self.common(state, reading)?;
        let class = self.class(state, travel, reading)?;
        self.range(state, class, travel)?;
        self.direction(state, class, travel, reading, noise)?;
        self.rate(state, class, travel)?;

        state.last_move = state.clock.time();
        match class {
            Class::Auto => {
                state.moves.add(1.0);
                state.travel.add(travel);
            }
            Class::Tapping => state.tapped += travel.abs(),
            Class::Effect => state.lowered += travel,
            Class::Short => state.last_short = state.clock.time(),
        }
        Ok(())
    }

    fn class(&self, state: &GuardState, travel: f64, reading: &Reading) -> Result<Class, Veto> {
        if reading.status.has(StatusBits::BEAM_BUSY) {
            return Err(Veto::Link);
        }
        let burning = state.clock.time() < state.effect_until;
        let making_good = travel > 0.0 && state.lowered + travel <= ROUNDING;
        match reading.mode {
            // The crane holds an anode, or the pot is in its early life: hands off.
            Mode::AnodeChange | Mode::StartUp | Mode::Off | Mode::Manual => Err(Veto::Mode),
            Mode::Auto | Mode::Tapping if burning && reading.voltage > EFFECT_VOLTAGE => Ok(Class::Effect),
            Mode::Auto if making_good => Ok(Class::Effect),
            // A move that needs no licence does not use it up.
            Mode::Auto
                if travel > self.settings.auto_move_mm * 1e-3 + ROUNDING
                    && !burning
                    && reading.voltage < SHORT_VOLTAGE =>
            {
                Ok(Class::Short)
            }
            Mode::Auto => Ok(Class::Auto),
            Mode::Tapping => Ok(Class::Tapping),
        }
    }

    fn range(&self, state: &GuardState, class: Class, travel: f64) -> Result<(), Veto> {
        let s = &self.settings;
        let after_operation = state.clock.time() < state.grace_until;
        let most = match class {
            Class::Auto if !after_operation => s.auto_move_mm,
            Class::Auto | Class::Tapping => s.operation_move_mm,
            Class::Effect => s.effect_move_mm,
            Class::Short => s.short_move_mm,
        };
        // The comparison is false for NaN.
        let lawful = travel.abs() <= most * 1e-3 + ROUNDING && travel != 0.0;
        if lawful { Ok(()) } else { Err(Veto::Range) }
    }

    fn direction(
        &self,
        state: &GuardState,
        class: Class,
        travel: f64,
        reading: &Reading,
        noise: f64,
    ) -> Result<(), Veto> {
        let s = &self.settings;
        let burning = reading.voltage > EFFECT_VOLTAGE && state.clock.time() < state.effect_until;
        let least = if class == Class::Effect { s.stop_current_pct } else { s.move_current_pct };
        if !self.current_between(reading, least) {
            return Err(Veto::Current);
        }
        if travel > 0.0 {
            if reading.status.has(StatusBits::BEAM_HIGH_LIMIT) {
                return Err(Veto::Interlock);
            }
            if reading.voltage > s.up_voltage_v && !burning {
                return Err(Veto::Voltage);
            }
        } else {
            if reading.status.has(StatusBits::BEAM_LOW_LIMIT) {
                return Err(Veto::Interlock);
            }
            let auto = class == Class::Auto;
            let floor = if auto { s.down_voltage_auto_v } else { s.down_voltage_v };
            let quiet = noise <= s.down_noise_mv * 1e-3;
            if reading.voltage < floor || (auto && !quiet) {
                return Err(Veto::Voltage);
            }
        }
        Ok(())
    }

    fn rate(&self, state: &GuardState, class: Class, travel: f64) -> Result<(), Veto> {
        let s = &self.settings;
        let since = state.clock.time() - state.last_move;
        let (interval, travelled) = match class {
            Class::Auto => {
                if state.moves.sum() + 1.0 > f64::from(s.auto_moves_per_h) {
                    return Err(Veto::Rate);
                }
                let sum = state.travel.sum();
                // A move back towards zero is always welcome.
                let further = (sum + travel).abs() > sum.abs();
                let used_up = (sum + travel).abs() > s.auto_travel_mm * 1e-3 + ROUNDING;
                (s.auto_interval_min * 60.0, further && used_up)
            }
            Class::Tapping => {
                (s.tap_interval_s, state.tapped + travel.abs() > s.tap_travel_mm * 1e-3 + ROUNDING)
            }
            Class::Effect => {
                let after = state.lowered + travel;
                let inside = after >= -s.effect_travel_mm * 1e-3 - ROUNDING && after <= ROUNDING;
                (s.effect_interval_s, !inside)
            }
            // Its own interval only: a short cannot wait for the last automatic move to be old.
            Class::Short if state.clock.time() - state.last_short < SHORT_INTERVAL => {
                return Err(Veto::Rate);
            }
            Class::Short => (0.0, false),
        };
        if since < interval {
            Err(Veto::Rate)
        } else if travelled {
            Err(Veto::Travel)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;

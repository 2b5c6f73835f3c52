//! The last word: whatever a strategy wants, only lawful commands leave.
//!
//! The guard knows nothing of feed phases or set-points. It looks at the reading and at what it let
//! through before, and either passes a request unchanged or removes it and says which rule did so;
//! it never shortens or turns a request round. Anything unknown counts against a request. The PLC
//! has its own, hard-wired, interlocks below this: the guard keeps them from being needed.

mod dose;
mod settings;

use super::ledger::Ledger;
use crate::consts::DAY;
use crate::image::{Action, Command, FeederSet, Mode, Reading, StatusBits, Veto};
use crate::math::exp;
use crate::signal::Clock;

use dose::DoseLimits;
pub use settings::GuardSettings;

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
/// ... and may be raised at once, once in this long \[s\].
const SHORT_INTERVAL: f64 = 3600.0;
/// A low voltage is judged by its mean over this time \[s\] ...
const LOW_TIME: f64 = 60.0;
/// ... and is raised out of no faster than one move in this long \[s\].
const LOW_INTERVAL: f64 = 300.0;
/// ... and only within this long of an effect or a hand, or in the grace of an operation \[s\].
const LOW_LICENCE: f64 = DAY;
/// A person moved the beam if it stands this far from where he took it over \[m\].
const BY_HAND: f64 = 0.5e-3;
/// Rounding allowance on travels \[m\].
const ROUNDING: f64 = 1e-9;
/// Admissible fallback intervals \[s\].
const FALLBACK: (f64, f64) = (5.0, 300.0);

/// Run-time form of [`GuardSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    settings: GuardSettings,
    current: f64,
    feeders: usize,
    fallback: f64,
    dose: DoseLimits,
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
    /// An effect or a hand may have left the beam low.
    low_until: f64,
    last_move: f64,
    last_short: f64,
    moves: Ledger<7>,
    /// Net automatic travel of eight hours: a block more than 48 of ten minutes, so never less.
    travel: Ledger<49>,
    /// Travel up away from a low voltage, likewise.
    raised: Ledger<49>,
    /// Mean voltage of the last minute at working current \[V\]; NaN when not known.
    voltage: f64,
    shots: Ledger<7>,
    tapped: f64,
    lowered: f64,
    handed: Option<f64>,
    alf3: Option<f64>,
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
            low_until: f64::NEG_INFINITY,
            last_move: f64::NEG_INFINITY,
            last_short: f64::NEG_INFINITY,
            moves: Ledger::default(),
            travel: Ledger::default(),
            raised: Ledger::default(),
            voltage: f64::NAN,
            shots: Ledger::default(),
            tapped: 0.0,
            lowered: 0.0,
            handed: None,
            alf3: None,
        }
    }
}

impl GuardState {
    /// Net automatic travel of the last eight hours, never less, and up to ten minutes more \[m\].
    #[must_use]
    pub fn auto_travel(&self) -> f64 {
        self.travel.sum()
    }

    /// The set-point of AlF3 that was let through last \[kg/s\].
    #[must_use]
    pub fn alf3(&self) -> Option<f64> {
        self.alf3
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
    /// Up away from a voltage that has stayed low, whatever the noise says.
    Low,
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
        let step = state.clock.advance(now, dt);
        self.observe(state, reading, now, step);
        let judged = match wanted.action {
            Action::None => Ok(()),
            Action::Feed { feeders } => self.feed(state, feeders, reading),
            Action::Beam { travel } => self.beam(state, travel, reading, noise),
        };
        let interval = wanted.fallback_interval;
        let fallback_interval =
            if interval >= FALLBACK.0 && interval <= FALLBACK.1 { interval } else { self.fallback };
        state.alf3 = dose::held(&self.dose, state.alf3, wanted.alf3, step);
        let (action, veto) = match judged {
            Ok(()) => (wanted.action, None),
            Err(veto) => (Action::None, Some(veto)),
        };
        Guarded { command: Command { action, fallback_interval, alf3: state.alf3 }, veto }
    }

    /// Keeps what later rules need, from readings that can be believed.
    fn observe(&self, state: &mut GuardState, reading: &Reading, now: f64, step: f64) {
        let time = state.clock.time();
        state.moves.advance(time, 600.0);
        state.travel.advance(time, 600.0);
        state.raised.advance(time, 600.0);
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
            state.low_until = time + LOW_LICENCE;
        }
        self.follow_voltage(state, reading, step);
        let by_hand = matches!(reading.mode, Mode::Manual | Mode::Off);
        if by_hand {
            state.handed.get_or_insert(reading.beam_position);
        } else if let Some(handed) = state.handed.take() {
            // An unreadable encoder may hide a hand: no licence then.
            let untouched = (reading.beam_position - handed).abs() <= BY_HAND;
            if !untouched {
                state.lowered = 0.0;
                state.low_until = time + LOW_LICENCE;
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

    /// The mean voltage, as far as it speaks of distance. It starts at the safe side of every limit.
    fn follow_voltage(&self, state: &mut GuardState, reading: &Reading, step: f64) {
        let carries = self.current_between(reading, self.settings.move_current_pct);
        let low = reading.voltage.is_finite() && reading.voltage < EFFECT_VOLTAGE;
        let speaks = carries && reading.mode == Mode::Auto && low;
        if !speaks {
            state.voltage = f64::NAN;
        } else if state.voltage.is_nan() {
            state.voltage = EFFECT_VOLTAGE;
        } else {
            state.voltage += (1.0 - exp(-step / LOW_TIME)) * (reading.voltage - state.voltage);
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
            Class::Low => state.raised.add(travel),
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
                    && reading.voltage < SHORT_VOLTAGE
                    && state.clock.time() - state.last_short >= SHORT_INTERVAL =>
            {
                Ok(Class::Short)
            }
            Mode::Auto if travel > 0.0 && !burning && self.low(state, reading, travel) => Ok(Class::Low),
            Mode::Auto => Ok(Class::Auto),
            Mode::Tapping => Ok(Class::Tapping),
        }
    }

    /// Something may have lowered the beam, the voltage has stayed low, is low now, and the budget for
    /// that is not used up. A low voltage without a cause is as likely a wrong voltage.
    fn low(&self, state: &GuardState, reading: &Reading, travel: f64) -> bool {
        let s = &self.settings;
        if state.clock.time() >= state.low_until.max(state.grace_until) {
            return false;
        }
        let budget = state.raised.sum() + travel <= s.low_travel_mm * 1e-3 + ROUNDING;
        // Comparisons with what is not known are false.
        state.voltage < s.down_voltage_auto_v && reading.voltage < s.down_voltage_auto_v && budget
    }

    fn range(&self, state: &GuardState, class: Class, travel: f64) -> Result<(), Veto> {
        let s = &self.settings;
        let after_operation = state.clock.time() < state.grace_until;
        let most = match class {
            Class::Auto if !after_operation => s.auto_move_mm,
            Class::Auto | Class::Tapping => s.operation_move_mm,
            Class::Effect => s.effect_move_mm,
            Class::Short | Class::Low => s.short_move_mm,
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
        let least = match class {
            Class::Effect => s.stop_current_pct,
            Class::Tapping => s.tap_current_pct,
            _ => s.move_current_pct,
        };
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
            // A short cannot wait for the last automatic move to be old.
            Class::Short => (0.0, false),
            Class::Low => (LOW_INTERVAL, false),
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

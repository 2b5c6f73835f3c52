//! What is watched besides the loops: shorts, dead signals of current and voltage, a beam that moves by
//! itself, feeders that deliver too much or too little, and alarms that do not chatter.
//!
//! A current that the line contradicts is replaced by the line's: it is the same current. A voltage has
//! no second witness: without it nothing is judged and nothing moves, the cell is fed what it consumes,
//! and a person is called.
//!
//! An alarm asks a person to act, so each one waits before it comes and before it goes (ISA-18.2
//! practice: on and off delays of 10 s and 60 s, dead bands). Flags stay immediate: the loops go by
//! them. Times and limits are engineering judgement unless said otherwise.

use super::Conditions;
use super::motion::{Motion, Travel};
use crate::consts::HOUR;
use crate::error::report_ranges;
use crate::image::{Alarm, EventKind, Events, Flags, Mode, StatusBits};
use crate::signal::NoiseLimits;
use crate::{Error, math};

/// On and off delay of an ordinary alarm \[s\].
const ON: f64 = 10.0;
const OFF: f64 = 60.0;
/// Voltage above this for a minute, without effect or operation, is an alarm \[V\].
const HIGH_VOLTAGE: f64 = 4.8;
/// Voltage below this for ten seconds is a short \[V\] ...
const LOW_VOLTAGE: f64 = 3.3;
/// ... and so is a resistance below this share of its target.
const LOW_RESISTANCE: f64 = 0.7;
/// Dead band of the voltage alarms \[V\], and of the share \[1\].
const VOLTAGE_BAND: f64 = 0.1;
const SHARE_BAND: f64 = 0.05;
/// Move asked for to clear a short \[m\].
const RAISE: f64 = 2e-3;
/// No beam is raised below this share of nominal current: a low voltage is then no short.
const RAISE_CURRENT: f64 = 0.9;
/// Own and line current may differ by this share of nominal.
const CURRENT_AGREES: f64 = 0.02;
/// Less than this at half the current or more is no cell but a broken transducer \[V\]: the back-EMF
/// alone is above it, also with the anodes in the metal, where some hundred millivolts of each remain.
const VOLTAGE_LEAST: f64 = 1.0;
const VOLTAGE_CURRENT: f64 = 0.5;
/// Line current above this share of nominal is a broken transducer.
const CURRENT_MOST: f64 = 1.3;
/// A bad current signal feeds as before for this long \[s\], then at this share.
const TRUSTED: f64 = 1800.0;
const CAUTIOUS: f64 = 0.9;
/// Feeder gain that is an alarm when it lasts, how long \[s\], and its dead band.
const GAIN: (f64, f64) = (0.85, 1.15);
const GAIN_TIME: f64 = 2.0 * HOUR;
const GAIN_BAND: f64 = 0.03;
/// Noise above its limit by a factor \[1\] is a matter for people once it has lasted \[s\]. The controller
/// answers noise itself, with distance every quarter of an hour
/// ([`Modifiers`](super::Modifiers)): what is near the limit is told when four answers have not calmed it,
/// what is loud when one has not, what is violent as soon as it is sure.
const NEAR: (f64, f64) = (1.0, 3600.0);
const LOUD: (f64, f64) = (1.3, 900.0);
const VIOLENT: (f64, f64) = (2.0, 60.0);
/// Below the limit by this factor for a quarter of an hour it is over.
const CALM: f64 = 0.8;
const CALM_TIME: f64 = 900.0;
/// Work at the cell explains its noise for this long after it \[s\], unless it is violent. Two to three
/// times the usual noise for hours is published for an anode change.
const STIRRED: f64 = 1800.0;

/// Settings of what is watched.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct WatchSettings {
    /// A line current that shows the same digits for this long is a dead signal \[s\], 0..600; 0 for
    /// transducers that are read more slowly than that, or too coarsely to see the ripple.
    pub flat_current_s: f64,
    /// A cell voltage that shows the same digits for this long is a dead signal \[s\], 0..600; 0 for
    /// transducers too coarse to see the bubbles.
    pub flat_voltage_s: f64,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self { flat_current_s: 10.0, flat_voltage_s: 30.0 }
    }
}

impl WatchSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("watch.flat_current_s", self.flat_current_s, 0.0, 600.0),
            ("watch.flat_voltage_s", self.flat_voltage_s, 0.0, 600.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form for a cell of nominal `current` \[A\].
    #[must_use]
    pub fn build(&self, current: f64, noise: NoiseLimits) -> Watch {
        let limit = |time: f64| if time > 0.0 { time } else { f64::INFINITY };
        Watch {
            flat_current: limit(self.flat_current_s),
            flat_voltage: limit(self.flat_voltage_s),
            current,
            unstable: noise.unstable,
        }
    }
}

/// Run-time form of [`WatchSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    flat_current: f64,
    flat_voltage: f64,
    current: f64,
    unstable: f64,
}

/// A condition with an on delay and an off delay.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Delayed {
    on: bool,
    held: f64,
}

impl Delayed {
    /// Takes one scan: `raise` holds the condition, `clear` its end with a dead band. True when the
    /// alarm comes.
    pub fn update(&mut self, raise: bool, clear: bool, delays: (f64, f64), step: f64) -> bool {
        let contrary = if self.on { clear } else { raise };
        self.held = if contrary { self.held + step } else { 0.0 };
        let delay = if self.on { delays.1 } else { delays.0 };
        if !contrary || self.held < delay {
            return false;
        }
        self.on = !self.on;
        self.held = 0.0;
        self.on
    }

    /// The alarm stands.
    pub fn on(&self) -> bool {
        self.on
    }
}

/// How long a signal has shown the same digits.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Stillness {
    shown: f64,
    still: f64,
}

impl Stillness {
    fn update(&mut self, value: f64, step: f64) -> f64 {
        let same = value.to_bits() == self.shown.to_bits();
        self.still = if same { self.still + step } else { 0.0 };
        self.shown = value;
        self.still
    }
}

/// What is looked at in one scan.
#[derive(Debug, Clone, Copy)]
pub struct WatchInput {
    /// Cell voltage \[V\].
    pub voltage: f64,
    /// Pseudo-resistance, five-second mean, over its target \[1\]; NaN when unknown.
    pub resistance_share: f64,
    /// Line current that the cell shows \[A\].
    pub current: f64,
    /// Line current that the cells agree on \[A\]; NaN when they do not.
    pub line: f64,
    /// Beam position \[m\].
    pub position: f64,
    /// Mode acted upon.
    pub mode: Mode,
    /// An anode effect is being quenched or its lowering made good.
    pub effect: bool,
    /// Status bits of the PLC.
    pub status: StatusBits,
    /// Low-frequency noise \[V\].
    pub noise: f64,
    /// Estimated feeder gain \[1\].
    pub gain: f64,
    /// Time since the last scan \[s\].
    pub step: f64,
}

/// What the watch demands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watched {
    /// The current to go by: the cell's own, or the line's where that is better \[A\].
    pub current: f64,
    /// The current signal is bad and no other is there: no beam, nothing judged, and feed for this
    /// current \[A\].
    pub current_lost: Option<f64>,
    /// The voltage signal is bad: no beam, nothing judged, feed at the rate of consumption.
    pub voltage_lost: bool,
    /// It was found bad just now.
    pub voltage_went: bool,
    /// The cell is short: no other move.
    pub shorted: bool,
    /// The move that clears a short \[m\], until it was asked for.
    pub raise: Option<f64>,
    /// What the encoder tells of the beam.
    pub travel: Travel,
    /// Conditions to show.
    pub flags: Flags,
}

/// Memory of the watch of one cell.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct WatchState {
    high: Delayed,
    short: Delayed,
    /// Near the limit, loud, violent.
    noise: [Delayed; 3],
    /// Left of the time for which work explains the noise \[s\].
    stirred: f64,
    gain: Delayed,
    hopper: Delayed,
    breaker: Delayed,
    bad_current: Delayed,
    bad_voltage: Delayed,
    stale: Delayed,
    raised: bool,
    current: Stillness,
    voltage: Stillness,
    good: Option<f64>,
    lost: f64,
    motion: Motion,
}

impl WatchState {
    /// A command that moves the beam was really asked for \[m\].
    pub(super) fn moved(&mut self, travel: f64) {
        self.motion.asked(travel);
    }

    /// The move that clears a short was really asked for: it is not asked for again.
    pub(super) fn raised(&mut self) {
        self.raised = true;
    }

    /// The conditions that stand, delays and dead bands included.
    pub(super) fn tell(&self, conditions: &mut Conditions) {
        conditions.set(Alarm::VoltageHigh, self.high.on());
        conditions.set(Alarm::Short, self.short.on());
        conditions.set(Alarm::Unstable, self.noise.iter().any(Delayed::on));
        conditions.set(Alarm::FeederGain, self.gain.on());
        conditions.set(Alarm::HopperLow, self.hopper.on());
        conditions.set(Alarm::BreakerStuck, self.breaker.on());
        conditions.set(Alarm::CurrentLost, self.bad_current.on());
        conditions.set(Alarm::VoltageLost, self.bad_voltage.on());
        conditions.set(Alarm::Stale, self.stale.on());
    }

    /// Readings are usable, or not. True when their loss lasted long enough to be told.
    pub(super) fn stale(&mut self, stale: bool, step: f64) -> (bool, bool) {
        let before = self.stale.on();
        if stale {
            self.motion.unseen();
        }
        let came = self.stale.update(stale, !stale, (ON, OFF), step);
        (came, before && !self.stale.on())
    }
}

impl Watch {
    /// Takes one scan.
    pub fn update(&self, state: &mut WatchState, input: &WatchInput, events: &mut Events) -> Watched {
        let mut flags = Flags::default();
        let (current, current_lost) = self.current(state, input, events);
        let own = current.to_bits() == input.current.to_bits();
        let (voltage_lost, voltage_went) = self.voltage(state, input, current, events);
        let readable = current_lost.is_none() && !voltage_lost;
        let raise = self.short(state, input, readable.then_some(current), events);
        let step = input.step;

        let watched = input.mode == Mode::Auto && !input.effect && !voltage_lost;
        let high = watched && input.voltage > HIGH_VOLTAGE;
        let normal = !watched || input.voltage < HIGH_VOLTAGE - VOLTAGE_BAND;
        if state.high.update(high, normal, (60.0, OFF), step) {
            events.push(EventKind::VoltageAlarm);
        }
        flags.set(Flags::VOLTAGE, state.high.on() || state.short.on() || voltage_lost);

        self.noise(state, input, events);
        self.feeders(state, input, events);
        let feeder = state.gain.on() || state.hopper.on() || state.breaker.on();
        flags.set(Flags::FEEDER_FAULT, feeder);
        flags.set(Flags::CURRENT, current_lost.is_some() || !own);
        let travel = state.motion.see(input);
        let shorted = state.short.on();
        Watched { current, current_lost, voltage_lost, voltage_went, shorted, raise, travel, flags }
    }

    /// The current to go by, and what to feed for when there is none. Bad is what shows the same
    /// digits, an impossible value, or not what the line shows.
    fn current(&self, state: &mut WatchState, input: &WatchInput, events: &mut Events) -> (f64, Option<f64>) {
        // No current at all is flat by nature, and stops the cell by other rules.
        let carries = input.current > 0.01 * self.current;
        let flat = state.current.update(input.current, input.step) >= self.flat_current && carries;
        let impossible = !(-0.05..=CURRENT_MOST).contains(&(input.current / self.current));
        // False where the line is not known.
        let contradicted = (input.current - input.line).abs() > CURRENT_AGREES * self.current;
        let bad = flat || impossible || contradicted;
        // Flatness has had its delay already, and a good signal is good at once.
        if state.bad_current.update(bad, !bad, (if flat { 0.0 } else { ON }, ON), input.step) {
            events.push(EventKind::CurrentLost);
        }
        // What a cell alone shows itself is no second witness.
        let witness = input.line.is_finite() && input.line.to_bits() != input.current.to_bits();
        let current = if witness && (bad || state.bad_current.on()) { input.line } else { input.current };
        if witness || (!bad && !state.bad_current.on()) {
            // The mean of a minute, as ripple is not worth following.
            let share = math::clamp(input.step / 60.0, 0.0, 1.0);
            let good = state.good.get_or_insert(current);
            *good += share * (current - *good);
            state.lost = 0.0;
            return (current, None);
        }
        if !state.bad_current.on() {
            return (current, None);
        }
        state.lost += input.step;
        let share = if state.lost <= TRUSTED { 1.0 } else { CAUTIOUS };
        (current, Some(share * state.good.unwrap_or(self.current)))
    }

    /// Is the voltage signal bad, and was it found so just now? Without current a cell may well show a
    /// voltage that stands still.
    fn voltage(
        &self,
        state: &mut WatchState,
        input: &WatchInput,
        current: f64,
        events: &mut Events,
    ) -> (bool, bool) {
        let still = state.voltage.update(input.voltage, input.step);
        let carries = current >= VOLTAGE_CURRENT * self.current;
        let flat = carries && still >= self.flat_voltage;
        let bad = flat || (carries && input.voltage < VOLTAGE_LEAST);
        let went = state.bad_voltage.update(bad, !bad, (if flat { 0.0 } else { ON }, ON), input.step);
        if went {
            events.push(EventKind::VoltageLost);
        }
        (bad || state.bad_voltage.on(), went)
    }

    /// Anodes in the metal: nothing down, one move up. Not on low current, where a low voltage is
    /// natural and no anode may rise.
    fn short(
        &self,
        state: &mut WatchState,
        input: &WatchInput,
        current: Option<f64>,
        events: &mut Events,
    ) -> Option<f64> {
        let carries = current.is_some_and(|current| current >= RAISE_CURRENT * self.current);
        let watched = input.mode == Mode::Auto && !input.effect && carries;
        let low = input.voltage < LOW_VOLTAGE || input.resistance_share < LOW_RESISTANCE;
        // Unknown is not the end of a short.
        let well = input.voltage > LOW_VOLTAGE + VOLTAGE_BAND
            && input.resistance_share > LOW_RESISTANCE + SHARE_BAND;
        if state.short.update(watched && low, well, (ON, OFF), input.step) {
            events.push(EventKind::VoltageAlarm);
            state.raised = false;
        }
        (state.short.on() && watched && low && !state.raised).then_some(RAISE)
    }

    /// The louder the sooner.
    fn noise(&self, state: &mut WatchState, input: &WatchInput, events: &mut Events) {
        // What a crew stirs up settles by itself, and is looked at anew after them.
        state.stirred =
            if input.mode == Mode::Auto { (state.stirred - input.step).max(0.0) } else { STIRRED };
        let told =
            state.stirred == 0.0 || (input.mode == Mode::Auto && input.noise > VIOLENT.0 * self.unstable);
        let (noise, off) = if told { (input.noise, CALM_TIME) } else { (0.0, OFF) };
        let calm = noise < CALM * self.unstable;
        let standing = state.noise.iter().any(Delayed::on);
        let mut comes = false;
        for (delayed, (factor, on)) in state.noise.iter_mut().zip([NEAR, LOUD, VIOLENT]) {
            comes |= delayed.update(noise > factor * self.unstable, calm, (on, off), input.step);
        }
        if comes && !standing {
            events.push(EventKind::Unstable);
        }
    }

    fn feeders(&self, state: &mut WatchState, input: &WatchInput, events: &mut Events) {
        let outside = input.gain < GAIN.0 || input.gain > GAIN.1;
        let inside = input.gain > GAIN.0 + GAIN_BAND && input.gain < GAIN.1 - GAIN_BAND;
        if state.gain.update(outside, inside, (GAIN_TIME, 900.0), input.step) {
            events.push(EventKind::FeederGain);
        }
        let low = input.status.has(StatusBits::HOPPER_LOW);
        if state.hopper.update(low, !low, (ON, OFF), input.step) {
            events.push(EventKind::HopperLow);
        }
        let stuck = input.status.has(StatusBits::BREAKER_STUCK);
        if state.breaker.update(stuck, !stuck, (ON, OFF), input.step) {
            events.push(EventKind::BreakerStuck);
        }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;

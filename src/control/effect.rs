//! Anode effect: declare it, quench it, and put the beam back where it was.
//!
//! An effect is a cell voltage above 8 V (the common definition of a high-voltage effect) for three
//! seconds. Quenching feeds at once, lowers the anodes until they touch the metal wave, and pumps if
//! that does not help; the published plants differ in detail (Navarro et al., 2003; Mohammed et al.,
//! 2009), the times and travels here are engineering judgement. After 240 s a person is called, and the
//! beam rests: he may stand at the cell. Feeding goes on at the rate of consumption. Where the rules of
//! the potroom make it safe, further attempts can be allowed: a lean cell that nobody came to may have
//! become rich enough meanwhile. While an effect burns it is fed in every mode but those in which a
//! person has the cell; the beam moves only where the mode allows it.
//!
//! What the sequence lowered, it owes. The debt outlives faults, lost data, low current and further
//! effects; only a person who moved the beam by hand cancels it.

mod count;
mod settings;

use crate::image::{EventKind, Events};
use crate::math::clamp;
use count::Rule;

pub use count::{Counts, Tally};
pub use settings::{EffectSettings, Quench};

/// The beam waits for the first shots \[s\].
const FIRST_MOVE: f64 = 10.0;
/// Largest step of the sequence \[m\].
const STEP: f64 = 3e-3;
/// Time between two beam steps, and between two rounds of shots \[s\].
const STEP_TIME: f64 = 3.0;
/// Rest at the bottom before pumping \[s\].
const REST: f64 = 15.0;
/// One pump stroke of 5 mm up and down, in steps \[m\].
const PUMP: [f64; 4] = [3e-3, 2e-3, -3e-3, -2e-3];
/// Pump strokes per attempt.
const PUMPS: usize = 3;
/// Length of one attempt; a person is called after two \[s\].
const ATTEMPT: f64 = 120.0;
/// Attempts' time before a person is called.
const ALONE: u8 = 2;
/// Most between two shots where an effect may burn on below its threshold \[s\]: until the beam is back from
/// one, and in a cut. Half of consumption, so that hours of it make no cell rich.
pub(super) const BELOW_THRESHOLD: f64 = 45.0;
/// An effect that is over by its voltage dies away in this time \[s\]: until then the resistance falls, by half on
/// the simulator of this crate.
const DIES: f64 = 60.0;
/// Lowering stops below this share of the target resistance: the anodes touch the metal.
const SHORTED: f64 = 0.6;
/// The encoder is believed if it saw this share of what was commanded.
const BELIEVED: f64 = 0.3;
/// A beam within this of its place is back \[m\].
const BACK: f64 = 0.3e-3;
/// A person moved the beam if it stands this far from where he took it over \[m\].
const BY_HAND: f64 = 0.5e-3;

/// Run-time form of [`EffectSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Effect {
    voltage: f64,
    declare: f64,
    over: f64,
    rearm: f64,
    pumps: usize,
    shots: u8,
    second_shots: u8,
    lower: f64,
    lower_most: f64,
    attempts: u8,
    rest: f64,
    feed_every: f64,
    restore_pause: f64,
    restore_voltage: f64,
    international: Rule,
    record: Rule,
}

/// What the sequence looks at in one scan.
#[derive(Debug, Clone, Copy)]
pub struct EffectInput {
    /// Cell voltage \[V\]; NaN while it is not seen: nothing begins or ends, and no beam moves.
    pub voltage: f64,
    /// Pseudo-resistance of this scan over the target.
    pub resistance_share: f64,
    /// Beam position \[m\].
    pub position: f64,
    /// The sequence may act: mode, current and command path.
    pub may_act: bool,
    /// The mode allows the beam to move.
    pub may_move: bool,
    /// The beam may be raised back: automatic mode, nobody at the cell.
    pub may_restore: bool,
    /// Time since the last scan \[s\].
    pub step: f64,
}

/// What the sequence wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    /// Nothing now.
    Nothing,
    /// One shot of every feeder.
    Shots,
    /// One shot of the feeder that owes most, whatever it is ahead.
    Shot,
    /// A beam move \[m\].
    Beam(f64),
}

/// Memory of the sequence.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct EffectState {
    active: bool,
    above: f64,
    below: f64,
    /// Since the last effect was over \[s\]; none was seen yet.
    since_over: Option<f64>,
    counts: Counts,
    time: f64,
    shots: u8,
    to_lower: f64,
    pump: usize,
    /// Attempts begun, and when the present one began in the life of the effect \[s\].
    attempt: u8,
    began: f64,
    called: bool,
    since_beam: f64,
    since_shots: f64,
    /// Where the beam stood before the first effect that is not yet made good \[m\].
    home: Option<f64>,
    /// Net commanded travel since then \[m\], zero or negative.
    lowered: f64,
    /// Where a person took the beam over \[m\].
    handed: Option<f64>,
}

impl EffectState {
    /// The sequence has given up and a person was called.
    #[must_use]
    pub fn called(&self) -> bool {
        self.called
    }

    /// An effect is declared and not yet over.
    #[must_use]
    pub fn active(&self) -> bool {
        self.active
    }

    /// An effect burns or dies away: the resistance tells nothing of the distance.
    #[must_use]
    pub fn stirs(&self) -> bool {
        self.active || self.since_over.is_some_and(|time| time < DIES)
    }

    /// Effects so far, by both rules of counting.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The beam still has to return to its place before the effect.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.home.is_some() && self.lowered < -BACK
    }

    /// Where the beam stood before the effect \[m\], until it is back there.
    #[must_use]
    pub fn home(&self) -> Option<f64> {
        self.home
    }

    /// A person takes the beam over where it stands.
    pub fn hand_over(&mut self, position: f64) {
        self.active = false;
        self.above = 0.0;
        if self.handed.is_none() {
            self.handed = Some(position);
        }
    }

    /// A person gives the beam back. If he moved it, its place is his, not ours.
    pub fn take_back(&mut self, position: f64) {
        if let Some(handed) = self.handed.take()
            && (position - handed).abs() > BY_HAND
        {
            self.home = None;
            self.lowered = 0.0;
        }
    }

    /// The beam followed the metal down: its place moves along.
    pub fn followed(&mut self, travel: f64) {
        if let Some(home) = &mut self.home {
            *home += travel;
        }
    }

    /// Records a beam move that was really asked for.
    pub fn moved(&mut self, travel: f64) {
        self.since_beam = 0.0;
        self.lowered = (self.lowered + travel).min(0.0);
        if self.active {
            if self.to_lower > 0.0 && travel < 0.0 {
                self.to_lower = (self.to_lower + travel).max(0.0);
            } else {
                self.pump += 1;
            }
        }
    }

    /// Records a round of shots, or a single one, that was really asked for.
    pub fn fed(&mut self) {
        self.since_shots = 0.0;
        self.shots = self.shots.saturating_sub(1);
    }
}

impl Effect {
    /// Follows the voltage and says what to do next.
    pub fn update(&self, state: &mut EffectState, input: &EffectInput, events: &mut Events) -> Wanted {
        state.since_beam += input.step;
        state.since_shots += input.step;
        let high = input.voltage > self.voltage;
        state.above = if high { state.above + input.step } else { 0.0 };
        let unseen = input.voltage.is_nan();
        state.below = match (high, unseen) {
            (true, _) => 0.0,
            (_, true) => state.below,
            _ => state.below + input.step,
        };
        state.counts.international.update(&self.international, input.voltage, input.step);
        state.counts.record.update(&self.record, input.voltage, input.step);
        state.since_over = state.since_over.map(|time| time + input.step);
        if !state.active && state.above >= self.declare {
            self.declare(state, input.position, events);
        }
        if state.active {
            state.time += input.step;
            // What is not seen is not over.
            if state.below >= self.over && !unseen {
                state.active = false;
                state.since_over = Some(0.0);
                events.push(EventKind::EffectEnded);
            }
        }
        if !input.may_act {
            return Wanted::Nothing;
        }
        match (state.active, state.owes()) {
            (true, _) => self.quench(state, input, high, events),
            (false, true) => match self.restore(state, input) {
                Wanted::Nothing => self.linger(state, input),
                wanted => wanted,
            },
            (false, false) => {
                state.home = None;
                state.lowered = 0.0;
                Wanted::Nothing
            }
        }
    }

    fn declare(&self, state: &mut EffectState, position: f64, events: &mut Events) {
        if state.since_over.is_none_or(|time| time > self.rearm) {
            events.push(EventKind::EffectStarted);
        }
        state.active = true;
        state.time = state.above;
        state.below = 0.0;
        state.shots = self.shots;
        state.pump = 0;
        state.attempt = 1;
        state.began = 0.0;
        state.called = false;
        // A second effect before the beam is back must not take the lowered beam for its place.
        state.home.get_or_insert(position);
        state.to_lower = self.lower.min(self.lower_most + state.lowered).max(0.0);
    }

    fn quench(
        &self,
        state: &mut EffectState,
        input: &EffectInput,
        high: bool,
        events: &mut Events,
    ) -> Wanted {
        if state.time >= f64::from(ALONE) * ATTEMPT && high && !state.called {
            state.called = true;
            events.push(EventKind::EffectNeedsOperator);
        }
        let rest = if state.attempt < ALONE { 0.0 } else { self.rest };
        let elapsed = state.time - state.began;
        if elapsed >= ATTEMPT + rest && high && input.may_move && state.attempt < self.attempts {
            state.attempt += 1;
            state.began = state.time;
            state.shots = state.shots.saturating_add(self.second_shots);
            state.to_lower = (self.lower_most + state.lowered).max(0.0);
            state.pump = 0;
        }
        if state.shots > 0 && state.since_shots >= STEP_TIME {
            return Wanted::Shots;
        }
        // Consumption goes on while it burns; what the rounds gave is not saved again meanwhile. What is
        // not seen gets its consumption from the ordinary dosing, for hours if need be.
        if state.since_shots >= self.feed_every && !input.voltage.is_nan() {
            return Wanted::Shot;
        }
        let trying = state.time - state.began < ATTEMPT;
        let rested = state.time >= FIRST_MOVE && state.since_beam >= STEP_TIME;
        if !(high && trying && rested && input.may_move) {
            return Wanted::Nothing;
        }
        if state.to_lower > SMALL && input.resistance_share > SHORTED {
            return Wanted::Beam(-state.to_lower.min(STEP));
        }
        // The beam is down (or touches the metal) and it burns on: pump.
        let rested = state.pump > 0 || state.since_beam >= REST;
        match PUMP.get(state.pump % PUMP.len()) {
            Some(&travel) if rested && state.pump < PUMP.len() * self.pumps => {
                state.to_lower = 0.0;
                Wanted::Beam(travel.min(-state.lowered))
            }
            _ => Wanted::Nothing,
        }
    }

    /// Over by its voltage, it may burn on below the threshold as long as the anodes stand low: the credit
    /// of the rounds does not stop the feed meanwhile.
    fn linger(&self, state: &EffectState, input: &EffectInput) -> Wanted {
        if state.since_shots >= BELOW_THRESHOLD && !input.voltage.is_nan() {
            Wanted::Shot
        } else {
            Wanted::Nothing
        }
    }

    /// Back up, step by step. The encoder says how far, unless it did not see the beam go down; it
    /// is never raised by more than was commanded down.
    fn restore(&self, state: &mut EffectState, input: &EffectInput) -> Wanted {
        // The comparison is false for a voltage that is not seen.
        let well = input.voltage <= self.restore_voltage;
        if !input.may_restore || state.since_beam < self.restore_pause || !well {
            return Wanted::Nothing;
        }
        let Some(home) = state.home else { return Wanted::Nothing };
        let owed = -state.lowered;
        let seen = home - input.position;
        let left = if seen >= BELIEVED * owed { seen.min(owed) } else { owed };
        let travel = clamp(left, 0.0, STEP);
        if travel <= BACK {
            state.home = None;
            state.lowered = 0.0;
            return Wanted::Nothing;
        }
        Wanted::Beam(travel)
    }
}

/// Less than this is not worth a move \[m\].
const SMALL: f64 = 0.1e-3;

#[cfg(test)]
#[path = "effect_tests.rs"]
mod tests;

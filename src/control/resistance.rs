//! Anode-cathode distance by way of the pseudo-resistance: rare, small, checked beam moves.
//!
//! A dead band around a target whose every addition is visible. Held against it is the resistance
//! less the swing that the estimated alumina explains ([`super::distance`]), so that the beam answers
//! to distance; without an estimate, the resistance itself. A move provides for the drift of the
//! next hours, and moves beyond a daily budget need a larger error. The beam moves only while alumina
//! is where the target means it to be (second half of an over-feed, or base feed); moving it while a
//! slope is judged would spoil the slope. Only a voltage that is clearly low, as an effect or a crew may
//! leave it, is raised out of at any time. Dead band, gain and modifiers are engineering judgement in
//! the range of common practice (ramped addition after an anode change as in published controllers).

mod modifiers;
mod settings;

use super::distance::{Answer, DistanceState, Explained};
use crate::estimate::{Design, EkfState};
use crate::image::{EventKind, Events};
use crate::math::clamp;
use crate::signal::{Fit, NoiseLevel};

use modifiers::{Laws, ModifierState};

pub use modifiers::{Modifiers, TargetPart};
pub use settings::{BeamMode, ResistanceSettings};

/// Smaller moves than this are not worth the wear of the motor \[m\].
const SMALLEST: f64 = 0.2e-3;
/// The response to a move is averaged from .. to after it \[s\].
const RESPONSE_FROM: f64 = 20.0;
const RESPONSE_TO: f64 = 60.0;
/// Least share of the expected response.
const RESPONSE: f64 = 0.3;
/// Least time between two steps that restore the distance \[s\].
const RESTORE_TIME: f64 = 360.0;
/// Least error that is restored so \[m\].
const RESTORE_LEAST: f64 = 2e-3;
/// Travel that nobody asked the loop for makes it look anew \[m\].
const MOVED: f64 = 0.2e-3;
/// Moves in a row without response that inhibit the beam.
const FAILURES: u8 = 2;

/// Run-time form of [`ResistanceSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Resistance {
    design: Design,
    mode: BeamMode,
    estimate_error: f64,
    significance: f64,
    ahead: f64,
    moves_per_second: f64,
    burst: f64,
    restore_below: f64,
    restore_step: f64,
    /// Target without modifiers \[Ω\].
    base: f64,
    deadband: f64,
    deadband_noisy: f64,
    gain: f64,
    period: f64,
    interval: f64,
    most: f64,
    most_after_operation: f64,
    lowest: f64,
    highest: f64,
    laws: Laws,
}

/// Automatic moves of the daily budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Used lately and not yet given back.
    pub spent: f64,
    /// Left before only twice the dead band calls for a move.
    pub left: f64,
}

/// A move whose effect is being awaited.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Check {
    travel: f64,
    /// It was a step out of a clearly low voltage.
    restoring: bool,
    before: f64,
    position: f64,
    error: f64,
    elapsed: f64,
    sum: f64,
    count: u32,
}

/// Why automatic moves are inhibited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
enum Fault {
    /// Moves without response.
    NoResponse,
    /// Travel without a command.
    RanAway,
}

/// Memory of the resistance loop.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct ResistanceState {
    modifiers: ModifierState,
    since_decision: f64,
    since_move: f64,
    since_restore: f64,
    distance: DistanceState,
    position: Option<f64>,
    /// Moves of the daily budget that were used lately.
    spent: f64,
    check: Option<Check>,
    failures: u8,
    fault: Option<Fault>,
    saturated: bool,
    /// A rod spike holds the beam.
    spiked: bool,
}

impl ResistanceState {
    /// What is added to the base target at present.
    #[must_use]
    pub fn modifiers(&self) -> &Modifiers {
        &self.modifiers.parts
    }

    /// Keeps a part of the target that is decided elsewhere \[V at nominal line current\].
    pub fn set_modifier(&mut self, part: TargetPart, volt: f64) {
        self.modifiers.set(part, volt);
    }

    /// Taken off the resistance for the swing of alumina \[Ω\].
    #[must_use]
    pub fn offset(&self) -> f64 {
        self.distance.offset()
    }

    /// The beam did not respond, or moved by itself; automatic moves are inhibited until a person has
    /// looked, or the encoder has shown that the beam did respond.
    #[must_use]
    pub fn fault(&self) -> bool {
        self.fault.is_some()
    }

    /// The target stands at a limit.
    #[must_use]
    pub fn saturated(&self) -> bool {
        self.saturated
    }
}

/// What the loop looks at in one scan.
#[derive(Debug, Clone, Copy)]
pub struct ResistanceInput {
    /// Five-minute fit; `None` while disturbed.
    pub level: Option<Fit>,
    /// Resistance of this scan, moves included \[Ω\].
    pub now: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Beam position \[m\].
    pub position: f64,
    /// What the estimated alumina explains; `None` while the estimate is lost.
    pub explained: Option<Explained>,
    /// Low-frequency noise \[V\] and its level.
    pub noise: (f64, NoiseLevel),
    /// Feed phase, mode and timers allow a move.
    pub allowed: bool,
    /// Mode and current allow the distance to be restored, whatever the feed phase.
    pub may_restore: bool,
    /// An operation ended within the last two hours.
    pub after_operation: bool,
    /// The current of one rod says that its anode touches the metal.
    pub spike: bool,
    /// Time since the last scan \[s\].
    pub step: f64,
}

impl Resistance {
    /// Target with all modifiers, inside the voltage limits at this line current \[Ω\].
    #[must_use]
    pub fn target(&self, state: &ResistanceState) -> f64 {
        let parts = &state.modifiers.parts;
        self.base + (parts.sum() + self.limit(parts)) / self.design.current
    }

    /// What the limits take off the target, or add to it \[V\].
    fn limit(&self, parts: &Modifiers) -> f64 {
        let volt = |resistance: f64| resistance * self.design.current;
        self.laws.limit(parts, volt(self.base), (volt(self.lowest), volt(self.highest)))
    }

    /// What is spent and left of the daily moves.
    #[must_use]
    pub fn budget(&self, state: &ResistanceState) -> Budget {
        Budget { spent: state.spent, left: (self.burst - state.spent).max(0.0) }
    }

    /// An anode was changed: the new one carries little current for hours.
    pub fn anode_changed(&self, state: &mut ResistanceState) {
        state.modifiers.parts.anode_change = self.laws.anode_change;
        state.check = None;
        state.distance.forget();
    }

    /// Metal was tapped.
    pub fn tapped(&self, state: &mut ResistanceState) {
        state.modifiers.parts.tapping = self.laws.tapping;
        state.check = None;
        state.distance.forget();
    }

    /// A person took the beam over, or gives it back: no timer or check of ours survives.
    pub fn anchor(&self, state: &mut ResistanceState) {
        state.check = None;
        state.distance.forget();
        state.position = None;
        state.since_decision = 0.0;
        state.since_move = 0.0;
        state.failures = 0;
        state.fault = None;
    }

    /// The beam moved by itself: no automatic move until a person has looked.
    pub fn ran_away(&self, state: &mut ResistanceState, events: &mut Events) {
        self.inhibit(state, Fault::RanAway, events);
    }

    /// An encoder that stood still shows at once what was asked for: the beam did respond, and whoever
    /// waited for a person to look need not. A beam that ran away is not excused by it.
    pub fn encoder_freed(&self, state: &mut ResistanceState) {
        state.failures = 0;
        state.fault = state.fault.filter(|why| *why != Fault::NoResponse);
    }

    fn inhibit(&self, state: &mut ResistanceState, why: Fault, events: &mut Events) {
        if !state.fault() {
            events.push(EventKind::BeamFault);
        }
        // The graver of two stays.
        if state.fault != Some(Fault::RanAway) {
            state.fault = Some(why);
        }
    }

    /// What the estimated alumina explains of the resistance, unless the estimate is lost or not
    /// wanted.
    #[must_use]
    pub fn explained(&self, estimate: &EkfState) -> Option<Explained> {
        let error = estimate.alumina_error();
        // The comparison is false for what is no number.
        let known = self.mode == BeamMode::Distance && error <= self.estimate_error;
        let predicted = self.design.predict(estimate.alumina(), &estimate.curve());
        known.then_some(Explained {
            value: predicted.resistance - self.design.resistance,
            error: error * predicted.by_alumina.abs(),
        })
    }

    /// The move wanted now \[m\], upwards positive.
    pub fn update(
        &self,
        state: &mut ResistanceState,
        input: &ResistanceInput,
        events: &mut Events,
    ) -> Option<f64> {
        state.since_decision += input.step;
        state.since_move += input.step;
        state.since_restore += input.step;
        state.spent = (state.spent - self.moves_per_second * input.step).max(0.0);
        self.laws.update(&mut state.modifiers, input.noise.1, input.step);
        state.modifiers.parts.limit = self.limit(&state.modifiers.parts);
        self.check(state, input, events);
        let target = self.target(state);
        state.saturated = state.modifiers.parts.limit != 0.0;
        let before = state.position.replace(input.position).unwrap_or(input.position);
        if (input.position - before).abs() > MOVED {
            state.distance.forget();
        }
        let answer = state.distance.update(input.level, input.explained, input.step);
        if self.held_by_spike(state, input.spike, events) || state.fault() || state.check.is_some() {
            return None;
        }
        let level = input.level?;
        if let Some(travel) = self.restore(state, input, target - level.mean) {
            return Some(travel);
        }
        let waiting = state.since_decision < self.period || state.since_move < self.interval;
        let answer = answer?;
        if waiting || !input.allowed {
            return None;
        }
        state.since_decision = 0.0;
        self.correct(state, input, target, &answer)
    }

    /// One anode that touches the metal makes the whole cell look close: that anode is to be reset, and
    /// the beam is neither raised for it nor lowered onto it.
    fn held_by_spike(&self, state: &mut ResistanceState, spike: bool, events: &mut Events) -> bool {
        if spike && !state.spiked {
            events.push(EventKind::SpikeHoldsBeam);
        }
        if spike {
            // What was seen meanwhile is not the distance of the others.
            state.distance.forget();
        }
        state.spiked = spike;
        spike
    }

    /// The move that takes the distance back to its target, where it is worth one.
    fn correct(
        &self,
        state: &ResistanceState,
        input: &ResistanceInput,
        target: f64,
        answer: &Answer,
    ) -> Option<f64> {
        let error = target - answer.mean;
        if error < 0.0 && input.noise.1 >= NoiseLevel::Unstable {
            return None;
        }
        let loud = input.noise.1 >= NoiseLevel::Noisy;
        let thrift = if state.spent + 1.0 > self.burst { 2.0 } else { 1.0 };
        let deadband = thrift * if loud { self.deadband_noisy } else { self.deadband };
        // An error that the noise or an uncertain alumina explains is no error.
        if error.abs() < deadband.max(self.significance * answer.error) {
            return None;
        }
        let most = if input.after_operation { self.most_after_operation } else { self.most };
        let travel = clamp(self.gain * error / self.design.resistance_per_m + self.ahead, -most, most);
        // Providing for the drift must not turn a move round.
        (travel * error > 0.0 && travel.abs() >= SMALLEST).then_some(travel)
    }

    /// Up, step by step, while the voltage is clearly low.
    fn restore(&self, state: &mut ResistanceState, input: &ResistanceInput, error: f64) -> Option<f64> {
        let level = input.level?;
        let missing = error / self.design.resistance_per_m;
        let low = level.mean < self.restore_below && missing > RESTORE_LEAST;
        let due = state.since_move.min(state.since_restore) >= RESTORE_TIME;
        if !(low && due && input.may_restore) {
            return None;
        }
        // What the guard refuses is not asked for again at once.
        state.since_restore = 0.0;
        Some((self.gain * missing).min(self.restore_step))
    }

    /// Records that a move was really asked for, so that its effect can be checked.
    pub fn asked(&self, state: &mut ResistanceState, input: &ResistanceInput, travel: f64) {
        state.since_move = 0.0;
        state.spent += 1.0;
        state.distance.forget();
        state.position = None;
        let Some(level) = input.level else { return };
        let noise = if input.noise.0.is_finite() { input.noise.0 } else { 0.01 };
        state.check = Some(Check {
            travel,
            restoring: level.mean < self.restore_below,
            before: level.mean + 150.0 * level.slope,
            position: input.position,
            error: level.mean_error + (noise + 2e-3) / input.current,
            elapsed: 0.0,
            sum: 0.0,
            count: 0,
        });
    }

    /// Did the resistance follow the beam? Where noise hides the answer, the encoder gives it.
    fn check(&self, state: &mut ResistanceState, input: &ResistanceInput, events: &mut Events) {
        let Some(check) = &mut state.check else { return };
        check.elapsed += input.step;
        if check.elapsed >= RESPONSE_FROM && input.now.is_finite() {
            check.sum += input.now;
            check.count += 1;
        }
        if check.elapsed < RESPONSE_TO {
            return;
        }
        let check = *check;
        state.check = None;
        if check.count == 0 {
            return;
        }
        let expected = (check.travel * self.design.resistance_per_m).abs();
        let sign = if check.travel > 0.0 { 1.0 } else { -1.0 };
        let response = sign * (check.sum / f64::from(check.count) - check.before);
        let moved = sign * (input.position - check.position) >= RESPONSE * check.travel.abs();
        let clearly_missing = response + 2.0 * check.error < RESPONSE * expected;
        let clearly_there = response - 2.0 * check.error >= RESPONSE * expected;
        if clearly_there || (moved && !clearly_missing) {
            state.failures = 0;
            return;
        }
        // Anodes that stand in the metal are not helped by raising all: one such step is enough.
        state.failures = state.failures.saturating_add(if check.restoring { FAILURES } else { 1 });
        if state.failures >= FAILURES {
            self.inhibit(state, Fault::NoResponse, events);
        }
    }
}

#[cfg(test)]
#[path = "resistance_tests.rs"]
mod tests;

//! Anode-cathode distance by way of the pseudo-resistance: rare, small, checked beam moves.
//!
//! A dead band around a target whose every addition is visible. The beam moves only while alumina
//! is where the target means it to be (second half of an over-feed, or base feed); moving it while a
//! slope is judged would spoil the slope. Dead band, gain and modifiers are engineering judgement in
//! the range of common practice (ramped addition after an anode change as in published controllers).

use crate::Error;
use crate::error::report_ranges;
use crate::estimate::Design;
use crate::image::{EventKind, Events};
use crate::math::{approach, clamp};
use crate::signal::{Fit, NoiseLevel};

/// Smaller moves than this are not worth the wear of the motor \[m\].
const SMALLEST: f64 = 0.1e-3;
/// The response to a move is averaged from .. to after it \[s\].
const RESPONSE_FROM: f64 = 20.0;
const RESPONSE_TO: f64 = 60.0;
/// Least share of the expected response.
const RESPONSE: f64 = 0.3;
/// Moves in a row without response that inhibit the beam.
const FAILURES: u8 = 2;

/// Settings of the resistance loop.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ResistanceSettings {
    /// Half width of the dead band \[nΩ\], 10..200.
    pub deadband_nohm: f64,
    /// Half width of the dead band on a noisy cell \[nΩ\], 10..300.
    pub deadband_noisy_nohm: f64,
    /// Share of the error that one move removes, 0.2..1.
    pub gain: f64,
    /// Time between decisions \[min\], 5..60.
    pub period_min: f64,
    /// Least time between moves \[min\], 5..120.
    pub interval_min: f64,
    /// Largest single move \[mm\], 0.1..2.
    pub move_most_mm: f64,
    /// Largest single move in the two hours after an operation \[mm\], 0.1..3.
    pub move_after_operation_mm: f64,
    /// Lowest target voltage \[V\], 3.4..4.2.
    pub voltage_min_v: f64,
    /// Highest target voltage \[V\], 4..5.
    pub voltage_max_v: f64,
    /// Smallest sum of the modifiers \[mV\], -200..0.
    pub modifier_min_mv: f64,
    /// Largest sum of the modifiers \[mV\], 0..500.
    pub modifier_max_mv: f64,
    /// Added per noise level above normal \[mV\], 0..50.
    pub noise_level_mv: f64,
    /// Added every quarter of an hour while unstable \[mV\], 0..30.
    pub noise_rise_mv: f64,
    /// Most that noise adds \[mV\], 0..200.
    pub noise_most_mv: f64,
    /// Taken away every half hour once quiet for an hour \[mV\], 1..50.
    pub noise_fall_mv: f64,
    /// Added by an anode change \[mV\], 0..150.
    pub anode_change_mv: f64,
    /// That addition ramps away within \[h\], 1..24.
    pub anode_change_h: f64,
    /// Added by tapping \[mV\], 0..100.
    pub tap_mv: f64,
    /// That addition ramps away within \[h\], 0.5..12.
    pub tap_h: f64,
}

impl Default for ResistanceSettings {
    fn default() -> Self {
        Self {
            deadband_nohm: 40.0,
            deadband_noisy_nohm: 60.0,
            gain: 0.7,
            period_min: 10.0,
            interval_min: 15.0,
            move_most_mm: 0.5,
            move_after_operation_mm: 1.5,
            voltage_min_v: 3.70,
            voltage_max_v: 4.40,
            modifier_min_mv: -40.0,
            modifier_max_mv: 250.0,
            noise_level_mv: 10.0,
            noise_rise_mv: 5.0,
            noise_most_mv: 80.0,
            noise_fall_mv: 5.0,
            anode_change_mv: 40.0,
            anode_change_h: 8.0,
            tap_mv: 10.0,
            tap_h: 2.0,
        }
    }
}

impl ResistanceSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("resistance.deadband_nohm", self.deadband_nohm, 10.0, 200.0),
            ("resistance.deadband_noisy_nohm", self.deadband_noisy_nohm, 10.0, 300.0),
            ("resistance.gain", self.gain, 0.2, 1.0),
            ("resistance.period_min", self.period_min, 5.0, 60.0),
            ("resistance.interval_min", self.interval_min, 5.0, 120.0),
            ("resistance.move_most_mm", self.move_most_mm, 0.1, 2.0),
            ("resistance.move_after_operation_mm", self.move_after_operation_mm, 0.1, 3.0),
            ("resistance.voltage_min_v", self.voltage_min_v, 3.4, 4.2),
            ("resistance.voltage_max_v", self.voltage_max_v, 4.0, 5.0),
            ("resistance.modifier_min_mv", self.modifier_min_mv, -200.0, 0.0),
            ("resistance.modifier_max_mv", self.modifier_max_mv, 0.0, 500.0),
            ("resistance.noise_level_mv", self.noise_level_mv, 0.0, 50.0),
            ("resistance.noise_rise_mv", self.noise_rise_mv, 0.0, 30.0),
            ("resistance.noise_most_mv", self.noise_most_mv, 0.0, 200.0),
            ("resistance.noise_fall_mv", self.noise_fall_mv, 1.0, 50.0),
            ("resistance.anode_change_mv", self.anode_change_mv, 0.0, 150.0),
            ("resistance.anode_change_h", self.anode_change_h, 1.0, 24.0),
            ("resistance.tap_mv", self.tap_mv, 0.0, 100.0),
            ("resistance.tap_h", self.tap_h, 0.5, 12.0),
        ];
        report_ranges(&fields, report);
        if self.deadband_noisy_nohm < self.deadband_nohm {
            report(Error::Inconsistent {
                field: "resistance.deadband_noisy_nohm",
                reason: "the dead band of a noisy cell must not be narrower than the normal one",
            });
        }
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Resistance {
        let ohm = |millivolt: f64| millivolt * 1e-3 / design.current;
        Resistance {
            design: *design,
            deadband: self.deadband_nohm * 1e-9,
            deadband_noisy: self.deadband_noisy_nohm * 1e-9,
            gain: self.gain,
            period: self.period_min * 60.0,
            interval: self.interval_min * 60.0,
            most: self.move_most_mm * 1e-3,
            most_after_operation: self.move_after_operation_mm * 1e-3,
            lowest: (self.voltage_min_v - design.e_back) / design.current,
            highest: (self.voltage_max_v - design.e_back) / design.current,
            modifier_min: ohm(self.modifier_min_mv),
            modifier_max: ohm(self.modifier_max_mv),
            noise_level: ohm(self.noise_level_mv),
            noise_rise: ohm(self.noise_rise_mv) / 900.0,
            noise_most: ohm(self.noise_most_mv),
            noise_fall: ohm(self.noise_fall_mv) / 1800.0,
            anode_change: ohm(self.anode_change_mv),
            anode_change_fall: ohm(self.anode_change_mv) / (self.anode_change_h * 3600.0),
            tap: ohm(self.tap_mv),
            tap_fall: ohm(self.tap_mv) / (self.tap_h * 3600.0),
        }
    }
}

/// Run-time form of [`ResistanceSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Resistance {
    design: Design,
    deadband: f64,
    deadband_noisy: f64,
    gain: f64,
    period: f64,
    interval: f64,
    most: f64,
    most_after_operation: f64,
    lowest: f64,
    highest: f64,
    modifier_min: f64,
    modifier_max: f64,
    noise_level: f64,
    noise_rise: f64,
    noise_most: f64,
    noise_fall: f64,
    anode_change: f64,
    anode_change_fall: f64,
    tap: f64,
    tap_fall: f64,
}

/// What is added to the base target, each part visible \[Ω\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Modifiers {
    /// For noise.
    pub noise: f64,
    /// After an anode change.
    pub anode_change: f64,
    /// After tapping.
    pub tap: f64,
}

/// A move whose effect is being awaited.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Check {
    travel: f64,
    before: f64,
    position: f64,
    error: f64,
    elapsed: f64,
    sum: f64,
    count: u32,
}

/// Memory of the resistance loop.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct ResistanceState {
    modifiers: Modifiers,
    quiet: f64,
    since_decision: f64,
    since_move: f64,
    check: Option<Check>,
    failures: u8,
    fault: bool,
    saturated: bool,
}

impl ResistanceState {
    /// What is added to the base target at present.
    #[must_use]
    pub fn modifiers(&self) -> &Modifiers {
        &self.modifiers
    }

    /// The beam did not respond; automatic moves are inhibited until a person has looked.
    #[must_use]
    pub fn fault(&self) -> bool {
        self.fault
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
    /// Low-frequency noise \[V\] and its level.
    pub noise: (f64, NoiseLevel),
    /// Feed phase, mode and timers allow a move.
    pub allowed: bool,
    /// An operation ended within the last two hours.
    pub after_operation: bool,
    /// Time since the last scan \[s\].
    pub step: f64,
}

impl Resistance {
    /// Target with all modifiers, inside the voltage limits at this line current \[Ω\].
    #[must_use]
    pub fn target(&self, state: &ResistanceState) -> f64 {
        let m = &state.modifiers;
        let sum = clamp(m.noise + m.anode_change + m.tap, self.modifier_min, self.modifier_max);
        clamp(self.design.resistance + sum, self.lowest, self.highest)
    }

    /// An anode was changed: the new one carries little current for hours.
    pub fn anode_changed(&self, state: &mut ResistanceState) {
        state.modifiers.anode_change = self.anode_change;
        state.check = None;
    }

    /// Metal was tapped.
    pub fn tapped(&self, state: &mut ResistanceState) {
        state.modifiers.tap = self.tap;
        state.check = None;
    }

    /// A person took the beam over, or gives it back: no timer or check of ours survives.
    pub fn anchor(&self, state: &mut ResistanceState) {
        state.check = None;
        state.since_decision = 0.0;
        state.since_move = 0.0;
        state.failures = 0;
        state.fault = false;
    }

    /// The beam cannot be trusted: no automatic move until a person has looked.
    pub fn inhibit(&self, state: &mut ResistanceState, events: &mut Events) {
        if !state.fault {
            state.fault = true;
            events.push(EventKind::BeamFault);
        }
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
        self.modify(state, input);
        self.check(state, input, events);
        let target = self.target(state);
        state.saturated = target <= self.lowest || target >= self.highest;

        let waiting = state.since_decision < self.period || state.since_move < self.interval;
        let level = input.level?;
        if waiting || !input.allowed || state.fault || state.check.is_some() {
            return None;
        }
        state.since_decision = 0.0;
        let error = target - level.mean;
        let loud = input.noise.1 >= NoiseLevel::Noisy;
        let deadband = if loud { self.deadband_noisy } else { self.deadband };
        // An error that the noise explains is no error.
        if error.abs() < deadband.max(2.0 * level.mean_error) {
            return None;
        }
        let most = if input.after_operation { self.most_after_operation } else { self.most };
        let travel = clamp(self.gain * error / self.design.resistance_per_m, -most, most);
        (travel.abs() >= SMALLEST).then_some(travel)
    }

    /// Records that a move was really asked for, so that its effect can be checked.
    pub fn asked(&self, state: &mut ResistanceState, input: &ResistanceInput, travel: f64) {
        state.since_move = 0.0;
        let Some(level) = input.level else { return };
        let noise = if input.noise.0.is_finite() { input.noise.0 } else { 0.01 };
        state.check = Some(Check {
            travel,
            before: level.mean + 150.0 * level.slope,
            position: input.position,
            error: level.mean_error + (noise + 2e-3) / input.current,
            elapsed: 0.0,
            sum: 0.0,
            count: 0,
        });
    }

    /// Noise asks for distance at once and gives it back slowly; the other additions ramp away.
    fn modify(&self, state: &mut ResistanceState, input: &ResistanceInput) {
        let steps = match input.noise.1 {
            NoiseLevel::Unknown | NoiseLevel::Normal => 0.0,
            NoiseLevel::Noisy => 1.0,
            NoiseLevel::Unstable => 2.0,
            NoiseLevel::Severe => 3.0,
        };
        let noise = &mut state.modifiers.noise;
        if steps > 0.0 {
            state.quiet = 0.0;
            *noise = noise.max(steps * self.noise_level);
        } else {
            state.quiet += input.step;
        }
        if steps > 1.0 {
            *noise += self.noise_rise * input.step;
        } else if state.quiet > 3600.0 {
            *noise -= self.noise_fall * input.step;
        }
        *noise = clamp(*noise, 0.0, self.noise_most);
        let modifiers = &mut state.modifiers;
        modifiers.anode_change = approach(modifiers.anode_change, 0.0, self.anode_change_fall * input.step);
        modifiers.tap = approach(modifiers.tap, 0.0, self.tap_fall * input.step);
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
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            self.inhibit(state, events);
        }
    }
}

#[cfg(test)]
#[path = "resistance_tests.rs"]
mod tests;

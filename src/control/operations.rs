//! Work at the cell: what the controller does while people tap metal or change an anode.
//!
//! During tapping the beam follows the metal down so that the resistance stays what it was before;
//! a tap of 3.8 t on 70 m² lowers the metal by 23 mm within ten minutes. A crew that tops up with cold
//! bath also stops the alumina from dissolving: the resistance then rises although no metal leaves,
//! more slowly. What rises while no step is called for is therefore taken for the new reference: only
//! what rises fast is metal. During an anode change, and for half an hour after, nothing moves. Times, steps and aborts are engineering judgement.

use crate::Error;
use crate::consts::HOUR;
use crate::error::report_ranges;
use crate::estimate::Design;
use crate::image::{EventKind, Events, Mode};
use crate::math::{clamp, exp};

/// Time between two steps of the follow-down \[s\].
const FOLLOW_TIME: f64 = 20.0;
/// The resistance is smoothed over this time \[s\]: half a period of the metal's roll, 0.7 mm of tapping.
const SMOOTH: f64 = 20.0;
/// No step for this long: no metal flows \[s\] ...
const STILL: f64 = 150.0;
/// ... and the reference follows the resistance with this time constant \[s\]: a rise of 9 nΩ/min as
/// of a bath that goes lean stays 0.7 mm behind, metal that falls by 0.7 mm/min is still seen.
const FORGET: f64 = 300.0;
/// The metal is followed to where the drift of this time brings the distance back to what it was \[s\]:
/// the beam would else be raised again at once.
const PROVIDE: f64 = 3.0 * HOUR;
/// Part of a step that goes beyond the present error, for the metal falls on.
const AHEAD: f64 = 1.3;
/// Smaller steps are not worth a move \[m\].
const SMALLEST: f64 = 0.2e-3;
/// The voltage must be too high for this long before the follow-down is given up \[s\].
const OPEN_TIME: f64 = 10.0;

/// Settings of operations.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct OperationSettings {
    /// Rise of the voltage that starts a follow-down step \[mV\], 5..200.
    pub follow_band_mv: f64,
    /// Largest follow-down step \[mm\], 0.2..2.
    pub follow_step_mm: f64,
    /// Largest follow-down of one tap \[mm\], 5..60.
    pub follow_most_mm: f64,
    /// The follow-down is given up above this voltage \[V\], 4.4..6.
    pub abort_high_v: f64,
    /// The follow-down is given up below this voltage \[V\], 2.5..3.7.
    pub abort_low_v: f64,
    /// Tapping mode is left on too long after \[min\], 10..180.
    pub tap_timeout_min: f64,
    /// Anode-change mode is left on too long after \[min\], 10..240.
    pub anode_timeout_min: f64,
    /// No automatic beam move this long after an operation \[min\], 5..120.
    pub quiet_min: f64,
    /// Larger automatic moves are allowed this long after an operation \[min\], 0..480.
    pub grace_min: f64,
    /// No automatic beam move this long after manual control or lost data \[min\], 2..60.
    pub return_min: f64,
}

impl Default for OperationSettings {
    fn default() -> Self {
        Self {
            // Steps of 2 mm from 1.5 mm of error: 9 for a tap of 23 mm, where 1.5 mm take 13.
            follow_band_mv: 52.0,
            follow_step_mm: 2.0,
            follow_most_mm: 30.0,
            abort_high_v: 4.8,
            abort_low_v: 3.3,
            tap_timeout_min: 45.0,
            anode_timeout_min: 60.0,
            quiet_min: 30.0,
            grace_min: 120.0,
            return_min: 10.0,
        }
    }
}

impl OperationSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("operation.follow_band_mv", self.follow_band_mv, 5.0, 200.0),
            ("operation.follow_step_mm", self.follow_step_mm, 0.2, 2.0),
            ("operation.follow_most_mm", self.follow_most_mm, 5.0, 60.0),
            ("operation.abort_high_v", self.abort_high_v, 4.4, 6.0),
            ("operation.abort_low_v", self.abort_low_v, 2.5, 3.7),
            ("operation.tap_timeout_min", self.tap_timeout_min, 10.0, 180.0),
            ("operation.anode_timeout_min", self.anode_timeout_min, 10.0, 240.0),
            ("operation.quiet_min", self.quiet_min, 5.0, 120.0),
            ("operation.grace_min", self.grace_min, 0.0, 480.0),
            ("operation.return_min", self.return_min, 2.0, 60.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Operations {
        Operations {
            resistance_per_m: design.resistance_per_m,
            provide: (-design.acd_drift).max(0.0) * PROVIDE * design.resistance_per_m,
            band: self.follow_band_mv * 1e-3 / design.current,
            step: self.follow_step_mm * 1e-3,
            most: self.follow_most_mm * 1e-3,
            high: self.abort_high_v,
            low: self.abort_low_v,
            tap_timeout: self.tap_timeout_min * 60.0,
            anode_timeout: self.anode_timeout_min * 60.0,
            quiet: self.quiet_min * 60.0,
            grace: self.grace_min * 60.0,
            hands_back: self.return_min * 60.0,
        }
    }
}

/// Run-time form of [`OperationSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Operations {
    resistance_per_m: f64,
    provide: f64,
    band: f64,
    step: f64,
    most: f64,
    high: f64,
    low: f64,
    tap_timeout: f64,
    anode_timeout: f64,
    quiet: f64,
    grace: f64,
    hands_back: f64,
}

/// Memory of operations.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct OperationState {
    mode: Mode,
    in_mode: f64,
    quiet: f64,
    grace: f64,
    reference: f64,
    smooth: f64,
    followed: f64,
    since_step: f64,
    high: f64,
    aborted: bool,
    timed_out: bool,
}

impl Default for OperationState {
    fn default() -> Self {
        Self {
            mode: Mode::Off,
            in_mode: 0.0,
            quiet: 0.0,
            grace: 0.0,
            reference: f64::NAN,
            smooth: f64::NAN,
            followed: 0.0,
            since_step: 0.0,
            high: 0.0,
            aborted: false,
            timed_out: false,
        }
    }
}

impl OperationState {
    /// Mode acted upon.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The mode was left on longer than allowed.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.timed_out
    }

    /// No automatic beam move yet.
    #[must_use]
    pub fn quiet(&self) -> bool {
        self.quiet > 0.0
    }

    /// An operation ended lately, so larger moves are allowed.
    #[must_use]
    pub fn grace(&self) -> bool {
        self.grace > 0.0
    }

    /// The follow-down of this tap was given up.
    #[must_use]
    pub fn aborted(&self) -> bool {
        self.aborted
    }

    /// The resistance tells nothing of the metal, in an effect say. What it told before is of no use
    /// afterwards, for the anodes may stand elsewhere.
    pub fn unseen(&mut self) {
        self.smooth = f64::NAN;
        self.since_step = 0.0;
    }

    /// Records a follow-down step that was really asked for \[m\]; what it takes off the resistance
    /// \[Ω/m\] need not be waited for.
    pub fn moved(&mut self, travel: f64, resistance_per_m: f64) {
        self.since_step = 0.0;
        self.followed += travel.abs();
        self.smooth += travel * resistance_per_m;
    }
}

impl Operations {
    /// Starts at `mode` without treating it as a change; `reference` is the resistance to hold
    /// should it be tapping \[Ω\].
    pub fn begin(&self, state: &mut OperationState, mode: Mode, reference: f64) {
        *state = OperationState {
            mode,
            reference,
            smooth: reference,
            quiet: self.hands_back,
            ..OperationState::default()
        };
    }

    /// Data were lost: nothing moves until the picture is whole again.
    pub fn data_lost(&self, state: &mut OperationState) {
        state.quiet = state.quiet.max(self.hands_back);
    }

    /// Follows the mode switch; the mode that was just left, if it changed. `level` is the
    /// undisturbed resistance before \[Ω\].
    pub fn follow_mode(
        &self,
        state: &mut OperationState,
        mode: Mode,
        level: f64,
        step: f64,
        events: &mut Events,
    ) -> Option<Mode> {
        state.in_mode += step;
        state.quiet = (state.quiet - step).max(0.0);
        state.grace = (state.grace - step).max(0.0);
        let limit = match mode {
            Mode::Tapping => self.tap_timeout,
            Mode::AnodeChange => self.anode_timeout,
            _ => f64::INFINITY,
        };
        if mode == state.mode {
            if state.in_mode > limit && !state.timed_out {
                state.timed_out = true;
                events.push(EventKind::ModeTimeout);
            }
            return None;
        }
        let left = state.mode;
        events.push(EventKind::ModeChanged(mode));
        match left {
            Mode::Tapping | Mode::AnodeChange => {
                state.quiet = state.quiet.max(self.quiet);
                state.grace = self.quiet + self.grace;
            }
            Mode::Off | Mode::Manual | Mode::StartUp => state.quiet = state.quiet.max(self.hands_back),
            Mode::Auto => {}
        }
        state.mode = mode;
        state.in_mode = 0.0;
        state.timed_out = false;
        state.reference = level + if mode == Mode::Tapping { self.provide } else { 0.0 };
        state.smooth = level;
        state.followed = 0.0;
        state.since_step = 0.0;
        state.high = 0.0;
        state.aborted = false;
        Some(left)
    }

    /// Follow-down step wanted now, zero or negative \[m\]. `resistance` is the latest five-second
    /// mean \[Ω\].
    pub fn follow_metal(
        &self,
        state: &mut OperationState,
        resistance: f64,
        voltage: f64,
        step: f64,
    ) -> Option<f64> {
        if state.mode != Mode::Tapping {
            return None;
        }
        state.since_step += step;
        state.high = if voltage > self.high { state.high + step } else { 0.0 };
        if state.high >= OPEN_TIME || voltage < self.low {
            state.aborted = true;
        }
        if resistance.is_finite() {
            let before = if state.smooth.is_finite() { state.smooth } else { resistance };
            state.smooth = before + (1.0 - exp(-step / SMOOTH)) * (resistance - before);
        }
        let error = state.smooth - state.reference;
        if state.since_step > STILL && error > 0.0 {
            state.reference += (1.0 - exp(-step / FORGET)) * error;
        }
        let left = self.most - state.followed;
        let ready = state.since_step >= FOLLOW_TIME && !state.aborted && !state.timed_out;
        // A comparison with an unknown resistance is false, so nothing moves.
        let opened = error > self.band;
        if !ready || !opened || left < SMALLEST {
            return None;
        }
        let travel = clamp(AHEAD * error / self.resistance_per_m, 0.0, self.step.min(left));
        (travel >= SMALLEST).then_some(-travel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::DesignSettings;

    fn operations() -> Operations {
        OperationSettings::default().build(&DesignSettings::default().build())
    }

    fn tapping() -> (Operations, OperationState) {
        let operations = operations();
        let mut state = OperationState::default();
        operations.begin(&mut state, Mode::Auto, 4.6e-6);
        operations.follow_mode(&mut state, Mode::Tapping, 4.6e-6, 1.0, &mut Events::default());
        (operations, state)
    }

    /// Metal falls by 2 mm/min; the sum of the steps, the largest error seen \[m\], the steps.
    fn tap(operations: &Operations, state: &mut OperationState, minutes: usize) -> (f64, f64, usize) {
        let (mut gap, mut total, mut worst, mut steps) = (0.0, 0.0, 0.0_f64, 0);
        for _ in 0..minutes * 60 {
            gap += 2e-3 / 60.0;
            let resistance = 4.6e-6 + gap * 68e-6;
            if let Some(travel) = operations.follow_metal(state, resistance, 4.0, 1.0) {
                assert!((-2e-3..0.0).contains(&travel));
                state.moved(travel, 68e-6);
                steps += 1;
                gap += travel;
                total += travel;
            }
            worst = worst.max(gap);
        }
        (total, worst, steps)
    }

    #[test]
    fn what_was_seen_before_an_effect_lowers_nothing_after_it() {
        let (operations, mut state) = tapping();
        let follow = |state: &mut OperationState, resistance, scans| {
            (0..scans).filter_map(|_| operations.follow_metal(state, resistance, 4.0, 1.0)).count()
        };
        // Metal falls, and the step it calls for is about to come.
        assert_eq!(follow(&mut state, 5.0e-6, 19), 0);
        let mut seen = state.clone();
        assert!(follow(&mut seen, 5.0e-6, 5) > 0);
        // An effect burns, is quenched, and leaves the anodes near the metal.
        state.unseen();
        assert_eq!(follow(&mut state, f64::NAN, 3), 0);
        assert_eq!(follow(&mut state, 3.0e-6, 120), 0);
        // The metal goes on falling, and is seen again.
        assert!(follow(&mut state, 5.0e-6, 120) > 0);
    }

    #[test]
    fn the_beam_follows_the_metal() {
        let (operations, mut state) = tapping();
        let (total, worst, steps) = tap(&operations, &mut state, 11);
        let provided = operations.provide / operations.resistance_per_m;
        assert!((provided - 0.6e-3).abs() < 1e-9, "three hours of drift: {provided}");
        assert!((-0.023..-0.0195).contains(&(total - provided)), "{total}");
        assert!(worst < 2.5e-3 + provided, "{worst}");
        assert!(steps <= 14, "few steps: {steps}");
    }

    #[test]
    fn a_bath_that_goes_lean_is_no_metal() {
        let (operations, mut state) = tapping();
        tap(&operations, &mut state, 10);
        // 9 nΩ/min for half an hour after the last metal.
        let (mut resistance, mut steps) = (state.smooth, 0);
        for _ in 0..1800 {
            resistance += 9e-9 / 60.0;
            if let Some(travel) = operations.follow_metal(&mut state, resistance, 4.0, 1.0) {
                state.moved(travel, 68e-6);
                resistance += travel * 68e-6;
                steps += 1;
            }
        }
        assert!(steps <= 1, "what was still owed, and no more: {steps}");
        // A second tap under the same switch is followed again.
        let mut total = 0.0;
        for _ in 0..300 {
            resistance += 2e-3 / 60.0 * 68e-6;
            if let Some(travel) = operations.follow_metal(&mut state, resistance, 4.0, 1.0) {
                state.moved(travel, 68e-6);
                resistance += travel * 68e-6;
                total += travel;
            }
        }
        assert!(total < -0.007, "{total}");
    }

    #[test]
    fn it_never_follows_further_than_a_tap_can_go() {
        let (operations, mut state) = tapping();
        let (total, ..) = tap(&operations, &mut state, 40);
        assert!(total >= -0.030 - 1e-9, "{total}");
    }

    #[test]
    fn an_open_or_short_cell_ends_it() {
        for (voltage, seconds) in [(4.9, 11), (3.2, 1)] {
            let (operations, mut state) = tapping();
            for _ in 0..seconds {
                operations.follow_metal(&mut state, 4.6e-6, voltage, 1.0);
            }
            assert!(state.aborted());
            assert_eq!(tap(&operations, &mut state, 5).0, 0.0);
        }
    }

    #[test]
    fn an_unknown_reference_moves_nothing() {
        let operations = operations();
        let mut state = OperationState::default();
        operations.follow_mode(&mut state, Mode::Tapping, f64::NAN, 1.0, &mut Events::default());
        assert_eq!(tap(&operations, &mut state, 5).0, 0.0);
    }

    #[test]
    fn a_forgotten_mode_is_reported_once() {
        for (mode, minutes) in [(Mode::Tapping, 45), (Mode::AnodeChange, 60)] {
            let operations = operations();
            let mut state = OperationState::default();
            let mut reports = 0;
            for _ in 0..(minutes + 30) * 60 {
                let mut events = Events::default();
                operations.follow_mode(&mut state, mode, 4.6e-6, 1.0, &mut events);
                reports += events.iter().filter(|e| *e == EventKind::ModeTimeout).count();
            }
            assert!(reports == 1 && state.timed_out());
        }
    }

    #[test]
    fn nothing_moves_for_half_an_hour_after_an_operation() {
        let (operations, mut state) = tapping();
        let mut events = Events::default();
        assert_eq!(
            operations.follow_mode(&mut state, Mode::Auto, 4.6e-6, 1.0, &mut events),
            Some(Mode::Tapping)
        );
        let mut minutes = 0;
        while state.quiet() {
            operations.follow_mode(&mut state, Mode::Auto, 4.6e-6, 60.0, &mut events);
            minutes += 1;
        }
        assert_eq!(minutes, 30);
        assert!(state.grace());
    }
}

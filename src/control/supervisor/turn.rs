//! What ends and begins when data come back, and when somebody turns the mode switch.

use super::PotController;
use crate::control::PotState;
use crate::image::{EventKind, Events, Flags, Mode, PhaseReason, Reading};

/// Data missing for longer than this end what was being judged \[s\].
const LOST: f64 = 60.0;
/// A scan longer than this is a gap \[s\].
const GAP: f64 = 5.0;

impl PotController {
    /// First reading, or the first after a loss: no timer, debt or check of ours may jump.
    pub(super) fn come_back(&self, state: &mut PotState, reading: &Reading, step: f64, events: &mut Events) {
        if !state.started {
            state.started = true;
            self.operations.begin(&mut state.operations, reading.mode, self.design.resistance);
            if matches!(reading.mode, Mode::Manual | Mode::Off) {
                state.effect.hand_over(reading.beam_position);
            }
        }
        let was_stale = state.flags.has(Flags::STALE);
        if state.watch.stale(false, step).1 {
            events.push(EventKind::CameBack);
        }
        if !was_stale && step <= GAP {
            return;
        }
        let lost = state.lost.max(step);
        state.lost = 0.0;
        if lost > GAP {
            // Meanwhile the PLC fed the cell at its own pace.
            self.dosing.anchor(&mut state.dosing, state.cell.0);
        }
        if lost >= LOST {
            state.signal.clear_windows();
            self.operations.data_lost(&mut state.operations);
            if state.operations.mode() == Mode::Auto && !state.effect.active() {
                self.feed.resume(&mut state.feed, PhaseReason::Stale, events);
            }
        }
    }

    /// Acts on a turn of the mode switch.
    pub(super) fn follow_mode(
        &self,
        state: &mut PotState,
        reading: &Reading,
        step: f64,
        events: &mut Events,
    ) {
        // A level that is not from the last ten minutes says nothing about now.
        let target = self.resistance.target(&state.resistance);
        let level = if state.level.is_finite() && state.level_known < 600.0 { state.level } else { target };
        let Some(left) =
            self.operations.follow_mode(&mut state.operations, reading.mode, level, step, events)
        else {
            return;
        };
        let by_hand = |mode| matches!(mode, Mode::Manual | Mode::Off);
        match left {
            Mode::Tapping => self.resistance.tapped(&mut state.resistance),
            Mode::AnodeChange => self.resistance.anode_changed(&mut state.resistance),
            Mode::Manual | Mode::Off if !by_hand(reading.mode) => {
                state.effect.take_back(reading.beam_position);
                self.resistance.anchor(&mut state.resistance);
                self.dosing.anchor(&mut state.dosing, state.cell.0);
            }
            _ => {}
        }
        if by_hand(reading.mode) {
            state.effect.hand_over(reading.beam_position);
            self.resistance.anchor(&mut state.resistance);
        }
    }
}

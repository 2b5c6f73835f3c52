//! Rounds of the clamp meter: taken when they come, judged by the next scan.

use super::PotController;
use crate::control::PotState;
use crate::image::{Events, Flags, Mode, Reading, RodCurrents};
use crate::signal::RodInput;

impl PotController {
    /// A round over the anode rods was made; one that is not newer than the last is no news.
    pub fn rods(&self, state: &mut PotState, round: &RodCurrents) {
        state.rods.offer(round);
    }

    pub(super) fn judge_rods(
        &self,
        state: &mut PotState,
        reading: &Reading,
        flags: &mut Flags,
        events: &mut Events,
    ) {
        let changing = state.operations.mode() == Mode::AnodeChange || state.operations.quiet();
        let input = RodInput {
            current: reading.current,
            voltage: self.signal.normalised_voltage(state.signal.resistance()),
            changing,
            effect: state.effect.active(),
            off: !state.feeders.sound(),
        };
        if self.rods.update(&mut state.rods, &input, events) {
            self.dosing.trim(&mut state.dosing, state.rods.trims().map(|factor| factor - 1.0));
        }
        flags.set(Flags::LOW_VOLTAGE_EFFECT, state.rods.low_voltage_effect());
        flags.set(Flags::SPIKE, state.rods.spike());
    }
}

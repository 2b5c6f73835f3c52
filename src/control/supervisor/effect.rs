//! What the anode-effect sequence is shown of a cell.

use super::PotController;
use crate::control::PotState;
use crate::control::effect::{EffectInput, Wanted};
use crate::image::{Events, Mode, Reading, StatusBits};

impl PotController {
    pub(super) fn effect(
        &self,
        state: &mut PotState,
        reading: &Reading,
        resistance: f64,
        mode: Mode,
        step: f64,
        events: &mut Events,
    ) -> Wanted {
        let share = reading.current / self.design.current;
        // In manual the person acts, and without current there is none.
        let ours = !matches!(mode, Mode::Manual | Mode::Off) && share >= 0.5;
        let now = if resistance.is_finite() {
            resistance
        } else {
            self.signal.pseudo_resistance(reading.voltage, reading.current)
        };
        let free = reading.link.ready && !reading.status.has(StatusBits::BEAM_BUSY);
        let input = EffectInput {
            voltage: if ours { reading.voltage } else { 0.0 },
            resistance_share: now / self.resistance.target(&state.resistance),
            position: reading.beam_position,
            may_act: ours && free,
            // People work at an open cell, or it is in its early life: feed, but leave the beam alone.
            may_move: matches!(mode, Mode::Auto | Mode::Tapping),
            may_restore: mode == Mode::Auto && share >= 0.5,
            step,
        };
        self.effect.update(&mut state.effect, &input, events)
    }
}

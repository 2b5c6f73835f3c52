//! What the prediction of anode effects is shown of a cell.

use super::PotController;
use crate::control::PotState;
use crate::control::predict::PredictInput;
use crate::image::{Events, Flags, Mode, Reading, StatusBits};

impl PotController {
    pub(super) fn predict_effect(
        &self,
        state: &mut PotState,
        reading: &Reading,
        steady: bool,
        step: f64,
        flags: &mut Flags,
        events: &mut Events,
    ) {
        let resistance = state.signal.resistance();
        let by_beam = self.design.resistance_per_m * reading.beam_position;
        let target = self.resistance.target(&state.resistance);
        let input = PredictInput {
            estimate: &state.ekf,
            rods: &state.rods,
            level: steady.then_some((resistance - target, resistance - by_beam)),
            operation: state.operations.mode() != Mode::Auto,
            noise: state.signal.noise().low(),
            hopper_low: reading.status.has(StatusBits::HOPPER_LOW),
            rate: self.feed.rate(&state.feed),
            current: state.current,
            effect: state.effect.active(),
            step,
        };
        self.predict.update(&mut state.predict, &input, events);
        flags.set(Flags::EFFECT_LIKELY, state.predict.likely());
    }
}

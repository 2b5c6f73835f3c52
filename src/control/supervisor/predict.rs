//! What the prediction of anode effects is shown of a cell.

use super::PotController;
use crate::control::PotState;
use crate::control::predict::PredictInput;
use crate::image::{Events, Flags};

impl PotController {
    pub(super) fn predict_effect(
        &self,
        state: &mut PotState,
        step: f64,
        flags: &mut Flags,
        events: &mut Events,
    ) {
        let target = self.resistance.target(&state.resistance);
        let input = PredictInput {
            estimate: &state.ekf,
            slopes: state.signal.slopes(),
            rods: &state.rods,
            risen: state.signal.slopes().short.map(|fit| fit.mean - target),
            rate: self.feed.rate(&state.feed),
            current: state.current,
            effect: state.effect.active(),
            step,
        };
        self.predict.update(&mut state.predict, &input, events);
        flags.set(Flags::EFFECT_LIKELY, state.predict.likely());
    }
}

//! What the feed logic is shown of a cell.

use super::PotController;
use crate::control::PotState;
use crate::control::feed::{Estimate, FeedInput};
use crate::image::{Events, Mode, PhaseReason, Reading};

/// What an operation may leave above the target voltage, two millimetres of distance \[V\].
const AFTER_OPERATION: f64 = 0.075;

impl PotController {
    /// Feed rate relative to consumption \[1\], after this much alumina was `(fed, consumed)` since the
    /// last scan \[kg\].
    pub(super) fn feed_rate(
        &self,
        state: &mut PotState,
        reading: &Reading,
        (fed, consumed): (f64, f64),
        (blocked, raise): (Option<PhaseReason>, f64),
        step: f64,
        events: &mut Events,
    ) -> f64 {
        let level = state.signal.slopes().short;
        if let Some(fit) = level {
            state.level = fit.mean;
            state.level_known = 0.0;
        }
        state.level_known += step;
        let on_beam = self.design.resistance_per_m * reading.beam_position;
        let input = FeedInput {
            slopes: state.signal.slopes(),
            level: level.map(|fit| fit.mean - on_beam),
            risen: level.filter(|_| !state.resistance.fault()).map(|fit| {
                let open = if state.operations.grace() { AFTER_OPERATION } else { 0.0 };
                let target = self.resistance.target(&state.resistance) + open / self.design.current;
                fit.mean - 3.0 * fit.mean_error - target
            }),
            fed,
            consumed,
            current: state.current,
            operation: state.operations.mode() != Mode::Auto,
            effect: state.effect.active(),
            effect_likely: self.predict.prevents(&state.predict),
            blocked,
            raise,
            estimate: Estimate::of(&state.ekf),
            step,
        };
        self.feed.update(&mut state.feed, &input, events)
    }
}

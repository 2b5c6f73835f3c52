//! What is shown of a cell to who judges its feeders.

use super::PotController;
use crate::control::{FeedersInput, PotState};
use crate::image::{Events, Flags, Mode};

/// Alumina is missing from this ratio of the filter's test down: sound cells are seldom below it, -3.5 at
/// the least (simulator of this crate). Feed in blocks shows what the model gets wrong instead.
const MISSING: f64 = -2.5;

impl PotController {
    pub(super) fn judge_feeders(
        &self,
        state: &mut PotState,
        steady: bool,
        flags: &mut Flags,
        events: &mut Events,
    ) {
        let alone = state.operations.mode() == Mode::Auto && !state.operations.quiet();
        let input = FeedersInput {
            zones: state.rods.zones(),
            taken: state.rods.judged(),
            missing: self.feed.by_estimate() && state.ekf.unaccounted() < MISSING,
            calm: steady && alone && !state.effect.active(),
        };
        self.feeders.update(&mut state.feeders, (&self.dosing, &mut state.dosing), &input, events);
        let off = state.feeders.blocked().union(state.dosing.faulty());
        flags.set(Flags::FEEDER_FAULT, !off.is_empty() || state.ekf.leak() > 0.0);
    }
}

//! Demand feed as published: under-feed until the slope passes a fixed threshold, over-feed for a fixed
//! time (70 %, 140 %, 1 h; Dupuis, CIM 2011). For comparison only: the threshold knows nothing of the
//! slope's error, so noise triggers it on the rich side, and nothing bounds what is fed then.

use super::{Feed, FeedInput, FeedState};
use crate::image::{Events, FeedPhase, PhaseReason};

impl Feed {
    /// One scan.
    pub(super) fn demand(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) {
        match state.phase {
            FeedPhase::Under => {
                let steep = input.slopes.long.is_some_and(|fit| fit.slope >= self.slope_min);
                if steep || state.elapsed >= self.lean_timeout {
                    let reason = if steep { PhaseReason::Slope } else { PhaseReason::Lean };
                    state.over_time = self.over_default;
                    state.enter(FeedPhase::Over, reason, events);
                }
            }
            FeedPhase::Over if state.elapsed < state.over_time => {}
            _ => state.enter(FeedPhase::Under, PhaseReason::Timer, events),
        }
    }
}

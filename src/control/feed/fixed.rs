//! Fixed feed: what is consumed, whatever the resistance says. For comparison only: nothing brings the
//! cell back, and the efficiency that falls with alumina makes it run away slowly.

use super::{Feed, FeedState};
use crate::image::{Events, FeedPhase, PhaseReason};

impl Feed {
    /// One scan.
    pub(super) fn fixed(&self, state: &mut FeedState, events: &mut Events) {
        if state.phase != FeedPhase::Base {
            state.enter(FeedPhase::Base, PhaseReason::Timer, events);
        }
    }
}

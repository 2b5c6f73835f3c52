//! Which conditions of a cell are alarms.

use super::PotController;
use crate::control::{Conditions, PotState};
use crate::image::{Alarm, Events};

impl PotController {
    /// Takes the conditions of one scan to the alarms.
    pub(super) fn alarm(&self, state: &mut PotState, step: f64, events: &mut Events) {
        let mut now = Conditions::default();
        state.watch.tell(&mut now);
        now.set(Alarm::Effect, state.effect.active());
        now.set(Alarm::EffectNotQuenched, state.effect.active() && state.effect.called());
        now.set(Alarm::BeamFault, state.resistance.fault());
        now.set(Alarm::TargetSaturated, state.resistance.saturated());
        now.set(Alarm::FeederSilent, !state.dosing.faulty().is_empty());
        now.set(Alarm::HoleBlocked, !state.feeders.blocked().is_empty());
        now.set(Alarm::FeederLeaks, state.ekf.leak() > 0.0);
        now.set(Alarm::NoSlopeResponse, state.feed.alarmed());
        now.set(Alarm::EstimateLost, self.feed.estimate_lost(&state.feed));
        now.set(Alarm::EffectLikely, state.predict.likely());
        now.set(Alarm::Spike, state.rods.spike());
        now.set(Alarm::BathUnknown, state.bath.stale());
        now.set(Alarm::ModeTimeout, state.operations.timed_out());
        state.alarms.update(now, state.operations.mode(), step, events);
    }
}

//! Which of the wishes of one scan is asked for, and what follows when the guard lets it through.

use super::PotController;
use crate::control::PotState;
use crate::control::effect::Wanted;
use crate::control::resistance::ResistanceInput;
use crate::image::{Action, EventKind, Events, FeedPhase, Reading, StatusBits, Veto};

/// The same veto is reported again after this long \[s\].
const REMIND: f64 = 600.0;

/// What the parts of the controller ask for in one scan, but for the feed; travels \[m\].
#[derive(Debug, Clone, Copy)]
pub(super) struct Wishes {
    pub effect: Wanted,
    /// The move that clears a short, until it was asked for, and whether there is one.
    pub raise: Option<f64>,
    pub shorted: bool,
    pub by_metal: Option<f64>,
    pub by_loop: Option<f64>,
}

impl PotController {
    /// The action of the highest rank. A path that is busy is no reason for a veto, only for patience.
    pub(super) fn first(&self, state: &PotState, reading: &Reading, wishes: &Wishes) -> Action {
        let path_free = reading.link.ready
            && !reading.status.has(StatusBits::BEAM_BUSY)
            && !reading.status.has(StatusBits::FEED_BUSY);
        // A short is raised out of at once, then step by step; nothing else moves it.
        let by_work = wishes.by_metal.or(wishes.by_loop).filter(|travel| !wishes.shorted || *travel > 0.0);
        match (wishes.effect, wishes.raise.or(by_work)) {
            _ if !path_free => Action::None,
            (Wanted::Shots, _) => Action::Feed { feeders: self.dosing.in_service(&state.dosing) },
            (Wanted::Shot, _) => Action::Feed { feeders: self.dosing.next(&state.dosing) },
            (Wanted::Beam(travel), _) => Action::Beam { travel },
            (Wanted::Nothing, Some(travel)) => Action::Beam { travel },
            (Wanted::Nothing, None) => match self.dosing.due(&state.dosing) {
                Some(feeders) if state.feed.phase() != FeedPhase::Stop => Action::Feed { feeders },
                _ => Action::None,
            },
        }
    }

    /// Takes note of what the guard has let through, and of nothing else; `shown` is what the
    /// resistance loop went by.
    pub(super) fn made(
        &self,
        state: &mut PotState,
        action: Action,
        wishes: &Wishes,
        shown: &ResistanceInput,
        events: &mut Events,
    ) {
        match action {
            Action::None => {}
            Action::Feed { feeders } => {
                self.dosing.asked(&mut state.dosing, feeders);
                if matches!(wishes.effect, Wanted::Shots | Wanted::Shot) {
                    state.effect.fed();
                }
            }
            Action::Beam { travel } => {
                events.push(EventKind::BeamMove((travel * 1e5) as i16));
                state.watch.moved(travel);
                if matches!(wishes.effect, Wanted::Beam(_)) {
                    state.effect.moved(travel);
                } else if wishes.raise.is_some() {
                    state.watch.raised();
                } else if wishes.by_metal.is_some() {
                    state.operations.moved(travel, self.design.resistance_per_m);
                    state.effect.followed(travel);
                } else {
                    self.resistance.asked(&mut state.resistance, shown, travel);
                }
            }
        }
    }

    pub(super) fn report_veto(
        &self,
        state: &mut PotState,
        veto: Option<Veto>,
        step: f64,
        events: &mut Events,
    ) {
        if let Some((_, age)) = &mut state.vetoed {
            *age += step;
        }
        let Some(veto) = veto else { return };
        if state.vetoed.is_none_or(|(last, age)| last != veto || age > REMIND) {
            events.push(EventKind::Vetoed(veto));
            state.vetoed = Some((veto, 0.0));
        }
    }
}

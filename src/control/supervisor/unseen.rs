//! Scans without a reading. One or two that are missing make the next scan a longer one; after that the
//! cell is not seen.

use super::{LineView, PotController, Scan, Tick};
use crate::control::PotState;
use crate::estimate::{Disturbance, Input};
use crate::image::{Action, EventKind, Events, Flags, Reading};
use crate::signal::Surroundings;

/// Scans that are missing for less than this in a row are bridged \[s\]: well before a PLC takes the
/// controller for lost and feeds by itself, and no longer than a scan may be.
const BRIDGE: f64 = 5.0;

/// Time of the scans that were missing just before this one, if they were few \[s\].
pub(super) fn bridged(state: &mut PotState) -> f64 {
    if state.flags.has(Flags::STALE) { 0.0 } else { core::mem::take(&mut state.lost) }
}

impl PotController {
    /// Nothing to go by: nothing is asked.
    pub(super) fn not_see(
        &self,
        state: &mut PotState,
        line: &LineView,
        reading: &Reading,
        scan: Scan,
        events: &mut Events,
    ) -> Tick {
        let seen = state.started && !state.flags.has(Flags::STALE);
        if seen && state.lost + scan.step < BRIDGE {
            state.lost += scan.step;
        } else {
            let step = scan.step + bridged(state);
            self.blind(state, line, reading, Scan { step, ..scan }, events);
        }
        let wanted = self.command(state, Action::None);
        let guarded = self.guard.check(&mut state.guard, wanted, reading, f64::NAN, scan.now, scan.dt);
        let mut status = self.status(state, state.operations.mode(), f64::NAN);
        status.flags = Flags(state.flags.0 | Flags::STALE.0 | Flags::GATED.0);
        Tick { command: guarded.command, status, events: *events }
    }

    /// The cell goes on without being seen: consumption continues, the PLC feeds at its own pace, what
    /// it fed is learnt afterwards.
    fn blind(
        &self,
        state: &mut PotState,
        line: &LineView,
        reading: &Reading,
        scan: Scan,
        events: &mut Events,
    ) {
        let step = scan.step;
        if state.watch.stale(true, step).0 {
            events.push(EventKind::WentStale);
        }
        state.lost += step;
        let around = Surroundings { swing: line.swing, ..Surroundings::default() };
        self.signal.update(&mut state.signal, reading, around, step);
        // What went on when it was seen last goes on: a disturbance that ended and began with every
        // reading would leave its traces each time.
        let disturbance = Disturbance::of(state.operations.mode(), state.effect.active());
        let input = Input { current: state.current, noise: f64::NAN, disturbance, ..Input::default() };
        self.ekf.update(&mut state.ekf, &input, step);
        self.slow_track(state, None, false, 0.0, scan, events);
        state.flags = Flags(Flags::STALE.0 | Flags::GATED.0);
        self.alarm(state, step, events);
    }
}

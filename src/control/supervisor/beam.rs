//! What the resistance loop is shown of a cell, and when it may move the beam.

use super::{LineView, PotController};
use crate::control::PotState;
use crate::control::resistance::ResistanceInput;
use crate::image::{Mode, Reading};

impl PotController {
    /// Input of the resistance loop; `carries`: the line current is normal and steady; `now`: the
    /// resistance of this scan \[Ω\].
    pub(super) fn beam_input(
        &self,
        state: &PotState,
        line: &LineView,
        reading: &Reading,
        carries: bool,
        now: f64,
        step: f64,
    ) -> ResistanceInput {
        let noise = state.signal.noise().low();
        let free = state.operations.mode() == Mode::Auto
            && !state.operations.quiet()
            && !state.effect.active()
            && !state.effect.owes()
            && carries
            && line.beam_free;
        ResistanceInput {
            level: state.signal.slopes().short,
            now,
            current: reading.current,
            position: reading.beam_position,
            explained: self.resistance.explained(&state.ekf),
            noise: (noise, self.signal.noise_level(noise)),
            allowed: free && state.feed.beam_may_move(),
            may_restore: free,
            after_operation: state.operations.grace(),
            spike: state.rods.spike(),
            step,
        }
    }
}

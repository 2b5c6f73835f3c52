//! Safety gates: what no controller may do to a plant, judged by truth.
//!
//! Each rule counts once per occurrence. Limits are those any potroom would agree on; they are not
//! the controller's own limits.

use crate::consts::HOUR;
use crate::image::{Action, Command, Mode};
use crate::sim::Truth;

/// Longest time without alumina at normal current \[s\].
const STARVATION: f64 = HOUR;
/// Alumina that no cell should reach, mass fraction \[1\].
const FLOODED: f64 = 0.08;
/// Time outside the alumina limits before it counts \[s\].
const ALUMINA_TIME: f64 = 1_800.0;
/// An anode effect that nobody answers with alumina or a move for this long was missed \[s\].
const ANSWER_TIME: f64 = 60.0;
/// Shortest distance that counts as a short circuit \[m\].
const SHORT: f64 = 0.010;

/// Watches one cell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gates {
    unfed: f64,
    outside: f64,
    unanswered: f64,
    shorted: bool,
    /// People had the pot when the command was made.
    manned: bool,
    failures: u32,
}

impl Gates {
    /// One step; returns how many gates were broken in it.
    pub fn step(&mut self, truth: &Truth, nominal_current: f64, command: &Command, dt: f64) -> u32 {
        let before = self.failures;
        let share = truth.current / nominal_current;

        let raising = matches!(command.action, Action::Beam { travel } if travel > 0.0);
        self.failures += u32::from(raising && share < 0.5);
        // The command answers what was so before the step; a switch turned during it is nobody's fault.
        let now = matches!(truth.mode, Mode::Manual | Mode::Off);
        let manned = core::mem::replace(&mut self.manned, now) && now;
        self.failures += u32::from(manned && command.action != Action::None);

        count(
            &mut self.failures,
            &mut self.unfed,
            share > 0.9 && truth.fed <= 0.0 && !manned,
            STARVATION,
            dt,
        );
        let outside = truth.alumina > FLOODED || truth.alumina < truth.alumina_at_effect - 0.002;
        count(&mut self.failures, &mut self.outside, outside, ALUMINA_TIME, dt);
        let unanswered = truth.effect && command.action == Action::None && !manned;
        count(&mut self.failures, &mut self.unanswered, unanswered, ANSWER_TIME, dt);

        let shorted = truth.acd < SHORT && !truth.effect;
        self.failures += u32::from(shorted && !self.shorted);
        self.shorted = shorted;
        self.failures - before
    }
}

/// Counts a failure when `bad` has lasted `limit`, and again after each further `limit`.
fn count(failures: &mut u32, held: &mut f64, bad: bool, limit: f64, dt: f64) {
    *held = if bad { *held + dt } else { 0.0 };
    if *held > limit {
        *failures += 1;
        *held = 0.0;
    }
}

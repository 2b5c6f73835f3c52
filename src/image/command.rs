//! What the controller may ask of a cell.

use super::FeederSet;

/// One request. A PLC executes it once, owns its duration, and may refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Action {
    /// Nothing to do.
    #[default]
    None,
    /// One stroke of each feeder of the set.
    Feed {
        /// Which feeders dump one shot.
        feeders: FeederSet,
    },
    /// One beam move.
    Beam {
        /// Travel, upwards positive \[m\].
        travel: f64,
    },
}

/// What leaves the guard each tick, even when there is nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Command {
    /// At most one request; never repeated by the driver.
    pub action: Action,
    /// Interval between single strokes that the PLC keeps up on its own when the controller is
    /// lost \[s\].
    pub fallback_interval: f64,
    /// AlF3 to be dosed until told otherwise \[kg/s\]; nothing is changed without it.
    pub alf3: Option<f64>,
}

/// What became of the last request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub enum Outcome {
    /// No request was made since the link came up.
    #[default]
    Idle,
    /// Sent, not yet answered.
    Pending,
    /// Taken by the PLC and running.
    Accepted,
    /// Executed.
    Done,
    /// Refused: another pulse is running.
    Busy,
    /// Refused: out of range, wrong mode, interlock, or too soon.
    Rejected,
    /// The write may or may not have arrived; it is never repeated blindly.
    Unknown,
}

//! Where plant and controller meet: scenarios, the closed loop in one process, and the record that
//! scores a run by the plant's truth.

#[cfg(feature = "serde")]
mod closed_loop;
mod gates;
mod record;
#[cfg(feature = "serde")]
mod scenario;

#[cfg(feature = "serde")]
pub use closed_loop::{Job, Loop, run_all};
pub use gates::Gates;
pub use record::{CellRecord, LoggedEvent, Record, Row};
#[cfg(feature = "serde")]
pub use scenario::Scenario;

//! Where plant and controller meet: scenarios, the closed loop in one process, and the record that
//! scores a run by the plant's truth.

#[cfg(feature = "serde")]
pub mod bench;
#[cfg(feature = "serde")]
mod closed_loop;
#[cfg(feature = "parquet")]
mod columnar;
mod gates;
#[cfg(feature = "serde")]
mod keeper;
mod percentiles;
#[cfg(feature = "serde")]
mod pool;
mod record;
mod row;
#[cfg(feature = "serde")]
mod scenario;
mod settings;
mod trace;
mod trends;
#[cfg(feature = "serde")]
pub mod tuning;

#[cfg(feature = "serde")]
pub use closed_loop::{Job, Loop, Scanned, run_all, run_each};
pub use gates::{Gate, Gates};
#[cfg(feature = "serde")]
pub use keeper::{Contender, Guarded, Keeper, Make, Slow, Stack};
pub use percentiles::Percentiles;
pub use record::{CellRecord, LoggedEvent, Record};
pub use row::{COLUMNS, Column, Row};
#[cfg(feature = "serde")]
pub use scenario::Scenario;
pub use settings::{Format, RecordSettings};
pub use trends::{Origin, Trends};

//! The real-time loop: read every PLC, decide, write, wait for the next deadline.
//!
//! Deadlines are absolute, a late scan is counted and the missed ones are skipped, never made up for.
//! Work and wake-up lateness are recorded apart. Controller time comes from the PLCs' own sample
//! stamps, so the same loop runs at wall speed and faster. The heartbeat moves once per scan, after
//! the loop has made its decisions: if the loop hangs, the PLCs notice.

mod clock;
mod config;
mod memory;
mod northbound;
mod run;
mod stats;
mod tuning;

pub use clock::StampClock;
pub use config::{Config, PlcEntry};
pub use memory::{MemorySettings, Note};
pub use northbound::{NORTHBOUND_VERSION, Northbound};
pub use run::{Fault, Pace, Scan, Service};
pub use stats::{Percentiles, Summary, Timing};

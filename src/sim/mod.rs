//! The plant behind its sensors: cells in series, feeders and beam motors with faults, operations,
//! and seeded randomness.
//!
//! Outside this module only [`Field`](crate::image::Field) can be seen of a pot, as a PLC would see
//! it; [`Pot::truth`] exists for scoring and tests. Every random draw belongs to a stream named by
//! (seed, cell, channel), so adding a cell or a sensor changes no other cell's history.

mod feeder;
mod operation;
mod panel;
mod pot;
mod powerline;
pub mod reference;
mod rng;
mod section;
mod sensor;
mod settings;
mod spread;

pub use panel::Panel;
pub use pot::{Pot, Truth};
pub use rng::{Channel, Stream};
pub use section::Section;
pub use settings::{
    EventKind, EventSettings, LineSettings, PlantSettings, Preset, RoutineSettings, SensorSettings, Setup,
};

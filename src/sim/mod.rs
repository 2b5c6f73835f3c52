//! The plant behind its sensors: cells in series, feeders and beam motors with faults, operations,
//! and seeded randomness.
//!
//! | what | file |
//! |---|---|
//! | rectifiers, regulator, cells in series | `powerline` |
//! | planned currents, curtailment, trips | `profile` |
//! | what the grid asks of the line | `market` |
//! | shots, hoppers, holes in the crust | `feeder` |
//! | transducers; rod currents; laboratory and dipstick | `sensor`, `rods`, `lab` |
//! | telegrams to and from the PLC, its own feeding | `telegram`, `panel` |
//! | work of the crew, its calendar, the turn of the anodes | `operation` |
//! | what befalls a pot; what holds on in it | `fault`, `condition` |
//! | published models of others; many of their cells side by side | [`reference`], `batch` |
//! | what a scenario may say, and what cannot be | `settings`, `event`, `check` |
//!
//! Outside this module only [`Field`](crate::image::Field) can be seen of a pot, as a PLC would see
//! it; [`Pot::truth`] exists for scoring and tests. Every random draw belongs to a stream named by
//! (seed, cell, channel), so adding a cell or a sensor changes no other cell's history.

#[cfg(feature = "batch")]
pub mod batch;
mod check;
mod condition;
mod event;
mod fault;
mod feeder;
mod lab;
mod market;
mod operation;
mod panel;
mod pot;
mod powerline;
mod profile;
pub mod reference;
mod rng;
mod rods;
mod section;
mod sensor;
mod settings;
mod spread;
mod telegram;
mod until;

pub use event::{EventKind, EventSettings, Sensor};
pub use market::MarketSettings;
pub use panel::Panel;
pub use pot::{Pot, Truth};
pub use rng::{Channel, Stream};
pub use section::Section;
pub use settings::{
    DosedBy, FeederFaultSettings, LineSettings, PlantSettings, Preset, RoutineSettings, SensorSettings, Setup,
};

#[cfg(test)]
mod stress_tests;
#[cfg(test)]
mod tests;

//! What the controller believes about the inside of a cell.
//!
//! [`Design`] holds the controller's own, deliberately small, picture of the cell; [`Ekf`] estimates
//! dissolved alumina from it, [`Thermal`] temperature, excess AlF3 and superheat. All are independent of any plant model and meant to be a little wrong.

mod curve;
mod disturbance;
mod ekf;
mod heat;
mod model;
mod past;
mod thermal;
mod unaccounted;

pub use curve::{Curve, Predicted};
pub use disturbance::Disturbance;
pub use ekf::{Ekf, EkfSettings, EkfState, Innovation, Input, Rejection};
pub use model::{Design, DesignSettings};
pub use thermal::{Thermal, ThermalInput, ThermalSettings, ThermalState};

//! The cell voltage and what the current makes of it.
//!
//! Each part is a pure function of temperature, current density and bath; [`voltage()`] adds them
//! up. Current densities are those the source means: anode terms take the fanned (effective)
//! density, the cathode term that of the metal surface.

pub mod bubbles;
pub mod critical;
pub mod efficiency;
pub mod fanning;
pub mod overvoltage;
pub mod reaction;
pub mod reversible;
pub mod voltage;
pub mod yao2017;

pub use bubbles::{Bubbles, Wetting, bubbles};
pub use critical::{Haupin1998, piontelli1965};
pub use efficiency::{Dewing, metal_solubility, scaled_efficiency};
pub use fanning::Anode;
pub use overvoltage::{anode_concentration, anode_surface, anode_surface_rta, cathode_concentration};
pub use reaction::{anode_gas, reaction_enthalpy, reaction_voltage, reaction_voltage_cold_gas};
pub use reversible::{alumina_activity, reversible};
pub use voltage::{Breakdown, Design, Operating, voltage};

/// Square metres to square centimetres, and A/cm² to A/m².
pub(crate) const PER_CM2: f64 = 1e4;

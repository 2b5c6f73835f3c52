//! Metal pad and bath level.
//!
//! ```text
//! m' = made - tap                     h_M = m / (ρ A_cavity(ledge))
//! m_B/ρ_B = A d + (A - A_an)(h_B - d) for h_B > d: the bath beside and below the anodes
//! ```

use crate::bath::metal_density;
use crate::error::{Error, in_range};

/// Cavity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Cavity length between the side walls, no ledge \[m\].
    pub cavity_length: f64,
    /// Cavity width, no ledge \[m\].
    pub cavity_width: f64,
    /// Metal height at which the beam zero is defined \[m\].
    pub reference_height: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("metal.cavity_length", self.cavity_length, 5.0, 30.0)?;
        in_range("metal.cavity_width", self.cavity_width, 2.0, 6.0)?;
        in_range("metal.reference_height", self.reference_height, 0.05, 0.5)
    }

    /// Free area of a cavity whose sides carry `ledge` \[m\] of ledge \[m²\].
    #[must_use]
    pub fn area(&self, ledge: f64) -> f64 {
        let inner = |size: f64| (size - 2.0 * ledge).max(0.5);
        inner(self.cavity_length) * inner(self.cavity_width)
    }

    /// Height of `mass` \[kg\] of metal at `temperature` \[K\] \[m\].
    #[must_use]
    pub fn height(&self, mass: f64, temperature: f64, ledge: f64) -> f64 {
        mass / (metal_density(temperature) * self.area(ledge))
    }

    /// Height of bath above the metal: `volume` \[m³\], anodes of `anode_area` \[m²\] that hang `acd`
    /// \[m\] above the metal \[m\].
    #[must_use]
    pub fn bath_height(&self, volume: f64, anode_area: f64, acd: f64, ledge: f64) -> f64 {
        let area = self.area(ledge);
        let below = area * acd;
        if volume <= below { volume / area } else { acd + (volume - below) / (area - anode_area).max(1.0) }
    }
}

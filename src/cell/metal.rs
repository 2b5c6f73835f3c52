//! Metal pad, anode wear and the distance between them.
//!
//! ```text
//! m' = I CE M_Al/(3F) - tap             h = m / (ρ A_cavity(ledge))
//! wear' = (I/A) CE r_C M_Al/(3F ρ_C)    ACD = ACD_ref + beam + wear - (h - h_ref)
//! ```
//!
//! At 500 kA and the defaults the anodes wear 16 mm and the metal rises 26 mm a day, so the distance
//! shrinks by about 10 mm a day between taps.

use super::{Params as CellParams, State as CellState};
use crate::bath::metal_density;
use crate::consts::ALUMINIUM_PER_COULOMB;
use crate::error::{Error, in_range};
use crate::math::clamp;

/// Cavity and anodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Cavity length between the side walls, no ledge \[m\].
    pub cavity_length: f64,
    /// Cavity width, no ledge \[m\].
    pub cavity_width: f64,
    /// Bottom area of all anodes \[m²\].
    pub anode_area: f64,
    /// Net carbon use \[kg/kg Al\].
    pub carbon: f64,
    /// Density of baked carbon \[kg/m³\].
    pub carbon_density: f64,
    /// Distance at beam 0, no wear and the reference metal height \[m\].
    pub reference_acd: f64,
    /// Metal height at which that holds \[m\].
    pub reference_height: f64,
    /// Beam stroke, from 0 \[m\].
    pub stroke: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("metal.cavity_length", self.cavity_length, 5.0, 30.0)?;
        in_range("metal.cavity_width", self.cavity_width, 2.0, 6.0)?;
        in_range("metal.anode_area", self.anode_area, 5.0, 120.0)?;
        in_range("metal.carbon", self.carbon, 0.33, 0.6)?;
        in_range("metal.carbon_density", self.carbon_density, 1_300.0, 1_800.0)?;
        in_range("metal.reference_acd", self.reference_acd, -0.5, 0.5)?;
        in_range("metal.reference_height", self.reference_height, 0.05, 0.5)?;
        in_range("metal.stroke", self.stroke, 0.05, 0.6)
    }
}

/// Metal, anodes, beam.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Metal in the cell \[kg\].
    pub mass: f64,
    /// Mean wear of the anode bottoms since the start \[m\].
    pub wear: f64,
    /// Beam position, upwards positive \[m\].
    pub beam: f64,
}

/// Metal height \[m\].
#[must_use]
pub fn height(p: &CellParams, x: &CellState) -> f64 {
    let inner = |size: f64| (size - 2.0 * x.heat.ledge).max(0.5);
    let area = inner(p.metal.cavity_length) * inner(p.metal.cavity_width);
    x.metal.mass / (metal_density(x.heat.temperature) * area)
}

/// Anode–cathode distance \[m\]; an anode that touches the metal keeps a film of 2 mm.
#[must_use]
pub fn acd(p: &Params, x: &State, height: f64) -> f64 {
    (p.reference_acd + x.beam + x.wear - (height - p.reference_height)).max(0.002)
}

/// One step; returns the metal made \[kg\].
pub(super) fn step(p: &Params, x: &mut State, charge: f64, efficiency: f64, tapped: f64, travel: f64) -> f64 {
    let made = charge * efficiency * ALUMINIUM_PER_COULOMB;
    x.mass += made - tapped;
    x.wear += made * p.carbon / (p.carbon_density * p.anode_area);
    x.beam = clamp(x.beam + travel, 0.0, p.stroke);
    made
}

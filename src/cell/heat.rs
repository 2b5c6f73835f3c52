//! Heat balance of bath, metal, crust and lining.
//!
//! ```text
//! C_B T_B' = I (V - V_ext) - Joule(anodes, cathode) - P_reaction - Q_feed - Q_anodes - Q_crust
//!            - Q_ledge,B - G (T_B - T_M) - Q_vent
//! C_M T_M' = G (T_B - T_M) - Q_ledge,M - (T_M - T_1)/R_1
//! C_1 T_1' = I² R_ca + (T_M - T_1)/R_1 - (T_1 - T_2)/R_2 - (T_1 - T_amb)/R_edge
//! C_2 T_2' = (T_1 - T_2)/R_2 - (T_2 - T_amb)/R_3
//! ```
//!
//! T_1 the cathode blocks, T_2 the insulation. Two-zone rule (Dupuis & Haupin, TMS 2003): edges,
//! collector bars and bottom follow the temperature of the cell, the ledge follows the superheat
//! only. Above 1100 °C crust and bath go: what is vented then keeps a runaway finite (unverified).
//!
//! Explicit Euler: the fastest time constant, between bath and metal, is above 30 s, the step at most
//! 2 s.

use crate::bath::heat::{CP_BATH, CP_METAL};
use crate::error::{Error, in_range};
use crate::math::clamp;

/// Heat paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Hood gas \[K\].
    pub gas: f64,
    /// Potroom \[K\].
    pub ambient: f64,
    /// Crust between the anodes and beside them \[m²\].
    pub crust_area: f64,
    /// Cover when freshly dressed \[m\].
    pub cover: f64,
    /// Conductivity of crust and cover \[W/(m K)\].
    pub cover_conductivity: f64,
    /// Film between cover and hood gas \[W/(m² K)\].
    pub cover_film: f64,
    /// Cover that sinks into the crust \[m/s\].
    pub cover_loss: f64,
    /// Extra loss while the crust is open \[W\].
    pub open_crust: f64,
    /// Conductance between bath and metal \[W/K\].
    pub bath_metal: f64,
    /// Metal to cathode blocks, R_1 \[K/W\].
    pub block_resistance: f64,
    /// Blocks to insulation, R_2 \[K/W\].
    pub lining_resistance: f64,
    /// Insulation to potroom, R_3 \[K/W\].
    pub bottom_resistance: f64,
    /// Blocks to potroom through edges and collector bars \[K/W\].
    pub edge_resistance: f64,
    /// Heat capacity of the blocks, C_1 \[J/K\].
    pub block_capacity: f64,
    /// Heat capacity of the insulation, C_2 \[J/K\].
    pub lining_capacity: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("heat.gas", self.gas, 250.0, 600.0)?;
        in_range("heat.ambient", self.ambient, 230.0, 340.0)?;
        in_range("heat.crust_area", self.crust_area, 0.5, 40.0)?;
        in_range("heat.cover", self.cover, 0.01, 0.5)?;
        in_range("heat.cover_conductivity", self.cover_conductivity, 0.1, 5.0)?;
        in_range("heat.cover_film", self.cover_film, 2.0, 200.0)?;
        in_range("heat.cover_loss", self.cover_loss, 0.0, 1e-5)?;
        in_range("heat.open_crust", self.open_crust, 0.0, 1e6)?;
        in_range("heat.bath_metal", self.bath_metal, 1e4, 5e5)?;
        in_range("heat.block_resistance", self.block_resistance, 1e-5, 1e-1)?;
        in_range("heat.lining_resistance", self.lining_resistance, 1e-4, 1.0)?;
        in_range("heat.bottom_resistance", self.bottom_resistance, 1e-4, 1.0)?;
        in_range("heat.edge_resistance", self.edge_resistance, 1e-4, 1.0)?;
        in_range("heat.block_capacity", self.block_capacity, 1e6, 1e9)?;
        in_range("heat.lining_capacity", self.lining_capacity, 1e6, 1e9)
    }

    /// Blocks and insulation in balance under metal at `metal` \[K\] with `joule` \[W\] in the blocks
    /// \[K, K\].
    pub(super) fn steady_lining(&self, metal: f64, joule: f64) -> [f64; 2] {
        let below = self.lining_resistance + self.bottom_resistance;
        let out = 1.0 / below + 1.0 / self.edge_resistance;
        let blocks = (metal / self.block_resistance + joule + self.ambient * out)
            / (1.0 / self.block_resistance + out);
        let insulation = self.ambient + (blocks - self.ambient) * self.bottom_resistance / below;
        [blocks, insulation]
    }
}

/// Temperatures and cover.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Bath \[K\].
    pub bath: f64,
    /// Metal \[K\].
    pub metal: f64,
    /// Cathode blocks \[K\].
    pub blocks: f64,
    /// Insulation \[K\].
    pub insulation: f64,
    /// Cover thickness \[m\].
    pub cover: f64,
    /// Share of the crust without cover \[1\].
    pub bare: f64,
}

/// Heat capacity of the bath \[J/K\].
#[must_use]
pub fn bath_capacity(mass: f64) -> f64 {
    mass * CP_BATH
}

/// Heat capacity of the metal \[J/K\].
#[must_use]
pub fn metal_capacity(mass: f64) -> f64 {
    mass * CP_METAL
}

/// Above this the cell vents its heat \[K\], and how \[W/K\].
const VENT: (f64, f64) = (1_373.15, 200e3);
/// Cover over a place that was dug open and has crusted again \[m\].
const THIN_COVER: f64 = 0.03;

/// What acts on the temperatures in a step.
pub(super) struct Drive {
    /// Heat made in the bath less what reaction, feed and anodes take \[W\].
    pub bath: f64,
    /// Joule heat in the cathode \[W\].
    pub cathode: f64,
    /// From the bath and from the metal to the ledge \[W\].
    pub ledge: (f64, f64),
    /// Heat capacities of bath and metal \[J/K\].
    pub capacity: (f64, f64),
    /// The crust is open.
    pub crust_open: bool,
    /// The cover is dressed.
    pub dress: bool,
}

/// Powers of a step \[W\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Exchange {
    /// Through crust and cover.
    pub crust: f64,
    /// Vented above 1100 °C.
    pub vented: f64,
    /// Through edges and collector bars.
    pub edge: f64,
    /// Through the bottom.
    pub bottom: f64,
    /// Stored in the bath.
    pub bath: f64,
    /// Stored in the metal.
    pub metal: f64,
    /// Stored in blocks and insulation.
    pub lining: f64,
}

/// One step.
pub(super) fn step(p: &Params, x: &mut State, d: &Drive, dt: f64) -> Exchange {
    if d.dress {
        (x.cover, x.bare) = (p.cover, 0.0);
    }
    let per_area = |cover: f64| 1.0 / (cover / p.cover_conductivity + 1.0 / p.cover_film);
    let bare = clamp(x.bare, 0.0, 1.0);
    let crust_conductance = p.crust_area * ((1.0 - bare) * per_area(x.cover) + bare * per_area(THIN_COVER));
    x.cover = (x.cover - p.cover_loss * dt).max(THIN_COVER);

    let crust = crust_conductance * (x.bath - p.gas) + if d.crust_open { p.open_crust } else { 0.0 };
    let vented = VENT.1 * (x.bath - VENT.0).max(0.0);
    let to_metal = p.bath_metal * (x.bath - x.metal);
    let to_blocks = (x.metal - x.blocks) / p.block_resistance;
    let to_insulation = (x.blocks - x.insulation) / p.lining_resistance;
    let edge = (x.blocks - p.ambient) / p.edge_resistance;
    let bottom = (x.insulation - p.ambient) / p.bottom_resistance;

    let bath = d.bath - crust - vented - d.ledge.0 - to_metal;
    let metal = to_metal - d.ledge.1 - to_blocks;
    let blocks = d.cathode + to_blocks - to_insulation - edge;
    let insulation = to_insulation - bottom;
    x.bath += bath * dt / d.capacity.0;
    x.metal += metal * dt / d.capacity.1;
    x.blocks += blocks * dt / p.block_capacity;
    x.insulation += insulation * dt / p.lining_capacity;
    Exchange { crust, vented, edge, bottom, bath, metal, lining: blocks + insulation }
}

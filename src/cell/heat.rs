//! Heat balance and the moving boundary of the side ledge (炉帮).
//!
//! ```text
//! C T' = I (V - V_ext) - P_reaction - Q_feed - Q_top - Q_edge - Q_bottom - h A (T - T_liq) - ...
//! ρ L_f A s' = (T_liq - T_amb) A / (s/k + R) - h A (T - T_liq)
//! ```
//!
//! C is the heat capacity of bath and metal \[J/K\], s the ledge thickness. What flows through the
//! ledge depends only on its thickness, what reaches it only on the superheat: a colder bath freezes
//! ledge, which thins the heat path and concentrates AlF3, and so the superheat finds its way back.
//! Two-zone rule (Dupuis & Haupin, TMS 2003): the edge and bottom losses follow the bath temperature,
//! the ledge loss follows the superheat only.
//!
//! Explicit Euler: the fastest time constant is above 700 s, the step at most 2 s.

use super::slow::Slow;
use crate::bath::heat::{CP_BATH, CP_METAL, LATENT_LEDGE};
use crate::error::{Error, in_range};

/// Heat paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Anodes, crust and cover to the hood gas \[K/W\].
    pub top_resistance: f64,
    /// Temperature of the hood gas \[K\].
    pub gas_temperature: f64,
    /// Ledge-free edges, bars and shell ends \[K/W\].
    pub edge_resistance: f64,
    /// Bottom lining \[K/W\].
    pub bottom_resistance: f64,
    /// Potroom \[K\].
    pub ambient: f64,
    /// Extra top loss while the crust is open \[W\].
    pub open_crust_loss: f64,
    /// Ledge area, bath and metal level \[m²\].
    pub ledge_area: f64,
    /// Film coefficient times area, bath and metal to ledge \[W/K\].
    pub ledge_film: f64,
    /// Conductivity of frozen bath \[W/(m K)\].
    pub ledge_conductivity: f64,
    /// Density of frozen bath \[kg/m³\].
    pub ledge_density: f64,
    /// Side wall, shell and outer film \[m² K/W\].
    pub wall_resistance: f64,
    /// Thinnest ledge: below it the wall is bare \[m\].
    pub ledge_min: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("heat.top_resistance", self.top_resistance, 1e-4, 1e-1)?;
        in_range("heat.gas_temperature", self.gas_temperature, 250.0, 600.0)?;
        in_range("heat.edge_resistance", self.edge_resistance, 1e-4, 1.0)?;
        in_range("heat.bottom_resistance", self.bottom_resistance, 1e-4, 1.0)?;
        in_range("heat.ambient", self.ambient, 230.0, 340.0)?;
        in_range("heat.open_crust_loss", self.open_crust_loss, 0.0, 1e6)?;
        in_range("heat.ledge_area", self.ledge_area, 1.0, 60.0)?;
        in_range("heat.ledge_film", self.ledge_film, 500.0, 200e3)?;
        in_range("heat.ledge_conductivity", self.ledge_conductivity, 0.5, 4.0)?;
        in_range("heat.ledge_density", self.ledge_density, 2_000.0, 3_500.0)?;
        in_range("heat.wall_resistance", self.wall_resistance, 1e-3, 1.0)?;
        in_range("heat.ledge_min", self.ledge_min, 0.001, 0.05)
    }

    /// Heat through a ledge of thickness `ledge` \[m\] at liquidus `liquidus` \[K\] \[W\].
    #[must_use]
    pub fn through_ledge(&self, ledge: f64, liquidus: f64) -> f64 {
        (liquidus - self.ambient) * self.ledge_area / (ledge / self.ledge_conductivity + self.wall_resistance)
    }
}

/// Temperature and ledge.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Bath and metal \[K\].
    pub temperature: f64,
    /// Ledge thickness \[m\].
    pub ledge: f64,
}

/// What the losses were during a step \[W\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Losses {
    /// Through the top.
    pub top: f64,
    /// Through ledge-free edges.
    pub edge: f64,
    /// Through the bottom.
    pub bottom: f64,
    /// From the bath into the ledge surface.
    pub film: f64,
    /// Through the ledge to the shell.
    pub ledge: f64,
}

/// Heat capacity of bath and metal \[J/K\].
#[must_use]
pub fn capacity(bath_mass: f64, metal_mass: f64) -> f64 {
    bath_mass * CP_BATH + metal_mass * CP_METAL
}

/// Losses in the present state.
pub(super) fn losses(p: &Params, x: &State, slow: &Slow, crust_open: bool) -> Losses {
    Losses {
        top: (x.temperature - p.gas_temperature) / p.top_resistance
            + if crust_open { p.open_crust_loss } else { 0.0 },
        edge: (x.temperature - p.ambient) / p.edge_resistance,
        bottom: (x.temperature - p.ambient) / p.bottom_resistance,
        film: p.ledge_film * (x.temperature - slow.liquidus),
        ledge: p.through_ledge(x.ledge, slow.liquidus),
    }
}

/// Advances the ledge; returns the cryolite frozen \[kg\] (negative: melted) and the heat that
/// returned to the bath because there was no ledge left to melt \[J\].
pub(super) fn ledge_step(p: &Params, x: &mut State, losses: &Losses, dt: f64) -> (f64, f64) {
    let wanted = (losses.ledge - losses.film) * dt / LATENT_LEDGE;
    let per_metre = p.ledge_density * p.ledge_area;
    // At the thinnest ledge nothing is left to melt: the wall takes what the film delivers, and
    // what it cannot pass stays in the bath.
    let frozen = wanted.max((p.ledge_min - x.ledge) * per_metre);
    x.ledge += frozen / per_metre;
    (frozen, (frozen - wanted) * LATENT_LEDGE)
}

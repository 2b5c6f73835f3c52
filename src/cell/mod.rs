//! The plant: one 500 kA prebaked cell, zone by zone and anode by anode.
//!
//! | phenomenon | file | states |
//! |---|---|---|
//! | feeding and dissolution | [`alumina`] | per zone: dissolved, fast pool, agglomerates, sludge \[kg\] |
//! | exchange between zones | [`mixing`] | |
//! | bath inventory | [`chemistry`] | cryolite, AlF3, CaF2, MgF2, LiF, KF, liquid and frozen \[kg\] |
//! | heat | [`heat`] | bath, metal, blocks, insulation \[K\], cover \[m\] |
//! | side ledge and walls | [`ledge`] | per segment: thickness \[m\], wall \[K\] |
//! | metal pad, bath level | [`metal`] | metal \[kg\] |
//! | anodes | [`anode`] | per anode: hang, height, crust, spike \[m\], temperature \[K\] |
//! | division of the current | [`network`] | anode currents \[A\] |
//! | anode effect, perfluorocarbons | [`effect`] | per anode: gas film and its removal |
//! | voltage noise | [`noise`] | bubbles \[V\], modes of the metal surface \[m\] |
//!
//! The electrical and thermochemical correlations are those of [`crate::electro`] and
//! [`crate::bath`]; [`step`](Cell::step) says in which order they meet. Parameters never change in
//! a run, the state is the least memory the cell needs besides what it would work out again, inputs
//! are held over a step. The random numbers of the noise are an input too: this module draws none.
//!
//! What does not change within seconds is worked out in turns: the zones one after the other, each
//! every [`TURN`] seconds with its anodes; the bath as a whole every half minute.

pub mod alumina;
pub mod anode;
pub mod chemistry;
pub mod effect;
mod electricity;
mod flags;
mod flows;
pub mod heat;
mod input;
pub mod ledge;
pub mod metal;
pub mod mixing;
pub mod network;
pub mod noise;
mod presets;
mod slow;
mod start;
mod step;

use crate::bath::Composition;
use crate::electro;
use crate::error::{Error, in_range};

pub use flags::Flags;
pub use flows::{Flows, Output};
pub use input::Input;
pub use network::PerAnode;
pub use presets::pb500;
pub use slow::TURN;
pub use start::Start;

/// Most feeding zones of a cell: one per point feeder.
pub const MAX_ZONES: usize = 8;
pub use crate::image::MAX_ANODES;
/// Independent standard normal draws that a step needs.
pub const DRAWS: usize = 4;

/// What makes one cell differ from another. Never changes during a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Line current the cell is designed for \[A\].
    pub nominal_current: f64,
    /// Areas, resistances and anode-effect point of the voltage.
    pub design: electro::Design,
    /// Feeding and dissolution.
    pub alumina: alumina::Params,
    /// Evaporation, capture, lining.
    pub chemistry: chemistry::Params,
    /// Heat paths.
    pub heat: heat::Params,
    /// Ledge and walls.
    pub ledge: ledge::Params,
    /// Cavity.
    pub metal: metal::Params,
    /// Anodes and beam.
    pub anode: anode::Params,
    /// Anode effect.
    pub effect: effect::Params,
    /// Noise.
    pub noise: noise::Params,
    /// Current-efficiency constant of this cell.
    pub efficiency: electro::Dewing,
}

/// The memory of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// Alumina of each zone.
    pub zones: [alumina::Zone; MAX_ZONES],
    /// Bath without alumina.
    pub bath: chemistry::State,
    /// Temperatures and cover.
    pub heat: heat::State,
    /// Ledge and walls.
    pub ledge: ledge::State,
    /// Metal \[kg\].
    pub metal: f64,
    /// Beam position, upwards positive \[m\].
    pub beam: f64,
    /// The anodes.
    pub anodes: [anode::Anode; MAX_ANODES],
    /// Currents.
    pub network: network::Network,
    /// Gas films.
    pub effect: effect::State,
    /// Noise oscillators.
    pub noise: noise::State,
    /// What is worked out in turns.
    slow: slow::Slow,
}

impl State {
    /// Alumina dissolved in the bath \[kg\].
    #[must_use]
    pub fn dissolved(&self) -> f64 {
        self.zones.iter().map(|z| z.dissolved).sum()
    }

    /// Sludge (沉淀) \[kg\].
    #[must_use]
    pub fn sludge(&self) -> f64 {
        self.zones.iter().map(|z| z.sludge).sum()
    }

    /// All alumina in the cell \[kg\].
    #[must_use]
    pub fn alumina(&self) -> f64 {
        self.zones.iter().map(alumina::Zone::total).sum()
    }

    /// Liquid bath with its alumina \[kg\].
    #[must_use]
    pub fn bath_mass(&self) -> f64 {
        self.bath.liquid.mass() + self.dissolved()
    }
}

/// A cell: parameters that do not change, and what follows from them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    params: Params,
    critical: electro::Haupin1998,
    /// Zone of each anode, and where each zone begins and ends in the first row; the second is alike.
    zone_of: [u8; MAX_ANODES],
    places: [(u8, u8); MAX_ZONES],
    /// Share of the anodes, and so of the bath, in each zone \[1\].
    weight: [f64; MAX_ZONES],
    shapes: noise::Shapes,
}

impl Cell {
    /// Longest step the explicit heat balance is meant for \[s\].
    pub const MAX_STEP: f64 = 2.0;

    /// Builds a cell.
    ///
    /// # Errors
    /// The first parameter outside its range.
    pub fn new(params: Params) -> Result<Self, Error> {
        params.validate()?;
        let (count, zones) = (params.anode.count, params.alumina.zones);
        let row = (count / 2).max(1);
        let mut zone_of = [0; MAX_ANODES];
        let mut places = [(0, 0); MAX_ZONES];
        let mut weight = [0.0; MAX_ZONES];
        for (k, zone) in zone_of.iter_mut().enumerate().take(count) {
            let z = (k % row) * zones / row;
            *zone = z as u8;
            if let Some(share) = weight.get_mut(z) {
                *share += 1.0 / count as f64;
            }
        }
        for (z, (begin, end)) in places.iter_mut().enumerate() {
            let before = |next: usize| zone_of.iter().take(row).filter(|of| usize::from(**of) < next).count();
            (*begin, *end) = (before(z) as u8, before(z + 1) as u8);
        }
        let critical = effect::critical_current(&params);
        Ok(Self { critical, zone_of, places, weight, shapes: noise::Shapes::new(count), params })
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Zone in which `anode` hangs; both count from 0.
    #[must_use]
    pub fn zone_of(&self, anode: usize) -> usize {
        self.zone_of.get(anode).copied().map_or(0, usize::from)
    }

    /// The anodes that hang in `zone`, in their order.
    fn anodes_of(&self, zone: usize) -> impl Iterator<Item = usize> + use<> {
        let (begin, end) = self.places.get(zone).copied().unwrap_or_default();
        let row = self.params.anode.count / 2;
        let places = usize::from(begin)..usize::from(end);
        places.clone().chain(row + places.start..row + places.end)
    }

    /// Share of the bath in each zone \[1\]; 0 beyond the last.
    #[must_use]
    pub fn weights(&self) -> &[f64; MAX_ZONES] {
        &self.weight
    }

    /// Liquid bath, alumina included, as a sample of the whole cell would show it.
    #[must_use]
    pub fn composition(&self, state: &State) -> Composition {
        chemistry::composition(&state.bath.liquid, state.dissolved())
    }

    /// Dissolved alumina of a zone, mass fraction \[1\].
    #[must_use]
    pub fn zone_alumina(&self, state: &State, zone: usize) -> f64 {
        let (Some(z), Some(share)) = (state.zones.get(zone), self.weight.get(zone)) else { return 0.0 };
        chemistry::alumina_fraction(z.dissolved, state.bath.liquid.mass() * share)
    }

    /// Metal height \[m\].
    #[must_use]
    pub fn metal_height(&self, state: &State) -> f64 {
        let p = &self.params;
        p.metal.height(state.metal, state.heat.metal, p.ledge.mean(&state.ledge, true))
    }

    /// Mean anode–cathode distance \[m\].
    #[must_use]
    pub fn acd(&self, state: &State) -> f64 {
        let count = self.params.anode.count;
        let hang = state.anodes.iter().take(count).map(|a| a.hang).sum::<f64>() / count as f64;
        network::distance(self.gap(state, self.metal_height(state)) + hang)
    }

    /// Distance of an anode that hangs at the beam's zero line, metal at `height` \[m\].
    fn gap(&self, state: &State, height: f64) -> f64 {
        self.params.anode.reference_acd + state.beam - (height - self.params.metal.reference_height)
    }
}

impl Params {
    /// Checks every range.
    ///
    /// # Errors
    /// The first field outside its range.
    pub fn validate(&self) -> Result<(), Error> {
        in_range("nominal_current", self.nominal_current, 50e3, 800e3)?;
        let d = &self.design;
        in_range("design.anode_area", d.anode_area, 5.0, 120.0)?;
        in_range("design.one_anode_area", d.one_anode_area, 0.2, 4.0)?;
        in_range("design.fanning", d.fanning, 1.0, 1.3)?;
        in_range("design.cathode_area", d.cathode_area, 5.0, 150.0)?;
        in_range("design.r_anode", d.r_anode, 1e-8, 1e-5)?;
        in_range("design.r_cathode", d.r_cathode, 1e-8, 1e-5)?;
        in_range("design.r_external", d.r_external, 0.0, 1e-5)?;
        in_range("design.al2o3_at_effect", d.al2o3_at_effect, 0.005, 0.03)?;
        in_range("design.bubble_factor", d.bubble_factor, 0.3, 1.2)?;
        self.alumina.validate()?;
        self.chemistry.validate()?;
        self.heat.validate()?;
        self.ledge.validate()?;
        self.metal.validate()?;
        self.anode.validate()?;
        self.effect.validate()?;
        self.noise.validate()?;
        let cavity = self.metal.area(0.0);
        if d.anode_area >= cavity {
            return Err(Error::Inconsistent {
                field: "design.anode_area",
                reason: "the anodes do not fit into the cavity",
            });
        }
        Ok(())
    }
}

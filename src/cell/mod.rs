//! The plant: one 500 kA prebaked cell with a single well-mixed bath.
//!
//! | phenomenon | file | states |
//! |---|---|---|
//! | feeding and dissolution | [`alumina`] | dissolved, fast pool, agglomerates, sludge \[kg\] |
//! | bath inventory | [`chemistry`] | cryolite, AlF3, CaF2, MgF2, LiF, KF \[kg\] |
//! | heat and side ledge | [`heat`] | temperature \[K\], ledge thickness \[m\] |
//! | metal, anode wear, distance | [`metal`] | metal \[kg\], wear and beam \[m\] |
//! | anode change | [`anode`] | cold share, heat debt |
//! | anode effect | [`effect`] | gas film, film removal |
//! | voltage noise | [`noise`] | bubbles, metal-pad roll |
//!
//! The electrical and thermochemical correlations are those of [`crate::electro`] and
//! [`crate::bath`]; [`step`](Cell::step) says in which order they meet. Parameters never change in
//! a run, the state is the least memory the cell needs, inputs are held over a step. The random
//! numbers of the noise are an input too: this module draws none.
//!
//! What this version leaves out: zones, individual anode currents, lining heat storage, fluoride
//! return, gas composition.

pub mod alumina;
pub mod anode;
pub mod chemistry;
pub mod effect;
pub mod heat;
pub mod metal;
pub mod noise;
mod presets;
mod slow;
mod step;

use crate::bath::Composition;
use crate::electro;
use crate::error::{Error, in_range};

pub use presets::pb500;
pub use step::{Flows, Output};

/// What makes one cell differ from another. Never changes during a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Line current the cell is designed for \[A\].
    pub nominal_current: f64,
    /// Areas, resistances and anode-effect point of the voltage.
    pub design: electro::Design,
    /// Feeding and dissolution.
    pub alumina: alumina::Params,
    /// Impurities and evaporation.
    pub chemistry: chemistry::Params,
    /// Heat paths and ledge.
    pub heat: heat::Params,
    /// Cavity, metal and anode geometry.
    pub metal: metal::Params,
    /// What an anode change does.
    pub anode: anode::Params,
    /// Anode effect.
    pub effect: effect::Params,
    /// Noise.
    pub noise: noise::Params,
    /// Current-efficiency constant of this cell.
    pub efficiency: electro::Dewing,
}

/// The least memory of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// Alumina pools.
    pub alumina: alumina::State,
    /// Liquid bath without alumina.
    pub bath: chemistry::State,
    /// Temperature and ledge.
    pub heat: heat::State,
    /// Metal, wear, beam.
    pub metal: metal::State,
    /// Newest anode.
    pub anode: anode::State,
    /// Gas film.
    pub effect: effect::State,
    /// Noise oscillators.
    pub noise: noise::State,
    /// Properties that change over minutes, renewed twice a minute.
    slow: slow::Slow,
}

/// Most feeding zones of a cell: one per point feeder.
pub const MAX_ZONES: usize = 8;
/// Independent standard normal draws that a step needs.
pub const DRAWS: usize = 6;

/// Inputs, held over one step; what drops or is set does so at its start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Input {
    /// Line current \[A\].
    pub current: f64,
    /// Smelter-grade alumina dropped into each zone \[kg\].
    pub shots: [f64; MAX_ZONES],
    /// Mass of the single shots in it, which decides how much sinks \[kg\].
    pub shot_size: f64,
    /// What the alumina is like.
    pub ore: alumina::Ore,
    /// AlF3 added \[kg/s\].
    pub alf3: f64,
    /// Cryolite or crushed bath, as cryolite, added \[kg/s\].
    pub cryolite: f64,
    /// Beam travel during the step, upwards positive; every anode follows \[m\].
    pub beam_travel: f64,
    /// Beam raising: travel of the beam while the anodes stay where they are \[m\].
    pub beam_raise: f64,
    /// Metal tapped \[kg/s\].
    pub metal_tap: f64,
    /// Bath tapped \[kg/s\].
    pub bath_tap: f64,
    /// A butt is taken out and a new anode set in its place.
    pub anode_set: Option<anode::Setting>,
    /// Something goes wrong with one anode.
    pub anode_fault: Option<(usize, anode::Fault)>,
    /// The crust is open: extra top loss.
    pub crust_open: bool,
    /// The cover is dressed: bare places are closed.
    pub dress: bool,
    /// Hoods are off: less gas is captured.
    pub hood_open: bool,
    /// Heat drawn off by forced cooling or a heat exchanger on the shell, all sides \[W/K\].
    pub shell_cooling: f64,
    /// Starts an anode effect whatever the bath says.
    pub force_effect: bool,
    /// Independent standard normal draws.
    pub normal: [f64; DRAWS],
}

/// A cell: parameters that do not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    params: Params,
    critical: electro::Haupin1998,
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
        Ok(Self { critical: effect::critical_current(&params), params })
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// A state at rest: bath of `composition` and `bath_mass` \[kg\], superheat and ledge as in the
    /// heat parameters' nominal point, anodes at `acd` \[m\].
    #[must_use]
    pub fn start(&self, start: &Start) -> State {
        step::start(self, start)
    }

    /// Liquid bath, alumina included.
    #[must_use]
    pub fn composition(&self, state: &State) -> Composition {
        chemistry::composition(&state.bath, state.alumina.dissolved)
    }

    /// Anode–cathode distance \[m\].
    #[must_use]
    pub fn acd(&self, state: &State) -> f64 {
        metal::acd(&self.params.metal, &state.metal, metal::height(&self.params, state))
    }
}

/// Where a run begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// Liquid bath.
    pub composition: Composition,
    /// Mass of liquid bath \[kg\].
    pub bath_mass: f64,
    /// Mass of metal \[kg\].
    pub metal_mass: f64,
    /// Superheat \[K\].
    pub superheat: f64,
    /// Ledge thickness \[m\].
    pub ledge: f64,
    /// Anode–cathode distance \[m\].
    pub acd: f64,
    /// Beam position, upwards positive \[m\].
    pub beam: f64,
}

impl Params {
    /// Checks every range.
    ///
    /// # Errors
    /// The first field outside its range.
    pub fn validate(&self) -> Result<(), Error> {
        in_range("nominal_current", self.nominal_current, 50e3, 800e3)?;
        self.alumina.validate()?;
        self.chemistry.validate()?;
        self.heat.validate()?;
        self.metal.validate()?;
        self.anode.validate()?;
        self.effect.validate()?;
        self.noise.validate()
    }
}

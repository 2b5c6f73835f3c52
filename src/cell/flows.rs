//! What a step hands out: what crossed the boundary of the cell, and what an observer would see.

use super::effect::Pfc;
use super::{Flags, anode, chemistry, heat, ledge};

/// Powers and mass flows of one step: what the balances are checked with.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Flows {
    /// Electrical power inside the heat boundary, V - V_external times I \[W\].
    pub electrical: f64,
    /// Part of it that left with the anode effect's gas \[W\].
    pub effect_lost: f64,
    /// Consumed by the reaction, heating and dissolving of alumina not included \[W\].
    pub reaction: f64,
    /// Heating and dissolving alumina \[W\].
    pub feed: f64,
    /// Heating and melting of AlF3 and cryolite added \[W\].
    pub additions: f64,
    /// What the anodes exchanged.
    pub anodes: anode::Exchange,
    /// What the ledge exchanged.
    pub ledge: ledge::Exchange,
    /// The other heat paths.
    pub heat: heat::Exchange,
    /// Charge through the anodes, spikes not included \[C\].
    pub charge: f64,
    /// Metal made, that from AlF3 under an anode effect included \[kg\].
    pub metal: f64,
    /// Metal that left by the tap \[kg\].
    pub tapped_metal: f64,
    /// Metal that bound the fluoride of sodium going into the lining \[kg\].
    pub lining_metal: f64,
    /// Sodium that the lining took up \[kg\].
    pub lining_sodium: f64,
    /// Al2O3 consumed \[kg\].
    pub consumed: f64,
    /// Al2O3 that entered: fed, made by soda, calcia and moisture, fallen in with the cover \[kg\].
    pub fed: f64,
    /// Smelter-grade alumina fed \[kg\].
    pub ore: f64,
    /// Al2O3 that left with tapped bath \[kg\].
    pub tapped_alumina: f64,
    /// Bath tapped, its alumina not included \[kg\].
    pub tapped_bath: chemistry::Bath,
    /// Bath frozen; negative: melted \[kg\].
    pub frozen: f64,
    /// NaAlF4 that left with the gas \[kg\].
    pub evaporated: f64,
    /// HF that left with the gas \[kg\].
    pub hf: f64,
    /// Share of the gas that the hoods caught \[1\].
    pub captured: f64,
    /// Perfluorocarbons made.
    pub pfc: Pfc,
}

/// What a step leaves behind besides the new state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Output {
    /// Cell voltage at the terminals, films and noise included \[V\].
    pub voltage: f64,
    /// Part of it between beam and metal \[V\].
    pub bath_voltage: f64,
    /// Part of it outside the heat boundary \[V\].
    pub external_voltage: f64,
    /// Part of it that gas films take \[V\].
    pub film_voltage: f64,
    /// Current efficiency \[1\].
    pub efficiency: f64,
    /// Bath temperature above liquidus \[K\].
    pub superheat: f64,
    /// Liquidus \[K\].
    pub liquidus: f64,
    /// Mean anode–cathode distance \[m\].
    pub acd: f64,
    /// Metal height \[m\].
    pub metal_height: f64,
    /// Bath above the metal \[m\].
    pub bath_height: f64,
    /// Ranges that were left.
    pub flags: Flags,
    /// Powers and mass flows.
    pub flows: Flows,
}

//! The anodes, one by one: where they hang, how warm they are, what is frozen under them.
//!
//! ```text
//! d_k = beam + hang_k - (h_M - h_ref) - heave_k          distance to the metal
//! hang' = -height' = (i_k/A_k) CE r_C M_Al/(3F ρ_C)      wear
//! C_k T_k' = G (T_s - T_k) + i_k² r_joule - (T_k - T_gas)/R_stub
//! ρ L_f A δ' = G (T_liq - T_k) - h A (T - T_liq)         frozen layer, while there is one
//! A_k,active = A_k exp(-δ/δ_s)
//! ```
//!
//! T_s is the liquidus under a frozen layer and the bath temperature without one. A new anode freezes
//! a crust at once, warms for hours on bath heat and its own current, sheds the crust and takes its
//! load: plants see 10–20 % of the current after 4 h, half after about 10 h, more than 90 % after a
//! day (engineering values; the film coefficient, δ_s and the crust at setting are fitted to them,
//! unverified). Frozen layer under new anodes: Metals 7 (2017) 374.
//!
//! These are hours-long processes, so an anode is looked at when its zone's turn comes, every few
//! seconds, with the time that has passed.

use super::MAX_ANODES;
use crate::bath::heat::{CONDUCTIVITY_LEDGE, DENSITY_LEDGE, LATENT_LEDGE};
use crate::consts::ALUMINIUM_PER_COULOMB;
use crate::error::{Error, in_range};
use crate::math::exp;

/// Anodes of this cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Anodes in two rows, even, 8–[`MAX_ANODES`].
    pub count: usize,
    /// Bottom area of one \[m²\].
    pub area: f64,
    /// Height of a new block \[m\].
    pub new_height: f64,
    /// Height of a butt that is taken out \[m\].
    pub butt_height: f64,
    /// Net carbon use \[kg/kg Al\].
    pub carbon: f64,
    /// Density of baked carbon \[kg/m³\].
    pub carbon_density: f64,
    /// Specific heat of carbon \[J/(kg K)\].
    pub heat_capacity: f64,
    /// Conductivity of carbon \[W/(m K)\].
    pub conductivity: f64,
    /// Film coefficient between bath and carbon or crust \[W/(m² K)\].
    pub film: f64,
    /// Block to hood gas through stub, rod and cover \[K/W\].
    pub stub_resistance: f64,
    /// Crust that freezes on a cold block as it goes in \[m\].
    pub first_crust: f64,
    /// Crust thickness at which e^-1 of the area carries current, δ_s \[m\].
    pub crust_scale: f64,
    /// How much higher than the others a new anode is set: the wear it lacks while cold \[m\].
    pub set_margin: f64,
    /// Distance at beam 0, no hang and the reference metal height \[m\].
    pub reference_acd: f64,
    /// Beam stroke, from 0 \[m\].
    pub stroke: f64,
    /// Resistance of a spike in contact with the metal \[Ω\].
    pub spike_resistance: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("anode.count", self.count as f64, 8.0, MAX_ANODES as f64)?;
        if !self.count.is_multiple_of(2) {
            return Err(Error::Inconsistent { field: "anode.count", reason: "two rows need an even number" });
        }
        in_range("anode.area", self.area, 0.2, 4.0)?;
        in_range("anode.new_height", self.new_height, 0.2, 1.2)?;
        in_range("anode.butt_height", self.butt_height, 0.05, self.new_height)?;
        in_range("anode.carbon", self.carbon, 0.33, 0.6)?;
        in_range("anode.carbon_density", self.carbon_density, 1_300.0, 1_800.0)?;
        in_range("anode.heat_capacity", self.heat_capacity, 500.0, 2_500.0)?;
        in_range("anode.conductivity", self.conductivity, 1.0, 20.0)?;
        in_range("anode.film", self.film, 50.0, 5_000.0)?;
        in_range("anode.stub_resistance", self.stub_resistance, 0.01, 1.0)?;
        in_range("anode.first_crust", self.first_crust, 0.0, 0.10)?;
        in_range("anode.crust_scale", self.crust_scale, 1e-3, 0.2)?;
        in_range("anode.set_margin", self.set_margin, -0.02, 0.05)?;
        in_range("anode.reference_acd", self.reference_acd, -0.5, 0.5)?;
        in_range("anode.stroke", self.stroke, 0.05, 0.6)?;
        in_range("anode.spike_resistance", self.spike_resistance, 1e-5, 1.0)
    }

    /// Mass of a block of `height` \[kg\].
    #[must_use]
    pub fn mass(&self, height: f64) -> f64 {
        height * self.area * self.carbon_density
    }

    /// Heat held by a block above 25 °C \[J\].
    #[must_use]
    pub fn enthalpy(&self, height: f64, temperature: f64) -> f64 {
        self.mass(height) * self.heat_capacity * (temperature - COLD)
    }

    /// Temperature at which a block of `height` in bath at `bath` \[K\] gives to the gas what it takes
    /// from bath and `current` \[A\] \[K\].
    pub(super) fn steady_temperature(
        &self,
        height: f64,
        bath: f64,
        gas: f64,
        resistance: f64,
        current: f64,
    ) -> f64 {
        let below = 1.0 / (0.5 * height / (self.conductivity * self.area) + 1.0 / (self.film * self.area));
        let above = 1.0 / self.stub_resistance;
        (below * bath + above * gas + current * current * resistance) / (below + above)
    }

    /// Mass of a crust `thickness` \[m\] under one anode \[kg\].
    #[must_use]
    pub fn crust_mass(&self, thickness: f64) -> f64 {
        thickness * self.area * DENSITY_LEDGE
    }

    /// Share of the bottom that carries current under a crust \[1\].
    #[must_use]
    pub fn active_share(&self, crust: f64) -> f64 {
        exp(-crust / self.crust_scale).max(1e-3)
    }
}

/// Reactants of the cell reaction come at 25 °C \[K\].
pub const COLD: f64 = 298.15;
/// Thinnest block that still hangs; below it wear stops and a flag is raised \[m\].
pub const THINNEST: f64 = 0.03;

/// A new anode takes the place of a butt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Which anode: row 0 is 0..n/2 along the cell, row 1 the other half.
    pub anode: usize,
    /// Height of its bottom above the mean of the others; negative hangs low \[m\].
    pub offset: f64,
    /// Temperature of the block \[K\]: potroom, or preheated.
    pub temperature: f64,
}

/// What can go wrong with one anode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// A spike (长包) of this length grows under it; 0 takes it off \[m\].
    Spike(f64),
    /// It slips down in its clamp \[m\].
    Slip(f64),
}

/// One anode.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Anode {
    /// Height of its bottom above the beam's zero line \[m\]; wear raises it.
    pub hang: f64,
    /// Remaining height of the block \[m\].
    pub height: f64,
    /// Mean temperature of the block \[K\].
    pub temperature: f64,
    /// Frozen crust under it, δ \[m\].
    pub crust: f64,
    /// Spike under it \[m\].
    pub spike: f64,
    /// Charge it carried since it was last looked at \[C\].
    pub charge: f64,
}

/// What the cell is like for an anode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Surroundings {
    /// Bath \[K\].
    pub bath: f64,
    /// Liquidus \[K\].
    pub liquidus: f64,
    /// Hood gas \[K\].
    pub gas: f64,
    /// Ohmic resistance of one assembly \[Ω\].
    pub resistance: f64,
    /// Current efficiency \[1\].
    pub efficiency: f64,
    /// Most bath that may freeze under all of them \[kg\].
    pub freezable: f64,
}

/// What anodes took and gave, summed over those that were looked at or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Exchange {
    /// Heat drawn from the liquid bath \[J\].
    pub drawn: f64,
    /// Heat given to the hood gas \[J\].
    pub top: f64,
    /// Joule heat in the assemblies \[J\].
    pub joule: f64,
    /// Heat that consumed carbon carried into the reaction \[J\].
    pub carried: f64,
    /// Carbon consumed \[kg\].
    pub carbon: f64,
    /// Bath frozen under anodes; negative: melted \[kg\].
    pub frozen: f64,
    /// Heat of blocks that came less that of blocks that went \[J\].
    pub replaced: f64,
    /// Carbon of blocks that came less that of blocks that went \[kg\].
    pub replaced_carbon: f64,
}

/// Looks at one anode after `dt` \[s\] and adds what it exchanged.
pub(super) fn look(p: &Params, x: &mut Anode, s: &Surroundings, dt: f64, sum: &mut Exchange) {
    let heat_capacity = p.mass(x.height) * p.heat_capacity;
    let depth = 0.5 * x.height / (p.conductivity * p.area);
    let (drawn, received) = under(p, x, s, depth, (s.freezable - sum.frozen).max(0.0), dt);
    let joule = x.charge * x.charge / dt.max(1e-3) * s.resistance;
    let top = (x.temperature - s.gas) / p.stub_resistance * dt;
    x.temperature += (received.heat + joule - top) / heat_capacity;
    sum.drawn += drawn;
    sum.top += top;
    sum.joule += joule;
    sum.frozen += received.frozen;

    // Wear: carbon leaves at the temperature of the block.
    let spare = p.mass(x.height - THINNEST).max(0.0);
    let carbon = (x.charge.max(0.0) * s.efficiency * ALUMINIUM_PER_COULOMB * p.carbon).min(spare);
    let worn = carbon / (p.area * p.carbon_density);
    sum.carbon += carbon;
    sum.carried += carbon * p.heat_capacity * (x.temperature - COLD);
    x.height -= worn;
    x.hang += worn;
    x.charge = 0.0;
}

/// What passed the bottom of a block.
struct Received {
    heat: f64,
    frozen: f64,
}

/// Heat \[J\] that the bath gave and the block received through its bottom; crust grows by the
/// difference.
fn under(
    p: &Params,
    x: &mut Anode,
    s: &Surroundings,
    depth: f64,
    freezable: f64,
    dt: f64,
) -> (f64, Received) {
    if x.crust <= 0.0 {
        let heat = (s.bath - x.temperature) / (depth + 1.0 / (p.film * p.area)) * dt;
        return (heat, Received { heat, frozen: 0.0 });
    }
    let crust = x.crust / (CONDUCTIVITY_LEDGE * p.area);
    let heat = (s.liquidus - x.temperature) / (crust + depth) * dt;
    let film = p.film * p.area * (s.bath - s.liquidus) * dt;
    let all = p.crust_mass(x.crust);
    let frozen = ((heat - film) / LATENT_LEDGE).min(freezable).max(-all);
    x.crust = if frozen > -all { x.crust + frozen / p.crust_mass(1.0) } else { 0.0 };
    (heat - LATENT_LEDGE * frozen, Received { heat, frozen })
}

/// Takes the butt out and hangs a new block in its place; `level` is the mean hang of the others
/// \[m\]. The crust that freezes at once, of at most `freezable` \[kg\] and what hung on the butt, warms
/// the block.
pub(super) fn replace(
    p: &Params,
    x: &mut Anode,
    level: f64,
    set: &Setting,
    freezable: f64,
    sum: &mut Exchange,
) {
    let before = p.enthalpy(x.height, x.temperature);
    let carbon = p.mass(x.height);
    let mut temperature = set.temperature;
    let coming = p.enthalpy(p.new_height, temperature);
    let crust = p.first_crust.min(x.crust + freezable / p.crust_mass(1.0));
    let frozen = p.crust_mass(crust) - p.crust_mass(x.crust);
    temperature += LATENT_LEDGE * frozen / (p.mass(p.new_height) * p.heat_capacity);
    *x = Anode {
        hang: level + p.set_margin + set.offset,
        height: p.new_height,
        temperature,
        crust,
        spike: 0.0,
        charge: 0.0,
    };
    sum.frozen += frozen;
    sum.replaced += coming - before;
    sum.replaced_carbon += p.mass(p.new_height) - carbon;
}

/// Age of anode `index` of `count` when every anode had its turn, as a share of its life \[1\]. Rows
/// take turns, and within a row each change is several places from the one before, so that the cold
/// places of a day lie far apart.
#[must_use]
pub fn age_share(index: usize, count: usize) -> f64 {
    let row = (count / 2).max(1);
    // The n-th change in a row is at n·stride, so place p had its turn as number p/stride.
    let turn_in_row = (0..row).find(|n| n * stride(row) % row == index % row).unwrap_or(0);
    let turn = 2 * turn_in_row + index / row;
    1.0 - (turn as f64 + 0.5) / count as f64
}

/// Places between one change in a row of `row` and the next: prime to it, so that every anode has its
/// turn, and no neighbour.
fn stride(row: usize) -> usize {
    let apart = |s: usize| (s % row).min(row - s % row) > 1;
    // Each candidate is prime, so it is prime to the row unless it divides it.
    [7, 5, 3].into_iter().find(|s| !row.is_multiple_of(*s) && apart(*s)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::age_share;

    #[test]
    fn changes_that_follow_each_other_lie_far_apart() {
        for count in [16, 20, 24, 28, 32, 40, 42, 48] {
            let mut order: [usize; 48] = core::array::from_fn(|k| k);
            let order = &mut order[..count];
            order.sort_unstable_by(|a, b| age_share(*b, count).total_cmp(&age_share(*a, count)));
            let row = count / 2;
            for (turn, pair) in order.windows(2).enumerate() {
                assert_eq!(pair[0] / row, turn % 2, "rows take turns");
            }
            for pair in order.windows(3) {
                let apart = (pair[0] % row).abs_diff(pair[2] % row);
                assert!(apart.min(row - apart) >= 2, "{count}: {pair:?}");
            }
        }
    }
}

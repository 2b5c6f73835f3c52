//! What is really so in a pot. No strategy sees it: scores, tests and the oracle do.

use super::Pot;
#[cfg(feature = "serde")]
use crate::cell::alumina::Zone;
use crate::cell::{Flags, MAX_ZONES};
use crate::image::Mode;

/// What is really so in a pot: for scoring and tests only. SI units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// Cell voltage with effect and noise \[V\].
    pub voltage: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Dissolved alumina, mass fraction \[1\].
    pub alumina: f64,
    /// Dissolved alumina of the leanest and of the richest zone, mass fraction \[1\].
    pub alumina_range: (f64, f64),
    /// Smallest and largest rod current over the mean one \[1\].
    pub anode_range: (f64, f64),
    /// Alumina at which this cell goes on anode effect, mass fraction \[1\].
    pub alumina_at_effect: f64,
    /// Undissolved alumina on the cathode \[kg\].
    pub sludge: f64,
    /// Excess AlF3, mass fraction \[1\].
    pub alf3: f64,
    /// Bath temperature \[K\].
    pub temperature: f64,
    /// Superheat \[K\].
    pub superheat: f64,
    /// Mean ledge at bath level \[m\].
    pub ledge: f64,
    /// Thinnest ledge anywhere \[m\].
    pub ledge_thinnest: f64,
    /// Anode–cathode distance \[m\].
    pub acd: f64,
    /// Metal height \[m\].
    pub metal_height: f64,
    /// Bath above the metal \[m\].
    pub bath_height: f64,
    /// Ranges the cell has left.
    pub flags: Flags,
    /// Beam position \[m\].
    pub beam: f64,
    /// Current efficiency \[1\].
    pub efficiency: f64,
    /// Metal made in the last step \[kg\].
    pub metal_made: f64,
    /// Alumina that entered in the last step \[kg Al2O3\].
    pub fed: f64,
    /// Alumina consumed in the last step \[kg Al2O3\].
    pub consumed: f64,
    /// The cell is on anode effect.
    pub effect: bool,
    /// Mode switch.
    pub mode: Mode,
}

impl Pot {
    /// What is really so.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let composition = self.cell.composition(&self.state);
        let p = self.cell.params();
        let zones: [f64; MAX_ZONES] = core::array::from_fn(|z| self.cell.zone_alumina(&self.state, z));
        let rods = self.state.network.rods();
        let mean = (self.current / p.anode.count as f64).max(1.0);
        let (least, most) = range(&rods[..p.anode.count]);
        Truth {
            alumina_range: range(&zones[..p.alumina.zones]),
            anode_range: (least / mean, most / mean),
            bath_height: self.output.bath_height,
            flags: self.output.flags,
            voltage: self.output.voltage,
            current: self.current,
            alumina: composition.al2o3,
            alumina_at_effect: self.cell.params().design.al2o3_at_effect,
            sludge: self.state.sludge(),
            alf3: composition.alf3,
            temperature: self.state.heat.bath,
            superheat: self.output.superheat,
            ledge: self.cell.params().ledge.mean(&self.state.ledge, false),
            ledge_thinnest: self.state.ledge.thinnest(),
            acd: self.output.acd,
            metal_height: self.output.metal_height,
            beam: self.state.beam,
            efficiency: self.output.efficiency,
            metal_made: self.output.flows.metal,
            fed: self.output.flows.fed,
            consumed: self.output.flows.consumed,
            effect: self.state.effect.mean(self.cell.params().anode.count) > 0.3,
            mode: self.mode,
        }
    }
}

/// Smallest and largest of `values`, four side by side.
fn range(values: &[f64]) -> (f64, f64) {
    let (mut low, mut high) = ([f64::INFINITY; 4], [f64::NEG_INFINITY; 4]);
    for part in values.chunks(4) {
        for ((low, high), x) in low.iter_mut().zip(&mut high).zip(part) {
            (*low, *high) = (low.min(*x), high.max(*x));
        }
    }
    (low.into_iter().fold(f64::INFINITY, f64::min), high.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

/// What the oracle of the benchmark is told and no strategy.
#[cfg(feature = "serde")]
impl Pot {
    /// Alumina of each zone and the zone's share of the bath.
    pub(crate) fn zones(&self) -> impl Iterator<Item = (Zone, f64)> {
        let count = self.cell.params().alumina.zones;
        self.state.zones.iter().copied().zip(self.cell.weights().iter().copied()).take(count)
    }

    /// Liquid bath \[kg\].
    pub(crate) fn bath_mass(&self) -> f64 {
        self.state.bath_mass()
    }

    /// What the next stroke of `feeder` will bring into the bath \[kg\].
    pub(crate) fn next_shot(&self, feeder: usize, now: f64) -> f64 {
        self.feeders.next_shot(feeder, now)
    }
}

//! Where a run begins.

use super::{Cell, Input, MAX_ANODES, MAX_ZONES, State, alumina, anode, chemistry, effect, heat, ledge};
use super::{network, noise, slow};
use crate::bath::{self, Composition};
use crate::consts::ALUMINA_PER_COULOMB;

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
    /// Factor on the ledge of every segment \[1\].
    pub ledge: f64,
    /// Anode–cathode distance \[m\].
    pub acd: f64,
    /// Beam position, upwards positive \[m\].
    pub beam: f64,
    /// Age of the lining \[d\].
    pub age: f64,
}

impl Cell {
    /// A state at rest: bath, metal and distance as stated, pools, walls and lining as steady
    /// operation at the nominal current keeps them, anodes of all ages at the same distance.
    #[must_use]
    pub fn start(&self, s: &Start) -> State {
        let p = &self.params;
        let count = p.anode.count;
        let (liquid, dissolved) = chemistry::from_composition(&s.composition, s.bath_mass);
        let liquidus = bath::solheim1996(&s.composition);
        let temperature = liquidus + s.superheat;
        let flow = p.nominal_current * 0.94 * ALUMINA_PER_COULOMB;
        let mut zones = [alumina::Zone::default(); MAX_ZONES];
        for (zone, weight) in zones.iter_mut().zip(&self.weight).filter(|(_, w)| **w > 0.0) {
            *zone = alumina::steady(&p.alumina, dissolved * weight, flow * weight);
        }
        let thickness = p.ledge.segments.map(|segment| segment.start * s.ledge);
        let wall = thickness.map(|t| p.ledge.steady_wall(t, liquidus, p.heat.ambient));
        let joule = p.nominal_current * p.nominal_current * p.design.r_cathode;
        // Metal gives its heat to ledge and blocks and so is a little colder than the bath.
        let metal = temperature - 1.0;
        let [blocks, insulation] = p.heat.steady_lining(metal, joule);
        let mut x = State {
            zones,
            bath: chemistry::State { liquid, frozen: chemistry::Bath::default(), age: s.age },
            heat: heat::State {
                bath: temperature,
                metal,
                blocks,
                insulation,
                cover: p.heat.cover,
                bare: 0.0,
            },
            ledge: ledge::State { thickness, wall },
            metal: s.metal_mass,
            beam: s.beam,
            anodes: [anode::Anode::default(); MAX_ANODES],
            network: network::Network::IDLE,
            effect: effect::State::CLEAR,
            noise: noise::State::default(),
            slow: slow::Slow::new(),
        };
        // The ledge is what froze of such a bath.
        x.bath.frozen = chemistry::ledge_of(&x.bath.liquid, p.ledge.mass(&x.ledge), p.chemistry.trapped);
        let hang = s.acd - self.gap(&x, self.metal_height(&x));
        let per_anode = p.nominal_current / count as f64;
        for (k, (anode, current)) in x.anodes.iter_mut().zip(&mut x.network.current).enumerate().take(count) {
            let height =
                p.anode.new_height - (p.anode.new_height - p.anode.butt_height) * anode::age_share(k, count);
            let temperature = p.anode.steady_temperature(
                height,
                temperature,
                p.heat.gas,
                p.design.r_anode * count as f64,
                per_anode,
            );
            *anode = anode::Anode { hang, height, temperature, ..Default::default() };
            *current = per_anode;
        }
        self.settle(&mut x, &Input { current: p.nominal_current, ..Input::default() }, 1.0);
        x
    }
}

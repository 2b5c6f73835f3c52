//! What does not change within seconds, worked out in turns.

use super::anode::{self, Surroundings};
use super::network::Bath;
use super::{Cell, Input, MAX_ZONES, State, alumina, chemistry, mixing, noise};
use crate::bath;
use crate::electro::{self, reaction_voltage};
use crate::math::{clamp, exp};

/// Each zone and its anodes are looked at this often, one after the other \[s\].
pub const TURN: f64 = 6.0;
/// Properties of the whole bath are renewed this often \[s\]: alumina moves the liquidus by less than
/// 0.1 K meanwhile.
const RENEWAL: f64 = 30.0;
/// Sludge that doubles the noise and adds a tenth to the cathode drop \[kg\] (engineering judgement).
const SLUDGE_SCALE: f64 = 400.0;
/// Loss of current efficiency at 30 mm and the distance in which it falls e-fold \[1, m\]; unverified.
const CLOSE_ANODES: (f64, f64) = (0.01, 0.003);
/// Loss of current efficiency per metre of wave on the metal \[1/m\]; unverified.
const WAVES: f64 = 2.0;

/// What is looked up between turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slow {
    /// Time until the next renewal \[s\].
    left: f64,
    /// Step for which rates, mixing and noise hold \[s\].
    dt: f64,
    /// Liquidus \[K\].
    pub liquidus: f64,
    /// Alumina saturation, mass fraction \[1\].
    pub saturation: f64,
    /// Current efficiency without films \[1\].
    pub efficiency: f64,
    /// Voltage equivalent of the reaction at that efficiency \[V\], and per unit of efficiency \[V\].
    pub reaction: (f64, f64),
    /// NaAlF4 that leaves \[kg/s\].
    pub evaporation: f64,
    /// Factor of sludge on the cathode drop \[1\].
    pub cathode: f64,
    /// Metal height per kilogram \[m/kg\].
    pub height_per_kg: f64,
    /// Density of the bath \[kg/m³\].
    pub density: f64,
    pub noise: noise::Coefficients,
    pub mixing: mixing::Mixing,
    motion: f64,
    zones: [Zone; MAX_ZONES],
}

/// What is looked up of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Zone {
    /// Time until its turn, and since its last \[s\].
    left: f64,
    since: f64,
    pub rates: alumina::Rates,
    pub bath: Bath,
}

impl Slow {
    pub fn new() -> Self {
        let mut zones = [Zone::default(); MAX_ZONES];
        for (z, zone) in zones.iter_mut().enumerate() {
            zone.left = TURN * z as f64 / MAX_ZONES as f64;
        }
        Self {
            left: 0.0,
            dt: 0.0,
            liquidus: 0.0,
            saturation: 0.0,
            efficiency: 0.0,
            reaction: (0.0, 0.0),
            evaporation: 0.0,
            cathode: 1.0,
            height_per_kg: 0.0,
            density: 1.0,
            noise: noise::Coefficients::default(),
            mixing: mixing::Mixing::default(),
            motion: 1.0,
            zones,
        }
    }

    /// What is looked up of zone `z`; of the first when there is no such zone.
    pub fn zone(&self, z: usize) -> &Zone {
        let [first, ..] = &self.zones;
        self.zones.get(z).unwrap_or(first)
    }
}

impl Cell {
    /// Works everything out for a state that was put together.
    pub(super) fn settle(&self, x: &mut State, input: &Input, dt: f64) {
        self.renew_bath(x, input, dt);
        for z in 0..self.params.alumina.zones {
            self.renew_zone(x, z, dt);
            self.expand(x, z);
        }
    }

    /// Renews what is due before a step of `dt`; adds what the anodes exchanged.
    pub(super) fn renew(&self, x: &mut State, input: &Input, dt: f64, sum: &mut anode::Exchange) {
        if x.slow.left <= 0.0 || x.slow.dt != dt {
            let other_step = x.slow.dt != dt;
            self.renew_bath(x, input, dt);
            if other_step {
                for z in 0..self.params.alumina.zones {
                    self.renew_zone(x, z, dt);
                }
            }
        }
        x.slow.left -= dt;
        for z in 0..self.params.alumina.zones {
            let Some(zone) = x.slow.zones.get_mut(z) else { continue };
            let (due, since) = (zone.left <= 0.0, zone.since);
            zone.left += if due { TURN } else { 0.0 } - dt;
            zone.since = if due { dt } else { since + dt };
            if due {
                self.look_at_anodes(x, z, since, sum);
                self.renew_zone(x, z, dt);
                self.expand(x, z);
            }
        }
    }

    /// Bath of zone `z` and the rates in it.
    fn renew_zone(&self, x: &mut State, z: usize, dt: f64) {
        let (Some(zone), Some(weight)) = (x.zones.get(z), self.weight.get(z)) else { return };
        // The rest of the bath is mixed: a zone differs in alumina only.
        let whole = chemistry::composition(&x.bath.liquid, 0.0);
        let mass = x.bath.liquid.mass() * weight;
        let share = mass / (mass + zone.dissolved).max(1e-6);
        let composition = bath::Composition {
            alf3: whole.alf3 * share,
            al2o3: 1.0 - share,
            caf2: whole.caf2 * share,
            mgf2: whole.mgf2 * share,
            lif: whole.lif * share,
            kf: whole.kf * share,
        };
        let climate = alumina::Climate {
            alumina: composition.al2o3,
            saturation: x.slow.saturation,
            superheat: x.heat.bath - x.slow.liquidus,
            motion: x.slow.motion,
        };
        let rates = alumina::rates(&self.params.alumina, &climate, dt);
        let bath = Bath::new(&self.params.design, &self.critical, composition, x.heat.bath);
        if let Some(slot) = x.slow.zones.get_mut(z) {
            (slot.rates, slot.bath) = (rates, bath);
        }
    }

    /// Lets `time` pass for the anodes of zone `z`.
    fn look_at_anodes(&self, x: &mut State, z: usize, time: f64, sum: &mut anode::Exchange) {
        if time <= 0.0 {
            return;
        }
        let p = &self.params;
        let around = Surroundings {
            bath: x.heat.bath,
            liquidus: x.slow.liquidus,
            gas: p.heat.gas,
            resistance: p.design.r_anode * p.anode.count as f64,
            efficiency: x.slow.efficiency,
            freezable: chemistry::freezable(&x.bath.liquid),
        };
        for k in self.anodes_of(z) {
            if let Some(anode) = x.anodes.get_mut(k) {
                anode::look(&p.anode, anode, &around, time, sum);
            }
        }
    }

    /// Expands the surface voltages of the anodes of zone `z` around their present currents.
    fn expand(&self, x: &mut State, z: usize) {
        let p = &self.params;
        let bath = x.slow.zone(z).bath;
        for k in self.anodes_of(z) {
            let Some(anode) = x.anodes.get(k) else { continue };
            let active = p.anode.active_share(anode.crust);
            x.network.expand(k, &bath, &p.design, active, p.anode.count as f64);
        }
    }

    fn renew_bath(&self, x: &mut State, input: &Input, dt: f64) {
        let p = &self.params;
        let composition = self.composition(x);
        let temperature = x.heat.bath;
        // One correlation throughout: the recommended choice between two would jump by up to 2.5 K.
        let liquidus = bath::solheim1996(&composition);
        let (eutectic, _) = bath::eutectic(&composition);
        let i_reference = p.nominal_current / p.design.cathode_area;
        let height_per_kg = p.metal.height(1.0, x.heat.metal, p.ledge.mean(&x.ledge, true));
        let height = x.metal * height_per_kg;
        let acd = self.acd(x);
        let [wave, _] = x.noise.roll;
        let (loss, reach) = CLOSE_ANODES;
        let close = loss * exp(-(acd - 0.030).max(-0.02) / reach);
        let efficiency = electro::scaled_efficiency(
            p.efficiency.efficiency(temperature - eutectic, composition.alf3, composition.lif),
            input.current / p.design.cathode_area,
            i_reference,
        ) * (1.0 - clamp(WAVES * wave.value.abs() + close, 0.0, 0.5));
        // Freshly set anodes and sludge stir the pad.
        let cold: f64 = x
            .anodes
            .iter()
            .take(p.anode.count)
            .filter(|a| a.crust > 0.0)
            .map(|a| 1.0 - p.anode.active_share(a.crust))
            .sum();
        let sludge = (x.sludge() / SLUDGE_SCALE).min(5.0);
        let mut masses = [0.0; MAX_ZONES];
        let rest = x.bath.liquid.mass();
        for ((mass, weight), zone) in masses.iter_mut().zip(&self.weight).zip(&x.zones) {
            *mass = if *weight > 0.0 { weight * rest + zone.dissolved } else { 0.0 };
        }
        // Bubbles and metal drive the bath along: without current it hardly moves.
        let stirring = 0.1 + 0.9 * clamp(input.current / p.nominal_current, 0.0, 1.2);
        let at = reaction_voltage(temperature, efficiency);
        let nearly_dry = clamp(x.bath.liquid.alf3 / (0.01 * rest).max(1e-6), 0.0, 1.0);
        x.slow.left = RENEWAL;
        x.slow.dt = dt;
        x.slow.liquidus = liquidus;
        x.slow.saturation = bath::saturation(&composition, temperature);
        x.slow.efficiency = efficiency;
        x.slow.reaction =
            (at, 2.0 * (reaction_voltage(temperature, 1.0) - reaction_voltage(temperature, 0.5)));
        x.slow.evaporation =
            nearly_dry * p.chemistry.evaporation * bath::vapour_pressure(&composition, temperature)
                / p.chemistry.vapour_pressure;
        x.slow.cathode = 1.0 + 0.1 * sludge;
        x.slow.height_per_kg = height_per_kg;
        x.slow.density = bath::density(&composition, temperature);
        x.slow.noise = noise::coefficients(&p.noise, acd, height, 1.0 + cold.min(2.0) + sludge, dt);
        let flows = p.alumina.exchange_shares.map(|share| share * p.alumina.exchange * stirring);
        x.slow.mixing = mixing::Mixing::through(&masses, &flows, dt);
        x.slow.motion = 0.5 + 0.5 * clamp(wave.value.abs() / 1e-3, 0.0, 5.0).max(1.0);
    }
}

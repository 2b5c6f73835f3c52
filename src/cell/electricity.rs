//! From distances to currents, films and voltages: what the line current does in a step.

use super::effect::Pfc;
use super::network::{Load, PerAnode};
use super::{Cell, Flags, Input, MAX_ANODES, MAX_ZONES, State, anode, chemistry, effect, noise};
use crate::electro;

/// What the current did in a step.
pub(super) struct Electricity {
    /// Voltages: terminals without noise, beam to metal, films, busbars \[V\].
    pub cell: f64,
    pub bath: f64,
    pub film: f64,
    pub external: f64,
    /// Joule heat of the cathode and power of the films \[W\].
    pub cathode: f64,
    pub films: f64,
    /// Charge through the bath under all anodes, and of each zone what may make metal \[C\].
    pub charge: f64,
    pub useful: [f64; MAX_ZONES],
    pub pfc: Pfc,
    /// Mean distance and metal height \[m\].
    pub acd: f64,
    pub height: f64,
}

impl Cell {
    /// Divides the current, lets films come and go, and adds up the voltage.
    pub(super) fn electricity(
        &self,
        x: &mut State,
        input: &Input,
        dt: f64,
        flags: &mut Flags,
    ) -> Electricity {
        let p = &self.params;
        let count = p.anode.count;
        noise::step(&p.noise, &x.slow.noise, &mut x.noise, &input.normal);
        let height = x.metal * x.slow.height_per_kg;
        let gap = self.gap(x, height);
        let acd = self.shapes.distances(&p.noise, &x.noise, x.anodes.iter().map(|a| gap + a.hang));
        let full = p.effect.voltage * count as f64 / p.nominal_current;
        let mut film: PerAnode = [0.0; MAX_ANODES];
        if x.effect.any {
            film.iter_mut().zip(&x.effect.film).for_each(|(r, theta)| *r = theta * full);
        }
        let touches = |a: &anode::Anode, d: f64| a.spike > 0.0 && a.spike >= d;
        let hanging = || x.anodes.iter().take(count);
        let (mut spiked, mut spent) = (false, false);
        for anode in hanging() {
            spiked |= anode.spike > 0.0;
            spent |= anode.height <= anode::THINNEST;
        }
        let touching = if spiked { hanging().zip(&acd).filter(|(a, d)| touches(a, **d)).count() } else { 0 };
        let spikes = touching as f64 / p.anode.spike_resistance;
        flags.raise(Flags::SPIKE, spikes > 0.0);
        let short = |d: &f64| *d <= super::network::CONTACT;
        flags.raise(Flags::SHORTED, acd.iter().take(count).fold(false, |any, d| any | short(d)));
        flags.raise(Flags::ANODE_SPENT, spent);

        let load = Load { total: input.current, count, spikes, acd: &acd, film: &film };
        let slow = &x.slow;
        x.network.solve(&load, &p.design, |k| &slow.zone(self.zone_of(k)).bath);
        x.network.spike = [0.0; MAX_ANODES];
        if touching > 0 {
            let anodes = x.anodes.iter().zip(&acd);
            let spiked =
                x.network.spike.iter_mut().zip(anodes).take(count).filter(|(_, (a, d))| touches(a, **d));
            spiked.for_each(|(spike, _)| *spike = x.network.voltage / p.anode.spike_resistance);
        }
        flags.raise(Flags::NOT_CONVERGED, x.network.iterations >= super::network::MAX_ITERATIONS);
        let zones = &x.zones;
        let liquid = x.bath.liquid.mass();
        effect::step(
            &p.effect,
            &mut x.effect,
            &effect::Drive {
                count,
                current: &x.network.current,
                critical: &x.network.critical,
                acd: &acd,
                travel: input.beam_travel.abs(),
                pole: input.pole,
                forced: input.force_effect,
            },
            dt,
            |k| {
                let z = self.zone_of(k);
                let (Some(zone), Some(w)) = (zones.get(z), self.weight.get(z)) else { return 0.0 };
                chemistry::alumina_fraction(zone.dissolved, w * liquid) - p.design.al2o3_at_effect
            },
        );

        let mut e = Electricity {
            cell: 0.0,
            bath: x.network.voltage,
            film: 0.0,
            external: input.current * p.design.r_external,
            cathode: 0.0,
            films: 0.0,
            charge: 0.0,
            useful: [0.0; MAX_ZONES],
            pfc: Pfc::default(),
            acd: acd.iter().take(count).sum::<f64>() / count as f64,
            height,
        };
        let charges = x.network.current.map(|i| i.max(0.0) * dt);
        for (charge, anode) in charges.iter().zip(&mut x.anodes).take(count) {
            anode.charge += charge;
            e.charge += charge;
        }
        for (z, useful) in e.useful.iter_mut().enumerate() {
            *useful = self.anodes_of(z).filter_map(|k| charges.get(k)).fold(0.0, |sum, charge| sum + charge);
        }
        if x.effect.any {
            let filmed = x.network.current.iter().zip(&film).zip(&x.effect.film).zip(&self.zone_of);
            for (((i, r), theta), zone) in filmed.take(count) {
                let charge = i.max(0.0) * dt;
                e.films += i * i * r;
                if let Some(slot) = e.useful.get_mut(usize::from(*zone)) {
                    *slot -= p.effect.efficiency_loss * theta * charge;
                }
                let made = Pfc::of(charge, (i * r / p.effect.voltage).clamp(0.0, 1.5));
                e.pfc.cf4 += made.cf4;
                e.pfc.c2f6 += made.c2f6;
            }
            e.film = e.films / input.current.max(1.0);
        }
        let r_cathode = p.design.r_cathode * x.slow.cathode;
        e.cathode = input.current * input.current * r_cathode;
        let concentration = electro::cathode_concentration(
            x.heat.bath,
            input.current / p.design.cathode_area,
            x.slow.zone(0).bath.bath_ratio,
        );
        e.cell = e.bath + concentration + input.current * r_cathode + e.external;
        e
    }
}

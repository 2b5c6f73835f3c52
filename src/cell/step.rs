//! One step of the whole cell, in the order in which causes precede effects.

use super::effect::Pfc;
use super::network::{Load, PerAnode};
use super::{Cell, Flags, Input, MAX_ANODES, MAX_ZONES, State, alumina, anode, chemistry, effect, heat};
use super::{ledge, noise};
use crate::bath;
use crate::bath::heat::{ALUMINA_DISSOLUTION, ALUMINA_HEATING, CP_LEDGE, LATENT_LEDGE};
use crate::consts::{ALUMINA_PER_COULOMB, M_AL, M_AL2O3};
use crate::electro;
use crate::math::clamp;

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

/// What the current did in a step.
struct Electricity {
    /// Voltages: terminals without noise, beam to metal, films \[V\].
    cell: f64,
    bath: f64,
    film: f64,
    external: f64,
    /// Joule heat of the cathode and power of the films \[W\].
    cathode: f64,
    films: f64,
    /// Charge through the anodes of each zone, and the part of it that could make metal \[C\].
    charge: f64,
    useful: [f64; MAX_ZONES],
    pfc: Pfc,
    acd: f64,
    height: f64,
}

impl Cell {
    /// Advances `state` by `dt` \[s\], at most [`Cell::MAX_STEP`], with `input` held. Inputs outside
    /// their range are held at it, and the flags say so.
    pub fn step(&self, x: &mut State, input: &Input, dt: f64) -> Output {
        let p = &self.params;
        let mut flags = Flags::default();
        let input = &admit(input, &mut flags);
        let dt = clamp(dt, 1e-3, Self::MAX_STEP);
        let mut anodes = anode::Exchange::default();
        let cover = self.work_on_anodes(x, input, &mut anodes, &mut flags);
        self.renew(x, input, dt, &mut anodes);

        let electricity = self.electricity(x, input, dt, &mut flags);
        let mut flows = self.alumina(x, input, &electricity, cover, dt, &mut flags);
        self.inventory(x, input, &electricity, &mut flows, dt, &mut flags);
        flows.anodes = anodes;
        self.heat(x, input, &electricity, &mut flows, dt);

        let liquid = &x.bath.liquid;
        flags.raise(Flags::FROZEN, chemistry::freezable(liquid) <= 1e-3 * liquid.mass());
        flags.raise(Flags::FREEZING, x.heat.bath < x.slow.liquidus);
        flags.raise(Flags::OVERHEATED, flows.heat.vented > 0.0);
        flags.raise(Flags::LEDGE_BARE, x.ledge.thinnest() <= p.ledge.thinnest);
        flags.raise(Flags::CORRELATIONS, !(1_150.0..=1_373.0).contains(&x.heat.bath));
        let film = x.effect.mean(p.anode.count);
        let conducting = clamp(input.current / p.nominal_current, 0.0, 1.0);
        let noise = x.noise.bubble.value * (1.0 + 20.0 * film) * conducting;
        let volume = x.bath_mass() / bath::density(&self.composition(x), x.heat.bath);
        let ledge = p.ledge.mean(&x.ledge, false);
        Output {
            voltage: electricity.cell + noise,
            bath_voltage: electricity.bath,
            external_voltage: electricity.external,
            film_voltage: electricity.film,
            efficiency: flows.consumed / (input.current * dt * ALUMINA_PER_COULOMB).max(1e-12),
            superheat: x.heat.bath - x.slow.liquidus,
            liquidus: x.slow.liquidus,
            acd: electricity.acd,
            metal_height: electricity.height,
            bath_height: p.metal.bath_height(volume, p.design.anode_area, electricity.acd, ledge),
            flags,
            flows,
        }
    }

    /// Beam, anode change, faults; returns the cover that falls in: zone and \[kg\].
    fn work_on_anodes(
        &self,
        x: &mut State,
        input: &Input,
        sum: &mut anode::Exchange,
        flags: &mut Flags,
    ) -> Option<(usize, f64)> {
        let p = &self.params;
        let count = p.anode.count;
        let moved = clamp(x.beam + input.beam_travel, 0.0, p.anode.stroke);
        let raised = clamp(moved + input.beam_raise, 0.0, p.anode.stroke);
        x.beam = raised;
        flags.raise(Flags::BEAM_LIMIT, raised <= 0.0 || raised >= p.anode.stroke);
        if raised != moved {
            x.anodes.iter_mut().take(count).for_each(|a| a.hang -= raised - moved);
        }
        if let Some((k, fault)) = input.anode_fault.filter(|(k, _)| *k < count)
            && let Some(anode) = x.anodes.get_mut(k)
        {
            match fault {
                anode::Fault::Spike(length) => anode.spike = length,
                anode::Fault::Slip(drop) => anode.hang -= drop,
            }
        }
        let set = input.anode_set.filter(|set| set.anode < count)?;
        let others = (count - 1) as f64;
        let sum_of_hang: f64 = x.anodes.iter().take(count).map(|a| a.hang).sum();
        let anode = x.anodes.get_mut(set.anode)?;
        let level = (sum_of_hang - anode.hang) / others;
        let freezable = chemistry::freezable(&x.bath.liquid);
        anode::replace(&p.anode, anode, level, &set, freezable, sum);
        x.heat.bare = clamp(x.heat.bare + 1.0 / count as f64, 0.0, 1.0);
        // Nothing flows through a crust that has just frozen.
        let zone = self.zone_of(set.anode);
        let bath = x.slow.zone(zone).bath;
        let active = p.anode.active_share(anode.crust);
        if let Some(current) = x.network.current.get_mut(set.anode) {
            *current *= active;
        }
        x.network.expand(set.anode, &bath, &p.design, active, count as f64);
        Some((zone, p.alumina.cover_fall))
    }

    fn electricity(&self, x: &mut State, input: &Input, dt: f64, flags: &mut Flags) -> Electricity {
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
        let touching = x.anodes.iter().zip(&acd).take(count).filter(|(a, d)| a.spike > 0.0 && a.spike >= **d);
        let spikes = touching.count() as f64 / p.anode.spike_resistance;
        flags.raise(Flags::SPIKE, spikes > 0.0);
        flags.raise(Flags::SHORTED, acd.iter().take(count).any(|d| *d <= super::network::CONTACT));
        flags.raise(Flags::ANODE_SPENT, x.anodes.iter().take(count).any(|a| a.height <= anode::THINNEST));

        let load = Load { total: input.current, count, spikes, acd: &acd, film: &film };
        let slow = &x.slow;
        x.network.solve(&load, &p.design, |k| &slow.zone(self.zone_of(k)).bath);
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
                zone.dissolved / (w * liquid + zone.dissolved).max(1e-6) - p.design.al2o3_at_effect
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
        for ((i, anode), zone) in x.network.current.iter().zip(&mut x.anodes).zip(&self.zone_of).take(count) {
            let charge = i.max(0.0) * dt;
            anode.charge += charge;
            e.charge += charge;
            if let Some(slot) = e.useful.get_mut(usize::from(*zone)) {
                *slot += charge;
            }
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

    /// Feeds, dissolves, mixes and consumes alumina.
    fn alumina(
        &self,
        x: &mut State,
        input: &Input,
        e: &Electricity,
        cover: Option<(usize, f64)>,
        dt: f64,
        flags: &mut Flags,
    ) -> Flows {
        let p = &self.params.alumina;
        let mut flows = Flows { charge: e.charge, pfc: e.pfc, ..Flows::default() };
        let per_kg = chemistry::alumina_from_ore(&input.ore);
        let mut dissolved = 0.0;
        for (z, zone) in x.zones.iter_mut().enumerate().take(p.zones) {
            let rates = &x.slow.zone(z).rates;
            // Shots for feeders that this cell does not have fall into the zones it has.
            let ore: f64 = input.shots.iter().skip(z).step_by(p.zones).sum();
            if ore > 0.0 {
                alumina::drop_shot(p, zone, rates, ore * per_kg, input.shot_size, input.ore.fines);
                flows.ore += ore;
                flows.fed += ore * per_kg;
            }
            if let Some((_, mass)) = cover.filter(|(fallen, _)| *fallen == z) {
                alumina::drop_shot(p, zone, rates, mass, mass, input.ore.fines);
                flows.fed += mass;
            }
            dissolved += alumina::dissolve(zone, rates);
            let wanted = e.useful.get(z).map_or(0.0, |q| q * x.slow.efficiency * ALUMINA_PER_COULOMB);
            let consumed = wanted.min(0.5 * zone.dissolved);
            flags.raise(Flags::EXHAUSTED, consumed < wanted);
            zone.dissolved -= consumed;
            flows.consumed += consumed;
        }
        let mut masses = [0.0; MAX_ZONES];
        masses.iter_mut().zip(&x.zones).for_each(|(m, zone)| *m = zone.dissolved);
        x.slow.mixing.apply(&mut masses);
        let limit = x.slow.saturation * x.bath.liquid.mass();
        for ((zone, mass), weight) in x.zones.iter_mut().zip(masses).zip(&self.weight) {
            zone.dissolved = mass;
            flags.raise(Flags::SATURATED, mass > limit * weight / (1.0 - x.slow.saturation).max(0.5));
        }
        flows.feed = (ALUMINA_HEATING * flows.fed + ALUMINA_DISSOLUTION * dissolved) / dt;
        flows
    }

    /// Metal and bath: what is made, added, evolved, taken up and tapped.
    fn inventory(
        &self,
        x: &mut State,
        input: &Input,
        e: &Electricity,
        flows: &mut Flows,
        dt: f64,
        flags: &mut Flags,
    ) {
        let p = &self.params.chemistry;
        // Metal from alumina, from AlF3 under an effect, less what sodium costs.
        flows.lining_sodium = p.sodium_uptake(x.bath.age) * dt;
        flows.lining_metal = chemistry::line(&mut x.bath, flows.lining_sodium, dt);
        flows.metal = flows.consumed * 2.0 * M_AL / M_AL2O3 + e.pfc.metal();
        x.metal += flows.metal - flows.lining_metal;
        flows.tapped_metal = (input.metal_tap * dt).min((x.metal - LEAST_METAL).max(0.0));
        flags.raise(Flags::EMPTY, flows.tapped_metal < input.metal_tap * dt);
        x.metal -= flows.tapped_metal;

        let liquid = &mut x.bath.liquid;
        chemistry::feed(&input.ore, liquid, flows.ore);
        flows.hf = chemistry::fluoride_from_ore(&input.ore) * flows.ore;
        liquid.alf3 += input.alf3 * dt - e.pfc.alf3();
        liquid.cryolite += input.cryolite * dt;
        flows.evaporated = x.slow.evaporation * dt;
        chemistry::evaporate(liquid, flows.evaporated);
        flags.raise(Flags::BASIC, chemistry::balance(liquid));
        let (closed, open) = p.capture;
        flows.captured = if input.hood_open { open } else { closed };

        let mass = liquid.mass() + x.zones.iter().map(|z| z.dissolved).sum::<f64>();
        let wanted = input.bath_tap * dt;
        let tapped = wanted.min((mass - LEAST_BATH).max(0.0));
        flags.raise(Flags::EMPTY, tapped < wanted);
        if tapped > 0.0 {
            let share = tapped / mass;
            flows.tapped_bath = chemistry::tap(liquid, share);
            for zone in &mut x.zones {
                flows.tapped_alumina += zone.dissolved * share;
                zone.dissolved *= 1.0 - share;
            }
        }
    }

    /// Heat. The reaction voltage pays for heating and dissolving the alumina consumed and for
    /// heating carbon from 25 °C, so these are taken out of it and charged where and when shots and
    /// anodes really cool the bath.
    fn heat(&self, x: &mut State, input: &Input, e: &Electricity, flows: &mut Flows, dt: f64) {
        let p = &self.params;
        let a = flows.anodes;
        flows.electrical = input.current * (e.cell - e.external);
        flows.effect_lost = e.films * (1.0 - p.effect.heat_share);
        let made = if e.charge > 0.0 { flows.consumed / (e.charge * ALUMINA_PER_COULOMB) } else { 0.0 };
        let (voltage, per_efficiency) = x.slow.reaction;
        flows.reaction = e.charge / dt * (voltage + per_efficiency * (made - x.slow.efficiency))
            - (ALUMINA_HEATING + ALUMINA_DISSOLUTION) * flows.consumed / dt
            - a.carried / dt;
        flows.additions =
            (input.alf3 + input.cryolite) * (CP_LEDGE * (x.heat.bath - anode::COLD) + LATENT_LEDGE);
        let drive = ledge::Drive {
            bath: x.heat.bath,
            metal: x.heat.metal,
            liquidus: x.slow.liquidus,
            ambient: p.heat.ambient,
            cooling: input.shell_cooling,
            freezable: (chemistry::freezable(&x.bath.liquid) - a.frozen).max(0.0),
        };
        flows.ledge = ledge::step(&p.ledge, &mut x.ledge, &drive, dt);
        flows.frozen = flows.ledge.frozen + a.frozen;
        chemistry::freeze(&mut x.bath, flows.frozen, p.chemistry.trapped);
        let bath = flows.electrical
            - flows.effect_lost
            - e.cathode
            - flows.reaction
            - flows.feed
            - flows.additions
            - (a.joule + a.drawn) / dt;
        let drive = heat::Drive {
            bath,
            cathode: e.cathode,
            ledge: (flows.ledge.from_bath, flows.ledge.from_metal),
            capacity: (heat::bath_capacity(x.bath_mass()), heat::metal_capacity(x.metal)),
            crust_open: input.crust_open,
            dress: input.dress,
        };
        flows.heat = heat::step(&p.heat, &mut x.heat, &drive, dt);
    }
}

/// Metal and bath that cannot be tapped \[kg\].
const LEAST_METAL: f64 = 2_000.0;
const LEAST_BATH: f64 = 1_500.0;

/// Holds every input inside what a plant could do.
fn admit(input: &Input, flags: &mut Flags) -> Input {
    let mut held = *input;
    let mut hold = |x: &mut f64, low: f64, high: f64| {
        // What is not a number asks for nothing. Unequal when outside, and then too.
        let value = clamp(if x.is_nan() { 0.0 } else { *x }, low, high);
        flags.raise(Flags::INPUT, value != *x);
        *x = value;
    };
    hold(&mut held.current, 0.0, 1e6);
    held.shots.iter_mut().for_each(|shot| hold(shot, 0.0, 200.0));
    hold(&mut held.shot_size, 0.0, 200.0);
    hold(&mut held.ore.soda, 0.0, 0.02);
    hold(&mut held.ore.calcia, 0.0, 0.02);
    hold(&mut held.ore.fines, 0.0, 0.6);
    hold(&mut held.ore.moisture, 0.0, 0.03);
    hold(&mut held.ore.naalf4, 0.0, 0.05);
    hold(&mut held.ore.alf3, 0.0, 0.05);
    hold(&mut held.alf3, 0.0, 5.0);
    hold(&mut held.cryolite, 0.0, 20.0);
    hold(&mut held.beam_travel, -0.05, 0.05);
    hold(&mut held.beam_raise, -0.5, 0.5);
    hold(&mut held.metal_tap, 0.0, 50.0);
    hold(&mut held.bath_tap, 0.0, 50.0);
    hold(&mut held.shell_cooling, 0.0, 2_000.0);
    held.normal.iter_mut().for_each(|draw| hold(draw, -10.0, 10.0));
    if let Some(set) = &mut held.anode_set {
        hold(&mut set.offset, -0.05, 0.05);
        hold(&mut set.temperature, 250.0, 1_200.0);
    }
    match &mut held.anode_fault {
        Some((_, anode::Fault::Spike(length))) => hold(length, 0.0, 0.2),
        Some((_, anode::Fault::Slip(drop))) => hold(drop, -0.2, 0.2),
        None => {}
    }
    held
}

//! One step of the whole cell, in the order in which causes precede effects.

use super::electricity::Electricity;
use super::input::admit;
use super::{Cell, Flags, Flows, Input, MAX_ZONES, Output, State, alumina, anode, chemistry, heat, ledge};
use crate::bath::heat::{ALUMINA_DISSOLUTION, ALUMINA_HEATING, CP_LEDGE, LATENT_LEDGE};
use crate::consts::{ALUMINA_PER_COULOMB, M_AL, M_AL2O3};
use crate::math::clamp;

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
        let volume = x.bath_mass() / x.slow.density;
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
        let (fallen, mass) = cover.unwrap_or((usize::MAX, 0.0));
        let fed = input.shots.iter().any(|shot| *shot > 0.0);
        for (z, zone) in x.zones.iter_mut().enumerate().take(p.zones) {
            let rates = &x.slow.zone(z).rates;
            // Shots for feeders that this cell does not have fall into the zones it has.
            let ore = || input.shots.iter().skip(z).step_by(p.zones).sum::<f64>();
            if let Some(ore) = fed.then(ore).filter(|ore| *ore > 0.0) {
                alumina::drop_shot(p, zone, rates, ore * per_kg, input.shot_size, input.ore.fines);
                flows.ore += ore;
                flows.fed += ore * per_kg;
            }
            if fallen == z {
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

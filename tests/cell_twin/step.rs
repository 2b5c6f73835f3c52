//! One step of the twin: the balance equations, one phenomenon after the other.

use super::twin::{Melt, Seen, Twin, mass};
use potline::bath;
use potline::bath::heat::{
    ALUMINA_DISSOLUTION, ALUMINA_HEATING, CONDUCTIVITY_LEDGE, CP_BATH, CP_LEDGE, CP_METAL, DENSITY_LEDGE,
    LATENT_LEDGE,
};
use potline::cell::alumina::Zone;
use potline::cell::anode::{Anode, Fault};
use potline::cell::chemistry::Bath;
use potline::cell::noise::Oscillator;
use potline::cell::{Input, MAX_ZONES};
use potline::consts::{
    DAY, FARADAY, M_AL, M_AL2O3, M_ALF3, M_C2F6, M_CAF2, M_CAO, M_CF4, M_CRYOLITE, M_H2O, M_NA, M_NA2O, M_NAF,
};
use potline::electro;
use std::f64::consts::{PI, TAU};

/// 25 °C \[K\].
const COLD: f64 = 298.15;

/// What the anodes took from the bath in a step \[J\] and froze \[kg\].
#[derive(Default)]
struct Anodes {
    drawn: f64,
    joule: f64,
    carried: f64,
    frozen: f64,
}

impl Twin {
    pub fn step(&mut self, u: &Input, dt: f64) -> Seen {
        let (p, zones, count) = (self.p, self.p.alumina.zones, self.anodes());
        let mut anodes = Anodes::default();
        let cover = self.work(u, &mut anodes);

        // Properties of this moment.
        let (whole, t) = (self.whole(), self.x.heat.bath);
        let liquidus = bath::solheim1996(&whole);
        let saturation = bath::saturation(&whole, t);
        let melts: Vec<Melt> = (0..zones).map(|z| self.melt(z)).collect();
        let still = (0..count).map(|k| self.still_distance(k)).sum::<f64>() / count as f64;
        let efficiency = self.efficiency(u.current, still);
        let sludge = (self.x.zones.iter().map(|z| z.sludge).sum::<f64>() / 400.0).min(5.0);
        let evaporated = self.evaporation() * dt;
        let wave = self.x.noise.roll[0].value.abs();

        // Noise and distances.
        self.noise(still, 1.0 + self.cold().min(2.0) + sludge, u, dt);
        let distance: Vec<f64> =
            (0..count).map(|k| (self.still_distance(k) - self.heave(k)).clamp(0.002, 1.0)).collect();
        let touching = (0..count).filter(|k| {
            let spike = self.x.anodes[*k].spike;
            spike > 0.0 && spike >= distance[*k]
        });
        let spikes = touching.count() as f64 / p.anode.spike_resistance;
        let (between, current) = self.divide(&melts, &distance, u.current, spikes);
        for (slot, i) in self.x.network.current.iter_mut().zip(&current) {
            *slot = *i;
        }

        // Films, and what the current makes.
        let film_before = self.x.effect.film;
        self.films(&melts, (&current, &distance), u, dt);
        let film_ohm = p.effect.voltage * count as f64 / p.nominal_current;
        let (mut films, mut cf4) = (0.0, 0.0);
        let mut useful = [0.0; MAX_ZONES];
        let mut charge = 0.0;
        for (k, i) in current.iter().enumerate() {
            let (q, theta) = (i.max(0.0) * dt, film_before[k]);
            charge += q;
            useful[self.zone_of(k)] += q * (1.0 - p.effect.efficiency_loss * theta);
            films += i * i * film_ohm * theta;
            let share = (i * film_ohm * theta / p.effect.voltage).clamp(0.0, 1.5);
            // 0.143 kg CF4 per tonne of the day's metal and minute of effect.
            cf4 += 0.143e-3 * (M_AL / (3.0 * FARADAY)) * q * DAY / 60.0 * share * share;
        }
        let c2f6 = 0.12 * cf4;
        let alf3_of_pfc = M_ALF3 * (4.0 / 3.0 * cf4 / M_CF4 + 2.0 * c2f6 / M_C2F6);

        // Alumina.
        let per_kg = self.alumina_of_ore(u);
        let fed_ore: f64 = u.shots.iter().sum();
        let mut fed = fed_ore * per_kg;
        let superheat = t - liquidus;
        for z in 0..zones {
            let shots: f64 = u.shots.iter().skip(z).step_by(zones).sum();
            self.drop_into(z, shots * per_kg, u.shot_size, u.ore.fines, superheat);
            if let Some((_, kilograms)) = cover.filter(|(zone, _)| *zone == z) {
                self.drop_into(z, kilograms, kilograms, u.ore.fines, superheat);
                fed += kilograms;
            }
        }
        let rates: Vec<f64> =
            useful.iter().map(|q| q / dt * efficiency * M_AL2O3 / (6.0 * FARADAY)).collect();
        let (dissolved, consumed) = self.dissolve(&rates, saturation, superheat, wave, u.current, dt);

        // Metal and bath.
        self.inventory(u, fed_ore, consumed, alf3_of_pfc, evaporated, dt);

        // Anodes: heat, crust, wear.
        for (k, i) in current.iter().enumerate() {
            self.anode(k, *i, liquidus, efficiency, dt, &mut anodes);
        }

        // Heat.
        let cathode_ohm = p.design.r_cathode * (1.0 + 0.1 * sludge);
        let concentration =
            electro::cathode_concentration(t, u.current / p.design.cathode_area, whole.bath_ratio());
        let inside = between + concentration + u.current * cathode_ohm;
        let made = consumed / (charge * M_AL2O3 / (6.0 * FARADAY)).max(1e-12);
        // Linear in the efficiency: from the two ends of its range.
        let (all, half) = (electro::reaction_voltage(t, 1.0), electro::reaction_voltage(t, 0.5));
        let reaction = charge / dt * (half + (all - half) * (made - 0.5) / 0.5);
        let feed = ALUMINA_HEATING * (fed - consumed) + ALUMINA_DISSOLUTION * (dissolved - consumed);
        let additions = (u.alf3 + u.cryolite) * (CP_LEDGE * (t - COLD) + LATENT_LEDGE);
        let cathode = u.current * u.current * cathode_ohm;
        let into_bath = u.current * inside
            - films * (1.0 - p.effect.heat_share)
            - cathode
            - reaction
            - feed / dt
            - additions
            - (anodes.drawn + anodes.joule - anodes.carried) / dt;
        let frozen = self.heat(u, into_bath, cathode, liquidus, dt) + anodes.frozen;
        self.freeze(frozen);

        let film = film_mean(&self.x.effect.film[..count]);
        let bubble =
            self.x.noise.bubble.value * (1.0 + 20.0 * film) * (u.current / p.nominal_current).min(1.0);
        Seen { voltage: inside + u.current * p.design.r_external + bubble, current }
    }

    /// Beam, anode change, faults; the cover that falls in.
    fn work(&mut self, u: &Input, anodes: &mut Anodes) -> Option<(usize, f64)> {
        let (p, count) = (self.p.anode, self.anodes());
        let moved = (self.x.beam + u.beam_travel).clamp(0.0, p.stroke);
        self.x.beam = (moved + u.beam_raise).clamp(0.0, p.stroke);
        for anode in &mut self.x.anodes[..count] {
            anode.hang -= self.x.beam - moved;
        }
        match u.anode_fault {
            Some((k, Fault::Spike(length))) => self.x.anodes[k].spike = length,
            Some((k, Fault::Slip(drop))) => self.x.anodes[k].hang -= drop,
            None => {}
        }
        let set = u.anode_set?;
        let others = (0..count).filter(|k| *k != set.anode).map(|k| self.x.anodes[k].hang);
        let level = others.sum::<f64>() / (count - 1) as f64;
        let old = self.x.anodes[set.anode];
        // What freezes at once warms the block.
        let frozen = (p.first_crust - old.crust) * p.area * DENSITY_LEDGE;
        let capacity = p.new_height * p.area * p.carbon_density * p.heat_capacity;
        self.x.anodes[set.anode] = Anode {
            hang: level + p.set_margin + set.offset,
            height: p.new_height,
            temperature: set.temperature + LATENT_LEDGE * frozen / capacity,
            crust: p.first_crust,
            ..Anode::default()
        };
        anodes.frozen += frozen;
        self.x.heat.bare = (self.x.heat.bare + 1.0 / count as f64).min(1.0);
        Some((self.zone_of(set.anode), self.p.alumina.cover_fall))
    }

    /// Share of new anodes' bottoms that are frozen over, all together.
    fn cold(&self) -> f64 {
        let scale = self.p.anode.crust_scale;
        let frozen = self.x.anodes[..self.anodes()].iter().filter(|a| a.crust > 0.0);
        frozen.map(|a| 1.0 - (-a.crust / scale).exp().max(1e-3)).sum()
    }

    fn evaporation(&self) -> f64 {
        let c = &self.p.chemistry;
        let dry = (self.x.bath.liquid.alf3 / (0.01 * self.liquid())).clamp(0.0, 1.0);
        dry * c.evaporation * bath::vapour_pressure(&self.whole(), self.x.heat.bath) / c.vapour_pressure
    }

    /// Bubbles and waves. Free motion by many small Runge–Kutta steps; the bubbles gain what keeps their
    /// variances σ² and σ²ω², the waves a kick each.
    fn noise(&mut self, acd: f64, agitation: f64, u: &Input, dt: f64) {
        let n = self.p.noise;
        let height = self.metal_height();
        let [first, second, kicks @ ..] = u.normal;

        let (omega, zeta) = (TAU * n.bubble_frequency, n.bubble_damping);
        let (a, c) = swing(1.0, 0.0, omega, zeta, dt);
        let (b, d) = swing(0.0, 1.0, omega, zeta, dt);
        let v = (n.bubble * agitation).powi(2);
        let w = v * omega * omega;
        let gain = (v - a * a * v - b * b * w).sqrt();
        let cross = -(a * c * v + b * d * w) / gain;
        let rest = (w - c * c * v - d * d * w - cross * cross).max(0.0).sqrt();
        let x = self.x.noise.bubble;
        self.x.noise.bubble = Oscillator {
            value: a * x.value + b * x.rate + gain * first,
            rate: c * x.value + d * x.rate + cross * first + rest * second,
        };

        let damping = |acd: f64, height: f64| {
            (n.damping * (1.0 - n.critical_acd / acd * n.critical_height / height)).clamp(-0.1, 0.9)
        };
        let nominal = damping(n.nominal.0, n.nominal.1).max(0.005);
        for (mode, draw) in kicks.iter().enumerate() {
            let omega = TAU / n.roll_period[mode];
            let kick = n.roll[mode] * (4.0 * nominal * omega.powi(3) * dt).sqrt() * agitation * draw;
            let before = self.x.noise.roll[mode];
            let (value, rate) = swing(before.value, before.rate + kick, omega, damping(acd, height), dt);
            let squeeze = 2.0 * n.damping * omega * dt * (before.value / n.limit).powi(2);
            self.x.noise.roll[mode] = Oscillator { value, rate: rate * (1.0 - squeeze.min(0.9)) };
        }
    }

    /// How high the waves lift the metal under anode `k`.
    fn heave(&self, k: usize) -> f64 {
        let (n, row) = (&self.p.noise, self.anodes() / 2);
        let along = ((k % row) as f64 + 0.5) / row as f64;
        let angle = if k < row { PI * along } else { TAU - PI * along };
        let [first, second] = self.x.noise.roll;
        let turned = first.rate * n.roll_period[0] / TAU;
        first.value * (n.common + angle.cos()) + turned * angle.sin() + second.value * (TAU * along).cos()
    }

    fn films(&mut self, melts: &[Melt], (current, distance): (&[f64], &[f64]), u: &Input, dt: f64) {
        let e = self.p.effect;
        let count = current.len();
        let margin: Vec<f64> =
            (0..count).map(|k| self.alumina_of(self.zone_of(k)) - self.p.design.al2o3_at_effect).collect();
        let load: Vec<f64> = (0..count)
            .map(|k| current[k] / (melts[self.zone_of(k)].critical * self.active_area(k)))
            .collect();
        // Gas is swept away while the filmed anodes, on the mean, hang in rich bath.
        let burning: Vec<usize> = (0..count).filter(|k| self.x.effect.burning[*k]).collect();
        let x = &mut self.x.effect;
        if burning.is_empty() {
            x.swept = 0.0;
        } else if burning.iter().map(|k| margin[*k]).sum::<f64>() / burning.len() as f64 >= e.margin {
            x.swept += dt / e.self_clearing_time + u.beam_travel.abs() / e.clearing_travel;
            x.swept += if u.pole { 1.0 } else { 0.0 };
        }
        let cleared = x.swept >= 1.0;
        if cleared {
            x.swept = 0.0;
        }
        for k in 0..count {
            if load[k] > 1.0 {
                x.exposure[k] += (load[k] - 1.0) * dt;
            } else {
                x.exposure[k] *= (-dt / e.exposure_time).exp();
            }
            let splashed = distance[k] < 0.010;
            if (cleared && margin[k] >= 0.0) || splashed {
                (x.burning[k], x.exposure[k]) = (false, 0.0);
            } else if u.force_effect || x.exposure[k] > e.exposure {
                (x.burning[k], x.exposure[k]) = (true, 0.0);
            }
            let (goal, time) = if x.burning[k] { (1.0, e.onset_time) } else { (0.0, e.recovery_time) };
            x.film[k] = goal + (x.film[k] - goal) * (-dt / time).exp();
            if !x.burning[k] && x.film[k] < 1e-6 {
                x.film[k] = 0.0;
            }
        }
        x.any = x.film.iter().any(|theta| *theta > 0.0);
    }

    /// Al2O3 that one kilogram of ore brings and makes.
    fn alumina_of_ore(&self, u: &Input) -> f64 {
        let o = &u.ore;
        let own = 1.0 - o.soda - o.calcia - o.moisture - o.naalf4 - o.alf3;
        own + M_AL2O3 / 3.0 * (o.soda / M_NA2O + o.calcia / M_CAO + o.moisture / M_H2O)
    }

    fn drop_into(&mut self, z: usize, kilograms: f64, size: f64, fines: f64, superheat: f64) {
        let a = self.p.alumina;
        let alumina = self.alumina_of(z);
        let fast = (a.fast_share * (1.0 - 2.0 * (fines - 0.10))).clamp(0.0, 1.0);
        let cold = 1.0 + ((6.0 - superheat) / 3.0).clamp(0.0, 10.0);
        let rich = 1.0 + (100.0 * (alumina - 0.035)).clamp(0.0, 10.0);
        let large = 1.0 + (size / a.shot_limit - 1.0).clamp(0.0, 10.0);
        let sinks = (a.sludge_share * cold * rich * large).clamp(0.0, (1.0 - fast).min(0.5));
        let zone = &mut self.x.zones[z];
        zone.fast += fast * kilograms;
        zone.sludge += sinks * kilograms;
        zone.agglomerate += (1.0 - fast - sinks) * kilograms;
    }

    /// Pools, consumption and exchange together: the right-hand sides as they stand, ten Runge–Kutta
    /// steps. Returns what dissolved and what was consumed.
    fn dissolve(
        &mut self,
        consumption: &[f64],
        saturation: f64,
        superheat: f64,
        wave: f64,
        line: f64,
        dt: f64,
    ) -> (f64, f64) {
        let (a, zones) = (self.p.alumina, self.p.alumina.zones);
        let rest: Vec<f64> = (0..zones).map(|z| self.liquid() * self.weight(z)).collect();
        let phi: Vec<f64> = (0..zones)
            .map(|z| {
                let drive = (saturation - self.alumina_of(z)) / (saturation - 0.025);
                drive.clamp(0.0, 2.0) * (superheat / 10.0).clamp(0.2, 2.0)
            })
            .collect();
        let motion = 0.5 + 0.5 * (wave / 1e-3).clamp(1.0, 5.0);
        let exchange = a.exchange * (0.1 + 0.9 * (line / self.p.nominal_current).min(1.2));
        let taken: Vec<f64> =
            (0..zones).map(|z| consumption[z].min(0.5 * self.x.zones[z].dissolved / dt)).collect();
        let share = |x: &Zone, z: usize| x.dissolved / (rest[z] + x.dissolved);
        let slope = |x: &[Zone]| -> Vec<Zone> {
            let one = |z: usize| {
                let (fast, medium) = (phi[z] / a.fast_time, phi[z] / a.agglomerate_time);
                let slow = phi[z] * motion / a.sludge_time;
                let (p1, p2, p3) = (x[z].fast, x[z].agglomerate, x[z].sludge);
                let neighbours = [z.checked_sub(1), Some(z + 1).filter(|n| *n < zones)];
                let gained: f64 =
                    neighbours.into_iter().flatten().map(|n| share(&x[n], n) - share(&x[z], z)).sum();
                Zone {
                    fast: -p1 * fast,
                    agglomerate: -p2 * (medium + a.sink_rate),
                    sludge: -p3 * slow + a.sink_rate * p2,
                    dissolved: p1 * fast + p2 * medium + p3 * slow - taken[z] + exchange * gained,
                }
            };
            (0..zones).map(one).collect()
        };
        let pools = |x: &[Zone]| x.iter().map(|z| z.fast + z.agglomerate + z.sludge).sum::<f64>();
        let mut x: Vec<Zone> = self.x.zones[..zones].to_vec();
        let (before, steps) = (pools(&x), 4);
        let h = dt / f64::from(steps);
        for _ in 0..steps {
            let k1 = slope(&x);
            let k2 = slope(&moved(&x, &k1, 0.5 * h));
            let k3 = slope(&moved(&x, &k2, 0.5 * h));
            let k4 = slope(&moved(&x, &k3, h));
            for (k, w) in [(k1, 1.0), (k2, 2.0), (k3, 2.0), (k4, 1.0)] {
                x = moved(&x, &k, w * h / 6.0);
            }
        }
        self.x.zones[..zones].copy_from_slice(&x);
        (before - pools(&x), taken.iter().sum::<f64>() * dt)
    }

    fn inventory(&mut self, u: &Input, ore: f64, consumed: f64, pfc_alf3: f64, evaporated: f64, dt: f64) {
        let (c, o) = (self.p.chemistry, u.ore);
        // Na3AlF6 + Al -> 3 Na (lining) + 2 AlF3.
        let sodium = c.lining_sodium * (-self.x.bath.age / c.lining_time).exp() * dt / M_NA / 3.0;
        self.x.bath.age += dt / DAY;
        self.x.metal += consumed * 2.0 * M_AL / M_AL2O3 + pfc_alf3 * M_AL / M_ALF3 - sodium * M_AL;
        self.x.metal -= u.metal_tap * dt;

        let b = &mut self.x.bath.liquid;
        // Moles of Na2O, CaO, H2O and NaAlF4 (counted as one third of cryolite and two of AlF3).
        let (soda, calcia, water) = (o.soda * ore / M_NA2O, o.calcia * ore / M_CAO, o.moisture * ore / M_H2O);
        let naalf4 = 3.0 * (o.naalf4 * ore - evaporated) / (M_CRYOLITE + 2.0 * M_ALF3);
        b.cryolite += M_CRYOLITE * (2.0 / 3.0 * soda + naalf4 / 3.0 - sodium) + u.cryolite * dt;
        b.alf3 += M_ALF3
            * (2.0 / 3.0 * naalf4 + 2.0 * sodium - 4.0 / 3.0 * soda - 2.0 / 3.0 * calcia - 2.0 / 3.0 * water)
            + (u.alf3 * dt + o.alf3 * ore)
            - pfc_alf3;
        b.caf2 += M_CAF2 * calcia;
        // Na3AlF6 = 3 NaF + AlF3.
        if b.alf3 < 0.0 || b.naf > 0.0 {
            let split = (-b.alf3 / M_ALF3).max(-b.naf / (3.0 * M_NAF));
            b.alf3 = (b.alf3 + split * M_ALF3).max(0.0);
            b.naf = (b.naf + 3.0 * split * M_NAF).max(0.0);
            b.cryolite -= split * (M_ALF3 + 3.0 * M_NAF);
        }
        let stays = 1.0 - u.bath_tap * dt / (self.liquid() + self.dissolved());
        scale(&mut self.x.bath.liquid, stays);
        self.x.zones.iter_mut().for_each(|zone| zone.dissolved *= stays);
    }

    fn anode(&mut self, k: usize, i: f64, liquidus: f64, efficiency: f64, dt: f64, sum: &mut Anodes) {
        let (p, gas) = (self.p.anode, self.p.heat.gas);
        let (ohm, t) = (self.p.design.r_anode * self.anodes() as f64, self.x.heat.bath);
        let x = &mut self.x.anodes[k];
        let half_block = 0.5 * x.height / (p.conductivity * p.area);
        let per_metre = p.area * DENSITY_LEDGE;
        let (drawn, received) = if x.crust > 0.0 {
            let crust = x.crust / (CONDUCTIVITY_LEDGE * p.area);
            let received = (liquidus - x.temperature) / (half_block + crust) * dt;
            let given = p.film * p.area * (t - liquidus) * dt;
            let frozen = ((received - given) / LATENT_LEDGE).max(-x.crust * per_metre);
            x.crust = (x.crust + frozen / per_metre).max(0.0);
            sum.frozen += frozen;
            (received - LATENT_LEDGE * frozen, received)
        } else {
            let heat = (t - x.temperature) / (half_block + 1.0 / (p.film * p.area)) * dt;
            (heat, heat)
        };
        let joule = i * i * ohm * dt;
        let top = (x.temperature - gas) / p.stub_resistance * dt;
        let capacity = x.height * p.area * p.carbon_density * p.heat_capacity;
        x.temperature += (received + joule - top) / capacity;
        let carbon = i.max(0.0) * dt * efficiency * M_AL / (3.0 * FARADAY) * p.carbon;
        let worn = carbon / (p.area * p.carbon_density);
        x.height -= worn;
        x.hang += worn;
        sum.drawn += drawn;
        sum.joule += joule;
        sum.carried += carbon * p.heat_capacity * (x.temperature - COLD);
    }

    /// Ledge, walls, bath, metal and lining; returns what froze at the sides.
    fn heat(&mut self, u: &Input, into_bath: f64, cathode: f64, liquidus: f64, dt: f64) -> f64 {
        let (h, l) = (self.p.heat, self.p.ledge);
        let x = self.x.heat;
        let all: f64 = l.segments.iter().map(|s| s.area).sum();
        let (mut from_bath, mut from_metal, mut frozen) = (0.0, 0.0, 0.0);
        for (n, s) in l.segments.iter().enumerate() {
            let (thickness, wall) = (self.x.ledge.thickness[n], self.x.ledge.wall[n]);
            let through = (liquidus - wall) * s.area / (thickness / l.conductivity + l.contact_resistance);
            let film = s.film * s.area * (if s.metal { x.metal } else { x.bath } - liquidus);
            let grown =
                ((through - film) * dt / (LATENT_LEDGE * l.density * s.area)).max(l.thinnest - thickness);
            let kilograms = grown * l.density * s.area;
            let given = through - kilograms * LATENT_LEDGE / dt;
            if s.metal {
                from_metal += given
            } else {
                from_bath += given
            }
            frozen += kilograms;
            let out = (wall - h.ambient) * s.area * (1.0 / l.shell_resistance + u.shell_cooling / all);
            self.x.ledge.thickness[n] += grown;
            self.x.ledge.wall[n] += (through - out) * dt / (l.wall_capacity * s.area);
        }
        if u.dress {
            (self.x.heat.cover, self.x.heat.bare) = (h.cover, 0.0);
        }
        let (cover, bare) = (self.x.heat.cover, self.x.heat.bare);
        let passes = |thick: f64| h.crust_area / (thick / h.cover_conductivity + 1.0 / h.cover_film);
        let crust = ((1.0 - bare) * passes(cover) + bare * passes(0.03)) * (x.bath - h.gas)
            + if u.crust_open { h.open_crust } else { 0.0 };
        let vented = 200e3 * (x.bath - 1_373.15).max(0.0);
        let to_metal = h.bath_metal * (x.bath - x.metal);
        let to_blocks = (x.metal - x.blocks) / h.block_resistance;
        let to_insulation = (x.blocks - x.insulation) / h.lining_resistance;
        let edge = (x.blocks - h.ambient) / h.edge_resistance;
        let bottom = (x.insulation - h.ambient) / h.bottom_resistance;
        let bath_capacity = (self.liquid() + self.dissolved() - frozen) * CP_BATH;
        let y = &mut self.x.heat;
        y.cover = (y.cover - h.cover_loss * dt).max(0.03);
        y.bath += (into_bath - crust - vented - from_bath - to_metal) * dt / bath_capacity;
        y.metal += (to_metal - from_metal - to_blocks) * dt / (self.x.metal * CP_METAL);
        y.blocks += (cathode + to_blocks - to_insulation - edge) * dt / h.block_capacity;
        y.insulation += (to_insulation - bottom) * dt / h.lining_capacity;
        frozen
    }

    /// Ledge takes pure cryolite and a share of bath; molten ledge gives back what it is made of.
    fn freeze(&mut self, kilograms: f64) {
        let from = if kilograms > 0.0 { &self.x.bath.liquid } else { &self.x.bath.frozen };
        let share = kilograms / mass(from) * if kilograms > 0.0 { self.p.chemistry.trapped } else { 1.0 };
        let mut moved = *from;
        scale(&mut moved, share);
        moved.cryolite += kilograms - mass(&moved);
        add(&mut self.x.bath.liquid, &moved, -1.0);
        add(&mut self.x.bath.frozen, &moved, 1.0);
    }
}

fn film_mean(film: &[f64]) -> f64 {
    film.iter().sum::<f64>() / film.len() as f64
}

/// x'' + 2 ζ ω x' + ω² x = 0 over `dt`.
fn swing(mut x: f64, mut v: f64, omega: f64, zeta: f64, dt: f64) -> (f64, f64) {
    let force = |x: f64, v: f64| -omega * omega * x - 2.0 * zeta * omega * v;
    let steps = 40;
    let h = dt / f64::from(steps);
    for _ in 0..steps {
        let (a1, b1) = (v, force(x, v));
        let (a2, b2) = (v + 0.5 * h * b1, force(x + 0.5 * h * a1, v + 0.5 * h * b1));
        let (a3, b3) = (v + 0.5 * h * b2, force(x + 0.5 * h * a2, v + 0.5 * h * b2));
        let (a4, b4) = (v + h * b3, force(x + h * a3, v + h * b3));
        x += h / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4);
        v += h / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4);
    }
    (x, v)
}

fn moved(x: &[Zone], slope: &[Zone], by: f64) -> Vec<Zone> {
    let one = |(x, s): (&Zone, &Zone)| Zone {
        dissolved: x.dissolved + by * s.dissolved,
        fast: x.fast + by * s.fast,
        agglomerate: x.agglomerate + by * s.agglomerate,
        sludge: x.sludge + by * s.sludge,
    };
    x.iter().zip(slope).map(one).collect()
}

fn scale(b: &mut Bath, by: f64) {
    for part in [&mut b.cryolite, &mut b.alf3, &mut b.caf2, &mut b.mgf2, &mut b.lif, &mut b.kf, &mut b.naf] {
        *part *= by;
    }
}

fn add(b: &mut Bath, other: &Bath, by: f64) {
    b.cryolite += by * other.cryolite;
    b.alf3 += by * other.alf3;
    b.caf2 += by * other.caf2;
    b.mgf2 += by * other.mgf2;
    b.lif += by * other.lif;
    b.kf += by * other.kf;
    b.naf += by * other.naf;
}

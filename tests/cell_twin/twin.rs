//! What the twin looks up, every step anew, and how it divides the current. Slow on purpose.

use potline::bath::{self, Composition};
use potline::cell::chemistry::Bath;
use potline::cell::{Params, State};
use potline::electro;

/// The twin. It borrows the shape of [`State`] as a place to write to and none of its functions; what
/// the cell keeps there for itself (currents, looked-up values) stays as it was.
pub struct Twin {
    pub p: Params,
    pub x: State,
    critical: electro::Haupin1998,
}

/// What a step shows besides the state.
pub struct Seen {
    pub voltage: f64,
    pub current: Vec<f64>,
}

/// What the bath of a zone means to an anode.
pub struct Melt {
    composition: Composition,
    reversible: f64,
    conductivity: f64,
    bath_ratio: f64,
    limit: f64,
    pub critical: f64,
}

impl Twin {
    pub fn new(p: Params, x: State) -> Self {
        let (composition, temperature) = p.effect.calibration;
        let density = p.nominal_current / (p.design.anode_area * p.design.fanning);
        let critical = electro::Haupin1998::calibrated(
            temperature,
            &composition,
            p.design.one_anode_area,
            p.design.al2o3_at_effect,
            density,
        );
        Self { p, x, critical }
    }

    pub fn anodes(&self) -> usize {
        self.p.anode.count
    }

    /// Zone of anode `k`: each row is cut into as many stretches as there are feeders.
    pub fn zone_of(&self, k: usize) -> usize {
        let row = self.anodes() / 2;
        (k % row) * self.p.alumina.zones / row
    }

    /// Share of the anodes, and so of the bath, in zone `z`.
    pub fn weight(&self, z: usize) -> f64 {
        (0..self.anodes()).filter(|k| self.zone_of(*k) == z).count() as f64 / self.anodes() as f64
    }

    pub fn liquid(&self) -> f64 {
        mass(&self.x.bath.liquid)
    }

    pub fn dissolved(&self) -> f64 {
        self.x.zones.iter().map(|z| z.dissolved).sum()
    }

    /// The bath with alumina of `share` of it.
    fn with_alumina(&self, share: f64) -> Composition {
        let (b, rest) = (&self.x.bath.liquid, (1.0 - share) / self.liquid());
        Composition {
            alf3: b.alf3 * rest,
            al2o3: share,
            caf2: b.caf2 * rest,
            mgf2: b.mgf2 * rest,
            lif: b.lif * rest,
            kf: b.kf * rest,
        }
    }

    pub fn whole(&self) -> Composition {
        self.with_alumina(self.dissolved() / (self.liquid() + self.dissolved()))
    }

    /// Alumina of zone `z`, mass fraction.
    pub fn alumina_of(&self, z: usize) -> f64 {
        let a = self.x.zones[z].dissolved;
        a / (self.liquid() * self.weight(z) + a)
    }

    pub fn melt(&self, z: usize) -> Melt {
        let (t, area) = (self.x.heat.bath, self.p.design.one_anode_area);
        let composition = self.with_alumina(self.alumina_of(z));
        let activity = composition.al2o3 / bath::saturation(&composition, t);
        Melt {
            reversible: electro::reversible(t, activity),
            conductivity: bath::conductivity(&composition, t),
            bath_ratio: composition.bath_ratio(),
            limit: electro::piontelli1965(t, composition.al2o3, area),
            critical: self.critical.critical(t, &composition, area),
            composition,
        }
    }

    /// Mean ledge at bath or at metal level.
    pub fn mean_ledge(&self, metal: bool) -> f64 {
        let at: Vec<_> = self.p.ledge.segments.iter().zip(self.x.ledge.thickness).collect();
        let at = at.iter().filter(|(s, _)| s.metal == metal);
        let (volume, area) = at.fold((0.0, 0.0), |(v, a), (s, t)| (v + s.area * t, a + s.area));
        volume / area
    }

    /// h_M = m / (ρ A).
    pub fn metal_height(&self) -> f64 {
        let (m, ledge) = (&self.p.metal, self.mean_ledge(true));
        let area = (m.cavity_length - 2.0 * ledge) * (m.cavity_width - 2.0 * ledge);
        self.x.metal / (bath::metal_density(self.x.heat.metal) * area)
    }

    /// Distance of anode `k` without waves.
    pub fn still_distance(&self, k: usize) -> f64 {
        let metal = self.metal_height() - self.p.metal.reference_height;
        self.p.anode.reference_acd + self.x.beam + self.x.anodes[k].hang - metal
    }

    /// Current efficiency without films.
    pub fn efficiency(&self, line: f64, acd: f64) -> f64 {
        let (c, t) = (self.whole(), self.x.heat.bath);
        let over_eutectic = t - bath::eutectic(&c).0;
        let at_reference = self.p.efficiency.efficiency(over_eutectic, c.alf3, c.lif);
        let area = self.p.design.cathode_area;
        let here = electro::scaled_efficiency(at_reference, line / area, self.p.nominal_current / area);
        let close = 0.01 * (-(acd - 0.030).max(-0.02) / 0.003).exp();
        here * (1.0 - (2.0 * self.x.noise.roll[0].value.abs() + close).clamp(0.0, 0.5))
    }

    /// Voltage of an anode at current `i`, beam to metal.
    fn anode_voltage(&self, melt: &Melt, k: usize, i: f64, d: f64) -> f64 {
        let (p, t) = (&self.p, self.x.heat.bath);
        let n = self.anodes() as f64;
        let area = self.active_area(k);
        let j = (i / area).max(100.0);
        let c = &melt.composition;
        let gas =
            electro::bubbles(j, melt.bath_ratio, c.al2o3, p.design.al2o3_at_effect, p.design.bubble_factor);
        let film = self.x.effect.film[k] * p.effect.voltage * n / p.nominal_current;
        melt.reversible
            + electro::anode_surface(t, j, c.al2o3, c.lif, melt.bath_ratio, p.design.bake_temperature)
            + electro::anode_concentration(t, j, melt.limit)
            + j * gas.resistance_area(melt.conductivity)
            + i * (p.design.r_anode * n + (d - gas.thickness).max(0.002) / (melt.conductivity * area) + film)
    }

    pub fn active_area(&self, k: usize) -> f64 {
        let d = &self.p.design;
        let active = (-self.x.anodes[k].crust / self.p.anode.crust_scale).exp().max(1e-3);
        d.anode_area * d.fanning / self.anodes() as f64 * active
    }

    /// Voltage between beam and metal, and the current of each anode: the V at which the currents that
    /// every anode draws on its own and the spikes add up to the line current.
    pub fn divide(&self, melts: &[Melt], d: &[f64], line: f64, spikes: f64) -> (f64, Vec<f64>) {
        let mean = line / self.anodes() as f64;
        let mut current: Vec<f64> = self.x.network.current[..self.anodes()].to_vec();
        let draw = |v: f64, current: &mut [f64]| {
            let mut slope = spikes;
            for (k, i) in current.iter_mut().enumerate() {
                let at = |i: f64| self.anode_voltage(&melts[self.zone_of(k)], k, i, d[k]);
                let (root, ohm) = invert(at, v, *i, mean.max(100.0));
                *i = root;
                slope += 1.0 / ohm;
            }
            (current.iter().sum::<f64>() + v * spikes - line, slope)
        };
        let (mut v, mut low, mut high) = (4.0, -200.0, 400.0);
        for _ in 0..200 {
            let (excess, slope) = draw(v, &mut current);
            if excess.abs() < 1e-8 * line.max(1e3) {
                break;
            }
            if excess > 0.0 {
                high = v
            } else {
                low = v
            }
            let newton = v - excess / slope;
            v = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        }
        (v, current)
    }
}

/// The current at which the rising function `at` is `v`, and its slope there: Newton's method inside a
/// bracket, halved whenever Newton leaves it. `scale` is the size of an ordinary current.
fn invert(at: impl Fn(f64) -> f64, v: f64, start: f64, scale: f64) -> (f64, f64) {
    let (mut low, mut high, mut i) = (-1e3 * scale, 1e3 * scale, start);
    let mut slope = 1.0;
    for _ in 0..200 {
        let off = at(i) - v;
        let h = 1e-4 * scale;
        slope = (at(i + h) - at(i - h)) / (2.0 * h);
        if off > 0.0 {
            high = i
        } else {
            low = i
        }
        let newton = i - off / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let done = (next - i).abs() < 1e-9 * scale;
        i = next;
        if done {
            break;
        }
    }
    (i, slope)
}

/// Mass without alumina.
pub fn mass(b: &Bath) -> f64 {
    b.cryolite + b.alf3 + b.caf2 + b.mgf2 + b.lif + b.kf + b.naf
}

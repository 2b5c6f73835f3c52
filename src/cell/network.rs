//! How the line current divides among the anodes.
//!
//! All anodes hang between the same two conductors, the beam and the metal, so one voltage V drives
//! them all:
//!
//! ```text
//! V = N_k(i) + i [r_an + (d_k - d_gas)/(κ A_k) + θ_k R_film],   Σ i_k + V Σ g_k = I
//! N_k(i) = E_rev(c_z) + η_surface(i) + η_concentration(i) + bubble drop(i)
//! ```
//!
//! r_an one anode assembly, d_k its distance to the metal (d_k - d_gas is held at 2 mm or more), A_k its
//! active area with fanning, θ_k its gas film, g_k the conductance of a spike that touches the metal.
//! Each N_k is expanded to second order around the current at which its zone was last looked at, and
//! anew as soon as the current has left it by 4 %. Newton's
//! method with the last currents as start needs one scalar equation per iteration, because the anodes
//! meet in V alone:
//!
//! ```text
//! i_k = i_k0 + (V - V_k(i_k0))/R_k,   V = [I - Σ i_k0 + Σ V_k(i_k0)/R_k] / [Σ 1/R_k + Σ g_k]
//! ```
//!
//! so the currents sum to the line current to round-off after every iteration, however many were
//! needed. V_k rises with i, so there is one solution; iterations are bounded by [`MAX_ITERATIONS`].

use super::MAX_ANODES;
use crate::bath::Composition;
use crate::bath::{conductivity, saturation};
use crate::consts::{FARADAY, GAS};
use crate::electro::{self, Design};
use crate::math::{clamp, ln};

/// Most Newton iterations of one step.
pub const MAX_ITERATIONS: u8 = 12;
/// Iterations after which chords replace tangents.
const TANGENTS: u8 = 4;
/// A current that moved by less than this share of the mean one has converged: the error left behind
/// goes with the square, 1e-7 of it \[1\].
const CONVERGED: f64 = 1e-3;
/// Share by which a current may leave the point of its expansion \[1\].
const TRUST: f64 = 0.04;
/// Smallest incremental resistance of an anode: keeps the division safe \[Ω\].
const LEAST_RESISTANCE: f64 = 1e-7;

/// One value per anode.
pub type PerAnode = [f64; MAX_ANODES];

/// What the bath of a zone is like for an anode's surface.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Bath {
    /// Bath temperature \[K\].
    pub temperature: f64,
    /// Composition of the zone.
    pub composition: Composition,
    /// Reversible voltage \[V\].
    pub reversible: f64,
    /// Conductivity \[S/m\].
    pub conductivity: f64,
    /// Weight ratio NaF/AlF3.
    pub bath_ratio: f64,
    /// What it contributes to the bubble layer.
    pub wetting: electro::Wetting,
    /// Surface overvoltage at 1 A/cm², and by how much it rises with ln i \[V\].
    pub tafel: (f64, f64),
    /// Current density at which concentration overvoltage diverges \[A/m²\].
    pub diffusion_limit: f64,
    /// Current density at which a gas film forms \[A/m²\].
    pub critical: f64,
}

impl Bath {
    pub fn new(
        design: &Design,
        critical: &electro::Haupin1998,
        composition: Composition,
        temperature: f64,
    ) -> Self {
        let c = composition;
        let bath_ratio = c.bath_ratio();
        let surface = |i: f64| {
            electro::anode_surface(temperature, i, c.al2o3, c.lif, bath_ratio, design.bake_temperature)
        };
        let at_one = surface(ONE);
        Self {
            temperature,
            composition,
            reversible: electro::reversible(temperature, c.al2o3 / saturation(&c, temperature)),
            conductivity: conductivity(&c, temperature),
            bath_ratio,
            wetting: electro::Wetting::new(bath_ratio, c.al2o3, design.al2o3_at_effect, design.bubble_factor),
            tafel: (at_one, surface(core::f64::consts::E * ONE) - at_one),
            diffusion_limit: electro::piontelli1965(temperature, c.al2o3, design.one_anode_area),
            critical: critical.critical(temperature, &c, design.one_anode_area),
        }
    }

    /// Drop in the bubble layer at density `i`, and its thickness \[V, m\].
    fn bubble(&self, i: f64) -> (f64, f64) {
        let bubbles = self.wetting.bubbles(i);
        (i * bubbles.resistance_area(self.conductivity), bubbles.thickness)
    }

    /// Value, slope and half the curvature of N at current `i` over active `area`, and the thickness
    /// of the bubble layer \[V, Ω, V/A², m\]. Below [`SMALLEST_DENSITY`], negative currents included,
    /// N goes on along its tangent, so that it rises everywhere.
    fn surface(&self, i: f64, area: f64) -> ([f64; 3], f64) {
        let wanted = i / area;
        let density = wanted.max(SMALLEST_DENSITY);
        let (at_one, tafel) = self.tafel;
        let nernst = GAS * self.temperature / (2.0 * FARADAY);
        // At the diffusion limit the overvoltage is held, so it rises no more.
        let room = self.diffusion_limit - density;
        let rise = if room > 1e-3 * self.diffusion_limit { 1.0 / room } else { 0.0 };
        let overvoltage = at_one
            + tafel * ln(density / ONE)
            + electro::anode_concentration(self.temperature, density, self.diffusion_limit);
        let (drop, layer) = self.bubble(density);
        let step = 0.02 * density;
        let (above, below) = (self.bubble(density + step).0, self.bubble(density - step).0);
        let slope = (tafel / density + nernst * rise + (above - below) / (2.0 * step)).max(0.0);
        let value = self.reversible + overvoltage + drop;
        if wanted < density {
            return ([value + slope * (wanted - density), slope / area, 0.0], layer);
        }
        let curvature =
            nernst * rise * rise - tafel / (density * density) + (above - 2.0 * drop + below) / (step * step);
        // Wherever the expansion is trusted the voltage must rise with the current.
        let most = 0.25 * slope / (TRUST * density);
        let half_curvature = clamp(0.5 * curvature, -most, most);
        ([value, slope / area, half_curvature / (area * area)], layer)
    }
}

/// 1 A/cm² \[A/m²\].
const ONE: f64 = 1e4;
/// The Tafel line means nothing below this density \[A/m²\].
const SMALLEST_DENSITY: f64 = 100.0;

/// Currents and the expansions they were found with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Network {
    /// Current of each anode through the bath \[A\].
    pub current: PerAnode,
    /// Current of each anode through a spike that touches the metal \[A\]; it makes no metal.
    pub spike: PerAnode,
    /// Voltage between beam and metal \[V\].
    pub voltage: f64,
    /// Iterations of the last step.
    pub iterations: u8,
    /// Current of the expansion \[A\].
    at: PerAnode,
    value: PerAnode,
    slope: PerAnode,
    half_curvature: PerAnode,
    /// Resistance that does not depend on distance or film \[Ω\].
    fixed: PerAnode,
    /// Ohmic resistance per metre of distance \[Ω/m\].
    per_metre: PerAnode,
    /// Active area with fanning \[m²\].
    pub(super) area: PerAnode,
    /// Current at which a gas film forms \[A\].
    pub(super) critical: PerAnode,
}

impl Network {
    /// No current anywhere.
    pub(super) const IDLE: Self = {
        const NONE: PerAnode = [0.0; MAX_ANODES];
        Self {
            current: NONE,
            spike: NONE,
            voltage: 0.0,
            iterations: 0,
            at: NONE,
            value: NONE,
            slope: NONE,
            half_curvature: NONE,
            fixed: NONE,
            per_metre: NONE,
            area: NONE,
            critical: NONE,
        }
    };

    /// What each rod carries, through bath and spike \[A\]: these sum to the line current.
    #[must_use]
    pub fn rods(&self) -> PerAnode {
        let mut rods = self.current;
        rods.iter_mut().zip(&self.spike).for_each(|(rod, spike)| *rod += spike);
        rods
    }

    /// Expands anode `k` anew around its present current; `active` is the share of its bottom that
    /// carries current.
    pub(super) fn expand(&mut self, k: usize, bath: &Bath, design: &Design, active: f64, anodes: f64) {
        let area = design.anode_area * design.fanning * active / anodes;
        if let Some(slot) = self.area.get_mut(k) {
            *slot = area;
        }
        if let Some(slot) = self.critical.get_mut(k) {
            *slot = bath.critical * area;
        }
        self.renew(k, bath, design, anodes, false);
    }

    /// The part of [`Network::expand`] that follows the current. A `chord` to the last point instead of
    /// the tangent ends a search that goes to and fro across the knee where an overvoltage is held.
    fn renew(&mut self, k: usize, bath: &Bath, design: &Design, anodes: f64, chord: bool) {
        let (Some(&i), Some(&area)) = (self.current.get(k), self.area.get(k)) else { return };
        let ([value, mut slope, mut half_curvature], layer) = bath.surface(i, area);
        if let (true, Some(at), Some(before)) = (chord, self.at.get(k), self.value.get(k)) {
            (slope, half_curvature) = (((value - before) / (i - at)).max(0.0), 0.0);
        }
        let per_metre = 1.0 / (bath.conductivity * area);
        for (list, new) in [
            (&mut self.at, i),
            (&mut self.value, value),
            (&mut self.slope, slope),
            (&mut self.half_curvature, half_curvature),
            (&mut self.fixed, design.r_anode * anodes - layer * per_metre),
            (&mut self.per_metre, per_metre),
        ] {
            if let Some(slot) = list.get_mut(k) {
                *slot = new;
            }
        }
    }

    /// Divides the line current among the anodes; `bath_of` says what bath an anode hangs in.
    pub(super) fn solve<'a>(
        &mut self,
        load: &Load<'_>,
        design: &Design,
        bath_of: impl Fn(usize) -> &'a Bath,
    ) {
        let count = load.count;
        let anodes = count as f64;
        let least = design.r_anode * anodes;
        let mut resistance: PerAnode = [0.0; MAX_ANODES];
        for ((r, (fixed, per_metre)), (acd, film)) in resistance
            .iter_mut()
            .zip(self.fixed.iter().zip(&self.per_metre))
            .zip(load.acd.iter().zip(load.film))
        {
            *r = ohmic(*fixed, *per_metre, *acd, least) + film;
        }
        let mut drop: PerAnode = [0.0; MAX_ANODES];
        let mut conductance: PerAnode = [0.0; MAX_ANODES];
        let mut excess: PerAnode = [0.0; MAX_ANODES];
        let tolerance = CONVERGED * (load.total / anodes).abs().max(1.0);
        for iteration in 1..=MAX_ITERATIONS {
            // All places, hung with anodes or not, and each on its own: so it goes several at a time.
            let expansion = self.at.iter().zip(&self.value).zip(self.slope.iter().zip(&self.half_curvature));
            for (((i, r), ((at, value), (slope, half))), ((v, g), excess)) in self
                .current
                .iter()
                .zip(&resistance)
                .zip(expansion)
                .zip(drop.iter_mut().zip(&mut conductance).zip(&mut excess))
            {
                // Beyond where the expansion is trusted it goes on along its tangent, so that no
                // current can run away before the expansion is renewed.
                let off = i - at;
                let reach = trusted(*at);
                let near = if off > reach { reach } else { off };
                let near = if near > -reach { near } else { -reach };
                let tangent = slope + 2.0 * near * half;
                *v = value + near * (slope + near * half) + (off - near) * tangent + i * r;
                *g = 1.0 / (tangent + r).max(LEAST_RESISTANCE);
                *excess = *v * *g - i;
            }
            let (mut known, mut sum) = (load.total, load.spikes);
            for (excess, g) in excess.iter().zip(&conductance).take(count) {
                known += excess;
                sum += g;
            }
            let voltage = known / sum;
            self.voltage = voltage;
            let (mut moved, mut left) = (false, false);
            for ((i, at), (v, g)) in
                self.current.iter_mut().zip(&self.at).zip(drop.iter().zip(&conductance)).take(count)
            {
                let change = (voltage - v) * g;
                *i += change;
                moved |= change.abs() > tolerance;
                left |= outside(*i, *at);
            }
            self.iterations = iteration;
            // Also after the last iteration: the next step must not start outside.
            if left {
                for k in 0..count {
                    if self.current.get(k).zip(self.at.get(k)).is_some_and(|(i, at)| outside(*i, *at)) {
                        self.renew(k, bath_of(k), design, anodes, iteration >= TANGENTS);
                        // The bubble layer moved with the current.
                        if let (Some(r), Some(fixed), Some(per), Some(d), Some(film)) = (
                            resistance.get_mut(k),
                            self.fixed.get(k),
                            self.per_metre.get(k),
                            load.acd.get(k),
                            load.film.get(k),
                        ) {
                            *r = ohmic(*fixed, *per, *d, least) + film;
                        }
                    }
                }
            } else if !moved {
                break;
            }
        }
    }
}

/// How far a current may leave the point `at` of its expansion \[A\].
#[inline]
fn trusted(at: f64) -> f64 {
    TRUST * at.abs().max(1.0)
}

/// The expansion at `at` no longer holds for current `i`.
#[inline]
fn outside(i: f64, at: f64) -> bool {
    (i - at).abs() > trusted(at)
}

/// Resistance of assembly and bath at distance `acd`: however low the anode hangs into its own gas,
/// [`CONTACT`] of bath is left besides the assembly's `least`, so no resistance is negative \[Ω\].
fn ohmic(fixed: f64, per_metre: f64, acd: f64, least: f64) -> f64 {
    (fixed + per_metre * acd).max(least + per_metre * CONTACT)
}

/// What the currents answer to.
pub(super) struct Load<'a> {
    /// Line current \[A\].
    pub total: f64,
    /// Anodes.
    pub count: usize,
    /// Conductance of all spikes that touch the metal \[S\].
    pub spikes: f64,
    /// Distance of each anode to the metal \[m\].
    pub acd: &'a PerAnode,
    /// Resistance of each gas film \[Ω\].
    pub film: &'a PerAnode,
}

/// An anode that touches the metal keeps a film of bath this thin \[m\].
pub const CONTACT: f64 = 0.002;

/// Keeps a distance physical \[m\].
#[must_use]
pub fn distance(wanted: f64) -> f64 {
    clamp(wanted, CONTACT, 1.0)
}

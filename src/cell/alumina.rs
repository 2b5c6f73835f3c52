//! Alumina: what happens to a shot between the crust and the anode.
//!
//! A shot of mass s splits into three pools, f1 + f2 + f3 = 1:
//!
//! ```text
//! p1' = -p1 φ/τ1 + f1 s          grains that disperse: seconds
//! p2' = -p2 (φ/τ2 + k) + f2 s    agglomerates and rafts: minutes
//! p3' = -p3 φ/τ3 + k p2 + f3 s   sludge on the cathode: hours
//! a'  = p1 φ/τ1 + p2 φ/τ2 + p3 φ/τ3 - consumption
//! φ   = clamp((c_sat - c)/(c_sat - c_ref), 0, 2) · clamp(SH/10 K, 0.2, 2)
//! ```
//!
//! φ is held over the step, the pools decay exactly, so mass closes to round-off.
//! Sources: 40 % of a shot dissolves at once and the rest within minutes (Yao et al., AIChE J 63
//! (2017) 2806); rafts float for 5–140 s and agglomerates last minutes (Gylver et al., Metals 12
//! (2022) 1876). The dependence of φ on superheat and of f3 on shot size is a guess of the right
//! sign, unverified.

use super::slow::Slow;
use crate::error::{Error, in_range};
use crate::math::{clamp, exp};

/// Dissolution of this cell's alumina.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Share of a shot that disperses at once, f1 \[1\].
    pub fast_share: f64,
    /// Share of a shot that sinks at nominal conditions, f3 \[1\].
    pub sludge_share: f64,
    /// Time constant of dispersed grains, τ1 \[s\].
    pub fast_time: f64,
    /// Time constant of agglomerates, τ2 \[s\].
    pub agglomerate_time: f64,
    /// Time constant of sludge, τ3 \[s\].
    pub sludge_time: f64,
    /// Rate at which agglomerates sink, k \[1/s\].
    pub sink_rate: f64,
    /// Soda in the alumina, mass fraction \[1\].
    pub soda: f64,
    /// Calcia in the alumina, mass fraction \[1\].
    pub calcia: f64,
    /// Largest shot that disperses well \[kg\].
    pub shot_limit: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("alumina.fast_share", self.fast_share, 0.0, 1.0)?;
        in_range("alumina.sludge_share", self.sludge_share, 0.0, 0.5)?;
        in_range("alumina.fast_share + sludge_share", self.fast_share + self.sludge_share, 0.0, 1.0)?;
        in_range("alumina.fast_time", self.fast_time, 1.0, 600.0)?;
        in_range("alumina.agglomerate_time", self.agglomerate_time, 10.0, 7_200.0)?;
        in_range("alumina.sludge_time", self.sludge_time, 600.0, 864_000.0)?;
        in_range("alumina.sink_rate", self.sink_rate, 0.0, 0.1)?;
        in_range("alumina.soda", self.soda, 0.0, 0.02)?;
        in_range("alumina.calcia", self.calcia, 0.0, 0.02)?;
        in_range("alumina.shot_limit", self.shot_limit, 0.1, 100.0)
    }

    /// Al2O3 in the alumina, mass fraction \[1\].
    #[must_use]
    pub fn purity(&self) -> f64 {
        1.0 - self.soda - self.calcia
    }
}

/// Smelter-grade alumina as it arrives: mass fractions \[1\], the rest is Al2O3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ore {
    /// Na2O.
    pub soda: f64,
    /// CaO.
    pub calcia: f64,
    /// Grains below 45 µm, part of the Al2O3: they clump.
    pub fines: f64,
    /// Water that reaches the bath.
    pub moisture: f64,
    /// NaAlF4 collected by the dry scrubber.
    pub naalf4: f64,
    /// AlF3 made in the dry scrubber from HF.
    pub alf3: f64,
}

impl Default for Ore {
    /// Usual secondary alumina; unverified.
    fn default() -> Self {
        Self { soda: 0.0040, calcia: 0.000_35, fines: 0.10, moisture: 0.004, naalf4: 0.010, alf3: 0.007 }
    }
}

/// Alumina in the cell \[kg of Al2O3\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Dissolved.
    pub dissolved: f64,
    /// Dispersed grains, p1.
    pub fast: f64,
    /// Agglomerates and rafts, p2.
    pub agglomerate: f64,
    /// Sludge (沉淀), p3.
    pub sludge: f64,
}

impl State {
    /// All alumina in the cell \[kg\].
    #[must_use]
    pub fn total(&self) -> f64 {
        self.dissolved + self.fast + self.agglomerate + self.sludge
    }
}

/// Alumina concentration at which the dissolution times hold, mass fraction \[1\].
const REFERENCE: f64 = 0.025;

/// Driving force and superheat factor φ \[1\].
fn factor(alumina: f64, slow: &Slow, temperature: f64) -> f64 {
    let room = slow.saturation - REFERENCE;
    let drive = if room > 1e-4 { clamp((slow.saturation - alumina) / room, 0.0, 2.0) } else { 0.0 };
    drive * clamp((temperature - slow.liquidus) / 10.0, 0.2, 2.0)
}

/// Share of a shot that sinks: grows when the bath is cold, rich, or the shot large \[1\].
fn sinking_share(p: &Params, alumina: f64, superheat: f64, shot_size: f64) -> f64 {
    let cold = 1.0 + clamp((6.0 - superheat) / 3.0, 0.0, 10.0);
    let large = 1.0 + clamp((shot_size - p.shot_limit) / p.shot_limit, 0.0, 10.0);
    let rich = 1.0 + clamp((alumina - 0.035) * 100.0, 0.0, 10.0);
    clamp(p.sludge_share * cold * large * rich, 0.0, (1.0 - p.fast_share).min(0.5))
}

/// One step: `shot` \[kg Al2O3\] enters at its start; returns what dissolved \[kg\].
pub(super) fn step(
    p: &Params,
    x: &mut State,
    slow: &Slow,
    at: (f64, f64),
    shot: (f64, f64),
    consumed: f64,
    dt: f64,
) -> f64 {
    let (alumina, temperature) = at;
    let (mass, size) = shot;
    if mass > 0.0 {
        let sinking = sinking_share(p, alumina, temperature - slow.liquidus, size);
        x.fast += p.fast_share * mass;
        x.sludge += sinking * mass;
        x.agglomerate += (1.0 - p.fast_share - sinking) * mass;
    }
    let phi = factor(alumina, slow, temperature);
    let decay = |pool: f64, rate: f64| pool * (1.0 - exp(-rate * dt));
    let from_fast = decay(x.fast, phi / p.fast_time);
    let agglomerate_rate = phi / p.agglomerate_time + p.sink_rate;
    let from_agglomerate = decay(x.agglomerate, agglomerate_rate);
    // What leaves the agglomerates sinks and dissolves in proportion to the two rates.
    let sunk = if agglomerate_rate > 0.0 { from_agglomerate * p.sink_rate / agglomerate_rate } else { 0.0 };
    let from_sludge = decay(x.sludge, phi / p.sludge_time);

    x.fast -= from_fast;
    x.agglomerate -= from_agglomerate;
    x.sludge += sunk - from_sludge;
    let dissolved = from_fast + (from_agglomerate - sunk) + from_sludge;
    x.dissolved += dissolved - consumed;
    dissolved
}

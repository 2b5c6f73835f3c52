//! Alumina: what happens to a shot between the crust and the anode.
//!
//! Each feeder has its zone of bath. A shot of mass s splits into three pools, f1 + f2 + f3 = 1:
//!
//! ```text
//! p1' = -p1 φ/τ1 + f1 s          grains that disperse: seconds
//! p2' = -p2 (φ/τ2 + k) + f2 s    agglomerates and rafts: minutes
//! p3' = -p3 φ m/τ3 + k p2 + f3 s sludge on the cathode: hours; m: how much the metal moves
//! a'  = p1 φ/τ1 + p2 φ/τ2 + p3 φ m/τ3 - consumption + exchange with the neighbours
//! φ   = clamp((c_sat - c)/(c_sat - c_ref), 0, 2) · clamp(SH/10 K, 0.2, 2)
//! ```
//!
//! φ is held between two looks at the zone, the pools decay exactly, so mass closes to round-off.
//! Sources: 40 % of a shot dissolves at once and the rest within minutes (Yao et al., AIChE J 63
//! (2017) 2806); rafts float for 5–140 s and agglomerates last minutes (Gylver et al., Metals 12
//! (2022) 1876). How φ depends on superheat, f3 on shot size, superheat and alumina, and f1 on
//! fines is a guess of the right sign, unverified.

use super::MAX_ZONES;
use crate::error::{Error, in_range};
use crate::math::{clamp, exp};

/// Dissolution in this cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Feeding zones along the cell, one per feeder, 4–[`MAX_ZONES`].
    pub zones: usize,
    /// Bath exchanged with each neighbouring zone at the nominal current \[kg/s\].
    pub exchange: f64,
    /// Factor on it between each zone and the next \[1\].
    pub exchange_shares: [f64; MAX_ZONES],
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
    /// Largest shot that disperses well \[kg\].
    pub shot_limit: f64,
    /// Alumina of the cover that falls in with an anode change \[kg\].
    pub cover_fall: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("alumina.zones", self.zones as f64, 4.0, MAX_ZONES as f64)?;
        in_range("alumina.exchange", self.exchange, 0.0, 100.0)?;
        for share in self.exchange_shares {
            in_range("alumina.exchange_shares", share, 0.0, 10.0)?;
        }
        in_range("alumina.fast_share", self.fast_share, 0.0, 1.0)?;
        in_range("alumina.sludge_share", self.sludge_share, 0.0, 0.5)?;
        in_range("alumina.fast_share + sludge_share", self.fast_share + self.sludge_share, 0.0, 1.0)?;
        in_range("alumina.fast_time", self.fast_time, 1.0, 600.0)?;
        in_range("alumina.agglomerate_time", self.agglomerate_time, 10.0, 7_200.0)?;
        in_range("alumina.sludge_time", self.sludge_time, 600.0, 864_000.0)?;
        in_range("alumina.sink_rate", self.sink_rate, 0.0, 0.1)?;
        in_range("alumina.shot_limit", self.shot_limit, 0.1, 100.0)?;
        in_range("alumina.cover_fall", self.cover_fall, 0.0, 100.0)
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

impl Ore {
    /// Fines at which the dissolution shares hold \[1\].
    pub const REFERENCE_FINES: f64 = 0.10;

    /// Al2O3 in the ore, mass fraction \[1\].
    #[must_use]
    pub fn purity(&self) -> f64 {
        1.0 - self.soda - self.calcia - self.moisture - self.naalf4 - self.alf3
    }
}

impl Default for Ore {
    /// Usual secondary alumina, its fluoride 98 % of what a cell gives off; unverified.
    fn default() -> Self {
        Self {
            soda: 0.0040,
            calcia: 0.000_35,
            fines: Self::REFERENCE_FINES,
            moisture: 0.0025,
            naalf4: 0.0085,
            alf3: 0.0076,
        }
    }
}

/// Alumina of one zone \[kg of Al2O3\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Zone {
    /// Dissolved.
    pub dissolved: f64,
    /// Dispersed grains, p1.
    pub fast: f64,
    /// Agglomerates and rafts, p2.
    pub agglomerate: f64,
    /// Sludge (沉淀), p3.
    pub sludge: f64,
}

impl Zone {
    /// Everything in it \[kg\].
    #[must_use]
    pub fn total(&self) -> f64 {
        self.dissolved + self.fast + self.agglomerate + self.sludge
    }
}

/// Alumina concentration at which the dissolution times hold, mass fraction \[1\].
const REFERENCE: f64 = 0.025;

/// What the bath of a zone is like for a grain of alumina.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Climate {
    /// Dissolved alumina, mass fraction \[1\].
    pub alumina: f64,
    /// Saturation, mass fraction \[1\].
    pub saturation: f64,
    /// Superheat \[K\].
    pub superheat: f64,
    /// Factor of the metal's motion on sludge, 1 in a quiet cell \[1\].
    pub motion: f64,
}

impl Climate {
    /// Driving force and superheat factor φ \[1\].
    fn factor(&self) -> f64 {
        let room = self.saturation - REFERENCE;
        let drive = if room > 1e-4 { clamp((self.saturation - self.alumina) / room, 0.0, 2.0) } else { 0.0 };
        drive * clamp(self.superheat / 10.0, 0.2, 2.0)
    }
}

/// Shares of the pools that leave them in one step, and where a shot would go.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rates {
    fast: f64,
    agglomerate: f64,
    /// Part of what leaves the agglomerates that sinks.
    sinking: f64,
    sludge: f64,
    /// f3 without the factor of the shot's size.
    sludge_share: f64,
}

/// The rates for steps of `dt` in `climate`.
pub(super) fn rates(p: &Params, climate: &Climate, dt: f64) -> Rates {
    let phi = climate.factor();
    let leaves = |rate: f64| 1.0 - exp(-rate * dt);
    let agglomerate = phi / p.agglomerate_time + p.sink_rate;
    let cold = 1.0 + clamp((6.0 - climate.superheat) / 3.0, 0.0, 10.0);
    let rich = 1.0 + clamp((climate.alumina - 0.035) * 100.0, 0.0, 10.0);
    Rates {
        fast: leaves(phi / p.fast_time),
        agglomerate: leaves(agglomerate),
        sinking: if agglomerate > 0.0 { p.sink_rate / agglomerate } else { 0.0 },
        sludge: leaves(phi * climate.motion / p.sludge_time),
        sludge_share: p.sludge_share * cold * rich,
    }
}

/// `mass` \[kg Al2O3\] in shots of `size` \[kg\] with `fines` falls into the zone.
pub(super) fn drop_shot(p: &Params, x: &mut Zone, rates: &Rates, mass: f64, size: f64, fines: f64) {
    // Every 10 points of fines above the usual take a fifth of what disperses at once.
    let fast = clamp(p.fast_share * (1.0 - 2.0 * (fines - Ore::REFERENCE_FINES)), 0.0, 1.0);
    let large = 1.0 + clamp((size - p.shot_limit) / p.shot_limit, 0.0, 10.0);
    let sinking = clamp(rates.sludge_share * large, 0.0, (1.0 - fast).min(0.5));
    x.fast += fast * mass;
    x.sludge += sinking * mass;
    x.agglomerate += (1.0 - fast - sinking) * mass;
}

/// One step of the pools; returns what dissolved \[kg\].
pub(super) fn dissolve(x: &mut Zone, rates: &Rates) -> f64 {
    let from_fast = x.fast * rates.fast;
    let from_agglomerate = x.agglomerate * rates.agglomerate;
    let sunk = from_agglomerate * rates.sinking;
    let from_sludge = x.sludge * rates.sludge;
    x.fast -= from_fast;
    x.agglomerate -= from_agglomerate;
    x.sludge += sunk - from_sludge;
    let dissolved = from_fast + (from_agglomerate - sunk) + from_sludge;
    x.dissolved += dissolved;
    dissolved
}

/// The pools that steady feeding of `flow` \[kg/s\] keeps in a zone, so that a run has no start-up dip.
pub(super) fn steady(p: &Params, dissolved: f64, flow: f64) -> Zone {
    Zone {
        dissolved,
        fast: p.fast_share * flow * p.fast_time,
        agglomerate: (1.0 - p.fast_share - p.sludge_share) * flow * p.agglomerate_time,
        sludge: p.sludge_share * flow * p.sludge_time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shot of 1.8 kg, shares 0.6/0.3/0.1, times 15/300/7200 s, φ = 1: exponentials, worked out
    /// elsewhere.
    #[test]
    fn three_pools_follow_their_exponentials() {
        let p = Params {
            zones: 6,
            exchange: 6.0,
            exchange_shares: [1.0; MAX_ZONES],
            fast_share: 0.6,
            sludge_share: 0.1,
            fast_time: 15.0,
            agglomerate_time: 300.0,
            sludge_time: 7_200.0,
            sink_rate: 0.0,
            shot_limit: 1.8,
            cover_fall: 8.0,
        };
        let climate = Climate { alumina: REFERENCE, saturation: 0.08, superheat: 10.0, motion: 1.0 };
        for dt in [0.5, 1.0, 2.5] {
            let rates = rates(&p, &climate, dt);
            let mut x = Zone::default();
            drop_shot(&p, &mut x, &rates, 1.8, 1.8, Ore::REFERENCE_FINES);
            let mut time = 0.0;
            for (until, dissolved, fast, agglomerate) in [
                (5.0, 0.315_196_556_123_902, 0.773_853_815_419_692, 0.531_074_585_063_673),
                (10.0, 0.543_462_643_653_754, 0.554_490_488_555_199, 0.522_296_694_260_283),
                (15.0, 0.709_400_923_950_583, 0.397_309_796_465_158, 0.513_663_889_230_386),
            ] {
                while time < until {
                    dissolve(&mut x, &rates);
                    time += dt;
                }
                assert!((x.dissolved - dissolved).abs() < 1e-12, "{dt} s: {} {dissolved}", x.dissolved);
                assert!((x.fast - fast).abs() < 1e-12, "{dt} s: {} {fast}", x.fast);
                assert!((x.agglomerate - agglomerate).abs() < 1e-12, "{dt} s: {}", x.agglomerate);
            }
            while time < 28_800.0 {
                dissolve(&mut x, &rates);
                time += dt;
            }
            assert!((x.dissolved - 1.796_703_185_000_03).abs() < 1e-12, "{}", x.dissolved);
            assert!((x.total() - 1.8).abs() < 1e-12, "{}", x.total());
        }
    }

    /// Sinking moves grains, it makes none; a cold or a rich bath dissolves slower.
    #[test]
    fn sinking_closes_and_the_driving_force_counts() {
        let (p, _) = crate::cell::pb500();
        let p = Params { sink_rate: 1e-3, ..p.alumina };
        let at = |alumina, superheat| {
            let climate = Climate { alumina, saturation: 0.08, superheat, motion: 1.0 };
            let mut x = Zone { fast: 1.0, agglomerate: 1.0, sludge: 1.0, ..Zone::default() };
            let rates = rates(&p, &climate, 1.0);
            let dissolved = (0..600).map(|_| dissolve(&mut x, &rates)).sum::<f64>();
            assert!((x.total() - 3.0).abs() < 1e-12 && (x.dissolved - dissolved).abs() < 1e-12);
            dissolved
        };
        assert!(at(0.025, 10.0) > at(0.05, 10.0));
        assert!(at(0.025, 10.0) > at(0.025, 4.0));
        assert_eq!(at(0.08, 10.0), 0.0);
    }
}

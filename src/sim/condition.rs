//! What holds on in a pot from one step to the next, and ends.
//!
//! Part of it is another input; the rest makes the pot another one for that time: the cell is built
//! anew from altered parameters, its state goes on.

use super::until::Until;
use crate::cell::alumina::Ore;
use crate::cell::{Cell, Params};

/// Ranges of what is altered, those of the cell: noise of bubbles \[V\] and waves \[m\], ambient \[K\],
/// dissolution of grains and agglomerates \[s\].
const BUBBLE_MOST: f64 = 0.2;
const ROLL_MOST: f64 = 0.02;
const AMBIENT: (f64, f64) = (230.0, 340.0);
const FAST_MOST: f64 = 600.0;
const SLOW_MOST: f64 = 7_200.0;

/// What may hold on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Condition {
    /// Other alumina, and the factor on its dissolution times \[1\].
    Ore(Ore, f64),
    /// Heat drawn off the shell \[W/K\].
    Cooling(f64),
    /// An anode effect is kindled.
    Kindled,
    /// Factor on bubbles and waves \[1\].
    Noise(f64),
    /// The metal rolls by itself below this distance \[m\].
    Rolling(f64),
    /// Factor on the exchange of a zone with its neighbours \[1\].
    Mixing(usize, f64),
    /// Share of the crust without cover \[1\].
    Bare(f64),
    /// The potroom is so much warmer \[K\].
    Warm(f64),
    /// Metal kept above plan \[m\].
    Metal(f64),
}

/// All of them, and the cell they make.
#[derive(Debug, Clone)]
pub(super) struct Conditions {
    ore: Until<Ore>,
    slowness: Until<f64>,
    cooling: Until<f64>,
    kindled: Until<bool>,
    noise: Until<f64>,
    rolling: Until<Option<f64>>,
    mixing: Until<(usize, f64)>,
    bare: Until<f64>,
    warm: Until<f64>,
    metal: Until<f64>,
    /// When the parameters change next \[s\].
    turn: f64,
}

impl Conditions {
    pub fn new() -> Self {
        Self {
            ore: Until::usual(Ore::default()),
            slowness: Until::usual(1.0),
            cooling: Until::usual(0.0),
            kindled: Until::usual(false),
            noise: Until::usual(1.0),
            rolling: Until::usual(None),
            mixing: Until::usual((0, 1.0)),
            bare: Until::usual(0.0),
            warm: Until::usual(0.0),
            metal: Until::usual(0.0),
            turn: f64::INFINITY,
        }
    }

    /// From `now` until `end`; another of its kind ends.
    pub fn begin(&mut self, condition: Condition, now: f64, end: f64) {
        match condition {
            Condition::Ore(ore, slowness) => {
                self.ore.set(ore, end);
                self.slowness.set(slowness, end);
            }
            Condition::Cooling(conductance) => return self.cooling.set(conductance, end),
            Condition::Kindled => return self.kindled.set(true, end),
            Condition::Bare(share) => return self.bare.set(share, end),
            Condition::Metal(level) => return self.metal.set(level, end),
            Condition::Noise(factor) => self.noise.set(factor, end),
            Condition::Rolling(distance) => self.rolling.set(Some(distance), end),
            Condition::Mixing(zone, factor) => self.mixing.set((zone, factor), end),
            Condition::Warm(offset) => self.warm.set(offset, end),
        }
        self.turn = now;
    }

    /// The cell as it is from `now` on, when that changes.
    pub fn turned(&mut self, usual: &Params, now: f64) -> Option<Cell> {
        if now < self.turn {
            return None;
        }
        let ends =
            [self.slowness.end(), self.noise.end(), self.rolling.end(), self.mixing.end(), self.warm.end()];
        self.turn = ends.into_iter().filter(|end| *end > now).fold(f64::INFINITY, f64::min);
        // Every alteration is held in the ranges of the cell, so it can be built.
        Cell::new(self.altered(usual, now)).ok()
    }

    fn altered(&self, usual: &Params, now: f64) -> Params {
        let mut p = *usual;
        let slowness = self.slowness.at(now);
        p.alumina.fast_time = (p.alumina.fast_time * slowness).min(FAST_MOST);
        p.alumina.agglomerate_time = (p.alumina.agglomerate_time * slowness).min(SLOW_MOST);
        let noise = self.noise.at(now);
        p.noise.bubble = (p.noise.bubble * noise).min(BUBBLE_MOST);
        p.noise.roll = p.noise.roll.map(|roll| (roll * noise).min(ROLL_MOST));
        p.noise.critical_acd = self.rolling.at(now).unwrap_or(p.noise.critical_acd);
        let (zone, factor) = self.mixing.at(now);
        // The gap before a zone and the one behind it.
        for (gap, share) in p.alumina.exchange_shares.iter_mut().enumerate() {
            *share *= if gap == zone || gap + 1 == zone { factor } else { 1.0 };
        }
        let warm = |kelvin: f64| (kelvin + self.warm.at(now)).clamp(AMBIENT.0, AMBIENT.1);
        (p.heat.ambient, p.heat.gas) = (warm(p.heat.ambient), p.heat.gas + self.warm.at(now));
        p
    }

    pub fn ore(&self, now: f64) -> Ore {
        self.ore.at(now)
    }

    pub fn cooling(&self, now: f64) -> f64 {
        self.cooling.at(now)
    }

    pub fn kindled(&self, now: f64) -> bool {
        self.kindled.at(now)
    }

    pub fn bare(&self, now: f64) -> f64 {
        self.bare.at(now)
    }

    pub fn metal(&self, now: f64) -> f64 {
        self.metal.at(now)
    }
}

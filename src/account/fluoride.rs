//! Fluoride that leaves the potroom: what the bath gives off, and what the hoods let pass.
//!
//! ```text
//! raw  = vapour + hydrolysis                                              [kg F/t]
//! roof = raw [(1 - t)(1 - c_closed) + t (1 - c_open)]     t share of the time with the hood open
//! stack = (raw - roof)(1 - s)
//! ```
//!
//! A proxy: it shows which way an emission goes and by how much, not what a meter would show. The
//! vapour rises with temperature and falls with the bath ratio as [`crate::bath::fluoride_evolution`]
//! says (Haupin and Kvande 1993, gas saturated with NaAlF4: an upper bound); hydrolysis is an input, for
//! it follows the moisture of alumina and air. The shares are customary figures, unverified.

use super::coefficient::Coefficient;
use crate::bath::{Composition, fluoride_evolution};

const fn quoted(value: f64, source: &'static str) -> Coefficient {
    Coefficient { value, source, verified: false }
}

const CUSTOM: &str = "customary for hooded prebake cells";

/// Hydrogen fluoride by hydrolysis \[kg F/t\]; 8 to 15.
pub const HYDROLYSIS: Coefficient = quoted(11.0, CUSTOM);
/// Share of the fume that closed hoods catch \[1\].
pub const CAUGHT_CLOSED: Coefficient = quoted(0.985, CUSTOM);
/// Share that is caught while hoods are off at one place \[1\].
pub const CAUGHT_OPEN: Coefficient = quoted(0.90, "judgement; no measurement was found");
/// Share of the caught fluoride that the dry scrubber takes back \[1\].
pub const SCRUBBED: Coefficient = quoted(0.999, "Alcoa Canada, fume treatment, as published");

/// Mean emission of the world's prebake lines in 2016 \[kg F/t\].
pub const WORLD_PREBAKE: Coefficient = quoted(0.65, "IAI fluoride statistics 2016, as reposted");
/// The most a line of Québec may emit in a year \[kg F/t\].
pub const QUEBEC_YEAR: Coefficient =
    Coefficient { value: 0.95, source: "Québec Clean Air Regulation Q-2 r. 4.1, s. 132", verified: true };

/// What a potroom does to its fluoride.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Potroom {
    /// Hydrogen fluoride by hydrolysis \[kg F/t\].
    pub hydrolysis: f64,
    /// Share of the time with a hood open \[1\].
    pub open_share: f64,
    /// Share caught by closed hoods \[1\].
    pub caught_closed: f64,
    /// Share caught while open \[1\].
    pub caught_open: f64,
    /// Share the scrubber takes back \[1\].
    pub scrubbed: f64,
}

impl Default for Potroom {
    fn default() -> Self {
        Self {
            hydrolysis: HYDROLYSIS.value,
            open_share: 0.04,
            caught_closed: CAUGHT_CLOSED.value,
            caught_open: CAUGHT_OPEN.value,
            scrubbed: SCRUBBED.value,
        }
    }
}

/// Fluoride of a tonne of metal \[kg F/t\].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Fluoride {
    /// Given off by the cell.
    pub raw: f64,
    /// Through the roof.
    pub roof: f64,
    /// Through the stack.
    pub stack: f64,
}

impl Fluoride {
    /// Through roof and stack \[kg F/t\].
    #[must_use]
    pub fn emitted(&self) -> f64 {
        self.roof + self.stack
    }
}

impl Potroom {
    /// Fluoride of cells with this bath at `temperature` \[K\] and `efficiency` \[1\]. Shares are held
    /// in 0..=1.
    #[must_use]
    pub fn fluoride(&self, bath: &Composition, temperature: f64, efficiency: f64) -> Fluoride {
        let held = |share: f64| share.clamp(0.0, 1.0);
        let raw = fluoride_evolution(bath, temperature, efficiency) * 1e3 + self.hydrolysis.max(0.0);
        let open = held(self.open_share);
        let lost = (1.0 - open) * (1.0 - held(self.caught_closed)) + open * (1.0 - held(self.caught_open));
        let roof = raw * lost;
        Fluoride { raw, roof, stack: (raw - roof) * (1.0 - held(self.scrubbed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(temperature_c: f64, alf3_pct: f64, open_share: f64) -> Fluoride {
        let bath = Composition::from_wt_pct(alf3_pct, 2.5, 5.0, 0.0, 0.0, 0.0);
        Potroom { open_share, ..Potroom::default() }.fluoride(&bath, temperature_c + 273.15, 0.94)
    }

    #[test]
    fn nothing_is_lost_on_the_way() {
        let room = Potroom { scrubbed: 0.0, ..Potroom::default() };
        let bath = Composition::from_wt_pct(11.0, 2.5, 5.0, 0.0, 0.0, 0.0);
        let all = room.fluoride(&bath, 1_230.0, 0.94);
        assert!((all.emitted() - all.raw).abs() < 1e-12, "{all:?}");
    }

    #[test]
    fn the_usual_potroom_emits_what_the_world_does() {
        let usual = at(957.0, 11.0, 0.04);
        assert!((18.0..30.0).contains(&usual.raw), "{usual:?}");
        assert!((0.3..1.0).contains(&usual.emitted()), "{usual:?}, the mean is {}", WORLD_PREBAKE.value);
    }

    #[test]
    fn heat_acid_and_open_hoods_each_make_it_worse() {
        let usual = at(957.0, 11.0, 0.04).emitted();
        assert!(at(967.0, 11.0, 0.04).emitted() > 1.03 * usual);
        assert!(at(957.0, 13.0, 0.04).emitted() > 1.03 * usual);
        assert!(at(957.0, 11.0, 0.10).emitted() > 1.15 * usual);
    }
}

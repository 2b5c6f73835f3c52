//! Tiered electricity prices (阶梯电价): what a kilowatt-hour costs more for a smelter that uses too
//! many of them.
//!
//! ```text
//! 2013, on the alternating-current energy e of the year before:
//!   surcharge = 0       e <= 13,700 kWh/t
//!             = 0.02    13,700 < e <= 13,800
//!             = 0.08    e > 13,800                                             [yuan/kWh]
//! 2021, on the comprehensive energy e:
//!   surcharge = 0.01 ceil((e - base) / 20) (1 - rebate)     e > base, else 0   [yuan/kWh]
//!   rebate    = 0.01 (share - 15)   share of non-hydro renewables above 15 %
//! ```
//!
//! 发改价格〔2013〕2530号, 发改价格〔2021〕1239号. The text of the second was not found; its figures are
//! quoted and marked so. A started step counts as a whole one.

use super::coefficient::Coefficient;
use std::prelude::rust_2024::*;

/// Above this a smelter may not buy from a power station directly; the rule of 2013 \[kWh/t\].
pub const NO_DEALS_ABOVE: Coefficient = quoted(13_700.0);
/// Below this such deals are preferred \[kWh/t\].
pub const DEALS_PREFERRED_BELOW: Coefficient = quoted(13_350.0);

const fn quoted(value: f64) -> Coefficient {
    Coefficient { value, source: "newspapers on the rule of 2013", verified: false }
}

/// Which energy a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Looks {
    /// Liquid aluminium, alternating current.
    LiquidAc,
    /// Liquid aluminium, comprehensive alternating current, desulphurisation included.
    #[default]
    ComprehensiveAc,
}

/// How a rule makes a surcharge of energy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Steps {
    /// Above each energy \[kWh/t\] this surcharge \[yuan/kWh\], highest last.
    Edges(&'static [(f64, f64)]),
    /// Every started `width` \[kWh/t\] above the base of the year adds `each` \[yuan/kWh\].
    Even {
        /// First year and base \[kWh/t\], oldest first.
        bases: &'static [(u16, f64)],
        /// Width of a step \[kWh/t\].
        width: f64,
        /// Surcharge of a step \[yuan/kWh\].
        each: f64,
    },
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Its document.
    pub name: &'static str,
    /// First year.
    pub from_year: u16,
    /// Which energy it looks at.
    pub looks: Looks,
    /// Where it was read.
    pub source: &'static str,
    /// The primary text was read, not only quoted.
    pub verified: bool,
    /// How it makes a surcharge of energy.
    pub steps: Steps,
}

/// Share of non-hydro renewables above which the rule of 2021 gives a rebate \[%\].
const REBATE_FROM: f64 = 15.0;

/// All rules, oldest first.
pub const RULES: [Rule; 2] = [
    Rule {
        name: "发改价格〔2013〕2530号",
        from_year: 2014,
        looks: Looks::LiquidAc,
        source: "news agencies on the day",
        verified: false,
        steps: Steps::Edges(&[(13_700.0, 0.02), (13_800.0, 0.08)]),
    },
    Rule {
        name: "发改价格〔2021〕1239号",
        from_year: 2022,
        looks: Looks::ComprehensiveAc,
        source: "from memory, text not found",
        verified: false,
        steps: Steps::Even {
            bases: &[(2022, 13_650.0), (2023, 13_450.0), (2025, 13_300.0)],
            width: 20.0,
            each: 0.01,
        },
    },
];

/// What a year's energy costs more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surcharge {
    /// The rule; `None` in years before the first.
    pub rule: Option<&'static Rule>,
    /// On every kilowatt-hour \[yuan/kWh\].
    pub per_kwh: f64,
    /// On every tonne \[yuan/t\].
    pub per_t: f64,
}

/// Surcharge in `year` for alternating-current energy `ac` and comprehensive energy `comprehensive`,
/// both \[kWh/t\], with `renewables` \[%\] of non-hydro renewable electricity. NaN energy gives NaN.
#[must_use]
pub fn surcharge(year: u16, ac: f64, comprehensive: f64, renewables: f64) -> Surcharge {
    let Some(rule) = RULES.iter().rev().find(|rule| year >= rule.from_year) else {
        return Surcharge { rule: None, per_kwh: 0.0, per_t: 0.0 };
    };
    let energy = match rule.looks {
        Looks::LiquidAc => ac,
        Looks::ComprehensiveAc => comprehensive,
    };
    let per_kwh = match rule.steps {
        _ if energy.is_nan() => f64::NAN,
        Steps::Edges(edges) => by_edges(edges, energy),
        Steps::Even { bases, width, each } => {
            let base =
                bases.iter().rev().find(|(from, _)| year >= *from).map_or(f64::INFINITY, |(_, base)| *base);
            let rebate = (0.01 * (renewables - REBATE_FROM)).clamp(0.0, 1.0);
            by_steps(base, width, each, energy) * (1.0 - rebate)
        }
    };
    Surcharge { rule: Some(rule), per_kwh, per_t: per_kwh * energy }
}

/// Surcharge \[yuan/kWh\] of the highest edge \[kWh/t\] that `energy` is above.
pub(super) fn by_edges(edges: &[(f64, f64)], energy: f64) -> f64 {
    edges.iter().rev().find(|(above, _)| energy > *above).map_or(0.0, |(_, more)| *more)
}

/// Surcharge \[yuan/kWh\] of every started step of `width` above `base` \[kWh/t\].
pub(super) fn by_steps(base: f64, width: f64, each: f64, energy: f64) -> f64 {
    each * ((energy - base) / width).ceil().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_kwh(year: u16, energy: f64) -> f64 {
        surcharge(year, energy, energy, 0.0).per_kwh
    }

    #[test]
    fn the_same_smelter_pays_more_from_year_to_year() {
        for (year, kwh, tonne) in [(2022, 0.0, 0.0), (2023, 0.04, 541.0), (2025, 0.11, 1_487.0)] {
            let got = surcharge(year, 13_000.0, 13_520.0, 0.0);
            assert!((got.per_kwh - kwh).abs() < 1e-12 && (got.per_t - tonne).abs() < 0.5, "{year}: {got:?}");
        }
        assert_eq!(per_kwh(2024, 13_520.0), per_kwh(2023, 13_520.0));
    }

    #[test]
    fn the_edges_of_2013_belong_to_the_cheaper_side() {
        for (energy, more) in
            [(13_699.9, 0.0), (13_700.0, 0.0), (13_700.1, 0.02), (13_800.0, 0.02), (13_800.1, 0.08)]
        {
            assert_eq!(per_kwh(2020, energy), more, "{energy}");
        }
        assert_eq!(surcharge(2013, 15_000.0, 15_000.0, 0.0).rule, None);
    }

    #[test]
    fn a_started_step_is_a_whole_one() {
        for (energy, steps) in [(13_300.0, 0.0), (13_300.1, 1.0), (13_320.0, 1.0), (13_320.1, 2.0)] {
            assert!((per_kwh(2025, energy) - 0.01 * steps).abs() < 1e-12, "{energy}");
        }
        assert!(per_kwh(2025, f64::NAN).is_nan());
    }

    #[test]
    fn renewables_above_their_share_take_off_a_hundredth_each() {
        let with = |share| surcharge(2025, 13_000.0, 13_520.0, share).per_kwh;
        assert_eq!(with(15.0), with(0.0));
        assert!((with(25.0) - 0.9 * with(0.0)).abs() < 1e-12);
        assert_eq!(with(1e3), 0.0);
    }
}

//! What no tuning may break, as a table: each limit with the form a line can measure and the form that
//! scores a simulated plant.
//!
//! A limit that cells break before anybody tunes them binds at what they show untouched: the tuner may
//! not make it worse, and is not there to make it good. Bounds are those of common potroom practice,
//! unverified for any single line.

use super::Measured;
use crate::account::Kpi;
use crate::error::{Error, report_ranges};
use std::prelude::rust_2024::*;

/// Bounds of the limits; the `[tune.limits]` table.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct LimitSettings {
    /// 95th percentile of the low-frequency noise, at most \[mV\], 5..40.
    pub noise_mv: f64,
    /// Superheat, at least \[K\], 2..8.
    pub superheat_low_c: f64,
    /// Superheat, at most \[K\], 10..20.
    pub superheat_high_c: f64,
    /// Bath temperature, at least \[°C\], 900..960.
    pub temperature_low_c: f64,
    /// Bath temperature, at most \[°C\], 950..990.
    pub temperature_high_c: f64,
    /// First percentile of alumina, at least \[wt %\], 1.9..4, the onset of the effect and 0.3.
    pub alumina_low_pct: f64,
    /// Mean alumina, at most \[wt %\], 2.5..6, beyond, ore settles; stands in for the sludge.
    pub alumina_high_pct: f64,
    /// Mean voltage, at least \[V\], 3.5..4; stands in for the distance.
    pub voltage_v: f64,
    /// Distance, at least \[mm\], 25..50; scored only.
    pub acd_mm: f64,
    /// Thinnest ledge, at least \[mm\], 10..200; scored only, the superheat stands in for it.
    pub ledge_mm: f64,
    /// Mean sludge, at most \[kg\], 10..1000; scored only.
    pub sludge_kg: f64,
    /// Anode effects, at most \[1/d\], 0..1.
    pub effects_per_day: f64,
    /// Automatic beam moves, at most \[1/d\], 5..60.
    pub moves_per_day: f64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            noise_mv: 12.0,
            superheat_low_c: 4.0,
            superheat_high_c: 14.0,
            temperature_low_c: 945.0,
            temperature_high_c: 962.0,
            alumina_low_pct: 2.1,
            alumina_high_pct: 3.3,
            voltage_v: 3.75,
            acd_mm: 35.0,
            ledge_mm: 50.0,
            sludge_kg: 75.0,
            effects_per_day: 0.03,
            moves_per_day: 20.0,
        }
    }
}

impl LimitSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("tune.limits.noise_mv", self.noise_mv, 5.0, 40.0),
            ("tune.limits.superheat_low_c", self.superheat_low_c, 2.0, 8.0),
            ("tune.limits.superheat_high_c", self.superheat_high_c, 10.0, 20.0),
            ("tune.limits.temperature_low_c", self.temperature_low_c, 900.0, 960.0),
            ("tune.limits.temperature_high_c", self.temperature_high_c, 950.0, 990.0),
            ("tune.limits.alumina_low_pct", self.alumina_low_pct, 1.9, 4.0),
            ("tune.limits.alumina_high_pct", self.alumina_high_pct, 2.5, 6.0),
            ("tune.limits.voltage_v", self.voltage_v, 3.5, 4.0),
            ("tune.limits.acd_mm", self.acd_mm, 25.0, 50.0),
            ("tune.limits.ledge_mm", self.ledge_mm, 10.0, 200.0),
            ("tune.limits.sludge_kg", self.sludge_kg, 10.0, 1_000.0),
            ("tune.limits.effects_per_day", self.effects_per_day, 0.0, 1.0),
            ("tune.limits.moves_per_day", self.moves_per_day, 5.0, 60.0),
        ];
        report_ranges(&fields, report);
    }
}

/// The plant as it was: what scores a tuner and what it never sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Key figures by truth.
    pub kpi: Kpi,
    /// First percentile of the distance \[mm\].
    pub acd_mm: f64,
    /// Metal made \[t/d\].
    pub metal_t_per_day: f64,
}

/// Which side of the bound is lawful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// At least the bound.
    Least,
    /// At most the bound.
    Most,
}

/// One limit.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Name, with its unit as suffix.
    pub name: &'static str,
    /// Lawful side.
    pub side: Side,
    /// The bound.
    pub bound: fn(&LimitSettings) -> f64,
    /// What a line shows of it; `None` where nothing does.
    pub measured: Option<fn(&Measured) -> f64>,
    /// What it really is.
    pub scored: fn(&Scored) -> Option<f64>,
    /// A difference of this size is one unit of slack.
    pub scale: f64,
    /// How it is seen, in words.
    pub about: &'static str,
}

/// All limits.
pub const LIMITS: [Limit; 13] = [
    Limit {
        name: "noise_lf_mv_p95",
        side: Side::Most,
        bound: |s| s.noise_mv,
        measured: Some(|m| m.noise_mv),
        scored: |s| s.kpi.noise_lf_mv_p95,
        scale: 1.0,
        about: "measured as it is",
    },
    Limit {
        name: "superheat_c_mean",
        side: Side::Least,
        bound: |s| s.superheat_low_c,
        measured: Some(|m| m.superheat_c),
        scored: |s| s.kpi.superheat_c_mean,
        scale: 1.0,
        about: "estimated from probe and laboratory",
    },
    Limit {
        name: "superheat_c_mean",
        side: Side::Most,
        bound: |s| s.superheat_high_c,
        measured: Some(|m| m.superheat_c),
        scored: |s| s.kpi.superheat_c_mean,
        scale: 1.0,
        about: "estimated from probe and laboratory; stands in for the ledge",
    },
    Limit {
        name: "bath_temperature_c_mean",
        side: Side::Least,
        bound: |s| s.temperature_low_c,
        measured: Some(|m| m.temperature_c),
        scored: |s| s.kpi.bath_temperature_c_mean,
        scale: 2.0,
        about: "by probe and laboratory",
    },
    Limit {
        name: "bath_temperature_c_mean",
        side: Side::Most,
        bound: |s| s.temperature_high_c,
        measured: Some(|m| m.temperature_c),
        scored: |s| s.kpi.bath_temperature_c_mean,
        scale: 2.0,
        about: "by probe and laboratory",
    },
    Limit {
        name: "alumina_pct_p01",
        side: Side::Least,
        bound: |s| s.alumina_low_pct,
        measured: Some(|m| m.alumina_low_pct),
        scored: |s| s.kpi.alumina_pct_p01,
        scale: 0.1,
        about: "by the estimate",
    },
    Limit {
        name: "alumina_pct_mean",
        side: Side::Most,
        bound: |s| s.alumina_high_pct,
        measured: Some(|m| m.alumina_pct),
        scored: |s| s.kpi.alumina_pct_mean,
        scale: 0.1,
        about: "by the estimate; stands in for the sludge",
    },
    Limit {
        name: "cell_voltage_v",
        side: Side::Least,
        bound: |s| s.voltage_v,
        measured: Some(|m| m.voltage_v),
        scored: |s| s.kpi.cell_voltage_v,
        scale: 0.02,
        about: "measured as it is; stands in for the distance",
    },
    Limit {
        name: "acd_mm_p01",
        side: Side::Least,
        bound: |s| s.acd_mm,
        measured: None,
        scored: |s| Some(s.acd_mm),
        scale: 1.0,
        about: "not measured: voltage and noise stand in for it",
    },
    Limit {
        name: "ledge_mm_min",
        side: Side::Least,
        bound: |s| s.ledge_mm,
        measured: None,
        scored: |s| s.kpi.ledge_mm_min,
        scale: 10.0,
        about: "not measured: the superheat stands in for it",
    },
    Limit {
        name: "sludge_kg_mean",
        side: Side::Most,
        bound: |s| s.sludge_kg,
        measured: None,
        scored: |s| s.kpi.sludge_kg_mean,
        scale: 10.0,
        about: "not measured: mean alumina stands in for it",
    },
    Limit {
        name: "ae_per_pot_day",
        side: Side::Most,
        bound: |s| s.effects_per_day,
        measured: Some(|m| m.effects_per_day),
        scored: |s| s.kpi.ae_per_pot_day,
        scale: 0.03,
        about: "counted",
    },
    Limit {
        name: "beam_moves_per_pot_day",
        side: Side::Most,
        bound: |s| s.moves_per_day,
        measured: Some(|m| m.moves_per_day),
        scored: |s| s.kpi.beam_moves_per_pot_day,
        scale: 1.0,
        about: "counted",
    },
];

impl Limit {
    /// The bound that binds for cells that show `untouched` when nobody tunes them.
    #[must_use]
    pub fn binding(&self, settings: &LimitSettings, untouched: f64) -> f64 {
        let bound = (self.bound)(settings);
        match self.side {
            // Both pass over a NaN.
            Side::Least => bound.min(untouched),
            Side::Most => bound.max(untouched),
        }
    }

    /// Room left before `bound`, in units of the limit; negative beyond it, NaN where not known.
    #[must_use]
    pub fn slack(&self, value: f64, bound: f64) -> f64 {
        let room = match self.side {
            Side::Least => value - bound,
            Side::Most => bound - value,
        };
        room / self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_broken_already_may_not_get_worse() {
        let settings = LimitSettings::default();
        let noise = &LIMITS[0];
        assert_eq!(noise.binding(&settings, 10.0), 12.0);
        assert_eq!(noise.binding(&settings, 13.5), 13.5);
        assert_eq!(noise.binding(&settings, f64::NAN), 12.0);
        assert!(noise.slack(13.6, 13.5) < 0.0 && noise.slack(11.0, 12.0) == 1.0);
        let cold = &LIMITS[1];
        assert_eq!((cold.binding(&settings, 3.0), cold.binding(&settings, 9.0)), (3.0, 4.0));
        assert!(cold.slack(2.5, 3.0) < 0.0);
    }

    #[test]
    fn the_defaults_are_within_their_ranges() {
        let mut problems = 0;
        LimitSettings::default().validate(&mut |_| problems += 1);
        super::super::TuneSettings::default().validate(&mut |_| problems += 1);
        assert_eq!(problems, 0);
    }
}

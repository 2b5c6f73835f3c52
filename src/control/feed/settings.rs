//! Settings of the feed logic, and the door through which they become its run-time form.

use super::{Feed, InSituSettings, SaturatedSettings};
use crate::Error;
use crate::error::report_ranges;
use crate::estimate::Design;

/// How the feed rate is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema, clap::ValueEnum))]
pub enum Strategy {
    /// What is consumed.
    Fixed,
    /// Under- and over-feed by a fixed slope, without guards.
    Demand,
    /// Under- and over-feed by a slope that knows its error, with guards.
    DemandGuarded,
    /// By the balance, which tracks without feed anchor every few hours.
    InSitu,
    /// In a band below saturation.
    Saturated,
    /// To a target alumina by the estimate, with the same guards; slope logic when it is lost.
    #[default]
    Ekf,
}

/// Settings of the strategy `demand`. Rates are relative to consumption.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct DemandSettings {
    /// Under-feed \[%\], 30..95.
    pub under_pct: f64,
    /// Over-feed \[%\], 105..180.
    pub over_pct: f64,
    /// Duration of the over-feed \[min\], 10..180.
    pub over_min: f64,
}

impl Default for DemandSettings {
    fn default() -> Self {
        Self { under_pct: 70.0, over_pct: 140.0, over_min: 60.0 }
    }
}

/// Settings of the strategy `ekf`. Rates are relative to consumption.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EkfFeedSettings {
    /// Target alumina \[%\], 2..8.
    pub target_pct: f64,
    /// Time in which an error is fed away \[min\], 5..240.
    pub correct_min: f64,
    /// Amplitude of the square wave on the rate \[%\], 0..50.
    pub dither_pct: f64,
    /// Half its period \[min\], 5..120.
    pub dither_half_min: f64,
    /// Lowest rate \[%\], 30..95.
    pub rate_least_pct: f64,
    /// Highest rate \[%\], 105..180.
    pub rate_most_pct: f64,
    /// Added to the target while the cell is unstable \[%\], 0..1: a wave gives anodes more current than
    /// a lean bath lets them carry, and leaves less of a slope to see it by.
    pub unstable_margin_pct: f64,
    /// Stated deviation above which the estimate is not believed \[%\], 0.05..1.
    pub error_most_pct: f64,
    /// Mean square of the innovations, as a multiple of what is predicted, above which the estimate is
    /// not believed \[1\], 1.5..20.
    pub consistency_most: f64,
}

impl Default for EkfFeedSettings {
    fn default() -> Self {
        Self {
            target_pct: 2.5,
            correct_min: 30.0,
            dither_pct: 8.0,
            dither_half_min: 20.0,
            rate_least_pct: 50.0,
            rate_most_pct: 160.0,
            unstable_margin_pct: 0.3,
            error_most_pct: 0.25,
            consistency_most: 5.0,
        }
    }
}

/// Settings of the feed logic. Rates are relative to consumption.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct FeedSettings {
    /// How the feed rate is found.
    pub strategy: Strategy,
    /// Strategy `demand`.
    pub demand: DemandSettings,
    /// Strategy `ekf`.
    pub ekf: EkfFeedSettings,
    /// Strategy `in-situ`.
    pub in_situ: InSituSettings,
    /// Strategy `saturated`.
    pub saturated: SaturatedSettings,
    /// Under-feed \[%\], 30..95.
    pub under_pct: f64,
    /// Over-feed \[%\], 105..180.
    pub over_pct: f64,
    /// Long under-feed forced by the rich-side guard \[%\], 30..90.
    pub track_pct: f64,
    /// Fast feed ahead of a feared anode effect \[%\], 120..250.
    pub fast_pct: f64,
    /// Duration of the fast feed \[min\], 3..20.
    pub fast_min: f64,
    /// Feed during operations \[%\], 100..120.
    pub hold_pct: f64,
    /// Feed in the half hour after an anode effect \[%\], 100..150.
    pub effect_pct: f64,
    /// Slope logic is blocked this long after an anode effect \[min\], 30..120.
    pub effect_block_min: f64,
    /// Alumina to reach at the end of an over-feed \[%\], 2..8.
    pub high_pct: f64,
    /// Alumina still lost after the switch, while ore dissolves \[%\], 0..0.5.
    pub overshoot_pct: f64,
    /// Shortest over-feed \[min\], 5..60.
    pub over_least_min: f64,
    /// Over-feed when alumina cannot be judged \[min\], 10..90.
    pub over_default_min: f64,
    /// Longest over-feed \[min\], 20..180.
    pub over_most_min: f64,
    /// Smallest slope that ends an under-feed \[pΩ/s\], 10..500.
    pub slope_min_pohm_s: f64,
    /// Standard errors of the slope that end an under-feed, 2..10.
    pub slope_sigmas: f64,
    /// The slope of an emergency, as a multiple of the threshold, 1.5..5.
    pub emergency_factor: f64,
    /// Shortest under-feed unless there is an emergency \[min\], 5..60.
    pub under_least_min: f64,
    /// An under-feed without a slope for this long stops counting on one \[h\], 1..8.
    pub lean_timeout_h: f64,
    /// An under-feed without a slope for this long raises the alarm \[h\], 2..12.
    pub lean_alarm_h: f64,
    /// Net over-feed since the last confirmed lean point that forces a long under-feed \[%\], 0.3..3.
    pub rich_guard_pct: f64,
    /// Rise of the voltage above its minimum that confirms a lean point \[mV\], 5..100.
    pub confirm_mv: f64,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            demand: DemandSettings::default(),
            ekf: EkfFeedSettings::default(),
            in_situ: InSituSettings::default(),
            saturated: SaturatedSettings::default(),
            under_pct: 75.0,
            over_pct: 128.0,
            track_pct: 65.0,
            fast_pct: 160.0,
            fast_min: 12.0,
            hold_pct: 105.0,
            effect_pct: 110.0,
            effect_block_min: 45.0,
            high_pct: 2.75,
            overshoot_pct: 0.1,
            over_least_min: 20.0,
            over_default_min: 35.0,
            over_most_min: 75.0,
            slope_min_pohm_s: 60.0,
            slope_sigmas: 4.0,
            emergency_factor: 2.5,
            under_least_min: 20.0,
            lean_timeout_h: 3.0,
            lean_alarm_h: 5.0,
            rich_guard_pct: 0.8,
            confirm_mv: 25.0,
        }
    }
}

impl FeedSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("feed.under_pct", self.under_pct, 30.0, 95.0),
            ("feed.over_pct", self.over_pct, 105.0, 180.0),
            ("feed.track_pct", self.track_pct, 30.0, 90.0),
            ("feed.fast_pct", self.fast_pct, 120.0, 250.0),
            ("feed.fast_min", self.fast_min, 3.0, 20.0),
            ("feed.hold_pct", self.hold_pct, 100.0, 120.0),
            ("feed.effect_pct", self.effect_pct, 100.0, 150.0),
            ("feed.effect_block_min", self.effect_block_min, 30.0, 120.0),
            ("feed.high_pct", self.high_pct, 2.0, 8.0),
            ("feed.overshoot_pct", self.overshoot_pct, 0.0, 0.5),
            ("feed.over_least_min", self.over_least_min, 5.0, 60.0),
            ("feed.over_default_min", self.over_default_min, 10.0, 90.0),
            ("feed.over_most_min", self.over_most_min, 20.0, 180.0),
            ("feed.slope_min_pohm_s", self.slope_min_pohm_s, 10.0, 500.0),
            ("feed.slope_sigmas", self.slope_sigmas, 2.0, 10.0),
            ("feed.emergency_factor", self.emergency_factor, 1.5, 5.0),
            ("feed.under_least_min", self.under_least_min, 5.0, 60.0),
            ("feed.lean_timeout_h", self.lean_timeout_h, 1.0, 8.0),
            ("feed.lean_alarm_h", self.lean_alarm_h, 2.0, 12.0),
            ("feed.rich_guard_pct", self.rich_guard_pct, 0.3, 3.0),
            ("feed.confirm_mv", self.confirm_mv, 5.0, 100.0),
            ("feed.demand.under_pct", self.demand.under_pct, 30.0, 95.0),
            ("feed.demand.over_pct", self.demand.over_pct, 105.0, 180.0),
            ("feed.demand.over_min", self.demand.over_min, 10.0, 180.0),
            ("feed.ekf.target_pct", self.ekf.target_pct, 2.0, 8.0),
            ("feed.ekf.correct_min", self.ekf.correct_min, 5.0, 240.0),
            ("feed.ekf.dither_pct", self.ekf.dither_pct, 0.0, 50.0),
            ("feed.ekf.dither_half_min", self.ekf.dither_half_min, 5.0, 120.0),
            ("feed.ekf.rate_least_pct", self.ekf.rate_least_pct, 30.0, 95.0),
            ("feed.ekf.rate_most_pct", self.ekf.rate_most_pct, 105.0, 180.0),
            ("feed.ekf.unstable_margin_pct", self.ekf.unstable_margin_pct, 0.0, 1.0),
            ("feed.ekf.error_most_pct", self.ekf.error_most_pct, 0.05, 1.0),
            ("feed.ekf.consistency_most", self.ekf.consistency_most, 1.5, 20.0),
        ];
        report_ranges(&fields, report);
        report_ranges(&self.in_situ.ranges(), report);
        report_ranges(&self.saturated.ranges(), report);
        let ordered =
            self.over_least_min <= self.over_default_min && self.over_default_min <= self.over_most_min;
        if !ordered {
            report(Error::Inconsistent {
                field: "feed.over_default_min",
                reason: "over-feed durations must satisfy least <= default <= most",
            });
        }
        if self.lean_alarm_h < self.lean_timeout_h {
            report(Error::Inconsistent {
                field: "feed.lean_alarm_h",
                reason: "the lean alarm must not come before the lean time-out",
            });
        }
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Feed {
        let (under, over, over_min) = match self.strategy {
            Strategy::Demand => (self.demand.under_pct, self.demand.over_pct, self.demand.over_min),
            _ => (self.under_pct, self.over_pct, self.over_default_min),
        };
        Feed {
            strategy: self.strategy,
            ekf: self.ekf.build(),
            in_situ: self.in_situ.build(),
            saturated: self.saturated.build(design.current),
            design: *design,
            under: under / 100.0,
            over: over / 100.0,
            track: self.track_pct / 100.0,
            fast: self.fast_pct / 100.0,
            fast_time: self.fast_min * 60.0,
            hold: self.hold_pct / 100.0,
            effect: self.effect_pct / 100.0,
            effect_block: self.effect_block_min * 60.0,
            high: (self.high_pct + self.overshoot_pct) / 100.0,
            over_least: self.over_least_min * 60.0,
            over_default: over_min * 60.0,
            over_most: self.over_most_min * 60.0,
            slope_min: self.slope_min_pohm_s * 1e-12,
            slope_sigmas: self.slope_sigmas,
            emergency: self.emergency_factor,
            under_least: self.under_least_min * 60.0,
            lean_timeout: self.lean_timeout_h * 3600.0,
            lean_alarm: self.lean_alarm_h * 3600.0,
            rich: self.rich_guard_pct / 100.0,
            confirm: self.confirm_mv * 1e-3 / design.current,
        }
    }
}

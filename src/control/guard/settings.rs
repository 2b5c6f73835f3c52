//! Settings of the guard.

use super::{DoseLimits, FALLBACK, Guard};
use crate::Error;
use crate::error::report_ranges;
use crate::math::clamp;

/// Settings of the guard.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct GuardSettings {
    /// Oldest reading that may move anything \[s\], 1..10.
    pub age_most_s: f64,
    /// Largest automatic move \[mm\], 0.1..2.
    pub auto_move_mm: f64,
    /// Least time between automatic moves \[min\], 1..60.
    pub auto_interval_min: f64,
    /// Most automatic moves per hour, 1..20.
    pub auto_moves_per_h: u8,
    /// Most net automatic travel in eight hours \[mm\], 1..20.
    pub auto_travel_mm: f64,
    /// Largest move while tapping, and of an automatic move after an operation \[mm\], 0.2..2.
    pub operation_move_mm: f64,
    /// Larger automatic moves are allowed this long after an operation \[min\], 0..480.
    pub operation_grace_min: f64,
    /// Least time between moves while tapping \[s\], 5..60.
    pub tap_interval_s: f64,
    /// Most travel of one tap \[mm\], 5..60.
    pub tap_travel_mm: f64,
    /// Largest move in an anode effect \[mm\], 0.5..5.
    pub effect_move_mm: f64,
    /// Least time between moves in an anode effect \[s\], 1..20.
    pub effect_interval_s: f64,
    /// Largest move up out of a short circuit, or away from a voltage that is clearly low \[mm\], 0.2..5.
    pub short_move_mm: f64,
    /// Most travel up in eight hours, besides `auto_travel_mm`, from a voltage that has stayed below
    /// `down_voltage_auto_v` \[mm\], 0..25; within a day of an effect or
    /// a hand, or of `operation_grace_min`.
    pub low_travel_mm: f64,
    /// Most that an anode effect may lower the beam \[mm\], 3..30.
    pub effect_travel_mm: f64,
    /// No move below this share of nominal current, except in an anode effect and while tapping \[%\], 60..98.
    pub move_current_pct: f64,
    /// The same for a beam that follows the metal while tapping, 50..98: a tap that it does not follow
    /// leaves the anodes 20 mm too high.
    pub tap_current_pct: f64,
    /// Nothing at all below this share of nominal current \[%\], 30..70.
    pub stop_current_pct: f64,
    /// Never down below this voltage \[V\], 2.5..3.7.
    pub down_voltage_v: f64,
    /// Never down below this voltage in automatic mode \[V\], 3..4.
    pub down_voltage_auto_v: f64,
    /// Never up above this voltage, but in a burning effect \[V\], 4.2..6.
    pub up_voltage_v: f64,
    /// Never down above this low-frequency noise in automatic mode \[mV\], 5..100.
    pub down_noise_mv: f64,
    /// Most shots per minute, 2..60.
    pub shots_per_min: u8,
    /// Most shots per minute in an anode effect, 6..120.
    pub effect_shots_per_min: u8,
    /// Largest dose of AlF3 \[kg/d\], 20..400.
    pub alf3_most_kg_per_day: f64,
    /// Largest change of that dose within a day \[kg/d\], 5..200.
    pub alf3_change_kg_per_day: f64,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            age_most_s: 5.0,
            auto_move_mm: 1.0,
            auto_interval_min: 10.0,
            auto_moves_per_h: 4,
            // Metal that rises by 0.2 mm/h asks for 1.6 mm in eight hours, an anode change for 1.2 mm,
            // noise at its limit for 2.4 mm: 5.2 mm of honest work, and half a millimetre besides.
            auto_travel_mm: 6.0,
            operation_move_mm: 2.0,
            operation_grace_min: 150.0,
            tap_interval_s: 10.0,
            tap_travel_mm: 30.0,
            effect_move_mm: 3.0,
            effect_interval_s: 2.0,
            short_move_mm: 2.0,
            // A cell left at 19 mm by an effect lacks some 13 mm up to where the ordinary budget serves.
            low_travel_mm: 15.0,
            effect_travel_mm: 20.0,
            move_current_pct: 90.0,
            tap_current_pct: 70.0,
            stop_current_pct: 50.0,
            down_voltage_v: 3.3,
            down_voltage_auto_v: 3.75,
            up_voltage_v: 4.8,
            down_noise_mv: 25.0,
            shots_per_min: 8,
            effect_shots_per_min: 40,
            // Two and a half times the base dose of a cell with 0.4 % soda in its alumina.
            alf3_most_kg_per_day: 175.0,
            alf3_change_kg_per_day: 60.0,
        }
    }
}

impl GuardSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("guard.age_most_s", self.age_most_s, 1.0, 10.0),
            ("guard.auto_move_mm", self.auto_move_mm, 0.1, 2.0),
            ("guard.auto_interval_min", self.auto_interval_min, 1.0, 60.0),
            ("guard.auto_moves_per_h", f64::from(self.auto_moves_per_h), 1.0, 20.0),
            ("guard.auto_travel_mm", self.auto_travel_mm, 1.0, 20.0),
            ("guard.operation_move_mm", self.operation_move_mm, 0.2, 2.0),
            ("guard.operation_grace_min", self.operation_grace_min, 0.0, 480.0),
            ("guard.tap_interval_s", self.tap_interval_s, 5.0, 60.0),
            ("guard.tap_travel_mm", self.tap_travel_mm, 5.0, 60.0),
            ("guard.effect_move_mm", self.effect_move_mm, 0.5, 5.0),
            ("guard.effect_interval_s", self.effect_interval_s, 1.0, 20.0),
            ("guard.short_move_mm", self.short_move_mm, 0.2, 5.0),
            ("guard.low_travel_mm", self.low_travel_mm, 0.0, 25.0),
            ("guard.effect_travel_mm", self.effect_travel_mm, 3.0, 30.0),
            ("guard.move_current_pct", self.move_current_pct, 60.0, 98.0),
            ("guard.tap_current_pct", self.tap_current_pct, 50.0, 98.0),
            ("guard.stop_current_pct", self.stop_current_pct, 30.0, 70.0),
            ("guard.down_voltage_v", self.down_voltage_v, 2.5, 3.7),
            ("guard.down_voltage_auto_v", self.down_voltage_auto_v, 3.0, 4.0),
            ("guard.up_voltage_v", self.up_voltage_v, 4.2, 6.0),
            ("guard.down_noise_mv", self.down_noise_mv, 5.0, 100.0),
            ("guard.shots_per_min", f64::from(self.shots_per_min), 2.0, 60.0),
            ("guard.alf3_most_kg_per_day", self.alf3_most_kg_per_day, 20.0, 400.0),
            ("guard.alf3_change_kg_per_day", self.alf3_change_kg_per_day, 5.0, 200.0),
            ("guard.effect_shots_per_min", f64::from(self.effect_shots_per_min), 6.0, 120.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form for a cell of nominal `current` \[A\] with so many `feeders`. `fallback` is
    /// the interval between strokes handed out when a strategy names none \[s\].
    #[must_use]
    pub fn build(&self, current: f64, feeders: usize, fallback: f64) -> Guard {
        Guard {
            settings: *self,
            current,
            feeders,
            fallback: clamp(fallback, FALLBACK.0, FALLBACK.1),
            dose: DoseLimits::new(self.alf3_most_kg_per_day, self.alf3_change_kg_per_day),
        }
    }
}

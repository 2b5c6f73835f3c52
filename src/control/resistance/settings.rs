//! Settings of the resistance loop.

use super::{Laws, Resistance};
use crate::Error;
use crate::consts::{DAY, HOUR};
use crate::error::report_ranges;
use crate::estimate::Design;

/// Moves that may be saved up, as a share of those of a day.
const BURST: f64 = 0.5;

/// What the beam answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum BeamMode {
    /// The resistance as measured.
    Resistance,
    /// The resistance less the swing that the estimated alumina explains; as measured while the
    /// estimate is lost.
    #[default]
    Distance,
}

/// Settings of the resistance loop.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ResistanceSettings {
    /// What the beam answers to: `"resistance"` or `"distance"`.
    pub mode: BeamMode,
    /// The estimate is lost above this standard deviation of alumina \[%\], 0.05..1.
    pub estimate_error_pct: f64,
    /// An error must be this many of its own standard deviations, 0.5..4.
    pub significance: f64,
    /// A move provides for the natural drift of this long \[h\], 0..6.
    pub ahead_h: f64,
    /// Automatic moves in a day beyond which only twice the dead band calls for one, 4..96.
    pub moves_per_day: f64,
    /// Below this voltage at nominal current the distance is restored in steps, whatever phase or
    /// noise \[V\], 3..4; not below the voltage minimum of the guard, which judges it anew.
    pub restore_below_v: f64,
    /// Largest such step \[mm\], 0.2..2.
    pub restore_step_mm: f64,
    /// Added to the design voltage to make the base target \[mV\], -200..200: where the cell is run, as
    /// against where the estimator's curve is anchored. What a tuner moves.
    pub trim_mv: f64,
    /// Half width of the dead band \[nΩ\], 10..200.
    pub deadband_nohm: f64,
    /// Half width of the dead band on a noisy cell \[nΩ\], 10..300.
    pub deadband_noisy_nohm: f64,
    /// Share of the error that one move removes, 0.2..1.
    pub gain: f64,
    /// Time between decisions \[min\], 5..60.
    pub period_min: f64,
    /// Least time between moves \[min\], 5..120.
    pub interval_min: f64,
    /// Largest single move \[mm\], 0.1..2.
    pub move_most_mm: f64,
    /// Largest single move in the two hours after an operation \[mm\], 0.1..3.
    pub move_after_operation_mm: f64,
    /// Lowest target voltage \[V\], 3.4..4.2.
    pub voltage_min_v: f64,
    /// Highest target voltage \[V\], 4..5.
    pub voltage_max_v: f64,
    /// Smallest sum of the modifiers \[mV\], -200..0.
    pub modifier_min_mv: f64,
    /// Largest sum of the modifiers \[mV\], 0..500.
    pub modifier_max_mv: f64,
    /// Added per noise level above normal \[mV\], 0..50.
    pub noise_level_mv: f64,
    /// Added every quarter of an hour while unstable \[mV\], 0..30.
    pub noise_rise_mv: f64,
    /// Most that noise adds \[mV\], 0..200.
    pub noise_most_mv: f64,
    /// Taken away every half hour once quiet for an hour \[mV\], 1..50.
    pub noise_fall_mv: f64,
    /// Added by an anode change \[mV\], 0..150.
    pub anode_change_mv: f64,
    /// That addition ramps away within \[h\], 1..24.
    pub anode_change_h: f64,
    /// Added by tapping \[mV\], 0..100.
    pub tap_mv: f64,
    /// That addition ramps away within \[h\], 0.5..12.
    pub tap_h: f64,
}

impl Default for ResistanceSettings {
    fn default() -> Self {
        Self {
            mode: BeamMode::Distance,
            estimate_error_pct: 0.35,
            significance: 2.0,
            ahead_h: 2.0,
            moves_per_day: 12.0,
            restore_below_v: 3.75,
            restore_step_mm: 2.0,
            trim_mv: 0.0,
            // A move of a millimetre removes the error at the edge of the band and provides for the drift.
            // Measured over 24 simulated pot-days of routine work: 5 moves of the loop a day, where half a
            // millimetre and a band of 40 nΩ take 9, for 1 mV more and the same noise.
            deadband_nohm: 50.0,
            deadband_noisy_nohm: 60.0,
            gain: 1.0,
            period_min: 10.0,
            interval_min: 15.0,
            move_most_mm: 1.0,
            move_after_operation_mm: 1.5,
            voltage_min_v: 3.70,
            voltage_max_v: 4.40,
            modifier_min_mv: -40.0,
            modifier_max_mv: 250.0,
            noise_level_mv: 10.0,
            noise_rise_mv: 5.0,
            noise_most_mv: 80.0,
            noise_fall_mv: 5.0,
            anode_change_mv: 40.0,
            anode_change_h: 8.0,
            tap_mv: 10.0,
            tap_h: 2.0,
        }
    }
}

impl ResistanceSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("resistance.estimate_error_pct", self.estimate_error_pct, 0.05, 1.0),
            ("resistance.significance", self.significance, 0.5, 4.0),
            ("resistance.ahead_h", self.ahead_h, 0.0, 6.0),
            ("resistance.moves_per_day", self.moves_per_day, 4.0, 96.0),
            ("resistance.restore_below_v", self.restore_below_v, 3.0, 4.0),
            ("resistance.restore_step_mm", self.restore_step_mm, 0.2, 2.0),
            ("resistance.trim_mv", self.trim_mv, -200.0, 200.0),
            ("resistance.deadband_nohm", self.deadband_nohm, 10.0, 200.0),
            ("resistance.deadband_noisy_nohm", self.deadband_noisy_nohm, 10.0, 300.0),
            ("resistance.gain", self.gain, 0.2, 1.0),
            ("resistance.period_min", self.period_min, 5.0, 60.0),
            ("resistance.interval_min", self.interval_min, 5.0, 120.0),
            ("resistance.move_most_mm", self.move_most_mm, 0.1, 2.0),
            ("resistance.move_after_operation_mm", self.move_after_operation_mm, 0.1, 3.0),
            ("resistance.voltage_min_v", self.voltage_min_v, 3.4, 4.2),
            ("resistance.voltage_max_v", self.voltage_max_v, 4.0, 5.0),
            ("resistance.modifier_min_mv", self.modifier_min_mv, -200.0, 0.0),
            ("resistance.modifier_max_mv", self.modifier_max_mv, 0.0, 500.0),
            ("resistance.noise_level_mv", self.noise_level_mv, 0.0, 50.0),
            ("resistance.noise_rise_mv", self.noise_rise_mv, 0.0, 30.0),
            ("resistance.noise_most_mv", self.noise_most_mv, 0.0, 200.0),
            ("resistance.noise_fall_mv", self.noise_fall_mv, 1.0, 50.0),
            ("resistance.anode_change_mv", self.anode_change_mv, 0.0, 150.0),
            ("resistance.anode_change_h", self.anode_change_h, 1.0, 24.0),
            ("resistance.tap_mv", self.tap_mv, 0.0, 100.0),
            ("resistance.tap_h", self.tap_h, 0.5, 12.0),
        ];
        report_ranges(&fields, report);
        if self.deadband_noisy_nohm < self.deadband_nohm {
            report(Error::Inconsistent {
                field: "resistance.deadband_noisy_nohm",
                reason: "the dead band of a noisy cell must not be narrower than the normal one",
            });
        }
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Resistance {
        Resistance {
            design: *design,
            mode: self.mode,
            estimate_error: self.estimate_error_pct / 100.0,
            significance: self.significance,
            ahead: -design.acd_drift * self.ahead_h * HOUR,
            moves_per_second: self.moves_per_day / DAY,
            burst: BURST * self.moves_per_day,
            restore_below: (self.restore_below_v - design.e_back) / design.current,
            restore_step: self.restore_step_mm * 1e-3,
            base: design.resistance + self.trim_mv * 1e-3 / design.current,
            deadband: self.deadband_nohm * 1e-9,
            deadband_noisy: self.deadband_noisy_nohm * 1e-9,
            gain: self.gain,
            period: self.period_min * 60.0,
            interval: self.interval_min * 60.0,
            most: self.move_most_mm * 1e-3,
            most_after_operation: self.move_after_operation_mm * 1e-3,
            lowest: (self.voltage_min_v - design.e_back) / design.current,
            highest: (self.voltage_max_v - design.e_back) / design.current,
            laws: Laws {
                least: self.modifier_min_mv * 1e-3,
                most: self.modifier_max_mv * 1e-3,
                noise_level: self.noise_level_mv * 1e-3,
                noise_rise: self.noise_rise_mv * 1e-3 / 900.0,
                noise_most: self.noise_most_mv * 1e-3,
                noise_fall: self.noise_fall_mv * 1e-3 / 1800.0,
                anode_change: self.anode_change_mv * 1e-3,
                anode_change_time: self.anode_change_h * HOUR,
                tapping: self.tap_mv * 1e-3,
                tapping_time: self.tap_h * HOUR,
            },
        }
    }
}

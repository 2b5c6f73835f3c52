//! What an emulated PLC allows: limits, modes, interlocks, rates.

use super::handshake::RejectCode;
use super::lint::Problem;
use crate::image::{BeamDrive, Field, MAX_FEEDERS, Mode};
use serde::{Deserialize, Serialize};
use std::format;
use std::prelude::rust_2024::*;

/// Settings of an emulated PLC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlcSettings {
    /// Point feeders, 1..=8.
    pub feeders: usize,
    /// Length of a feeder pulse \[s\].
    pub feed_pulse_s: f64,
    /// Longest time a feeder solenoid may be energised, whatever the pulse logic says \[s\].
    pub feed_max_on_s: f64,
    /// Speed of the beam \[mm/s\].
    pub beam_speed_mm_s: f64,
    /// Smallest beam move \[mm\].
    pub beam_min_travel_mm: f64,
    /// Largest beam move \[mm\].
    pub beam_max_travel_mm: f64,
    /// Longest time the beam motor may run, whatever the move logic says \[s\].
    pub beam_max_on_s: f64,
    /// Shortest time from one start of the beam to the next in automatic mode \[s\].
    pub beam_pause_s: f64,
    /// The same while tapping, and above `effect_voltage_v` \[s\].
    pub beam_pause_fast_s: f64,
    /// Lower limit switch \[mm\].
    pub beam_low_limit_mm: f64,
    /// Upper limit switch \[mm\].
    pub beam_high_limit_mm: f64,
    /// Cell voltage that counts as an anode effect \[V\].
    pub effect_voltage_v: f64,
    /// Rated line current \[kA\].
    pub rated_current_ka: f64,
    /// Share of the rated current below which the beam is not raised and not fed locally \[1\].
    pub low_current_share: f64,
    /// Silence after which the controller is taken for lost \[s\].
    pub watchdog_s: f64,
    /// Interval of local strokes until the controller has handed over another \[s\].
    pub fallback_interval_s: f64,
}

impl Default for PlcSettings {
    fn default() -> Self {
        Self {
            feeders: 6,
            feed_pulse_s: 3.0,
            feed_max_on_s: 6.0,
            beam_speed_mm_s: 1.5,
            beam_min_travel_mm: 0.05,
            beam_max_travel_mm: 30.0,
            beam_max_on_s: 25.0,
            beam_pause_s: 20.0,
            beam_pause_fast_s: 2.0,
            beam_low_limit_mm: -200.0,
            beam_high_limit_mm: 200.0,
            effect_voltage_v: 8.0,
            rated_current_ka: 500.0,
            low_current_share: 0.5,
            watchdog_s: 10.0,
            fallback_interval_s: 22.0,
        }
    }
}

/// The same in SI units, checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rules {
    pub feeders: usize,
    pub feed_pulse: f64,
    pub feed_max_on: f64,
    pub beam_speed: f64,
    pub beam_min_travel: f64,
    pub beam_max_travel: f64,
    pub beam_max_on: f64,
    pub beam_pause: f64,
    pub beam_pause_fast: f64,
    pub beam_low_limit: f64,
    pub beam_high_limit: f64,
    pub effect_voltage: f64,
    pub low_current: f64,
    pub watchdog: f64,
    pub fallback_interval: f64,
}

impl PlcSettings {
    /// Every problem of the settings.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let ranges = [
            ("feeders", self.feeders as f64, 1.0, MAX_FEEDERS as f64),
            ("feed_pulse_s", self.feed_pulse_s, 0.1, 30.0),
            ("feed_max_on_s", self.feed_max_on_s, 0.1, 60.0),
            ("beam_speed_mm_s", self.beam_speed_mm_s, 0.01, 20.0),
            ("beam_min_travel_mm", self.beam_min_travel_mm, 0.001, 10.0),
            ("beam_max_travel_mm", self.beam_max_travel_mm, 0.01, 300.0),
            ("beam_max_on_s", self.beam_max_on_s, 0.1, 300.0),
            ("beam_pause_s", self.beam_pause_s, 0.0, 3_600.0),
            ("beam_pause_fast_s", self.beam_pause_fast_s, 0.0, 3_600.0),
            ("beam_low_limit_mm", self.beam_low_limit_mm, -2_000.0, 2_000.0),
            ("beam_high_limit_mm", self.beam_high_limit_mm, -2_000.0, 2_000.0),
            ("effect_voltage_v", self.effect_voltage_v, 5.0, 60.0),
            ("rated_current_ka", self.rated_current_ka, 1.0, 1_000.0),
            ("low_current_share", self.low_current_share, 0.0, 1.0),
            ("watchdog_s", self.watchdog_s, 0.2, 600.0),
            ("fallback_interval_s", self.fallback_interval_s, 1.0, 600.0),
        ];
        for (field, value, min, max) in ranges {
            if !(value >= min && value <= max) {
                found.push(Problem::error("range", field, format!("{value} is outside {min}..{max}")));
            }
        }
        let mut order = |holds: bool, field: &str, message: &str| {
            if !holds {
                found.push(Problem::error("inconsistent", field, message));
            }
        };
        order(
            self.feed_max_on_s >= self.feed_pulse_s,
            "feed_max_on_s",
            "shorter than feed_pulse_s: every stroke would be cut",
        );
        order(
            self.beam_max_on_s * self.beam_speed_mm_s >= self.beam_max_travel_mm,
            "beam_max_on_s",
            "too short for beam_max_travel_mm at beam_speed_mm_s",
        );
        order(
            self.beam_min_travel_mm < self.beam_max_travel_mm,
            "beam_min_travel_mm",
            "must be below beam_max_travel_mm",
        );
        order(
            self.beam_low_limit_mm < self.beam_high_limit_mm,
            "beam_low_limit_mm",
            "must be below beam_high_limit_mm",
        );
        found
    }

    pub(super) fn build(&self) -> Result<Rules, Vec<Problem>> {
        let problems = self.validate();
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Rules {
            feeders: self.feeders,
            feed_pulse: self.feed_pulse_s,
            feed_max_on: self.feed_max_on_s,
            beam_speed: self.beam_speed_mm_s * 1e-3,
            beam_min_travel: self.beam_min_travel_mm * 1e-3,
            beam_max_travel: self.beam_max_travel_mm * 1e-3,
            beam_max_on: self.beam_max_on_s,
            beam_pause: self.beam_pause_s,
            beam_pause_fast: self.beam_pause_fast_s,
            beam_low_limit: self.beam_low_limit_mm * 1e-3,
            beam_high_limit: self.beam_high_limit_mm * 1e-3,
            effect_voltage: self.effect_voltage_v,
            low_current: self.low_current_share * self.rated_current_ka * 1e3,
            watchdog: self.watchdog_s,
            fallback_interval: self.fallback_interval_s,
        })
    }
}

impl Rules {
    fn effect(&self, field: &Field) -> bool {
        field.voltage > self.effect_voltage
    }

    /// Why the beam may not move this way now. Written so that a NaN forbids.
    pub(super) fn forbids(&self, direction: BeamDrive, field: &Field) -> Option<RejectCode> {
        let mode = match field.mode {
            Mode::Auto | Mode::Tapping => true,
            // People stand at a starting pot; only its anode effects are quenched remotely.
            Mode::StartUp => self.effect(field),
            Mode::Off | Mode::Manual | Mode::AnodeChange => false,
        };
        let room = match direction {
            BeamDrive::Up => field.beam_position < self.beam_high_limit,
            BeamDrive::Down => field.beam_position > self.beam_low_limit,
            BeamDrive::Hold => true,
        };
        if field.emergency_stop || !room {
            Some(RejectCode::Interlock)
        } else if !mode {
            Some(RejectCode::Mode)
        } else if direction == BeamDrive::Up && (field.current.is_nan() || field.current < self.low_current) {
            Some(RejectCode::LowCurrent)
        } else {
            None
        }
    }

    /// Shortest time between two starts of the beam \[s\].
    pub(super) fn beam_pause(&self, field: &Field) -> f64 {
        if field.mode == Mode::Tapping || self.effect(field) { self.beam_pause_fast } else { self.beam_pause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold_and_contradictions_are_all_named() {
        assert!(PlcSettings::default().validate().is_empty());
        let wrong = PlcSettings {
            feed_max_on_s: 1.0,
            beam_max_on_s: 5.0,
            watchdog_s: f64::NAN,
            ..PlcSettings::default()
        };
        let fields: Vec<_> = wrong.validate().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["watchdog_s", "feed_max_on_s", "beam_max_on_s"]);
    }
}

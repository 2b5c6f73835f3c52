//! Settings of the anode-effect sequence.

use super::count::Rule;
use super::{Effect, PUMPS, STEP};
use crate::Error;
use crate::error::report_ranges;

/// What the beam does once it is down and the effect burns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Quench {
    /// It stays there: the metal wave that grows at a small distance cleans the anodes.
    LowerHold,
    /// It pumps up and down by 5 mm.
    #[default]
    Pump,
}

/// Settings of the anode-effect sequence.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EffectSettings {
    /// Cell voltage of an anode effect \[V\], 6..15.
    pub voltage_v: f64,
    /// It must last this long \[s\], 1..10.
    pub declare_s: f64,
    /// Below that voltage for this long the effect is over \[s\], 10..120.
    pub over_s: f64,
    /// Shots of every feeder at once, 0..6.
    pub shots: u8,
    /// After the end, a rise within this time is the same effect: quenched anew, but not announced as
    /// another \[s\], 0..3600.
    pub rearm_s: f64,
    /// What the beam does once it is down: `"lower-hold"` or `"pump"`.
    pub quench: Quench,
    /// Further shots at the second attempt, 0..6.
    pub second_shots: u8,
    /// Lowering of the first attempt \[mm\], 3..20.
    pub lower_mm: f64,
    /// Deepest lowering of all attempts \[mm\], 3..25.
    pub lower_most_mm: f64,
    /// Attempts in all, 1..8. After the second a person is called; more than two move the beam with a
    /// person on his way, so only where he turns the mode switch before he comes near.
    pub attempts: u8,
    /// Rest before each attempt after the second \[min\], 1..15.
    pub retry_min: f64,
    /// While it burns, one feeder dumps at least this often \[s\], 10..45.
    pub feed_every_s: f64,
    /// The beam returns within about \[min\], 2..15.
    pub restore_min: f64,
    /// The beam is not raised above this voltage \[V\], 4.3..6.
    pub restore_voltage_v: f64,
    /// Counting, international: effects closer than this are one \[min\], 0..60.
    pub merge_min: f64,
    /// Counting, by daily record: at or above this voltage \[V\], 6..15 ...
    pub record_voltage_v: f64,
    /// ... for at least this long \[s\], 1..300.
    pub record_least_s: f64,
}

impl Default for EffectSettings {
    fn default() -> Self {
        Self {
            voltage_v: 8.0,
            declare_s: 3.0,
            over_s: 30.0,
            rearm_s: 900.0,
            quench: Quench::Pump,
            shots: 3,
            second_shots: 2,
            lower_mm: 16.0,
            lower_most_mm: 18.0,
            attempts: 2,
            retry_min: 3.0,
            feed_every_s: 20.0,
            restore_min: 4.0,
            restore_voltage_v: 4.8,
            merge_min: 15.0,
            record_voltage_v: 8.0,
            record_least_s: 75.0,
        }
    }
}

impl EffectSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("effect.voltage_v", self.voltage_v, 6.0, 15.0),
            ("effect.declare_s", self.declare_s, 1.0, 10.0),
            ("effect.over_s", self.over_s, 10.0, 120.0),
            ("effect.rearm_s", self.rearm_s, 0.0, 3600.0),
            ("effect.shots", f64::from(self.shots), 0.0, 6.0),
            ("effect.second_shots", f64::from(self.second_shots), 0.0, 6.0),
            ("effect.lower_mm", self.lower_mm, 3.0, 20.0),
            ("effect.lower_most_mm", self.lower_most_mm, 3.0, 25.0),
            ("effect.attempts", f64::from(self.attempts), 1.0, 8.0),
            ("effect.retry_min", self.retry_min, 1.0, 15.0),
            ("effect.feed_every_s", self.feed_every_s, 10.0, 45.0),
            ("effect.restore_min", self.restore_min, 2.0, 15.0),
            ("effect.restore_voltage_v", self.restore_voltage_v, 4.3, 6.0),
            ("effect.merge_min", self.merge_min, 0.0, 60.0),
            ("effect.record_voltage_v", self.record_voltage_v, 6.0, 15.0),
            ("effect.record_least_s", self.record_least_s, 1.0, 300.0),
        ];
        report_ranges(&fields, report);
        if self.lower_most_mm < self.lower_mm {
            report(Error::Inconsistent {
                field: "effect.lower_most_mm",
                reason: "the deepest lowering must reach the first one",
            });
        }
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self) -> Effect {
        Effect {
            voltage: self.voltage_v,
            declare: self.declare_s,
            over: self.over_s,
            rearm: self.rearm_s,
            pumps: if self.quench == Quench::Pump { PUMPS } else { 0 },
            shots: self.shots,
            second_shots: self.second_shots,
            lower: self.lower_mm * 1e-3,
            lower_most: self.lower_most_mm * 1e-3,
            attempts: self.attempts,
            rest: self.retry_min * 60.0,
            feed_every: self.feed_every_s,
            restore_pause: self.restore_min * 60.0 * STEP / (self.lower_mm * 1e-3),
            restore_voltage: self.restore_voltage_v,
            international: Rule {
                voltage: self.voltage_v,
                least: self.declare_s,
                merge: self.merge_min * 60.0,
            },
            record: Rule { voltage: self.record_voltage_v, least: self.record_least_s, merge: self.over_s },
        }
    }
}

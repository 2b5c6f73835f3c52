//! Settings of the alumina estimator.

use super::Ekf;
use crate::Error;
use crate::error::report_ranges;
use crate::estimate::Design;

/// Settings of the alumina estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EkfSettings {
    /// Step \[s\], 5..120.
    pub step_s: f64,
    /// Time constant with which slow alumina becomes that of the whole bath \[min\], 1..30: dissolution
    /// (3..15 is published) and the exchange between feeding zones. Too short a time takes the lag of the
    /// answer for a flat curve, and reads rich (by 0.10 % at 5 min, 0.05 % at 9 min on the simulator); with
    /// too long a time a lost estimate is found again late.
    pub dissolution_min: f64,
    /// Standard deviation of what the model gets wrong in the voltage of a step \[mV\], 1..50. The
    /// cell's own noise comes on top.
    pub noise_mv: f64,
    /// Wander of the unexplained resistance per step \[nΩ\], 0.1..20.
    pub wander_nohm: f64,
    /// Wander of alumina not explained by feed and current, per step \[%\], 0..0.1.
    pub alumina_wander_pct: f64,
}

impl Default for EkfSettings {
    fn default() -> Self {
        Self {
            step_s: 30.0,
            dissolution_min: 7.0,
            noise_mv: 2.5,
            wander_nohm: 0.6,
            alumina_wander_pct: 0.001,
        }
    }
}

impl EkfSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("estimate.step_s", self.step_s, 5.0, 120.0),
            ("estimate.dissolution_min", self.dissolution_min, 1.0, 30.0),
            ("estimate.noise_mv", self.noise_mv, 1.0, 50.0),
            ("estimate.wander_nohm", self.wander_nohm, 0.1, 20.0),
            ("estimate.alumina_wander_pct", self.alumina_wander_pct, 0.0, 0.1),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Ekf {
        Ekf {
            design: *design,
            period: self.step_s,
            dissolution: self.dissolution_min * 60.0,
            noise: self.noise_mv * 1e-3,
            wander: self.wander_nohm * 1e-9,
            alumina_wander: self.alumina_wander_pct / 100.0,
        }
    }
}

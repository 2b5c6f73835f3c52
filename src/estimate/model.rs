//! The controller's reduced model of one cell: what it is told, and what follows from it.

use super::curve::{self, Curve, Predicted};
use crate::Error;
use crate::consts::{ALUMINA_PER_COULOMB, HOUR};
use crate::error::report_ranges;
use crate::image::MAX_FEEDERS;

/// What the controller is told about the cell.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct DesignSettings {
    /// Nominal line current \[kA\], 50..1000.
    pub current_ka: f64,
    /// Expected current efficiency \[%\], 80..98.
    pub current_efficiency_pct: f64,
    /// Target cell voltage at nominal current and 2.5 % alumina \[V\], 3.5..5.
    pub voltage_v: f64,
    /// Tangent-extrapolated back-EMF for the pseudo-resistance \[V\], 1.4..1.9.
    pub e_back_v: f64,
    /// Voltage per anode-cathode distance at nominal current \[mV/mm\], 10..80.
    pub acd_mv_per_mm: f64,
    /// Mass of liquid bath \[kg\], 500..30000. The default is engineering judgement: a cavity of
    /// 17.7 m x 4.35 m less its anodes and ledge, 18 cm deep, holds 8.5 to 9.5 t.
    pub bath_kg: f64,
    /// Alumina at the onset of the anode effect \[%\], 0.8..3.
    pub effect_alumina_pct: f64,
    /// Al2O3 in the alumina fed \[%\], 90..100.
    pub purity_pct: f64,
    /// Point feeders, 1..8.
    pub feeders: u8,
    /// Alumina per stroke of one feeder \[kg\], 0.3..5.
    pub shot_kg: f64,
    /// Natural change of the anode-cathode distance between taps \[mm/h\], -1..1.
    pub acd_drift_mm_per_h: f64,
}

impl Default for DesignSettings {
    fn default() -> Self {
        Self {
            current_ka: 500.0,
            current_efficiency_pct: 93.5,
            voltage_v: 3.95,
            e_back_v: 1.65,
            acd_mv_per_mm: 34.0,
            bath_kg: 8_800.0,
            effect_alumina_pct: 1.8,
            purity_pct: 98.5,
            feeders: 6,
            shot_kg: 1.8,
            acd_drift_mm_per_h: -0.2,
        }
    }
}

impl DesignSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("design.current_ka", self.current_ka, 50.0, 1000.0),
            ("design.current_efficiency_pct", self.current_efficiency_pct, 80.0, 98.0),
            ("design.voltage_v", self.voltage_v, 3.5, 5.0),
            ("design.e_back_v", self.e_back_v, 1.4, 1.9),
            ("design.acd_mv_per_mm", self.acd_mv_per_mm, 10.0, 80.0),
            ("design.bath_kg", self.bath_kg, 500.0, 30_000.0),
            ("design.effect_alumina_pct", self.effect_alumina_pct, 0.8, 3.0),
            ("design.purity_pct", self.purity_pct, 90.0, 100.0),
            ("design.feeders", f64::from(self.feeders), 1.0, MAX_FEEDERS as f64),
            ("design.shot_kg", self.shot_kg, 0.3, 5.0),
            ("design.acd_drift_mm_per_h", self.acd_drift_mm_per_h, -1.0, 1.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form, in SI units.
    #[must_use]
    pub fn build(&self) -> Design {
        let current = self.current_ka * 1e3;
        Design {
            current,
            e_back: self.e_back_v,
            resistance: (self.voltage_v - self.e_back_v) / current,
            resistance_per_m: self.acd_mv_per_mm / current,
            bath: self.bath_kg,
            effect_alumina: self.effect_alumina_pct / 100.0,
            consumption_per_coulomb: ALUMINA_PER_COULOMB * self.current_efficiency_pct / 100.0,
            purity: self.purity_pct / 100.0,
            feeders: usize::from(self.feeders),
            shot: self.shot_kg,
            acd_drift: self.acd_drift_mm_per_h * 1e-3 / HOUR,
        }
    }
}

/// Run-time form of [`DesignSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Design {
    /// Nominal line current \[A\].
    pub current: f64,
    /// Back-EMF \[V\].
    pub e_back: f64,
    /// Target pseudo-resistance without modifiers \[Ω\].
    pub resistance: f64,
    /// Pseudo-resistance per anode-cathode distance \[Ω/m\].
    pub resistance_per_m: f64,
    /// Liquid bath \[kg\].
    pub bath: f64,
    /// Alumina at the onset of the anode effect, mass fraction.
    pub effect_alumina: f64,
    /// Al2O3 consumed per charge \[kg/C\].
    pub consumption_per_coulomb: f64,
    /// Al2O3 in the alumina fed, fraction.
    pub purity: f64,
    /// Number of feeders.
    pub feeders: usize,
    /// Alumina per stroke \[kg\].
    pub shot: f64,
    /// Natural change of the anode-cathode distance \[m/s\].
    pub acd_drift: f64,
}

impl Design {
    /// Feed that balances consumption at line current `current` \[A\], as delivered alumina \[kg/s\].
    #[must_use]
    pub fn consumption(&self, current: f64) -> f64 {
        self.consumption_per_coulomb * current / self.purity
    }

    /// Change of alumina, mass fraction, that `mass` \[kg\] of delivered alumina makes.
    #[must_use]
    pub fn fraction(&self, mass: f64) -> f64 {
        mass * self.purity / self.bath
    }

    /// Pseudo-resistance at this alumina of a cell with this curve, anodes at their reference
    /// distance.
    #[must_use]
    pub fn predict(&self, alumina: f64, curve: &Curve) -> Predicted {
        curve.predict(alumina, self.effect_alumina).at(self.resistance, self.current)
    }

    /// Pseudo-resistance \[Ω\] of a cell with the expected curve, and its derivative \[Ω per mass
    /// fraction\].
    #[must_use]
    pub fn pseudo_resistance(&self, alumina: f64) -> (f64, f64) {
        let predicted = self.predict(alumina, &Curve::default());
        (predicted.resistance, predicted.by_alumina)
    }

    /// Alumina at which the resistance rises with `slope` \[Ω/s\] while alumina falls with `rate`
    /// \[1/s\] (> 0), mass fraction: the inverse of the curve's derivative.
    #[must_use]
    pub fn alumina_from_slope(&self, slope: f64, rate: f64) -> Option<f64> {
        if !(slope > 0.0 && rate > 0.0) {
            return None;
        }
        Some(curve::where_steep(slope * self.current / rate, self.effect_alumina))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slope_gives_alumina_back() {
        let design = DesignSettings::default().build();
        for alumina in [0.020, 0.0225, 0.025, 0.03] {
            let rate = 0.25 * design.fraction(design.consumption(500e3));
            let slope = -design.pseudo_resistance(alumina).1 * rate;
            let back = design.alumina_from_slope(slope, rate).unwrap();
            assert!((back - alumina).abs() < 1e-6, "{alumina} {back}");
        }
        assert!(design.alumina_from_slope(-1e-12, 1e-6).is_none());
    }

    #[test]
    fn the_reference_is_where_the_target_is_meant() {
        let design = DesignSettings::default().build();
        assert!((design.pseudo_resistance(0.025).0 - 4.6e-6).abs() < 1e-15);
    }

    #[test]
    fn consumption_matches_the_published_balance() {
        let design = DesignSettings { purity_pct: 100.0, ..DesignSettings::default() }.build();
        assert!((design.consumption(500e3) * HOUR - 296.4).abs() < 0.3);
    }
}

//! The controller's reduced model of one cell.
//!
//! Voltage against alumina at fixed anode-cathode distance, C as mass fraction:
//!
//! V(C) = V0 - A ln(1 - Cc/C) + B C,   Cc = C_ae I / I_nom + 0.0005
//!
//! The logarithm is the anodic concentration overvoltage with a critical current density
//! proportional to alumina (form of Haupin, 1998); B is the loss of conductivity with alumina. A =
//! 122 mV and B = 1.0 V were fitted here to a computed table for a 500 kA cell with its anode effect at
//! 1.8 % (-745, -287, -126, -53, -14 mV per % at 2.0, 2.2, 2.5, 3.0, 4.0 %; the fit is within 5 %).
//! Valid from Cc + 0.05 % to 6 %; below, the curve goes on along its tangent.

use crate::Error;
use crate::consts::{ALUMINA_PER_COULOMB, HOUR};
use crate::error::report_ranges;
use crate::image::MAX_FEEDERS;
use crate::math::{ln, sqrt};

/// Scale of the concentration overvoltage A \[V\].
const OVERVOLTAGE: f64 = 0.122;
/// Loss of conductivity with alumina B \[V per mass fraction\].
const CONDUCTIVITY: f64 = 1.0;
/// The singularity lies this far above the nominal onset of the anode effect (mass fraction).
const SINGULAR: f64 = 0.0005;
/// The curve goes on as a straight line below this distance from the singularity.
const TANGENT: f64 = 0.0005;
/// Alumina at which the target voltage is meant (mass fraction).
pub(super) const REFERENCE: f64 = 0.025;

/// How this cell's curve differs from the one above: what an estimator may learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Alumina at the onset of the anode effect less the expected one, mass fraction.
    pub shift: f64,
    /// Concentration overvoltage relative to the expected one \[1\].
    pub scale: f64,
}

impl Default for Curve {
    fn default() -> Self {
        Self { shift: 0.0, scale: 1.0 }
    }
}

/// A pseudo-resistance and what it changes with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// Pseudo-resistance \[Ω\].
    pub resistance: f64,
    /// Change with alumina \[Ω per mass fraction\].
    pub by_alumina: f64,
    /// Change with [`Curve::shift`] \[Ω per mass fraction\].
    pub by_shift: f64,
    /// Change with [`Curve::scale`] \[Ω\].
    pub by_scale: f64,
}

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
    /// Mass of liquid bath \[kg\], 500..30000.
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
            bath_kg: 9_500.0,
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

    fn singularity(&self, current: f64) -> f64 {
        self.effect_alumina * current / self.current + SINGULAR
    }

    /// Concentration overvoltage per [`OVERVOLTAGE`] and its derivatives by alumina and by onset.
    fn overvoltage(alumina: f64, critical: f64) -> (f64, f64, f64) {
        let c = alumina.max(critical + TANGENT);
        let derivative = -critical / (c * (c - critical));
        (-ln(1.0 - critical / c) + derivative * (alumina - c), derivative, 1.0 / (c - critical))
    }

    /// Pseudo-resistance at this alumina and line current of a cell with this curve, anodes at their
    /// reference distance. The curve turns about the reference alumina, so that an unknown curve is
    /// an unknown slope and leaves the level alone.
    #[must_use]
    pub fn predict(&self, alumina: f64, current: f64, curve: &Curve) -> Predicted {
        let critical = self.singularity(current) + curve.shift * current / self.current;
        let (value, by_alumina, by_onset) = Self::overvoltage(alumina, critical);
        let pivot = self.effect_alumina + SINGULAR + curve.shift;
        let (reference, _, reference_by_onset) = Self::overvoltage(REFERENCE, pivot);
        let scale = OVERVOLTAGE * curve.scale;
        let voltage = scale * (value - reference) + CONDUCTIVITY * (alumina - REFERENCE);
        Predicted {
            resistance: self.resistance + voltage / current,
            by_alumina: (scale * by_alumina + CONDUCTIVITY) / current,
            by_shift: scale * (by_onset * current / self.current - reference_by_onset) / current,
            by_scale: OVERVOLTAGE * (value - reference) / current,
        }
    }

    /// Pseudo-resistance \[Ω\] of a cell with the expected curve, and its derivative \[Ω per mass
    /// fraction\].
    #[must_use]
    pub fn pseudo_resistance(&self, alumina: f64, current: f64) -> (f64, f64) {
        let predicted = self.predict(alumina, current, &Curve::default());
        (predicted.resistance, predicted.by_alumina)
    }

    /// Alumina at which the resistance rises with `slope` \[Ω/s\] while alumina falls with `rate`
    /// \[1/s\] (> 0), mass fraction: the inverse of the curve's derivative, a quadratic.
    #[must_use]
    pub fn alumina_from_slope(&self, slope: f64, rate: f64, current: f64) -> Option<f64> {
        if !(slope > 0.0 && rate > 0.0 && current > 0.0) {
            return None;
        }
        let critical = self.singularity(current);
        let steepness = slope * current / rate + CONDUCTIVITY;
        let root = critical * critical + 4.0 * OVERVOLTAGE * critical / steepness;
        Some(0.5 * (critical + sqrt(root)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_follows_the_computed_table() {
        let design = DesignSettings::default().build();
        let table = [(2.0, -745.0), (2.2, -287.0), (2.4, -159.0), (2.5, -126.0), (3.0, -53.0), (4.0, -14.0)];
        for (alumina, slope) in table {
            let (_, derivative) = design.pseudo_resistance(alumina / 100.0, 500e3);
            let mv_per_pct = derivative * 500e3 * 10.0;
            assert!((mv_per_pct - slope).abs() < 0.05 * -slope + 2.0, "{alumina}: {mv_per_pct}");
        }
        assert!((design.pseudo_resistance(0.025, 500e3).0 - 4.6e-6).abs() < 1e-15);
    }

    #[test]
    fn the_derivative_is_exact() {
        let design = DesignSettings::default().build();
        for alumina in [0.015, 0.0185, 0.019, 0.022, 0.03, 0.05] {
            for current in [400e3, 500e3] {
                let h = 1e-8;
                let up = design.pseudo_resistance(alumina + h, current).0;
                let down = design.pseudo_resistance(alumina - h, current).0;
                let (_, derivative) = design.pseudo_resistance(alumina, current);
                assert!(((up - down) / (2.0 * h) - derivative).abs() < 1e-5 * derivative.abs());
            }
        }
    }

    #[test]
    fn the_derivatives_by_the_curve_are_exact() {
        let design = DesignSettings::default().build();
        let curve = Curve { shift: 0.0007, scale: 0.8 };
        for alumina in [0.021, 0.024, 0.03] {
            for current in [480e3, 500e3] {
                let at = |shift: f64, scale: f64| {
                    let curve = Curve { shift: curve.shift + shift, scale: curve.scale + scale };
                    design.predict(alumina, current, &curve).resistance
                };
                let exact = design.predict(alumina, current, &curve);
                let by_shift = (at(1e-7, 0.0) - at(-1e-7, 0.0)) / 2e-7;
                let by_scale = (at(0.0, 1e-4) - at(0.0, -1e-4)) / 2e-4;
                assert!((by_shift - exact.by_shift).abs() < 1e-4 * by_shift.abs() + 1e-9);
                assert!((by_scale - exact.by_scale).abs() < 1e-5 * by_scale.abs() + 1e-15);
            }
        }
    }

    #[test]
    fn slope_gives_alumina_back() {
        let design = DesignSettings::default().build();
        // The table gives 69 pΩ/s at 2.4 % and 75 % feed.
        let rate = 0.25 * design.fraction(design.consumption(500e3));
        let alumina = design.alumina_from_slope(69e-12, rate, 500e3).unwrap();
        assert!((alumina - 0.024).abs() < 0.0005, "{alumina}");
        assert!(design.alumina_from_slope(-1e-12, rate, 500e3).is_none());
    }

    #[test]
    fn consumption_matches_the_published_balance() {
        let design = DesignSettings { purity_pct: 100.0, ..DesignSettings::default() }.build();
        assert!((design.consumption(500e3) * HOUR - 296.4).abs() < 0.3);
    }
}

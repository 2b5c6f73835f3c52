//! What leaves the bath as vapour.

use super::composition::{Composition, WtPct};
use crate::consts::M_AL;
use crate::math::{clamp, exp};
use core::f64::consts::LN_10;

/// Total vapour pressure of the bath \[Pa\] at `temperature` \[K\], mostly NaAlF4.
///
/// ```text
/// log10 p = B - A/T                                             [kPa, K, wt%, BR weight ratio]
/// A = 7101.6 + 3069.7 BR - 635.77 BR² + 51.22 li - 24.638 BR li + 764.5 c/(1 + 1.0817 c)
/// B = 7.0184 + 0.6844 BR - 0.08464 BR² + 0.01085 li - 0.005489 BR li
///   + 1.1385 c/(1 + 3.2029 c) - 0.0068 ca
/// ```
/// Haupin and Kvande, Light Metals 1993 (coefficients unverified; of the order of the NaAlF4
/// pressures of Dewing 1990). Temperature is held in 1150..=1350 K.
#[must_use]
pub fn vapour_pressure(bath: &Composition, temperature: f64) -> f64 {
    let WtPct { c, ca, li, .. } = bath.wt_pct();
    let br = bath.bath_ratio();
    let a =
        7101.6 + 3069.7 * br - 635.77 * br * br + (51.22 - 24.638 * br) * li + 764.5 * c / (1.0 + 1.0817 * c);
    let b = 7.0184 + 0.6844 * br - 0.084_64 * br * br
        + (0.010_85 - 0.005_489 * br) * li
        + 1.1385 * c / (1.0 + 3.2029 * c)
        - 0.0068 * ca;
    1e3 * exp(LN_10 * (b - a / clamp(temperature, 1150.0, 1350.0)))
}

/// Most fluoride the anode gas can carry away as vapour \[kg F per kg Al\].
///
/// The gas, 3/4 mol per `current_efficiency` mol Al (CO2 and CO alike), leaves saturated with
/// NaAlF4 at bath temperature: F = 4 M_F n p/(101 325 - p), M_F 19 g/mol (ideal gas law). An upper
/// bound: real gas is not saturated, and HF from moisture comes on top. `current_efficiency` is
/// held in 0.5..=1.
#[must_use]
pub fn fluoride_evolution(bath: &Composition, temperature: f64, current_efficiency: f64) -> f64 {
    let gas = 0.75 / (clamp(current_efficiency, 0.5, 1.0) * M_AL);
    let pressure = vapour_pressure(bath, temperature);
    4.0 * 0.019 * gas * pressure / (101_325.0 - pressure).max(1e4)
}

#[cfg(test)]
mod tests {
    use super::super::reference::s;
    use super::*;

    #[test]
    fn check_points() {
        let (bath, t) = s();
        assert!((vapour_pressure(&bath, t) - 437.34).abs() < 0.01);
        assert!((vapour_pressure(&Composition::cryolite(), 1293.0) - 807.99).abs() < 0.01);
        // 9.64 kg F/t with 101.3 kPa.
        assert!((fluoride_evolution(&bath, t, 0.95) * 1e3 - 9.64).abs() < 0.01);
    }
}

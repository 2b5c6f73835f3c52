//! How heavy bath and metal are. Bath floats on metal by no more than 0.2 g/cm³.

use super::composition::{Composition, WtPct};
use crate::math::clamp;

/// Bath density \[kg/m³\] at `temperature` \[K\] from additive volumes.
///
/// ```text
/// 100/ρ = cry/(3.305 - 0.000937 T) + a/(1.987 - 0.000319 T + 0.0094 a)
///       + ca/(3.177 - 0.000391 T + 0.0005 ca²) + mg/(3.392 - 0.000525 T - 0.01407 mg)
///       + li/(2.358 - 0.00049 T) + c/(1.449 + 0.0128 c)                 [g/cm³, wt%, K]
/// ```
/// Grjotheim et al., Aluminium Electrolysis, 2nd ed. (coefficients unverified; they give the
/// accepted 2.11 g/cm³ for cryolite at 1000 °C, and only with T in kelvin, though reprints have °C).
/// KF has no term and counts as cryolite.
///
/// Temperature is held in 1100..=1400 K, the result in 1900..=2300 kg/m³.
#[must_use]
pub fn density(bath: &Composition, temperature: f64) -> f64 {
    let w = bath.wt_pct();
    let WtPct { a, c, ca, mg, li, kf } = w;
    let t = clamp(temperature, 1100.0, 1400.0);
    let volume = (w.cryolite() + kf) / (3.305 - 0.000_937 * t)
        + a / (1.987 - 0.000_319 * t + 0.0094 * a)
        + ca / (3.177 - 0.000_391 * t + 0.0005 * ca * ca)
        + mg / (3.392 - 0.000_525 * t - 0.014_07 * mg)
        + li / (2.358 - 0.000_49 * t)
        + c / (1.449 + 0.0128 * c);
    clamp(100.0e3 / volume, 1900.0, 2300.0)
}

/// Density of liquid aluminium \[kg/m³\]: 2377.23 - 0.311 (T - 933.47), T \[K\].
///
/// Assael et al., J. Phys. Chem. Ref. Data 35 (2006) 285 (coefficients unverified); 933-1190 K,
/// extrapolated to 1500 K and held beyond.
#[must_use]
pub fn metal_density(temperature: f64) -> f64 {
    2377.23 - 0.311 * (clamp(temperature, 933.47, 1500.0) - 933.47)
}

#[cfg(test)]
mod tests {
    use super::super::reference::{all, s};
    use super::*;
    use crate::units::celsius_to_kelvin;

    #[test]
    fn published_points() {
        let (bath, t) = s();
        assert!((density(&bath, t) - 2086.3).abs() < 0.051);
        let cryolite = density(&Composition::cryolite(), celsius_to_kelvin(1000.0));
        assert!((cryolite - 2112.1).abs() < 0.051);
        assert!((metal_density(celsius_to_kelvin(960.0)) - 2284.0).abs() < 0.051);
    }

    #[test]
    fn bath_floats_on_metal() {
        for (bath, t) in all() {
            assert!(metal_density(t) - density(&bath, t) > 130.0, "{bath:?}");
        }
    }
}

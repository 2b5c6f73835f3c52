//! The voltage of the reaction at rest: 1/2 Al2O3 + 3/4 C = Al + 3/4 CO2.

use crate::consts::{FARADAY, GAS};
use crate::math::{clamp, ln};

/// Alumina activity \[1\] at a relative saturation x = c/c_sat \[1\].
///
/// `a = -0.03791 x + 2.364 x² - 2.194 x³ + 0.8686 x⁴`, Haupin, Light Metals 1998, 531, eq. 10. It
/// vanishes below x = 0.016, so x is held in 0.03..=1. Its slope in the log-log plane, 2.25 dilute
/// to 1.5 concentrated, is what Dewing and Thonstad, Met. Mat. Trans. B 28 (1997) 1089, ask for in
/// place of the older power 2.77.
#[must_use]
pub fn alumina_activity(relative_saturation: f64) -> f64 {
    let x = clamp(relative_saturation, 0.03, 1.0);
    x * (-0.03791 + x * (2.364 + x * (-2.194 + x * 0.8686)))
}

/// Reversible cell voltage \[V\] at `temperature` \[K\] and a relative alumina saturation \[1\].
///
/// `E = 1.896 - 0.000572 T + (R T/12F) ln(1/a²)`, Haupin, Light Metals 1998, 531, eqs 5 and 10; a
/// from [`alumina_activity`] with its limits. The straight line keeps to the JANAF data within
/// 2 mV from 1200 to 1300 K and goes on outside.
#[must_use]
pub fn reversible(temperature: f64, relative_saturation: f64) -> f64 {
    1.896
        - 0.000_572 * temperature
        - GAS * temperature / (6.0 * FARADAY) * ln(alumina_activity(relative_saturation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bath::{Composition, saturation};

    #[test]
    fn activity_table() {
        for (x, a) in
            [(0.1, 0.017742), (0.2, 0.070816), (0.3, 0.14918), (0.4, 0.24490), (0.5, 0.35208), (0.7, 0.58783)]
        {
            assert!((alumina_activity(x) - a).abs() < 5.1e-6, "{x}");
        }
        assert!((alumina_activity(1.0) - 1.0007).abs() < 5.1e-5);
        assert!(alumina_activity(0.0) > 0.0 && alumina_activity(f64::NAN) > 0.0);
    }

    #[test]
    fn standard_voltage_keeps_to_janaf() {
        // Formation Gibbs energies of Al2O3 and CO2 [J/mol].
        for (t, alumina, co2) in [(1200.0, -1295.228e3, -396.098e3), (1300.0, -1262.264e3, -396.177e3)] {
            let janaf: f64 = (0.75 * co2 - 0.5 * alumina) / (3.0 * FARADAY);
            assert!((1.896 - 0.000_572 * t - janaf).abs() < 2e-3);
        }
    }

    #[test]
    fn table_over_alumina() {
        let t = 1233.15;
        for (percent, volts) in [
            (1.0, 1.2551),
            (1.5, 1.2408),
            (2.0, 1.2312),
            (2.5, 1.2241),
            (3.0, 1.2185),
            (4.0, 1.2101),
            (6.0, 1.1991),
        ] {
            let bath = Composition::from_wt_pct(11.0, percent, 5.0, 0.0, 0.0, 0.0);
            let got = reversible(t, bath.al2o3 / saturation(&bath, t));
            assert!((got - volts).abs() < 5.1e-5, "{percent}: {got}");
        }
        assert!((reversible(t, 1.0) - 1.1906).abs() < 1e-4);
    }
}

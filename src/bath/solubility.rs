//! How much alumina the bath can hold.

use super::composition::{Composition, WtPct};
use super::liquidus::Solheim1996;
use crate::math::{clamp, pow, sqrt};
use crate::units::kelvin_to_celsius;

/// Alumina saturation \[mass fraction\] at `temperature` \[K\].
///
/// ```text
/// c_sat = A (t/1000)^B                                                         wt%, t [°C]
/// A = 11.9 - 0.062 a - 0.0031 a² - 0.50 li - 0.20 ca - 0.30 mg + 42 li a/(2000 + li a)
/// B = 4.8 - 0.048 a + 2.2 li^1.5/(10 + li + 0.001 a³)
/// ```
/// Skybakmoen, Solheim, Sterten, Met. Mat. Trans. B 28 (1997) 81; 850-1050 °C, standard deviation
/// 0.29 wt%. Its abstract rounds 0.0031 to 0.003. No term for KF is known; KF raises the
/// solubility, so leaving it out is cautious.
///
/// Temperature is held in 850..=1050 °C, a at 0 or more, A at 1 wt% or more.
#[must_use]
pub fn saturation(bath: &Composition, temperature: f64) -> f64 {
    Skybakmoen1997::new(bath).at(temperature) / 100.0
}

/// The two coefficients of the saturation, which do not depend on alumina.
#[derive(Copy, Clone)]
struct Skybakmoen1997 {
    scale: f64,
    exponent: f64,
}

impl Skybakmoen1997 {
    fn new(bath: &Composition) -> Self {
        let WtPct { a, ca, mg, li, .. } = bath.wt_pct();
        let a = a.max(0.0);
        let scale = 11.9 - 0.062 * a - 0.0031 * a * a - 0.50 * li - 0.20 * ca - 0.30 * mg
            + 42.0 * li * a / (2000.0 + li * a);
        let exponent = 4.8 - 0.048 * a + 2.2 * li * sqrt(li) / (10.0 + li + 0.001 * a * a * a);
        Self { scale: scale.max(1.0), exponent }
    }

    /// Saturation \[wt%\] at `temperature` \[K\].
    fn at(self, temperature: f64) -> f64 {
        let celsius = clamp(kelvin_to_celsius(temperature), 850.0, 1050.0);
        self.scale * pow(celsius / 1000.0, self.exponent)
    }
}

/// Where the liquidus of cryolite meets the saturation of alumina, with everything but alumina
/// held: (temperature \[K\], Al2O3 \[mass fraction\]).
///
/// The intersection of [`super::solheim1996`] and [`saturation`]; the "superheat" of the current
/// efficiency correlation counts from here. 965.9 °C and 10.07 wt% in pure cryolite, where the
/// literature has 961-962 °C and 10-11 wt% (unverified).
///
/// Secant steps on c_sat(t_liq(c)) - c, whose slope is below -1 everywhere as the liquidus falls with
/// alumina: six or so, never more than 20.
#[must_use]
pub fn eutectic(bath: &Composition) -> (f64, f64) {
    let (liquidus, solubility) = (Solheim1996::new(bath), Skybakmoen1997::new(bath));
    let excess = |c: f64| solubility.at(liquidus.at(c)) - c;
    let (mut before, mut excess_before) = (8.0, excess(8.0));
    let mut c = clamp(before + excess_before, 0.0, 15.0);
    for _ in 0..20 {
        let excess_here = excess(c);
        let change = excess_here - excess_before;
        // No change left to divide by: arrived.
        if excess_here.abs() < 1e-11 || change == 0.0 {
            break;
        }
        let next = clamp(c - excess_here * (c - before) / change, 0.0, 15.0);
        (before, excess_before, c) = (c, excess_here, next);
    }
    (liquidus.at(c), c / 100.0)
}

#[cfg(test)]
mod tests {
    use super::super::reference::{c0, c10, h, k1, k2, p, s};
    use super::*;
    use crate::units::celsius_to_kelvin;

    #[test]
    fn saturation_of_the_reference_baths() {
        let expected = [
            (s(), 8.2677, 5.1e-5),
            (p(), 7.9935, 5.1e-5),
            (h(), 8.3764, 5.1e-5),
            (c0(), 12.542, 5.1e-4),
            (c10(), 10.281, 5.1e-4),
            (k1(), 6.9490, 5.1e-5),
            (k2(), 5.6290, 5.1e-5),
        ];
        for ((bath, temperature), percent, tolerance) in expected {
            let got = 100.0 * saturation(&bath, temperature);
            assert!((got - percent).abs() < tolerance, "{got}, expected {percent}");
        }
        let at = |celsius| 100.0 * saturation(&Composition::cryolite(), celsius_to_kelvin(celsius));
        assert!((at(1000.0) - 11.9).abs() < 1e-12);
        assert!((100.0 * saturation(&s().0, celsius_to_kelvin(950.0)) - 7.9060).abs() < 5.1e-5);
    }

    #[test]
    fn pseudo_eutectics() {
        let bath = |a, ca| Composition::from_wt_pct(a, 0.0, ca, 0.0, 0.0, 0.0);
        for (bath, celsius, percent) in [
            (bath(0.0, 0.0), 965.88, 10.073),
            (bath(11.0, 5.0), 937.90, 7.4849),
            (bath(10.0, 6.5), 939.47, 7.3839),
            (bath(12.0, 5.0), 933.80, 7.2702),
        ] {
            let (temperature, alumina) = eutectic(&bath);
            assert!((kelvin_to_celsius(temperature) - celsius).abs() < 5.1e-3, "{temperature}");
            assert!((100.0 * alumina - percent).abs() < 5.1e-4, "{alumina}");
            // It lies on both curves.
            assert!((saturation(&bath, temperature) - alumina).abs() < 1e-12);
        }
    }

    #[test]
    fn the_alumina_in_the_bath_does_not_matter() {
        let (bath, temperature) = s();
        let rich = Composition { al2o3: 0.06, ..bath };
        assert_eq!(saturation(&bath, temperature), saturation(&rich, temperature));
        assert_eq!(eutectic(&bath), eutectic(&rich));
    }
}

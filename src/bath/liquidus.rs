//! Where cryolite begins to freeze out of the bath.

use super::composition::{Composition, WtPct};
use crate::math::{clamp, pow, sqrt};
use crate::units::celsius_to_kelvin;

/// Which correlation a [`Liquidus`] comes from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LiquidusSource {
    /// [`solheim1996`].
    Solheim1996,
    /// [`jmm2014`].
    Jmm2014,
}

impl LiquidusSource {
    /// Name for files and interfaces; will not change.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Solheim1996 => "solheim1996",
            Self::Jmm2014 => "jmm2014",
        }
    }
}

/// A liquidus temperature and where it comes from.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Liquidus {
    /// Temperature of primary crystallisation of Na3AlF6 \[K\].
    pub temperature: f64,
    /// The correlation used.
    pub source: LiquidusSource,
}

/// Recommended liquidus: [`jmm2014`] for a bath with more than 1 wt% LiF + KF inside the range of
/// that correlation (Al2O3 2-4, LiF, KF, CaF2 up to 7 wt%, CR 2.2-3.0, AlF3 >= 0), otherwise
/// [`solheim1996`].
///
/// The system of [`jmm2014`] has no MgF2, so the MgF2 term of [`solheim1996`], -3.95 K per wt%, is
/// added to it here. The two agree within 2.5 K on complex baths, and by as much the result jumps
/// where the choice changes, for instance as alumina crosses 4 wt%: a simulation that integrates
/// over the liquidus should call one of them directly.
#[must_use]
pub fn liquidus(bath: &Composition) -> Liquidus {
    let w = bath.wt_pct();
    let within = |x: f64, min: f64, max: f64| x >= min && x <= max;
    // The edges themselves belong to the range in spite of the rounding of wt % to fractions.
    const EDGE: f64 = 1e-9;
    let complex = w.li + w.kf > 1.0
        && w.a >= 0.0
        && within(w.c, 2.0 - EDGE, 4.0 + EDGE)
        && w.li.max(w.kf).max(w.ca) <= 7.0 + EDGE
        && within(bath.cryolite_ratio(), 2.2 - EDGE, 3.0 + EDGE);
    if complex {
        Liquidus { temperature: jmm2014(bath) - MGF2 * w.mg.min(5.0), source: LiquidusSource::Jmm2014 }
    } else {
        Liquidus { temperature: solheim1996(bath), source: LiquidusSource::Solheim1996 }
    }
}

/// Depression by MgF2 (and KF) in the 1996 correlation \[K per wt%\].
const MGF2: f64 = 3.95;

/// Liquidus \[K\] of Na3AlF6-AlF3-CaF2-LiF-MgF2-KF-Al2O3.
///
/// ```text
/// t = 1011 + 0.50 a - 0.13 a^2.2 - 3.45 ca/(1 + 0.0173 ca) + 0.124 ca a - 0.00542 (ca a)^1.5
///   - 7.93 c/(1 + 0.0936 c - 0.0017 c² - 0.0023 a c) - 8.90 li/(1 + 0.0047 li + 0.0010 a²)
///   - 3.95 mg - 3.95 kf                                                        [°C], wt%
/// ```
/// Solheim et al., Met. Mat. Trans. B 27 (1996) 739. Valid for a, ca, li < 20, mg, kf < 5 wt% and
/// alumina up to saturation; error of fit 2-3 K (unverified). The printed abstract has 0.05 a and
/// 0.936 c: misprints, since only 0.50 and 0.0936 give the 959.4 °C published for the bath of
/// Haupin (1998).
///
/// Each concentration is held at the limit of that range, alumina at 15 wt%. In a basic bath
/// (a < 0) the terms linear in a go on and the others stay at their value for a = 0.
#[must_use]
pub fn solheim1996(bath: &Composition) -> f64 {
    Solheim1996::new(bath).at(bath.wt_pct().c)
}

/// [`solheim1996`] with everything but the alumina worked out, for solving along alumina.
#[derive(Copy, Clone)]
pub(super) struct Solheim1996 {
    free: f64,
    cross: f64,
}

impl Solheim1996 {
    pub fn new(bath: &Composition) -> Self {
        let WtPct { a, ca, mg, li, kf, .. } = bath.wt_pct();
        let (a, ca, li) = (a.min(20.0), ca.min(20.0), li.min(20.0));
        let acid = a.max(0.0);
        let caf2_alf3 = ca * acid;
        let free = 1011.0 + 0.50 * a - 0.13 * pow(acid, 2.2) - 3.45 * ca / (1.0 + 0.0173 * ca)
            + 0.124 * ca * a
            - 0.005_42 * caf2_alf3 * sqrt(caf2_alf3)
            - 8.90 * li / (1.0 + 0.0047 * li + 0.0010 * acid * acid)
            - MGF2 * (mg.min(5.0) + kf.min(5.0));
        Self { free: celsius_to_kelvin(free), cross: 0.0936 - 0.0023 * acid }
    }

    /// Liquidus \[K\] at c wt% alumina, 0..=15. The denominator is above 1 throughout.
    pub fn at(self, c: f64) -> f64 {
        let c = clamp(c, 0.0, 15.0);
        self.free - 7.93 * c / (1.0 + self.cross * c - 0.0017 * c * c)
    }
}

/// Liquidus \[K\] of Na3AlF6-AlF3-CaF2-KF-LiF-Al2O3, for complex electrolytes.
///
/// ```text
/// t = 1011 + 0.7 a - 0.232 a² - 7.65 c + 0.523 c² - 8.96 li + 0.043 li² - 3.32 kf - 0.12 kf²
///   - 3.28 ca + 0.037 ca² + 0.091 a li + 0.074 a kf + 0.084 a ca - 0.27 c li   [°C], wt%
/// ```
/// J. Min. Metall. Sect. B-Metall. 50 (2014), Na3AlF6-AlF3-CaF2-KF-LiF-Al2O3 (coefficients from its
/// abstract). Valid for c 2-4, li, kf, ca 0-7 wt%, CR 2.2-3.0, no MgF2. A polynomial: finite
/// everywhere, wrong soon outside (+20 K at 10 wt% alumina). [`liquidus`] keeps to the range.
#[must_use]
pub fn jmm2014(bath: &Composition) -> f64 {
    let WtPct { a, c, ca, li, kf, .. } = bath.wt_pct();
    celsius_to_kelvin(
        1011.0 + (0.7 - 0.232 * a) * a
            - (7.65 - 0.523 * c) * c
            - (8.96 - 0.043 * li) * li
            - (3.32 + 0.12 * kf) * kf
            - (3.28 - 0.037 * ca) * ca
            + a * (0.091 * li + 0.074 * kf + 0.084 * ca)
            - 0.27 * c * li,
    )
}

/// Liquidus \[K\] from the molar ratio CR (sodium only); for comparison, not for use.
///
/// ```text
/// t = 977.632 + 32.968 CR - 25.742 c - 12.507 li - 2.123 kf - 2.040 ca + 5.300 CR c + 1.200 CR li
///   - 0.114 kf ca - 7.726 CR² + 1.085 c² - 0.075 ca²                           [°C], wt%
/// ```
/// Light Metals 2013, DOI 10.1007/978-3-319-65136-1_116 (coefficients from its abstract). Valid for
/// CR 2.0-3.0, c 2-4, others 0-7 wt%. 10 K above the other two on an ordinary bath, and 1007 °C for
/// pure cryolite. A polynomial, evaluated as it stands outside that range.
#[must_use]
pub fn lm2013(bath: &Composition) -> f64 {
    let WtPct { c, ca, li, kf, .. } = bath.wt_pct();
    let cr = bath.cryolite_ratio();
    celsius_to_kelvin(
        977.632 + (32.968 - 7.726 * cr) * cr
            - (25.742 - 5.300 * cr - 1.085 * c) * c
            - (12.507 - 1.200 * cr) * li
            - (2.123 + 0.114 * ca) * kf
            - (2.040 + 0.075 * ca) * ca,
    )
}

#[cfg(test)]
mod tests {
    use super::super::reference::{c0, c10, h, k1, k2, p, s};
    use super::*;
    use crate::units::kelvin_to_celsius;

    #[track_caller]
    fn assert_celsius(kelvin: f64, celsius: f64, tolerance: f64) {
        let got = kelvin_to_celsius(kelvin);
        assert!((got - celsius).abs() < tolerance, "{got} °C, expected {celsius} °C");
    }

    #[test]
    fn solheim_on_the_reference_baths() {
        let expected = [
            (s(), 962.73),
            (p(), 955.16),
            (h(), 959.39),
            (c0(), 1011.0),
            (c10(), 966.10),
            (k1(), 940.60),
            (k2(), 924.67),
        ];
        for ((bath, _), celsius) in expected {
            assert_celsius(solheim1996(&bath), celsius, 5.1e-3);
        }
        // 83 % cryolite, 7 % AlF3, 5 % CaF2, 5 % Al2O3 "solidifies at 960 °C".
        let textbook = Composition::from_wt_pct(7.0, 5.0, 5.0, 0.0, 0.0, 0.0);
        assert_celsius(solheim1996(&textbook), 962.96, 5.1e-3);
    }

    #[test]
    fn jmm_on_the_reference_baths() {
        let expected = [
            (s(), 963.92),
            (p(), 957.31),
            (h(), 962.26),
            (c0(), 1011.0),
            (c10(), 986.80),
            (k1(), 941.51),
            (k2(), 924.71),
        ];
        for ((bath, _), celsius) in expected {
            assert_celsius(jmm2014(&bath), celsius, 5.1e-3);
        }
        let bath = Composition::from_wt_pct(11.0, 2.5, 5.0, 0.0, 2.0, 2.0);
        assert_celsius(jmm2014(&bath), 941.33, 5.1e-3);
        assert_celsius(solheim1996(&bath), 939.09, 5.1e-3);
    }

    #[test]
    fn lm2013_is_off_as_known() {
        assert_celsius(lm2013(&s().0), 972.78, 5.1e-3);
        assert_celsius(lm2013(&k2().0), 920.82, 5.1e-3);
        assert_celsius(lm2013(&c0().0), 1007.0, 0.05);
    }

    #[test]
    fn slopes_at_bath_s() {
        let (bath, _) = s();
        let slope = |step: fn(&mut Composition, f64)| {
            let (mut up, mut down) = (bath, bath);
            step(&mut up, 1e-6);
            step(&mut down, -1e-6);
            (solheim1996(&up) - solheim1996(&down)) / 2e-4
        };
        assert!((slope(|b, d| b.alf3 += d) + 4.3482).abs() < 1e-4);
        assert!((slope(|b, d| b.caf2 += d) + 2.2218).abs() < 1e-4);
        assert!((slope(|b, d| b.al2o3 += d) + 5.9547).abs() < 1e-4);
        let lithium = Composition { lif: 0.001, ..bath };
        assert!(((solheim1996(&lithium) - solheim1996(&bath)) / 0.1 + 7.936).abs() < 5.1e-4);
    }

    #[test]
    fn the_choice_follows_the_bath() {
        for (bath, source) in [
            (s().0, LiquidusSource::Solheim1996),
            (k1().0, LiquidusSource::Jmm2014),
            (k2().0, LiquidusSource::Jmm2014),
            (Composition { al2o3: 0.04, ..k1().0 }, LiquidusSource::Jmm2014),
            (Composition { al2o3: 0.041, ..k1().0 }, LiquidusSource::Solheim1996),
            (Composition { lif: 0.08, ..k1().0 }, LiquidusSource::Solheim1996),
        ] {
            assert_eq!(liquidus(&bath).source, source, "{bath:?}");
        }
        let magnesium = Composition { mgf2: 0.01, ..k1().0 };
        let without = liquidus(&k1().0).temperature;
        assert!((liquidus(&magnesium).temperature - without + 3.95).abs() < 1e-9);
    }

    #[test]
    fn a_basic_bath_is_continuous_and_melts_lower() {
        let at = |alf3| solheim1996(&Composition { alf3, ..s().0 });
        assert!((at(1e-9) - at(-1e-9)).abs() < 1e-6);
        assert!(at(-0.03) < at(0.0));
    }
}

//! How well the bath conducts. The sources print S/cm; 1 S/cm = 100 S/m.

use super::composition::{Composition, WtPct};
use crate::consts::{M_AL2O3, M_ALF3, M_CAF2, M_CRYOLITE, M_KF, M_LIF, M_MGF2};
use crate::math::{clamp, exp};
use crate::units::celsius_to_kelvin;

const S_PER_CM: f64 = 100.0;
/// No cryolite melt conducts less or more \[S/m\].
const PLAUSIBLE: (f64, f64) = (1.4 * S_PER_CM, 3.2 * S_PER_CM);

/// Recommended conductivity \[S/m\] at `temperature` \[K\]: [`hives1996`], the middle of the
/// published ones and the only one with a term for KF.
///
/// Temperature is held in 920..=1050 °C. A result outside 1.4..=3.2 S/cm, from a composition no
/// correlation knows, is replaced by [`wang1993`], and that held in those limits.
#[must_use]
pub fn conductivity(bath: &Composition, temperature: f64) -> f64 {
    let temperature = clamp(temperature, celsius_to_kelvin(920.0), celsius_to_kelvin(1050.0));
    let (low, high) = PLAUSIBLE;
    let kappa = hives1996(bath, temperature);
    if kappa >= low && kappa <= high { kappa } else { clamp(wang1993(bath, temperature), low, high) }
}

/// Conductivity \[S/m\] at `temperature` \[K\].
///
/// `ln κ = 1.977 - 0.0200 c - 0.0131 a - 0.0060 ca - 0.0106 mg - 0.0019 kf + 0.0121 li - 1204.3/T`
/// (S/cm, wt%, K). Hives, Thonstad, Sterten, Fellner, Met. Mat. Trans. B 27 (1996) 255; 940-1050 °C,
/// CaF2 to 26 and MgF2 to 35 mol%, alumina to saturation. Evaluated as it stands outside.
#[must_use]
pub fn hives1996(bath: &Composition, temperature: f64) -> f64 {
    let WtPct { a, c, ca, mg, li, kf } = bath.wt_pct();
    S_PER_CM
        * exp(1.977 - 0.0200 * c - 0.0131 * a - 0.0060 * ca - 0.0106 * mg - 0.0019 * kf + 0.0121 * li
            - 1204.3 / temperature)
}

/// Conductivity \[S/m\] at `temperature` \[K\] from the mole fractions x of Na3AlF6, AlF3, Al2O3,
/// CaF2, MgF2, KF and Li3AlF6.
///
/// ```text
/// κ = 7.22 exp(-1204.3/T) - 2.53 xAl2O3 - 1.66 xAlF3 - 0.76 xCaF2 - 1.07 xMgF2 - 0.206 xKF
///   + 0.97 xLi3AlF6 - 1.80 xAl2O3 xCaF2 - 2.59 xAl2O3 xMgF2 - 0.942 xAlF3 xLi3AlF6      [S/cm]
/// ```
/// Hives et al., Electrochim. Acta 38 (1993) 2165; standard deviation 0.018 S/cm, ranges as
/// [`hives1996`]; the last coefficient is unverified. LiF takes AlF3 from the excess to become
/// Li3AlF6; the excess stays at 0 or more. Negative results are returned as 0.
#[must_use]
pub fn hives1993_mole_fraction(bath: &Composition, temperature: f64) -> f64 {
    let w = bath.wt_pct();
    let li3alf6 = w.li / (3.0 * M_LIF);
    let alf3 = (w.a / M_ALF3 - li3alf6).max(0.0);
    let (cryolite, al2o3, caf2) = (w.cryolite() / M_CRYOLITE, w.c / M_AL2O3, w.ca / M_CAF2);
    let (mgf2, kf) = (w.mg / M_MGF2, w.kf / M_KF);
    let per_mole = 1.0 / (cryolite + li3alf6 + alf3 + al2o3 + caf2 + mgf2 + kf);
    let [li3alf6, alf3, al2o3] = [li3alf6, alf3, al2o3].map(|n| n * per_mole);
    let [caf2, mgf2, kf] = [caf2, mgf2, kf].map(|n| n * per_mole);
    let kappa = 7.22 * exp(-1204.3 / temperature)
        - al2o3 * (2.53 + 1.80 * caf2 + 2.59 * mgf2)
        - alf3 * (1.66 + 0.942 * li3alf6)
        - 0.76 * caf2
        - 1.07 * mgf2
        - 0.206 * kf
        + 0.97 * li3alf6;
    S_PER_CM * kappa.max(0.0)
}

/// Conductivity \[S/m\] at `temperature` \[K\].
///
/// `ln κ = 1.9105 + 0.1620 CR - 0.01738 c - 0.003955 ca - 0.009227 mg + 0.02155 li - 1745.7/T`
/// (S/cm, wt%, K). Wang, Peterson, Tabereaux, Light Metals 1993 (coefficients unverified, but they
/// follow [`haupin1998`] within 0.4 %). CR is the molar ratio: the weight ratio would give 2.2
/// instead of 2.8 S/cm for cryolite. Evaluated as it stands outside industrial baths.
#[must_use]
pub fn wang1993(bath: &Composition, temperature: f64) -> f64 {
    let WtPct { c, ca, mg, li, .. } = bath.wt_pct();
    S_PER_CM
        * exp(1.9105 + 0.1620 * bath.cryolite_ratio() - 0.017_38 * c - 0.003_955 * ca - 0.009_227 * mg
            + 0.021_55 * li
            - 1745.7 / temperature)
}

/// Conductivity \[S/m\] at `temperature` \[K\], as used with Haupin's cell voltage.
///
/// ```text
/// NaF  = 0.6 (100 - a - c - ca - li - mg)
/// BWR  = (NaF/41.99 + li/25.94 - mg/62.31)/2/((a + 2 NaF/3)/83.98)
/// ln κ = 1.9362 + 0.3092 BWR - 0.004132 ca - 0.01755 c + 0.008123 li - 0.00398 mg - 1751.1/T
/// ```
/// (S/cm, wt%, K.) Haupin, Light Metals 1998, 531, in the form of Yao et al., AIChE J. 63 (2017)
/// 2806. No term for KF, which counts as cryolite. Evaluated as it stands outside industrial baths.
#[must_use]
pub fn haupin1998(bath: &Composition, temperature: f64) -> f64 {
    let w = bath.wt_pct();
    let WtPct { a, c, ca, mg, li, .. } = w;
    let naf = 0.6 * (w.cryolite() + w.kf);
    let alf3 = (a + naf / 1.5).max(1e-3);
    let ratio = (naf / 41.99 + li / 25.94 - mg / 62.31) / 2.0 / (alf3 / 83.98);
    S_PER_CM
        * exp(1.9362 + 0.3092 * ratio - 0.004_132 * ca - 0.017_55 * c + 0.008_123 * li
            - 0.003_98 * mg
            - 1751.1 / temperature)
}

/// Conductivity \[S/m\] at `temperature` \[K\].
///
/// `ln κ = 2.0156 + 0.4349 BR - 0.0207 c - 0.0049 ca - 0.0166 mg + 0.0178 li - 2068.4/T`
/// (S/cm, wt%, K; BR weight ratio). Choudhary, J. Electrochem. Soc. 120 (1973) 381 (all but the
/// terms in c and T unverified). The lowest of these; evaluated as it stands outside its data.
#[must_use]
pub fn choudhary1973(bath: &Composition, temperature: f64) -> f64 {
    let WtPct { c, ca, mg, li, .. } = bath.wt_pct();
    S_PER_CM
        * exp(2.0156 + 0.4349 * bath.bath_ratio() - 0.0207 * c - 0.0049 * ca - 0.0166 * mg + 0.0178 * li
            - 2068.4 / temperature)
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, c0, c10, h, k1, k2, p, s};
    use super::*;

    /// hives1996, wang1993, haupin1998, choudhary1973 in S/cm.
    #[test]
    fn conductivity_of_the_reference_baths() {
        let expected = [
            (s(), [2.1734, 2.2145, 2.2220, 2.1165]),
            (h(), [2.1697, 2.2155, 2.2218, 2.1156]),
            (p(), [2.1153, 2.1611, 2.1693, 2.0529]),
            (c0(), [2.8269, 2.8210, 2.8190, 2.8784]),
            (c10(), [2.2440, 2.2670, 2.2612, 2.2191]),
            (k1(), [2.3129, 2.3885, 2.3904, 2.2709]),
            (k2(), [2.4339, 2.5347, 2.5383, 2.4110]),
        ];
        for ((bath, t), values) in expected {
            let got = [hives1996, wang1993, haupin1998, choudhary1973].map(|f| f(&bath, t) / S_PER_CM);
            for (got, expected) in got.into_iter().zip(values) {
                assert!((got - expected).abs() < 5.1e-5, "{bath:?}: {got}, expected {expected}");
            }
            assert_eq!(conductivity(&bath, t), hives1996(&bath, t));
        }
        let (bath, t) = s();
        assert!((hives1993_mole_fraction(&bath, t) / S_PER_CM - 2.1714).abs() < 5.1e-5);
    }

    #[test]
    fn hives_lies_between_choudhary_and_wang() {
        for (bath, t) in [s(), p(), h(), k1(), k2()] {
            let [low, middle, high] = [choudhary1973, hives1996, wang1993].map(|f| f(&bath, t));
            assert!(low <= middle && middle <= high && high / low < 1.06, "{bath:?}");
        }
    }

    #[test]
    fn slope_with_temperature() {
        let (bath, t) = s();
        let slope = |f: fn(&Composition, f64) -> f64| (f(&bath, t + 0.5) - f(&bath, t - 0.5)) / S_PER_CM;
        assert!((slope(hives1996) - 0.001_72).abs() < 1e-5);
        assert!((slope(wang1993) - 0.002_54).abs() < 1e-5);
    }

    #[test]
    fn absurd_baths_stay_plausible() {
        for (bath, _) in reference::all() {
            for t in [0.0, 300.0, 1e9, f64::NAN] {
                let kappa = conductivity(&Composition { mgf2: 0.9, al2o3: 0.9, ..bath }, t);
                assert!((PLAUSIBLE.0..=PLAUSIBLE.1).contains(&kappa));
            }
        }
    }
}

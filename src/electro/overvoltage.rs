//! What the electrodes cost beyond the reversible voltage.

use super::PER_CM2;
use crate::consts::{FARADAY, GAS};
use crate::math::{ln, pow};
use crate::units::kelvin_to_celsius;

/// Smallest anode current density of the surface overvoltage \[A/cm²\].
const I_MIN: f64 = 0.01;

/// Reaction (surface) overvoltage of the anode \[V\].
///
/// ```text
/// ln i_r = 0.56 ln(c + li/4) + 0.276 (BR - 1.5) - 5.849                            [A/cm², wt%]
/// η      = 1.142e-5 ln(t_bake) T ln(i/i_r)                                         [°C, K]
/// ```
/// Haupin, Light Metals 1998, 531, eqs 25-26, with `temperature` T \[K\], effective anode current
/// density `i` \[A/m²\], `al2o3` and `lif` \[mass fraction\], BR the weight ratio NaF/AlF3 (the
/// constant gives the i_r of the [short form](anode_surface_rta) only so) and the
/// `bake_temperature` of the anode \[K\].
///
/// i is held at 0.01 A/cm² or more, c + li/4 at 0.01 wt%, the bake at 500 °C, the result at 0 V:
/// the Tafel line means nothing below i_r.
#[must_use]
pub fn anode_surface(
    temperature: f64,
    i: f64,
    al2o3: f64,
    lif: f64,
    bath_ratio: f64,
    bake_temperature: f64,
) -> f64 {
    Tafel::new(temperature, al2o3, lif, bath_ratio, bake_temperature).at(i)
}

/// The line of [`anode_surface`] over ln i, for many current densities in the same bath.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Tafel {
    slope: f64,
    ln_exchange: f64,
}

impl Tafel {
    /// Arguments as of [`anode_surface`].
    #[must_use]
    pub fn new(temperature: f64, al2o3: f64, lif: f64, bath_ratio: f64, bake_temperature: f64) -> Self {
        let ln_exchange =
            0.56 * ln((100.0 * (al2o3 + 0.25 * lif)).max(0.01)) + 0.276 * (bath_ratio - 1.5) - 5.849;
        let ln_bake = ln(kelvin_to_celsius(bake_temperature).max(500.0));
        Self { slope: 1.142e-5 * ln_bake * temperature, ln_exchange }
    }

    /// Overvoltage at density `i` \[A/m²\] \[V\].
    #[must_use]
    pub fn at(&self, i: f64) -> f64 {
        let ln_i = ln((i / PER_CM2).max(I_MIN));
        (self.slope * (ln_i - self.ln_exchange)).max(0.0)
    }
}

/// Short form of [`anode_surface`] \[V\]: `η = (T/12533) ln(i/(0.0029 c^0.56))` (A/cm², wt%), that
/// is BR 1.5, no LiF and one bake temperature. Yao et al., AIChE J. 63 (2017) 2806. Same limits.
#[must_use]
pub fn anode_surface_rta(temperature: f64, i: f64, al2o3: f64) -> f64 {
    let exchange = 0.0029 * pow((100.0 * al2o3).max(0.01), 0.56);
    (temperature / 12_533.0 * ln((i / PER_CM2).max(I_MIN) / exchange)).max(0.0)
}

/// Concentration overvoltage of the anode \[V\]: `η = (R T/2F) ln(i_c/(i_c - i))`.
///
/// Haupin, Light Metals 1998, 531, eq. 23; `i` and `i_critical` \[A/m²\], `temperature` \[K\].
/// Infinite at the critical density, where the anode effect takes over: i/i_c is held in
/// 0..=0.999, so the result never exceeds 6.9 RT/2F = 0.37 V at 960 °C.
#[must_use]
pub fn anode_concentration(temperature: f64, i: f64, i_critical: f64) -> f64 {
    // A critical density of zero or less means every current is too much.
    let ratio = if i_critical > 0.0 { crate::math::clamp(i / i_critical, 0.0, 0.999) } else { 0.999 };
    -GAS * temperature / (2.0 * FARADAY) * ln(1.0 - ratio)
}

/// Concentration overvoltage of the cathode \[V\]:
/// `η = (R T/1.5F) (1.375 - 0.25 BR) ln(i_k/0.257)` (A/cm²).
///
/// Haupin, Light Metals 1998, 531, eq. 28; `i_cathode` \[A/m²\] on the metal surface, BR the weight
/// ratio NaF/AlF3, `temperature` \[K\]. Held at 0 V below 0.257 A/cm².
#[must_use]
pub fn cathode_concentration(temperature: f64, i_cathode: f64, bath_ratio: f64) -> f64 {
    let over = (i_cathode / (0.257 * PER_CM2)).max(1.0);
    (GAS * temperature / (1.5 * FARADAY) * (1.375 - 0.25 * bath_ratio) * ln(over)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: f64 = 1233.15;

    #[test]
    fn anode_surface_table() {
        let br = crate::bath::Composition::from_wt_pct(11.0, 2.5, 5.0, 0.0, 0.0, 0.0).bath_ratio();
        for (i, full, short) in
            [(0.5, 0.46817, 0.45622), (0.73125, 0.50566, 0.49363), (1.0, 0.53653, 0.52442)]
        {
            let got = anode_surface(T, i * PER_CM2, 0.025, 0.0, br, 1373.15);
            assert!((got - full).abs() < 5.1e-6, "{got}");
            let got = anode_surface_rta(T, i * PER_CM2, 0.025);
            assert!((got - short).abs() < 5.1e-6, "{got}");
        }
    }

    #[test]
    fn concentration_overvoltages_at_bath_s() {
        // The critical density is published to five digits only.
        assert!((anode_concentration(T, 7312.5, 17_791.0) - 0.028126).abs() < 2e-6);
        assert!((cathode_concentration(T, 0.70 * PER_CM2, 1.1216) - 0.077700).abs() < 1e-6);
        assert_eq!(cathode_concentration(T, 2000.0, 1.1216), 0.0);
    }

    #[test]
    fn anode_concentration_grows_without_bound_only_at_the_critical_density() {
        let limit = anode_concentration(T, 0.999, 1.0);
        assert!(anode_concentration(T, 0.99, 1.0) < limit);
        for (i, i_critical) in [(1.0, 1.0), (5.0, 1.0), (1.0, 0.0), (1.0, -1.0)] {
            assert_eq!(anode_concentration(T, i, i_critical), limit);
        }
        assert!((limit - 0.367).abs() < 1e-3);
        assert_eq!(anode_concentration(T, 0.0, 1.0), 0.0);
    }

    #[test]
    fn a_dead_anode_has_finite_overvoltage() {
        assert!(anode_surface(T, 0.0, 0.0, 0.0, 1.1, 1373.15).is_finite());
        assert!(anode_surface_rta(T, -1.0, -1.0).is_finite());
        assert_eq!(cathode_concentration(T, 0.0, 1.1), 0.0);
    }
}

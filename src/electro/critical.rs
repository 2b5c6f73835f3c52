//! The current density an anode bears before the anode effect.

use super::PER_CM2;
use crate::bath::Composition;
use crate::math::{clamp, pow, sqrt};
use crate::units::kelvin_to_celsius;

/// No anode is worse than this \[A/m²\]: keeps i/i_c finite at zero alumina.
const FLOOR: f64 = 1.0;

/// Critical anode current density \[A/m²\]:
/// `i_c = [5.5 + 0.018 (T - 1323)] A^-0.1 (c^0.5 - 0.4)` (A/cm², K, cm², wt%).
///
/// Piontelli et al. 1965 as given by Grjotheim and Welch, Aluminium Smelter Technology (1988) 131,
/// eq. 13. `temperature` \[K\], `al2o3` \[mass fraction\], `one_anode_area` the bottom of ONE anode
/// \[m²\]. A laboratory anode in uniform alumina: it puts the onset at 0.8-0.9 wt%, plants see it
/// at 1.2-2.0 wt% of bulk alumina.
///
/// Alumina is held in 0..=20 wt%, temperature in 800..=1500 K, the area at 1 cm² or more, the result
/// at 1 A/m² or more (below 0.16 wt%).
#[must_use]
pub fn piontelli1965(temperature: f64, al2o3: f64, one_anode_area: f64) -> f64 {
    AnodeSize::new(one_anode_area).piontelli1965(temperature, al2o3)
}

/// Alumina \[wt%\], held in 0..=20.
fn percent(al2o3: f64) -> f64 {
    clamp(100.0 * al2o3, 0.0, 20.0)
}

/// A^-0.1 of an anode's bottom in cm²: what takes longest in both correlations, and does not change.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct AnodeSize(f64);

impl AnodeSize {
    /// Of an anode with `one_anode_area` \[m²\], held at 1 cm² or more.
    #[must_use]
    pub fn new(one_anode_area: f64) -> Self {
        Self(pow((PER_CM2 * one_anode_area).max(1.0), -0.1))
    }

    /// [`piontelli1965()`] of this anode.
    #[must_use]
    pub fn piontelli1965(self, temperature: f64, al2o3: f64) -> f64 {
        let thermal = 5.5 + 0.018 * (clamp(temperature, 800.0, 1500.0) - 1323.0);
        let alumina = sqrt(percent(al2o3)) - 0.4;
        // Both factors negative would make a plausible product.
        PER_CM2 * (thermal.max(0.0) * alumina.max(0.0) * self.0).max(FLOOR / PER_CM2)
    }
}

/// Critical anode current density fitted to the alumina at which a cell goes on anode effect.
///
/// ```text
/// i_c = (0.00464 t - 3.454) (Ca c + Cb c²) A^-0.1 D                      [A/cm², °C, wt%, cm²]
/// Ca  = 1.443 - 1.985 BR + 1.131 BR²,  Cb = 0.4122 - 0.2037 BR
/// ```
/// Haupin, Light Metals 1998, 531, eq. 19. The source leaves open whether BR is by weight or by
/// mole; by weight here. Fitting D hides most of the difference.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Haupin1998 {
    /// The factor D \[1\] of the cell; see [`Haupin1998::calibrated`].
    pub d_sn: f64,
}

impl Haupin1998 {
    /// Fits `d_sn` so that the critical density at `al2o3_at_effect` \[mass fraction\], the rest of
    /// `bath` and `temperature` \[K\] as given, is `i_nominal` \[A/m²\].
    #[must_use]
    pub fn calibrated(
        temperature: f64,
        bath: &Composition,
        one_anode_area: f64,
        al2o3_at_effect: f64,
        i_nominal: f64,
    ) -> Self {
        let at_effect = Composition { al2o3: al2o3_at_effect, ..*bath };
        Self { d_sn: i_nominal / Self { d_sn: 1.0 }.critical(temperature, &at_effect, one_anode_area) }
    }

    /// Critical density \[A/m²\] at `temperature` \[K\], `one_anode_area` \[m²\]. Alumina is held
    /// in 0..=20 wt%, t in 750..=1250 °C, where the thermal factor is positive, the result at
    /// 1 A/m² or more.
    #[must_use]
    pub fn critical(&self, temperature: f64, bath: &Composition, one_anode_area: f64) -> f64 {
        self.critical_of(AnodeSize::new(one_anode_area), temperature, bath)
    }

    /// [`critical`](Self::critical) density of an anode of `size`.
    #[must_use]
    pub fn critical_of(&self, size: AnodeSize, temperature: f64, bath: &Composition) -> f64 {
        let br = bath.bath_ratio();
        let c = percent(bath.al2o3);
        let thermal = 0.004_64 * clamp(kelvin_to_celsius(temperature), 750.0, 1250.0) - 3.454;
        let alumina = (1.443 - 1.985 * br + 1.131 * br * br + (0.4122 - 0.2037 * br) * c) * c;
        (PER_CM2 * thermal * alumina * size.0 * self.d_sn).max(FLOOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piontelli_table() {
        for (percent, expected) in
            [(1.0, 0.90377), (1.5, 1.2423), (2.0, 1.5277), (2.5, 1.7791), (3.0, 2.0064), (4.0, 2.4101)]
        {
            let got = piontelli1965(1233.15, percent / 100.0, 1.295) / PER_CM2;
            assert!((got - expected).abs() < 5.1e-5, "{percent}: {got}");
        }
        // Where it puts the onset.
        for (percent, i) in [(0.78405, 0.73125), (0.87239, 0.80438)] {
            assert!((piontelli1965(1233.15, percent / 100.0, 1.295) / PER_CM2 - i).abs() < 1e-5);
        }
    }

    #[test]
    fn haupin_fitted_to_its_example() {
        let bath = Composition::from_wt_pct(10.0, 3.0, 6.5, 0.3, 0.0, 0.0);
        let t = 1242.55;
        let model = Haupin1998::calibrated(t, &bath, 0.854, 0.018, PER_CM2);
        assert!((model.d_sn - 1.3485).abs() < 5.1e-5);
        assert!((model.critical(t, &bath, 0.854) / PER_CM2 - 2.0325).abs() < 5.1e-5);
        assert!((piontelli1965(t, 0.03, 0.854) / PER_CM2 - 2.1829).abs() < 5.1e-5);
        let at_effect = Composition { al2o3: 0.018, ..bath };
        assert!((model.critical(t, &at_effect, 0.854) - PER_CM2).abs() < 1e-8);
    }

    #[test]
    fn never_zero() {
        assert_eq!(piontelli1965(900.0, 0.0, 1.3), FLOOR);
        assert_eq!(piontelli1965(1233.0, -1.0, 0.0), FLOOR);
        assert_eq!(Haupin1998 { d_sn: 1.0 }.critical(1233.0, &Composition::cryolite(), 1.3), FLOOR);
    }
}

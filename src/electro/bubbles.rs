//! The gas under the anodes.

use super::PER_CM2;
use crate::math::clamp;

/// The layer of gas and bath beneath an anode.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Bubbles {
    /// Thickness of the layer \[m\].
    pub thickness: f64,
    /// Share of the anode bottom covered by gas \[1\], 0..=0.95.
    pub coverage: f64,
}

impl Bubbles {
    /// Resistance times area that the gas adds to the bath of the layer \[Ω m²\]:
    /// `(d/κ) Φ/(1 - Φ)`, `conductivity` κ \[S/m\]. Haupin, Light Metals 1998, 531.
    #[must_use]
    pub fn resistance_area(&self, conductivity: f64) -> f64 {
        self.thickness / conductivity * self.coverage / (1.0 - self.coverage)
    }
}

/// Bubble layer at an effective anode current density `i` \[A/m²\].
///
/// ```text
/// d = (0.5517 + i)/(1 + 2.167 i)                                            [cm, A/cm², wt%]
/// Φ = K [0.509 + 0.1823 i - 0.1723 i² + 0.05504 i³ + (0.4322 - 0.3781 BR)/(1 + 1.637 BR)
///       + (0.431 - 0.1437 x)/(1 + 7.353 x)],                x = c - c_AE
/// ```
/// Haupin, Light Metals 1998, 531, eqs 30-32; coverage after Hyde and Welch, Light Metals 1997.
/// `bath_ratio` BR by weight, `al2o3` c and `al2o3_at_effect` c_AE \[mass fraction\], the alumina
/// at which this cell goes on anode effect (1.0-2.2 wt%), `factor` K: 1, or 0.8-0.9 for slotted
/// anodes (unverified).
///
/// The last term has a pole at x = -0.136 wt%: x is held at 0.01 wt% or more, Φ in 0..=0.95, i in
/// 0..=3 A/cm².
#[must_use]
pub fn bubbles(i: f64, bath_ratio: f64, al2o3: f64, al2o3_at_effect: f64, factor: f64) -> Bubbles {
    Wetting::new(bath_ratio, al2o3, al2o3_at_effect, factor).bubbles(i)
}

/// What the bath contributes to [`bubbles()`], for many current densities in the same bath.
#[derive(Copy, Clone, Debug, PartialEq, Default)]
pub struct Wetting {
    by_bath_ratio: f64,
    by_alumina: f64,
    factor: f64,
}

impl Wetting {
    /// Arguments as of [`bubbles()`].
    #[must_use]
    pub fn new(bath_ratio: f64, al2o3: f64, al2o3_at_effect: f64, factor: f64) -> Self {
        let excess = (100.0 * (al2o3 - al2o3_at_effect)).max(0.01);
        Self {
            by_bath_ratio: (0.4322 - 0.3781 * bath_ratio) / (1.0 + 1.637 * bath_ratio),
            by_alumina: (0.431 - 0.1437 * excess) / (1.0 + 7.353 * excess),
            factor,
        }
    }

    /// Bubble layer at an effective anode current density `i` \[A/m²\].
    #[must_use]
    pub fn bubbles(&self, i: f64) -> Bubbles {
        let i = clamp(i / PER_CM2, 0.0, 3.0);
        let by_current = 0.509 + i * (0.1823 + i * (-0.1723 + i * 0.05504));
        let coverage = by_current + self.by_bath_ratio + self.by_alumina;
        Bubbles {
            thickness: 0.01 * (0.5517 + i) / (1.0 + 2.167 * i),
            coverage: clamp(self.factor * coverage, 0.0, 0.95),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bath::Composition;

    #[test]
    fn thickness_table() {
        for (i, cm) in [(0.5, 0.50478), (0.731, 0.49639), (0.8, 0.49448), (1.0, 0.48996)] {
            let got = bubbles(i * PER_CM2, 1.1, 0.03, 0.018, 1.0).thickness * 100.0;
            assert!((got - cm).abs() < 1.1e-5, "{i}: {got}");
        }
    }

    #[test]
    fn coverage_table() {
        let br = 1.1216;
        for (percent, coverage) in
            [(2.0, 0.73738), (2.5, 0.62831), (3.0, 0.60088), (4.0, 0.58125), (6.0, 0.56915)]
        {
            let got = bubbles(7312.5, br, percent / 100.0, 0.018, 1.0).coverage;
            assert!((got - coverage).abs() < 5.1e-6, "{percent}: {got}");
        }
        // 0.97470 at 1.81 wt% before the limit on coverage, which a factor of 0.9 does not touch.
        let got = bubbles(7312.5, br, 0.0181, 0.018, 0.9).coverage / 0.9;
        assert!((got - 0.97470).abs() < 5.1e-6, "{got}");
        assert_eq!(bubbles(7312.5, br, 0.0181, 0.018, 1.0).coverage, 0.95);
    }

    #[test]
    fn voltage_at_bath_s() {
        let br = Composition::from_wt_pct(11.0, 2.5, 5.0, 0.0, 0.0, 0.0).bath_ratio();
        for (factor, volts) in [(1.0, 0.31678), (0.9, 0.24368), (0.8, 0.18913)] {
            let got = 8200.0 * bubbles(8200.0, br, 0.025, 0.018, factor).resistance_area(217.34);
            assert!((got - volts).abs() < 2e-5, "{factor}: {got}");
        }
    }

    #[test]
    fn no_pole_below_the_anode_effect() {
        for al2o3 in [0.0, 0.0166, 0.01664, 0.017, 0.018] {
            assert_eq!(bubbles(8000.0, 1.1, al2o3, 0.018, 1.0).coverage, 0.95);
        }
    }
}

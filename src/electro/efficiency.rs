//! The share of the current that ends up as metal.

use crate::bath::Composition;
use crate::consts::{M_ALF3, M_LIF};
use crate::math::{clamp, exp, log10};
use crate::units::kelvin_to_celsius;
use core::f64::consts::LN_10;

/// The limits of every current efficiency here \[1\].
const LIMITS: (f64, f64) = (0.80, 0.98);

/// Loss of current efficiency from the chemistry of the bath:
/// `log10(loss %) = 0.0095 SH - 0.019 a - 0.060 li + constant` (K, wt%).
///
/// Dewing, Met. Trans. B 22 (1991) 177. SH is the bath temperature over the pseudo-binary eutectic
/// with alumina ([`crate::bath::eutectic`]), not over the liquidus; CaF2 has no effect. The constant
/// belongs to the cell's design.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Dewing {
    /// Constant of the cell \[log10 of %\].
    pub constant: f64,
}

impl Dewing {
    /// The constant of a cell that reaches `efficiency` \[1\] at `superheat_over_eutectic` \[K\] with
    /// `alf3` and `lif` \[mass fractions\]. `efficiency` is held in 0.80..=0.98.
    #[must_use]
    pub fn calibrated(efficiency: f64, superheat_over_eutectic: f64, alf3: f64, lif: f64) -> Self {
        let loss = 100.0 * (1.0 - clamp(efficiency, LIMITS.0, LIMITS.1));
        Self { constant: log10(loss) - exponent(superheat_over_eutectic, alf3, lif) }
    }

    /// Current efficiency \[1\], held in 0.80..=0.98.
    #[must_use]
    pub fn efficiency(&self, superheat_over_eutectic: f64, alf3: f64, lif: f64) -> f64 {
        let loss = exp(LN_10 * (self.constant + exponent(superheat_over_eutectic, alf3, lif)));
        clamp(1.0 - 0.01 * loss, LIMITS.0, LIMITS.1)
    }
}

fn exponent(superheat: f64, alf3: f64, lif: f64) -> f64 {
    0.0095 * superheat - 1.9 * alf3 - 6.0 * lif
}

/// Efficiency at another cathode current density: `loss = 1 % + (loss_ref - 1 %) i_ref/i`.
///
/// The metal that dissolves and burns does not depend on the current, so its share falls with it;
/// 1 % is lost even without it. Solheim et al., TMS Annual Meeting 2018, found efficiency to fall
/// in a straight line from 99 % with the mass transfer coefficient. Densities \[A/m²\]; the ratio is
/// held in 0.2..=5, the result in 0.80..=0.98.
#[must_use]
pub fn scaled_efficiency(efficiency: f64, i_cathode: f64, i_reference: f64) -> f64 {
    let ratio = clamp(i_reference / i_cathode, 0.2, 5.0);
    clamp(0.99 - (0.99 - efficiency) * ratio, LIMITS.0, LIMITS.1)
}

/// Solubility of aluminium in bath \[mass fraction\] at `temperature` \[K\]:
/// `w = -0.2877 + 0.0268 BR + 2.992e-4 t - 0.00192 ca - 0.00174 Li3AlF6` (wt%, °C).
///
/// Yoshida and Dewing (reprint DOI 10.1007/978-3-319-48156-2_2); BR by weight 0.8-2.3, 969-1054 °C,
/// alumina saturated, standard deviation 0.017 wt%; KF and MgF2 have no effect. The line turns
/// negative near 895 °C: held at 0.005 wt% or more.
#[must_use]
pub fn metal_solubility(bath: &Composition, temperature: f64) -> f64 {
    // 3 LiF + AlF3 make one Li3AlF6.
    const LI3ALF6_PER_LIF: f64 = (3.0 * M_LIF + M_ALF3) / (3.0 * M_LIF);
    let percent = -0.2877 + 0.0268 * bath.bath_ratio() + 2.992e-4 * kelvin_to_celsius(temperature)
        - 0.192 * bath.caf2
        - 0.174 * LI3ALF6_PER_LIF * bath.lif;
    0.01 * percent.max(0.005)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bath::eutectic;
    use crate::units::celsius_to_kelvin;

    fn bath(alf3: f64) -> Composition {
        Composition::from_wt_pct(alf3, 2.5, 5.0, 0.0, 0.0, 0.0)
    }

    fn superheat(alf3: f64, celsius: f64) -> f64 {
        celsius_to_kelvin(celsius) - eutectic(&bath(alf3)).0
    }

    #[test]
    fn dewing_around_bath_s() {
        let sh = superheat(11.0, 960.0);
        assert!((sh - 22.10).abs() < 5.1e-3);
        let cell = Dewing::calibrated(0.94, sh, 0.11, 0.0);
        assert!((cell.constant - 0.77724).abs() < 5e-5, "{}", cell.constant);
        for (sh, alf3, expected) in [
            (sh, 0.11, 0.94),
            (sh + 10.0, 0.11, 0.92533),
            (superheat(12.0, 960.0), 0.12, 0.93717),
            (sh, 0.12, 0.94257),
        ] {
            let got = cell.efficiency(sh, alf3, 0.0);
            assert!((got - expected).abs() < 6e-6, "{got}");
        }
        assert!(
            (cell.efficiency(sh + 0.5, 0.11, 0.0) - cell.efficiency(sh - 0.5, 0.11, 0.0) + 0.00131).abs()
                < 5e-5
        );
    }

    #[test]
    fn calibration_round_trips() {
        for efficiency in [0.81, 0.9, 0.94, 0.979] {
            let cell = Dewing::calibrated(efficiency, 17.0, 0.09, 0.02);
            assert!((cell.efficiency(17.0, 0.09, 0.02) - efficiency).abs() < 1e-12);
        }
    }

    #[test]
    fn more_current_loses_a_smaller_share() {
        assert_eq!(scaled_efficiency(0.94, 7000.0, 7000.0), 0.94);
        assert!((scaled_efficiency(0.94, 14_000.0, 7000.0) - 0.965).abs() < 1e-12);
        assert_eq!(scaled_efficiency(0.94, 0.0, 7000.0), LIMITS.0);
    }

    #[test]
    fn metal_solubility_points() {
        let at = |bath: &Composition, celsius| 100.0 * metal_solubility(bath, celsius_to_kelvin(celsius));
        assert!((at(&bath(11.0), 960.0) - 0.019990).abs() < 1e-6);
        assert!((at(&Composition::cryolite(), 1000.0) - 0.051700).abs() < 1e-6);
        assert_eq!(at(&bath(11.0), 880.0), 0.005);
        // Molar masses of the salt: 2.0791 % Li3AlF6 per % LiF.
        assert!((M_ALF3 / (3.0 * M_LIF) + 1.0 - 2.0791).abs() < 1e-4);
    }
}

//! What the liquid bath consists of, and the ratios smelters speak of.
//!
//! LiF and KF are components of their own and `alf3` is the excess over Na3AlF6 alone, as in the
//! model systems behind the correlations. Laboratory values often are free of alumina or tie AlF3
//! to LiF and KF: convert them before they get here.

use crate::consts::{M_ALF3, M_KF, M_LIF, M_NAF};
use crate::error::{Error, in_range};

/// Mass fractions of the total liquid bath \[1\]; what is left is cryolite Na3AlF6.
#[derive(Copy, Clone, Debug, PartialEq, Default)]
pub struct Composition {
    /// AlF3 in excess of Na3AlF6; negative in a basic bath.
    pub alf3: f64,
    /// Dissolved Al2O3.
    pub al2o3: f64,
    /// CaF2.
    pub caf2: f64,
    /// MgF2.
    pub mgf2: f64,
    /// LiF.
    pub lif: f64,
    /// KF.
    pub kf: f64,
}

/// The admissible mass fractions of one component.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Limit {
    /// Field of [`Composition`].
    pub field: &'static str,
    /// Smallest mass fraction \[1\].
    pub min: f64,
    /// Largest mass fraction \[1\].
    pub max: f64,
}

/// The same in wt %, as the published correlations want it.
#[derive(Copy, Clone)]
pub(super) struct WtPct {
    pub a: f64,
    pub c: f64,
    pub ca: f64,
    pub mg: f64,
    pub li: f64,
    pub kf: f64,
}

impl Composition {
    /// What [`Composition::validate`] admits. Wider than any correlation, narrower than nonsense.
    pub const LIMITS: [Limit; 6] = [
        Limit { field: "alf3", min: -0.10, max: 0.30 },
        Limit { field: "al2o3", min: 0.0, max: 0.15 },
        Limit { field: "caf2", min: 0.0, max: 0.20 },
        Limit { field: "mgf2", min: 0.0, max: 0.10 },
        Limit { field: "lif", min: 0.0, max: 0.20 },
        Limit { field: "kf", min: 0.0, max: 0.10 },
    ];

    /// From wt %.
    #[must_use]
    pub fn from_wt_pct(alf3: f64, al2o3: f64, caf2: f64, mgf2: f64, lif: f64, kf: f64) -> Self {
        Self {
            alf3: alf3 / 100.0,
            al2o3: al2o3 / 100.0,
            caf2: caf2 / 100.0,
            mgf2: mgf2 / 100.0,
            lif: lif / 100.0,
            kf: kf / 100.0,
        }
    }

    /// Pure Na3AlF6.
    #[must_use]
    pub fn cryolite() -> Self {
        Self::default()
    }

    /// Sodium cryolite and excess AlF3 together \[1\]: S = 1 - c - ca - mg - li - kf.
    #[must_use]
    pub fn sodium_system(&self) -> f64 {
        1.0 - self.al2o3 - self.caf2 - self.mgf2 - self.lif - self.kf
    }

    /// Weight ratio NaF/AlF3: BR = (1 - x)/(2/3 + x), x = a/S (stoichiometry; cryolite is 3 NaF to
    /// 2 parts AlF3 by weight to within 1e-5).
    ///
    /// 1.5 for cryolite, falls as AlF3 rises. x is held in -0.5..=1, so that a composition without
    /// sodium gives 0 and not infinity.
    #[must_use]
    pub fn bath_ratio(&self) -> f64 {
        let x = crate::math::clamp(self.alf3 / self.sodium_system(), -0.5, 1.0);
        (1.0 - x) / (2.0 / 3.0 + x)
    }

    /// Molar ratio NaF/AlF3 (sodium only): CR = 2 BR. 3 for cryolite.
    #[must_use]
    pub fn cryolite_ratio(&self) -> f64 {
        2.0 * self.bath_ratio()
    }

    /// Molar ratio (NaF + LiF + KF)/AlF3, the "molecular ratio" of plants with complex baths. Say
    /// which one is meant: at li5/kf3 it is 3.15 where [`Composition::cryolite_ratio`] is 2.59.
    ///
    /// AlF3 is held at 1e-6 kg/kg or more.
    #[must_use]
    pub fn cryolite_ratio_total(&self) -> f64 {
        let cryolite = self.sodium_system() - self.alf3;
        let alf3 = (self.alf3 + 0.4 * cryolite).max(1e-6);
        (0.6 * cryolite / M_NAF + self.lif / M_LIF + self.kf / M_KF) * M_ALF3 / alf3
    }

    /// The same bath with the excess AlF3 that gives the molar ratio `cr` (sodium only):
    /// a = S 2 (3 - CR)/(3 (2 + CR)), the inverse of [`Composition::cryolite_ratio`].
    #[must_use]
    pub fn with_cryolite_ratio(self, cr: f64) -> Self {
        Self { alf3: self.sodium_system() * 2.0 * (3.0 - cr) / (3.0 * (2.0 + cr)), ..self }
    }

    /// Refuses what cannot be an electrolyte: each component within [`Composition::LIMITS`], and at
    /// least 30 % cryolite.
    ///
    /// # Errors
    /// The first component outside its limits \[kg/kg\], or too little cryolite.
    pub fn validate(&self) -> Result<(), Error> {
        let values = [self.alf3, self.al2o3, self.caf2, self.mgf2, self.lif, self.kf];
        for (limit, value) in Self::LIMITS.iter().zip(values) {
            in_range(limit.field, value, limit.min, limit.max)?;
        }
        in_range("cryolite (what the other components leave)", self.sodium_system() - self.alf3, 0.3, 1.1)
    }

    /// In wt %, each held where a correlation still means something: inside
    /// [`Composition::LIMITS`].
    pub(super) fn wt_pct(&self) -> WtPct {
        let [a, c, ca, mg, li, kf] = Self::LIMITS.map(|limit| (100.0 * limit.min, 100.0 * limit.max));
        let held = |x: f64, (min, max): (f64, f64)| crate::math::clamp(100.0 * x, min, max);
        WtPct {
            a: held(self.alf3, a),
            c: held(self.al2o3, c),
            ca: held(self.caf2, ca),
            mg: held(self.mgf2, mg),
            li: held(self.lif, li),
            kf: held(self.kf, kf),
        }
    }
}

impl WtPct {
    /// Cryolite by difference \[wt %\]; never negative.
    pub fn cryolite(&self) -> f64 {
        (100.0 - self.a - self.c - self.ca - self.mg - self.li - self.kf).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    #[test]
    fn ratios_of_the_reference_baths() {
        let expected = [
            (reference::s(), 1.1216, 2.2431),
            (reference::h(), 1.1435, 2.2871),
            (reference::p(), 1.0909, 2.1818),
            (reference::c0(), 1.5, 3.0),
            (reference::c10(), 1.5, 3.0),
            (reference::k1(), 1.1985, 2.3970),
            (reference::k2(), 1.2962, 2.5924),
        ];
        for ((bath, _), br, cr) in expected {
            assert!((bath.bath_ratio() - br).abs() < 5.1e-5, "{bath:?}");
            assert!((bath.cryolite_ratio() - cr).abs() < 5.1e-5, "{bath:?}");
        }
        assert!((reference::k1().0.cryolite_ratio_total() - 2.7136).abs() < 1e-4);
        assert!((reference::k2().0.cryolite_ratio_total() - 3.1501).abs() < 1e-4);
    }

    #[test]
    fn alf3_for_a_ratio() {
        let (bath, _) = reference::s();
        for (cr, alf3) in [(2.0, 15.417), (2.2, 11.746), (2.3, 10.039), (2.4, 8.4091), (2.6, 5.3623)] {
            assert!((100.0 * bath.with_cryolite_ratio(cr).alf3 - alf3).abs() < 5.1e-4);
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let bath = Composition { lif: f64::NAN, ..Composition::cryolite() };
        assert_eq!(bath.validate().unwrap_err().field(), "lif");
        let bath = Composition::from_wt_pct(29.0, 14.0, 19.0, 9.0, 9.0, 9.0);
        assert!(bath.validate().unwrap_err().field().starts_with("cryolite"));
        assert_eq!(reference::k2().0.validate(), Ok(()));
    }

    #[test]
    fn ratios_stay_finite() {
        let bath = Composition { al2o3: 1.0, alf3: 0.2, ..Composition::default() };
        assert!(bath.bath_ratio().is_finite() && bath.cryolite_ratio_total().is_finite());
    }
}

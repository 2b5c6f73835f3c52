//! What the bath is and does: composition, melting, dissolving, conducting, weighing, evaporating.
//!
//! Published correlations as pure functions of a [`Composition`] and a temperature \[K\]. Every
//! finite input gives a finite result: outside its range a correlation is held at the nearest
//! limit, and each function says which.

pub mod composition;
pub mod conductivity;
pub mod density;
pub mod heat;
pub mod liquidus;
pub mod solubility;
pub mod vapour;

pub use composition::Composition;
pub use conductivity::{
    choudhary1973, conductivity, haupin1998, hives1993_mole_fraction, hives1996, wang1993,
};
pub use density::{density, metal_density};
pub use liquidus::{Liquidus, LiquidusSource, jmm2014, liquidus, lm2013, solheim1996};
pub use solubility::{eutectic, saturation};
pub use vapour::{fluoride_evolution, vapour_pressure};

/// The baths at which every correlation of this layer is checked.
#[cfg(test)]
pub(crate) mod reference {
    use super::Composition;
    use crate::units::celsius_to_kelvin;

    /// a11/ca5/c2.5 at 960 °C: a formula point, 3 K below its own liquidus.
    pub fn s() -> (Composition, f64) {
        (Composition::from_wt_pct(11.0, 2.5, 5.0, 0.0, 0.0, 0.0), celsius_to_kelvin(960.0))
    }
    /// a12/ca5/c3 at 955 °C: a point feeder cell.
    pub fn p() -> (Composition, f64) {
        (Composition::from_wt_pct(12.0, 3.0, 5.0, 0.0, 0.0, 0.0), celsius_to_kelvin(955.0))
    }
    /// a10/ca6.5/c3/mg0.3 at 969.4 °C: the worked example of Haupin (1998).
    pub fn h() -> (Composition, f64) {
        (Composition::from_wt_pct(10.0, 3.0, 6.5, 0.3, 0.0, 0.0), celsius_to_kelvin(969.4))
    }
    /// Pure cryolite at 1011 °C.
    pub fn c0() -> (Composition, f64) {
        (Composition::cryolite(), celsius_to_kelvin(1011.0))
    }
    /// Cryolite with 10 % alumina at 970 °C.
    pub fn c10() -> (Composition, f64) {
        (Composition::from_wt_pct(0.0, 10.0, 0.0, 0.0, 0.0, 0.0), celsius_to_kelvin(970.0))
    }
    /// A complex Chinese bath, li3/kf2, at 948 °C.
    pub fn k1() -> (Composition, f64) {
        (Composition::from_wt_pct(8.0, 2.5, 5.0, 0.0, 3.0, 2.0), celsius_to_kelvin(948.0))
    }
    /// A complex Chinese bath, li5/kf3, at 935 °C.
    pub fn k2() -> (Composition, f64) {
        (Composition::from_wt_pct(5.0, 2.5, 5.0, 0.0, 5.0, 3.0), celsius_to_kelvin(935.0))
    }
    /// S, P, H, C0, C10, K1, K2.
    pub fn all() -> [(Composition, f64); 7] {
        [s(), p(), h(), c0(), c10(), k1(), k2()]
    }
}

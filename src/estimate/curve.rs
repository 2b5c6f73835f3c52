//! Voltage against alumina at fixed anode-cathode distance, as the controller believes it.
//!
//! ```text
//! V(C) = a B Φ/(1 - Φ) - S ln C + L C
//! Φ    = K [φ0 + (0.431 - 0.1437 x)/(1 + 7.353 x)],   x = 100 (C - C_ae - s)
//! ```
//!
//! C, C_ae and s as mass fractions. The first term is the bubble layer of [`crate::electro::bubbles()`]
//! (Haupin 1998; Hyde and Welch 1997) at 0.731 A/cm² and bath ratio 1.12: B = i d/κ = 167 mV, φ0 =
//! 0.5746, K = 0.9. The other parts of [`crate::electro::voltage()`] are lumped: S = 141 mV and L =
//! 4.13 V were fitted here to it, within 2 mV from 2 to 4 % alumina for an effect at 1.8 %. Cells
//! differ in the onset of the effect (s) and in the coverage, and so in the height a of the first
//! term. From x = 0.05 down the bubble term goes on along its tangent, and C is held at 0.5 % or more.

use crate::math::ln;

/// Voltage of the bubble layer without gas B \[V\].
const LAYER: f64 = 0.167;
/// Coverage factor K \[1\] and its constant part φ0 \[1\].
const FACTOR: f64 = 0.9;
const COVERAGE: f64 = 0.5746;
/// Logarithmic part S \[V\] and linear part L \[V per mass fraction\].
const LOGARITHM: f64 = 0.141;
const LINEAR: f64 = 4.13;
/// The bubble term goes on as a straight line below this distance from the onset \[wt %\].
const TANGENT: f64 = 0.05;
/// Smallest alumina of the logarithm (mass fraction).
const LEAST: f64 = 0.005;
/// Alumina at which the target voltage is meant (mass fraction).
pub(super) const REFERENCE: f64 = 0.025;
/// Largest alumina that a slope is taken for (mass fraction).
const RICHEST: f64 = 0.05;
/// Halvings of the search: the interval of 3 % shrinks below 1e-12.
const HALVINGS: usize = 36;

/// How this cell's curve differs from the expected one: what an estimator may learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Alumina at the onset of the anode effect less the expected one, mass fraction.
    pub shift: f64,
    /// Bubble voltage's dependence on alumina relative to the expected one \[1\].
    pub scale: f64,
}

impl Default for Curve {
    fn default() -> Self {
        Self { shift: 0.0, scale: 1.0 }
    }
}

/// A pseudo-resistance and what it changes with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// Pseudo-resistance \[Ω\].
    pub resistance: f64,
    /// Change with alumina \[Ω per mass fraction\].
    pub by_alumina: f64,
    /// Change with [`Curve::shift`] \[Ω per mass fraction\].
    pub by_shift: f64,
    /// Change with [`Curve::scale`] \[Ω\].
    pub by_scale: f64,
}

impl Predicted {
    /// From voltages at nominal current to a resistance, `base` at the reference alumina \[Ω\].
    pub(super) fn at(self, base: f64, current: f64) -> Self {
        Self {
            resistance: base + self.resistance / current,
            by_alumina: self.by_alumina / current,
            by_shift: self.by_shift / current,
            by_scale: self.by_scale / current,
        }
    }
}

/// Φ/(1 - Φ) and its derivative by alumina \[per mass fraction\] at `above` the onset.
fn bubbles(above: f64) -> (f64, f64) {
    let wanted = 100.0 * above;
    let x = wanted.max(TANGENT);
    let pole = 1.0 + 7.353 * x;
    let free = 1.0 - FACTOR * (COVERAGE + (0.431 - 0.1437 * x) / pole);
    let coverage_by_x = -FACTOR * (0.1437 + 7.353 * 0.431) / (pole * pole);
    let by_x = coverage_by_x / (free * free);
    ((1.0 - free) / free + by_x * (wanted - x), 100.0 * by_x)
}

impl Curve {
    /// Voltages relative to the reference alumina, for an expected onset at `onset`. The curve turns
    /// about the reference, so that an unknown curve is an unknown slope and leaves the level alone.
    pub(super) fn predict(&self, alumina: f64, onset: f64) -> Predicted {
        let onset = onset + self.shift;
        let (value, derivative) = bubbles(alumina - onset);
        let (reference, reference_derivative) = bubbles(REFERENCE - onset);
        let c = alumina.max(LEAST);
        let smooth = -LOGARITHM * ln(c / REFERENCE) + LINEAR * (c - REFERENCE);
        Predicted {
            resistance: LAYER * self.scale * (value - reference) + smooth,
            by_alumina: LAYER * self.scale * derivative - LOGARITHM / c + LINEAR,
            by_shift: -LAYER * self.scale * (derivative - reference_derivative),
            by_scale: LAYER * (value - reference),
        }
    }
}

/// Alumina at which the expected curve falls by `steepness` \[V per mass fraction\], held between the
/// onset and 5 %: the derivative rises all the way, so halving finds it.
pub(super) fn where_steep(steepness: f64, onset: f64) -> f64 {
    let (mut low, mut high) = (onset, RICHEST);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if Curve::default().predict(middle, onset).by_alumina < -steepness {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::electro::{Design, Operating, voltage};

    #[test]
    fn the_curve_follows_the_correlations() {
        let at = |alumina: f64| {
            let mut operating = Operating::default();
            operating.bath.al2o3 = alumina;
            voltage(&Design::default(), &operating).cell
        };
        for alumina in [0.020, 0.0215, 0.023, 0.025, 0.028, 0.032, 0.04] {
            let expected = at(alumina) - at(REFERENCE);
            let got = Curve::default().predict(alumina, 0.018).resistance;
            assert!((got - expected).abs() < 2e-3, "{alumina}: {got} {expected}");
        }
    }

    #[test]
    fn the_derivatives_are_exact() {
        let curve = Curve { shift: 0.0007, scale: 0.8 };
        for alumina in [0.017, 0.0195, 0.022, 0.026, 0.033] {
            let at = |alumina: f64, shift: f64, scale: f64| {
                let curve = Curve { shift: curve.shift + shift, scale: curve.scale + scale };
                curve.predict(alumina, 0.018).resistance
            };
            let exact = curve.predict(alumina, 0.018);
            let h = 1e-7;
            let by_alumina = (at(alumina + h, 0.0, 0.0) - at(alumina - h, 0.0, 0.0)) / (2.0 * h);
            let by_shift = (at(alumina, h, 0.0) - at(alumina, -h, 0.0)) / (2.0 * h);
            let by_scale = (at(alumina, 0.0, h) - at(alumina, 0.0, -h)) / (2.0 * h);
            assert!((by_alumina - exact.by_alumina).abs() < 1e-4 * by_alumina.abs());
            assert!((by_shift - exact.by_shift).abs() < 1e-4 * by_shift.abs() + 1e-6);
            assert!((by_scale - exact.by_scale).abs() < 1e-5 * by_scale.abs() + 1e-8);
        }
    }
}

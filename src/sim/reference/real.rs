//! Numbers a model is written for: one cell's, or one lane per cell.

use core::ops::{Add, Div, Mul, Sub};

/// A real number, or many side by side.
///
/// Besides sums and products it has only what [`lundby2022`](super::lundby2022) needs, cut so that each
/// kind of number can take its own shortest way: lanes share divisions and take roots without any.
/// Constants stand on the right of an operator.
pub trait Real:
    Copy
    + From<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// e^x.
    #[must_use]
    fn exp(self) -> Self;

    /// x^0.5 and x^2.2; NaN for x < 0.
    #[must_use]
    fn powers(self) -> [Self; 2];

    /// Numerator over denominator of each pair.
    #[must_use]
    fn quotients<const N: usize>(pairs: [(Self, Self); N]) -> [Self; N];
}

impl Real for f64 {
    #[inline]
    fn exp(self) -> Self {
        Self::exp(self)
    }

    #[inline]
    fn powers(self) -> [Self; 2] {
        [self.sqrt(), Self::exp(2.2 * self.ln())]
    }

    #[inline]
    fn quotients<const N: usize>(pairs: [(Self, Self); N]) -> [Self; N] {
        core::array::from_fn(|i| pairs[i].0 / pairs[i].1)
    }
}

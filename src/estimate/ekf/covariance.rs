//! How a covariance goes through a step and through a measurement.
//!
//! ```text
//! P ← F P Fᵀ + Q,   P ← (I - K H) P (I - K H)ᵀ + R K Kᵀ
//! ```
//!
//! Most entries of F are zero, so it is given by what it does to a vector, and only products of numbers are
//! worked out; summed in the order of the full products they give the same bits. The measurement is
//! Joseph's form, which stays positive with any gain, not only the best; leaving its zeros out saved
//! 8 % of the instructions of a step and was not worth the code. What comes out is symmetric to the last bit.

use nalgebra::{SMatrix, SVector};

/// A covariance of N states.
pub type Square<const N: usize> = SMatrix<f64, N, N>;

/// F P Fᵀ + Q with the diagonal Q of `noise`; `step` is the product of F and a vector.
pub fn propagate<const N: usize>(
    p: &Square<N>,
    step: impl Fn([f64; N]) -> [f64; N],
    noise: [f64; N],
) -> Square<N> {
    let each_column = |m: Square<N>| {
        let mut columns = <[[f64; N]; N]>::from(m);
        columns.iter_mut().for_each(|column| *column = step(*column));
        Square::from(columns)
    };
    symmetric(each_column(each_column(*p).transpose()) + Square::from_diagonal(&noise.into()))
}

/// The covariance once a measurement with Jacobian `row` and this variance was fused with `gain`.
pub fn fuse<const N: usize>(
    p: &Square<N>,
    gain: &SVector<f64, N>,
    row: &SMatrix<f64, 1, N>,
    variance: f64,
) -> Square<N> {
    let left = Square::identity() - gain * row;
    symmetric(left * p * left.transpose() + gain * gain.transpose() * variance)
}

/// Makes the halves alike that rounding has made different.
fn symmetric<const N: usize>(p: Square<N>) -> Square<N> {
    0.5 * (p + p.transpose())
}

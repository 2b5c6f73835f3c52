//! How a covariance goes through a step and through a measurement.
//!
//! ```text
//! P ← F P Fᵀ + Q,   P ← (I - K H) P (I - K H)ᵀ + R K Kᵀ
//! ```
//!
//! The second is Joseph's form: it stays positive with any gain, not only the best. Most entries of F and
//! of I - K H are zero, so each is given by what it does to a vector, and only products of numbers are
//! worked out; summed in the order of the full products they give the same bits. What comes out is
//! symmetric to the last bit.

use nalgebra::SMatrix;

/// A covariance of N states.
pub type Square<const N: usize> = SMatrix<f64, N, N>;

/// F P Fᵀ + Q with the diagonal Q of `noise`; `step` is the product of F and a vector.
pub fn propagate<const N: usize>(
    p: &Square<N>,
    step: impl Fn([f64; N]) -> [f64; N],
    noise: [f64; N],
) -> Square<N> {
    symmetric(both_sides(p, step) + Square::from_diagonal(&noise.into()))
}

/// The covariance once a measurement of this variance was fused with `gain`; `keep` is the product of
/// I - K H and a vector.
pub fn fuse<const N: usize>(
    p: &Square<N>,
    keep: impl Fn([f64; N]) -> [f64; N],
    gain: &[f64; N],
    variance: f64,
) -> Square<N> {
    let mut sum = <[[f64; N]; N]>::from(both_sides(p, keep));
    for (column, own) in sum.iter_mut().zip(gain) {
        column.iter_mut().zip(gain).for_each(|(sum, other)| *sum += other * own * variance);
    }
    symmetric(Square::from(sum))
}

/// A P Aᵀ, transposed, by what A does to a vector.
fn both_sides<const N: usize>(p: &Square<N>, times: impl Fn([f64; N]) -> [f64; N]) -> Square<N> {
    let each_column = |m: Square<N>| {
        let mut columns = <[[f64; N]; N]>::from(m);
        columns.iter_mut().for_each(|column| *column = times(*column));
        Square::from(columns)
    };
    each_column(each_column(*p).transpose())
}

/// Makes the halves alike that rounding has made different.
fn symmetric<const N: usize>(p: Square<N>) -> Square<N> {
    0.5 * (p + p.transpose())
}

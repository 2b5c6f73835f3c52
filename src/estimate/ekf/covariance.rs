//! How a covariance goes through a step and through a measurement.
//!
//! ```text
//! P ← F P Fᵀ + Q,   P ← P - (P Hᵀ) (P Hᵀ)ᵀ / S
//! ```
//!
//! Most entries of F are zero, so it is given by what it does to a vector. The measurement is a single
//! number of variance S, fused with the best gain P Hᵀ / S; measurements that come together are fused one after
//! the other. One triangle counts and the other becomes its mirror, so what comes out is symmetric to the
//! last bit. Joseph's form, which stays positive with any gain, takes five times the instructions (`fuse_joseph`
//! in `benches/kernels/filter.rs`); here the gain is the best one by construction, and ten million steps
//! keep the covariance positive (`the_covariance_endures_ten_million_steps`).

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

/// The covariance once a measurement was fused that has the covariance `seen` with the states, P Hᵀ, and
/// the variance `total`, H P Hᵀ and its own.
pub fn fuse<const N: usize>(p: &Square<N>, seen: &SVector<f64, N>, total: f64) -> Square<N> {
    let mut fused = p - (seen / total) * seen.transpose();
    fused.fill_lower_triangle_with_upper_triangle();
    fused
}

/// Makes the halves alike that rounding has made different.
fn symmetric<const N: usize>(p: Square<N>) -> Square<N> {
    0.5 * (p + p.transpose())
}

//! How a covariance goes through a step and through a measurement.
//!
//! ```text
//! P ← F P Fᵀ + Q,   P ← (I - K H) P (I - K H)ᵀ + R K Kᵀ
//! ```
//!
//! The second is Joseph's form: it stays positive with any gain, not only the best. What F does to a
//! vector is given in place of F, and columns of H that are zero cost next to nothing, so that only
//! products of numbers are worked out; they are summed in the order of the full products and give the
//! same bits. What comes out is symmetric to the last bit, and what goes in must be.

use nalgebra::SMatrix;

/// A covariance of N states.
pub type Square<const N: usize> = SMatrix<f64, N, N>;
/// The same, column by column.
type Columns<const N: usize> = [[f64; N]; N];

/// F P Fᵀ + Q with the diagonal Q of `noise`; `tangent` is the product of F and a vector.
pub fn propagate<const N: usize>(
    p: &Square<N>,
    tangent: impl Fn([f64; N]) -> [f64; N],
    noise: [f64; N],
) -> Square<N> {
    let each_column = |m: Square<N>| {
        let mut columns = Columns::from(m);
        columns.iter_mut().for_each(|column| *column = tangent(*column));
        Square::from(columns)
    };
    symmetric(each_column(each_column(*p).transpose()) + Square::from_diagonal(&noise.into()))
}

/// The covariance once a measurement with Jacobian `row` and this variance was fused with `gain`.
pub fn fuse<const N: usize>(p: &Square<N>, gain: &[f64; N], row: &[f64; N], variance: f64) -> Square<N> {
    let mut left = Columns::from(Square::identity());
    for (column, h) in left.iter_mut().zip(row) {
        column.iter_mut().zip(gain).for_each(|(entry, g)| *entry -= g * h);
    }
    let mut kept = [[0.0; N]; N];
    // A column of P is a row of it.
    for (k, ((left, h), p)) in left.iter().zip(row).zip(&Columns::from(*p)).enumerate() {
        if *h != 0.0 {
            add_product(&mut kept, left, p);
        } else {
            for (sum, p) in kept.iter_mut().filter_map(|column| column.get_mut(k)).zip(p) {
                *sum += p;
            }
        }
    }
    let mut both = [[0.0; N]; N];
    for (k, ((left, h), kept)) in left.iter().zip(row).zip(&kept).enumerate() {
        if *h != 0.0 {
            add_product(&mut both, kept, left);
        } else if let Some(column) = both.get_mut(k) {
            column.iter_mut().zip(kept).for_each(|(sum, kept)| *sum += kept);
        }
    }
    for (column, g) in both.iter_mut().zip(gain) {
        column.iter_mut().zip(gain).for_each(|(sum, other)| *sum += other * g * variance);
    }
    symmetric(Square::from(both))
}

/// Adds the matrix of a column times a row.
fn add_product<const N: usize>(sum: &mut Columns<N>, column: &[f64; N], row: &[f64; N]) {
    for (sum, r) in sum.iter_mut().zip(row) {
        sum.iter_mut().zip(column).for_each(|(sum, c)| *sum += c * r);
    }
}

/// Makes the halves alike that rounding has made different.
fn symmetric<const N: usize>(p: Square<N>) -> Square<N> {
    0.5 * (p + p.transpose())
}

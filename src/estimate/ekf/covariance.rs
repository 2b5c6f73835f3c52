//! How a covariance goes through a step and through a measurement.
//!
//! ```text
//! P ← F P Fᵀ + Q,   P ← (I - K H) P (I - K H)ᵀ + R K Kᵀ
//! ```
//!
//! The second is Joseph's form: it stays positive with any gain, not only the best. What F does to a
//! vector is given in place of F, and columns of H that are zero cost nothing, so that only products of
//! numbers are worked out; they are summed in the order of the full products and give the same bits.
//! Both return a matrix that is symmetric to the last bit.

use nalgebra::SMatrix;

/// A covariance of N states.
pub type Square<const N: usize> = SMatrix<f64, N, N>;

/// F P Fᵀ + Q with the diagonal Q of `noise`; `tangent` is the product of F and a vector.
pub fn propagate<const N: usize>(
    p: &Square<N>,
    tangent: impl Fn([f64; N]) -> [f64; N],
    noise: [f64; N],
) -> Square<N> {
    both_sides(p, tangent, &Square::from_diagonal(&noise.into()))
}

/// The covariance once a measurement with Jacobian `row` and this variance was fused with `gain`.
pub fn fuse<const N: usize>(p: &Square<N>, gain: [f64; N], row: [f64; N], variance: f64) -> Square<N> {
    let gained = SMatrix::<f64, N, 1>::from(gain);
    let left: [[f64; N]; N] =
        (Square::identity() - gained * SMatrix::<f64, 1, N>::from(row.map(|h| [h]))).into();
    let keep = |v: [f64; N]| {
        let mut sum = [0.0; N];
        for (k, ((column, h), x)) in left.iter().zip(row).zip(v).enumerate() {
            if h != 0.0 {
                sum.iter_mut().zip(column).for_each(|(sum, l)| *sum += l * x);
            } else if let Some(own) = sum.get_mut(k) {
                *own += x;
            }
        }
        sum
    };
    both_sides(p, keep, &(gained * gained.transpose() * variance))
}

/// A P Aᵀ + `plus`, by what A does to a vector; the halves of the result are made alike.
fn both_sides<const N: usize>(
    p: &Square<N>,
    times: impl Fn([f64; N]) -> [f64; N],
    plus: &Square<N>,
) -> Square<N> {
    let each_column = |m: Square<N>| Square::from(<[[f64; N]; N]>::from(m).map(&times));
    let sum = each_column(each_column(*p).transpose()) + plus;
    0.5 * (sum + sum.transpose())
}

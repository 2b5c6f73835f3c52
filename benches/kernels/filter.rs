//! One measurement, or one step, of a covariance of seven states: as this library does it, and as it is
//! done with a library for matrices. The covariance and Jacobians are those of a cell in operation, and
//! the same in every call.

#[path = "../../src/estimate/ekf/covariance.rs"]
mod covariance;

use nalgebra::{SMatrix, SVector};
use std::hint::black_box;

const N: usize = 7;
type Square = SMatrix<f64, N, N>;
type Column = SVector<f64, N>;
type Row = SMatrix<f64, 1, N>;

/// What a step leaves of alumina in shots, gain, drift and curve [1], and its length [s].
const MELT: f64 = 0.069 / 8_800.0;
const FED: f64 = 2.4 / 8_800.0;
const LEFT: [f64; 5] = [0.931, 1.15, 0.999_94, 0.9986, 0.999_91];
const LENGTH: f64 = 30.0;

/// States, their covariance and one measurement of them.
pub struct Filter {
    x: Column,
    p: Square,
    f: Square,
    noise: Column,
    row: Row,
    value: f64,
    variance: f64,
}

/// The Jacobian of a step times a vector.
fn tangent([c, u, q, r, d, shift, scale]: [f64; N]) -> [f64; N] {
    let [keep, slow, gain, drift, curve] = LEFT;
    [
        c + MELT * u + FED * q,
        keep * u + slow * q,
        gain * q,
        r + LENGTH * d,
        drift * d,
        curve * shift,
        curve * scale,
    ]
}

impl Filter {
    pub fn new() -> Self {
        let sigma = Column::from([0.001, 3.0, 0.05, 2e-8, 1e-12, 9e-4, 0.1]);
        let unit = |k| -> [f64; N] { std::array::from_fn(|i| if i == k { 1.0 } else { 0.0 }) };
        let mut filter = Self {
            x: Column::from([0.025, 13.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
            p: Square::from_diagonal(&sigma.component_mul(&sigma)),
            f: Square::from_columns(&std::array::from_fn::<_, N, _>(|k| Column::from(tangent(unit(k))))),
            noise: Column::from([1e-10, 0.01, 1e-8, 1e-19, 1e-27, 1e-11, 1e-7]),
            row: Row::from_row_slice(&[-2e-6, 0.0, 0.0, 1.0, 0.0, 1.5e-6, 1e-7]),
            value: 3e-9,
            variance: 1e-16,
        };
        // So that no entry is zero by chance.
        for _ in 0..200 {
            filter.p = filter.propagate();
            (filter.x, filter.p) = filter.fuse();
        }
        filter
    }

    /// F P Fᵀ + Q as the library has it.
    pub fn propagate(&self) -> Square {
        covariance::propagate(black_box(&self.p), tangent, self.noise.into())
    }

    /// The same by dense products.
    pub fn propagate_dense(&self) -> Square {
        let p = self.f * black_box(&self.p) * self.f.transpose() + Square::from_diagonal(&self.noise);
        0.5 * (p + p.transpose())
    }

    /// A measurement as the library has it: one triangle, mirrored.
    pub fn fuse(&self) -> (Column, Square) {
        let (p, row) = (black_box(&self.p), self.row);
        let seen = p * row.transpose();
        let total = (row * seen).x + self.variance;
        (self.x + seen * (self.value / total), covariance::fuse(p, &seen, total))
    }

    /// Joseph's form, which stays positive with any gain.
    pub fn fuse_joseph(&self) -> (Column, Square) {
        let (p, row) = (black_box(&self.p), self.row);
        let gain = p * row.transpose();
        let gain = gain / ((row * gain).x + self.variance);
        let left = Square::identity() - gain * row;
        let fused = left * p * left.transpose() + gain * gain.transpose() * self.variance;
        (self.x + gain * self.value, 0.5 * (fused + fused.transpose()))
    }

    /// As for many measurements at once: innovation covariance, its Cholesky factor, P - K (H P).
    pub fn fuse_cholesky(&self) -> (Column, Square) {
        let (p, row) = (black_box(&self.p), self.row);
        let seen = row * p;
        let total = seen * row.transpose() + SMatrix::<f64, 1, 1>::new(self.variance);
        let factor = total.cholesky().expect("a variance is positive");
        let gain = factor.solve(&seen).transpose();
        let fused = p - gain * seen;
        (self.x + gain * self.value, 0.5 * (fused + fused.transpose()))
    }
}

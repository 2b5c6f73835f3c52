//! Logistic regression by Newton's method, with a small ridge so that a sign that never showed keeps
//! weight nil.

use super::Minute;
use nalgebra::{SMatrix, SVector};
use potline::control::SIGNS;

/// Ridge, in minutes that a unit weight is worth.
const RIDGE: f64 = 3.0;
const ITERATIONS: usize = 30;

pub fn logistic(minutes: &[Minute]) -> Vec<f64> {
    let mut weights = SVector::<f64, SIGNS>::zeros();
    for _ in 0..ITERATIONS {
        let mut gradient = -RIDGE * weights;
        let mut curvature = RIDGE * SMatrix::<f64, SIGNS, SIGNS>::identity();
        for minute in minutes {
            let signs = SVector::from(minute.signs);
            let p = 1.0 / (1.0 + (-weights.dot(&signs)).exp());
            gradient += (f64::from(u8::from(minute.effect)) - p) * signs;
            curvature += p * (1.0 - p) * signs * signs.transpose();
        }
        let Some(step) = curvature.cholesky().map(|c| c.solve(&gradient)) else { break };
        weights += step;
    }
    weights.iter().copied().collect()
}

//! Naming the wrong meters, one after the other.

use super::chance;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use std::prelude::rust_2024::*;

/// Most faults that are named; more of them are no longer a few wrong meters among good ones.
const MOST_FAULTS: usize = 6;
/// Two faults whose signatures are closer than this cosine cannot be told apart.
const ALIKE: f64 = 0.98;

/// How a named fault was told.
pub(super) struct Sign {
    /// Standard deviation of its size.
    pub sigma: f64,
    pub chance: f64,
    /// Suspects with the same signature.
    pub alike: Vec<usize>,
}

/// The faults named.
#[derive(Default)]
pub(super) struct Named {
    /// Suspect and size, most telling first.
    pub sizes: Vec<(usize, f64)>,
    pub signs: Vec<Sign>,
}

/// Names faults one after the other. `solved` is V⁻¹ of each signature.
pub(super) fn name_faults(
    open: &DVector<f64>,
    signature: &[DVector<f64>],
    solved: &[DVector<f64>],
    alpha: f64,
) -> Named {
    let mut named = Named::default();
    let own: Vec<f64> = signature.iter().zip(solved).map(|(f, s)| f.dot(s)).collect();
    while named.sizes.len() < MOST_FAULTS {
        let taken: Vec<usize> = named.sizes.iter().map(|(index, _)| *index).collect();
        let Some(known) = Known::new(&taken, open, signature, solved) else { break };
        let judged = (0..signature.len()).filter(|k| !taken.contains(k)).filter_map(|k| {
            let (top, bottom) = known.leaves(&signature[k], &solved[k], open);
            // What the known faults explain already has no sign of its own.
            (bottom > own[k] * (1.0 - ALIKE)).then(|| (k, top * top / bottom, bottom))
        });
        let Some((best, strength, bottom)) = judged.max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        let suspects = signature.len() as i32;
        let chance = 1.0 - (1.0 - chance::chi_squared(strength, 1)).powi(suspects);
        if chance > alpha {
            break;
        }
        let cosine = |k: usize| signature[k].dot(&solved[best]) / (own[k] * own[best]).sqrt();
        let alike = (0..signature.len()).filter(|k| *k != best && cosine(*k).abs() > ALIKE).collect();
        named.signs.push(Sign { sigma: bottom.sqrt().recip(), chance, alike });
        named.sizes.push((best, 0.0));
        let taken: Vec<usize> = named.sizes.iter().map(|(index, _)| *index).collect();
        let Some(known) = Known::new(&taken, open, signature, solved) else { break };
        for ((_, size), estimate) in named.sizes.iter_mut().zip(known.sizes.iter()) {
            *size = *estimate;
        }
    }
    named
}

/// Faults that are known in kind: their sizes, and what they leave of the others.
struct Known {
    faults: Vec<usize>,
    sizes: DVector<f64>,
    factor: Option<Cholesky<f64, Dyn>>,
    solved: DMatrix<f64>,
}

impl Known {
    fn new(
        faults: &[usize],
        open: &DVector<f64>,
        signature: &[DVector<f64>],
        solved: &[DVector<f64>],
    ) -> Option<Self> {
        let count = faults.len();
        let columns: Vec<_> = faults.iter().map(|index| solved[*index].clone()).collect();
        if count == 0 {
            let empty = DMatrix::zeros(open.len(), 0);
            return Some(Self { faults: Vec::new(), sizes: DVector::zeros(0), factor: None, solved: empty });
        }
        let gram = DMatrix::from_fn(count, count, |i, j| signature[faults[i]].dot(&columns[j]));
        let factor = Cholesky::new(gram)?;
        let right = DVector::from_iterator(count, columns.iter().map(|column| column.dot(open)));
        let sizes = factor.solve(&right);
        let solved = DMatrix::from_columns(&columns);
        Some(Self { faults: faults.to_vec(), sizes, factor: Some(factor), solved })
    }

    /// fᵀ P r and fᵀ P f, where P is V⁻¹ without what the known faults explain.
    fn leaves(&self, f: &DVector<f64>, solved: &DVector<f64>, open: &DVector<f64>) -> (f64, f64) {
        let (top, bottom) = (solved.dot(open), solved.dot(f));
        let Some(factor) = self.factor.as_ref().filter(|_| !self.faults.is_empty()) else {
            return (top, bottom);
        };
        let shared = self.solved.transpose() * f;
        let taken = factor.solve(&shared);
        (top - shared.dot(&self.sizes), bottom - shared.dot(&taken))
    }
}

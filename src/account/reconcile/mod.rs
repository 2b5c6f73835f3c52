//! Whether the meters of a section agree, and which one is wrong when they do not.
//!
//! Metal, alumina, carbon, current, voltage and energy are measured apart and bound by balances. Weighted
//! least squares finds the values that keep every balance with the least change of the readings; what
//! remains open before that tells whether the readings can be the truth with nothing but the scatter of
//! their instruments (global test), and which instrument's error would explain it best (generalised
//! likelihood ratio).
//!
//! ```text
//! min (x - y)ᵀ S⁻¹ (x - y)   with  c(x) = 0            y readings, S their variances
//! r = c(y) + A (y - x)   V = A S Aᵀ                    A = ∂c/∂x where the adjustment ended
//! global    T = rᵀ V⁻¹ r           ~ χ² with as many degrees as balances
//! fault j   T_j = (f_jᵀ V⁻¹ r)² / f_jᵀ V⁻¹ f_j  ~ χ²₁,   f_j = A s_j,  size b_j = f_jᵀ V⁻¹ r / f_jᵀ V⁻¹ f_j
//! ```
//!
//! s_j says which readings fault j moves. Where it is one reading, T_j is the square of the measurement
//! test. Faults are named one after the other: the likeliest is taken as known in kind but not in size,
//! and the rest judged anew, until nothing stands out. Narasimhan and Jordache, Data Reconciliation and
//! Gross Error Detection (2000), chapters 3, 7 and 8; Mah and Tamhane 1982; Narasimhan and Mah 1987.
//!
//! Quantities are logarithms here, for scales and ammeters err by a factor: a size of 0.02 is 2 %.

mod chance;
mod faults;
mod file;
mod section;

pub use file::{CellEntry, Expected, Meters, SectionFile, Sigma};
pub use section::{Cell, Measured, Section, SectionReport};

use faults::{Named, name_faults};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use std::prelude::rust_2024::*;

/// Rounds of the linearisation before the balances are called unsolvable.
const MOST_ROUNDS: usize = 20;

/// A balance: what remains open, and how it changes with each quantity.
pub trait Balances {
    /// Number of balances.
    fn count(&self) -> usize;
    /// Fills what remains open at `x`, and its derivatives, one row per balance.
    fn at(&self, x: &DVector<f64>, open: &mut DVector<f64>, slopes: &mut DMatrix<f64>);
}

/// A way for readings to be wrong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// What is wrong.
    pub name: String,
    /// The readings it moves, each by the same factor.
    pub moves: Vec<usize>,
}

/// A fault found.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Fault {
    /// What is wrong.
    pub name: String,
    /// By how much, relative; positive reads high \[1\].
    pub size: f64,
    /// Standard deviation of that \[1\].
    pub sigma: f64,
    /// Probability of so strong a sign by chance, corrected for the number of suspects \[1\].
    pub chance: f64,
    /// Suspects whose sign is the same: any of them may be the one.
    pub alike: Vec<String>,
}

/// What the readings say together.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Quantities that keep every balance, faults taken off.
    pub adjusted: Vec<f64>,
    /// Standard deviation of each after the adjustment.
    pub sigma: Vec<f64>,
    /// The global test before any fault was named, and its degrees of freedom.
    pub global: f64,
    /// Balances.
    pub degrees: usize,
    /// Probability of so large a global test by chance \[1\].
    pub chance: f64,
    /// The same after the named faults are accounted for.
    pub chance_left: f64,
    /// Faults, most telling first.
    pub faults: Vec<Fault>,
}

/// Readings that cannot be reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsolvable {
    /// A reading or its deviation is no number, or not above zero.
    #[error("reading {0} or its deviation is not a positive number; leave the meter out or mend it")]
    Reading(usize),
    /// The balances do not determine an adjustment.
    #[error("the balances contradict or repeat each other; each must add something to the others")]
    Balances,
}

/// Reconciles `readings` with deviations `sigma`; a fault is named when its chance is below `alpha`.
///
/// # Errors
/// Readings that are no numbers, or balances that repeat each other.
pub fn reconcile(
    readings: &[f64],
    sigma: &[f64],
    balances: &impl Balances,
    suspects: &[Suspect],
    alpha: f64,
) -> Result<Verdict, Unsolvable> {
    let bad = readings.iter().zip(sigma).position(|(y, s)| !(y.is_finite() && *s > 0.0 && s.is_finite()));
    if let Some(index) = bad {
        return Err(Unsolvable::Reading(index));
    }
    let y = DVector::from_column_slice(readings);
    let variance = DVector::from_iterator(sigma.len(), sigma.iter().map(|s| s * s));
    let linear = linearise(&y, &variance, balances)?;
    let Linear { open, slopes, factor } = &linear;

    let signature: Vec<DVector<f64>> = suspects
        .iter()
        .map(|suspect| {
            let columns = suspect.moves.iter().filter(|index| **index < y.len());
            columns.fold(DVector::zeros(open.len()), |sum, &index| sum + slopes.column(index))
        })
        .collect();
    let solved: Vec<DVector<f64>> = signature.iter().map(|f| factor.solve(f)).collect();
    let global = open.dot(&factor.solve(open));
    let named = name_faults(open, &signature, &solved, alpha);

    // With the faults taken off, the balances are closed around where the quantities really are.
    let mut sound = y;
    for (index, size) in &named.sizes {
        for reading in &suspects[*index].moves {
            if let Some(value) = sound.get_mut(*reading) {
                *value -= size;
            }
        }
    }
    let closed = linearise(&sound, &variance, balances)?;
    let adjusted = closed.adjust(&sound, &variance, &closed.open);
    let left = closed.open.dot(&closed.factor.solve(&closed.open));
    let degrees = open.len();
    let remaining = degrees.saturating_sub(named.sizes.len());
    Ok(Verdict {
        adjusted: adjusted.iter().copied().collect(),
        sigma: deviations(&linear, &variance, suspects, &named, &signature, &solved),
        global,
        degrees,
        chance: chance::chi_squared(global, degrees),
        chance_left: chance::chi_squared(left, remaining),
        faults: named
            .sizes
            .iter()
            .zip(named.signs)
            .map(|((index, size), sign)| Fault {
                name: suspects[*index].name.clone(),
                size: *size,
                sigma: sign.sigma,
                chance: sign.chance,
                alike: sign.alike.into_iter().map(|k| suspects[k].name.clone()).collect(),
            })
            .collect(),
    })
}

/// Standard deviations of the adjusted quantities. S - S Aᵀ V⁻¹ A S where nothing is wrong; a fault of
/// unknown size adds (s - S Aᵀ V⁻¹ f) C (s - S Aᵀ V⁻¹ f)ᵀ, with C the covariance of the sizes.
fn deviations(
    linear: &Linear,
    variance: &DVector<f64>,
    suspects: &[Suspect],
    named: &Named,
    signature: &[DVector<f64>],
    solved: &[DVector<f64>],
) -> Vec<f64> {
    let faults: Vec<usize> = named.sizes.iter().map(|(index, _)| *index).collect();
    let gram =
        DMatrix::from_fn(faults.len(), faults.len(), |i, j| signature[faults[i]].dot(&solved[faults[j]]));
    let sizes = Cholesky::new(gram).map(|factor| factor.inverse());
    let gain = linear.factor.solve(&linear.slopes);
    let deviation = |k: usize| {
        let slope = linear.slopes.column(k);
        let known = variance[k] * (1.0 - variance[k] * slope.dot(&gain.column(k))).max(0.0);
        let carried = faults.iter().map(|fault| {
            let own = if suspects[*fault].moves.contains(&k) { 1.0 } else { 0.0 };
            own - variance[k] * slope.dot(&solved[*fault])
        });
        let carried = DVector::from_iterator(faults.len(), carried);
        let of_sizes = sizes.as_ref().map_or(0.0, |sizes| carried.dot(&(sizes * &carried)));
        (known + of_sizes).sqrt()
    };
    (0..variance.len()).map(deviation).collect()
}

/// The balances around the adjusted quantities, as seen from the readings.
struct Linear {
    open: DVector<f64>,
    slopes: DMatrix<f64>,
    factor: Cholesky<f64, Dyn>,
}

impl Linear {
    fn at(
        x: &DVector<f64>,
        y: &DVector<f64>,
        variance: &DVector<f64>,
        balances: &impl Balances,
    ) -> Result<Self, Unsolvable> {
        let mut open = DVector::zeros(balances.count());
        let mut slopes = DMatrix::zeros(balances.count(), y.len());
        balances.at(x, &mut open, &mut slopes);
        open += &slopes * (y - x);
        let mut spread = slopes.clone();
        for (mut column, variance) in spread.column_iter_mut().zip(variance.iter()) {
            column *= *variance;
        }
        let factor = Cholesky::new(spread * slopes.transpose()).ok_or(Unsolvable::Balances)?;
        Ok(Self { open, slopes, factor })
    }

    /// The readings adjusted for what `open` leaves.
    fn adjust(&self, y: &DVector<f64>, variance: &DVector<f64>, open: &DVector<f64>) -> DVector<f64> {
        y - variance.component_mul(&(self.slopes.transpose() * self.factor.solve(open)))
    }
}

/// Adjusts and linearises anew until nothing moves. The balances of a section are so mild that three
/// rounds do.
fn linearise(
    y: &DVector<f64>,
    variance: &DVector<f64>,
    balances: &impl Balances,
) -> Result<Linear, Unsolvable> {
    let mut linear = Linear::at(y, y, variance, balances)?;
    let mut x = y.clone();
    for _ in 0..MOST_ROUNDS {
        let next = linear.adjust(y, variance, &linear.open);
        let moved = (&next - &x).amax();
        if moved < 1e-10 {
            return Ok(linear);
        }
        x = next;
        linear = Linear::at(&x, y, variance, balances)?;
    }
    Err(Unsolvable::Balances)
}

#[cfg(test)]
mod tests;

//! Percentiles of a stream in fixed memory.

use std::boxed::Box;
use std::vec;

/// A histogram of equal bins over `low..high`. Percentiles are interpolated inside a bin, so they
/// differ from those of the sorted samples by at most one bin width; samples outside the range fall
/// into the end bins and are bounded by the extremes seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    low: f64,
    width: f64,
    weights: Box<[f64]>,
    total: f64,
    min: f64,
    max: f64,
}

impl Histogram {
    /// `bins` (at least one) equal bins over `low..high`. The only allocation.
    #[must_use]
    pub fn new(low: f64, high: f64, bins: usize) -> Self {
        let bins = bins.max(1);
        Self {
            low,
            width: (high - low) / bins as f64,
            weights: vec![0.0; bins].into_boxed_slice(),
            total: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Bin width, and so the largest error of a percentile inside the range.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Where the bins begin and end.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        (self.low, self.low + self.width * self.weights.len() as f64)
    }

    /// Smallest and largest value seen; `None` while empty.
    #[must_use]
    pub fn extremes(&self) -> Option<(f64, f64)> {
        (self.total > 0.0).then_some((self.min, self.max))
    }

    /// Adds `value` with `weight` (its duration). NaN is left out.
    pub fn add(&mut self, value: f64, weight: f64) {
        if !value.is_finite() || weight <= 0.0 || weight.is_nan() {
            return;
        }
        // A cast saturates: below the range lands in bin 0.
        let bin = (((value - self.low) / self.width) as usize).min(self.weights.len() - 1);
        self.weights[bin] += weight;
        self.total += weight;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds all of `other`, which must have the same bins; with other bins nothing happens.
    pub fn merge(&mut self, other: &Self) {
        if self.low != other.low || self.width != other.width || self.weights.len() != other.weights.len() {
            return;
        }
        for (mine, theirs) in self.weights.iter_mut().zip(&other.weights) {
            *mine += theirs;
        }
        self.total += other.total;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The value below which a share `q` of the weight lies; `None` while empty.
    #[must_use]
    pub fn percentile(&self, q: f64) -> Option<f64> {
        if self.total <= 0.0 {
            return None;
        }
        let wanted = q.clamp(0.0, 1.0) * self.total;
        let mut below = 0.0;
        for (bin, &weight) in self.weights.iter().enumerate() {
            if weight > 0.0 && below + weight >= wanted {
                let inside = ((wanted - below) / weight).clamp(0.0, 1.0);
                let value = self.low + (bin as f64 + inside) * self.width;
                return Some(value.clamp(self.min, self.max));
            }
            below += weight;
        }
        Some(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::prelude::rust_2024::*;

    /// Skewed, reproducible samples without a random number crate.
    fn samples() -> Vec<f64> {
        (0..20_000_u32)
            .map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24))
            .map(|u| 6.0 * u * u)
            .collect()
    }

    #[test]
    fn percentiles_agree_with_the_sorted_samples_to_a_bin() {
        let mut exact = samples();
        let mut histogram = Histogram::new(0.0, 10.0, 1000);
        exact.iter().for_each(|&x| histogram.add(x, 1.0));
        exact.sort_by(f64::total_cmp);
        for q in [0.0, 0.01, 0.05, 0.5, 0.95, 0.99, 1.0] {
            let want = exact[((q * exact.len() as f64) as usize).min(exact.len() - 1)];
            let got = histogram.percentile(q).unwrap();
            assert!((got - want).abs() <= histogram.width(), "{q}: {got} against {want}");
        }
    }

    #[test]
    fn a_spike_outside_the_range_is_bounded_by_itself() {
        let mut histogram = Histogram::new(0.0, 1.0, 10);
        histogram.add(50.0, 1.0);
        histogram.add(-50.0, 1.0);
        histogram.add(f64::NAN, 1.0);
        assert!(histogram.percentile(1.0).unwrap() <= 50.0);
        assert!(histogram.percentile(0.0).unwrap() >= -50.0);
    }

    #[test]
    fn merging_is_adding() {
        let all = samples();
        let (left, right) = all.split_at(7_000);
        let fill = |part: &[f64]| {
            let mut histogram = Histogram::new(0.0, 10.0, 500);
            part.iter().for_each(|&x| histogram.add(x, 0.5));
            histogram
        };
        let mut merged = fill(left);
        merged.merge(&fill(right));
        assert_eq!(merged, fill(&all));
    }

    #[test]
    fn an_empty_histogram_has_no_percentile() {
        assert_eq!(Histogram::new(0.0, 1.0, 10).percentile(0.5), None);
    }
}

//! A mean over seeds and how far it can be trusted.

use crate::math::sqrt;

/// Two-sided 95 % quantiles of Student's t distribution for 1 to 30 degrees of freedom (Abramowitz and
/// Stegun 1964, table 26.10); beyond, that of the normal distribution.
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const NORMAL: f64 = 1.960;

/// A mean with the half width of its 95 % interval; `None` from a single value, which has none.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Mean.
    pub mean: f64,
    /// Half width of its 95 % interval.
    pub ci95: Option<f64>,
}

impl Interval {
    /// Of independent values, one per seed; `None` of none.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let count = values.clone().count();
        let n = count as f64;
        if count == 0 {
            return None;
        }
        let mean = values.clone().sum::<f64>() / n;
        let ci95 = (count > 1).then(|| {
            let variance = values.map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
            STUDENT.get(count - 2).unwrap_or(&NORMAL) * sqrt(variance / n)
        });
        Some(Self { mean, ci95 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_values_by_hand() {
        let interval = Interval::of([1.0, 2.0, 3.0, 4.0, 5.0].into_iter()).unwrap();
        assert_eq!(interval.mean, 3.0);
        // sqrt(2.5 / 5) · 2.776
        assert!((interval.ci95.unwrap() - 1.963).abs() < 1e-3);
    }

    #[test]
    fn one_value_has_no_interval_and_none_no_mean() {
        assert_eq!(Interval::of([4.0].into_iter()), Some(Interval { mean: 4.0, ci95: None }));
        assert_eq!(Interval::of(core::iter::empty()), None);
    }
}

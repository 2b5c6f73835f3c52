//! The held set-point of AlF3: never unknown, never out of range, never in a leap.

use crate::consts::DAY;
use crate::math::clamp;

/// What may be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct DoseLimits {
    /// Largest dose \[kg/s\].
    pub most: f64,
    /// Largest change \[kg/s²\].
    pub change: f64,
}

/// The set-point that may leave instead of `wanted`, after `step` \[s\]; `held` is what left before. What
/// is no number or no lawful dose leaves the old one standing.
pub(super) fn held(limits: &DoseLimits, held: Option<f64>, wanted: Option<f64>, step: f64) -> Option<f64> {
    let lawful = wanted.filter(|dose| *dose >= 0.0 && *dose <= limits.most);
    match (held, lawful) {
        (None, wanted) => wanted,
        (held, None) => held,
        (Some(held), Some(wanted)) => {
            let most = limits.change * step.max(0.0);
            Some(held + clamp(wanted - held, -most, most))
        }
    }
}

impl DoseLimits {
    pub fn new(most_kg_per_day: f64, change_kg_per_day: f64) -> Self {
        Self { most: most_kg_per_day / DAY, change: change_kg_per_day / (DAY * DAY) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lawful_dose_leaves_and_it_creeps() {
        let limits = DoseLimits::new(200.0, 60.0);
        let day = |kg: f64| Some(kg / DAY);
        for nonsense in [None, Some(f64::NAN), Some(f64::INFINITY), day(-1.0), day(201.0)] {
            assert_eq!(held(&limits, None, nonsense, 1.0), None);
            assert_eq!(held(&limits, day(70.0), nonsense, 3_600.0), day(70.0));
        }
        assert_eq!(held(&limits, None, day(70.0), 1.0), day(70.0));
        let mut dose = day(70.0);
        for _ in 0..24 {
            dose = held(&limits, dose, day(200.0), 3_600.0);
        }
        assert!((dose.unwrap() * DAY - 130.0).abs() < 1e-9);
        assert_eq!(held(&limits, dose, day(0.0), -5.0), dose);
    }
}

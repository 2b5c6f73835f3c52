//! Mean and spread of a stream, weighted by duration.

/// Running mean and sum of squared deviations (West 1979; merged after Chan et al. 1979), which keep
/// their digits where a sum of squares would lose them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Moments {
    weight: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds `value` that held for `weight`. NaN is left out.
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        if value.is_finite() && weight > 0.0 {
            self.merge(&Self { weight, mean: value, squares: 0.0 });
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.weight <= 0.0 {
            return;
        }
        let weight = self.weight + other.weight;
        let gap = other.mean - self.mean;
        let share = other.weight / weight;
        self.mean += gap * share;
        self.squares += other.squares + gap * gap * self.weight * share;
        self.weight = weight;
    }

    pub(super) fn weight(&self) -> f64 {
        self.weight
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then_some(self.mean)
    }

    /// Standard deviation of the population.
    pub(super) fn sigma(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| (self.squares / self.weight).max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_count_as_repetitions() {
        let mut once = Moments::default();
        once.add(1.0, 3.0);
        once.add(5.0, 1.0);
        let mut repeated = Moments::default();
        [1.0, 1.0, 1.0, 5.0].iter().for_each(|&x| repeated.add(x, 1.0));
        assert!((once.mean().unwrap() - 2.0).abs() < 1e-12);
        assert!((once.sigma().unwrap() - 3.0_f64.sqrt()).abs() < 1e-12);
        assert!((repeated.sigma().unwrap() - once.sigma().unwrap()).abs() < 1e-12);
    }

    #[test]
    fn a_large_offset_does_not_eat_the_spread() {
        let mut moments = Moments::default();
        (0..1000).for_each(|i| moments.add(1e9 + f64::from(i % 2), 1.0));
        assert!((moments.sigma().unwrap() - 0.5).abs() < 1e-6);
    }
}

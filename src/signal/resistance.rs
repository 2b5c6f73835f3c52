//! Means over a fixed time at any scan period.

use crate::math::clamp;

/// Running mean that closes when it has lasted long enough.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Mean {
    sum: f64,
    count: u32,
    length: f64,
    /// What the means before this one lasted beyond their period \[s\].
    ahead: f64,
}

impl Mean {
    /// Adds a value that stands for `step` \[s\]. Gives (mean, length \[s\]) and starts anew once
    /// `period` \[s\] is full; where scans do not divide the period, lengths alternate around it.
    pub fn add(&mut self, value: f64, step: f64, period: f64) -> Option<(f64, f64)> {
        self.sum += value;
        self.count += 1;
        self.length += step;
        let half = 0.5 * step.min(period);
        let over = self.ahead + self.length - period;
        if over + half < 0.0 {
            return None;
        }
        let closed = (self.sum / f64::from(self.count), self.length);
        *self = Self { ahead: clamp(over, -half, half), ..Self::default() };
        Some(closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_tenths_make_five_seconds() {
        let mut mean = Mean::default();
        let closed = (1..=50).filter_map(|n| mean.add(f64::from(n), 0.1, 5.0)).collect::<std::vec::Vec<_>>();
        assert_eq!(closed.len(), 1);
        assert!((closed[0].0 - 25.5).abs() < 0.6);
    }

    #[test]
    fn a_slow_scan_closes_every_time() {
        let mut mean = Mean::default();
        assert_eq!(mean.add(3.0, 2.0, 1.0), Some((3.0, 2.0)));
    }
}

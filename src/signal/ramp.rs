//! Rate of change of the line current.

use super::Mean;

/// Length of one mean \[s\]: long enough to average current ripple of 0.2 % down to 0.05 %.
const BIN: f64 = 15.0;
/// Means per minute.
const BINS: usize = 4;
/// The slope stays frozen this long after the current has calmed down \[s\].
const HOLD: f64 = 60.0;

/// Tells a swinging line current from a noisy one, by comparing quarter-minute means one minute
/// apart.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Ramp {
    mean: Mean,
    past: [f64; BINS],
    hold: f64,
}

impl Default for Ramp {
    fn default() -> Self {
        Self { mean: Mean::default(), past: [f64::NAN; BINS], hold: 0.0 }
    }
}

impl Ramp {
    /// Takes the current as a share of nominal. True while it changes by more than `limit` per
    /// minute, or did so within the last minute.
    pub fn update(&mut self, share: f64, step: f64, limit: f64) -> bool {
        self.hold = (self.hold - step).max(0.0);
        if !share.is_finite() {
            return self.hold > 0.0;
        }
        // A step is seen at once, a ramp within a minute.
        let latest = self.past.last().copied().unwrap_or(f64::NAN);
        let stepped = (share - latest).abs() > 4.0 * limit;
        let mut ramped = false;
        if let Some((mean, _)) = self.mean.add(share, step, BIN) {
            let minute_ago = self.past.first().copied().unwrap_or(f64::NAN);
            ramped = (mean - minute_ago).abs() > limit;
            self.past.rotate_left(1);
            if let Some(last) = self.past.last_mut() {
                *last = mean;
            }
        }
        if stepped || ramped {
            self.hold = HOLD;
        }
        self.hold > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_of_one_percent_per_minute_is_seen_and_forgotten() {
        let mut ramp = Ramp::default();
        for _ in 0..120 {
            assert!(!ramp.update(1.0, 1.0, 0.005));
        }
        let seen = (0..120).filter(|&n| ramp.update(1.0 - f64::from(n) / 6000.0, 1.0, 0.005)).count();
        assert!(seen > 30);
        let after = (0..300).filter(|_| ramp.update(0.98, 1.0, 0.005)).count();
        assert!((60..200).contains(&after), "{after}");
    }

    #[test]
    fn a_step_is_seen_at_once() {
        let mut ramp = Ramp::default();
        for _ in 0..120 {
            ramp.update(1.0, 1.0, 0.005);
        }
        assert!(ramp.update(0.97, 1.0, 0.005));
    }
}

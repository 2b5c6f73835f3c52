//! Time that never runs backwards.

use crate::consts::HOUR;
use crate::math::clamp;

/// Longest step taken at once \[s\]; anything longer is an outage, and its length does not matter.
const LONGEST_STEP: f64 = HOUR;
/// Longest scan period that is believed \[s\].
const LONGEST_SCAN: f64 = 5.0;

/// Turns the stamps of an outside clock into a time that only grows.
///
/// A clock that jumps back, stands still or is not a number advances it by the scan period, so that
/// no timer inside the controller can expire early, or never.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Clock {
    last: Option<f64>,
    time: f64,
}

impl Clock {
    /// Advances to the outside time `now` \[s\] after a scan of `dt` \[s\]; the step taken \[s\].
    pub fn advance(&mut self, now: f64, dt: f64) -> f64 {
        let step = match self.last {
            Some(last) if now > last => clamp(now - last, 0.0, LONGEST_STEP),
            _ => clamp(dt, 0.0, LONGEST_SCAN),
        };
        if now.is_finite() {
            self.last = Some(now);
        }
        self.time += step;
        step
    }

    /// Time since the first scan \[s\].
    #[must_use]
    pub fn time(&self) -> f64 {
        self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_a_good_clock_and_survives_a_bad_one() {
        let mut clock = Clock::default();
        assert_eq!(clock.advance(100.0, 1.0), 1.0);
        assert_eq!(clock.advance(103.0, 1.0), 3.0);
        assert_eq!(clock.advance(50.0, 1.0), 1.0);
        assert_eq!(clock.advance(51.0, 1.0), 1.0);
        assert_eq!(clock.advance(f64::NAN, 1.0), 1.0);
        assert_eq!(clock.advance(52.0, f64::NAN), 1.0);
        assert_eq!(clock.advance(52.0, f64::NAN), 0.0);
        assert_eq!(clock.advance(1e300, 1.0), HOUR);
        assert!(clock.time().is_finite());
    }
}

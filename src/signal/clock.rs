//! Time that never runs backwards.

use crate::consts::HOUR;
use crate::math::clamp;

/// Longest step taken at once \[s\]; anything longer is an outage, and its length does not matter.
const LONGEST_STEP: f64 = HOUR;
/// Longest scan period that is believed \[s\].
const LONGEST_SCAN: f64 = 5.0;

/// Turns the stamps of an outside clock into a time that only grows.
///
/// A clock that jumps back, stands still or is not a number advances it by the scan period, so that no
/// timer inside the controller waits for ever. Its return from there was no time that passed: what was
/// counted meanwhile is taken off the way forward, so that no timer expires early. A clock that stays
/// set back is taken for right after an hour; an outage before that may count for too little.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Clock {
    last: Option<f64>,
    /// The furthest that the outside clock has shown, and the time of ours at that moment \[s\].
    furthest: (f64, f64),
    time: f64,
}

impl Clock {
    /// Advances to the outside time `now` \[s\] after a scan of `dt` \[s\]; the step taken \[s\].
    pub fn advance(&mut self, now: f64, dt: f64) -> f64 {
        let scan = clamp(dt, 0.0, LONGEST_SCAN);
        let (furthest, then) = self.furthest;
        let step = match self.last {
            Some(last) if now > last => {
                // How far the outside clock is ahead of ours since it was furthest.
                let ahead = (now - furthest) - (self.time - then);
                let least = if scan > 0.0 { scan } else { LONGEST_SCAN };
                clamp((now - last).min(ahead.max(least)), 0.0, LONGEST_STEP)
            }
            _ => scan,
        };
        self.time += step;
        if now.is_finite() {
            let set_back = self.time - then > LONGEST_STEP;
            if self.last.is_none() || now > furthest || set_back {
                self.furthest = (now, self.time);
            }
            self.last = Some(now);
        }
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

    #[test]
    fn a_jump_back_for_one_scan_is_no_time_that_passed() {
        for glitch in [0.0, 50.0, 102.0, -1e6, f64::NAN, f64::NEG_INFINITY] {
            let mut clock = Clock::default();
            clock.advance(100.0, 1.0);
            clock.advance(103.0, 1.0);
            let before = clock.time();
            clock.advance(glitch, 1.0);
            clock.advance(105.0, 1.0);
            assert_eq!(clock.time() - before, 2.0, "{glitch}");
            assert_eq!(clock.advance(106.0, 1.0), 1.0);
        }
    }

    #[test]
    fn a_clock_that_trembles_gains_nothing() {
        let mut clock = Clock::default();
        for n in 0..1_000 {
            let off = if n % 3 == 2 { 40.0 } else { 0.0 };
            clock.advance(f64::from(n) - off, 1.0);
        }
        assert!(clock.time() <= 1_000.0, "{}", clock.time());
    }

    #[test]
    fn an_outage_after_a_clock_was_set_back_counts_in_full_once_it_is_trusted_again() {
        let mut clock = Clock::default();
        clock.advance(1e6, 1.0);
        for n in 0..3_700 {
            assert_eq!(clock.advance(f64::from(n), 1.0), 1.0);
        }
        assert_eq!(clock.advance(3_699.0 + 600.0, 1.0), 600.0);
    }
}

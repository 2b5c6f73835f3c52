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
/// timer inside the controller waits for ever. Until that clock is past where it had been, a step counts
/// for no more than a scan either, as the way back from an error is no time that passed: no timer
/// expires early. A clock that stays set back is taken for right after an hour. So an outage that falls
/// together with an error counts for too little; a jump ahead looks like an outage and counts as one.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Clock {
    last: Option<f64>,
    /// The furthest that the outside clock has shown, and the time of ours since then \[s\].
    furthest: f64,
    astray: f64,
    /// The last scan brought the outside clock further than ever.
    steady: bool,
    time: f64,
}

impl Clock {
    /// Advances to the outside time `now` \[s\] after a scan of `dt` \[s\]; the step taken \[s\].
    pub fn advance(&mut self, now: f64, dt: f64) -> f64 {
        let scan = clamp(dt, 0.0, LONGEST_SCAN);
        let forward = self.last.is_none_or(|last| now > last);
        let step = match self.last {
            Some(last) if forward => {
                let usual = if scan > 0.0 { scan } else { LONGEST_SCAN };
                clamp(now - last, 0.0, if self.steady { LONGEST_STEP } else { usual })
            }
            _ => scan,
        };
        self.time += step;
        self.astray += step;
        let further = now > self.furthest || self.astray > LONGEST_STEP;
        self.steady = now.is_finite() && (self.last.is_none() || (forward && further));
        if self.steady {
            (self.furthest, self.astray) = (now, 0.0);
        }
        if now.is_finite() {
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
        assert_eq!(clock.advance(1e300, 1.0), 1.0);
        assert_eq!(clock.advance(2e300, 1.0), HOUR);
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

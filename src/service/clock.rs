//! Line time from the PLCs' sample stamps.

use crate::image::Reading;
use std::prelude::rust_2024::*;

/// Longest step a scan may take in line time \[s\]; anything longer is a gap, not a step.
const STEP_MAX: f64 = 10.0;

/// Advances by what the PLCs' stamps advanced: the median over those that moved. When none moved, by
/// the nominal period, so that frozen PLCs still grow old.
#[derive(Debug, Clone)]
pub struct StampClock {
    period: f64,
    now: f64,
    last: Vec<f64>,
    steps: Vec<f64>,
}

impl StampClock {
    /// A clock for `cells` PLCs sampled every `period` \[s\].
    #[must_use]
    pub fn new(cells: usize, period: f64) -> Self {
        Self { period, now: 0.0, last: vec![f64::NAN; cells], steps: Vec::with_capacity(cells) }
    }

    /// Line time \[s\].
    #[must_use]
    pub fn now(&self) -> f64 {
        self.now
    }

    /// Goes forward to `now` \[s\], never back.
    pub fn skip_to(&mut self, now: f64) {
        self.now = self.now.max(now);
    }

    /// Takes the readings of one scan; returns the step \[s\]. Allocates nothing.
    pub fn advance(&mut self, readings: &[Reading]) -> f64 {
        self.steps.clear();
        for (last, reading) in self.last.iter_mut().zip(readings) {
            if !reading.usable() {
                // Its stamps may start anywhere when it comes back.
                *last = f64::NAN;
                continue;
            }
            let step = reading.time - *last;
            if step > 0.0 && step <= STEP_MAX {
                self.steps.push(step);
            }
            *last = reading.time;
        }
        self.steps.sort_unstable_by(f64::total_cmp);
        let step = self.steps.get(self.steps.len() / 2).copied().unwrap_or(self.period);
        self.now += step;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Quality;

    fn at(time: f64) -> Reading {
        Reading { time, quality: Quality::Good, ..Default::default() }
    }

    #[test]
    fn follows_the_stamps_of_those_that_move() {
        let mut clock = StampClock::new(3, 1.0);
        clock.advance(&[at(5.0), at(100.0), at(7.0)]);
        let step = clock.advance(&[at(7.0), at(100.0), at(9.0)]);
        assert_eq!(step, 2.0);
    }

    #[test]
    fn goes_on_when_everything_is_frozen() {
        let mut clock = StampClock::new(2, 0.5);
        clock.advance(&[at(5.0), at(5.0)]);
        assert_eq!(clock.advance(&[at(5.0), at(5.0)]), 0.5);
    }

    #[test]
    fn a_plc_that_restarts_its_stamps_does_not_turn_time_back() {
        let mut clock = StampClock::new(1, 1.0);
        clock.advance(&[at(1_000.0)]);
        assert_eq!(clock.advance(&[at(0.0)]), 1.0);
        assert_eq!(clock.advance(&[at(1.0)]), 1.0);
    }
}

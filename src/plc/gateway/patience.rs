//! How long to wait for an answer: learnt from the answers, within bounds.
//!
//! The estimator of TCP's retransmission timer (Jacobson and Karels 1988, RFC 6298): a smoothed time
//! `S` and its mean deviation `D`, with `S ← S + (t − S)/8` and `D ← D + (|t − S| − D)/4`; the wait is
//! `S + 4 D`. TCP doubles the wait when no answer comes, because it cannot know which segment a late
//! one belongs to; here its number tells, it teaches like any other, and nothing is doubled.

use crate::plc::settings::LinkSettings;
use std::prelude::rust_2024::*;
use std::time::Duration;

/// Patience with one PLC. Times in \[s\] inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plc) struct Patience {
    floor: f64,
    nominal: f64,
    ceiling: f64,
    /// Smoothed time and mean deviation.
    learnt: Option<(f64, f64)>,
    slow: bool,
}

impl Patience {
    /// `wire`: time the longest exchange spends on a serial line, added to every bound.
    pub(in crate::plc) fn new(settings: &LinkSettings, wire: Duration) -> Self {
        let wire = wire.as_secs_f64();
        let seconds = |ms: u64| ms as f64 / 1e3 + wire;
        let nominal = seconds(settings.timeout_ms);
        Self {
            floor: seconds(settings.timeout_floor_ms).min(nominal),
            nominal,
            ceiling: seconds(settings.timeout_ceiling_ms).max(nominal),
            learnt: None,
            slow: false,
        }
    }

    /// How long to wait for the next answer.
    pub(in crate::plc) fn limit(&self) -> Duration {
        let wait = self.learnt.map_or(self.nominal, |(smooth, deviation)| smooth + 4.0 * deviation);
        Duration::from_secs_f64(wait.max(self.floor).min(self.ceiling))
    }

    /// No answer is expected any more after this time.
    pub(in crate::plc) fn ceiling(&self) -> Duration {
        Duration::from_secs_f64(self.ceiling)
    }

    /// An answer came after `time`, in time or late.
    pub(in crate::plc) fn learn(&mut self, time: Duration) {
        let time = time.as_secs_f64();
        let (smooth, deviation) = match self.learnt {
            None => (time, time / 2.0),
            Some((smooth, deviation)) => {
                let error = time - smooth;
                (smooth + error / 8.0, deviation + (error.abs() - deviation) / 4.0)
            }
        };
        self.learnt = Some((smooth, deviation));
        // Two thresholds, so that a peer on the edge is not named anew with every answer.
        self.slow = smooth > if self.slow { 0.8 * self.nominal } else { self.nominal };
    }

    /// Answers come, but later than they should.
    pub(in crate::plc) fn slow(&self) -> bool {
        self.slow
    }

    /// Smoothed time to an answer.
    pub(in crate::plc) fn answer(&self) -> Duration {
        Duration::from_secs_f64(self.learnt.map_or(0.0, |(smooth, _)| smooth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(wire_ms: u64) -> Patience {
        let settings = LinkSettings {
            timeout_ms: 100,
            timeout_floor_ms: 50,
            timeout_ceiling_ms: 1_000,
            ..LinkSettings::default()
        };
        Patience::new(&settings, Duration::from_millis(wire_ms))
    }

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn a_prompt_peer_brings_the_wait_down_to_the_floor() {
        let mut patience = patience(0);
        assert_eq!(patience.limit(), ms(100));
        for _ in 0..50 {
            patience.learn(ms(1));
        }
        assert!(!patience.slow() && patience.limit() == ms(50), "{:?}", patience.limit());
    }

    #[test]
    fn a_late_answer_is_learnt_from_and_named() {
        let mut patience = patience(0);
        for _ in 0..50 {
            patience.learn(ms(1));
        }
        for _ in 0..30 {
            patience.learn(ms(150));
        }
        assert!(patience.slow() && patience.limit() > ms(150), "{:?}", patience.limit());
        for _ in 0..30 {
            patience.learn(ms(2));
        }
        assert!(!patience.slow());
    }

    #[test]
    fn the_first_late_answer_is_enough_for_the_next_to_come_in_time() {
        let mut patience = patience(0);
        patience.learn(ms(150));
        assert!(patience.slow() && patience.limit() == ms(450), "{:?}", patience.limit());
    }

    #[test]
    fn no_wait_is_longer_than_the_ceiling_and_the_wire_is_paid_for() {
        let mut patience = patience(0);
        patience.learn(ms(3_000));
        assert_eq!(patience.limit(), ms(1_000));
        let serial = self::patience(222);
        assert_eq!((serial.limit(), serial.ceiling()), (ms(322), ms(1_222)));
    }
}

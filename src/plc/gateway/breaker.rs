//! The circuit of one PLC behind a connection: after failures it is left alone for a while, so that it
//! does not cost the others their turns.

use crate::plc::health::Circuit;
use crate::plc::settings::{Backoff, LinkSettings};
use std::prelude::rust_2024::*;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Breaker {
    failures: u32,
    /// Failures in a row that open the circuit.
    most: u32,
    until: Option<Instant>,
    backoff: Backoff,
}

impl Breaker {
    pub(super) fn new(settings: &LinkSettings, seed: u64) -> Self {
        Self { failures: 0, most: settings.open_after, until: None, backoff: Backoff::new(settings, seed) }
    }

    pub(super) fn state(&self, now: Instant) -> Circuit {
        match self.until {
            None => Circuit::Closed,
            Some(until) if now < until => Circuit::Open,
            Some(_) => Circuit::HalfOpen,
        }
    }

    pub(super) fn succeeded(&mut self) {
        (self.failures, self.until) = (0, None);
        self.backoff.reset();
    }

    pub(super) fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.most {
            self.until = Some(now + self.backoff.pause());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_circuit_opens_after_failures_in_a_row_and_one_trial_decides() {
        let settings = LinkSettings {
            open_after: 3,
            backoff_min_ms: 100,
            backoff_max_ms: 400,
            ..LinkSettings::default()
        };
        let mut breaker = Breaker::new(&settings, 1);
        let mut now = Instant::now();
        breaker.failed(now);
        breaker.failed(now);
        breaker.succeeded();
        breaker.failed(now);
        breaker.failed(now);
        assert_eq!(breaker.state(now), Circuit::Closed);
        breaker.failed(now);
        assert_eq!(breaker.state(now), Circuit::Open);
        now += Duration::from_millis(100);
        assert_eq!(breaker.state(now), Circuit::HalfOpen);
        breaker.failed(now);
        // The second pause is between 100 and 200 ms.
        assert_eq!(breaker.state(now + Duration::from_millis(99)), Circuit::Open);
        assert_eq!(breaker.state(now + Duration::from_millis(200)), Circuit::HalfOpen);
        breaker.succeeded();
        assert_eq!(breaker.state(now), Circuit::Closed);
    }
}

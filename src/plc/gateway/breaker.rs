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

    pub(super) fn state(&self) -> Circuit {
        // A closed circuit, the usual one, asks no clock.
        self.until.map_or(Circuit::Closed, |until| Self::at(until, Instant::now()))
    }

    fn at(until: Instant, now: Instant) -> Circuit {
        if now < until { Circuit::Open } else { Circuit::HalfOpen }
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
        let now = Instant::now();
        let at = |breaker: &Breaker, ms| {
            breaker.until.map_or(Circuit::Closed, |until| Breaker::at(until, now + Duration::from_millis(ms)))
        };
        breaker.failed(now);
        breaker.failed(now);
        breaker.succeeded();
        breaker.failed(now);
        breaker.failed(now);
        assert_eq!((at(&breaker, 0), breaker.state()), (Circuit::Closed, Circuit::Closed));
        breaker.failed(now);
        assert_eq!((at(&breaker, 0), at(&breaker, 100)), (Circuit::Open, Circuit::HalfOpen));
        breaker.failed(now);
        // The second pause is between 100 and 200 ms.
        assert_eq!((at(&breaker, 99), at(&breaker, 200)), (Circuit::Open, Circuit::HalfOpen));
        breaker.succeeded();
        assert_eq!(breaker.state(), Circuit::Closed);
    }
}

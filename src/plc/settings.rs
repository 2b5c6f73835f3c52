//! Which PLC, and how patiently to talk to it.

use super::lint::Problem;
use crate::image::CellId;
use serde::{Deserialize, Serialize};
use std::format;
use std::prelude::rust_2024::*;
use std::time::Duration;

fn unit_one() -> u8 {
    1
}

/// One PLC of the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Cell it looks after, from 1.
    pub cell: CellId,
    /// `tcp://host:port`.
    pub address: String,
    /// Unit identifier of the PLC behind that address.
    #[serde(default = "unit_one")]
    pub unit_id: u8,
}

impl Endpoint {
    /// Host and port without the scheme.
    #[must_use]
    pub fn host_port(&self) -> Option<&str> {
        let rest = self.address.strip_prefix("tcp://")?;
        let (host, port) = rest.rsplit_once(':')?;
        (!host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)).then_some(rest)
    }

    /// Every problem of the endpoint.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.host_port().is_none() {
            let message = format!("\"{}\": expected \"tcp://host:port\"", self.address);
            found.push(Problem::error("address", "address", message));
        }
        if self.cell.0 == 0 {
            found.push(Problem::error("cell", "cell", "cells are counted from 1"));
        }
        if self.unit_id == 0 {
            found.push(Problem::error("unit-id", "unit_id", "0 is the broadcast address and never answers"));
        }
        found
    }
}

/// Patience and staleness limits, the same for every PLC of the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkSettings {
    /// Longest wait for a reply \[ms\].
    pub timeout_ms: u64,
    /// Longest wait for a connection \[ms\].
    pub connect_timeout_ms: u64,
    /// Age of the sample stamp from which a reading is uncertain \[s\].
    pub stale_after_s: f64,
    /// Standstill of the PLC's heartbeat or sample stamp from which a reading is bad \[s\].
    pub frozen_after_s: f64,
    /// Samples in a row that must be sound after a (re)connection before readings are good.
    pub good_samples: u32,
    /// PLC scans after a write within which its echo must appear.
    pub patience_scans: u16,
    /// First pause before reconnecting \[ms\]; doubled after every failure.
    pub backoff_min_ms: u64,
    /// Longest pause before reconnecting \[ms\].
    pub backoff_max_ms: u64,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            timeout_ms: 500,
            connect_timeout_ms: 1_000,
            stale_after_s: 1.5,
            frozen_after_s: 3.0,
            good_samples: 3,
            patience_scans: 5,
            backoff_min_ms: 100,
            backoff_max_ms: 10_000,
        }
    }
}

impl LinkSettings {
    /// Every problem of the settings.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let ranges = [
            ("timeout_ms", self.timeout_ms as f64, 1.0, 60_000.0),
            ("connect_timeout_ms", self.connect_timeout_ms as f64, 1.0, 60_000.0),
            ("stale_after_s", self.stale_after_s, 0.05, 600.0),
            ("frozen_after_s", self.frozen_after_s, 0.1, 600.0),
            ("good_samples", f64::from(self.good_samples), 1.0, 1_000.0),
            ("patience_scans", f64::from(self.patience_scans), 2.0, 1_000.0),
            ("backoff_min_ms", self.backoff_min_ms as f64, 1.0, 60_000.0),
            ("backoff_max_ms", self.backoff_max_ms as f64, 1.0, 600_000.0),
        ];
        for (field, value, min, max) in ranges {
            if !(value >= min && value <= max) {
                found.push(Problem::error("range", field, format!("{value} is outside {min}..{max}")));
            }
        }
        if self.backoff_max_ms < self.backoff_min_ms {
            found.push(Problem::error("inconsistent", "backoff_max_ms", "must not be below backoff_min_ms"));
        }
        if self.frozen_after_s < self.stale_after_s {
            found.push(Problem::error(
                "inconsistent",
                "frozen_after_s",
                "must not be below stale_after_s: readings turn uncertain before they turn bad",
            ));
        }
        found
    }
}

/// Pauses between attempts to connect: doubled each time, spread by a small seeded generator so that
/// a whole line does not knock at the same instant.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
    state: u64,
}

impl Backoff {
    pub(super) fn new(settings: &LinkSettings, seed: u64) -> Self {
        let min = Duration::from_millis(settings.backoff_min_ms);
        let max = Duration::from_millis(settings.backoff_max_ms);
        Self { min, max, next: min, state: seed }
    }

    /// Pause before the next attempt, between half and all of the nominal one.
    pub(super) fn pause(&mut self) -> Duration {
        let nominal = self.next;
        self.next = (nominal * 2).min(self.max);
        let unit = (self.draw() >> 11) as f64 / (1_u64 << 53) as f64;
        nominal.mul_f64(0.5 + 0.5 * unit)
    }

    pub(super) fn reset(&mut self) {
        self.next = self.min;
    }

    /// SplitMix64.
    pub(super) fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_all_problems_named() {
        let good = Endpoint { cell: CellId(1), address: "tcp://127.0.0.1:5020".into(), unit_id: 1 };
        assert_eq!((good.host_port(), good.validate().len()), (Some("127.0.0.1:5020"), 0));
        let bad = Endpoint { cell: CellId(0), address: "127.0.0.1".into(), unit_id: 0 };
        assert_eq!(bad.validate().len(), 3);
        assert!(LinkSettings::default().validate().is_empty());
        let bad =
            LinkSettings { timeout_ms: 0, stale_after_s: f64::NAN, backoff_max_ms: 1, ..Default::default() };
        assert_eq!(bad.validate().len(), 3);
    }

    #[test]
    fn pauses_double_spread_out_and_repeat_with_the_seed() {
        let settings = LinkSettings { backoff_min_ms: 100, backoff_max_ms: 1_000, ..Default::default() };
        let draw = |seed| {
            let mut backoff = Backoff::new(&settings, seed);
            (0..6).map(|_| backoff.pause().as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        for (pause, nominal) in draw(3).into_iter().zip([100, 200, 400, 800, 1_000, 1_000]) {
            assert!(pause >= nominal / 2 && pause <= nominal, "{pause} of {nominal}");
        }
    }
}

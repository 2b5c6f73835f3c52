//! Which PLC, and how patiently to talk to it.

use super::lint::Problem;
use super::transport::Address;
use crate::image::CellId;
use serde::{Deserialize, Serialize};
use std::format;
use std::path::{Path, PathBuf};
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
    /// `tcp://host:port`, or another [`Address`].
    pub address: String,
    /// Unit identifier of the PLC behind that address.
    #[serde(default = "unit_one")]
    pub unit_id: u8,
}

impl Endpoint {
    /// Every problem of the endpoint.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        match Address::parse(&self.address) {
            Err(message) => found.push(Problem::error("address", "address", message)),
            Ok(address) => {
                if let Some(missing) = address.missing() {
                    let message = format!("\"{}\": this build cannot: {missing}", self.address);
                    found.push(Problem::error("address", "address", message));
                }
            }
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

/// Files of a secure connection, PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificates of the authorities that may vouch for a PLC.
    pub ca: PathBuf,
    /// Our certificate, with the chain up to the authority; it bears our role.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Name in the PLC's certificate; the host of the address when absent.
    #[serde(default)]
    pub server_name: Option<String>,
}

impl TlsFiles {
    /// The same files, those with relative paths in `folder`.
    #[must_use]
    pub fn within(self, folder: &Path) -> Self {
        Self {
            ca: folder.join(self.ca),
            certificate: folder.join(self.certificate),
            key: folder.join(self.key),
            ..self
        }
    }
}

/// Patience and staleness limits, the same for every PLC of the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LinkSettings {
    /// What a prompt reply takes at most \[ms\]: the wait until one was timed, and the limit from which
    /// a PLC is called slow. From then on the wait follows the replies between the next two.
    pub timeout_ms: u64,
    /// Shortest wait for a reply \[ms\]; `timeout_ms` when that is shorter. TCP repairs a lost segment
    /// after 200 ms at the earliest.
    pub timeout_floor_ms: u64,
    /// Longest wait for a reply \[ms\]; `timeout_ms` when that is longer.
    pub timeout_ceiling_ms: u64,
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
    /// Failures in a row after which a PLC is left alone for a pause.
    pub open_after: u32,
    /// First pause before reconnecting, or before asking a failing PLC again \[ms\]; doubled after every
    /// failure.
    pub backoff_min_ms: u64,
    /// Longest such pause \[ms\].
    pub backoff_max_ms: u64,
    /// Certificates, for addresses with `tls://`.
    pub tls: Option<TlsFiles>,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            timeout_ms: 500,
            timeout_floor_ms: 250,
            timeout_ceiling_ms: 2_000,
            connect_timeout_ms: 1_000,
            stale_after_s: 1.5,
            frozen_after_s: 3.0,
            good_samples: 3,
            patience_scans: 5,
            open_after: 3,
            backoff_min_ms: 100,
            backoff_max_ms: 10_000,
            tls: None,
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
            ("timeout_floor_ms", self.timeout_floor_ms as f64, 1.0, 60_000.0),
            ("timeout_ceiling_ms", self.timeout_ceiling_ms as f64, 1.0, 60_000.0),
            ("open_after", f64::from(self.open_after), 1.0, 1_000.0),
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
        if self.timeout_ceiling_ms < self.timeout_floor_ms {
            let message = "must not be below timeout_floor_ms";
            found.push(Problem::error("inconsistent", "timeout_ceiling_ms", message));
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
        assert_eq!(good.validate().len(), 0);
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

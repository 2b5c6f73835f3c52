//! Who is under test: our driver, or the bare client library judged by the same rules.

use super::bare::Bare;
use hdrhistogram::Histogram;
use potline::image::{Action, CellId, Command, Quality, Reading};
use potline::plc::{Endpoint, Layout, LinkSettings, Outputs, PlcLink};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What a client made of a command it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// On its way, or in doubt.
    Taken,
    /// Refused before anything was sent.
    Refused,
}

pub enum Client {
    Driver(Box<PlcLink>),
    Bare(Box<Bare>),
}

impl Client {
    /// Our driver behind the proxy, with the patience of the rig.
    pub fn driver(address: SocketAddr, layout: &Arc<Layout>) -> Result<Self, String> {
        Self::at(format!("tcp://{address}"), super::TIMEOUT, layout)
    }

    /// Our driver at any address.
    pub fn at(address: String, timeout: Duration, layout: &Arc<Layout>) -> Result<Self, String> {
        let settings = LinkSettings {
            timeout_ms: timeout.as_millis() as u64,
            timeout_floor_ms: timeout.as_millis() as u64,
            timeout_ceiling_ms: 5 * timeout.as_millis() as u64,
            connect_timeout_ms: 5 * timeout.as_millis() as u64,
            backoff_min_ms: 1,
            backoff_max_ms: 8,
            ..LinkSettings::default()
        };
        let endpoint = Endpoint { cell: CellId(1), address, unit_id: 1 };
        let link =
            PlcLink::spawn(&endpoint, &settings, Arc::clone(layout)).map_err(|error| error.to_string())?;
        Ok(Self::Driver(Box::new(link)))
    }

    pub fn bare(address: SocketAddr, layout: &Arc<Layout>) -> Self {
        Self::Bare(Box::new(Bare::new(address, Arc::clone(layout), super::TIMEOUT)))
    }

    /// One sample at `now` \[s\], within `deadline`.
    pub async fn read(&mut self, now: f64, deadline: Duration) -> Reading {
        match self {
            Self::Driver(link) => {
                link.start_read(now);
                link.finish_read(Instant::now() + deadline).await
            }
            Self::Bare(bare) => bare.read(now).await,
        }
    }

    /// Heartbeat and command, within `deadline`.
    pub async fn write(&mut self, heartbeat: u16, action: Action, deadline: Duration) -> Sending {
        match self {
            Self::Driver(link) => {
                let command = Command { action, fallback_interval: 20.0, alf3: None };
                let started = link.start_write(&Outputs { heartbeat, command });
                link.finish_write(Instant::now() + deadline).await;
                if started.is_ok() { Sending::Taken } else { Sending::Refused }
            }
            Self::Bare(bare) => bare.write(heartbeat, action).await,
        }
    }

    /// Round trips of good exchanges \[µs\]; nothing of the bare client.
    pub fn round_trips(&self) -> Option<Histogram<u64>> {
        match self {
            Self::Driver(link) => Some(link.round_trips()),
            Self::Bare(_) => None,
        }
    }

    /// Exchanges that did not end as they should, as far as the client knows.
    pub fn errors(&self) -> u64 {
        match self {
            Self::Driver(link) => link.health().errors,
            Self::Bare(bare) => bare.errors,
        }
    }
}

/// True when decisions may rest on the reading without reserve.
pub fn good(reading: &Reading) -> bool {
    reading.quality == Quality::Good
}

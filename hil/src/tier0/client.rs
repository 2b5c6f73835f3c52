//! Who is under test: our driver, or the bare client library judged by the same rules.

use super::bare::Bare;
use potline::image::{Action, Command, Quality, Reading};
use potline::plc::{Layout, LinkSettings, Outputs, PlcLink, WriteError};
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
    /// Our driver, with the patience of the rig.
    pub fn driver(address: SocketAddr, layout: &Arc<Layout>) -> Result<Self, String> {
        let settings = LinkSettings {
            timeout_ms: super::TIMEOUT.as_millis() as u64,
            connect_timeout_ms: 5 * super::TIMEOUT.as_millis() as u64,
            backoff_min_ms: 1,
            backoff_max_ms: 8,
            ..LinkSettings::default()
        };
        let endpoint = endpoint(address);
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
                match started {
                    Ok(()) => Sending::Taken,
                    // The interval was at fault, or something else of the block: never seen here.
                    Err(WriteError::Codec(_) | WriteError::NotReady | WriteError::Overrun) | Err(_) => {
                        Sending::Refused
                    }
                }
            }
            Self::Bare(bare) => bare.write(heartbeat, action).await,
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

pub fn endpoint(address: SocketAddr) -> potline::plc::Endpoint {
    potline::plc::Endpoint {
        cell: potline::image::CellId(1),
        address: format!("tcp://{address}"),
        unit_id: 1,
    }
}

/// True when decisions may rest on the reading without reserve.
pub fn good(reading: &Reading) -> bool {
    reading.quality == Quality::Good
}

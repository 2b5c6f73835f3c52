//! What can go wrong outside the scan. Inside it there are only qualities and reasons.

use super::lint::Problem;
use std::net::SocketAddr;
use std::prelude::rust_2024::*;
use thiserror::Error;

/// Why a register map was refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MapError {
    /// Not TOML, an unknown field, or a wrong type.
    #[error("line {line}: {message}")]
    Syntax {
        /// Line, from 1; 0 when unknown.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// The map contradicts itself or lacks something; every problem at once.
    #[error("{} problem(s) in the register map, first: {}", .0.len(), first(.0))]
    Problems(Vec<Problem>),
}

impl MapError {
    /// What the parser says of `text`, with the line it means.
    pub(super) fn syntax(text: &str, e: &toml::de::Error) -> Self {
        let line =
            e.span().map_or(0, |span| 1 + text.bytes().take(span.start).filter(|&b| b == b'\n').count());
        Self::Syntax { line, message: e.message().into() }
    }
}

fn first(problems: &[Problem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

/// Why a link could not be made.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Wrong settings; every problem at once.
    #[error("{} problem(s) in the link settings, first: {}", .0.len(), first(.0))]
    Settings(Vec<Problem>),
    /// The histogram of round-trip times could not be made.
    #[error("cannot make the histogram of round-trip times")]
    Histogram,
    /// Called outside a tokio runtime.
    #[error("a link needs a running tokio runtime")]
    NoRuntime,
}

/// Why outputs were not sent. Nothing of them reached the wire.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// No connection, or no sample read over it yet.
    #[error("no connection to the PLC, or nothing read over it yet")]
    Disconnected,
    /// The last write is still on its way.
    #[error("the last write has not ended")]
    Overrun,
    /// The PLC does not speak our map: it gets neither commands nor heartbeats.
    #[error("the PLC speaks another version of the register map")]
    MapMismatch,
    /// A command was given while the link was not ready for one. The heartbeat went out without it.
    #[error("the link is not ready for a command; the heartbeat was sent without it")]
    NotReady,
    /// A value does not fit the map's limits. The heartbeat went out without the command.
    #[error("command refused: {0}; the heartbeat was sent without it")]
    Codec(#[from] super::codec::CodecError),
}

/// Why the emulated PLCs could not be put on the network.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BankError {
    /// Address in use or not ours.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The ports would run past 65535.
    #[error("no {count} consecutive ports from {base}")]
    Ports {
        /// First port.
        base: u16,
        /// How many PLCs.
        count: usize,
    },
    /// The server thread or its runtime could not be started.
    #[error("cannot start the server thread: {0}")]
    Thread(#[source] std::io::Error),
    /// There is no PLC of this index.
    #[error("there is no PLC {index}: the bank has {count}")]
    NoSuchPlc {
        /// What was asked, from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The server thread is gone.
    #[error("the server thread has ended")]
    Stopped,
}

//! What the proxy can do to a connection, and its record of what it did.

use serde::Serialize;
use std::time::Instant;

/// Which way a frame travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    ToPlc,
    ToClient,
}

impl Direction {
    pub const BOTH: [Self; 2] = [Self::ToPlc, Self::ToClient];

    pub fn name(self) -> &'static str {
        match self {
            Self::ToPlc => "request",
            Self::ToClient => "reply",
        }
    }
}

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Held up for up to three times the client's patience, then delivered, asked for or not.
    Delay,
    /// Held up for less than the client's patience.
    Jitter,
    /// Both sides closed in the usual way.
    Drop,
    /// Both sides reset.
    Reset,
    /// No more bytes this way, the other way stays open.
    HalfClose,
    /// In two pieces with a pause between them.
    Split,
    /// In pieces of a few bytes.
    Dribble,
    /// In one segment with a copy of the frame before it.
    Coalesce,
    /// Twice.
    Duplicate,
    /// After the next frame of this direction.
    Swap,
    /// Another transaction id.
    Transaction,
    /// Another protocol id.
    Protocol,
    /// Another length.
    Length,
    /// Another unit id.
    Unit,
    /// Another function code.
    Function,
    /// Some bits of the values flipped, the frame valid.
    FlipBits,
    /// An older frame of the same function in its place, with its own transaction id.
    Replay,
    /// The same with the transaction id of the frame it stands for.
    ReplayRenumbered,
    /// From now on this connection swallows everything.
    BlackHole,
    /// The connection is dropped, the next one accepted and never answered.
    AcceptSilent,
    /// The connection is dropped, the next one carried on after a pause.
    SlowHandshake,
}

impl Kind {
    pub const ALL: [Self; 21] = [
        Self::Delay,
        Self::Jitter,
        Self::Drop,
        Self::Reset,
        Self::HalfClose,
        Self::Split,
        Self::Dribble,
        Self::Coalesce,
        Self::Duplicate,
        Self::Swap,
        Self::Transaction,
        Self::Protocol,
        Self::Length,
        Self::Unit,
        Self::Function,
        Self::FlipBits,
        Self::Replay,
        Self::ReplayRenumbered,
        Self::BlackHole,
        Self::AcceptSilent,
        Self::SlowHandshake,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Jitter => "jitter",
            Self::Drop => "drop connection",
            Self::Reset => "reset",
            Self::HalfClose => "half-close",
            Self::Split => "split",
            Self::Dribble => "dribble",
            Self::Coalesce => "coalesce with the last",
            Self::Duplicate => "duplicate",
            Self::Swap => "swap with the next",
            Self::Transaction => "other transaction",
            Self::Protocol => "other protocol",
            Self::Length => "other length",
            Self::Unit => "other unit",
            Self::Function => "other function",
            Self::FlipBits => "flip value bits",
            Self::Replay => "replay",
            Self::ReplayRenumbered => "replay, renumbered",
            Self::BlackHole => "black hole",
            Self::AcceptSilent => "accept, then silent",
            Self::SlowHandshake => "slow handshake",
        }
    }
}

/// A fault the proxy injected: ground truth.
#[derive(Debug, Clone, Serialize)]
pub struct Injected {
    #[serde(skip)]
    pub at: Instant,
    /// Since the proxy was started \[s\].
    pub time: f64,
    pub connection: u64,
    pub direction: Direction,
    pub kind: Kind,
    /// What was delivered in place of the true frame, where that differs.
    #[serde(skip)]
    pub forged: Option<Vec<u8>>,
}

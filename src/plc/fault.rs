//! Why an exchange with a PLC failed.

use std::io::ErrorKind;
use std::prelude::rust_2024::*;
use thiserror::Error;

/// Why an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// There was no connection; nothing was sent.
    #[error("no connection")]
    Disconnected,
    /// The PLC failed too often and is asked again after a pause; nothing was sent.
    #[error("not asked: it failed too often and is tried again after a pause")]
    Resting,
    /// The connection could not be made.
    #[error("cannot connect: {0}")]
    Connect(ErrorKind),
    /// The secure connection could not be made.
    #[error("no secure connection: {0}")]
    Secure(Distrust),
    /// The connection broke.
    #[error("connection broken: {0}")]
    Transport(ErrorKind),
    /// No whole reply in time.
    #[error("no reply within the time-out")]
    Timeout,
    /// Not a Modbus frame.
    #[error("garbage on the line")]
    Garbage,
    /// The checksum of a serial frame is wrong.
    #[error("wrong checksum")]
    Checksum,
    /// No reply, but replies to another transaction or from another unit.
    #[error("reply to another transaction or from another unit")]
    Header,
    /// A reply of another function.
    #[error("reply of another function")]
    Function,
    /// Another number of registers than asked for.
    #[error("asked for {asked} registers, got {got}")]
    Length {
        /// Registers asked for.
        asked: u16,
        /// Registers in the reply.
        got: usize,
    },
    /// The echo of a write names other registers.
    #[error("the echo of the write names other registers")]
    Echo,
    /// The PLC answered with an exception.
    #[error("exception {0}")]
    Exception(u8),
}

/// Why a peer is not trusted, or does not trust us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Distrust {
    /// Its certificate has run out.
    #[error("its certificate has expired")]
    Expired,
    /// Its certificate is not valid yet; or a clock is wrong.
    #[error("its certificate is not valid yet; is the clock right?")]
    NotYetValid,
    /// Its certificate was issued by an authority we do not know.
    #[error("its certificate is of an unknown authority; is `ca` the right file?")]
    UnknownAuthority,
    /// Its certificate is for another name.
    #[error("its certificate is for another name; is `server_name` right?")]
    WrongName,
    /// It shows no certificate.
    #[error("it shows no certificate")]
    NoCertificate,
    /// It refused our certificate.
    #[error("it refused our certificate ({0})")]
    Refused(&'static str),
    /// It does not speak TLS.
    #[error("it does not speak TLS on this port")]
    NotTls,
    /// The handshake did not end in time.
    #[error("the handshake did not end in time")]
    Stalled,
    /// Something else in the handshake.
    #[error("the handshake failed")]
    Other,
}

impl Fault {
    /// True when the peer answered, but not what was asked.
    pub(super) fn is_bad_reply(self) -> bool {
        matches!(
            self,
            Self::Garbage
                | Self::Checksum
                | Self::Header
                | Self::Function
                | Self::Length { .. }
                | Self::Echo
                | Self::Exception(_)
        )
    }

    /// True when certainly nothing reached the wire.
    pub(super) fn is_unsent(self) -> bool {
        matches!(self, Self::Disconnected | Self::Resting)
    }

    /// True when the connection cannot be used any more: the end of a frame is lost, or the peer
    /// answers a request with the answer to another.
    pub(super) fn is_fatal(self) -> bool {
        matches!(self, Self::Transport(_) | Self::Garbage | Self::Function | Self::Length { .. } | Self::Echo)
    }
}

//! Stands between a secure stream and a server: requests the role does not allow are answered with
//! exception 1 here and never reach the server.

use super::role::Roles;
use crate::plc::transport::frame_length;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const ILLEGAL_FUNCTION: u8 = 1;
const FRAME: usize = 260;
/// Prefix and unit id.
const HEADER: usize = 7;

/// A stream of allowed requests. A server that reads, answers and reads again keeps the order of the
/// replies, since each request is looked at when the server asks for it.
#[derive(Debug)]
pub struct Guarded<S> {
    stream: S,
    roles: Arc<Roles>,
    role: Option<String>,
    inbound: [u8; FRAME],
    filled: usize,
    /// Bytes of the inbound frame that may pass.
    allowed: usize,
    refusal: [u8; HEADER + 2],
    refused: usize,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, roles: Arc<Roles>, role: Option<String>) -> Self {
        let refusal = [0; HEADER + 2];
        Self { stream, roles, role, inbound: [0; FRAME], filled: 0, allowed: 0, refusal, refused: HEADER + 2 }
    }

    /// Role in the peer's certificate.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    fn consume(&mut self, count: usize) {
        self.inbound.copy_within(count..self.filled, 0);
        self.filled -= count;
    }

    /// Judges the next whole frame; false while there is none.
    fn judge(&mut self) -> Result<bool> {
        let bytes = self.inbound.get(..self.filled).unwrap_or_default();
        let garbage = |_| Error::new(ErrorKind::InvalidData, "no Modbus frame");
        let Some(length) = frame_length(bytes).map_err(garbage)?.filter(|&length| length <= bytes.len())
        else {
            return Ok(false);
        };
        let (Some(&unit), Some(pdu)) = (bytes.get(HEADER - 1), bytes.get(HEADER..length)) else {
            return Ok(false);
        };
        if self.roles.allow(self.role.as_deref(), unit, pdu) {
            self.allowed = length;
        } else {
            let function = pdu.first().copied().unwrap_or_default() | 0x80;
            let [a, b, ..] = self.inbound;
            self.refusal = [a, b, 0, 0, 0, 3, unit, function, ILLEGAL_FUNCTION];
            self.refused = 0;
            self.consume(length);
        }
        Ok(true)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        loop {
            if this.allowed > 0 {
                let count = this.allowed.min(buf.remaining());
                buf.put_slice(this.inbound.get(..count).unwrap_or_default());
                this.allowed -= count;
                this.consume(count);
                return Poll::Ready(Ok(()));
            }
            if let Some(rest) = this.refusal.get(this.refused..).filter(|rest| !rest.is_empty()) {
                this.refused += ready!(Pin::new(&mut this.stream).poll_write(cx, rest))?;
                continue;
            }
            ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
            if this.judge()? {
                continue;
            }
            let mut space = ReadBuf::new(this.inbound.get_mut(this.filled..).unwrap_or_default());
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut space))?;
            match space.filled().len() {
                0 => return Poll::Ready(Ok(())),
                count => this.filled += count,
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

//! The byte stream under the Modbus client, with a doorman.
//!
//! The client library accepts a frame that lay in the socket before the request was sent, waits for
//! up to 64 KiB of garbage, and counts transaction ids from 0 on every connection. Here a reply must
//! be exactly one frame with a sane header, come after the request, and carry ids that a stranger
//! cannot guess from the protocol.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Transaction id, protocol id and length.
const PREFIX: usize = 6;
/// Longest frame of the protocol.
const FRAME: usize = 260;

/// A TCP stream that carries one request and one reply at a time.
#[derive(Debug)]
pub(super) struct Doorman {
    stream: TcpStream,
    /// Changes the transaction ids on the wire.
    salt: [u8; 2],
    request_at: usize,
    request_left: usize,
    prefix: [u8; PREFIX],
    reply_at: usize,
}

impl Doorman {
    pub(super) fn new(stream: TcpStream, salt: u16) -> Self {
        Self {
            stream,
            salt: salt.to_be_bytes(),
            request_at: 0,
            request_left: 0,
            prefix: [0; PREFIX],
            reply_at: 0,
        }
    }

    /// Nothing may wait in the socket when a request begins.
    fn begin(&mut self, length: usize) -> Result<()> {
        match self.stream.try_read(&mut [0]) {
            Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
            Ok(_) => return Err(Error::new(ErrorKind::InvalidData, "bytes nobody asked for")),
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(e) => return Err(e),
        }
        (self.request_at, self.request_left, self.reply_at) = (0, length, 0);
        Ok(())
    }

    /// Checks bytes of a reply as they come in.
    fn inspect(&mut self, bytes: &mut [u8]) -> Result<()> {
        for byte in bytes.iter_mut().take(PREFIX.saturating_sub(self.reply_at)) {
            if let Some(salt) = self.salt.get(self.reply_at) {
                *byte ^= salt;
            }
            self.prefix[self.reply_at] = *byte;
            self.reply_at += 1;
            bytes_seen(&self.prefix, self.reply_at)?;
        }
        Ok(())
    }
}

/// Refuses a wrong prefix as early as its bytes tell.
fn bytes_seen(prefix: &[u8; PREFIX], count: usize) -> Result<()> {
    let wrong = |what| Err(Error::new(ErrorKind::InvalidData, what));
    if count >= 4 && prefix[2..4] != [0, 0] {
        return wrong("protocol id is not 0");
    }
    // Unit id and function code at least, 253 bytes of PDU at most.
    if count == PREFIX && !(2..=254).contains(&u16::from_be_bytes([prefix[4], prefix[5]])) {
        return wrong("frame length is impossible");
    }
    Ok(())
}

impl AsyncRead for Doorman {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let fresh = &mut buf.filled_mut()[before..];
        if fresh.is_empty() {
            return Poll::Ready(Err(ErrorKind::ConnectionReset.into()));
        }
        let in_prefix = PREFIX.saturating_sub(self.reply_at).min(fresh.len());
        self.inspect(fresh)?;
        self.reply_at += fresh.len() - in_prefix;
        let frame = PREFIX + usize::from(u16::from_be_bytes([self.prefix[4], self.prefix[5]]));
        if self.reply_at > PREFIX && self.reply_at > frame {
            return Poll::Ready(Err(Error::new(ErrorKind::InvalidData, "more than one frame")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Doorman {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        if self.request_left == 0 {
            self.begin(buf.len())?;
        }
        let count = buf.len().min(FRAME);
        let mut frame = [0; FRAME];
        frame[..count].copy_from_slice(&buf[..count]);
        for (byte, salt) in frame.iter_mut().zip(self.salt.iter().skip(self.request_at)) {
            *byte ^= salt;
        }
        let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &frame[..count]))?;
        self.request_at += sent;
        self.request_left = self.request_left.saturating_sub(sent);
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

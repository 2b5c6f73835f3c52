//! The bytes of one connection, with a doorman.
//!
//! The client library takes any frame that lies in the socket for the reply, waits for up to 64 KiB
//! of garbage, and cannot be asked again after a request was given up. So it never sees the wire: it
//! gets a [`Port`], and through it one whole frame, the reply to the request pending. Everything else
//! is thrown away and counted here, and the connection outlives the requests that time out on it.

use super::Wire;
use super::doorman::{Doorman, Found, Framing, REMEMBERED};
use super::rtu::Timing;
use std::boxed::Box;
use std::future::poll_fn;
use std::io::Result;
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// One connection. Handles share it: one for the library, one for the task that owns the connection;
/// they are used in turn, so the lock is never waited for.
#[derive(Debug)]
pub(in crate::plc) struct Line(Arc<Mutex<Doorman>>);

impl Line {
    /// A line of Modbus TCP frames. `id`: where transaction ids begin; a stranger cannot guess it.
    pub(in crate::plc) fn mbap(wire: impl Wire + 'static, id: u16) -> Self {
        Self::new(Box::new(wire), Framing::Mbap, id)
    }

    /// A line of serial frames.
    pub(in crate::plc) fn rtu(wire: impl Wire + 'static, timing: Timing) -> Self {
        let quiet_from = Instant::now() + timing.before;
        Self::new(Box::new(wire), Framing::Rtu { timing, quiet_from, broken: false }, 0)
    }

    fn new(wire: Box<dyn Wire>, framing: Framing, next_id: u16) -> Self {
        Self(Arc::new(Mutex::new(Doorman::new(wire, framing, next_id))))
    }

    fn doorman(&self) -> MutexGuard<'_, Doorman> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The library's end.
    pub(in crate::plc) fn port(&self) -> Port {
        Port(Self(Arc::clone(&self.0)))
    }

    /// Gives the pending request up: its reply, should it come, is thrown away. False when the request
    /// had not left altogether, or a frame has begun and not ended: where the next begins is then not
    /// known, which ends the connection. A serial line finds out by silence.
    pub(in crate::plc) fn give_up(&self) -> bool {
        let mut doorman = self.doorman();
        if let Some(asked) = doorman.pending.take() {
            if doorman.owed.len() == REMEMBERED {
                doorman.owed.pop_front();
            }
            doorman.owed.push_back(asked);
        }
        doorman.reply.at = doorman.reply.end;
        let between = doorman.filled == 0 || matches!(doorman.framing, Framing::Rtu { .. });
        between && doorman.outbound.rest().is_empty()
    }

    /// Until when `unit` should not be asked again, having left two requests unanswered for less than
    /// `ceiling`. On a serial line, where replies bear no number, one request of any unit is enough.
    pub(in crate::plc) fn occupied(&self, unit: u8, ceiling: Duration) -> Option<Instant> {
        let doorman = self.doorman();
        let (most, serial) = match doorman.framing {
            Framing::Mbap => (2, false),
            Framing::Rtu { .. } => (1, true),
        };
        let mut open = doorman.owed.iter().rev().filter(|asked| serial || asked.unit == unit);
        let until = open.nth(most - 1)?.since + ceiling;
        (until > Instant::now()).then_some(until)
    }

    /// What was seen since the last call.
    pub(in crate::plc) fn found(&self) -> Found {
        std::mem::take(&mut self.doorman().found)
    }

    /// Listens while nothing is asked. Ends when a late reply came, or with the connection.
    pub(in crate::plc) async fn listen(&self) -> Result<()> {
        poll_fn(|cx| {
            let mut doorman = self.doorman();
            loop {
                ready!(doorman.hear(cx))?;
                if !doorman.found.late.is_empty() {
                    return Poll::Ready(Ok(()));
                }
            }
        })
        .await
    }
}

/// What the client library takes for the connection.
#[derive(Debug)]
pub(in crate::plc) struct Port(Line);

impl AsyncRead for Port {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        self.0.doorman().receive(cx, buf)
    }
}

impl AsyncWrite for Port {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        self.0.doorman().send(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.0.doorman().flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0.doorman().wire).poll_shutdown(cx)
    }
}

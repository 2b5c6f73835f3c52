//! Requests out, bytes in: the state of one connection. What the bytes mean is sorted out in `sort`.

use super::Wire;
use super::mbap;
use super::rtu::{self, Timing};
use crate::plc::health::Counts;
use std::boxed::Box;
use std::collections::VecDeque;
use std::io::{ErrorKind, Result};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

const FRAME: usize = mbap::FRAME;
/// Requests given up whose replies are still known as such.
pub(super) const REMEMBERED: usize = 8;

/// Bytes of at most one frame.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) bytes: [u8; FRAME],
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Frame {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; FRAME], at: 0, end: 0 }
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    /// Puts the parts one after the other; what does not fit was refused before.
    pub(super) fn fill(&mut self, parts: [&[u8]; 3]) {
        (self.at, self.end) = (0, 0);
        for part in parts {
            if let Some(target) = self.bytes.get_mut(self.end..self.end + part.len()) {
                target.copy_from_slice(part);
                self.end += part.len();
            }
        }
    }
}

/// A request on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Transaction id of the library, and ours on the wire.
    pub(super) inner: [u8; 2],
    pub(super) outer: [u8; 2],
    pub(super) unit: u8,
    pub(super) function: u8,
    /// Length of a good reply on a serial line.
    pub(super) expected: usize,
    pub(super) since: Instant,
}

/// What the doorman has seen since last asked.
#[derive(Debug, Default)]
pub(in crate::plc) struct Found {
    pub counts: Counts,
    /// Units that answered late, and after what time.
    pub late: Vec<(u8, Duration)>,
    /// The checksum of the reply was wrong.
    pub checksum: bool,
    /// Bytes came.
    pub heard: bool,
}

#[derive(Debug)]
pub(super) enum Framing {
    Mbap,
    Rtu { timing: Timing, quiet_from: Instant, broken: bool },
}

#[derive(Debug)]
pub(super) struct Doorman {
    pub(super) wire: Box<dyn Wire>,
    pub(super) framing: Framing,
    pub(super) outbound: Frame,
    pub(super) inbound: [u8; 2 * FRAME],
    pub(super) filled: usize,
    /// The reply, waiting for the library to fetch it.
    pub(super) reply: Frame,
    pub(super) pending: Option<Asked>,
    pub(super) owed: VecDeque<Asked>,
    pub(super) next_id: u16,
    pub(super) strangers: u32,
    pub(super) timer: Option<Pin<Box<Sleep>>>,
    pub(super) found: Found,
}

impl Doorman {
    pub(super) fn new(wire: Box<dyn Wire>, framing: Framing, next_id: u16) -> Self {
        Self {
            wire,
            framing,
            outbound: Frame::new(),
            inbound: [0; 2 * FRAME],
            filled: 0,
            reply: Frame::new(),
            pending: None,
            owed: VecDeque::with_capacity(REMEMBERED),
            next_id,
            strangers: 0,
            timer: None,
            found: Found::default(),
        }
    }

    /// Waits on the one timer.
    pub(super) fn wait(&mut self, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }

    /// Takes one request frame from the library.
    pub(super) fn send(&mut self, cx: &mut Context<'_>, frame: &[u8]) -> Poll<Result<usize>> {
        ready!(self.flush(cx))?;
        let [a, b, 0, 0, _, _, unit, pdu @ ..] = frame else {
            return Poll::Ready(Err(ErrorKind::InvalidInput.into()));
        };
        let (Some(&function), true) = (pdu.first(), frame.len() <= FRAME) else {
            return Poll::Ready(Err(ErrorKind::InvalidInput.into()));
        };
        // Whatever has come by now is no reply to this.
        while let Poll::Ready(seen) = self.read(cx) {
            seen?;
            self.sort()?;
        }
        if let Framing::Rtu { quiet_from, .. } = self.framing {
            // Whoever owed a reply was waited for; from now on a reply is the reply to this.
            self.owed.clear();
            self.drop_noise();
            ready!(self.wait(quiet_from, cx));
        }
        let outer = self.next_id.to_be_bytes();
        self.next_id = self.next_id.wrapping_add(1);
        match self.framing {
            Framing::Mbap => self.outbound.fill([&outer, frame.get(2..).unwrap_or_default(), &[]]),
            Framing::Rtu { .. } => {
                let body = frame.get(mbap::PREFIX..).unwrap_or_default();
                self.outbound.fill([body, &rtu::checksum(body), &[]]);
            }
        }
        self.pending = Some(Asked {
            inner: [*a, *b],
            outer,
            unit: *unit,
            function,
            expected: rtu::reply_length(pdu),
            since: Instant::now(),
        });
        // A full socket is no reason to wait here: the library flushes before it listens.
        if let Poll::Ready(Err(error)) = self.flush(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(frame.len()))
    }

    pub(super) fn flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while !self.outbound.rest().is_empty() {
            let sent = ready!(Pin::new(&mut self.wire).poll_write(cx, self.outbound.rest()))?;
            if sent == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            self.outbound.at += sent;
            self.touch();
        }
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    /// Something is on the serial line now.
    pub(super) fn touch(&mut self) {
        if let Framing::Rtu { timing, quiet_from, .. } = &mut self.framing {
            *quiet_from = Instant::now() + timing.before;
        }
    }

    /// Reads once; the end of the stream is an error.
    pub(super) fn read(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let mut space = ReadBuf::new(self.inbound.get_mut(self.filled..).unwrap_or_default());
        ready!(Pin::new(&mut self.wire).poll_read(cx, &mut space))?;
        let count = space.filled().len();
        if count == 0 {
            return Poll::Ready(Err(ErrorKind::ConnectionReset.into()));
        }
        self.filled += count;
        self.found.heard = true;
        self.touch();
        Poll::Ready(Ok(()))
    }

    /// Hands the reply over, or sleeps until there is one.
    pub(super) fn receive(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        while self.reply.rest().is_empty() {
            ready!(self.hear(cx))?;
        }
        let count = self.reply.rest().len().min(buf.remaining());
        buf.put_slice(self.reply.rest().get(..count).unwrap_or_default());
        self.reply.at += count;
        Poll::Ready(Ok(()))
    }

    /// Reads and sorts what came; on a serial line silence ends what never became whole.
    pub(super) fn hear(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if let Poll::Ready(seen) = self.read(cx) {
            return Poll::Ready(seen.and_then(|()| self.sort()));
        }
        if let (Framing::Rtu { timing, quiet_from, .. }, true) = (&self.framing, self.filled > 0) {
            let until = *quiet_from - timing.before + timing.end;
            ready!(self.wait(until, cx));
            return Poll::Ready(self.silence());
        }
        Poll::Pending
    }
}

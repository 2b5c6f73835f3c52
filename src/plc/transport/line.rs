//! The bytes of one connection, with a doorman.
//!
//! The client library takes any frame that lies in the socket for the reply, waits for up to 64 KiB
//! of garbage, and cannot be asked again after a request was given up. So it never sees the wire: it
//! gets a [`Port`], and through it one whole frame, the reply to the request pending. Everything else
//! is thrown away and counted here, and the connection outlives the requests that time out on it.

use super::Wire;
use super::mbap::{self, Breach};
use super::rtu::{self, Timing};
use crate::plc::health::Counts;
use std::boxed::Box;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

const FRAME: usize = mbap::FRAME;
/// Requests given up whose replies are still known as such.
const REMEMBERED: usize = 8;
/// Discarded frames in a row after which the peer is not worth listening to.
const MOST_STRANGERS: u32 = 64;

/// Bytes of at most one frame.
#[derive(Debug)]
struct Frame {
    bytes: [u8; FRAME],
    at: usize,
    end: usize,
}

impl Frame {
    const fn new() -> Self {
        Self { bytes: [0; FRAME], at: 0, end: 0 }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    /// Puts the parts one after the other; what does not fit was refused before.
    fn fill(&mut self, parts: [&[u8]; 3]) {
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
struct Asked {
    /// Transaction id of the library, and ours on the wire.
    inner: [u8; 2],
    outer: [u8; 2],
    unit: u8,
    function: u8,
    /// Length of a good reply on a serial line.
    expected: usize,
    since: Instant,
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
enum Framing {
    Mbap,
    Rtu { timing: Timing, quiet_from: Instant, broken: bool },
}

#[derive(Debug)]
struct Core {
    wire: Box<dyn Wire>,
    framing: Framing,
    outbound: Frame,
    inbound: [u8; 2 * FRAME],
    filled: usize,
    /// The reply, waiting for the library to fetch it.
    reply: Frame,
    pending: Option<Asked>,
    owed: VecDeque<Asked>,
    next_id: u16,
    strangers: u32,
    timer: Option<Pin<Box<Sleep>>>,
    found: Found,
}

fn garbage(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

impl Core {
    /// Waits on the one timer.
    fn wait(&mut self, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }

    /// Takes one request frame from the library.
    fn send(&mut self, cx: &mut Context<'_>, frame: &[u8]) -> Poll<Result<usize>> {
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

    fn flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
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
    fn touch(&mut self) {
        if let Framing::Rtu { timing, quiet_from, .. } = &mut self.framing {
            *quiet_from = Instant::now() + timing.before;
        }
    }

    /// Reads once; the end of the stream is an error.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
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
    fn receive(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        while self.reply.rest().is_empty() {
            ready!(self.hear(cx))?;
        }
        let count = self.reply.rest().len().min(buf.remaining());
        buf.put_slice(self.reply.rest().get(..count).unwrap_or_default());
        self.reply.at += count;
        Poll::Ready(Ok(()))
    }

    /// Reads and sorts what came; on a serial line silence ends what never became whole.
    fn hear(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
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

    /// Cuts what came into frames and keeps at most the reply.
    fn sort(&mut self) -> Result<()> {
        match self.framing {
            Framing::Mbap => self.sort_mbap(),
            Framing::Rtu { broken, .. } => {
                self.sort_rtu(broken);
                Ok(())
            }
        }
    }

    fn sort_mbap(&mut self) -> Result<()> {
        let mut at = 0;
        loop {
            let bytes = self.inbound.get(at..self.filled).unwrap_or_default();
            let length = match mbap::frame_length(bytes) {
                Ok(Some(length)) if length <= bytes.len() => length,
                Ok(_) => break,
                Err(Breach::ProtocolId) => {
                    self.found.counts.protocol_id += 1;
                    return Err(garbage("protocol id is not 0"));
                }
                Err(Breach::Length) => {
                    self.found.counts.frame_length += 1;
                    return Err(garbage("frame length is impossible"));
                }
            };
            let id = [bytes[0], bytes[1]];
            let unit = bytes[mbap::PREFIX];
            match self.pending {
                Some(asked) if asked.outer == id && asked.unit == unit => {
                    self.reply.fill([&asked.inner, bytes.get(2..length).unwrap_or_default(), &[]]);
                    (self.pending, self.strangers) = (None, 0);
                }
                Some(asked) if asked.outer == id => self.stranger(|counts| &mut counts.foreign_unit)?,
                _ => match self.owed.iter().position(|asked| asked.outer == id && asked.unit == unit) {
                    Some(index) => self.late(index),
                    None if self.pending.is_some() => {
                        self.stranger(|counts| &mut counts.foreign_transaction)?;
                    }
                    None => self.stranger(|counts| &mut counts.unsolicited)?,
                },
            }
            at += length;
        }
        self.inbound.copy_within(at..self.filled, 0);
        self.filled -= at;
        Ok(())
    }

    fn sort_rtu(&mut self, broken: bool) {
        let Some(asked) = self.pending.or(self.owed.front().copied()) else {
            return self.drop_noise();
        };
        let bytes = self.inbound.get(..self.filled).unwrap_or_default();
        let length = rtu::frame_length(bytes, asked.function, asked.expected);
        if !broken && bytes.len() >= length {
            if rtu::is_sound(bytes.get(..length).unwrap_or_default()) {
                return self.take_rtu(asked, length);
            }
            if let Framing::Rtu { broken, .. } = &mut self.framing {
                *broken = true;
            }
        }
        if self.filled > rtu::FRAME {
            self.drop_noise();
        }
    }

    /// A frame with a sound checksum.
    fn take_rtu(&mut self, asked: Asked, length: usize) {
        let body = self.inbound.get(..length.saturating_sub(2)).unwrap_or_default();
        if body.first() != Some(&asked.unit) {
            self.found.counts.foreign_unit += 1;
        } else if self.pending.is_some() {
            let size = (body.len() as u16).to_be_bytes();
            self.reply.fill([&asked.inner, &[0, 0, size[0], size[1]], body]);
            self.pending = None;
        } else {
            self.late(0);
        }
        self.inbound.copy_within(length..self.filled, 0);
        self.filled -= length;
        self.drop_noise();
    }

    /// No more bytes will come for what began.
    fn silence(&mut self) -> Result<()> {
        let was_broken = match &mut self.framing {
            Framing::Rtu { broken, .. } => std::mem::take(broken),
            Framing::Mbap => false,
        };
        let bytes = self.inbound.get(..self.filled).unwrap_or_default();
        if let (false, Some(asked), true) = (was_broken, self.pending, rtu::is_sound(bytes)) {
            // Sound but of another length than asked for: the library will see.
            self.take_rtu(asked, self.filled);
            return Ok(());
        }
        self.filled = 0;
        if self.pending.take().is_none() {
            // The late reply has come, in pieces.
            self.owed.clear();
            self.found.counts.noise += 1;
            return Ok(());
        }
        self.found.checksum = true;
        Err(garbage("checksum"))
    }

    fn drop_noise(&mut self) {
        if self.filled > 0 {
            self.found.counts.noise += 1;
            self.filled = 0;
        }
        if let (Framing::Rtu { broken, .. }, None) = (&mut self.framing, self.pending) {
            *broken = false;
        }
    }

    /// The reply to a request given up.
    fn late(&mut self, index: usize) {
        if let Some(asked) = self.owed.remove(index) {
            self.found.counts.late += 1;
            self.found.late.push((asked.unit, asked.since.elapsed()));
        }
    }

    fn stranger(&mut self, counter: fn(&mut Counts) -> &mut u64) -> Result<()> {
        *counter(&mut self.found.counts) += 1;
        self.strangers += 1;
        if self.strangers > MOST_STRANGERS {
            Err(garbage("nothing but frames nobody asked for"))
        } else {
            Ok(())
        }
    }
}

/// One connection. Handles share it: one for the library, one for the task that owns the connection;
/// they are used in turn, so the lock is never waited for.
#[derive(Debug)]
pub(in crate::plc) struct Line(Arc<Mutex<Core>>);

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
        Self(Arc::new(Mutex::new(Core {
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
        })))
    }

    fn core(&self) -> MutexGuard<'_, Core> {
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
        let mut core = self.core();
        if let Some(asked) = core.pending.take() {
            if core.owed.len() == REMEMBERED {
                core.owed.pop_front();
            }
            core.owed.push_back(asked);
        }
        core.reply.at = core.reply.end;
        let between = core.filled == 0 || matches!(core.framing, Framing::Rtu { .. });
        between && core.outbound.rest().is_empty()
    }

    /// Until when `unit` should not be asked again, having left two requests unanswered for less than
    /// `ceiling`. On a serial line, where replies bear no number, one request of any unit is enough.
    pub(in crate::plc) fn occupied(&self, unit: u8, ceiling: Duration) -> Option<Instant> {
        let core = self.core();
        let (most, serial) = match core.framing {
            Framing::Mbap => (2, false),
            Framing::Rtu { .. } => (1, true),
        };
        let mut open = core.owed.iter().rev().filter(|asked| serial || asked.unit == unit);
        let until = open.nth(most - 1)?.since + ceiling;
        (until > Instant::now()).then_some(until)
    }

    /// What was seen since the last call.
    pub(in crate::plc) fn found(&self) -> Found {
        std::mem::take(&mut self.core().found)
    }

    /// Listens while nothing is asked. Ends when a late reply came, or with the connection.
    pub(in crate::plc) async fn listen(&self) -> Result<()> {
        poll_fn(|cx| {
            let mut core = self.core();
            loop {
                ready!(core.hear(cx))?;
                if !core.found.late.is_empty() {
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
        self.0.core().receive(cx, buf)
    }
}

impl AsyncWrite for Port {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        self.0.core().send(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.0.core().flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0.core().wire).poll_shutdown(cx)
    }
}

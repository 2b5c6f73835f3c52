//! The task that owns the connection to one PLC: it connects, exchanges words, and gives up.
//!
//! It knows nothing of meanings. An exchange that did not end exactly as the protocol says ends the
//! connection: after a time-out the next reply could be the last one's.

use super::layout::{Layout, Words};
use super::map::RegisterKind;
use super::settings::{Backoff, LinkSettings};
use super::transport::Doorman;
use hdrhistogram::Histogram;
use std::borrow::Cow;
use std::future::Future;
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::string::String;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::timeout;
use tokio_modbus::client::{Client, Context, tcp};
use tokio_modbus::{ProtocolError, Request, Response, Slave};

/// Why an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// There was no connection; nothing was sent.
    #[error("no connection")]
    Disconnected,
    /// The connection could not be made.
    #[error("cannot connect: {0}")]
    Connect(ErrorKind),
    /// The connection broke.
    #[error("connection broken: {0}")]
    Transport(ErrorKind),
    /// No whole reply in time.
    #[error("no reply within the time-out")]
    Timeout,
    /// Not a Modbus frame, more than one, or one nobody asked for.
    #[error("garbage on the line")]
    Garbage,
    /// A reply to another transaction or from another unit.
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

impl Fault {
    /// True when the peer answered, but not what was asked.
    fn is_bad_reply(self) -> bool {
        matches!(
            self,
            Self::Garbage
                | Self::Header
                | Self::Function
                | Self::Length { .. }
                | Self::Echo
                | Self::Exception(_)
        )
    }
}

/// What the owner of the link asks of the task.
// A quarter of a kilobyte by value, once per scan, costs less than a heap block.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(super) enum Job {
    Read,
    Write(Words),
}

/// What the task answers, in the order of the jobs.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(super) enum Report {
    Connected,
    Read(Result<Words, Fault>),
    Written(Result<(), Fault>),
}

/// Counters of one link since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// A connection stands.
    pub connected: bool,
    /// Requests put on the wire.
    pub requests: u64,
    /// Of these, not answered as they should be.
    pub errors: u64,
    /// Of the errors, no reply in time.
    pub timeouts: u64,
    /// Of the errors, a wrong reply.
    pub bad_replies: u64,
    /// Connections made after the first.
    pub reconnects: u64,
    /// Attempts to connect that failed.
    pub refused: u64,
    /// Last failure.
    pub last_error: Option<Fault>,
}

#[derive(Debug)]
pub(super) struct Stats {
    pub health: Health,
    /// Round-trip times \[µs\].
    pub round_trips: Histogram<u64>,
}

pub(super) type SharedStats = Arc<Mutex<Stats>>;

pub(super) fn lock(stats: &SharedStats) -> MutexGuard<'_, Stats> {
    // Counters stay usable whatever happened to another holder.
    stats.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The task and what it owns.
pub(super) struct Actor {
    pub host_port: String,
    pub slave: Slave,
    pub layout: Arc<Layout>,
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub backoff: Backoff,
    pub jobs: Receiver<Job>,
    pub reports: Sender<Report>,
    pub stats: SharedStats,
}

impl Actor {
    pub(super) fn new(
        endpoint: (&str, u8, u16),
        settings: &LinkSettings,
        layout: Arc<Layout>,
        (jobs, reports): (Receiver<Job>, Sender<Report>),
        stats: SharedStats,
    ) -> Self {
        let (host_port, unit_id, seed) = endpoint;
        Self {
            host_port: host_port.into(),
            slave: Slave(unit_id),
            layout,
            timeout: Duration::from_millis(settings.timeout_ms),
            connect_timeout: Duration::from_millis(settings.connect_timeout_ms),
            backoff: Backoff::new(settings, u64::from(seed)),
            jobs,
            reports,
            stats,
        }
    }

    /// Runs until the owner drops its end.
    pub(super) async fn run(mut self) {
        let mut pause = Duration::ZERO;
        let mut first = true;
        while let Some(connection) = self.connect(pause).await {
            {
                let health = &mut lock(&self.stats).health;
                health.connected = true;
                health.reconnects += u64::from(!first);
            }
            first = false;
            if self.reports.send(Report::Connected).await.is_err() {
                return;
            }
            let ended = self.serve(connection).await;
            lock(&self.stats).health.connected = false;
            if ended.is_none() {
                return;
            }
            pause = self.backoff.pause();
        }
    }

    /// Tries until a connection stands; turns jobs away meanwhile. `None` when the owner is gone.
    async fn connect(&mut self, mut pause: Duration) -> Option<Context> {
        loop {
            let salt = self.backoff.draw() as u16;
            let attempt = open(self.host_port.clone(), self.slave, salt, pause, self.connect_timeout);
            let mut attempt = pin!(attempt);
            match self.attend(attempt.as_mut()).await? {
                Ok(context) => return Some(context),
                Err(fault) => {
                    let health = &mut lock(&self.stats).health;
                    health.refused += 1;
                    health.last_error = Some(fault);
                }
            }
            pause = self.backoff.pause();
        }
    }

    /// Waits for an attempt to connect, answering every job with "disconnected".
    async fn attend<F: Future>(&mut self, mut attempt: Pin<&mut F>) -> Option<F::Output> {
        loop {
            let job = tokio::select! {
                done = attempt.as_mut() => return Some(done),
                job = self.jobs.recv() => job?,
            };
            let answer = match job {
                Job::Read => Report::Read(Err(Fault::Disconnected)),
                Job::Write(_) => Report::Written(Err(Fault::Disconnected)),
            };
            self.reports.send(answer).await.ok()?;
        }
    }

    /// Does jobs until one fails (`Some`) or the owner is gone (`None`). The connection dies here.
    async fn serve(&mut self, mut context: Context) -> Option<Fault> {
        loop {
            let job = self.jobs.recv().await?;
            let started = Instant::now();
            let (report, fault) = match job {
                Job::Read => {
                    let result = self.read(&mut context).await;
                    let fault = result.as_ref().err().copied();
                    (Report::Read(result), fault)
                }
                Job::Write(words) => {
                    let result = self.write(&mut context, &words).await;
                    (Report::Written(result), result.err())
                }
            };
            self.count(started.elapsed(), fault);
            if fault.is_some() {
                // Closed before anybody hears of it: a PLC may serve a single connection.
                drop(context);
                self.reports.send(report).await.ok()?;
                return fault;
            }
            self.backoff.reset();
            self.reports.send(report).await.ok()?;
        }
    }

    fn count(&self, elapsed: Duration, fault: Option<Fault>) {
        let mut stats = lock(&self.stats);
        stats.health.requests += 1;
        match fault {
            None => {
                let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
                stats.round_trips.saturating_record(micros);
            }
            Some(fault) => {
                stats.health.errors += 1;
                stats.health.timeouts += u64::from(fault == Fault::Timeout);
                stats.health.bad_replies += u64::from(fault.is_bad_reply());
                stats.health.last_error = Some(fault);
            }
        }
    }

    async fn read(&self, context: &mut Context) -> Result<Words, Fault> {
        let mut words: Words = [0; super::MAX_WORDS];
        for span in &self.layout.reads {
            let request = match span.kind {
                RegisterKind::Holding => Request::ReadHoldingRegisters(span.start, span.count),
                RegisterKind::Input => Request::ReadInputRegisters(span.start, span.count),
            };
            let values = match self.call(context, request).await? {
                Response::ReadHoldingRegisters(values) | Response::ReadInputRegisters(values) => values,
                _ => return Err(Fault::Function),
            };
            let at = usize::from(span.at);
            match words.get_mut(at..at + values.len()) {
                Some(target) if values.len() == usize::from(span.count) => target.copy_from_slice(&values),
                _ => return Err(Fault::Length { asked: span.count, got: values.len() }),
            }
        }
        Ok(words)
    }

    async fn write(&self, context: &mut Context, words: &Words) -> Result<(), Fault> {
        let (start, count) = (self.layout.write_start, self.layout.write_count);
        let values = Cow::Borrowed(&words[..usize::from(count)]);
        match self.call(context, Request::WriteMultipleRegisters(start, values)).await? {
            Response::WriteMultipleRegisters(s, c) if (s, c) == (start, count) => Ok(()),
            Response::WriteMultipleRegisters(..) => Err(Fault::Echo),
            _ => Err(Fault::Function),
        }
    }

    /// One exchange. The typed helpers of the library check lengths and echoes in debug builds only,
    /// and then by a panic; so the response is taken raw and checked by the callers above.
    async fn call(&self, context: &mut Context, request: Request<'_>) -> Result<Response, Fault> {
        match timeout(self.timeout, context.call(request)).await {
            Err(_) => Err(Fault::Timeout),
            Ok(Ok(Ok(response))) => Ok(response),
            Ok(Ok(Err(exception))) => Err(Fault::Exception(exception.into())),
            Ok(Err(tokio_modbus::Error::Protocol(ProtocolError::HeaderMismatch { .. }))) => {
                Err(Fault::Header)
            }
            Ok(Err(tokio_modbus::Error::Protocol(ProtocolError::FunctionCodeMismatch { .. }))) => {
                Err(Fault::Function)
            }
            Ok(Err(tokio_modbus::Error::Transport(e))) => Err(match e.kind() {
                // The decoder reports a frame whose inside does not add up as an unexpected end; the
                // end of the stream itself comes from the doorman as a reset.
                ErrorKind::InvalidData
                | ErrorKind::InvalidInput
                | ErrorKind::Other
                | ErrorKind::UnexpectedEof => Fault::Garbage,
                kind => Fault::Transport(kind),
            }),
        }
    }
}

async fn open(
    host_port: String,
    slave: Slave,
    salt: u16,
    pause: Duration,
    limit: Duration,
) -> Result<Context, Fault> {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let fault = |e: std::io::Error| Fault::Connect(e.kind());
    let stream = timeout(limit, TcpStream::connect(&host_port))
        .await
        .map_err(|_| Fault::Connect(ErrorKind::TimedOut))?
        .map_err(fault)?;
    stream.set_nodelay(true).map_err(fault)?;
    // Finds a peer that vanished without a word while the service is paused.
    let keepalive = socket2::TcpKeepalive::new().with_time(Duration::from_secs(10));
    socket2::SockRef::from(&stream).set_tcp_keepalive(&keepalive).map_err(fault)?;
    Ok(tcp::attach_slave(Doorman::new(stream, salt), slave))
}

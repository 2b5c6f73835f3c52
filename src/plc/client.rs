//! The controller's end of the connection to one PLC.

use super::alarm::Alarm;
use super::assess::{Intake, Mismatch};
use super::error::{LinkError, WriteError};
use super::gateway::{Answer, Job, Order, Report, Task};
use super::gateways::Gateways;
use super::handshake::RejectCode;
use super::health::{Health, SharedStats, lock};
use super::layout::{Layout, MAX_WORDS};
use super::settings::{Endpoint, LinkSettings};
use crate::image::{Action, CellId, Command, Reading};
use hdrhistogram::Histogram;
use std::pin::pin;
use std::prelude::rust_2024::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, UnboundedSender};
use tokio::time::Instant;

/// What the control loop sends in one scan, after all its checks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outputs {
    /// Moves by one (wrapping) with every scan of the control loop. Only the loop may move it: a
    /// driver that did so would make a hung loop look alive. Start it from the seconds of a clock:
    /// to a PLC that has not noticed a quick restart, a smaller number belongs to the past.
    pub heartbeat: u16,
    /// The command.
    pub command: Command,
}

/// One PLC, seen from the control loop.
///
/// Each scan: [`start_read`](Self::start_read) on every link, then [`finish_read`](Self::finish_read)
/// on every link with a common deadline, then [`start_write`](Self::start_write). A PLC that is not
/// there is answered for at once and costs the others nothing. Dropping the link ends its task and
/// its connection.
#[derive(Debug)]
pub struct PlcLink {
    cell: CellId,
    layout: Arc<Layout>,
    /// Our number at the task that owns the connection.
    key: u64,
    orders: UnboundedSender<Order>,
    reports: Receiver<Report>,
    stats: SharedStats,
    intake: Intake,
    /// The connection we know of; 0 for none.
    connection: u64,
    /// Requests of a scan start this much after it was asked for.
    phase: Duration,
    /// `now` of the scan in progress \[s\].
    now: f64,
    reading: bool,
    writing: bool,
    /// A sample came since the last reading was handed over.
    fresh: bool,
    late: u64,
    alarm: Alarm,
}

impl PlcLink {
    /// Links to one PLC over a connection of its own, in the current tokio runtime. It connects by
    /// itself and keeps trying. Several PLCs behind one address: [`Gateways`].
    ///
    /// # Errors
    /// [`LinkError::Settings`] with every problem at once, [`LinkError::NoRuntime`] outside a runtime.
    pub fn spawn(
        endpoint: &Endpoint,
        settings: &LinkSettings,
        layout: Arc<Layout>,
    ) -> Result<Self, LinkError> {
        Gateways::new().link(endpoint, settings, layout)
    }

    pub(super) fn new(
        (cell, key): (CellId, u64),
        settings: &LinkSettings,
        layout: Arc<Layout>,
        (orders, reports): (UnboundedSender<Order>, Receiver<Report>),
        stats: SharedStats,
    ) -> Self {
        Self {
            cell,
            intake: Intake::new(Arc::clone(&layout), settings),
            layout,
            key,
            orders,
            reports,
            stats,
            connection: 0,
            phase: Duration::ZERO,
            now: 0.0,
            reading: false,
            writing: false,
            fresh: false,
            late: 0,
            alarm: Alarm::default(),
        }
    }

    /// Lets the requests of every scan start so much later, so that those of a whole line do not meet.
    pub fn set_phase(&mut self, phase: Duration) {
        self.phase = phase;
    }

    /// Cell this PLC looks after.
    #[must_use]
    pub fn cell(&self) -> CellId {
        self.cell
    }

    /// Asks for a sample. `now` \[s\] is the control loop's clock, the same in every call of a scan;
    /// ages are measured with it. Returns at once, also when there is no connection.
    pub fn start_read(&mut self, now: f64) {
        self.now = now;
        while let Ok(report) = self.reports.try_recv() {
            self.digest(report);
        }
        self.look();
        self.ask(self.phase);
    }

    fn ask(&mut self, phase: Duration) {
        if self.intake.connected && !self.reading {
            self.reading = self.order(Task::Read, phase);
        }
    }

    fn order(&self, task: Task, phase: Duration) -> bool {
        let not_before = (!phase.is_zero()).then(|| Instant::now() + phase);
        let job = Job { unit: self.key, connection: self.connection, not_before, task };
        self.orders.send(Order::Job(job)).is_ok()
    }

    /// Learns what became of the connection.
    fn look(&mut self) {
        let connection = lock(&self.stats).connection;
        if connection == self.connection {
            return;
        }
        if self.connection != 0 {
            self.intake.disconnect();
        }
        self.connection = connection;
        if connection != 0 {
            self.intake.connect();
        }
    }

    /// Waits for the sample asked for, at most until `deadline`, and judges it. Without connection,
    /// or when nothing came since the last reading, the last values come back with a bad quality. A
    /// slow PLC whose last sample came since then is not waited for: its age is told by its stamp.
    pub async fn finish_read(&mut self, deadline: Instant) -> Reading {
        let mut again = true;
        while self.reading {
            if self.fresh && self.health().slow {
                break;
            }
            match self.receive(deadline).await {
                Some(report) => self.digest(report),
                None => {
                    // The reply still counts for the next scan if it comes.
                    self.late += 1;
                    if !self.fresh {
                        self.intake.answered = false;
                    }
                    break;
                }
            }
            if !self.reading && again && self.intake.torn() {
                again = false;
                self.ask(Duration::ZERO);
            }
        }
        self.fresh = false;
        let mut reading = self.intake.reading(self.now);
        reading.link.ready &= !self.writing;
        reading
    }

    /// Sends heartbeat and command in one request. Returns at once; nothing is queued behind a write
    /// that has not ended. What became of the command is seen in the `link` of later readings.
    ///
    /// # Errors
    /// [`WriteError`]: what was not sent, and why.
    pub fn start_write(&mut self, outputs: &Outputs) -> Result<(), WriteError> {
        if !self.intake.connected {
            return Err(WriteError::Disconnected);
        }
        if self.intake.mismatch().is_some() {
            return Err(WriteError::MapMismatch);
        }
        // Before the first sound sample nobody knows what the registers over there mean.
        if !self.intake.verified {
            return Err(WriteError::Disconnected);
        }
        if self.writing {
            return Err(WriteError::Overrun);
        }
        let mut words = [0; MAX_WORDS];
        let Command { action, fallback_interval, .. } = outputs.command;
        let mut complaint = None;
        let mut seq = 0;
        if action != Action::None {
            let fits = self.layout.encode(&mut words, 0, 1, action, self.cell, fallback_interval);
            match fits {
                Err(error) => {
                    self.intake.handshake.refuse();
                    complaint = Some(WriteError::Codec(error));
                }
                Ok(()) => match self.intake.handshake.issue() {
                    Some(number) => seq = number,
                    None => complaint = Some(WriteError::NotReady),
                },
            }
        }
        let sent = if seq == 0 { Action::None } else { action };
        // An interval outside the map's limits is left out rather than the heartbeat with it.
        let encoded = self
            .layout
            .encode(&mut words, outputs.heartbeat, seq, sent, self.cell, fallback_interval)
            .or_else(|error| {
                complaint = Some(WriteError::Codec(error));
                self.layout.encode(&mut words, outputs.heartbeat, seq, sent, self.cell, 0.0)
            });
        if encoded.is_err() || !self.order(Task::Write(words), self.phase) {
            self.intake.handshake.unsent();
            return Err(WriteError::Overrun);
        }
        self.writing = true;
        complaint.map_or(Ok(()), Err)
    }

    /// Waits until the last write has ended, at most until `deadline`. True when none is under way.
    pub async fn finish_write(&mut self, deadline: Instant) -> bool {
        while self.writing {
            match self.receive(deadline).await {
                Some(report) => self.digest(report),
                None => break,
            }
        }
        !self.writing
    }

    /// Counters since the link was made.
    #[must_use]
    pub fn health(&self) -> Health {
        lock(&self.stats).health
    }

    /// Readings that missed their deadline.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Restarts of the PLC noticed.
    #[must_use]
    pub fn plc_restarts(&self) -> u64 {
        self.intake.restarts
    }

    /// Round-trip times of the good exchanges \[µs\], a copy.
    #[must_use]
    pub fn round_trips(&self) -> Histogram<u64> {
        lock(&self.stats).round_trips.clone()
    }

    /// Why the PLC is not spoken to although it answers.
    #[must_use]
    pub fn mismatch(&self) -> Option<Mismatch> {
        self.intake.mismatch()
    }

    /// Why the last command was refused or cut short.
    #[must_use]
    pub fn reject_code(&self) -> RejectCode {
        self.intake.handshake.code()
    }

    /// The next report, or `None` at the deadline.
    async fn receive(&mut self, deadline: Instant) -> Option<Report> {
        if let Ok(report) = self.reports.try_recv() {
            return Some(report);
        }
        let report = self.alarm.limit(deadline, pin!(self.reports.recv())).await;
        match report {
            Some(Some(report)) => Some(report),
            Some(None) => {
                // The runtime is shutting down: there will never be a connection again.
                (self.reading, self.writing) = (false, false);
                self.intake.disconnect();
                None
            }
            None => None,
        }
    }

    fn digest(&mut self, report: Report) {
        match report.answer {
            Answer::Written(result) => {
                self.writing = false;
                match result {
                    Err(fault) if fault.is_unsent() => self.intake.handshake.unsent(),
                    result => self.intake.handshake.written(result.is_ok()),
                }
                self.look();
            }
            Answer::Read(result) => {
                self.reading = false;
                self.look();
                match result {
                    Ok(words) if report.connection == self.connection => {
                        let count = self.layout.read_words();
                        self.intake.take(words.get(..count).unwrap_or_default(), self.now);
                        self.fresh = true;
                    }
                    // A sample of a connection that is gone, or none.
                    _ => self.intake.answered = false,
                }
            }
        }
    }
}

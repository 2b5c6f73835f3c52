//! One PLC behind a connection: what its owner asks, and what it is told.

use super::breaker::Breaker;
use super::patience::Patience;
use crate::plc::fault::Fault;
use crate::plc::health::{Circuit, SharedStats, lock};
use crate::plc::layout::{Layout, Words};
use crate::plc::settings::LinkSettings;
use std::collections::VecDeque;
use std::prelude::rust_2024::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

/// One request.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(in crate::plc) enum Task {
    Read,
    Write(Words),
}

impl Task {
    pub(super) fn failed(&self, fault: Fault) -> Answer {
        match self {
            Self::Read => Answer::Read(Err(fault)),
            Self::Write(_) => Answer::Written(Err(fault)),
        }
    }
}

/// A request of one owner, good for one connection.
#[derive(Debug)]
pub(in crate::plc) struct Job {
    pub unit: u64,
    pub connection: u64,
    pub not_before: Option<Instant>,
    pub task: Task,
}

/// What the task answers to a job.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(in crate::plc) enum Answer {
    Read(Result<Words, Fault>),
    Written(Result<(), Fault>),
}

/// An answer, and over which connection it came.
#[derive(Debug)]
pub(in crate::plc) struct Report {
    pub connection: u64,
    pub answer: Answer,
}

#[derive(Debug)]
pub(in crate::plc) struct Unit {
    pub(super) key: u64,
    pub(super) slave: u8,
    pub(super) layout: Arc<Layout>,
    pub(super) patience: Patience,
    breaker: Breaker,
    /// One read and one write are answered at most before the owner fetches them: never full.
    reports: Sender<Report>,
    stats: SharedStats,
    jobs: VecDeque<Job>,
    /// The job whose request is on the wire.
    in_hand: Option<Job>,
}

impl Unit {
    pub(in crate::plc) fn new(
        (key, slave, seed): (u64, u8, u64),
        layout: Arc<Layout>,
        (settings, wire): (&LinkSettings, Duration),
        reports: Sender<Report>,
        stats: SharedStats,
    ) -> Self {
        Self {
            key,
            slave,
            layout,
            patience: Patience::new(settings, wire),
            breaker: Breaker::new(settings, seed),
            reports,
            stats,
            jobs: VecDeque::with_capacity(2),
            in_hand: None,
        }
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.reports.is_closed()
    }

    pub(super) fn answer(&self, job: &Job, answer: Answer) {
        // An owner that is gone needs no answer.
        let _ = self.reports.try_send(Report { connection: job.connection, answer });
    }

    /// Takes a job for its turn, or turns it away at once.
    pub(super) fn queue(&mut self, job: Job, connection: u64) {
        if job.connection != connection {
            self.answer(&job, job.task.failed(Fault::Disconnected));
        } else if self.breaker.state(Instant::now()) == Circuit::Open {
            self.show(Circuit::Open);
            self.answer(&job, job.task.failed(Fault::Resting));
        } else {
            self.jobs.push_back(job);
        }
    }

    /// When the next job may be done, `now` at the earliest; `None` without one.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let job = self.jobs.front()?;
        Some(job.not_before.map_or(now, |time| time.max(now)))
    }

    pub(super) fn has_write(&self) -> bool {
        self.jobs.iter().any(|job| matches!(job.task, Task::Write(_)))
    }

    /// Answers writes that cannot be sent now as not sent.
    pub(super) fn refuse_writes(&mut self) {
        for _ in 0..self.jobs.len() {
            match self.jobs.pop_front() {
                Some(job) if matches!(job.task, Task::Write(_)) => {
                    self.answer(&job, job.task.failed(Fault::Resting));
                }
                Some(job) => self.jobs.push_back(job),
                None => {}
            }
        }
    }

    pub(super) fn take(&mut self) -> Option<&Job> {
        self.in_hand = self.jobs.pop_front();
        self.in_hand.as_ref()
    }

    /// The job in hand was done, or failed without harm to the connection.
    pub(super) fn finish(&mut self, answer: Answer) {
        if let Some(job) = self.in_hand.take() {
            self.answer(&job, answer);
        }
    }

    /// Counts an exchange that took `time`.
    pub(super) fn count(&mut self, time: Duration, fault: Option<(Fault, bool)>) {
        match fault {
            None => {
                self.patience.learn(time);
                self.breaker.succeeded();
            }
            Some((fault, _)) => {
                if let Fault::Exception(_) = fault {
                    self.patience.learn(time);
                }
                // What ends the connection is paused for by the connection.
                if !fault.is_fatal() {
                    self.breaker.failed(Instant::now());
                }
            }
        }
        let mut stats = lock(&self.stats);
        let stats = &mut *stats;
        stats.health.requests += 1;
        match fault {
            None => {
                stats.round_trips.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
            }
            Some((fault, named)) => {
                stats.health.errors += 1;
                stats.health.timeouts += u64::from(fault == Fault::Timeout);
                stats.health.bad_replies += u64::from(fault.is_bad_reply());
                stats.health.counts.add(fault, named);
                stats.health.last_error = Some(fault);
            }
        }
        self.expose(stats);
    }

    fn expose(&self, stats: &mut crate::plc::health::Stats) {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        stats.health.slow = self.patience.slow();
        stats.health.answer_us = micros(self.patience.answer());
        stats.health.patience_us = micros(self.patience.limit());
        stats.health.circuit = self.breaker.state(Instant::now());
    }

    /// What the line saw besides.
    pub(super) fn absorb(&self, counts: &crate::plc::health::Counts) {
        lock(&self.stats).health.counts.absorb(counts);
    }

    /// A request given up was answered after `time`.
    pub(super) fn late(&mut self, time: Duration) {
        self.patience.learn(time);
        self.expose(&mut lock(&self.stats));
    }

    pub(super) fn show(&self, circuit: Circuit) {
        lock(&self.stats).health.circuit = circuit;
    }

    /// The connection of this number stands. It is on trial until the first answer.
    pub(super) fn connected(&self, number: u64) {
        let mut stats = lock(&self.stats);
        stats.health.reconnects += u64::from(stats.ever_connected);
        stats.ever_connected = true;
        stats.health.connected = true;
        stats.health.circuit = Circuit::HalfOpen;
        stats.connection = number;
    }

    pub(super) fn refused(&self, fault: Fault) {
        let mut stats = lock(&self.stats);
        stats.health.refused += 1;
        stats.health.counts.add(fault, false);
        stats.health.last_error = Some(fault);
    }

    /// The connection ended by `fault`; every job is answered for.
    pub(super) fn lost(&mut self, fault: Fault) {
        {
            let mut stats = lock(&self.stats);
            stats.health.connected = false;
            stats.connection = 0;
            if self.in_hand.is_none() {
                // Counted with the exchange otherwise.
                stats.health.counts.add(fault, true);
                stats.health.last_error = Some(fault);
            }
        }
        if let Some(job) = self.in_hand.take() {
            self.answer(&job, job.task.failed(fault));
        }
        while let Some(job) = self.jobs.pop_front() {
            self.answer(&job, job.task.failed(Fault::Disconnected));
        }
    }
}

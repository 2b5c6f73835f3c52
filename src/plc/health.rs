//! What is known about a link: counters, patience, and all of it in words.

use super::fault::Fault;
use hdrhistogram::Histogram;
use serde::{Serialize, Serializer};
use std::fmt;
use std::prelude::rust_2024::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// May the PLC be asked?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Circuit {
    /// It is asked whenever there is something to ask.
    Closed,
    /// It failed too often and is left alone for a pause.
    #[default]
    Open,
    /// The pause is over: one attempt decides.
    HalfOpen,
}

/// What failed, by reason. Discarded frames did no harm and are no errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Discarded: replies to another transaction than the pending one.
    pub foreign_transaction: u64,
    /// Discarded: replies from another unit.
    pub foreign_unit: u64,
    /// Discarded: frames that came while nothing was asked.
    pub unsolicited: u64,
    /// Discarded: replies that came after their time-out.
    pub late: u64,
    /// Discarded: bytes between the frames of a serial line.
    pub noise: u64,
    /// Connection ended: the protocol id is not 0.
    pub protocol_id: u64,
    /// Connection ended: the length in a frame's header is impossible.
    pub frame_length: u64,
    /// Connection ended: the inside of a frame does not add up.
    pub malformed: u64,
    /// Wrong checksums on a serial line.
    pub checksum: u64,
    /// Replies of another function.
    pub function: u64,
    /// Replies with too few registers.
    pub short: u64,
    /// Replies with too many registers.
    pub long: u64,
    /// Writes echoed with another address or quantity.
    pub echo: u64,
    /// Exception replies.
    pub exception: u64,
    /// No reply in time.
    pub timeout: u64,
    /// Connections that broke.
    pub broken: u64,
    /// Attempts to connect that failed.
    pub connect: u64,
    /// Of these, for want of trust (TLS).
    pub distrust: u64,
}

impl Counts {
    /// Frames and bytes thrown away.
    #[must_use]
    pub fn discarded(&self) -> u64 {
        self.foreign_transaction + self.foreign_unit + self.unsolicited + self.late + self.noise
    }

    /// Adds what the transport found.
    pub(super) fn absorb(&mut self, found: &Self) {
        self.foreign_transaction += found.foreign_transaction;
        self.foreign_unit += found.foreign_unit;
        self.unsolicited += found.unsolicited;
        self.late += found.late;
        self.noise += found.noise;
        self.protocol_id += found.protocol_id;
        self.frame_length += found.frame_length;
    }

    /// Counts a failed exchange. What the transport has named already is not counted twice.
    pub(super) fn add(&mut self, fault: Fault, named: bool) {
        let counter = match fault {
            Fault::Disconnected | Fault::Resting => return,
            Fault::Connect(_) => &mut self.connect,
            Fault::Secure(_) => {
                self.connect += 1;
                &mut self.distrust
            }
            Fault::Transport(_) => &mut self.broken,
            Fault::Timeout | Fault::Header => &mut self.timeout,
            Fault::Garbage if named => return,
            Fault::Garbage => &mut self.malformed,
            Fault::Checksum => &mut self.checksum,
            Fault::Function => &mut self.function,
            Fault::Length { asked, got } if got < usize::from(asked) => &mut self.short,
            Fault::Length { .. } => &mut self.long,
            Fault::Echo => &mut self.echo,
            Fault::Exception(_) => &mut self.exception,
        };
        *counter += 1;
    }
}

/// State and counters of one link since it was made. [`Display`](fmt::Display) says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Health {
    /// A connection stands.
    pub connected: bool,
    /// May the PLC be asked?
    pub circuit: Circuit,
    /// It answers, but later than `timeout_ms` of the settings.
    pub slow: bool,
    /// Smoothed time to an answer \[µs\]; 0 before the first.
    pub answer_us: u64,
    /// How long an answer is waited for at present \[µs\].
    pub patience_us: u64,
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
    /// What failed, by reason.
    pub counts: Counts,
    /// Last failure.
    #[serde(serialize_with = "in_words")]
    pub last_error: Option<Fault>,
}

fn in_words<S: Serializer>(fault: &Option<Fault>, to: S) -> Result<S::Ok, S::Error> {
    match fault {
        Some(fault) => to.collect_str(fault),
        None => to.serialize_none(),
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |us: u64| us as f64 / 1e3;
        f.write_str(match (self.connected, self.circuit) {
            (true, Circuit::Closed) => "connected",
            (true, Circuit::HalfOpen) => "connected, on trial",
            (true, Circuit::Open) => "connected, resting after failures",
            (false, Circuit::HalfOpen) => "connecting",
            (false, _) => "not connected",
        })?;
        if self.slow {
            let (answer, patience) = (ms(self.answer_us), ms(self.patience_us));
            write!(f, "; slow peer: answers take {answer:.0} ms, waiting up to {patience:.0} ms")?;
        }
        write!(f, "; {} of {} requests failed", self.errors, self.requests)?;
        let discarded = self.counts.discarded();
        if discarded > 0 {
            write!(f, ", {discarded} frames discarded ({} late)", self.counts.late)?;
        }
        match self.last_error {
            Some(fault) => write!(f, "; last failure: {fault}"),
            None => Ok(()),
        }
    }
}

#[derive(Debug)]
pub(super) struct Stats {
    pub health: Health,
    /// Number of the connection that stands, from 1; 0 for none.
    pub connection: u64,
    /// There was a connection before.
    pub ever_connected: bool,
    /// Round-trip times of good exchanges \[µs\].
    pub round_trips: Histogram<u64>,
}

impl Stats {
    /// Empty; `None` only if the histogram's bounds were wrong.
    pub(super) fn new() -> Option<Self> {
        // 1 µs to 60 s at 1 %.
        let round_trips = Histogram::new_with_bounds(1, 60_000_000, 2).ok()?;
        Some(Self { health: Health::default(), connection: 0, ever_connected: false, round_trips })
    }
}

pub(super) type SharedStats = Arc<Mutex<Stats>>;

pub(super) fn lock(stats: &SharedStats) -> MutexGuard<'_, Stats> {
    // Counters stay usable whatever happened to another holder.
    stats.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_told_in_words_and_in_json() {
        let health = Health {
            connected: true,
            circuit: Circuit::Closed,
            slow: true,
            answer_us: 150_000,
            patience_us: 450_000,
            requests: 100,
            errors: 1,
            counts: Counts { late: 1, timeout: 1, ..Counts::default() },
            last_error: Some(Fault::Timeout),
            ..Health::default()
        };
        let words = std::format!("{health}");
        assert!(words.contains("slow peer: answers take 150 ms, waiting up to 450 ms"), "{words}");
        assert!(words.contains("1 of 100") && words.contains("(1 late)"), "{words}");
        let json = serde_json::to_value(health).unwrap();
        assert_eq!(json["last_error"], "no reply within the time-out");
        assert_eq!((&json["circuit"], &json["counts"]["late"]), (&"closed".into(), &1.into()));
        assert!(Health::default().to_string().starts_with("not connected; 0 of 0"));
    }

    #[test]
    fn every_fault_has_its_counter() {
        let mut counts = Counts::default();
        counts.add(Fault::Length { asked: 10, got: 4 }, false);
        counts.add(Fault::Length { asked: 2, got: 5 }, false);
        counts.add(Fault::Garbage, true);
        counts.add(Fault::Garbage, false);
        counts.add(Fault::Header, false);
        let expected = Counts { short: 1, long: 1, malformed: 1, timeout: 1, ..Counts::default() };
        assert_eq!(counts, expected);
    }
}

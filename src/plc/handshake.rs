//! The command handshake, seen from the controller: a state machine without I/O.
//!
//! A command travels in exactly one write and bears a sequence number. Blocks without a command
//! bear 0, so nothing in the registers of a restarted PLC can be executed again. The PLC echoes the
//! number with a result. A write whose fate is unknown is never repeated: the echo decides, and if
//! a later scan of the PLC still shows the old echo, the command is reported as not executed.

use crate::image::Outcome;
use std::prelude::rust_2024::*;

/// The acknowledgement registers of the PLC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ack {
    /// Sequence number of the last command it looked at.
    pub seq: u16,
    /// Result, an [`AckResult`] as a number.
    pub result: u16,
    /// Reason, a [`RejectCode`] as a number.
    pub code: u16,
}

/// Results a PLC reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum AckResult {
    /// No command yet.
    None = 0,
    /// Taken and running.
    Accepted = 1,
    /// Executed; a code says when it was cut short.
    Done = 2,
    /// Refused: the actuator is busy.
    Busy = 3,
    /// Refused, see the code.
    Rejected = 4,
}

/// Why a PLC refused a command or cut it short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u16)]
#[non_exhaustive]
pub enum RejectCode {
    /// No reason to give.
    #[default]
    None = 0,
    /// Unknown command code.
    Unknown = 1,
    /// Argument out of range.
    Range = 2,
    /// Not in this mode.
    Mode = 3,
    /// Emergency stop or limit switch.
    Interlock = 4,
    /// Too soon after the last one.
    TooSoon = 5,
    /// Line current too low.
    LowCurrent = 6,
    /// Meant for another cell.
    WrongCell = 7,
    /// Another pulse is running.
    Busy = 8,
    /// The hard maximum on-time ended it.
    OnTime = 9,
    /// The controller was lost.
    CommsLost = 10,
    /// Set by the driver: the PLC went on without ever echoing the command.
    NotExecuted = 0xFF00,
}

impl RejectCode {
    /// The code of this number; unknown numbers read as [`RejectCode::Unknown`].
    #[must_use]
    pub fn from_word(word: u16) -> Self {
        match word {
            0 => Self::None,
            2 => Self::Range,
            3 => Self::Mode,
            4 => Self::Interlock,
            5 => Self::TooSoon,
            6 => Self::LowCurrent,
            7 => Self::WrongCell,
            8 => Self::Busy,
            9 => Self::OnTime,
            10 => Self::CommsLost,
            0xFF00 => Self::NotExecuted,
            _ => Self::Unknown,
        }
    }
}

/// Where the outstanding command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No echo has been read yet: the next number is not known.
    Unsynced,
    /// Nothing outstanding.
    Idle,
    /// Handed to the wire.
    Sent,
    /// On the wire or lost; `seen` is the PLC's scan counter when it was first read afterwards.
    Waiting { seen: Option<u16>, doubtful: bool },
    /// The PLC has taken it.
    Running,
}

/// The handshake of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    state: State,
    seq: u16,
    last: Outcome,
    code: RejectCode,
    patience: u16,
}

impl Default for Handshake {
    fn default() -> Self {
        Self::new(Self::PATIENCE)
    }
}

impl Handshake {
    /// Default number of PLC scans after a write within which the echo must appear.
    pub const PATIENCE: u16 = 5;

    /// A handshake that knows nothing yet. `patience`: PLC scans after a write within which the
    /// echo must appear, at least 2, since the scan running while the write arrived may have
    /// missed it.
    #[must_use]
    pub fn new(patience: u16) -> Self {
        Self {
            state: State::Unsynced,
            seq: 0,
            last: Outcome::Idle,
            code: RejectCode::None,
            patience: patience.max(2),
        }
    }

    /// True when a command may be issued.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.state == State::Idle
    }

    /// What became of the last command.
    #[must_use]
    pub fn last(&self) -> Outcome {
        self.last
    }

    /// Why it was refused or cut short.
    #[must_use]
    pub fn code(&self) -> RejectCode {
        self.code
    }

    /// Takes the next sequence number for a command about to be written; `None` while one is
    /// outstanding or the PLC has not been heard.
    pub fn issue(&mut self) -> Option<u16> {
        if !self.ready() {
            return None;
        }
        self.seq = successor(self.seq);
        self.state = State::Sent;
        self.last = Outcome::Pending;
        self.code = RejectCode::None;
        Some(self.seq)
    }

    /// The write ended: confirmed by the PLC, or of unknown fate (time-out, connection lost).
    pub fn written(&mut self, confirmed: bool) {
        if self.state == State::Sent {
            self.state = State::Waiting { seen: None, doubtful: !confirmed };
            if !confirmed {
                self.last = Outcome::Unknown;
            }
        }
    }

    /// The write never left: the command is certainly not executed.
    pub fn unsent(&mut self) {
        if self.state == State::Sent {
            self.finish(Outcome::Rejected, RejectCode::NotExecuted);
        }
    }

    /// A command was refused before it got a number, because it does not fit the map.
    pub fn refuse(&mut self) {
        if self.ready() {
            self.finish(Outcome::Rejected, RejectCode::Range);
        }
    }

    /// The connection was lost. What is outstanding becomes unknown; nothing is repeated.
    pub fn link_lost(&mut self) {
        match &mut self.state {
            State::Sent => self.written(false),
            State::Waiting { seen, doubtful } => {
                // Counting starts afresh with the first scan read over the new connection.
                (*seen, *doubtful) = (None, true);
                self.last = Outcome::Unknown;
            }
            State::Running => self.last = Outcome::Unknown,
            State::Unsynced | State::Idle => {}
        }
    }

    /// The acknowledgement and scan counter of a sound, fresh sample read after the last write
    /// ended.
    pub fn observe(&mut self, ack: Ack, scan: u16) {
        match self.state {
            State::Unsynced => {
                self.seq = ack.seq;
                self.state = State::Idle;
            }
            // The write has not ended: this sample may be older than it.
            State::Sent => {}
            State::Idle => {}
            State::Waiting { .. } | State::Running if ack.seq == self.seq => self.echoed(ack),
            // Taken, and yet the echo is gone: another master, or a restart nobody noticed.
            State::Running => self.finish(Outcome::Unknown, RejectCode::None),
            State::Waiting { seen: None, doubtful } => {
                self.state = State::Waiting { seen: Some(scan), doubtful };
            }
            State::Waiting { seen: Some(first), .. } => {
                if scan.wrapping_sub(first) >= self.patience {
                    self.finish(Outcome::Rejected, RejectCode::NotExecuted);
                }
            }
        }
    }

    /// The PLC restarted and shows `ack`. Whether an outstanding command was executed before can no
    /// longer be known; it stays unknown for good.
    pub fn plc_restarted(&mut self, ack: Ack) {
        if !matches!(self.state, State::Unsynced | State::Idle) {
            self.last = Outcome::Unknown;
            self.code = RejectCode::None;
        }
        // Both memories of what was used last are kept apart from the next number.
        self.seq = if successor(ack.seq) == self.seq { self.seq } else { ack.seq };
        self.state = State::Idle;
    }

    fn echoed(&mut self, ack: Ack) {
        let code = RejectCode::from_word(ack.code);
        match ack.result {
            r if r == AckResult::Accepted as u16 => {
                self.state = State::Running;
                self.last = Outcome::Accepted;
            }
            r if r == AckResult::Done as u16 => self.finish(Outcome::Done, code),
            r if r == AckResult::Busy as u16 => self.finish(Outcome::Busy, code),
            r if r == AckResult::Rejected as u16 => self.finish(Outcome::Rejected, code),
            // Our number with no result we know: nothing can be said.
            _ => self.finish(Outcome::Unknown, code),
        }
    }

    fn finish(&mut self, outcome: Outcome, code: RejectCode) {
        self.state = State::Idle;
        self.last = outcome;
        self.code = code;
    }
}

/// The next sequence number; 0 means "no command" and is left out.
fn successor(seq: u16) -> u16 {
    seq.checked_add(1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCEPTED: u16 = 1;
    const DONE: u16 = 2;

    fn ack(seq: u16, result: u16) -> Ack {
        Ack { seq, result, code: 0 }
    }

    fn synced(seq: u16) -> Handshake {
        let mut shake = Handshake::default();
        assert_eq!(shake.issue(), None);
        shake.observe(ack(seq, DONE), 0);
        shake
    }

    #[test]
    fn numbers_continue_from_the_plc_and_leave_out_zero() {
        assert_eq!(synced(0).issue(), Some(1));
        assert_eq!(synced(41).issue(), Some(42));
        assert_eq!(synced(65_535).issue(), Some(1));
    }

    #[test]
    fn a_command_runs_its_course() {
        let mut shake = synced(7);
        assert_eq!(shake.last(), Outcome::Idle);
        assert_eq!(shake.issue(), Some(8));
        assert_eq!((shake.last(), shake.issue()), (Outcome::Pending, None));
        shake.written(true);
        shake.observe(ack(7, DONE), 1);
        assert_eq!(shake.last(), Outcome::Pending);
        shake.observe(ack(8, ACCEPTED), 2);
        assert_eq!((shake.last(), shake.ready()), (Outcome::Accepted, false));
        shake.observe(ack(8, DONE), 3);
        assert_eq!((shake.last(), shake.ready()), (Outcome::Done, true));
    }

    #[test]
    fn refusals_come_with_their_code() {
        for (result, outcome) in [(3, Outcome::Busy), (4, Outcome::Rejected), (9, Outcome::Unknown)] {
            let mut shake = synced(0);
            shake.issue();
            shake.written(true);
            shake.observe(Ack { seq: 1, result, code: 5 }, 1);
            assert_eq!((shake.last(), shake.code()), (outcome, RejectCode::TooSoon));
            assert!(shake.ready());
        }
    }

    #[test]
    fn an_echo_read_before_the_write_ended_decides_nothing() {
        let mut shake = synced(0);
        shake.issue();
        shake.observe(ack(0, 0), 1);
        shake.observe(ack(0, 0), 60_000);
        assert_eq!((shake.last(), shake.ready()), (Outcome::Pending, false));
    }

    #[test]
    fn a_doubtful_write_is_decided_by_the_echo() {
        let mut shake = synced(0);
        shake.issue();
        shake.written(false);
        assert_eq!((shake.last(), shake.issue()), (Outcome::Unknown, None));
        shake.observe(ack(1, DONE), 9);
        assert_eq!(shake.last(), Outcome::Done);
    }

    #[test]
    fn or_by_later_scans_that_still_show_the_old_echo() {
        let mut shake = synced(0);
        shake.issue();
        shake.link_lost();
        shake.observe(ack(0, 0), 65_534);
        shake.observe(ack(0, 0), 65_534);
        assert_eq!((shake.last(), shake.ready()), (Outcome::Unknown, false));
        shake.observe(ack(0, 0), 65_534_u16.wrapping_add(Handshake::PATIENCE));
        assert_eq!((shake.last(), shake.code()), (Outcome::Rejected, RejectCode::NotExecuted));
        // The number is used up all the same: the write might still turn up.
        assert_eq!(shake.issue(), Some(2));
    }

    #[test]
    fn a_second_loss_starts_the_count_afresh() {
        let mut shake = synced(0);
        shake.issue();
        shake.written(true);
        shake.observe(ack(0, 0), 10);
        shake.link_lost();
        shake.observe(ack(0, 0), 500);
        assert!(!shake.ready());
        shake.observe(ack(0, 0), 505);
        assert!(shake.ready());
    }

    #[test]
    fn a_running_command_survives_a_reconnect() {
        let mut shake = synced(0);
        shake.issue();
        shake.written(true);
        shake.observe(ack(1, ACCEPTED), 1);
        shake.link_lost();
        assert_eq!((shake.last(), shake.ready()), (Outcome::Unknown, false));
        shake.observe(ack(1, DONE), 2);
        assert_eq!((shake.last(), shake.ready()), (Outcome::Done, true));
    }

    #[test]
    fn a_restarted_plc_leaves_the_outcome_unknown_and_the_number_unused() {
        let mut shake = synced(400);
        shake.issue();
        shake.written(true);
        shake.plc_restarted(ack(0, 0));
        assert_eq!((shake.last(), shake.ready()), (Outcome::Unknown, true));
        assert_eq!(shake.issue(), Some(1));
        // First command of all, PLC restarts before the write turns up: number 1 is not used twice.
        let mut shake = synced(0);
        shake.issue();
        shake.plc_restarted(ack(0, 0));
        assert_eq!(shake.issue(), Some(2));
    }

    #[test]
    fn what_was_never_sent_is_certainly_not_executed() {
        let mut shake = synced(0);
        shake.issue();
        shake.unsent();
        assert_eq!((shake.last(), shake.code()), (Outcome::Rejected, RejectCode::NotExecuted));
    }

    #[test]
    fn a_foreign_echo_during_a_run_ends_in_unknown() {
        let mut shake = synced(0);
        shake.issue();
        shake.written(true);
        shake.observe(ack(1, ACCEPTED), 1);
        shake.observe(ack(77, DONE), 2);
        assert_eq!((shake.last(), shake.ready()), (Outcome::Unknown, true));
    }
}

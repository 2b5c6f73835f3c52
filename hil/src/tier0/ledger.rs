//! The two books of a campaign: what the controller was told about its commands, and what the PLC did.

use super::monitor::Monitor;
use potline::image::{Outcome, Reading};

/// What is known of a command on the controller's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    Acknowledged,
    Rejected,
}

/// Commands in the order in which they were given.
#[derive(Debug, Default)]
pub struct Ledger {
    known: Vec<Known>,
    refused_here: usize,
}

/// How the commands of a campaign ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct Books {
    pub given: usize,
    /// Refused by the client before anything was sent.
    pub refused_here: usize,
    pub acknowledged: usize,
    pub rejected: usize,
    pub unknown: usize,
    pub executed: usize,
    pub twice: usize,
    /// Acknowledged and not executed.
    pub phantom: usize,
    /// Executed and not acknowledged.
    pub silent: usize,
    /// Executed as something else, or asked by nobody.
    pub wrong: usize,
    /// Feeder strokes that no command asked for, the PLC's own fallback left out.
    pub stray: usize,
    pub longest_feed: f64,
    pub longest_beam: f64,
}

impl Ledger {
    pub fn given(&self) -> usize {
        self.known.len()
    }

    /// A command was handed to the client, which may have refused it.
    pub fn give(&mut self, refused: bool) {
        self.known.push(if refused { Known::Rejected } else { Known::Nothing });
        self.refused_here += usize::from(refused);
    }

    /// The reading speaks of the last command.
    pub fn learn(&mut self, reading: &Reading) {
        let Some(last) = self.known.last_mut() else { return };
        match reading.link.last {
            Outcome::Accepted | Outcome::Done => *last = Known::Acknowledged,
            Outcome::Rejected | Outcome::Busy if *last == Known::Nothing => *last = Known::Rejected,
            _ => {}
        }
    }

    /// Both books side by side.
    pub fn close(&self, monitor: &Monitor) -> Books {
        let mut books = Books {
            given: self.known.len(),
            refused_here: self.refused_here,
            wrong: monitor.wrong as usize,
            stray: monitor.strokes.saturating_sub(monitor.strokes_commanded),
            longest_feed: monitor.longest_feed,
            longest_beam: monitor.longest_beam,
            ..Books::default()
        };
        for (known, &executed) in self.known.iter().zip(monitor.executed()) {
            books.executed += usize::from(executed > 0);
            books.twice += usize::from(executed > 1);
            books.acknowledged += usize::from(*known == Known::Acknowledged);
            books.rejected += usize::from(*known == Known::Rejected);
            books.unknown += usize::from(*known == Known::Nothing);
            books.phantom += usize::from(*known == Known::Acknowledged && executed == 0);
            books.silent += usize::from(*known != Known::Acknowledged && executed > 0);
        }
        books
    }
}

impl std::ops::AddAssign for Books {
    fn add_assign(&mut self, other: Self) {
        self.given += other.given;
        self.refused_here += other.refused_here;
        self.acknowledged += other.acknowledged;
        self.rejected += other.rejected;
        self.unknown += other.unknown;
        self.executed += other.executed;
        self.twice += other.twice;
        self.phantom += other.phantom;
        self.silent += other.silent;
        self.wrong += other.wrong;
        self.stray += other.stray;
        self.longest_feed = self.longest_feed.max(other.longest_feed);
        self.longest_beam = self.longest_beam.max(other.longest_beam);
    }
}

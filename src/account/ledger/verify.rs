//! Reading a log from its first row to its last, and saying where it is not what it was.

use super::head_path;
use super::row::{Hash, Head, read};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::prelude::rust_2024::*;

/// Findings that are listed; the rest is counted.
const MOST_FINDINGS: usize = 100;

/// Something wrong with a log. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "kind", rename_all = "kebab-case"))]
pub enum Finding {
    /// A line that is no row.
    #[error("line {line} is no row of this log")]
    Unreadable {
        /// Line.
        line: u64,
    },
    /// The text of a row is not what was hashed.
    #[error("line {line}: row {row} was altered")]
    Altered {
        /// Line.
        line: u64,
        /// Row.
        row: u64,
    },
    /// A row follows another row than the one before it: that one was rewritten, hash and all.
    #[error("line {line}: row {row} does not follow the row before it, which was rewritten")]
    Rewritten {
        /// Line.
        line: u64,
        /// Row.
        row: u64,
    },
    /// Rows are missing before this one.
    #[error("line {line}: rows {first} to {last} were removed")]
    Removed {
        /// Line.
        line: u64,
        /// First row that is missing.
        first: u64,
        /// Last row that is missing.
        last: u64,
    },
    /// A row stands after one that came later.
    #[error("line {line}: row {row} is out of order")]
    Reordered {
        /// Line.
        line: u64,
        /// Row.
        row: u64,
    },
    /// The last line has no end: a crash, or a cut in the middle of a row.
    #[error("line {line}: an unfinished row of {bytes} bytes")]
    Unfinished {
        /// Line.
        line: u64,
        /// Its length.
        bytes: u64,
    },
    /// The log is shorter than its head says.
    #[error("rows {first} to {last} were cut off at the end")]
    CutOff {
        /// First row that is missing.
        first: u64,
        /// Last row that is missing.
        last: u64,
    },
    /// The row the head names has another hash.
    #[error("row {row} is not the one the head names: all rows from some row on were rewritten")]
    OtherHead {
        /// Row.
        row: u64,
    },
    /// The head beside the log is missing or unreadable.
    #[error("the head beside the log is missing or unreadable: a cut at the end would not be seen")]
    NoHead,
}

/// What a log turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its last row.
    pub head: Head,
    /// Rows after the one that the head beside the log names: a crash came between the two.
    pub ahead: u64,
    /// What is wrong, in the order of the lines; empty for a sound log.
    pub findings: Vec<Finding>,
    /// Findings that are not listed.
    pub unlisted: u64,
}

impl Report {
    fn note(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }
}

/// Reads the log at `path`. It is held against `expected`, a head that was kept elsewhere, and against
/// the head that stands beside it.
///
/// # Errors
/// What the system says; a log that is not what it was is no error but a finding.
pub fn verify(path: &Path, expected: Option<Head>) -> io::Result<Report> {
    verify_open(&File::open(path)?, path, expected)
}

/// The same of a log that is open at its begin.
pub(super) fn verify_open(log: &File, path: &Path, expected: Option<Head>) -> io::Result<Report> {
    let beside = match fs::read_to_string(head_path(path)) {
        Ok(text) => Some(text.parse::<Head>().ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let heads: Vec<Head> = expected.into_iter().chain(beside.flatten()).collect();
    let mut report = Report { head: Head::default(), ahead: 0, findings: Vec::new(), unlisted: 0 };
    let mut met: Vec<Option<Hash>> = heads.iter().map(|head| (head.rows == 0).then_some(head.hash)).collect();
    let mut input = BufReader::new(log);
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        if input.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        if text.pop_if(|last| *last == b'\n').is_none() {
            report.note(Finding::Unfinished { line, bytes: text.len() as u64 });
            break;
        }
        judge(&mut report, line, &text);
        for (head, met) in heads.iter().zip(&mut met).filter(|(head, _)| head.rows == report.head.rows) {
            *met = met.or(Some(report.head.hash)).filter(|_| head.rows > 0);
        }
    }
    for (head, met) in heads.iter().zip(met) {
        if head.rows > report.head.rows {
            report.note(Finding::CutOff { first: report.head.rows + 1, last: head.rows });
        } else if met.is_some_and(|hash| hash != head.hash) {
            report.note(Finding::OtherHead { row: head.rows });
        }
    }
    match beside {
        Some(Some(head)) => report.ahead = report.head.rows.saturating_sub(head.rows),
        Some(None) => report.note(Finding::NoHead),
        None if report.head.rows > 0 => report.note(Finding::NoHead),
        None => {}
    }
    report.findings.dedup();
    Ok(report)
}

/// One line after the row that `report.head` names. Whatever is wrong with it, the next is judged by what
/// this one states, so that one fault is told once.
fn judge(report: &mut Report, line: u64, text: &[u8]) {
    let Some(row) = read(text) else {
        report.note(Finding::Unreadable { line });
        // The row that stood here is passed over; its hash is not known.
        report.head = Head { rows: report.head.rows + 1, hash: Hash::default() };
        return;
    };
    let last = report.head;
    if row.of_text != row.hash {
        report.note(Finding::Altered { line, row: row.row });
    } else if row.row > last.rows + 1 {
        report.note(Finding::Removed { line, first: last.rows + 1, last: row.row - 1 });
    } else if row.row <= last.rows {
        report.note(Finding::Reordered { line, row: row.row });
    } else if row.previous != last.hash && !(last.rows > 0 && last.hash == Hash::default()) {
        report.note(Finding::Rewritten { line, row: row.row });
    }
    report.head = Head { rows: row.row, hash: row.hash };
}

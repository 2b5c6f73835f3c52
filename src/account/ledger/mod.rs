//! Key figures that cannot be changed unseen (节能监察): a log whose rows hold each other by their hashes.
//!
//! ```text
//! {"row":7,"previous":"<hash of row 6>","body":{…},"hash":"<SHA-256 of all before it in this line>"}
//! ```
//!
//! One row is one line of JSON. The hash covers the bytes of the line as they stand, so nothing depends
//! on how JSON is written. Beside the log stands `<log>.head` with the number and the hash of the last
//! row: without it a log that was cut short would still be whole.
//!
//! What this proves: that nobody changed, removed, moved or cut off rows without also writing every later
//! row and the head anew. Who can write both can do that too; against him the head must be kept where he
//! cannot write, on paper or with whoever inspects, and given to [`verify`]. SHA-256: FIPS 180-4.

mod row;
mod verify;

pub use row::{Hash, Head};
pub use verify::{Finding, Report, verify};

use row::line;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::prelude::rust_2024::*;
use std::{format, vec};
use verify::verify_open;

/// A log that cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process has it.
    #[error("{}: another process writes this log; wait until it has ended", .0.display())]
    Busy(PathBuf),
    /// It does not verify.
    #[error("{}: {found}; nothing is added to a log that does not verify: keep it, and begin another", .path.display())]
    Broken {
        /// The log.
        path: PathBuf,
        /// The first thing wrong with it.
        found: Finding,
    },
    /// A body is no object on one line.
    #[error("a row must be one JSON object on one line, without line breaks: {0}")]
    Body(String),
    /// What the system said.
    #[error("{}: {source}; choose a place you may write to", .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}

/// A log open for writing, by nobody else until this is dropped.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    path: PathBuf,
    head: Head,
    repaired: Option<u64>,
}

impl Ledger {
    /// Opens or begins a log. The end of a row that a crash left unfinished is cut off, and a row says so.
    ///
    /// # Errors
    /// Another writer, a log that does not verify, or what the system says.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let system = |source| LedgerError::System { path: path.into(), source };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(system)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::Busy(path.into())),
            Err(TryLockError::Error(source)) => return Err(system(source)),
        }
        let report = verify_open(&file, path, None).map_err(system)?;
        let (mut torn, mut broken) = (None, None);
        for found in report.findings {
            match found {
                Finding::Unfinished { bytes, .. } => torn = Some(bytes),
                found => broken = broken.or(Some(found)),
            }
        }
        if let Some(found) = broken {
            return Err(LedgerError::Broken { path: path.into(), found });
        }
        let mut ledger = Self { file, path: path.into(), head: report.head, repaired: torn };
        if let Some(bytes) = torn {
            let whole = ledger.file.metadata().map_err(system)?.len() - bytes;
            ledger.file.set_len(whole).map_err(system)?;
            ledger.append([&*format!("{{\"repaired\":\"{bytes} bytes of an unfinished row cut off\"}}")])?;
        }
        Ok(ledger)
    }

    /// Adds a row for each body, a JSON object on one line, and returns the new head once all of it is
    /// on disk.
    ///
    /// # Errors
    /// A body that is no object on one line, with none of the rows written; or what the system says.
    pub fn append<'a>(&mut self, bodies: impl IntoIterator<Item = &'a str>) -> Result<Head, LedgerError> {
        let mut text = vec![];
        let mut head = self.head;
        for body in bodies {
            let body = body.trim();
            if !(body.starts_with('{') && body.ends_with('}')) || body.contains(['\n', '\r']) {
                return Err(LedgerError::Body(body.chars().take(60).collect()));
            }
            let (row, next) = line(head, body);
            text.extend_from_slice(row.as_bytes());
            head = next;
        }
        let system = |source| LedgerError::System { path: self.path.clone(), source };
        self.file.seek(SeekFrom::End(0)).map_err(system)?;
        self.file.write_all(&text).and_then(|()| self.file.sync_data()).map_err(system)?;
        // After a crash between the two the log is ahead of its head, which is no fault.
        write_head(&self.path, head).map_err(system)?;
        self.head = head;
        Ok(head)
    }

    /// The last row.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Bytes of an unfinished row that were cut off when the log was opened.
    #[must_use]
    pub fn repaired(&self) -> Option<u64> {
        self.repaired
    }
}

/// Where the head of the log at `path` stands.
#[must_use]
pub fn head_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

fn write_head(path: &Path, head: Head) -> io::Result<()> {
    let place = head_path(path);
    let beside = place.with_extension("head.tmp");
    let mut file = File::create(&beside)?;
    file.write_all(format!("{head}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, place)
}

#[cfg(test)]
mod tests;

//! One row of the log, written and read.

use core::fmt;
use core::str::FromStr;
use sha2::{Digest, Sha256};
use std::format;
use std::prelude::rust_2024::*;

/// A SHA-256 hash, shown in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut hash = Self::default();
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err("a hash has 64 hexadecimal digits".into());
        }
        for (byte, pair) in hash.0.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |d: u8| char::from(d).to_digit(16).ok_or("a hash has hexadecimal digits only");
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        Ok(hash)
    }
}

/// The last row of a log: its number, 0 before the first, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Rows of the log.
    pub rows: u64,
    /// Hash of the last.
    pub hash: Hash,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.rows, self.hash)
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "a head is the number of rows, a colon, and the hash of the last";
        let (rows, hash) = text.trim().split_once(':').ok_or(wanted)?;
        Ok(Self { rows: rows.parse().map_err(|_| wanted)?, hash: hash.parse()? })
    }
}

const BEFORE_HASH: &str = ",\"hash\":\"";
const AFTER_HASH: &str = "\"}";

/// The line of the row after `head`, with its line break, and the head it makes.
pub(super) fn line(head: Head, body: &str) -> (String, Head) {
    let rows = head.rows + 1;
    let start = format!("{{\"row\":{rows},\"previous\":\"{}\",\"body\":{body}", head.hash);
    let hash = Hash::of(start.as_bytes());
    (format!("{start}{BEFORE_HASH}{hash}{AFTER_HASH}\n"), Head { rows, hash })
}

/// A row as it stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub row: u64,
    pub previous: Hash,
    /// As stated, and as its text has it.
    pub hash: Hash,
    pub of_text: Hash,
}

/// Reads a line without its line break; `None` when it has not the form of a row.
pub(super) fn read(line: &[u8]) -> Option<Row> {
    let text = core::str::from_utf8(line).ok()?;
    let tail = BEFORE_HASH.len() + 64 + AFTER_HASH.len();
    let (start, end) = text.split_at_checked(text.len().checked_sub(tail)?)?;
    let hash = end.strip_prefix(BEFORE_HASH)?.strip_suffix(AFTER_HASH)?.parse().ok()?;
    let (row, rest) = start.strip_prefix("{\"row\":")?.split_once(",\"previous\":\"")?;
    let (previous, _) = rest.split_once("\",\"body\":{")?;
    Some(Row {
        row: row.parse().ok()?,
        previous: previous.parse().ok()?,
        hash,
        of_text: Hash::of(start.as_bytes()),
    })
}

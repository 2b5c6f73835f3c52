//! The memory of the line in a file, so that a restart of the service is none for the cells.
//!
//! One sealed record for the line, then one per cell, in the layout of
//! [`control::snapshot`](crate::control::snapshot). Serialising happens between scans, writing beside
//! them; a crash loses what came after the last record, at most the interval between two, and never a
//! beam move: those are written at once.

use crate::control::snapshot::{POT_BYTES, Refusal, open, seal, split};
use crate::control::{PotController, PotState, Tick};
use crate::files::{Issue, WriteError, write_atomic};
use crate::image::{Action, CellId, Reading};
use crate::line::LineState;
use core::fmt;
use std::format;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::prelude::rust_2024::*;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::task::JoinHandle;

const KIND: [u8; 4] = *b"PLln";
/// Room of the line's record without its cells, and of each cell's entry in it \[B\].
const LINE_BYTES: usize = 1_024;
const ENTRY_BYTES: usize = 16;

/// The `[service]` table.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct MemorySettings {
    /// File that the memory of the controllers is kept in across a restart; none when absent.
    pub snapshot: Option<PathBuf>,
    /// Interval between two writes, in line time \[s\], 1–3600. Beam moves are written at once.
    pub snapshot_every_s: f64,
    /// Oldest memory that is taken up, in line time \[min\], 0.1–1440.
    pub snapshot_age_min: f64,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self { snapshot: None, snapshot_every_s: 10.0, snapshot_age_min: 10.0 }
    }
}

impl MemorySettings {
    pub(super) fn problems(&self) -> Vec<Issue> {
        let fields = [
            ("snapshot_every_s", self.snapshot_every_s, 1.0, 3_600.0),
            ("snapshot_age_min", self.snapshot_age_min, 0.1, 1_440.0),
        ];
        let ranges = fields.into_iter().filter_map(|(name, value, min, max)| {
            crate::error::in_range(name, value, min, max).err().map(Issue::from)
        });
        ranges.collect()
    }
}

/// What became of the memory, and of the set-points, for people.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// The cell goes on where it was.
    Restored {
        /// Cell.
        cell: CellId,
        /// Line time that it was away \[s\].
        away: f64,
    },
    /// The cell, or every cell, starts anew.
    Refused {
        /// Cell; all of them when absent.
        cell: Option<CellId>,
        /// Why.
        reason: String,
    },
    /// The memory could not be written; the older file is untouched.
    Unwritten {
        /// Why.
        reason: String,
    },
    /// The tuner decided something.
    Tuned {
        /// What and why.
        words: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restored { cell, away } => write!(f, "{cell} goes on with its memory, {away:.0} s later"),
            Self::Refused { cell: Some(cell), reason } => write!(f, "{cell} starts without memory: {reason}"),
            Self::Refused { cell: None, reason } => write!(f, "every cell starts without memory: {reason}"),
            Self::Tuned { words } => write!(f, "tuner: {words}"),
            Self::Unwritten { reason } => write!(f, "the memory is not saved: {reason}"),
        }
    }
}

/// The record of the line.
#[derive(serde::Serialize, serde::Deserialize)]
struct Head {
    /// Seconds of the computer's clock.
    wall: u64,
    /// Line time \[s\].
    now: f64,
    line: LineState,
    /// Each cell and the PLC's stamp of its last usable sample \[s\].
    cells: Vec<(u16, f64)>,
}

/// What was read and waits for the first sample of its cell.
struct Recalled {
    now: f64,
    line: Option<LineState>,
    pots: Vec<Option<(PotState, f64)>>,
}

/// What the first samples gave back.
pub(super) struct Resumed {
    /// The line's memory, once.
    pub line: Option<LineState>,
    /// Line time of this scan \[s\].
    pub now: f64,
}

/// Keeps the memory of a service.
pub(super) struct Memory {
    path: PathBuf,
    every: f64,
    age_most: f64,
    recalled: Option<Recalled>,
    stamps: Vec<f64>,
    saved: f64,
    moved: bool,
    writing: Option<JoinHandle<Result<(), WriteError>>>,
    failing: bool,
}

fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl Memory {
    /// Reads what an earlier service left; `None` when no file is kept.
    pub fn start(
        settings: &MemorySettings,
        controllers: &[PotController],
        states: &[PotState],
        notes: &mut Vec<Note>,
    ) -> Option<Self> {
        let path = settings.snapshot.clone()?;
        let mut memory = Self {
            every: settings.snapshot_every_s,
            age_most: settings.snapshot_age_min * 60.0,
            recalled: None,
            stamps: vec![f64::NAN; states.len()],
            saved: 0.0,
            moved: false,
            writing: None,
            failing: false,
            path,
        };
        match fs::read(&memory.path) {
            Ok(bytes) => match memory.recall(&bytes, controllers, states, notes) {
                Ok(recalled) => memory.recalled = Some(recalled),
                Err(reason) => notes.push(Note::Refused { cell: None, reason }),
            },
            Err(error) => {
                let reason = match error.kind() {
                    ErrorKind::NotFound => format!("there is no {} yet", memory.path.display()),
                    _ => format!("{} cannot be read: {error}", memory.path.display()),
                };
                notes.push(Note::Refused { cell: None, reason });
            }
        }
        Some(memory)
    }

    fn recall(
        &self,
        bytes: &[u8],
        controllers: &[PotController],
        states: &[PotState],
        notes: &mut Vec<Note>,
    ) -> Result<Recalled, String> {
        let named = |refusal: Refusal| format!("{}: {refusal}", self.path.display());
        let (first, mut rest) = split(bytes).map_err(named)?;
        let head: Head = open(KIND, 0, 0, first).map_err(named)?;
        // PLCs may run faster than the wall clock, never slower: this bounds what stamps cannot tell.
        let apart = wall().abs_diff(head.wall) as f64;
        if apart > self.age_most {
            return Err(self.too_old(apart));
        }
        let mut records = Vec::with_capacity(head.cells.len());
        for &(cell, stamp) in &head.cells {
            let (record, after) = split(rest).map_err(named)?;
            records.push((cell, stamp, record));
            rest = after;
        }
        if !rest.is_empty() {
            return Err(named(Refusal::Length { found: bytes.len(), expected: bytes.len() - rest.len() }));
        }
        let mut pots = Vec::with_capacity(states.len());
        for (controller, state) in controllers.iter().zip(states) {
            let cell = state.cell();
            let record = records.iter().find(|(other, ..)| *other == cell.0);
            let restored = match record {
                None => Err("it is not in the file".into()),
                Some((_, stamp, bytes)) => {
                    controller.restore(cell, bytes).map(|pot| (pot, *stamp)).map_err(named)
                }
            };
            pots.push(restored.map_err(|reason| refuse(notes, cell, reason)).ok());
        }
        Ok(Recalled { now: head.now, line: Some(head.line), pots })
    }

    fn too_old(&self, age: f64) -> String {
        format!(
            "it is {:.1} min old, more than service.snapshot_age_min = {}",
            age / 60.0,
            self.age_most / 60.0
        )
    }

    /// Gives each cell its memory with its first usable sample, when that shows how long the cell was
    /// away. `now` is the line time of this service \[s\].
    pub fn resume(
        &mut self,
        now: f64,
        readings: &[Reading],
        states: &mut [PotState],
        notes: &mut Vec<Note>,
    ) -> Option<Resumed> {
        let mut recalled = self.recalled.take()?;
        let mut resumed = None;
        for ((slot, reading), state) in recalled.pots.iter_mut().zip(readings).zip(states) {
            if !reading.usable() || !reading.time.is_finite() {
                if now > self.age_most && slot.take().is_some() {
                    refuse(notes, state.cell(), self.too_old(now));
                }
                continue;
            }
            let Some((pot, stamp)) = slot.take() else { continue };
            let away = reading.time - stamp;
            if away > self.age_most {
                refuse(notes, state.cell(), self.too_old(away));
            } else if away >= 0.0 {
                notes.push(Note::Restored { cell: state.cell(), away });
                *state = pot;
                resumed.get_or_insert(Resumed { line: recalled.line.take(), now: recalled.now + away });
            } else {
                refuse(notes, state.cell(), "the PLC has begun its time stamps anew".into());
            }
        }
        if recalled.pots.iter().any(Option::is_some) {
            self.recalled = Some(recalled);
        }
        resumed
    }

    /// Writes when it is time, without waiting for the disk.
    pub async fn keep(
        &mut self,
        now: f64,
        (readings, ticks): (&[Reading], &[Tick]),
        (controllers, states, line): (&[PotController], &[PotState], &LineState),
        notes: &mut Vec<Note>,
    ) {
        for (stamp, reading) in self.stamps.iter_mut().zip(readings).filter(|(_, r)| r.usable()) {
            *stamp = reading.time;
        }
        self.moved |= ticks.iter().any(|tick| matches!(tick.command.action, Action::Beam { .. }));
        let due = self.moved || now - self.saved >= self.every || now < self.saved;
        // While cells wait for their memory, the file is the only place where it is.
        if !due || self.recalled.is_some() || self.writing.as_ref().is_some_and(|w| !w.is_finished()) {
            return;
        }
        self.settle(notes).await;
        (self.saved, self.moved) = (now, false);
        match self.encode(now, controllers, states, line) {
            Ok(bytes) => {
                let path = self.path.clone();
                self.writing = Some(tokio::task::spawn_blocking(move || write_atomic(&path, &bytes)));
            }
            Err(refusal) => notes.push(Note::Unwritten { reason: format!("{refusal}") }),
        }
    }

    /// The last words, on disk when this returns.
    pub async fn end(
        &mut self,
        now: f64,
        (controllers, states, line): (&[PotController], &[PotState], &LineState),
        notes: &mut Vec<Note>,
    ) {
        self.settle(notes).await;
        if self.recalled.is_some() {
            return;
        }
        let written = self.encode(now, controllers, states, line).map_err(|refusal| format!("{refusal}"));
        let written = written.and_then(|bytes| write_atomic(&self.path, &bytes).map_err(|e| format!("{e}")));
        if let Err(reason) = written {
            notes.push(Note::Unwritten { reason });
        }
    }

    /// Waits for the write that is going on; a failure is told once until one succeeds.
    async fn settle(&mut self, notes: &mut Vec<Note>) {
        let Some(writing) = self.writing.take() else { return };
        let failed = match writing.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{error}")),
            Err(error) => Some(format!("{error}")),
        };
        let told = core::mem::replace(&mut self.failing, failed.is_some());
        notes.extend(failed.filter(|_| !told).map(|reason| Note::Unwritten { reason }));
    }

    fn encode(
        &self,
        now: f64,
        controllers: &[PotController],
        states: &[PotState],
        line: &LineState,
    ) -> Result<Vec<u8>, Refusal> {
        let cells = states.iter().zip(&self.stamps).map(|(state, stamp)| (state.cell().0, *stamp)).collect();
        let head = Head { wall: wall(), now, line: line.clone(), cells };
        let mut bytes = vec![0; LINE_BYTES + states.len() * (ENTRY_BYTES + POT_BYTES)];
        let mut used = seal(KIND, 0, 0, &head, &mut bytes)?;
        for (controller, state) in controllers.iter().zip(states) {
            used += controller.save(state, &mut bytes[used..])?;
        }
        bytes.truncate(used);
        Ok(bytes)
    }
}

fn refuse(notes: &mut Vec<Note>, cell: CellId, reason: String) {
    notes.push(Note::Refused { cell: Some(cell), reason });
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;

//! The wall: measurements come in as [`Reading`], requests go out as [`Command`].
//!
//! A PLC driver, an emulated PLC and the simulated plant fill and drain the same image, so the
//! control stack cannot tell them apart. [`Field`] and [`Drive`] are the other face of a PLC: the
//! transducers and solenoids at the pot.

mod alarm;
mod command;
mod field;
mod lab;
mod reading;
mod report;

pub use alarm::{Alarm, Priority, Words};
pub use command::{Action, Command, Outcome};
pub use field::{BeamDrive, Drive, Field};
pub use lab::{Dip, LabSample, MAX_ANODES, RodCurrents};
pub use reading::{Link, Mode, Quality, Reading, Reason, StatusBits};
pub use report::{Event, EventKind, Events, FeedPhase, Flags, PhaseReason, Status, Veto};

/// Most point feeders a cell may have.
pub const MAX_FEEDERS: usize = 8;

/// A cell of the line, counted from 1 as on the potroom wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CellId(pub u16);

impl core::fmt::Display for CellId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "cell {}", self.0)
    }
}

/// A set of feeders, bit n for feeder n (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeederSet(pub u8);

impl FeederSet {
    /// No feeder.
    pub const NONE: Self = Self(0);

    /// The first `count` feeders (at most [`MAX_FEEDERS`]).
    #[must_use]
    pub fn first(count: usize) -> Self {
        Self(if count >= MAX_FEEDERS { u8::MAX } else { (1 << count) - 1 })
    }

    /// Feeder `index` alone; nothing when there is no such feeder.
    #[must_use]
    pub fn single(index: usize) -> Self {
        Self(if index < MAX_FEEDERS { 1 << index } else { 0 })
    }

    /// True when feeder `index` is in the set.
    #[must_use]
    pub fn contains(self, index: usize) -> bool {
        index < MAX_FEEDERS && self.0 >> index & 1 == 1
    }

    /// True when the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many feeders are in the set.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The set without those of `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

//! What the controller may know of a cell at one instant.

use super::{MAX_FEEDERS, Outcome};

/// Position of the mode switch at the pot, owned by people and by the PLC, never by the controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Mode {
    /// Cell out of the line, or the PLC is not in control.
    #[default]
    Off,
    /// Local hand control (手动).
    Manual,
    /// Automatic control (自动).
    Auto,
    /// Metal is being tapped (出铝).
    Tapping,
    /// An anode is being changed (换极).
    AnodeChange,
    /// Early life of a pot (启动).
    StartUp,
}

/// How far a reading may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quality {
    /// Fresh and plausible.
    Good,
    /// Usable, with a [`Reason`] to look into.
    Uncertain,
    /// Not usable: nothing may move because of it.
    #[default]
    Bad,
}

/// Why a reading is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing to say: the reading is good.
    None,
    /// No reading has arrived yet.
    #[default]
    NeverRead,
    /// No connection to the PLC.
    Disconnected,
    /// The PLC did not answer in time, or answered wrongly.
    CommsFault,
    /// The PLC answers but its heartbeat or sample stamp stands still.
    Frozen,
    /// The sample is older than the staleness limit.
    Stale,
    /// A value is outside its plausible range.
    Implausible,
    /// The PLC's scan changed while the values were read.
    Torn,
    /// The PLC speaks another version of the register map.
    MapMismatch,
}

/// Status bits of the PLC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusBits(pub u16);

impl StatusBits {
    /// The PLC accepts remote commands.
    pub const REMOTE: Self = Self(1 << 0);
    /// Emergency stop is pressed.
    pub const EMERGENCY_STOP: Self = Self(1 << 1);
    /// A feeder pulse is running.
    pub const FEED_BUSY: Self = Self(1 << 2);
    /// The beam motor is running.
    pub const BEAM_BUSY: Self = Self(1 << 3);
    /// A breaker did not return to its rest position.
    pub const BREAKER_STUCK: Self = Self(1 << 4);
    /// An alumina hopper is nearly empty.
    pub const HOPPER_LOW: Self = Self(1 << 5);
    /// The controller's heartbeat is missing; the PLC runs its local fallback.
    pub const COMMS_LOST: Self = Self(1 << 6);
    /// The beam stands at its lower limit switch.
    pub const BEAM_LOW_LIMIT: Self = Self(1 << 7);
    /// The beam stands at its upper limit switch.
    pub const BEAM_HIGH_LIMIT: Self = Self(1 << 8);

    /// True when every bit of `other` is set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Sets or clears the bits of `other`.
    pub fn set(&mut self, other: Self, on: bool) {
        if on { self.0 |= other.0 } else { self.0 &= !other.0 }
    }
}

/// State of the command path to this cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Link {
    /// A new command would be taken now: connected, fresh, and nothing outstanding.
    pub ready: bool,
    /// What became of the last command.
    pub last: Outcome,
}

/// One sample of one cell, with its age and quality. SI units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reading {
    /// PLC stamp of the sample, unwrapped \[s\].
    pub time: f64,
    /// Age of the sample when it was handed over \[s\].
    pub age: f64,
    /// How far it may be trusted.
    pub quality: Quality,
    /// Why it is not good.
    pub reason: Reason,
    /// Cell voltage \[V\].
    pub voltage: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Bath temperature of the last manual or probe measurement \[K\].
    pub bath_temperature: Option<f64>,
    /// Position of the anode beam, upwards positive \[m\].
    pub beam_position: f64,
    /// Confirmed strokes of each feeder, wrapping.
    pub strokes: [u16; MAX_FEEDERS],
    /// Mode switch.
    pub mode: Mode,
    /// PLC status bits.
    pub status: StatusBits,
    /// Command path.
    pub link: Link,
}

impl Reading {
    /// True when decisions may rest on this reading.
    #[must_use]
    pub fn usable(&self) -> bool {
        !matches!(self.quality, Quality::Bad)
    }
}

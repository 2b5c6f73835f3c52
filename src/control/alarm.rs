//! Alarms: what a person must act on, once, with its cause and the remedy.
//!
//! A condition of the cell ([`Alarm`]) becomes an alarm only when somebody has to
//! do something about it, and only when it has lasted. Its life follows ANSI/ISA-18.2-2016 (IEC 62682):
//!
//! ```text
//!            comes                 seen by a person
//!  Normal ─────────► Unacknowledged ─────────────► Acknowledged
//!    ▲                    │ goes                        │ goes
//!    │    seen            ▼                             │
//!    ├───────────────  Returned                         │
//!    └──────────────────────────────────────────────────┘
//!  from any of them: Shelved (by a person, for hours) and Suppressed (by design, during work at the
//!  cell that explains the condition); back to Normal, and told anew if it still stands.
//! ```
//!
//! Delays and dead bands belong to the condition: most are made by [`Watch`](super::Watch), the others
//! wait here. The controller acts by its flags at once and never by alarms.

use crate::image::{Alarm, EventKind, Events, Mode, Priority};

/// Longest time a person may shelve an alarm \[s\]: a shift.
pub const SHELF_MOST: f64 = 8.0 * crate::consts::HOUR;

/// Where an alarm is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub enum AlarmLife {
    /// The condition does not stand.
    #[default]
    Normal,
    /// It stands and nobody has said to have seen it.
    Unacknowledged,
    /// It stands and somebody has seen it.
    Acknowledged,
    /// It went before anybody saw it.
    Returned,
    /// A person put it aside for a while.
    Shelved,
    /// Work at the cell explains it.
    Suppressed,
}

/// The conditions of one scan, one bit for each [`Alarm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Conditions(u32);

impl Conditions {
    /// Says whether the condition holds.
    pub fn set(&mut self, alarm: Alarm, holds: bool) {
        if holds {
            self.0 |= 1 << alarm as u32;
        }
    }

    fn has(self, alarm: Alarm) -> bool {
        self.0 & (1 << alarm as u32) != 0
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One alarm of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmEntry {
    life: AlarmLife,
    /// How long the condition has held, or not held, against what is shown \[s\].
    held: f64,
    stands: bool,
    /// Somebody has seen it since it came: work that explains it meanwhile makes it no news.
    seen: bool,
    /// Left of the time on the shelf \[s\].
    shelf: f64,
}

impl AlarmEntry {
    /// Where it is in its life.
    #[must_use]
    pub fn life(&self) -> AlarmLife {
        self.life
    }

    /// The condition stands, delays included, whatever is shown of it.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.stands
    }

    /// Left of its time on the shelf \[s\]; zero when it is not there.
    #[must_use]
    pub fn shelf(&self) -> f64 {
        self.shelf
    }
}

/// Alarms of one cell.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmState {
    entries: [AlarmEntry; Alarm::ALL.len()],
    /// Those that are not at rest; the others are passed by until their condition holds.
    awake: Conditions,
}

impl AlarmState {
    /// One scan. Each alarm that comes to a person's notice is an event.
    pub(super) fn update(&mut self, conditions: Conditions, mode: Mode, step: f64, events: &mut Events) {
        let due = conditions.or(core::mem::take(&mut self.awake));
        for (alarm, entry) in Alarm::ALL.into_iter().zip(&mut self.entries) {
            if !due.has(alarm) {
                continue;
            }
            if entry.update(conditions.has(alarm), alarm, mode, step) {
                events.push(EventKind::Alarm(alarm));
            }
            self.awake.set(alarm, !entry.rests());
        }
    }

    /// The alarm as it stands.
    #[must_use]
    pub fn entry(&self, alarm: Alarm) -> AlarmEntry {
        self.entries.get(alarm as usize).copied().unwrap_or_default()
    }

    /// What an operator's list shows, the most urgent first: everything but what is normal, shelved or
    /// suppressed.
    pub fn shown(&self) -> impl Iterator<Item = (Alarm, AlarmLife)> + '_ {
        Priority::ALL.into_iter().flat_map(move |priority| {
            Alarm::ALL.into_iter().zip(&self.entries).filter_map(move |(alarm, entry)| {
                use AlarmLife::{Acknowledged, Returned, Unacknowledged};
                let shown = matches!(entry.life, Unacknowledged | Acknowledged | Returned);
                (shown && alarm.priority() == priority).then_some((alarm, entry.life))
            })
        })
    }

    /// A person has seen it.
    pub fn acknowledge(&mut self, alarm: Alarm) {
        if let Some(entry) = self.entries.get_mut(alarm as usize) {
            entry.seen |= entry.life == AlarmLife::Unacknowledged;
            entry.life = match entry.life {
                AlarmLife::Unacknowledged => AlarmLife::Acknowledged,
                AlarmLife::Returned => AlarmLife::Normal,
                other => other,
            };
        }
    }

    /// A person has seen all that is shown.
    pub fn acknowledge_all(&mut self) {
        Alarm::ALL.into_iter().for_each(|alarm| self.acknowledge(alarm));
    }

    /// A person puts it aside for `seconds`, at most [`SHELF_MOST`]; zero takes it back. What is urgent
    /// cannot be shelved: false then, and for a time that is no number.
    pub fn shelve(&mut self, alarm: Alarm, seconds: f64) -> bool {
        let Some(entry) = self.entries.get_mut(alarm as usize) else { return false };
        if alarm.priority() == Priority::Urgent || seconds.is_nan() || seconds < 0.0 {
            return false;
        }
        self.awake.set(alarm, true);
        entry.shelf = seconds.min(SHELF_MOST);
        entry.life = if entry.shelf > 0.0 { AlarmLife::Shelved } else { AlarmLife::Normal };
        true
    }
}

impl AlarmEntry {
    /// Nothing changes as long as the condition does not hold.
    fn rests(&self) -> bool {
        self.life == AlarmLife::Normal && !self.stands && self.held == 0.0 && self.shelf == 0.0
    }

    /// True when the alarm comes to notice.
    fn update(&mut self, holds: bool, alarm: Alarm, mode: Mode, step: f64) -> bool {
        let (on, off) = alarm.delays();
        self.held = if holds == self.stands { 0.0 } else { self.held + step };
        if holds != self.stands && self.held >= if self.stands { off } else { on } {
            self.stands = holds;
            self.held = 0.0;
        }
        self.shelf = (self.shelf - step).max(0.0);
        self.seen &= self.stands;
        let explained = alarm.explained_by(mode);
        use AlarmLife::{Acknowledged, Normal, Returned, Shelved, Suppressed, Unacknowledged};
        let before = self.life;
        self.life = match before {
            Shelved if self.shelf > 0.0 => Shelved,
            _ if explained && self.stands => Suppressed,
            Suppressed if self.stands && self.seen => Acknowledged,
            Shelved | Suppressed | Normal if self.stands => Unacknowledged,
            Shelved | Suppressed | Acknowledged if !self.stands => Normal,
            Unacknowledged if !self.stands => Returned,
            // It came again before anybody saw the first time: the same alarm, told once.
            Returned if self.stands => Unacknowledged,
            same => same,
        };
        self.life == Unacknowledged && before != Unacknowledged && before != Returned
    }
}

#[cfg(test)]
#[path = "alarm_tests.rs"]
mod tests;

//! Does the beam stand where commands have put it? It may move by itself, and its encoder may stick.
//!
//! An encoder that stood still while moves were asked for, and then leaps by the sum of them, was stuck
//! and has come free: the beam did what it was asked. Any other travel without a command is a fault.
//! Limits are engineering judgement.

use super::WatchInput;
use crate::image::{Mode, StatusBits};

/// Travel without a command that is a fault \[m\].
const MOVED: f64 = 1e-3;
/// A command of ours may move the beam this long \[s\].
const OURS: f64 = 60.0;
/// What a move leaves between what was asked and what an encoder shows \[m\], and how far a leap may
/// miss the sum of the moves \[1\].
const REST: f64 = 0.3e-3;
const MISS: f64 = 0.1;

/// What the encoder tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Travel {
    /// The beam is where it should be.
    #[default]
    Explained,
    /// It moved without a command.
    RanAway,
    /// The encoder was stuck: what it shows at once was run before.
    CameFree,
}

/// Memory of the beam's whereabouts.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Motion {
    /// Where it was seen at rest \[m\].
    rest: Option<f64>,
    since_command: f64,
    /// Asked for and not shown \[m\].
    owed: f64,
}

impl Motion {
    /// A move was really asked for \[m\].
    pub fn asked(&mut self, travel: f64) {
        self.since_command = 0.0;
        self.owed += travel;
    }

    /// What happens meanwhile at the beam is not known to be nobody's.
    pub fn unseen(&mut self) {
        (self.rest, self.owed) = (None, 0.0);
    }

    /// Takes one scan. People and the PLC may move the beam, outside automatic mode and in its fallback.
    pub fn see(&mut self, input: &WatchInput) -> Travel {
        self.since_command += input.step;
        let rest = self.rest.unwrap_or(input.position);
        let travel = input.position - rest;
        let excused = input.mode != Mode::Auto
            || self.since_command < OURS
            || input.status.has(StatusBits::COMMS_LOST)
            || !input.status.has(StatusBits::REMOTE);
        // The encoder may jump as the switch is turned.
        if input.mode != Mode::Auto {
            self.since_command = 0.0;
        }
        let by_hand = matches!(input.mode, Mode::Manual | Mode::Off);
        if !excused && travel.abs() <= MOVED {
            // What creeps is measured from where it began.
            self.rest = Some(rest);
            self.owed = if self.owed.abs() <= REST { 0.0 } else { self.owed };
            return Travel::Explained;
        }
        self.rest = Some(input.position);
        let missed = (travel - self.owed).abs();
        let came_free = self.owed.abs() > MOVED && missed <= MOVED + MISS * self.owed.abs();
        self.owed = if by_hand || !excused { 0.0 } else { self.owed - travel };
        match (excused, came_free) {
            (true, _) => Travel::Explained,
            (false, true) => Travel::CameFree,
            (false, false) => Travel::RanAway,
        }
    }
}

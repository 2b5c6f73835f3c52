//! Readings and commands without a PLC between them: the ideal pot panel.

use super::Pot;
use crate::image::{Action, Command, Link, MAX_FEEDERS, Mode, Outcome, Quality, Reading, Reason, StatusBits};

/// Executes each command at once and perfectly; what is unlawful is the guard's business.
#[derive(Debug, Clone, Copy, Default)]
pub struct Panel {
    last: Outcome,
}

impl Panel {
    /// The pot as the controller may see it.
    #[must_use]
    pub fn read(&self, pot: &Pot) -> Reading {
        let field = pot.field();
        let mut status = StatusBits::default();
        status.set(StatusBits::REMOTE, !matches!(field.mode, Mode::Off | Mode::Manual));
        status.set(StatusBits::HOPPER_LOW, field.hopper_low);
        status.set(StatusBits::EMERGENCY_STOP, field.emergency_stop);
        Reading {
            time: field.time,
            age: 0.0,
            quality: Quality::Good,
            reason: Reason::None,
            voltage: field.voltage,
            current: field.current,
            bath_temperature: field.bath_temperature,
            beam_position: field.beam_position,
            strokes: field.strokes,
            mode: field.mode,
            status,
            link: Link { ready: true, last: self.last },
        }
    }

    /// Executes `command` on `pot`.
    pub fn execute(&mut self, now: f64, command: &Command, pot: &mut Pot) {
        if let Some(alf3) = command.alf3 {
            pot.set_alf3(alf3);
        }
        match command.action {
            Action::None => return,
            Action::Feed { feeders } => {
                for feeder in (0..MAX_FEEDERS).filter(|&f| feeders.contains(f)) {
                    pot.stroke(now, feeder);
                }
            }
            Action::Beam { travel } => pot.move_beam(travel),
        }
        self.last = Outcome::Done;
    }
}

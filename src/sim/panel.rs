//! Readings and commands without a PLC between them: the ideal pot panel.

use super::Pot;
use super::telegram::Received;
use crate::image::{Action, Command, Link, MAX_FEEDERS, Mode, Outcome, Quality, Reading, StatusBits};

/// Silence after which a PLC takes the controller for lost and feeds by itself \[s\].
const WATCHDOG: f64 = 10.0;
/// Below this share of its nominal current a pot is not fed by its PLC.
const LEAST_CURRENT: f64 = 0.5;

/// Executes each command at once and perfectly, as long as it arrives; what is unlawful is the guard's
/// business. When none arrives it feeds one stroke at the interval it was told last.
#[derive(Debug, Clone, Copy, Default)]
pub struct Panel {
    last: Outcome,
    /// When the last command arrived, and the last stroke of its own \[s\].
    heard: f64,
    stroke: f64,
    /// Interval of its own strokes \[s\], and the feeder that is next.
    interval: f64,
    next: usize,
    comms_lost: bool,
}

impl Panel {
    /// The pot as the controller may see it.
    #[must_use]
    pub fn read(&self, pot: &Pot) -> Reading {
        let Received { field, age, quality, reason } = *pot.received();
        let mut status = StatusBits::default();
        status.set(StatusBits::REMOTE, !matches!(field.mode, Mode::Off | Mode::Manual));
        status.set(StatusBits::HOPPER_LOW, field.hopper_low);
        status.set(StatusBits::EMERGENCY_STOP, field.emergency_stop);
        status.set(StatusBits::COMMS_LOST, self.comms_lost);
        Reading {
            time: field.time,
            age,
            quality,
            reason,
            voltage: field.voltage,
            current: field.current,
            bath_temperature: field.bath_temperature,
            beam_position: field.beam_position,
            strokes: field.strokes,
            mode: field.mode,
            status,
            link: Link { ready: quality == Quality::Good, last: self.last },
        }
    }

    /// Executes `command` on `pot`.
    pub fn execute(&mut self, now: f64, command: &Command, pot: &mut Pot) {
        let copies = pot.copies();
        if copies == 0 {
            if command.action != Action::None {
                self.last = Outcome::Unknown;
            }
            return self.fall_back(now, pot);
        }
        (self.heard, self.stroke, self.comms_lost) = (now, now, false);
        self.interval = command.fallback_interval;
        if let Some(alf3) = command.alf3 {
            pot.set_alf3(alf3);
        }
        if command.action == Action::None {
            return;
        }
        for _ in 0..copies {
            match command.action {
                Action::None => {}
                Action::Feed { feeders } => {
                    for feeder in (0..MAX_FEEDERS).filter(|&f| feeders.contains(f)) {
                        pot.stroke(now, feeder);
                    }
                }
                Action::Beam { travel } => pot.move_beam(travel),
            }
        }
        self.last = Outcome::Done;
    }

    /// Nobody commands: after a while the PLC feeds the pot by itself.
    fn fall_back(&mut self, now: f64, pot: &mut Pot) {
        let field = pot.field();
        self.comms_lost |= now - self.heard >= WATCHDOG;
        let feeds = self.comms_lost
            && !matches!(field.mode, Mode::Off | Mode::Manual)
            && field.current >= LEAST_CURRENT * pot.nominal_current();
        if feeds && self.interval > 0.0 && now - self.stroke >= self.interval {
            self.stroke = now;
            pot.stroke(now, self.next);
            self.next = (self.next + 1) % pot.feeders();
        }
    }
}

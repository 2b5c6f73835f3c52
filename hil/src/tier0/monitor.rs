//! Watches what the PLC does with its outputs, scan by scan, knowing nothing of its program.

use potline::image::{Action, BeamDrive, Drive, MAX_FEEDERS};
use potline::plc::CommandBlock;
use std::collections::HashMap;

/// A command as the rig gave it out; the heartbeat of the block that carries it tells commands apart.
#[derive(Debug, Clone, Copy)]
struct Intent {
    number: usize,
    action: Action,
}

#[derive(Debug, Default)]
pub struct Monitor {
    intents: HashMap<u16, Intent>,
    /// How often each command was executed, by its number.
    executed: Vec<u32>,
    executed_before: u64,
    /// Executed as something else than was asked, or asked by nobody.
    pub wrong: u32,
    heartbeat: u16,
    /// Time since the scan in which the PLC found a new heartbeat \[s\].
    pub silence: f64,
    feeders_on: [f64; MAX_FEEDERS],
    beam_on: f64,
    /// Longest time a feeder was energised, and the beam motor ran \[s\].
    pub longest_feed: f64,
    pub longest_beam: f64,
    /// Feeder strokes begun while the controller was there, and strokes of executed commands.
    pub strokes: usize,
    pub strokes_commanded: usize,
}

impl Monitor {
    /// A new command, in the block with this heartbeat. Its number.
    pub fn intend(&mut self, heartbeat: u16, action: Action) -> usize {
        let number = self.executed.len();
        self.executed.push(0);
        self.intents.insert(heartbeat, Intent { number, action });
        number
    }

    /// Command `number` is sent once more, in another block.
    pub fn repeat(&mut self, heartbeat: u16, number: usize, action: Action) {
        self.intents.insert(heartbeat, Intent { number, action });
    }

    /// How often each command was executed.
    pub fn executed(&self) -> &[u32] {
        &self.executed
    }

    /// After a scan of `dt` \[s\]: outputs, the PLC's own count of executed commands, the block it looked at,
    /// and whether it feeds on its own.
    pub fn scan(&mut self, dt: f64, drive: Drive, executed: u64, block: &CommandBlock, alone: bool) {
        self.silence = if block.heartbeat == self.heartbeat { self.silence + dt } else { 0.0 };
        self.heartbeat = block.heartbeat;
        for _ in self.executed_before..executed {
            match self.intents.get(&block.heartbeat) {
                Some(intent) if block.action.is_some_and(|action| close(action, intent.action)) => {
                    self.executed[intent.number] += 1;
                    if let Action::Feed { feeders } = intent.action {
                        self.strokes_commanded += feeders.len();
                    }
                }
                _ => self.wrong += 1,
            }
        }
        self.executed_before = executed;
        for (index, on) in self.feeders_on.iter_mut().enumerate() {
            if drive.feeders.contains(index) {
                self.strokes += usize::from(*on == 0.0 && !alone);
                *on += dt;
                self.longest_feed = self.longest_feed.max(*on);
            } else {
                *on = 0.0;
            }
        }
        self.beam_on = if drive.beam == BeamDrive::Hold { 0.0 } else { self.beam_on + dt };
        self.longest_beam = self.longest_beam.max(self.beam_on);
    }
}

/// The same command, but for the rounding of the wire.
fn close(a: Action, b: Action) -> bool {
    match (a, b) {
        (Action::Beam { travel: a }, Action::Beam { travel: b }) => (a - b).abs() < 1e-5,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use potline::image::{CellId, FeederSet};

    fn block(heartbeat: u16, action: Action) -> CommandBlock {
        let (cell, sound) = (CellId(1), true);
        CommandBlock { heartbeat, seq: 1, action: Some(action), cell, fallback_interval: 20.0, sound }
    }

    #[test]
    fn twice_wrong_and_too_long_are_seen() {
        let feed = Action::Feed { feeders: FeederSet(1) };
        let on = Drive { feeders: FeederSet(1), beam: BeamDrive::Up };
        let mut monitor = Monitor::default();
        assert_eq!(monitor.intend(7, feed), 0);
        monitor.scan(0.1, on, 1, &block(7, feed), false);
        monitor.scan(0.1, on, 2, &block(7, feed), false);
        assert_eq!((monitor.executed(), monitor.wrong), (&[2][..], 0));
        monitor.scan(0.1, on, 3, &block(8, feed), false);
        monitor.scan(0.1, on, 4, &block(7, Action::Beam { travel: 0.001 }), false);
        assert_eq!(monitor.wrong, 2);
        assert!((monitor.longest_feed - 0.4).abs() < 1e-9 && (monitor.longest_beam - 0.4).abs() < 1e-9);
        assert_eq!((monitor.strokes, monitor.strokes_commanded), (1, 2));
    }
}

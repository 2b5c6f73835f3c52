//! Two PLCs on one field: what is done to one is done to the other.

use super::provision::Tools;
use super::soft_plc::SoftPlc;
use crate::master::Master;
use potline::image::{Action, BeamDrive, CellId, Drive, FeederSet, Field, MAX_FEEDERS, Mode};
use potline::plc::{Layout, MAX_WORDS, PlcSettings, PotPlc, RegisterKind, Snapshot};
use std::path::Path;
use std::sync::Arc;

const CELL: CellId = CellId(7);
/// Cycle of both \[ms\].
const CYCLE_MS: u16 = 100;

/// Two PLCs on one field.
pub struct Pair {
    layout: Arc<Layout>,
    soft: SoftPlc,
    master: Master,
    pub ours: PotPlc,
    pub field: Field,
    heartbeat: u16,
    seq: u16,
    /// What the outputs did since the last look: soft, ours.
    acts: [Acts; 2],
    pub last: [Drive; 2],
}

/// Strokes of each feeder, and time that anything was on \[cycles\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Acts {
    strokes: [u16; MAX_FEEDERS],
    feeding: u32,
    up: u32,
    down: u32,
}

impl Acts {
    fn add(&mut self, drive: &Drive, before: &Drive) {
        let rising = drive.feeders.without(before.feeders);
        for (index, strokes) in self.strokes.iter_mut().enumerate() {
            *strokes += u16::from(rising.contains(index));
        }
        self.feeding += drive.feeders.len() as u32;
        self.up += u32::from(drive.beam == BeamDrive::Up);
        self.down += u32::from(drive.beam == BeamDrive::Down);
    }

    /// Alike: the same strokes, and times that differ by no more than a cycle per output.
    fn like(&self, other: &Self) -> bool {
        let near = |a: u32, b: u32, by: u32| a.abs_diff(b) <= by;
        let outputs = u32::from(self.strokes.iter().sum::<u16>()) + 1;
        self.strokes == other.strokes
            && near(self.feeding, other.feeding, outputs)
            && near(self.up, other.up, 1)
            && near(self.down, other.down, 1)
    }
}

/// What is done to both.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
    Command(Action),
    OtherCell(Action),
    /// A command whose checksum is wrong.
    Torn(Action),
    /// The block sent last, again.
    Replay,
    /// A sound block with a heartbeat of the past.
    Late(Action),
    Heartbeat,
    Silence,
}

impl Pair {
    pub fn new(tools: &Tools, layout: &Arc<Layout>, program: &Path) -> Result<Self, String> {
        let mut soft = SoftPlc::with_program(tools, layout, CELL, program)?;
        let field =
            Field { voltage: 4.0, current: 500e3, beam_position: 0.1, mode: Mode::Auto, ..Field::default() };
        soft.cycles(1, CYCLE_MS, &field)?;
        let master = Master::connect(soft.address()).map_err(|e| e.to_string())?;
        // The limits written into plc/pot.awl.
        let settings =
            PlcSettings { beam_low_limit_mm: 5.0, beam_high_limit_mm: 295.0, ..PlcSettings::default() };
        let mut ours =
            PotPlc::new(CELL, Arc::clone(layout), &settings).map_err(|problems| format!("{problems:?}"))?;
        ours.scan(0.1, &field);
        let (layout, acts, last) = (Arc::clone(layout), Default::default(), Default::default());
        let mut pair = Self { layout, soft, master, ours, field, heartbeat: 100, seq: 0, acts, last };
        pair.act(Deed::Heartbeat, 3)?;
        Ok(pair)
    }

    fn block(&self, deed: Deed) -> Result<Vec<u16>, String> {
        let mut words = [0; MAX_WORDS];
        let (action, cell, heartbeat) = match deed {
            Deed::OtherCell(action) => (action, CellId(CELL.0 + 1), self.heartbeat),
            Deed::Late(action) => (action, CELL, self.heartbeat.wrapping_sub(200)),
            Deed::Command(action) | Deed::Torn(action) => (action, CELL, self.heartbeat),
            Deed::Heartbeat | Deed::Replay | Deed::Silence => (Action::None, CELL, self.heartbeat),
        };
        let seq = if action == Action::None { 0 } else { self.seq };
        self.layout
            .encode(&mut words, heartbeat, seq, action, cell, 20.0)
            .map_err(|e| format!("{deed:?}: {e}"))?;
        if let Deed::Torn(_) = deed {
            words[3] ^= 0x10;
        }
        Ok(words[..usize::from(self.layout.write_count)].to_vec())
    }

    /// Does it to both and lets them run for `cycles`.
    pub fn act(&mut self, deed: Deed, cycles: u16) -> Result<(), String> {
        if !matches!(deed, Deed::Silence | Deed::Replay) {
            self.heartbeat = self.heartbeat.wrapping_add(1);
            self.seq = self.seq % u16::MAX + 1;
            let words = self.block(deed)?;
            let start = self.layout.write_start;
            self.master.write(start, &words).map_err(|e| e.to_string())?;
            self.ours.write(start, &words).map_err(|refusal| format!("{refusal:?}"))?;
        } else if let Deed::Replay = deed {
            let (start, count) = (self.layout.write_start, self.layout.write_count);
            let words = self.master.read(start, count).map_err(|e| e.to_string())?;
            self.master.write(start, &words).map_err(|e| e.to_string())?;
            self.ours.write(start, &words).map_err(|refusal| format!("{refusal:?}"))?;
        }
        self.run(cycles)
    }

    pub fn run(&mut self, cycles: u16) -> Result<(), String> {
        for drive in self.soft.cycles(cycles, CYCLE_MS, &self.field)? {
            self.acts[0].add(&drive, &self.last[0]);
            self.last[0] = drive;
        }
        for _ in 0..cycles {
            let drive = self.ours.scan(f64::from(CYCLE_MS) * 1e-3, &self.field);
            self.acts[1].add(&drive, &self.last[1]);
            self.last[1] = drive;
        }
        self.field.time += f64::from(cycles) * f64::from(CYCLE_MS) * 1e-3;
        Ok(())
    }

    /// What both show, but for counters of their own.
    pub fn shown(&mut self) -> Result<[Snapshot; 2], String> {
        let read = *self.layout.reads.first().ok_or("the map reads nothing")?;
        let soft = self.master.read(read.start, read.count).map_err(|e| e.to_string())?;
        let ours = self
            .ours
            .read(RegisterKind::Holding, read.start, read.count)
            .map_err(|refusal| format!("{refusal:?}"))?;
        let plain = |words: &[u16]| Snapshot { heartbeat: 0, scan: 0, ..self.layout.decode(words) };
        Ok([plain(&soft), plain(ours)])
    }
}

impl Pair {
    pub fn alike(&mut self) -> Result<bool, String> {
        let [soft, ours] = self.shown()?;
        let [did, should] = self.acts;
        Ok(soft == ours && did.like(&should))
    }

    /// Lets running pulses end, gives both the same last answer, and counts afresh.
    pub fn settle(&mut self) -> Result<(), String> {
        let feed = Action::Feed { feeders: FeederSet(1) };
        self.act(Deed::OtherCell(feed), 250)?;
        self.act(Deed::Heartbeat, 5)?;
        self.acts = Default::default();
        Ok(())
    }

    pub fn words(&mut self, what: &str) -> Result<String, String> {
        let [soft, ours] = self.shown()?;
        let [did, should] = self.acts;
        let Field { mode, voltage, current, beam_position, emergency_stop, .. } = self.field;
        Ok(format!(
            "{what}, {mode:?} {voltage} V {current} A {beam_position} m stop {emergency_stop}: \
             {:?} dropped {} {:?} {did:?}, ours {:?} dropped {} {:?} {should:?}",
            soft.ack, soft.dropped, soft.status, ours.ack, ours.dropped, ours.status
        ))
    }
}

//! The soft PLC beside our emulated PLC: two programs written apart for one specification are given the
//! same blocks and the same field, and must answer and act alike.

use super::provision::Tools;
use super::soft_plc::SoftPlc;
use crate::master::Master;
use crate::report::TierResult;
use potline::image::{Action, BeamDrive, CellId, Drive, FeederSet, Field, MAX_FEEDERS, Mode};
use potline::plc::{AckResult, Layout, MAX_WORDS, PlcSettings, PotPlc, RegisterKind, Snapshot};
use std::sync::Arc;

const CELL: CellId = CellId(7);
/// Cycle of both \[ms\].
const CYCLE_MS: u16 = 100;

/// Two PLCs on one field.
struct Pair {
    layout: Arc<Layout>,
    soft: SoftPlc,
    master: Master,
    ours: PotPlc,
    field: Field,
    heartbeat: u16,
    seq: u16,
    /// What the outputs did since the last look: soft, ours.
    acts: [Acts; 2],
    last: [Drive; 2],
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
enum Deed {
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
    fn new(tools: &Tools, layout: &Arc<Layout>) -> Result<Self, String> {
        let mut soft = SoftPlc::start(tools, layout, CELL)?;
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
    fn act(&mut self, deed: Deed, cycles: u16) -> Result<(), String> {
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

    fn run(&mut self, cycles: u16) -> Result<(), String> {
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
    fn shown(&mut self) -> Result<[Snapshot; 2], String> {
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
    fn alike(&mut self) -> Result<bool, String> {
        let [soft, ours] = self.shown()?;
        let [did, should] = self.acts;
        Ok(soft == ours && did.like(&should))
    }

    /// Lets running pulses end, gives both the same last answer, and counts afresh.
    fn settle(&mut self) -> Result<(), String> {
        let feed = Action::Feed { feeders: FeederSet(1) };
        self.act(Deed::OtherCell(feed), 250)?;
        self.act(Deed::Heartbeat, 5)?;
        self.acts = Default::default();
        Ok(())
    }

    fn words(&mut self, what: &str) -> Result<String, String> {
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

/// A generator that needs no crate: splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) % sides
    }

    fn action(&mut self) -> Action {
        if self.below(2) == 0 {
            // Six feeders: some masks are out of range.
            Action::Feed { feeders: FeederSet(self.below(80) as u8) }
        } else {
            // Some moves are too small, most are fair, none is beyond what the map can carry.
            let size = [0.02, 0.05, 0.3, 1.5, 4.0, 12.0, 30.0][self.below(7) as usize];
            Action::Beam { travel: if self.below(2) == 0 { size } else { -size } * 1e-3 }
        }
    }

    fn deed(&mut self) -> Deed {
        let action = self.action();
        match self.below(12) {
            0 => Deed::OtherCell(action),
            1 => Deed::Torn(action),
            2 => Deed::Replay,
            3 => Deed::Late(action),
            4 => Deed::Heartbeat,
            5 => Deed::Silence,
            _ => Deed::Command(action),
        }
    }

    fn change(&mut self, field: &mut Field) {
        match self.below(16) {
            0 => {
                let modes =
                    [Mode::Off, Mode::Manual, Mode::Auto, Mode::Tapping, Mode::AnodeChange, Mode::StartUp];
                field.mode = modes[self.below(6) as usize];
            }
            1 => field.emergency_stop = !field.emergency_stop,
            2 => field.current = [500e3, 200e3, 251e3][self.below(3) as usize],
            3 => field.voltage = [4.0, 30.0, 7.9][self.below(3) as usize],
            4 => field.beam_position = [0.1, 0.004, 0.296][self.below(3) as usize],
            5 => field.bath_temperature = Some(1_230.0 + self.below(20) as f64),
            // Back to what a pot is like, or nothing would ever be allowed.
            6..=9 => {
                (field.mode, field.emergency_stop) = (Mode::Auto, false);
                (field.current, field.voltage, field.beam_position) = (500e3, 4.0, 0.1);
            }
            _ => {}
        }
    }
}

/// What a comparison came to.
#[derive(Default)]
struct Verdict {
    differences: Vec<String>,
    /// Commands that came in the very cycle in which a pulse ended: one program takes the cycle for the
    /// last of the pulse, the other for the first after it. Both may.
    edges: u32,
    executed: u64,
}

/// `deeds` random deeds; what both show and did is compared after each.
pub fn compare(result: &mut TierResult, tools: &Tools, layout: &Arc<Layout>, seed: u64, deeds: u32) {
    result.step(&format!("soft PLC beside the emulated one: {deeds} random blocks"));
    let name = "statement list and emulated PLC agree";
    let limit = "0 differences, at most 2 % at a pulse's edge, over a tenth executed";
    match differences(tools, layout, seed, deeds) {
        Ok(Verdict { differences, edges, executed }) => {
            let holds = differences.is_empty() && edges <= deeds / 50 && executed > u64::from(deeds / 10);
            let found = format!(
                "{} differences in {deeds} blocks, {edges} at a pulse's edge, {executed} commands executed {}",
                differences.len(),
                differences.join("; ")
            );
            result.check(name, found, limit, holds);
        }
        Err(error) => result.check(name, error, limit, false),
    }
}

fn differences(tools: &Tools, layout: &Arc<Layout>, seed: u64, deeds: u32) -> Result<Verdict, String> {
    let mut pair = Pair::new(tools, layout)?;
    let mut dice = Dice(seed);
    let mut verdict = Verdict::default();
    for number in 0..deeds {
        dice.change(&mut pair.field);
        let deed = dice.deed();
        let cycles = match deed {
            // Past the watchdog and some strokes of the fallback.
            Deed::Silence => 100 + dice.below(500) as u16,
            _ => [3, 5, 31, 60, 210][dice.below(5) as usize],
        };
        let ending = pair.last[0] != Drive::default();
        pair.act(deed, cycles)?;
        if !pair.alike()? {
            // A pulse may end a cycle earlier here than there.
            pair.run(2)?;
        }
        if !pair.alike()? {
            let [soft, ours] = pair.shown()?;
            if ending && soft.ack.result == AckResult::Busy as u16 && soft.ack.seq == ours.ack.seq {
                verdict.edges += 1;
            } else {
                verdict.differences.push(pair.words(&format!("{number}: {deed:?} for {cycles} cycles"))?);
            }
            if verdict.differences.len() > 2 {
                break;
            }
            pair.settle()?;
        }
        if number % 16 == 15 {
            pair.settle()?;
        }
    }
    verdict.executed = pair.ours.executed();
    Ok(verdict)
}

//! What the soft PLC does at wall speed, and what its last line of defence does when the rest is wrong.

use super::provision::{Tools, here};
use super::soft_plc::SoftPlc;
use crate::master::Master;
use crate::report::{Spread, TierResult};
use hdrhistogram::Histogram;
use potline::image::{Action, BeamDrive, CellId, Drive, FeederSet, Field, Mode};
use potline::plc::{AckResult, Layout, MAX_WORDS};
use std::time::{Duration, Instant};

const CELL: CellId = CellId(1);

fn field() -> Field {
    Field { voltage: 4.0, current: 500e3, beam_position: 0.1, mode: Mode::Auto, ..Field::default() }
}

/// A master that counts its own heartbeat.
struct Commander<'a> {
    layout: &'a Layout,
    master: Master,
    heartbeat: u16,
}

impl<'a> Commander<'a> {
    fn new(layout: &'a Layout, plc: &SoftPlc) -> Result<Self, String> {
        let master = Master::connect(plc.address()).map_err(|e| e.to_string())?;
        Ok(Self { layout, master, heartbeat: 0 })
    }

    fn say(&mut self, seq: u16, action: Action) -> Result<(), String> {
        let mut words = [0; MAX_WORDS];
        self.heartbeat += 1;
        self.layout.encode(&mut words, self.heartbeat, seq, action, CELL, 20.0).map_err(|e| e.to_string())?;
        let words = &words[..usize::from(self.layout.write_count)];
        self.master.write(self.layout.write_start, words).map_err(|e| e.to_string())
    }

    fn acknowledged(&mut self, seq: u16) -> Result<bool, String> {
        let read = self.layout.reads.first().ok_or("the map reads nothing")?;
        let words = self.master.read(read.start, read.count).map_err(|e| e.to_string())?;
        let ack = self.layout.decode(&words).ack;
        Ok(ack.seq == seq && ack.result != AckResult::Rejected as u16)
    }
}

/// The pulse logic is spoilt, so that it never ends a pulse in time; the limit behind it must.
pub fn independent(result: &mut TierResult, tools: &Tools, layout: &Layout) {
    result.step("soft PLC with spoilt pulse lengths: the limit behind them");
    let name = "longest on-time with the pulse logic spoilt";
    let limit = "feeder exactly 6.0 s, beam exactly 25.0 s";
    match spoilt(tools, layout) {
        Ok((feeder, beam)) => {
            let found = format!("feeder {feeder:.1} s, beam {beam:.1} s");
            result.check(name, found, limit, (feeder - 6.0).abs() < 0.05 && (beam - 25.0).abs() < 0.05);
        }
        Err(error) => result.check(name, error, limit, false),
    }
}

fn spoilt(tools: &Tools, layout: &Layout) -> Result<(f64, f64), String> {
    let program = std::fs::read_to_string(here("plc/pot.awl")).map_err(|e| e.to_string())?;
    let wrong =
        program.replace("ms := L#3000", "ms := L#3000000").replace("ms := #beam_ms", "ms := L#3000000");
    if wrong == program {
        return Err("the program has no pulse lengths to spoil".into());
    }
    let path = here("../target/pot_spoilt.awl");
    std::fs::write(&path, wrong).map_err(|e| e.to_string())?;
    let mut plc = SoftPlc::with_program(tools, layout, CELL, &path)?;
    let mut commander = Commander::new(layout, &plc)?;
    let mut longest = |plc: &mut SoftPlc, seq, action, on: fn(&Drive) -> bool| {
        commander.say(0, Action::None)?;
        plc.cycles(1, 100, &field())?;
        commander.say(seq, action)?;
        let mut cycles = 0;
        // The heartbeat goes on: it is not the watchdog that ends them.
        for _ in 0..40 {
            cycles += plc.cycles(10, 100, &field())?.iter().filter(|drive| on(drive)).count();
            commander.say(0, Action::None)?;
        }
        Ok::<_, String>(cycles as f64 * 0.1)
    };
    let feed = Action::Feed { feeders: FeederSet(1) };
    let feeder = longest(&mut plc, 1, feed, |drive| !drive.feeders.is_empty())?;
    let beam = longest(&mut plc, 2, Action::Beam { travel: 0.001 }, |drive| drive.beam != BeamDrive::Hold)?;
    Ok((feeder, beam))
}

/// Cycles of 10 ms by the clock, commands over Modbus meanwhile.
pub fn wall(result: &mut TierResult, tools: &Tools, layout: &Layout, seconds: u64) {
    result.step(&format!("soft PLC at wall speed: 10 ms cycles for {seconds} s"));
    let run = at_wall_speed(tools, layout, seconds);
    match run {
        Ok(Wall { work, answers, asked, unanswered }) => {
            result.spread(Spread::new("soft PLC: cycle of 10 ms, work", "µs", &work));
            result.spread(Spread::new("soft PLC: command written to echo read", "µs", &answers));
            let found = format!("{unanswered} of {asked}");
            let holds = unanswered == 0 && asked > 0;
            result.check("soft PLC at wall speed: commands without an echo in 100 ms", found, "0", holds);
        }
        Err(error) => result.check("soft PLC at wall speed", error, "runs to its end", false),
    }
}

struct Wall {
    work: Histogram<u64>,
    answers: Histogram<u64>,
    asked: u64,
    unanswered: u64,
}

fn at_wall_speed(tools: &Tools, layout: &Layout, seconds: u64) -> Result<Wall, String> {
    const CYCLE: Duration = Duration::from_millis(10);
    let histogram = || Histogram::new_with_bounds(1, 60_000_000, 2).map_err(|e| e.to_string());
    let mut wall = Wall { work: histogram()?, answers: histogram()?, asked: 0, unanswered: 0 };
    let mut plc = SoftPlc::start(tools, layout, CELL)?;
    let mut commander = Commander::new(layout, &plc)?;
    let mut written: Option<(u16, Instant)> = None;
    let micros = |since: Instant| since.elapsed().as_micros() as u64;
    let mut due = Instant::now();
    for cycle in 0..seconds * 100 {
        let begin = Instant::now();
        plc.cycles(1, 10, &field())?;
        wall.work.saturating_record(micros(begin));
        match written {
            None if cycle % 100 == 50 => {
                wall.asked += 1;
                let seq = wall.asked as u16;
                // Feeders in turn: none is asked while its pulse of 3 s is on.
                commander.say(seq, Action::Feed { feeders: FeederSet(1 << (wall.asked % 6)) })?;
                written = Some((seq, Instant::now()));
            }
            None if cycle % 100 == 0 => commander.say(0, Action::None)?,
            Some((seq, since)) => {
                if commander.acknowledged(seq)? {
                    wall.answers.saturating_record(micros(since));
                    written = None;
                } else if since.elapsed() > Duration::from_millis(100) {
                    wall.unanswered += 1;
                    written = None;
                }
            }
            None => {}
        }
        due += CYCLE;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(wall)
}

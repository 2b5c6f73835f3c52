//! Ten scans a second of a line of 300 cells: what a scan takes, how late it begins, and whether memory grows.
//!
//! Two runs: many scans one after the other without waiting, for the rare long ones, and minutes by the
//! clock, for what the operating system adds. The cells live in the same thread between the scans, outside
//! the times taken. A deadline counts as missed by the work only if the processor time of the scan alone
//! was longer than the period: whatever else held it up belongs to other programs.

mod beside;
mod cells;
mod privilege;
mod times;

use crate::Options;
use crate::report::{Table, TierResult};
use cells::{CELLS, Cells, PERIOD};
use std::error::Error;
use std::thread::sleep;
use std::time::{Duration, Instant};
use times::{Memory, Times};

const PERIOD_TIME: Duration = Duration::from_millis(100);
/// Scans before anything is counted: every filter has made its first steps by then.
const WARM_UP: u64 = 1_200;
/// Scans between two looks at the memory.
const LOOK: u64 = 500;
/// Processor time that 99 of 100 scans should take at most on an idle machine [µs]; no check, because it
/// doubles beside a busy neighbour.
const AIM: u32 = 400;
/// Growth of the memory in use that is none [KiB].
const GROWTH: u64 = 1_024;

pub fn run(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    // In the whole of a tier this part is one among many.
    let whole = options.part.is_some() && !options.quick;
    let cycles = options.cycles.unwrap_or(if whole { 1_000_000 } else { 10_000 });
    let minutes = options.minutes.unwrap_or(if whole { 10.0 } else { 0.1 });
    if cycles > 0 {
        scaled(options.seed, cycles, result)?;
    }
    if minutes > 0.0 {
        by_the_clock(options.seed, Duration::from_secs_f64(60.0 * minutes), result)?;
    }
    Ok(())
}

/// Scan after scan without waiting.
fn scaled(seed: u64, cycles: u64, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    let hours = cycles as f64 * PERIOD / 3_600.0;
    result.step(&format!("{CELLS} cells, {cycles} scans for {hours:.1} h of line time, without waiting"));
    let mut cells = Cells::new(seed)?;
    (0..WARM_UP).for_each(|_| cells.cycle(None));
    let (mut times, mut memory) = (Times::new()?, Memory::now());
    for cycle in 0..cycles {
        cells.cycle(Some(&mut times));
        if cycle % LOOK == 0 {
            memory.look();
        }
    }
    memory.look();
    report(result, "scaled", &cells, &times, memory);
    Ok(())
}

/// A scan every 100 ms, with what rights the system gives, and its own test of the timer beside it.
fn by_the_clock(seed: u64, length: Duration, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    result.step(&format!("{CELLS} cells, {:.0} s by the clock", length.as_secs_f64()));
    let mut cells = Cells::new(seed)?;
    (0..WARM_UP).for_each(|_| cells.cycle(None));
    let mut times = Times::new()?;
    let rights = privilege::take(result);
    let beside = beside::start(length, result);
    let mut memory = Memory::now();
    let begin = Instant::now();
    let (mut due, mut scans) = (begin + PERIOD_TIME, 0);
    while begin.elapsed() < length {
        sleep(due.saturating_duration_since(Instant::now()));
        times.woke(Instant::now().saturating_duration_since(due));
        cells.cycle(Some(&mut times));
        times.answered(due.elapsed());
        scans += 1;
        due += PERIOD_TIME;
        // As in the service: a deadline that has passed is skipped.
        while due < Instant::now() {
            due += PERIOD_TIME;
            times.skipped += 1;
        }
        if scans % LOOK == 0 {
            memory.look();
        }
    }
    memory.look();
    drop(rights);
    report(result, "by the clock", &cells, &times, memory);
    beside.report(result);
    Ok(())
}

fn report(result: &mut TierResult, run: &str, cells: &Cells, times: &Times, memory: Memory) {
    let mut table = Table::new(&format!("real time, {run}: {CELLS} cells every 100 ms"), &times::COLUMNS);
    times.rows(&mut table);
    result.table(table);
    times.spreads(run, result);
    result.check(
        &format!("real time, {run}: deadlines missed by the work"),
        format!("{}; {} missed for all reasons, {} skipped", times.own, times.missed(), times.skipped),
        "0 by the work",
        times.own == 0,
    );
    result.check(
        &format!("real time, {run}: memory in use"),
        memory.to_string(),
        format!("less than {GROWTH} KiB more"),
        memory.growth().is_some_and(|growth| growth < GROWTH),
    );
    let p99 = times.processor_p99().as_micros();
    result.note(format!(
        "real time, {run}: processor time of a scan, p99 {p99} µs; aim {AIM} µs, idle machine"
    ));
    let life = cells.life();
    result.check(
        &format!("real time, {run}: the cells live"),
        format!("{} requests; alumina {:.2} ± {:.2} %", cells.requests(), life.mean, life.deviation),
        "each asked for something, alumina 1.5 to 4 %",
        cells.all_asked() && (1.5..4.0).contains(&life.mean),
    );
}

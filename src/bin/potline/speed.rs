//! `potline speed`: what this machine can carry.

use crate::progress::{Progress, interrupt_flag};
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::control::{LineView, PotController, PotState, Tick};
use potline::image::{CellId, Reading};
use potline::service::Timing;
use potline::sim::reference::lundby2022;
use potline::trial::{Keeper, Loop, Scenario, Slow};
use serde::Serialize;
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What this machine can carry: cells per core in real time, simulated days per second.
///
/// One thread, no sockets. A section with routine work runs in closed loop as fast as it can; every
/// controller tick is timed where it happens, with the plant between, so that the caches hold what
/// they would. Times of other programs are in it: run it on a machine as busy as it will be.
///
/// Example: potline speed --seconds 20 --json
#[derive(clap::Args)]
pub struct Args {
    /// How long to measure [s]
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3_600))]
    seconds: u16,
}

/// Cells of the section.
const CELLS: u16 = 12;
/// Share of the time for the closed loop; the rest is the reference model's.
const LOOP_SHARE: f64 = 0.8;
/// Steps of the reference model between two looks at the clock, and their length [s].
const STEPS: u32 = 10_000;
const STEP_S: f64 = 10.0;

#[derive(Serialize)]
struct Result {
    control_tick_ns: Nanoseconds,
    control_tick_histogram: Vec<Bin>,
    cells_per_core_at_1hz: u64,
    plant_step_ns: f64,
    cell_days_per_s: f64,
    lundby_rk4_steps_per_s: f64,
    cell_seconds: u64,
    wall_s: f64,
    partial: bool,
}

#[derive(Serialize)]
struct Nanoseconds {
    mean: f64,
    p50: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

/// Ticks that took less than this and no less than the bin before.
#[derive(Serialize)]
struct Bin {
    below_ns: u64,
    ticks: u64,
}

/// What the ticks took.
#[derive(Default)]
struct Ticks {
    timing: Timing,
    total: Duration,
    count: u64,
}

/// Keeps the cells, clock in hand.
struct Timed {
    controller: PotController,
    states: Vec<PotState>,
    ticks: Rc<RefCell<Ticks>>,
}

impl Keeper for Timed {
    fn slow(&mut self, cell: usize, slow: &Slow) {
        if let Some(rods) = &slow.rods {
            self.controller.rods(&mut self.states[cell], rods);
        }
        if let Some(sample) = &slow.sample {
            self.controller.sample(&mut self.states[cell], sample);
        }
    }

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        let mut seen = self.ticks.borrow_mut();
        for ((state, reading), tick) in self.states.iter_mut().zip(readings).zip(ticks) {
            let line = LineView::alone(reading);
            let begin = Instant::now();
            *tick = self.controller.tick(state, &line, reading, now, dt);
            let took = begin.elapsed();
            seen.timing.record(took);
            seen.total += took;
            seen.count += 1;
        }
    }
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let stop = interrupt_flag();
    let begin = Instant::now();
    let whole = Duration::from_secs(u64::from(args.seconds));
    let mut progress = Progress::new("speed");
    let mut look = |begin: Instant| {
        progress.at((begin.elapsed().as_secs_f64() / whole.as_secs_f64()).min(1.0));
        !stop.load(Ordering::Relaxed)
    };
    let (ticks, wall) = closed_loop(whole.mul_f64(LOOP_SHARE), &mut || look(begin))?;
    let steps = reference(whole.mul_f64(1.0 - LOOP_SHARE), &stop);
    progress.done();

    let ticks = ticks.borrow();
    let count = ticks.count.max(1) as f64;
    let mean = ticks.total.as_secs_f64() / count;
    let at = ticks.timing.percentiles();
    let partial = stop.load(Ordering::Relaxed);
    let result = Result {
        control_tick_ns: Nanoseconds {
            mean: mean * 1e9,
            p50: at.p50 * 1e3,
            p99: at.p99 * 1e3,
            p999: at.p999 * 1e3,
            max: at.max * 1e3,
        },
        control_tick_histogram: bins(&ticks.timing),
        cells_per_core_at_1hz: (1.0 / mean.max(1e-12)) as u64,
        // Everything that is not the controller: plant, sensors, record.
        plant_step_ns: (wall.as_secs_f64() / count - mean) * 1e9,
        cell_days_per_s: count / 86_400.0 / wall.as_secs_f64(),
        lundby_rk4_steps_per_s: steps,
        cell_seconds: ticks.count,
        wall_s: begin.elapsed().as_secs_f64(),
        partial,
    };
    shell.emit(&result, || words(&result))?;
    Ok(if partial { Exit::Interrupted } else { Exit::Done })
}

/// Runs the section in closed loop for `length`; what the ticks took, and the whole.
fn closed_loop(
    length: Duration,
    look: &mut dyn FnMut() -> bool,
) -> std::result::Result<(Rc<RefCell<Ticks>>, Duration), Failure> {
    let cannot = |e: potline::Error| Failure::new(Exit::BadInput, e.to_string());
    let scenario = Scenario { cells: CELLS, hours: 1e6, ..Scenario::default() };
    let controller = scenario.control.build().map_err(cannot)?;
    let states = (1..=CELLS).map(|id| PotState::new(&controller, CellId(id))).collect();
    let ticks = Rc::new(RefCell::new(Ticks::default()));
    let keeper = Timed { controller, states, ticks: Rc::clone(&ticks) };
    let mut section = Loop::kept_by(keeper, &scenario, scenario.seed).map_err(cannot)?;
    let begin = Instant::now();
    while begin.elapsed() < length && look() {
        for _ in 0..600 {
            section.scan();
        }
    }
    let wall = begin.elapsed();
    Ok((ticks, wall))
}

/// Steps per second of the published eight-state model, fourth-order Runge–Kutta.
fn reference(length: Duration, stop: &AtomicBool) -> f64 {
    let mut state = [3260.0, 470.93, 1726.74, 13500.0, 9900.0, 975.0, 816.0, 580.0];
    let input = [0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05];
    let begin = Instant::now();
    let mut steps = 0.0;
    while begin.elapsed() < length && !stop.load(Ordering::Relaxed) {
        for _ in 0..STEPS {
            state = lundby2022::rk4_step(&state, black_box(&input), STEP_S);
        }
        steps += f64::from(STEPS);
        black_box(&state);
    }
    steps / begin.elapsed().as_secs_f64()
}

fn bins(timing: &Timing) -> Vec<Bin> {
    let bin = |(below, ticks): (Duration, u64)| Bin { below_ns: below.as_nanos() as u64, ticks };
    timing.bins().into_iter().map(bin).collect()
}

/// A line per bin. The bars grow with the logarithm of the share, so that one tick in a million shows.
fn bars(result: &Result) -> String {
    let all = result.cell_seconds.max(1) as f64;
    let bar = |bin: &Bin| {
        let share = bin.ticks as f64 / all;
        let length = if bin.ticks == 0 { 0 } else { (4.0 * (share.log10() + 8.0)).max(1.0) as usize };
        format!(
            "  below {:>10} ns {:>12} {:>9.5} %  {}",
            bin.below_ns,
            bin.ticks,
            100.0 * share,
            "#".repeat(length)
        )
    };
    result.control_tick_histogram.iter().map(bar).collect::<Vec<_>>().join("\n")
}

fn words(result: &Result) -> String {
    let tick = &result.control_tick_ns;
    format!(
        "one core of this machine, {} cell-seconds in {:.0} s{}\n\
         controller tick of a cell     {:>10.0} ns mean; p50 {:.0}, p99 {:.0}, p99.9 {:.0}, longest {:.0}\n{}\n\
         cells in real time at 1 Hz    {:>10} by the mean, controllers alone\n\
         plant step of a cell          {:>10.0} ns, with sensors and record\n\
         closed loop                   {:>10.2} cell-days per second\n\
         8-state reference model, RK4  {:>10.0} steps per second",
        result.cell_seconds,
        result.wall_s,
        if result.partial { ", interrupted" } else { "" },
        tick.mean,
        tick.p50,
        tick.p99,
        tick.p999,
        tick.max,
        bars(result),
        result.cells_per_core_at_1hz,
        result.plant_step_ns,
        result.cell_days_per_s,
        result.lundby_rk4_steps_per_s,
    )
}

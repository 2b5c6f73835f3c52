//! The slowest scan of one cell in closed loop: `cargo test --release --test tick_worst -- --ignored --nocapture`.
//!
//! The controller's `tick` alone is timed, one scan a second of three days with taps, anode changes,
//! dressing, rod currents, samples, an anode effect, a lost voltage and a curtailment; the plant computes
//! in between, so that the caches hold what they would. A run repeats bit for bit, so it is made several
//! times, and what counts for a scan is its shortest time: what only one of the runs was held up by is
//! the work of another program. The clock's own time is measured and not taken off. What a machine takes
//! is no property of the code: nothing is asserted of it.

use potline::control::{LineView, PotController, PotState, Tick};
use potline::image::{Action, CellId, Reading};
use potline::sim::{EventKind, EventSettings, RoutineSettings, Sensor};
use potline::trial::{Keeper, Loop, Scenario, Slow};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

const RUNS: usize = 5;
const HOURS: f64 = 72.0;

/// What was measured of one scan.
#[derive(Clone, Copy)]
struct Scan {
    ns: u64,
    action: Action,
}

/// Keeps one cell, clock in hand.
struct Timed {
    controller: PotController,
    state: PotState,
    scans: Rc<RefCell<Vec<Scan>>>,
}

impl Keeper for Timed {
    fn slow(&mut self, _: usize, slow: &Slow) {
        if let Some(rods) = &slow.rods {
            self.controller.rods(&mut self.state, rods);
        }
        if let Some(sample) = &slow.sample {
            self.controller.sample(&mut self.state, sample);
        }
    }

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        let line = LineView::alone(&readings[0]);
        let begin = Instant::now();
        ticks[0] = self.controller.tick(&mut self.state, &line, &readings[0], now, dt);
        let ns = begin.elapsed().as_nanos() as u64;
        self.scans.borrow_mut().push(Scan { ns, action: ticks[0].command.action });
    }
}

fn eventful() -> Scenario {
    let event = |at_h, kind| EventSettings { minutes: Some(30.0), ..EventSettings::new(at_h, kind) };
    Scenario {
        cells: 1,
        hours: HOURS,
        routine: RoutineSettings {
            tap_every_h: 24.0,
            anode_change_every_h: 15.0,
            dress_every_h: 48.0,
            ..RoutineSettings::default()
        },
        event: vec![
            EventSettings::new(20.0, EventKind::ForceEffect),
            EventSettings { sensor: Some(Sensor::Voltage), ..event(30.0, EventKind::DeadSensor) },
            EventSettings { share_pct: Some(80.0), ..event(40.0, EventKind::Curtailment) },
        ],
        ..Scenario::default()
    }
}

fn run(scenario: &Scenario) -> Vec<Scan> {
    let controller = scenario.control.build().unwrap();
    let scans = Rc::new(RefCell::new(Vec::new()));
    let state = PotState::new(&controller, CellId(1));
    let keeper = Timed { controller, state, scans: scans.clone() };
    let mut closed = Loop::kept_by(keeper, scenario, 1).unwrap();
    while closed.scan() {}
    scans.take()
}

/// Mean, 99.9th percentile and largest [ns].
fn figures(times: impl Iterator<Item = u64>) -> (f64, u64, u64) {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    let mean = times.iter().sum::<u64>() as f64 / times.len() as f64;
    (mean, times[times.len() * 999 / 1000], times[times.len() - 1])
}

#[test]
#[ignore = "measures the machine as much as the code"]
fn the_slowest_scan_of_three_days() {
    let scenario = eventful();
    let runs: Vec<_> = (0..RUNS).map(|_| run(&scenario)).collect();
    let scans = runs[0].len();
    assert!(scans >= 200_000, "{scans}");
    assert!(runs.iter().all(|run| run.iter().map(|s| s.action).eq(runs[0].iter().map(|s| s.action))));
    let asked = runs[0].iter().filter(|scan| scan.action != Action::None).count();
    assert!(asked > 1_000, "a closed loop feeds: {asked}");

    let clock = (0..100_000).map(|_| Instant::now().elapsed().as_nanos()).min().unwrap();
    println!("{scans} scans, {asked} requests, {RUNS} runs; the clock itself {clock} ns");
    let report = |name: &str, (mean, most, max): (f64, u64, u64)| {
        println!("{name}: mean {mean:.0} ns, p99.9 {most} ns, max {max} ns");
    };
    let shortest = |scan: usize| runs.iter().map(|run| run[scan].ns).min().unwrap();
    report("first run, neighbours included", figures(runs[0].iter().map(|s| s.ns)));
    report("shortest of all runs, by scan ", figures((0..scans).map(shortest)));
    let worst = (0..scans).max_by_key(|&scan| shortest(scan)).unwrap();
    println!("the slowest at second {worst}: {:?}", runs[0][worst].action);
}

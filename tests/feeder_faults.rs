//! Are blocked holes found by the rods of their zones, soon enough that no effect comes of them, and
//! leaks by the balance? And is nothing found where nothing is wrong? The loop is closed and the plant
//! differs from what its controller is told.
//!
//! `cargo test --release --test feeder_faults -- --nocapture` prints what was found and when; add
//! `--include-ignored` for the routine days at twice the noise as well.
#![cfg(all(feature = "std", feature = "serde"))]

mod bench;

use bench::Bench;
use potline::image::{Alarm, EventKind as Told, Mode};
use potline::sim::{EventKind, EventSettings};
use potline::trial::Scenario;

const HOUR: f64 = 3_600.0;
/// A finding later than this after the fault began is too late \[s\].
const SOON: f64 = 2.0 * HOUR;

fn routine(cells: u16, hours: f64, noise: f64) -> Scenario {
    let mut scenario = Scenario { cells, hours, ..Scenario::default() };
    scenario.plant.spread_pct = 5.0;
    scenario.plant.feeder_spread_pct = 10.0;
    scenario.plant.feeder_drift_pct = 0.5;
    scenario.plant.noise_factor = noise;
    scenario.sensors.rod_every_s = 60.0;
    scenario.routine.tap_every_h = 24.0;
    scenario.routine.anode_change_every_h = 15.0;
    scenario.routine.dress_every_h = 48.0;
    scenario
}

/// What was told of feeders: time \[s\], cell and event; and effects, by cell.
struct Log {
    told: Vec<(f64, u16, Told)>,
    effects: Vec<u32>,
    /// Least and most alumina from six hours on, mass fraction.
    range: Vec<(f64, f64)>,
    /// When somebody worked at each cell, every minute of it \[s\].
    work: Vec<Vec<f64>>,
}

fn run(scenario: &Scenario, seed: u64) -> Log {
    let mut bench = Bench::new(scenario, seed);
    let cells = usize::from(scenario.cells);
    let mut log = Log {
        told: Vec::new(),
        effects: vec![0; cells],
        range: vec![(f64::INFINITY, 0.0); cells],
        work: vec![Vec::new(); cells],
    };
    for scan in 1..=(scenario.hours * HOUR) as u64 {
        bench.scan();
        let now = scan as f64;
        for (k, tick) in bench.ticks.iter().enumerate() {
            for event in tick.events.iter() {
                match event {
                    Told::EffectStarted => log.effects[k] += 1,
                    Told::HoleBlocked(_) | Told::HoleOpen(_) | Told::Alarm(Alarm::FeederLeaks) => {
                        log.told.push((now, k as u16 + 1, event));
                    }
                    _ => {}
                }
            }
            if now > 6.0 * HOUR && scan % 60 == 0 {
                let truth = bench.section.pots()[k].truth();
                if truth.mode != Mode::Auto {
                    log.work[k].push(now);
                }
                let alumina = truth.alumina;
                let (low, high) = &mut log.range[k];
                (*low, *high) = (low.min(alumina), high.max(alumina));
            }
        }
    }
    for (at, cell, event) in &log.told {
        println!("{:6.2} h cell {cell}: {event:?}", at / HOUR);
    }
    for (k, (effects, (low, high))) in log.effects.iter().zip(&log.range).enumerate() {
        println!("cell {}: {:.2}..{:.2} %, {effects} effects", k + 1, 100.0 * low, 100.0 * high);
    }
    log
}

/// Cell n has the hole of its feeder `holes[n - 1]`, from 1, blocked for four hours.
fn blocked(at_h: f64, holes: &[u8]) -> Vec<EventSettings> {
    let fault = |(cell, &feeder): (u16, &u8)| EventSettings {
        cell: Some(cell),
        feeder: Some(feeder),
        minutes: Some(240.0),
        ..EventSettings::new(at_h, EventKind::BlockedHole)
    };
    (1..).zip(holes).map(fault).collect()
}

#[test]
fn a_blocked_hole_is_found_within_two_hours_and_no_effect_comes_of_it() {
    let holes = [1, 3, 4, 6];
    let mut scenario = routine(4, 40.0, 1.0);
    scenario.event = blocked(26.0, &holes);
    let log = run(&scenario, 7);
    for (cell, hole) in (1..).zip(holes) {
        let mine = || log.told.iter().filter(|(_, c, _)| *c == cell);
        let first = mine().next().expect("found");
        assert_eq!(first.2, Told::HoleBlocked(hole - 1), "cell {cell}: the right feeder first");
        assert!((26.0 * HOUR..26.0 * HOUR + SOON).contains(&first.0), "cell {cell}: {} h", first.0 / HOUR);
        assert!(mine().any(|(_, _, told)| *told == Told::HoleOpen(hole - 1)), "cell {cell}: back again");
        assert!(
            mine().all(|(_, _, told)| [Told::HoleBlocked(hole - 1), Told::HoleOpen(hole - 1)].contains(told))
        );
    }
    assert_eq!(log.effects, [0; 4]);
}

/// A leak of 75 kg/h, a quarter of what the cell consumes, for four hours. Work at the cell while it
/// begins hides it in what the work does to the distance: such cells are only asked for no effect.
fn a_leak_is_found(noise: f64, seed: u64) {
    let (cells, began) = (6, 26.0 * HOUR);
    let mut scenario = routine(cells, 34.0, noise);
    let fault = |cell| EventSettings {
        cell: Some(cell),
        feeder: Some(cell as u8),
        leak_kg_per_h: Some(75.0),
        minutes: Some(240.0),
        ..EventSettings::new(26.0, EventKind::FeederLeak)
    };
    scenario.event = (1..=cells).map(fault).collect();
    let log = run(&scenario, seed);
    assert_eq!(log.effects, [0; 6]);
    assert!(log.told.iter().all(|(at, _, told)| *told == Told::Alarm(Alarm::FeederLeaks) && *at > began));
    let mut judged = 0;
    for (k, (work, range)) in log.work.iter().zip(&log.range).enumerate() {
        if work.iter().any(|at| (began - 0.25 * HOUR..began + HOUR).contains(at)) {
            continue;
        }
        judged += 1;
        let found = log.told.iter().find(|(_, cell, _)| usize::from(*cell) == k + 1).expect("found").0;
        assert!(found < began + SOON, "cell {}: {} h", k + 1, (found - began) / HOUR);
        // Unseen it makes 4.4 % and more of it (seed 7 before it was looked for).
        assert!(range.1 < 0.037, "cell {}: {range:?}", k + 1);
    }
    assert!(judged >= 3, "only {judged} cells to judge by");
}

#[test]
fn a_leak_is_found_within_two_hours_and_the_dose_is_reduced() {
    a_leak_is_found(1.0, 31);
}

#[test]
fn a_leak_is_found_at_twice_the_noise() {
    a_leak_is_found(2.0, 32);
}

#[test]
#[ignore = "a third run; before a release"]
fn a_leak_is_found_at_three_times_the_noise() {
    a_leak_is_found(3.0, 33);
}

fn nothing_is_found(noise: f64) {
    let log = run(&routine(4, 120.0, noise), 9);
    assert!(log.told.is_empty(), "{:?}", log.told);
}

#[test]
fn in_five_routine_days_nothing_is_found() {
    nothing_is_found(1.0);
}

#[test]
#[ignore = "twice the simulated days; run before a release"]
fn in_five_routine_days_at_twice_and_three_times_the_noise_nothing_is_found() {
    nothing_is_found(2.0);
    nothing_is_found(3.0);
}

//! Every fault that the simulated plant knows, alone and in pairs at random times, on the closed loop;
//! what is counted are the safety gates.
//!
//! No failure is excused. Two thousand runs in release, with a table of what failed by fault:
//! `cargo test --release --test fault_campaign -- --nocapture`; a short round over a part of the pairs
//! in debug. `POTLINE_RUNS` chooses another number, `POTLINE_SEED` other times and another part.
#![cfg(feature = "serde")]

mod bench;

use bench::{Bench, SCAN};
use potline::consts::HOUR;
use potline::image::{Action, CellId, Command, Mode};
use potline::sim::{Channel, EventKind, EventSettings, Sensor, Stream, Truth};
use potline::trial::{Gates, Scenario};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The cell that suffers ...
const VICTIM: u16 = 1;
/// ... and others that show what the line carries.
const WITNESSES: usize = 2;
/// A run of one fault goes on for this long after its onset \[h\], for what comes slowly: a feeder that
/// gives too little ...
const AFTER_ONE: f64 = 4.0;
/// ... and one of a pair after the second: twice the longest time that a gate waits for. What a sensor
/// showed wrong for an hour, and what the second fault met, has passed by then.
const AFTER_PAIR: f64 = 2.0;
const RUNS: usize = 2_000;
const SHORT_RUNS: usize = 24;
/// Faults come within this time after the start \[h\]: a second one meets every stage of the first.
const ONSET: (f64, f64) = (0.3, 1.5);

const UNANSWERED: &str = "effect not answered";
const CREW: &str = "effect beside a crew";
const SMOULDERING: &str = "smouldering effect";
const STARVED: &str = "starved";

type Make = fn(EventSettings) -> EventSettings;

/// Every fault, as the kind and what it needs.
const FAULTS: &[(&str, EventKind, Make)] = &[
    ("stuck feeder", EventKind::StuckFeeder, |e| EventSettings { feeder: Some(2), ..e }),
    ("blocked hole", EventKind::BlockedHole, |e| EventSettings { feeder: Some(3), ..e }),
    ("empty hopper", EventKind::EmptyHopper, |e| EventSettings { feeder: Some(4), ..e }),
    ("leaking feeder", EventKind::FeederLeak, |e| EventSettings {
        feeder: Some(1),
        leak_kg_per_h: Some(40.0),
        ..e
    }),
    ("double shots", EventKind::DoubleShot, |e| EventSettings {
        feeder: Some(5),
        probability_pct: Some(50.0),
        ..e
    }),
    ("light shots", EventKind::FeederGain, |e| EventSettings { feeder: Some(6), gain_pct: Some(-40.0), ..e }),
    ("heavy shots", EventKind::FeederGain, |e| EventSettings { feeder: Some(6), gain_pct: Some(40.0), ..e }),
    ("frozen voltage", EventKind::FrozenSensor, |e| EventSettings { sensor: Some(Sensor::Voltage), ..e }),
    ("frozen current", EventKind::FrozenSensor, |e| EventSettings { sensor: Some(Sensor::Current), ..e }),
    ("frozen beam", EventKind::FrozenSensor, |e| EventSettings { sensor: Some(Sensor::Beam), ..e }),
    ("frozen temperature", EventKind::FrozenSensor, |e| EventSettings {
        sensor: Some(Sensor::Temperature),
        ..e
    }),
    ("dead voltage", EventKind::DeadSensor, |e| EventSettings { sensor: Some(Sensor::Voltage), ..e }),
    ("dead current", EventKind::DeadSensor, |e| EventSettings { sensor: Some(Sensor::Current), ..e }),
    ("dead beam", EventKind::DeadSensor, |e| EventSettings { sensor: Some(Sensor::Beam), ..e }),
    ("dead temperature", EventKind::DeadSensor, |e| EventSettings { sensor: Some(Sensor::Temperature), ..e }),
    ("spike", EventKind::Spike, |e| EventSettings { anode: Some(7), length_mm: Some(40.0), ..e }),
    ("slipped anode", EventKind::SlippedAnode, |e| EventSettings {
        anode: Some(30),
        drop_mm: Some(20.0),
        ..e
    }),
    ("forced effect", EventKind::ForceEffect, |e| e),
    ("tap", EventKind::Tap, |e| e),
    ("double tap", EventKind::DoubleTap, |e| e),
    ("anode change", EventKind::AnodeChange, |e| e),
    ("badly set anode", EventKind::AnodeChange, |e| EventSettings { offset_mm: Some(-20.0), ..e }),
    ("forgotten switch", EventKind::ForgottenSwitch, |e| e),
    ("manual", EventKind::Manual, |e| e),
    ("ore change", EventKind::OreChange, |e| EventSettings {
        fines_pct: Some(30.0),
        moisture_pct: Some(3.0),
        soda_pct: Some(0.7),
        ..e
    }),
    ("shell cooling", EventKind::ShellCooling, |e| EventSettings { cooling_w_per_k: Some(300.0), ..e }),
    ("bath tapped", EventKind::BathTap, |e| EventSettings { bath_kg: Some(1_500.0), ..e }),
    ("bath added", EventKind::BathAdd, |e| EventSettings { bath_kg: Some(1_500.0), ..e }),
    ("alf3 dose", EventKind::Alf3Dose, |e| EventSettings { alf3_kg: Some(150.0), ..e }),
    ("low line current", EventKind::LineCurrent, |e| EventSettings { current_ka: Some(430.0), ..e }),
    ("curtailment", EventKind::Curtailment, |e| EventSettings {
        share_pct: Some(70.0),
        minutes: Some(60.0),
        ..e
    }),
    ("load shedding", EventKind::LoadShedding, |e| EventSettings {
        shed_pct: Some(20.0),
        minutes: Some(30.0),
        ..e
    }),
    ("line trip", EventKind::LineTrip, |e| EventSettings { minutes: Some(15.0), ..e }),
    ("rectifier trip", EventKind::RectifierTrip, |e| e),
];

fn event(fault: usize, at_h: f64) -> EventSettings {
    let (_, kind, make) = FAULTS[fault];
    use EventKind::{Curtailment, LineCurrent, LineTrip, LoadShedding, RectifierTrip};
    let line = matches!(kind, LineCurrent | Curtailment | LoadShedding | LineTrip | RectifierTrip);
    make(EventSettings { cell: (!line).then_some(VICTIM), ..EventSettings::new(at_h, kind) })
}

/// Faults of one run: one, or two.
#[derive(Clone, Copy)]
struct Run {
    faults: (usize, Option<usize>),
    seed: u64,
}

/// Every fault alone, then every pair in an order of its own per seed, round and round.
fn plan(count: usize, seed: u64) -> Vec<Run> {
    let n = FAULTS.len();
    let pairs: Vec<_> = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect();
    // A stride without a common factor visits every pair once before any of them twice.
    let stride = (1..).map(|k| 7 * k + 3).find(|s| gcd(*s, pairs.len()) == 1).unwrap();
    let turn = seed as usize * SHORT_RUNS;
    (0..count)
        .map(|index| {
            // Two of three runs of a short round are pairs; a full one begins with all single faults.
            let single = if count < n + pairs.len() { index % 3 == 0 } else { index % (n + pairs.len()) < n };
            let faults = if single {
                ((if count < n + pairs.len() { turn + index } else { index % (n + pairs.len()) }) % n, None)
            } else {
                let (a, b) = pairs[(turn + index) * stride % pairs.len()];
                (a, Some(b))
            };
            Run { faults, seed: seed * 1_000_003 + index as u64 }
        })
        .collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Which gate it was that broke.
fn gate(truth: &Truth, command: &Command, nominal: f64) -> &'static str {
    let share = truth.current / nominal;
    let manned = matches!(truth.mode, Mode::Manual | Mode::Off);
    match command.action {
        Action::Beam { travel } if travel > 0.0 && share < 0.5 => "raised without current",
        _ if manned && command.action != Action::None => "acted on a manned pot",
        _ if truth.acd < 0.010 && !truth.effect => "anodes in the metal",
        _ if truth.alumina > 0.08 => "flooded",
        _ if truth.effect && command.action == Action::None => match truth.mode {
            Mode::AnodeChange => CREW,
            _ if truth.voltage < 8.0 => SMOULDERING,
            _ => UNANSWERED,
        },
        _ if truth.alumina < truth.alumina_at_effect - 0.002 => STARVED,
        _ => "no feed for an hour",
    }
}

/// Gate failures of one run, by gate, with the time of the first \[h\].
fn execute(run: &Run) -> BTreeMap<&'static str, (u32, f64)> {
    let mut random = Stream::new(run.seed, CellId(VICTIM), Channel::Blunder);
    let mut onset = || ONSET.0 + random.uniform() * (ONSET.1 - ONSET.0);
    let mut events = vec![event(run.faults.0, onset())];
    events.extend(run.faults.1.map(|fault| event(fault, onset())));
    events.sort_by(|a, b| a.at_h.total_cmp(&b.at_h));
    let after = if events.len() == 1 { AFTER_ONE } else { AFTER_PAIR };
    let hours = events.last().map_or(0.0, |last| last.at_h) + after;
    let scenario = Scenario { cells: 1, hours, event: events, ..Scenario::default() };
    let nominal = scenario.control.design.current_ka * 1e3;
    let mut bench = Bench::with_witnesses(&scenario, run.seed, WITNESSES);
    let mut gates = [Gates::default()];
    let mut failures = BTreeMap::new();
    for scan in 0..(hours * HOUR / SCAN) as u64 {
        bench.scan();
        for ((gates, pot), tick) in gates.iter_mut().zip(bench.section.pots()).zip(&bench.ticks) {
            let truth = pot.truth();
            let count = gates.step(&truth, nominal, &tick.command, SCAN);
            if count > 0 {
                let name = gate(&truth, &tick.command, nominal);
                failures.entry(name).or_insert((0, scan as f64 * SCAN / HOUR)).0 += count;
            }
            for (name, value) in [("target", tick.status.target), ("alumina", tick.status.alumina)] {
                assert!(value.is_finite(), "{name} of {} is {value} in {:?}", pot.id(), run.faults);
            }
        }
    }
    failures
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn name(run: &Run) -> String {
    let (first, second) = run.faults;
    second.map_or(FAULTS[first].0.into(), |b| format!("{} + {}", FAULTS[first].0, FAULTS[b].0))
}

#[test]
fn no_fault_and_no_pair_of_faults_breaks_a_gate() {
    let usual = if cfg!(debug_assertions) { SHORT_RUNS } else { RUNS };
    let count = number("POTLINE_RUNS").map_or(usual, |runs| runs as usize);
    let runs = plan(count, number("POTLINE_SEED").unwrap_or(1));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failures = execute(run);
                    results.lock().unwrap().push((*run, failures));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(run, _)| run.seed);

    // Fault: runs with it, failed runs with it, failed runs of it alone, gates.
    let mut table = vec![(0, 0, 0, BTreeMap::<&str, u32>::new()); FAULTS.len()];
    let mut broken = Vec::new();
    for (run, failures) in &results {
        let parts: Vec<usize> = [Some(run.faults.0), run.faults.1].into_iter().flatten().collect();
        for &fault in &parts {
            let row = &mut table[fault];
            row.0 += 1;
            row.1 += u32::from(!failures.is_empty());
            row.2 += u32::from(!failures.is_empty() && parts.len() == 1);
            for (gate, (count, _)) in failures {
                *row.3.entry(gate).or_default() += count;
            }
        }
        if !failures.is_empty() {
            let times: Vec<_> =
                failures.iter().map(|(gate, (n, at))| format!("{gate} x{n} from {at:.2} h")).collect();
            broken.push(format!("{} (seed {}): {}", name(run), run.seed, times.join(", ")));
        }
    }
    println!("{:<20} {:>5} {:>7} {:>6}  gates", "fault", "runs", "failed", "alone");
    for ((fault, ..), (runs, failed, alone, gates)) in FAULTS.iter().zip(&table) {
        let gates: Vec<_> = gates.iter().map(|(gate, count)| format!("{gate} {count}")).collect();
        println!("{fault:<20} {runs:>5} {failed:>7} {alone:>6}  {}", gates.join(", "));
    }
    println!("{} runs, {} with a broken gate", results.len(), broken.len());
    assert!(broken.is_empty(), "{} failures:\n{}", broken.len(), broken.join("\n"));
}

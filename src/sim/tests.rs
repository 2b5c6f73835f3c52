//! A section as a whole: what one part may do to another, and what it may not.

use super::*;
use crate::consts::HOUR;
use crate::image::{Drive, FeederSet, Mode};
use std::prelude::rust_2024::*;
use std::vec;

pub(super) fn setup(cells: u16, hours: f64, events: Vec<EventSettings>) -> Setup {
    Setup {
        cells,
        hours,
        seed: 11,
        plant: PlantSettings::default(),
        sensors: SensorSettings::default(),
        line: LineSettings::default(),
        routine: RoutineSettings::default(),
        events,
    }
}

/// A shot every 22 s, feeder after feeder, as nominal consumption wants; `look` sees every step.
pub(super) fn run(setup: &Setup, mut look: impl FnMut(&Section)) -> Section {
    let mut section = Section::new(setup, 1.0).unwrap();
    for second in 0..(setup.hours * HOUR) as u64 {
        let feeders = match second % 22 {
            0 => FeederSet::single((second / 22 % 6) as usize),
            _ => FeederSet::NONE,
        };
        let now = section.now();
        for pot in section.pots_mut() {
            pot.drive(now, &Drive { feeders, ..Drive::default() }, 1.0);
        }
        section.advance();
        look(&section);
    }
    section
}

/// Every bit of what is true in every step.
fn truths(setup: &Setup) -> Vec<String> {
    let mut all = Vec::new();
    run(setup, |section| all.extend(section.pots().iter().map(|pot| std::format!("{:?}", pot.truth()))));
    all
}

#[test]
fn measuring_changes_nothing_that_is_measured() {
    let plain = setup(2, 0.5, Vec::new());
    let mut watched = plain.clone();
    watched.sensors = SensorSettings {
        rod_every_s: 1.0,
        lab_every_h: 0.05,
        lab_delay_h: 0.0,
        dip_every_h: 0.02,
        probe_every_h: 0.1,
        voltage_noise_mv: 20.0,
        voltage_spread_mv: 30.0,
        ..plain.sensors
    };
    watched.events = vec![EventSettings {
        sensor: Some(Sensor::Voltage),
        ..EventSettings::new(0.1, EventKind::DeadSensor)
    }];
    assert_eq!(truths(&plain), truths(&watched));
}

#[test]
fn the_same_seed_is_the_same_run_and_another_is_not() {
    let mut events = vec![EventSettings::new(0.05, EventKind::AnodeChange)];
    events.push(EventSettings { feeder: Some(2), ..EventSettings::new(0.1, EventKind::BlockedHole) });
    let one = setup(2, 0.25, events);
    assert_eq!(truths(&one), truths(&one));
    assert_ne!(truths(&one), truths(&Setup { seed: 12, ..one.clone() }));
}

#[test]
fn a_cell_lives_the_same_life_beside_other_neighbours() {
    // The line current is common, so the neighbour must not matter to it: a stiff regulator.
    let line = LineSettings { cells_in_line: 1_000, ..LineSettings::default() };
    // Work is spread over the section, so its times do depend on the neighbours: none here.
    let routine = RoutineSettings { anode_change_every_h: 0.0, ..RoutineSettings::default() };
    let few = Setup { line, routine, ..setup(1, 0.2, Vec::new()) };
    let strokes = |section: &Section| section.pots()[0].field().strokes;
    let many = Setup { cells: 3, ..few.clone() };
    assert_eq!(strokes(&run(&few, |_| ())), strokes(&run(&many, |_| ())));
    let gain = |s: &Section| s.pots()[0].rod_currents().current;
    let (a, b) = (gain(&run(&few, |_| ())), gain(&run(&many, |_| ())));
    for (a, b) in a.iter().zip(&b) {
        assert!((a / b - 1.0).abs() < 0.01, "{a} {b}");
    }
}

#[test]
fn rods_of_a_running_pot_add_up_to_the_line_current() {
    let mut rounds = 0;
    let mut last = -1.0;
    run(&setup(2, 0.2, Vec::new()), |section| {
        for pot in section.pots() {
            let rods = pot.rod_currents();
            if rods.taken == section.now() && rods.taken != last {
                rounds += 1;
                let sum: f64 = rods.current.iter().sum();
                // Gains of 2 % and noise of 1 % over 48 rods: 0.32 %, four times.
                assert!((sum / section.current() - 1.0).abs() < 0.013, "{sum}");
            }
        }
        last = section.now();
    });
    assert_eq!(rounds, 2 * 12);
}

#[test]
fn an_effect_in_one_cell_dips_the_current_of_all() {
    let effect = EventSettings { cell: Some(1), ..EventSettings::new(0.1, EventKind::ForceEffect) };
    let mut quiet = setup(2, 0.15, vec![effect]);
    quiet.line = LineSettings { noise_pct: 0.0, ripple_pct: 0.0, ..LineSettings::default() };
    let (mut least, mut before, mut voltage) = (f64::INFINITY, f64::INFINITY, 0.0_f64);
    let end = run(&quiet, |section| {
        if section.now() < 0.1 * HOUR {
            before = before.min(section.pots()[1].truth().current);
        } else {
            least = least.min(section.pots()[1].truth().current);
            voltage = voltage.max(section.pots()[0].truth().voltage);
        }
    });
    assert!(voltage > 15.0, "no effect: {voltage} V");
    assert!(before > 498e3 && least < before - 3e3, "{before} {least}");
    assert!((end.current() - 500e3).abs() < 4e3, "not restored: {}", end.current());
}

#[test]
fn a_trip_takes_every_pot_to_nothing_and_back() {
    let trip = EventSettings {
        minutes: Some(6.0),
        restart_minutes: Some(6.0),
        ..EventSettings::new(0.1, EventKind::LineTrip)
    };
    let line = LineSettings { ramp_pct_per_min: 60.0, ..LineSettings::default() };
    let mut dead = 0;
    let end = run(&Setup { line, ..setup(3, 0.4, vec![trip]) }, |section| {
        let all = section.pots().iter().all(|pot| pot.truth().current < 10.0 && pot.truth().voltage < 2.5);
        dead += u32::from(all);
        assert!(section.pots().iter().all(|pot| pot.truth().voltage.is_finite()));
    });
    assert!((345..=360).contains(&dead), "{dead} s without current");
    assert!((end.current() / 500e3 - 1.0).abs() < 0.01, "{}", end.current());
}

#[test]
fn laboratory_and_dipstick_are_near_the_truth_and_late() {
    let mut late = setup(1, 3.0, Vec::new());
    late.sensors = SensorSettings { lab_every_h: 1.0, lab_delay_h: 1.5, ..late.sensors };
    let mut first = f64::INFINITY;
    let end = run(&late, |section| {
        if section.pots()[0].lab().is_some() {
            first = first.min(section.now());
        }
    });
    let pot = &end.pots()[0];
    let sample = pot.lab().unwrap();
    assert!((first - 1.5 * HOUR).abs() < 2.0, "{first}");
    assert!((sample.alf3 - pot.truth().alf3).abs() < 0.02, "{sample:?}");
    assert!((pot.dip().unwrap().metal - pot.truth().metal_height).abs() < 0.03);
    assert!((0.10..0.30).contains(&pot.dip().unwrap().bath), "{:?}", pot.dip());
}

#[test]
fn the_start_is_where_the_settings_put_it() {
    let mut low = setup(1, 1.0, Vec::new());
    low.plant = PlantSettings {
        spread_pct: 0.0,
        start_metal_mm: 260.0,
        start_beam_mm: 120.0,
        start_acd_mm: 44.0,
        ..low.plant
    };
    let section = Section::new(&low, 1.0).unwrap();
    let truth = section.pots()[0].truth();
    assert!((truth.metal_height - 0.260).abs() < 1e-3, "{}", truth.metal_height);
    assert!((truth.acd - 0.044).abs() < 1e-3 && (truth.beam - 0.120).abs() < 1e-9);
    assert_eq!(truth.mode, Mode::Auto);
}

#[test]
fn a_crew_at_work_feeds_the_pot_and_one_that_left_does_not() {
    let fed = |kind, minutes| {
        let event = EventSettings { minutes: Some(minutes), ..EventSettings::new(0.0, kind) };
        let mut section = Section::new(&setup(1, 1.0, vec![event]), 1.0).unwrap();
        let mut fed = 0.0;
        // Nobody drives the feeders from afar. A quarter of an hour: later the crew comes for the
        // anode effect of a pot that nobody feeds.
        for _ in 0..900 {
            section.advance();
            fed += section.pots()[0].truth().fed;
        }
        fed
    };
    let expected = 500e3 * 0.94 * 1.05 * crate::consts::ALUMINA_PER_COULOMB * 900.0;
    for kind in [EventKind::BeamRaise, EventKind::Manual] {
        let fed = fed(kind, 30.0);
        // The spread of six feeders is 4 %, a shot is 1.8 kg.
        assert!((fed / expected - 1.0).abs() < 0.07, "{fed} of {expected}");
    }
    assert_eq!(fed(EventKind::HoodOpen, 30.0), 0.0);
}

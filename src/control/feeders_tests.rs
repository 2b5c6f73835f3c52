//! Zones that stand out, and those that must not.

use super::*;
use crate::control::DosingSettings;
use crate::estimate::DesignSettings;

/// Contrast of a zone without alumina from above, and what it takes from those beside it \[1\].
const LEAN: [f64; 2] = [-0.02, -0.003];

struct Cell {
    feeders: Feeders,
    state: FeedersState,
    dosing: Dosing,
    memory: DosingState,
    now: f64,
    log: std::vec::Vec<EventKind>,
}

impl Cell {
    fn new() -> Self {
        let mut cell = Self {
            feeders: FeedersSettings::default().build(6),
            state: FeedersState::default(),
            dosing: DosingSettings::default().build(&DesignSettings::default().build()),
            memory: DosingState::default(),
            now: 0.0,
            log: std::vec::Vec::new(),
        };
        cell.run(30, [0.0; 6]);
        cell
    }

    fn with(&mut self, minutes: u32, zones: [f64; 6], calm: bool) {
        self.seen(minutes, zones, calm, false);
    }

    fn seen(&mut self, minutes: u32, zones: [f64; 6], calm: bool, missing: bool) {
        let mut all = [0.0; MAX_FEEDERS];
        all[..6].copy_from_slice(&zones);
        for _ in 0..minutes {
            self.now += 60.0;
            let mut events = Events::default();
            let input = FeedersInput { zones: &all, taken: Some(self.now), missing, calm };
            self.feeders.update(&mut self.state, (&self.dosing, &mut self.memory), &input, &mut events);
            self.log.extend(events.iter());
        }
    }

    fn run(&mut self, minutes: u32, zones: [f64; 6]) {
        self.with(minutes, zones, true);
    }
}

fn lean(zone: usize) -> [f64; 6] {
    core::array::from_fn(|z| match z.abs_diff(zone) {
        0 => LEAN[0],
        1 => LEAN[1],
        _ => 0.004,
    })
}

#[test]
fn a_lean_zone_is_doubted_then_put_out_then_tried_and_sound_again() {
    for zone in 0..6 {
        let mut cell = Cell::new();
        cell.run(29, lean(zone));
        assert!(cell.state.sound(), "not before half an hour");
        cell.run(16, lean(zone));
        assert!(!cell.state.sound() && cell.log.is_empty(), "{:?}", cell.log);
        cell.run(30, lean(zone));
        assert_eq!(cell.log, [EventKind::HoleBlocked(zone as u8)]);
        assert_eq!(cell.state.blocked(), FeederSet::single(zone));
        assert!(!cell.dosing.in_service(&cell.memory).contains(zone));
        // Still blocked when it is tried: found again, told once.
        cell.run(100, lean(zone));
        assert_eq!(cell.log.len(), 1, "{:?}", cell.log);
        assert_eq!(cell.state.blocked(), FeederSet::single(zone));
        cell.run(120, [0.0; 6]);
        assert_eq!(cell.log.last(), Some(&EventKind::HoleOpen(zone as u8)));
        assert_eq!(cell.dosing.in_service(&cell.memory), FeederSet::first(6));
    }
}

#[test]
fn alumina_that_is_missing_is_a_second_witness_but_none_alone() {
    let mut cell = Cell::new();
    cell.seen(300, [0.0; 6], true, true);
    assert!(cell.state.sound());
    cell.seen(40, lean(2), true, true);
    assert_eq!(cell.log, [EventKind::HoleBlocked(2)]);
}

#[test]
fn only_one_is_put_out_at_a_time() {
    let mut cell = Cell::new();
    cell.run(60, lean(1));
    let (first, second) = (lean(1), lean(4));
    cell.run(300, core::array::from_fn(|z| first[z] + second[z]));
    assert_eq!(cell.log, [EventKind::HoleBlocked(1)]);
    assert!(cell.dosing.in_service(&cell.memory).contains(4));
}

#[test]
fn an_opened_hole_is_tried_at_once() {
    let mut cell = Cell::new();
    cell.run(60, lean(3));
    assert_eq!(cell.log, [EventKind::HoleBlocked(3)]);
    // The heap falls in.
    cell.run(15, lean(3).map(|zone| -zone));
    assert!(cell.dosing.in_service(&cell.memory).contains(3));
}

#[test]
fn what_tilts_the_whole_cell_is_no_fault_of_a_feeder() {
    let mut cell = Cell::new();
    cell.run(300, [-0.01, -0.006, -0.002, 0.002, 0.006, 0.01]);
    assert!(cell.state.sound());
}

#[test]
fn work_at_the_cell_is_not_judged_and_rare_rounds_show_nothing_that_lasts() {
    let mut cell = Cell::new();
    cell.with(300, lean(1), false);
    assert!(cell.state.sound());
    for _ in 0..20 {
        cell.now += 3_600.0;
        cell.run(1, lean(1));
    }
    assert!(cell.state.sound());
}

#[test]
fn a_feeder_whose_strokes_are_missing_is_the_dosings_matter() {
    let mut cell = Cell::new();
    let mut events = Events::default();
    let mut strokes = [0; MAX_FEEDERS];
    for _ in 0..1_200 {
        cell.dosing.confirm(&mut cell.memory, &strokes, crate::image::Outcome::Done, 1.0, &mut events);
        cell.dosing.accrue(&mut cell.memory, 0.0836, 1.0);
        if let Some(set) = cell.dosing.due(&cell.memory) {
            cell.dosing.asked(&mut cell.memory, set);
            for (n, count) in strokes.iter_mut().enumerate() {
                *count += u16::from(set.contains(n) && n != 4);
            }
        }
    }
    assert_eq!(cell.memory.faulty(), FeederSet::single(4));
    cell.run(300, lean(4));
    assert!(cell.state.sound() && cell.log.is_empty(), "{:?}", cell.log);
}

//! Shots, confirmations, and who carries what others do not give.

use super::*;
use crate::estimate::DesignSettings;

const RATE: f64 = 0.0836;

/// Feeds `seconds` at the nominal rate through feeders of which `stuck` never move.
fn feed(
    dosing: &Dosing,
    state: &mut DosingState,
    strokes: &mut [u16; MAX_FEEDERS],
    seconds: usize,
    stuck: FeederSet,
) -> (f64, std::vec::Vec<EventKind>) {
    let (mut fed, mut log) = (0.0, std::vec::Vec::new());
    for _ in 0..seconds {
        let mut events = Events::default();
        fed += dosing.confirm(state, strokes, Outcome::Done, 1.0, &mut events);
        dosing.accrue(state, RATE, 1.0);
        if let Some(set) = dosing.due(state) {
            assert_eq!(set.len(), 1, "one at a time");
            dosing.asked(state, set);
            for (n, count) in strokes.iter_mut().enumerate() {
                if set.contains(n) && !stuck.contains(n) {
                    *count = count.wrapping_add(1);
                }
            }
        }
        log.extend(events.iter());
    }
    (fed, log)
}

fn new() -> (Dosing, DosingState, [u16; MAX_FEEDERS]) {
    let dosing = DosingSettings::default().build(&DesignSettings::default().build());
    let mut state = DosingState::default();
    dosing.stagger(&mut state, 1);
    (dosing, state, [u16::MAX - 3; MAX_FEEDERS])
}

#[test]
fn what_is_asked_for_is_fed_across_a_counter_wrap() {
    let (dosing, mut state, mut strokes) = new();
    let (fed, log) = feed(&dosing, &mut state, &mut strokes, 36_000, FeederSet::NONE);
    assert!((fed - RATE * 36_000.0).abs() < 2.0 * 6.0 * 1.8, "{fed}");
    assert!(log.is_empty());
}

#[test]
fn shots_stay_spread() {
    let (dosing, mut state, mut strokes) = new();
    feed(&dosing, &mut state, &mut strokes, 3600, FeederSet::NONE);
    let mut last = None;
    for second in 0..600 {
        dosing.confirm(&mut state, &strokes, Outcome::Done, 1.0, &mut Events::default());
        dosing.accrue(&mut state, RATE, 1.0);
        if let Some(set) = dosing.due(&state) {
            dosing.asked(&mut state, set);
            for (n, count) in strokes.iter_mut().enumerate() {
                *count = count.wrapping_add(u16::from(set.contains(n)));
            }
            if let Some(last) = last.replace(second) {
                assert!((15..30).contains(&(second - last)), "{}", second - last);
            }
        }
    }
}

#[test]
fn a_stuck_feeder_is_found_and_its_share_carried() {
    let (dosing, mut state, mut strokes) = new();
    let stuck = FeederSet::single(2);
    let (_, log) = feed(&dosing, &mut state, &mut strokes, 1200, stuck);
    assert_eq!(log, [EventKind::FeederFault(2)]);
    assert_eq!(state.faulty(), stuck);
    let (fed, _) = feed(&dosing, &mut state, &mut strokes, 36_000, stuck);
    assert!((fed / (RATE * 36_000.0) - 1.0).abs() < 0.01, "{fed}");
    let (_, log) = feed(&dosing, &mut state, &mut strokes, 3700, FeederSet::NONE);
    assert_eq!(log, [EventKind::FeederBack(2)]);
}

#[test]
fn the_others_never_carry_more_than_their_limit() {
    let (dosing, mut state, mut strokes) = new();
    let stuck = FeederSet::first(4);
    feed(&dosing, &mut state, &mut strokes, 2400, stuck);
    let (fed, _) = feed(&dosing, &mut state, &mut strokes, 3000, stuck);
    let most = 2.0 * 1.5 / 6.0 * RATE * 3000.0;
    assert!((fed - most).abs() < 4.0 * 1.8, "{fed} {most}");
}

#[test]
fn a_reset_counter_is_no_feed() {
    let (dosing, mut state, _) = new();
    let mut events = Events::default();
    dosing.confirm(&mut state, &[5000; MAX_FEEDERS], Outcome::Done, 1.0, &mut events);
    assert_eq!(dosing.confirm(&mut state, &[0; MAX_FEEDERS], Outcome::Done, 1.0, &mut events), 0.0);
    let fed = dosing.confirm(&mut state, &[1; MAX_FEEDERS], Outcome::Done, 1.0, &mut events);
    assert!((fed - 6.0 * 1.8).abs() < 1e-9);
}

#[test]
fn a_refused_request_is_not_a_miss() {
    let (dosing, mut state, strokes) = new();
    let mut events = Events::default();
    for _ in 0..600 {
        dosing.confirm(&mut state, &strokes, Outcome::Rejected, 1.0, &mut events);
        dosing.accrue(&mut state, RATE, 1.0);
        if let Some(set) = dosing.due(&state) {
            dosing.asked(&mut state, set);
        }
    }
    assert!(state.faulty().is_empty());
}

/// Confirmed strokes of each feeder in `hours` at the nominal rate.
fn strokes_in(dosing: &Dosing, state: &mut DosingState, hours: usize, stuck: FeederSet) -> [f64; 6] {
    let mut strokes = [0; MAX_FEEDERS];
    feed(dosing, state, &mut strokes, 60, stuck);
    let before = strokes;
    feed(dosing, state, &mut strokes, hours * 3600, stuck);
    core::array::from_fn(|n| f64::from(strokes[n].wrapping_sub(before[n])))
}

#[test]
fn trims_move_alumina_and_never_add_any() {
    let (dosing, mut state, _) = new();
    let plain: f64 = strokes_in(&dosing, &mut state, 20, FeederSet::NONE).iter().sum();
    dosing.trim(&mut state, [0.10, -0.10, 0.9, -0.9, f64::NAN, 0.0, 9.0, 9.0]);
    let shares = strokes_in(&dosing, &mut state, 20, FeederSet::NONE);
    let total: f64 = shares.iter().sum();
    assert!((total - plain).abs() <= 8.0, "{total} {plain}");
    for (strokes, trim) in shares.iter().zip([0.10, -0.10, 0.15, -0.15, 0.0, 0.0]) {
        assert!((strokes * 6.0 / total - 1.0 - trim).abs() < 0.02, "{shares:?}");
    }
    // All the same way is no trim at all.
    dosing.trim(&mut state, [0.15; MAX_FEEDERS]);
    let shares = strokes_in(&dosing, &mut state, 20, FeederSet::NONE);
    assert!(shares.iter().all(|strokes| (strokes * 6.0 / total - 1.0).abs() < 0.02), "{shares:?}");
}

#[test]
fn a_lopsided_trim_stays_within_its_limit() {
    let (dosing, mut state, _) = new();
    dosing.trim(&mut state, [0.15, -0.15, -0.15, -0.15, -0.15, -0.15, 0.0, 0.0]);
    let trims = &state.trims[..6];
    assert!(trims.iter().sum::<f64>().abs() < 1e-12);
    assert!(trims.iter().all(|trim| trim.abs() <= MOST_TRIM + 1e-12), "{trims:?}");
}

#[test]
fn trims_of_what_is_left_add_nothing_when_a_feeder_fails() {
    let (dosing, mut state, mut strokes) = new();
    dosing.trim(&mut state, [-0.15, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let stuck = FeederSet::single(0);
    feed(&dosing, &mut state, &mut strokes, 1200, stuck);
    let (fed, _) = feed(&dosing, &mut state, &mut strokes, 36_000, stuck);
    assert!((fed / (RATE * 36_000.0) - 1.0).abs() < 0.01, "{fed}");
}

#[test]
fn what_a_feeder_out_of_service_does_not_give_its_neighbours_do() {
    let (dosing, mut state, _) = new();
    dosing.serve(&mut state, 2, Service { share: 0.0, counts: 0.0 });
    let shares = strokes_in(&dosing, &mut state, 20, FeederSet::NONE);
    let total: f64 = shares.iter().sum();
    assert!((total * 1.8 / (RATE * 72_000.0) - 1.0).abs() < 0.01, "{total}");
    for (strokes, share) in shares.iter().zip([1.0, 1.5, 0.0, 1.5, 1.0, 1.0]) {
        assert!((strokes * 6.0 / total - share).abs() < 0.02, "{shares:?}");
    }
}

#[test]
fn strokes_that_are_not_believed_count_as_much_as_they_are() {
    let (dosing, mut state, mut strokes) = new();
    let (all, _) = feed(&dosing, &mut state, &mut strokes, 36_000, FeederSet::NONE);
    dosing.serve(&mut state, 0, Service { share: 1.0, counts: 0.5 });
    let (fed, _) = feed(&dosing, &mut state, &mut strokes, 36_000, FeederSet::NONE);
    assert!((fed / all - 11.0 / 12.0).abs() < 0.01, "{fed} {all}");
}

#[test]
fn a_knock_is_one_stroke_more() {
    let (dosing, mut state, mut strokes) = new();
    feed(&dosing, &mut state, &mut strokes, 600, FeederSet::NONE);
    let before = strokes;
    dosing.knock(&mut state, 3);
    feed(&dosing, &mut state, &mut strokes, 2, FeederSet::NONE);
    assert!(strokes[3] > before[3]);
}

//! Each stress of a scenario does to a pot what its name says, and nothing before it begins.

use super::tests::{run, setup};
use super::*;
use crate::consts::HOUR;
use crate::image::{Action, Command, FeederSet, Mode, Outcome, Quality, Reason, StatusBits};
use std::prelude::rust_2024::*;
use std::vec;

/// What is true at the end of each minute with this event, and without it.
fn pair(hours: f64, event: EventSettings) -> [Vec<Truth>; 2] {
    [vec![event], Vec::new()].map(|events| {
        let mut minutes = Vec::new();
        run(&setup(1, hours, events), |section| {
            if section.now() % 60.0 == 0.0 {
                minutes.push(section.pots()[0].truth());
            }
        });
        minutes
    })
}

/// Largest and smallest difference of `what` from minute `from` on, after nothing before minute 6.
fn change(hours: f64, event: EventSettings, from: usize, what: fn(&Truth) -> f64) -> (f64, f64) {
    let [with, without] = pair(hours, EventSettings { at_h: 0.1, ..event });
    for (a, b) in with.iter().zip(&without).take(5) {
        assert_eq!(a, b, "changed before it began");
    }
    let changes = with.iter().zip(&without).skip(from).map(|(a, b)| what(a) - what(b));
    changes.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

fn event(kind: EventKind) -> EventSettings {
    EventSettings::new(0.1, kind)
}

/// Standard deviation of the voltage of one pot, second by second, in each of `windows` \[h\].
fn unrest(events: Vec<EventSettings>, windows: &[(f64, f64)]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0, 0.0); windows.len()];
    let hours = windows.iter().fold(0.0_f64, |hours, w| hours.max(w.1));
    run(&setup(1, hours, events), |section| {
        let hour = section.now() / HOUR;
        let voltage = section.pots()[0].truth().voltage - 4.0;
        for (sum, _) in sums.iter_mut().zip(windows).filter(|(_, w)| (w.0..w.1).contains(&hour)) {
            *sum = (sum.0 + 1.0, sum.1 + voltage, sum.2 + voltage * voltage);
        }
    });
    sums.iter().map(|(n, sum, squares)| (squares / n - (sum / n).powi(2)).sqrt()).collect()
}

#[test]
fn a_noise_burst_is_louder_by_its_factor_and_ends() {
    let burst =
        EventSettings { factor: Some(3.0), minutes: Some(30.0), at_h: 0.5, ..event(EventKind::NoiseBurst) };
    let loud = unrest(vec![burst], &[(0.0, 0.5), (0.55, 1.0), (1.1, 1.6)]);
    assert!((loud[1] / loud[0] - 3.0).abs() < 0.8, "{loud:?}");
    assert!(loud[2] < 1.5 * loud[0], "{loud:?}");
}

#[test]
fn rolling_metal_rolls() {
    let rolling = EventSettings {
        critical_mm: Some(44.0),
        minutes: Some(60.0),
        at_h: 0.2,
        ..event(EventKind::RollingMetal)
    };
    // Minutes, so that the drift of the alumina does not count.
    let [with, without] = [vec![rolling], Vec::new()].map(|events| unrest(events, &[(0.8, 0.85)])[0]);
    assert!(with > 3.0 * without, "{with} {without}");
}

#[test]
fn poor_mixing_leaves_a_zone_to_its_own_feeder() {
    let stuck = |at_h| EventSettings { at_h, feeder: Some(1), ..event(EventKind::StuckFeeder) };
    let poor =
        EventSettings { at_h: 0.1, feeder: Some(1), factor: Some(0.33), ..event(EventKind::PoorMixing) };
    let leanest = |events| {
        let end = run(&setup(1, 1.5, events), |_| ());
        let truth = end.pots()[0].truth();
        truth.alumina - truth.alumina_range.0
    };
    let (usual, worse) = (leanest(vec![stuck(0.1)]), leanest(vec![poor, stuck(0.1)]));
    assert!(worse > 1.5 * usual, "{worse} {usual}");
}

#[test]
fn alumina_that_dissolves_slowly_is_missing_in_the_bath() {
    let slow = EventSettings { dissolution_factor: Some(3.0), ..event(EventKind::OreChange) };
    let (low, high) = change(0.6, slow, 25, |truth| truth.alumina);
    assert!(low < -0.001 && high < 0.0, "{low} {high}");
}

#[test]
fn a_warm_room_and_a_bare_crust_move_the_temperature_apart() {
    let warm = EventSettings { offset_c: Some(30.0), ..event(EventKind::WarmRoom) };
    let (low, high) = change(3.0, warm, 120, |truth| truth.temperature);
    assert!(low > 0.1 && high < 10.0, "{low} {high}");
    let bare = EventSettings { bare_pct: Some(50.0), ..event(EventKind::CoverLoss) };
    let (low, high) = change(3.0, bare, 120, |truth| truth.temperature);
    assert!(high < -0.3 && low > -30.0, "{low} {high}");
}

#[test]
fn a_crew_that_keeps_more_metal_taps_less() {
    let plan = EventSettings { level_mm: Some(10.0), ..event(EventKind::MetalPlan) };
    let tap = |more: Option<EventSettings>| {
        let mut routine = setup(1, 1.0, more.into_iter().collect());
        routine.events.push(EventSettings::new(0.2, EventKind::Tap));
        // Twelve millimetres above what is planned: metal of half a day.
        routine.plant.start_beam_mm = 200.0;
        let mut before = 0.0;
        let end = run(&routine, |section| {
            if section.now() == 0.15 * HOUR {
                before = section.pots()[0].truth().metal_height;
            }
        });
        before - end.pots()[0].truth().metal_height
    };
    // An hour after the start there is little to tap at all; what is kept shows as more of it.
    assert!(tap(Some(plan)) <= tap(None) + 1e-4);
    let lowered = EventSettings { level_mm: Some(-10.0), ..plan };
    let taken = tap(Some(lowered));
    assert!((0.008..0.013).contains(&taken), "{taken}");
}

#[test]
fn transducers_are_off_and_the_pot_is_not() {
    let offsets = vec![
        EventSettings { offset_mv: Some(200.0), ..event(EventKind::VoltageOffset) },
        EventSettings { offset_pct: Some(5.0), at_h: 0.1, ..event(EventKind::CurrentOffset) },
    ];
    let shown = |events| {
        let end = run(&setup(1, 0.2, events), |_| ());
        (end.pots()[0].field(), end.pots()[0].truth())
    };
    let ((field, truth), (usual, same)) = (shown(offsets), shown(Vec::new()));
    assert_eq!(truth, same);
    assert!((field.voltage - usual.voltage - 0.2).abs() < 2e-3, "{}", field.voltage - usual.voltage);
    assert!((field.current / usual.current - 1.05).abs() < 1e-3);
}

#[test]
fn confused_samples_go_to_the_other_cell() {
    let mut events =
        vec![EventSettings { cell: Some(1), alf3_kg: Some(500.0), ..event(EventKind::Alf3Dose) }];
    let swap =
        EventSettings { cell: Some(1), with_cell: Some(2), at_h: 1.0, ..event(EventKind::SwappedSamples) };
    events.push(swap);
    let mut lab = setup(2, 3.0, events);
    lab.sensors =
        SensorSettings { lab_every_h: 0.5, lab_delay_h: 0.1, lab_alf3_sigma_pct: 0.0, ..lab.sensors };
    lab.plant.spread_pct = 0.0;
    let mut before = Vec::new();
    let end = run(&lab, |section| {
        if section.now() == 0.95 * HOUR {
            before = section.pots().iter().map(|pot| pot.lab().unwrap().alf3).collect();
        }
    });
    let after: Vec<f64> = end.pots().iter().map(|pot| pot.lab().unwrap().alf3).collect();
    assert!(before[0] > before[1] + 0.01, "the dose shows: {before:?}");
    assert!(after[1] > after[0] + 0.01, "and then in the other: {after:?}");
}

/// A panel that is asked for one stroke every ten seconds; what it showed, and the strokes at the end.
fn panel(kind: EventKind, minutes: f64) -> (Vec<crate::image::Reading>, u32) {
    let link = EventSettings { minutes: Some(minutes), ..EventSettings::new(0.05, kind) };
    let mut section = Section::new(&setup(1, 1.0, vec![link]), 1.0).unwrap();
    let (mut panel, mut shown) = (Panel::default(), Vec::new());
    for second in 0..600 {
        let reading = panel.read(&section.pots()[0]);
        shown.push(reading);
        let due = second % 10 == 1 && reading.quality == Quality::Good;
        let action = if due { Action::Feed { feeders: FeederSet::single(2) } } else { Action::None };
        let command = Command { action, fallback_interval: 20.0, alf3: None };
        let now = section.now();
        panel.execute(now, &command, &mut section.pots_mut()[0]);
        section.advance();
    }
    let strokes = section.pots()[0].field().strokes.iter().map(|&n| u32::from(n)).sum();
    (shown, strokes)
}

#[test]
fn a_lost_link_leaves_the_pot_to_its_plc() {
    let (shown, strokes) = panel(EventKind::LinkLoss, 5.0);
    let bad = shown.iter().filter(|reading| reading.reason == Reason::CommsFault).count();
    // It is gone from the step after its beginning on.
    assert_eq!(bad, 299);
    assert!(shown.iter().all(|reading| (reading.quality == Quality::Bad) == (reading.age > 0.0)));
    // Thirty from the controller; of its own one every twenty seconds, ten seconds after the loss.
    assert!((43..=46).contains(&strokes), "{strokes}");
    let after = shown.iter().skip(400).find(|reading| reading.quality == Quality::Good).unwrap();
    assert!(shown[500..].iter().all(|reading| !reading.status.has(StatusBits::COMMS_LOST)), "{after:?}");
}

#[test]
fn frozen_registers_swallow_what_is_asked_before_they_are_known() {
    let (shown, strokes) = panel(EventKind::FrozenRegisters, 5.0);
    assert_eq!(shown.iter().filter(|reading| reading.reason == Reason::Frozen).count(), 296);
    assert!(shown.iter().any(|reading| reading.link.last == Outcome::Unknown));
    assert!((42..=46).contains(&strokes), "{strokes}");
}

#[test]
fn a_request_is_executed_twice_by_a_faulty_plc() {
    let (_, usual) = panel(EventKind::RepeatedCommands, 0.1);
    let (_, twice) = panel(EventKind::RepeatedCommands, 5.0);
    assert!((60..=61).contains(&usual) && (89..=90).contains(&twice), "{usual} {twice}");
}

#[test]
fn linings_are_of_all_ages() {
    let mut section = setup(4, 1.0, Vec::new());
    section.plant.youngest_days = 30.0;
    section.plant.oldest_days = 2_430.0;
    let ages = [0, 1, 2, 3].map(|index| section.lining_age(index));
    assert_eq!(ages, [30.0, 830.0, 1_630.0, 2_430.0]);
    assert_eq!(setup(1, 1.0, Vec::new()).lining_age(0), 900.0);
    // A new lining takes up sodium, and so costs metal.
    let made = |youngest_days| {
        let mut section = setup(1, 0.2, Vec::new());
        section.plant.youngest_days = youngest_days;
        run(&section, |_| ()).pots()[0].truth().alf3
    };
    assert!(made(10.0) > made(900.0));
}

#[test]
fn every_condition_at_its_limits_leaves_a_cell_that_can_be_built() {
    let extremes = |event: fn(bool) -> EventSettings| [event(false), event(true)];
    let all = [
        extremes(|high| EventSettings {
            factor: Some(if high { 10.0 } else { 0.0 }),
            ..event(EventKind::NoiseBurst)
        }),
        extremes(|high| EventSettings {
            critical_mm: Some(if high { 60.0 } else { 0.0 }),
            ..event(EventKind::RollingMetal)
        }),
        extremes(|high| EventSettings {
            feeder: Some(6),
            factor: Some(if high { 10.0 } else { 0.0 }),
            ..event(EventKind::PoorMixing)
        }),
        extremes(|high| EventSettings {
            offset_c: Some(if high { 50.0 } else { -50.0 }),
            ..event(EventKind::WarmRoom)
        }),
        extremes(|high| EventSettings {
            dissolution_factor: Some(if high { 10.0 } else { 0.2 }),
            ..event(EventKind::OreChange)
        }),
    ];
    for event in all.into_iter().flatten() {
        let mut wide = setup(3, 0.2, vec![event]);
        wide.plant.spread_pct = 10.0;
        wide.plant.noise_factor = 10.0;
        let mut problems = Vec::new();
        wide.problems(&mut |path, error| problems.push((path, error)));
        assert!(problems.is_empty(), "{problems:?}");
        let end = run(&wide, |_| ());
        let truth = end.pots()[0].truth();
        assert!(truth.voltage.is_finite() && truth.mode == Mode::Auto);
        let usual = run(&Setup { events: Vec::new(), ..wide.clone() }, |_| ()).pots()[0].truth();
        assert_ne!(truth, usual, "{:?} was not taken", event.kind);
    }
}

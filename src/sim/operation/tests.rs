//! A crew's day, without a pot.

use super::super::event::EventKind;
use super::super::rng::Channel;
use super::*;
use std::prelude::rust_2024::*;

const SIGHT: Sight =
    Sight { metal_surplus: 3_800.0, bath_surplus: -150.0, beam: 0.2, stroke: 0.3, voltage: 3.95 };

fn none() -> RoutineSettings {
    RoutineSettings { tap_every_h: 0.0, anode_change_every_h: 0.0, dress_every_h: 0.0, ..Default::default() }
}

fn plan(routine: &RoutineSettings, events: &[EventSettings]) -> Plan {
    let stream = |channel| Stream::new(1, CellId(1), channel);
    let dice = Dice {
        tap: stream(Channel::Operation),
        setting: stream(Channel::Setting),
        blunder: stream(Channel::Blunder),
    };
    Plan::new(CellId(1), 0.0, routine, events, dice)
}

/// What the plan wants, second by second.
fn run(plan: &mut Plan, hours: f64, sight: impl Fn(f64) -> Sight) -> Vec<Demand> {
    (0..(hours * HOUR) as u32).map(|s| plan.at(f64::from(s), &sight(f64::from(s)), 1.0)).collect()
}

fn sum(demands: &[Demand], what: impl Fn(&Demand) -> f64) -> f64 {
    demands.iter().map(what).sum()
}

#[test]
fn a_tap_takes_what_it_was_told_and_tops_up_the_bath() {
    let event = EventSettings { metal_kg: Some(3_000.0), ..EventSettings::new(0.1, EventKind::Tap) };
    let day = run(&mut plan(&none(), &[event]), 1.0, |_| SIGHT);
    assert!((sum(&day, |d| d.metal_tap) - 3_000.0).abs() < 1e-6);
    assert!((sum(&day, |d| d.cryolite) - 150.0).abs() < 1e-6);
    assert_eq!(sum(&day, |d| d.bath_tap), 0.0);
    assert_eq!(day.iter().filter(|d| d.mode == Mode::Tapping).count(), 1_200);
    assert!(day.iter().all(|d| d.metal_tap == 0.0 || d.mode == Mode::Tapping));
}

#[test]
fn planned_taps_scatter_as_stated() {
    let routine = RoutineSettings { tap_every_h: 2.0, ..none() };
    let mut plan = plan(&routine, &[]);
    let mut sums = Vec::new();
    for hour in 0..400 {
        let mut metal = 0.0;
        for second in 0..3_600 {
            metal += plan.at(f64::from(hour * 3_600 + second), &SIGHT, 1.0).metal_tap;
        }
        if metal > 0.0 {
            sums.push(metal / 3_800.0 - 1.0);
        }
    }
    assert_eq!(sums.len(), 200);
    let sigma = (sums.iter().map(|x| x * x).sum::<f64>() / 200.0).sqrt();
    // Cut off at two sigma, a normal keeps 0.88 to 0.96 of its deviation.
    assert!((0.023..0.033).contains(&sigma), "{sigma}");
}

#[test]
fn a_second_tap_takes_as_much_again() {
    let events = [EventSettings::new(0.1, EventKind::Tap), EventSettings::new(0.2, EventKind::DoubleTap)];
    let mut plan = plan(&none(), &events);
    // After the first tap there is nothing above plan.
    let sight = |now: f64| Sight { metal_surplus: if now < 1_000.0 { 3_800.0 } else { 0.0 }, ..SIGHT };
    let day = run(&mut plan, 2.0, sight);
    // 120 s of lead, 10 min of metal and 480 s of tail after the start at 360 s.
    let (first, second) = day.split_at(1_560);
    let (first, second) = (sum(first, |d| d.metal_tap), sum(second, |d| d.metal_tap));
    assert!(first > 3_000.0 && (second / first - 1.0).abs() < 1e-9, "{first} {second}");
}

#[test]
fn work_waits_for_the_work_before_it() {
    let at = EventSettings::new;
    let events = [
        at(0.10, EventKind::AnodeChange),
        at(0.11, EventKind::Tap),
        at(0.12, EventKind::Manual),
        at(0.13, EventKind::DressCover),
    ];
    let day = run(&mut plan(&none(), &events), 4.0, |_| SIGHT);
    let mut modes: Vec<(Mode, usize)> = Vec::new();
    for demand in &day {
        match modes.last_mut() {
            Some((mode, count)) if *mode == demand.mode => *count += 1,
            _ => modes.push((demand.mode, 1)),
        }
    }
    let names: Vec<Mode> = modes.iter().map(|m| m.0).collect();
    assert_eq!(names, [Mode::Auto, Mode::AnodeChange, Mode::Tapping, Mode::Manual, Mode::Auto]);
    assert_eq!(modes[1].1, 2_400);
    assert_eq!(day.iter().filter(|d| d.new_anode.is_some()).count(), 1);
    assert_eq!(day.iter().filter(|d| d.dress).count(), 2);
}

#[test]
fn a_change_leaves_the_place_to_the_oldest_anode_and_sets_with_a_small_error() {
    let routine = RoutineSettings { anode_change_every_h: 1.0, ..none() };
    let mut plan = plan(&routine, &[]);
    let settings: Vec<NewAnode> =
        run(&mut plan, 48.0, |_| SIGHT).into_iter().filter_map(|d| d.new_anode).collect();
    assert_eq!(settings.len(), 48);
    assert!(settings.iter().all(|s| s.anode.is_none()));
    let sigma = (settings.iter().map(|s| s.offset * s.offset).sum::<f64>() / 48.0).sqrt();
    assert!((0.0012..0.0026).contains(&sigma), "{sigma}");
    assert!(settings.iter().all(|s| (s.temperature - 298.15).abs() < 1e-9));
}

#[test]
fn the_beam_is_brought_home_from_either_end() {
    for (beam, travel) in [(0.02, 0.23), (0.29, -0.04)] {
        let day = run(&mut plan(&none(), &[]), 1.0, |now| Sight {
            beam: if now < 1.0 { beam } else { 0.15 },
            ..SIGHT
        });
        assert!((sum(&day, |d| d.beam_raise) - travel).abs() < 1e-9);
        assert!(day.iter().all(|d| d.beam_raise == 0.0 || d.mode == Mode::Manual));
        assert_eq!(day.iter().filter(|d| d.mode == Mode::Manual).count(), 1_800);
    }
    let day = run(&mut plan(&none(), &[]), 1.0, |_| SIGHT);
    assert_eq!(sum(&day, |d| d.beam_raise.abs()), 0.0);
}

#[test]
fn a_forgotten_switch_stays_where_it_was() {
    let events = [EventSettings::new(0.1, EventKind::Tap)];
    let mut plan = plan(&none(), &events);
    plan.forget_switch(1_800.0);
    let day = run(&mut plan, 2.0, |_| SIGHT);
    assert_eq!(day.iter().filter(|d| d.mode == Mode::Tapping).count(), 1_200 + 1_800);
}

#[test]
fn mistakes_come_as_often_as_stated_and_move_no_other_draw() {
    let changes = |blunder_pct| {
        let routine = RoutineSettings { anode_change_every_h: 1.0, blunder_pct, ..none() };
        let mut plan = plan(&routine, &[]);
        // The switch would be forgotten for an hour: let it pass.
        let mut offsets = Vec::new();
        for second in 0..400 * 3_600 {
            plan.forget_switch(0.0);
            offsets.extend(plan.at(f64::from(second), &SIGHT, 1.0).new_anode.map(|s| s.offset));
        }
        offsets
    };
    let (well, ill) = (changes(0.0), changes(20.0));
    assert_eq!(well.len(), ill.len());
    let wrong = well.iter().zip(&ill).filter(|(a, b)| a != b).count();
    assert!((48..112).contains(&wrong), "{wrong} of {}", well.len());
}

#[test]
fn additions_add_up() {
    let events = [
        EventSettings { bath_kg: Some(500.0), ..EventSettings::new(0.1, EventKind::BathAdd) },
        EventSettings { alf3_kg: Some(50.0), ..EventSettings::new(0.2, EventKind::Alf3Dose) },
        EventSettings { bath_kg: Some(300.0), ..EventSettings::new(0.3, EventKind::BathTap) },
    ];
    let day = run(&mut plan(&none(), &events), 3.0, |_| SIGHT);
    assert!((sum(&day, |d| d.cryolite) - 500.0).abs() < 1e-6);
    assert!((sum(&day, |d| d.alf3) - 50.0).abs() < 1e-6);
    assert!((sum(&day, |d| d.bath_tap) - 300.0).abs() < 1e-6);
    assert_eq!(sum(&day, |d| d.metal_tap), 0.0);
}

#[test]
fn nobody_begins_work_on_a_pot_on_anode_effect() {
    let events = [EventSettings::new(0.1, EventKind::BeamRaise)];
    let day = run(&mut plan(&none(), &events), 2.0, |now| Sight {
        voltage: if (300.0..600.0).contains(&now) { 28.0 } else { 3.95 },
        ..SIGHT
    });
    assert_eq!(day.iter().position(|d| d.mode == Mode::Manual), Some(600));
}

#[test]
fn voltage_added_by_hand_is_a_beam_raised_once_and_a_pot_kept_in_manual() {
    let event = EventSettings {
        offset_mv: Some(150.0),
        minutes: Some(120.0),
        ..EventSettings::new(0.5, EventKind::ManualVoltage)
    };
    let demands = run(&mut plan(&none(), &[event]), 3.0, |_| SIGHT);
    assert!((sum(&demands, |d| d.beam_travel) - 150.0 / 33.0 * 1e-3).abs() < 1e-9);
    let manual = |d: &&Demand| d.mode == Mode::Manual && d.hand_feed;
    assert_eq!(demands.iter().filter(manual).count(), 7_200);
    assert_eq!(demands.last().unwrap().mode, Mode::Auto);
}

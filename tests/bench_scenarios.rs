//! The scenarios of the benchmark: can be read, differ from what controllers are told, begin their
//! stress within three days, and every event in them disturbs.
#![cfg(feature = "cli")]

use potline::files;
use potline::image::{Action, Command, FeederSet, Quality};
use potline::sim::{EventKind, EventSettings, Panel, Section, SensorSettings};
use potline::trial::Scenario;
use potline::trial::bench::SCENARIOS;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The stress of these is not in events: steady, routine, faults by chance, a market, a rise of the
/// current, a programme, a whole line.
const WITHOUT_EVENTS: [&str; 7] = ["S0", "S1", "S3", "S9", "S12", "S13", "S16"];

fn all() -> Vec<Scenario> {
    let read = |(name, text): &(&str, &str)| files::parse::<Scenario>(name, text).unwrap();
    SCENARIOS.iter().map(read).collect()
}

#[test]
fn each_is_named_told_of_and_unlike_what_its_controller_knows() {
    for (scenario, (name, text)) in all().iter().zip(SCENARIOS) {
        assert_eq!(scenario.name, *name);
        let about = text.lines().find(|line| line.starts_with("about = ")).unwrap();
        assert!(about.len() > 60, "{name}: {about}");
        assert!(scenario.plant.spread_pct >= 5.0 && scenario.plant.feeder_spread_pct > 0.0, "{name}");
        assert!(scenario.sensors.probe_sigma_c > 0.0 && scenario.sensors.lab_alf3_sigma_pct > 0.0);
        assert!(scenario.line.noise_pct > 0.0 && scenario.plant.noise_factor > 0.0);
    }
}

#[test]
fn each_stress_begins_within_three_days() {
    for scenario in all() {
        let name = scenario.name.as_str();
        let short = scenario.clone().cut(Some(4), Some(72.0));
        if !WITHOUT_EVENTS.contains(&name) {
            assert!(!short.event.is_empty(), "{name}: nothing happens in three days of four cells");
        }
        let kinds = |scenario: &Scenario| {
            let mut kinds: Vec<String> = scenario.event.iter().map(|e| format!("{:?}", e.kind)).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        };
        assert_eq!(kinds(&short), kinds(&scenario), "{name}: some of it comes later");
        assert!(short.event.iter().all(|event| event.at_h < 70.0), "{name}: too late to matter");
    }
}

/// Everything that can be seen of two cells, and is true of them, over a while of plain feeding.
fn trace(scenario: &Scenario, events: Vec<EventSettings>) -> u64 {
    let mut setup = scenario.setup(7);
    (setup.cells, setup.hours, setup.events) = (2, 0.6, events);
    setup.sensors = SensorSettings {
        probe_every_h: 0.1,
        lab_every_h: 0.1,
        lab_delay_h: 0.0,
        lab_delay_spread_h: 0.0,
        missing_pct: 0.0,
        ..setup.sensors
    };
    let mut section = Section::new(&setup, 1.0).unwrap();
    let mut panels = [Panel::default(); 2];
    let mut hasher = DefaultHasher::new();
    for second in 0..2_160_usize {
        let now = section.now();
        for (panel, pot) in panels.iter_mut().zip(section.pots_mut()) {
            let reading = panel.read(pot);
            let seen = (
                reading.voltage,
                reading.current,
                reading.beam_position,
                reading.bath_temperature,
                reading.quality,
            );
            format!("{seen:?} {:?} {:?}", pot.truth(), pot.lab()).hash(&mut hasher);
            let due = second.is_multiple_of(22) && reading.quality == Quality::Good;
            let action = match due {
                true => Action::Feed { feeders: FeederSet::single(second / 22 % 6) },
                false => Action::None,
            };
            panel.execute(now, &Command { action, fallback_interval: 22.0, alf3: None }, pot);
        }
        section.advance();
    }
    hasher.finish()
}

#[test]
fn every_event_disturbs() {
    // Work that others wait for: a tap shows a forgotten switch, and metal that is kept.
    let tap = EventSettings { cell: Some(1), ..EventSettings::new(0.2, EventKind::Tap) };
    let mut seen = Vec::new();
    for scenario in all() {
        let calm = trace(&scenario, vec![tap]);
        assert_eq!(calm, trace(&scenario, vec![tap]), "{}: not the same twice", scenario.name);
        for event in &scenario.event {
            if seen.contains(&event.kind) {
                continue;
            }
            seen.push(event.kind);
            let cell = event.cell.map(|_| 1);
            let alone = EventSettings { at_h: 0.05, cell, with_cell: event.with_cell.map(|_| 2), ..*event };
            let stirred = trace(&scenario, vec![alone, tap]);
            assert_ne!(calm, stirred, "{}: {:?} changes nothing", scenario.name, event.kind);
        }
    }
    assert!(seen.len() >= 24, "only {} kinds: {seen:?}", seen.len());
}

#[test]
fn a_cut_leaves_out_what_comes_later_and_whom_it_does_not_have() {
    let at = |at_h, cell| EventSettings { cell, ..EventSettings::new(at_h, EventKind::ForceEffect) };
    let swap = EventSettings {
        cell: Some(1),
        with_cell: Some(4),
        ..EventSettings::new(1.0, EventKind::SwappedSamples)
    };
    let event = vec![at(1.0, None), at(1.0, Some(3)), swap, at(5.0, Some(1)), at(9.0, None)];
    let scenario = Scenario { cells: 4, hours: 10.0, event, ..Scenario::default() };
    let left = scenario.clone().cut(Some(2), Some(6.0));
    assert_eq!(left.event, [at(1.0, None), at(5.0, Some(1))]);
    assert_eq!((left.cells, left.hours), (2, 6.0));
    assert_eq!(scenario.clone().cut(None, None), scenario);
}

//! Runs on which cells do go on anode effect: faults that starve them, and feed logic that noise
//! deceives.

use potline::control::Strategy;
use potline::sim::{EventKind, EventSettings};
use potline::trial::Scenario;

pub const HOURS: f64 = 24.0;
pub const CELLS: u16 = 6;

pub struct Case {
    pub name: &'static str,
    pub scenario: Scenario,
}

fn case(name: &'static str, strategy: Strategy, noise: f64, events: Vec<EventSettings>) -> Case {
    let mut scenario = Scenario { hours: HOURS, cells: CELLS, event: events, ..Scenario::default() };
    scenario.plant.spread_pct = 5.0;
    scenario.plant.feeder_spread_pct = 10.0;
    scenario.plant.feeder_drift_pct = 0.5;
    scenario.plant.noise_factor = noise;
    scenario.control.feed.strategy = strategy;
    // What is predicted is to happen: nothing is fed because of the prediction.
    scenario.control.predict.prevent = false;
    Case { name, scenario }
}

/// `kind` at feeders 1..=count of all cells, from `at_h` for `minutes`.
fn feeders(kind: EventKind, count: u8, at_h: f64, minutes: f64) -> impl Iterator<Item = EventSettings> {
    (1..=count).map(move |feeder| EventSettings {
        feeder: Some(feeder),
        minutes: Some(minutes),
        ..EventSettings::new(at_h, kind)
    })
}

pub fn all() -> Vec<Case> {
    use EventKind::{BlockedHole, Curtailment, EmptyHopper, FeederGain, OreChange};
    let blocked = [4.0, 14.0].into_iter().flat_map(|h| feeders(BlockedHole, 2, h, 240.0)).collect();
    let one = [3.0, 9.0, 15.0].into_iter().flat_map(|h| feeders(BlockedHole, 1, h, 240.0)).collect();
    let empty = [5.0, 14.0].into_iter().flat_map(|h| feeders(EmptyHopper, 3, h, 180.0)).collect();
    let gain = (1..=6)
        .map(|feeder| EventSettings {
            feeder: Some(feeder),
            gain_pct: Some(-25.0),
            ..EventSettings::new(6.0, FeederGain)
        })
        .collect();
    let ore = vec![EventSettings {
        fines_pct: Some(35.0),
        moisture_pct: Some(1.5),
        ..EventSettings::new(3.0, OreChange)
    }];
    let cut = vec![EventSettings {
        share_pct: Some(60.0),
        minutes: Some(180.0),
        ..EventSettings::new(6.0, Curtailment)
    }];
    vec![
        case("two holes blocked, ekf", Strategy::Ekf, 1.0, blocked),
        case("one hole blocked, ekf, noise x2", Strategy::Ekf, 2.0, one),
        case("three hoppers empty, guarded", Strategy::DemandGuarded, 1.0, empty),
        case("shots 25 % light, guarded, noise x2", Strategy::DemandGuarded, 2.0, gain),
        case("fine ore, demand", Strategy::Demand, 1.0, ore),
        case("cut to 60 % and back, ekf, noise x2", Strategy::Ekf, 2.0, cut),
        lean_demand("demand by a steep slope", 1.0),
        lean_demand("demand by a steep slope, noise x3", 3.0),
    ]
}

/// No fault at all: what the calls cost every day.
pub fn routine() -> Case {
    case("routine", Strategy::Ekf, 1.0, Vec::new())
}

/// Demand feed that waits for a slope of 220 pΩ/s: half an effect per day is published for it.
fn lean_demand(name: &'static str, noise: f64) -> Case {
    let mut case = case(name, Strategy::Demand, noise, Vec::new());
    case.scenario.control.feed.slope_min_pohm_s = 220.0;
    case
}

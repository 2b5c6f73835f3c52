//! Does a tuner that works while the line runs take a bad step back in time? On the simulated plant, by what
//! a line measures.
//!
//! Two hundred pot-days, so by hand, a minute on an idle machine:
//! `cargo test --release --test tuner_on_plant -- --ignored --nocapture`
#![cfg(feature = "cli")]

use potline::trial::tuning::Tuned;
use potline::trial::{Loop, Scenario, Stack};
use potline::tune::{Change, History, Online, Point, Search, TuneSettings};

const CELLS: u16 = 6;
const SEED: u64 = 301;

fn routine(days: f64) -> Scenario {
    let text = include_str!("../src/trial/bench/scenarios/S1.toml");
    let scenario: Scenario = toml::from_str(text).unwrap();
    scenario.cut(Some(CELLS), Some(days * 24.0))
}

fn tell(log: &[Change]) {
    log.iter().for_each(|change| println!("day {:3}: {}", change.day, change.words));
}

/// Asks for one place, whatever it gives.
struct Planted(Point, bool);

impl Search for Planted {
    fn ask(&mut self, _: &History) -> Option<Point> {
        (!core::mem::replace(&mut self.1, true)).then_some(self.0)
    }
}

#[test]
#[ignore = "some 200 pot-days"]
fn a_planted_bad_step_is_rolled_back_within_its_trust_period() {
    let settings = TuneSettings::default();
    let days = 32.0;
    let scenario = routine(days);
    // 60 mV down, where limits allow nothing.
    let search = Box::new(Planted([-6.0, 0.0, 0.0], false));
    let tuner = Online::new(settings, &scenario.settings(), CELLS.into()).with_search(search);
    let keeper = Tuned::with(Stack::new(&scenario).unwrap(), tuner);
    let mut line = Loop::kept_by(keeper, &scenario, SEED).unwrap();
    while line.scan() {}
    tell(line.keeper().log());
    let first = &line.keeper().log()[0];
    assert!(first.words.starts_with("Rolled back"), "{}", first.words);
    let again = line.keeper().log().iter().filter(|c| c.words.starts_with("Rolled back")).count();
    assert_eq!(again, 1, "not once more on the way back");
    // Compared first; then on its way at 5 mV a day, and judged from its first day on.
    let on_its_way = f64::from(first.day) - settings.judge_days;
    assert!(on_its_way <= settings.settle_days + settings.judge_days + 60.0 / 5.0, "{on_its_way} days");
    assert_eq!(line.record().kpi().safety_gate_failures, 0);
}

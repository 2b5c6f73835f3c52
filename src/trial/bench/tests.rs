use super::*;
use crate::control::Strategy;
use crate::image::{Action, CellId, FeederSet, Reading};
use crate::trial::Contender;

fn small(hours: f64) -> Scenario {
    Scenario { cells: 2, hours, ..Scenario::default() }
}

fn bench(hours: f64) -> Bench {
    Bench {
        scenarios: vec![small(hours)],
        entrants: vec![
            Entrant::feed("demand-guarded", Strategy::DemandGuarded),
            Entrant::feed("ekf", Strategy::Ekf),
        ],
        seeds: vec![1, 2, 3],
    }
}

/// Asks for the same forbidden move in every scan.
struct Stubborn;

impl Contender for Stubborn {
    fn decide(&mut self, _: &Reading, _: f64, _: f64) -> Action {
        Action::Beam { travel: -50e-3 }
    }
}

/// One shot of one feeder every twenty seconds.
struct Clockwork(u32);

impl Contender for Clockwork {
    fn decide(&mut self, _: &Reading, _: f64, _: f64) -> Action {
        self.0 += 1;
        if self.0.is_multiple_of(20) {
            Action::Feed { feeders: FeederSet::single(self.0 as usize / 20 % 6) }
        } else {
            Action::None
        }
    }
}

#[test]
fn the_table_does_not_depend_on_the_threads() {
    let bench = bench(3.0);
    let text = |threads| {
        let runs = bench.run(threads, &|_| true).unwrap();
        serde_json::to_string(&bench.table(&runs)).unwrap()
    };
    assert_eq!(text(1), text(4));
}

#[test]
fn every_strategy_meets_the_same_cells() {
    let runs = bench(1.0).run(2, &|_| true).unwrap();
    assert_eq!(runs.iter().map(|run| run.place).collect::<Vec<_>>()[3], [0, 1, 0]);
    // What is spread from cell to cell is the same before anybody acts: nothing is learnt in an hour.
    let same = |a: &Run, b: &Run| (a.kpi.ledge_mm_min.unwrap() - b.kpi.ledge_mm_min.unwrap()).abs() < 0.5;
    assert!((0..3).all(|seed| same(&runs[seed], &runs[seed + 3])));
    assert!(!same(&runs[0], &runs[1]) || !same(&runs[1], &runs[2]));
}

#[test]
fn a_plant_that_is_known_is_refused() {
    let mut known = bench(1.0);
    known.scenarios[0].plant.spread_pct = 0.0;
    assert_eq!(known.run(1, &|_| true).unwrap_err().field(), "plant.spread_pct");
}

#[test]
fn who_stops_it_gets_what_was_finished() {
    let runs = bench(2.0).run(1, &|share| share < 0.4).unwrap();
    assert_eq!(runs.len(), 2);
}

#[test]
fn a_strategy_from_outside_meets_the_guard_and_the_table() {
    let bench = Bench {
        entrants: vec![
            Entrant::feed("demand", Strategy::Demand),
            Entrant::outside("stubborn", |_, _| Stubborn),
            Entrant::outside("clockwork", |_, id: CellId| Clockwork(u32::from(id.0))),
        ],
        ..bench(2.0)
    };
    let table = bench.table(&bench.run(2, &|_| true).unwrap());
    let of = |name: &str, figure: &str| {
        let entry = table.iter().find(|entry| entry.strategy == name).unwrap();
        entry.kpi[figure]
    };
    assert_eq!(of("stubborn", "beam_moves_per_pot_day").section.mean, 0.0, "the guard removes every one");
    assert!(
        of("clockwork", "alumina_pct_mean").section.mean > of("stubborn", "alumina_pct_mean").section.mean
    );
    assert!(of("clockwork", "alumina_pct_mean").difference.is_some());
    assert!(
        of("demand", "alumina_pct_mean").difference.is_none(),
        "the first is what others are held against"
    );
}

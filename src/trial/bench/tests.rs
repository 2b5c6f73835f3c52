use super::*;
use crate::control::Strategy;
use crate::image::{Action, CellId, FeederSet, Reading};
use crate::trial::Contender;
use std::format;

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

/// Feeds nothing and moves nothing.
struct Idle;

impl Contender for Idle {
    fn decide(&mut self, _: &Reading, _: f64, _: f64) -> Action {
        Action::None
    }
}

/// Now and then a shot of any feeder, or a move of the beam.
struct Random(u64);

impl Contender for Random {
    fn decide(&mut self, _: &Reading, _: f64, _: f64) -> Action {
        // Knuth's constants; the upper bits are the better ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = (self.0 >> 33) as usize;
        match draw % 80 {
            0 => Action::Feed { feeders: FeederSet::single(draw / 80 % 6) },
            1 => Action::Beam { travel: if (draw / 80).is_multiple_of(2) { 1e-3 } else { -1e-3 } },
            _ => Action::None,
        }
    }
}

fn judged(hours: f64, seeds: Vec<u64>, entrants: Vec<Entrant>) -> Vec<Entry> {
    let bench = Bench { scenarios: vec![small(hours)], entrants, seeds }.scored();
    let runs = bench.run(2, &|_| true).unwrap();
    bench.table(&runs)
}

#[test]
fn who_does_nothing_or_anything_scores_below_demand_and_fails_gates() {
    let outsiders = vec![
        Entrant::outside("idle", |_, _| Idle),
        Entrant::outside("random", |_, id: CellId| Random(u64::from(id.0))),
    ];
    let table = judged(6.0, vec![1, 2], outsiders);
    for entry in &table[..2] {
        assert!(entry.score.as_ref().unwrap().total.mean < 0.0, "{}: {:?}", entry.strategy, entry.score);
        assert!(!entry.passed && !entry.gates_failed.is_empty(), "{}", entry.strategy);
    }
    let total = |name: &str| {
        let entry = table.iter().find(|entry| entry.strategy == name).unwrap();
        assert!(entry.passed, "{name}: {:?}", entry.gates_failed);
        entry.score.as_ref().unwrap().total.mean
    };
    assert_eq!(total("demand"), 0.0);
    assert_eq!(total("oracle"), 100.0);
}

#[test]
fn the_oracle_holds_alumina_ten_times_closer_and_has_no_effects() {
    let table = judged(16.0, vec![3], vec![Entrant::feed("ekf", Strategy::Ekf)]);
    let of = |name: &str, figure: &str| {
        table.iter().find(|entry| entry.strategy == name).unwrap().kpi[figure].section.mean
    };
    // The first quarter of an hour leads from the start to what is held.
    assert!(of("oracle", "alumina_pct_sigma") < 0.06, "{}", of("oracle", "alumina_pct_sigma"));
    assert!(of("demand", "alumina_pct_sigma") > 0.2);
    assert_eq!(of("oracle", "ae_per_pot_day"), 0.0);
    assert_eq!(of("oracle", "safety_gate_failures"), 0.0);
    for other in ["demand", "ekf"] {
        assert!(of("oracle", "dc_kwh_per_t") < of(other, "dc_kwh_per_t"), "{other}");
    }
}

#[test]
fn what_a_strategy_is_told_is_the_same_for_every_cell_of_every_seed() {
    use std::sync::{Arc, Mutex};
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let note = Arc::clone(&told);
    let spy = Entrant::outside("spy", move |design, _| {
        note.lock().unwrap().push(format!("{design:?}"));
        Idle
    });
    let bench = Bench { entrants: vec![spy], ..bench(0.1) };
    bench.run(1, &|_| true).unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 6, "two cells under three seeds");
    assert!(told.iter().all(|design| *design == told[0]));
    // And yet no two cells are alike.
    let mut onsets: Vec<u64> = Vec::new();
    for seed in [1, 2, 3] {
        let section = crate::sim::Section::new(&bench.scenarios[0].setup(seed), 1.0).unwrap();
        onsets.extend(section.pots().iter().map(|pot| pot.truth().alumina_at_effect.to_bits()));
    }
    onsets.sort_unstable();
    onsets.dedup();
    assert_eq!(onsets.len(), 6);
}

#[test]
fn shards_and_what_was_done_before_give_the_same_runs_to_the_last_bit() {
    let bench = bench(0.5);
    let whole = bench.run(1, &|_| true).unwrap();
    let part =
        |number, done: &[Run]| bench.resume(done, Shard { number, of: 3 }, 2, &|_| true, &|_| ()).unwrap();
    let mut together = Vec::new();
    for number in [3, 1, 2] {
        assert_eq!(part(number, &[]).len(), 2);
        together = part(number, &together);
    }
    assert_eq!(together, whole);
    // Written and read again, as between machines.
    let text = serde_json::to_string(&together).unwrap();
    let read: Vec<Run> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, whole);
    let table = |runs: &[Run]| serde_json::to_string(&bench.table(runs)).unwrap();
    assert_eq!(table(&read), table(&whole));
    let fresh = std::sync::Mutex::new(0);
    let again = bench.resume(&whole[..4], Shard::WHOLE, 2, &|_| true, &|_| *fresh.lock().unwrap() += 1);
    assert_eq!((again.unwrap(), *fresh.lock().unwrap()), (whole, 2));
}

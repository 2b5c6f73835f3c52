//! Are effects foreseen, early enough and without crying wolf? Cells are starved on purpose and the
//! prediction is only listened to. Scored by the plant's truth, on seeds the weights were not fitted on.
//!
//! `cargo test --release --test effect_prediction -- --ignored --nocapture fit` fits the weights anew
//! and prints them.
#![cfg(all(feature = "std", feature = "serde"))]

mod bench;
#[path = "effect_prediction/cases.rs"]
mod cases;
#[path = "effect_prediction/fit.rs"]
mod fit;

use bench::Bench;
use cases::Case;
use potline::control::SIGNS;
use potline::image::{EventKind, Mode};

/// The weights were fitted on the first seeds, the threshold chosen on them too; the others
/// are for the test alone.
const FITTED_ON: [u64; 2] = [101, 102];
const TESTED_ON: [u64; 2] = [301, 302];
/// Horizon of the prediction and least lead that leaves time to feed \[s\].
const HORIZON: f64 = 900.0;
const LEAD: f64 = 300.0;
/// The estimator finds the cell \[s\].
const SETTLED: f64 = 3_600.0;
/// After an effect nothing is scored for so long \[s\]: alumina is what the quench made it.
const AFTER: f64 = 1_800.0;
/// Nor after work at the cell \[s\]: tapping alone can bring an effect at 2.3 % alumina.
const WORKED: f64 = 900.0;
const MINUTE: f64 = 60.0;

/// One minute of one cell.
pub struct Minute {
    pub signs: [f64; SIGNS],
    pub probability: f64,
    /// An effect began within the horizon.
    pub effect: bool,
}

/// What one run gave.
#[derive(Default)]
struct Run {
    minutes: Vec<Minute>,
    effects: u32,
    /// Effects that were called likely at least [`LEAD`] before.
    foreseen: u32,
    leads: Vec<f64>,
    calls: u32,
    /// Calls that no effect followed while they stood or within the horizon.
    false_calls: u32,
    pot_days: f64,
    watches: Vec<Watch>,
}

/// What a cell showed in one minute.
#[derive(Clone)]
pub struct Row {
    pub time: f64,
    pub signs: [f64; SIGNS],
    pub probability: f64,
    /// What no instrument shows: alumina of the leanest zone less that at the onset, mass fraction.
    pub margin: f64,
}

/// A cell while it runs.
#[derive(Default, Clone)]
pub struct Watch {
    pub trace: Vec<Row>,
    pub onsets: Vec<f64>,
    calls: Vec<(f64, f64)>,
    burning: bool,
    last_effect: f64,
    /// Time since work at the cell ended \[s\].
    worked: f64,
}

impl Watch {
    /// Minutes up to `end`, each with what came of it.
    pub fn minutes(&self, end: f64) -> impl Iterator<Item = Minute> + '_ {
        let within = |t: f64| self.onsets.iter().any(|&at| at > t && at <= t + HORIZON);
        let rows = self.trace.iter().filter(move |row| row.time < end);
        rows.map(move |row| Minute {
            signs: row.signs,
            probability: row.probability,
            effect: within(row.time),
        })
    }
}

fn run(case: &Case, seed: u64) -> Run {
    let mut bench = Bench::new(&case.scenario, seed);
    let mut watches = vec![Watch { last_effect: f64::NEG_INFINITY, ..Watch::default() }; bench.states.len()];
    let scans = (case.scenario.hours * 3_600.0 / bench::SCAN) as u64;
    for scan in 1..=scans {
        bench.scan();
        let now = scan as f64 * bench::SCAN;
        for (k, watch) in watches.iter_mut().enumerate() {
            let truth = bench.section.pots()[k].truth();
            let predict = *bench.states[k].predict();
            // An effect that work at the cell brings is no matter of alumina.
            watch.worked = if truth.mode == Mode::Auto { watch.worked + bench::SCAN } else { 0.0 };
            if truth.effect && !watch.burning && now - watch.last_effect > AFTER && watch.worked > WORKED {
                watch.onsets.push(now);
            }
            if truth.effect {
                watch.last_effect = now;
            }
            watch.burning = truth.effect;
            let scored = now > SETTLED && now - watch.last_effect > AFTER && watch.worked > WORKED;
            if bench.ticks[k].events.iter().any(|e| e == EventKind::EffectLikely) && scored {
                watch.calls.push((now, now));
            }
            if let Some(call) = watch.calls.last_mut().filter(|_| predict.likely()) {
                call.1 = now;
            }
            let known = predict.probability().is_finite() && truth.mode != Mode::Manual;
            if scan % 60 == 0 && scored && known {
                let margin = truth.alumina_range.0 - truth.alumina_at_effect;
                let (signs, probability) = (*predict.signs(), predict.probability());
                watch.trace.push(Row { time: now, signs, probability, margin });
            }
        }
    }
    let mut result =
        Run { pot_days: scans as f64 * bench::SCAN / 86_400.0 * watches.len() as f64, ..Run::default() };
    for watch in &watches {
        let end = scans as f64 * bench::SCAN - HORIZON;
        result.minutes.extend(watch.minutes(end));
        for &onset in watch.onsets.iter().filter(|&&t| t > SETTLED + HORIZON) {
            result.effects += 1;
            let call = watch.calls.iter().find(|c| c.0 < onset && c.1 + MINUTE >= onset - LEAD);
            let lead = call.map_or(0.0, |c| onset - c.0);
            result.leads.push(lead);
            result.foreseen += u32::from(lead >= LEAD);
        }
        for call in watch.calls.iter().filter(|c| c.0 < end) {
            result.calls += 1;
            let came =
                watch.onsets.iter().any(|&at| at >= call.0 && at <= (call.1 + MINUTE).max(call.0 + HORIZON));
            result.false_calls += u32::from(!came);
        }
    }
    result.watches = watches;
    result
}

fn print(name: &str, run: &Run) {
    let mut leads = run.leads.clone();
    leads.sort_by(f64::total_cmp);
    println!(
        "{name:<38} {:>5.1} {:>7} {:>8} {:>6} {:>6} {:>6.2} {:>8.1}",
        run.pot_days,
        run.effects,
        run.foreseen,
        run.calls,
        run.false_calls,
        f64::from(run.false_calls) / run.pot_days,
        leads.get(leads.len() / 2).map_or(f64::NAN, |l| l / MINUTE),
    );
}

/// All cases under these seeds; prints a line for each.
fn score(seeds: &[u64]) -> Run {
    println!("case                               pot-days effects foreseen  calls  false  f/p-d lead min");
    let mut all = Run::default();
    for case in cases::all() {
        let mut of_case = Run::default();
        for &seed in seeds {
            of_case.take(run(&case, seed));
        }
        print(case.name, &of_case);
        all.take(of_case);
    }
    print("all", &all);
    all
}

impl Run {
    fn take(&mut self, other: Self) {
        self.minutes.extend(other.minutes);
        self.effects += other.effects;
        self.foreseen += other.foreseen;
        self.leads.extend(other.leads);
        self.calls += other.calls;
        self.false_calls += other.false_calls;
        self.pot_days += other.pot_days;
        self.watches.extend(other.watches);
    }
}

/// Stated probability against what came, in classes: (minutes, mean stated, share that came).
fn reliability(minutes: &[Minute]) -> Vec<(usize, f64, f64)> {
    let edges = [0.0, 0.02, 0.1, 0.3, 0.6, 1.0 + 1e-9];
    println!("stated          minutes   mean stated   came");
    let mut table = Vec::new();
    for pair in edges.windows(2) {
        let inside: Vec<_> =
            minutes.iter().filter(|m| m.probability >= pair[0] && m.probability < pair[1]).collect();
        let n = inside.len().max(1) as f64;
        let stated = inside.iter().map(|m| m.probability).sum::<f64>() / n;
        let came = inside.iter().filter(|m| m.effect).count() as f64 / n;
        println!("{:.2} to {:.2} {:>12} {:>13.3} {:>6.3}", pair[0], pair[1], inside.len(), stated, came);
        table.push((inside.len(), stated, came));
    }
    table
}

/// Share of the effects that were foreseen, and false calls per pot-day.
fn rates(run: &Run) -> (f64, f64) {
    let recall = f64::from(run.foreseen) / f64::from(run.effects);
    let false_rate = f64::from(run.false_calls) / run.pot_days;
    println!("recall {recall:.2} at {:.0} min lead, false calls {false_rate:.2} per pot-day", LEAD / MINUTE);
    (recall, false_rate)
}

/// The floor under what is reached with faults; the aim is in the next test.
#[test]
fn half_of_the_effects_are_foreseen_and_routine_work_brings_no_false_calls() {
    let all = score(&TESTED_ON[..1]);
    let _ = reliability(&all.minutes);
    assert!(all.effects >= 20, "too few effects to judge: {}", all.effects);
    let (recall, _) = rates(&all);
    assert!(recall >= 0.5, "recall {recall}");
    let routine = run(&cases::routine(), TESTED_ON[0]);
    print("routine work without faults, ekf", &routine);
    let (_, false_rate) = rates(&routine);
    assert!(false_rate <= 0.2, "false calls {false_rate} per pot-day");
}

#[test]
#[ignore = "the aim, not met: 0.6 at 0.2 is what knowing all alumina would give on the cases of the fit"]
fn effects_are_foreseen_and_calls_are_rarely_false_even_with_faults() {
    let all = score(&TESTED_ON);
    let table = reliability(&all.minutes);
    let (recall, false_rate) = rates(&all);
    assert!(recall >= 0.7, "recall {recall}");
    assert!(false_rate <= 0.2, "false calls {false_rate}");
    for (minutes, stated, came) in table {
        // Minutes of one event are one observation: fewer than a hundred say nothing.
        assert!(minutes < 100 || (stated - came).abs() < 0.2, "stated {stated}, came {came}");
    }
}

#[test]
#[ignore = "fits the weights anew; run by hand when signs or cases change"]
fn fit() {
    let all = score(&FITTED_ON);
    let _ = reliability(&all.minutes);
    let weights = fit::logistic(&all.minutes);
    println!("const WEIGHTS: [f64; SIGNS] = {weights:.3?};");
    fit::thresholds(&all.watches, &weights, all.pot_days);
    // What somebody who knows the alumina of every zone, and the cell's own onset, could do.
    let informed: Vec<Watch> = all.watches.iter().map(fit::informed).collect();
    let end = cases::HOURS * 3_600.0 - HORIZON;
    let minutes: Vec<Minute> =
        informed.iter().flat_map(|watch| watch.minutes(end).collect::<Vec<_>>()).collect();
    println!("with all alumina known:");
    fit::thresholds(&informed, &fit::logistic(&minutes), all.pot_days);
    print("routine work without faults, ekf", &run(&cases::routine(), FITTED_ON[0]));
}

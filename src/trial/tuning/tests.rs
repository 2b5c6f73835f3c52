use super::*;
use crate::control::SetPoints;
use crate::trial::{Loop, Scenario, Stack};
use crate::tune::{Method, Online, SpaceSettings, TuneSettings};
use core::sync::atomic::{AtomicU32, Ordering};
use std::prelude::rust_2024::*;

fn study(threads: usize) -> Study {
    Study {
        scenario: Scenario { cells: 1, ..Scenario::default() },
        settings: TuneSettings {
            method: Method::Trust,
            settle_days: 0.5,
            judge_days: 1.0,
            ..TuneSettings::default()
        },
        learn: vec![5],
        verify: vec![1, 2],
        trials: 1,
        oracle: 0,
        threads,
    }
}

#[test]
fn a_study_is_the_same_on_any_number_of_threads_and_pairs_with_untouched_copies() {
    let text = |threads| serde_json::to_string(&study(threads).tune(&|_| true).unwrap()).unwrap();
    let one = text(1);
    assert_eq!(one, text(3));
    let tuning: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(tuning["partial"], false);
    assert_eq!(tuning["constraints"].as_array().unwrap().len(), 13);
    assert!(tuning["saving_kwh_per_t"]["ci95"].is_number());
    // The only trial either moved the set-points or left the copies alike.
    let kept = tuning["trials"][1]["kept"] == true;
    assert_eq!(tuning["saving_kwh_per_t"]["mean"] == 0.0, !kept);
}

#[test]
fn a_study_that_is_stopped_keeps_what_it_has() {
    // Ends in the second run: the first trial is not judged, the untouched cells are.
    let looks = AtomicU32::new(0);
    let tuning = study(1).tune(&|_| looks.fetch_add(1, Ordering::Relaxed) < 40).unwrap();
    assert!(tuning.partial && tuning.trials.len() == 1 && tuning.saving_kwh_per_t.is_none());
    assert_eq!(tuning.setpoints, tuning.untouched);
}

#[test]
fn seeds_of_the_verdict_are_not_those_of_the_trials() {
    let mixed = Study { learn: vec![1, 5], ..study(1) };
    assert_eq!(mixed.check().unwrap_err().field(), "seeds");
}

#[test]
fn a_cell_is_retuned_while_it_runs_without_a_bump() {
    let scenario = Scenario { cells: 2, hours: 3.0, ..Scenario::default() };
    let mut settings = TuneSettings { settle_days: 0.5, judge_days: 1.0, ..TuneSettings::default() };
    settings.space = SpaceSettings { trim_mv_per_day: 50.0, ..settings.space };
    let tuner = Online::new(settings, &scenario.settings(), 2);
    let keeper = Tuned::with(Stack::new(&scenario).unwrap(), tuner);
    let (mut plain, mut tuned) =
        (Loop::new(&scenario, 3).unwrap(), Loop::kept_by(keeper, &scenario, 3).unwrap());
    while plain.scan() && tuned.scan() {}
    // A tuner that has not decided anything changes nothing.
    assert_eq!(plain.record().kpi(), tuned.record().kpi());

    let mut loop_ = Loop::new(&scenario, 3).unwrap();
    let wanted = SetPoints { trim_mv: -20.0, ..SetPoints::of(&scenario.control) };
    let mut before = f64::NAN;
    for scan in 0..10_800 {
        if scan == 5_400 {
            before = loop_.record().cells[0].rows.last().unwrap().alumina_estimate_pct;
            loop_.keeper_mut().set(0, &wanted).unwrap();
        }
        loop_.scan();
        if scan == 5_461 {
            let row = *loop_.record().cells[0].rows.last().unwrap();
            assert!((row.alumina_estimate_pct - before).abs() < 0.05, "the estimate jumps");
        }
    }
    let target = |cell: usize| loop_.record().cells[cell].rows.last().unwrap().target_uohm;
    assert!((target(1) - target(0) - 0.04).abs() < 0.02, "20 mV are 40 nΩ: {} {}", target(0), target(1));
    let wrong = SetPoints { trim_mv: 900.0, ..wanted };
    assert!(loop_.keeper_mut().set(0, &wrong).is_err());
}

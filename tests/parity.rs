//! The closed loop gives the same bits on one thread and on many, today and tomorrow.
//!
//! When numbers change on purpose, renew the golden rows with `POTLINE_BLESS=1 cargo test --test
//! parity` and name the reason in the commit: every published number may have moved with them.
#![cfg(all(feature = "std", feature = "serde"))]

use potline::sim::{EventKind, EventSettings};
use potline::trial::{Job, Record, Row, Scenario, run_all};
use std::fmt::Write;

/// Both a tap and an anode effect, so that every part of the controller has its say.
fn scenario(cells: u16, hours: f64) -> Scenario {
    let event = |at_h, cell, kind| EventSettings { cell: Some(cell), ..EventSettings::new(at_h, kind) };
    Scenario {
        name: "parity".into(),
        cells,
        hours,
        event: vec![
            event(0.2 * hours, 1, EventKind::Tap),
            event(0.5 * hours, 2, EventKind::ForceEffect),
            event(0.7 * hours, 1, EventKind::AnodeChange),
        ],
        ..Scenario::default()
    }
}

/// Everything a run says. `Debug` writes the shortest digits that give the bits back, so two texts
/// agree exactly when the bits do, and a missing value agrees with a missing value.
fn text(record: &Record) -> String {
    let mut text = format!("{:?}\n", record.kpi());
    for cell in &record.cells {
        writeln!(text, "{} {:?}", cell.cell, cell.kpi()).unwrap();
        for row in &cell.rows {
            writeln!(text, "{} {row:?}", cell.cell).unwrap();
        }
    }
    for event in &record.events {
        writeln!(text, "{event:?}").unwrap();
    }
    text
}

#[track_caller]
fn same(one: &str, two: &str, what: &str) {
    let different = one.lines().zip(two.lines()).enumerate().find(|(_, (one, two))| one != two);
    if let Some((line, (one, two))) = different {
        panic!("{what}: first difference in line {}:\n  {one}\n  {two}", line + 1);
    }
    assert_eq!(one.lines().count(), two.lines().count(), "{what}: one is the beginning of the other");
}

#[test]
fn one_thread_and_four_give_the_same_bits() {
    // Given six runs: more than threads, so that some thread does a second one.
    let jobs: Vec<Job> = (1..=6).map(|seed| Job { scenario: scenario(3, 2.0), seed }).collect();
    // When they are done one by one, and four at a time.
    let alone = run_all(&jobs, 1).unwrap();
    let together = run_all(&jobs, 4).unwrap();
    // Then KPIs, trends and events are the same, in the same order.
    assert_eq!((alone.len(), together.len()), (6, 6));
    for ((one, two), job) in alone.iter().zip(&together).zip(&jobs) {
        assert_eq!(one.cells[0].rows.len(), 120);
        same(&text(one), &text(two), &format!("seed {}", job.seed));
    }
    assert_ne!(text(&alone[0]), text(&alone[1]), "the seed changes nothing");
}

const COLUMNS: &str = "cell,time_h,voltage_v,resistance_uohm,target_uohm,alumina_pct,\
    alumina_estimate_pct,feed_rate_pct,phase,mode,temperature_c,acd_mm";

fn line(cell: u16, row: &Row) -> String {
    // Empty where there is no value.
    let number = |value: f64| if value.is_nan() { String::new() } else { value.to_string() };
    let numbers = |values: &[f64]| values.iter().map(|v| number(*v)).collect::<Vec<_>>().join(",");
    format!(
        "{cell},{},{:?},{:?},{}",
        numbers(&[
            row.time_h,
            row.voltage_v,
            row.resistance_uohm,
            row.target_uohm,
            row.alumina_pct,
            row.alumina_estimate_pct,
            row.feed_rate_pct,
        ]),
        row.phase,
        row.mode,
        numbers(&[row.temperature_c, row.acd_mm]),
    )
}

#[test]
fn the_closed_loop_replays_the_golden_rows() {
    // Given the committed rows of three hours of two cells.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden_closed_loop.csv");
    // When the same scenario is run under the same seed.
    let jobs = [Job { scenario: scenario(2, 3.0), seed: 20_260_101 }];
    let record = run_all(&jobs, 1).unwrap().remove(0);
    let mut now = format!("{COLUMNS}\n");
    for cell in &record.cells {
        assert_eq!(cell.rows.len(), 180);
        for row in &cell.rows {
            writeln!(now, "{}", line(cell.cell.0, row)).unwrap();
        }
    }
    if std::env::var_os("POTLINE_BLESS").is_some() {
        std::fs::write(file, &now).unwrap();
    }
    // Then every minute is the same to the last bit.
    let golden = std::fs::read_to_string(file).expect("no golden rows: POTLINE_BLESS=1 writes them");
    same(&golden, &now, "golden (first) and present (second); columns as in the file's header");
}

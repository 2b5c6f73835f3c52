//! Does the alumina estimate know how wrong it is? Scored by the plant's truth.
//!
//! The interval of 1.96 reported standard deviations should hold the truth 95 % of the time. A
//! narrower interval than that misleads whoever reads it, a wider one says nothing: so the stated
//! deviation is held against the real error as well. Limits are wide
//! because the few cells of a short run share no more than a handful of independent errors.
#![cfg(all(feature = "std", feature = "serde"))]

use potline::trial::{Loop, Record, Scenario};

/// The estimate has this long to find the cell \[h\].
const SETTLED: f64 = 3.0;

struct Score {
    minutes: f64,
    inside: f64,
    sum: f64,
    squares: f64,
    stated: f64,
}

fn score(records: &[Record]) -> Score {
    let rows = records.iter().flat_map(|r| &r.cells).flat_map(|c| &c.rows).filter(|r| r.time_h > SETTLED);
    rows.fold(Score { minutes: 0.0, inside: 0.0, sum: 0.0, squares: 0.0, stated: 0.0 }, |s, row| {
        let error = row.alumina_estimate_pct - row.alumina_pct;
        let inside = error.abs() <= 1.96 * row.alumina_sigma_pct;
        Score {
            minutes: s.minutes + 1.0,
            inside: s.inside + f64::from(u8::from(inside)),
            sum: s.sum + error,
            squares: s.squares + error * error,
            stated: s.stated + row.alumina_sigma_pct,
        }
    })
}

fn run(noise: f64, seed: u64) -> Record {
    let mut scenario = Scenario { hours: 24.0, cells: 4, ..Scenario::default() };
    scenario.plant.noise_factor = noise;
    let mut closed = Loop::new(&scenario, seed).unwrap();
    while closed.scan() {}
    closed.finish()
}

#[test]
fn the_interval_holds_the_truth_as_often_as_it_says() {
    for noise in [1.0, 2.0, 3.0] {
        let Score { minutes, inside, sum, squares, stated } = score(&[run(noise, 1), run(noise, 2)]);
        let (coverage, bias, rms) = (inside / minutes, sum / minutes, (squares / minutes).sqrt());
        println!(
            "noise x{noise}: coverage {coverage:.3}, bias {bias:+.3} %, rms {rms:.3} %, stated {:.3} %",
            stated / minutes
        );
        assert!(coverage >= 0.85, "noise x{noise}: {coverage}");
        // A handful of cells can all be inside; an interval that is too wide shows against the error.
        let ratio = stated / minutes / rms;
        assert!((0.7..=1.4).contains(&ratio), "noise x{noise}: stated over real error {ratio}");
        assert!(bias.abs() < 0.15 && rms < 0.22, "noise x{noise}: bias {bias}, rms {rms}");
    }
}

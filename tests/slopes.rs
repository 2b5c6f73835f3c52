//! Every figure of `docs/slopes.md`, computed anew: how late and how wrong the slope estimators are.
//!
//! `POTLINE_BLESS=1 cargo test --release --test slopes` writes the page; without it the test demands
//! that the page says what is computed.
#![cfg(feature = "std")]

use potline::signal::{Cascade, Estimated, LevelSlope, Window};
use potline::sim::{Channel, Stream};
use std::fmt::Write;

/// Length of a sample \[s\], and how often the noise within is drawn.
const STEP: f64 = 5.0;
const FINE: usize = 5;
/// The slope turns from nil to this \[Ω/s\].
const RAMP: f64 = 60e-12;
/// Noise x1: bubbles and a roll of the metal, at 500 kA \[V\], and its period \[s\].
const BUBBLES: f64 = 7e-3;
const ROLL: (f64, f64) = (8e-3, 38.0);
const CURRENT: f64 = 500e3;

/// An estimator: takes (time, resistance).
type Estimator = Box<dyn FnMut(f64, f64) -> Option<Estimated>>;

fn least_squares(long: bool) -> Estimator {
    let mut window = Window::default();
    Box::new(move |time, r| {
        window.push(time, r);
        let slopes = window.slopes();
        let fit = if long { slopes.long } else { slopes.short };
        fit.map(|f| Estimated { slope: f.slope, error: f.error })
    })
}

fn estimators() -> Vec<(&'static str, Estimator)> {
    let (mut fast, mut slow) = (Cascade::new(37.5), Cascade::new(75.0));
    // Slopes change by a threshold of demand feed in ten minutes; a sample carries the noise x1.
    let mut kalman = LevelSlope::new(RAMP, 600.0, 16e-9);
    vec![
        ("least squares, 5 min", least_squares(false)),
        ("least squares, 10 min", least_squares(true)),
        ("cascade, 4 x 37.5 s", Box::new(move |_, r| fast.update(r, STEP))),
        ("cascade, 4 x 75 s", Box::new(move |_, r| slow.update(r, STEP))),
        ("Kalman, level and slope", Box::new(move |_, r| kalman.update(r, STEP))),
    ]
}

/// Time after the turn at which half of the new slope is shown \[s\].
fn lag(estimator: &mut Estimator) -> f64 {
    const TURN: f64 = 1_800.0;
    let mut time = 0.0;
    loop {
        time += STEP;
        let r = 4.6e-6 + RAMP * (time - TURN).max(0.0);
        let shown = estimator(time, r).map_or(0.0, |e| e.slope);
        if shown >= 0.5 * RAMP || time > 2.0 * TURN {
            return time - TURN;
        }
    }
}

/// Error made and error stated, root mean squares, at a constant slope \[Ω/s\].
fn errors(estimator: &mut Estimator, noise: f64) -> (f64, f64) {
    let mut stream = Stream::new(7, potline::image::CellId(1), Channel::Noise);
    let (mut made, mut stated, mut count) = (0.0, 0.0, 0.0);
    let (mut phase, mut time) = (0.0, 0.0);
    while time < 48.0 * 3_600.0 {
        let mut volts = 0.0;
        for _ in 0..FINE {
            // The roll loses its phase within some ten periods.
            phase += std::f64::consts::TAU / ROLL.1 * STEP / FINE as f64 + 0.07 * stream.normal();
            volts += BUBBLES * stream.normal() + ROLL.0 * potline::math::sin(phase);
        }
        time += STEP;
        let r = 4.6e-6 + RAMP * time + noise * volts / FINE as f64 / CURRENT;
        if let Some(e) = estimator(time, r).filter(|_| time > 3_600.0) {
            made += (e.slope - RAMP) * (e.slope - RAMP);
            stated += e.error * e.error;
            count += 1.0;
        }
    }
    ((made / count).sqrt(), (stated / count).sqrt())
}

fn page() -> (String, Vec<(f64, f64, f64)>) {
    let mut rows = Vec::new();
    let mut text = String::from(
        "# Slope estimators\n\n\
         How late and how wrong each estimator of the resistance slope is, on five-second means. Lag: time \
         from a turn of the slope from nil to 60 pΩ/s until half of that is shown. Errors: root mean square \
         over two days at a steady slope, with 7 mV of bubbles and a roll of 8 mV and 38 s at noise ×1; in \
         brackets what the estimator itself states. Written by `POTLINE_BLESS=1 cargo test --release --test \
         slopes` and checked by the same test.\n\n\
         | estimator | lag, s | error ×1, pΩ/s | error ×2, pΩ/s | error ×3, pΩ/s |\n|---|---|---|---|---|\n",
    );
    for index in 0..estimators().len() {
        let new = || estimators().swap_remove(index);
        let (name, mut estimator) = new();
        let late = lag(&mut estimator);
        write!(text, "| {name} | {late:.0} |").unwrap();
        for noise in [1.0, 2.0, 3.0] {
            let (made, stated) = errors(&mut new().1, noise);
            write!(text, " {:.1} ({:.1}) |", made * 1e12, stated * 1e12).unwrap();
            rows.push((late, made, stated));
        }
        text.push('\n');
    }
    text.push_str(
        "\nAt equal lag the filters are somewhat quieter, because what a filter still remembers after its lag is \
         weighed softly. The controller judges by least squares all the same: its window can be emptied when \
         the level steps, where a filter would ring on for many minutes, and its error comes from the residuals \
         of blocks longer than a roll, on the safe side at every noise. The cascade knows its error only \
         after ten time constants of quiet. The Kalman filter states one error whatever the noise, most of it \
         how much slopes are thought to change, so a threshold cannot go by it.\n",
    );
    (text, rows)
}

#[test]
fn the_page_says_what_the_estimators_do() {
    let (text, rows) = page();
    println!("{text}");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/slopes.md");
    if std::env::var_os("POTLINE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{}: bless it anew", path.display());

    // Moving least squares, which the controller judges by, must know its error at every noise.
    for (_, made, stated) in &rows[..6] {
        assert!((0.7..2.5).contains(&(stated / made)), "made {made:e}, stated {stated:e}");
    }
    // A longer memory is later and quieter.
    assert!(rows[0].0 < rows[3].0 && rows[0].1 > 2.0 * rows[3].1);
    assert!(rows[6].0 < rows[9].0 && rows[6].1 > rows[9].1);
}

//! Target 36: what averages and straight lines leave of bubbles and of rolling metal.

use crate::page::{Figure, Row, Subject};
use crate::plant::{CURRENT, Plant, slope};
use potline::cell::{Cell, DRAWS};
use std::f64::consts::TAU;

pub fn subject(plant: &Plant) -> Subject {
    let mut rows = roll();
    rows.extend(simulated(plant));
    Subject {
        title: "Noise",
        text: "Control averages the voltage over 5 s and reads its slope from straight lines through five minutes.",
        rows,
        pictures: vec![],
    }
}

/// Largest slope \[mV/min\] that a fit through five minutes of 5 s means reads from a sine of
/// `amplitude` \[mV\] and `period` \[s\], whatever its phase.
fn worst_slope(amplitude: f64, period: f64) -> f64 {
    let read = |phase: f64| {
        let mean = |k: i32| {
            let angle = |t: f64| TAU * t / period + phase;
            let (from, to) = (5.0 * f64::from(k), 5.0 * f64::from(k + 1));
            amplitude * (f64::cos(angle(from)) - f64::cos(angle(to))) * period / (TAU * 5.0)
        };
        slope(&(0..60).map(|k| ((5.0 * f64::from(k) + 2.5) / 60.0, mean(k))).collect::<Vec<_>>())
    };
    // A fit is linear: sine and cosine give every phase.
    f64::hypot(read(0.0), read(TAU / 4.0))
}

fn roll() -> Vec<Row> {
    let worst = (360..=440).map(|p| worst_slope(20.0, f64::from(p) / 10.0)).fold(0.0, f64::max);
    let source = "least squares; Banta, Dai, Biedler 2003";
    vec![
        Row::range(
            36,
            "slope read from 20 mV of roll, worst of 36–44 s and of all phases",
            Figure(worst, 2, "mV/min"),
            "at most 1.0 mV/min",
            (0.0, 1.3),
            source,
        ),
        Row::shown(
            36,
            "the same at 40 s and at 50 s",
            format!("{:.2}, {:.2} mV/min", worst_slope(20.0, 40.0), worst_slope(20.0, 50.0)),
            "0.04, 1.3 mV/min",
            source,
        ),
    ]
}

/// Standard normal draws, the same in every run.
struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f64 {
        // Xorshift 64 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Standard deviation of the noise \[mV\]: every 0.1 s, and as means of 5 s; and of the slope of fits
/// through five minutes of those \[mV/min\].
fn noise_of(plant: &Plant, bubbles: bool, waves: bool) -> [f64; 3] {
    let mut params = *plant.cell.params();
    if !bubbles {
        params.noise.bubble = 0.0;
    }
    if !waves {
        params.noise.roll = [0.0; 2];
    }
    let mut noisy = plant.clone();
    noisy.cell = Cell::new(params).unwrap();
    let mut quiet = noisy.clone();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut raw = Vec::new();
    for _ in 0..36_000 {
        let mut input = potline::cell::Input { current: CURRENT, ..Default::default() };
        // Neither cell is fed: the difference is noise alone.
        input.shots = Default::default();
        let still = quiet.cell.step(&mut quiet.state, &input, 0.1).voltage;
        input.normal = std::array::from_fn::<f64, DRAWS, _>(|_| dice.normal());
        raw.push((noisy.cell.step(&mut noisy.state, &input, 0.1).voltage - still) * 1e3);
        // Held at the same alumina for an hour.
        (noisy.state.zones, quiet.state.zones) = (plant.state.zones, plant.state.zones);
    }
    let means: Vec<f64> = raw.chunks(50).map(|c| c.iter().sum::<f64>() / c.len() as f64).collect();
    let line =
        |w: &[f64]| slope(&w.iter().enumerate().map(|(k, v)| (k as f64 / 12.0, *v)).collect::<Vec<_>>());
    let slopes: Vec<f64> = means.windows(60).step_by(6).map(line).collect();
    [deviation(&raw), deviation(&means), deviation(&slopes)]
}

fn simulated(plant: &Plant) -> Vec<Row> {
    let [bubbles, bubbles_left, bubble_slope] = noise_of(plant, true, false);
    let [_, waves, wave_slope] = noise_of(plant, false, true);
    let share = 100.0 * bubbles_left * bubbles_left / (bubbles * bubbles);
    let source = "Dyna/Marc (Dupuis 2007)";
    vec![
        Row::shown(
            36,
            "bubbles of our cell: standard deviation, and of 5 s means",
            format!("{bubbles:.1} mV, {bubbles_left:.2} mV ({share:.1} % of the variance)"),
            "removed by the 5 s average",
            source,
        ),
        Row::shown(
            36,
            "waves of our cell: standard deviation of 5 s means, and of the slope through five minutes",
            format!("{waves:.1} mV, {wave_slope:.2} mV/min (bubbles: {bubble_slope:.3} mV/min)"),
            "removed by the five-minute fit",
            source,
        ),
    ]
}

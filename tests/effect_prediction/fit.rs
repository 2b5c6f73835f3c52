//! Logistic regression by Newton's method, with a small ridge so that a sign that never showed keeps
//! weight nil.

use super::{HORIZON, LEAD, Minute, Row, SETTLED, Watch};
use nalgebra::{SMatrix, SVector};
use potline::control::SIGNS;

/// Ridge, in minutes that a unit weight is worth.
const RIDGE: f64 = 3.0;
const ITERATIONS: usize = 30;

pub fn logistic(minutes: &[Minute]) -> Vec<f64> {
    let mut weights = SVector::<f64, SIGNS>::zeros();
    for _ in 0..ITERATIONS {
        let mut gradient = -RIDGE * weights;
        let mut curvature = RIDGE * SMatrix::<f64, SIGNS, SIGNS>::identity();
        for minute in minutes {
            let signs = SVector::from(minute.signs);
            let p = 1.0 / (1.0 + (-weights.dot(&signs)).exp());
            gradient += (f64::from(u8::from(minute.effect)) - p) * signs;
            curvature += p * (1.0 - p) * signs * signs.transpose();
        }
        let Some(step) = curvature.cholesky().map(|c| c.solve(&gradient)) else { break };
        weights += step;
    }
    weights.iter().copied().collect()
}

/// The same cell with signs that no instrument shows: how far the leanest zone is from the onset, and how
/// it went in the last ten minutes.
pub fn informed(watch: &Watch) -> Watch {
    let mut result = watch.clone();
    for (n, row) in result.trace.iter_mut().enumerate() {
        let before = watch.trace.get(n.wrapping_sub(10)).map_or(row.margin, |past| past.margin);
        let (m, trend) = ((1e3 * row.margin).clamp(-2.0, 8.0), 1e3 * (row.margin - before));
        let signs = [1.0, m, m * m, trend, trend * m, trend.clamp(-3.0, 0.0)];
        row.signs = [0.0; SIGNS];
        row.signs[..signs.len()].copy_from_slice(&signs);
    }
    result
}

/// What each threshold would give with these weights, minute by minute: called in the second minute above
/// it, armed again half an hour below half of it.
pub fn thresholds(watches: &[Watch], weights: &[f64], pot_days: f64) {
    println!("threshold recall false/pot-day");
    for threshold in [0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6] {
        let (mut effects, mut foreseen, mut wrong) = (0, 0, 0);
        for watch in watches {
            let mut calls: Vec<(f64, f64)> = Vec::new();
            let (mut likely, mut calm, mut high) = (false, 0, 0);
            for Row { time, signs, .. } in &watch.trace {
                let logit: f64 = signs.iter().zip(weights).map(|(x, w)| x * w).sum();
                let p = 1.0 / (1.0 + (-logit).exp());
                calm = if p < 0.5 * threshold { calm + 1 } else { 0 };
                high = if p >= threshold { high + 1 } else { 0 };
                if high > 1 && !likely {
                    calls.push((*time, *time));
                    likely = true;
                }
                likely &= calm < 30 && !watch.onsets.iter().any(|&at| at > time - 120.0 && at <= *time);
                if let Some(call) = calls.last_mut().filter(|_| likely) {
                    call.1 = *time;
                }
            }
            for &onset in watch.onsets.iter().filter(|&&t| t > SETTLED + HORIZON) {
                effects += 1;
                foreseen +=
                    u32::from(calls.iter().any(|c| c.0 <= onset - LEAD && c.1 + 60.0 >= onset - LEAD));
            }
            let came = |c: &&(f64, f64)| {
                watch.onsets.iter().any(|&at| at >= c.0 && at <= (c.1 + 60.0).max(c.0 + HORIZON))
            };
            wrong += calls.len() - calls.iter().filter(came).count();
        }
        println!(
            "{threshold:>9} {:>6.2} {:>13.2}",
            f64::from(foreseen) / f64::from(effects),
            wrong as f64 / pot_days
        );
    }
}

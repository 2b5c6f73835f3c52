//! What fixed set-points could save at best: a direct search that sees the truth of the very runs it is
//! scored on.
//!
//! Compass search (Hooke and Jeeves 1961): from the untouched point, each set-point a step up and down,
//! the best lawful one kept, the step halved when none is better. It minimises the true cost under the
//! true limits, on the seeds of the verdict; so it is better than any tuner could be, and its saving is
//! a bound up to the coarseness of its last step.

use super::study::{Run, Study, Watch, scored};
use crate::control::SetPoints;
use crate::error::Error;
use crate::tune::{DIM, LIMITS, Point, Space};
use std::prelude::rust_2024::*;

/// Steps of the first round; STEP of the space each.
const FIRST: f64 = 2.0;
/// The search ends below this.
const LAST: f64 = 0.5;

/// The saving of energy \[kWh/t\] and the set-points; `None` when it was stopped or asked for nothing.
pub(super) fn search(
    study: &Study,
    space: &Space,
    untouched: &[Run],
    watch: Watch<'_>,
) -> Result<Option<(f64, SetPoints)>, Error> {
    let cost = |runs: &[Run]| {
        runs.iter().map(|run| study.settings.prices.scored(&run.scored)).sum::<f64>() / runs.len() as f64
    };
    let energy =
        |runs: &[Run]| runs.iter().filter_map(|r| r.scored.kpi.dc_kwh_per_t).sum::<f64>() / runs.len() as f64;
    let keep = study.settings.confidence().keep;
    let lawful = |runs: &[Run]| {
        LIMITS.iter().all(|limit| {
            let bound = limit.binding(&study.settings.limits, scored(limit, untouched).unwrap_or(f64::NAN));
            scored(limit, runs).is_some_and(|value| limit.slack(value, bound) >= -keep)
        })
    };
    let (mut best, mut best_cost, mut best_energy) = (Point::default(), cost(untouched), energy(untouched));
    let (mut step, mut looked, mut seen) = (FIRST, 0, Vec::from([Point::default()]));
    while step >= LAST && looked < study.oracle {
        let mut moved = false;
        for k in 0..2 * DIM {
            let mut point = best;
            point[k / 2] += if k % 2 == 0 { step } else { -step };
            let point = space.clip(&point);
            if looked >= study.oracle || seen.contains(&point) {
                continue;
            }
            seen.push(point);
            let share = |part: f64| watch((looked as f64 + part) / study.oracle as f64);
            let Some(runs) = study.run(&[space.set_points(&point)], &study.verify, &share)? else {
                return Ok(None);
            };
            looked += 1;
            let [runs] = &runs[..] else { continue };
            if lawful(runs) && cost(runs) < best_cost {
                (best, best_cost, best_energy) = (point, cost(runs), energy(runs));
                moved = true;
            }
        }
        if !moved {
            step *= 0.5;
        }
    }
    let found = (study.oracle > 0).then(|| (energy(untouched) - best_energy, space.set_points(&best)));
    Ok(found)
}

//! A change in words.

use super::{Estimate, NAMES, Outcome, Side};
use crate::control::SetPoints;
use std::format;
use std::prelude::rust_2024::*;

/// What moved, what it brought, what room is left, what was decided.
#[must_use]
pub fn explain(from: &SetPoints, to: &SetPoints, outcome: &Outcome, kept: bool) -> String {
    let Estimate { mean, error } = outcome.saving;
    let tight = outcome.tightest().map_or(String::new(), |(name, side, room)| {
        let side = if side == Side::Most { "upper" } else { "lower" };
        format!("; tightest limit: {side} {name}, room {room:+.2} units")
    });
    let verdict = if kept { "kept" } else { "not kept" };
    format!(
        "{}: saves {mean:+.1} ± {error:.1} per tonne and {:+.0} ± {:.0} kWh/t by measured figures{tight}: {verdict}.",
        moves(from, to),
        outcome.energy.mean,
        outcome.energy.error
    )
}

/// What differs between two sets of set-points.
pub(super) fn moves(from: &SetPoints, to: &SetPoints) -> String {
    let values = |p: &SetPoints| [p.trim_mv, p.alumina_pct, p.alf3_pct];
    let moved: Vec<String> = NAMES
        .iter()
        .zip(values(from).into_iter().zip(values(to)))
        .filter(|(_, (a, b))| (a - b).abs() > 1e-6)
        .map(|(name, (a, b))| format!("{name} {a:.2} -> {b:.2}"))
        .collect();
    if moved.is_empty() { "nothing moved".into() } else { moved.join(", ") }
}

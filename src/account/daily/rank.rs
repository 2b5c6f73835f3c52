//! Which cells need a look first.
//!
//! ```text
//! z_k   = (x_k - median) / max(1.4826 MAD, d_k)          towards the bad side; d_k what is no difference
//! score = √ Σ_k min(max(z_k, 0), 8)²
//! ```
//!
//! Each indicator is held against the other cells of the same days, so nothing has to be known of what is
//! normal for a line. Median and MAD (Hampel 1974) are not moved by the bad cells themselves. One strong
//! sign is enough to come to the top; the limit of 8 keeps one broken meter from hiding everything else.

use super::record::DailyRecord;
use crate::consts::{ALUMINIUM_PER_COULOMB, HOUR};
use std::prelude::rust_2024::*;
use std::vec;

/// Most that one indicator may count.
const MOST: f64 = 8.0;

/// One indicator: its name, what is no difference, and its value, higher being worse.
struct Indicator {
    name: &'static str,
    name_zh: &'static str,
    floor: f64,
    value: fn(&DailyRecord) -> Option<f64>,
}

/// What a cell is judged by. The floors are what two readings of the same cell differ by; judgement.
const INDICATORS: [Indicator; 9] = [
    Indicator {
        name: "voltage above its set-point, mV",
        name_zh: "工作电压偏离",
        floor: 3.0,
        value: |r| Some((r.working_voltage_v? - r.set_voltage_v?) * 1e3),
    },
    Indicator { name: "high-frequency noise, mV", name_zh: "针振", floor: 0.3, value: |r| r.noise_high_mv },
    Indicator { name: "low-frequency noise, mV", name_zh: "摆动", floor: 0.5, value: |r| r.noise_low_mv },
    Indicator {
        name: "lost current efficiency, %",
        name_zh: "电流效率损失",
        floor: 0.5,
        value: |r| {
            let charge = r.current_ka? * 1e3 * r.hours? * HOUR;
            Some(-100.0 * r.metal_kg? / (ALUMINIUM_PER_COULOMB * charge))
        },
    },
    Indicator { name: "anode effects", name_zh: "效应", floor: 0.5, value: |r| r.effects_all },
    Indicator { name: "flickers", name_zh: "闪烁效应", floor: 0.5, value: |r| r.flickers },
    Indicator {
        name: "unstable or out of band, min",
        name_zh: "摆动、异常持续",
        floor: 10.0,
        value: |r| Some(r.swing_min? + r.abnormal_min?),
    },
    Indicator {
        name: "no answer to underfeeding", name_zh: "斜率无响应", floor: 0.5, value: |r| r.no_slope
    },
    Indicator {
        name: "alumina not taken, %",
        name_zh: "下料量不足",
        floor: 0.5,
        value: |r| Some(-100.0 * r.feed_kg? / (r.current_ka? * r.hours?)),
    },
];

/// Why a cell stands where it does.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reason {
    /// The indicator.
    pub name: &'static str,
    /// In the potroom.
    pub name_zh: &'static str,
    /// Robust deviations to the bad side.
    pub deviations: f64,
}

/// A cell and its place.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Ranked {
    /// Cell.
    pub cell: u16,
    /// Higher is worse.
    pub score: f64,
    /// What stands out by more than two deviations, worst first.
    pub reasons: Vec<Reason>,
}

/// Cells in order, the worst first, over all the days of `records`.
#[must_use]
pub fn rank(records: &[DailyRecord]) -> Vec<Ranked> {
    let mut cells: Vec<u16> = records.iter().map(|record| record.cell).collect();
    cells.sort_unstable();
    cells.dedup();
    let mut list: Vec<Ranked> =
        cells.iter().map(|&cell| Ranked { cell, score: 0.0, reasons: vec![] }).collect();
    for indicator in &INDICATORS {
        let values: Vec<f64> = cells.iter().map(|cell| mean(records, *cell, indicator.value)).collect();
        let centre = median(values.iter().copied());
        let spread = 1.4826 * median(values.iter().map(|value| (value - centre).abs()));
        for (ranked, value) in list.iter_mut().zip(&values) {
            let deviations = (value - centre) / spread.max(indicator.floor);
            if deviations > 0.0 {
                ranked.score += deviations.min(MOST) * deviations.min(MOST);
            }
            if deviations > 2.0 {
                let Indicator { name, name_zh, .. } = *indicator;
                ranked.reasons.push(Reason { name, name_zh, deviations });
            }
        }
    }
    for ranked in &mut list {
        ranked.score = ranked.score.sqrt();
        ranked.reasons.sort_by(|a, b| b.deviations.total_cmp(&a.deviations));
    }
    list.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.cell.cmp(&b.cell)));
    list
}

/// Mean over the days of a cell in which it is known; NaN where it never is.
fn mean(records: &[DailyRecord], cell: u16, value: fn(&DailyRecord) -> Option<f64>) -> f64 {
    let of_cell = records.iter().filter(|record| record.cell == cell).filter_map(value);
    let (sum, count) = of_cell.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// Median of what is a number; NaN of nothing.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    0.5 * (middle(sorted.len() / 2) + middle(sorted.len().saturating_sub(1) / 2))
}

//! Benchmark and base level of energy (能效标杆水平和基准水平): policy counts capacity by them.
//!
//! Both are alternating-current energies of liquid aluminium. New lines must reach the benchmark; lines
//! above the base are to be rebuilt or closed. A figure on a boundary has reached it.

use crate::account::Coefficient;

const SOURCE: &str = "NDRC 2021 No. 1609, as cited by trade press and papers";

/// Benchmark level 标杆水平 \[kWh/t\].
pub const BENCHMARK: Coefficient = Coefficient { value: 13_000.0, source: SOURCE, verified: false };
/// Base level 基准水平 \[kWh/t\].
pub const BASE: Coefficient = Coefficient { value: 13_350.0, source: SOURCE, verified: false };

/// Share of the capacity that is to reach the benchmark by the end of 2025 \[1\].
pub const CAPACITY_SHARE: Coefficient = Coefficient { value: 0.30, source: SOURCE, verified: false };

/// Where an energy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Standing {
    /// It has reached the benchmark.
    Benchmark,
    /// Between benchmark and base.
    Between,
    /// It needs more than the base.
    AboveBase,
}

/// Where alternating-current energy `ac` \[kWh/t\] stands; `None` for what is no number.
#[must_use]
pub fn standing(ac: f64) -> Option<Standing> {
    match ac {
        ac if ac <= BENCHMARK.value => Some(Standing::Benchmark),
        ac if ac <= BASE.value => Some(Standing::Between),
        ac if ac > BASE.value => Some(Standing::AboveBase),
        _ => None,
    }
}

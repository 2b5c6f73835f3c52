//! Energy per value added (万元工业增加值能耗), against a base year.
//!
//! ```text
//! intensity i = E / V     E standard coal \[tce\], V value added at constant prices \[10⁴ yuan\]
//! change      = i / i_base - 1
//! ```
//!
//! Electricity counts at its heat, 0.1229 kgce/kWh (equivalent value 当量值, GB/T 2589). The plan asks
//! for -18 % in 2020 against 2015.

use super::coefficient::Coefficient;

/// Standard coal of a kilowatt-hour by its heat \[kgce/kWh\]: 3.6 MJ / 29.3076 MJ.
pub const COAL_PER_KWH: Coefficient =
    Coefficient { value: 0.1229, source: "GB/T 2589, annex A, equivalent value", verified: false };

/// Change the provincial plan asks for, 2020 against 2015 \[1\].
pub const PLANNED_CHANGE: Coefficient =
    Coefficient { value: -0.18, source: "云政办发〔2017〕23号, I.3", verified: true };

/// One year of a works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Year {
    /// Which.
    pub year: u16,
    /// Electricity \[kWh\].
    pub electricity_kwh: f64,
    /// Other energy as standard coal \[tce\].
    pub other_tce: f64,
    /// Value added at the prices of one fixed year \[10⁴ yuan\].
    pub value_added: f64,
}

impl Year {
    /// Energy as standard coal \[tce\].
    #[must_use]
    pub fn energy_tce(&self) -> f64 {
        self.electricity_kwh * COAL_PER_KWH.value / 1e3 + self.other_tce
    }

    /// Energy per value added \[tce/10⁴ yuan\]; NaN without value added.
    #[must_use]
    pub fn intensity(&self) -> f64 {
        if self.value_added > 0.0 { self.energy_tce() / self.value_added } else { f64::NAN }
    }
}

/// Change of the intensity in `year` against `base` \[1\]; `None` where either is not in the series.
#[must_use]
pub fn change(series: &[Year], base: u16, year: u16) -> Option<f64> {
    let find = |wanted: u16| series.iter().find(|entry| entry.year == wanted);
    Some(find(year)?.intensity() / find(base)?.intensity() - 1.0)
}

/// Constant yearly change that gives `total` over `years` \[1\]: -18 % in five years is -3.9 % a year.
#[must_use]
pub fn yearly(total: f64, years: f64) -> f64 {
    (1.0 + total).powf(1.0 / years) - 1.0
}

//! A report that opens anywhere: one HTML file with its charts inside; and the form of our CSV files.
//!
//! The input is plain data, so that a demonstration, a trial and a shift look the same on paper.

pub mod chart;
pub mod csv;
pub mod daily;
mod html;
mod svg;
mod text;

pub use chart::{Axis, Band, Chart, Marker, MarkerKind, Phase, Series, Side, Style, Tone, decimate};

use crate::account::Kpi;
use crate::files::{WriteError, write_atomic};
use std::path::Path;
use std::prelude::rust_2024::*;

/// How a verdict is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth a look.
    Watch,
    /// A gate failed.
    Bad,
}

/// One line of the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How it is to be taken.
    pub level: Level,
    /// In words.
    pub text: String,
}

/// One row of the table of key figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KpiRow {
    /// Heading above the first row of a group; rows of a group stand together.
    pub group: String,
    /// Name.
    pub label: String,
    /// Name in the potroom (中文), or empty.
    pub label_zh: String,
    /// Unit, or empty for a pure number.
    pub unit: String,
    /// Value; missing ones are shown as such.
    pub value: Option<f64>,
    /// Digits after the point.
    pub digits: usize,
    /// Remark: what it is compared with, how it was counted.
    pub note: String,
}

/// A heading with words and charts under it. Its charts share one time axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// Heading.
    pub heading: String,
    /// A paragraph, or empty.
    pub text: String,
    /// A table, its first row the headings; or empty.
    pub rows: Vec<Vec<String>>,
    /// Charts, one under the other.
    pub charts: Vec<Chart>,
}

/// One line of the event log.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Time since the start of the report \[h\].
    pub hours: f64,
    /// Cell, or what else it happened to.
    pub source: String,
    /// What kind of event, if it is one the charts mark as well.
    pub kind: Option<MarkerKind>,
    /// What happened.
    pub text: String,
    /// Why, or what was done.
    pub detail: String,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// Title.
    pub title: String,
    /// What was run, on what, for how long.
    pub subtitle: String,
    /// The answer, first.
    pub verdict: Vec<Verdict>,
    /// Key figures.
    pub kpis: Vec<KpiRow>,
    /// Charts and words.
    pub sections: Vec<Section>,
    /// Event log.
    pub events: Vec<EventRow>,
    /// Versions, seeds, hashes: name and value.
    pub provenance: Vec<(String, String)>,
    /// The command that makes this report again.
    pub reproduce: String,
}

impl Report {
    /// The report as one HTML page.
    #[must_use]
    pub fn html(&self) -> String {
        html::page(self)
    }

    /// Writes the page to `path` as a whole, or not at all.
    ///
    /// # Errors
    /// [`WriteError`] naming the path and a remedy.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        write_atomic(path, self.html().as_bytes())
    }
}

/// The agreed key figures as rows, in their order. Rows of an unknown figure stay, marked missing.
#[must_use]
pub fn kpi_rows(kpi: &Kpi) -> Vec<KpiRow> {
    let percent = |share: Option<f64>| share.map(|share| share * 100.0);
    // Group, label, 中文, unit, value, digits, note.
    type Row = (&'static str, &'static str, &'static str, &'static str, Option<f64>, usize, &'static str);
    let rows: [Row; 26] = [
        ("Energy", "Direct-current energy", "原铝液直流电耗", "kWh/t", kpi.dc_kwh_per_t, 0, ""),
        (
            "Energy",
            "Alternating-current energy",
            "铝液交流电耗",
            "kWh/t",
            kpi.ac_kwh_per_t,
            0,
            "at the rectifier input",
        ),
        ("Energy", "Mean cell voltage", "平均电压", "V", kpi.cell_voltage_v, 3, "anode effects included"),
        ("Energy", "Current efficiency", "电流效率", "%", percent(kpi.current_efficiency), 2, ""),
        ("Energy", "Metal made", "产铝量", "t", kpi.metal_t, 2, ""),
        ("Alumina", "Dissolved alumina, mean", "氧化铝浓度", "wt %", kpi.alumina_pct_mean, 2, ""),
        ("Alumina", "Dissolved alumina, standard deviation", "", "wt %", kpi.alumina_pct_sigma, 2, ""),
        (
            "Alumina",
            "Dissolved alumina, 1st percentile",
            "",
            "wt %",
            kpi.alumina_pct_p01,
            2,
            "how lean the bath became",
        ),
        ("Alumina", "Estimate, error (rms)", "", "wt %", kpi.alumina_estimate_rms_pct, 2, "by truth"),
        (
            "Alumina",
            "Estimate, truth inside its 95 % interval",
            "",
            "%",
            percent(kpi.alumina_estimate_coverage),
            1,
            "90 to 98 is honest",
        ),
        (
            "Alumina",
            "Feed rate, total variation",
            "",
            "1/(pot d)",
            kpi.feed_total_variation,
            1,
            "relative to consumption",
        ),
        ("Alumina", "Sludge, mean", "沉淀", "kg", kpi.sludge_kg_mean, 0, ""),
        ("Anode effects", "Anode effects", "效应系数", "1/(pot d)", kpi.ae_per_pot_day, 3, "above 8 V"),
        ("Anode effects", "Time in effect", "效应持续时间", "min/(pot d)", kpi.ae_minutes_per_pot_day, 3, ""),
        (
            "Anode effects",
            "PFC emissions",
            "全氟化碳排放",
            "t CO₂e/t",
            kpi.pfc_t_co2e_per_t,
            4,
            "slope method",
        ),
        ("Heat", "Bath temperature, mean", "槽温", "°C", kpi.bath_temperature_c_mean, 1, ""),
        ("Heat", "Bath temperature, standard deviation", "", "°C", kpi.bath_temperature_c_sigma, 2, ""),
        ("Heat", "Superheat, mean", "过热度", "°C", kpi.superheat_c_mean, 1, ""),
        ("Heat", "Time with superheat out of band", "", "%", percent(kpi.superheat_outside_share), 1, ""),
        ("Heat", "Anode-cathode distance, mean", "极距", "mm", kpi.acd_mm_mean, 1, ""),
        ("Heat", "Thinnest side ledge", "炉帮", "mm", kpi.ledge_mm_min, 0, ""),
        (
            "Stability and work",
            "Voltage swing, 95th percentile",
            "摆动",
            "mV",
            kpi.noise_lf_mv_p95,
            1,
            "low-frequency noise",
        ),
        ("Stability and work", "Beam moves", "阳极升降次数", "1/(pot d)", kpi.beam_moves_per_pot_day, 1, ""),
        (
            "Stability and work",
            "Beam travel",
            "母线位移",
            "mm/(pot d)",
            kpi.beam_travel_mm_per_pot_day,
            2,
            "",
        ),
        ("Stability and work", "Alarms", "报警", "1/(pot d)", kpi.alarms_per_pot_day, 2, ""),
        (
            "Stability and work",
            "Safety gates failed",
            "",
            "",
            Some(kpi.safety_gate_failures as f64),
            0,
            "none is allowed",
        ),
    ];
    rows.into_iter()
        .map(|(group, label, label_zh, unit, value, digits, note)| KpiRow {
            group: group.into(),
            label: label.into(),
            label_zh: label_zh.into(),
            unit: unit.into(),
            value,
            digits,
            note: note.into(),
        })
        .collect()
}

#[cfg(test)]
mod tests;

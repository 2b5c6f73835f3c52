//! The daily report as files: one table in two languages, and a page for each day.

use super::csv::{Field, row};
use super::{Level, Report, Section, Verdict};
use crate::account::daily::{COLUMNS, DailyFile, DailyRecord, Ranked, rank};
use std::io::{self, Write};
use std::prelude::rust_2024::*;
use std::{format, vec};

/// Cells named on a page as the ones to look at first: a tenth, and three at least.
fn worst(cells: usize) -> usize {
    cells.div_ceil(10).max(3).min(cells)
}

/// Language of the headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Names with their unit as suffix, for programs too.
    English,
    /// Those of the potroom, with the unit in brackets.
    Chinese,
}

impl Language {
    fn headings(self) -> impl Iterator<Item = String> {
        let own = match self {
            Self::English => ["day", "cell"],
            Self::Chinese => ["日", "槽号"],
        };
        let columns = COLUMNS.iter().map(move |column| match (self, column.unit) {
            (Self::English, _) => column.name.into(),
            (Self::Chinese, "") => column.name_zh.into(),
            (Self::Chinese, _) if column.name_zh.ends_with("时刻") => column.name_zh.into(),
            (Self::Chinese, unit) => format!("{}({unit})", column.name_zh),
        });
        own.into_iter().map(String::from).chain(columns)
    }
}

/// Writes every record as CSV.
///
/// # Errors
/// What `out` says.
pub fn write_csv(file: &DailyFile, language: Language, out: &mut dyn Write) -> io::Result<()> {
    if language == Language::Chinese {
        // Without the mark, spreadsheets take UTF-8 for a local encoding.
        out.write_all("\u{feff}".as_bytes())?;
    }
    let headings: Vec<String> = language.headings().collect();
    row(out, headings.iter().map(|heading| Field::Text(heading)))?;
    for record in &file.records {
        let cells: Vec<String> = cells(record).collect();
        row(out, cells.iter().map(|cell| Field::Text(cell)))?;
    }
    Ok(())
}

fn cells(record: &DailyRecord) -> impl Iterator<Item = String> + '_ {
    let own = [record.day.to_string(), record.cell.to_string()];
    own.into_iter().chain(COLUMNS.iter().map(|column| column.text(record)))
}

/// The page of each day, with its number.
#[must_use]
pub fn pages(file: &DailyFile, title: &str) -> Vec<(u32, Report)> {
    file.records.chunk_by(|a, b| a.day == b.day).map(|day| (day[0].day, page(day, title))).collect()
}

fn page(day: &[DailyRecord], title: &str) -> Report {
    let ranked = rank(day);
    let sum = |value: fn(&DailyRecord) -> Option<f64>| day.iter().filter_map(value).sum::<f64>();
    let effects = sum(|r| r.effects);
    let (all, flickers) = (sum(|r| r.effects_all), sum(|r| r.flickers));
    let lost = sum(|r| r.comms_lost_min);
    let mut verdict = vec![Verdict {
        level: if effects > 0.0 { Level::Watch } else { Level::Good },
        text: format!(
            "{effects:.0} anode effects of 8 V and 75 s, {all:.0} of 8 V and 3 s, {flickers:.0} flickers 闪烁效应"
        ),
    }];
    if lost > 0.0 {
        let text = format!("{lost:.0} pot-minutes without readings 通讯断");
        verdict.push(Verdict { level: Level::Watch, text });
    }
    let mut sections = vec![first_to_look_at(&ranked)];
    for (heading, names) in GROUPS {
        sections.push(group(day, heading, names));
    }
    Report {
        title: format!("Day {} 槽日报: {title}", day[0].day),
        subtitle: format!(
            "{} cells, {:.1} h, {:.0} kWh DC",
            day.len(),
            day[0].hours.unwrap_or(f64::NAN),
            sum(|r| r.energy_kwh)
        ),
        verdict,
        sections,
        ..Report::default()
    }
}

fn first_to_look_at(ranked: &[Ranked]) -> Section {
    let mut rows = vec![["Cell 槽号", "Score", "Why 原因"].map(String::from).to_vec()];
    for place in ranked.iter().take(worst(ranked.len())) {
        let why = place.reasons.iter().take(3);
        let why = why.map(|reason| format!("{} {} (+{:.1})", reason.name, reason.name_zh, reason.deviations));
        rows.push(vec![
            place.cell.to_string(),
            format!("{:.1}", place.score),
            why.collect::<Vec<_>>().join("; "),
        ]);
    }
    Section {
        heading: "To be looked at first 重点槽".into(),
        text: "Robust deviations from the other cells of the day; 2 and more are named.".into(),
        rows,
        ..Section::default()
    }
}

/// The columns of the page, in tables that fit a sheet.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Electricity 电压与能耗",
        &[
            "set_voltage_v",
            "working_voltage_v",
            "mean_voltage_v",
            "current_ka",
            "resistance_uohm",
            "noise_high_mv",
            "noise_low_mv",
            "energy_kwh",
            "line_voltage_v",
            "abnormal_min",
            "swing_min",
        ],
    ),
    (
        "Feeding 下料",
        &[
            "feeds",
            "feed_kg",
            "under_feeds",
            "over_feeds",
            "base_interval_s",
            "alf3_doses",
            "no_slope",
            "metal_kg",
        ],
    ),
    (
        "Work at the cell 作业",
        &[
            "tap_time_h",
            "change_time_h",
            "dress_time_h",
            "raise_time_h",
            "since_tap_h",
            "since_change_h",
            "since_dress_h",
            "lowered_mm",
            "beam_mm",
            "manual_min",
            "comms_lost_min",
        ],
    ),
    (
        "Anode effects 阳极效应",
        &[
            "effects",
            "effects_all",
            "flickers",
            "effect_min",
            "effect_peak_v",
            "effect_mean_v",
            "effect_energy_kwh",
            "since_effect_h",
            "effect_wait_h",
        ],
    ),
];

fn group(day: &[DailyRecord], heading: &str, names: &[&str]) -> Section {
    let columns: Vec<_> = COLUMNS.iter().filter(|column| names.contains(&column.name)).collect();
    let head = columns.iter().map(|column| {
        let unit = if column.name_zh.ends_with("时刻") { "" } else { column.unit };
        format!("{} {unit}", column.name_zh).trim_end().to_owned()
    });
    let mut rows = vec![["槽号".to_owned()].into_iter().chain(head).collect::<Vec<_>>()];
    for record in day {
        let values = columns.iter().map(|column| column.text(record));
        rows.push([record.cell.to_string()].into_iter().chain(values).collect());
    }
    Section { heading: heading.into(), rows, ..Section::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> DailyFile {
        let record = |day, cell| DailyRecord {
            day,
            cell,
            mean_voltage_v: Some(3.951_26),
            tap_time_h: Some(9.25),
            ..DailyRecord::default()
        };
        DailyFile { schema_version: 1, records: vec![record(1, 1), record(1, 2), record(2, 1)] }
    }

    fn text(language: Language) -> String {
        let mut out = Vec::new();
        write_csv(&file(), language, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn both_tables_hold_the_same_under_other_headings() {
        let (english, chinese) = (text(Language::English), text(Language::Chinese));
        assert!(english.starts_with("day,cell,hours,set_voltage_v,mean_voltage_v,"), "{english}");
        assert!(chinese.starts_with("\u{feff}日,槽号,统计时间(h),设定电压(V),平均电压(V),"), "{chinese}");
        assert!(chinese.contains(",出铝时刻,"));
        assert_eq!(english.lines().skip(1).collect::<Vec<_>>(), chinese.lines().skip(1).collect::<Vec<_>>());
        assert!(english.lines().nth(2).unwrap().starts_with("1,2,,,3.951,"), "{english}");
        let width = |line: &str| line.split(',').count();
        assert!(english.lines().all(|line| width(line) == COLUMNS.len() + 2));
    }

    #[test]
    fn each_day_has_a_page() {
        let pages = pages(&file(), "section");
        assert_eq!(pages.iter().map(|(day, _)| *day).collect::<Vec<_>>(), [1, 2]);
        let html = pages[0].1.html();
        assert!(html.contains("Day 1 槽日报: section") && html.contains("09:15") && html.contains("重点槽"));
    }

    #[test]
    fn every_column_of_the_page_exists() {
        for name in GROUPS.iter().flat_map(|(_, names)| *names) {
            assert!(COLUMNS.iter().any(|column| column.name == *name), "{name}");
        }
    }
}

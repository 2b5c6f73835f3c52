//! From the record of a run to files people open: the report, the trends, the event log, the KPIs.

use crate::shell::{Exit, Failure};
use crate::words;
use potline::account::Kpi;
use potline::files::write_atomic;
use potline::image::EventKind;
use potline::report::chart::{Band, Marker, Phase};
use potline::report::{
    Axis, Chart, EventRow, Level, MarkerKind, Report, Section, Series, Side, Style, Tone, Verdict, kpi_rows,
};
use potline::trial::{CellRecord, Record, Row, Trends};
use std::path::{Path, PathBuf};

/// What a report says besides the record.
pub struct Story {
    pub title: String,
    pub subtitle: String,
    pub verdict: Vec<Verdict>,
    pub provenance: Vec<(String, String)>,
    pub reproduce: String,
}

/// What cannot be written, as a failure.
pub fn cannot(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::BadInput, why.to_string())
}

/// Writes `report.html`, `events.csv`, `kpi.json`, the trends and the percentiles into `folder`;
/// returns the path of the report.
pub fn write(folder: &Path, record: &Record, trends: Trends, story: Story) -> Result<PathBuf, Failure> {
    prepare(folder)?;
    if let Some(interval) = trends.thinned(record) {
        eprintln!(
            "potline: the trends were thinned to {} per row; `full = true` under [record] keeps every row",
            span(interval)
        );
    }
    trends.finish(record).map_err(|e| cannot(&e))?;
    let mut events = String::from("time_h,cell,event\n");
    for event in &record.events {
        let (text, _) = words::event(event.kind);
        events.push_str(&format!("{:.5},{},\"{text}\"\n", event.time / 3_600.0, event.cell.0));
    }
    write_atomic(&folder.join("events.csv"), events.as_bytes()).map_err(|e| cannot(&e))?;
    let kpi = serde_json::to_vec_pretty(&record.kpi()).map_err(|e| cannot(&e))?;
    write_atomic(&folder.join("kpi.json"), &kpi).map_err(|e| cannot(&e))?;
    let path = folder.join("report.html");
    build(record, story).write(&path).map_err(|e| cannot(&e))?;
    Ok(path)
}

/// Makes sure `folder` exists and takes files, before hours of work are spent.
pub fn prepare(folder: &Path) -> Result<(), Failure> {
    let refuse = |why: &dyn std::fmt::Display| {
        let text = format!(
            "{}: cannot write there: {why}\n  remedy: name another folder with --out, or give yourself the right to write",
            folder.display()
        );
        Failure::new(Exit::BadInput, text)
    };
    std::fs::create_dir_all(folder).map_err(|e| refuse(&e))?;
    let probe = folder.join(".potline-probe");
    write_atomic(&probe, b"probe").map_err(|e| refuse(&e))?;
    std::fs::remove_file(&probe).map_err(|e| refuse(&e))
}

fn build(record: &Record, story: Story) -> Report {
    let mut sections = vec![overview(record)];
    let mut featured: Vec<u16> = Vec::new();
    // Cells with a story of their own first; then the first cell as the quiet one to compare with.
    for kind in [MarkerKind::AnodeEffect, MarkerKind::FeederFault, MarkerKind::AnodeChange, MarkerKind::Tap] {
        let first = record
            .events
            .iter()
            .find(|e| words::event(e.kind).1 == Some(kind) && !featured.contains(&e.cell.0));
        featured.extend(first.map(|e| e.cell.0));
    }
    featured.extend(record.cells.iter().map(|c| c.cell.0).find(|c| !featured.contains(c)));
    for cell in record.cells.iter().filter(|c| featured.contains(&c.cell.0)) {
        sections.push(cell_section(record, cell));
    }
    Report {
        title: story.title,
        subtitle: story.subtitle,
        verdict: story.verdict,
        kpis: kpi_rows(&record.kpi()),
        sections,
        events: event_rows(record),
        provenance: story.provenance,
        reproduce: story.reproduce,
    }
}

/// The log without the phases and small beam moves, which the charts show and the CSV lists.
fn event_rows(record: &Record) -> Vec<EventRow> {
    record
        .events
        .iter()
        .filter(|e| !matches!(e.kind, EventKind::PhaseChanged(..) | EventKind::BeamMove(_)))
        .map(|e| {
            let (text, kind) = words::event(e.kind);
            EventRow {
                hours: e.time / 3_600.0,
                source: e.cell.to_string(),
                kind,
                text,
                detail: String::new(),
            }
        })
        .collect()
}

fn curve(rows: &[Row], name: &str, tone: Tone, value: impl Fn(&Row) -> f64) -> Series {
    let points = rows.iter().map(|row| (row.time_h, value(row))).collect();
    Series { name: name.into(), points, tone, ..Series::default() }
}

fn right(series: Series) -> Series {
    Series { side: Side::Right, ..series }
}

fn overview(record: &Record) -> Section {
    let first = record.cells.first().map_or(&[][..], |c| &c.rows);
    let mean = |value: fn(&Row) -> f64| -> Vec<(f64, f64)> {
        (0..first.len())
            .map(|k| {
                let rows = record.cells.iter().filter_map(|c| c.rows.get(k));
                let (sum, n) = rows.fold((0.0, 0.0), |(s, n), row| (s + value(row), n + 1.0));
                (first[k].time_h, sum / n)
            })
            .collect()
    };
    let mut voltage = Chart {
        title: "Mean cell voltage 平均电压".into(),
        y: Axis::new("cell voltage 槽电压", "V"),
        series: vec![Series {
            name: "mean of all cells".into(),
            points: mean(|r| r.voltage_v),
            ..Series::default()
        }],
        markers: section_markers(record),
        ..Chart::default()
    };
    voltage.clip_to_normal();
    Section {
        heading: format!("Section of {} cells", record.cells.len()),
        text: format!(
            "{} per point. Markers: anode effects and faults of any cell.",
            span(record.interval())
        ),
        charts: vec![
            Chart {
                title: "Line current 系列电流".into(),
                y: Axis::new("line current", "kA"),
                series: vec![curve(first, "line current", Tone::Primary, |r| r.current_ka)],
                ..Chart::default()
            },
            voltage,
            Chart {
                title: "Alumina of the section 氧化铝浓度".into(),
                y: Axis::new("dissolved alumina", "wt %"),
                series: vec![
                    Series {
                        name: "mean, true".into(),
                        points: mean(|r| r.alumina_pct),
                        ..Series::default()
                    },
                    Series {
                        name: "mean, estimated".into(),
                        points: mean(|r| r.alumina_estimate_pct),
                        tone: Tone::Reference,
                        ..Series::default()
                    },
                ],
                ..Chart::default()
            },
        ],
        ..Section::default()
    }
}

/// A length of time in the largest unit that it fills.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s} s"),
        s if s < 3_600.0 => format!("{} min", s / 60.0),
        s => format!("{} h", s / 3_600.0),
    }
}

fn section_markers(record: &Record) -> Vec<Marker> {
    let wanted = |e: &&potline::image::Event| {
        matches!(words::event(e.kind).1, Some(MarkerKind::AnodeEffect | MarkerKind::FeederFault))
    };
    let marker = |e: &potline::image::Event| {
        let (text, kind) = words::event(e.kind);
        Some(Marker { hours: e.time / 3_600.0, kind: kind?, text: format!("{}: {text}", e.cell) })
    };
    record.events.iter().filter(wanted).filter_map(marker).collect()
}

fn cell_section(record: &Record, cell: &CellRecord) -> Section {
    let rows = &cell.rows[..];
    let markers: Vec<Marker> = record
        .events
        .iter()
        .filter(|e| e.cell == cell.cell)
        .filter_map(|e| {
            let (text, kind) = words::event(e.kind);
            Some(Marker { hours: e.time / 3_600.0, kind: kind?, text })
        })
        .collect();
    let mut voltage = Chart {
        title: "Voltage 槽电压".into(),
        y: Axis::new("cell voltage", "V"),
        series: vec![
            curve(rows, "largest of the interval", Tone::Muted, |r| r.voltage_max_v),
            curve(rows, "mean of the interval", Tone::Primary, |r| r.voltage_v),
        ],
        markers: markers.clone(),
        ..Chart::default()
    };
    voltage.clip_to_normal();
    let mut resistance = Chart {
        title: "Pseudo-resistance and target 表观槽电阻".into(),
        y: Axis::new("pseudo-resistance", "µΩ"),
        second: Some(Axis::new("distance (true) 极距", "mm")),
        series: vec![
            curve(rows, "pseudo-resistance, 5 s mean", Tone::Primary, |r| r.resistance_uohm),
            Series { style: Style::Step, ..curve(rows, "target", Tone::Reference, |r| r.target_uohm) },
            right(curve(rows, "distance, true", Tone::Secondary, |r| r.acd_mm)),
        ],
        ..Chart::default()
    };
    resistance.clip_to_normal();
    let alumina = Chart {
        title: "Alumina, true and estimated; feed phase 氧化铝浓度".into(),
        y: Axis::new("dissolved alumina", "wt %"),
        series: vec![
            curve(rows, "true", Tone::Primary, |r| r.alumina_pct),
            curve(rows, "estimated", Tone::Reference, |r| r.alumina_estimate_pct),
            curve(rows, "estimate ± 2 σ", Tone::Muted, |r| {
                r.alumina_estimate_pct + 2.0 * r.alumina_sigma_pct
            }),
            curve(rows, "", Tone::Muted, |r| r.alumina_estimate_pct - 2.0 * r.alumina_sigma_pct),
        ],
        phases: phases(rows),
        markers,
        ..Chart::default()
    };
    let heat = Chart {
        title: "Bath temperature and superheat 槽温、过热度".into(),
        y: Axis::new("bath temperature", "°C"),
        second: Some(Axis::new("superheat", "K")),
        series: vec![
            curve(rows, "bath temperature, true", Tone::Primary, |r| r.temperature_c),
            right(curve(rows, "superheat, true", Tone::Secondary, |r| r.superheat_c)),
        ],
        bands: vec![Band { name: "945–965 °C".into(), low: 945.0, high: 965.0 }],
        ..Chart::default()
    };
    let mut zones = Chart {
        title: "Leanest and richest zone 分区氧化铝".into(),
        y: Axis::new("dissolved alumina", "wt %"),
        series: vec![
            curve(rows, "leanest zone", Tone::Primary, |r| r.alumina_low_pct),
            curve(rows, "richest zone", Tone::Secondary, |r| r.alumina_high_pct),
        ],
        ..Chart::default()
    };
    zones.clip_to_normal();
    let mut anodes = Chart {
        title: "Anode currents 阳极电流".into(),
        y: Axis::new("share of the mean", "%"),
        second: Some(Axis::new("beam 母线位置", "mm")),
        series: vec![
            curve(rows, "smallest of 48", Tone::Primary, |r| r.anode_low_pct),
            curve(rows, "largest of 48", Tone::Secondary, |r| r.anode_high_pct),
            right(curve(rows, "beam position", Tone::Reference, |r| r.beam_mm)),
        ],
        ..Chart::default()
    };
    anodes.clip_to_normal();
    let mut noise = Chart {
        title: "Voltage noise 摆动、针振".into(),
        y: Axis::new("standard deviation", "mV"),
        series: vec![
            curve(rows, "low frequency 摆动", Tone::Primary, |r| r.noise_low_mv),
            curve(rows, "high frequency 针振", Tone::Secondary, |r| r.noise_high_mv),
        ],
        bands: vec![Band { name: "normal".into(), low: 0.0, high: 12.0 }],
        ..Chart::default()
    };
    noise.clip_to_normal();
    let kpi = cell.kpi();
    let figure = |value: Option<f64>, digits: usize| value.map_or("–".into(), |v| format!("{v:.digits$}"));
    Section {
        heading: format!("Cell {}", cell.cell.0),
        text: format!(
            "Mean voltage {} V, current efficiency {} %, alumina {} ± {} wt %, {} beam moves a day, {} safety-gate failures.",
            figure(kpi.cell_voltage_v, 3),
            figure(kpi.current_efficiency.map(|e| e * 100.0), 2),
            figure(kpi.alumina_pct_mean, 2),
            figure(kpi.alumina_pct_sigma, 2),
            figure(kpi.beam_moves_per_pot_day, 0),
            kpi.safety_gate_failures,
        ),
        charts: vec![voltage, resistance, alumina, zones, heat, anodes, noise],
        ..Section::default()
    }
}

fn phases(rows: &[Row]) -> Vec<Phase> {
    let mut list: Vec<Phase> = Vec::new();
    for row in rows {
        match list.last_mut().filter(|p| p.phase == row.phase) {
            Some(last) => last.to = row.time_h,
            None => {
                let from = list.last().map_or(0.0, |p| p.to);
                list.push(Phase { from, to: row.time_h, phase: row.phase });
            }
        }
    }
    list
}

/// The verdict every run starts with: is the section inside what such a section does?
pub fn verdict(kpi: &Kpi, planted_effects: usize, pot_days: f64) -> Vec<Verdict> {
    let mut list = Vec::new();
    let mut judge = |good: bool, text: String| {
        list.push(Verdict { level: if good { Level::Good } else { Level::Watch }, text });
    };
    if let (Some(energy), Some(voltage), Some(efficiency)) =
        (kpi.dc_kwh_per_t, kpi.cell_voltage_v, kpi.current_efficiency)
    {
        let good = (12_300.0..=13_200.0).contains(&energy);
        judge(
            good,
            format!(
                "{energy:.0} kWh/t (DC) at {voltage:.3} V and {:.2} % current efficiency",
                efficiency * 100.0
            ),
        );
    }
    if let (Some(mean), Some(sigma)) = (kpi.alumina_pct_mean, kpi.alumina_pct_sigma) {
        judge(sigma <= 0.25, format!("alumina {mean:.2} ± {sigma:.2} wt %"));
    }
    if let Some(rate) = kpi.ae_per_pot_day {
        let count = (rate * pot_days).round();
        judge(
            count <= planted_effects as f64,
            format!("{count:.0} anode effects, {planted_effects} of them planted"),
        );
    }
    let failures = kpi.safety_gate_failures;
    list.push(Verdict {
        level: if failures == 0 { Level::Good } else { Level::Bad },
        text: format!("{failures} safety-gate failures"),
    });
    list
}

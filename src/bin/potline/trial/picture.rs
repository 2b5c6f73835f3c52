//! `report.html` of a benchmark: energy against evenness, the scores with their intervals, and the worst
//! cell's days.

use super::text::gates;
use crate::shell::{Exit, Failure};
use crate::story;
use potline::report::{Axis, Chart, Level, Report, Section, Series, Side, Style, Tone, Verdict};
use potline::trial::bench::{Bench, Entry, Interval, Overall, Run};
use potline::trial::{CellRecord, Row};
use std::path::Path;

const TONES: [Tone; 5] = [Tone::Primary, Tone::Secondary, Tone::Alert, Tone::Reference, Tone::Muted];

/// Writes the report of a finished benchmark into `folder`.
pub fn write(folder: &Path, bench: &Bench, runs: &[Run]) -> Result<(), Failure> {
    let (table, overall) = (bench.table(runs), bench.overall(runs));
    let mut sections = vec![pareto(&overall, &table), bars(&overall, &table)];
    sections.extend(worst(bench, runs)?);
    let report = Report {
        title: "PotBench-500: strategies on the same cells".into(),
        subtitle: format!(
            "{} scenarios, {} seeds, {:.0} pot-days in all",
            bench.scenarios.len(),
            bench.seeds.len(),
            bench.pot_days()
        ),
        verdict: overall.iter().map(verdict).collect(),
        sections,
        provenance: vec![("potline".into(), env!("CARGO_PKG_VERSION").into())],
        reproduce: "potline trial --merge FOLDER --out FOLDER".into(),
        ..Report::default()
    };
    report.write(&folder.join("report.html")).map_err(|e| story::cannot(&e))
}

fn verdict(entry: &Overall) -> Verdict {
    let level = if entry.passed { Level::Good } else { Level::Bad };
    let error = |ci95: Option<f64>| ci95.map_or(String::new(), |half| format!(" ± {half:.0}"));
    let score = entry.score.as_ref().map_or("no score".into(), |score| {
        format!("score {:.0}{}", score.total.mean, error(score.total.ci95))
    });
    let gates =
        if entry.passed { String::new() } else { format!("; gates failed: {}", gates(&entry.gates_failed)) };
    Verdict { level, text: format!("{}: {score}{gates}", entry.strategy) }
}

/// Each dot is a strategy on a scenario: low and left is better.
fn pareto(overall: &[Overall], table: &[Entry]) -> Section {
    let dot = |entry: &Entry| {
        let sigma = entry.kpi.get("alumina_pct_sigma")?;
        let own = sigma.cell.map_or(sigma.section.mean, |own| own.mean);
        Some((own, entry.kpi.get("dc_kwh_per_t")?.section.mean))
    };
    let series = overall.iter().zip(TONES.iter().cycle()).map(|(entry, tone)| {
        let mine = table.iter().filter(|one| one.strategy == entry.strategy);
        let mut points: Vec<(f64, f64)> = mine.filter_map(dot).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series { name: entry.strategy.clone(), points, style: Style::Dots, tone: *tone, side: Side::Left }
    });
    let mut series: Vec<Series> = series.collect();
    // Nothing drawn: room from zero to beyond the last dot.
    let far = series.iter().flat_map(|one| one.points.iter().map(|point| point.0)).fold(0.0, f64::max);
    let room = vec![(0.0, f64::NAN), (1.05 * far, f64::NAN)];
    series.push(Series { points: room, style: Style::Dots, tone: Tone::Muted, ..Series::default() });
    let chart = Chart {
        title: "Energy against evenness".into(),
        x: Some(Axis::new("alumina, deviation of a cell", "wt %")),
        y: Axis::new("DC energy", "kWh/t"),
        series,
        ..Chart::default()
    };
    Section {
        heading: "Pareto".into(),
        text: "Each dot is a strategy on one scenario, mean over seeds; low and left is better.".into(),
        charts: vec![chart],
        ..Section::default()
    }
}

/// Scores by scenario, each strategy beside the others, with 95 % intervals.
fn bars(overall: &[Overall], table: &[Entry]) -> Section {
    let mut scenarios: Vec<&str> = table.iter().map(|entry| entry.scenario.as_str()).collect();
    scenarios.dedup();
    let shown: Vec<&Overall> =
        overall.iter().filter(|e| !["demand", "oracle"].contains(&&*e.strategy)).collect();
    let width = 0.8 / shown.len().max(1) as f64;
    let mut chart = Chart {
        title: "Score: demand 0, oracle 100".into(),
        x: Some(Axis::new("scenario", "")),
        y: Axis::new("score", ""),
        ..Chart::default()
    };
    let mut rows = vec![vec!["strategy".to_owned(), "all".to_owned()]];
    rows[0].extend(scenarios.iter().map(|name| (*name).to_owned()));
    for (k, (entry, tone)) in shown.iter().zip(TONES.iter().cycle()).enumerate() {
        let mut bars = vec![];
        let mut whiskers = vec![];
        let mut row = vec![entry.strategy.clone(), words(entry.score.as_ref().map(|score| &score.total))];
        for (place, scenario) in scenarios.iter().enumerate() {
            let found = table.iter().find(|e| e.scenario == *scenario && e.strategy == entry.strategy);
            let score = found.and_then(|e| e.score.as_ref()).map(|score| &score.total);
            row.push(words(score));
            let Some(score) = score else { continue };
            let x = place as f64 - 0.4 + width * (k as f64 + 0.5);
            bars.extend([(x, 0.0), (x, score.mean), (x, f64::NAN)]);
            let half = score.ci95.unwrap_or(0.0);
            whiskers.extend([(x, score.mean - half), (x, score.mean + half), (x, f64::NAN)]);
        }
        rows.push(row);
        let series = |name: &str, points, style, tone| Series {
            name: name.into(),
            points,
            style,
            tone,
            side: Side::Left,
        };
        chart.series.push(series(&entry.strategy, bars, Style::Bars, *tone));
        chart.series.push(series("", whiskers, Style::Line, Tone::Reference));
    }
    chart.labels = scenarios.iter().enumerate().map(|(k, name)| (k as f64, (*name).to_owned())).collect();
    chart.clip = Some((-150.0, 150.0));
    Section {
        heading: "Scores".into(),
        text: "Mean over seeds; lines are 95 % intervals.".into(),
        rows,
        charts: vec![chart],
    }
}

fn words(score: Option<&Interval>) -> String {
    score.map_or("–".into(), |score| match score.ci95 {
        Some(half) => format!("{:.0} ± {half:.0}", score.mean),
        None => format!("{:.0}", score.mean),
    })
}

/// The cell that fared worst among the strategies that are judged, run once more.
fn worst(bench: &Bench, runs: &[Run]) -> Result<Option<Section>, Failure> {
    let judged = |run: &&Run| !["demand", "oracle"].contains(&bench.entrants[run.place[1]].name());
    // Time in effect first, unevenness where there is none.
    let badness = |run: &Run, cell: usize| {
        let kpi = &run.cells[cell];
        (kpi.ae_minutes_per_pot_day.unwrap_or(0.0), kpi.alumina_pct_sigma.unwrap_or(0.0))
    };
    let cells = runs.iter().filter(judged).flat_map(|run| (0..run.cells.len()).map(move |cell| (run, cell)));
    let found = cells.max_by(|a, b| {
        let (a, b) = (badness(a.0, a.1), badness(b.0, b.1));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let Some((run, cell)) = found else { return Ok(None) };
    let [scenario, entrant, seed] = run.place;
    let record = bench.again(run.place).map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
    let Some(record) = record else { return Ok(None) };
    Ok(record.cells.get(cell).map(|record| Section {
        heading: format!(
            "Worst cell: {} on {}, seed {}, cell {}",
            bench.entrants[entrant].name(),
            bench.scenarios[scenario].name,
            bench.seeds[seed],
            cell + 1
        ),
        text: "Most time in anode effect, or the widest alumina where nobody had one.".into(),
        charts: trends(record),
        ..Section::default()
    }))
}

fn trends(record: &CellRecord) -> Vec<Chart> {
    let curve = |name: &str, tone, value: fn(&Row) -> f64| Series {
        name: name.into(),
        points: record.rows.iter().map(|row| (row.time_h, value(row))).collect(),
        tone,
        ..Series::default()
    };
    let chart = |title: &str, y: Axis, series| {
        let mut chart = Chart { title: title.into(), y, series, ..Chart::default() };
        chart.clip_to_normal();
        chart
    };
    vec![
        chart(
            "Voltage 槽电压",
            Axis::new("cell voltage", "V"),
            vec![curve("mean", Tone::Primary, |r| r.voltage_v)],
        ),
        chart(
            "Alumina 氧化铝浓度",
            Axis::new("dissolved alumina", "wt %"),
            vec![
                curve("true", Tone::Primary, |r| r.alumina_pct),
                curve("leanest zone", Tone::Muted, |r| r.alumina_low_pct),
                curve("estimated", Tone::Reference, |r| r.alumina_estimate_pct),
            ],
        ),
        chart("Distance 极距", Axis::new("distance", "mm"), vec![curve("true", Tone::Primary, |r| r.acd_mm)]),
        chart(
            "Heat 过热度",
            Axis::new("superheat", "K"),
            vec![curve("true", Tone::Primary, |r| r.superheat_c)],
        ),
    ]
}

//! The result as JSON, and as a page that opens anywhere.

use super::{Outcome, Spread, Table, TierResult};
use crate::Options;
use potline::report::{Axis, Chart, Level, Report, Section, Series, Style, Verdict};
use std::error::Error;

/// Puts `result.json` and `report.html` into the directory of the options; prints the JSON if asked.
pub fn write(options: &Options, result: &TierResult) -> Result<(), Box<dyn Error>> {
    let json = serde_json::to_string_pretty(&json(options, result))?;
    std::fs::create_dir_all(&options.out)
        .and_then(|()| std::fs::write(options.out.join("result.json"), &json))
        .map_err(|e| format!("cannot write to {}: {e}; choose another --out", options.out.display()))?;
    page(options, result).write(&options.out.join("report.html"))?;
    if options.json {
        println!("{json}");
    }
    let held = result.checks.iter().filter(|check| check.holds).count();
    let word = match result.outcome() {
        Outcome::Passed => "passed",
        Outcome::Failed => "FAILED",
        Outcome::NotRun => "not run",
    };
    let (before, after) = (&result.machine_before, &result.machine_after);
    eprintln!(
        "kernel {}, load {} to {}, stolen {}",
        told(before.kernel.as_ref()),
        told(before.load),
        told(after.load),
        difference(before.steal_s, after.steal_s)
    );
    eprintln!(
        "tier {}: {word}; {held} of {} checks hold; {}",
        result.tier,
        result.checks.len(),
        options.out.join("report.html").display()
    );
    Ok(())
}

fn json(options: &Options, result: &TierResult) -> serde_json::Value {
    serde_json::json!({
        "outcome": result.outcome(),
        "profile": profile(),
        "seed": options.seed,
        "quick": options.quick,
        "version": env!("CARGO_PKG_VERSION"),
        "result": result,
    })
}

fn profile() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

fn page(options: &Options, result: &TierResult) -> Report {
    let mut verdict: Vec<_> = result
        .checks
        .iter()
        .map(|check| Verdict {
            level: if check.holds { Level::Good } else { Level::Bad },
            text: format!("{}: {} (must be {})", check.name, check.found, check.limit),
        })
        .collect();
    if let Some(why) = &result.not_run {
        verdict.push(Verdict { level: Level::Bad, text: format!("Not run: {why}") });
    }
    let notes = result.notes.iter().map(|text| Verdict { level: Level::Watch, text: text.clone() });
    verdict.extend(notes);
    let mut sections: Vec<_> = result.tables.iter().map(words).collect();
    sections.extend(result.spreads.iter().map(histogram));
    let (before, after) = (&result.machine_before, &result.machine_after);
    Report {
        title: format!("potline rig, tier {}", result.tier),
        subtitle: format!("{:.0} s, seed {}, {} build", result.seconds, options.seed, profile()),
        verdict,
        sections,
        provenance: vec![
            ("potline-hil".into(), env!("CARGO_PKG_VERSION").into()),
            ("kernel".into(), told(before.kernel.as_ref())),
            ("processor".into(), format!("{}, {} cores", told(before.cpu.as_ref()), before.cores)),
            ("load before and after".into(), format!("{}, {}", told(before.load), told(after.load))),
            ("cores busy, all programs".into(), difference(before.busy_s, after.busy_s)),
            ("stolen by the hypervisor".into(), difference(before.steal_s, after.steal_s)),
        ],
        reproduce: format!(
            "cargo run --release -p potline-hil -- --tier {} --seed {}{}",
            result.tier,
            options.seed,
            if options.quick { " --quick" } else { "" }
        ),
        ..Report::default()
    }
}

fn told(value: Option<impl ToString>) -> String {
    value.map_or("not told".into(), |value| value.to_string())
}

fn difference(before: Option<f64>, after: Option<f64>) -> String {
    told(before.zip(after).map(|(before, after)| format!("{:.1} s", after - before)))
}

fn words(table: &Table) -> Section {
    let rows = std::iter::once(table.columns.clone()).chain(table.rows.iter().cloned()).collect();
    Section { heading: table.title.clone(), rows, ..Section::default() }
}

/// Bins double, so the horizontal axis counts doublings.
fn histogram(spread: &Spread) -> Section {
    let points = spread.bins.iter().map(|&(end, count)| ((end.max(1) as f64).log2(), count as f64)).collect();
    let chart = Chart {
        title: spread.name.clone(),
        x: Some(Axis::new("upper end of the bin, powers of 2", &spread.unit)),
        y: Axis::new("samples", ""),
        series: vec![Series { name: spread.name.clone(), points, style: Style::Step, ..Series::default() }],
        ..Chart::default()
    };
    let Spread { unit, samples, p50, p99, p999, p99999, max, .. } = spread;
    Section {
        heading: spread.name.clone(),
        text: format!(
            "p50 {p50}, p99 {p99}, p99.9 {p999}, p99.999 {p99999}, max {max} {unit} of {samples} samples"
        ),
        charts: vec![chart],
        ..Section::default()
    }
}

//! `potline simulate`: the closed loop in one process.

use crate::daily::Days;
use crate::input;
use crate::progress::{Progress, interrupt_flag};
use crate::shell::{Exit, Failure, Outcome, Shell};
use crate::story::{self, Story};
use potline::account::Kpi;
use potline::control::Strategy;
use potline::report::{Level, Verdict};
use potline::sim::EventKind;
use potline::trial::{Job, Loop, Origin, Scenario, Trends, run_each};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Runs a scenario with plant and controller in one process, no sockets.
///
/// Example: potline simulate examples/one_day.toml --out out/one-day
#[derive(clap::Args)]
pub struct Args {
    /// Scenario file (TOML).
    scenario: PathBuf,
    /// Feed strategy in place of the scenario's own.
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,
    /// Seed in place of the scenario's own.
    #[arg(long)]
    seed: Option<u64>,
    /// Runs under this many seeds, counted up from the first.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    seeds: u16,
    /// Threads, one run each; the results do not depend on it.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Folder for report.html, trends, events and daily reports (first seed only).
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Result {
    scenario: String,
    strategy: Strategy,
    seed: u64,
    cells: u16,
    days: f64,
    wall_s: f64,
    cell_days_per_s: f64,
    partial: bool,
    kpi: Kpi,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<Run>,
    report: Option<PathBuf>,
}

#[derive(Serialize)]
struct Run {
    seed: u64,
    kpi: Kpi,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let mut scenario: Scenario = input::load(&args.scenario)?;
    if let Some(choice) = args.strategy {
        scenario.control.feed.strategy = choice;
    }
    let seed = args.seed.unwrap_or(scenario.seed);
    if let Some(folder) = &args.out {
        story::prepare(folder)?;
    }
    let cannot =
        |e: potline::Error| Failure::new(Exit::BadInput, format!("{}: {e}", args.scenario.display()));
    let stop = interrupt_flag();
    let begin = Instant::now();

    let mut first = Loop::new(&scenario, seed).map_err(cannot)?;
    let origin = Origin { scenario: scenario.name.clone(), seed };
    let mut trends = match &args.out {
        None => None,
        Some(folder) => Some(Trends::new(folder, &scenario.record, origin).map_err(|e| story::cannot(&e))?),
    };
    let mut days_kept = args.out.as_ref().map(|_| Days::new(&scenario));
    let mut progress = Progress::new("simulate");
    let mut partial = false;
    while first.scan() {
        if let Some(days) = &mut days_kept {
            days.observe(&first);
        }
        if let Some(trends) = &mut trends {
            trends.observe(first.record()).map_err(|e| story::cannot(&e))?;
        }
        progress.at(first.progress());
        partial = stop.load(Ordering::Relaxed);
        if partial {
            break;
        }
    }
    progress.done();
    let days = first.progress() * scenario.hours / 24.0;
    let record = first.finish();
    let mut runs = Vec::new();
    if args.seeds > 1 && !partial {
        let jobs: Vec<Job> =
            (1..u64::from(args.seeds)).map(|k| Job { scenario: scenario.clone(), seed: seed + k }).collect();
        runs.push(Run { seed, kpi: record.kpi() });
        let progress = Mutex::new(Progress::new("the other seeds"));
        let watch = |share| {
            progress.lock().unwrap_or_else(PoisonError::into_inner).at(share);
            !stop.load(Ordering::Relaxed)
        };
        let kpis = run_each(&jobs, args.threads, &watch, |record| record.kpi()).map_err(cannot)?;
        progress.into_inner().unwrap_or_else(PoisonError::into_inner).done();
        runs.extend(kpis.into_iter().map(|(at, kpi)| Run { seed: jobs[at].seed, kpi }));
        partial = stop.load(Ordering::Relaxed);
    }
    let wall_s = begin.elapsed().as_secs_f64();

    let planted = scenario.event.iter().filter(|e| e.kind == EventKind::ForceEffect);
    let planted: usize =
        planted.map(|e| if e.cell.is_some() { 1 } else { usize::from(scenario.cells) }).sum();
    let mut verdict = story::verdict(&record.kpi(), planted, f64::from(scenario.cells) * days);
    if partial {
        verdict.push(Verdict {
            level: Level::Watch,
            text: format!("interrupted after {days:.2} d: partial result"),
        });
    }
    let report = match args.out.as_ref().zip(trends) {
        None => None,
        Some((folder, trends)) => Some(story::write(
            folder,
            &record,
            trends,
            Story {
                title: format!("{}: {} cells, {days:.2} d", scenario.name, scenario.cells),
                subtitle: scenario.about.clone(),
                verdict,
                provenance: vec![
                    ("potline".into(), env!("CARGO_PKG_VERSION").into()),
                    ("scenario".into(), args.scenario.display().to_string()),
                    ("seed".into(), seed.to_string()),
                    ("partial".into(), partial.to_string()),
                ],
                reproduce: format!(
                    "potline simulate {} --seed {seed} --out {}",
                    args.scenario.display(),
                    folder.display()
                ),
            },
        )?),
    };
    if let Some((folder, days)) = args.out.as_ref().zip(days_kept) {
        days.write(folder, &scenario.name)?;
    }
    let result = Result {
        scenario: scenario.name.clone(),
        strategy: scenario.control.feed.strategy,
        seed,
        cells: scenario.cells,
        days,
        wall_s,
        cell_days_per_s: days * f64::from(scenario.cells) * runs.len().max(1) as f64 / wall_s,
        partial,
        kpi: record.kpi(),
        runs,
        report,
    };
    shell.emit(&result, || {
        let mut text = crate::table::kpi(&result.kpi);
        text += &format!(
            "\n{} cells, {days:.2} d, {} seed(s) in {wall_s:.2} s: {:.0} cell-days per second",
            result.cells,
            result.runs.len().max(1),
            result.cell_days_per_s
        );
        if let Some(path) = &result.report {
            text += &format!("\nreport: {}", path.display());
        }
        text
    })?;
    Ok(if partial { Exit::Interrupted } else { Exit::Done })
}

//! `potline tune`: set-points that save energy inside the limits.

use crate::input;
use crate::progress::{Progress, interrupt_flag};
use crate::shell::{Exit, Failure, Outcome, Shell};
use crate::story;
use potline::control::SetPoints;
use potline::files::{self, Validate};
use potline::report::{KpiRow, Level, Report, Section, Verdict};
use potline::trial::Scenario;
use potline::trial::bench::SCENARIOS;
use potline::trial::tuning::{Constraint, Study, Tuning};
use potline::tune::{Method, TuneSettings};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Finds set-points that save energy inside the limits, and writes a patch that `control` accepts.
///
/// Trials see measured figures only; the verdict is by the plant's truth, on other seeds, against
/// untouched copies of the same cells. See docs/tuning.md.
///
/// Ends with 1 where a limit is broken in the verdict.
///
/// Example: potline tune S1 --out tuned
#[derive(clap::Args)]
pub struct Args {
    /// Scenario: a TOML file, or the name of one that comes with potline (S1).
    scenario: String,
    /// How the next trial is chosen.
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// Sections of the verdict, each of other cells.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    seeds: u16,
    /// First seed of the verdict; those of the trials follow the last.
    #[arg(long, default_value_t = 11)]
    seed: u64,
    /// Sections of every trial.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    learn: u16,
    /// Cells of a section.
    #[arg(long, default_value_t = 4)]
    cells: u16,
    /// Days of a run, the first three sevenths to settle.
    #[arg(long, default_value_t = 7.0)]
    days: f64,
    /// Most trials.
    #[arg(long, default_value_t = 10)]
    trials: usize,
    /// Most points that the oracle looks at; 0: no oracle.
    #[arg(long, default_value_t = 14)]
    oracle: usize,
    /// Limit of the low-frequency noise, 95th percentile [mV], in place of 12.
    #[arg(long)]
    noise_mv: Option<f64>,
    /// Threads, one run each; the results do not depend on it. As many as there are cores by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Folder for tune.json, patch.toml and report.html.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Result {
    method: Method,
    scenario: String,
    cells: u16,
    days: f64,
    #[serde(flatten)]
    tuning: Tuning,
    patch: Option<PathBuf>,
    report: Option<PathBuf>,
    threads: usize,
    wall_s: f64,
}

/// What `patch.toml` holds: goes to the end of a scenario or of a file for `control`.
#[derive(Serialize)]
struct Patch {
    set_points: SetPoints,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let cannot = |e: potline::Error| Failure::new(Exit::BadInput, e.to_string());
    let study = study(args)?;
    study.check().map_err(cannot)?;
    if let Some(folder) = &args.out {
        story::prepare(folder)?;
    }
    let stop = interrupt_flag();
    let begin = Instant::now();
    let progress = Mutex::new(Progress::new("tune"));
    let watch = |share: f64| {
        progress.lock().unwrap_or_else(PoisonError::into_inner).at(share);
        !stop.load(Ordering::Relaxed)
    };
    let tuning = study.tune(&watch).map_err(cannot)?;
    progress.into_inner().unwrap_or_else(PoisonError::into_inner).done();

    let (partial, broken) = (tuning.partial, tuning.constraints.iter().any(|c| !c.ok));
    let mut result = Result {
        method: args.method,
        scenario: study.scenario.name.clone(),
        cells: study.scenario.cells,
        days: args.days,
        tuning,
        patch: None,
        report: None,
        threads: study.threads,
        wall_s: begin.elapsed().as_secs_f64(),
    };
    if let Some(folder) = &args.out {
        let (patch, page) = (folder.join("patch.toml"), folder.join("report.html"));
        write(&patch, &patch_text(&result)?)?;
        report(args, &result).write(&page).map_err(|e| story::cannot(&e))?;
        (result.patch, result.report) = (Some(patch), Some(page));
        let json =
            serde_json::to_string_pretty(&result).map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
        write(&folder.join("tune.json"), &json)?;
    }
    shell.emit(&result, || words(&result))?;
    Ok(match (partial, broken) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::GateFailed,
        (false, false) => Exit::Done,
    })
}

fn study(args: &Args) -> std::result::Result<Study, Failure> {
    let mut scenario: Scenario = match SCENARIOS.iter().find(|(name, _)| *name == args.scenario) {
        Some((name, text)) => files::parse(name, text).map_err(input::bad)?,
        None => input::load(Path::new(&args.scenario))?,
    };
    scenario = scenario.cut(Some(args.cells), Some(args.days * 24.0));
    // A programme would trim on its own.
    (scenario.control, scenario.set_points, scenario.programme) = (scenario.settings(), None, None);
    let wrong: Vec<String> =
        scenario.problems().iter().map(|issue| format!("{}: {}", issue.field, issue.message)).collect();
    if !wrong.is_empty() {
        return Err(Failure::new(Exit::BadInput, wrong.join("\n")));
    }
    let mut settings = TuneSettings {
        method: args.method,
        settle_days: args.days * 3.0 / 7.0,
        judge_days: args.days * 4.0 / 7.0,
        ..TuneSettings::default()
    };
    settings.limits.noise_mv = args.noise_mv.unwrap_or(settings.limits.noise_mv);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let first = args.seed + u64::from(args.seeds);
    Ok(Study {
        scenario,
        settings,
        verify: (args.seed..first).collect(),
        learn: (first..).take(usize::from(args.learn)).collect(),
        trials: args.trials,
        oracle: args.oracle,
        threads: args.threads.unwrap_or(cores).max(1),
    })
}

fn write(path: &Path, text: &str) -> std::result::Result<(), Failure> {
    files::write_atomic(path, text.as_bytes()).map_err(|e| story::cannot(&e))
}

fn patch_text(result: &Result) -> std::result::Result<String, Failure> {
    let table = toml::to_string(&Patch { set_points: result.tuning.setpoints })
        .map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
    Ok(format!(
        "# Found by `potline tune` on {}. Put it at the end of a file for `potline control`, or of a scenario.\n\
         # A running line goes there no faster than 5 mV, 0.1 % alumina and 0.15 % AlF3 a day.\n{table}",
        result.scenario
    ))
}

/// The set-points that moved, before and after.
fn moved(tuning: &Tuning) -> Vec<[String; 4]> {
    let values = |p: &SetPoints| [p.trim_mv, p.alumina_pct, p.alf3_pct, p.superheat_c, p.dither_pct];
    let names = [
        ("target voltage, trim", "mV"),
        ("alumina", "wt %"),
        ("excess AlF3", "wt %"),
        ("superheat", "K"),
        ("wave on the feed", "%"),
    ];
    let rows = names.iter().zip(values(&tuning.untouched).into_iter().zip(values(&tuning.setpoints)));
    rows.map(|((name, unit), (a, b))| [(*name).into(), format!("{a:.2}"), format!("{b:.2}"), (*unit).into()])
        .collect()
}

fn saving(tuning: &Tuning) -> String {
    let Some(saving) = tuning.saving_kwh_per_t else { return "no verdict: stopped before it".into() };
    let error = saving.ci95.map_or(String::new(), |half| format!(" ± {half:.0}"));
    let mut text = format!("saves {:.0}{error} kWh/t", saving.mean);
    if let Some(best) = tuning.oracle_saving_kwh_per_t {
        let _ = write!(text, "; the oracle {best:.0} kWh/t");
    }
    text
}

fn limit_rows(tuning: &Tuning) -> Vec<[String; 5]> {
    let show = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.3}"));
    let row = |c: &Constraint| {
        let verdict = if c.ok { "ok" } else { "BROKEN" };
        [c.name.into(), format!("{:.3}", c.limit), show(c.baseline), show(c.tuned), verdict.into()]
    };
    tuning.constraints.iter().map(row).collect()
}

fn words(result: &Result) -> String {
    let tuning = &result.tuning;
    let mut text =
        format!("{}, {} cells, {} d, {}:\n", result.scenario, result.cells, result.days, saving(tuning));
    for [name, from, to, unit] in moved(tuning) {
        let _ = writeln!(text, "  {name:<22} {from:>8} -> {to:>8} {unit}");
    }
    let _ = writeln!(text, "\n  {:<26} {:>9} {:>9} {:>9}", "limit", "bound", "untouched", "tuned");
    for [name, bound, before, after, verdict] in limit_rows(tuning) {
        let _ = writeln!(text, "  {name:<26} {bound:>9} {before:>9} {after:>9}  {verdict}");
    }
    text.push('\n');
    for trial in &tuning.trials {
        let _ = writeln!(text, "  {}", trial.words);
    }
    let note = if tuning.partial { ", interrupted" } else { "" };
    let _ = write!(text, "\n{:.0} s on {} thread(s){note}", result.wall_s, result.threads);
    text
}

fn report(args: &Args, result: &Result) -> Report {
    let tuning = &result.tuning;
    let heading = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut limits = vec![heading(&["limit", "bound", "untouched", "tuned", "verdict"])];
    limits.extend(limit_rows(tuning).into_iter().map(Vec::from));
    let mut points = vec![heading(&["set-point", "from", "to", "unit"])];
    points.extend(moved(tuning).into_iter().map(Vec::from));
    let mut trials = vec![heading(&["trial", "what was done and why"])];
    trials.extend(tuning.trials.iter().enumerate().map(|(k, t)| vec![k.to_string(), t.words.clone()]));
    let broken = tuning.constraints.iter().any(|c| !c.ok);
    let level = if broken || tuning.partial { Level::Watch } else { Level::Good };
    let kpis = [("untouched", &tuning.baseline), ("tuned", &tuning.tuned)];
    let rows = kpis.into_iter().flat_map(|(group, kpi)| {
        kpi.figures.iter().map(move |(name, value)| KpiRow {
            group: group.into(),
            label: (*name).into(),
            value: *value,
            digits: 3,
            ..KpiRow::default()
        })
    });
    Report {
        title: format!("Tuning on {}", result.scenario),
        subtitle: format!("{} cells, {} d a run, method {}", result.cells, result.days, result.method.name()),
        verdict: vec![Verdict { level, text: saving(tuning) }],
        kpis: rows.collect(),
        sections: vec![
            Section { heading: "Set-points".into(), rows: points, ..Section::default() },
            Section {
                heading: "Limits".into(),
                text: "By the plant's truth, on seeds that no trial has seen. A limit that untouched cells \
                       break binds at what they show."
                    .into(),
                rows: limits,
                ..Section::default()
            },
            Section {
                heading: "Trials".into(),
                text: "Each compared with untouched copies of the same cells, by measured figures.".into(),
                rows: trials,
                ..Section::default()
            },
        ],
        provenance: vec![
            ("potline".into(), env!("CARGO_PKG_VERSION").into()),
            ("seed".into(), args.seed.to_string()),
            ("partial".into(), tuning.partial.to_string()),
        ],
        reproduce: format!(
            "potline tune {} --method {} --seeds {} --seed {} --learn {} --cells {} --days {} --trials {} --oracle {}",
            args.scenario,
            args.method.name(),
            args.seeds,
            args.seed,
            args.learn,
            args.cells,
            args.days,
            args.trials,
            args.oracle
        ),
        ..Report::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use potline::control::Settings;
    use potline::service::Config;

    #[test]
    fn control_and_simulate_accept_the_patch() {
        let set_points =
            SetPoints { trim_mv: -12.5, alumina_pct: 3.05, ..SetPoints::of(&Settings::default()) };
        let patch = toml::to_string(&Patch { set_points }).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let control = std::fs::read_to_string(root.join("examples/control.toml")).unwrap();
        let config: Config = files::parse("control", &format!("{control}\n{patch}")).unwrap();
        let settings = config.settings_of(&config.plc[0]);
        assert_eq!(SetPoints::of(&settings), set_points);
        let day = std::fs::read_to_string(root.join("examples/one_day.toml")).unwrap();
        let scenario: Scenario = files::parse("day", &format!("{day}\n{patch}")).unwrap();
        assert_eq!(scenario.settings().feed.ekf.target_pct, 3.05);
        // What is out of range is named.
        let wrong = patch.replace("-12.5", "-500.0");
        let problems = files::parse::<Config>("control", &format!("{control}\n{wrong}")).unwrap_err();
        assert!(problems.to_string().contains("set_points"), "{problems}");
    }
}

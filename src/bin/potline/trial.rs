//! `potline trial`: strategies on the same cells, seed by seed.

use crate::input;
use crate::progress::{Progress, interrupt_flag};
use crate::shell::{Exit, Failure, Outcome, Shell};
use crate::story;
use potline::account::{FIGURES, Kpi};
use potline::control::Strategy;
use potline::files::{self, Validate};
use potline::trial::Scenario;
use potline::trial::bench::{Bench, Entrant, Entry, Interval, Overall, Run, SCENARIOS, Score, Summary};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Compares feed strategies on the same cells, with the same work and noise, seed by seed.
///
/// Cells differ from what their controllers are told. Shown are means over seeds with 95 % intervals,
/// the worst cell, and the difference to the first strategy under the same seeds.
///
/// Example: potline trial --scenarios S1 --strategies demand-guarded,ekf --noise 1,2,3 --seeds 5
#[derive(clap::Args)]
pub struct Args {
    /// Scenarios: S0 (steady), S1 (routine operations), S3 (feeder faults), or TOML files.
    #[arg(long, value_delimiter = ',', default_value = "S1")]
    scenarios: Vec<String>,
    /// Feed strategies; the others are compared with the first.
    #[arg(long, value_delimiter = ',', default_value = "demand-guarded,ekf")]
    strategies: Vec<String>,
    /// Factors of the voltage noise; each makes a scenario of its own.
    #[arg(long, value_delimiter = ',')]
    noise: Vec<f64>,
    /// Sections simulated for each strategy, each of other cells.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    seeds: u16,
    /// First seed.
    #[arg(long, default_value_t = 11)]
    seed: u64,
    /// Cells of a section, in place of the scenario's own.
    #[arg(long)]
    cells: Option<u16>,
    /// Days, in place of the scenario's own.
    #[arg(long)]
    days: Option<f64>,
    /// Threads, one run each; the results do not depend on it. As many as there are cores by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Leaves out the score, and with it the runs of `demand` and of the oracle that it needs.
    #[arg(long)]
    no_score: bool,
    /// Folder for runs.csv (every run and cell), trial.json and trial.md.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Result {
    results: Vec<Entry>,
    overall: Vec<Overall>,
    threads: usize,
    partial: bool,
    wall_s: f64,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let bench = Bench {
        scenarios: scenarios(args)?,
        entrants: args.strategies.iter().map(|name| entrant(name)).collect::<std::result::Result<_, _>>()?,
        seeds: (args.seed..).take(usize::from(args.seeds)).collect(),
    };
    let bench = if args.no_score { bench } else { bench.scored() };
    bench.check().map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
    if let Some(folder) = &args.out {
        story::prepare(folder)?;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cores).max(1);
    let stop = interrupt_flag();
    let begin = Instant::now();
    let progress = Mutex::new(Progress::new("trial"));
    let watch = |share: f64| {
        progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner).at(share);
        !stop.load(Ordering::Relaxed)
    };
    let runs = bench.run(threads, &watch).map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
    progress.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).done();
    let partial = stop.load(Ordering::Relaxed);

    let table = bench.table(&runs);
    let overall = bench.overall(&runs);
    let text = words(&table, &overall);
    let result = Result { results: table, overall, threads, partial, wall_s: begin.elapsed().as_secs_f64() };
    if let Some(folder) = &args.out {
        write(folder, "runs.csv", &csv(&bench, &runs))?;
        let json =
            serde_json::to_string_pretty(&result).map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
        write(folder, "trial.json", &json)?;
        write(folder, "trial.md", &text)?;
    }
    shell.emit(&result, || {
        let note = if partial { ", interrupted: only the finished runs" } else { "" };
        format!("{text}\n{} runs in {:.1} s on {threads} thread(s){note}", runs.len(), result.wall_s)
    })?;
    Ok(if partial { Exit::Interrupted } else { Exit::Done })
}

fn scenarios(args: &Args) -> std::result::Result<Vec<Scenario>, Failure> {
    let mut all = Vec::new();
    for name in &args.scenarios {
        let scenario: Scenario = match SCENARIOS.iter().find(|(known, _)| known == name) {
            Some((_, text)) => files::parse(name, text).map_err(input::bad)?,
            None => input::load(Path::new(name))?,
        };
        let scenario = scenario.cut(args.cells, args.days.map(|days| days * 24.0));
        if args.noise.is_empty() {
            all.push(scenario);
            continue;
        }
        for factor in &args.noise {
            let mut noisy = scenario.clone();
            noisy.plant.noise_factor *= factor;
            noisy.name = format!("{} noise x{factor}", noisy.name);
            all.push(noisy);
        }
    }
    // What the options changed is judged as a file would be.
    let wrong =
        all.iter().flat_map(|scenario| scenario.problems().into_iter().map(move |issue| (scenario, issue)));
    let wrong: Vec<String> = wrong
        .map(|(scenario, issue)| format!("{}: {}: {}", scenario.name, issue.field, issue.message))
        .collect();
    if wrong.is_empty() { Ok(all) } else { Err(Failure::new(Exit::BadInput, wrong.join("\n"))) }
}

/// The names are those of the settings file, told by its own reader.
fn entrant(name: &str) -> std::result::Result<Entrant, Failure> {
    if name == "oracle" {
        return Ok(Entrant::oracle());
    }
    let strategy: Strategy = serde_json::from_value(serde_json::Value::from(name))
        .map_err(|e| Failure::new(Exit::BadInput, format!("--strategies: {e}")))?;
    Ok(Entrant::feed(name, strategy))
}

fn write(folder: &Path, name: &str, text: &str) -> std::result::Result<(), Failure> {
    files::write_atomic(&folder.join(name), text.as_bytes()).map_err(|e| story::cannot(&e))
}

/// The figures people ask for first; all of them are in the JSON.
const SHOWN: [(&str, &str, usize); 11] = [
    ("alumina_pct_mean", "alumina, mean, wt %", 2),
    ("alumina_pct_sigma", "alumina, sigma, wt %", 3),
    ("alumina_estimate_coverage", "truth in 95 % interval of the estimate, share", 3),
    ("ae_per_pot_day", "anode effects per pot-day", 3),
    ("beam_moves_per_pot_day", "beam moves per pot-day", 1),
    ("alarms_per_pot_day", "alarms per pot-day", 2),
    ("dc_kwh_per_t", "DC energy, kWh/t", 0),
    ("current_efficiency", "current efficiency", 4),
    ("bath_temperature_c_sigma", "bath temperature, sigma, K", 2),
    ("superheat_outside_share", "superheat out of 4 to 14 K, share", 4),
    ("safety_gate_failures", "safety gates failed", 0),
];

/// One table per scenario, in Markdown, which a terminal shows well enough.
fn words(table: &[Entry], overall: &[Overall]) -> String {
    let mut text = scores(table, overall);
    let mut scenario = "";
    for entry in table {
        if entry.scenario != scenario {
            scenario = &entry.scenario;
            let group: Vec<&Entry> = table.iter().filter(|e| e.scenario == scenario).collect();
            section(&mut text, &group);
        }
    }
    text
}

/// The scores of every strategy: of all scenarios, and of each.
fn scores(table: &[Entry], overall: &[Overall]) -> String {
    let mut text = String::new();
    if overall.iter().all(|entry| entry.score.is_none()) {
        return text;
    }
    let strategies = || overall.iter().map(|entry| entry.strategy.as_str());
    let _ = writeln!(text, "## Scores: demand 0, oracle 100, mean over seeds ± 95 % interval\n");
    let _ = writeln!(text, "| {:<12} | {} |", "scenario", strategies().collect::<Vec<_>>().join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(overall.len()));
    let shown = |score: &Option<Score>, passed: bool| {
        let gates = if passed { "" } else { " (gates failed)" };
        score.as_ref().map_or("–".into(), |score| format!("{}{gates}", with_error(&score.total, 0)))
    };
    let mut row = |name: &str, cells: Vec<String>| {
        let _ = writeln!(text, "| {name:<12} | {} |", cells.join(" | "));
    };
    row("all", overall.iter().map(|entry| shown(&entry.score, entry.passed)).collect());
    let mut scenarios: Vec<&str> = table.iter().map(|entry| entry.scenario.as_str()).collect();
    scenarios.dedup();
    for scenario in scenarios {
        let of = |strategy| table.iter().find(|e| e.scenario == scenario && e.strategy == strategy);
        let cell = |strategy| of(strategy).map_or("–".into(), |entry| shown(&entry.score, entry.passed));
        row(scenario, strategies().map(cell).collect());
    }
    text.push('\n');
    text
}

fn with_error(interval: &Interval, digits: usize) -> String {
    let error = interval.ci95.map_or(String::new(), |half| format!(" ± {half:.digits$}"));
    format!("{:.digits$}{error}", interval.mean)
}

fn section(text: &mut String, group: &[&Entry]) {
    let Some(first) = group.first() else { return };
    let runs = first.seeds.len();
    let _ = writeln!(
        text,
        "## {}: {runs} seed(s), {:.0} pot-days each\n\nMean over seeds of the section ± 95 % interval | \
         mean of the cells' own figures | worst cell; Δ: against {} under the same seeds.\n",
        first.scenario, first.pot_days, first.strategy
    );
    let _ = write!(text, "| {:<45} |", "figure");
    group.iter().for_each(|entry| {
        let _ = write!(text, " {:<44} |", entry.strategy);
    });
    let _ = write!(text, "\n|{}|", "-".repeat(47));
    group.iter().for_each(|_| {
        let _ = write!(text, "{}|", "-".repeat(46));
    });
    text.push('\n');
    for (name, label, digits) in SHOWN {
        let _ = write!(text, "| {label:<45} |");
        for entry in group {
            let shown = entry.kpi.get(name).map_or("–".into(), |summary| cell(summary, digits));
            let _ = write!(text, " {shown:<44} |");
        }
        text.push('\n');
    }
    for entry in group.iter().filter(|entry| !entry.gates_failed.is_empty()) {
        let _ = writeln!(text, "\n{}: gates failed: {:?}", entry.strategy, entry.gates_failed);
    }
    text.push('\n');
}

fn cell(summary: &Summary, digits: usize) -> String {
    let mut text = with_error(&summary.section, digits);
    if let Some(own) = summary.cell {
        let _ = write!(text, "; {:.digits$}", own.mean);
    }
    if let Some(worst) = summary.worst_cell {
        let _ = write!(text, "; {worst:.digits$}");
    }
    if let Some(difference) = summary.difference {
        let _ = write!(
            text,
            "; Δ {}{}",
            if difference.mean < 0.0 { "" } else { "+" },
            with_error(&difference, digits)
        );
    }
    text
}

/// Every run, the section first and then its cells.
fn csv(bench: &Bench, runs: &[Run]) -> String {
    let mut text = String::from("scenario,strategy,seed,cell");
    FIGURES.iter().for_each(|figure| {
        let _ = write!(text, ",{}", figure.name);
    });
    text.push('\n');
    for run in runs {
        let [scenario, entrant, seed] = run.place;
        let mut row = |cell: &str, kpi: &Kpi| {
            let (scenario, strategy) = (&bench.scenarios[scenario].name, bench.entrants[entrant].name());
            let _ = write!(text, "{scenario},{strategy},{},{cell}", bench.seeds[seed]);
            for figure in FIGURES {
                // What is not known stays empty.
                let value = (figure.value)(kpi).map_or(String::new(), |value| value.to_string());
                let _ = write!(text, ",{value}");
            }
            text.push('\n');
        };
        row("all", &run.kpi);
        for (index, kpi) in run.cells.iter().enumerate() {
            row(&(index + 1).to_string(), kpi);
        }
    }
    text
}

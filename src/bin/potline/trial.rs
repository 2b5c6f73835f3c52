//! `potline trial`: strategies on the same cells, seed by seed.

mod csv;
mod entrants;
mod finished;
mod page;
mod picture;
mod text;

use crate::input;
use crate::progress::{Progress, interrupt_flag};
use crate::shell::{Exit, Failure, Outcome, Shell};
use crate::story;
use finished::{Finished, Question};
use potline::files::{self, Validate};
use potline::trial::Scenario;
use potline::trial::bench::{Bench, Entry, Overall, Run, SCENARIOS, Shard};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Compares feed strategies on the same cells, with the same work and noise, seed by seed.
///
/// Cells differ from what their controllers are told. Shown are a score between `demand` (0) and an
/// oracle that sees the truth (100), means over seeds with 95 % intervals, the worst cell, and the
/// difference to the first strategy under the same seeds.
///
/// Examples:
///   potline trial --out results
///   potline trial --scenarios S1 --strategies demand-guarded,ekf --noise 1,2,3 --seeds 5
///   potline trial --shard 2/8 --out part2    and then    potline trial --merge part1,part2 --out all
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Scenarios of the library (docs/benchmark.md), or TOML files. S0 to S16 by default.
    #[arg(long, value_delimiter = ',')]
    scenarios: Vec<String>,
    /// Strategies; the others are compared with the first.
    #[arg(long, value_delimiter = ',', default_value = "demand,demand-guarded,ekf")]
    strategies: Vec<String>,
    /// Factors of the voltage noise; each makes a scenario of its own.
    #[arg(long, value_delimiter = ',')]
    noise: Vec<f64>,
    /// Sections simulated for each strategy, each of other cells.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    seeds: u16,
    /// First seed. Those from 2001 on score; everything that was tuned was tuned on others.
    #[arg(long, default_value_t = 2001)]
    seed: u64,
    /// Cells of a section; 4 for the scenarios of the library, a file's own otherwise.
    #[arg(long)]
    cells: Option<u16>,
    /// Days; 3 for the scenarios of the library, a file's own otherwise.
    #[arg(long)]
    days: Option<f64>,
    /// Threads, one run each; the results do not depend on it. As many as there are cores by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Leaves out the score, and with it the runs of `demand` and of the oracle that it needs.
    #[arg(long)]
    no_score: bool,
    /// Searches the grid of both baselines in place of `--strategies`; give it seeds that are not scored.
    #[arg(long)]
    grid: bool,
    /// Only every N-th run, beginning with number I: `I/N`. Put together again with --merge.
    #[arg(long, value_parser = shard, requires = "out", value_name = "I/N")]
    shard: Option<Shard>,
    /// Runs nothing: puts the runs of these folders together.
    #[arg(long, value_delimiter = ',', value_name = "DIR",
          conflicts_with_all = ["shard", "grid", "scenarios", "noise", "cells", "days"])]
    merge: Vec<PathBuf>,
    /// Folder for runs.json, runs.csv (every run and cell; also runs.parquet if built with it), trial.json, trial.md and report.html. What it
    /// holds of an interrupted benchmark is not run again.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Renews the results in this document, between its markers.
    #[arg(long)]
    page: Option<PathBuf>,
}

#[derive(Serialize)]
struct Result {
    results: Vec<Entry>,
    overall: Vec<Overall>,
    threads: usize,
    partial: bool,
    cell_days_per_s: f64,
    wall_s: f64,
}

/// Runs are written down this often, and at the end.
const SAVE: Duration = Duration::from_secs(10);
/// Section and length of the library's scenarios, unless the command says otherwise \[h\].
const CELLS: u16 = 4;
const HOURS: f64 = 72.0;

pub fn run(args: &Args, shell: Shell) -> Outcome {
    if let Some(folder) = &args.out {
        story::prepare(folder)?;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cores).max(1);
    let begin = Instant::now();
    let (bench, runs, partial, new) = if args.merge.is_empty() {
        let bench = asked(args)?;
        let (runs, partial, new) = answer(args, &bench, threads)?;
        (bench, runs, partial, new)
    } else {
        let (bench, runs) = merged(&args.merge)?;
        let partial = runs.len() < bench.len();
        (bench, runs, partial, 0.0)
    };
    let wall_s = begin.elapsed().as_secs_f64();
    let (results, overall) = (bench.table(&runs), bench.overall(&runs));
    let text = if args.grid { text::ranking(&overall) } else { text::words(&results, &overall) };
    let result = Result { results, overall, threads, partial, cell_days_per_s: new / wall_s, wall_s };
    if let Some(folder) = &args.out {
        write(folder, "runs.csv", &csv::csv(&bench, &runs))?;
        #[cfg(feature = "parquet")]
        bench.write_parquet(&folder.join("runs.parquet"), &runs).map_err(|e| story::cannot(&e))?;
        let json = serde_json::to_string_pretty(&result).map_err(|e| story::cannot(&e))?;
        write(folder, "trial.json", &json)?;
        write(folder, "trial.md", &text)?;
        if !partial {
            picture::write(folder, &bench, &runs)?;
        }
    }
    if let Some(path) = &args.page {
        page::renew(path, &format!("{}\n{text}", text::criteria()))?;
    }
    shell.emit(&result, || {
        let note = if partial { "; not all runs are there" } else { "" };
        format!(
            "{text}\n{} runs in {wall_s:.1} s on {threads} thread(s), {:.2} cell-days per second{note}",
            runs.len(),
            result.cell_days_per_s
        )
    })?;
    Ok(if partial && args.shard.is_none() { Exit::Interrupted } else { Exit::Done })
}

/// What the options ask for.
fn asked(args: &Args) -> std::result::Result<Bench, Failure> {
    let names = if args.grid { entrants::grid() } else { args.strategies.clone() };
    let bench = Bench {
        scenarios: scenarios(args)?,
        entrants: names.iter().map(|name| entrants::named(name)).collect::<std::result::Result<_, _>>()?,
        seeds: (args.seed..).take(usize::from(args.seeds)).collect(),
    };
    let bench = if args.no_score { bench } else { bench.scored() };
    bench.check().map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
    Ok(bench)
}

fn question(bench: &Bench) -> Question {
    let names = bench.entrants.iter().map(|entrant| entrant.name().to_owned()).collect();
    Question::new(&bench.scenarios, names, &bench.seeds)
}

/// Runs what is not done yet, and keeps what is. Returns the runs, whether any are missing, and the time
/// that was simulated \[pot d\].
fn answer(args: &Args, bench: &Bench, threads: usize) -> std::result::Result<(Vec<Run>, bool, f64), Failure> {
    let question = question(bench);
    let done = match &args.out {
        Some(folder) => Finished::read(folder)?.map(|found| found.answers(&question, folder).map(|()| found)),
        None => None,
    };
    let done = done.transpose()?.map_or_else(Vec::new, |found| found.runs);
    if !done.is_empty() {
        eprintln!("potline: {} runs are done already", done.len());
    }
    let stop = interrupt_flag();
    let progress = Mutex::new(Progress::new("trial"));
    let watch = |share: f64| {
        progress.lock().unwrap_or_else(PoisonError::into_inner).at(share);
        !stop.load(Ordering::Relaxed)
    };
    // Runs so far, and when they were last written down.
    let kept = Mutex::new((done.clone(), Instant::now()));
    let keep = |run: &Run| {
        let Some(folder) = &args.out else { return };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0.push(run.clone());
        if kept.1.elapsed() >= SAVE {
            kept.1 = Instant::now();
            // A disk that is full now may not be at the end, where it is an error.
            if let Err(e) = Finished::new(question.clone(), kept.0.clone()).and_then(|f| f.write(folder)) {
                eprintln!("potline: {}", e.message);
            }
        }
    };
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let runs = bench
        .resume(&done, shard, threads, &watch, &keep)
        .map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
    progress.into_inner().unwrap_or_else(PoisonError::into_inner).done();
    if let Some(folder) = &args.out {
        Finished::new(question, runs.clone())?.write(folder)?;
    }
    let new = runs.len() - done.len();
    let simulated = new as f64 / bench.len().max(1) as f64 * bench.pot_days();
    let partial = runs.len() < bench.len();
    Ok((runs, partial, simulated))
}

/// The runs of all `folders`, which must be of one benchmark.
fn merged(folders: &[PathBuf]) -> std::result::Result<(Bench, Vec<Run>), Failure> {
    let mut all: Option<Finished> = None;
    for folder in folders {
        let Some(found) = Finished::read(folder)? else {
            let text = format!(
                "{}: no {} there\n  remedy: name folders that --out or --shard wrote",
                folder.display(),
                finished::NAME
            );
            return Err(Failure::new(Exit::BadInput, text));
        };
        match &mut all {
            None => all = Some(found),
            Some(all) => {
                found.answers(&all.question, folder)?;
                all.runs.extend(found.runs);
            }
        }
    }
    let Some(Finished { question, mut runs, .. }) = all else {
        return Err(story::cannot(&"--merge: no folder"));
    };
    let bench = Bench {
        entrants: question
            .strategies
            .iter()
            .map(|name| entrants::named(name))
            .collect::<std::result::Result<_, _>>()?,
        scenarios: question.scenarios,
        seeds: question.seeds,
    };
    runs.sort_by_key(|run| run.place);
    runs.dedup_by_key(|run| run.place);
    Ok((bench, runs))
}

fn shard(text: &str) -> std::result::Result<Shard, String> {
    let wrong = || format!("{text}: give I/N with 1 <= I <= N, as in 2/8");
    let (number, of) = text.split_once('/').ok_or_else(wrong)?;
    let (number, of) = (number.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
    if (1..=of).contains(&number) { Ok(Shard { number, of }) } else { Err(wrong()) }
}

fn scenarios(args: &Args) -> std::result::Result<Vec<Scenario>, Failure> {
    let mut all = Vec::new();
    let names: Vec<&str> = if args.scenarios.is_empty() {
        // The others are no part of the benchmark.
        SCENARIOS.iter().map(|(name, _)| *name).filter(|name| name.starts_with('S')).collect()
    } else {
        args.scenarios.iter().map(String::as_str).collect()
    };
    for name in names {
        let (scenario, cells, hours): (Scenario, _, _) =
            match SCENARIOS.iter().find(|(known, _)| *known == name) {
                Some((_, text)) => (files::parse(name, text).map_err(input::bad)?, CELLS, HOURS),
                None => {
                    let scenario: Scenario = input::load(Path::new(name))?;
                    let (cells, hours) = (scenario.cells, scenario.hours);
                    (scenario, cells, hours)
                }
            };
        let hours = args.days.map_or(hours, |days| days * 24.0);
        let scenario = scenario.cut(Some(args.cells.unwrap_or(cells)), Some(hours));
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

fn write(folder: &Path, name: &str, text: &str) -> std::result::Result<(), Failure> {
    files::write_atomic(&folder.join(name), text.as_bytes()).map_err(|e| story::cannot(&e))
}

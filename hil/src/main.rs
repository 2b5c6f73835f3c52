//! The rig: control stack and PLC driver against PLCs, faults and a whole line, with figures.
//!
//! ```text
//! cargo run --release -p potline-hil -- --tier 0
//! ```
//!
//! Exit 0: every check holds. 1: one does not. 2: wrong arguments. 77: the tier could not run here, which
//! is never a pass; with `CI=true` it is a failure.

mod conformance;
mod dice;
mod master;
mod proxy;
mod realtime;
mod report;
mod service;
mod tier0;
mod tier1;
mod tier2;

use clap::{Parser, Subcommand};
use report::Outcome;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a tier is asked to do.
#[derive(Debug, Clone, clap::Args)]
struct Options {
    /// 0: in-process PLCs and the fault proxy; 1: foreign soft PLC and stacks; 2: `ClassicLadder`
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=2), default_value_t = 0)]
    tier: u8,
    /// Print the result as JSON on standard output; the steps go to standard error
    #[arg(long)]
    json: bool,
    /// Where result.json and report.html are put
    #[arg(long, value_name = "DIR", default_value = "target/hil")]
    out: PathBuf,
    /// Seed of every random choice
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Fewer repetitions: about a minute instead of several
    #[arg(long)]
    quick: bool,
    /// Only this part of tier 0; a pass then speaks of it alone
    #[arg(long, value_enum)]
    part: Option<tier0::Part>,
    /// Scans of the part `realtime` without waiting; a million unless it is quick or one part of many
    #[arg(long)]
    cycles: Option<u64>,
    /// Length of the part `realtime` by the clock [min]; ten unless it is quick or one part of many
    #[arg(long)]
    minutes: Option<f64>,
}

/// Hardware-in-the-loop rig for potline
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The differential script of tier 0 in this build, as JSON
    Differential,
    /// A line of emulated PLCs for the line test, told by standard input what to do
    #[command(hide = true)]
    Serve {
        /// PLCs
        count: u16,
    },
    /// The real-time service at wall speed on emulated PLCs: does it keep its deadlines?
    Service {
        /// Cells
        #[arg(default_value_t = 12)]
        cells: u16,
        /// Duration [s]
        #[arg(default_value_t = 10.0)]
        seconds: f64,
        /// Scan period [ms]
        #[arg(default_value_t = 100.0)]
        period_ms: f64,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Service { cells, seconds, period_ms }) => service::main(cells, seconds, period_ms),
        Some(Command::Differential) => differential(),
        Some(Command::Serve { count }) => match tier0::serve(count) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("potline-hil: {error}");
                ExitCode::FAILURE
            }
        },
        None => tier(&arguments.options),
    }
}

fn differential() -> ExitCode {
    let rows = tier0::differential::script();
    match rows.and_then(|rows| Ok(serde_json::to_string(&rows)?)) {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("potline-hil: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tier(options: &Options) -> ExitCode {
    let result = match options.tier {
        1 => tier1::run(options),
        2 => tier2::run(options),
        _ => tier0::run(options),
    };
    let written = report::write(options, &result);
    if let Err(error) = &written {
        eprintln!("potline-hil: {error}");
    }
    match (result.outcome(), written) {
        (Outcome::Passed, Ok(())) => ExitCode::SUCCESS,
        (Outcome::NotRun, Ok(())) if !on_ci() => ExitCode::from(77),
        _ => ExitCode::FAILURE,
    }
}

/// On CI a tier that cannot run is a failure.
fn on_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

//! The `potline` command.

mod demo;
mod plant;
mod progress;
mod properties;
mod shell;
mod story;
mod table;
mod voltage;
mod words;

use clap::{Parser, Subcommand};
use shell::{Shell, finish};
use std::process::ExitCode;

/// Real-time control and simulation of 500 kA aluminium reduction cells.
///
/// Data go to stdout, everything for people to stderr. Exit codes: 0 done, 1 a gate failed,
/// 2 wrong usage, 69 device unreachable, 78 bad configuration or input, 130 interrupted.
#[derive(Parser)]
#[command(name = "potline", version, max_term_width = 100, propagate_version = true)]
struct Cli {
    /// Print exactly one JSON object on stdout.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Args),
    Properties(properties::Args),
    Voltage(voltage::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let shell = Shell { json: cli.json };
    finish(match cli.command {
        Command::Demo(args) => demo::run(&args, shell),
        Command::Properties(args) => properties::run(&args, shell),
        Command::Voltage(args) => voltage::run(&args, shell),
    })
}

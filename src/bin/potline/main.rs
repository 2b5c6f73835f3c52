//! The `potline` command.

mod check;
mod control;
mod csv;
mod daily;
mod demo;
mod input;
mod ledger;
mod map;
mod norms;
mod plan;
mod plant;
mod plc;
mod progress;
mod properties;
mod reconcile;
mod replay;
mod shell;
mod simulate;
mod speed;
mod story;
mod table;
mod trial;
mod tune;
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
    Simulate(simulate::Args),
    Trial(trial::Args),
    Tune(tune::Args),
    Plan(plan::Args),
    Control(control::Args),
    Plc(plc::Args),
    Map(map::Args),
    Check(check::Args),
    Schema(check::SchemaArgs),
    Properties(properties::Args),
    Voltage(voltage::Args),
    Replay(replay::Args),
    Norms(Box<norms::Args>),
    Daily(daily::Args),
    Ledger(ledger::Args),
    Reconcile(reconcile::Args),
    Speed(speed::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let shell = Shell { json: cli.json };
    finish(match cli.command {
        Command::Demo(args) => demo::run(&args, shell),
        Command::Simulate(args) => simulate::run(&args, shell),
        Command::Trial(args) => trial::run(&args, shell),
        Command::Tune(args) => tune::run(&args, shell),
        Command::Plan(args) => plan::run(&args, shell),
        Command::Control(args) => control::run(&args, shell),
        Command::Plc(args) => plc::run(&args, shell),
        Command::Map(args) => map::run(&args, shell),
        Command::Check(args) => check::run(&args, shell),
        Command::Schema(args) => check::schema(&args),
        Command::Properties(args) => properties::run(&args, shell),
        Command::Voltage(args) => voltage::run(&args, shell),
        Command::Replay(args) => replay::run(&args, shell),
        Command::Norms(args) => norms::run(&args, shell),
        Command::Daily(args) => daily::run(&args, shell),
        Command::Ledger(args) => ledger::run(&args, shell),
        Command::Reconcile(args) => reconcile::run(&args, shell),
        Command::Speed(args) => speed::run(&args, shell),
    })
}

//! `potline plc`: emulated PLCs with simulated cells behind them, until stopped.

use crate::input;
use crate::plant::{Plant, layout};
use crate::progress::interrupt_flag;
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::trial::Scenario;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Emulates pot-controller PLCs on Modbus TCP, loopback only, with a simulated cell behind each.
///
/// The first line of the output names the endpoints; a matching control configuration can be written
/// with --write-config. Example: potline plc --cells 4 --port 5020 --write-config control.toml
#[derive(clap::Args)]
pub struct Args {
    /// Scenario file: cells, plant, events. Its controller settings are not used.
    #[arg(long, conflicts_with = "cells")]
    config: Option<PathBuf>,
    /// Cells, 1–200.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=200))]
    cells: u16,
    /// First port; one port per PLC. 0 takes any free ports.
    #[arg(long, default_value_t = 5020)]
    port: u16,
    /// Simulated seconds per second, 0.1–1000.
    #[arg(long, default_value_t = 1.0)]
    speedup: f64,
    /// Seed in place of the scenario's own.
    #[arg(long)]
    seed: Option<u64>,
    /// Writes a configuration for `potline control` that fits.
    #[arg(long)]
    write_config: Option<PathBuf>,
}

#[derive(Serialize)]
struct Started {
    endpoints: Vec<String>,
    speedup: f64,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    if !(0.1..=1_000.0).contains(&args.speedup) {
        return Err(Failure::new(Exit::Usage, format!("--speedup {} is outside 0.1 to 1000", args.speedup)));
    }
    let mut scenario = match &args.config {
        Some(path) => input::load::<Scenario>(path)?,
        None => Scenario { cells: args.cells, ..Scenario::default() },
    };
    // Runs until stopped: the routine goes on for ten years.
    scenario.hours = 24.0 * 3_650.0;
    let stop = interrupt_flag();
    let mut plant =
        Plant::start(&scenario.setup(args.seed.unwrap_or(scenario.seed)), &layout(None)?, args.port)?;
    let endpoints: Vec<String> = plant.bank.addresses().iter().map(|a| format!("tcp://{a}")).collect();
    if let Some(path) = &args.write_config {
        let mut text = format!("version = 1\nperiod_ms = {}\n", (1_000.0 / args.speedup).max(10.0));
        for (index, endpoint) in endpoints.iter().enumerate() {
            text += &format!("\n[[plc]]\ncell = {}\nendpoint = \"{endpoint}\"\n", index + 1);
        }
        potline::files::write_atomic(path, text.as_bytes())
            .map_err(|e| Failure::new(Exit::BadInput, e.to_string()))?;
    }
    shell.emit(&Started { endpoints: endpoints.clone(), speedup: args.speedup }, || endpoints.join(" "))?;

    let step = Duration::from_secs_f64(1.0 / args.speedup);
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        plant.advance()?;
        due += step;
        if due.elapsed() > Duration::from_secs(1) {
            // This machine cannot keep the pace: go on from here rather than rush.
            due = Instant::now();
        }
        // In short naps, so that Ctrl-C is heard at any speed.
        while let Some(left) = due.checked_duration_since(Instant::now())
            && !stop.load(Ordering::Relaxed)
        {
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
    Ok(Exit::Interrupted)
}

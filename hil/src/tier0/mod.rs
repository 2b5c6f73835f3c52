//! Tier 0: our emulated PLCs with simulated cells, every fault a network can have, and a whole line.

mod bare;
mod cases;
mod client;
mod commands;
pub mod differential;
mod faults;
mod ledger;
mod line;
mod monitor;
mod peer;
mod poll;
mod rtu;
mod serve;
mod slave;
mod station;
mod truth;
mod watchdog;

pub use serve::serve;

use crate::Options;
use crate::report::TierResult;
use std::error::Error;
use std::time::Duration;

/// Time-out of every client under test, and what scales the proxy's pauses. Short, so that a fault costs
/// little: one scan of the controller lasts [`station::PACE`] and stands for one second.
const TIMEOUT: Duration = Duration::from_millis(20);

pub fn run(options: &Options) -> TierResult {
    let mut result = TierResult::new(0);
    parts(options, &mut result);
    result.finish();
    result
}

/// What tier 0 consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The script of wicked peers, beside bare tokio-modbus
    Differential,
    /// Every fault of the proxy, one by one
    Faults,
    /// Thousands of commands through all faults
    Commands,
    /// The controller falls silent
    Watchdog,
    /// A serial line with noise
    Rtu,
    /// 300 PLCs at wall speed
    Line,
    /// 300 controllers ten times a second: work, lateness, memory
    Realtime,
}

type Run = fn(&Options, &mut TierResult) -> Result<(), Box<dyn Error>>;

fn parts(options: &Options, result: &mut TierResult) {
    let parts: [(Part, Run); 7] = [
        (Part::Differential, differential::run),
        (Part::Faults, faults::run),
        (Part::Commands, commands::run),
        (Part::Watchdog, watchdog::run),
        (Part::Rtu, rtu::run),
        (Part::Line, line::run),
        (Part::Realtime, crate::realtime::run),
    ];
    for (part, run) in parts {
        if options.part.is_none_or(|only| only == part)
            && let Err(error) = run(options, result)
        {
            result.check(&format!("{part:?} came to its end"), error.to_string(), "no error", false);
        }
    }
    if let Some(part) = options.part {
        result.note(format!("only a part was run: {part:?}"));
    }
}

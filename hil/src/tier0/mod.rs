//! Tier 0: our emulated PLCs with simulated cells, every fault a network can have, and a whole line.

mod bare;
mod client;
mod commands;
mod faults;
mod monitor;
mod station;
mod truth;
mod watchdog;

use crate::Options;
use crate::report::TierResult;
use std::error::Error;
use std::time::Duration;

/// Time-out of every client under test, and what scales the proxy's pauses. Short, so that a fault costs
/// little: one scan of the controller lasts [`station::PACE`] and stands for one second.
const TIMEOUT: Duration = Duration::from_millis(20);

pub fn run(options: &Options) -> TierResult {
    let mut result = TierResult::new(0);
    if let Err(error) = parts(options, &mut result) {
        result.check("the rig itself", error.to_string(), "no error", false);
    }
    result.finish();
    result
}

fn parts(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    faults::run(options, result)?;
    commands::run(options, result)?;
    watchdog::run(options, result)?;
    Ok(())
}

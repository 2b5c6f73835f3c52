//! Tier 1: PLC logic and Modbus stacks that we did not write, each in a process of its own.

mod closed;
mod fuzz;
mod limits;
mod pair;
mod peers;
mod process;
mod provision;
mod soft_plc;
mod twin;

use crate::Options;
use crate::conformance;
use crate::report::TierResult;
use potline::plc::{Layout, RegisterMap};
use provision::Tools;
use std::sync::Arc;

pub fn run(options: &Options) -> TierResult {
    let mut result = TierResult::new(1);
    let layout = match RegisterMap::pot500().and_then(|map| map.compile()) {
        Ok(layout) => Arc::new(layout),
        Err(error) => return TierResult::not_run(1, &error.to_string()),
    };
    let tools = match Tools::provide(&result) {
        Ok(tools) => tools,
        Err(error) => return TierResult::not_run(1, &error),
    };
    everything(&mut result, options, &tools, &layout);
    result.finish();
    result
}

fn everything(result: &mut TierResult, options: &Options, tools: &Tools, layout: &Arc<Layout>) {
    conformance::judge_ours(result);
    peers::servers(result, tools, layout);
    peers::clients(result, tools, layout);
    fuzz::run(result, tools, layout, if options.quick { 30 } else { 90 });
    twin::compare(result, tools, layout, options.seed, if options.quick { 300 } else { 1_000 });
    twin::mutants(result, tools, layout, options.seed);
    limits::independent(result, tools, layout);
    limits::wall(result, tools, layout, if options.quick { 5 } else { 20 });
    let size = if options.quick { (1, 1.0) } else { (2, 24.0) };
    closed::compare(result, tools, layout, options.seed, size);
}

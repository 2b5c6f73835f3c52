//! Tier 1.

use crate::Options;
use crate::report::TierResult;

pub fn run(_options: &Options) -> TierResult {
    TierResult::not_run(1, "not built yet")
}

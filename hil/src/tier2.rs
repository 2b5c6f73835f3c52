//! Tier 2.

use crate::Options;
use crate::report::TierResult;

pub fn run(_options: &Options) -> TierResult {
    TierResult::not_run(2, "not built yet")
}

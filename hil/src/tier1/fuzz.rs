//! boofuzz against our server, for a bounded time.

use super::peers::bank;
use super::process::last_line;
use super::provision::{Tools, here};
use crate::report::TierResult;
use potline::plc::Layout;
use serde::Deserialize;
use std::sync::Arc;

/// Most that this process may grow meanwhile \[KiB\]. Buffers are bounded per connection; what remains is
/// the allocator's.
const GROWTH_KIB: u64 = 4 * 1_024;

#[derive(Deserialize)]
struct Found {
    cases: u64,
    lost: u64,
}

/// Resident memory of this process \[KiB\].
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

pub fn run(result: &mut TierResult, tools: &Tools, layout: &Arc<Layout>, seconds: u64) {
    result.step(&format!("boofuzz against our server for {seconds} s"));
    let fuzz = || {
        let bank = bank(layout)?;
        let folder = here("../target/boofuzz");
        std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let mut command = tools.script("fuzz.py");
        let port = bank.addresses()[0].port();
        command.args([port.to_string(), seconds.to_string()]).arg(&folder);
        let before = resident();
        let line = last_line(&mut command)?;
        let after = resident();
        let found: Found = serde_json::from_str(&line).map_err(|e| format!("{e}: {line}"))?;
        Ok::<_, String>((found, before, after))
    };
    let name = "boofuzz: honest reads unanswered";
    match fuzz() {
        Ok((Found { cases, lost }, before, after)) => {
            result.check(name, format!("{lost} during {cases} cases"), "0, over 500 cases", {
                lost == 0 && cases > 500
            });
            match before.zip(after) {
                Some((before, after)) => {
                    let growth = after.saturating_sub(before);
                    let found = format!("{growth} KiB on {before} KiB");
                    let limit = format!("at most {GROWTH_KIB} KiB");
                    result.check("boofuzz: growth of memory", found, limit, growth <= GROWTH_KIB);
                }
                None => result.note("boofuzz: memory not measured: no /proc/self/status"),
            }
        }
        Err(error) => result.check(name, error, "0", false),
    }
}

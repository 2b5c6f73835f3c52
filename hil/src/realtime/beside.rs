//! `cyclictest` of rt-tests beside the run: how late this system wakes a program that does nothing else.

use crate::report::{Table, TierResult};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Beside(Option<Child>);

/// Starts it for so long, or says why not.
pub fn start(length: Duration, result: &mut TierResult) -> Beside {
    let child = Command::new("cyclictest")
        .args(["--quiet", "--mlockall", "--threads=1", "--priority=80", "--interval=10000"])
        .arg(format!("--duration={}", length.as_secs().max(1)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    if let Err(error) = &child {
        result.note(format!("cyclictest did not run beside it: {error} (package rt-tests)"));
    }
    Beside(child.ok())
}

impl Beside {
    pub fn report(self, result: &mut TierResult) {
        let Some(child) = self.0 else { return };
        let output = child.wait_with_output();
        let text = output.map(|o| [o.stdout, o.stderr].concat()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let Some(found) = Latency::parse(&text) else {
            result.note(format!("cyclictest said nothing of use: {}", text.trim().replace('\n', "; ")));
            return;
        };
        let Latency { least, mean, most, count } = found;
        let mut table = Table::new(
            "cyclictest beside it: wake-up of a thread every 10 ms, SCHED_FIFO 80",
            &["µs", "samples", "min", "mean", "max"],
        );
        table.row([
            "lateness".into(),
            count.to_string(),
            least.to_string(),
            mean.to_string(),
            most.to_string(),
        ]);
        result.table(table);
    }
}

/// The summary of one thread [µs].
#[derive(Debug, PartialEq)]
struct Latency {
    count: u64,
    least: u64,
    mean: u64,
    most: u64,
}

impl Latency {
    /// From `T: 0 (  123) P:80 I:10000 C:    600 Min:      3 Act:    9 Avg:    8 Max:      52`.
    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find(|line| line.starts_with("T: 0"))?;
        let after = |label: &str| line.split_once(label)?.1.split_whitespace().next()?.parse().ok();
        Some(Self { count: after("C:")?, least: after("Min:")?, mean: after("Avg:")?, most: after("Max:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_read_and_anything_else_is_not() {
        let line = "# /dev/cpu_dma_latency set to 0us\nT: 0 ( 2123) P:80 I:10000 C:    599 Min:      3 Act:    9 Avg:    8 Max:      52\n";
        let read = Latency { count: 599, least: 3, mean: 8, most: 52 };
        assert_eq!(Latency::parse(line), Some(read));
        assert_eq!(Latency::parse("FATAL: Unable to change scheduling policy"), None);
    }
}

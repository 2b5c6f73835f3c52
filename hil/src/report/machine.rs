//! On what the figures were taken: a number from a busy machine is another number.

use serde::Serialize;
use std::fs::read_to_string;

/// State of the machine at one moment; `None` where the system does not tell.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Machine {
    pub kernel: Option<String>,
    pub cpu: Option<String>,
    pub cores: usize,
    /// Load average over one minute.
    pub load: Option<f64>,
    /// Time all cores together were busy for anybody, since boot \[s\].
    pub busy_s: Option<f64>,
    /// Time the hypervisor kept from all cores together, since boot \[s\].
    pub steal_s: Option<f64>,
}

/// Ticks of `/proc/stat` and `/proc/self/stat` per second (`USER_HZ`, fixed by the kernel's interface).
const TICKS: f64 = 100.0;

impl Machine {
    pub fn now() -> Self {
        let stat = read_to_string("/proc/stat").unwrap_or_default();
        // cpu user nice system idle iowait irq softirq steal
        let columns: Vec<f64> = stat
            .lines()
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(1)
            .map_while(|word| word.parse().ok())
            .collect();
        let seconds = |indices: &[usize]| {
            indices.iter().map(|&index| columns.get(index).copied()).sum::<Option<f64>>().map(|t| t / TICKS)
        };
        let first = |path: &str| read_to_string(path).ok().map(|text| text.trim().to_owned());
        let cpu = read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        Self {
            kernel: first("/proc/sys/kernel/osrelease"),
            cpu,
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            load: first("/proc/loadavg").and_then(|text| text.split(' ').next()?.parse().ok()),
            busy_s: seconds(&[0, 1, 2, 5, 6]),
            steal_s: seconds(&[7]),
        }
    }
}

/// Processor time this process has used \[s\].
pub fn own_cpu_s() -> Option<f64> {
    let stat = read_to_string("/proc/self/stat").ok()?;
    // The command may hold blanks; the fields behind its closing bracket are numbers. User and system
    // time are fields 14 and 15 of the line, 12 and 13 behind the bracket.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

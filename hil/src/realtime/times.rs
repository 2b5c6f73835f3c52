//! What scans took, and what memory they hold.

use super::PERIOD_TIME;
use crate::report::{Spread, Table, TierResult};
use hdrhistogram::{CreationError, Histogram};
use rustix::time::{ClockId, clock_gettime};
use std::fmt;
use std::time::{Duration, Instant};

pub const COLUMNS: [&str; 7] = ["µs", "samples", "p50", "p99", "p99.9", "p99.999", "max"];

/// Durations of scans [µs].
pub struct Times {
    work: Histogram<u64>,
    processor: Histogram<u64>,
    lateness: Histogram<u64>,
    response: Histogram<u64>,
    /// Scans whose own processor time was longer than the period.
    pub own: u64,
    /// Deadlines left out because they had passed.
    pub skipped: u64,
}

impl Times {
    /// Room for everything: recording allocates nothing.
    pub fn new() -> Result<Self, CreationError> {
        let histogram = || Histogram::new_with_bounds(1, 1_000_000_000, 3);
        Ok(Self {
            work: histogram()?,
            processor: histogram()?,
            lateness: histogram()?,
            response: histogram()?,
            own: 0,
            skipped: 0,
        })
    }

    /// Times `work`, by the clock and by the processor.
    pub fn work(&mut self, work: impl FnOnce()) {
        let (begin, processor) = (Instant::now(), processor_time());
        work();
        let spent = processor_time().saturating_sub(processor);
        let took = begin.elapsed();
        record(&mut self.work, took);
        record(&mut self.processor, spent);
        self.own += u64::from(spent > PERIOD_TIME);
    }

    /// A scan begins so long after it was due.
    pub fn woke(&mut self, late: Duration) {
        record(&mut self.lateness, late);
    }

    /// A scan is done so long after it was due.
    pub fn answered(&mut self, after: Duration) {
        record(&mut self.response, after);
    }

    /// Scans that were not done a period after they were due, or after they began where none is due.
    pub fn missed(&self) -> u64 {
        let done = if self.response.is_empty() { &self.work } else { &self.response };
        done.len() - done.count_between(0, PERIOD_TIME.as_micros() as u64)
    }

    pub fn processor_p99(&self) -> Duration {
        Duration::from_micros(self.processor.value_at_quantile(0.99))
    }

    fn all(&self) -> [(&'static str, &Histogram<u64>); 4] {
        [
            ("work", &self.work),
            ("processor time of the work", &self.processor),
            ("lateness", &self.lateness),
            ("due to done", &self.response),
        ]
    }

    pub fn rows(&self, table: &mut Table) {
        for (name, histogram) in self.all().into_iter().filter(|(_, histogram)| !histogram.is_empty()) {
            let at = |quantile| histogram.value_at_quantile(quantile).to_string();
            table.row([
                name.into(),
                histogram.len().to_string(),
                at(0.5),
                at(0.99),
                at(0.999),
                at(0.999_99),
                histogram.max().to_string(),
            ]);
        }
    }

    pub fn spreads(&self, run: &str, result: &mut TierResult) {
        for (name, histogram) in self.all().into_iter().filter(|(_, histogram)| !histogram.is_empty()) {
            result.spread(Spread::new(&format!("real time, {run}: {name}"), "µs", histogram));
        }
    }
}

fn record(histogram: &mut Histogram<u64>, time: Duration) {
    histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
}

/// Processor time of this thread.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Memory in use, as the system counts it [KiB]: at the start and at most since.
pub struct Memory {
    start: Option<u64>,
    most: Option<u64>,
}

impl Memory {
    pub fn now() -> Self {
        let start = resident();
        Self { start, most: start }
    }

    pub fn look(&mut self) {
        self.most = self.most.max(resident());
    }

    pub fn growth(&self) -> Option<u64> {
        Some(self.most?.saturating_sub(self.start?))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.start, self.growth()) {
            (Some(start), Some(growth)) => {
                write!(f, "{start} KiB after warming up, at most {growth} KiB more")
            }
            _ => f.write_str("the system does not tell"),
        }
    }
}

fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_is_the_works_own_only_by_its_processor_time() {
        let long = PERIOD_TIME + Duration::from_millis(5);
        let mut times = Times::new().unwrap();
        times.work(|| std::thread::sleep(long));
        assert_eq!((times.missed(), times.own), (1, 0));
        let begin = processor_time();
        times.work(|| while processor_time() - begin < long {});
        assert_eq!((times.missed(), times.own), (2, 1));
        // By the clock a scan may be late without any work of its own.
        times.answered(Duration::from_millis(3));
        times.answered(long);
        assert_eq!((times.missed(), times.own), (1, 1));
    }

    #[test]
    fn memory_that_is_taken_shows() {
        let mut memory = Memory::now();
        let taken = std::hint::black_box(vec![1_u8; 8 << 20]);
        memory.look();
        drop(taken);
        assert!(memory.growth().is_some_and(|growth| growth > 4_096), "{memory}");
    }
}

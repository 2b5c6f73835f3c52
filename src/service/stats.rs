//! How the loop kept its time.

use crate::plc::Health;
use hdrhistogram::Histogram;
use std::prelude::rust_2024::*;
use std::time::Duration;

/// Percentiles of a duration \[µs\].
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Percentiles {
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest.
    pub max: f64,
}

/// A histogram of durations from 10 ns to 100 s at 1 %. Recording allocates nothing.
#[derive(Debug, Clone)]
pub struct Timing(Option<Histogram<u64>>);

impl Timing {
    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self(Histogram::new_with_bounds(10, 100_000_000_000, 2).ok())
    }

    /// Adds one duration.
    pub fn record(&mut self, duration: Duration) {
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(duration.as_nanos().min(u128::from(u64::MAX)) as u64);
        }
    }

    /// Upper ends of bins that double, and how many durations lie in each; from the first that holds any.
    #[must_use]
    pub fn bins(&self) -> Vec<(Duration, u64)> {
        let bins = self.0.iter().flat_map(|histogram| histogram.iter_log(16, 2.0));
        let bins =
            bins.map(|b| (Duration::from_nanos(b.value_iterated_to() + 1), b.count_since_last_iteration()));
        bins.skip_while(|(_, count)| *count == 0).collect()
    }

    /// Percentiles; zeros when nothing was recorded.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        self.0.as_ref().map_or_else(Percentiles::default, |h| {
            let at = |q| h.value_at_quantile(q) as f64 / 1e3;
            Percentiles { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: h.max() as f64 / 1e3 }
        })
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::new()
    }
}

/// What a run of the service was like.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Summary {
    /// Scans made.
    pub scans: u64,
    /// Scans that started after the deadline of the next one; that many were skipped.
    pub late_scans: u64,
    /// Line time covered \[s\].
    pub line_time_s: f64,
    /// Wall time \[s\].
    pub wall_s: f64,
    /// Decisions of all cells per scan.
    pub tick_us: Percentiles,
    /// Reading, deciding and starting the writes per scan.
    pub work_us: Percentiles,
    /// Wake-up after the deadline (wall pace only).
    pub lateness_us: Percentiles,
    /// Round trips of single requests.
    pub round_trip_us: Percentiles,
    /// Requests put on the wire.
    pub requests: u64,
    /// Of these, not answered as they should be.
    pub errors: u64,
    /// Connections made again.
    pub reconnects: u64,
    /// PLCs connected at the end.
    pub connected: usize,
    /// PLCs whose readings were not usable at the end.
    pub stale: usize,
    /// Stopped from outside.
    pub interrupted: bool,
}

impl Summary {
    pub(super) fn add_link(&mut self, health: &Health) {
        self.requests += health.requests;
        self.errors += health.errors;
        self.reconnects += health.reconnects;
        self.connected += usize::from(health.connected);
    }
}

/// Merges the round trips of many links \[µs\].
pub(super) fn merge_round_trips(all: impl Iterator<Item = Histogram<u64>>) -> Percentiles {
    let mut sum: Option<Histogram<u64>> = None;
    for one in all {
        match &mut sum {
            Some(total) => drop(total.add(&one)),
            None => sum = Some(one),
        }
    }
    sum.map_or_else(Percentiles::default, |h| {
        let at = |q| h.value_at_quantile(q) as f64;
        Percentiles { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: h.max() as f64 }
    })
}

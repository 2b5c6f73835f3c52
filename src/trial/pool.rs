//! Independent runs on several threads.

use crate::error::Error;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::prelude::rust_2024::*;
use std::sync::{Mutex, PoisonError};

/// What a run is told of its own progress by, between 0 and 1; false when it shall end.
pub(super) type Look<'a> = &'a mut dyn FnMut(f64) -> bool;

/// Does every job on `threads` threads and returns what came of each, with the job's place, in the
/// order of the jobs. A job shares nothing with another, so the results do not depend on the threads.
///
/// `watch` is shown the share of all work that is done and may end it by returning false; then a job
/// gives `None`, and jobs not begun are left out.
///
/// # Errors
/// The first job, in time, that could not be done.
pub(super) fn spread<J: Sync, T: Send>(
    jobs: &[J],
    threads: usize,
    watch: &(dyn Fn(f64) -> bool + Sync),
    work: impl Fn(&J, Look<'_>) -> Result<Option<T>, Error> + Sync,
) -> Result<Vec<(usize, T)>, Error> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    // Work done, in thousandths of a job.
    let done = AtomicU64::new(0);
    let total = (jobs.len() * 1000) as f64;
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index).filter(|_| !stop.load(Ordering::Relaxed)) else { break };
                    let mut before = 0;
                    let mut look = |share: f64| {
                        let now = (share * 1000.0) as u64;
                        let sum = done.fetch_add(now - before, Ordering::Relaxed) + now - before;
                        before = now;
                        if !watch(sum as f64 / total) {
                            stop.store(true, Ordering::Relaxed);
                        }
                        !stop.load(Ordering::Relaxed)
                    };
                    let result = work(job, &mut look);
                    look(1.0);
                    if let Some(result) = result.transpose() {
                        let result = result.map(|result| (index, result));
                        results.lock().unwrap_or_else(PoisonError::into_inner).push(result);
                    }
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut results = results.into_iter().collect::<Result<Vec<_>, Error>>()?;
    results.sort_by_key(|(index, _)| *index);
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_jobs_on_any_number_of_threads() {
        let jobs: Vec<u64> = (0..20).collect();
        let work = |job: &u64, look: Look<'_>| Ok(look(0.5).then_some(job * job));
        let expected: Vec<_> = (0..20).map(|k| (k as usize, k * k)).collect();
        for threads in [0, 1, 3, 50] {
            assert_eq!(spread(&jobs, threads, &|_| true, work).unwrap(), expected);
        }
    }

    #[test]
    fn an_end_asked_for_leaves_out_what_is_not_done() {
        let jobs = [1_u8; 10];
        let work = |_: &u8, look: Look<'_>| Ok(look(0.99).then_some(()));
        // Ends within the third job.
        let some = spread(&jobs, 1, &|share| share < 0.25, work).unwrap();
        assert_eq!(some.iter().map(|(index, ())| *index).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_job_that_cannot_be_done_is_an_error() {
        let bad = Error::Inconsistent { field: "x", reason: "y" };
        let work = |job: &u8, _: Look<'_>| if *job == 3 { Err(bad) } else { Ok(Some(())) };
        assert_eq!(spread(&[1, 2, 3, 4], 2, &|_| true, work), Err(bad));
    }
}

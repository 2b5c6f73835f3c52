//! The gate at which a simulated process waits for the controller's heartbeats.

use std::prelude::rust_2024::*;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug)]
struct State {
    seen: Vec<bool>,
    serving: Vec<bool>,
    /// PLCs on the network that have not seen a heartbeat.
    missing: usize,
}

impl State {
    fn count(&mut self) -> usize {
        self.missing =
            self.seen.iter().zip(&self.serving).filter(|(seen, serving)| !**seen && **serving).count();
        self.missing
    }
}

#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    open: Condvar,
}

impl Gate {
    pub(super) fn new(count: usize) -> Self {
        let state = State { seen: std::vec![false; count], serving: std::vec![true; count], missing: count };
        Self { state: Mutex::new(state), open: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// PLC `index` saw the heartbeat move.
    pub(super) fn mark(&self, index: usize) {
        let mut state = self.lock();
        if state.seen[index] {
            return;
        }
        state.seen[index] = true;
        state.missing -= usize::from(state.serving[index]);
        if state.missing == 0 {
            self.open.notify_all();
        }
    }

    /// PLC `index` goes on or off the network.
    pub(super) fn serving(&self, index: usize, serving: bool) {
        let mut state = self.lock();
        state.serving[index] = serving;
        state.seen[index] = false;
        if state.count() == 0 {
            self.open.notify_all();
        }
    }

    /// Waits until none is missing, then begins the next round.
    pub(super) fn wait_all(&self, timeout: Duration) -> bool {
        let (mut state, result) = self
            .open
            .wait_timeout_while(self.lock(), timeout, |state| state.missing > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() && state.missing > 0 {
            return false;
        }
        state.seen.fill(false);
        state.count();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_must_be_seen_once_per_round() {
        let gate = Gate::new(2);
        let soon = Duration::from_millis(1);
        gate.mark(0);
        gate.mark(0);
        assert!(!gate.wait_all(soon));
        gate.mark(1);
        assert!(gate.wait_all(soon));
        assert!(!gate.wait_all(soon));
        gate.serving(1, false);
        gate.mark(0);
        assert!(gate.wait_all(soon));
        gate.serving(1, true);
        gate.mark(0);
        assert!(!gate.wait_all(soon));
    }
}

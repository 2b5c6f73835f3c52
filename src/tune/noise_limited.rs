//! The noise-limited trim as a search: the target voltage alone, step by step down while limits hold.

use super::search::{History, Search};
use super::space::{DIM, Point, Space};

/// Memory of the method.
#[derive(Debug, Clone)]
pub struct NoiseLimited {
    space: Space,
    /// Next trim \[steps of 10 mV\].
    next: f64,
}

impl NoiseLimited {
    /// In this space; 5 mV a step.
    #[must_use]
    pub fn new(space: Space) -> Self {
        Self { space, next: -0.5 }
    }
}

impl Search for NoiseLimited {
    fn ask(&mut self, history: &History) -> Option<Point> {
        // The first trial is where it began; every later one must have been kept.
        if history.trials.len() > 1 && !history.trials.last()?.kept {
            return None;
        }
        let mut at = [0.0; DIM];
        at[0] = self.next;
        self.next -= 0.5;
        let at = self.space.clip(&at);
        history.trials.iter().all(|t| t.at != at).then_some(at)
    }
}

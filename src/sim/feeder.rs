//! Point feeders: what one stroke really delivers, and when it does not.

use super::rng::Stream;
use crate::cell::MAX_ZONES;
use crate::image::MAX_FEEDERS;

/// The feeders of one pot.
#[derive(Debug, Clone)]
pub(super) struct Feeders {
    count: usize,
    shot: f64,
    gain: [f64; MAX_FEEDERS],
    /// A stuck feeder neither dumps nor confirms until this time \[s\].
    stuck_until: [f64; MAX_FEEDERS],
    strokes: [u16; MAX_FEEDERS],
    waiting: [f64; MAX_ZONES],
}

impl Feeders {
    pub fn new(count: usize, shot: f64, spread: f64, stream: &mut Stream) -> Self {
        let mut gain = [1.0; MAX_FEEDERS];
        for g in gain.iter_mut().take(count) {
            *g = 1.0 + spread * stream.bounded_normal();
        }
        Self {
            count,
            shot,
            gain,
            stuck_until: [f64::NEG_INFINITY; MAX_FEEDERS],
            strokes: [0; MAX_FEEDERS],
            waiting: [0.0; MAX_ZONES],
        }
    }

    /// One stroke; the proximity switch confirms it only if the feeder moved.
    pub fn stroke(&mut self, index: usize, now: f64) {
        if index < self.count && now >= self.stuck_until[index] {
            self.strokes[index] = self.strokes[index].wrapping_add(1);
            self.waiting[index] += self.shot * self.gain[index];
        }
    }

    pub fn stick(&mut self, index: usize, until: f64) {
        if let Some(slot) = self.stuck_until.get_mut(index) {
            *slot = until;
        }
    }

    pub fn strokes(&self) -> [u16; MAX_FEEDERS] {
        self.strokes
    }

    pub fn shot(&self) -> f64 {
        self.shot
    }

    /// Alumina dropped by each feeder since the last call \[kg\].
    pub fn take(&mut self) -> [f64; MAX_ZONES] {
        core::mem::take(&mut self.waiting)
    }
}

//! In which order the anodes are changed.

use crate::image::MAX_ANODES;

const ROW: usize = MAX_ANODES / 2;

/// Rows take turns; within a row each change is `stride` places from the one before, so that the
/// cold places of a day lie far apart. A stride prime to the length of a row reaches every anode once
/// in a turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    count: usize,
    stride: usize,
}

impl Round {
    /// `count` changes have been made before.
    pub fn new(count: usize, stride: usize) -> Self {
        Self { count, stride }
    }

    /// The anode that is next.
    pub fn next(&mut self) -> usize {
        let (row, place) = (self.count % 2, self.count / 2 * self.stride % ROW);
        self.count = (self.count + 1) % MAX_ANODES;
        row * ROW + place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::prelude::rust_2024::*;

    #[test]
    fn every_anode_has_its_turn_once() {
        for stride in [1, 5, 7, 11, 13, 17, 19, 23] {
            for start in [0, 7, 31] {
                let mut round = Round::new(start, stride);
                let mut seen = [0; MAX_ANODES];
                for _ in 0..2 * MAX_ANODES {
                    seen[round.next()] += 1;
                }
                assert_eq!(seen, [2; MAX_ANODES], "stride {stride}");
            }
        }
    }

    #[test]
    fn neighbours_in_time_are_no_neighbours_in_place() {
        let mut round = Round::new(0, 7);
        let order: Vec<usize> = (0..MAX_ANODES).map(|_| round.next()).collect();
        for pair in order.windows(3) {
            assert!(pair[0].abs_diff(pair[2]) >= 5, "{pair:?}");
            assert_ne!(pair[0] / ROW, pair[1] / ROW);
        }
    }
}

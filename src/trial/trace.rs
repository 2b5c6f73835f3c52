//! Rows in bounded memory: a full trace is thinned to half, and goes on at twice the interval.

use super::row::{Folding, Row};
use std::prelude::rust_2024::*;

/// Most rows kept of one cell: 14 days of minutes.
const MOST_OF_A_CELL: usize = 20_160;
/// Most rows kept of all cells, some 200 bytes each: 60 cells for 14 days, 300 for 2.8.
const MOST_OF_ALL: usize = 60 * MOST_OF_A_CELL;

/// Rows that followed each other, all of the same length.
///
/// Thinning gives what a run recorded at the longer interval would have given: mean voltage and
/// current are the means of the whole, the extremes of the voltage are those of the whole, and
/// everything else is as at its end.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    /// Even, at least 2.
    most: usize,
    /// How many recorded rows make one kept row.
    stride: u32,
    /// The next kept row, as yet of fewer than `stride` rows.
    open: Folding,
}

impl Trace {
    /// For one of `cells` cells.
    pub(super) fn new(cells: u16) -> Self {
        let most = MOST_OF_A_CELL.min(MOST_OF_ALL / usize::from(cells.max(1)));
        Self { most: most & !1, stride: 1, open: Folding::default() }
    }

    /// Most rows ever kept.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Recorded rows to a kept row.
    pub(super) fn stride(&self) -> u32 {
        self.stride
    }

    /// Adds `row` to `kept`.
    pub(super) fn push(&mut self, row: &Row, kept: &mut Vec<Row>) {
        if self.open.add(row) < self.stride {
            return;
        }
        kept.extend(self.open.take());
        if kept.len() >= self.most {
            halve(kept);
            self.stride = self.stride.saturating_mul(2);
        }
    }
}

/// Folds each pair into one row, in place.
fn halve(rows: &mut Vec<Row>) {
    let pairs = rows.len() / 2;
    for pair in 0..pairs {
        let mut one = Folding::default();
        one.add(&rows[2 * pair]);
        one.add(&rows[2 * pair + 1]);
        if let Some(row) = one.take() {
            rows[pair] = row;
        }
    }
    rows.truncate(pairs);
}

//! What was done within the last so many blocks of time.

use crate::math::{clamp, floor};

/// Sums over the running block of time and the N - 1 before it: what is asked of it is a time of N - 1
/// blocks, and it remembers that much at least and one block more at most.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Ledger<const N: usize> {
    #[cfg_attr(feature = "snapshot", serde(with = "crate::array"))]
    blocks: [f64; N],
    block: f64,
}

impl<const N: usize> Default for Ledger<N> {
    fn default() -> Self {
        Self { blocks: [0.0; N], block: 0.0 }
    }
}

impl<const N: usize> Ledger<N> {
    /// Moves to the block of `time`, each `length` long.
    pub fn advance(&mut self, time: f64, length: f64) {
        let block = floor(time / length);
        let passed = clamp(block - self.block, 0.0, N as f64) as usize;
        if passed > 0 {
            self.blocks.rotate_right(passed % N);
            self.blocks.iter_mut().take(passed).for_each(|slot| *slot = 0.0);
            self.block = block;
        }
    }

    pub fn add(&mut self, amount: f64) {
        if let Some(first) = self.blocks.first_mut() {
            *first += amount;
        }
    }

    pub fn sum(&self) -> f64 {
        self.blocks.iter().sum()
    }
}

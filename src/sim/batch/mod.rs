//! Many cells of the eight-state model ([`lundby2022`]) at once, for Monte-Carlo work.
//!
//! Cells go in blocks of [`LANES`]; a block goes through the very formulas of the single cell, which
//! are written once for one number or many. Exponential, roots and divisions are cut for lanes, so a
//! cell differs from [`lundby2022::rk4_step`] in the last digits (`tests/batch.rs`: 2e-12 of a state after ten
//! days); among themselves, batches agree to the bit, whatever the processor, the number of threads and
//! the cells around.
//!
//! ```
//! use potline::sim::batch::{Batch, Course};
//!
//! // A thousand cells whose ledges differ, for ten hours; each is fed after what its bath holds.
//! let cell = |n: usize| [3260.0 + n as f64, 470.93, 1726.74, 13_500.0, 9900.0, 975.0, 816.0, 580.0];
//! let mut batch = Batch::new(&(0..1000).map(cell).collect::<Vec<_>>());
//! let course = Course { dt: 10.0, hold: 6, looks: 600, threads: 2 };
//! batch.run(&course, |_, x| {
//!     let alumina = x[1] / (x[1] + x[2] + x[3]);
//!     [0.0238 + 4.0 * (0.03 - alumina), 140e3, 4.76e-4, 6.202e-3, 0.05]
//! });
//! let warmest = batch.states().map(|x| x[5]).fold(0.0, f64::max);
//! assert!((970.0..980.0).contains(&warmest));
//! ```

mod backend;
mod lanes;

pub use backend::Backend;
pub use lanes::{LANES, Lanes};

use super::reference::integrate;
use super::reference::lundby2022::{Held, Input, State, rates_held};
use crate::error::Error;
use std::prelude::rust_2024::*;
use std::thread;

/// A state or an input of the cells of a block.
type Block<const N: usize> = [Lanes; N];

/// Cells side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Lanes beyond the last cell repeat it.
    blocks: Vec<Block<8>>,
    cells: usize,
    backend: Backend,
}

/// How a batch runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// Length of a step \[s\].
    pub dt: f64,
    /// Steps for which inputs are held.
    pub hold: u32,
    /// How often inputs are looked up anew: `looks` times `hold` steps are made.
    pub looks: u32,
    /// Most threads to use, the caller's own among them; the result does not depend on it.
    pub threads: usize,
}

impl Batch {
    /// These cells, on the widest instructions this processor has.
    #[must_use]
    pub fn new(cells: &[State]) -> Self {
        let blocks = cells.chunks(LANES).map(|chunk| side_by_side(|lane| chunk[lane.min(chunk.len() - 1)]));
        Self { blocks: blocks.collect(), cells: cells.len(), backend: Backend::widest() }
    }

    /// The same on other instructions, for comparison: the results are the same.
    #[must_use]
    pub fn on(self, backend: Backend) -> Self {
        Self { backend, ..self }
    }

    /// The cells as they stand, in their order. Whether the model still holds for one,
    /// [`lundby2022::outside`] tells.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.blocks.iter().flat_map(|block| (0..LANES).map(|lane| block.map(|x| x.0[lane]))).take(self.cells)
    }

    /// One Runge–Kutta step of `dt` seconds, with one input for each cell.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when there are more inputs or fewer than cells; nothing has moved then.
    pub fn step(&mut self, inputs: &[Input], dt: f64) -> Result<(), Error> {
        if inputs.len() != self.cells {
            let reason = "a batch needs one input for each of its cells";
            return Err(Error::Inconsistent { field: "inputs", reason });
        }
        let backend = self.backend;
        backend.run(
            #[inline(always)]
            || {
                let (full, rest) = inputs.as_chunks::<LANES>();
                let mut blocks = self.blocks.iter_mut();
                for (inputs, block) in full.iter().zip(&mut blocks) {
                    advance(backend, block, &side_by_side(|lane| inputs[lane]), dt);
                }
                if let Some((block, last)) = blocks.next().zip(rest.len().checked_sub(1)) {
                    advance(backend, block, &side_by_side(|lane| rest[lane.min(last)]), dt);
                }
            },
        );
        Ok(())
    }

    /// Goes the whole `course`; `input` is asked at the begin of each hold for the input of a cell, given
    /// its place and state.
    pub fn run(&mut self, course: &Course, input: impl Fn(usize, &State) -> Input + Sync) {
        let threads = course.threads.clamp(1, self.blocks.len().max(1));
        let share = self.blocks.len().div_ceil(threads).max(1);
        let (backend, cells) = (self.backend, self.cells);
        let go = |first: usize, blocks: &mut [Block<8>]| {
            for (block, first) in blocks.iter_mut().zip((first..).step_by(LANES)) {
                for _ in 0..course.looks {
                    let input = |lane: usize| {
                        // A lane beyond the last cell repeats it.
                        let lane = lane.min(cells - 1 - first);
                        input(first + lane, &block.map(|x| x.0[lane]))
                    };
                    let input = side_by_side(input);
                    for _ in 0..course.hold {
                        advance(backend, block, &input, course.dt);
                    }
                }
            }
        };
        thread::scope(|scope| {
            let mut shares = self.blocks.chunks_mut(share).enumerate();
            let own = shares.next();
            for (place, blocks) in shares {
                scope.spawn(move || go(place * share * LANES, blocks));
            }
            own.into_iter().for_each(|(_, blocks)| go(0, blocks));
        });
    }
}

/// One step of one block.
#[inline(always)]
fn advance(backend: Backend, block: &mut Block<8>, inputs: &Block<5>, dt: f64) {
    backend.run(
        #[inline(always)]
        || {
            let held = Held::new(inputs);
            *block = integrate::rk4(block, dt, |x| {
                backend.run(
                    #[inline(always)]
                    || rates_held(x, &held),
                )
            });
        },
    );
}

/// What `of` each lane, field by field.
#[inline(always)]
fn side_by_side<const N: usize>(of: impl Fn(usize) -> [f64; N]) -> Block<N> {
    let mut block = [Lanes::from(0.0); N];
    for lane in 0..LANES {
        for (field, value) in block.iter_mut().zip(of(lane)) {
            field.0[lane] = value;
        }
    }
    block
}

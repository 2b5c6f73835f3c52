//! Tuning on the simulated plant: the trials of a search, the verdict by truth, the oracle.
//!
//! The methods are in [`crate::tune`], which knows no plant; this is where both meet.

mod oracle;
mod study;
mod tuned;
mod watched;

pub use study::{Constraint, Means, Study, Tried, Tuning, Watch};
pub use tuned::Tuned;
pub use watched::Watched;

#[cfg(test)]
mod tests;

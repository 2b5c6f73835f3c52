//! Set-points that save energy inside limits, found from what a line measures.

mod measured;
mod programme;
mod trim;

pub use measured::{Measured, Meter};
pub use programme::Programme;
pub use trim::{Step, Trim, TrimSettings};

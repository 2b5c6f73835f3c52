//! Files that people write and read: every problem of a bad one at once, with its line; and writing
//! that never leaves half a file.

#[cfg(feature = "modbus")]
mod load;
#[cfg(feature = "modbus")]
mod place;
#[cfg(feature = "modbus")]
mod problem;
#[cfg(feature = "modbus")]
mod repair;
mod write;

#[cfg(feature = "modbus")]
pub use load::{FILE_VERSION, Issue, Validate, load, parse, read};
#[cfg(feature = "modbus")]
pub use problem::{Problem, Problems, code};
pub use write::{Draft, WriteError, write_atomic, write_with};

#[cfg(all(test, feature = "modbus"))]
mod tests;

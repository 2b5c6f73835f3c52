//! What law and policy ask of a smelter besides the energy limits, and the list of every figure that
//! the accounts rest on.

pub mod air;
pub mod benchmark;
pub mod conditions;
mod register;

pub use register::{Published, published};

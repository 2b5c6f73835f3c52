#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Errors at the door, flags in the room: no panic is spelled out anywhere, and layers 0 to 5 may not
// even index.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate std;

// Layer 0: arithmetic, constants, edge units, errors.
#[cfg(feature = "snapshot")]
mod array;
pub mod consts;
pub mod error;
pub mod math;
pub mod units;

// Layer 1: the wall between whoever measures and whoever decides.
pub mod image;

// Layer 2: published correlations.
pub mod bath;
pub mod electro;

// Layer 3a: the plant. Only `sim` may use it.
pub mod cell;

// Layers 3b to 5: what the controller believes, does, and does for many cells.
pub mod control;
pub mod estimate;
pub mod line;
pub mod signal;

// Layer 6 and above need a heap. `files` and `report` are for people: settings read, results shown.
#[cfg(feature = "std")]
#[allow(clippy::indexing_slicing)]
pub mod account;
#[cfg(feature = "std")]
#[allow(clippy::indexing_slicing)]
pub mod files;
#[cfg(feature = "modbus")]
#[allow(clippy::indexing_slicing)]
pub mod plc;
#[cfg(feature = "std")]
#[allow(clippy::indexing_slicing)]
pub mod report;
#[cfg(feature = "modbus")]
#[allow(clippy::indexing_slicing)]
pub mod service;
#[cfg(feature = "std")]
#[allow(clippy::indexing_slicing)]
pub mod sim;
#[cfg(feature = "std")]
#[allow(clippy::indexing_slicing)]
pub mod trial;
#[cfg(all(feature = "std", feature = "serde"))]
#[allow(clippy::indexing_slicing)]
pub mod tune;

pub use error::Error;

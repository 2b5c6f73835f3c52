//! Set-points that save energy inside limits, found from what a line measures.
//!
//! ```text
//! readings, statuses -> Meter -> Measured -> Outcome (paired with untouched cells)
//!                                               |
//!                       Search: where next? <---+---> History: what was kept
//! ```
//!
//! A [`Search`] sees [`Outcome`]s and nothing else, and an outcome is made of [`Measured`] figures alone;
//! [`Scored`] holds the plant's truth and only scores. This module knows no plant; the same methods
//! serve a line ([`Online`]) and a simulation (`trial::tuning`).

mod bayes;
mod cost;
mod explain;
mod limits;
mod measured;
mod method;
mod noise_limited;
mod online;
#[cfg(feature = "plan")]
pub mod power;
mod programme;
mod search;
mod seek;
mod space;
mod trim;
mod trust;

pub use bayes::Bayes;
pub use cost::{CostModel, Prices};
pub use explain::explain;
pub use limits::{LIMITS, Limit, LimitSettings, Scored, Side};
pub use measured::{Measured, Meter};
pub use method::{Method, TuneSettings};
pub use noise_limited::NoiseLimited;
pub use online::{Change, Online};
pub use programme::Programme;
pub use search::{Confidence, Estimate, History, Outcome, Search, Trial, judged};
pub use seek::Seek;
pub use space::{DIM, NAMES, Point, STEP, Space, SpaceSettings};
pub use trim::{Step, Trim, TrimSettings};
pub use trust::Trust;

#[cfg(test)]
mod tests;

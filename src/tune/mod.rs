//! Set-points that save energy inside limits, found from what a line measures.
//!
//! ```text
//! readings, statuses -> Meter -> Measured -> Outcome (paired with untouched cells)
//!                                               |
//!                       Search: where next? <---+---> History: what was kept
//! ```
//!
//! A [`Search`] sees [`Outcome`]s and nothing else, and an outcome is made of [`Measured`] figures alone;
//! [`Scored`] holds the plant's truth and only scores. The same methods serve a simulation
//! ([`Study`]) and a line ([`Online`]).

mod bayes;
mod cost;
mod limits;
mod measured;
mod method;
mod noise_limited;
mod oracle;
mod programme;
mod search;
mod seek;
mod space;
mod study;
mod trim;
mod trust;
mod watched;

pub use bayes::Bayes;
pub use cost::{CostModel, Prices};
pub use limits::{LIMITS, Limit, LimitSettings, Scored, Side};
pub use measured::{Measured, Meter};
pub use method::{Method, TuneSettings};
pub use noise_limited::NoiseLimited;
pub use programme::Programme;
pub use search::{Confidence, Estimate, History, Outcome, Search, Trial, judged};
pub use seek::Seek;
pub use space::{DIM, NAMES, Point, STEP, Space, SpaceSettings};
pub use study::{Constraint, Study, Tried, Tuning};
pub use trim::{Step, Trim, TrimSettings};
pub use trust::Trust;
pub use watched::Watched;

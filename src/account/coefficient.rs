//! A published figure with where it comes from.

/// A coefficient with its provenance. `verified` is true only where the primary text was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// Value, in the unit its holder documents.
    pub value: f64,
    /// Where it comes from.
    pub source: &'static str,
    /// The primary text was read, not only quoted.
    pub verified: bool,
}

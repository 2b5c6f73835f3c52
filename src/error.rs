//! Errors of the core: small, `Copy`, and naming the field and its limits.

use thiserror::Error;

/// Why a value was refused at the door. Inside the tick there are no errors, only flags.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A value lies outside its admissible range.
    #[error("{field} = {value} is outside {min}..{max}")]
    OutOfRange {
        /// The field, with its unit suffix where it is off-SI.
        field: &'static str,
        /// What was given.
        value: f64,
        /// Smallest admissible value.
        min: f64,
        /// Largest admissible value.
        max: f64,
    },
    /// Two fields contradict each other.
    #[error("{field}: {reason}")]
    Inconsistent {
        /// The field to look at first.
        field: &'static str,
        /// What contradicts what, and the remedy.
        reason: &'static str,
    },
    /// A value cannot stand beside another one.
    #[error("{field} = {value} does not go with {other} = {at}; {remedy}")]
    Contradicts {
        /// The field to look at first, with its unit suffix where it is off-SI.
        field: &'static str,
        /// What was given.
        value: f64,
        /// What it contradicts.
        other: &'static str,
        /// Its value.
        at: f64,
        /// What to do.
        remedy: &'static str,
    },
}

impl Error {
    /// The field this error is about.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match *self {
            Self::OutOfRange { field, .. }
            | Self::Inconsistent { field, .. }
            | Self::Contradicts { field, .. } => field,
        }
    }
}

/// Refuses `value` outside `min..=max`, and NaN.
///
/// # Errors
/// [`Error::OutOfRange`] naming `field`.
pub fn in_range(field: &'static str, value: f64, min: f64, max: f64) -> Result<(), Error> {
    if value >= min && value <= max { Ok(()) } else { Err(Error::OutOfRange { field, value, min, max }) }
}

/// Reports every one of `fields` (name, value, min, max) that [`in_range`] refuses.
pub fn report_ranges(fields: &[(&'static str, f64, f64, f64)], report: &mut dyn FnMut(Error)) {
    for &(field, value, min, max) in fields {
        if let Err(error) = in_range(field, value, min, max) {
            report(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_is_out_of_every_range() {
        assert!(in_range("acd", f64::NAN, 0.0, 1.0).is_err());
        assert!(in_range("acd", 1.0, 0.0, 1.0).is_ok());
    }
}

//! How the servers of others differ from the specification, as found by this suite, and why.

use super::Difference;

/// One difference, by its case and its outcome.
pub struct Known {
    pub case: &'static str,
    got: &'static str,
    pub why: &'static str,
}

impl Known {
    pub fn covers(&self, difference: &Difference) -> bool {
        difference.case == self.case && difference.got.to_string() == self.got
    }
}

/// What is known of a server.
pub fn of(_server: &str) -> &'static [Known] {
    &[]
}

//! A value that holds until a time.

/// Another value than usual, until its end \[s\].
#[derive(Debug, Clone, Copy)]
pub(super) struct Until<T> {
    value: T,
    usual: T,
    end: f64,
}

impl<T: Copy> Until<T> {
    /// Nothing but the usual value.
    pub const fn usual(usual: T) -> Self {
        Self { value: usual, usual, end: f64::NEG_INFINITY }
    }

    /// `value` from now on and until `end`.
    pub fn set(&mut self, value: T, end: f64) {
        (self.value, self.end) = (value, end);
    }

    /// What holds at `now`.
    pub fn at(&self, now: f64) -> T {
        if now < self.end { self.value } else { self.usual }
    }

    /// When the usual value holds again \[s\].
    pub fn end(&self) -> f64 {
        self.end
    }
}

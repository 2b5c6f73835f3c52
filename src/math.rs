//! The only door to transcendental functions below layer 6.
//!
//! All of them come from the `libm` crate, with or without `std`: the platform's own library
//! differs from it, and from other platforms, in the last bit of roughly one result in ten, and a
//! controller that replays bit for bit is worth more here than the nanoseconds (DESIGN.md, "One
//! door for mathematics").

/// e^x.
#[inline]
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm; NaN for x < 0, -inf for 0.
#[inline]
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Logarithm to base 10.
#[inline]
#[must_use]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// x^y. Prefer [`sqrt`] and products: this is the slowest function of the crate.
#[inline]
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Square root; NaN for x < 0.
#[inline]
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    libm::sqrt(x)
}

/// Sine of an angle in radians.
#[inline]
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians.
#[inline]
#[must_use]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// [`sin`] and [`cos`] of an angle in radians, to the same bits in less time.
#[inline]
#[must_use]
pub fn sin_cos(x: f64) -> (f64, f64) {
    libm::sincos(x)
}

/// Largest integer not above x.
#[inline]
#[must_use]
pub fn floor(x: f64) -> f64 {
    libm::floor(x)
}

/// Nearest integer, halves away from zero.
#[inline]
#[must_use]
pub fn round(x: f64) -> f64 {
    libm::round(x)
}

/// `x` held inside `low..=high`; `low` when `x` is NaN, so that a poisoned value stays bounded.
#[inline]
#[must_use]
pub fn clamp(x: f64, low: f64, high: f64) -> f64 {
    if x > high {
        high
    } else if x >= low {
        x
    } else {
        low
    }
}

/// Moves `from` towards `to` by at most `step` (>= 0).
#[inline]
#[must_use]
pub fn approach(from: f64, to: f64, step: f64) -> f64 {
    from + clamp(to - from, -step, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamp_bounds_a_nan() {
        assert_eq!(clamp(f64::NAN, 1.0, 2.0), 1.0);
        assert_eq!(clamp(f64::INFINITY, 1.0, 2.0), 2.0);
        assert_eq!(clamp(f64::NEG_INFINITY, 1.0, 2.0), 1.0);
        assert_eq!(clamp(1.5, 1.0, 2.0), 1.5);
    }

    #[test]
    fn sine_and_cosine_together_are_those_alone() {
        for n in -2_000_000..2_000_000 {
            let x = f64::from(n) * 3.217e-6;
            let (s, c) = sin_cos(x);
            assert_eq!((s.to_bits(), c.to_bits()), (sin(x).to_bits(), cos(x).to_bits()), "{x}");
        }
        for x in [0.0, -0.0, 1e-300, 1.5e-8, 1e-7, 1e10, -3e22] {
            let (s, c) = sin_cos(x);
            assert_eq!((s.to_bits(), c.to_bits()), (sin(x).to_bits(), cos(x).to_bits()), "{x}");
        }
    }

    #[test]
    fn approach_never_overshoots() {
        assert_eq!(approach(0.0, 10.0, 3.0), 3.0);
        assert_eq!(approach(0.0, -1.0, 3.0), -1.0);
    }
}

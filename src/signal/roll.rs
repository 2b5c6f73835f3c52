//! Does the metal roll? A spectral line in the metal-pad band tells, and its period.
//!
//! ```text
//! s = x + 2 cos(2π k/N) s1 - s2,   P_k = s1² + s2² - 2 cos(2π k/N) s1 s2       (Goertzel)
//! ```
//!
//! Periods of 17–85 s (k = 3..15 of N = 256 s), one multiplication each per second; powers are taken
//! when the window is full and averaged over about four of them, because the largest of thirteen powers
//! of mere noise is six times their median in every fifth window. A line that stands six times above
//! the median and is loud is the metal; loud noise without a line is an anode or a spike (Banta, Dai
//! and Biedler, Light Metals 2003, tell three kinds apart; the limits are proposals).

use super::{Noise, NoiseLevel, NoiseLimits};
use crate::math::cos;
use core::f64::consts::TAU;

/// Length of the window \[s\].
const WINDOW: u32 = 256;
/// First line and number of lines.
const FIRST: u32 = 3;
const LINES: usize = 13;
/// Weight of a new window once there have been as many \[1\].
const WEIGHT: f64 = 0.25;
/// Peak over median that is a line \[1\].
const LINE: f64 = 6.0;
/// High-frequency noise that is loud, over the limit of the low-frequency one: 14 and 12 mV.
const HIGH: f64 = 14.0 / 12.0;

/// What makes the noise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Diagnosis {
    /// Not yet known.
    #[default]
    Unknown,
    /// Below its limits.
    Quiet,
    /// The metal pad rolls: distance or metal height.
    Roll,
    /// Bubbles or an anode: high frequencies are loud.
    Anode,
    /// Loud and without a period: short contacts, a spike.
    Irregular,
}

/// A bank of lines.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Roll {
    lines: [(f64, f64); LINES],
    coefficients: [f64; LINES],
    powers: [f64; LINES],
    filled: u32,
    windows: u32,
    period: f64,
    ratio: f64,
}

impl Default for Roll {
    fn default() -> Self {
        Self {
            lines: [(0.0, 0.0); LINES],
            coefficients: core::array::from_fn(|k| {
                2.0 * cos(TAU * f64::from(FIRST + k as u32) / f64::from(WINDOW))
            }),
            powers: [0.0; LINES],
            filled: 0,
            windows: 0,
            period: f64::NAN,
            ratio: f64::NAN,
        }
    }
}

impl Roll {
    /// Period of the strongest line \[s\]; NaN when unknown.
    #[must_use]
    pub fn period(&self) -> f64 {
        self.period
    }

    /// Its power over the median of all lines \[1\]; NaN when unknown.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// The window begins anew; what was averaged stays.
    pub(super) fn restart(&mut self) {
        self.lines = [(0.0, 0.0); LINES];
        self.filled = 0;
    }

    /// Takes one second of the band \[V\].
    pub(super) fn take(&mut self, value: f64) {
        for ((first, second), coefficient) in self.lines.iter_mut().zip(&self.coefficients) {
            let next = value + coefficient * *first - *second;
            (*first, *second) = (next, *first);
        }
        self.filled += 1;
        if self.filled >= WINDOW {
            self.finish();
            self.restart();
        }
    }

    fn finish(&mut self) {
        self.windows = self.windows.saturating_add(1);
        let weight = (1.0 / f64::from(self.windows)).max(WEIGHT);
        let bank = self.lines.iter().zip(&self.coefficients);
        for (mean, ((first, second), coefficient)) in self.powers.iter_mut().zip(bank) {
            let power = first * first + second * second - coefficient * first * second;
            *mean += weight * (power - *mean);
        }
        let mut sorted = self.powers;
        sorted.sort_unstable_by(f64::total_cmp);
        let median = sorted.get(LINES / 2).copied().unwrap_or(f64::NAN);
        let peak = self.powers.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        if let Some((k, power)) = peak.filter(|_| median > 0.0) {
            self.ratio = power / median;
            self.period = f64::from(WINDOW) / f64::from(FIRST + k as u32);
        }
    }

    /// What makes the noise of this cell.
    #[must_use]
    pub fn diagnose(&self, noise: &Noise, limits: &NoiseLimits) -> Diagnosis {
        let low = limits.level(noise.low());
        if low == NoiseLevel::Unknown {
            Diagnosis::Unknown
        } else if low >= NoiseLevel::Noisy && self.ratio > LINE {
            Diagnosis::Roll
        } else if noise.high() > HIGH * limits.warn {
            Diagnosis::Anode
        } else if low >= NoiseLevel::Noisy {
            Diagnosis::Irregular
        } else {
            Diagnosis::Quiet
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::sin;

    struct Lcg(u64);
    impl Lcg {
        fn normal(&mut self) -> f64 {
            let mut sum = 0.0;
            for _ in 0..12 {
                self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                sum += (self.0 >> 11) as f64 / (1u64 << 53) as f64;
            }
            sum - 6.0
        }
    }

    const LIMITS: NoiseLimits = NoiseLimits { warn: 0.012, unstable: 0.025, severe: 0.06 };

    /// An hour of voltage through the noise filters and the bank.
    fn hour(mut voltage: impl FnMut(f64, &mut Lcg) -> f64, seed: u64) -> (Noise, Roll) {
        let (mut noise, mut roll, mut random) = (Noise::default(), Roll::default(), Lcg(seed));
        for second in 0..3600 {
            let v = 3.95 + voltage(f64::from(second), &mut random);
            noise.fast(v, 1.0);
            roll.take(noise.slow(v, 1.0));
        }
        (noise, roll)
    }

    #[test]
    fn a_roll_is_told_from_an_anode_and_from_mere_noise() {
        for period in [25.0, 38.0, 60.0] {
            let (noise, roll) = hour(|t, r| 0.025 * sin(TAU * t / period) + 0.010 * r.normal(), 1);
            assert_eq!(roll.diagnose(&noise, &LIMITS), Diagnosis::Roll, "{period}: {roll:?}");
            assert!((roll.period() / period - 1.0).abs() < 0.12, "{period}: {}", roll.period());
        }
        let (noise, roll) = hour(|_, r| 0.003 * r.normal(), 2);
        assert_eq!(roll.diagnose(&noise, &LIMITS), Diagnosis::Quiet);
        // Contacts of one second, a few a minute.
        let (noise, roll) = hour(|_, r| if r.normal() > 1.2 { 0.08 } else { 0.0 }, 3);
        assert_eq!(roll.diagnose(&noise, &LIMITS), Diagnosis::Anode, "{} {roll:?}", noise.high());
    }

    #[test]
    fn noise_without_a_line_hardly_ever_shows_one() {
        let found = (0..200).filter(|seed| hour(|_, r| 0.02 * r.normal(), *seed).1.ratio() > LINE).count();
        assert!(found <= 6, "{found} of 200");
    }
}

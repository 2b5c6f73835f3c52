//! Noise of the normalised voltage in two bands, and its swing.
//!
//! The five signals that Chinese pot controllers derive are followed (Zeng, Gui, Chen et al.,
//! Engineering 2021): low frequencies are the metal pad (swing, 针摆), high ones anodes and gas
//! (vibration, 针振). Band edges are engineering judgement for large cells: 0.01..0.06 Hz holds the
//! usual roll periods of 17..100 s, 0.2 Hz and above the bubbles.

use crate::math::sqrt;
use core::f64::consts::{PI, SQRT_2};

/// Lower edge of the metal-pad band \[Hz\].
const LOW_EDGE: f64 = 0.01;
/// Upper edge of the metal-pad band \[Hz\].
const HIGH_EDGE: f64 = 0.06;
/// Lower edge of the bubble band \[Hz\].
const FAST_EDGE: f64 = 0.2;
/// Filters are left to settle this long after a disturbance \[s\].
const SETTLE: f64 = 60.0;

/// Loudness of the low-frequency noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum NoiseLevel {
    /// Not yet known.
    #[default]
    Unknown,
    /// Below the warning limit.
    Normal,
    /// Above the warning limit.
    Noisy,
    /// Above the unstable limit: slopes mean nothing.
    Unstable,
    /// Above the severe limit: roll or short.
    Severe,
}

/// Limits between the levels \[V\].
#[derive(Debug, Clone, Copy)]
pub struct NoiseLimits {
    /// Noisy above this.
    pub warn: f64,
    /// Unstable above this.
    pub unstable: f64,
    /// Severe above this.
    pub severe: f64,
}

impl NoiseLimits {
    /// Level of a noise \[V\].
    #[must_use]
    pub fn level(&self, noise: f64) -> NoiseLevel {
        if noise.is_nan() {
            NoiseLevel::Unknown
        } else if noise > self.severe {
            NoiseLevel::Severe
        } else if noise > self.unstable {
            NoiseLevel::Unstable
        } else if noise > self.warn {
            NoiseLevel::Noisy
        } else {
            NoiseLevel::Normal
        }
    }
}

/// Two-pole state-variable filter, trapezoidal, stable at any step length.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Filter {
    first: f64,
    second: f64,
}

impl Filter {
    /// Starts at rest on a constant input.
    fn rest(value: f64) -> Self {
        Self { first: 0.0, second: value }
    }

    /// Low-pass and high-pass output for one step (Butterworth, edge \[Hz\]).
    fn step(&mut self, input: f64, edge: f64, step: f64) -> (f64, f64) {
        // Prewarped edge tan(pi f h), by its Padé approximant; beyond Nyquist there is no band left.
        let x = (PI * edge * step).min(1.2);
        let g = x * (15.0 - x * x) / (15.0 - 6.0 * x * x);
        let a1 = 1.0 / (1.0 + g * (g + SQRT_2));
        let v3 = input - self.second;
        let v1 = a1 * (self.first + g * v3);
        let v2 = self.second + g * v1;
        self.first = 2.0 * v1 - self.first;
        self.second = 2.0 * v2 - self.second;
        (v2, input - SQRT_2 * v1 - v2)
    }
}

/// Mean square over the last N blocks of time.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Blocks<const N: usize> {
    #[cfg_attr(feature = "snapshot", serde(with = "crate::array"))]
    blocks: [(f64, f64); N],
    at: usize,
    length: f64,
}

impl<const N: usize> Default for Blocks<N> {
    fn default() -> Self {
        Self { blocks: [(0.0, 0.0); N], at: 0, length: 0.0 }
    }
}

impl<const N: usize> Blocks<N> {
    fn add(&mut self, value: f64, step: f64, block: f64) {
        if self.length >= block {
            self.length = 0.0;
            self.at = (self.at + 1) % N;
            if let Some(slot) = self.blocks.get_mut(self.at) {
                *slot = (0.0, 0.0);
            }
        }
        self.length += step;
        if let Some((sum, weight)) = self.blocks.get_mut(self.at) {
            *sum += value * value * step;
            *weight += step;
        }
    }

    /// Root mean square; NaN until a third of the blocks is filled.
    fn rms(&self, block: f64) -> f64 {
        let (sum, weight) = self.blocks.iter().fold((0.0, 0.0), |(s, w), b| (s + b.0, w + b.1));
        if weight * 3.0 < block * N as f64 { f64::NAN } else { sqrt(sum / weight) }
    }
}

/// Highest and lowest value over the last blocks of time.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Extremes {
    blocks: [(f64, f64); 12],
    at: usize,
    length: f64,
}

const NO_EXTREMES: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// Noise indices of one cell \[V\].
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Noise {
    low_pass: Filter,
    high_pass: Filter,
    fast: Filter,
    low_blocks: Blocks<10>,
    fast_blocks: Blocks<6>,
    extremes: Extremes,
    settling: f64,
    low: f64,
    high: f64,
}

impl Default for Noise {
    fn default() -> Self {
        Self {
            low_pass: Filter::default(),
            high_pass: Filter::default(),
            fast: Filter::default(),
            low_blocks: Blocks::default(),
            fast_blocks: Blocks::default(),
            extremes: Extremes { blocks: [NO_EXTREMES; 12], at: 0, length: 0.0 },
            settling: f64::INFINITY,
            low: f64::NAN,
            high: f64::NAN,
        }
    }
}

impl Noise {
    const LOW_BLOCK: f64 = 30.0;
    const FAST_BLOCK: f64 = 10.0;
    const SWING_BLOCK: f64 = 15.0;

    /// Restarts the filters at rest on `voltage`, keeping the indices: a beam move is no noise.
    pub(super) fn settle(&mut self, voltage: f64) {
        self.low_pass = Filter::rest(voltage);
        self.high_pass = Filter::rest(voltage);
        self.fast = Filter::rest(voltage);
        self.extremes = Extremes { blocks: [NO_EXTREMES; 12], at: 0, length: 0.0 };
        self.settling = SETTLE;
    }

    /// Takes the normalised voltage of one scan.
    pub(super) fn fast(&mut self, voltage: f64, step: f64) {
        if self.settling > SETTLE {
            self.settle(voltage);
        }
        let (_, high) = self.fast.step(voltage, FAST_EDGE, step);
        if self.settling < SETTLE - 5.0 {
            self.fast_blocks.add(high, step, Self::FAST_BLOCK);
        }
    }

    /// Takes the mean normalised voltage of about a second; what of it lies in the metal-pad band.
    pub(super) fn slow(&mut self, voltage: f64, step: f64) -> f64 {
        let (smooth, _) = self.low_pass.step(voltage, HIGH_EDGE, step);
        let (_, band) = self.high_pass.step(smooth, LOW_EDGE, step);
        if self.settling > 0.0 {
            self.settling -= step;
        } else {
            self.low_blocks.add(band, step, Self::LOW_BLOCK);
        }
        self.low = self.low_blocks.rms(Self::LOW_BLOCK);
        self.high = self.fast_blocks.rms(Self::FAST_BLOCK);

        let swing = &mut self.extremes;
        if swing.length >= Self::SWING_BLOCK {
            swing.length = 0.0;
            swing.at = (swing.at + 1) % swing.blocks.len();
            if let Some(slot) = swing.blocks.get_mut(swing.at) {
                *slot = NO_EXTREMES;
            }
        }
        swing.length += step;
        if let Some((low, high)) = swing.blocks.get_mut(swing.at) {
            *low = low.min(voltage);
            *high = high.max(voltage);
        }
        if self.settling > 0.0 { 0.0 } else { band }
    }

    /// Standard deviation between 0.01 and 0.06 Hz over five minutes (摆动) \[V\]; NaN when unknown.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Standard deviation above 0.2 Hz over one minute (针振) \[V\]; NaN when unknown.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Highest less lowest second of the last three minutes \[V\]; NaN when unknown.
    #[must_use]
    pub fn swing(&self) -> f64 {
        let (low, high) = self.extremes.blocks.iter().fold(NO_EXTREMES, |(l, h), b| (l.min(b.0), h.max(b.1)));
        if high >= low { high - low } else { f64::NAN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::sin;

    fn run(period: f64, amplitude: f64, step: f64) -> Noise {
        let mut noise = Noise::default();
        let mut time = 0.0;
        while time < 900.0 {
            time += step;
            let v = 3.95 + amplitude * sin(2.0 * PI * time / period);
            noise.fast(v, step);
            noise.slow(v, step);
        }
        noise
    }

    #[test]
    fn a_roll_is_low_and_a_ripple_is_high() {
        let roll = run(38.0, 10e-3, 1.0);
        assert!((roll.low() - 7.07e-3).abs() < 1e-3, "{}", roll.low());
        assert!(roll.high() < 0.5e-3);
        assert!((roll.swing() - 20e-3).abs() < 1e-3);
        let ripple = run(2.6, 10e-3, 1.0);
        assert!(ripple.high() > 5e-3 && ripple.low() < 0.5e-3, "{} {}", ripple.high(), ripple.low());
        let drift = run(1200.0, 10e-3, 1.0);
        assert!(drift.low() < 0.5e-3);
    }

    #[test]
    fn a_slow_scan_sees_the_same_roll() {
        assert!((run(38.0, 10e-3, 2.0).low() - 7.07e-3).abs() < 1e-3);
    }

    #[test]
    fn unknown_is_not_quiet() {
        let limits = NoiseLimits { warn: 0.012, unstable: 0.025, severe: 0.06 };
        assert_eq!(limits.level(f64::NAN), NoiseLevel::Unknown);
        assert_eq!(limits.level(0.03), NoiseLevel::Unstable);
        assert!(Noise::default().low().is_nan());
    }
}

//! One stream of random numbers per (seed, cell, channel).

use crate::image::CellId;
use crate::math::{ln, sin_cos, sqrt};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What a stream is for. The number is part of the stream's name: append, never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Channel {
    /// Parameters drawn once.
    Spread = 1,
    /// Voltage noise of the cell.
    Noise = 2,
    /// Sensors.
    Sensor = 3,
    /// Operations: masses, delays.
    Operation = 4,
    /// Feeders.
    Feeder = 5,
    /// Line current.
    Line = 6,
    /// Ripple of the rectifiers.
    Ripple = 7,
    /// Anode effects of the cells of the line that are not simulated.
    Unseen = 8,
    /// Feeder faults and drift.
    FeederFault = 9,
    /// Single strokes of the feeders.
    Stroke = 10,
    /// Anode rod clamps.
    Rod = 11,
    /// Laboratory and dipstick.
    Lab = 12,
    /// Where a crew sets an anode.
    Setting = 13,
    /// Mistakes.
    Blunder = 14,
    /// How the transducers of a pot are off.
    Calibration = 15,
    /// Telegrams that are lost.
    Telegram = 16,
    /// How long the laboratory takes.
    LabDelay = 17,
    /// Wander of the feeders' shots.
    Wander = 18,
    /// Fast regulation asked for by the grid.
    Regulation = 30,
    /// Frequency of the grid.
    Frequency = 31,
}

/// A stream of draws; the generator is named (xoshiro256++), so that results are stable.
#[derive(Debug, Clone)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
    spare: Option<f64>,
}

impl Stream {
    /// The stream of `channel` for `cell` in run `seed`.
    #[must_use]
    pub fn new(seed: u64, cell: CellId, channel: Channel) -> Self {
        let mut name = [0_u8; 32];
        name[..8].copy_from_slice(&seed.to_le_bytes());
        name[8..10].copy_from_slice(&cell.0.to_le_bytes());
        name[10..12].copy_from_slice(&(channel as u16).to_le_bytes());
        // A tag keeps the state away from zero; a few turns mix the sparse name.
        name[24..32].copy_from_slice(b"potline\x01");
        let mut generator = Xoshiro256PlusPlus::from_seed(name);
        for _ in 0..16 {
            generator.next_u64();
        }
        Self { generator, spare: None }
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Standard normal (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        let radius = sqrt(-2.0 * ln(1.0 - self.uniform()));
        let angle = 2.0 * core::f64::consts::PI * self.uniform();
        let (sin, cos) = sin_cos(angle);
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Standard normal, held within ±2: for parameters that must stay plausible.
    pub fn bounded_normal(&mut self) -> f64 {
        self.normal().clamp(-2.0, 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_every_part_of_their_name() {
        let first = |seed, cell, channel| Stream::new(seed, CellId(cell), channel).uniform();
        let reference = first(1, 1, Channel::Noise);
        assert_eq!(reference, first(1, 1, Channel::Noise));
        assert_ne!(reference, first(2, 1, Channel::Noise));
        assert_ne!(reference, first(1, 2, Channel::Noise));
        assert_ne!(reference, first(1, 1, Channel::Sensor));
    }

    #[test]
    fn normal_has_the_moments_of_a_normal() {
        let mut stream = Stream::new(7, CellId(3), Channel::Noise);
        let n = 200_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let x = stream.normal();
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(n);
        // Five standard errors of each moment.
        assert!(mean.abs() < 5.0 / f64::from(n).sqrt());
        assert!((squares / f64::from(n) - 1.0).abs() < 5.0 * (2.0 / f64::from(n)).sqrt());
    }
}

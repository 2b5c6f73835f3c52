//! What the grid asks of a line: a schedule by the hour, a fast regulation signal, a frequency.
//!
//! ```text
//! asked = nominal (h(hour of the day) + r s)
//! s' = -s/T + noise, held within ±1; a new value every 4 s
//! f' = -(f - 50)/τ + noise
//! ```
//!
//! with h the hourly share \[1\], r the regulation band \[1\], s the regulation signal, T its time, f the
//! frequency \[Hz\]. The signal comes back to zero by itself, as the signals for fast resources of
//! American markets do, so that a band costs little energy. That a signal comes every 4 s is common
//! practice; its deviation (0.5 of the band), its time (10 min) and the time of the frequency (60 s) are
//! judgement, unverified.

use super::rng::{Channel, Stream};
use crate::image::CellId;
use crate::math::{clamp, exp, sqrt};

/// Nominal frequency of the grid \[Hz\].
const NOMINAL: f64 = 50.0;
/// Time from one value of the regulation signal to the next \[s\].
const PERIOD: f64 = 4.0;
/// Deviation of the signal as a share of the band \[1\], and the time in which it comes back \[s\].
const SIGNAL: f64 = 0.5;
const SIGNAL_TIME: f64 = 600.0;
/// Time in which the frequency comes back \[s\].
const FREQUENCY_TIME: f64 = 60.0;

/// The market a line sells to. What is left out is off.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct MarketSettings {
    /// Current asked for in each hour of the day, of nominal \[%\], 24 values, 50–115.
    pub hourly_pct: [f64; 24],
    /// Band of fast regulation around it \[%\], 0–5; 0 = none.
    pub regulation_pct: f64,
    /// Standard deviation of the frequency of the grid \[mHz\], 0–200; 0 = always 50 Hz.
    pub frequency_mhz: f64,
}

impl Default for MarketSettings {
    fn default() -> Self {
        Self { hourly_pct: [100.0; 24], regulation_pct: 0.0, frequency_mhz: 0.0 }
    }
}

/// What the grid asks now.
#[derive(Debug, Clone)]
pub(super) struct Market {
    settings: MarketSettings,
    signal: f64,
    /// Time of the next value of the signal \[s\].
    next: f64,
    frequency: f64,
    regulation: Stream,
    grid: Stream,
}

impl Market {
    pub fn new(settings: MarketSettings, seed: u64) -> Self {
        let stream = |channel| Stream::new(seed, CellId(0), channel);
        Self {
            settings,
            signal: 0.0,
            next: 0.0,
            frequency: NOMINAL,
            regulation: stream(Channel::Regulation),
            grid: stream(Channel::Frequency),
        }
    }

    /// Share of the nominal current asked for over the coming step \[1\].
    pub fn advance(&mut self, now: f64, dt: f64) -> f64 {
        let s = &self.settings;
        if s.frequency_mhz > 0.0 {
            let keep = exp(-dt / FREQUENCY_TIME);
            let push = s.frequency_mhz * 1e-3 * sqrt(1.0 - keep * keep) * self.grid.normal();
            self.frequency = NOMINAL + keep * (self.frequency - NOMINAL) + push;
        }
        if s.regulation_pct > 0.0 && now >= self.next {
            self.next += PERIOD;
            let keep = exp(-PERIOD / SIGNAL_TIME);
            let push = SIGNAL * sqrt(1.0 - keep * keep) * self.regulation.normal();
            self.signal = clamp(keep * self.signal + push, -1.0, 1.0);
        }
        let hour = (now / crate::consts::HOUR) as usize % s.hourly_pct.len();
        (s.hourly_pct[hour] + s.regulation_pct * self.signal) / 100.0
    }

    /// Frequency of the grid \[Hz\].
    pub fn frequency(&self) -> f64 {
        self.frequency
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn shares(settings: MarketSettings, hours: f64) -> Vec<f64> {
        let mut market = Market::new(settings, 7);
        (0..(hours * 3_600.0) as u32).map(|s| market.advance(f64::from(s), 1.0)).collect()
    }

    #[test]
    fn a_market_that_is_off_asks_for_the_nominal_current_to_the_bit() {
        assert!(shares(MarketSettings::default(), 30.0).iter().all(|share| *share == 1.0));
    }

    #[test]
    fn the_hours_of_the_day_come_round() {
        let mut hourly_pct = [100.0; 24];
        hourly_pct[5] = 95.0;
        let shares = shares(MarketSettings { hourly_pct, ..MarketSettings::default() }, 31.0);
        for (hour, expected) in [(4.5, 1.0), (5.5, 0.95), (6.1, 1.0), (29.5, 0.95)] {
            assert!((shares[(hour * 3_600.0) as usize] - expected).abs() < 1e-12, "{hour}");
        }
    }

    #[test]
    fn regulation_comes_every_four_seconds_stays_in_its_band_and_costs_no_energy() {
        let shares = shares(MarketSettings { regulation_pct: 3.0, ..MarketSettings::default() }, 24.0);
        assert!(shares.iter().all(|share| (share - 1.0).abs() <= 0.03 + 1e-12));
        for four in shares.chunks(4) {
            assert!(four.iter().all(|share| *share == four[0]));
        }
        let changes = shares.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes > 20_000, "{changes}");
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let sigma =
            (shares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / shares.len() as f64).sqrt();
        // 72 times of the signal: a standard error of 0.5 x 3 % x sqrt(2/144).
        assert!((mean - 1.0).abs() < 0.006 && (0.010..0.017).contains(&sigma), "{mean} {sigma}");
    }

    #[test]
    fn the_frequency_has_the_deviation_it_is_given() {
        let mut market = Market::new(MarketSettings { frequency_mhz: 20.0, ..MarketSettings::default() }, 3);
        let mut squares = 0.0;
        for second in 0..86_400 {
            market.advance(f64::from(second), 1.0);
            squares += (market.frequency() - 50.0) * (market.frequency() - 50.0);
        }
        let sigma = (squares / 86_400.0).sqrt();
        assert!((0.018..0.022).contains(&sigma), "{sigma}");
    }
}

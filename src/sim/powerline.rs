//! The current all cells share: set-point, ripple, and the dip of an anode effect.
//!
//! An effect raises the line voltage at once and lowers the current by ΔV / (N r) until the
//! rectifier's regulator has restored it, here with a first-order lag.

use super::rng::Stream;
use super::settings::{EventKind, EventSettings, LineSettings};
use crate::consts::HOUR;
use crate::math::{exp, sqrt};
use std::vec::Vec;

/// Incremental resistance of one cell \[Ω\]: (V - 1.65)/I of a 500 kA cell.
const CELL_RESISTANCE: f64 = 4.7e-6;
/// Correlation time of the current noise \[s\].
const NOISE_TIME: f64 = 60.0;
/// Regulator lag \[s\].
const REGULATOR_TIME: f64 = 5.0;
/// Fastest change of the set-point \[A/s\]: 10 % in half a minute.
const RAMP: f64 = 1_700.0;

/// Line current.
#[derive(Debug, Clone)]
pub(super) struct PowerLine {
    settings: LineSettings,
    steps: Vec<(f64, f64, f64)>,
    set_point: f64,
    noise: f64,
    regulated: f64,
    stream: Stream,
}

impl PowerLine {
    pub fn new(settings: LineSettings, events: &[EventSettings], stream: Stream) -> Self {
        let steps = events
            .iter()
            .filter(|e| e.kind == EventKind::LineCurrent)
            .map(|e| {
                let start = e.at_h * HOUR;
                (
                    start,
                    start + e.minutes.unwrap_or(60.0) * 60.0,
                    e.current_ka.unwrap_or(settings.current_ka) * 1e3,
                )
            })
            .collect();
        let set_point = settings.current_ka * 1e3;
        Self { settings, steps, set_point, noise: 0.0, regulated: 0.0, stream }
    }

    /// Current over the coming step, `effect_voltage` being what anode effects add \[A\].
    pub fn advance(&mut self, now: f64, effect_voltage: f64, dt: f64) -> f64 {
        let wanted = self
            .steps
            .iter()
            .rev()
            .find(|(from, to, _)| (*from..*to).contains(&now))
            .map_or(self.settings.current_ka * 1e3, |s| s.2);
        self.set_point = crate::math::approach(self.set_point, wanted, RAMP * dt);
        let keep = exp(-dt / NOISE_TIME);
        self.noise = keep * self.noise
            + self.settings.noise_pct / 100.0 * sqrt(1.0 - keep * keep) * self.stream.normal();
        let dip = effect_voltage / (f64::from(self.settings.cells_in_line) * CELL_RESISTANCE);
        self.regulated += (dip - self.regulated) * (1.0 - exp(-dt / REGULATOR_TIME));
        (self.set_point * (1.0 + self.noise) - (dip - self.regulated)).max(0.0)
    }
}

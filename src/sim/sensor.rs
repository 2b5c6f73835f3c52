//! Transducers: bias, noise, resolution, and a bath probe that is dipped now and then.

use super::rng::Stream;
use super::settings::SensorSettings;
use crate::consts::HOUR;
use crate::math::round;

/// The transducers of one pot.
#[derive(Debug, Clone)]
pub(super) struct Sensors {
    settings: SensorSettings,
    stream: Stream,
    next_probe: f64,
    probe: Option<f64>,
}

impl Sensors {
    /// `phase` in 0..1 spreads the probe rounds over the section.
    pub fn new(settings: SensorSettings, stream: Stream, phase: f64) -> Self {
        Self { settings, stream, next_probe: phase * settings.probe_every_h * HOUR, probe: None }
    }

    /// Voltage transducer, 1 mV resolution \[V\].
    pub fn voltage(&mut self, truth: f64) -> f64 {
        let noise = self.settings.voltage_noise_mv * 1e-3 * self.stream.normal();
        round((truth + self.settings.voltage_bias_mv * 1e-3 + noise) * 1e3) * 1e-3
    }

    /// Line current transducer, 10 A resolution \[A\].
    pub fn current(&mut self, truth: f64) -> f64 {
        let gain = 1.0
            + (self.settings.current_bias_pct + self.settings.current_noise_pct * self.stream.normal())
                / 100.0;
        round(truth * gain / 10.0) * 10.0
    }

    /// Last probe of the bath temperature, 1 K resolution \[K\].
    pub fn temperature(&mut self, truth: f64, now: f64) -> Option<f64> {
        if self.settings.probe_every_h > 0.0 && now >= self.next_probe {
            self.next_probe += self.settings.probe_every_h * HOUR;
            let value = truth + self.settings.probe_sigma_c * self.stream.normal();
            self.probe = Some(round(value - 273.15) + 273.15);
        }
        self.probe
    }
}

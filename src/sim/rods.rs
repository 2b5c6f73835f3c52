//! The clamp meter on the anode rods: a gain error of each clamp, and noise.

use super::rng::Stream;
use super::settings::SensorSettings;
use crate::image::{MAX_ANODES, RodCurrents};

#[derive(Debug, Clone)]
pub(super) struct Rods {
    gain: [f64; MAX_ANODES],
    noise: f64,
    every: f64,
    next: f64,
    stream: Stream,
    latest: RodCurrents,
}

impl Rods {
    pub fn new(settings: &SensorSettings, mut stream: Stream) -> Self {
        let spread = settings.rod_gain_pct / 100.0;
        Self {
            gain: core::array::from_fn(|_| 1.0 + spread * stream.bounded_normal()),
            noise: settings.rod_noise_pct / 100.0,
            every: settings.rod_every_s,
            next: 0.0,
            stream,
            latest: RodCurrents::default(),
        }
    }

    /// A round is to be made at `now`.
    pub fn due(&self, now: f64) -> bool {
        now >= self.next
    }

    /// One round over the rods, which carry `truth` \[A\].
    pub fn measure(&mut self, truth: &[f64; MAX_ANODES], now: f64) {
        self.next += self.every;
        self.latest.taken = now;
        for ((shown, truth), gain) in self.latest.current.iter_mut().zip(truth).zip(&self.gain) {
            *shown = truth * (gain + self.noise * self.stream.normal());
        }
    }

    /// When the latest round was made \[s\].
    pub fn taken(&self) -> f64 {
        self.latest.taken
    }

    pub fn latest(&self) -> RodCurrents {
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Channel;
    use super::*;
    use crate::image::CellId;

    #[test]
    fn rods_add_up_to_the_line_current_and_each_keeps_its_error() {
        let settings = SensorSettings { rod_noise_pct: 0.0, ..SensorSettings::default() };
        let mut rods = Rods::new(&settings, Stream::new(4, CellId(1), Channel::Rod));
        rods.measure(&[500e3 / 48.0; MAX_ANODES], 0.0);
        let first = rods.latest();
        let sum: f64 = first.current.iter().sum();
        // 2 % over the square root of 48 rods, four times.
        assert!((sum / 500e3 - 1.0).abs() < 4.0 * 0.02 / 48.0_f64.sqrt(), "{sum}");
        assert!(first.current.iter().any(|i| (i * 48.0 / 500e3 - 1.0).abs() > 0.01));
        rods.measure(&[250e3 / 48.0; MAX_ANODES], 60.0);
        for (now, before) in rods.latest().current.iter().zip(&first.current) {
            assert!((now * 2.0 / before - 1.0).abs() < 1e-12);
        }
    }
}

//! Transducers: bias, drift, noise, resolution and failure, and a bath probe dipped now and then.

use super::event::Sensor;
use super::rng::Stream;
use super::settings::SensorSettings;
use crate::consts::{DAY, HOUR};
use crate::math::round;

/// How a transducer fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// It shows its last value on and on.
    Frozen,
    /// It shows nothing: 0, or no temperature.
    Dead,
}

/// An error that comes and goes, or grows from one instant on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Offset {
    pub value: f64,
    pub begin: f64,
    /// Time in which it is reached \[s\].
    pub ramp: f64,
    pub end: f64,
}

impl Offset {
    const NONE: Self = Self { value: 0.0, begin: f64::INFINITY, ramp: 0.0, end: f64::INFINITY };

    fn at(&self, now: f64) -> f64 {
        let since = now - self.begin;
        match () {
            () if since < 0.0 || now >= self.end => 0.0,
            () if since < self.ramp => self.value * since / self.ramp,
            () => self.value,
        }
    }
}

/// One analogue value with its failures.
#[derive(Debug, Clone, Copy)]
struct Channel {
    shown: f64,
    fault: Option<(Fault, f64)>,
}

impl Channel {
    const NEW: Self = Self { shown: 0.0, fault: None };

    fn show(&mut self, value: f64, now: f64) -> f64 {
        self.fault = self.fault.filter(|(_, end)| now < *end);
        match self.fault {
            None => self.shown = value,
            Some((Fault::Frozen, _)) => {}
            Some((Fault::Dead, _)) => return 0.0,
        }
        self.shown
    }
}

/// The transducers of one pot.
#[derive(Debug, Clone)]
pub(super) struct Sensors {
    settings: SensorSettings,
    stream: Stream,
    /// Bias of this cell's voltage transducer \[V\].
    voltage_bias: f64,
    voltage_offset: Offset,
    /// \[%\]
    current_offset: Offset,
    voltage: Channel,
    current: Channel,
    beam: Channel,
    temperature: Channel,
    next_probe: f64,
    probe: Option<f64>,
    /// What its thermometer shows too much, and until when \[K\], \[s\].
    probe_offset: (f64, f64),
}

/// `value` to the nearest `step`; any value where there is no step.
fn quantise(value: f64, step: f64) -> f64 {
    if step > 0.0 { round(value / step) * step } else { value }
}

impl Sensors {
    /// `phase` in 0..1 spreads the probe rounds over the section; `bias` is a standard normal draw.
    pub fn new(settings: SensorSettings, stream: Stream, phase: f64, bias: f64) -> Self {
        Self {
            settings,
            stream,
            voltage_bias: (settings.voltage_bias_mv + settings.voltage_spread_mv * bias) * 1e-3,
            voltage_offset: Offset::NONE,
            current_offset: Offset::NONE,
            voltage: Channel::NEW,
            current: Channel::NEW,
            beam: Channel::NEW,
            temperature: Channel::NEW,
            next_probe: phase * settings.probe_every_h * HOUR,
            probe: None,
            probe_offset: (0.0, f64::NEG_INFINITY),
        }
    }

    /// Puts `fault` on `sensor` until `end`.
    pub fn fault(&mut self, sensor: Sensor, fault: Fault, end: f64) {
        let channel = match sensor {
            Sensor::Voltage => &mut self.voltage,
            Sensor::Current => &mut self.current,
            Sensor::Beam => &mut self.beam,
            Sensor::Temperature => &mut self.temperature,
        };
        channel.fault = Some((fault, end));
    }

    /// The thermometer of the probe shows `offset` \[K\] too much until `end`.
    pub fn probe_off(&mut self, offset: f64, end: f64) {
        self.probe_offset = (offset, end);
    }

    /// The voltage transducer is off \[V\].
    pub fn voltage_off(&mut self, offset: Offset) {
        self.voltage_offset = offset;
    }

    /// The current transducer is off \[%\].
    pub fn current_off(&mut self, offset: Offset) {
        self.current_offset = offset;
    }

    /// Voltage transducer \[V\].
    pub fn voltage(&mut self, truth: f64, now: f64) -> f64 {
        let s = &self.settings;
        let noise = s.voltage_noise_mv * 1e-3 * self.stream.normal();
        let drift = s.voltage_drift_mv_per_day * 1e-3 * now / DAY;
        let value = truth + self.voltage_bias + drift + noise + self.voltage_offset.at(now);
        self.voltage.show(quantise(value, s.voltage_resolution_mv * 1e-3), now)
    }

    /// Line current transducer \[A\].
    pub fn current(&mut self, truth: f64, now: f64) -> f64 {
        let s = &self.settings;
        let drift = s.current_drift_pct_per_day * now / DAY;
        let bias = s.current_bias_pct + drift + self.current_offset.at(now);
        let gain = 1.0 + (bias + s.current_noise_pct * self.stream.normal()) / 100.0;
        self.current.show(quantise(truth * gain, s.current_resolution_a), now)
    }

    /// Beam encoder \[m\].
    pub fn beam(&mut self, truth: f64, now: f64) -> f64 {
        self.beam.show(quantise(truth, self.settings.beam_resolution_mm * 1e-3), now)
    }

    /// Last probe of the bath temperature, 1 K resolution \[K\].
    pub fn temperature(&mut self, truth: f64, now: f64) -> Option<f64> {
        if self.settings.probe_every_h > 0.0 && now >= self.next_probe {
            self.next_probe += self.settings.probe_every_h * HOUR;
            let (offset, end) = self.probe_offset;
            let offset = if now < end { offset } else { 0.0 };
            let value = truth + offset + self.settings.probe_sigma_c * self.stream.normal();
            self.probe = Some(round(value - 273.15) + 273.15);
        }
        let shown = self.temperature.show(self.probe.unwrap_or(0.0), now);
        (shown > 0.0).then_some(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng;
    use super::*;
    use crate::image::CellId;

    fn sensors(settings: SensorSettings) -> Sensors {
        Sensors::new(settings, Stream::new(1, CellId(1), rng::Channel::Sensor), 0.0, 0.0)
    }

    #[test]
    fn a_frozen_transducer_holds_and_a_dead_one_shows_nothing() {
        let mut s = sensors(SensorSettings::default());
        let before = s.voltage(4.0, 0.0);
        s.fault(Sensor::Voltage, Fault::Frozen, 100.0);
        assert_eq!(s.voltage(5.0, 1.0), before);
        assert_eq!(s.voltage(6.0, 99.0), before);
        assert!((s.voltage(6.0, 100.0) - 6.0).abs() < 0.02);
        s.fault(Sensor::Voltage, Fault::Dead, 200.0);
        assert_eq!(s.voltage(6.0, 150.0), 0.0);
        assert!(s.temperature(1_230.0, 0.0).is_some());
        s.fault(Sensor::Temperature, Fault::Dead, 200.0);
        assert_eq!(s.temperature(1_230.0, 1.0), None);
    }

    #[test]
    fn a_probe_that_is_off_is_so_until_the_end() {
        let settings = SensorSettings { probe_every_h: 1.0, probe_sigma_c: 0.0, ..SensorSettings::default() };
        let mut s = sensors(settings);
        s.probe_off(8.0, 2.5 * HOUR);
        let shown = [0.0, 1.0, 2.0, 3.0].map(|hour| s.temperature(1_230.15, hour * HOUR).unwrap());
        assert_eq!(shown, [1_238.15, 1_238.15, 1_238.15, 1_230.15]);
    }

    #[test]
    fn an_offset_grows_stays_and_ends() {
        let exact = SensorSettings { voltage_noise_mv: 0.0, current_noise_pct: 0.0, ..Default::default() };
        let mut s = sensors(exact);
        s.voltage_off(Offset { value: 0.020, begin: 100.0, ramp: 50.0, end: 300.0 });
        s.current_off(Offset { value: 1.0, begin: 100.0, ramp: 0.0, end: f64::INFINITY });
        let voltage = [99.0, 125.0, 150.0, 299.0, 300.0].map(|now| s.voltage(4.0, now));
        for (shown, expected) in voltage.into_iter().zip([4.0, 4.010, 4.020, 4.020, 4.0]) {
            assert!((shown - expected).abs() < 1e-9, "{shown} {expected}");
        }
        assert!((s.current(500e3, 99.0) - 500e3).abs() < 1e-6);
        assert!((s.current(500e3, 1e9) - 505e3).abs() < 1e-6);
    }

    #[test]
    fn drift_and_resolution_are_as_stated() {
        let mut s = sensors(SensorSettings {
            voltage_noise_mv: 0.0,
            voltage_drift_mv_per_day: 3.0,
            voltage_resolution_mv: 5.0,
            current_noise_pct: 0.0,
            current_drift_pct_per_day: 0.1,
            beam_resolution_mm: 0.5,
            ..SensorSettings::default()
        });
        assert!((s.voltage(4.001, 0.0) - 4.000).abs() < 1e-9);
        assert!((s.voltage(4.001, 2.0 * DAY) - 4.005).abs() < 1e-9);
        assert!((s.current(500e3, 5.0 * DAY) - 502_500.0).abs() < 1e-6);
        assert!((s.beam(0.1234, 0.0) - 0.1235).abs() < 1e-12);
    }

    #[test]
    fn a_fault_of_one_transducer_moves_no_draw_of_another() {
        let (mut well, mut ill) = (sensors(SensorSettings::default()), sensors(SensorSettings::default()));
        ill.fault(Sensor::Voltage, Fault::Dead, 50.0);
        for second in 0..100 {
            let now = f64::from(second);
            let (a, b) = (well.voltage(4.0, now), ill.voltage(4.0, now));
            assert_eq!(a == b, second >= 50);
            assert_eq!(well.current(500e3, now), ill.current(500e3, now));
        }
    }
}

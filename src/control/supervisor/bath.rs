//! What the slow track is shown of a cell, and what it gives: a dose of AlF3, volts for heat.

use super::{PotController, Scan};
use crate::control::bath::BathInput;
use crate::control::{PotState, TargetPart};
use crate::estimate::ThermalInput;
use crate::image::{EventKind, Events, LabSample, Mode, Reading};

impl PotController {
    /// Takes a result of the laboratory. The same or an older one again changes nothing; what it means
    /// is worked out in the next scan.
    pub fn sample(&self, state: &mut PotState, sample: &LabSample) {
        if sample.taken.is_finite() && sample.taken > state.sampled {
            state.sampled = sample.taken;
            state.sample = Some(*sample);
        }
    }

    /// One scan of the slow track; `net`: alumina fed beyond consumption \[kg\]. Without a `reading`, or
    /// a current, heat is not known and the target waits where it is.
    pub(super) fn slow_track(
        &self,
        state: &mut PotState,
        reading: Option<&Reading>,
        normal: bool,
        net: f64,
        scan: Scan,
        events: &mut Events,
    ) {
        let sample = state.sample.take().map(|sample| (sample, scan.now - sample.taken));
        let dose = state.guard.alf3().unwrap_or(self.bath.base());
        let input = ThermalInput {
            voltage: reading.map_or(f64::NAN, |r| r.voltage),
            current: reading.map_or(f64::NAN, |r| r.current),
            normal: normal && state.operations.mode() == Mode::Auto,
            dose,
            alumina: state.ekf.alumina(),
            probe: reading.and_then(|r| r.bath_temperature),
            sample,
            step: scan.step,
        };
        if self.thermal.update(&mut state.thermal, &input) {
            events.push(EventKind::MeasurementRefused);
        }
        let input = BathInput {
            current: state.current,
            share: state.current / self.design.current,
            net,
            noisy: state.resistance.modifiers().noise > 0.0,
            step: scan.step,
        };
        self.bath.update(&mut state.bath, &state.thermal, &input, events);
        let (temperature, superheat, power) = self.bath.volts(&state.bath);
        if reading.is_some() {
            state.resistance.set_modifier(TargetPart::Temperature, temperature);
            state.resistance.set_modifier(TargetPart::Superheat, superheat);
            state.resistance.set_modifier(TargetPart::Power, power);
        }
    }
}

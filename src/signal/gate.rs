//! Which samples may be judged, and why the others may not.

use super::{Signal, Surroundings};
use crate::image::{Reading, StatusBits};

/// Encoder travel that counts as a beam move \[m\]: twice the resolution of a usual beam encoder.
const MOVED: f64 = 0.2e-3;
/// A stamp this far back means that the PLC's clock was set, not that a packet was late \[s\].
const CLOCK_SET: f64 = 5.0;

/// What became of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gate {
    /// Entered the windows.
    Used,
    /// The reading is bad, or not a number.
    #[default]
    Unusable,
    /// Its stamp is not newer than the last one.
    Repeated,
    /// Line current too low for a resistance.
    Current,
    /// Voltage outside the band of normal operation.
    Voltage,
    /// The beam moves, or has just moved.
    Beam,
    /// An operation is going on.
    Operation,
    /// The line current is changing.
    Swing,
}

/// Memory of the gate.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct GateState {
    stamp: Option<f64>,
    rest: Option<f64>,
    settling: f64,
}

impl Signal {
    pub(super) fn gate(
        &self,
        state: &mut GateState,
        reading: &Reading,
        around: Surroundings,
        step: f64,
    ) -> Gate {
        state.settling = (state.settling - step).max(0.0);
        let finite = reading.time.is_finite()
            && reading.voltage.is_finite()
            && reading.current.is_finite()
            && reading.beam_position.is_finite();
        if !reading.usable() || !finite {
            return Gate::Unusable;
        }
        if let Some(stamp) = state.stamp
            && reading.time <= stamp
        {
            if reading.time < stamp - CLOCK_SET {
                state.stamp = Some(reading.time);
            }
            return Gate::Repeated;
        }
        state.stamp = Some(reading.time);

        let rest = *state.rest.get_or_insert(reading.beam_position);
        let moved = (reading.beam_position - rest).abs() > MOVED;
        if moved || reading.status.has(StatusBits::BEAM_BUSY) {
            state.rest = Some(reading.beam_position);
            state.settling = self.settle;
        }
        if reading.current < self.current_min {
            Gate::Current
        } else if reading.voltage < self.voltage_min || reading.voltage > self.voltage_max {
            Gate::Voltage
        } else if around.operation {
            Gate::Operation
        } else if moved || state.settling > 0.0 {
            Gate::Beam
        } else if around.swing {
            Gate::Swing
        } else {
            Gate::Used
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Quality;
    use crate::signal::SignalSettings;

    fn good(time: f64) -> Reading {
        Reading { time, quality: Quality::Good, voltage: 3.95, current: 500e3, ..Reading::default() }
    }

    fn gate(state: &mut GateState, reading: &Reading) -> Gate {
        let signal = SignalSettings::default().build(500e3, 1.65);
        signal.gate(state, reading, Surroundings::default(), 1.0)
    }

    #[test]
    fn every_reason_is_named() {
        let mut state = GateState::default();
        assert_eq!(gate(&mut state, &good(1.0)), Gate::Used);
        assert_eq!(gate(&mut state, &good(1.0)), Gate::Repeated);
        assert_eq!(gate(&mut state, &good(0.5)), Gate::Repeated);
        assert_eq!(gate(&mut state, &Reading { current: 340e3, ..good(2.0) }), Gate::Current);
        assert_eq!(gate(&mut state, &Reading { voltage: 8.1, ..good(3.0) }), Gate::Voltage);
        assert_eq!(gate(&mut state, &Reading { voltage: f64::NAN, ..good(4.0) }), Gate::Unusable);
        assert_eq!(gate(&mut state, &Reading { quality: Quality::Bad, ..good(5.0) }), Gate::Unusable);
        assert_eq!(gate(&mut state, &Reading { beam_position: 1e-3, ..good(6.0) }), Gate::Beam);
    }

    #[test]
    fn a_beam_move_gates_until_it_has_settled() {
        let mut state = GateState::default();
        gate(&mut state, &good(0.0));
        let busy = Reading { status: StatusBits::BEAM_BUSY, ..good(1.0) };
        assert_eq!(gate(&mut state, &busy), Gate::Beam);
        let gated = (2..60).take_while(|&n| gate(&mut state, &good(f64::from(n))) == Gate::Beam).count();
        assert_eq!(gated, 29);
    }

    #[test]
    fn a_clock_set_back_costs_one_sample() {
        let mut state = GateState::default();
        gate(&mut state, &good(5000.0));
        assert_eq!(gate(&mut state, &good(10.0)), Gate::Repeated);
        assert_eq!(gate(&mut state, &good(11.0)), Gate::Used);
    }
}

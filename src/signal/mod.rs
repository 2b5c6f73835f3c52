//! From raw samples to numbers a loop may judge: pseudo-resistance, its slope with an honest error,
//! and noise indices; and, for every sample left out, the reason.
//!
//! Three rates run inside one scan: the scan itself (high-frequency noise), seconds (low-frequency
//! noise) and five seconds (resistance, slope, level).

mod clock;
mod emf;
mod gate;
mod noise;
mod ramp;
mod resistance;
mod rods;
mod roll;
mod slope;
mod trend;

pub use clock::Clock;
pub use emf::Emf;
pub use gate::Gate;
pub use noise::{Noise, NoiseLevel, NoiseLimits};
pub use ramp::Ramp;
pub use resistance::Mean;
pub use rods::{PickUp, RodInput, RodSettings, RodState, Rods};
pub use roll::{Diagnosis, Roll};
pub use slope::{Fit, Slopes, Window};
pub use trend::{Cascade, Estimated, LevelSlope};

use crate::Error;
use crate::error::report_ranges;
use crate::image::{FeedPhase, Reading};
use gate::GateState;

/// Length of one entry of the slope windows \[s\], as in the published slope studies with
/// five-second averages (Dupuis, CIM 2011).
const ENTRY: f64 = 5.0;

/// How samples are conditioned.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SignalSettings {
    /// Resistance is not computed below this share of the nominal current \[%\], 50..100.
    pub current_min_pct: f64,
    /// Lowest cell voltage used for resistance \[V\], 1..3.5.
    pub voltage_min_v: f64,
    /// Highest cell voltage used for resistance \[V\], 4.5..8.
    pub voltage_max_v: f64,
    /// Samples are left out this long after the beam came to rest \[s\], 0..300.
    pub settle_s: f64,
    /// The back-EMF is learnt from steps of the line current; otherwise it stays as configured.
    pub learn_e_back: bool,
    /// Low-frequency noise: warning above this \[mV\], 1..100.
    pub noise_warn_mv: f64,
    /// Low-frequency noise: unstable above this \[mV\], 2..200.
    pub noise_unstable_mv: f64,
    /// Low-frequency noise: severe above this \[mV\], 3..500.
    pub noise_severe_mv: f64,
}

impl Default for SignalSettings {
    fn default() -> Self {
        Self {
            current_min_pct: 70.0,
            voltage_min_v: 2.5,
            voltage_max_v: 6.0,
            settle_s: 30.0,
            learn_e_back: true,
            noise_warn_mv: 12.0,
            noise_unstable_mv: 25.0,
            noise_severe_mv: 60.0,
        }
    }
}

impl SignalSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("signal.current_min_pct", self.current_min_pct, 50.0, 100.0),
            ("signal.voltage_min_v", self.voltage_min_v, 1.0, 3.5),
            ("signal.voltage_max_v", self.voltage_max_v, 4.5, 8.0),
            ("signal.settle_s", self.settle_s, 0.0, 300.0),
            ("signal.noise_warn_mv", self.noise_warn_mv, 1.0, 100.0),
            ("signal.noise_unstable_mv", self.noise_unstable_mv, 2.0, 200.0),
            ("signal.noise_severe_mv", self.noise_severe_mv, 3.0, 500.0),
        ];
        report_ranges(&fields, report);
        let rising =
            self.noise_warn_mv < self.noise_unstable_mv && self.noise_unstable_mv < self.noise_severe_mv;
        if !rising {
            report(Error::Inconsistent {
                field: "signal.noise_unstable_mv",
                reason: "noise limits must rise from warn over unstable to severe",
            });
        }
    }

    /// The run-time form, for a cell of nominal `current` \[A\] and back-EMF `e_back` \[V\].
    #[must_use]
    pub fn build(&self, current: f64, e_back: f64) -> Signal {
        Signal {
            e_back,
            current,
            current_min: self.current_min_pct / 100.0 * current,
            voltage_min: self.voltage_min_v,
            voltage_max: self.voltage_max_v,
            settle: self.settle_s,
            learns: self.learn_e_back,
            limits: NoiseLimits {
                warn: self.noise_warn_mv * 1e-3,
                unstable: self.noise_unstable_mv * 1e-3,
                severe: self.noise_severe_mv * 1e-3,
            },
        }
    }
}

/// Run-time form of [`SignalSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Signal {
    e_back: f64,
    current: f64,
    current_min: f64,
    voltage_min: f64,
    voltage_max: f64,
    settle: f64,
    learns: bool,
    limits: NoiseLimits,
}

/// What the surroundings say about this scan.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings {
    /// Somebody works at the cell: the level of the resistance means nothing for the slope.
    pub operation: bool,
    /// The line current is changing faster than the resistance can be trusted.
    pub swing: bool,
    /// How the cell is fed: a change of that changes the voltage too.
    pub phase: FeedPhase,
}

/// One scan after conditioning.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Whether the sample entered the windows, or why not.
    pub gate: Gate,
    /// Pseudo-resistance of this scan \[Ω\]; NaN when voltage or current are unusable.
    pub resistance: f64,
    /// A new five-second mean entered the windows, so slope and level are new.
    pub fresh: bool,
}

/// Memory of the signal conditioning of one cell.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct SignalState {
    gate: GateState,
    second: Mean,
    five: Mean,
    raw: Mean,
    resistance: f64,
    window: Window,
    slopes: Slopes,
    noise: Noise,
    roll: Roll,
    emf: Emf,
    time: f64,
    disturbed: bool,
}

impl Default for SignalState {
    fn default() -> Self {
        Self {
            gate: GateState::default(),
            second: Mean::default(),
            five: Mean::default(),
            raw: Mean::default(),
            resistance: f64::NAN,
            window: Window::default(),
            slopes: Slopes::default(),
            noise: Noise::default(),
            roll: Roll::default(),
            emf: Emf::default(),
            time: 0.0,
            disturbed: false,
        }
    }
}

impl SignalState {
    /// Mean pseudo-resistance of the last five seconds, operations and beam moves included \[Ω\].
    #[must_use]
    pub fn resistance(&self) -> f64 {
        self.resistance
    }

    /// Slope and level over the last five and ten minutes of undisturbed operation.
    #[must_use]
    pub fn slopes(&self) -> &Slopes {
        &self.slopes
    }

    /// Noise indices.
    #[must_use]
    pub fn noise(&self) -> &Noise {
        &self.noise
    }

    /// Spectrum of the metal-pad band.
    #[must_use]
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// What was learnt of the back-EMF.
    #[must_use]
    pub fn emf(&self) -> &Emf {
        &self.emf
    }

    /// Forgets slope and level: what came before says nothing about what comes next.
    pub fn clear_windows(&mut self) {
        self.window.clear();
        self.slopes = Slopes::default();
        self.five = Mean::default();
    }
}

impl Signal {
    /// Pseudo-resistance (V - E) / I \[Ω\]. E is the tangent-extrapolated back-EMF of the operating
    /// range, not the reversible one; 1.65 V is the usual choice (Banta et al., Light Metals 2003).
    #[must_use]
    pub fn pseudo_resistance(&self, voltage: f64, current: f64) -> f64 {
        (voltage - self.e_back) / current
    }

    /// Cell voltage this resistance would give at nominal current \[V\].
    #[must_use]
    pub fn normalised_voltage(&self, resistance: f64) -> f64 {
        self.e_back + resistance * self.current
    }

    /// What makes the noise of the cell.
    #[must_use]
    pub fn diagnosis(&self, state: &SignalState) -> Diagnosis {
        state.roll.diagnose(&state.noise, &self.limits)
    }

    /// How loud a low-frequency noise is.
    #[must_use]
    pub fn noise_level(&self, noise: f64) -> NoiseLevel {
        self.limits.level(noise)
    }

    /// Limits of the noise levels.
    #[must_use]
    pub fn noise_limits(&self) -> NoiseLimits {
        self.limits
    }

    /// Takes one scan. `step` is the time since the last one \[s\].
    pub fn update(
        &self,
        state: &mut SignalState,
        reading: &Reading,
        around: Surroundings,
        step: f64,
    ) -> Sample {
        state.time += step;
        let gate = self.gate(&mut state.gate, reading, around, step);
        let electrical = matches!(gate, Gate::Used | Gate::Beam | Gate::Operation | Gate::Swing);
        let resistance = if electrical {
            // A better back-EMF changes nothing at nominal current: see `emf`.
            let shift = state.emf.shift();
            self.pseudo_resistance(reading.voltage - shift, reading.current) + shift / self.current
        } else {
            f64::NAN
        };
        if matches!(gate, Gate::Used | Gate::Swing) && self.learns {
            let Reading { voltage, current, .. } = *reading;
            let scan = emf::Scan { voltage, current, phase: around.phase, noise: state.noise.low(), step };
            state.emf.take(&scan, self.e_back, self.current);
        } else if gate != Gate::Repeated {
            state.emf.spoil();
        }
        if electrical && let Some((mean, _)) = state.raw.add(resistance, step, ENTRY) {
            state.resistance = mean;
        } else if !electrical && !matches!(gate, Gate::Repeated) {
            state.raw = Mean::default();
            state.resistance = f64::NAN;
        }

        let fresh = match gate {
            Gate::Used => self.accept(state, resistance, step),
            // The level steps: a line through both sides of the step would be a false slope.
            Gate::Beam | Gate::Operation | Gate::Voltage | Gate::Current => {
                self.disturb(state, true);
                false
            }
            // The level stays: the window waits with a gap in it.
            Gate::Swing | Gate::Unusable | Gate::Repeated => {
                if !matches!(gate, Gate::Repeated) {
                    self.disturb(state, false);
                }
                false
            }
        };
        if !fresh && state.slopes.is_old(state.time) {
            state.slopes = Slopes::default();
        }
        Sample { gate, resistance, fresh }
    }

    fn accept(&self, state: &mut SignalState, resistance: f64, step: f64) -> bool {
        let voltage = self.normalised_voltage(resistance);
        if state.disturbed {
            state.disturbed = false;
            state.noise.settle(voltage);
            state.roll.restart();
            state.second = Mean::default();
            state.five = Mean::default();
        }
        state.noise.fast(voltage, step);
        if let Some((mean, length)) = state.second.add(voltage, step, 1.0) {
            let band = state.noise.slow(mean, length);
            state.roll.take(band);
        }
        let Some((mean, _)) = state.five.add(resistance, step, ENTRY) else { return false };
        state.window.push(state.time, mean);
        state.slopes = state.window.slopes();
        true
    }

    fn disturb(&self, state: &mut SignalState, steps: bool) {
        if steps && !state.window.is_empty() {
            state.clear_windows();
        }
        state.disturbed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Quality, Reason};

    fn signal() -> Signal {
        SignalSettings::default().build(500e3, 1.65)
    }

    fn reading(time: f64, voltage: f64) -> Reading {
        Reading {
            time,
            quality: Quality::Good,
            reason: Reason::None,
            voltage,
            current: 500e3,
            ..Reading::default()
        }
    }

    #[test]
    fn a_steady_ramp_is_measured_at_every_scan_period() {
        for dt in [0.1, 0.5, 1.0, 2.0] {
            let (signal, mut state) = (signal(), SignalState::default());
            let mut time = 0.0;
            while time < 900.0 {
                time += dt;
                let r = 4.6e-6 + 60e-12 * time;
                let sample = reading(time, 1.65 + r * 500e3);
                signal.update(&mut state, &sample, Surroundings::default(), dt);
            }
            let slopes = state.slopes();
            let (short, long) = (slopes.short.unwrap(), slopes.long.unwrap());
            assert!((short.slope - 60e-12).abs() < 0.6e-12, "{dt} {short:?}");
            assert!((long.slope - 60e-12).abs() < 0.6e-12, "{dt} {long:?}");
            assert!(state.noise().low() < 1e-3);
        }
    }

    #[test]
    fn a_beam_move_clears_and_a_swing_only_waits() {
        let (signal, mut state) = (signal(), SignalState::default());
        let mut time = 0.0;
        let mut run = |state: &mut SignalState, seconds: usize, position: f64, swing: bool| {
            for _ in 0..seconds {
                time += 1.0;
                let sample = Reading { beam_position: position, ..reading(time, 3.95) };
                let around = Surroundings { swing, ..Surroundings::default() };
                signal.update(state, &sample, around, 1.0);
            }
        };
        run(&mut state, 620, 0.1, false);
        assert!(state.slopes().long.is_some());
        run(&mut state, 30, 0.1, true);
        run(&mut state, 30, 0.1, false);
        assert!(state.slopes().long.is_some(), "thirty seconds of swing leave the window usable");
        run(&mut state, 1, 0.101, false);
        assert!(state.slopes().long.is_none(), "a move of 1 mm empties it");
    }

    #[test]
    fn nothing_non_finite_ever_enters() {
        let (signal, mut state) = (signal(), SignalState::default());
        for n in 0..1200 {
            let voltage = match n % 7 {
                0 => f64::NAN,
                1 => f64::INFINITY,
                _ => 3.95,
            };
            signal.update(&mut state, &reading(f64::from(n), voltage), Surroundings::default(), 1.0);
        }
        assert!(state.noise().low().is_nan() || state.noise().low().is_finite());
        if let Some(fit) = state.slopes().long {
            assert!(fit.slope.is_finite() && fit.error.is_finite());
        }
    }

    #[test]
    fn settings_report_every_problem() {
        let bad = SignalSettings { settle_s: -1.0, noise_warn_mv: 90.0, ..SignalSettings::default() };
        let mut fields = [""; 4];
        let mut count = 0;
        bad.validate(&mut |error| {
            fields[count] = error.field();
            count += 1;
        });
        assert_eq!(&fields[..count], ["signal.settle_s", "signal.noise_unstable_mv"]);
    }
}

//! What is added to the base target, as a waterfall: each part by its name, the limits last.
//!
//! target = base + (noise + temperature + superheat + anode change + tapping + age + power + limit) / I
//!
//! with the parts in volts at nominal line current I. Noise asks for distance at once and gives it back
//! slowly; the additions of an anode change and of a tap ramp away (a ramp is common practice in
//! published controllers). The other parts are decided elsewhere and only kept here; one of the bath
//! that nobody renews is given back. `limit` is what the bounds on the sum, and then on the target
//! itself, take off or add, so that the bars always add up. Sizes and times are engineering judgement.

use crate::consts::HOUR;
use crate::math::{approach, clamp};
use crate::signal::NoiseLevel;

/// A measurement of the bath speaks for this long \[s\], a day and half of the next ...
const MEASURED: f64 = 36.0 * HOUR;
/// ... and what it asked for is then given back at this rate \[V/s\].
const GIVEN_BACK: f64 = 10e-3 / HOUR;
/// A cell is calm after this long without noise \[s\].
const CALM: f64 = HOUR;

/// A part of the target that is decided elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetPart {
    /// By the measured bath temperature.
    Temperature,
    /// By the superheat.
    Superheat,
    /// For the age of the lining.
    Age,
    /// For the power that the line has to give.
    Power,
}

/// What is added to the base target, each part visible \[V at nominal line current\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Modifiers {
    /// For noise.
    pub noise: f64,
    /// For a bath that is too cold or too hot.
    pub temperature: f64,
    /// For a superheat that is too low or too high.
    pub superheat: f64,
    /// After an anode change.
    pub anode_change: f64,
    /// After tapping.
    pub tapping: f64,
    /// For the age of the lining.
    pub age: f64,
    /// For the power that the line has to give.
    pub power: f64,
    /// What the limits of the sum and of the target take off or add.
    pub limit: f64,
}

impl Modifiers {
    /// All parts, before any limit \[V\].
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.noise
            + self.temperature
            + self.superheat
            + self.anode_change
            + self.tapping
            + self.age
            + self.power
    }

    /// The bars of the waterfall, in their order, by name \[mV\].
    #[must_use]
    pub fn bars_mv(&self) -> [(&'static str, f64); 8] {
        [
            ("noise", self.noise),
            ("temperature", self.temperature),
            ("superheat", self.superheat),
            ("anode change", self.anode_change),
            ("tapping", self.tapping),
            ("age", self.age),
            ("power", self.power),
            ("limit", self.limit),
        ]
        .map(|(name, volt)| (name, 1e3 * volt))
    }
}

/// Run-time form of what the settings say of the modifiers; volts at nominal current, seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Laws {
    pub least: f64,
    pub most: f64,
    pub noise_level: f64,
    /// Per second.
    pub noise_rise: f64,
    pub noise_most: f64,
    /// Per second.
    pub noise_fall: f64,
    pub anode_change: f64,
    pub anode_change_time: f64,
    pub tapping: f64,
    pub tapping_time: f64,
}

/// Memory of the modifiers.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct ModifierState {
    pub parts: Modifiers,
    quiet: f64,
    /// Since the bath was measured \[s\].
    temperature_age: f64,
    superheat_age: f64,
}

impl ModifierState {
    /// Keeps a part that is decided elsewhere \[V\]; what is no number changes nothing.
    pub fn set(&mut self, part: TargetPart, volt: f64) {
        if !volt.is_finite() {
            return;
        }
        match part {
            TargetPart::Temperature => (self.parts.temperature, self.temperature_age) = (volt, 0.0),
            TargetPart::Superheat => (self.parts.superheat, self.superheat_age) = (volt, 0.0),
            TargetPart::Age => self.parts.age = volt,
            TargetPart::Power => self.parts.power = volt,
        }
    }
}

impl Laws {
    /// Takes one scan of length `step` \[s\].
    pub fn update(&self, state: &mut ModifierState, noise: NoiseLevel, step: f64) {
        let levels = match noise {
            NoiseLevel::Unknown | NoiseLevel::Normal => 0.0,
            NoiseLevel::Noisy => 1.0,
            NoiseLevel::Unstable => 2.0,
            NoiseLevel::Severe => 3.0,
        };
        let parts = &mut state.parts;
        if levels > 0.0 {
            state.quiet = 0.0;
            parts.noise = parts.noise.max(levels * self.noise_level);
        } else {
            state.quiet += step;
        }
        if levels > 1.0 {
            parts.noise += self.noise_rise * step;
        } else if state.quiet > CALM {
            parts.noise -= self.noise_fall * step;
        }
        parts.noise = clamp(parts.noise, 0.0, self.noise_most);
        let ramp = |value, whole: f64, time| approach(value, 0.0, whole / time * step);
        parts.anode_change = ramp(parts.anode_change, self.anode_change, self.anode_change_time);
        parts.tapping = ramp(parts.tapping, self.tapping, self.tapping_time);
        for (value, age) in [
            (&mut parts.temperature, &mut state.temperature_age),
            (&mut parts.superheat, &mut state.superheat_age),
        ] {
            *age += step;
            if *age > MEASURED {
                *value = approach(*value, 0.0, GIVEN_BACK * step);
            }
        }
    }

    /// What the bounds on the sum, and on the `base` \[V\] with it, take off or add \[V\].
    pub fn limit(&self, parts: &Modifiers, base: f64, bounds: (f64, f64)) -> f64 {
        let sum = parts.sum();
        // The same sum on both sides: exactly nothing where no limit is met.
        clamp(base + clamp(sum, self.least, self.most), bounds.0, bounds.1) - (base + sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laws() -> Laws {
        Laws {
            least: -40e-3,
            most: 250e-3,
            noise_level: 10e-3,
            noise_rise: 5e-3 / 900.0,
            noise_most: 80e-3,
            noise_fall: 5e-3 / 1800.0,
            anode_change: 40e-3,
            anode_change_time: 8.0 * HOUR,
            tapping: 10e-3,
            tapping_time: 2.0 * HOUR,
        }
    }

    #[test]
    fn the_bars_add_up_to_the_target_at_every_limit() {
        for (volt, total) in [(0.1, 0.1), (-0.03, -0.03), (-0.2, -0.04), (0.6, 0.25)] {
            let mut state = ModifierState::default();
            state.set(TargetPart::Age, volt);
            let limit = laws().limit(&state.parts, 3.95, (3.7, 4.4));
            assert!((state.parts.sum() + limit - total).abs() < 1e-12, "{volt} {limit}");
        }
        let mut state = ModifierState::default();
        state.set(TargetPart::Power, 0.2);
        let limit = laws().limit(&state.parts, 4.3, (3.7, 4.4));
        assert!((limit + 0.1).abs() < 1e-12, "the highest target voltage has the last word: {limit}");
    }

    #[test]
    fn every_part_has_its_own_bar() {
        let mut state = ModifierState::default();
        let parts = [TargetPart::Temperature, TargetPart::Superheat, TargetPart::Age, TargetPart::Power];
        for (n, part) in (1..).zip(parts) {
            state.set(part, f64::from(n) * 1e-3);
            state.set(part, f64::NAN);
        }
        let bars = state.parts.bars_mv();
        let value = |name| bars.iter().find(|bar| bar.0 == name).map(|bar| bar.1);
        let found = ["temperature", "superheat", "age", "power"].map(value);
        for (n, found) in (1..).zip(found) {
            assert!((found.unwrap() - f64::from(n)).abs() < 1e-12, "{found:?}");
        }
        assert!((bars.iter().map(|bar| bar.1).sum::<f64>() - 10.0).abs() < 1e-9);
    }

    #[test]
    fn what_an_old_measurement_asked_for_is_given_back_and_a_set_point_stays() {
        let mut state = ModifierState::default();
        state.set(TargetPart::Temperature, 20e-3);
        state.set(TargetPart::Superheat, -15e-3);
        state.set(TargetPart::Power, 30e-3);
        for _ in 0..35 * 60 {
            laws().update(&mut state, NoiseLevel::Normal, 60.0);
        }
        assert_eq!((state.parts.temperature, state.parts.superheat), (20e-3, -15e-3));
        for _ in 0..4 * 60 {
            laws().update(&mut state, NoiseLevel::Normal, 60.0);
        }
        assert_eq!((state.parts.temperature, state.parts.superheat), (0.0, 0.0));
        assert_eq!(state.parts.power, 30e-3);
    }
}

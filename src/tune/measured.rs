//! What a line knows of a cell: the figures a tuner may go by, and how they are collected.
//!
//! Nothing here can hold the plant's truth: a [`Meter`] is shown readings and what the control stack
//! says, the same in a simulation and on a line. What no instrument shows (current efficiency of the
//! day, sludge, ledge, distance) is absent, not guessed; [`super::Limit`] names what stands in for it.

use crate::account::percentile::Histogram;
use crate::account::{EffectCounter, EffectRule};
use crate::consts::DAY;
use crate::control::Tick;
use crate::image::{Action, EventKind, Reading};
use crate::units::kelvin_to_celsius;
use std::prelude::rust_2024::*;

/// One cell over a while, by instruments and estimators. Missing values are NaN.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Measured {
    /// How long it was watched \[d\].
    pub days: f64,
    /// Mean cell voltage \[V\].
    pub voltage_v: f64,
    /// Mean line current \[kA\].
    pub current_ka: f64,
    /// 95th percentile of the low-frequency noise \[mV\].
    pub noise_mv: f64,
    /// Mean bath temperature, from probe and laboratory \[°C\].
    pub temperature_c: f64,
    /// Mean superheat, estimated \[K\].
    pub superheat_c: f64,
    /// Excess AlF3, from the laboratory through the estimator \[wt %\].
    pub alf3_pct: f64,
    /// Mean alumina, estimated \[wt %\].
    pub alumina_pct: f64,
    /// First percentile of the estimated alumina \[wt %\].
    pub alumina_low_pct: f64,
    /// Anode effects \[1/d\].
    pub effects_per_day: f64,
    /// Automatic beam moves \[1/d\].
    pub moves_per_day: f64,
    /// Alarms \[1/d\].
    pub alarms_per_day: f64,
}

impl Measured {
    /// Several windows or cells as one, weighed by their length; percentiles are averaged.
    #[must_use]
    pub fn mean<'a>(all: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let mut whole = 0.0;
        let mut sums = [0.0; Self::FIELDS];
        for one in all {
            whole += one.days;
            for (sum, value) in sums.iter_mut().zip(one.values()) {
                *sum += value * one.days;
            }
        }
        (whole > 0.0).then(|| Self::from_values(whole, sums.map(|sum| sum / whole)))
    }

    /// These figures less what the cell differed from its twin before anything was changed: what is
    /// left is what the change did.
    #[must_use]
    pub fn less(&self, before: &Self, twin_before: &Self) -> Self {
        let [now, mine, theirs] = [self, before, twin_before].map(Self::values);
        Self::from_values(self.days, core::array::from_fn(|k| now[k] - (mine[k] - theirs[k])))
    }

    const FIELDS: usize = 11;

    fn values(&self) -> [f64; Self::FIELDS] {
        [
            self.voltage_v,
            self.current_ka,
            self.noise_mv,
            self.temperature_c,
            self.superheat_c,
            self.alf3_pct,
            self.alumina_pct,
            self.alumina_low_pct,
            self.effects_per_day,
            self.moves_per_day,
            self.alarms_per_day,
        ]
    }

    fn from_values(days: f64, v: [f64; Self::FIELDS]) -> Self {
        let [voltage_v, current_ka, noise_mv, temperature_c, superheat_c, alf3_pct, rest @ ..] = v;
        let [alumina_pct, alumina_low_pct, effects_per_day, moves_per_day, alarms_per_day] = rest;
        Self {
            days,
            voltage_v,
            current_ka,
            noise_mv,
            temperature_c,
            superheat_c,
            alf3_pct,
            alumina_pct,
            alumina_low_pct,
            effects_per_day,
            moves_per_day,
            alarms_per_day,
        }
    }
}

/// A running mean over time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Mean {
    time: f64,
    sum: f64,
}

impl Mean {
    fn add(&mut self, value: f64, dt: f64) {
        if value.is_finite() {
            self.time += dt;
            self.sum += value * dt;
        }
    }

    fn value(&self) -> f64 {
        self.sum / self.time
    }
}

/// Collects [`Measured`] of one cell, scan by scan. Allocates when made, never when fed.
#[derive(Debug, Clone, PartialEq)]
pub struct Meter {
    time: f64,
    voltage: Mean,
    current: Mean,
    noise: Histogram,
    temperature: Mean,
    superheat: Mean,
    alf3: Mean,
    alumina: Mean,
    alumina_bins: Histogram,
    effects: EffectCounter,
    moves: u32,
    alarms: u32,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            time: 0.0,
            voltage: Mean::default(),
            current: Mean::default(),
            noise: Histogram::new(0.0, 100.0, 1_000),
            temperature: Mean::default(),
            superheat: Mean::default(),
            alf3: Mean::default(),
            alumina: Mean::default(),
            alumina_bins: Histogram::new(0.0, 10.0, 1_000),
            effects: EffectCounter::default(),
            moves: 0,
            alarms: 0,
        }
    }
}

impl Meter {
    /// One scan of length `dt` \[s\]: what was read, and what the stack made of it.
    pub fn add(&mut self, reading: &Reading, tick: &Tick, dt: f64) {
        if !(dt > 0.0 && reading.usable()) {
            return;
        }
        let status = &tick.status;
        self.time += dt;
        self.voltage.add(reading.voltage, dt);
        self.current.add(reading.current / 1e3, dt);
        self.noise.add(status.noise_low * 1e3, dt);
        self.temperature.add(kelvin_to_celsius(status.temperature), dt);
        self.superheat.add(status.superheat, dt);
        self.alf3.add(status.alf3 * 100.0, dt);
        self.alumina.add(status.alumina * 100.0, dt);
        self.alumina_bins.add(status.alumina * 100.0, dt);
        let rule = EffectRule::EMISSIONS;
        self.effects.step(&rule, dt, reading.voltage >= rule.threshold);
        self.moves += u32::from(matches!(tick.command.action, Action::Beam { .. }));
        self.alarms += tick.events.iter().map(|e| u32::from(matches!(e, EventKind::Alarm(_)))).sum::<u32>();
    }

    /// Time collected \[s\].
    #[must_use]
    pub fn time(&self) -> f64 {
        self.time
    }

    /// What was collected; begins anew.
    pub fn take(&mut self) -> Measured {
        let done = core::mem::take(self);
        let days = done.time / DAY;
        let known = |x: Option<f64>| x.unwrap_or(f64::NAN);
        Measured {
            days,
            voltage_v: done.voltage.value(),
            current_ka: done.current.value(),
            noise_mv: known(done.noise.percentile(0.95)),
            temperature_c: done.temperature.value(),
            superheat_c: done.superheat.value(),
            alf3_pct: done.alf3.value(),
            alumina_pct: done.alumina.value(),
            alumina_low_pct: known(done.alumina_bins.percentile(0.01)),
            effects_per_day: f64::from(done.effects.count()) / days,
            moves_per_day: f64::from(done.moves) / days,
            alarms_per_day: f64::from(done.alarms) / days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Quality, Status};

    #[test]
    fn a_day_is_collected_and_begun_anew() {
        let mut meter = Meter::default();
        for second in 0..1_000 {
            let burns = (500..510).contains(&second);
            let reading = Reading {
                quality: Quality::Good,
                voltage: if burns { 30.0 } else { 4.0 },
                current: 500e3,
                ..Reading::default()
            };
            let status = Status { noise_low: 0.008, temperature: 1_233.15, ..Status::default() };
            meter.add(&reading, &Tick { status, ..Tick::default() }, 86.4);
        }
        let day = meter.take();
        assert!((day.days - 1.0).abs() < 1e-9 && (day.temperature_c - 960.0).abs() < 1e-6);
        assert_eq!(day.effects_per_day.round(), 1.0);
        assert!((day.noise_mv - 8.0).abs() <= 0.1 && day.superheat_c.is_nan());
        assert_eq!(meter, Meter::default());
        // A stale reading tells nothing.
        meter.add(&Reading::default(), &Tick::default(), 1.0);
        assert_eq!(meter.time(), 0.0);
    }

    #[test]
    fn the_mean_weighs_by_length() {
        let one = Measured::from_values(1.0, [1.0; Measured::FIELDS]);
        let three = Measured::from_values(3.0, [5.0; Measured::FIELDS]);
        let mean = Measured::mean([one, three].iter()).unwrap();
        assert_eq!((mean.days, mean.voltage_v, mean.alarms_per_day), (4.0, 4.0, 4.0));
        assert_eq!(Measured::mean([].iter()), None);
    }
}

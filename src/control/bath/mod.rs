//! Bath chemistry and heat: how much AlF3 is dosed, and what the target resistance owes to heat.
//!
//! Temperature and excess AlF3 move together: a cold pot freezes ledge, which is cryolite, and what
//! stays liquid is more acid. So neither is answered to by itself. The target temperature is the
//! liquidus of the target bath plus the target superheat, so that a bath rich in LiF or KF has a lower
//! one; too little superheat asks for energy, a wrong liquidus for AlF3.
//!
//! The dose is a held set-point, judged anew every shift from the estimates of [`crate::estimate`], by
//! one of three laws. Without fresh samples it is what the pot has been given on average.

mod demand;
mod heat;
mod nine_box;
mod settings;

use crate::consts::DAY;
use crate::estimate::ThermalState;
use crate::image::{EventKind, Events};
use crate::math::clamp;

pub use heat::Heat;
pub use nine_box::{Box9, Level};
pub use settings::{BathSettings, DosingLaw};

/// Run-time form of [`BathSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Bath {
    law: DosingLaw,
    base: f64,
    age: f64,
    most: f64,
    /// Largest change in a day \[kg/s\].
    change: f64,
    period: f64,
    alf3: f64,
    superheat: f64,
    by_temperature: f64,
    by_alf3: f64,
    temperature_dead: f64,
    alf3_dead: f64,
    supply_time: f64,
    alumina_alf3: f64,
    stale_after: f64,
    error_most: f64,
    heat: Heat,
}

/// Memory of chemistry and heat.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct BathState {
    dose: f64,
    supply: f64,
    fluoride: f64,
    since: f64,
    age: f64,
    found: Box9,
    stale: bool,
    /// Target temperature of the bath as it is \[K\].
    target: f64,
    heat: heat::HeatState,
}

impl Default for BathState {
    fn default() -> Self {
        Self {
            dose: f64::NAN,
            supply: f64::NAN,
            fluoride: 0.0,
            since: 0.0,
            age: 0.0,
            found: Box9::default(),
            stale: false,
            target: f64::NAN,
            heat: heat::HeatState::default(),
        }
    }
}

impl BathState {
    /// AlF3 to be dosed \[kg/s\]; NaN before the first scan.
    #[must_use]
    pub fn dose(&self) -> f64 {
        self.dose
    }

    /// Mean of what was dosed \[kg/s\].
    #[must_use]
    pub fn supply(&self) -> f64 {
        self.supply
    }

    /// Where the pot was found at the last judgement, and why the dose is what it is.
    #[must_use]
    pub fn found(&self) -> Box9 {
        self.found
    }

    /// Too little has been measured lately: the dose is the mean supply.
    #[must_use]
    pub fn stale(&self) -> bool {
        self.stale
    }
}

/// What is looked at in one scan.
#[derive(Debug, Clone, Copy)]
pub struct BathInput {
    /// Line current \[A\].
    pub current: f64,
    /// Share of nominal current.
    pub share: f64,
    /// Alumina fed beyond consumption \[kg\].
    pub net: f64,
    /// Noise has raised the target.
    pub noisy: bool,
    /// Time since the last scan \[s\].
    pub step: f64,
}

/// What a law goes by: deviations from target, all in SI units.
#[derive(Debug, Clone, Copy)]
struct Deviation {
    temperature: f64,
    alf3: f64,
}

impl Bath {
    /// AlF3 that such a cell needs to begin with \[kg/s\].
    #[must_use]
    pub fn base(&self) -> f64 {
        self.scheduled(0.0)
    }

    /// One scan.
    pub fn update(
        &self,
        state: &mut BathState,
        thermal: &ThermalState,
        input: &BathInput,
        events: &mut Events,
    ) {
        let base = self.scheduled(state.age);
        if !state.dose.is_finite() {
            (state.dose, state.supply) = (base, base);
            state.since = self.period;
        }
        state.age += input.step;
        state.since += input.step;
        state.supply += (input.step / self.supply_time).min(1.0) * (state.dose - state.supply);
        let brought = self.alumina_alf3 * input.net;
        state.fluoride += brought - state.fluoride * (input.step / self.supply_time).min(1.0);
        if thermal.changed() || state.target.is_nan() {
            state.target = self.target(thermal);
        }
        let deviation = self.deviation(thermal, state.target);
        self.heat.update(&mut state.heat, thermal, deviation.temperature, input);

        let stale = thermal.sample_age() > self.stale_after || thermal.alf3_error() > self.error_most;
        if stale && !state.stale {
            events.push(EventKind::BathUnknown);
        }
        state.stale = stale;
        if state.since >= self.period {
            let wanted = self.judge(state, thermal, &deviation, base);
            let most = self.change * state.since / DAY;
            let dose = state.dose + clamp(wanted - state.dose, -most, most);
            state.dose = clamp(dose, 0.0, self.most * base);
            state.since = 0.0;
        }
    }

    /// What is added to the target resistance, as voltage at nominal current: for temperature, for
    /// superheat and for power \[V\].
    #[must_use]
    pub fn volts(&self, state: &BathState) -> (f64, f64, f64) {
        state.heat.volts()
    }

    /// Temperature of the target bath at the target superheat \[K\].
    fn target(&self, thermal: &ThermalState) -> f64 {
        crate::bath::liquidus(&thermal.bath(self.alf3)).temperature + self.superheat
    }

    fn deviation(&self, thermal: &ThermalState, target: f64) -> Deviation {
        Deviation { temperature: thermal.temperature() - target, alf3: thermal.alf3() - self.alf3 }
    }

    /// The dose that the law asks for \[kg/s\].
    fn judge(&self, state: &mut BathState, thermal: &ThermalState, by: &Deviation, base: f64) -> f64 {
        state.found = Box9::find(by.temperature, by.alf3);
        if state.stale {
            return state.supply;
        }
        match self.law {
            DosingLaw::Regression => {
                0.5 * (base + state.supply)
                    + self.by_temperature * beyond(by.temperature, self.temperature_dead)
                    - self.by_alf3 * beyond(by.alf3, self.alf3_dead)
            }
            DosingLaw::Integral => {
                let contained = state.fluoride / self.supply_time;
                state.supply - contained + self.by_temperature * beyond(by.temperature, self.temperature_dead)
            }
            DosingLaw::NineBox => thermal.need() + base * nine_box::dose(by.temperature, by.alf3),
        }
    }

    /// The lining of a new pot takes sodium up, which leaves AlF3 in the bath: half the base dose at
    /// the start, all of it from half a year on (engineering judgement).
    fn scheduled(&self, running: f64) -> f64 {
        const GROWN: f64 = 180.0 * DAY;
        self.base * (0.5 + 0.5 * clamp((self.age + running) / GROWN, 0.0, 1.0))
    }
}

/// By how much `x` lies outside a dead band.
fn beyond(x: f64, dead: f64) -> f64 {
    x - clamp(x, -dead, dead)
}

#[cfg(test)]
mod tests;

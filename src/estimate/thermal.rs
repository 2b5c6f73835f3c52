//! Temperature, excess AlF3 and superheat, from a probe every few hours and a sample every day.
//!
//! States: excess AlF3 A (mass fraction), the lasting part of the superheat s \[K\], and what the cell
//! needs of AlF3 to stay as it is, n \[kg/s\]. Once a minute, with bath mass M and dose q:
//!
//! ```text
//! A' = (q - n)/M      s' = (s_0 - s)/τ_s      n' = 0      each with its wander
//! u' = ((P - P_mean)/G - u)/τ_u               heat that the superheat answers to
//! E' = P - P_mean - E/τ_E                     heat stored since, J
//! T = T_liquidus(A, alumina, CaF2, MgF2, LiF, KF) + s + u,     P = I (V - 1.99 V)
//! ```
//!
//! P is the heat made in the cell: what the reaction takes is 1.99 V of it at a current efficiency of
//! 93.5 % (enthalpy of the reaction). P_mean is learnt while the current is normal. A sample that is
//! hours old is compared with what was believed when it was taken ([`super::past`]), and corrects what
//! is believed now by as much as an estimate of then still tells of now. A measurement that lies too far
//! off is not fused; the second such sample in a row, on the same side, is believed. A thermometer that
//! disagrees on and on is trusted less and less, unless the thermometer of the sampler confirms it.
//! Without measurements the deviations grow.
//!
//! Gaps in the model: what ledge takes up and gives back is part of the wander, so the deviations are
//! honest only on average over a day. The noise figures are engineering judgement.

mod settings;

use super::past::Past;
use crate::bath::{Composition, liquidus};
use crate::consts::{DAY, HOUR};
use crate::image::LabSample;
use crate::math::{clamp, sqrt};
use nalgebra::{Matrix3, Vector3};

pub use settings::ThermalSettings;

/// A step of the filter \[s\].
const STEP: f64 = 60.0;
/// Share of the voltage that the reaction takes and that makes no heat \[V\].
const REACTION: f64 = 1.99;
/// A higher voltage is an anode effect, most of whose heat leaves with the gas \[V\].
const EFFECT: f64 = 6.0;
/// Time in which the superheat answers to heat, τ_u \[s\]: 40 MJ/K of bath and metal over 20 kW/K.
const ANSWER: f64 = 2_000.0;
/// Time in which ledge and walls even out what was stored, τ_E \[s\] (engineering judgement).
const EVEN: f64 = DAY;
/// Most heat that is kept count of \[J\].
const MOST_STORED: f64 = 3.6e9;
/// The mean heat is learnt within this time \[s\] ...
const LEARN: f64 = 5.0 * DAY;
/// ... and counts this much at the start \[s\].
const TOLD: f64 = 12.0 * HOUR;
/// Share of an innovation that the lasting disagreement of a thermometer follows.
const DISAGREE: f64 = 0.25;
/// Oldest sample that is still of use \[s\].
const OLDEST: f64 = Past::REACH;
/// Share of an older deviation that at least tells of the present.
const TELLS: f64 = 0.25;
/// Share by which the other components follow a sample.
const FOLLOW: f64 = 0.3;
/// Standard deviation of the excess AlF3 before anything is measured, mass fraction.
const START: f64 = 0.008;
/// What excess AlF3 may be, mass fraction.
const ALF3: (f64, f64) = (-0.05, 0.25);
/// What the lasting superheat may be \[K\].
const SUPERHEAT: (f64, f64) = (-10.0, 40.0);
/// A bath temperature outside this is none \[K\].
const PLAUSIBLE: (f64, f64) = (1_100.0, 1_400.0);

/// Run-time form of [`ThermalSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Thermal {
    start: Composition,
    superheat: f64,
    superheat_sigma: f64,
    superheat_time: f64,
    walk: f64,
    need: f64,
    need_sigma: f64,
    need_walk: f64,
    probe_sigma: f64,
    lab_sigma: f64,
    gate: f64,
    bath: f64,
    power: f64,
    conductance: f64,
}

/// What acts on the bath between two scans.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ThermalInput {
    /// Cell voltage \[V\] and line current \[A\]; NaN while they are not known.
    pub voltage: f64,
    /// Line current \[A\].
    pub current: f64,
    /// The current is normal and nothing burns: the mean heat may be learnt.
    pub normal: bool,
    /// AlF3 that is dosed \[kg/s\].
    pub dose: f64,
    /// Estimated alumina, mass fraction.
    pub alumina: f64,
    /// What the probe shows, on and on until the next one \[K\].
    pub probe: Option<f64>,
    /// A result of the laboratory that has just come, and its age \[s\].
    pub sample: Option<(LabSample, f64)>,
    /// Time since the last scan \[s\].
    pub step: f64,
}

/// How one kind of measurement has fared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Instrument {
    /// Lasting disagreement with the estimate.
    offset: f64,
    /// Rejections in a row; the sign is that of the innovation.
    rejected: i8,
    /// Since the last one that was fused \[s\].
    age: f64,
}

/// What is believed of the bath.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct ThermalState {
    started: bool,
    x: Vector3<f64>,
    p: Matrix3<f64>,
    bath: Composition4,
    alumina: f64,
    answer: f64,
    power_mean: f64,
    learnt: f64,
    stored: f64,
    shown: f64,
    liquidus: f64,
    by_alf3: f64,
    past: Past,
    probe: Instrument,
    lab: Instrument,
    sampler: Instrument,
    heat: f64,
    normal: bool,
    elapsed: f64,
    power: f64,
    changed: bool,
}

/// CaF2, MgF2, LiF and KF, mass fractions.
type Composition4 = [f64; 4];

impl Default for ThermalState {
    fn default() -> Self {
        Self {
            started: false,
            x: Vector3::zeros(),
            p: Matrix3::zeros(),
            bath: [0.0; 4],
            alumina: 0.025,
            answer: 0.0,
            power_mean: f64::NAN,
            learnt: 0.0,
            stored: 0.0,
            shown: f64::NAN,
            liquidus: f64::NAN,
            by_alf3: 0.0,
            past: Past::default(),
            probe: Instrument::default(),
            lab: Instrument::default(),
            sampler: Instrument::default(),
            heat: 0.0,
            normal: true,
            elapsed: 0.0,
            power: f64::NAN,
            changed: false,
        }
    }
}

impl ThermalState {
    /// Excess AlF3, mass fraction; NaN before the first step.
    #[must_use]
    pub fn alf3(&self) -> f64 {
        if self.started { self.x.x } else { f64::NAN }
    }

    /// Its standard deviation.
    #[must_use]
    pub fn alf3_error(&self) -> f64 {
        sqrt(self.p.m11.max(0.0))
    }

    /// Superheat \[K\]; NaN before the first step.
    #[must_use]
    pub fn superheat(&self) -> f64 {
        if self.started { self.x.y + self.answer } else { f64::NAN }
    }

    /// Its standard deviation \[K\].
    #[must_use]
    pub fn superheat_error(&self) -> f64 {
        sqrt(self.p.m22.max(0.0))
    }

    /// Bath temperature \[K\]; NaN before the first step.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.liquidus + self.superheat()
    }

    /// Its standard deviation \[K\].
    #[must_use]
    pub fn temperature_error(&self) -> f64 {
        let h = Vector3::new(self.by_alf3, 1.0, 0.0);
        sqrt((self.p * h).dot(&h).max(0.0))
    }

    /// AlF3 that keeps the bath as it is \[kg/s\]; NaN before the first step.
    #[must_use]
    pub fn need(&self) -> f64 {
        if self.started { self.x.z } else { f64::NAN }
    }

    /// Heat made beyond the mean and still in the cell \[J\].
    #[must_use]
    pub fn stored(&self) -> f64 {
        self.stored
    }

    /// Heat made in the last minute beyond the learnt mean \[W\].
    #[must_use]
    pub fn surplus(&self) -> f64 {
        if self.started && self.power.is_finite() { self.power - self.power_mean } else { 0.0 }
    }

    /// Since the last sample that was fused \[s\].
    #[must_use]
    pub fn sample_age(&self) -> f64 {
        self.lab.age
    }

    /// Since the last probe that was fused \[s\].
    #[must_use]
    pub fn probe_age(&self) -> f64 {
        self.probe.age
    }

    /// How far the probe is off, lastingly and unconfirmed \[K\].
    #[must_use]
    pub fn probe_offset(&self) -> f64 {
        self.probe.offset - self.sampler.offset
    }

    /// Composition or temperature were worked out anew in the last scan; else they stand as they stood.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// This bath with `alf3` (mass fraction) in it.
    #[must_use]
    pub fn bath(&self, alf3: f64) -> Composition {
        let [caf2, mgf2, lif, kf] = self.bath;
        Composition { alf3, al2o3: self.alumina, caf2, mgf2, lif, kf }
    }
}

impl Thermal {
    /// Goes on by one scan; true when a measurement was too far off to be fused.
    pub fn update(&self, state: &mut ThermalState, input: &ThermalInput) -> bool {
        state.changed = false;
        if !state.started {
            self.begin(state, input);
        }
        let power = input.current * (input.voltage.min(EFFECT) - REACTION);
        // Unseen, the cell goes on as it did.
        let power = if power.is_finite() { power } else { state.power };
        state.heat += power * input.step;
        state.normal &= input.normal;
        state.elapsed += input.step;
        if state.elapsed >= STEP {
            self.step(state, input);
        }
        let mut odd = false;
        if let Some(probe) = input.probe.filter(|probe| *probe != state.shown) {
            state.shown = probe;
            odd |= !self.probed(state, probe);
        }
        if let Some((sample, age)) = &input.sample {
            odd |= !self.sampled(state, sample, *age);
        }
        odd
    }

    fn begin(&self, state: &mut ThermalState, input: &ThermalInput) {
        let c = &self.start;
        state.started = true;
        state.x = Vector3::new(c.alf3, self.superheat, self.need);
        let square = |sigma: f64| sigma * sigma;
        state.p = Matrix3::from_diagonal(&Vector3::new(
            square(START),
            square(self.superheat_sigma),
            square(self.need_sigma),
        ));
        state.bath = [c.caf2, c.mgf2, c.lif, c.kf];
        if input.alumina.is_finite() {
            state.alumina = input.alumina;
        }
        state.power_mean = self.power;
        state.power = self.power;
        state.learnt = TOLD;
        self.look(state);
        state.past.fill(state.x.x, state.temperature());
    }

    /// One step of the filter and of the heat.
    fn step(&self, state: &mut ThermalState, input: &ThermalInput) {
        let dt = core::mem::take(&mut state.elapsed);
        state.power = core::mem::take(&mut state.heat) / dt;
        let normal = core::mem::replace(&mut state.normal, true);
        if normal {
            state.learnt = (state.learnt + dt).min(LEARN);
            state.power_mean += dt / state.learnt * (state.power - state.power_mean);
        }
        let surplus = state.power - state.power_mean;
        state.answer += (dt / ANSWER).min(1.0) * (surplus / self.conductance - state.answer);
        let stored = state.stored + dt * (surplus - state.stored / EVEN);
        state.stored = clamp(stored, -MOST_STORED, MOST_STORED);

        let fade = (dt / self.superheat_time).min(1.0);
        let per_kg = dt / self.bath;
        state.x.x = clamp(state.x.x + per_kg * (input.dose - state.x.z), ALF3.0, ALF3.1);
        state.x.y += fade * (self.superheat - state.x.y);
        let f = Matrix3::new(1.0, 0.0, -per_kg, 0.0, 1.0 - fade, 0.0, 0.0, 0.0, 1.0);
        let walk = |per_day: f64| per_day * per_day * dt / DAY;
        let held = 2.0 * fade * self.superheat_sigma * self.superheat_sigma;
        let q = Matrix3::from_diagonal(&Vector3::new(walk(self.walk), held, walk(self.need_walk)));
        state.p = f * state.p * f.transpose() + q;
        if input.alumina.is_finite() {
            state.alumina = input.alumina;
        }
        for instrument in [&mut state.probe, &mut state.lab, &mut state.sampler] {
            instrument.age += dt;
        }
        self.look(state);
        state.past.keep(state.x.x, state.temperature(), dt);
    }

    /// Works the liquidus out.
    fn look(&self, state: &mut ThermalState) {
        const NUDGE: f64 = 1e-3;
        let at = |alf3: f64| liquidus(&state.bath(alf3)).temperature;
        let (here, there) = (at(state.x.x), at(state.x.x + NUDGE));
        state.liquidus = here;
        state.by_alf3 = (there - here) / NUDGE;
        state.changed = true;
    }

    fn probed(&self, state: &mut ThermalState, probe: f64) -> bool {
        if !(probe > PLAUSIBLE.0 && probe < PLAUSIBLE.1) {
            return false;
        }
        let innovation = probe - state.temperature();
        let unconfirmed = state.probe.offset - state.sampler.offset;
        let variance = self.probe_sigma * self.probe_sigma + unconfirmed * unconfirmed;
        let h = Vector3::new(state.by_alf3, 1.0, 0.0);
        let fused = self.fuse(state, innovation, h, variance, 0.0, false);
        note(&mut state.probe, innovation, fused);
        fused
    }

    fn sampled(&self, state: &mut ThermalState, sample: &LabSample, age: f64) -> bool {
        if !(0.0..=OLDEST).contains(&age) {
            return false;
        }
        let (alf3, temperature) = state.past.at(age);
        let mut believed = true;
        if (ALF3.0..=ALF3.1).contains(&sample.alf3) {
            let innovation = sample.alf3 - alf3;
            let again = f64::from(state.lab.rejected) * innovation > 0.0;
            let h = Vector3::new(1.0, 0.0, 0.0);
            believed = self.fuse(state, innovation, h, self.lab_sigma * self.lab_sigma, age, again);
            note(&mut state.lab, innovation, believed);
        }
        if sample.temperature > PLAUSIBLE.0 && sample.temperature < PLAUSIBLE.1 {
            let innovation = sample.temperature - temperature;
            let h = Vector3::new(state.by_alf3, 1.0, 0.0);
            let fused = self.fuse(state, innovation, h, self.probe_sigma * self.probe_sigma, age, false);
            note(&mut state.sampler, innovation, fused);
        }
        if believed {
            let [caf2, _, lif, _] = &mut state.bath;
            for (known, seen, most) in [(caf2, sample.caf2, 0.2), (lif, sample.lif, 0.2)] {
                if (0.0..=most).contains(&seen) {
                    *known += FOLLOW * (seen - *known);
                }
            }
            self.look(state);
        }
        believed
    }

    /// One scalar measurement of an `age`; false when it was too far off. `again`: the last one was off
    /// to the same side, so that this one is believed.
    fn fuse(
        &self,
        state: &mut ThermalState,
        innovation: f64,
        h: Vector3<f64>,
        variance: f64,
        age: f64,
        again: bool,
    ) -> bool {
        let mut carried = state.p * h;
        let mut now = carried.dot(&h);
        let off = |now: f64| innovation * innovation > self.gate * self.gate * (now + variance);
        if !innovation.is_finite() || (off(now) && !again) {
            return false;
        }
        if off(now) {
            state.p.m11 += innovation * innovation;
            carried = state.p * h;
            now = carried.dot(&h);
        }
        // What has wandered since is not told of by what was so then.
        let walked = (self.walk * h.x) * (self.walk * h.x) * age / DAY;
        let then = (now - walked).max(TELLS * now);
        carried *= then / now.max(f64::MIN_POSITIVE);
        let gain = carried / (then + variance);
        let change = gain * innovation;
        state.x += change;
        state.x.x = clamp(state.x.x, ALF3.0, ALF3.1);
        state.x.y = clamp(state.x.y, SUPERHEAT.0, SUPERHEAT.1);
        state.x.z = clamp(state.x.z, 0.0, 3.0 * self.need);
        state.p -= gain * carried.transpose();
        state.p = 0.5 * (state.p + state.p.transpose());
        self.look(state);
        // What was believed before was as wrong.
        state.past.shift(change.x, state.by_alf3 * change.x + change.y);
        true
    }
}

/// Keeps count of how `instrument` fares.
fn note(instrument: &mut Instrument, innovation: f64, fused: bool) {
    if innovation.is_finite() {
        instrument.offset += DISAGREE * (clamp(innovation, -20.0, 20.0) - instrument.offset);
    }
    if fused {
        instrument.age = 0.0;
        instrument.rejected = 0;
    } else {
        instrument.rejected = if innovation > 0.0 { 1 } else { -1 };
    }
}

#[cfg(test)]
#[path = "thermal_tests.rs"]
mod tests;

//! What the target resistance owes to heat: temperature, superheat, the heat integral, lasting cuts.
//!
//! ```text
//! heat integral      dV = -E/(τ I), within ± its limit        E stored heat \[J\]
//! lasting cut        |E| beyond its budget: dV -> (P_mean - P)/I, ramped, until E is back within half
//! superheat          rising below, falling above its band
//! temperature        rising below T* - 10 K, falling above T* + 8 K
//! ```
//!
//! The heat integral follows the published law that moves the target resistance so that available less
//! target heat integrates to zero (Comalco, EP 0671488); figures are engineering judgement. Slopes and
//! limits of temperature and superheat replace steps of common practice, so that the beam is not called
//! at a border. All are slewed, and go to zero where nothing is known. On a noisy cell the target belongs
//! to the noise: there only a lasting cut speaks, since every further move of the beam disturbs what is
//! known of alumina.

use super::{BathInput, nine_box};
use crate::consts::HOUR;
use crate::estimate::ThermalState;
use crate::math::{approach, clamp};

/// Temperature below target from which heat is added, above target from which it is taken \[K\] ...
const COLD: f64 = 10.0;
const HOT: f64 = 8.0;
/// ... by so much per kelvin \[V/K\] ...
const PER_COLD: f64 = 2e-3;
const PER_HOT: f64 = 1.5e-3;
/// ... and at most so much \[V\].
const TEMPERATURE_MOST: (f64, f64) = (-0.015, 0.030);
/// Rise per kelvin below the band of the superheat, fall per kelvin above it \[V/K\], and most \[V\].
const PER_LOW: f64 = 10e-3;
const PER_HIGH: f64 = 7.5e-3;
const SUPERHEAT_MOST: (f64, f64) = (-0.015, 0.030);
/// Superheat whose deviation is larger is not acted on \[K\].
const KNOWN: f64 = 3.0;
/// Share of nominal current below which nothing is asked of the beam.
const WORKING: f64 = 0.5;

/// Run-time form of the heat part of the settings.
#[derive(Debug, Clone, Copy)]
pub struct Heat {
    pub(super) time: f64,
    pub(super) integral_most: f64,
    pub(super) budget: f64,
    pub(super) cut_most: f64,
    pub(super) ramp: f64,
    pub(super) band: (f64, f64),
    pub(super) nine_box: bool,
    pub(super) alf3: f64,
}

/// Memory of the heat part \[V\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct HeatState {
    temperature: f64,
    superheat: f64,
    integral: f64,
    cut: f64,
    cutting: bool,
}

impl HeatState {
    pub fn volts(&self) -> (f64, f64, f64) {
        (self.temperature, self.superheat, self.integral + self.cut)
    }
}

impl Heat {
    pub(super) fn update(
        &self,
        state: &mut HeatState,
        thermal: &ThermalState,
        temperature: f64,
        input: &BathInput,
    ) {
        let known = thermal.temperature_error() < KNOWN && thermal.superheat_error() < KNOWN;
        let superheat = thermal.superheat();
        let (warm, melt) = if input.noisy || !known || !temperature.is_finite() {
            (0.0, 0.0)
        } else if self.nine_box {
            (nine_box::volts(temperature, thermal.alf3() - self.alf3), self.by_superheat(superheat))
        } else {
            (by_temperature(temperature), self.by_superheat(superheat))
        };
        let step = self.ramp * input.step;
        state.temperature = approach(state.temperature, warm, step);
        state.superheat = approach(state.superheat, melt, step);
        if input.share < WORKING || input.share.is_nan() {
            return;
        }
        let stored = thermal.stored();
        let most = if input.noisy { 0.0 } else { self.integral_most };
        let integral = clamp(-stored / (self.time * input.current), -most, most);
        state.integral = approach(state.integral, integral, step);
        state.cutting = -stored > if state.cutting { 0.5 * self.budget } else { self.budget };
        // What the cut already adds is in the measured heat.
        let missing = state.cut - thermal.surplus() / input.current;
        let cut = if state.cutting { clamp(missing, 0.0, self.cut_most) } else { 0.0 };
        state.cut = approach(state.cut, cut, step);
    }

    fn by_superheat(&self, superheat: f64) -> f64 {
        let (low, high) = self.band;
        let volts = PER_LOW * (low - superheat).max(0.0) - PER_HIGH * (superheat - high).max(0.0);
        clamp(volts, SUPERHEAT_MOST.0, SUPERHEAT_MOST.1)
    }
}

fn by_temperature(deviation: f64) -> f64 {
    let volts = PER_COLD * (-COLD - deviation).max(0.0) - PER_HOT * (deviation - HOT).max(0.0);
    clamp(volts, TEMPERATURE_MOST.0, TEMPERATURE_MOST.1)
}

/// Slew of the heat part \[V/s\] for millivolts per hour.
pub(super) fn slew(mv_per_h: f64) -> f64 {
    mv_per_h * 1e-3 / HOUR
}

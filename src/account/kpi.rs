//! The KPI object, and the accumulator that is fed once per simulated or measured second.

use super::effect::{EffectCounter, EffectRule};
use super::energy::{Energy, dc_from_totals};
use super::moments::Moments;
use super::percentile::Histogram;
use super::pfc::Effects;
use crate::consts::{ALUMINIUM_PER_COULOMB, DAY};
use crate::units::kelvin_to_celsius;

/// Where the figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Basis {
    /// The state of a simulated plant.
    Truth,
    /// Instruments only; what they cannot show is missing.
    Measured,
}

/// The figures a period is judged by. `None` where a figure is not known, written as `null`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Kpi {
    /// Direct-current energy \[kWh/t\].
    pub dc_kwh_per_t: Option<f64>,
    /// Alternating-current energy at the rectifier input \[kWh/t\].
    pub ac_kwh_per_t: Option<f64>,
    /// Mean cell voltage, effects included \[V\].
    pub cell_voltage_v: Option<f64>,
    /// Current efficiency \[1\].
    pub current_efficiency: Option<f64>,
    /// Metal made \[t\].
    pub metal_t: Option<f64>,
    /// Mean dissolved alumina \[wt %\].
    pub alumina_pct_mean: Option<f64>,
    /// Standard deviation of it \[wt %\].
    pub alumina_pct_sigma: Option<f64>,
    /// Its first percentile: how lean the bath became \[wt %\].
    pub alumina_pct_p01: Option<f64>,
    /// Anode effects \[1/(pot d)\].
    pub ae_per_pot_day: Option<f64>,
    /// Their time above the threshold \[min/(pot d)\].
    pub ae_minutes_per_pot_day: Option<f64>,
    /// Perfluorocarbons as CO2 \[t/t\].
    pub pfc_t_co2e_per_t: Option<f64>,
    /// Mean bath temperature \[°C\].
    pub bath_temperature_c_mean: Option<f64>,
    /// Standard deviation of it \[°C\].
    pub bath_temperature_c_sigma: Option<f64>,
    /// Mean superheat \[°C\].
    pub superheat_c_mean: Option<f64>,
    /// Standard deviation of it \[K\].
    pub superheat_c_sigma: Option<f64>,
    /// Share of the time with the superheat outside its band \[1\].
    pub superheat_outside_share: Option<f64>,
    /// Mean anode-cathode distance \[mm\].
    pub acd_mm_mean: Option<f64>,
    /// Thinnest side ledge seen \[mm\].
    pub ledge_mm_min: Option<f64>,
    /// Mean sludge of a cell \[kg\].
    pub sludge_kg_mean: Option<f64>,
    /// 95th percentile of the low-frequency voltage noise (摆动) \[mV\].
    pub noise_lf_mv_p95: Option<f64>,
    /// Beam moves \[1/(pot d)\].
    pub beam_moves_per_pot_day: Option<f64>,
    /// Beam travel, both directions \[mm/(pot d)\].
    pub beam_travel_mm_per_pot_day: Option<f64>,
    /// Sum of the changes of the relative feed rate \[1/(pot d)\].
    pub feed_total_variation: Option<f64>,
    /// Alarms raised \[1/(pot d)\].
    pub alarms_per_pot_day: Option<f64>,
    /// Safety rules broken; any is a failure.
    pub safety_gate_failures: u64,
    /// Root mean square of the error of the controller's alumina estimate \[wt %\].
    pub alumina_estimate_rms_pct: Option<f64>,
    /// Share of the time with the true alumina within 1.96 stated deviations of the estimate \[1\].
    pub alumina_estimate_coverage: Option<f64>,
    /// Where the figures come from.
    pub basis: Basis,
}

/// One cell during `dt`. SI units; `None` or NaN where a value is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Duration \[s\].
    pub dt: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Cell voltage \[V\].
    pub voltage: f64,
    /// Metal made since the last sample; the weight of a tap may come in one piece \[kg\].
    pub metal: Option<f64>,
    /// Dissolved alumina, mass fraction \[1\].
    pub alumina: Option<f64>,
    /// What the controller takes it for, and the deviation it states, mass fractions \[1\].
    pub alumina_estimate: Option<(f64, f64)>,
    /// Bath temperature \[K\].
    pub bath_temperature: Option<f64>,
    /// Bath temperature above the liquidus \[K\].
    pub superheat: Option<f64>,
    /// Thinnest side ledge \[m\].
    pub ledge: Option<f64>,
    /// Anode-cathode distance \[m\].
    pub acd: Option<f64>,
    /// Undissolved alumina under the metal \[kg\].
    pub sludge: Option<f64>,
    /// Low-frequency noise of the voltage \[V\].
    pub noise_low: Option<f64>,
    /// In effect although `voltage` may not show it: a peak between samples.
    pub effect: bool,
    /// Feed rate relative to consumption \[1\].
    pub feed_rate: f64,
    /// Beam travel during the sample, either direction \[m\].
    pub beam_travel: f64,
    /// The beam motor runs; a move counts once, when it begins.
    pub beam_moved: bool,
    /// Alarms raised during the sample.
    pub alarms: u32,
    /// Safety rules broken during the sample.
    pub safety_gate_failures: u32,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            dt: 1.0,
            current: f64::NAN,
            voltage: f64::NAN,
            metal: None,
            alumina: None,
            alumina_estimate: None,
            bath_temperature: None,
            superheat: None,
            ledge: None,
            acd: None,
            sludge: None,
            noise_low: None,
            effect: false,
            feed_rate: f64::NAN,
            beam_travel: 0.0,
            beam_moved: false,
            alarms: 0,
            safety_gate_failures: 0,
        }
    }
}

/// What counts as an effect and as a bad superheat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Anode effects.
    pub effect: EffectRule,
    /// Lower end of the superheat band \[K\].
    pub superheat_low: f64,
    /// Upper end of the superheat band \[K\].
    pub superheat_high: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { effect: EffectRule::EMISSIONS, superheat_low: 4.0, superheat_high: 14.0 }
    }
}

/// Collects one cell; several cells are merged afterwards. Allocates when made, never when fed.
///
/// Percentiles come from histograms: alumina in bins of 0.01 wt % up to 10 wt %, noise in bins of
/// 0.1 mV up to 100 mV; they are right to one bin.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiAccumulator {
    basis: Basis,
    limits: Limits,
    time: f64,
    /// Time with voltage and current both known \[s\].
    electric_time: f64,
    charge: f64,
    energy: f64,
    metal: Option<f64>,
    calm_voltage: Moments,
    effect_voltage: Moments,
    alumina: Moments,
    alumina_bins: Histogram,
    /// Square of the estimate's error, and whether its interval holds the truth.
    estimate_square: Moments,
    estimate_inside: Moments,
    temperature: Moments,
    superheat: Moments,
    superheat_outside: f64,
    ledge_min: f64,
    sludge: Moments,
    acd: Moments,
    noise_bins: Histogram,
    effects: EffectCounter,
    moves: u64,
    moving: bool,
    travel: f64,
    feed_rate: f64,
    feed_time: f64,
    feed_variation: f64,
    alarms: u64,
    safety_gate_failures: u64,
}

impl KpiAccumulator {
    /// An empty account.
    #[must_use]
    pub fn new(basis: Basis, limits: Limits) -> Self {
        Self {
            basis,
            limits,
            time: 0.0,
            electric_time: 0.0,
            charge: 0.0,
            energy: 0.0,
            metal: None,
            calm_voltage: Moments::default(),
            effect_voltage: Moments::default(),
            alumina: Moments::default(),
            alumina_bins: Histogram::new(0.0, 10.0, 1000),
            estimate_square: Moments::default(),
            estimate_inside: Moments::default(),
            temperature: Moments::default(),
            superheat: Moments::default(),
            superheat_outside: 0.0,
            ledge_min: f64::INFINITY,
            sludge: Moments::default(),
            acd: Moments::default(),
            noise_bins: Histogram::new(0.0, 100.0, 1000),
            effects: EffectCounter::default(),
            moves: 0,
            moving: false,
            travel: 0.0,
            feed_rate: f64::NAN,
            feed_time: 0.0,
            feed_variation: 0.0,
            alarms: 0,
            safety_gate_failures: 0,
        }
    }

    /// Adds one sample; one without a positive duration is left out.
    pub fn add(&mut self, sample: &Sample) {
        let dt = sample.dt;
        if !dt.is_finite() || dt <= 0.0 {
            return;
        }
        self.time += dt;
        self.add_electric(sample);
        if let Some(metal) = sample.metal.filter(|metal| metal.is_finite()) {
            self.metal = Some(self.metal.unwrap_or(0.0) + metal);
        }
        if let Some(alumina) = sample.alumina {
            self.alumina.add(alumina * 100.0, dt);
            self.alumina_bins.add(alumina * 100.0, dt);
        }
        if let Some((alumina, (estimate, sigma))) = sample.alumina.zip(sample.alumina_estimate) {
            let error = (estimate - alumina) * 100.0;
            self.estimate_square.add(error * error, dt);
            let inside = error.abs() <= 1.96 * sigma * 100.0;
            self.estimate_inside.add(if inside { 1.0 } else { 0.0 }, dt);
        }
        if let Some(temperature) = sample.bath_temperature {
            self.temperature.add(kelvin_to_celsius(temperature), dt);
        }
        if let Some(superheat) = sample.superheat.filter(|superheat| superheat.is_finite()) {
            self.superheat.add(superheat, dt);
            if superheat < self.limits.superheat_low || superheat > self.limits.superheat_high {
                self.superheat_outside += dt;
            }
        }
        // min() passes over a NaN.
        self.ledge_min = self.ledge_min.min(sample.ledge.unwrap_or(f64::INFINITY));
        self.sludge.add(sample.sludge.unwrap_or(f64::NAN), dt);
        self.acd.add(sample.acd.unwrap_or(f64::NAN), dt);
        self.noise_bins.add(sample.noise_low.unwrap_or(f64::NAN) * 1e3, dt);
        self.moves += u64::from(sample.beam_moved && !self.moving);
        self.moving = sample.beam_moved;
        if sample.beam_travel.is_finite() {
            self.travel += sample.beam_travel.abs();
        }
        if sample.feed_rate.is_finite() {
            if self.feed_rate.is_finite() {
                self.feed_variation += (sample.feed_rate - self.feed_rate).abs();
            }
            self.feed_rate = sample.feed_rate;
            self.feed_time += dt;
        }
        self.alarms += u64::from(sample.alarms);
        self.safety_gate_failures += u64::from(sample.safety_gate_failures);
    }

    fn add_electric(&mut self, sample: &Sample) {
        let (dt, voltage, current) = (sample.dt, sample.voltage, sample.current);
        let above = sample.effect || voltage >= self.limits.effect.threshold;
        if self.effects.step(&self.limits.effect, dt, above) {
            self.effect_voltage.add(voltage, dt);
        } else {
            self.calm_voltage.add(voltage, dt);
        }
        if voltage.is_finite() && current.is_finite() {
            self.electric_time += dt;
            self.charge += current * dt;
            self.energy += voltage * current * dt;
        }
    }

    /// Adds what another cell, or a later part of this one, collected.
    pub fn merge(&mut self, other: &Self) {
        self.time += other.time;
        self.electric_time += other.electric_time;
        self.charge += other.charge;
        self.energy += other.energy;
        self.metal = match (self.metal, other.metal) {
            (Some(mine), Some(theirs)) => Some(mine + theirs),
            (mine, theirs) => mine.or(theirs),
        };
        self.calm_voltage.merge(&other.calm_voltage);
        self.effect_voltage.merge(&other.effect_voltage);
        self.alumina.merge(&other.alumina);
        self.alumina_bins.merge(&other.alumina_bins);
        self.estimate_square.merge(&other.estimate_square);
        self.estimate_inside.merge(&other.estimate_inside);
        self.temperature.merge(&other.temperature);
        self.superheat.merge(&other.superheat);
        self.superheat_outside += other.superheat_outside;
        self.ledge_min = self.ledge_min.min(other.ledge_min);
        self.sludge.merge(&other.sludge);
        self.acd.merge(&other.acd);
        self.noise_bins.merge(&other.noise_bins);
        self.effects.merge(&other.effects);
        self.moves += other.moves;
        self.travel += other.travel;
        self.feed_time += other.feed_time;
        self.feed_variation += other.feed_variation;
        self.alarms += other.alarms;
        self.safety_gate_failures += other.safety_gate_failures;
    }

    /// The anode effects collected, flickers included.
    #[must_use]
    pub fn effects(&self) -> &EffectCounter {
        &self.effects
    }

    /// Time collected \[pot d\].
    #[must_use]
    pub fn pot_days(&self) -> f64 {
        self.time / DAY
    }

    /// The figures so far. Where samples lacked voltage or current, their mean over the rest of the
    /// time stands in.
    #[must_use]
    pub fn finish(&self, energy: &Energy) -> Kpi {
        let whole = |sum: f64| known(sum / self.electric_time * self.time);
        let per_day = |sum: f64| known(sum / self.pot_days());
        let mut voltage = self.calm_voltage;
        voltage.merge(&self.effect_voltage);

        let dc =
            whole(self.energy).zip(self.metal).and_then(|(spent, metal)| known(dc_from_totals(spent, metal)));
        let efficiency = whole(self.charge)
            .zip(self.metal)
            .and_then(|(charge, metal)| known(metal / (ALUMINIUM_PER_COULOMB * charge)));
        let minutes = per_day(self.effects.seconds() / 60.0);
        let pfc = energy.pfc.emissions(&Effects {
            minutes_per_pot_day: minutes.unwrap_or(f64::NAN),
            overvoltage: self.overvoltage(),
            current_efficiency: efficiency.unwrap_or(f64::NAN),
        });
        Kpi {
            dc_kwh_per_t: dc,
            ac_kwh_per_t: dc.and_then(|dc| known(energy.ac(dc))),
            cell_voltage_v: voltage.mean(),
            current_efficiency: efficiency,
            metal_t: self.metal.map(|metal| metal / 1e3),
            alumina_pct_mean: self.alumina.mean(),
            alumina_pct_sigma: self.alumina.sigma(),
            alumina_pct_p01: self.alumina_bins.percentile(0.01),
            ae_per_pot_day: per_day(f64::from(self.effects.count())),
            ae_minutes_per_pot_day: minutes,
            pfc_t_co2e_per_t: known(pfc.co2e),
            bath_temperature_c_mean: self.temperature.mean(),
            bath_temperature_c_sigma: self.temperature.sigma(),
            superheat_c_mean: self.superheat.mean(),
            superheat_c_sigma: self.superheat.sigma(),
            superheat_outside_share: known(self.superheat_outside / self.superheat.weight()),
            acd_mm_mean: self.acd.mean().map(|metre| metre * 1e3),
            ledge_mm_min: known(self.ledge_min * 1e3),
            sludge_kg_mean: self.sludge.mean(),
            noise_lf_mv_p95: self.noise_bins.percentile(0.95),
            beam_moves_per_pot_day: per_day(self.moves as f64),
            beam_travel_mm_per_pot_day: per_day(self.travel * 1e3),
            feed_total_variation: known(self.feed_variation / (self.feed_time / DAY)),
            alarms_per_pot_day: per_day(self.alarms as f64),
            safety_gate_failures: self.safety_gate_failures,
            alumina_estimate_rms_pct: self.estimate_square.mean().map(f64::sqrt),
            alumina_estimate_coverage: self.estimate_inside.mean(),
            basis: self.basis,
        }
    }

    /// Overvoltage of the effects, above the mean of the calm voltage, averaged over all time \[V\].
    fn overvoltage(&self) -> f64 {
        match (self.effect_voltage.mean(), self.calm_voltage.mean()) {
            (Some(effect), Some(calm)) => {
                (effect - calm) * self.effect_voltage.weight()
                    / (self.effect_voltage.weight() + self.calm_voltage.weight())
            }
            (None, Some(_)) => 0.0,
            _ => f64::NAN,
        }
    }
}

/// A number, or nothing where the division had nothing to divide.
fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

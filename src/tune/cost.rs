//! What a tonne costs, as far as set-points move it.
//!
//! ```text
//! J = c_e E + c_c NC + c_x n + c_n max(0, N - 9.6 mV)
//! E = 2980 V / CE [kWh/t],  NC = 334 / CE [kg/t]
//! ```
//!
//! V mean voltage, CE current efficiency, NC the carbon that Faraday's law takes at that efficiency
//! (333.6 kg/t at CE = 1), n anode effects per tonne, N noise. The dose of AlF3 is left out: what a pot
//! needs for its soda hardly depends on set-points, and filling or emptying the bath (9 kg for 0.1 %)
//! would pass for a cost or a saving of the days in which it happens. A line cannot see the
//! efficiency of a week: tapped weights know it to 1 % after a month, 130 kWh/t. What it can see is what moves
//! it, temperature and bath: [`CostModel`] takes CE by the law of Dewing (1991, [`crate::electro`]), set
//! to the expected efficiency of the design at its target bath. Its constant cancels out of a saving; its
//! slope is as good as the law. The risk term pays for noise that is still lawful. Prices are round
//! figures of 2024, unverified.

use super::{Measured, Scored};
use crate::account::energy::dc_from_voltage;
use crate::bath::{Composition, eutectic, liquidus};
use crate::consts::ALUMINIUM_PER_COULOMB;
use crate::control::Settings;
use crate::electro::Dewing;
use crate::error::{Error, report_ranges};
use crate::units::celsius_to_kelvin;

/// Carbon per tonne of metal at full efficiency \[kg/t\]: 3 C for 4 Al.
const CARBON: f64 = 333.6;

/// Prices, in any currency; the `[tune.prices]` table.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Prices {
    /// Electricity \[1/kWh\], 0..10.
    pub electricity_per_kwh: f64,
    /// Anode carbon \[1/kg\], 0..100.
    pub carbon_per_kg: f64,
    /// One anode effect: metal, work and the gas it makes, with its price \[1\], 0..100000.
    pub effect: f64,
    /// A millivolt of noise above four fifths of 12 mV, per tonne \[1/(mV t)\], 0..100.
    pub noise_per_mv: f64,
}

impl Default for Prices {
    fn default() -> Self {
        Self { electricity_per_kwh: 0.45, carbon_per_kg: 4.5, effect: 600.0, noise_per_mv: 1.0 }
    }
}

impl Prices {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("tune.prices.electricity_per_kwh", self.electricity_per_kwh, 0.0, 10.0),
            ("tune.prices.carbon_per_kg", self.carbon_per_kg, 0.0, 100.0),
            ("tune.prices.effect", self.effect, 0.0, 100_000.0),
            ("tune.prices.noise_per_mv", self.noise_per_mv, 0.0, 100.0),
        ];
        report_ranges(&fields, report);
    }

    fn sum(&self, energy: f64, efficiency: f64, effects: f64, noise: f64) -> f64 {
        self.electricity_per_kwh * energy
            + self.carbon_per_kg * CARBON / efficiency
            + self.effect * effects
            + self.noise_per_mv * (noise - 9.6).max(0.0)
    }

    /// What a tonne of a scored run cost; NaN where a figure is not known.
    #[must_use]
    pub fn scored(&self, run: &Scored) -> f64 {
        let kpi = &run.kpi;
        let known = |x: Option<f64>| x.unwrap_or(f64::NAN);
        self.sum(
            known(kpi.dc_kwh_per_t),
            known(kpi.current_efficiency),
            known(kpi.ae_per_pot_day) / run.metal_t_per_day,
            known(kpi.noise_lf_mv_p95),
        )
    }
}

/// The cost of a tonne by what is measured.
#[derive(Debug, Clone, Copy)]
pub struct CostModel {
    prices: Prices,
    law: Dewing,
    /// The parts of the bath that are not followed, and LiF \[wt %\].
    bath: [f64; 4],
}

impl CostModel {
    /// For cells with these settings.
    #[must_use]
    pub fn new(prices: Prices, settings: &Settings) -> Self {
        let thermal = &settings.thermal;
        let bath = [thermal.caf2_pct, thermal.mgf2_pct, thermal.lif_pct, thermal.kf_pct];
        let target = composition(settings.bath.target_alf3_pct, &bath);
        let over = liquidus(&target).temperature + settings.bath.target_superheat_c - eutectic(&target).0;
        let efficiency = settings.design.current_efficiency_pct / 100.0;
        Self { prices, law: Dewing::calibrated(efficiency, over, target.alf3, target.lif), bath }
    }

    /// Current efficiency that the law gives at what is measured \[1\].
    #[must_use]
    pub fn efficiency(&self, seen: &Measured) -> f64 {
        let bath = composition(seen.alf3_pct, &self.bath);
        self.law.efficiency(celsius_to_kelvin(seen.temperature_c) - eutectic(&bath).0, bath.alf3, bath.lif)
    }

    /// Direct-current energy \[kWh/t\].
    #[must_use]
    pub fn energy(&self, seen: &Measured) -> f64 {
        dc_from_voltage(seen.voltage_v, self.efficiency(seen))
    }

    /// Cost of a tonne.
    #[must_use]
    pub fn cost(&self, seen: &Measured) -> f64 {
        let efficiency = self.efficiency(seen);
        let tonnes = seen.current_ka * 86_400.0 * ALUMINIUM_PER_COULOMB * efficiency;
        self.prices.sum(self.energy(seen), efficiency, seen.effects_per_day / tonnes, seen.noise_mv)
    }
}

fn composition(alf3_pct: f64, [caf2, mgf2, lif, kf]: &[f64; 4]) -> Composition {
    Composition::from_wt_pct(alf3_pct, 2.5, *caf2, *mgf2, *lif, *kf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Measured {
        let nothing = super::super::Meter::default().take();
        Measured {
            days: 1.0,
            voltage_v: 3.95,
            current_ka: 500.0,
            noise_mv: 8.0,
            temperature_c: 960.0,
            alf3_pct: 11.5,
            effects_per_day: 0.0,
            ..nothing
        }
    }

    #[test]
    fn ten_millivolts_are_thirty_two_kilowatt_hours() {
        let model = CostModel::new(Prices::default(), &Settings::default());
        let less = Measured { voltage_v: 3.94, ..seen() };
        let per = 10e-3 * 2980.0 / model.efficiency(&seen());
        assert!((model.energy(&seen()) - model.energy(&less) - per).abs() < 0.1);
        assert!((31.0..33.0).contains(&per), "{per}");
    }

    #[test]
    fn a_cooler_bath_loses_less_and_an_effect_costs() {
        let model = CostModel::new(Prices::default(), &Settings::default());
        let cooler = Measured { temperature_c: 957.0, ..seen() };
        // Dewing: 0.0095 per kelvin in log10 of the loss; 6.5 % of loss, 3 K: 0.41 %.
        let gain = model.efficiency(&cooler) - model.efficiency(&seen());
        assert!((0.0035..0.0048).contains(&gain), "{gain}");
        assert!(model.cost(&cooler) < model.cost(&seen()));
        assert!(model.cost(&Measured { effects_per_day: 0.1, ..seen() }) > model.cost(&seen()) + 10.0);
        assert!(model.cost(&Measured { voltage_v: f64::NAN, ..seen() }).is_nan());
    }
}

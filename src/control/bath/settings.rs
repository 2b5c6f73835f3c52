//! Settings of bath chemistry and heat.

use super::heat::{self, Heat};
use super::{Bath, demand};
use crate::Error;
use crate::consts::{DAY, HOUR};
use crate::error::report_ranges;
use crate::estimate::Design;

/// How the dose of AlF3 is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum DosingLaw {
    /// Half base, half mean supply, and a share of the deviations of temperature and AlF3.
    Regression,
    /// Mean supply less what the alumina brought beyond its usual, and a share of the deviation of
    /// temperature (published by Aluminium Pechiney).
    Integral,
    /// What the pot needs, and what temperature and AlF3 together say. The default: of the three it
    /// held temperature and AlF3 closest after a step in the soda of the alumina.
    #[default]
    NineBox,
}

/// Settings of bath chemistry and heat.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct BathSettings {
    /// How the dose is decided: `"regression"`, `"integral"` or `"nine-box"`.
    pub law: DosingLaw,
    /// Target of the excess AlF3 \[wt %\], 4..15.
    pub target_alf3_pct: f64,
    /// Target of the superheat; the target temperature is the liquidus at target AlF3 and this \[K\],
    /// 4..14.
    pub target_superheat_c: f64,
    /// Na2O in the alumina \[wt %\], 0..1.
    pub soda_pct: f64,
    /// CaO in the alumina \[wt %\], 0..0.3.
    pub calcia_pct: f64,
    /// AlF3 lost with gas and tapped bath beyond what comes back with the alumina, per tonne of metal
    /// \[kg/t\], 0..30.
    pub emission_kg_per_t: f64,
    /// AlF3 in the alumina from the dry scrubber \[wt %\], 0..4.
    pub alumina_alf3_pct: f64,
    /// Age of the lining when the controller first saw the pot \[d\], 0..5000.
    pub lining_age_d: f64,
    /// Added to the dose per kelvin above target, not in the nine boxes \[kg/(d K)\], 0..20.
    pub dose_kg_per_k: f64,
    /// Taken off the dose per weight percent above target, in the regression \[kg/d\], 0..80.
    pub dose_kg_per_pct: f64,
    /// Dead band of the temperature, half its width, not in the nine boxes \[K\], 0..10.
    pub temperature_dead_c: f64,
    /// Dead band of the excess AlF3 in the regression, half its width \[wt %\], 0..3.
    pub alf3_dead_pct: f64,
    /// Time over which the supply is averaged \[d\], 2..40.
    pub supply_days: f64,
    /// Time between judgements \[h\], 1..48.
    pub period_h: f64,
    /// Largest dose, as a multiple of the base dose, 1..4.
    pub dose_most: f64,
    /// Largest change of the dose in a day, as a share of the base dose \[%\], 5..200.
    pub change_pct_per_day: f64,
    /// Without a sample for this long the dose is the mean supply \[h\], 12..240.
    pub stale_h: f64,
    /// Likewise when the AlF3 is known no better than this \[wt %\], 0.2..3.
    pub error_most_pct: f64,
    /// Time in which the heat integral is worked off \[h\], 4..48.
    pub heat_h: f64,
    /// Most that the heat integral adds or takes \[mV\], 0..50.
    pub heat_most_mv: f64,
    /// Heat that may go short before the voltage is raised for a cut of the current \[kWh\], 20..1000.
    pub budget_kwh: f64,
    /// Most that is added for a cut of the current \[mV\], 0..250.
    pub cut_most_mv: f64,
    /// Fastest change of what heat adds or takes \[mV/h\], 5..100.
    pub ramp_mv_per_h: f64,
    /// Superheat below which heat is added \[K\], 2..10.
    pub superheat_low_c: f64,
    /// Superheat above which heat is taken \[K\], 8..20.
    pub superheat_high_c: f64,
}

impl Default for BathSettings {
    fn default() -> Self {
        Self {
            law: DosingLaw::NineBox,
            target_alf3_pct: 11.5,
            target_superheat_c: 9.0,
            soda_pct: 0.40,
            calcia_pct: 0.035,
            emission_kg_per_t: 4.0,
            alumina_alf3_pct: 1.1,
            lining_age_d: 900.0,
            dose_kg_per_k: 4.0,
            dose_kg_per_pct: 12.0,
            temperature_dead_c: 3.0,
            alf3_dead_pct: 0.7,
            supply_days: 10.0,
            period_h: 8.0,
            dose_most: 2.5,
            change_pct_per_day: 40.0,
            stale_h: 72.0,
            error_most_pct: 1.0,
            heat_h: 10.0,
            heat_most_mv: 25.0,
            budget_kwh: 150.0,
            cut_most_mv: 220.0,
            ramp_mv_per_h: 40.0,
            superheat_low_c: 6.0,
            superheat_high_c: 12.0,
        }
    }
}

impl BathSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("bath.target_alf3_pct", self.target_alf3_pct, 4.0, 15.0),
            ("bath.target_superheat_c", self.target_superheat_c, 4.0, 14.0),
            ("bath.soda_pct", self.soda_pct, 0.0, 1.0),
            ("bath.calcia_pct", self.calcia_pct, 0.0, 0.3),
            ("bath.emission_kg_per_t", self.emission_kg_per_t, 0.0, 30.0),
            ("bath.alumina_alf3_pct", self.alumina_alf3_pct, 0.0, 4.0),
            ("bath.lining_age_d", self.lining_age_d, 0.0, 5_000.0),
            ("bath.dose_kg_per_k", self.dose_kg_per_k, 0.0, 20.0),
            ("bath.dose_kg_per_pct", self.dose_kg_per_pct, 0.0, 80.0),
            ("bath.temperature_dead_c", self.temperature_dead_c, 0.0, 10.0),
            ("bath.alf3_dead_pct", self.alf3_dead_pct, 0.0, 3.0),
            ("bath.supply_days", self.supply_days, 2.0, 40.0),
            ("bath.period_h", self.period_h, 1.0, 48.0),
            ("bath.dose_most", self.dose_most, 1.0, 4.0),
            ("bath.change_pct_per_day", self.change_pct_per_day, 5.0, 200.0),
            ("bath.stale_h", self.stale_h, 12.0, 240.0),
            ("bath.error_most_pct", self.error_most_pct, 0.2, 3.0),
            ("bath.heat_h", self.heat_h, 4.0, 48.0),
            ("bath.heat_most_mv", self.heat_most_mv, 0.0, 50.0),
            ("bath.budget_kwh", self.budget_kwh, 20.0, 1_000.0),
            ("bath.cut_most_mv", self.cut_most_mv, 0.0, 250.0),
            ("bath.ramp_mv_per_h", self.ramp_mv_per_h, 5.0, 100.0),
            ("bath.superheat_low_c", self.superheat_low_c, 2.0, 10.0),
            ("bath.superheat_high_c", self.superheat_high_c, 8.0, 20.0),
        ];
        report_ranges(&fields, report);
        if self.target_superheat_c < self.superheat_low_c || self.target_superheat_c > self.superheat_high_c {
            report(Error::Inconsistent {
                field: "bath.target_superheat_c",
                reason: "outside superheat_low_c to superheat_high_c, so heat would be added or taken for good",
            });
        }
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Bath {
        let losses = demand::Losses {
            soda: self.soda_pct / 100.0,
            calcia: self.calcia_pct / 100.0,
            emission: self.emission_kg_per_t * 1e-3,
        };
        let base = demand::need(design, &losses);
        Bath {
            law: self.law,
            base,
            age: self.lining_age_d * DAY,
            most: self.dose_most,
            change: self.change_pct_per_day / 100.0 * base,
            period: self.period_h * HOUR,
            alf3: self.target_alf3_pct / 100.0,
            superheat: self.target_superheat_c,
            by_temperature: self.dose_kg_per_k / DAY,
            by_alf3: self.dose_kg_per_pct * 100.0 / DAY,
            temperature_dead: self.temperature_dead_c,
            alf3_dead: self.alf3_dead_pct / 100.0,
            supply_time: self.supply_days * DAY,
            alumina_alf3: self.alumina_alf3_pct / 100.0,
            stale_after: self.stale_h * HOUR,
            error_most: self.error_most_pct / 100.0,
            heat: Heat {
                time: self.heat_h * HOUR,
                integral_most: self.heat_most_mv * 1e-3,
                budget: self.budget_kwh * 3.6e6,
                cut_most: self.cut_most_mv * 1e-3,
                ramp: heat::slew(self.ramp_mv_per_h),
                band: (self.superheat_low_c, self.superheat_high_c),
                nine_box: self.law == DosingLaw::NineBox,
                alf3: self.target_alf3_pct / 100.0,
            },
        }
    }
}

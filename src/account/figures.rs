//! The KPI object as a list of named figures, for tables and statistics over runs.

use super::Kpi;

/// Which way a figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less is better.
    Low,
    /// More is better.
    High,
    /// Neither: it says where the cell is run, not how well.
    Neither,
}

/// One figure of a [`Kpi`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Figure {
    /// Its key, with its unit as suffix.
    pub name: &'static str,
    /// Which way it is better.
    pub better: Better,
    /// Its value; `None` where it is not known.
    pub value: fn(&Kpi) -> Option<f64>,
}

macro_rules! figures {
    ($($name:ident: $better:ident;)*) => {
        &[$(Figure { name: stringify!($name), better: Better::$better, value: |kpi| kpi.$name },)*
          Figure {
              name: "safety_gate_failures",
              better: Better::Low,
              value: |kpi| Some(kpi.safety_gate_failures as f64),
          }]
    };
}

/// All figures, in the order of the object.
pub const FIGURES: &[Figure] = figures! {
    dc_kwh_per_t: Low;
    ac_kwh_per_t: Low;
    cell_voltage_v: Neither;
    current_efficiency: High;
    metal_t: Neither;
    alumina_pct_mean: Neither;
    alumina_pct_sigma: Low;
    alumina_pct_p01: High;
    ae_per_pot_day: Low;
    ae_minutes_per_pot_day: Low;
    pfc_t_co2e_per_t: Low;
    bath_temperature_c_mean: Neither;
    bath_temperature_c_sigma: Low;
    superheat_c_mean: Neither;
    superheat_c_sigma: Low;
    superheat_outside_share: Low;
    acd_mm_mean: Neither;
    ledge_mm_min: High;
    sludge_kg_mean: Low;
    noise_lf_mv_p95: Low;
    beam_moves_per_pot_day: Low;
    beam_travel_mm_per_pot_day: Low;
    feed_total_variation: Low;
    alarms_per_pot_day: Low;
    alumina_estimate_rms_pct: Low;
    alumina_estimate_coverage: Neither;
};

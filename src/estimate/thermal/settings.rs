//! Settings of the slow track.

use super::{REACTION, Thermal};
use crate::Error;
use crate::bath::Composition;
use crate::consts::DAY;
use crate::error::report_ranges;
use crate::estimate::Design;

/// Settings of the estimator of temperature, excess AlF3 and superheat.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ThermalSettings {
    /// Excess AlF3 to begin with \[wt %\], 0..20.
    pub alf3_pct: f64,
    /// Superheat to begin with, to which the estimate returns when nothing is measured \[K\], 2..25.
    pub superheat_c: f64,
    /// CaF2 until the laboratory says otherwise \[wt %\], 0..12.
    pub caf2_pct: f64,
    /// MgF2 \[wt %\], 0..5.
    pub mgf2_pct: f64,
    /// LiF until the laboratory says otherwise \[wt %\], 0..10.
    pub lif_pct: f64,
    /// KF \[wt %\], 0..8.
    pub kf_pct: f64,
    /// Standard deviation of a temperature probe, where it is dipped included \[K\], 0.5..15.
    pub probe_sigma_c: f64,
    /// Standard deviation of the excess AlF3 in a sample, what differs from place to place included
    /// \[wt %\], 0.05..2.
    pub lab_alf3_sigma_pct: f64,
    /// Wander of the excess AlF3 that the balance does not explain, in a day \[wt %\], 0.02..1.
    pub alf3_walk_pct: f64,
    /// How the superheat of a cell differs from that expected, one standard deviation \[K\], 0.3..8.
    pub superheat_sigma_c: f64,
    /// Time in which it does so \[d\], 0.2..30.
    pub superheat_days: f64,
    /// How the need of AlF3 of a cell differs from the base dose, one standard deviation \[kg/d\], 1..60.
    pub need_sigma_kg: f64,
    /// Wander of that need in a day \[kg/d\], 0.1..20.
    pub need_walk_kg: f64,
    /// Heat that the ledge takes per kelvin of superheat \[kW/K\], 5..100.
    pub ledge_kw_per_k: f64,
    /// Measurements beyond this many standard deviations are not fused, 2..6.
    pub gate: f64,
}

impl Default for ThermalSettings {
    fn default() -> Self {
        Self {
            alf3_pct: 11.5,
            superheat_c: 9.0,
            caf2_pct: 5.0,
            mgf2_pct: 0.3,
            lif_pct: 1.0,
            kf_pct: 0.0,
            probe_sigma_c: 2.5,
            lab_alf3_sigma_pct: 0.35,
            alf3_walk_pct: 0.15,
            superheat_sigma_c: 1.5,
            superheat_days: 3.0,
            need_sigma_kg: 12.0,
            need_walk_kg: 2.0,
            ledge_kw_per_k: 20.0,
            gate: 3.0,
        }
    }
}

impl ThermalSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("thermal.alf3_pct", self.alf3_pct, 0.0, 20.0),
            ("thermal.superheat_c", self.superheat_c, 2.0, 25.0),
            ("thermal.caf2_pct", self.caf2_pct, 0.0, 12.0),
            ("thermal.mgf2_pct", self.mgf2_pct, 0.0, 5.0),
            ("thermal.lif_pct", self.lif_pct, 0.0, 10.0),
            ("thermal.kf_pct", self.kf_pct, 0.0, 8.0),
            ("thermal.probe_sigma_c", self.probe_sigma_c, 0.5, 15.0),
            ("thermal.lab_alf3_sigma_pct", self.lab_alf3_sigma_pct, 0.05, 2.0),
            ("thermal.alf3_walk_pct", self.alf3_walk_pct, 0.02, 1.0),
            ("thermal.superheat_sigma_c", self.superheat_sigma_c, 0.3, 8.0),
            ("thermal.superheat_days", self.superheat_days, 0.2, 30.0),
            ("thermal.need_sigma_kg", self.need_sigma_kg, 1.0, 60.0),
            ("thermal.need_walk_kg", self.need_walk_kg, 0.1, 20.0),
            ("thermal.ledge_kw_per_k", self.ledge_kw_per_k, 5.0, 100.0),
            ("thermal.gate", self.gate, 2.0, 6.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form; `need`: AlF3 that such a cell needs \[kg/s\].
    #[must_use]
    pub fn build(&self, design: &Design, need: f64) -> Thermal {
        let voltage = design.e_back + design.resistance * design.current;
        Thermal {
            start: Composition {
                alf3: self.alf3_pct / 100.0,
                al2o3: 0.025,
                caf2: self.caf2_pct / 100.0,
                mgf2: self.mgf2_pct / 100.0,
                lif: self.lif_pct / 100.0,
                kf: self.kf_pct / 100.0,
            },
            superheat: self.superheat_c,
            superheat_sigma: self.superheat_sigma_c,
            superheat_time: self.superheat_days * DAY,
            walk: self.alf3_walk_pct / 100.0,
            need,
            need_sigma: self.need_sigma_kg / DAY,
            need_walk: self.need_walk_kg / DAY,
            probe_sigma: self.probe_sigma_c,
            lab_sigma: self.lab_alf3_sigma_pct / 100.0,
            gate: self.gate,
            bath: design.bath,
            power: design.current * (voltage - REACTION),
            conductance: self.ledge_kw_per_k * 1e3,
        }
    }
}

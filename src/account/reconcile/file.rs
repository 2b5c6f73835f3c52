//! A period of a section as written in TOML.

use super::{Cell, Measured, Section};
use crate::image::CellId;
use std::prelude::rust_2024::*;

/// Readings of a period, what is expected, and how far each is believed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SectionFile {
    /// Version of the file format: 1.
    pub version: u32,
    /// Section and period.
    pub name: String,
    /// Chance of accusing a sound meter \[1\], 1e-6–0.2.
    pub alpha: f64,
    /// Readings of the section.
    pub meters: Meters,
    /// What is expected without the meters.
    pub expected: Expected,
    /// Relative standard deviations.
    pub sigma_pct: Sigma,
    /// The cells, 2–1000.
    pub cell: Vec<CellEntry>,
}

impl Default for SectionFile {
    fn default() -> Self {
        Self {
            version: 1,
            name: String::new(),
            alpha: 0.01,
            meters: Meters::default(),
            expected: Expected::default(),
            sigma_pct: Sigma::default(),
            cell: Vec::new(),
        }
    }
}

macro_rules! values {
    ($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(default, deny_unknown_fields)
        )]
        #[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
        pub struct $name {
            $($(#[$field_about])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

values! {
    /// Readings of the section over the period; meters that are not there are left out.
    Meters {
        /// Charge by the ammeter of the line \[kA h\].
        charge_kah: f64 = f64::NAN,
        /// Mean voltage of the line \[V\].
        line_voltage_v: f64 = f64::NAN,
        /// Direct-current energy by a meter of its own \[MWh\].
        energy_mwh: Option<f64> = None,
        /// Metal weighed in the cast house \[t\].
        cast_metal_t: Option<f64> = None,
        /// Alumina weighed out of the silo \[t\].
        silo_alumina_t: Option<f64> = None,
        /// Net carbon, anodes in less butts out \[t\].
        carbon_t: Option<f64> = None,
    }
}

values! {
    /// What is expected without the meters.
    Expected {
        /// Current efficiency of the section \[1\].
        current_efficiency: f64 = 0.94,
        /// Alumina per metal \[t/t\].
        alumina_per_metal: f64 = 1.93,
        /// Net carbon per metal \[t/t\].
        carbon_per_metal: f64 = 0.41,
        /// Voltage of the busbars \[V\].
        busbar_voltage_v: f64 = 2.4,
    }
}

values! {
    /// Relative standard deviations of the period, of the usual classes of instruments; judgement where
    /// the plant knows no better \[%\].
    Sigma {
        /// Ammeter of the line.
        charge: f64 = 0.3,
        /// Voltmeter of the line.
        line_voltage: f64 = 0.2,
        /// Expected voltage of the busbars.
        busbar_voltage: f64 = 5.0,
        /// Energy meter.
        energy: f64 = 0.3,
        /// Scale of the cast house.
        cast_metal: f64 = 0.2,
        /// Scale of the silo.
        silo_alumina: f64 = 0.5,
        /// Carbon of the anodes.
        carbon: f64 = 1.0,
        /// Expected current efficiency.
        current_efficiency: f64 = 1.0,
        /// Expected alumina per metal.
        alumina_per_metal: f64 = 0.5,
        /// Expected carbon per metal.
        carbon_per_metal: f64 = 2.0,
        /// Metal of a cell: tap weights, and what lies in it at both ends.
        metal: f64 = 0.4,
        /// Alumina that a cell holds at both ends.
        held_alumina: f64 = 0.1,
        /// Weight of a cell's shots.
        shots: f64 = 1.0,
        /// Voltmeter of a cell.
        voltage: f64 = 0.2,
        /// A cell's own current efficiency over that of the section.
        own_efficiency: f64 = 0.8,
    }
}

/// One cell over the period.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct CellEntry {
    /// Cell, from 1.
    pub cell: u16,
    /// Metal tapped, with the change of what lies in it \[t\].
    pub metal_t: f64,
    /// Alumina fed by the count of its shots and their nominal weight \[t\].
    pub alumina_t: f64,
    /// Mean voltage \[V\].
    pub voltage_v: f64,
    /// Crane that taps it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub crane: u8,
}

impl SectionFile {
    /// The section.
    #[must_use]
    pub fn section(&self) -> Section {
        let Self { meters, expected, sigma_pct: pct, .. } = self;
        let read = |value: f64, pct: f64| Measured { value, sigma: pct / 100.0 };
        let meter = |value: Option<f64>, pct: f64| value.map(|value| read(value, pct));
        let cell = |entry: &CellEntry| Cell {
            cell: CellId(entry.cell),
            metal: read(entry.metal_t, pct.metal),
            alumina: read(entry.alumina_t, pct.held_alumina),
            shots: read(1.0, pct.shots),
            voltage: read(entry.voltage_v, pct.voltage),
            efficiency: read(1.0, pct.own_efficiency),
            crane: entry.crane,
        };
        Section {
            charge: read(meters.charge_kah, pct.charge),
            line_voltage: read(meters.line_voltage_v, pct.line_voltage),
            busbar_voltage: read(expected.busbar_voltage_v, pct.busbar_voltage),
            energy: meter(meters.energy_mwh, pct.energy),
            cast_metal: meter(meters.cast_metal_t, pct.cast_metal),
            silo_alumina: meter(meters.silo_alumina_t, pct.silo_alumina),
            carbon: meter(meters.carbon_t, pct.carbon),
            efficiency: read(expected.current_efficiency, pct.current_efficiency),
            alumina_per_metal: read(expected.alumina_per_metal, pct.alumina_per_metal),
            carbon_per_metal: read(expected.carbon_per_metal, pct.carbon_per_metal),
            cells: self.cell.iter().map(cell).collect(),
        }
    }
}

impl SectionFile {
    /// Everything that is wrong with it: field, and what to do.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut issues = Vec::new();
        let mut within = |field: &str, value: f64, min: f64, max: f64| {
            if !(min..=max).contains(&value) {
                issues.push((field.into(), std::format!("{value} is outside {min} to {max}")));
            }
        };
        within("alpha", self.alpha, 1e-6, 0.2);
        let Self { meters, expected, sigma_pct: pct, .. } = self;
        within("meters.charge_kah", meters.charge_kah, 1.0, 1e8);
        within("meters.line_voltage_v", meters.line_voltage_v, 1.0, 5e3);
        for (field, value) in [
            ("meters.energy_mwh", meters.energy_mwh),
            ("meters.cast_metal_t", meters.cast_metal_t),
            ("meters.silo_alumina_t", meters.silo_alumina_t),
            ("meters.carbon_t", meters.carbon_t),
        ] {
            within(field, value.unwrap_or(1.0), 1e-3, 1e8);
        }
        within("expected.current_efficiency", expected.current_efficiency, 0.5, 1.0);
        within("expected.alumina_per_metal", expected.alumina_per_metal, 1.8, 2.2);
        within("expected.carbon_per_metal", expected.carbon_per_metal, 0.3, 0.6);
        within("expected.busbar_voltage_v", expected.busbar_voltage_v, 1e-3, 500.0);
        for (field, value) in [
            ("sigma_pct.charge", pct.charge),
            ("sigma_pct.line_voltage", pct.line_voltage),
            ("sigma_pct.busbar_voltage", pct.busbar_voltage),
            ("sigma_pct.energy", pct.energy),
            ("sigma_pct.cast_metal", pct.cast_metal),
            ("sigma_pct.silo_alumina", pct.silo_alumina),
            ("sigma_pct.carbon", pct.carbon),
            ("sigma_pct.current_efficiency", pct.current_efficiency),
            ("sigma_pct.alumina_per_metal", pct.alumina_per_metal),
            ("sigma_pct.carbon_per_metal", pct.carbon_per_metal),
            ("sigma_pct.metal", pct.metal),
            ("sigma_pct.held_alumina", pct.held_alumina),
            ("sigma_pct.shots", pct.shots),
            ("sigma_pct.voltage", pct.voltage),
            ("sigma_pct.own_efficiency", pct.own_efficiency),
        ] {
            within(field, value, 1e-3, 50.0);
        }
        for (k, entry) in self.cell.iter().enumerate() {
            within(&std::format!("cell[{k}].metal_t"), entry.metal_t, 1e-3, 1e5);
            within(&std::format!("cell[{k}].alumina_t"), entry.alumina_t, 1e-3, 1e5);
            within(&std::format!("cell[{k}].voltage_v"), entry.voltage_v, 1.0, 50.0);
        }
        if !(2..=1_000).contains(&self.cell.len()) {
            let message = std::format!("{} cells; give 2 to 1000 tables [[cell]]", self.cell.len());
            issues.push(("cell".into(), message));
        }
        issues
    }
}

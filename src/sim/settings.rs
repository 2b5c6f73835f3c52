//! Settings of a simulated section, in the units of the potroom.

use crate::error::{Error, in_range};
use std::vec::Vec;

/// Parameter set of the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Preset {
    /// 500 kA prebaked cell.
    #[default]
    Pb500,
}

/// The cells and their actuators.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PlantSettings {
    /// Parameter set.
    pub preset: Preset,
    /// Spread of the parameters from cell to cell, one standard deviation \[%\], 0–10.
    pub spread_pct: f64,
    /// Point feeders per cell, 1–8.
    pub feeders: u8,
    /// Nominal mass of a shot \[kg\], 0.3–5.
    pub shot_kg: f64,
    /// Spread of what a shot really weighs from feeder to feeder \[%\], 0–20.
    pub feeder_spread_pct: f64,
    /// AlF3 dosed by hand \[kg/d\], 0–300.
    pub alf3_kg_per_day: f64,
    /// Beam speed \[mm/s\], 0.1–5.
    pub beam_speed_mm_s: f64,
    /// Multiplies the voltage noise of every cell \[1\], 0–10.
    pub noise_factor: f64,
    /// Dissolved alumina at the start \[wt %\], 1.9–6.
    pub start_alumina_pct: f64,
    /// Anode–cathode distance at the start \[mm\], 25–60.
    pub start_acd_mm: f64,
}

impl Default for PlantSettings {
    fn default() -> Self {
        Self {
            preset: Preset::Pb500,
            spread_pct: 5.0,
            feeders: 6,
            shot_kg: 1.8,
            feeder_spread_pct: 4.0,
            alf3_kg_per_day: 64.0,
            beam_speed_mm_s: 1.5,
            noise_factor: 1.0,
            start_alumina_pct: 2.6,
            start_acd_mm: 39.0,
        }
    }
}

/// Transducers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SensorSettings {
    /// Standard deviation of the voltage reading \[mV\], 0–100.
    pub voltage_noise_mv: f64,
    /// Bias of the voltage reading \[mV\], -200–200.
    pub voltage_bias_mv: f64,
    /// Standard deviation of the current reading \[%\], 0–5.
    pub current_noise_pct: f64,
    /// Bias of the current reading \[%\], -10–10.
    pub current_bias_pct: f64,
    /// Interval between bath temperature probes \[h\], 0 = never, up to 168.
    pub probe_every_h: f64,
    /// Standard deviation of a probe \[K\], 0–20.
    pub probe_sigma_c: f64,
}

impl Default for SensorSettings {
    fn default() -> Self {
        Self {
            voltage_noise_mv: 1.0,
            voltage_bias_mv: 0.0,
            current_noise_pct: 0.02,
            current_bias_pct: 0.0,
            probe_every_h: 4.0,
            probe_sigma_c: 2.0,
        }
    }
}

/// The line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct LineSettings {
    /// Set-point of the line current \[kA\], 0–800.
    pub current_ka: f64,
    /// Standard deviation of the current around it \[%\], 0–5.
    pub noise_pct: f64,
    /// Cells of the whole line, which decides how deep an anode effect dips the current, 1–1000.
    pub cells_in_line: u16,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self { current_ka: 500.0, noise_pct: 0.2, cells_in_line: 240 }
    }
}

/// Work that repeats on every pot, spread evenly over the section.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct RoutineSettings {
    /// Interval between taps of a pot \[h\], 0 = none, up to 96.
    pub tap_every_h: f64,
    /// Time a tap takes \[min\], 2–60.
    pub tap_minutes: f64,
    /// Interval between anode changes of a pot \[h\], 0 = none, up to 200.
    pub anode_change_every_h: f64,
}

impl Default for RoutineSettings {
    fn default() -> Self {
        Self { tap_every_h: 24.0, tap_minutes: 10.0, anode_change_every_h: 32.0 }
    }
}

/// Kind of a scripted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum EventKind {
    /// Metal tapping (出铝): `metal_kg`, `minutes`.
    Tap,
    /// Anode change (换极).
    AnodeChange,
    /// An anode effect (阳极效应) whatever the bath says.
    ForceEffect,
    /// A feeder that neither dumps nor confirms: `feeder`, `minutes`.
    StuckFeeder,
    /// The pot is switched to manual: `minutes`.
    Manual,
    /// Another line current: `current_ka`, `minutes`.
    LineCurrent,
}

/// A scripted event.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EventSettings {
    /// Time since the start \[h\].
    pub at_h: f64,
    /// Cell, from 1; all cells when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cell: Option<u16>,
    /// What happens.
    pub kind: EventKind,
    /// How long \[min\].
    #[cfg_attr(feature = "serde", serde(default))]
    pub minutes: Option<f64>,
    /// Metal to tap \[kg\]; what was made since the last tap when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub metal_kg: Option<f64>,
    /// Feeder, from 1.
    #[cfg_attr(feature = "serde", serde(default))]
    pub feeder: Option<u8>,
    /// Line current \[kA\].
    #[cfg_attr(feature = "serde", serde(default))]
    pub current_ka: Option<f64>,
}

/// Everything a simulated section needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Cells.
    pub cells: u16,
    /// Length of the run \[h\].
    pub hours: f64,
    /// Seed of every random draw.
    pub seed: u64,
    /// Cells and actuators.
    pub plant: PlantSettings,
    /// Transducers.
    pub sensors: SensorSettings,
    /// Line.
    pub line: LineSettings,
    /// Repeating work.
    pub routine: RoutineSettings,
    /// Scripted events.
    pub events: Vec<EventSettings>,
}

impl Setup {
    /// Reports every value out of range, with the dotted path of its field.
    pub fn problems(&self, report: &mut dyn FnMut(std::string::String, Error)) {
        let mut check = |path: &str, result: Result<(), Error>| {
            if let Err(error) = result {
                report(path.into(), error);
            }
        };
        let mut range = |path: &'static str, value: f64, min: f64, max: f64| {
            check(path, in_range(path, value, min, max));
        };
        range("cells", f64::from(self.cells), 1.0, 1_000.0);
        range("hours", self.hours, 0.02, 24.0 * 3_650.0);
        let p = &self.plant;
        range("plant.spread_pct", p.spread_pct, 0.0, 10.0);
        range("plant.feeders", f64::from(p.feeders), 1.0, 8.0);
        range("plant.shot_kg", p.shot_kg, 0.3, 5.0);
        range("plant.feeder_spread_pct", p.feeder_spread_pct, 0.0, 20.0);
        range("plant.alf3_kg_per_day", p.alf3_kg_per_day, 0.0, 300.0);
        range("plant.beam_speed_mm_s", p.beam_speed_mm_s, 0.1, 5.0);
        range("plant.noise_factor", p.noise_factor, 0.0, 10.0);
        range("plant.start_alumina_pct", p.start_alumina_pct, 1.9, 6.0);
        range("plant.start_acd_mm", p.start_acd_mm, 25.0, 60.0);
        let s = &self.sensors;
        range("sensors.voltage_noise_mv", s.voltage_noise_mv, 0.0, 100.0);
        range("sensors.voltage_bias_mv", s.voltage_bias_mv, -200.0, 200.0);
        range("sensors.current_noise_pct", s.current_noise_pct, 0.0, 5.0);
        range("sensors.current_bias_pct", s.current_bias_pct, -10.0, 10.0);
        range("sensors.probe_every_h", s.probe_every_h, 0.0, 168.0);
        range("sensors.probe_sigma_c", s.probe_sigma_c, 0.0, 20.0);
        range("line.current_ka", self.line.current_ka, 0.0, 800.0);
        range("line.noise_pct", self.line.noise_pct, 0.0, 5.0);
        range("line.cells_in_line", f64::from(self.line.cells_in_line), 1.0, 1_000.0);
        range("routine.tap_every_h", self.routine.tap_every_h, 0.0, 96.0);
        range("routine.tap_minutes", self.routine.tap_minutes, 2.0, 60.0);
        range("routine.anode_change_every_h", self.routine.anode_change_every_h, 0.0, 200.0);
        for (index, event) in self.events.iter().enumerate() {
            self.event_problems(index, event, report);
        }
    }

    fn event_problems(
        &self,
        index: usize,
        event: &EventSettings,
        report: &mut dyn FnMut(std::string::String, Error),
    ) {
        let mut range = |field: &'static str, value: f64, min: f64, max: f64| {
            if let Err(error) = in_range(field, value, min, max) {
                report(std::format!("event[{index}].{field}"), error);
            }
        };
        range("at_h", event.at_h, 0.0, self.hours);
        if let Some(cell) = event.cell {
            range("cell", f64::from(cell), 1.0, f64::from(self.cells));
        }
        if let Some(minutes) = event.minutes {
            range("minutes", minutes, 0.1, 1e6);
        }
        if let Some(metal) = event.metal_kg {
            range("metal_kg", metal, 0.0, 8_000.0);
        }
        if let Some(feeder) = event.feeder {
            range("feeder", f64::from(feeder), 1.0, f64::from(self.plant.feeders));
        }
        if let Some(current) = event.current_ka {
            range("current_ka", current, 0.0, 800.0);
        }
        let mut missing = |field: &'static str, reason: &'static str| {
            report(std::format!("event[{index}].{field}"), Error::Inconsistent { field, reason });
        };
        match event.kind {
            EventKind::LineCurrent if event.current_ka.is_none() => {
                missing("current_ka", "a line-current event needs current_ka");
            }
            EventKind::LineCurrent if event.cell.is_some() => {
                missing("cell", "the line current is common to all cells: remove cell");
            }
            EventKind::StuckFeeder if event.feeder.is_none() => {
                missing("feeder", "a stuck-feeder event needs feeder, from 1");
            }
            _ => {}
        }
    }
}

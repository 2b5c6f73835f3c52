//! The scenario file: a section, what happens to it, and how it is controlled.

use super::settings::RecordSettings;
use crate::control;
use crate::line;
use crate::sim::{EventSettings, LineSettings, PlantSettings, RoutineSettings, SensorSettings, Setup};
use crate::tune::TrimSettings;
use std::prelude::rust_2024::*;

/// A scenario, as written in TOML.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Scenario {
    /// Version of the file format: 1.
    pub version: u32,
    /// Name of the scenario.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Cells of the section, 1–1000.
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
    pub event: Vec<EventSettings>,
    /// Controller of every cell.
    pub control: control::Settings,
    /// Set-points of all cells in place of those in `control`: what `potline tune` writes.
    pub set_points: Option<control::SetPoints>,
    /// Controller of the line.
    pub line_control: line::LineSettings,
    /// Trims the voltage of every cell by its noise while the run goes on; absent: no cell is trimmed.
    pub programme: Option<TrimSettings>,
    /// What of the run is kept.
    pub record: RecordSettings,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            version: 1,
            name: "nominal".into(),
            about: String::new(),
            cells: 12,
            hours: 24.0,
            seed: 1,
            plant: PlantSettings::default(),
            sensors: SensorSettings::default(),
            line: LineSettings::default(),
            routine: RoutineSettings::default(),
            event: Vec::new(),
            control: control::Settings::default(),
            set_points: None,
            line_control: line::LineSettings::default(),
            programme: None,
            record: RecordSettings::default(),
        }
    }
}

impl Scenario {
    /// The same with other cells and hours where given; what happens later, or to cells that are not
    /// there, is left out.
    #[must_use]
    pub fn cut(mut self, cells: Option<u16>, hours: Option<f64>) -> Self {
        self.cells = cells.unwrap_or(self.cells);
        self.hours = hours.unwrap_or(self.hours);
        let there = |cell: Option<u16>| cell.is_none_or(|cell| cell <= self.cells);
        self.event.retain(|event| event.at_h <= self.hours && there(event.cell) && there(event.with_cell));
        self
    }

    /// The controller of every cell, the set-points in place.
    #[must_use]
    pub fn settings(&self) -> control::Settings {
        self.set_points.map_or(self.control, |points| points.apply(&self.control))
    }

    /// The section alone, for run `seed`.
    #[must_use]
    pub fn setup(&self, seed: u64) -> Setup {
        Setup {
            cells: self.cells,
            hours: self.hours,
            seed,
            plant: self.plant,
            sensors: self.sensors,
            line: self.line,
            routine: self.routine,
            events: self.event.clone(),
        }
    }
}

#[cfg(feature = "modbus")]
impl crate::files::Validate for Scenario {
    fn problems(&self) -> Vec<crate::files::Issue> {
        use crate::files::Issue;
        let mut issues = Vec::new();
        self.setup(self.seed).problems(&mut |path, error| {
            issues.push(Issue { field: path, ..Issue::from(error) });
        });
        self.control.validate(&mut |error| issues.push(Issue::from(error).under("control")));
        if let Some(Err(error)) = self.set_points.map(|points| points.check(&self.control))
            && self.control.build().is_ok()
        {
            issues.push(Issue { field: "set_points".into(), ..Issue::from(error) });
        }
        // The line's settings name their table themselves.
        self.line_control.validate(&mut |error| {
            let issue = Issue::from(error);
            issues.push(Issue { field: issue.field.replacen("line.", "line_control.", 1), ..issue });
        });
        if let Some(programme) = &self.programme {
            programme.validate(&mut |error| issues.push(Issue::from(error)));
        }
        issues.extend(self.record.problems().into_iter().map(|issue| issue.under("record")));
        issues
    }
}

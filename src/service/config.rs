//! The control configuration file.

use super::memory::MemorySettings;
use crate::control;
use crate::files::{Issue, Validate};
use crate::image::CellId;
use crate::line;
use crate::plc::{Endpoint, LinkSettings};
use crate::tune::TuneSettings;
use std::format;
use std::prelude::rust_2024::*;

/// What `potline control` is told.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Config {
    /// Version of the file format: 1.
    pub version: u32,
    /// Scan period \[ms\], 10–10 000. For PLCs that run faster than real time, the period in wall time.
    pub period_ms: f64,
    /// Register map file, relative to this file; the built-in map `pot500` when absent.
    pub map: Option<std::path::PathBuf>,
    /// The PLCs, one per cell.
    pub plc: Vec<PlcEntry>,
    /// Patience with the PLCs.
    pub link: LinkSettings,
    /// Memory across a restart.
    pub service: MemorySettings,
    /// Controller of every cell.
    pub control: control::Settings,
    /// Set-points of all cells in place of those in `control`: what `potline tune` writes.
    pub set_points: Option<control::SetPoints>,
    /// Controller of the line.
    pub line_control: line::LineSettings,
    /// Tuner that moves the set-points while the line runs; absent: nothing moves them.
    pub tune: Option<TuneSettings>,
}

/// One PLC of the line.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PlcEntry {
    /// Cell it looks after, from 1.
    pub cell: u16,
    /// `tcp://host:port`; `tls://host:port` with certificates from `[link.tls]`; `rtu+tcp://host:port` for
    /// serial frames through a converter; `rtu:///dev/ttyS0?baud=19200&parity=even` for a serial line.
    /// PLCs with the same endpoint share one connection.
    pub endpoint: String,
    /// Unit identifier behind that address.
    #[serde(default = "one")]
    pub unit_id: u8,
    /// Target voltage of this cell at nominal current \[V\], in place of `control.design.voltage_v`.
    #[serde(default)]
    pub voltage_v: Option<f64>,
}

fn one() -> u8 {
    1
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            period_ms: 1_000.0,
            map: None,
            plc: Vec::new(),
            link: LinkSettings::default(),
            service: MemorySettings::default(),
            control: control::Settings::default(),
            set_points: None,
            line_control: line::LineSettings::default(),
            tune: None,
        }
    }
}

impl PlcEntry {
    /// As the driver wants it.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        Endpoint { cell: CellId(self.cell), address: self.endpoint.clone(), unit_id: self.unit_id }
    }
}

impl Config {
    /// The same, with the files it names in `folder` where their paths are relative.
    #[must_use]
    pub fn within(mut self, folder: &std::path::Path) -> Self {
        self.service.snapshot = self.service.snapshot.map(|path| folder.join(path));
        self.link.tls = self.link.tls.map(|files| files.within(folder));
        self
    }

    /// The settings of one cell: the set-points of all in place, and then its own target.
    #[must_use]
    pub fn settings_of(&self, entry: &PlcEntry) -> control::Settings {
        let mut settings = self.set_points.map_or(self.control, |points| points.apply(&self.control));
        if let Some(target) = entry.voltage_v {
            settings.design.voltage_v = target;
        }
        settings
    }
}

impl Validate for Config {
    fn problems(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        if !(10.0..=10_000.0).contains(&self.period_ms) {
            issues.push(Issue::new("period_ms", format!("{} is outside 10 to 10000", self.period_ms)));
        }
        if self.plc.is_empty() {
            issues.push(Issue::new("plc", "no PLC is named: add a [[plc]] table with cell and endpoint"));
        }
        for (index, entry) in self.plc.iter().enumerate() {
            let path = format!("plc[{index}]");
            for problem in entry.endpoint().validate() {
                let field = if problem.field == "address" { "endpoint".into() } else { problem.field };
                issues.push(Issue::new(field, problem.message).under(&path));
            }
            let earlier = &self.plc[..index];
            if let Some(twin) = earlier.iter().position(|other| other.cell == entry.cell) {
                let message = format!(
                    "cell {} already has plc[{twin}]: two controllers on one pot; give each cell one PLC",
                    entry.cell
                );
                issues.push(Issue::new("cell", message).under(&path));
            }
            let same = |other: &PlcEntry| other.endpoint == entry.endpoint && other.unit_id == entry.unit_id;
            if let Some(twin) = earlier.iter().position(same) {
                let message = format!("plc[{twin}] has the same endpoint and unit_id");
                issues.push(Issue::new("endpoint", message).under(&path));
            }
            self.settings_of(entry).validate(&mut |error| {
                if entry.voltage_v.is_some() && error.field() == "design.voltage_v" {
                    issues.push(Issue { field: format!("{path}.voltage_v"), ..Issue::from(error) });
                }
            });
        }
        for problem in self.link.validate() {
            issues.push(Issue::new(problem.field, problem.message).under("link"));
        }
        issues.extend(self.service.problems().into_iter().map(|issue| issue.under("service")));
        self.control.validate(&mut |error| issues.push(Issue::from(error).under("control")));
        if let Some(tune) = &self.tune {
            tune.validate(&mut |error| issues.push(Issue::from(error)));
        }
        if let Some(Err(error)) = self.set_points.map(|points| points.check(&self.control))
            && self.control.build().is_ok()
        {
            issues.push(Issue { field: "set_points".into(), ..Issue::from(error) });
        }
        self.line_control.validate(&mut |error| {
            let issue = Issue::from(error);
            issues.push(Issue { field: issue.field.replacen("line.", "line_control.", 1), ..issue });
        });
        issues
    }
}

//! What of a run is kept, and in which files.

use std::prelude::rust_2024::*;

/// The `[record]` table of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct RecordSettings {
    /// Time from row to row of the trends \[s\], 1–3600.
    pub interval_s: u32,
    /// Files the trends are written to.
    pub format: Format,
    /// Every row goes to the files while the run goes on, however long it is. Otherwise the files
    /// hold what is kept in memory, which is thinned once it has grown too large.
    pub full: bool,
}

/// Files of the trends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Format {
    /// `trends.csv`.
    #[default]
    Csv,
    /// `trends.parquet`; needs a build with the feature `parquet`.
    Parquet,
    /// Both.
    Both,
}

impl Format {
    pub(super) fn csv(self) -> bool {
        self != Self::Parquet
    }

    pub(super) fn parquet(self) -> bool {
        self != Self::Csv
    }
}

impl Default for RecordSettings {
    fn default() -> Self {
        Self { interval_s: 60, format: Format::Csv, full: false }
    }
}

#[cfg(feature = "modbus")]
impl RecordSettings {
    /// Everything that is wrong, with paths from the table.
    pub(super) fn problems(&self) -> Vec<crate::files::Issue> {
        use crate::files::Issue;
        let mut issues = Vec::new();
        if !(1..=3_600).contains(&self.interval_s) {
            let message = std::format!("{} is outside 1 to 3600 s", self.interval_s);
            issues.push(Issue::new("interval_s", message));
        }
        if self.format.parquet() && !cfg!(feature = "parquet") {
            let message = "this potline was built without Parquet; build it with \
                           `cargo build --release --features parquet`, or write format = \"csv\"";
            issues.push(Issue::new("format", message));
        }
        issues
    }
}

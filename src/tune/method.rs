//! Which method searches, and everything a tuner is told.

use super::{
    Bayes, Confidence, LimitSettings, NoiseLimited, Prices, Search, Seek, Space, SpaceSettings, Trust,
};
use crate::error::{Error, report_ranges};
use std::boxed::Box;

/// How the next trial is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema, clap::ValueEnum))]
pub enum Method {
    /// The target voltage alone, down while the cells stay quiet.
    NoiseLimited,
    /// All set-points wiggled at once, drifting to where the cost falls.
    Seek,
    /// A Gaussian process for the cost and for each limit.
    Bayes,
    /// Straight lines through the last trials, within a trust region.
    #[default]
    Trust,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NoiseLimited, Self::Seek, Self::Bayes, Self::Trust];

    /// A fresh search.
    #[must_use]
    pub fn search(self, space: Space) -> Box<dyn Search + Send> {
        match self {
            Self::NoiseLimited => Box::new(NoiseLimited::new(space)),
            Self::Seek => Box::new(Seek::new(space)),
            Self::Bayes => Box::new(Bayes::new(space)),
            Self::Trust => Box::new(Trust::new(space)),
        }
    }

    /// Name for files and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoiseLimited => "noise-limited",
            Self::Seek => "seek",
            Self::Bayes => "bayes",
            Self::Trust => "trust",
        }
    }
}

/// Settings of a tuner; the `[tune]` table.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct TuneSettings {
    /// `"noise-limited"`, `"seek"`, `"bayes"` or `"trust"`.
    pub method: Method,
    /// Time after a change before its effect is judged \[d\], 0.5..30.
    pub settle_days: f64,
    /// Time over which it is judged \[d\], 1..60.
    pub judge_days: f64,
    /// Most trials of a campaign on a line, 1..24; then all cells take what was kept, and after a rest of
    /// one trial the next campaign begins from there.
    pub trials: u32,
    /// Standard errors of every statement that a limit holds, one-sided, 0.5..4.
    pub sigmas: f64,
    /// Where set-points may go, and how fast.
    pub space: SpaceSettings,
    /// What may not be broken.
    pub limits: LimitSettings,
    /// What things cost.
    pub prices: Prices,
}

impl Default for TuneSettings {
    fn default() -> Self {
        Self {
            method: Method::default(),
            settle_days: 3.0,
            judge_days: 4.0,
            trials: 10,
            sigmas: Confidence::default().sigmas,
            space: SpaceSettings::default(),
            limits: LimitSettings::default(),
            prices: Prices::default(),
        }
    }
}

impl TuneSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("tune.settle_days", self.settle_days, 0.5, 30.0),
            ("tune.judge_days", self.judge_days, 1.0, 60.0),
            ("tune.trials", f64::from(self.trials), 1.0, 24.0),
            ("tune.sigmas", self.sigmas, 0.5, 4.0),
        ];
        report_ranges(&fields, report);
        self.space.validate(report);
        self.limits.validate(report);
        self.prices.validate(report);
    }

    /// How sure a search must be.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        Confidence { sigmas: self.sigmas, ..Confidence::default() }
    }
}

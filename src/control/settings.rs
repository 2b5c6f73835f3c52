//! All settings of one cell, and the door through which they become a controller.

use super::{
    BathSettings, DosingSettings, EffectSettings, FeedSettings, FeedersSettings, GuardSettings,
    OperationSettings, PotController, PredictSettings, ResistanceSettings, WatchSettings,
};
use crate::Error;
use crate::estimate::{DesignSettings, EkfSettings, ThermalSettings};
use crate::signal::{RodSettings, SignalSettings};

/// Settings of one cell. The default is a 500 kA cell with six feeders.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Settings {
    /// What the controller is told about the cell.
    pub design: DesignSettings,
    /// Conditioning of the samples.
    pub signal: SignalSettings,
    /// Rod currents, where they are measured.
    pub rods: RodSettings,
    /// Alumina estimator.
    pub estimate: EkfSettings,
    /// Estimator of temperature, excess AlF3 and superheat.
    pub thermal: ThermalSettings,
    /// Feed logic.
    pub feed: FeedSettings,
    /// Shots and feeders.
    pub dosing: DosingSettings,
    /// Blocked holes under feeders, where rod currents are measured.
    pub feeders: FeedersSettings,
    /// Resistance loop.
    pub resistance: ResistanceSettings,
    /// Bath chemistry and heat.
    pub bath: BathSettings,
    /// Anode-effect sequence.
    pub effect: EffectSettings,
    /// Prediction of anode effects.
    pub predict: PredictSettings,
    /// Work at the cell.
    pub operation: OperationSettings,
    /// Limits that no strategy can pass.
    pub guard: GuardSettings,
    /// Alarms and what else is watched.
    pub watch: WatchSettings,
}

impl Settings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        self.design.validate(report);
        self.signal.validate(report);
        self.rods.validate(report);
        self.estimate.validate(report);
        self.thermal.validate(report);
        self.feed.validate(report);
        self.dosing.validate(report);
        self.feeders.validate(report);
        self.resistance.validate(report);
        self.bath.validate(report);
        self.effect.validate(report);
        self.predict.validate(report);
        self.operation.validate(report);
        self.guard.validate(report);
        self.watch.validate(report);
        if self.resistance.move_most_mm > self.guard.auto_move_mm {
            report(Error::Inconsistent {
                field: "resistance.move_most_mm",
                reason: "larger than guard.auto_move_mm, so the guard would remove every full move",
            });
        }
        if self.operation.follow_step_mm > self.guard.operation_move_mm {
            report(Error::Inconsistent {
                field: "operation.follow_step_mm",
                reason: "larger than guard.operation_move_mm, so the guard would remove every full step",
            });
        }
        if self.resistance.restore_step_mm > self.guard.short_move_mm {
            report(Error::Inconsistent {
                field: "resistance.restore_step_mm",
                reason: "larger than guard.short_move_mm, so the guard would remove every full step",
            });
        }
        if self.effect.lower_most_mm > self.guard.effect_travel_mm {
            report(Error::Inconsistent {
                field: "effect.lower_most_mm",
                reason: "larger than guard.effect_travel_mm, so the guard would cut the sequence short",
            });
        }
    }

    /// The run-time form.
    ///
    /// # Errors
    /// The first problem that [`validate`](Self::validate) reports.
    pub fn build(&self) -> Result<PotController, Error> {
        let mut first = None;
        self.validate(&mut |error| {
            first.get_or_insert(error);
        });
        match first {
            Some(error) => Err(error),
            None => Ok(PotController::new(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid() {
        assert!(Settings::default().build().is_ok());
    }

    #[test]
    fn all_problems_are_reported_with_their_names() {
        let mut settings = Settings::default();
        settings.design.current_ka = f64::NAN;
        settings.feed.under_pct = 0.0;
        settings.guard.age_most_s = 100.0;
        settings.resistance.move_most_mm = 1.5;
        let mut names = std::vec::Vec::new();
        settings.validate(&mut |error| names.push(error.field()));
        let expected = ["design.current_ka", "feed.under_pct", "guard.age_most_s", "resistance.move_most_mm"];
        assert_eq!(names, expected);
        assert_eq!(settings.build().unwrap_err().field(), "design.current_ka");
    }

    #[cfg(feature = "cli")]
    #[test]
    fn an_unknown_field_is_refused_and_a_missing_one_defaulted() {
        let settings: Settings = toml::from_str("[feed]\nunder_pct = 70.0").unwrap();
        assert_eq!(settings.feed.under_pct, 70.0);
        assert_eq!(settings.feed.over_pct, 128.0);
        assert!(toml::from_str::<Settings>("[feed]\nunderr_pct = 70.0").is_err());
    }
}

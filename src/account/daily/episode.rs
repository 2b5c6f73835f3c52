//! Excursions of the voltage: anode effects and flickers, with their peaks and energy.

use crate::account::EffectRule;

/// Excursions that have ended, by what they were.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Tally {
    /// By the rule of the report.
    pub counted: u32,
    pub seconds: f64,
    pub peaks: f64,
    /// \[V s\]
    pub volts: f64,
    /// \[J\]
    pub energy: f64,
    /// Left out by that rule.
    pub flickers: u32,
    /// As emission guides count them.
    pub emissions: u32,
}

/// The excursion under way.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Episode {
    began: f64,
    seconds: f64,
    below: f64,
    peak: f64,
    volts: f64,
    energy: f64,
}

impl Episode {
    /// One sample of `dt` \[s\] at `now`. Returns the begin of an effect, as emission guides count them,
    /// in the moment that it has become one.
    pub fn step(
        &mut self,
        rule: &EffectRule,
        (now, dt): (f64, f64),
        (voltage, current): (f64, f64),
        tally: &mut Tally,
    ) -> Option<f64> {
        if voltage >= rule.threshold {
            if self.seconds == 0.0 {
                self.began = now;
            }
            let before = self.seconds;
            self.below = 0.0;
            self.seconds += dt;
            self.peak = self.peak.max(voltage);
            self.volts += voltage * dt;
            self.energy += voltage * current * dt;
            let least = EffectRule::EMISSIONS.min_duration;
            return (before < least && self.seconds >= least).then_some(self.began);
        }
        self.below += dt;
        if self.below >= rule.rearm {
            self.end(rule, tally);
        }
        None
    }

    /// Ends the excursion, if there is one.
    pub fn end(&mut self, rule: &EffectRule, tally: &mut Tally) {
        if self.seconds > 0.0 {
            tally.emissions += u32::from(self.seconds >= EffectRule::EMISSIONS.min_duration);
            if self.seconds >= rule.min_duration {
                tally.counted += 1;
                tally.seconds += self.seconds;
                tally.peaks += self.peak;
                tally.volts += self.volts;
                tally.energy += self.energy;
            } else {
                tally.flickers += 1;
            }
        }
        *self = Self::default();
    }

    /// The voltage is above the threshold, or was within the time of the rule.
    pub fn burns(&self) -> bool {
        self.seconds > 0.0
    }
}

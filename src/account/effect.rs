//! Counting anode effects.

/// When a high voltage counts as an anode effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectRule {
    /// Voltage from which on the cell is in effect \[V\].
    pub threshold: f64,
    /// Time above the threshold below which it is a flicker (闪烁效应) and not counted \[s\].
    pub min_duration: f64,
    /// Time below the threshold after which the effect is over and the next one counts anew \[s\].
    pub rearm: f64,
}

impl EffectRule {
    /// High-voltage effects as the emission guides see them: above 8 V for 3 s.
    pub const EMISSIONS: Self = Self { threshold: 8.0, min_duration: 3.0, rearm: 60.0 };
    /// The rule found in the daily report of a Chinese pot-control system: a peak of at least 8 V and
    /// a duration of at least 75, taken as seconds. Effects quenched sooner escape it. Unverified.
    pub const DAILY_REPORT: Self = Self { threshold: 8.0, min_duration: 75.0, rearm: 60.0 };
}

impl Default for EffectRule {
    fn default() -> Self {
        Self::EMISSIONS
    }
}

/// Counts the effects of one cell, and the time they spend above the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EffectCounter {
    count: u32,
    flickers: u32,
    seconds: f64,
    /// Time above the threshold of the effect in progress.
    above: f64,
    /// Time below it since.
    below: f64,
}

impl EffectCounter {
    /// One sample of `dt` \[s\], during which the cell was `above` the threshold or not. Returns true
    /// while a counted effect is above the threshold.
    pub fn step(&mut self, rule: &EffectRule, dt: f64, above: bool) -> bool {
        if !above {
            self.below += dt;
            if self.below >= rule.rearm && self.above > 0.0 {
                self.flickers += u32::from(self.above < rule.min_duration);
                self.above = 0.0;
            }
            return false;
        }
        self.below = 0.0;
        let counted = self.above > 0.0 && self.above >= rule.min_duration;
        self.above += dt;
        if counted {
            self.seconds += dt;
        } else if self.above >= rule.min_duration {
            self.count += 1;
            self.seconds += self.above;
        }
        self.above >= rule.min_duration
    }

    /// Adds what another cell counted.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.flickers += other.flickers;
        self.seconds += other.seconds;
    }

    /// Effects counted so far, one in progress included.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Excursions that ended too soon to be counted (闪烁效应).
    #[must_use]
    pub fn flickers(&self) -> u32 {
        self.flickers
    }

    /// Time the counted effects spent above the threshold \[s\].
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of (seconds, above).
    fn count(rule: EffectRule, runs: &[(u32, bool)]) -> (u32, f64) {
        let mut counter = EffectCounter::default();
        for &(seconds, above) in runs {
            (0..seconds).for_each(|_| {
                counter.step(&rule, 1.0, above);
            });
        }
        (counter.count(), counter.seconds())
    }

    #[test]
    fn a_flicker_is_not_an_effect() {
        assert_eq!(count(EffectRule::EMISSIONS, &[(100, false), (2, true), (100, false)]), (0, 0.0));
        assert_eq!(count(EffectRule::DAILY_REPORT, &[(74, true), (100, false)]), (0, 0.0));
        assert_eq!(count(EffectRule::DAILY_REPORT, &[(75, true), (100, false)]), (1, 75.0));
    }

    #[test]
    fn a_dip_does_not_split_an_effect_and_is_not_its_time() {
        assert_eq!(count(EffectRule::EMISSIONS, &[(40, true), (20, false), (10, true)]), (1, 50.0));
        assert_eq!(count(EffectRule::EMISSIONS, &[(40, true), (60, false), (10, true)]), (2, 50.0));
    }
}

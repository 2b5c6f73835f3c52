//! How many anode effects, and for how long: the same voltage by two rules of counting.
//!
//! An episode is time above a voltage, with no gap longer than a merge time. It counts once it has
//! been above for a least time in all, and then all its seconds do. The international practice counts
//! any effect that is declared and merges those within a quarter of an hour; the daily report of
//! Chinese pot-controllers counts a peak of 8 V or more that lasted 75 s (its unit is unverified), each
//! by itself. The first number is the larger one where effects are quenched quickly.

/// What counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    /// Above this voltage \[V\] ...
    pub voltage: f64,
    /// ... for at least this long in all \[s\] ...
    pub least: f64,
    /// ... with no gap longer than this \[s\].
    pub merge: f64,
}

/// Effects counted by one rule.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    count: u32,
    seconds: f64,
    /// Of the running episode: above, since, and whether it is counted.
    above: f64,
    gap: f64,
    counted: bool,
}

impl Tally {
    /// Effects.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Their time above the voltage \[s\].
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Takes one scan; what is no number is not above.
    pub(super) fn update(&mut self, rule: &Rule, voltage: f64, step: f64) {
        if voltage >= rule.voltage {
            self.gap = 0.0;
            self.above += step;
            if self.counted {
                self.seconds += step;
            } else if self.above >= rule.least {
                self.counted = true;
                self.count = self.count.saturating_add(1);
                self.seconds += self.above;
            }
        } else {
            self.gap += step;
            if self.gap > rule.merge {
                (self.above, self.counted) = (0.0, false);
            }
        }
    }
}

/// The two rules side by side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Counts {
    /// Every declared effect, those close together as one.
    pub international: Tally,
    /// By peak and least duration, each by itself.
    pub record: Tally,
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERNATIONAL: Rule = Rule { voltage: 8.0, least: 3.0, merge: 900.0 };
    const RECORD: Rule = Rule { voltage: 8.0, least: 75.0, merge: 30.0 };

    /// Spells of so many seconds at so many volts, counted by both rules.
    fn count(spells: &[(u32, f64)]) -> [(u32, f64); 2] {
        [INTERNATIONAL, RECORD].map(|rule| {
            let mut tally = Tally::default();
            for &(seconds, voltage) in spells {
                (0..seconds).for_each(|_| tally.update(&rule, voltage, 1.0));
            }
            (tally.count(), tally.seconds())
        })
    }

    #[test]
    fn a_short_effect_counts_by_one_rule_and_a_long_one_by_both() {
        assert_eq!(count(&[(2, 30.0), (60, 4.0)]), [(0, 0.0), (0, 0.0)]);
        assert_eq!(count(&[(40, 30.0), (60, 4.0)]), [(1, 40.0), (0, 0.0)]);
        assert_eq!(count(&[(90, 30.0), (60, 4.0)]), [(1, 90.0), (1, 90.0)]);
        assert_eq!(count(&[(90, 7.9), (60, f64::NAN)]), [(0, 0.0), (0, 0.0)]);
    }

    #[test]
    fn effects_close_together_are_one_by_the_first_rule_only() {
        let twice = [(80, 30.0), (300, 4.0), (80, 30.0), (60, 4.0)];
        assert_eq!(count(&twice), [(1, 160.0), (2, 160.0)]);
        let far = [(80, 30.0), (901, 4.0), (80, 30.0), (60, 4.0)];
        assert_eq!(count(&far), [(2, 160.0), (2, 160.0)]);
    }

    #[test]
    fn a_flicker_below_the_threshold_does_not_part_an_effect() {
        let flicker = [(40, 30.0), (20, 4.0), (40, 30.0), (60, 4.0)];
        assert_eq!(count(&flicker), [(1, 80.0), (1, 80.0)]);
    }
}

//! Noise-limited trimming of the target voltage of one cell: down in small steps while the cell stays
//! quiet, up at once when it does not.
//!
//! The noise is the sensor of the distance: a pad that is squeezed rolls. So no cost and no efficiency
//! need be known, and none is used. The recipe (5 mV a step, three days to see its effect, 10 mV back
//! at the first breach) is common practice; held is 0.8 of the noise limit. Unverified figures.

use super::Measured;
use crate::error::{Error, report_ranges};
use std::format;
use std::prelude::rust_2024::*;

/// Settings of the trimming; the `[programme]` table of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct TrimSettings {
    /// One step down \[mV\], 1..20.
    pub step_mv: f64,
    /// Time from step to step \[h\], 6..336. A line waits three days; a simulation may wait less.
    pub every_h: f64,
    /// Lowest trim below where the cell was \[mV\], 0..150.
    pub most_mv: f64,
    /// Limit of the 95th percentile of the low-frequency noise \[mV\], 5..40.
    pub noise_mv: f64,
    /// Share of that limit up to which steps are taken \[1\], 0.3..1.
    pub hold: f64,
    /// One step back \[mV\], 1..40.
    pub back_mv: f64,
    /// Superheat below which a step is taken back \[K\], 2..8.
    pub superheat_c: f64,
}

impl Default for TrimSettings {
    fn default() -> Self {
        Self {
            step_mv: 5.0,
            every_h: 72.0,
            most_mv: 100.0,
            noise_mv: 12.0,
            hold: 0.8,
            back_mv: 10.0,
            superheat_c: 4.0,
        }
    }
}

impl TrimSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("programme.step_mv", self.step_mv, 1.0, 20.0),
            ("programme.every_h", self.every_h, 6.0, 336.0),
            ("programme.most_mv", self.most_mv, 0.0, 150.0),
            ("programme.noise_mv", self.noise_mv, 5.0, 40.0),
            ("programme.hold", self.hold, 0.3, 1.0),
            ("programme.back_mv", self.back_mv, 1.0, 40.0),
            ("programme.superheat_c", self.superheat_c, 2.0, 8.0),
        ];
        report_ranges(&fields, report);
    }
}

/// Memory of one cell \[mV\]: how far it is below where it began.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Trim {
    /// Taken off so far, never negative.
    pub below: f64,
    /// A breach was answered: lower than this it does not go again.
    floor: Option<f64>,
}

/// What one judgement gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Change of the target voltage \[mV\].
    pub change_mv: f64,
    /// Why, in words.
    pub why: String,
}

impl TrimSettings {
    /// Judges a cell by its last window; `None` where it stays as it is.
    pub fn judge(&self, trim: &mut Trim, seen: &Measured) -> Option<Step> {
        let quiet = format!("noise {:.1} of {:.1} mV", seen.noise_mv, self.noise_mv);
        let heat = format!("superheat {:.1} K", seen.superheat_c);
        let breach = seen.noise_mv > self.noise_mv
            || seen.superheat_c < self.superheat_c
            || seen.effects_per_day > 0.0;
        if breach {
            // What the cell was before is not the tuner's to raise.
            let back = self.back_mv.min(trim.below);
            trim.below -= back;
            trim.floor = Some(trim.below);
            let effects = if seen.effects_per_day > 0.0 { ", anode effect" } else { "" };
            return (back > 0.0).then(|| Step { change_mv: back, why: format!("{quiet}, {heat}{effects}") });
        }
        let next = trim.below + self.step_mv;
        let free = next <= self.most_mv && trim.floor.is_none_or(|floor| next <= floor);
        // False for what is not known.
        let calm = seen.noise_mv <= self.hold * self.noise_mv;
        let warm = seen.superheat_c >= self.superheat_c + 1.0;
        if !(free && calm && warm) {
            return None;
        }
        trim.below = next;
        Some(Step { change_mv: -self.step_mv, why: format!("{quiet}, {heat}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(noise_mv: f64) -> Measured {
        let day = super::super::Meter::default().take();
        Measured { days: 1.0, noise_mv, superheat_c: 9.0, effects_per_day: 0.0, ..day }
    }

    /// Noise of a cell that grows by a tenth of a millivolt per millivolt below.
    fn settle(quiet: f64) -> (f64, u32) {
        let (settings, mut trim, mut breaches) = (TrimSettings::default(), Trim::default(), 0);
        for _ in 0..60 {
            let noise = quiet + 0.1 * trim.below;
            breaches += u32::from(noise > settings.noise_mv);
            settings.judge(&mut trim, &seen(noise));
        }
        (trim.below, breaches)
    }

    #[test]
    fn a_quiet_cell_goes_down_to_the_share_that_is_held_and_a_noisy_one_stays() {
        assert_eq!(settle(6.0), (40.0, 0));
        assert_eq!(settle(11.0), (0.0, 0));
        assert_eq!(settle(13.0).0, 0.0, "what was noisy before is not raised either");
        assert_eq!(settle(0.0), (100.0, 0));
    }

    #[test]
    fn a_breach_is_taken_back_and_not_tried_again() {
        let (settings, mut trim) = (TrimSettings::default(), Trim::default());
        for _ in 0..3 {
            settings.judge(&mut trim, &seen(7.0));
        }
        let step = settings.judge(&mut trim, &seen(13.0)).unwrap();
        assert_eq!((step.change_mv, trim.below), (10.0, 5.0));
        assert!(step.why.contains("13.0 of 12.0 mV"), "{}", step.why);
        for _ in 0..10 {
            assert_eq!(settings.judge(&mut trim, &seen(7.0)), None);
        }
    }

    #[test]
    fn nothing_moves_on_what_is_not_known() {
        let (settings, mut trim) = (TrimSettings::default(), Trim::default());
        assert_eq!(settings.judge(&mut trim, &seen(f64::NAN)), None);
        let cold = Measured { superheat_c: f64::NAN, ..seen(6.0) };
        assert_eq!(settings.judge(&mut trim, &cold), None);
    }
}

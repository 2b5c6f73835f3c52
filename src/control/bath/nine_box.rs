//! Nine boxes: temperature against excess AlF3, and what each says about a pot.
//!
//! The concept is that of Taylor and Verstreken; the numbers are engineering judgement. Doses and volts
//! stand at the middle of each box and are interpolated in between, so that nothing jumps at a border.

use crate::math::clamp;

/// Half width of the middle boxes \[K\], mass fraction.
const BAND: (f64, f64) = (3.0, 0.007);
/// Distance from middle to middle \[K\], mass fraction.
const PITCH: (f64, f64) = (6.0, 0.014);

/// Share of the base dose that is added; temperature low, as it should be, high; in each, AlF3 low, as it
/// should be, high.
const DOSE: [[f64; 3]; 3] = [[0.0, -0.15, -1.0], [0.3, 0.0, -0.3], [0.5, 0.15, 0.0]];
/// Volts that are added to the target voltage, likewise.
const VOLTS: [[f64; 3]; 3] = [[0.025, 0.015, 0.015], [0.0, 0.0, 0.0], [0.0, -0.015, -0.025]];

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub enum Level {
    /// Below its band.
    Low,
    /// In its band.
    #[default]
    Right,
    /// Above its band.
    High,
}

impl Level {
    fn of(x: f64, band: f64) -> Self {
        if x > band {
            Self::High
        } else if x < -band {
            Self::Low
        } else {
            Self::Right
        }
    }
}

/// One of the nine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Box9 {
    /// Bath temperature.
    pub temperature: Level,
    /// Excess AlF3.
    pub alf3: Level,
}

impl Box9 {
    /// The box of deviations `temperature` \[K\] and `alf3` (mass fraction) from target.
    #[must_use]
    pub fn find(temperature: f64, alf3: f64) -> Self {
        Self { temperature: Level::of(temperature, BAND.0), alf3: Level::of(alf3, BAND.1) }
    }

    /// What it says, and what is done.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match (self.temperature, self.alf3) {
            (Level::High, Level::Low) => "hot and basic: the liquidus is too high, much more AlF3",
            (Level::High, Level::Right) => {
                "hot: a little more AlF3, less voltage; look at cover and metal level"
            }
            (Level::High, Level::High) => {
                "hot and acid: molten ledge would have diluted it; base dose, less voltage, measure again"
            }
            (Level::Right, Level::Low) => "basic: more AlF3",
            (Level::Right, Level::Right) => "as it should be: what the pot needs",
            (Level::Right, Level::High) => "acid: less AlF3",
            (Level::Low, Level::Low) => "cold and basic: base dose, more voltage, measure again",
            (Level::Low, Level::Right) => "cold: a little less AlF3, more voltage",
            (Level::Low, Level::High) => "cold and acid, ledge has frozen: AlF3 stopped, more voltage",
        }
    }
}

/// Share of the base dose to add.
pub(super) fn dose(temperature: f64, alf3: f64) -> f64 {
    between(&DOSE, temperature, alf3)
}

/// Volts to add to the target voltage.
pub(super) fn volts(temperature: f64, alf3: f64) -> f64 {
    between(&VOLTS, temperature, alf3)
}

/// Bilinear between the middles of the boxes, held beyond the outer ones; nothing for what is unknown.
fn between(table: &[[f64; 3]; 3], temperature: f64, alf3: f64) -> f64 {
    if !(temperature.is_finite() && alf3.is_finite()) {
        return 0.0;
    }
    let row = |[low, right, high]: [f64; 3]| along(low, right, high, alf3 / PITCH.1);
    let [low, right, high] = table.map(row);
    along(low, right, high, temperature / PITCH.0)
}

fn along(low: f64, right: f64, high: f64, at: f64) -> f64 {
    let at = clamp(at, -1.0, 1.0);
    if at < 0.0 { right + at * (right - low) } else { right + at * (high - right) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middles_are_the_table_and_nothing_jumps() {
        assert_eq!(dose(-6.0, 0.014), -1.0);
        assert_eq!(dose(6.0, -0.014), 0.5);
        assert_eq!(dose(100.0, -1.0), 0.5);
        assert_eq!((dose(0.0, 0.0), volts(0.0, 0.0)), (0.0, 0.0));
        assert_eq!(volts(-6.0, -0.014), 0.025);
        assert_eq!(dose(f64::NAN, 0.0), 0.0);
        for n in -100..100 {
            let (t, a) = (f64::from(n) * 0.1, f64::from(n % 17) * 1e-3);
            assert!((dose(t, a) - dose(t + 0.1, a)).abs() < 0.03);
            assert!((volts(t, a) - volts(t, a + 1e-4)).abs() < 1e-3);
        }
    }

    #[test]
    fn cold_with_frozen_ledge_is_no_reason_to_dose_and_hot_and_acid_is_a_doubtful_measurement() {
        let frozen = Box9::find(-5.0, 0.01);
        assert_eq!(frozen, Box9 { temperature: Level::Low, alf3: Level::High });
        assert!(frozen.reason().contains("stopped") && dose(-5.0, 0.01) < -0.4);
        // The same temperature with a normal bath is answered to with heat.
        assert!(dose(-5.0, 0.0) > -0.15 && volts(-5.0, 0.0) > 0.01);
        assert!(dose(6.0, 0.014).abs() < 1e-12 && volts(6.0, 0.014) < -0.02);
    }
}

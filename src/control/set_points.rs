//! The few numbers that say where a cell is run; everything else says how it is kept there.

use super::Settings;
use crate::error::Error;
use crate::estimate::DesignSettings;

/// Set-points of one cell, in the units of the potroom.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SetPoints {
    /// Target voltage less the design voltage, `resistance.trim_mv` \[mV\], -200..200. The target
    /// resistance follows it: 5 mV are 10 nΩ at 500 kA.
    pub trim_mv: f64,
    /// Target alumina of the strategy `ekf`, `feed.ekf.target_pct` \[wt %\], 2..8.
    pub alumina_pct: f64,
    /// Target superheat, `bath.target_superheat_c` \[K\], 4..14.
    pub superheat_c: f64,
    /// Target of the excess AlF3, `bath.target_alf3_pct` \[wt %\], 4..15.
    pub alf3_pct: f64,
    /// Wave on the feed, `feed.ekf.dither_pct` \[%\], 0..50.
    pub dither_pct: f64,
}

impl SetPoints {
    /// The set-points in `settings`.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            trim_mv: settings.resistance.trim_mv,
            alumina_pct: settings.feed.ekf.target_pct,
            superheat_c: settings.bath.target_superheat_c,
            alf3_pct: settings.bath.target_alf3_pct,
            dither_pct: settings.feed.ekf.dither_pct,
        }
    }

    /// `settings` with these set-points. The band in which the resistance loop neither adds nor takes
    /// heat is widened where the superheat would lie outside it.
    #[must_use]
    pub fn apply(&self, settings: &Settings) -> Settings {
        let mut settings = *settings;
        settings.resistance.trim_mv = self.trim_mv;
        settings.feed.ekf.target_pct = self.alumina_pct;
        settings.feed.ekf.dither_pct = self.dither_pct;
        let bath = &mut settings.bath;
        bath.target_superheat_c = self.superheat_c;
        bath.target_alf3_pct = self.alf3_pct;
        bath.superheat_low_c = bath.superheat_low_c.min(self.superheat_c);
        bath.superheat_high_c = bath.superheat_high_c.max(self.superheat_c);
        settings
    }

    /// Target voltage of a cell of this design at nominal current \[V\].
    #[must_use]
    pub fn voltage(&self, design: &DesignSettings) -> f64 {
        design.voltage_v + self.trim_mv * 1e-3
    }

    /// Whether the settings stay lawful with these set-points.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn check(&self, settings: &Settings) -> Result<(), Error> {
        self.apply(settings).build().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_applied_is_found_again_and_stays_lawful() {
        let settings = Settings::default();
        assert_eq!(SetPoints::of(&settings).apply(&settings), settings);
        let wanted =
            SetPoints { trim_mv: -35.0, alumina_pct: 2.8, superheat_c: 5.0, alf3_pct: 12.5, dither_pct: 6.0 };
        assert_eq!(SetPoints::of(&wanted.apply(&settings)), wanted);
        wanted.check(&settings).unwrap();
        assert!((wanted.voltage(&settings.design) - 3.915).abs() < 1e-12);
        assert_eq!(
            SetPoints { trim_mv: -300.0, ..wanted }.check(&settings).unwrap_err().field(),
            "resistance.trim_mv"
        );
    }
}

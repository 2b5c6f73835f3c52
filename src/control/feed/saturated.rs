//! Saturated feed: alumina in a band just below saturation, as patented for cells that are run rich.
//!
//! ```text
//! under-feed for  T = w M / ((1 - u) consumption);   over-feed until R has risen by r from its least
//! ```
//!
//! Past the minimum of the curve resistance rises with alumina, and more so once ore no longer
//! dissolves: that rise ends the over-feed, while the under-feed is as long as it takes to consume the
//! width w of the band (RUSAL; band 95–100 % of saturation, signature dV/dt or dR/dt). Here the
//! signature is the rise of the five-minute level above its least since the over-feed began, the
//! expected drift of the distance taken off: the integral of that slope, which noise hides less. An
//! over-feed never adds more than one band, and the first never more than lies between the usual 2.5 %
//! and saturation, so a signature that is missed buries no cell. An emergency slope feeds fast
//! as everywhere. Thresholds are engineering judgement.
//!
//! For comparison only. On the simulator of this crate the rise comes where the curve has its minimum,
//! near 4 %, and not at saturation, and an under-feed that goes by the balance alone drifts with the
//! feeders: in four days of four cells whose feeders differ by 10 % alumina wandered from 2.0 to 5.0 %.
//! Sludge stayed below 170 kg and was still rising in one cell: the band is not held.

use super::guarded::Verdict;
use super::{Feed, FeedInput, FeedState};
use crate::image::{Events, FeedPhase, PhaseReason};

/// A level must have risen by so many of its standard errors.
const SURE: f64 = 4.0;
/// Longest over-feed, in widths of the band: one that misses its signature adds what was consumed.
const LONGEST: f64 = 1.0;
/// Alumina of a cell that is not run rich, mass fraction.
const USUAL: f64 = 0.025;
/// The signature is not judged in the first part of an over-feed, when ore has yet to dissolve \[s\].
const LAG: f64 = 900.0;

/// Settings of the strategy `saturated`. Rates are those of slope logic.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SaturatedSettings {
    /// Alumina at saturation \[%\], 3..12.
    pub saturation_pct: f64,
    /// Width of the band below it \[% of saturation\], 1..20.
    pub band_pct: f64,
    /// Rise of the voltage above its least that ends an over-feed \[mV\], 2..50.
    pub rise_mv: f64,
}

impl Default for SaturatedSettings {
    /// Saturation of a bath with 11.5 % AlF3 and 5 % CaF2 at 955 °C after Skybakmoen, Solheim and
    /// Sterten (1997), rounded.
    fn default() -> Self {
        Self { saturation_pct: 7.7, band_pct: 5.0, rise_mv: 8.0 }
    }
}

impl SaturatedSettings {
    pub(super) fn ranges(&self) -> [(&'static str, f64, f64, f64); 3] {
        [
            ("feed.saturated.saturation_pct", self.saturation_pct, 3.0, 12.0),
            ("feed.saturated.band_pct", self.band_pct, 1.0, 20.0),
            ("feed.saturated.rise_mv", self.rise_mv, 2.0, 50.0),
        ]
    }

    pub(super) fn build(&self, current: f64) -> Saturated {
        let saturation = self.saturation_pct / 100.0;
        Saturated {
            saturation,
            band: saturation * self.band_pct / 100.0,
            rise: self.rise_mv * 1e-3 / current,
        }
    }
}

/// Run-time form of [`SaturatedSettings`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Saturated {
    saturation: f64,
    band: f64,
    rise: f64,
}

/// What an over-feed has shown.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct SaturatedState {
    /// The cell has been at saturation once.
    reached: bool,
    /// Least drift-free level of this over-feed \[Ω\].
    least: f64,
}

impl Default for SaturatedState {
    fn default() -> Self {
        Self { reached: false, least: f64::INFINITY }
    }
}

impl SaturatedState {
    /// After a disturbance the level is another.
    pub(super) fn anew(self) -> Self {
        Self { least: f64::INFINITY, ..self }
    }
}

impl Feed {
    /// One scan.
    pub(super) fn saturated(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) {
        let per_second = self.design.fraction(self.design.consumption(input.current));
        let verdict = self.judge(input);
        match state.phase {
            FeedPhase::Under if verdict == Verdict::Emergency || self.lean_level(state, input) => {
                // No rich cell has such a slope: whatever was believed is wrong.
                state.saturated = SaturatedState::default();
                state.net = 0.0;
                state.enter(FeedPhase::Fast, PhaseReason::Emergency, events);
            }
            FeedPhase::Under if state.elapsed < self.saturated.band / ((1.0 - self.under) * per_second) => {}
            FeedPhase::Over => self.fill(state, input, per_second, events),
            FeedPhase::Fast if state.elapsed < self.fast_time => {}
            _ => {
                state.saturated.least = f64::INFINITY;
                state.enter(FeedPhase::Over, PhaseReason::Timer, events);
            }
        }
    }

    /// Over-feed until the resistance says that the bath takes no more.
    fn fill(&self, state: &mut FeedState, input: &FeedInput, per_second: f64, events: &mut Events) {
        let Saturated { saturation, band, rise } = self.saturated;
        let drift = self.design.acd_drift * self.design.resistance_per_m * state.elapsed;
        let mut full = false;
        if let Some(level) = input.level
            && state.elapsed > LAG
        {
            let level = level - drift;
            state.saturated.least = state.saturated.least.min(level);
            let error = input.slopes.short.map_or(0.0, |fit| fit.mean_error);
            full = level - state.saturated.least > rise.max(SURE * error);
        }
        let most = if state.saturated.reached { LONGEST * band } else { saturation - USUAL };
        let given = state.elapsed * (self.over - 1.0) * per_second;
        if full || given >= most {
            state.saturated.reached = true;
            let reason = if full { PhaseReason::Slope } else { PhaseReason::Timer };
            state.enter(FeedPhase::Under, reason, events);
        }
    }
}

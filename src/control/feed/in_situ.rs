//! In-situ feed: stop feeding for some minutes, read alumina off the slope, feed by the balance between.
//!
//! ```text
//! falling(t) = c (1 - s e^(-t/D))         during a track, c consumption / M, t since the feed stopped
//! C_m = C(dR/dt / falling(t_m))           in the middle t_m of the five minutes the slope is of
//! B = C_m - c (t_e - t_m) + s D c e^(-t_m/D)     at the end t_e: dissolved, and still to dissolve
//! B' = (g fed - consumed) / M             between tracks
//! rate = 1/g + (C* + s D c - B) / (τ c)
//! g' = g - k e M / fed,   e = B believed - B seen: what the feeders were thought to bring and did not
//! ```
//!
//! The share s of what is fed that dissolves with the time constant D goes on dissolving after the feed
//! stops, and a slope is that of the middle of its window: without these two lags, 0.08 and 0.14 %
//! alumina, the cell is run that much too lean.
//!
//! A track without feed lets alumina fall by the consumption alone, so its slope places the cell on
//! the curve whatever the feeders deliver (Dupuis, CIM 2011: tracks of 5–10 min every 3 h, the slope at
//! their end, a PID between). The integral of that PID is the feeder gain g here. A track is not begun
//! when slopes mean nothing, and is broken off by a slope that the curve has only at the effect.
//! Without a track for three times its interval the cell is fed what it consumes. The figures of the law
//! are engineering judgement. Published is ±0.03 % on a simulated cell whose curve is known and at which
//! nobody works; here the curve of each cell differs from the one that is read.

use super::{Feed, FeedInput, FeedState};
use crate::estimate::Design;
use crate::image::{Events, FeedPhase, PhaseReason};
use crate::math::{clamp, exp};

/// Share of an error of the balance that the gain takes on after one track, k \[1\].
const LEARN: f64 = 0.5;
/// Bounds of the gain \[1\].
const GAIN: (f64, f64) = (0.85, 1.15);
/// A track is broken off at this distance from the onset of the effect, mass fraction.
const MARGIN: f64 = 0.0025;
/// A slope below this many standard errors tells no alumina.
const SIGNIFICANT: f64 = 3.0;
/// Share of a shot that dissolves slowly, and its time constant \[s\]: half in five minutes, as the
/// estimator has it (published: 40 % at once and the rest in minutes, Yao et al.).
const SLOW: f64 = 0.5;
const DISSOLUTION: f64 = 300.0;
/// From the middle of the slope's window to its end \[s\].
const LAG: f64 = 150.0;
/// Least time at base before a track: slopes still show what was before \[s\].
const SOON: f64 = 1_200.0;
/// Feeders that bring a tenth less take a cell from its target to the effect within two hours, so the
/// first tracks follow at this share of the interval, until so many have shown the gain.
const EARLY: f64 = 0.33;
const LEARNT: u8 = 3;
/// Intervals without a track after which the balance is no longer believed.
const OLD: f64 = 3.0;

/// Settings of the strategy `in-situ`. A minute without feed costs 0.05 % alumina. Rates are relative to consumption.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct InSituSettings {
    /// Target alumina \[%\], 2..4.
    pub target_pct: f64,
    /// Time from track to track \[h\], 1..8.
    pub every_h: f64,
    /// Length of a track without feed \[min\], 6..15.
    pub track_min: f64,
    /// Time in which an error is fed away \[min\], 10..240.
    pub correct_min: f64,
    /// Lowest rate between tracks \[%\], 30..95.
    pub rate_least_pct: f64,
    /// Highest rate between tracks \[%\], 105..180.
    pub rate_most_pct: f64,
}

impl Default for InSituSettings {
    fn default() -> Self {
        Self {
            target_pct: 2.5,
            every_h: 3.0,
            track_min: 7.0,
            correct_min: 45.0,
            rate_least_pct: 60.0,
            rate_most_pct: 150.0,
        }
    }
}

impl InSituSettings {
    pub(super) fn ranges(&self) -> [(&'static str, f64, f64, f64); 6] {
        [
            ("feed.in_situ.target_pct", self.target_pct, 2.0, 4.0),
            ("feed.in_situ.every_h", self.every_h, 1.0, 8.0),
            ("feed.in_situ.track_min", self.track_min, 6.0, 15.0),
            ("feed.in_situ.correct_min", self.correct_min, 10.0, 240.0),
            ("feed.in_situ.rate_least_pct", self.rate_least_pct, 30.0, 95.0),
            ("feed.in_situ.rate_most_pct", self.rate_most_pct, 105.0, 180.0),
        ]
    }

    pub(super) fn build(&self) -> InSitu {
        InSitu {
            target: self.target_pct / 100.0,
            every: self.every_h * 3_600.0,
            track: self.track_min * 60.0,
            time: self.correct_min * 60.0,
            rates: (self.rate_least_pct / 100.0, self.rate_most_pct / 100.0),
        }
    }
}

/// Run-time form of [`InSituSettings`].
#[derive(Debug, Clone, Copy)]
pub(super) struct InSitu {
    target: f64,
    every: f64,
    track: f64,
    time: f64,
    rates: (f64, f64),
}

/// What the tracks have shown.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct InSituState {
    /// Alumina by the balance since the last track, what is yet to dissolve included, mass fraction;
    /// unknown before the first.
    alumina: Option<f64>,
    /// Feeder gain \[1\].
    gain: f64,
    /// Fed since the last track \[kg\], and the time since then \[s\].
    fed: f64,
    since: f64,
    /// Tracks so far, as far as they are counted.
    tracks: u8,
    /// A track goes on.
    tracking: bool,
    /// Rate between tracks \[1\]; unknown before the first.
    rate: Option<f64>,
}

impl Default for InSituState {
    fn default() -> Self {
        Self {
            alumina: None,
            gain: 1.0,
            fed: 0.0,
            since: f64::INFINITY,
            tracks: 0,
            tracking: false,
            rate: None,
        }
    }
}

impl InSituState {
    /// The balance goes on, whatever leads.
    pub(super) fn follow(&mut self, design: &Design, input: &FeedInput) {
        self.since += input.step;
        self.fed += input.fed;
        if let Some(alumina) = &mut self.alumina {
            *alumina += design.fraction(self.gain * input.fed - input.consumed);
        }
    }

    pub(super) fn tracking(&self) -> bool {
        self.tracking
    }

    /// What a track took is not yet fed again: resistance shows alumina, not distance.
    pub(super) fn recovering(&self) -> bool {
        self.since < SOON
    }

    /// Relative rate at base.
    pub(super) fn rate(&self) -> f64 {
        self.rate.unwrap_or(1.0)
    }

    /// A track has shown `seen`.
    fn anchor(&mut self, design: &Design, seen: f64) {
        if let Some(believed) = self.alumina
            && design.fraction(self.fed) > 0.0
        {
            let missing = (believed - seen) / design.fraction(self.fed);
            self.gain = clamp(self.gain - LEARN * missing, GAIN.0, GAIN.1);
        }
        self.alumina = Some(seen);
        (self.fed, self.since) = (0.0, 0.0);
        self.tracks = self.tracks.saturating_add(1);
    }
}

impl Feed {
    /// One scan.
    pub(super) fn in_situ(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) {
        if state.in_situ.tracking && state.phase == FeedPhase::Under {
            return self.track(state, input, events);
        }
        state.in_situ.tracking = false;
        if state.in_situ.since > OLD * self.in_situ.every {
            state.in_situ.alumina = None;
        }
        let early = if state.in_situ.tracks < LEARNT { EARLY } else { 1.0 };
        let due = state.in_situ.alumina.is_none() || state.in_situ.since >= early * self.in_situ.every;
        // Slopes must have had time to forget what was before.
        let settled = state.elapsed >= SOON && input.slopes.long.is_some();
        match state.phase {
            FeedPhase::Fast if state.elapsed < self.fast_time => {}
            FeedPhase::Over if state.elapsed < state.over_time => {}
            FeedPhase::Base if self.lean_level(state, input) => {
                state.enter(FeedPhase::Fast, PhaseReason::Emergency, events);
            }
            FeedPhase::Base if due && settled => {
                state.in_situ.tracking = true;
                state.enter(FeedPhase::Under, PhaseReason::Timer, events);
            }
            FeedPhase::Base => {}
            _ => state.enter(FeedPhase::Base, PhaseReason::Timer, events),
        }
        state.in_situ.rate = state.in_situ.alumina.map(|alumina| {
            let consumed = self.design.fraction(self.design.consumption(input.current));
            let missing = (self.in_situ.target - alumina) / consumed + SLOW * DISSOLUTION;
            let rate = 1.0 / state.in_situ.gain + missing / self.in_situ.time;
            clamp(rate, self.in_situ.rates.0, self.in_situ.rates.1)
        });
    }

    /// No feed until the track has had its time.
    fn track(&self, state: &mut FeedState, input: &FeedInput, events: &mut Events) {
        let consumed = self.design.fraction(self.design.consumption(input.current));
        let dissolving = SLOW * exp(-(state.elapsed - LAG).max(0.0) / DISSOLUTION);
        let falling = consumed * (1.0 - dissolving);
        // Five minutes of slope must lie within the track. A slope too flat to be told from none says that
        // the cell is richer than where noise would still let it be seen.
        let fit = input.slopes.short.filter(|_| state.elapsed > 300.0);
        let sure = fit.is_some_and(|fit| fit.slope > SIGNIFICANT * fit.error);
        let seen = fit
            .and_then(|fit| self.design.alumina_from_slope(fit.slope.max(SIGNIFICANT * fit.error), falling));
        let near = sure && seen.is_some_and(|alumina| alumina < self.design.effect_alumina + MARGIN);
        let now = |middle: f64| middle - consumed * (LAG - dissolving * DISSOLUTION);
        if near || self.lean_level(state, input) {
            state.in_situ.tracking = false;
            state.in_situ.anchor(&self.design, now(seen.unwrap_or(self.design.effect_alumina + MARGIN)));
            state.enter(FeedPhase::Fast, PhaseReason::Emergency, events);
        } else if state.elapsed >= self.in_situ.track {
            state.in_situ.tracking = false;
            match seen.map(now) {
                Some(seen) if sure || state.in_situ.alumina.is_none_or(|believed| believed < seen) => {
                    state.in_situ.anchor(&self.design, seen);
                }
                // Richer than can be seen, as believed: the balance stands.
                _ => state.in_situ.since = 0.0,
            }
            state.enter(FeedPhase::Base, PhaseReason::Timer, events);
        }
    }
}

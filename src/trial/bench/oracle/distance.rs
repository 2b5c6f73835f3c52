//! Distance: held where the cell has the target resistance of the strategies, and more where heat or
//! waves ask for it.
//!
//! ```text
//! d* = mean of d + (R* + work/I - (R - ΔR(c)))/R_d
//! d_wanted = d* + (heat + waves + steady)/V_d
//! ```
//!
//! `work` is what the strategies' settings add after an anode change and a tap, ramped away as they do.
//! ΔR(c) is what the strategies' own curve explains of the resistance at the true alumina, so that all
//! hold the same resistance at the reference alumina.

use crate::consts::HOUR;
use crate::control::ResistanceSettings;
use crate::estimate::{Curve, Design};
use crate::image::Mode;
use crate::math::{clamp, exp, sqrt};
use crate::sim::Truth;

/// The place of the target, and what superheat is usual, are averaged over this time \[s\].
const PLACE: f64 = 24.0 * HOUR;
/// Waves are taken out of the distance over this time, and while metal is tapped \[s\].
const SMOOTH: f64 = 300.0;
const SMOOTH_TAPPING: f64 = 15.0;
/// Noise: deviation from the mean over this time \[s\], its mean square over that.
const LEVEL: f64 = 60.0;
const NOISE: f64 = 600.0;
/// Waves: noise above this asks for so much more per volt, at most so much \[V\].
const QUIET: f64 = 25e-3;
const BY_NOISE: f64 = 3.0;
const WAVES_MOST: f64 = 80e-3;
/// Heat: below and above these superheats \[K\] so much per kelvin \[V/K\], within these limits \[V\].
const COLD: f64 = 6.5;
const HOT: f64 = 12.0;
const BY_SUPERHEAT: f64 = 10e-3;
const HEAT_MOST: f64 = 220e-3;
const HEAT_LEAST: f64 = -25e-3;
/// Swings: superheat of this time \[s\] off its mean of a day, so much per kelvin \[V/K\], at most so
/// much \[V\].
const STEADY: f64 = 900.0;
const BY_SWING: f64 = 50e-3;
const STEADY_MOST: f64 = 30e-3;
/// Heat and waves follow their cause with this time constant \[s\].
const SLOWLY: f64 = HOUR;
/// Missing distance that is made good, and by a large move where that is lawful: half a day's drift with
/// one move in place of two \[m\].
const BAND: f64 = 1.0e-3;
const LARGE: f64 = 0.2e-3;
/// Metal that is tapped is followed from this distance on: the last step may end a little above what is
/// wanted, never much below \[m\].
const FOLLOW: f64 = 2.2e-3;
/// A move, and a large one, lawful after an operation and while metal is tapped \[m\].
const MOVE: f64 = 1.0e-3;
const MOVE_LARGE: f64 = 2.0e-3;
/// Large moves are lawful this long after an operation \[s\].
const GRACE: f64 = 2.0 * HOUR;
/// Time between moves, and while metal is tapped \[s\].
const PAUSE: f64 = 610.0;
const PAUSE_TAPPING: f64 = 12.0;
/// The beam is not moved below this share of the nominal current \[1\].
const LEAST_CURRENT: f64 = 0.92;

/// What the loop looks at in one scan.
pub(super) struct DistanceInput<'a> {
    pub design: &'a Design,
    pub truth: &'a Truth,
    /// An effect burns, or the beam has not come back from one.
    pub burning: bool,
    /// \[Ω\]
    pub resistance: f64,
    /// \[s\]
    pub step: f64,
}

/// Memory of the loop.
#[derive(Debug, Clone)]
pub(super) struct Distance {
    /// Where the target resistance is \[m\], and how long it has been looked for \[s\].
    place: Option<f64>,
    looked: f64,
    /// Distance without waves \[m\].
    distance: Option<f64>,
    level: f64,
    square: f64,
    /// Superheat, and its mean of a day \[K\].
    superheat: Option<(f64, f64)>,
    /// Added for heat and waves \[V\].
    added: f64,
    since_move: f64,
    since_work: f64,
    /// Added after an anode change and a tap, and how fast it goes \[V, V/s\].
    change: (f64, f64),
    tap: (f64, f64),
    /// The whole of either \[V\].
    whole: (f64, f64),
    mode: Mode,
}

impl Distance {
    pub(super) fn new(settings: &ResistanceSettings, design: &Design) -> Self {
        let ramp = |millivolt: f64, hours: f64| (0.0, millivolt * 1e-3 / (hours * HOUR));
        Self {
            change: ramp(settings.anode_change_mv, settings.anode_change_h),
            tap: ramp(settings.tap_mv, settings.tap_h),
            whole: (settings.anode_change_mv * 1e-3, settings.tap_mv * 1e-3),
            mode: Mode::Auto,
            place: None,
            looked: 0.0,
            distance: None,
            level: design.resistance,
            square: 0.0,
            superheat: None,
            added: 0.0,
            since_move: PAUSE,
            since_work: GRACE,
        }
    }

    /// A move was asked for; one that the guard removed is not asked for again at once.
    pub(super) fn asked(&mut self) {
        self.since_move = 0.0;
    }

    /// The guard let a move through.
    pub(super) fn moved(&mut self, travel: f64) {
        self.distance = self.distance.map(|distance| distance + travel);
    }

    /// Standard deviation of the voltage about its mean of a minute, ten minutes' worth \[V\].
    pub(super) fn noise(&self) -> f64 {
        sqrt(self.square)
    }

    /// The move wanted now \[m\].
    pub(super) fn update(&mut self, input: &DistanceInput<'_>, mode: Mode) -> Option<f64> {
        let DistanceInput { design, truth, burning, resistance, step } = *input;
        for since in [&mut self.since_move, &mut self.since_work] {
            *since += step;
        }
        if matches!(mode, Mode::AnodeChange | Mode::Tapping) {
            self.since_work = 0.0;
        }
        for part in [&mut self.change, &mut self.tap] {
            part.0 = (part.0 - part.1 * step).max(0.0);
        }
        // Counted from the end of the work, as the strategies do.
        match core::mem::replace(&mut self.mode, mode) {
            Mode::AnodeChange if mode != Mode::AnodeChange => self.change.0 = self.whole.0,
            Mode::Tapping if mode != Mode::Tapping => self.tap.0 = self.whole.1,
            _ => {}
        }
        if burning || truth.current < LEAST_CURRENT * design.current {
            return None;
        }
        let share = |time: f64| 1.0 - exp(-step / time);
        let off = (resistance - self.level) * design.current;
        self.level += share(LEVEL) * (resistance - self.level);
        self.square += share(NOISE) * (off * off - self.square);
        let heat = clamp((COLD - truth.superheat).max(0.0) * BY_SUPERHEAT, 0.0, HEAT_MOST)
            + clamp((HOT - truth.superheat).min(0.0) * BY_SUPERHEAT, HEAT_LEAST, 0.0);
        let waves = clamp((self.noise() - QUIET) * BY_NOISE, 0.0, WAVES_MOST);
        self.added += share(SLOWLY) * (heat + waves - self.added);
        let time = if mode == Mode::Tapping { SMOOTH_TAPPING } else { SMOOTH };
        let distance = self.distance.get_or_insert(truth.acd);
        *distance += share(time) * (truth.acd - *distance);
        let distance = *distance;
        if mode == Mode::Auto {
            let explained = design.predict(truth.alumina, &Curve::default()).resistance - design.resistance;
            let work = (self.change.0 + self.tap.0) / design.current;
            let at = distance + (design.resistance + work + explained - self.level) / design.resistance_per_m;
            self.looked += step;
            let place = self.place.get_or_insert(at);
            *place += share(PLACE.min(self.looked)) * (at - *place);
        }
        let (now, usual) = self.superheat.get_or_insert((truth.superheat, truth.superheat));
        *now += share(STEADY) * (truth.superheat - *now);
        *usual += share(PLACE) * (*now - *usual);
        let steady = clamp((*usual - *now) * BY_SWING, -STEADY_MOST, STEADY_MOST);
        let wanted = self.place? + (self.added + steady) / (design.resistance_per_m * design.current);
        let error = wanted - distance;
        let grace = self.since_work < GRACE;
        match mode {
            Mode::Tapping if error < -FOLLOW && self.since_move >= PAUSE_TAPPING => Some(-MOVE_LARGE),
            Mode::Auto if self.since_move < PAUSE => None,
            Mode::Auto if error >= LARGE && grace => Some(MOVE_LARGE),
            Mode::Auto if error >= BAND => Some(MOVE),
            Mode::Auto if error <= -MOVE_LARGE => Some(-MOVE),
            _ => None,
        }
    }
}

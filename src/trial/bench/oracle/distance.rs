//! Distance: held where the cell has the target resistance of the strategies, and more where heat or
//! waves ask for it.
//!
//! ```text
//! d* = mean of d + (R* - (R - ΔR(c)))/R_d     over hours in which no fresh anode hangs
//! d_wanted = d* + (heat + waves)/V_d
//! ```
//!
//! ΔR(c) is what the strategies' own curve explains of the resistance at the true alumina, so that all
//! hold the same resistance at the reference alumina.

use crate::consts::HOUR;
use crate::estimate::{Curve, Design};
use crate::image::Mode;
use crate::math::{clamp, exp, sqrt};
use crate::sim::Truth;

/// The place of the target is averaged over this time \[s\].
const PLACE: f64 = 12.0 * HOUR;
/// A fresh anode carries little current for this long \[s\].
const FRESH: f64 = 8.0 * HOUR;
/// Noise: deviation from the mean over this time \[s\], its mean square over that.
const LEVEL: f64 = 60.0;
const NOISE: f64 = 600.0;
/// Waves: noise above this asks for so much more per volt, at most so much \[V\].
const QUIET: f64 = 15e-3;
const BY_NOISE: f64 = 3.0;
const WAVES_MOST: f64 = 80e-3;
/// Heat: below and above these superheats \[K\] so much per kelvin \[V/K\], within these limits \[V\].
const COLD: f64 = 6.5;
const HOT: f64 = 12.0;
const BY_SUPERHEAT: f64 = 10e-3;
const HEAT_MOST: f64 = 220e-3;
const HEAT_LEAST: f64 = -25e-3;
/// Both follow their cause with this time constant \[s\].
const SLOWLY: f64 = HOUR;
/// Half the band, and what a move goes beyond the error, for the metal rises \[m\].
const BAND: f64 = 0.6e-3;
const AHEAD: f64 = 0.4e-3;
/// Largest move, after an operation, and while metal is tapped \[m\].
const MOVE: f64 = 1.0e-3;
const MOVE_LARGE: f64 = 2.0e-3;
/// Error that is worth a large move \[m\].
const LARGE: f64 = 1.4e-3;
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
    level: f64,
    square: f64,
    /// Added for heat and waves \[V\].
    added: f64,
    since_move: f64,
    since_change: f64,
    since_work: f64,
}

impl Distance {
    pub(super) fn new(design: &Design) -> Self {
        Self {
            place: None,
            looked: 0.0,
            level: design.resistance,
            square: 0.0,
            added: 0.0,
            since_move: PAUSE,
            since_change: FRESH,
            since_work: GRACE,
        }
    }

    /// The guard let a move through.
    pub(super) fn moved(&mut self) {
        self.since_move = 0.0;
    }

    /// Standard deviation of the voltage about its mean of a minute, ten minutes' worth \[V\].
    pub(super) fn noise(&self) -> f64 {
        sqrt(self.square)
    }

    /// The move wanted now \[m\].
    pub(super) fn update(&mut self, input: &DistanceInput<'_>, mode: Mode) -> Option<f64> {
        let DistanceInput { design, truth, burning, resistance, step } = *input;
        for since in [&mut self.since_move, &mut self.since_change, &mut self.since_work] {
            *since += step;
        }
        match mode {
            Mode::AnodeChange => (self.since_change, self.since_work) = (0.0, 0.0),
            Mode::Tapping => self.since_work = 0.0,
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
        if self.since_change >= FRESH && mode == Mode::Auto {
            let explained = design.predict(truth.alumina, &Curve::default()).resistance - design.resistance;
            let at = truth.acd + (design.resistance + explained - self.level) / design.resistance_per_m;
            self.looked += step;
            let place = self.place.get_or_insert(at);
            *place += share(PLACE.min(self.looked)) * (at - *place);
        }
        let wanted = self.place? + self.added / (design.resistance_per_m * design.current);
        let error = wanted - truth.acd;
        match mode {
            Mode::Tapping if error < -BAND - AHEAD && self.since_move >= PAUSE_TAPPING => Some(-MOVE_LARGE),
            Mode::Auto if self.since_move >= PAUSE => {
                if error >= LARGE && self.since_work < GRACE {
                    Some(MOVE_LARGE.min(error + AHEAD))
                } else if error >= BAND {
                    Some(MOVE.min(error + AHEAD))
                } else if error <= -MOVE - AHEAD {
                    Some(-MOVE)
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

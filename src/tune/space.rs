//! The set-points that are searched, in steps of a size that a cell can bear.
//!
//! Searched are trim, alumina and excess AlF3. Not searched, because measurement on the simulated plant
//! showed nothing to gain (docs/tuning.md): the superheat target, which moves the superheat by a
//! thirtieth of itself (heat, not dosing, makes superheat), and the wave on the feed, which below 8 %
//! loses the estimate and above changes nothing. The metal level is set by the crew who tap; the
//! controller has no such set-point.

use crate::control::SetPoints;
use crate::error::{Error, report_ranges};
use crate::math::clamp;

/// How many set-points are searched.
pub const DIM: usize = 3;
/// A place in the space: steps away from where the search began.
pub type Point = [f64; DIM];
/// One step of each: mV, wt %, wt %.
pub const STEP: Point = [10.0, 0.2, 0.5];
/// Their names.
pub const NAMES: [&str; DIM] = ["trim_mv", "alumina_pct", "alf3_pct"];

/// Where set-points may go and how fast; the `[tune.space]` table.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SpaceSettings {
    /// Lowest and highest trim \[mV\], -200..200.
    pub trim_mv: [f64; 2],
    /// Lowest and highest target of alumina \[wt %\], 2..8.
    pub alumina_pct: [f64; 2],
    /// Lowest and highest target of the excess AlF3 \[wt %\], 4..15.
    pub alf3_pct: [f64; 2],
    /// Fastest change of the trim \[mV/d\], 0.5..50.
    pub trim_mv_per_day: f64,
    /// Fastest change of the alumina target \[wt %/d\], 0.01..1.
    pub alumina_pct_per_day: f64,
    /// Fastest change of the AlF3 target \[wt %/d\], 0.01..1. The bath follows in days; unverified.
    pub alf3_pct_per_day: f64,
}

impl Default for SpaceSettings {
    fn default() -> Self {
        Self {
            trim_mv: [-60.0, 20.0],
            alumina_pct: [2.2, 3.3],
            alf3_pct: [10.0, 14.0],
            trim_mv_per_day: 5.0,
            alumina_pct_per_day: 0.1,
            alf3_pct_per_day: 0.15,
        }
    }
}

impl SpaceSettings {
    /// Reports every field that is out of range or contradicts another.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("tune.space.trim_mv", self.trim_mv[0], -200.0, 200.0),
            ("tune.space.trim_mv", self.trim_mv[1], self.trim_mv[0], 200.0),
            ("tune.space.alumina_pct", self.alumina_pct[0], 2.0, 8.0),
            ("tune.space.alumina_pct", self.alumina_pct[1], self.alumina_pct[0], 8.0),
            ("tune.space.alf3_pct", self.alf3_pct[0], 4.0, 15.0),
            ("tune.space.alf3_pct", self.alf3_pct[1], self.alf3_pct[0], 15.0),
            ("tune.space.trim_mv_per_day", self.trim_mv_per_day, 0.5, 50.0),
            ("tune.space.alumina_pct_per_day", self.alumina_pct_per_day, 0.01, 1.0),
            ("tune.space.alf3_pct_per_day", self.alf3_pct_per_day, 0.01, 1.0),
        ];
        report_ranges(&fields, report);
    }
}

/// The space around the set-points where a search began.
#[derive(Debug, Clone, Copy)]
pub struct Space {
    settings: SpaceSettings,
    from: SetPoints,
}

impl Space {
    /// Around `from`.
    #[must_use]
    pub fn new(settings: SpaceSettings, from: SetPoints) -> Self {
        Self { settings, from }
    }

    /// The set-points at `point`.
    #[must_use]
    pub fn set_points(&self, point: &Point) -> SetPoints {
        let [trim, alumina, alf3] = *point;
        SetPoints {
            trim_mv: self.from.trim_mv + trim * STEP[0],
            alumina_pct: self.from.alumina_pct + alumina * STEP[1],
            alf3_pct: self.from.alf3_pct + alf3 * STEP[2],
            ..self.from
        }
    }

    /// The nearest point inside the bounds.
    #[must_use]
    pub fn clip(&self, point: &Point) -> Point {
        let s = &self.settings;
        let from = [self.from.trim_mv, self.from.alumina_pct, self.from.alf3_pct];
        let bounds = [s.trim_mv, s.alumina_pct, s.alf3_pct];
        core::array::from_fn(|k| {
            // Where a search began is lawful, whatever the bounds say.
            let low = ((bounds[k][0] - from[k]) / STEP[k]).min(0.0);
            let high = ((bounds[k][1] - from[k]) / STEP[k]).max(0.0);
            clamp(point[k], low, high)
        })
    }

    /// The set-points a while of `days` after `now` on the way to `goal`, within the daily rates.
    #[must_use]
    pub fn toward(&self, now: &SetPoints, goal: &SetPoints, days: f64) -> SetPoints {
        let s = &self.settings;
        let go = |now: f64, goal: f64, rate: f64| now + clamp(goal - now, -rate * days, rate * days);
        SetPoints {
            trim_mv: go(now.trim_mv, goal.trim_mv, s.trim_mv_per_day),
            alumina_pct: go(now.alumina_pct, goal.alumina_pct, s.alumina_pct_per_day),
            alf3_pct: go(now.alf3_pct, goal.alf3_pct, s.alf3_pct_per_day),
            // Not searched, so never on the way.
            ..*now
        }
    }

    /// All points of a lattice of `spacing` within `radius` of `centre`, inside the bounds.
    pub fn lattice(&self, centre: Point, radius: f64, spacing: f64) -> impl Iterator<Item = Point> + '_ {
        let n = (radius / spacing) as i32;
        let side = move || -n..=n;
        side().flat_map(move |a| {
            side().flat_map(move |b| {
                side().map(move |c| {
                    let offset = [a, b, c].map(|k| f64::from(k) * spacing);
                    self.clip(&core::array::from_fn(|k| centre[k] + offset[k]))
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Settings;

    #[test]
    fn no_day_passes_its_rate() {
        let from = SetPoints::of(&Settings::default());
        let space = Space::new(SpaceSettings::default(), from);
        let goal = space.set_points(&[-3.0, 3.0, 4.0]);
        let mut now = from;
        for _ in 0..40 {
            let next = space.toward(&now, &goal, 1.0);
            assert!((next.trim_mv - now.trim_mv).abs() <= 5.0 + 1e-9);
            assert!((next.alumina_pct - now.alumina_pct).abs() <= 0.1 + 1e-9);
            assert!((next.alf3_pct - now.alf3_pct).abs() <= 0.15 + 1e-9);
            now = next;
        }
        assert!((now.alf3_pct - goal.alf3_pct).abs() < 1e-9 && now.trim_mv == goal.trim_mv);
    }

    #[test]
    fn the_lattice_stays_inside() {
        let space = Space::new(SpaceSettings::default(), SetPoints::of(&Settings::default()));
        let all: std::vec::Vec<Point> = space.lattice([0.0; DIM], 8.0, 4.0).collect();
        assert_eq!(all.len(), 125);
        assert!(all.iter().all(|p| space.clip(p) == *p));
        assert!(all.iter().all(|p| space.set_points(p).trim_mv >= -60.0 && p[0] <= 2.0));
    }
}

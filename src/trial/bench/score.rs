//! The score of PotBench-500: 0 is `demand` and 100 the oracle, on the same seed of the same scenario.
//!
//! ```text
//! p = clamp((x_demand - x)/(x_demand - x_oracle), -1, 1)           where demand leaves room
//! p = clamp((x_worse - x)/s, -1, 0),  x_worse the worse of both     where it does not
//! score = 100 Σ w p / Σ w  over figures with room  +  Σ w p  over the others
//! ```
//!
//! s is the least span of a figure, w its points. Demand leaves room where the oracle is better by s or
//! more; a division by less would be one by noise. Where there is no room nothing can be won, the points
//! go to the other figures, and only who does worse loses. So a failure is never hidden by a scenario in
//! which both ends of the scale do well. Least spans are judgement: the difference that a potroom would
//! act on. Points by part are those of the benchmark's definition.

use super::{Bench, Interval, Run};
use crate::account::{Better, FIGURES};
use crate::math::clamp;
use std::collections::BTreeMap;
use std::prelude::rust_2024::*;

/// Of whom a figure is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All cells of the section as one sample.
    Section,
    /// The mean of the cells' own figures.
    Cells,
    /// The worst cell.
    Worst,
}

/// One figure of the score.
#[derive(Debug, Clone, Copy)]
pub struct Criterion {
    /// Part of the score it belongs to.
    pub part: &'static str,
    /// Its key figure.
    pub figure: &'static str,
    /// Of whom.
    pub of: Of,
    /// Points.
    pub points: f64,
    /// Least difference between `demand` and the oracle that is worth points, in the figure's unit.
    pub span: f64,
}

const fn criterion(part: &'static str, figure: &'static str, of: Of, points: f64, span: f64) -> Criterion {
    Criterion { part, figure, of, points, span }
}

/// Every figure of the score; the points sum to 100.
pub const CRITERIA: &[Criterion] = &[
    criterion("energy", "dc_kwh_per_t", Of::Section, 40.0, 10.0),
    criterion("pfc", "pfc_t_co2e_per_t", Of::Section, 20.0, 0.02),
    criterion("stability", "alumina_pct_sigma", Of::Cells, 8.0, 0.05),
    criterion("stability", "alumina_pct_p01", Of::Section, 4.0, 0.10),
    criterion("stability", "sludge_kg_mean", Of::Section, 3.0, 50.0),
    criterion("thermal", "superheat_c_sigma", Of::Cells, 5.0, 0.2),
    criterion("thermal", "superheat_outside_share", Of::Section, 5.0, 0.005),
    criterion("actuator", "beam_moves_per_pot_day", Of::Section, 3.0, 2.0),
    criterion("actuator", "beam_travel_mm_per_pot_day", Of::Section, 2.0, 5.0),
    criterion("robustness", "safety_gate_failures", Of::Section, 4.0, 1.0),
    criterion("robustness", "alarms_per_pot_day", Of::Section, 2.0, 0.25),
    criterion("robustness", "dc_kwh_per_t", Of::Worst, 2.0, 20.0),
    criterion("robustness", "alumina_pct_sigma", Of::Worst, 2.0, 0.05),
];

impl Criterion {
    /// The figure in `run`, turned so that less is better.
    fn value(&self, run: &Run) -> Option<f64> {
        let figure = FIGURES.iter().find(|figure| figure.name == self.figure)?;
        let sign = if figure.better == Better::High { -1.0 } else { 1.0 };
        let cells = || run.cells.iter().filter_map(figure.value).map(|x| sign * x);
        match self.of {
            Of::Section => (figure.value)(&run.kpi).map(|x| sign * x),
            Of::Cells => Interval::of(cells()).map(|mean| mean.mean),
            Of::Worst => cells().reduce(f64::max),
        }
    }
}

/// What one figure is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mark {
    /// -1 to 1; to 0 without room.
    worth: f64,
    room: bool,
}

/// `x` between `demand` and `oracle`; less is better.
fn mark(x: f64, demand: f64, oracle: f64, span: f64) -> Mark {
    let room = demand - oracle;
    if room >= span {
        return Mark { worth: clamp((demand - x) / room, -1.0, 1.0), room: true };
    }
    Mark { worth: clamp((demand.max(oracle) - x) / span, -1.0, 0.0), room: false }
}

/// Score of one run against the two ends of the scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scored {
    /// Demand 0, oracle 100.
    pub total: f64,
    /// Each part with room, demand 0, oracle 1.
    pub parts: BTreeMap<&'static str, f64>,
}

/// Scores `run`; `None` where `demand` leaves no room at all.
pub(super) fn score(run: &Run, demand: &Run, oracle: &Run) -> Option<Scored> {
    let marks: Vec<(&Criterion, Mark)> = CRITERIA
        .iter()
        .filter_map(|criterion| {
            let (low, high) = (criterion.value(demand)?, criterion.value(oracle)?);
            // What a strategy leaves unknown is worth what the worst is worth.
            let x = criterion.value(run).unwrap_or(f64::INFINITY);
            Some((criterion, mark(x, low, high, criterion.span)))
        })
        .collect();
    let sum = |part: Option<&str>, room: bool| {
        let mine = marks.iter().filter(|(c, m)| m.room == room && part.is_none_or(|part| part == c.part));
        mine.fold((0.0, 0.0), |(sum, points), (c, m)| (sum + c.points * m.worth, points + c.points))
    };
    let (sum_with_room, points) = sum(None, true);
    if points <= 0.0 {
        return None;
    }
    let parts = CRITERIA.iter().filter_map(|criterion| {
        let (sum, points) = sum(Some(criterion.part), true);
        (points > 0.0).then_some((criterion.part, sum / points))
    });
    Some(Scored { total: 100.0 * sum_with_room / points + sum(None, false).0, parts: parts.collect() })
}

/// Score of a strategy over seeds.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Score {
    /// Demand 0, oracle 100.
    #[serde(flatten)]
    pub total: Interval,
    /// The same for each part that leaves room, demand 0, oracle 1.
    pub parts: BTreeMap<&'static str, Interval>,
}

impl Score {
    /// Of single scores; `None` of none.
    fn of(scores: &[Scored]) -> Option<Self> {
        let total = Interval::of(scores.iter().map(|score| score.total))?;
        let part = |name: &'static str| {
            let values = scores.iter().filter_map(|score| score.parts.get(name).copied());
            Some((name, Interval::of(values)?))
        };
        Some(Self { total, parts: CRITERIA.iter().filter_map(|c| part(c.part)).collect() })
    }
}

/// The finished runs by place.
pub(super) struct Scale<'a> {
    runs: BTreeMap<[usize; 3], &'a Run>,
    /// Places of `demand` and of the oracle among the entrants.
    ends: Option<(usize, usize)>,
}

impl<'a> Scale<'a> {
    pub(super) fn new(bench: &Bench, runs: &'a [Run]) -> Self {
        Self { runs: runs.iter().map(|run| (run.place, run)).collect(), ends: bench.ends() }
    }

    fn one(&self, place: [usize; 3]) -> Option<Scored> {
        let (demand, oracle) = self.ends?;
        let [scenario, _, seed] = place;
        let at = |entrant| self.runs.get(&[scenario, entrant, seed]).copied();
        score(self.runs.get(&place)?, at(demand)?, at(oracle)?)
    }

    /// Of `entrant` on `scenario`, over its `seeds`.
    pub(super) fn on(&self, scenario: usize, entrant: usize, seeds: usize) -> Option<Score> {
        let scores: Vec<_> = (0..seeds).filter_map(|seed| self.one([scenario, entrant, seed])).collect();
        Score::of(&scores)
    }

    /// Of `entrant` over all `scenarios`: the mean over scenarios is taken seed by seed, so that the
    /// interval is that of independent sections. Seeds that lack a scenario are left out.
    pub(super) fn over_all(&self, scenarios: usize, entrant: usize, seeds: usize) -> Option<Score> {
        let of_seed = |seed| {
            let done = (0..scenarios).all(|scenario| self.runs.contains_key(&[scenario, entrant, seed]));
            let all: Vec<_> = (0..scenarios).filter_map(|s| self.one([s, entrant, seed])).collect();
            let mean = Score::of(&all).filter(|_| done)?;
            let parts = mean.parts.into_iter().map(|(name, part)| (name, part.mean)).collect();
            Some(Scored { total: mean.total.mean, parts })
        };
        let scores: Vec<_> = (0..seeds).filter_map(of_seed).collect();
        Score::of(&scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_are_those_of_the_definition() {
        let of = |part: &str| CRITERIA.iter().filter(|c| c.part == part).map(|c| c.points).sum::<f64>();
        let parts = ["energy", "pfc", "stability", "thermal", "actuator", "robustness"].map(of);
        assert_eq!(parts, [40.0, 20.0, 15.0, 10.0, 5.0, 10.0]);
        assert!(CRITERIA.iter().all(|c| FIGURES.iter().any(|figure| figure.name == c.figure)));
    }

    #[test]
    fn the_ends_of_the_scale_and_what_lies_beyond() {
        let at = |x| mark(x, 100.0, 60.0, 10.0).worth;
        assert_eq!([100.0, 80.0, 60.0, 50.0, 120.0, 900.0].map(at), [0.0, 0.5, 1.0, 1.0, -0.5, -1.0]);
        let without = |x| mark(x, 100.0, 95.0, 10.0);
        assert_eq!([90.0, 95.0, 100.0].map(|x| without(x).worth), [0.0; 3]);
        assert_eq!(without(105.0), Mark { worth: -0.5, room: false });
        // An oracle that is worse than demand costs nobody a point for being as good as it.
        assert_eq!(mark(104.0, 100.0, 105.0, 10.0).worth, 0.0);
        assert_eq!(mark(110.0, 100.0, 105.0, 10.0).worth, -0.5);
    }
}

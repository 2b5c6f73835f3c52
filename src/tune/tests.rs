//! The methods and the tuner of a line on a surrogate: a cell of straight lines whose answers are known.

use super::*;
use crate::control::{SetPoints, Settings};
use std::boxed::Box;
use std::prelude::rust_2024::*;

/// What a cell shows at these set-points, `off` from its usual noise \[mV\] and temperature \[K\].
fn cell(points: &SetPoints, off: (f64, f64)) -> Measured {
    let [trim, alumina, alf3] = [points.trim_mv, points.alumina_pct - 2.5, points.alf3_pct - 11.5];
    Measured {
        days: 1.0,
        voltage_v: 3.95 + trim * 1e-3,
        current_ka: 500.0,
        // Squeezed, or with a bath that conducts less, the pad rolls.
        noise_mv: 11.0 + off.0 - 0.05 * trim + 0.3 * alf3,
        temperature_c: 960.0 + off.1 + 0.08 * trim - 5.0 * alumina - 3.0 * alf3,
        superheat_c: 9.0 + 0.03 * trim,
        alf3_pct: points.alf3_pct,
        alumina_pct: points.alumina_pct,
        // What is fed beyond 3.1 % settles, and the estimate is lost on it.
        alumina_low_pct: points.alumina_pct - 0.3 - 5.0 * (alumina - 0.6).max(0.0),
        effects_per_day: 0.0,
        moves_per_day: 15.0,
        alarms_per_day: 0.0,
    }
}

/// Twins that differ by little, so that errors are small but not nothing.
fn section(points: &SetPoints, off: (f64, f64)) -> Vec<Measured> {
    [-0.4, -0.1, 0.2, 0.3].iter().map(|x| cell(points, (off.0 + x, off.1 + 2.0 * x))).collect()
}

fn setting() -> (TuneSettings, Space, CostModel) {
    let (settings, control) = (TuneSettings::default(), Settings::default());
    let space = Space::new(settings.space, SetPoints::of(&control));
    (settings, space, CostModel::new(settings.prices, &control))
}

fn outcome(at: &Point) -> Outcome {
    let (settings, space, model) = setting();
    let from = section(&space.set_points(&Point::default()), (0.0, 0.0));
    let seen = section(&space.set_points(at), (0.0, 0.0));
    Outcome::paired(&model, &settings.limits, &from, &seen).unwrap()
}

/// The best lawful point of a fine lattice.
fn best_there_is() -> f64 {
    let (settings, space, _) = setting();
    let lawful = |p: &Point| outcome(p).holds(0.0, settings.confidence().keep);
    let all = space.lattice([0.0; DIM], 6.0, 0.5).filter(lawful);
    all.map(|p| outcome(&p).saving.mean).fold(0.0, f64::max)
}

fn campaign(method: Method, trials: usize) -> History {
    let (settings, space, _) = setting();
    let mut history = History::new(settings.confidence());
    history.tell(Point::default(), outcome(&Point::default()));
    let mut search = method.search(space);
    for _ in 0..trials {
        let Some(point) = search.ask(&history) else { break };
        assert_eq!(space.clip(&point), point, "{method:?} left the space");
        history.tell(point, outcome(&point));
    }
    history
}

#[test]
fn every_method_saves_and_keeps_nothing_that_breaks_a_limit() {
    let best = best_there_is();
    for (method, share) in [
        (Method::Trust, 0.8),
        // Its prior takes more trials to widen the safe set.
        (Method::Bayes, 0.4),
        // The wiggle costs a pair of trials for each slope.
        (Method::Seek, 0.4),
        // One of three set-points.
        (Method::NoiseLimited, 0.15),
    ] {
        let history = campaign(method, 14);
        let found = history.best().unwrap();
        assert!(
            found.outcome.saving.mean >= share * best,
            "{method:?}: {} of {best}",
            found.outcome.saving.mean
        );
        let Confidence { sigmas, keep, .. } = history.confidence;
        assert!(history.trials.iter().all(|t| !t.kept || t.outcome.holds(sigmas, keep)));
    }
}

#[test]
fn a_model_based_search_leaves_limits_no_further_than_it_may_explore() {
    for method in [Method::Trust, Method::Bayes, Method::NoiseLimited] {
        let history = campaign(method, 14);
        let worst = |t: &Trial| t.outcome.tightest().map_or(0.0, |(_, _, room)| room);
        let deepest = history.trials.iter().map(worst).fold(f64::INFINITY, f64::min);
        // What no trial has shown yet cannot be foreseen: one step past the edge of a straight line.
        assert!(deepest > -4.0, "{method:?} {deepest}");
        let beyond = history.trials.iter().filter(|t| worst(t) < -history.confidence.explore).count();
        assert!(beyond <= 3, "{method:?}: {beyond} trials beyond the allowance");
    }
}

#[test]
fn a_slack_that_is_not_known_does_not_hold() {
    let mut poisoned = outcome(&Point::default());
    assert!(poisoned.holds(1.64, 0.25));
    poisoned.slack[0].mean = f64::NAN;
    assert!(!poisoned.holds(1.64, 0.25));
    let (settings, _, model) = setting();
    assert!(Outcome::paired(&model, &settings.limits, &[], &[]).is_none());
}

/// A line of surrogate cells under the tuner, day by day.
struct Line {
    tuner: Online,
    points: Vec<SetPoints>,
    most: [f64; 3],
}

impl Line {
    fn new(settings: TuneSettings, search: Option<Box<dyn Search + Send>>) -> Self {
        let control = Settings::default();
        let tuner = Online::new(settings, &control, 8);
        let tuner = match search {
            Some(search) => tuner.with_search(search),
            None => tuner,
        };
        Self { tuner, points: vec![SetPoints::of(&control); 8], most: [0.0; 3] }
    }

    fn day(&mut self, off: (f64, f64)) {
        // Neighbours differ lastingly: the comparison has to take that off.
        let seen: Vec<Measured> = (0..8)
            .map(|k| {
                cell(&self.points[k], (off.0 + 0.1 * k as f64, off.1 + if k % 2 == 1 { 1.5 } else { 0.0 }))
            })
            .collect();
        let (points, most) = (&mut self.points, &mut self.most);
        self.tuner.day(&seen, &mut |k, new| {
            let old = points[k];
            for (most, change) in most.iter_mut().zip([
                new.trim_mv - old.trim_mv,
                new.alumina_pct - old.alumina_pct,
                new.alf3_pct - old.alf3_pct,
            ]) {
                *most = most.max(change.abs());
            }
            points[k] = *new;
        });
    }

    fn cost(&self, off: (f64, f64)) -> f64 {
        let (_, _, model) = setting();
        self.points.iter().map(|p| model.cost(&cell(p, off))).sum::<f64>() / 8.0
    }
}

#[test]
fn what_a_drift_costs_is_won_back_within_the_daily_rates() {
    let mut line = Line::new(TuneSettings::default(), None);
    (0..400).for_each(|_| line.day((0.0, 0.0)));
    let tuned = line.points.clone();
    let before = line.cost((0.0, 0.0));
    let untuned = {
        let (_, _, model) = setting();
        model.cost(&cell(&SetPoints::of(&Settings::default()), (0.0, 0.0)))
    };
    assert!(before < untuned - 15.0, "{before} {untuned}");
    // The bath becomes hotter and the cells quieter: what was best is so no more.
    let drift = (-3.0, 3.0);
    let lost = line.cost(drift);
    (0..600).for_each(|_| line.day(drift));
    let won = lost - line.cost(drift);
    assert!(line.points != tuned);
    // What the drift left to be won: the best lawful point of a lattice about where the cells were.
    let (settings, _, model) = setting();
    let space = Space::new(settings.space, tuned[0]);
    let lawful = |p: &Point| {
        let m = cell(&space.set_points(p), drift);
        search::judged().all(|(l, value)| l.slack(value(&m), l.binding(&settings.limits, f64::NAN)) >= 0.0)
    };
    let cost = |p: &Point| model.cost(&cell(&space.set_points(p), drift));
    let best = space.lattice([0.0; DIM], 6.0, 0.5).filter(lawful).map(|p| cost(&p)).fold(lost, f64::min);
    assert!(won >= 0.8 * (lost - best), "won {won} of {}", lost - best);
    let [trim, alumina, alf3] = line.most;
    assert!(trim <= 5.0 + 1e-9 && alumina <= 0.1 + 1e-9 && alf3 <= 0.15 + 1e-9, "{:?}", line.most);
}

/// Asks for one place, whatever it gives.
struct Planted(Point, bool);

impl Search for Planted {
    fn ask(&mut self, _: &History) -> Option<Point> {
        (!core::mem::replace(&mut self.1, true)).then_some(self.0)
    }
}

#[test]
fn a_planted_bad_step_is_rolled_back_within_its_trust_period() {
    let settings = TuneSettings::default();
    // 40 mV down: two millivolts of noise beyond the limit.
    let mut line = Line::new(settings, Some(Box::new(Planted([-4.0, 0.0, 0.0], false))));
    let (mut reached, mut home) = (None, None);
    let (mut lowest, start) = (0.0_f64, SetPoints::of(&Settings::default()));
    for day in 0..60 {
        line.day((0.0, 0.0));
        lowest = lowest.min(line.points[1].trim_mv);
        if line.points[1].trim_mv < -25.0 {
            reached.get_or_insert(day);
        }
        if reached.is_some() && line.points[1] == start {
            home.get_or_insert(day);
        }
        assert!((0..8).step_by(2).all(|k| line.points[k] == start), "the twins are left alone");
    }
    let words: Vec<&str> = line.tuner.log().iter().map(|c| c.words.as_str()).collect();
    assert!(words[0].starts_with("Rolled back, trim_mv -40.00 -> 0.00: noise_lf_mv_p95"), "{words:?}");
    let again = words.iter().filter(|words| words.starts_with("Rolled back")).count();
    assert_eq!(again, 1, "once, not on the way back: {words:?}");
    let trust = settings.settle_days + settings.judge_days;
    let decided = f64::from(line.tuner.log()[0].day) - f64::from(reached.unwrap());
    assert!(decided <= trust, "{decided} days of {trust}");
    // Back at the same daily rate.
    assert!(home.is_some() && lowest >= -40.0 && line.most[0] <= 5.0 + 1e-9);
}

#[test]
fn an_effect_among_the_treated_alone_ends_a_trial_at_once() {
    let mut line = Line::new(TuneSettings::default(), Some(Box::new(Planted([0.0, 2.0, 0.0], false))));
    (0..7).for_each(|_| line.day((0.0, 0.0)));
    assert!(line.points[1].alumina_pct > 2.5 && line.tuner.log().is_empty());
    let burnt = |k: usize| f64::from(u8::from(k == 3));
    let seen: Vec<Measured> =
        (0..8).map(|k| Measured { effects_per_day: burnt(k), ..cell(&line.points[k], (0.0, 0.0)) }).collect();
    line.tuner.day(&seen, &mut |_, _| {});
    assert!(line.tuner.log()[0].words.starts_with("Rolled back"));
}

//! A tuner on a running line: trials on every second cell, its neighbour the untouched twin.
//!
//! ```text
//! Compare -> Move -> Settle -> Judge --+--> Move ...        the next trial
//!             ^        |         |     +--> Follow -> Rest -> Compare ...
//!             +--------+---------+  rolled back
//! ```
//!
//! Judged once a day, from what each cell showed. What two neighbours differed by before any change is
//! taken off, figure by figure, so that what is left is what the change did. A trial that breaks a limit
//! clearly on two days running, or brings an effect, is rolled back at once; everything moves within its
//! daily rate, back as well. The search learns from a trial that was rolled back like from any other.

use super::explain::moves;
use super::{CostModel, History, Measured, Meter, Outcome, Point, Search, Space, TuneSettings, explain};
use crate::consts::DAY;
use crate::control::{SetPoints, Settings, Tick};
use crate::image::Reading;
use std::boxed::Box;
use std::format;
use std::prelude::rust_2024::*;

/// Days that a limit is clearly broken before a trial is rolled back.
const BAD_DAYS: u32 = 2;

/// Something that was decided, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Days since the tuner began.
    pub day: u32,
    /// What and why.
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// How neighbours differ, nothing being tried.
    Compare,
    Move,
    Settle,
    Judge,
    /// All cells go to what was kept.
    Follow,
    Rest,
}

#[derive(Debug, Clone)]
struct Cell {
    meter: Meter,
    points: SetPoints,
    window: Vec<Measured>,
    /// What it showed before anything was changed.
    before: Option<Measured>,
}

/// The tuner of a line whose cells share their set-points.
pub struct Online {
    settings: TuneSettings,
    space: Space,
    model: CostModel,
    search: Box<dyn Search + Send>,
    history: History,
    cells: Vec<Cell>,
    stage: Stage,
    /// Where the treated cells go.
    trial: Point,
    days_in_stage: f64,
    bad_days: u32,
    day: u32,
    log: Vec<Change>,
}

impl Online {
    /// For `cells` cells run by `control`.
    #[must_use]
    pub fn new(settings: TuneSettings, control: &Settings, cells: usize) -> Self {
        let points = SetPoints::of(control);
        let space = Space::new(settings.space, points);
        let cell = Cell { meter: Meter::default(), points, window: Vec::new(), before: None };
        Self {
            space,
            model: CostModel::new(settings.prices, control),
            search: settings.method.search(space),
            history: History::new(settings.confidence()),
            cells: vec![cell; cells],
            stage: Stage::Compare,
            trial: Point::default(),
            days_in_stage: 0.0,
            bad_days: 0,
            day: 0,
            log: Vec::new(),
            settings,
        }
    }

    /// Replaces the method, for whoever brings an own one.
    #[must_use]
    pub fn with_search(mut self, search: Box<dyn Search + Send>) -> Self {
        self.search = search;
        self
    }

    /// What was decided so far.
    #[must_use]
    pub fn log(&self) -> &[Change] {
        &self.log
    }

    /// The set-points of cell `cell`, counted from 0.
    #[must_use]
    pub fn points(&self, cell: usize) -> Option<&SetPoints> {
        self.cells.get(cell).map(|cell| &cell.points)
    }

    /// One scan of all cells; `retune` is told each cell whose set-points change.
    pub fn scan(
        &mut self,
        readings: &[Reading],
        ticks: &[Tick],
        dt: f64,
        retune: &mut dyn FnMut(usize, &SetPoints),
    ) {
        for (cell, (reading, tick)) in self.cells.iter_mut().zip(readings.iter().zip(ticks)) {
            cell.meter.add(reading, tick, dt);
        }
        // The line's day is over when the cell that was seen best has seen one.
        if self.cells.iter().any(|cell| cell.meter.time() >= DAY) {
            let seen: Vec<Measured> = self.cells.iter_mut().map(|cell| cell.meter.take()).collect();
            self.day(&seen, retune);
        }
    }

    /// One day of all cells.
    pub fn day(&mut self, seen: &[Measured], retune: &mut dyn FnMut(usize, &SetPoints)) {
        self.day += 1;
        self.days_in_stage += 1.0;
        for (cell, seen) in self.cells.iter_mut().zip(seen) {
            cell.window.push(*seen);
        }
        let TuneSettings { settle_days, judge_days, .. } = self.settings;
        let trying = matches!(self.stage, Stage::Move | Stage::Settle | Stage::Judge);
        // What is on its way back, or there, has nowhere to be rolled back to.
        let away = self.kept() != self.trial;
        if trying && away && self.is_bad(seen) {
            self.roll_back();
        }
        match self.stage {
            Stage::Compare if self.days_in_stage >= judge_days => self.compared(),
            Stage::Judge if self.days_in_stage >= judge_days => self.judged(),
            Stage::Settle if self.days_in_stage >= settle_days => self.enter(Stage::Judge),
            Stage::Rest if self.days_in_stage >= settle_days + judge_days => self.again(),
            _ => {}
        }
        self.go(retune);
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.days_in_stage = 0.0;
        self.cells.iter_mut().for_each(|cell| cell.window.clear());
    }

    fn say(&mut self, words: String) {
        self.log.push(Change { day: self.day, words });
    }

    /// Even cells are left alone, odd ones are treated; the last of an odd number is no pair's.
    fn outcome(&self, seen: impl Fn(usize) -> Option<Measured>) -> Option<Outcome> {
        let (mut untouched, mut treated) = (Vec::new(), Vec::new());
        for pair in 0..self.cells.len() / 2 {
            let (even, odd) = (2 * pair, 2 * pair + 1);
            let twin = seen(even)?;
            let mine = match (&self.cells[odd].before, &self.cells[even].before) {
                (Some(before), Some(twin_before)) => seen(odd)?.less(before, twin_before),
                _ => twin,
            };
            untouched.push(twin);
            treated.push(mine);
        }
        Outcome::paired(&self.model, &self.settings.limits, &untouched, &treated)
    }

    fn windows(&self) -> Option<Outcome> {
        self.outcome(|cell| Measured::mean(self.cells[cell].window.iter()))
    }

    fn compared(&mut self) {
        for cell in &mut self.cells {
            cell.before = Measured::mean(cell.window.iter());
        }
        if let Some(outcome) = self.windows() {
            self.history.tell(Point::default(), outcome);
        }
        self.next();
    }

    /// Where the best that was kept is.
    fn kept(&self) -> Point {
        self.history.best().map_or(Point::default(), |best| best.at)
    }

    /// A limit is clearly broken since days, or an effect came where none comes otherwise.
    fn is_bad(&mut self, seen: &[Measured]) -> bool {
        let day = self.outcome(|cell| seen.get(cell).copied());
        let allowed = self.history.confidence.explore;
        let broken = day.is_some_and(|outcome| !outcome.holds(0.0, allowed));
        self.bad_days = if broken { self.bad_days + 1 } else { 0 };
        let burnt =
            |parity: usize| seen.iter().skip(parity).step_by(2).map(|m| m.effects_per_day).sum::<f64>();
        self.bad_days >= BAD_DAYS || burnt(1) > burnt(0) + 0.5
    }

    fn roll_back(&mut self) {
        self.bad_days = 0;
        let to = self.kept();
        // Where it was broken, not where it was to go.
        if let Some(outcome) = self.windows() {
            let tight = outcome.tightest();
            let words = tight.map_or("an anode effect".into(), |(name, _, room)| {
                format!("{name} has room {room:+.2} units")
            });
            let (from, back) = (self.space.set_points(&self.trial), self.space.set_points(&to));
            self.say(format!("Rolled back, {}: {words}.", moves(&from, &back)));
            self.history.condemn(self.trial, outcome);
        }
        self.trial = to;
        // Back there first; from there the next trial.
        self.enter(Stage::Move);
    }

    fn judged(&mut self) {
        if let Some(outcome) = self.windows() {
            let best = self.kept();
            let new = self.history.trials.iter().all(|trial| trial.at != self.trial);
            if new {
                let kept = self.history.tell(self.trial, outcome.clone());
                let (from, to) = (self.space.set_points(&best), self.space.set_points(&self.trial));
                self.say(explain(&from, &to, &outcome, kept));
            }
        }
        self.next();
    }

    fn next(&mut self) {
        let left = self.history.trials.len() <= self.settings.trials as usize;
        let next = if left { self.search.ask(&self.history) } else { None };
        if let Some(point) = next {
            self.trial = self.space.clip(&point);
            self.enter(Stage::Move);
        } else {
            self.trial = self.kept();
            let to = self.space.set_points(&self.trial);
            self.say(format!("All cells follow: {}.", moves(&self.space.set_points(&Point::default()), &to)));
            self.enter(Stage::Follow);
        }
    }

    /// The next campaign, from where the cells are now.
    fn again(&mut self) {
        self.space = Space::new(self.settings.space, self.space.set_points(&self.trial));
        self.search = self.settings.method.search(self.space);
        self.history = History::new(self.settings.confidence());
        self.trial = Point::default();
        self.cells.iter_mut().for_each(|cell| cell.before = None);
        self.enter(Stage::Compare);
    }

    /// A day's way of every cell.
    fn go(&mut self, retune: &mut dyn FnMut(usize, &SetPoints)) {
        let (stage, goal) = (self.stage, self.space.set_points(&self.trial));
        let home = self.space.set_points(&Point::default());
        let mut there = true;
        let pairs = self.cells.len() / 2 * 2;
        for (index, cell) in self.cells.iter_mut().enumerate() {
            let treated = index % 2 == 1 && index < pairs;
            let aim = if treated || matches!(stage, Stage::Follow | Stage::Rest) { &goal } else { &home };
            let next = self.space.toward(&cell.points, aim, 1.0);
            there &= next == *aim;
            if next != cell.points {
                cell.points = next;
                retune(index, &next);
            }
        }
        match stage {
            Stage::Move if there => self.enter(Stage::Settle),
            Stage::Follow if there => self.enter(Stage::Rest),
            _ => {}
        }
    }
}

//! From a relative feed rate to single shots, counting only what was confirmed.
//!
//! Every feeder owes its share of the alumina; the one that owes most dumps next, one at a time, so
//! that shots stay spread in time and space. A stroke that its proximity switch does not confirm was
//! not fed: it is asked for again, and after three in a row the feeder is out and the others carry
//! its share. So they do for one whose alumina does not reach the bath ([`Service`]).

mod shares;

use crate::Error;
use crate::error::report_ranges;
use crate::estimate::Design;
use crate::image::{EventKind, Events, FeederSet, MAX_FEEDERS, Outcome};
use crate::math::clamp;

/// Debt is bounded, in shots: a blocked command path must not end in a burst.
const MOST_OWED: f64 = 2.0;
/// Credit is bounded too, in shots.
const MOST_AHEAD: f64 = 3.0;
/// More strokes than this since the last scan, plus one per ten seconds of it, mean that the counter
/// was reset.
const PLAUSIBLE: f64 = 10.0;

/// Most that a trim moves from or to a feeder, as a share of its part \[1\].
const MOST_TRIM: f64 = 0.15;

/// Settings of the dosing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct DosingSettings {
    /// A stroke not confirmed after this long was not fed \[s\], 3..60.
    pub confirm_s: f64,
    /// Strokes in a row without confirmation that put a feeder out of service, 1..10.
    pub misses: u8,
    /// Most that one feeder takes over when others fail \[% of its share\], 100..200.
    pub share_most_pct: f64,
    /// A feeder out of service is tried again after this long \[min\], 5..600.
    pub retry_min: f64,
}

impl Default for DosingSettings {
    fn default() -> Self {
        Self { confirm_s: 15.0, misses: 3, share_most_pct: 150.0, retry_min: 60.0 }
    }
}

impl DosingSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("dosing.confirm_s", self.confirm_s, 3.0, 60.0),
            ("dosing.misses", f64::from(self.misses), 1.0, 10.0),
            ("dosing.share_most_pct", self.share_most_pct, 100.0, 200.0),
            ("dosing.retry_min", self.retry_min, 5.0, 600.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form.
    #[must_use]
    pub fn build(&self, design: &Design) -> Dosing {
        Dosing {
            feeders: design.feeders,
            shot: design.shot,
            confirm: self.confirm_s,
            misses: self.misses,
            share_most: self.share_most_pct / 100.0,
            retry: self.retry_min * 60.0,
        }
    }
}

/// Run-time form of [`DosingSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Dosing {
    feeders: usize,
    shot: f64,
    confirm: f64,
    misses: u8,
    share_most: f64,
    retry: f64,
}

#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Feeder {
    /// Alumina owed \[kg\].
    debt: f64,
    /// Strokes asked for and not yet confirmed.
    open: u16,
    /// Time since the last of them was asked for \[s\].
    waiting: f64,
    missed: u8,
    faulty: bool,
    retry_in: f64,
    counter: u16,
}

/// How far a feeder that confirms its strokes is made use of.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Service {
    /// Part of its equal share that it gives; the others give the rest \[1\], 0..1.
    pub share: f64,
    /// Part of what its strokes say that counts as fed \[1\], 0..1.
    pub counts: f64,
}

impl Default for Service {
    fn default() -> Self {
        Self { share: 1.0, counts: 1.0 }
    }
}

/// Memory of the dosing of one cell.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct DosingState {
    feeders: [Feeder; MAX_FEEDERS],
    /// Wanted deviation of each feeder from an equal share \[1\].
    trims: [f64; MAX_FEEDERS],
    service: [Service; MAX_FEEDERS],
    anchored: bool,
}

impl DosingState {
    /// Feeders out of service.
    #[must_use]
    pub fn faulty(&self) -> FeederSet {
        self.feeders.iter().enumerate().fold(FeederSet::NONE, |set, (index, feeder)| {
            if feeder.faulty { set.union(FeederSet::single(index)) } else { set }
        })
    }
}

impl Dosing {
    /// Spreads the feeders of cell number `cell` over one round of shots, and cells against each
    /// other, so that neither a cell nor a line dumps all at once.
    pub fn stagger(&self, state: &mut DosingState, cell: u16) {
        // The golden section spreads any number of cells evenly.
        let phase = f64::from(cell) * 0.618_033_988_749_894_9;
        for (index, feeder) in state.feeders.iter_mut().take(self.feeders).enumerate() {
            let turn = index as f64 / self.feeders as f64 + phase;
            feeder.debt = self.shot * (turn - crate::math::floor(turn));
            feeder.open = 0;
        }
    }

    /// Forgets what is owed, ahead and open: somebody else fed the cell, or nobody sees any more what
    /// became of it.
    pub fn anchor(&self, state: &mut DosingState, cell: u16) {
        self.stagger(state, cell);
    }

    /// Compares the stroke counters with what was asked for; alumina fed since the last call \[kg\].
    /// `gap` is the time since then \[s\].
    pub fn confirm(
        &self,
        state: &mut DosingState,
        strokes: &[u16; MAX_FEEDERS],
        last: Outcome,
        gap: f64,
        events: &mut Events,
    ) -> f64 {
        let plausible = PLAUSIBLE + gap / 10.0;
        let mut fed = 0.0;
        let anchored = core::mem::replace(&mut state.anchored, true);
        let feeders = state.feeders.iter_mut().zip(&state.service).zip(strokes);
        for (index, ((feeder, service), &counter)) in feeders.take(self.feeders).enumerate() {
            let new = counter.wrapping_sub(feeder.counter);
            feeder.counter = counter;
            if !anchored || f64::from(new) > plausible {
                continue;
            }
            if new > 0 {
                fed += service.counts * f64::from(new) * self.shot;
                let expected = new.min(feeder.open);
                feeder.open -= expected;
                feeder.debt -= f64::from(new - expected) * self.shot;
                feeder.missed = 0;
                if feeder.faulty {
                    feeder.faulty = false;
                    feeder.debt = 0.0;
                    events.push(EventKind::FeederBack(index as u8));
                }
            }
            self.watch(feeder, index, last, gap, events);
        }
        for feeder in &mut state.feeders {
            feeder.debt = clamp(feeder.debt, -MOST_AHEAD * self.shot, MOST_OWED * self.shot);
        }
        fed
    }

    fn watch(&self, feeder: &mut Feeder, index: usize, last: Outcome, gap: f64, events: &mut Events) {
        if feeder.faulty {
            feeder.retry_in -= gap;
        }
        if feeder.open == 0 {
            return;
        }
        feeder.waiting += gap;
        if feeder.waiting < self.confirm {
            return;
        }
        feeder.debt += f64::from(feeder.open) * self.shot;
        feeder.open = 0;
        // A refused request is not the feeder's fault.
        if matches!(last, Outcome::Busy | Outcome::Rejected | Outcome::Unknown) {
            return;
        }
        feeder.missed = feeder.missed.saturating_add(1);
        if feeder.faulty {
            feeder.retry_in = self.retry;
        } else if feeder.missed >= self.misses {
            feeder.faulty = true;
            feeder.retry_in = self.retry;
            events.push(EventKind::FeederFault(index as u8));
        }
    }

    /// Adds what this scan owes the cell: `rate` \[kg/s\] over `step` \[s\].
    pub fn accrue(&self, state: &mut DosingState, rate: f64, step: f64) {
        let gives = |(f, s): (&Feeder, &Service)| if f.faulty { 0.0 } else { s.share };
        let mut given = state.feeders.iter().zip(&state.service).map(gives);
        let shares =
            shares::of(&core::array::from_fn(|_| given.next().unwrap_or(0.0)), self.feeders, self.share_most);
        let total: f64 = shares.iter().sum();
        if total == 0.0 {
            return;
        }
        // What a feeder owed when it was put out passes to the others.
        let inherited: f64 = state
            .feeders
            .iter_mut()
            .zip(&shares)
            .filter(|(_, share)| **share == 0.0)
            .map(|(f, _)| core::mem::take(&mut f.debt).max(0.0))
            .sum();
        let amount = (rate.max(0.0) * step + inherited) / self.feeders as f64;
        // Trims of the feeders that are left must not change what is fed in all.
        let mean = shares.iter().zip(&state.trims).map(|(share, trim)| share * trim).sum::<f64>() / total;
        let feeders = state.feeders.iter_mut().zip(state.trims).zip(shares).take(self.feeders);
        for ((feeder, trim), share) in feeders.filter(|(_, share)| *share > 0.0) {
            feeder.debt = (feeder.debt + share * amount * (1.0 + trim - mean)).min(MOST_OWED * self.shot);
        }
    }

    /// Sets how far feeder `index` is made use of.
    pub fn serve(&self, state: &mut DosingState, index: usize, service: Service) {
        if let Some(slot) = state.service.get_mut(index) {
            *slot = service;
        }
    }

    /// One stroke of feeder `index` more than it owes: its breaker goes down with it.
    pub fn knock(&self, state: &mut DosingState, index: usize) {
        if let Some(feeder) = state.feeders.get_mut(index) {
            feeder.debt = (feeder.debt + self.shot).min(MOST_OWED * self.shot);
        }
    }

    /// Sets how much more or less than an equal share each feeder gives \[1\], as anode currents ask
    /// for. Each is held to ±15 % and their mean is taken off, again at ±15 %: alumina is moved, never
    /// added. What is no number is no trim.
    pub fn trim(&self, state: &mut DosingState, wanted: [f64; MAX_FEEDERS]) {
        let held = |x: f64| if x.is_finite() { clamp(x, -MOST_TRIM, MOST_TRIM) } else { 0.0 };
        let wanted = wanted.map(held);
        let mean = wanted.iter().take(self.feeders).sum::<f64>() / self.feeders.max(1) as f64;
        let mut trims = wanted.map(|trim| trim - mean);
        // One common factor keeps the sum at zero, which a second clamp would not.
        let most = trims.iter().take(self.feeders).fold(MOST_TRIM, |most, trim| most.max(trim.abs()));
        trims.iter_mut().for_each(|trim| *trim *= MOST_TRIM / most);
        state.trims = trims;
    }

    /// The feeder whose shot is due, if any.
    #[must_use]
    pub fn due(&self, state: &DosingState) -> Option<FeederSet> {
        let mut chosen = None;
        let mut most = self.shot;
        let feeders = state.feeders.iter().zip(&state.service).take(self.feeders).enumerate();
        for (index, (feeder, service)) in feeders {
            if feeder.open > 0 || service.share == 0.0 {
                continue;
            }
            if feeder.faulty {
                if feeder.retry_in <= 0.0 {
                    return Some(FeederSet::single(index));
                }
            } else if feeder.debt >= most {
                most = feeder.debt;
                chosen = Some(FeederSet::single(index));
            }
        }
        chosen
    }

    /// Records that strokes were really asked for.
    pub fn asked(&self, state: &mut DosingState, feeders: FeederSet) {
        for (index, feeder) in state.feeders.iter_mut().enumerate() {
            if feeders.contains(index) {
                feeder.debt -= self.shot;
                feeder.open = feeder.open.saturating_add(1);
                feeder.waiting = 0.0;
                if feeder.faulty {
                    feeder.retry_in = self.retry;
                }
            }
        }
    }

    /// The feeder in service that owes most or is least ahead; none when all are out.
    #[must_use]
    pub fn next(&self, state: &DosingState) -> FeederSet {
        let serving = self.in_service(state);
        let all = state.feeders.iter().enumerate().filter(|(index, _)| serving.contains(*index));
        let first = all.max_by(|a, b| a.1.debt.total_cmp(&b.1.debt));
        first.map_or(FeederSet::NONE, |(index, _)| FeederSet::single(index))
    }

    /// All feeders in service, for the shots of an anode effect.
    #[must_use]
    pub fn in_service(&self, state: &DosingState) -> FeederSet {
        let idle = state.service.iter().enumerate().filter(|(_, service)| service.share == 0.0);
        let idle = idle.fold(FeederSet::NONE, |set, (index, _)| set.union(FeederSet::single(index)));
        FeederSet::first(self.feeders).without(state.faulty()).without(idle)
    }
}

#[cfg(test)]
#[path = "dosing_tests.rs"]
mod tests;

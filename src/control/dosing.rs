//! From a relative feed rate to single shots, counting only what was confirmed.
//!
//! Every feeder owes its share of the alumina; the one that owes most dumps next, one at a time, so
//! that shots stay spread in time and space. A stroke that its proximity switch does not confirm was
//! not fed: it is asked for again, and after three in a row the feeder is out and the others carry
//! its share.

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

/// Memory of the dosing of one cell.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct DosingState {
    feeders: [Feeder; MAX_FEEDERS],
    /// Wanted deviation of each feeder from an equal share \[1\].
    trims: [f64; MAX_FEEDERS],
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
        for (index, (feeder, &counter)) in
            state.feeders.iter_mut().zip(strokes).take(self.feeders).enumerate()
        {
            let new = counter.wrapping_sub(feeder.counter);
            feeder.counter = counter;
            if !anchored || f64::from(new) > plausible {
                continue;
            }
            if new > 0 {
                fed += f64::from(new) * self.shot;
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
        let healthy = self.healthy(state).count() as f64;
        if healthy == 0.0 {
            return;
        }
        let share = (1.0 / healthy).min(self.share_most / self.feeders as f64);
        // What a feeder owed when it failed passes to the others.
        let inherited: f64 = state
            .feeders
            .iter_mut()
            .filter(|f| f.faulty)
            .map(|f| core::mem::take(&mut f.debt).max(0.0))
            .sum();
        let amount = share * (rate.max(0.0) * step + inherited);
        // Trims of the feeders that are left must not change what is fed in all.
        let in_service = || state.feeders.iter().zip(&state.trims).take(self.feeders);
        let mean = in_service().filter(|(f, _)| !f.faulty).map(|(_, trim)| trim).sum::<f64>() / healthy;
        let trims = state.trims;
        let feeders = state.feeders.iter_mut().zip(trims).take(self.feeders);
        for (feeder, trim) in feeders.filter(|(f, _)| !f.faulty) {
            feeder.debt = (feeder.debt + amount * (1.0 + trim - mean)).min(MOST_OWED * self.shot);
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

    fn healthy<'a>(&self, state: &'a DosingState) -> impl Iterator<Item = &'a Feeder> {
        state.feeders.iter().take(self.feeders).filter(|feeder| !feeder.faulty)
    }

    /// The feeder whose shot is due, if any.
    #[must_use]
    pub fn due(&self, state: &DosingState) -> Option<FeederSet> {
        let mut chosen = None;
        let mut most = self.shot;
        for (index, feeder) in state.feeders.iter().take(self.feeders).enumerate() {
            if feeder.open > 0 {
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
        let healthy = state.feeders.iter().take(self.feeders).enumerate().filter(|(_, f)| !f.faulty);
        let first = healthy.max_by(|a, b| a.1.debt.total_cmp(&b.1.debt));
        first.map_or(FeederSet::NONE, |(index, _)| FeederSet::single(index))
    }

    /// All feeders in service, for the shots of an anode effect.
    #[must_use]
    pub fn in_service(&self, state: &DosingState) -> FeederSet {
        FeederSet::first(self.feeders).without(state.faulty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::DesignSettings;

    const RATE: f64 = 0.0836;

    /// Feeds `seconds` at the nominal rate through feeders of which `stuck` never move.
    fn feed(
        dosing: &Dosing,
        state: &mut DosingState,
        strokes: &mut [u16; MAX_FEEDERS],
        seconds: usize,
        stuck: FeederSet,
    ) -> (f64, std::vec::Vec<EventKind>) {
        let (mut fed, mut log) = (0.0, std::vec::Vec::new());
        for _ in 0..seconds {
            let mut events = Events::default();
            fed += dosing.confirm(state, strokes, Outcome::Done, 1.0, &mut events);
            dosing.accrue(state, RATE, 1.0);
            if let Some(set) = dosing.due(state) {
                assert_eq!(set.len(), 1, "one at a time");
                dosing.asked(state, set);
                for (n, count) in strokes.iter_mut().enumerate() {
                    if set.contains(n) && !stuck.contains(n) {
                        *count = count.wrapping_add(1);
                    }
                }
            }
            log.extend(events.iter());
        }
        (fed, log)
    }

    fn new() -> (Dosing, DosingState, [u16; MAX_FEEDERS]) {
        let dosing = DosingSettings::default().build(&DesignSettings::default().build());
        let mut state = DosingState::default();
        dosing.stagger(&mut state, 1);
        (dosing, state, [u16::MAX - 3; MAX_FEEDERS])
    }

    #[test]
    fn what_is_asked_for_is_fed_across_a_counter_wrap() {
        let (dosing, mut state, mut strokes) = new();
        let (fed, log) = feed(&dosing, &mut state, &mut strokes, 36_000, FeederSet::NONE);
        assert!((fed - RATE * 36_000.0).abs() < 2.0 * 6.0 * 1.8, "{fed}");
        assert!(log.is_empty());
    }

    #[test]
    fn shots_stay_spread() {
        let (dosing, mut state, mut strokes) = new();
        feed(&dosing, &mut state, &mut strokes, 3600, FeederSet::NONE);
        let mut last = None;
        for second in 0..600 {
            dosing.confirm(&mut state, &strokes, Outcome::Done, 1.0, &mut Events::default());
            dosing.accrue(&mut state, RATE, 1.0);
            if let Some(set) = dosing.due(&state) {
                dosing.asked(&mut state, set);
                for (n, count) in strokes.iter_mut().enumerate() {
                    *count = count.wrapping_add(u16::from(set.contains(n)));
                }
                if let Some(last) = last.replace(second) {
                    assert!((15..30).contains(&(second - last)), "{}", second - last);
                }
            }
        }
    }

    #[test]
    fn a_stuck_feeder_is_found_and_its_share_carried() {
        let (dosing, mut state, mut strokes) = new();
        let stuck = FeederSet::single(2);
        let (_, log) = feed(&dosing, &mut state, &mut strokes, 1200, stuck);
        assert_eq!(log, [EventKind::FeederFault(2)]);
        assert_eq!(state.faulty(), stuck);
        let (fed, _) = feed(&dosing, &mut state, &mut strokes, 36_000, stuck);
        assert!((fed / (RATE * 36_000.0) - 1.0).abs() < 0.01, "{fed}");
        let (_, log) = feed(&dosing, &mut state, &mut strokes, 3700, FeederSet::NONE);
        assert_eq!(log, [EventKind::FeederBack(2)]);
    }

    #[test]
    fn the_others_never_carry_more_than_their_limit() {
        let (dosing, mut state, mut strokes) = new();
        let stuck = FeederSet::first(4);
        feed(&dosing, &mut state, &mut strokes, 2400, stuck);
        let (fed, _) = feed(&dosing, &mut state, &mut strokes, 3000, stuck);
        let most = 2.0 * 1.5 / 6.0 * RATE * 3000.0;
        assert!((fed - most).abs() < 4.0 * 1.8, "{fed} {most}");
    }

    #[test]
    fn a_reset_counter_is_no_feed() {
        let (dosing, mut state, _) = new();
        let mut events = Events::default();
        dosing.confirm(&mut state, &[5000; MAX_FEEDERS], Outcome::Done, 1.0, &mut events);
        assert_eq!(dosing.confirm(&mut state, &[0; MAX_FEEDERS], Outcome::Done, 1.0, &mut events), 0.0);
        let fed = dosing.confirm(&mut state, &[1; MAX_FEEDERS], Outcome::Done, 1.0, &mut events);
        assert!((fed - 6.0 * 1.8).abs() < 1e-9);
    }

    #[test]
    fn a_refused_request_is_not_a_miss() {
        let (dosing, mut state, strokes) = new();
        let mut events = Events::default();
        for _ in 0..600 {
            dosing.confirm(&mut state, &strokes, Outcome::Rejected, 1.0, &mut events);
            dosing.accrue(&mut state, RATE, 1.0);
            if let Some(set) = dosing.due(&state) {
                dosing.asked(&mut state, set);
            }
        }
        assert!(state.faulty().is_empty());
    }

    /// Confirmed strokes of each feeder in `hours` at the nominal rate.
    fn strokes_in(dosing: &Dosing, state: &mut DosingState, hours: usize, stuck: FeederSet) -> [f64; 6] {
        let mut strokes = [0; MAX_FEEDERS];
        feed(dosing, state, &mut strokes, 60, stuck);
        let before = strokes;
        feed(dosing, state, &mut strokes, hours * 3600, stuck);
        core::array::from_fn(|n| f64::from(strokes[n].wrapping_sub(before[n])))
    }

    #[test]
    fn trims_move_alumina_and_never_add_any() {
        let (dosing, mut state, _) = new();
        let plain: f64 = strokes_in(&dosing, &mut state, 20, FeederSet::NONE).iter().sum();
        dosing.trim(&mut state, [0.10, -0.10, 0.9, -0.9, f64::NAN, 0.0, 9.0, 9.0]);
        let shares = strokes_in(&dosing, &mut state, 20, FeederSet::NONE);
        let total: f64 = shares.iter().sum();
        assert!((total - plain).abs() <= 8.0, "{total} {plain}");
        for (strokes, trim) in shares.iter().zip([0.10, -0.10, 0.15, -0.15, 0.0, 0.0]) {
            assert!((strokes * 6.0 / total - 1.0 - trim).abs() < 0.02, "{shares:?}");
        }
        // All the same way is no trim at all.
        dosing.trim(&mut state, [0.15; MAX_FEEDERS]);
        let shares = strokes_in(&dosing, &mut state, 20, FeederSet::NONE);
        assert!(shares.iter().all(|strokes| (strokes * 6.0 / total - 1.0).abs() < 0.02), "{shares:?}");
    }

    #[test]
    fn a_lopsided_trim_stays_within_its_limit() {
        let (dosing, mut state, _) = new();
        dosing.trim(&mut state, [0.15, -0.15, -0.15, -0.15, -0.15, -0.15, 0.0, 0.0]);
        let trims = &state.trims[..6];
        assert!(trims.iter().sum::<f64>().abs() < 1e-12);
        assert!(trims.iter().all(|trim| trim.abs() <= MOST_TRIM + 1e-12), "{trims:?}");
    }

    #[test]
    fn trims_of_what_is_left_add_nothing_when_a_feeder_fails() {
        let (dosing, mut state, mut strokes) = new();
        dosing.trim(&mut state, [-0.15, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let stuck = FeederSet::single(0);
        feed(&dosing, &mut state, &mut strokes, 1200, stuck);
        let (fed, _) = feed(&dosing, &mut state, &mut strokes, 36_000, stuck);
        assert!((fed / (RATE * 36_000.0) - 1.0).abs() < 0.01, "{fed}");
    }
}

//! Feeders whose strokes are confirmed and whose alumina does not reach the bath.
//!
//! ```text
//! contrast_z = zone_z - (zone_{z-1} + zone_{z+1}) / 2            zones between others
//!            = zone_z - (3 zone_{z±1} - zone_{z±2}) / 2          the two at the ends
//! ```
//!
//! A closed hole in the crust keeps what falls on it: its proximity switch says fed, the zone below
//! turns lean, and one day the heap falls in. Voltage and current of the cell do not tell where; the
//! anodes over the zone do ([`RodState::zones`](crate::signal::RodState::zones)). What tilts the whole
//! cell, a wave or another level of metal, is the same for a zone and those beside it: it drops out of
//! the contrast.
//!
//! | condition | comes after | strokes | counts as fed |
//! |---|---|---|---|
//! | sound | | all | all |
//! | doubted | contrast below its limit for `lasts_min` | one more | half |
//! | blocked | `sure_min` of it yet | none, the others give its share | nothing |
//! | tried | `retry_min`, or at once when the zone turns rich | all | half |
//!
//! After a trial of `sure_min` twice it is sound or blocked again. One at a time: a lean cell is on the
//! steep part of its curve, where any difference of its feeders shows, and to put a second feeder out
//! that is none the worse brings the effect it should prevent. Drift of the rods' share of a zone as a
//! sign of a blocked hole, and a stroke of the breaker with a shot as the first answer, are control
//! practice; the figures are chosen from what cells without a fault show on the simulator of this crate
//! (most that lasted half an hour: 0.3 % between others, 0.7 % at the ends, at twice the noise).
//!
//! Where the estimator finds alumina missing besides
//! ([`EkfState::unaccounted`](crate::estimate::EkfState::unaccounted)), the first two times are halved.
//!
//! A leak has no such sign: where it makes a zone rich the curve is flat. On the same simulator 75 kg/h
//! through one feeder, one and a half times its share, does not stand out in its zone within four hours.
//! The estimator finds it in the cell as a whole ([`EkfState::leak`](crate::estimate::EkfState::leak)),
//! and a person has to look which feeder it is.

use super::{Dosing, DosingState, Service};
use crate::Error;
use crate::error::report_ranges;
use crate::image::{EventKind, Events, FeederSet, MAX_FEEDERS};

/// Time constant of the contrast \[s\].
const SMOOTH: f64 = 600.0;
/// Rounds further apart than this do not show what lasts \[s\].
const APART: f64 = 900.0;
/// At the ends the contrast has one side only and errs by this much more \[1\].
const END: f64 = 1.8;
/// With alumina missing from the bath as a second witness, time counts so many times \[1\].
const HASTE: f64 = 2.0;
/// A contrast is gone below this share of its limit \[1\].
const GONE: f64 = 0.5;

/// How feeders are judged by the rods of their zones.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct FeedersSettings {
    /// Contrast of a zone's anode currents, on the lean side, that is suspicious \[%\], 0.1..10.
    pub contrast_pct: f64,
    /// How long before the feeder is doubted \[min\], 10..240.
    pub lasts_min: f64,
    /// How long after that before its hole is held to be blocked \[min\], 5..120.
    pub sure_min: f64,
    /// A feeder over a blocked hole is tried again after this long \[min\], 10..600.
    pub retry_min: f64,
}

impl Default for FeedersSettings {
    fn default() -> Self {
        Self { contrast_pct: 0.5, lasts_min: 30.0, sure_min: 15.0, retry_min: 60.0 }
    }
}

impl FeedersSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("feeders.contrast_pct", self.contrast_pct, 0.1, 10.0),
            ("feeders.lasts_min", self.lasts_min, 10.0, 240.0),
            ("feeders.sure_min", self.sure_min, 5.0, 120.0),
            ("feeders.retry_min", self.retry_min, 10.0, 600.0),
        ];
        report_ranges(&fields, report);
    }

    /// The run-time form for a cell with `feeders` feeders, one zone of bath each.
    #[must_use]
    pub fn build(&self, feeders: usize) -> Feeders {
        Feeders {
            count: feeders.min(MAX_FEEDERS),
            limit: self.contrast_pct / 100.0,
            lasts: self.lasts_min * 60.0,
            sure: self.sure_min * 60.0,
            retry: self.retry_min * 60.0,
        }
    }
}

/// Run-time form of [`FeedersSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Feeders {
    count: usize,
    limit: f64,
    lasts: f64,
    sure: f64,
    retry: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
enum Condition {
    #[default]
    Sound,
    Doubted,
    Blocked,
    Tried,
}

impl Condition {
    fn service(self) -> Service {
        match self {
            Self::Sound => Service::default(),
            Self::Doubted | Self::Tried => Service { share: 1.0, counts: 0.5 },
            Self::Blocked => Service { share: 0.0, counts: 0.0 },
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Feeder {
    /// Contrast over its limit \[1\].
    contrast: f64,
    condition: Condition,
    /// Time in the condition, or while sound, that the contrast has been below its limit \[s\].
    held: f64,
}

impl Feeder {
    fn turn(&mut self, condition: Condition) {
        self.condition = condition;
        self.held = 0.0;
    }
}

/// What a round over the rods says of the zones, and what is known besides.
#[derive(Debug, Clone, Copy)]
pub struct FeedersInput<'a> {
    /// Share of each zone's current that its anodes have lost or won \[1\].
    pub zones: &'a [f64; MAX_FEEDERS],
    /// Time of the last round over the rods that was judged \[s\].
    pub taken: Option<f64>,
    /// The bath has received less alumina than the strokes say, as the estimator finds.
    pub missing: bool,
    /// Nobody works at the cell, it has no effect, the line current is near normal.
    pub calm: bool,
}

/// Memory of the feeders of one cell.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct FeedersState {
    feeders: [Feeder; MAX_FEEDERS],
    taken: Option<f64>,
}

impl FeedersState {
    /// Feeders over a blocked hole, those on trial included.
    #[must_use]
    pub fn blocked(&self) -> FeederSet {
        let blocked = |f: &Feeder| matches!(f.condition, Condition::Blocked | Condition::Tried);
        let all = self.feeders.iter().enumerate().filter(|(_, f)| blocked(f));
        all.fold(FeederSet::NONE, |set, (index, _)| set.union(FeederSet::single(index)))
    }

    /// No feeder is doubted or worse.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.feeders.iter().all(|feeder| feeder.condition == Condition::Sound)
    }
}

impl Feeders {
    /// Judges the last round over the rods, if it is new, and sets the service of the feeders.
    pub fn update(
        &self,
        state: &mut FeedersState,
        dosing: (&Dosing, &mut DosingState),
        input: &FeedersInput,
        events: &mut Events,
    ) {
        let Some(taken) = input.taken else { return };
        let apart = state.taken.replace(taken).map_or(f64::INFINITY, |last| taken - last);
        if apart <= 0.0 || !input.calm {
            return;
        }
        if apart > APART {
            state.feeders.iter_mut().filter(|f| f.condition == Condition::Sound).for_each(|f| f.held = 0.0);
            return;
        }
        let (dosing, memory) = dosing;
        let stuck = memory.faulty();
        for (index, feeder) in state.feeders.iter_mut().enumerate().take(self.count) {
            let now = self.contrast(input.zones, index);
            feeder.contrast += (apart / SMOOTH).min(1.0) * (now - feeder.contrast);
        }
        let leanest = self.leanest(state, stuck);
        for (index, feeder) in state.feeders.iter_mut().enumerate().take(self.count) {
            let before = feeder.condition;
            if stuck.contains(index) {
                // Its strokes are not confirmed: the dosing knows.
                feeder.turn(Condition::Sound);
            } else {
                self.judge(feeder, leanest == Some(index), apart, input.missing);
            }
            if feeder.condition != before {
                dosing.serve(memory, index, feeder.condition.service());
                match (before, feeder.condition) {
                    (_, Condition::Doubted) => dosing.knock(memory, index),
                    (Condition::Doubted, Condition::Blocked) => {
                        events.push(EventKind::HoleBlocked(index as u8));
                    }
                    (Condition::Tried, Condition::Sound) => {
                        events.push(EventKind::HoleOpen(index as u8));
                    }
                    _ => {}
                }
            }
        }
    }

    /// How far zone `index` stands out against those beside it, over the limit \[1\].
    fn contrast(&self, zones: &[f64; MAX_FEEDERS], index: usize) -> f64 {
        let last = self.count.saturating_sub(1);
        let zone = |n: usize| zones.get(n).copied().unwrap_or(0.0);
        if last < 2 {
            return 0.0;
        }
        let end = |beside: usize, next: usize| {
            (zone(index) - 1.5 * zone(beside) + 0.5 * zone(next)) / (END * self.limit)
        };
        match index {
            0 => end(1, 2),
            _ if index == last => end(last - 1, last - 2),
            _ => (zone(index) - 0.5 * (zone(index - 1) + zone(index + 1))) / self.limit,
        }
    }

    /// The feeder whose zone stands out most on the lean side, beyond the limit, if no other is in
    /// doubt or out of service.
    fn leanest(&self, state: &FeedersState, stuck: FeederSet) -> Option<usize> {
        if !state.sound() || !stuck.is_empty() {
            return None;
        }
        let lean = state.feeders.iter().enumerate().take(self.count).filter(|(_, f)| f.contrast < -1.0);
        lean.min_by(|a, b| a.1.contrast.total_cmp(&b.1.contrast)).map(|(index, _)| index)
    }

    fn judge(&self, feeder: &mut Feeder, leanest: bool, apart: f64, missing: bool) {
        let witness = missing && matches!(feeder.condition, Condition::Sound | Condition::Doubted);
        feeder.held += if witness { HASTE * apart } else { apart };
        let contrast = feeder.contrast;
        match feeder.condition {
            Condition::Sound if !leanest => feeder.held = 0.0,
            Condition::Sound if feeder.held >= self.lasts => feeder.turn(Condition::Doubted),
            Condition::Doubted if contrast > -GONE => feeder.turn(Condition::Sound),
            Condition::Doubted if feeder.held >= self.sure && contrast < -1.0 => {
                feeder.turn(Condition::Blocked);
            }
            Condition::Blocked if feeder.held >= self.retry || contrast > GONE => {
                feeder.turn(Condition::Tried);
            }
            Condition::Tried if feeder.held >= 2.0 * self.sure => {
                feeder.turn(if contrast < -GONE { Condition::Blocked } else { Condition::Sound });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "feeders_tests.rs"]
mod tests;

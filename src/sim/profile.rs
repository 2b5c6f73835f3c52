//! What current is wanted when: steps, curtailments, load shedding, trips.

use super::event::{EventKind, EventSettings};
use crate::consts::HOUR;
use std::vec::Vec;

/// What the grid and the control room want of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// This current \[A\].
    Current(f64),
    /// The rectifiers are off.
    Open,
}

/// One departure from the nominal current: down in `ramp`, away until `end`, back in `restart` \[s\].
#[derive(Debug, Clone, Copy)]
struct Departure {
    start: f64,
    end: f64,
    ramp: f64,
    restart: f64,
    target: Target,
    /// An order of the grid: less may flow, more may not.
    order: bool,
}

impl Departure {
    /// Target at `now`; `None` when it is over or has not begun.
    fn at(&self, now: f64, nominal: f64) -> Option<Target> {
        if !(self.start..self.end + self.restart).contains(&now) {
            return None;
        }
        let level = match self.target {
            Target::Open if now < self.end => return Some(Target::Open),
            Target::Open => 0.0,
            Target::Current(level) => level,
        };
        let share = if now >= self.end {
            1.0 - (now - self.end) / self.restart
        } else if now < self.start + self.ramp {
            (now - self.start) / self.ramp
        } else {
            1.0
        };
        Some(Target::Current(nominal + share * (level - nominal)))
    }
}

/// Everything planned for the line.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    nominal: f64,
    departures: Vec<Departure>,
    /// From, to \[s\], groups off.
    trips: Vec<(f64, f64, u8)>,
}

impl Profile {
    pub fn new(nominal: f64, events: &[EventSettings]) -> Self {
        let departure = |e: &EventSettings| {
            let start = e.at_h * HOUR;
            let minutes = |value: Option<f64>, default: f64| value.unwrap_or(default) * 60.0;
            let (target, ramp, restart) = match e.kind {
                EventKind::LineCurrent => {
                    (Target::Current(e.current_ka.map_or(nominal, |ka| ka * 1e3)), 0.0, 0.0)
                }
                EventKind::Curtailment => (
                    Target::Current(nominal * e.share_pct.unwrap_or(100.0) / 100.0),
                    minutes(e.ramp_minutes, 5.0),
                    minutes(e.restart_minutes, 5.0),
                ),
                EventKind::LoadShedding => {
                    (Target::Current(nominal * (1.0 - e.shed_pct.unwrap_or(0.0) / 100.0)), 0.0, 0.0)
                }
                EventKind::LineTrip => (Target::Open, 0.0, minutes(e.restart_minutes, 20.0)),
                _ => return None,
            };
            let order = match target {
                Target::Current(level) => e.kind != EventKind::LineCurrent && level <= nominal,
                Target::Open => true,
            };
            Some(Departure { start, end: start + e.time(60.0), ramp, restart, target, order })
        };
        let trip = |e: &EventSettings| {
            let start = e.at_h * HOUR;
            (start, start + e.time(60.0), e.groups.unwrap_or(1))
        };
        Self {
            nominal,
            departures: events.iter().filter_map(departure).collect(),
            trips: events.iter().filter(|e| e.kind == EventKind::RectifierTrip).map(trip).collect(),
        }
    }

    /// What is wanted at `now` of a line that would run at `free` \[A\]; of several departures the one
    /// that began last counts. An order is a ceiling, a current set by hand is what it is.
    pub fn at(&self, now: f64, free: f64) -> Target {
        let found = |d: &Departure| Some((d.at(now, self.nominal)?, d.order));
        match self.departures.iter().rev().find_map(found) {
            Some((Target::Current(level), true)) => Target::Current(level.min(free)),
            Some((target, _)) => target,
            None => Target::Current(free),
        }
    }

    /// Rectifier groups that are off at `now`.
    pub fn groups_off(&self, now: f64) -> u8 {
        let off = self.trips.iter().filter(|(from, to, _)| (*from..*to).contains(&now));
        off.fold(0, |sum, trip| sum.saturating_add(trip.2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curtailment_goes_down_stays_and_comes_back() {
        let event = EventSettings {
            share_pct: Some(90.0),
            minutes: Some(240.0),
            ramp_minutes: Some(20.0),
            restart_minutes: Some(40.0),
            ..EventSettings::new(1.0, EventKind::Curtailment)
        };
        let profile = Profile::new(500e3, &[event]);
        for (minute, expected) in [
            (0.0, 500e3),
            (59.9, 500e3),
            (70.0, 475e3),
            (80.0, 450e3),
            (299.0, 450e3),
            (320.0, 475e3),
            (340.0, 500e3),
        ] {
            let Target::Current(current) = profile.at(minute * 60.0, 500e3) else { panic!("open") };
            assert!((current - expected).abs() < 1e-6, "{minute}: {current}");
        }
    }

    #[test]
    fn the_later_of_two_departures_counts_and_the_earlier_one_returns() {
        let at = |at_h, minutes, current_ka| EventSettings {
            minutes: Some(minutes),
            current_ka: Some(current_ka),
            ..EventSettings::new(at_h, EventKind::LineCurrent)
        };
        let profile = Profile::new(500e3, &[at(0.0, 120.0, 480.0), at(0.5, 30.0, 400.0)]);
        assert_eq!(profile.at(60.0, 500e3), Target::Current(480e3));
        assert_eq!(profile.at(1_900.0, 500e3), Target::Current(400e3));
        assert_eq!(profile.at(3_700.0, 500e3), Target::Current(480e3));
    }

    #[test]
    fn an_order_is_a_ceiling_and_a_current_set_by_hand_is_not() {
        let order = EventSettings {
            share_pct: Some(90.0),
            minutes: Some(60.0),
            ..EventSettings::new(0.0, EventKind::Curtailment)
        };
        let hand = EventSettings {
            current_ka: Some(510.0),
            minutes: Some(60.0),
            ..EventSettings::new(2.0, EventKind::LineCurrent)
        };
        let profile = Profile::new(500e3, &[order, hand]);
        assert_eq!(profile.at(1_800.0, 520e3), Target::Current(450e3));
        assert_eq!(profile.at(1_800.0, 430e3), Target::Current(430e3));
        assert_eq!(profile.at(9_000.0, 430e3), Target::Current(510e3));
        assert_eq!(profile.at(20_000.0, 430e3), Target::Current(430e3));
    }
}

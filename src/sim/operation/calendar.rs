//! When which work is due.

use super::super::event::{EventKind, EventSettings};
use super::super::settings::RoutineSettings;
use super::Work;
use crate::consts::HOUR;
use crate::image::CellId;
use std::vec::Vec;

/// Work that comes again and again.
#[derive(Debug, Clone, Copy)]
struct Recurring {
    next: f64,
    every: f64,
    work: Work,
}

/// The calendar of one pot: routine and scripted work.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    routine: [Recurring; 3],
    scripted: Vec<(f64, Work)>,
    next: usize,
}

impl Calendar {
    /// `phase` in 0..1 spreads the routine over the section.
    pub fn new(cell: CellId, phase: f64, routine: &RoutineSettings, events: &[EventSettings]) -> Self {
        let recurring = |every_h: f64, phase: f64, work: Work| {
            let every = every_h * HOUR;
            Recurring { next: if every > 0.0 { phase * every } else { f64::INFINITY }, every, work }
        };
        let tap = Work::Tap { metal: None, bath: None, time: routine.tap_minutes * 60.0 };
        let change = Work::AnodeChange { anode: None, offset: None, temperature: None };
        let mine = events.iter().filter(|e| e.cell.is_none_or(|c| c == cell.0));
        let mut scripted: Vec<_> = mine.filter_map(|e| Some((e.at_h * HOUR, work(e)?))).collect();
        scripted.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            routine: [
                recurring(routine.tap_every_h, phase, tap),
                // Half a turn away from the tap of the same pot, so that the two seldom meet.
                recurring(routine.anode_change_every_h, (phase + 0.5) % 1.0, change),
                recurring(routine.dress_every_h, (phase + 0.25) % 1.0, Work::Dress { time: 900.0 }),
            ],
            scripted,
            next: 0,
        }
    }

    /// The work that has waited longest at `now`, taken off the calendar. Rounds of a routine that
    /// were missed meanwhile are not made up for.
    pub fn take(&mut self, now: f64) -> Option<Work> {
        let scripted = self.scripted.get(self.next).map_or(f64::INFINITY, |s| s.0);
        let first = self.routine.iter_mut().min_by(|a, b| a.next.total_cmp(&b.next))?;
        if scripted <= first.next {
            let (_, work) = self.scripted.get(self.next).filter(|s| s.0 <= now)?;
            self.next += 1;
            return Some(*work);
        }
        if first.next > now {
            return None;
        }
        while first.next <= now {
            first.next += first.every;
        }
        Some(first.work)
    }
}

fn work(e: &EventSettings) -> Option<Work> {
    Some(match e.kind {
        EventKind::Tap => Work::Tap { metal: e.metal_kg, bath: None, time: e.time(10.0) },
        EventKind::DoubleTap => Work::DoubleTap { time: e.time(10.0) },
        EventKind::BathTap => Work::Tap { metal: Some(0.0), bath: e.bath_kg, time: e.time(10.0) },
        EventKind::BathAdd => Work::BathAdd { mass: e.bath_kg.unwrap_or(0.0), time: e.time(30.0) },
        EventKind::Alf3Dose => Work::Alf3 { mass: e.alf3_kg.unwrap_or(0.0), time: e.time(5.0) },
        EventKind::AnodeChange => Work::AnodeChange {
            anode: e.anode.map(|n| usize::from(n.saturating_sub(1))),
            offset: e.offset_mm.map(|mm| mm * 1e-3),
            temperature: e.temperature_c.map(crate::units::celsius_to_kelvin),
        },
        EventKind::BeamRaise => Work::BeamRaise { time: e.time(30.0) },
        EventKind::DressCover => Work::Dress { time: e.time(15.0) },
        EventKind::HoodOpen => Work::OpenHood { time: e.time(30.0) },
        EventKind::Manual => Work::Manual { time: e.time(60.0), raise: 0.0 },
        EventKind::ManualVoltage => Work::Manual {
            time: e.time(480.0),
            raise: e.offset_mv.unwrap_or(0.0) / super::MILLIVOLTS_PER_MM * 1e-3,
        },
        _ => return None,
    })
}

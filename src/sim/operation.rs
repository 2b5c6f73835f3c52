//! What people do to a pot: tapping, anode change, switching to manual, and planted faults.

use super::rng::Stream;
use super::settings::{EventKind, EventSettings, RoutineSettings};
use crate::consts::HOUR;
use crate::image::{CellId, Mode};
use std::vec::Vec;

/// Minutes between switching the pot to tapping and the first metal, and from the last metal back.
const TAP_LEAD: f64 = 120.0;
const TAP_TAIL: f64 = 480.0;
/// An anode change from mode on to mode off; the cold anode is set and the crust open meanwhile \[s\].
const CHANGE_TIME: f64 = 2_400.0;
const CHANGE_SET: f64 = 300.0;
const CHANGE_OPEN: f64 = 900.0;
/// Bath is brought back to its nominal mass at each tap, at most this much at once \[kg\].
const BATH_TAP_LIMIT: f64 = 400.0;

/// One piece of work on one pot, in seconds since the start of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Operation {
    pub start: f64,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// `metal` \[kg\], or what the plan says; over `time` \[s\].
    Tap {
        metal: Option<f64>,
        time: f64,
    },
    AnodeChange,
    ForceEffect,
    StickFeeder {
        feeder: usize,
        time: f64,
    },
    Manual {
        time: f64,
    },
}

impl Kind {
    fn duration(&self) -> f64 {
        match *self {
            Self::Tap { time, .. } => TAP_LEAD + time + TAP_TAIL,
            Self::AnodeChange => CHANGE_TIME,
            Self::ForceEffect => 20.0,
            Self::StickFeeder { .. } => 0.0,
            Self::Manual { time } => time,
        }
    }
}

/// What the operations want of the pot now.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Demand {
    pub mode: Mode,
    pub metal_tap: f64,
    pub bath_tap: f64,
    pub anode_set: bool,
    pub crust_open: bool,
    pub force_effect: bool,
    pub stick: Option<(usize, f64)>,
}

/// The work plan of one pot.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    list: Vec<Operation>,
    next: usize,
    running: Option<Operation>,
    /// Metal and bath to be tapped in the running tap \[kg\].
    amounts: (f64, f64),
    anode_due: bool,
    stream: Stream,
}

impl Plan {
    /// All work of `cell`, the `index`-th of `cells`, over `duration` \[s\].
    pub fn new(
        cell: CellId,
        (index, cells): (usize, usize),
        routine: &RoutineSettings,
        events: &[EventSettings],
        duration: f64,
        stream: Stream,
    ) -> Self {
        let mut list = Vec::new();
        let phase = (index as f64 + 0.5) / cells as f64;
        let mut repeat = |every_h: f64, phase: f64, kind: Kind| {
            if every_h > 0.0 {
                let mut start = phase * every_h * HOUR;
                while start < duration {
                    list.push(Operation { start, kind });
                    start += every_h * HOUR;
                }
            }
        };
        repeat(routine.tap_every_h, phase, Kind::Tap { metal: None, time: routine.tap_minutes * 60.0 });
        // Half a turn away from the tap of the same pot, so that the two do not meet.
        repeat(routine.anode_change_every_h, (phase + 0.5) % 1.0, Kind::AnodeChange);
        for event in events.iter().filter(|e| e.cell.is_none_or(|c| c == cell.0)) {
            let minutes = |default: f64| event.minutes.unwrap_or(default) * 60.0;
            let kind = match event.kind {
                EventKind::Tap => Kind::Tap { metal: event.metal_kg, time: minutes(10.0) },
                EventKind::AnodeChange => Kind::AnodeChange,
                EventKind::ForceEffect => Kind::ForceEffect,
                EventKind::StuckFeeder => Kind::StickFeeder {
                    feeder: usize::from(event.feeder.unwrap_or(1).saturating_sub(1)),
                    time: minutes(360.0),
                },
                EventKind::Manual => Kind::Manual { time: minutes(60.0) },
                EventKind::LineCurrent => continue,
            };
            list.push(Operation { start: event.at_h * HOUR, kind });
        }
        list.sort_by(|a, b| a.start.total_cmp(&b.start));
        Self { list, next: 0, running: None, amounts: (0.0, 0.0), anode_due: false, stream }
    }

    /// What is wanted at `now`; `surplus` is metal and bath above plan \[kg\]. Work that overlaps
    /// waits for the work before it, as it does on the floor.
    pub fn at(&mut self, now: f64, surplus: (f64, f64)) -> Demand {
        let mut demand = Demand { mode: Mode::Auto, ..Default::default() };
        if self.running.is_some_and(|r| now >= r.start + r.kind.duration()) {
            self.running = None;
        }
        if self.running.is_none()
            && let Some(due) = self.list.get(self.next).copied().filter(|o| o.start <= now)
        {
            self.next += 1;
            match due.kind {
                Kind::StickFeeder { feeder, time } => demand.stick = Some((feeder, now + time)),
                Kind::Tap { metal, .. } => {
                    let plan = metal
                        .unwrap_or_else(|| surplus.0.max(0.0) * (1.0 + 0.03 * self.stream.bounded_normal()));
                    self.amounts = (plan, surplus.1.clamp(0.0, BATH_TAP_LIMIT));
                }
                Kind::AnodeChange => self.anode_due = true,
                Kind::ForceEffect | Kind::Manual { .. } => {}
            }
            self.running = Some(Operation { start: now, ..due });
        }
        let Some(running) = self.running else { return demand };
        let elapsed = now - running.start;
        match running.kind {
            Kind::Tap { time, .. } => {
                demand.mode = Mode::Tapping;
                if (TAP_LEAD..TAP_LEAD + time).contains(&elapsed) {
                    demand.metal_tap = self.amounts.0 / time;
                    demand.bath_tap = self.amounts.1 / time;
                }
            }
            Kind::AnodeChange => {
                demand.mode = Mode::AnodeChange;
                if elapsed >= CHANGE_SET {
                    demand.anode_set = core::mem::take(&mut self.anode_due);
                    demand.crust_open = elapsed < CHANGE_SET + CHANGE_OPEN;
                }
            }
            Kind::ForceEffect => demand.force_effect = elapsed < 10.0,
            Kind::StickFeeder { .. } => {}
            Kind::Manual { .. } => demand.mode = Mode::Manual,
        }
        demand
    }
}

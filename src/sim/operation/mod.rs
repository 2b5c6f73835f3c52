//! What people do to a pot: tapping, anode change, beam raising, dressing, and their mistakes.
//!
//! One pot has one crew: work that is due while other work goes on waits for it. Durations and the
//! sizes of mistakes are judgement; no other source.

mod calendar;

use super::event::EventSettings;
use super::rng::Stream;
use super::settings::RoutineSettings;
use crate::consts::HOUR;
use crate::image::{CellId, MAX_ANODES, Mode};
use crate::units::celsius_to_kelvin;
use calendar::Calendar;

/// Time between switching the pot to tapping and the first metal, and from the last metal back \[s\].
const TAP_LEAD: f64 = 120.0;
const TAP_TAIL: f64 = 480.0;
/// An anode change from mode on to mode off \[min\].
pub(super) const CHANGE_MINUTES: f64 = 40.0;
/// Within it the anode is set, the crust stays open, and the place is covered \[s\].
const CHANGE_SET: f64 = 300.0;
const CHANGE_OPEN: f64 = 900.0;
const CHANGE_DRESS: f64 = 2_100.0;
/// Nobody opens the clamps of a pot so soon after an anode effect \[s\].
const QUIET: f64 = HOUR;
/// A beam that could not be brought back is not tried again sooner \[s\].
const RAISE_AGAIN: f64 = 12.0 * HOUR;
/// Above this voltage the pot is on anode effect, and no crew begins its work \[V\].
const ON_EFFECT: f64 = 8.0;
/// What a millimetre of beam adds to the voltage, as crews reckon.
const MILLIVOLTS_PER_MM: f64 = 33.0;
/// Mistakes: share of the metal, height of an anode \[m\], time until somebody sees the switch \[s\].
const WRONG_METAL: f64 = 0.3;
const WRONG_HEIGHT: f64 = 0.015;
const FORGOTTEN: f64 = HOUR;

/// A block that the crew sets: in place of the oldest one where no place is stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NewAnode {
    pub anode: Option<usize>,
    /// \[m\]
    pub offset: f64,
    /// \[K\]
    pub temperature: f64,
}

/// Work to be done, as planned.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Work {
    /// `metal` and `bath` \[kg\], or what is too much; over `time` \[s\].
    Tap {
        metal: Option<f64>,
        bath: Option<f64>,
        time: f64,
    },
    /// As much metal as the last time.
    DoubleTap {
        time: f64,
    },
    /// The oldest one where nothing is stated.
    AnodeChange {
        anode: Option<usize>,
        offset: Option<f64>,
        temperature: Option<f64>,
    },
    BeamRaise {
        time: f64,
    },
    Dress {
        time: f64,
    },
    BathAdd {
        mass: f64,
        time: f64,
    },
    Alf3 {
        mass: f64,
        time: f64,
    },
    OpenHood {
        time: f64,
    },
    /// The beam is raised by so much first \[m\].
    Manual {
        time: f64,
        raise: f64,
    },
}

/// Work that is being done, with everything settled; rates in \[kg/s\] and \[m/s\].
#[derive(Debug, Clone, Copy, PartialEq)]
enum Job {
    Tap {
        metal: f64,
        bath: f64,
        cryolite: f64,
        time: f64,
    },
    AnodeChange {
        new: NewAnode,
        set: bool,
        dressed: bool,
    },
    BeamRaise {
        speed: f64,
        time: f64,
    },
    Dress {
        time: f64,
        done: bool,
    },
    BathAdd {
        rate: f64,
        time: f64,
    },
    Alf3 {
        rate: f64,
        time: f64,
    },
    OpenHood {
        time: f64,
    },
    Manual {
        time: f64,
        raise: f64,
    },
    /// Nobody works, but the mode switch was forgotten.
    Forgotten {
        mode: Mode,
        time: f64,
    },
}

impl Job {
    fn duration(&self) -> f64 {
        match *self {
            Self::Tap { time, .. } => TAP_LEAD + time + TAP_TAIL,
            Self::AnodeChange { .. } => CHANGE_MINUTES * 60.0,
            // The cover is dressed at the end of its time, in one step after it.
            Self::Dress { time, .. } => time + 60.0,
            Self::BeamRaise { time, .. }
            | Self::BathAdd { time, .. }
            | Self::Alf3 { time, .. }
            | Self::OpenHood { time }
            | Self::Manual { time, .. }
            | Self::Forgotten { time, .. } => time,
        }
    }

    fn mode(&self) -> Mode {
        match *self {
            Self::Tap { .. } => Mode::Tapping,
            Self::AnodeChange { .. } => Mode::AnodeChange,
            // Nobody may move the beam while its clamps are open.
            Self::BeamRaise { .. } | Self::Manual { .. } => Mode::Manual,
            Self::Forgotten { mode, .. } => mode,
            _ => Mode::Auto,
        }
    }
}

/// What the crew sees before it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sight {
    /// Metal and bath above plan \[kg\].
    pub metal_surplus: f64,
    pub bath_surplus: f64,
    /// Beam position and its stroke \[m\].
    pub beam: f64,
    pub stroke: f64,
    /// Cell voltage \[V\].
    pub voltage: f64,
}

/// What the operations want of the pot now.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Demand {
    pub mode: Mode,
    /// \[kg/s\]
    pub metal_tap: f64,
    pub bath_tap: f64,
    pub cryolite: f64,
    pub alf3: f64,
    pub new_anode: Option<NewAnode>,
    /// Beam travel in this step, anodes and all \[m\].
    pub beam_travel: f64,
    /// Beam travel in this step with the anodes held \[m\].
    pub beam_raise: f64,
    pub crust_open: bool,
    pub hood_open: bool,
    pub dress: bool,
    /// The crew feeds the pot, which does not feed itself in this mode.
    pub hand_feed: bool,
    /// A pole is pushed under the anodes.
    pub pole: bool,
}

/// Random draws of the crew, one stream for each purpose.
#[derive(Debug, Clone)]
pub(super) struct Dice {
    pub tap: Stream,
    pub setting: Stream,
    pub blunder: Stream,
}

/// The work plan of one pot.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    routine: RoutineSettings,
    calendar: Calendar,
    /// When the anode effect began that still burns \[s\].
    burning_since: Option<f64>,
    running: Option<(f64, Job)>,
    last_metal: f64,
    raise_after: f64,
    /// The switch will be left for this long after the next work \[s\].
    forget: f64,
    dice: Dice,
}

impl Plan {
    /// The work of `cell`; `phase` in 0..1 is its place in the section.
    pub fn new(
        cell: CellId,
        phase: f64,
        routine: &RoutineSettings,
        events: &[EventSettings],
        dice: Dice,
    ) -> Self {
        Self {
            routine: *routine,
            calendar: Calendar::new(cell, phase, routine, events),
            burning_since: None,
            running: None,
            last_metal: 0.0,
            raise_after: 0.0,
            forget: 0.0,
            dice,
        }
    }

    /// The mode switch will be left where it is for `time` after the next work that moves it \[s\].
    pub fn forget_switch(&mut self, time: f64) {
        self.forget = time;
    }

    /// What is wanted over the step of `dt` that begins at `now`.
    pub fn at(&mut self, now: f64, sight: &Sight, dt: f64) -> Demand {
        let mut demand = self.work(now, sight, dt);
        let since = self.burning_since.take().unwrap_or(now);
        if sight.voltage > ON_EFFECT {
            self.burning_since = Some(since);
            let late = now - since - self.routine.pole_after_minutes * 60.0;
            self.raise_after = self.raise_after.max(now + QUIET);
            // By hand until it is out: alumina all the while, the pole once a minute.
            demand.hand_feed |= late >= 0.0;
            demand.pole = late >= 0.0 && late % 60.0 < dt;
        }
        demand
    }

    fn work(&mut self, now: f64, sight: &Sight, dt: f64) -> Demand {
        if let Some((start, job)) = self.running
            && now >= start + job.duration()
        {
            self.running = None;
            if self.forget > 0.0 && job.mode() != Mode::Auto {
                let time = core::mem::take(&mut self.forget);
                self.running = Some((now, Job::Forgotten { mode: job.mode(), time }));
            }
        }
        if self.running.is_none() {
            self.running = self.begin(now, sight).map(|job| (now, job));
        }
        let Some((start, job)) = &mut self.running else {
            return Demand { mode: Mode::Auto, ..Demand::default() };
        };
        demand(job, now - *start, dt)
    }

    /// Next job, with everything settled that is settled when a crew begins.
    fn begin(&mut self, now: f64, sight: &Sight) -> Option<Job> {
        if sight.voltage > ON_EFFECT {
            return None;
        }
        let r = &self.routine;
        let margin = r.beam_margin_mm * 1e-3;
        let at_end = sight.beam < margin || sight.beam > sight.stroke - margin;
        let work = if margin > 0.0 && at_end && now >= self.raise_after {
            Work::BeamRaise { time: r.beam_raise_minutes * 60.0 }
        } else {
            self.calendar.take(now)?
        };
        Some(match work {
            Work::Tap { metal, bath, time } => {
                let error = 1.0 + r.tap_error_pct / 100.0 * self.dice.tap.bounded_normal();
                let planned = metal.unwrap_or_else(|| sight.metal_surplus.max(0.0) * error);
                self.tap(planned, bath.unwrap_or(sight.bath_surplus), bath.is_some(), time)
            }
            Work::DoubleTap { time } => {
                let metal = self.last_metal.max(sight.metal_surplus).max(0.0);
                self.tap(metal, sight.bath_surplus, false, time)
            }
            Work::AnodeChange { anode, offset, temperature } => self.change(anode, offset, temperature),
            Work::BeamRaise { time } => {
                self.raise_after = now + RAISE_AGAIN;
                Job::BeamRaise { speed: (r.beam_home_mm * 1e-3 - sight.beam) / time, time }
            }
            Work::Dress { time } => Job::Dress { time, done: false },
            Work::BathAdd { mass, time } => Job::BathAdd { rate: mass / time, time },
            Work::Alf3 { mass, time } => Job::Alf3 { rate: mass / time, time },
            Work::OpenHood { time } => Job::OpenHood { time },
            Work::Manual { time, raise } => Job::Manual { time, raise },
        })
    }

    fn tap(&mut self, metal: f64, bath: f64, as_told: bool, time: f64) -> Job {
        let (wrong, sign) = self.blunder();
        let metal = if wrong { metal * (1.0 + sign * WRONG_METAL) } else { metal };
        if metal > 0.0 {
            self.last_metal = metal;
        }
        let most = self.routine.bath_correction_kg;
        let bath = if as_told { bath } else { bath.clamp(-most, most) };
        Job::Tap { metal: metal / time, bath: bath.max(0.0) / time, cryolite: (-bath).max(0.0) / time, time }
    }

    fn change(&mut self, anode: Option<usize>, offset: Option<f64>, temperature: Option<f64>) -> Job {
        let error = self.routine.anode_error_mm * 1e-3 * self.dice.setting.bounded_normal();
        let (wrong, sign) = self.blunder();
        let chance = error + if wrong { sign * WRONG_HEIGHT } else { 0.0 };
        let new = NewAnode {
            anode: anode.map(|k| k.min(MAX_ANODES - 1)),
            offset: offset.unwrap_or(chance),
            temperature: temperature.unwrap_or_else(|| celsius_to_kelvin(self.routine.anode_temperature_c)),
        };
        Job::AnodeChange { new, set: false, dressed: false }
    }

    /// Whether the work goes wrong, and in which direction; the switch may be forgotten besides.
    fn blunder(&mut self) -> (bool, f64) {
        let share = self.routine.blunder_pct / 100.0;
        let [wrong, sign, switch] = core::array::from_fn(|_| self.dice.blunder.uniform());
        if switch < share && self.forget <= 0.0 {
            self.forget = FORGOTTEN;
        }
        (wrong < share, if sign < 0.5 { -1.0 } else { 1.0 })
    }
}

fn demand(job: &mut Job, elapsed: f64, dt: f64) -> Demand {
    let mut demand = Demand { mode: job.mode(), ..Demand::default() };
    match job {
        Job::Tap { metal, bath, cryolite, time } => {
            if (TAP_LEAD..TAP_LEAD + *time).contains(&elapsed) {
                demand.metal_tap = *metal;
                demand.bath_tap = *bath;
                demand.cryolite = *cryolite;
                demand.hood_open = true;
            }
        }
        Job::AnodeChange { new, set, dressed } => {
            demand.hood_open = elapsed < CHANGE_DRESS;
            if elapsed >= CHANGE_SET {
                demand.new_anode = (!core::mem::replace(set, true)).then_some(*new);
                demand.crust_open = elapsed < CHANGE_SET + CHANGE_OPEN;
            }
            demand.dress = elapsed >= CHANGE_DRESS && !core::mem::replace(dressed, true);
        }
        Job::BeamRaise { speed, time } => {
            demand.beam_raise = *speed * dt.min((*time - elapsed).max(0.0));
            demand.hand_feed = true;
        }
        Job::Dress { time, done } => {
            demand.hood_open = elapsed < *time;
            demand.dress = elapsed >= *time && !core::mem::replace(done, true);
        }
        Job::BathAdd { rate, time } => {
            demand.hood_open = true;
            demand.cryolite = *rate * (dt.min((*time - elapsed).max(0.0)) / dt);
        }
        Job::Alf3 { rate, time } => demand.alf3 = *rate * (dt.min((*time - elapsed).max(0.0)) / dt),
        Job::OpenHood { .. } => demand.hood_open = true,
        Job::Manual { raise, .. } => {
            demand.hand_feed = true;
            demand.beam_travel = core::mem::take(raise);
        }
        Job::Forgotten { .. } => {}
    }
    demand
}

#[cfg(test)]
mod tests;

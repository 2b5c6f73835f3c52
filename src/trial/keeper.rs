//! Who keeps the cells of a section: the library's controllers, or a strategy of somebody else's
//! behind the same guard.

use super::scenario::Scenario;
use crate::control::{GuardState, PotController, PotState, SetPoints, Settings, Tick};
use crate::error::Error;
use crate::estimate::Design;
use crate::image::{
    Action, CellId, Command, EventKind, Events, LabSample, Reading, RodCurrents, Status, Veto,
};
use crate::line::{Line, LineState};
use crate::tune::Programme;
use std::prelude::rust_2024::*;

/// What comes more slowly than the scans, from people with instruments.
#[derive(Debug, Clone, Default)]
pub struct Slow {
    /// A new round of the clamp meter over the anode rods.
    pub rods: Option<RodCurrents>,
    /// A result of the laboratory.
    pub sample: Option<LabSample>,
}

/// Keeps all cells of a section: from readings to commands that the guard has let through.
pub trait Keeper {
    /// Something new of cell `cell`, counted from 0, before the scan.
    fn slow(&mut self, cell: usize, slow: &Slow);

    /// One scan. `ticks` holds the answers of the scan before; `now` is the PLC time, `dt` the scan
    /// period \[s\].
    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64);

    /// The line current that is wanted \[A\] when the grid, whose frequency is `frequency` \[Hz\], asks
    /// for `asked` \[A\]; `None` leaves it to the grid.
    fn line_current(&mut self, _asked: f64, _frequency: f64) -> Option<f64> {
        None
    }
}

/// An operator looks at the alarms this often \[s\], and has then seen what is there.
const LOOK: f64 = 600.0;

/// The library's controllers and their line.
#[derive(Debug, Clone)]
pub struct Stack {
    line: Line,
    line_state: LineState,
    settings: Vec<Settings>,
    controllers: Vec<PotController>,
    states: Vec<PotState>,
    looked: f64,
    programme: Option<Programme>,
    /// PLC time and period of the last scan \[s\].
    scan: (f64, f64),
}

impl Stack {
    /// As the scenario sets them.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn new(scenario: &Scenario) -> Result<Self, Error> {
        let settings = scenario.settings();
        let controller = settings.build()?;
        Ok(Self {
            line: scenario.line_control.build()?,
            line_state: LineState::default(),
            states: ids(scenario).map(|id| PotState::new(&controller, id)).collect(),
            controllers: vec![controller; usize::from(scenario.cells)],
            settings: vec![settings; usize::from(scenario.cells)],
            looked: 0.0,
            programme: scenario.programme.map(|programme| Programme::new(programme, scenario.cells.into())),
            scan: (0.0, 0.0),
        })
    }

    /// The settings of cell `cell`, counted from 0.
    #[must_use]
    pub fn settings(&self, cell: usize) -> Option<&Settings> {
        self.settings.get(cell)
    }

    /// Runs cell `cell`, counted from 0, by other settings from the next scan on. Its memory stays, so
    /// that nothing jumps but what the settings say; how fast they may change is for the caller to hold.
    ///
    /// # Errors
    /// The first value out of range; the cell then goes on as it was.
    pub fn retune(&mut self, cell: usize, settings: &Settings) -> Result<(), Error> {
        let built = settings.build()?;
        if let (Some(controller), Some(kept)) = (self.controllers.get_mut(cell), self.settings.get_mut(cell))
        {
            (*controller, *kept) = (built, *settings);
        }
        Ok(())
    }

    /// [`retune`](Self::retune) by set-points alone.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn set(&mut self, cell: usize, points: &SetPoints) -> Result<(), Error> {
        match self.settings.get(cell).copied() {
            Some(settings) => self.retune(cell, &points.apply(&settings)),
            None => Ok(()),
        }
    }
}

impl Keeper for Stack {
    fn slow(&mut self, cell: usize, slow: &Slow) {
        let (Some(controller), Some(state)) = (self.controllers.get(cell), self.states.get_mut(cell)) else {
            return;
        };
        if let Some(rods) = &slow.rods {
            controller.rods(state, rods);
        }
        if let Some(sample) = &slow.sample {
            controller.sample(state, sample);
        }
    }

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        self.line.tick(&self.controllers, &mut self.states, readings, ticks, &mut self.line_state, now, dt);
        self.scan = (now, dt);
        self.looked += dt;
        if self.looked >= LOOK {
            self.looked = 0.0;
            self.states.iter_mut().for_each(|state| state.alarms_mut().acknowledge_all());
        }
        if let Some(mut programme) = self.programme.take() {
            programme.tick(readings, ticks, dt, &mut |cell, step| {
                if let Some(mut settings) = self.settings.get(cell).copied() {
                    settings.resistance.trim_mv += step.change_mv;
                    // A trim at the end of its range stays there.
                    let _ = self.retune(cell, &settings);
                }
            });
            self.programme = Some(programme);
        }
    }

    fn line_current(&mut self, asked: f64, frequency: f64) -> Option<f64> {
        let design = self.controllers.first()?.design();
        self.line.set_point(design, &mut self.line_state, (asked, frequency), self.scan)
    }
}

/// A strategy of somebody else's, for one cell. It sees what the PLC shows and asks for one thing a
/// scan; what the guard does not let through was never asked.
pub trait Contender: Send {
    /// Something new from people with instruments, for those who use it.
    fn slow(&mut self, _slow: &Slow) {}

    /// One scan: `now` is the PLC time and `dt` the scan period \[s\].
    fn decide(&mut self, reading: &Reading, now: f64, dt: f64) -> Action;
}

/// Makes the strategy of one cell from what controllers are told of cells.
pub type Make = dyn Fn(&Design, CellId) -> Box<dyn Contender> + Send + Sync;

/// One contender for each cell, every one behind the guard of the scenario's settings.
pub struct Guarded {
    controller: PotController,
    interval: f64,
    cells: Vec<Kept>,
}

struct Kept {
    contender: Box<dyn Contender>,
    guard: GuardState,
    /// The last veto, told once until another follows.
    veto: Option<Veto>,
}

impl Guarded {
    /// Contenders for all cells of the scenario.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn new(scenario: &Scenario, make: &Make) -> Result<Self, Error> {
        let controller = scenario.control.build()?;
        let design = controller.design();
        let keep = |id| Kept { contender: make(design, id), guard: GuardState::default(), veto: None };
        Ok(Self {
            interval: design.shot / design.consumption(design.current),
            cells: ids(scenario).map(keep).collect(),
            controller,
        })
    }
}

impl Keeper for Guarded {
    fn slow(&mut self, cell: usize, slow: &Slow) {
        if let Some(kept) = self.cells.get_mut(cell) {
            kept.contender.slow(slow);
        }
    }

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        for ((reading, tick), kept) in readings.iter().zip(ticks).zip(&mut self.cells) {
            let action = kept.contender.decide(reading, now, dt);
            let wanted = Command { action, fallback_interval: self.interval, alf3: None };
            let guard = self.controller.guard();
            let guarded = guard.check(&mut kept.guard, wanted, reading, f64::NAN, now, dt);
            let mut events = Events::default();
            if let Some(veto) = guarded.veto.filter(|veto| kept.veto != Some(*veto)) {
                kept.veto = Some(veto);
                events.push(EventKind::Vetoed(veto));
            }
            let status = Status { mode: reading.mode, ..Status::default() };
            *tick = Tick { command: guarded.command, status, events };
        }
    }
}

fn ids(scenario: &Scenario) -> impl Iterator<Item = CellId> {
    (1..=scenario.cells).map(CellId)
}

//! The closed loop of `trial::Loop` with its inside visible: memories, commands and truth.
//!
//! Cells that are only there to show the line what it carries need no plant and no controller.

use potline::control::{PotController, PotState, Tick};
use potline::image::{Quality, Reading};
use potline::line::{Line, LineState};
use potline::sim::{Panel, Section};
use potline::trial::Scenario;

pub const SCAN: f64 = 1.0;

pub struct Bench {
    pub section: Section,
    pub panels: Vec<Panel>,
    pub line: Line,
    pub line_state: LineState,
    pub controllers: Vec<PotController>,
    pub states: Vec<PotState>,
    pub readings: Vec<Reading>,
    pub ticks: Vec<Tick>,
}

impl Bench {
    /// The cells of `scenario` alone.
    #[allow(dead_code, reason = "each test that includes this file uses what it needs")]
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        Self::with_witnesses(scenario, seed, 0)
    }

    /// The same, and so many others whose transducers show the line's current.
    pub fn with_witnesses(scenario: &Scenario, seed: u64, witnesses: usize) -> Self {
        let section = Section::new(&scenario.setup(seed), SCAN).unwrap();
        let controller = scenario.control.build().unwrap();
        let cells = usize::from(scenario.cells);
        Self {
            panels: vec![Panel::default(); cells],
            line: scenario.line_control.build().unwrap(),
            line_state: LineState::default(),
            states: section.pots().iter().map(|pot| PotState::new(&controller, pot.id())).collect(),
            controllers: vec![controller; cells],
            readings: vec![Reading::default(); cells + witnesses],
            ticks: vec![Tick::default(); cells],
            section,
        }
    }

    pub fn scan(&mut self) {
        let now = self.section.now();
        for ((reading, panel), pot) in self.readings.iter_mut().zip(&self.panels).zip(self.section.pots()) {
            *reading = panel.read(pot);
        }
        for (n, reading) in self.readings.iter_mut().enumerate().skip(self.states.len()) {
            // Each off by a little, as transducers are.
            let current = self.section.current() * (1.0 + 1e-4 * n as f64);
            *reading = Reading { time: now, quality: Quality::Good, current, ..Reading::default() };
        }
        for ((controller, state), pot) in
            self.controllers.iter().zip(&mut self.states).zip(self.section.pots())
        {
            if pot.rods_are_new() {
                controller.rods(state, &pot.rod_currents());
            }
        }
        self.line.tick(
            &self.controllers,
            &mut self.states,
            &self.readings,
            &mut self.ticks,
            &mut self.line_state,
            now,
            SCAN,
        );
        for ((tick, panel), pot) in self.ticks.iter().zip(&mut self.panels).zip(self.section.pots_mut()) {
            panel.execute(now, &tick.command, pot);
        }
        self.section.advance();
    }
}

//! The closed loop of `trial::Loop` with its inside visible: memories, commands and truth.

use potline::control::{PotController, PotState, Tick};
use potline::image::Reading;
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
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let section = Section::new(&scenario.setup(seed), SCAN).unwrap();
        let controller = scenario.control.build().unwrap();
        let cells = usize::from(scenario.cells);
        Self {
            panels: vec![Panel::default(); cells],
            line: scenario.line_control.build().unwrap(),
            line_state: LineState::default(),
            states: section.pots().iter().map(|pot| PotState::new(&controller, pot.id())).collect(),
            controllers: vec![controller; cells],
            readings: vec![Reading::default(); cells],
            ticks: vec![Tick::default(); cells],
            section,
        }
    }

    pub fn scan(&mut self) {
        let now = self.section.now();
        for ((reading, panel), pot) in self.readings.iter_mut().zip(&self.panels).zip(self.section.pots()) {
            *reading = panel.read(pot);
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

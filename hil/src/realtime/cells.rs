//! A line of 300 live cells: ten sections of thirty, each with a current and noise of its own.
//!
//! Every scan brings a new sample of every cell. A tenth of the cells is taken a second further after each
//! scan, section after section, so that each cell lives at the pace of the line; between its seconds its
//! samples differ by the noise of their transducers.

use super::times::Times;
use crate::dice::Dice;
use potline::control::{PotController, PotState, Settings, Tick};
use potline::image::{Action, CellId, Reading};
use potline::line::{self, Line, LineState};
use potline::sim::{LineSettings, Panel, PlantSettings, RoutineSettings, Section, SensorSettings, Setup};
use std::hint::black_box;

/// Cells of the line, and of a section.
pub const CELLS: u16 = 300;
const SECTION: u16 = 30;
/// Scan period, and the step of a section [s].
pub const PERIOD: f64 = 0.1;
const STEP: f64 = 1.0;
/// Noise of a sample, peak [V] and share of the current [1]: white, on top of what the simulated
/// transducers show.
const VOLTAGE_NOISE: f64 = 3e-3;
const CURRENT_NOISE: f64 = 3e-4;

pub struct Cells {
    sections: Vec<Section>,
    panels: Vec<Panel>,
    line: Line,
    controllers: Vec<PotController>,
    states: Vec<PotState>,
    readings: Vec<Reading>,
    ticks: Vec<Tick>,
    line_state: LineState,
    dice: Dice,
    scans: u64,
    /// Section that was taken further last.
    moved: usize,
    /// What each cell has asked for so far.
    asked: Vec<u32>,
}

/// Alumina by the truth of the plant [%].
pub struct Life {
    pub mean: f64,
    pub deviation: f64,
}

impl Cells {
    pub fn new(seed: u64) -> Result<Self, potline::Error> {
        let count = u64::from(CELLS / SECTION);
        let sections = (0..count).map(|n| Section::new(&setup(seed + n), STEP)).collect::<Result<_, _>>()?;
        let controller = Settings::default().build()?;
        let cells = usize::from(CELLS);
        Ok(Self {
            sections,
            panels: vec![Panel::default(); cells],
            line: line::LineSettings::default().build()?,
            states: (1..=CELLS).map(|cell| PotState::new(&controller, CellId(cell))).collect(),
            controllers: vec![controller; cells],
            readings: vec![Reading::default(); cells],
            ticks: vec![Tick::default(); cells],
            line_state: LineState::default(),
            dice: Dice::new(seed, 0),
            scans: 0,
            moved: 0,
            asked: vec![0; cells],
        })
    }

    /// One scan of all cells, whose work is timed, and a second of the life of some.
    pub fn cycle(&mut self, times: Option<&mut Times>) {
        self.sample();
        match times {
            Some(times) => times.work(|| self.work()),
            None => self.work(),
        }
        self.live();
        self.scans += 1;
    }

    fn now(&self) -> f64 {
        self.scans as f64 * PERIOD
    }

    /// What came from the PLCs since the last scan.
    fn sample(&mut self) {
        let now = self.now();
        let pots = self.sections.iter().flat_map(Section::pots);
        for ((reading, panel), pot) in self.readings.iter_mut().zip(&self.panels).zip(pots) {
            *reading = panel.read(pot);
            reading.time = now;
            reading.voltage += self.dice.between(-VOLTAGE_NOISE, VOLTAGE_NOISE);
            reading.current *= 1.0 + self.dice.between(-CURRENT_NOISE, CURRENT_NOISE);
        }
    }

    /// What the controllers do with it: this alone is timed.
    fn work(&mut self) {
        let now = self.now();
        let first = self.moved * usize::from(SECTION);
        let kept = self.controllers.iter().zip(&mut self.states).skip(first);
        let pots = self.sections.get(self.moved).map(Section::pots).unwrap_or_default();
        for (pot, (controller, state)) in pots.iter().zip(kept) {
            if pot.rods_are_new() {
                controller.rods(state, &pot.rod_currents());
            }
            if let Some(sample) = pot.lab() {
                controller.sample(state, &sample);
            }
        }
        let (readings, state) = (black_box(&self.readings), &mut self.line_state);
        self.line.tick(&self.controllers, &mut self.states, readings, &mut self.ticks, state, now, PERIOD);
        black_box(&self.ticks);
    }

    /// The commands reach the cells, and one section goes on.
    fn live(&mut self) {
        let pots = self.sections.iter_mut().flat_map(|section| {
            let now = section.now();
            section.pots_mut().iter_mut().map(move |pot| (now, pot))
        });
        let kept = self.ticks.iter().zip(&mut self.panels).zip(&mut self.asked);
        for (((tick, panel), asked), (now, pot)) in kept.zip(pots) {
            *asked += u32::from(tick.command.action != Action::None);
            panel.execute(now, &tick.command, pot);
        }
        self.moved = (self.moved + 1) % self.sections.len();
        if let Some(section) = self.sections.get_mut(self.moved) {
            section.advance();
        }
    }

    pub fn requests(&self) -> u64 {
        self.asked.iter().map(|&asked| u64::from(asked)).sum()
    }

    pub fn all_asked(&self) -> bool {
        self.asked.iter().all(|&asked| asked > 0)
    }

    pub fn life(&self) -> Life {
        let pots = self.sections.iter().flat_map(Section::pots);
        let alumina: Vec<f64> = pots.map(|pot| 100.0 * pot.truth().alumina).collect();
        let mean = alumina.iter().sum::<f64>() / alumina.len() as f64;
        let square = alumina.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / alumina.len() as f64;
        Life { mean, deviation: square.sqrt() }
    }
}

fn setup(seed: u64) -> Setup {
    Setup {
        cells: SECTION,
        hours: 24.0 * 365.0,
        seed,
        plant: PlantSettings::default(),
        sensors: SensorSettings::default(),
        line: LineSettings { cells_in_line: CELLS, ..LineSettings::default() },
        routine: RoutineSettings::default(),
        events: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scan_brings_new_samples_and_repeats_with_the_seed() {
        let mut cells = Cells::new(1).unwrap();
        let mut twin = Cells::new(1).unwrap();
        let mut before = vec![f64::NAN; usize::from(CELLS)];
        for _ in 0..300 {
            cells.cycle(None);
            twin.cycle(None);
            for (reading, before) in cells.readings.iter().zip(&mut before) {
                assert!(reading.voltage != *before, "a sample stands still");
                *before = reading.voltage;
            }
        }
        assert_eq!(cells.readings, twin.readings);
        assert!(cells.requests() > 0 && cells.asked == twin.asked);
    }
}

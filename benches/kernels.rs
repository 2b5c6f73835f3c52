//! The work that is timed (criterion) and counted (callgrind): the same code, so that the two speak of
//! the same thing.
#![allow(dead_code, unused_imports, reason = "each bench uses its own part")]

mod filter;

pub use filter::Filter;
use potline::cell::{Cell, Input, Output, State, pb500};
use potline::control::{LineView, PotController, PotState, Settings, Tick};
use potline::estimate::{DesignSettings, Ekf, EkfSettings, EkfState, Input as Seen};
use potline::image::{CellId, Link, Mode, Outcome, Quality, Reading, Reason, StatusBits};
use potline::line::{Line, LineSettings, LineState};
use potline::plc::{Layout, MAX_WORDS, RegisterMap, Snapshot, Words};
use potline::sim::batch::{Batch, LANES};
use potline::sim::reference::lundby2022::rk4_step;
use potline::trial::{Loop, Scenario};
use std::hint::black_box;

/// One second of one simulated cell, with noise, held at its operating point by one shot every 22 s,
/// zone after zone, and a beam that follows the metal.
pub struct CellStep {
    cell: Cell,
    state: State,
    second: usize,
}

impl CellStep {
    pub fn new() -> Self {
        let (params, start) = pb500();
        let cell = Cell::new(params).expect("the preset is valid");
        Self { state: cell.start(&start), cell, second: 0 }
    }

    pub fn once(&mut self) -> Output {
        let mut input = Input {
            current: 500e3,
            shot_size: 1.8,
            beam_travel: 1.1e-7,
            metal_tap: 0.0437,
            normal: [0.3, -0.2, 0.1, -0.4],
            ..Input::default()
        };
        if self.second.is_multiple_of(22) {
            input.shots[self.second / 22 % 6] = 1.8;
        }
        self.second += 1;
        self.cell.step(&mut self.state, black_box(&input), 1.0)
    }
}

/// One controller scan of one cell at 1 Hz, five-second and thirty-second work included.
pub struct ControlTick {
    controller: PotController,
    state: PotState,
    time: f64,
    random: u64,
}

impl ControlTick {
    pub fn new() -> Self {
        let controller = Settings::default().build().expect("defaults are valid");
        Self { state: PotState::new(&controller, CellId(1)), controller, time: 0.0, random: 1 }
    }

    pub fn once(&mut self) -> Tick {
        self.time += 1.0;
        self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let noise = (self.random >> 33) as f64 / (1u64 << 31) as f64 - 0.5;
        let reading = Reading {
            time: self.time,
            quality: Quality::Good,
            reason: Reason::None,
            voltage: 3.95 + 0.02 * noise,
            // A current that stands still is a dead transducer to the controller.
            current: 500e3 + 1e3 * noise,
            beam_position: 0.2,
            strokes: [(self.time / 131.0) as u16; 8],
            mode: Mode::Auto,
            status: StatusBits::REMOTE,
            link: Link { ready: true, last: Outcome::Done },
            ..Reading::default()
        };
        let line = LineView::alone(&reading);
        self.controller.tick(&mut self.state, &line, black_box(&reading), self.time, 1.0)
    }
}

/// One Runge–Kutta step of 10 s of the published eight-state model.
pub struct LundbyRk4 {
    x: [f64; 8],
}

impl LundbyRk4 {
    pub fn new() -> Self {
        Self { x: [3260.0, 470.93, 1726.74, 13500.0, 9900.0, 975.0, 816.0, 580.0] }
    }

    pub fn once(&mut self) -> [f64; 8] {
        self.x = rk4_step(&self.x, black_box(&[0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05]), 10.0);
        self.x
    }
}

/// One step of the alumina estimator, 30 s of feed and current with or without their resistance, on a cell
/// that is fed up and down about its consumption. Each begins where the filter has settled: one that sees
/// nothing for months, as a bench would make it, is nothing that runs.
pub struct EkfStep {
    ekf: Ekf,
    settled: EkfState,
    rate: f64,
    count: u32,
}

impl EkfStep {
    const LENGTH: f64 = 30.0;

    pub fn new() -> Self {
        let design = DesignSettings::default().build();
        let ekf = EkfSettings::default().build(&design);
        let rate = design.consumption(500e3);
        let mut kernel = Self { ekf, settled: EkfState::default(), rate, count: 0 };
        // By then every moment that the search for leaks follows has come.
        for _ in 0..1_000 {
            kernel.settled = kernel.step(true);
        }
        kernel
    }

    pub fn step(&mut self, measured: bool) -> EkfState {
        self.count += 1;
        let phase = self.count % 140;
        let swing = f64::from(phase.abs_diff(70)) / 70.0 - 0.5;
        let noise = f64::from(self.count * 7919 % 101) / 100.0 - 0.5;
        let seen = Seen {
            fed: self.rate * Self::LENGTH * if phase < 70 { 0.85 } else { 1.15 },
            current: 500e3,
            resistance: measured.then_some(4.6e-6 - 40e-9 * swing + 10e-9 * noise),
            noise: 4e-3,
            ..Seen::default()
        };
        let mut state = self.settled.clone();
        self.ekf.update(&mut state, black_box(&seen), Self::LENGTH);
        state
    }
}

/// One scan of a line of 300 cells.
pub struct LineTick {
    line: Line,
    controllers: Vec<PotController>,
    states: Vec<PotState>,
    readings: Vec<Reading>,
    ticks: Vec<Tick>,
    state: LineState,
    time: f64,
}

impl LineTick {
    const CELLS: u16 = 300;

    pub fn new() -> Self {
        let controller = Settings::default().build().expect("defaults are valid");
        let reading = Reading {
            quality: Quality::Good,
            reason: Reason::None,
            beam_position: 0.2,
            mode: Mode::Auto,
            status: StatusBits::REMOTE,
            link: Link { ready: true, last: Outcome::Done },
            ..Reading::default()
        };
        let cells = usize::from(Self::CELLS);
        Self {
            line: LineSettings::default().build().expect("defaults are valid"),
            states: (1..=Self::CELLS).map(|cell| PotState::new(&controller, CellId(cell))).collect(),
            controllers: vec![controller; cells],
            readings: vec![reading; cells],
            ticks: vec![Tick::default(); cells],
            state: LineState::default(),
            time: 0.0,
        }
    }

    pub fn once(&mut self) -> usize {
        self.time += 1.0;
        let (time, second) = (self.time, self.time as u32);
        for (cell, reading) in (0..).zip(&mut self.readings) {
            reading.time = time;
            reading.voltage = 3.95 + 1e-3 * f64::from((cell * 7 + second * 13) % 17);
            // A current that stands still is a dead transducer to the controller.
            reading.current = 500e3 + 100.0 * f64::from(second * 5 % 11);
            reading.strokes = [(time / 131.0) as u16; 8];
        }
        let readings = black_box(&self.readings);
        self.line.tick(
            &self.controllers,
            &mut self.states,
            readings,
            &mut self.ticks,
            &mut self.state,
            time,
            1.0,
        );
        black_box(&self.ticks).len()
    }
}

/// A reply of 100 registers to values, by the compiled map of the example pot controller.
pub struct MapDecode {
    layout: Layout,
    words: Words,
}

impl MapDecode {
    const REGISTERS: u16 = 100;

    pub fn new() -> Self {
        let mut map = RegisterMap::pot500().expect("the map ships");
        map.blocks[0].count = Self::REGISTERS;
        let layout = map.compile().expect("the map is sound");
        let mut words = [0; MAX_WORDS];
        let shown = Snapshot { voltage: 3.95, current: 500e3, mode: Some(Mode::Auto), ..Snapshot::default() };
        layout.publish(&mut words, &shown);
        Self { layout, words }
    }

    pub fn once(&mut self) -> Snapshot {
        // The scan counter, first and last.
        self.words[0] = self.words[0].wrapping_add(1);
        self.words[30] = self.words[0];
        self.layout.decode(black_box(&self.words[..usize::from(Self::REGISTERS)]))
    }
}

/// One scan of one cell in closed loop: plant, sensors, work of the crews, controller and record.
pub struct Trial(Loop);

impl Trial {
    pub fn new() -> Self {
        let scenario = Scenario { cells: 1, hours: 24.0, ..Scenario::default() };
        Self(Loop::new(&scenario, 1).expect("the scenario is valid"))
    }

    pub fn once(&mut self) -> bool {
        self.0.scan()
    }
}

/// The same step of one block of cells side by side.
pub struct LundbyBatch {
    batch: Batch,
}

impl LundbyBatch {
    pub fn new() -> Self {
        Self { batch: Batch::new(&[LundbyRk4::new().x; LANES]) }
    }

    pub fn once(&mut self) {
        let inputs = black_box([[0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05]; LANES]);
        self.batch.step(&inputs, 10.0).expect("one input for each cell");
    }
}

//! The work that is timed (criterion) and counted (callgrind): the same code, so that the two speak of
//! the same thing.
#![allow(dead_code, reason = "each bench uses its own part")]

use potline::cell::{Cell, Input, Output, State, pb500};
use potline::control::{LineView, PotController, PotState, Settings, Tick};
use potline::image::{CellId, Link, Mode, Outcome, Quality, Reading, Reason, StatusBits};
use potline::sim::batch::{Batch, LANES};
use potline::sim::reference::lundby2022::rk4_step;
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

//! The library's controllers with a tuner that works while they run.

use crate::control::{SetPoints, Tick};
use crate::error::Error;
use crate::image::Reading;
use crate::trial::{Keeper, Scenario, Slow, Stack};
use crate::tune::{Change, Online, TuneSettings};
use std::prelude::rust_2024::*;

/// A stack and its tuner. As a [`Keeper`] it is shown readings, never the plant.
pub struct Tuned {
    stack: Stack,
    tuner: Online,
}

impl Tuned {
    /// As the scenario sets the controllers.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn new(scenario: &Scenario, settings: TuneSettings) -> Result<Self, Error> {
        let stack = Stack::new(scenario)?;
        Ok(Self { stack, tuner: Online::new(settings, &scenario.settings(), scenario.cells.into()) })
    }

    /// With a tuner made elsewhere.
    #[must_use]
    pub fn with(stack: Stack, tuner: Online) -> Self {
        Self { stack, tuner }
    }

    /// What the tuner decided.
    #[must_use]
    pub fn log(&self) -> &[Change] {
        self.tuner.log()
    }

    /// The controllers.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.stack
    }
}

impl Keeper for Tuned {
    fn slow(&mut self, cell: usize, slow: &Slow) {
        self.stack.slow(cell, slow);
    }

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        self.stack.tick(readings, ticks, now, dt);
        let stack = &mut self.stack;
        self.tuner.scan(readings, ticks, dt, &mut |cell, points: &SetPoints| {
            // The space holds set-points where settings are lawful; what is not is not applied.
            let _ = stack.set(cell, points);
        });
    }
}

//! A voltage-saving programme: every cell of a section is trimmed by its own noise while a run goes on.

use super::{Meter, Step, Trim, TrimSettings};
use crate::consts::HOUR;
use crate::control::Tick;
use crate::image::Reading;
use std::prelude::rust_2024::*;

/// The programme of a section.
#[derive(Debug, Clone)]
pub struct Programme {
    settings: TrimSettings,
    cells: Vec<(Meter, Trim)>,
}

impl Programme {
    /// For so many cells.
    #[must_use]
    pub fn new(settings: TrimSettings, cells: usize) -> Self {
        Self { settings, cells: vec![Default::default(); cells] }
    }

    /// One scan; `retune` is told the cell, counted from 0, and the step to be made.
    pub fn tick(
        &mut self,
        readings: &[Reading],
        ticks: &[Tick],
        dt: f64,
        retune: &mut dyn FnMut(usize, &Step),
    ) {
        for (cell, ((meter, trim), (reading, tick))) in
            self.cells.iter_mut().zip(readings.iter().zip(ticks)).enumerate()
        {
            meter.add(reading, tick, dt);
            if meter.time() >= self.settings.every_h * HOUR
                && let Some(step) = self.settings.judge(trim, &meter.take())
            {
                retune(cell, &step);
            }
        }
    }
}

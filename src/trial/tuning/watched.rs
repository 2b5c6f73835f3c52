//! A keeper that also reads the meters: the measured figures of a simulated run.

use crate::control::Tick;
use crate::image::Reading;
use crate::trial::{Keeper, Slow};
use crate::tune::{Measured, Meter};
use std::prelude::rust_2024::*;

/// Any keeper, with a meter at every cell.
#[derive(Debug, Clone)]
pub struct Watched<K> {
    keeper: K,
    meters: Vec<Meter>,
}

impl<K> Watched<K> {
    /// `keeper` of so many cells.
    #[must_use]
    pub fn new(keeper: K, cells: usize) -> Self {
        Self { keeper, meters: vec![Meter::default(); cells] }
    }

    /// What every cell showed since the last call.
    pub fn take(&mut self) -> Vec<Measured> {
        self.meters.iter_mut().map(Meter::take).collect()
    }
}

impl<K: Keeper> Keeper for Watched<K> {
    fn slow(&mut self, cell: usize, slow: &Slow) {
        self.keeper.slow(cell, slow);
    }

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        self.keeper.tick(readings, ticks, now, dt);
        for (meter, (reading, tick)) in self.meters.iter_mut().zip(readings.iter().zip(ticks.iter())) {
            meter.add(reading, tick, dt);
        }
    }
}

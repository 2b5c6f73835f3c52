//! The daily report of each cell (槽日报), as pot-control systems of Chinese smelters keep it.
//!
//! The fields are those of the daily record of such a system as it stands in a plant's warehouse, 2025
//! (names seen, manual not); what a name left open is said beside the field. Everything comes from
//! readings, status, commands and events, that is from this side of the wall; what nobody measures is
//! missing, not guessed.

mod cell;
mod episode;
mod rank;
mod record;

pub use rank::{Ranked, Reason, rank};
pub use record::{COLUMNS, Column, DailyFile, DailyRecord, Kind, SCHEMA_VERSION, WrongVersion};

use crate::account::EffectRule;
use crate::image::{CellId, Command, EventKind, Reading, Status};
use cell::CellDay;
use std::prelude::rust_2024::*;

/// What the report has to know of a section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DailySettings {
    /// Line current that the set voltage is stated at \[A\].
    pub nominal_current: f64,
    /// Constant of the pseudo-resistance, 1.6–1.7 \[V\].
    pub extrapolated_voltage: f64,
    /// Nominal weight of a shot of alumina \[kg\].
    pub shot: f64,
    /// Weight of a stroke of the AlF3 feeder \[kg\]; no source, judgement.
    pub alf3_shot: f64,
    /// Normal band of the cell voltage \[V\].
    pub voltage_band: (f64, f64),
    /// Which excursions count as an anode effect.
    pub effect: EffectRule,
}

impl Default for DailySettings {
    fn default() -> Self {
        Self {
            nominal_current: 500e3,
            extrapolated_voltage: 1.65,
            shot: 1.8,
            alf3_shot: 1.0,
            voltage_band: (3.7, 4.4),
            effect: EffectRule::DAILY_REPORT,
        }
    }
}

/// One cell during `dt`.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Duration \[s\].
    pub dt: f64,
    /// What was measured; its time counts from midnight of the first day.
    pub reading: &'a Reading,
    /// What the controller thought.
    pub status: &'a Status,
    /// What it asked for.
    pub command: &'a Command,
    /// Metal made since the last look, where it is known \[kg\].
    pub metal: Option<f64>,
}

/// Keeps the daily report of every cell of a section.
#[derive(Debug, Clone)]
pub struct DayBook {
    settings: DailySettings,
    cells: Vec<CellDay>,
    records: Vec<DailyRecord>,
}

impl DayBook {
    /// An empty book for cells 1 to `cells`.
    #[must_use]
    pub fn new(cells: u16, settings: DailySettings) -> Self {
        Self {
            settings,
            cells: (1..=cells).map(|id| CellDay::new(CellId(id))).collect(),
            records: Vec::new(),
        }
    }

    /// One look at cell `index`, from 0, with what happened there. A look without a positive duration
    /// is left out.
    pub fn look(&mut self, index: usize, look: &Look<'_>, events: impl IntoIterator<Item = EventKind>) {
        let Some(cell) = self.cells.get_mut(index) else { return };
        if look.dt > 0.0 {
            self.records.extend(cell.look(&self.settings, look, events));
        }
    }

    /// Dressing of the crust (边加工), which no signal shows, at `now` \[s\].
    pub fn dressed(&mut self, index: usize, now: f64) {
        if let Some(cell) = self.cells.get_mut(index) {
            cell.dressed(now);
        }
    }

    /// Ends the book: every day of every cell, days in order and cells within them.
    #[must_use]
    pub fn finish(mut self) -> DailyFile {
        for cell in &mut self.cells {
            self.records.extend(cell.close(&self.settings));
        }
        self.records.sort_by_key(|record| (record.day, record.cell));
        for day in self.records.chunk_by_mut(|a, b| a.day == b.day) {
            let line = day.iter().map(|record| record.mean_voltage_v).sum::<Option<f64>>();
            day.iter_mut().for_each(|record| record.line_voltage_v = line);
        }
        DailyFile { schema_version: SCHEMA_VERSION, records: self.records }
    }
}

#[cfg(test)]
mod tests;

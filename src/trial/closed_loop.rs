//! The closed loop in one process: read, tick, execute, advance.

use super::keeper::{Keeper, Slow, Stack};
use super::pool::spread;
use super::record::Record;
use super::scenario::Scenario;
use crate::control::Tick;
use crate::error::Error;
use crate::image::Reading;
use crate::sim::{Panel, Section};
use std::prelude::rust_2024::*;

/// Length of a scan and of a plant step \[s\].
const SCAN: f64 = 1.0;

/// A running closed loop: a section, and who keeps its cells.
#[derive(Debug, Clone)]
pub struct Loop<K = Stack> {
    section: Section,
    panels: Vec<Panel>,
    keeper: K,
    readings: Vec<Reading>,
    ticks: Vec<Tick>,
    record: Record,
    scans: u64,
    length: u64,
}

/// What the last scan was for one cell.
#[derive(Debug, Clone, Copy)]
pub struct Scanned<'a> {
    /// What was measured.
    pub reading: &'a Reading,
    /// What its keeper thought and asked for.
    pub tick: &'a Tick,
    /// Metal that was really made \[kg\].
    pub metal: f64,
    /// Direct-current energy that was really spent \[J\].
    pub energy: f64,
    /// Duration \[s\].
    pub dt: f64,
}

/// One run to do: a scenario under one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Scenario.
    pub scenario: Scenario,
    /// Seed, in place of the scenario's own.
    pub seed: u64,
}

impl Loop {
    /// Builds plant and controllers.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, Error> {
        Self::kept_by(Stack::new(scenario)?, scenario, seed)
    }
}

impl<K: Keeper> Loop<K> {
    /// Builds the plant for this keeper.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn kept_by(keeper: K, scenario: &Scenario, seed: u64) -> Result<Self, Error> {
        let section = Section::new(&scenario.setup(seed), SCAN)?;
        let cells = usize::from(scenario.cells);
        Ok(Self {
            panels: vec![Panel::default(); cells],
            keeper,
            readings: vec![Reading::default(); cells],
            ticks: vec![Tick::default(); cells],
            record: Record::new(
                scenario.cells,
                scenario.hours,
                scenario.control.design.current_ka * 1e3,
                &scenario.record,
            ),
            scans: 0,
            length: (scenario.hours * 3_600.0 / SCAN) as u64,
            section,
        })
    }

    /// One scan of every cell; false when the run is over.
    pub fn scan(&mut self) -> bool {
        self.scan_after(|_, _| {})
    }

    /// One scan, before which `look` may show the section's truth to its keeper. Nobody outside this
    /// module can call it, so no strategy is ever shown any.
    pub(super) fn scan_after(&mut self, look: impl FnOnce(&mut K, &Section)) -> bool {
        if self.scans >= self.length {
            return false;
        }
        let now = self.section.now();
        for ((reading, panel), pot) in self.readings.iter_mut().zip(&self.panels).zip(self.section.pots()) {
            *reading = panel.read(pot);
        }
        for (cell, pot) in self.section.pots().iter().enumerate() {
            let slow = Slow { rods: pot.rods_are_new().then(|| pot.rod_currents()), sample: pot.lab() };
            self.keeper.slow(cell, &slow);
        }
        look(&mut self.keeper, &self.section);
        self.keeper.tick(&self.readings, &mut self.ticks, now, SCAN);
        for ((tick, panel), pot) in self.ticks.iter().zip(&mut self.panels).zip(self.section.pots_mut()) {
            panel.execute(now, &tick.command, pot);
        }
        let wanted = self.keeper.line_current(self.section.asked(), self.section.frequency());
        self.section.want(wanted);
        self.section.advance();
        let after = self.section.now();
        for (index, (tick, pot)) in self.ticks.iter().zip(self.section.pots()).enumerate() {
            self.record.step(
                index,
                (after, SCAN),
                &pot.truth(),
                &tick.status,
                &tick.command,
                tick.events.iter(),
            );
        }
        self.scans += 1;
        true
    }

    /// Leaves out traces and percentiles, which a benchmark does not look at.
    pub(super) fn untraced(mut self) -> Self {
        self.record.trace_nothing();
        self
    }

    /// Share of the run that is done \[1\].
    #[must_use]
    pub fn progress(&self) -> f64 {
        self.scans as f64 / (self.length.max(1)) as f64
    }

    /// Who keeps the cells.
    #[must_use]
    pub fn keeper(&self) -> &K {
        &self.keeper
    }

    /// Likewise, to be told something between two scans.
    pub fn keeper_mut(&mut self) -> &mut K {
        &mut self.keeper
    }

    /// Key figures and percentiles begin anew: what was so far was running in.
    pub fn score_from_here(&mut self) {
        self.record.score_from_here();
    }

    /// The last scan, cell by cell.
    pub fn scanned(&self) -> impl Iterator<Item = Scanned<'_>> {
        let scans = self.readings.iter().zip(&self.ticks).zip(self.section.pots());
        scans.map(|((reading, tick), pot)| {
            let truth = pot.truth();
            let energy = truth.voltage * truth.current * SCAN;
            Scanned { reading, tick, metal: truth.metal_made, energy, dt: SCAN }
        })
    }

    /// What has been recorded.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Ends the run.
    #[must_use]
    pub fn finish(self) -> Record {
        self.record
    }
}

/// Runs every job on `threads` threads and keeps the whole record of each.
///
/// # Errors
/// The first job that could not be built.
pub fn run_all(jobs: &[Job], threads: usize) -> Result<Vec<Record>, Error> {
    let records = run_each(jobs, threads, &|_| true, |record| record)?;
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// Runs every job on `threads` threads and keeps what `keep` makes of its record, with the job's place,
/// in the order of the jobs. The results do not depend on the number of threads. `watch` is shown the
/// share done and may end it by returning false; then only the runs finished so far are returned.
///
/// # Errors
/// A job that could not be built.
pub fn run_each<T: Send>(
    jobs: &[Job],
    threads: usize,
    watch: &(dyn Fn(f64) -> bool + Sync),
    keep: impl Fn(Record) -> T + Sync,
) -> Result<Vec<(usize, T)>, Error> {
    spread(jobs, threads, watch, |job, look| {
        let mut run = Loop::new(&job.scenario, job.seed)?;
        while run.scan() {
            if run.scans % 3_600 == 0 && !look(run.progress()) {
                return Ok(None);
            }
        }
        Ok(Some(keep(run.finish())))
    })
}

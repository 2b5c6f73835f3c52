//! What is kept of a run: KPIs by truth, thinned traces, percentiles, events.

use super::gates::{Gate, Gates};
use super::percentiles::Percentiles;
use super::row::{Folding, Row};
use super::settings::RecordSettings;
use super::trace::Trace;
use crate::account::{Basis, Energy, Kpi, KpiAccumulator, Limits, Sample};
use crate::consts::HOUR;
use crate::image::{Action, CellId, Command, Event, EventKind, Status};
use crate::sim::Truth;
use std::prelude::rust_2024::*;

/// An event, with the time of its cell.
pub type LoggedEvent = Event;

/// Everything kept of one cell.
#[derive(Debug, Clone)]
pub struct CellRecord {
    /// Which cell.
    pub cell: CellId,
    /// Its trace, one row per [`Record::interval`].
    pub rows: Vec<Row>,
    trace: Trace,
    /// The recording interval \[s\], the rows it has given, the one being made, and the one just made.
    interval: f64,
    recorded: f64,
    open: Folding,
    fresh: Option<Row>,
    percentiles: Percentiles,
    kpi: KpiAccumulator,
    gates: Gates,
    beam: Option<f64>,
}

/// Everything kept of a run.
#[derive(Debug, Clone)]
pub struct Record {
    /// The cells, in order.
    pub cells: Vec<CellRecord>,
    /// Events of all cells, in order of time.
    pub events: Vec<LoggedEvent>,
    nominal_current: f64,
    /// Traces and percentiles are kept.
    traced: bool,
}

impl Record {
    /// A record for `cells` cells over `hours`, so that nothing but the log of events is allocated
    /// during the run.
    #[must_use]
    pub fn new(cells: u16, hours: f64, nominal_current: f64, settings: &RecordSettings) -> Self {
        let interval = f64::from(settings.interval_s.max(1));
        let trace = Trace::new(cells);
        let rows = trace.most().min((hours * HOUR / interval) as usize + 2);
        let record = |index| CellRecord {
            cell: CellId(index + 1),
            rows: Vec::with_capacity(rows),
            trace: trace.clone(),
            interval,
            recorded: 0.0,
            open: Folding::default(),
            fresh: None,
            percentiles: Percentiles::default(),
            kpi: KpiAccumulator::new(Basis::Truth, Limits::default()),
            gates: Gates::default(),
            beam: None,
        };
        Self { cells: (0..cells).map(record).collect(), events: Vec::new(), nominal_current, traced: true }
    }

    /// One step of cell `index`: what was so, what the controller thought, what it asked, what it said.
    pub fn step(
        &mut self,
        index: usize,
        (now, dt): (f64, f64),
        truth: &Truth,
        status: &Status,
        command: &Command,
        events: impl Iterator<Item = EventKind>,
    ) {
        let Some(cell) = self.cells.get_mut(index) else { return };
        let mut alarms = 0;
        for kind in events {
            alarms += u32::from(matches!(kind, EventKind::Alarm(_)));
            self.events.push(Event { time: now, cell: cell.cell, kind });
        }
        cell.score((now, dt), truth, status, command, alarms, self.nominal_current);
        if self.traced {
            cell.record((now, dt), &Row::sample(now, truth, status));
        }
    }

    /// From now on only what a run is judged by is kept: key figures, gates, events.
    #[cfg(feature = "serde")]
    pub(super) fn trace_nothing(&mut self) {
        self.traced = false;
        self.cells.iter_mut().for_each(|cell| cell.rows = Vec::new());
    }

    /// The rows that the last step completed, before any thinning.
    pub fn fresh(&self) -> impl Iterator<Item = (CellId, &Row)> {
        self.cells.iter().filter_map(|cell| Some((cell.cell, cell.fresh.as_ref()?)))
    }

    /// The kept rows of all cells, in order of time and then of cells.
    pub fn rows(&self) -> impl Iterator<Item = (CellId, &Row)> {
        let longest = self.cells.iter().map(|cell| cell.rows.len()).max().unwrap_or(0);
        (0..longest).flat_map(|k| self.cells.iter().filter_map(move |c| Some((c.cell, c.rows.get(k)?))))
    }

    /// Length of one kept row \[s\]: the recording interval until there are too many rows, then twice
    /// that, and so on.
    #[must_use]
    pub fn interval(&self) -> f64 {
        self.cells.first().map_or(f64::NAN, |cell| cell.interval * f64::from(cell.trace.stride()))
    }

    /// Begins the key figures and percentiles anew: what was so far was running in. Traces, events and
    /// gates stay.
    pub fn score_from_here(&mut self) {
        for cell in &mut self.cells {
            cell.kpi = KpiAccumulator::new(Basis::Truth, Limits::default());
            cell.percentiles = Percentiles::default();
        }
    }

    /// KPIs of the section.
    #[must_use]
    pub fn kpi(&self) -> Kpi {
        let mut all = KpiAccumulator::new(Basis::Truth, Limits::default());
        for cell in &self.cells {
            all.merge(&cell.kpi);
        }
        all.finish(&Energy::default())
    }

    /// Percentiles of the section.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        let mut all = Percentiles::default();
        for cell in &self.cells {
            all.merge(&cell.percentiles);
        }
        all
    }
}

impl CellRecord {
    /// KPIs of this cell.
    #[must_use]
    pub fn kpi(&self) -> Kpi {
        self.kpi.finish(&Energy::default())
    }

    /// Safety rules and how often each was broken.
    pub fn gates(&self) -> impl Iterator<Item = (Gate, u32)> {
        self.gates.failures()
    }

    /// Percentiles of this cell.
    #[must_use]
    pub fn percentiles(&self) -> &Percentiles {
        &self.percentiles
    }

    fn score(
        &mut self,
        (_, dt): (f64, f64),
        truth: &Truth,
        status: &Status,
        command: &Command,
        alarms: u32,
        nominal_current: f64,
    ) {
        let failures = self.gates.step(truth, nominal_current, command, dt);
        let travel = self.beam.map_or(0.0, |before| (truth.beam - before).abs());
        self.beam = Some(truth.beam);
        self.kpi.add(&Sample {
            dt,
            current: truth.current,
            voltage: truth.voltage,
            metal: Some(truth.metal_made),
            alumina: Some(truth.alumina),
            alumina_estimate: status.alumina.is_finite().then_some((status.alumina, status.alumina_error)),
            bath_temperature: Some(truth.temperature),
            superheat: Some(truth.superheat),
            ledge: Some(truth.ledge),
            acd: Some(truth.acd),
            sludge: Some(truth.sludge),
            noise_low: Some(status.noise_low),
            effect: truth.effect,
            feed_rate: status.feed_rate,
            beam_travel: travel,
            beam_moved: matches!(command.action, Action::Beam { .. }),
            alarms,
            safety_gate_failures: failures,
        });
    }

    fn record(&mut self, (now, dt): (f64, f64), sample: &Row) {
        self.percentiles.add(sample, dt);
        self.open.add(sample);
        let over = now + 0.5 * dt >= (self.recorded + 1.0) * self.interval;
        self.fresh = if over { self.open.take() } else { None };
        if let Some(row) = &self.fresh {
            self.recorded += 1.0;
            self.trace.push(row, &mut self.rows);
        }
    }
}

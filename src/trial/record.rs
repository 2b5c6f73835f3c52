//! What is kept of a run: KPIs by truth, minute trends, events.

use super::gates::Gates;
use crate::account::{Basis, Energy, Kpi, KpiAccumulator, Limits, Sample};
use crate::image::{Action, CellId, Command, Event, EventKind, FeedPhase, Mode, Status};
use crate::sim::Truth;
use std::prelude::rust_2024::*;

/// Trends keep one row per this many seconds.
const ROW: f64 = 60.0;

/// One minute of one cell, in the units of the potroom. Unknown values are NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// End of the minute \[h\].
    pub time_h: f64,
    /// Mean line current \[kA\].
    pub current_ka: f64,
    /// Mean cell voltage \[V\].
    pub voltage_v: f64,
    /// Smallest cell voltage \[V\].
    pub voltage_min_v: f64,
    /// Largest cell voltage \[V\].
    pub voltage_max_v: f64,
    /// Pseudo-resistance \[µΩ\].
    pub resistance_uohm: f64,
    /// Target pseudo-resistance \[µΩ\].
    pub target_uohm: f64,
    /// Slope of the pseudo-resistance \[pΩ/s\].
    pub slope_pohm_s: f64,
    /// Dissolved alumina \[wt %\].
    pub alumina_pct: f64,
    /// Estimated alumina \[wt %\].
    pub alumina_estimate_pct: f64,
    /// Standard deviation of the estimate \[wt %\].
    pub alumina_sigma_pct: f64,
    /// Feed rate relative to consumption \[%\].
    pub feed_rate_pct: f64,
    /// Feed phase.
    pub phase: FeedPhase,
    /// Mode switch.
    pub mode: Mode,
    /// Bath temperature \[°C\].
    pub temperature_c: f64,
    /// Superheat \[K\].
    pub superheat_c: f64,
    /// Ledge \[mm\].
    pub ledge_mm: f64,
    /// Anode–cathode distance \[mm\].
    pub acd_mm: f64,
    /// Excess AlF3 \[wt %\].
    pub alf3_pct: f64,
    /// Sludge \[kg\].
    pub sludge_kg: f64,
    /// Low-frequency noise (摆动) \[mV\].
    pub noise_low_mv: f64,
    /// High-frequency noise (针振) \[mV\].
    pub noise_high_mv: f64,
    /// Metal height \[mm\].
    pub metal_mm: f64,
}

/// An event, with the time of its cell.
pub type LoggedEvent = Event;

/// Everything kept of one cell.
#[derive(Debug, Clone)]
pub struct CellRecord {
    /// Which cell.
    pub cell: CellId,
    /// Minute trends.
    pub rows: Vec<Row>,
    kpi: KpiAccumulator,
    gates: Gates,
    beam: Option<f64>,
    minute: Minute,
}

#[derive(Debug, Clone, Copy)]
struct Minute {
    n: f64,
    current: f64,
    voltage: f64,
    low: f64,
    high: f64,
}

impl Minute {
    const EMPTY: Self =
        Self { n: 0.0, current: 0.0, voltage: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY };
}

/// Everything kept of a run.
#[derive(Debug, Clone)]
pub struct Record {
    /// The cells, in order.
    pub cells: Vec<CellRecord>,
    /// Events of all cells, in order of time.
    pub events: Vec<LoggedEvent>,
    nominal_current: f64,
}

impl Record {
    /// A record for `cells` cells over `hours`, so that nothing is allocated during the run.
    #[must_use]
    pub fn new(cells: u16, hours: f64, nominal_current: f64) -> Self {
        let rows = (hours * 60.0) as usize + 2;
        let record = |index| CellRecord {
            cell: CellId(index + 1),
            rows: Vec::with_capacity(rows),
            kpi: KpiAccumulator::new(Basis::Truth, Limits::default()),
            gates: Gates::default(),
            beam: None,
            minute: Minute::EMPTY,
        };
        Self { cells: (0..cells).map(record).collect(), events: Vec::new(), nominal_current }
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
            alarms += u32::from(is_alarm(kind));
            self.events.push(Event { time: now, cell: cell.cell, kind });
        }
        cell.step((now, dt), truth, status, command, alarms, self.nominal_current);
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
}

/// Events that ask a person to do something.
fn is_alarm(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::WentStale
            | EventKind::EffectStarted
            | EventKind::EffectNeedsOperator
            | EventKind::FeederFault(_)
            | EventKind::BeamFault
            | EventKind::VoltageAlarm
            | EventKind::Unstable
            | EventKind::ModeTimeout
            | EventKind::NoSlopeResponse
            | EventKind::CurrentLost
            | EventKind::FeederGain
            | EventKind::HopperLow
            | EventKind::BreakerStuck
    )
}

impl CellRecord {
    /// KPIs of this cell.
    #[must_use]
    pub fn kpi(&self) -> Kpi {
        self.kpi.finish(&Energy::default())
    }

    fn step(
        &mut self,
        (now, dt): (f64, f64),
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
            bath_temperature: Some(truth.temperature),
            superheat: Some(truth.superheat),
            ledge: Some(truth.ledge),
            sludge: Some(truth.sludge),
            noise_low: Some(status.noise_low),
            effect: truth.effect,
            feed_rate: status.feed_rate,
            beam_travel: travel,
            beam_moved: matches!(command.action, Action::Beam { .. }),
            alarms,
            safety_gate_failures: failures,
        });
        let minute = &mut self.minute;
        minute.n += 1.0;
        minute.current += truth.current;
        minute.voltage += truth.voltage;
        minute.low = minute.low.min(truth.voltage);
        minute.high = minute.high.max(truth.voltage);
        let rows = self.rows.len() as f64;
        if now + 0.5 * dt >= (rows + 1.0) * ROW {
            let row = self.row(now, truth, status);
            self.rows.push(row);
            self.minute = Minute::EMPTY;
        }
    }

    fn row(&self, now: f64, truth: &Truth, status: &Status) -> Row {
        let Minute { n, current, voltage, low, high } = self.minute;
        Row {
            time_h: now / 3_600.0,
            current_ka: current / n / 1e3,
            voltage_v: voltage / n,
            voltage_min_v: low,
            voltage_max_v: high,
            resistance_uohm: status.resistance * 1e6,
            target_uohm: status.target * 1e6,
            slope_pohm_s: status.slope * 1e12,
            alumina_pct: truth.alumina * 100.0,
            alumina_estimate_pct: status.alumina * 100.0,
            alumina_sigma_pct: status.alumina_error * 100.0,
            feed_rate_pct: status.feed_rate * 100.0,
            phase: status.phase,
            mode: truth.mode,
            temperature_c: truth.temperature - 273.15,
            superheat_c: truth.superheat,
            ledge_mm: truth.ledge * 1e3,
            acd_mm: truth.acd * 1e3,
            alf3_pct: truth.alf3 * 100.0,
            sludge_kg: truth.sludge,
            noise_low_mv: status.noise_low * 1e3,
            noise_high_mv: status.noise_high * 1e3,
            metal_mm: truth.metal_height * 1e3,
        }
    }
}

//! The loop.

use super::clock::StampClock;
use super::config::Config;
use super::memory::{Memory, Note};
use super::stats::{Summary, Timing, merge_round_trips};
use super::tuning::Tuning;
use crate::control::{PotController, PotState, Tick};
use crate::image::{Command, Reading};
use crate::line::{Line, LineState};
use crate::plc::{Gateways, Health, Layout, LinkError, Outputs, PlcLink};
use core::ops::ControlFlow;
use std::prelude::rust_2024::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thiserror::Error;
use tokio::time::Instant;

/// Why the service could not start.
#[derive(Debug, Error)]
pub enum Fault {
    /// A setting is out of range; [`Config::problems`](crate::files::Validate::problems) lists all.
    #[error(transparent)]
    Settings(#[from] crate::Error),
    /// A link could not be made.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// What sets the rhythm of the scans.
pub enum Pace<'a> {
    /// One scan per period at absolute deadlines.
    Wall,
    /// As fast as the PLCs answer. The hook runs after the writes of a scan have ended; a simulation
    /// advances its plant there.
    Stepped(&'a mut dyn FnMut()),
}

/// One scan, as an observer sees it.
pub struct Scan<'a> {
    /// Number of the scan, from 0.
    pub number: u64,
    /// Line time \[s\].
    pub now: f64,
    /// Step in line time \[s\].
    pub dt: f64,
    /// Readings, in the order of the configuration.
    pub readings: &'a [Reading],
    /// Decisions.
    pub ticks: &'a [Tick],
    /// The links.
    pub links: &'a [PlcLink],
    /// What became of the controllers' memory since the last scan.
    pub notes: &'a [Note],
}

/// The real-time control service.
pub struct Service {
    links: Vec<PlcLink>,
    controllers: Vec<PotController>,
    states: Vec<PotState>,
    readings: Vec<Reading>,
    ticks: Vec<Tick>,
    line: Line,
    line_state: LineState,
    clock: StampClock,
    period: Duration,
    patience: Duration,
    heartbeat: u16,
    dry_run: bool,
    memory: Option<Memory>,
    tuning: Option<Tuning>,
    notes: Vec<Note>,
}

/// Where the heartbeat starts. A PLC that has not noticed a quick restart takes smaller numbers for
/// late blocks of the past, so the count goes on with the periods that the clock has seen.
fn first_heartbeat(period: Duration) -> u16 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |time| (time.as_micros() / period.as_micros().max(1)) as u16)
}

impl Service {
    /// Builds the controllers and starts one link per PLC in the current tokio runtime.
    ///
    /// # Errors
    /// [`Fault`], the first.
    pub fn start(config: &Config, layout: &Arc<Layout>) -> Result<Self, Fault> {
        let mut links = Vec::with_capacity(config.plc.len());
        let mut controllers = Vec::with_capacity(config.plc.len());
        let mut states = Vec::with_capacity(config.plc.len());
        // PLCs behind one address share its connection.
        let mut gateways = Gateways::new();
        for entry in &config.plc {
            let endpoint = entry.endpoint();
            let controller = config.settings_of(entry).build()?;
            states.push(PotState::new(&controller, endpoint.cell));
            controllers.push(controller);
            links.push(gateways.link(&endpoint, &config.link, Arc::clone(layout))?);
        }
        let cells = links.len();
        let mut notes = Vec::new();
        Ok(Self {
            memory: Memory::start(&config.service, &controllers, &states, &mut notes),
            tuning: Tuning::start(config),
            notes,
            links,
            controllers,
            states,
            readings: vec![Reading::default(); cells],
            ticks: vec![Tick::default(); cells],
            line: config.line_control.build()?,
            line_state: LineState::default(),
            clock: StampClock::new(cells, config.period_ms / 1e3),
            period: Duration::from_secs_f64(config.period_ms / 1e3),
            patience: Duration::from_millis(config.link.timeout_ms),
            heartbeat: first_heartbeat(Duration::from_secs_f64(config.period_ms / 1e3)),
            dry_run: false,
        })
    }

    /// Decides but writes nothing, neither a heartbeat nor its memory.
    pub fn set_dry_run(&mut self, on: bool) {
        self.dry_run = on;
    }

    /// The links.
    #[must_use]
    pub fn links(&self) -> &[PlcLink] {
        &self.links
    }

    /// Health of each link.
    pub fn health(&self) -> impl Iterator<Item = Health> + '_ {
        self.links.iter().map(PlcLink::health)
    }

    /// What became of the controllers' memory since the last scan, or at the end.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Waits until every PLC is connected, at most `timeout`; returns how many are not.
    pub async fn connect(&self, timeout: Duration) -> usize {
        let deadline = Instant::now() + timeout;
        loop {
            let missing = self.health().filter(|h| !h.connected).count();
            if missing == 0 || Instant::now() >= deadline {
                return missing;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Scans until `observe` breaks or `stop` is set; then hands the cells over to the PLCs' own
    /// fallback and returns.
    pub async fn run(
        &mut self,
        mut pace: Pace<'_>,
        stop: &AtomicBool,
        observe: &mut dyn FnMut(&Scan<'_>) -> ControlFlow<()>,
    ) -> Summary {
        let started = Instant::now();
        self.spread(&pace);
        let mut summary = Summary::default();
        let (mut tick_time, mut work_time, mut lateness) = (Timing::new(), Timing::new(), Timing::new());
        let mut due = started;
        loop {
            if let Pace::Wall = pace {
                tokio::time::sleep_until(due).await;
                lateness.record(Instant::now().saturating_duration_since(due));
            }
            if stop.load(Ordering::Relaxed) {
                summary.interrupted = true;
                break;
            }
            let begin = Instant::now();
            self.read(begin, &pace).await;
            self.resume();
            let dt = self.clock.advance(&self.readings);

            let before = Instant::now();
            self.line.tick(
                &self.controllers,
                &mut self.states,
                &self.readings,
                &mut self.ticks,
                &mut self.line_state,
                self.clock.now(),
                dt,
            );
            tick_time.record(before.elapsed());
            if let Some(tuning) = self.tuning.as_mut().filter(|_| !self.dry_run) {
                tuning.scan((&self.readings, &self.ticks), dt, &mut self.controllers, &mut self.notes);
            }
            self.heartbeat = self.heartbeat.wrapping_add(1);
            self.write();
            work_time.record(begin.elapsed());

            let scan = Scan {
                number: summary.scans,
                now: self.clock.now(),
                dt,
                readings: &self.readings,
                ticks: &self.ticks,
                links: &self.links,
                notes: &self.notes,
            };
            let verdict = observe(&scan);
            self.notes.clear();
            self.keep().await;
            summary.scans += 1;
            match &mut pace {
                Pace::Wall => {
                    due += self.period;
                    // A deadline that has passed already is skipped: bunched scans help nobody.
                    while due < Instant::now() {
                        due += self.period;
                        summary.late_scans += 1;
                    }
                }
                Pace::Stepped(advance) => {
                    self.settle().await;
                    advance();
                }
            }
            if verdict.is_break() {
                break;
            }
        }
        self.hand_over().await;
        if let Some(memory) = self.memory.as_mut().filter(|_| !self.dry_run) {
            let kept = (&self.controllers[..], &self.states[..], &self.line_state);
            memory.end(self.clock.now(), kept, &mut self.notes).await;
        }
        summary.line_time_s = self.clock.now();
        summary.wall_s = started.elapsed().as_secs_f64();
        summary.tick_us = tick_time.percentiles();
        summary.work_us = work_time.percentiles();
        summary.lateness_us = lateness.percentiles();
        summary.round_trip_us = merge_round_trips(self.links.iter().map(PlcLink::round_trips));
        for link in &self.links {
            summary.add_link(&link.health());
        }
        summary.stale = self.readings.iter().filter(|r| !r.usable()).count();
        summary
    }

    /// Requests of one scan start a millisecond apart, as long as a quarter of the period has room for
    /// them: 300 at once would wait for each other. A simulation that waits for its controller has
    /// nothing to spread.
    fn spread(&mut self, pace: &Pace<'_>) {
        let step = match pace {
            Pace::Wall => {
                let room = self.period / 4 / u32::try_from(self.links.len().max(1)).unwrap_or(u32::MAX);
                room.min(Duration::from_millis(1))
            }
            Pace::Stepped(_) => Duration::ZERO,
        };
        for (index, link) in (0..).zip(&mut self.links) {
            link.set_phase(step * index);
        }
    }

    /// Asks every PLC and waits for all of them with one deadline.
    async fn read(&mut self, begin: Instant, pace: &Pace<'_>) {
        // A scan may spend half its period waiting for data; the rest is for deciding and writing.
        let wait = match pace {
            Pace::Wall => self.patience.min(self.period / 2),
            Pace::Stepped(_) => self.patience,
        };
        let expected = self.clock.now() + self.period.as_secs_f64();
        for link in &mut self.links {
            link.start_read(expected);
        }
        for (link, reading) in self.links.iter_mut().zip(&mut self.readings) {
            *reading = link.finish_read(begin + wait).await;
        }
    }

    /// Cells whose first sample is here take their memory up, and line time goes on from it.
    fn resume(&mut self) {
        let Some(memory) = &mut self.memory else { return };
        let now = self.clock.now();
        let resumed = memory.resume(now, &self.readings, &mut self.states, &mut self.notes);
        let Some(resumed) = resumed else { return };
        self.line_state = resumed.line.unwrap_or_else(|| self.line_state.clone());
        // The step to this scan is still to be taken.
        self.clock.skip_to(resumed.now - self.period.as_secs_f64());
    }

    async fn keep(&mut self) {
        let Some(memory) = self.memory.as_mut().filter(|_| !self.dry_run) else { return };
        let seen = (&self.readings[..], &self.ticks[..]);
        let kept = (&self.controllers[..], &self.states[..], &self.line_state);
        memory.keep(self.clock.now(), seen, kept, &mut self.notes).await;
    }

    /// Starts the write of every cell: heartbeat and command in one request.
    fn write(&mut self) {
        if self.dry_run {
            return;
        }
        for (link, tick) in self.links.iter_mut().zip(&self.ticks) {
            let outputs = Outputs { heartbeat: self.heartbeat, command: tick.command };
            // What could not be sent shows in the link state of the next reading; nothing is retried.
            let _ = link.start_write(&outputs);
        }
    }

    /// Waits until the writes of this scan have ended.
    async fn settle(&mut self) {
        let deadline = Instant::now() + self.patience;
        for link in &mut self.links {
            link.finish_write(deadline).await;
        }
    }

    /// Last words: no request, the base interval for the PLCs' own feeding. Their watchdogs do the rest.
    async fn hand_over(&mut self) {
        self.settle().await;
        for tick in &mut self.ticks {
            tick.command = Command { action: crate::image::Action::None, ..tick.command };
        }
        // A PLC does not look at a block whose heartbeat it has seen.
        self.heartbeat = self.heartbeat.wrapping_add(1);
        self.write();
        self.settle().await;
    }
}

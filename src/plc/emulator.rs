//! An emulated pot controller: registers on one side, transducers and solenoids on the other.
//!
//! It owns every pulse length, checks range, mode, interlocks and rate of each command, executes a
//! sequence number once, and looks after the cell alone when the controller falls silent. It has no
//! clock and no sockets: the caller scans it, [`Bank`](super::Bank) puts it on the network.
//!
//! A feed is acknowledged as done in the scan after its pulses have begun: from then on nothing but
//! the PLC decides about them, and a 3 s stroke does not hold up the next command. The busy bit
//! shows the pulse itself. A beam move is acknowledged as done when the motor has stopped.

use super::handshake::{Ack, AckResult, RejectCode};
use super::layout::{CommandBlock, Layout, MAX_WORDS, Snapshot, Words};
use super::map::RegisterKind;
use super::plan::Span;
use super::pulse::{OnTimeLimit, Pulse};
use super::rules::{PlcSettings, Rules};
use super::server::Refusal;
use crate::image::{Action, BeamDrive, CellId, Drive, FeederSet, Field, MAX_FEEDERS, Mode, StatusBits};
use std::prelude::rust_2024::*;
use std::sync::Arc;

/// The beam motor and the command it serves.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Beam {
    pulse: Pulse,
    limit: OnTimeLimit,
    direction: BeamDrive,
    /// Command that moves it.
    seq: u16,
    /// PLC time of the last start \[s\].
    started: Option<f64>,
}

/// One emulated PLC with its six to eight feeders and its beam motor.
#[derive(Debug, Clone)]
pub struct PotPlc {
    cell: CellId,
    layout: Arc<Layout>,
    rules: Rules,
    read: Words,
    write: Words,
    clock: f64,
    scan: u16,
    feeders: [(Pulse, OnTimeLimit); MAX_FEEDERS],
    beam: Beam,
    /// Feed command whose pulses have not all begun.
    starting: Option<FeederSet>,
    ack: Ack,
    /// Heartbeat of the newest block of the controller.
    heartbeat: Option<u16>,
    /// Heartbeat and soundness of the block looked at last.
    seen: Option<(u16, bool)>,
    silence: f64,
    comms_lost: bool,
    fallback_interval: f64,
    fallback_timer: f64,
    fallback_next: usize,
    dropped: u16,
    executed: u64,
}

impl PotPlc {
    /// A PLC just switched on.
    ///
    /// # Errors
    /// Every problem of the settings at once.
    pub fn new(
        cell: CellId,
        layout: Arc<Layout>,
        settings: &PlcSettings,
    ) -> Result<Self, Vec<super::Problem>> {
        Ok(Self::cold(cell, layout, settings.build()?))
    }

    fn cold(cell: CellId, layout: Arc<Layout>, rules: Rules) -> Self {
        let mut plc = Self {
            cell,
            layout,
            rules,
            read: [0; MAX_WORDS],
            write: [0; MAX_WORDS],
            clock: 0.0,
            scan: 0,
            feeders: Default::default(),
            beam: Beam::default(),
            starting: None,
            ack: Ack::default(),
            heartbeat: None,
            // What empty registers look like.
            seen: Some((0, false)),
            silence: 0.0,
            comms_lost: false,
            fallback_interval: rules.fallback_interval,
            fallback_timer: 0.0,
            fallback_next: 0,
            dropped: 0,
            executed: 0,
        };
        plc.publish(&Field::default(), StatusBits::default());
        plc
    }

    /// The same PLC after a power cut: outputs off, registers and memory gone.
    pub fn restart(&mut self) {
        let executed = self.executed;
        *self = Self::cold(self.cell, Arc::clone(&self.layout), self.rules);
        self.executed = executed;
    }

    /// Cell it belongs to.
    #[must_use]
    pub fn cell(&self) -> CellId {
        self.cell
    }

    /// Commands executed since it was built, restarts included. For tests and demonstrations.
    #[must_use]
    pub fn executed(&self) -> u64 {
        self.executed
    }

    /// True while the controller is taken for lost.
    #[must_use]
    pub fn comms_lost(&self) -> bool {
        self.comms_lost
    }

    /// Registers for a read request; within what one request of the map fetches.
    ///
    /// # Errors
    /// The exception to answer with.
    pub fn read(&self, kind: RegisterKind, start: u16, count: u16) -> Result<&[u16], Refusal> {
        if count == 0 || usize::from(count) > MAX_WORDS {
            return Err(Refusal::Value);
        }
        let layout = &self.layout;
        let last = start.checked_add(count - 1).ok_or(Refusal::Address)?;
        let within = |span: &Span, words: &'_ Words| {
            let (first, last) = (span.offset_of(kind, start)?, span.offset_of(kind, last)?);
            (last < words.len()).then_some(first..=last)
        };
        if let Some(range) = layout.reads.iter().find_map(|span| within(span, &self.read)) {
            return Ok(&self.read[range]);
        }
        let command =
            Span { kind: RegisterKind::Holding, start: layout.write_start, count: layout.write_count, at: 0 };
        let range = within(&command, &self.write).ok_or(Refusal::Address)?;
        Ok(&self.write[range])
    }

    /// Stores the registers of a write request; they are looked at in the next scan. True when the
    /// controller's heartbeat moved.
    ///
    /// # Errors
    /// The exception to answer with; nothing is stored then.
    pub fn write(&mut self, start: u16, values: &[u16]) -> Result<bool, Refusal> {
        if values.is_empty() || values.len() > 123 {
            return Err(Refusal::Value);
        }
        let offset = start.checked_sub(self.layout.write_start).ok_or(Refusal::Address)?;
        let offset = usize::from(offset);
        let end = offset + values.len();
        if end > usize::from(self.layout.write_count) {
            return Err(Refusal::Address);
        }
        let before = self.layout.command(&self.write).heartbeat;
        self.write[offset..end].copy_from_slice(values);
        Ok(self.layout.command(&self.write).heartbeat != before)
    }

    /// One scan of the PLC program, every `dt` \[s\] (0.1 s in service): inputs, commands, interlocks,
    /// outputs, registers. `field.time` is the time stamp shown to the controller.
    pub fn scan(&mut self, dt: f64, field: &Field) -> Drive {
        self.clock += dt;
        self.scan = self.scan.wrapping_add(1);
        self.advance(dt);
        self.listen(dt, field);
        self.interlock(field);
        self.fall_back(dt, field);
        let drive = self.outputs(dt);
        self.publish(field, self.status(field, drive));
        drive
    }

    /// Timers.
    fn advance(&mut self, dt: f64) {
        if let Some(set) = self.starting
            && !self.each(set).any(|(pulse, _)| pulse.queued())
        {
            // Every pulse of the set was on for a whole scan: begun, and confirmed.
            self.starting = None;
            self.ack.result = AckResult::Done as u16;
        }
        for (pulse, _) in &mut self.feeders {
            pulse.step(dt);
        }
        if self.beam.pulse.step(dt) {
            self.beam_done(RejectCode::None);
        }
    }

    fn each(&self, set: FeederSet) -> impl Iterator<Item = &(Pulse, OnTimeLimit)> {
        self.feeders.iter().enumerate().filter(move |(index, _)| set.contains(*index)).map(|(_, f)| f)
    }

    fn beam_done(&mut self, code: RejectCode) {
        // A later command may have been refused meanwhile; its answer stands.
        if self.ack.seq == self.beam.seq && self.ack.result == AckResult::Accepted as u16 {
            self.ack.result = AckResult::Done as u16;
            self.ack.code = code as u16;
        }
    }

    /// Watchdog and command intake.
    fn listen(&mut self, dt: f64, field: &Field) {
        self.silence += dt;
        let block = self.layout.command(&self.write);
        if self.seen != Some((block.heartbeat, block.sound)) {
            self.seen = Some((block.heartbeat, block.sound));
            // An unsound block may be half a write: its other half is news once it is there.
            if block.sound {
                self.hear(&block, field);
            } else {
                self.dropped = self.dropped.wrapping_add(1);
            }
        }
        if self.silence + 1e-9 >= self.rules.watchdog && !self.comms_lost {
            self.comms_lost = true;
            self.fallback_timer = 0.0;
            self.stop_beam(RejectCode::CommsLost);
            self.stop_feeders(RejectCode::CommsLost);
        }
    }

    /// A whole block with a heartbeat not looked at before.
    fn hear(&mut self, block: &CommandBlock, field: &Field) {
        let command = block.seq != 0 && block.seq != self.ack.seq;
        if block.cell != self.cell {
            if command {
                self.answer(block.seq, Err(RejectCode::WrongCell));
            }
            return;
        }
        // The first block after a start or a loss only sets the scene.
        let known = self.heartbeat.filter(|_| !self.comms_lost);
        if known.is_some_and(|last| block.heartbeat.wrapping_sub(last) > 0x7FFF) {
            // Held up on its way: whatever it asks for belongs to the past, and it proves no life.
            self.dropped = self.dropped.wrapping_add(1);
            return;
        }
        self.heartbeat = Some(block.heartbeat);
        self.silence = 0.0;
        self.comms_lost = false;
        if block.fallback_interval.is_finite() {
            self.fallback_interval = block.fallback_interval;
        }
        if known.is_some_and(|last| last != block.heartbeat) && command {
            self.take(block, field);
        }
    }

    fn take(&mut self, block: &CommandBlock, field: &Field) {
        let verdict = match block.action {
            Some(Action::Feed { feeders }) => self.take_feed(feeders, field),
            Some(Action::Beam { travel }) => self.take_beam(travel, field, block.seq),
            Some(Action::None) | None => Err(RejectCode::Unknown),
        };
        self.answer(block.seq, verdict);
    }

    fn answer(&mut self, seq: u16, verdict: Result<(), RejectCode>) {
        let (result, code) = match verdict {
            Ok(()) => (AckResult::Accepted, RejectCode::None),
            Err(RejectCode::Busy) => (AckResult::Busy, RejectCode::Busy),
            Err(code) => (AckResult::Rejected, code),
        };
        if verdict.is_ok() {
            self.executed += 1;
        } else {
            // The echo now speaks of another command than the one that may be starting.
            self.starting = None;
        }
        self.ack = Ack { seq, result: result as u16, code: code as u16 };
    }

    fn take_feed(&mut self, set: FeederSet, field: &Field) -> Result<(), RejectCode> {
        if set.is_empty() || !set.without(FeederSet::first(self.rules.feeders)).is_empty() {
            return Err(RejectCode::Range);
        }
        if field.emergency_stop {
            return Err(RejectCode::Interlock);
        }
        if !may_feed(field.mode) {
            return Err(RejectCode::Mode);
        }
        if self.beam.pulse.busy() || self.each(set).any(|(pulse, _)| pulse.busy()) {
            return Err(RejectCode::Busy);
        }
        for (index, (pulse, _)) in self.feeders.iter_mut().enumerate() {
            if set.contains(index) {
                pulse.start(self.rules.feed_pulse);
            }
        }
        self.starting = Some(set);
        Ok(())
    }

    fn take_beam(&mut self, travel: f64, field: &Field, seq: u16) -> Result<(), RejectCode> {
        let size = travel.abs();
        if !(size >= self.rules.beam_min_travel && size <= self.rules.beam_max_travel * (1.0 + 1e-9)) {
            return Err(RejectCode::Range);
        }
        let direction = if travel > 0.0 { BeamDrive::Up } else { BeamDrive::Down };
        if let Some(code) = self.rules.forbids(direction, field) {
            return Err(code);
        }
        if self.beam.pulse.busy() {
            return Err(RejectCode::Busy);
        }
        let pause = self.rules.beam_pause(field);
        if self.beam.started.is_some_and(|started| self.clock - started < pause - 1e-6) {
            return Err(RejectCode::TooSoon);
        }
        self.beam.direction = direction;
        self.beam.seq = seq;
        self.beam.started = Some(self.clock);
        self.beam.pulse.start(size / self.rules.beam_speed);
        Ok(())
    }

    fn stop_beam(&mut self, code: RejectCode) {
        if self.beam.pulse.busy() {
            self.beam.pulse.stop();
            self.beam_done(code);
        }
    }

    /// Conditions that end what is running.
    fn interlock(&mut self, field: &Field) {
        if self.beam.pulse.busy()
            && let Some(code) = self.rules.forbids(self.beam.direction, field)
        {
            self.stop_beam(code);
        }
        if field.emergency_stop {
            self.stop_feeders(RejectCode::Interlock);
        } else if !may_feed(field.mode) {
            self.stop_feeders(RejectCode::Mode);
        }
    }

    fn stop_feeders(&mut self, code: RejectCode) {
        for (pulse, _) in &mut self.feeders {
            pulse.stop();
        }
        if self.starting.take().is_some() {
            // Some feeder of the set may have dumped: it is over, with the reason, but not refused.
            self.ack.result = AckResult::Done as u16;
            self.ack.code = code as u16;
        }
    }

    /// Local base feed while the controller is lost: one feeder at a time, in turn.
    fn fall_back(&mut self, dt: f64, field: &Field) {
        let feed = self.comms_lost
            && may_feed(field.mode)
            && !field.emergency_stop
            && field.current >= self.rules.low_current;
        if !feed {
            return;
        }
        self.fallback_timer += dt;
        if self.fallback_timer + 1e-9 >= self.fallback_interval {
            self.fallback_timer = 0.0;
            if let Some((pulse, _)) = self.feeders.get_mut(self.fallback_next) {
                pulse.start(self.rules.feed_pulse);
            }
            self.fallback_next = (self.fallback_next + 1) % self.rules.feeders;
        }
    }

    /// The last stage before the solenoids: the hard on-time limits.
    fn outputs(&mut self, dt: f64) -> Drive {
        let mut drive = Drive::default();
        for (index, (pulse, limit)) in self.feeders.iter_mut().enumerate() {
            if limit.pass(pulse.on(), dt, self.rules.feed_max_on) {
                drive.feeders = drive.feeders.union(FeederSet::single(index));
            } else if pulse.on() {
                pulse.stop();
            }
        }
        let moving = self.beam.pulse.on();
        if self.beam.limit.pass(moving, dt, self.rules.beam_max_on) {
            drive.beam = self.beam.direction;
        } else if moving {
            self.stop_beam(RejectCode::OnTime);
        }
        drive
    }

    fn status(&self, field: &Field, drive: Drive) -> StatusBits {
        let mut status = StatusBits::default();
        status.set(StatusBits::REMOTE, may_feed(field.mode) && !field.emergency_stop);
        status.set(StatusBits::EMERGENCY_STOP, field.emergency_stop);
        status.set(StatusBits::FEED_BUSY, !drive.feeders.is_empty());
        status.set(StatusBits::BEAM_BUSY, drive.beam != BeamDrive::Hold);
        status.set(StatusBits::HOPPER_LOW, field.hopper_low);
        status.set(StatusBits::COMMS_LOST, self.comms_lost);
        status.set(StatusBits::BEAM_LOW_LIMIT, field.beam_position <= self.rules.beam_low_limit);
        status.set(StatusBits::BEAM_HIGH_LIMIT, field.beam_position >= self.rules.beam_high_limit);
        status
    }

    fn publish(&mut self, field: &Field, status: StatusBits) {
        let shown = Snapshot {
            scan: self.scan,
            torn: false,
            map_version: self.layout.plc_version,
            tests_ok: true,
            heartbeat: self.scan,
            // Saturates only below zero; the wrap every 49.7 days is intended.
            stamp_ms: (field.time * 1e3).round() as u64 as u32,
            mode: Some(field.mode),
            status,
            voltage: field.voltage,
            current: field.current,
            bath_temperature: field.bath_temperature,
            beam_position: field.beam_position,
            strokes: field.strokes,
            ack: self.ack,
            dropped: self.dropped,
            implausible: false,
            suspect: false,
        };
        self.layout.publish(&mut self.read, &shown);
    }
}

/// Modes in which feeders may be driven remotely.
fn may_feed(mode: Mode) -> bool {
    !matches!(mode, Mode::Off | Mode::Manual)
}

//! One cell, from midnight to midnight.

use super::episode::{Episode, Tally};
use super::{DailyRecord, DailySettings, Look};
use crate::consts::{DAY, HOUR};
use crate::image::{Action, CellId, EventKind, FeedPhase, Flags, MAX_FEEDERS, Mode};
use std::prelude::rust_2024::*;

/// Rise of the beam under hand control that is a raising and no correction \[m\]; judgement: corrections
/// are millimetres, raisings decimetres.
const RAISED: f64 = 0.05;

/// A mean over the time in which it is known.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    time: f64,
}

impl Mean {
    fn add(&mut self, value: f64, dt: f64) {
        if value.is_finite() {
            self.sum += value * dt;
            self.time += dt;
        }
    }

    fn of(&self) -> Option<f64> {
        (self.time > 0.0).then(|| self.sum / self.time)
    }
}

/// When work was done last \[s\].
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    tap: Option<f64>,
    change: Option<f64>,
    dress: Option<f64>,
    raise: Option<f64>,
    effect: Option<f64>,
    /// Between the last two effects \[s\].
    between_effects: Option<f64>,
}

/// Sums of the day.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    time: f64,
    set_voltage: Mean,
    voltage: Mean,
    working: Mean,
    current: Mean,
    power: Mean,
    resistance: Mean,
    noise_high: Mean,
    noise_low: Mean,
    base_interval: Mean,
    alf3: f64,
    feeds: u32,
    under: u32,
    over: u32,
    lowered: f64,
    abnormal: f64,
    swing: f64,
    manual: f64,
    lost: f64,
    no_slope: u32,
    metal: Option<f64>,
    tally: Tally,
}

/// The day of a cell under way.
#[derive(Debug, Clone)]
pub(super) struct CellDay {
    cell: CellId,
    /// From 1; 0 before the first look.
    day: u32,
    sums: Sums,
    work: Work,
    episode: Episode,
    strokes: Option<[u16; MAX_FEEDERS]>,
    beam: f64,
    /// Since when it is under hand control, and where its beam stood then.
    hand: Option<(f64, f64)>,
    end: f64,
}

impl CellDay {
    pub fn new(cell: CellId) -> Self {
        Self {
            cell,
            day: 0,
            sums: Sums::default(),
            work: Work::default(),
            episode: Episode::default(),
            strokes: None,
            beam: f64::NAN,
            hand: None,
            end: 0.0,
        }
    }

    /// Adds a look; returns the record of the day before when this one begins another.
    pub fn look(
        &mut self,
        settings: &DailySettings,
        look: &Look<'_>,
        events: impl IntoIterator<Item = EventKind>,
    ) -> Option<DailyRecord> {
        let now = look.reading.time;
        let day = (now / DAY).max(0.0) as u32 + 1;
        let before = if day == self.day { None } else { self.record(settings) };
        self.day = day;
        self.end = now + look.dt;
        self.measure(settings, look);
        self.work(look);
        for event in events {
            match event {
                EventKind::ModeChanged(Mode::Tapping) => self.work.tap = Some(now),
                EventKind::ModeChanged(Mode::AnodeChange) => self.work.change = Some(now),
                EventKind::NoSlopeResponse => self.sums.no_slope += 1,
                _ => {}
            }
        }
        before
    }

    pub fn dressed(&mut self, now: f64) {
        self.work.dress = Some(now);
    }

    /// Ends the last day, and an excursion that still lasts with it.
    pub fn close(&mut self, settings: &DailySettings) -> Option<DailyRecord> {
        self.episode.end(&settings.effect, &mut self.sums.tally);
        self.record(settings)
    }

    fn measure(&mut self, settings: &DailySettings, look: &Look<'_>) {
        let Look { dt, reading, status, command, metal } = *look;
        let sums = &mut self.sums;
        sums.time += dt;
        if let Some(metal) = metal.filter(|metal| metal.is_finite()) {
            sums.metal = Some(sums.metal.unwrap_or(0.0) + metal);
        }
        let minutes = |holds: bool| if holds { dt } else { 0.0 };
        sums.abnormal += minutes(status.flags.has(Flags::VOLTAGE));
        sums.swing += minutes(status.flags.has(Flags::UNSTABLE));
        sums.manual += minutes(matches!(reading.mode, Mode::Manual | Mode::Off));
        if !reading.usable() {
            sums.lost += dt;
            return;
        }
        let (voltage, current) = (reading.voltage, reading.current);
        let at = (reading.time, dt);
        let began = self.episode.step(&settings.effect, at, (voltage, current), &mut sums.tally);
        if let Some(began) = began {
            self.work.between_effects = self.work.effect.map(|last| began - last);
            self.work.effect = Some(began);
        }
        sums.voltage.add(voltage, dt);
        sums.current.add(current, dt);
        sums.power.add(voltage * current, dt);
        sums.noise_high.add(status.noise_high, dt);
        sums.noise_low.add(status.noise_low, dt);
        if !self.episode.burns() {
            sums.working.add(voltage, dt);
            sums.resistance.add(status.resistance, dt);
        }
        let set = status.target * settings.nominal_current + settings.extrapolated_voltage;
        sums.set_voltage.add(set, dt);
        sums.base_interval.add(command.fallback_interval, dt);
        sums.alf3 += if status.alf3_dose.is_finite() { status.alf3_dose * dt } else { 0.0 };
        self.beam = reading.beam_position;
    }

    /// Strokes and moves.
    fn work(&mut self, look: &Look<'_>) {
        let Look { reading, status, command, .. } = *look;
        if !reading.usable() {
            return;
        }
        if let Some(before) = self.strokes {
            let strokes =
                before.iter().zip(reading.strokes).map(|(old, new)| u32::from(new.wrapping_sub(*old)));
            let strokes: u32 = strokes.sum();
            self.sums.feeds += strokes;
            match status.phase {
                FeedPhase::Under | FeedPhase::Track => self.sums.under += strokes,
                FeedPhase::Over | FeedPhase::Fast => self.sums.over += strokes,
                _ => {}
            }
        }
        self.strokes = Some(reading.strokes);
        if let Action::Beam { travel } = command.action {
            self.sums.lowered += (-travel).max(0.0);
        }
        if reading.mode == Mode::Manual {
            let (since, from) = *self.hand.get_or_insert((reading.time, reading.beam_position));
            if reading.beam_position - from >= RAISED {
                self.work.raise = Some(since);
            }
        } else {
            self.hand = None;
        }
    }

    /// The record of the day, if there was one; begins the next.
    fn record(&mut self, settings: &DailySettings) -> Option<DailyRecord> {
        if self.day == 0 || self.sums.time == 0.0 {
            return None;
        }
        let sums = core::mem::take(&mut self.sums);
        let (start, work, tally) = (f64::from(self.day - 1) * DAY, self.work, sums.tally);
        let clock = |at: Option<f64>| at.filter(|at| *at >= start).map(|at| (at - start) / HOUR);
        let since = |at: Option<f64>| at.map(|at| (self.end - at) / HOUR);
        let count = |count: u32| Some(f64::from(count));
        let of_effects = |sum: f64, over: f64| (tally.counted > 0).then(|| sum / over);
        // Where readings were lost, the mean power of the rest stands in, as in the key figures.
        let energy = sums.power.of().map(|power| power * sums.time / 3.6e6);
        Some(DailyRecord {
            day: self.day,
            cell: self.cell.0,
            hours: Some(sums.time / HOUR),
            set_voltage_v: sums.set_voltage.of(),
            mean_voltage_v: sums.voltage.of(),
            working_voltage_v: sums.working.of(),
            current_ka: sums.current.of().map(|current| current / 1e3),
            resistance_uohm: sums.resistance.of().map(|resistance| resistance * 1e6),
            noise_high_mv: sums.noise_high.of().map(|noise| noise * 1e3),
            noise_low_mv: sums.noise_low.of().map(|noise| noise * 1e3),
            energy_kwh: energy,
            feeds: count(sums.feeds),
            feed_kg: Some(f64::from(sums.feeds) * settings.shot),
            tap_time_h: clock(work.tap),
            change_time_h: clock(work.change),
            dress_time_h: clock(work.dress),
            raise_time_h: clock(work.raise),
            since_effect_h: since(work.effect),
            since_change_h: since(work.change),
            since_tap_h: since(work.tap),
            since_dress_h: since(work.dress),
            alf3_doses: Some((sums.alf3 / settings.alf3_shot).round()),
            resistivity: None,
            base_interval_s: sums.base_interval.of(),
            lowered_mm: Some(sums.lowered * 1e3),
            effect_wait_set_h: None,
            effect_wait_h: clock(work.effect).and(work.between_effects).map(|time| time / HOUR),
            voltage_high_v: Some(settings.voltage_band.1),
            voltage_low_v: Some(settings.voltage_band.0),
            line_voltage_v: None,
            abnormal_min: Some(sums.abnormal / 60.0),
            swing_min: Some(sums.swing / 60.0),
            manual_min: Some(sums.manual / 60.0),
            comms_lost_min: Some(sums.lost / 60.0),
            under_feeds: count(sums.under),
            over_feeds: count(sums.over),
            flicker_threshold_v: Some(settings.effect.threshold),
            beam_mm: self.beam.is_finite().then_some(self.beam * 1e3),
            effects: count(tally.counted),
            effect_min: Some(tally.seconds / 60.0),
            effect_peak_v: of_effects(tally.peaks, f64::from(tally.counted)),
            effect_mean_v: of_effects(tally.volts, tally.seconds),
            effect_energy_kwh: Some(tally.energy / 3.6e6),
            flickers: count(tally.flickers),
            effects_all: count(tally.emissions),
            no_slope: count(sums.no_slope),
            metal_kg: sums.metal,
        })
    }
}

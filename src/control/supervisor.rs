//! One cell, one scan: from a reading to at most one request.
//!
//! Order of rank: anode effect, follow-down while tapping, beam, feed. A request that the guard
//! removes was never made: no part of the controller counts it.

mod alarms;
mod bath;
mod beam;
mod effect;
mod feed;
mod feeders;
mod predict;
mod rank;
mod rods;
mod status;
mod turn;
mod unseen;

use super::{
    Bath, Dosing, Effect, Feed, Feeders, Guard, Operations, PotState, Predict, Resistance, Settings, Travel,
    Watch, WatchInput, Watched,
};
use crate::estimate::{Design, Disturbance, Ekf, Input, Thermal};
use crate::image::{
    Action, Command, EventKind, Events, FeedPhase, Flags, Mode, Outcome, PhaseReason, Reading, Status,
};
use crate::signal::{Gate, NoiseLevel, Rods, Signal, Surroundings};
use rank::Wishes;

/// Slope logic and the estimate stop below the first share of nominal current and go on above the
/// second: any cut that cells can bear is run with them, and its noise cannot make them chatter. Cells
/// fed blindly through a cut of a quarter ran lean (simulator of this crate).
const CURRENT_NORMAL: (f64, f64) = (0.60, 0.62);
/// Below this share the distance waits.
const CURRENT_FOR_BEAM: f64 = 0.82;
/// Below this share the line is cut back: voltages say little before they are taken to nominal current.
const CURRENT_CUT: f64 = 0.95;

/// What a cell may know of its line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineView {
    /// Line current agreed on by the cells \[A\]; NaN when none is usable.
    pub current: f64,
    /// The line current is changing: slopes mean nothing.
    pub swing: bool,
    /// Another automatic beam move may start now.
    pub beam_free: bool,
    /// Added to the alumina that cells are fed to, after heat went short in a cut, mass fraction: a cold
    /// bath carries less current before it goes on effect.
    pub raise: f64,
}

impl LineView {
    /// A cell that is alone with its own current.
    #[must_use]
    pub fn alone(reading: &Reading) -> Self {
        Self { current: reading.current, swing: false, beam_free: true, raise: 0.0 }
    }
}

/// What one scan gives.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tick {
    /// The lawful command.
    pub command: Command,
    /// The cell as the controller sees it.
    pub status: Status,
    /// What happened.
    pub events: Events,
}

/// Time of one scan.
#[derive(Debug, Clone, Copy)]
struct Scan {
    now: f64,
    dt: f64,
    /// What the controller's own clock made of both \[s\].
    step: f64,
}

/// Controller of one cell: configuration only, shared and exchangeable.
#[derive(Debug, Clone)]
pub struct PotController {
    design: Design,
    signal: Signal,
    ekf: Ekf,
    thermal: Thermal,
    bath: Bath,
    feed: Feed,
    dosing: Dosing,
    feeders: Feeders,
    resistance: Resistance,
    effect: Effect,
    operations: Operations,
    guard: Guard,
    watch: Watch,
    rods: Rods,
    predict: Predict,
    fallback_interval: f64,
}

impl PotController {
    pub(super) fn new(settings: &Settings) -> Self {
        let design = settings.design.build();
        let fallback_interval = design.shot / design.consumption(design.current);
        let signal = settings.signal.build(design.current, design.e_back);
        let bath = settings.bath.build(&design);
        Self {
            design,
            watch: settings.watch.build(design.current, signal.noise_limits()),
            rods: settings.rods.build(design.feeders),
            predict: settings.predict.build(&design),
            signal,
            ekf: settings.estimate.build(&design),
            thermal: settings.thermal.build(&design, bath.base()),
            bath,
            feed: settings.feed.build(&design),
            dosing: settings.dosing.build(&design),
            feeders: settings.feeders.build(design.feeders),
            resistance: settings.resistance.build(&design),
            effect: settings.effect.build(),
            operations: settings.operation.build(&design),
            guard: settings.guard.build(design.current, design.feeders, fallback_interval),
            fallback_interval,
        }
    }

    /// What the controller was told about the cell.
    #[must_use]
    pub fn design(&self) -> &Design {
        &self.design
    }

    pub(super) fn dosing(&self) -> &Dosing {
        &self.dosing
    }

    /// The guard, for whoever runs another strategy.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// One scan. `now` is the PLC time and `dt` the scan period \[s\].
    pub fn tick(&self, state: &mut PotState, line: &LineView, reading: &Reading, now: f64, dt: f64) -> Tick {
        let step = state.clock.advance(now, dt);
        let mut events = Events::default();
        let whole = reading.usable()
            && reading.time.is_finite()
            && reading.voltage.is_finite()
            && reading.current.is_finite()
            && reading.beam_position.is_finite();
        state.since_confirm += step;
        let scan = Scan { now, dt, step };
        if whole {
            let step = step + unseen::bridged(state);
            self.see(state, line, reading, Scan { step, ..scan }, &mut events)
        } else {
            self.not_see(state, line, reading, scan, &mut events)
        }
    }

    fn see(
        &self,
        state: &mut PotState,
        line: &LineView,
        reading: &Reading,
        scan: Scan,
        events: &mut Events,
    ) -> Tick {
        let Scan { now, dt, step } = scan;
        let mut flags = Flags::default();
        self.come_back(state, reading, step, events);
        self.follow_mode(state, reading, step, events);
        let mode = state.operations.mode();
        let automatic = matches!(mode, Mode::Auto | Mode::Tapping | Mode::AnodeChange | Mode::StartUp);
        flags.set(Flags::HELD, !automatic);
        flags.set(Flags::MODE_TIMEOUT, state.operations.timed_out());

        // What else may be wrong with the cell or its signals.
        let watch_input = WatchInput {
            voltage: reading.voltage,
            resistance_share: state.signal.resistance() / self.resistance.target(&state.resistance),
            current: reading.current,
            line: line.current,
            position: reading.beam_position,
            mode,
            effect: state.effect.active() || state.effect.owes(),
            status: reading.status,
            noise: state.signal.noise().low(),
            gain: state.ekf.feeder_gain(),
            step,
        };
        let watched = self.watch.update(&mut state.watch, &watch_input, events);
        match watched.travel {
            Travel::Explained => {}
            Travel::RanAway => self.resistance.ran_away(&mut state.resistance, events),
            Travel::CameFree => self.resistance.encoder_freed(&mut state.resistance),
        }

        // From here on the current is the one to go by, and a voltage that shows nothing is not seen.
        let reading = &Reading { current: watched.current, ..*reading };
        let voltage = if watched.voltage_lost { f64::NAN } else { reading.voltage };
        state.current = watched.current_lost.unwrap_or(reading.current);
        let share = reading.current / self.design.current;
        let (low, normal) = CURRENT_NORMAL;
        state.current_low = share < if state.current_low { normal } else { low };
        let current_normal = !state.current_low && watched.current_lost.is_none();
        flags.set(Flags::CURRENT, !current_normal || line.swing);

        // Signal and noise.
        let around =
            Surroundings { operation: mode != Mode::Auto, swing: line.swing, phase: state.feed.phase() };
        let sample = self.signal.update(&mut state.signal, &Reading { voltage, ..*reading }, around, step);
        flags.set(Flags::GATED, sample.gate != Gate::Used);
        let noise = state.signal.noise().low();
        let noise_level = self.signal.noise_level(noise);
        let unstable = noise_level >= NoiseLevel::Unstable;
        flags.set(Flags::UNSTABLE, unstable);

        self.judge_rods(state, reading, &mut flags, events);

        // What was fed, and what the bath makes of it.
        let last = reading.link.last;
        if last != state.outcome && matches!(last, Outcome::Rejected | Outcome::Busy) {
            events.push(EventKind::Refused);
        }
        state.outcome = last;
        if watched.voltage_went {
            // The rounds of an effect are no credit for a cell that may burn again unseen.
            self.dosing.anchor(&mut state.dosing, state.cell.0);
        }
        let gap = core::mem::take(&mut state.since_confirm);
        let fed = self.dosing.confirm(&mut state.dosing, &reading.strokes, last, gap, events);
        self.judge_feeders(state, current_normal && !line.swing, &mut flags, events);
        let travel = reading.beam_position
            - state.position.replace(reading.beam_position).unwrap_or(reading.beam_position);
        // While the metal falls, or a crew clamps the anodes, the beam does not tell the distance.
        let tells = matches!(mode, Mode::Auto | Mode::AnodeChange) && watched.travel != Travel::CameFree;
        let input = Input {
            fed,
            current: state.current,
            travel: if tells { travel } else { 0.0 },
            resistance: (sample.gate == Gate::Used).then_some(sample.resistance),
            noise,
            // Feed in blocks shows what the model gets wrong of dissolution, not what leaks.
            doubted: !(self.feed.by_estimate() && state.feeders.sound() && state.dosing.faulty().is_empty()),
            disturbance: Disturbance::of(mode, state.effect.active()),
        };
        self.ekf.update(&mut state.ekf, &input, step);

        // What enters without a stroke was fed too.
        let fed = fed + state.ekf.leak() * gap;
        let net = fed - self.design.consumption(state.current) * gap;
        let normal = current_normal && !line.swing && !state.effect.active();
        let seen = watched.current_lost.is_none().then_some(reading);
        self.slow_track(state, seen, normal, net, scan, events);

        // Anode effect.
        let wanted_by_effect =
            self.effect(state, &Reading { voltage, ..*reading }, sample.resistance, mode, step, events);
        flags.set(Flags::EFFECT, state.effect.active());

        self.predict_effect(state, reading, current_normal && !line.swing, step, &mut flags, events);

        // Feed rate.
        let blocked = if !current_normal {
            Some(PhaseReason::Current)
        } else if watched.voltage_lost {
            Some(PhaseReason::Stale)
        } else if unstable {
            Some(PhaseReason::Noise)
        } else {
            None
        };
        let consumed = self.design.consumption(state.current) * gap;
        let mut rate = self.feed_rate(state, reading, (fed, consumed), (blocked, line.raise), step, events);
        // A forgotten operation, or a pot in its early life, is fed what it consumes; so is one unseen.
        let idle =
            state.feed.phase() == FeedPhase::Hold && (state.operations.timed_out() || mode == Mode::StartUp);
        if idle || (watched.voltage_lost && state.feed.phase() != FeedPhase::Stop) {
            rate = 1.0;
        }
        if automatic {
            let wanted = rate * self.design.consumption(state.current);
            self.dosing.accrue(&mut state.dosing, wanted - state.ekf.leak(), step);
        }

        // Beam.
        let carries =
            share >= CURRENT_FOR_BEAM && current_normal && !line.swing && !watched.flags.has(Flags::CURRENT);
        let resistance_input = self.beam_input(state, line, reading, carries, sample.resistance, step);
        // Without a current or a voltage there is no resistance: the target waits where it is.
        let by_loop = if watched.current_lost.is_some() || watched.voltage_lost {
            None
        } else {
            self.resistance.update(&mut state.resistance, &resistance_input, events)
        };
        // What rises in an effect, and falls after it, is not metal.
        let by_metal = if state.effect.stirs() || watched.voltage_lost {
            state.operations.unseen();
            None
        } else {
            let resistance = state.signal.resistance();
            // In a cut the voltage is low, and no anode touches the metal.
            let cut = share < CURRENT_CUT && resistance.is_finite();
            let volt = if cut { self.signal.normalised_voltage(resistance) } else { reading.voltage };
            self.operations.follow_metal(&mut state.operations, resistance, volt, step)
        };
        flags.set(Flags::BEAM_FAULT, state.resistance.fault());
        flags.set(Flags::SATURATED, state.resistance.saturated());

        // One request.
        let Watched { raise, shorted, .. } = watched;
        let wishes = Wishes { effect: wanted_by_effect, raise, shorted, by_metal, by_loop };
        let action = if automatic { self.first(state, reading, &wishes) } else { Action::None };
        let wanted = self.command(state, action);
        let guarded = self.guard.check(&mut state.guard, wanted, reading, noise, now, dt);
        flags.set(Flags::GUARDED, guarded.veto.is_some());
        self.report_veto(state, guarded.veto, step, events);
        self.made(state, guarded.command.action, &wishes, &resistance_input, events);
        state.flags = Flags(flags.0 | watched.flags.0);
        self.alarm(state, step, events);
        let status = self.status(state, mode, rate);
        Tick { command: guarded.command, status, events: *events }
    }
}

#[cfg(test)]
#[path = "supervisor_tests.rs"]
mod tests;

//! Each interlock from the reading to the command: what the cell shows, and what leaves.

use super::*;
use crate::control::{FeedersSettings, Settings};
use crate::image::{CellId, Link, MAX_ANODES, Quality, RodCurrents, StatusBits};
use crate::math::sin;
use crate::signal::RodSettings;
use std::vec::Vec;

struct Pot {
    controller: PotController,
    state: PotState,
    time: f64,
    strokes: [u16; 8],
    beam: f64,
    moves: Vec<f64>,
    events: Vec<(f64, EventKind)>,
    shots: usize,
    last: Tick,
    /// Bubbles make the voltage of a live transducer tremble \[V\].
    ripple: f64,
    /// What the other cells of the line show \[A\]; none of them when absent.
    line: Option<f64>,
}

impl Pot {
    fn new() -> Self {
        let controller = Settings::default().build().unwrap();
        let state = PotState::new(&controller, CellId(1));
        Self {
            controller,
            state,
            time: 0.0,
            strokes: [0; 8],
            beam: 0.2,
            moves: Vec::new(),
            events: Vec::new(),
            shots: 0,
            last: Tick::default(),
            ripple: 1e-3,
            line: None,
        }
    }

    /// Runs a steady cell whose readings `change` alters; it obeys, but for what `change` does.
    fn run(&mut self, minutes: f64, change: impl Fn(f64, &mut Reading)) -> &mut Self {
        for _ in 0..(minutes * 60.0) as usize {
            self.time += 1.0;
            let mut reading = Reading {
                time: self.time,
                quality: Quality::Good,
                voltage: 3.95,
                current: 500e3 + 300.0 * sin(self.time),
                beam_position: self.beam,
                strokes: self.strokes,
                mode: Mode::Auto,
                status: StatusBits::REMOTE,
                link: Link { ready: true, last: Outcome::Done },
                ..Reading::default()
            };
            change(self.time, &mut reading);
            reading.voltage += self.ripple * sin(1.7 * self.time);
            let alone = LineView::alone(&reading);
            let line = LineView { current: self.line.unwrap_or(alone.current), ..alone };
            self.last = self.controller.tick(&mut self.state, &line, &reading, self.time, 1.0);
            self.events.extend(self.last.events.iter().map(|event| (self.time, event)));
            match self.last.command.action {
                Action::None => {}
                Action::Beam { travel } => {
                    self.beam += travel;
                    self.moves.push(travel);
                }
                Action::Feed { feeders } => {
                    for (index, strokes) in self.strokes.iter_mut().enumerate() {
                        if feeders.contains(index) {
                            *strokes = strokes.wrapping_add(1);
                            self.shots += 1;
                        }
                    }
                }
            }
        }
        self
    }

    fn when(&self, kind: EventKind) -> Vec<f64> {
        self.events.iter().filter(|e| e.1 == kind).map(|e| e.0).collect()
    }
}

#[test]
fn a_short_that_does_not_answer_is_left_to_a_person() {
    let mut pot = Pot::new();
    pot.run(20.0, |_, _| {});
    pot.moves.clear();
    pot.run(60.0, |_, reading| reading.voltage = 3.2);
    // The loop may have moved before the short was declared.
    assert!(pot.moves.iter().all(|travel| *travel > 0.0), "{:?}", pot.moves);
    let raised = pot.moves.iter().filter(|travel| **travel > 1.5e-3).count();
    assert_eq!(raised, 1, "once, for nothing has lowered the beam: {:?}", pot.moves);
    assert_eq!(pot.when(EventKind::VoltageAlarm).len(), 1);
    assert!(pot.last.status.flags.has(Flags::VOLTAGE));
}

#[test]
fn no_anode_is_raised_on_low_current() {
    let mut pot = Pot::new();
    pot.run(20.0, |_, _| {});
    pot.moves.clear();
    pot.run(60.0, |_, reading| {
        reading.current *= 0.8;
        reading.voltage = 3.2;
    });
    assert!(pot.moves.is_empty());
}

#[test]
fn a_dead_current_signal_moves_nothing_and_feeds_on() {
    let mut pot = Pot::new();
    pot.run(30.0, |_, _| {});
    pot.moves.clear();
    // A voltage far below target would ask for a move.
    let dead = |_, reading: &mut Reading| (reading.current, reading.voltage) = (500e3, 3.85);
    pot.run(1.0, dead);
    let target = pot.last.status.target;
    assert_eq!(pot.when(EventKind::CurrentLost).len(), 1);
    pot.shots = 0;
    pot.run(28.0, dead);
    let before = pot.shots as f64 / 28.0;
    pot.run(5.0, dead).shots = 0;
    pot.run(60.0, dead);
    let after = pot.shots as f64 / 60.0;
    assert!((before - 2.79).abs() < 0.15, "{before} shots a minute, 2.79 balance consumption");
    assert!((after / 2.79 - 0.9).abs() < 0.05, "{after}");
    assert!(pot.moves.is_empty() && pot.last.status.target == target);
    assert!(pot.last.status.flags.has(Flags::CURRENT));
}

#[test]
fn a_beam_that_moves_by_itself_is_inhibited_until_a_person_has_looked() {
    let mut pot = Pot::new();
    pot.run(30.0, |_, _| {});
    let at = pot.time;
    pot.run(2.0, |time, reading| reading.beam_position -= 0.1e-3 * (time - at).min(30.0));
    assert_eq!(pot.when(EventKind::BeamFault).len(), 1);
    assert!(pot.last.status.flags.has(Flags::BEAM_FAULT));
    pot.moves.clear();
    pot.run(120.0, |_, reading| reading.voltage = 4.0);
    assert!(pot.moves.is_empty());
    pot.run(1.0, |_, reading| reading.mode = Mode::Manual);
    pot.run(1.0, |_, _| {});
    assert!(!pot.last.status.flags.has(Flags::BEAM_FAULT));
}

#[test]
fn an_encoder_that_comes_free_gives_the_beam_back_without_a_person() {
    let mut pot = Pot::new();
    pot.run(60.0, |_, _| {});
    let stuck_at = pot.beam;
    let low = |reading: &mut Reading| reading.voltage = 3.85;
    pot.run(240.0, |_, reading| {
        low(reading);
        reading.beam_position = stuck_at;
    });
    assert_eq!(pot.when(EventKind::BeamFault).len(), 1);
    assert!(pot.last.status.flags.has(Flags::BEAM_FAULT));
    assert!((pot.beam - stuck_at) > 1e-3, "the beam did rise");
    pot.moves.clear();
    pot.run(240.0, |_, reading| low(reading));
    assert!(!pot.moves.is_empty(), "it may move again");
    // It did not stay inhibited, nor was the leap taken for a beam that runs away.
    let freed = pot.time - 240.0 * 60.0;
    let again = pot.when(EventKind::BeamFault).into_iter().find(|time| *time > freed);
    assert!(again.is_none_or(|time| time > freed + 600.0), "{again:?} {freed}");
}

#[test]
fn a_low_hopper_and_a_stuck_breaker_are_told() {
    for (bit, kind) in
        [(StatusBits::HOPPER_LOW, EventKind::HopperLow), (StatusBits::BREAKER_STUCK, EventKind::BreakerStuck)]
    {
        let mut pot = Pot::new();
        pot.run(5.0, |_, _| {}).run(5.0, |_, reading| reading.status.set(bit, true));
        assert_eq!(pot.when(kind).len(), 1);
        assert!(pot.last.status.flags.has(Flags::FEEDER_FAULT));
    }
}

#[test]
fn a_real_instability_is_told_within_five_minutes() {
    let mut pot = Pot::new();
    pot.run(60.0, |_, _| {});
    let began = pot.time;
    pot.run(10.0, |time, reading| reading.voltage += 0.085 * sin(time / 6.2));
    let told = pot.when(EventKind::Unstable);
    assert!(told.len() == 1 && told[0] - began < 300.0, "{told:?} after {began}");
}

#[test]
fn a_frozen_voltage_moves_nothing_feeds_at_base_and_calls_a_person() {
    // Each would make a live cell act: above and below target, short, burning.
    for voltage in [3.85, 4.05, 3.2, 25.0, 0.0] {
        let mut pot = Pot::new();
        pot.run(30.0, |_, _| {});
        (pot.ripple, pot.shots) = (0.0, 0);
        pot.run(1.0, |_, reading| reading.voltage = voltage);
        assert_eq!(pot.when(EventKind::VoltageLost).len(), 1, "{voltage} V");
        pot.moves.clear();
        pot.run(60.0, |_, reading| reading.voltage = voltage);
        assert!(pot.moves.is_empty(), "{voltage} V: {:?}", pot.moves);
        // An effect of the first half minute is given its rounds of shots. They are not saved later: it
        // may burn on unseen.
        let rounds = if voltage > 8.0 { 18 } else { 0 };
        let rate = (pot.shots - rounds) as f64 / 61.0;
        assert!((rate / 2.79 - 1.0).abs() < 0.06, "{voltage} V: {rate} shots a minute, 2.79 balance");
        assert!(pot.last.status.flags.has(Flags::VOLTAGE));
        pot.ripple = 1e-3;
        pot.run(5.0, |_, _| {});
        assert!(!pot.last.status.flags.has(Flags::VOLTAGE));
        assert_eq!(pot.when(EventKind::VoltageLost).len(), 1);
    }
}

#[test]
fn a_cell_with_a_dead_current_goes_by_the_line() {
    let mut pot = Pot::new();
    pot.line = Some(500e3);
    pot.run(30.0, |_, _| {});
    pot.shots = 0;
    pot.run(60.0, |_, reading| reading.current = 0.0);
    let rate = pot.shots as f64 / 60.0;
    assert!((rate / 2.79 - 1.0).abs() < 0.3, "{rate} shots a minute");
    assert_eq!(pot.when(EventKind::CurrentLost).len(), 1);
    pot.moves.clear();
    pot.run(2.0, |_, reading| (reading.current, reading.voltage) = (0.0, 25.0));
    assert_eq!(pot.when(EventKind::EffectStarted).len(), 1);
    assert!(!pot.moves.is_empty(), "an effect is quenched");
    // And the other way round: the line is dead, whatever this cell's frozen transducer says.
    let mut pot = Pot::new();
    pot.line = Some(0.0);
    pot.run(30.0, |_, reading| (reading.current, reading.voltage) = (500e3, 3.2));
    assert!(pot.moves.is_empty() && pot.shots == 0, "{:?}", pot.moves);
}

#[test]
fn a_voltage_that_dies_in_an_effect_ends_neither_the_effect_nor_the_feed() {
    for dead in [0.0, 30.0] {
        let mut pot = Pot::new();
        pot.run(30.0, |_, _| {}).ripple = 0.0;
        // Trembles while it is seen.
        pot.run(2.0, |time, reading| reading.voltage = 30.0 + 0.1 * sin(time));
        pot.run(1.0, |_, reading| reading.voltage = dead);
        assert_eq!(pot.when(EventKind::VoltageLost).len(), 1);
        pot.moves.clear();
        for minute in 0..30 {
            pot.shots = 0;
            pot.run(1.0, |_, reading| reading.voltage = dead);
            assert!((1..=6).contains(&pot.shots), "{} shots in minute {minute} at {dead} V", pot.shots);
        }
        assert!(pot.moves.is_empty() && pot.when(EventKind::EffectEnded).is_empty());
        pot.run(2.0, |time, reading| reading.voltage = 3.95 + 1e-3 * sin(time));
        assert_eq!(pot.when(EventKind::EffectEnded).len(), 1, "seen to be over");
    }
}

#[test]
fn a_lean_zone_is_fed_more_where_that_is_asked_for() {
    // Shots of each feeder in four hours in which the second zone of anodes carries 3 % less.
    let shots = |trim: bool| {
        let mut pot = Pot::new();
        let rods = RodSettings { trim, ..RodSettings::default() };
        // So lean a zone would else be taken for a blocked hole.
        let feeders = FeedersSettings { contrast_pct: 10.0, ..FeedersSettings::default() };
        pot.controller = Settings { rods, feeders, ..Settings::default() }.build().unwrap();
        let mut begin = pot.strokes;
        for minute in 0..9 * 60 {
            let lean = minute >= 5 * 60;
            if minute == 5 * 60 {
                begin = pot.strokes;
            }
            let share = |k: usize| if lean && (4..8).contains(&(k % 24)) { 0.97 } else { 1.006 };
            let current = core::array::from_fn(|k| 500e3 / MAX_ANODES as f64 * share(k));
            pot.controller.rods(&mut pot.state, &RodCurrents { taken: pot.time, current });
            pot.run(1.0, |_, _| {});
        }
        let fed: Vec<_> =
            pot.strokes.iter().zip(begin).take(6).map(|(now, was)| f64::from(now - was)).collect();
        (fed[1], (fed.iter().sum::<f64>() - fed[1]) / 5.0)
    };
    let (second, others) = shots(true);
    assert!((1.06..1.2).contains(&(second / others)), "{second} {others}");
    let (second, others) = shots(false);
    assert!((second / others - 1.0).abs() < 0.02, "{second} {others}");
}

/// Every twentieth reading is missing, two in a row now and then.
fn gappy(time: f64, reading: &mut Reading) {
    if time % 20.0 == 0.0 || time % 140.0 == 1.0 {
        (reading.quality, reading.reason) = (Quality::Bad, crate::image::Reason::CommsFault);
    }
}

#[test]
fn a_missing_reading_is_a_longer_scan() {
    let work = |time: f64| if time < 1_800.0 { Mode::Auto } else { Mode::AnodeChange };
    let run = |missing: bool| {
        let mut pot = Pot::new();
        pot.run(60.0, |time, reading| {
            reading.mode = work(time);
            if missing {
                gappy(time, reading);
            }
        });
        pot
    };
    let (whole, gappy) = (run(false), run(true));
    let ekf = |pot: &Pot| (pot.state.ekf.alumina(), pot.state.ekf.undissolved(), pot.state.ekf.unexplained());
    let (expected, found) = (ekf(&whole), ekf(&gappy));
    // The work was begun once: its cover fell in once, its volts came once.
    assert!((found.0 - expected.0).abs() < 5e-4, "{found:?} {expected:?}");
    assert!((found.1 - expected.1).abs() < 2.0, "{found:?} {expected:?}");
    assert!((found.2 - expected.2).abs() < 2e-8, "{found:?} {expected:?}");
    // What falls due in a missing scan is fed in the next.
    let share = gappy.shots as f64 / whole.shots as f64;
    assert!((share - 1.0).abs() < 0.03, "{share}");
    assert!(gappy.when(EventKind::WentStale).is_empty());
    assert!(gappy.state.signal.noise().low().is_finite());
}

#[test]
fn a_reading_that_stays_away_is_not_bridged() {
    let mut pot = Pot::new();
    pot.run(30.0, |_, _| {});
    let shots = pot.shots;
    pot.run(0.5, |_, reading| reading.quality = Quality::Bad);
    assert_eq!(pot.when(EventKind::WentStale).len(), 1);
    assert!(pot.last.status.flags.has(Flags::STALE) && pot.shots == shots, "nothing is asked meanwhile");
    pot.run(5.0, |_, _| {});
    assert_eq!(pot.when(EventKind::CameBack).len(), 1);
    assert!(!pot.last.status.flags.has(Flags::STALE));
}

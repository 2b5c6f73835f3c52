//! A controller that is killed and takes its memory up again is one that never stopped.
#![cfg(feature = "snapshot")]

mod bench;

use bench::Bench;
use potline::control::snapshot::{POT_BYTES, open, seal};
use potline::image::{Action, CellId};
use potline::line::LineState;
use potline::sim::{Channel, EventKind, EventSettings, Stream};
use potline::trial::Scenario;

const SCANS: u32 = 5 * 3_600;
const LINE: [u8; 4] = *b"line";

/// Taps, an anode change, an effect, a dead transducer, a hand on the switch, a line that ramps.
fn eventful() -> Scenario {
    let event = |at_h, cell, kind| EventSettings {
        cell: Some(cell),
        minutes: Some(12.0),
        ..EventSettings::new(at_h, kind)
    };
    let forced =
        |at_h, cell| EventSettings { cell: Some(cell), ..EventSettings::new(at_h, EventKind::ForceEffect) };
    let change = EventSettings { cell: Some(2), ..EventSettings::new(1.6, EventKind::AnodeChange) };
    let dead =
        EventSettings { sensor: Some(potline::sim::Sensor::Voltage), ..event(2.2, 1, EventKind::DeadSensor) };
    let line = EventSettings { cell: None, current_ka: Some(430.0), ..event(3.6, 1, EventKind::LineCurrent) };
    Scenario {
        cells: 3,
        hours: 6.0,
        event: vec![
            event(0.8, 1, EventKind::Tap),
            forced(1.3, 3),
            change,
            dead,
            event(2.8, 3, EventKind::Manual),
            line,
            forced(4.2, 1),
        ],
        ..Scenario::default()
    }
}

/// Everything the controller remembers goes through bytes and comes back.
fn restart(bench: &mut Bench) {
    let mut bytes = vec![0; POT_BYTES];
    for (index, state) in bench.states.iter_mut().enumerate() {
        let controller = &bench.controllers[index];
        let used = controller.save(state, &mut bytes).unwrap();
        *state = controller.restore(CellId(index as u16 + 1), &bytes[..used]).unwrap();
    }
    let used = seal(LINE, 0, 0, &bench.line_state, &mut bytes).unwrap();
    bench.line_state = open::<LineState>(LINE, 0, 0, &bytes[..used]).unwrap();
}

#[test]
fn a_restart_at_any_time_changes_no_command() {
    let scenario = eventful();
    let mut steady = Bench::new(&scenario, 11);
    let mut killed = Bench::new(&scenario, 11);
    let mut random = Stream::new(5, CellId(1), Channel::Blunder);
    let mut next = 0;
    let (mut restarts, mut feeds, mut moves) = (0, 0, 0);
    for scan in 0..SCANS {
        steady.scan();
        killed.scan();
        for (a, b) in steady.ticks.iter().zip(&killed.ticks) {
            // Debug writes the shortest digits that give the same bits, NaN and -0 included.
            assert_eq!(format!("{a:?}"), format!("{b:?}"), "scan {scan} after {restarts} restarts");
            feeds += u32::from(matches!(a.command.action, Action::Feed { .. }));
            moves += u32::from(matches!(a.command.action, Action::Beam { .. }));
        }
        if scan == next {
            restart(&mut killed);
            restarts += 1;
            next += 1 + (random.uniform() * random.uniform() * 400.0) as u32;
        }
    }
    println!("{restarts} restarts, {feeds} feeds, {moves} moves");
    assert!(restarts > 100 && feeds > 1_000 && moves > 20, "{restarts} {feeds} {moves}");
}

#[test]
fn a_controller_without_its_memory_would_be_noticed() {
    let scenario = eventful();
    let mut steady = Bench::new(&scenario, 11);
    let mut killed = Bench::new(&scenario, 11);
    let mut different = 0;
    for scan in 0..7_200 {
        steady.scan();
        killed.scan();
        different += u32::from(steady.ticks.iter().zip(&killed.ticks).any(|(a, b)| a.command != b.command));
        if scan == 3_600 {
            killed.states = Bench::new(&scenario, 11).states;
        }
    }
    assert!(different > 10, "{different}");
}

//! One test per condition that is watched.

use super::*;
use std::vec::Vec;

fn watch() -> Watch {
    let limits = NoiseLimits { warn: 0.012, unstable: 0.025, severe: 0.06 };
    WatchSettings::default().build(500e3, limits)
}

fn normal(second: usize) -> WatchInput {
    WatchInput {
        // Ripple of a millivolt.
        voltage: 3.95 + 1e-3 * (second % 2) as f64,
        resistance_share: 1.0,
        // Ripple of 10 A.
        current: 500e3 + 10.0 * (second % 2) as f64,
        line: f64::NAN,
        position: 0.2,
        mode: Mode::Auto,
        effect: false,
        status: StatusBits::REMOTE,
        noise: 6e-3,
        gain: 1.0,
        step: 1.0,
    }
}

/// Watches `seconds` of `input` and gives the events and the last demand.
fn see(
    state: &mut WatchState,
    seconds: usize,
    input: impl Fn(usize) -> WatchInput,
) -> (Vec<EventKind>, Watched) {
    let mut log = Vec::new();
    let mut last = None;
    for second in 0..seconds {
        let mut events = Events::default();
        last = Some(watch().update(state, &input(second), &mut events));
        log.extend(events.iter());
    }
    (log, last.unwrap())
}

#[test]
fn a_quiet_cell_raises_nothing() {
    let mut state = WatchState::default();
    let (log, last) = see(&mut state, 4 * 3600, normal);
    assert!(log.is_empty());
    assert_eq!(
        last,
        Watched {
            current: normal(4 * 3600 - 1).current,
            current_lost: None,
            voltage_lost: false,
            voltage_went: false,
            shorted: false,
            raise: None,
            travel: Travel::Explained,
            ..last
        }
    );
    assert_eq!(last.flags, Flags::default());
}

#[test]
fn a_short_asks_for_one_move_up_after_ten_seconds() {
    for short in [
        WatchInput { voltage: 3.2, ..normal(0) },
        WatchInput { resistance_share: 0.65, voltage: 3.4, ..normal(0) },
    ] {
        let mut state = WatchState::default();
        let at = |n| WatchInput {
            current: normal(n).current,
            voltage: short.voltage + 1e-3 * (n % 2) as f64,
            ..short
        };
        let (log, last) = see(&mut state, 9, at);
        assert!(log.is_empty() && !last.shorted && last.raise.is_none());
        let (log, last) = see(&mut state, 1, |n| at(n + 9));
        assert_eq!(log, [EventKind::VoltageAlarm]);
        assert!(last.shorted && last.raise == Some(2e-3));
        state.raised();
        let (log, last) = see(&mut state, 7200, at);
        assert!(log.is_empty() && last.shorted && last.raise.is_none(), "asked for once");
    }
}

#[test]
fn a_low_voltage_on_low_current_is_no_short() {
    let mut state = WatchState::default();
    let (log, last) = see(&mut state, 600, |n| WatchInput {
        voltage: normal(n).voltage - 0.95,
        current: normal(n).current - 60e3,
        ..normal(n)
    });
    assert!(log.is_empty() && !last.shorted && last.raise.is_none());
}

#[test]
fn a_flat_line_current_is_lost_and_the_last_good_one_is_fed_for() {
    let mut state = WatchState::default();
    see(&mut state, 600, normal);
    let flat = |n| WatchInput { current: 437e3, ..normal(n) };
    let (_, last) = see(&mut state, 10, flat);
    assert!(last.current_lost.is_none());
    let (log, last) = see(&mut state, 2, flat);
    assert_eq!(log, [EventKind::CurrentLost]);
    assert!(last.flags.has(Flags::CURRENT));
    // Ten seconds of a wrong value have moved the minute's mean a little.
    assert!((last.current_lost.unwrap() - 490e3).abs() < 3e3, "{:?}", last.current_lost);
    let base = last.current_lost.unwrap();
    let (_, last) = see(&mut state, 1700, flat);
    assert_eq!(last.current_lost, Some(base));
    let (log, last) = see(&mut state, 200, flat);
    assert_eq!(last.current_lost, Some(0.9 * base));
    assert!(log.is_empty());
    let (_, last) = see(&mut state, 12, normal);
    assert!(last.current_lost.is_none());
}

#[test]
fn an_impossible_current_is_lost() {
    for current in [700e3, -60e3] {
        let mut state = WatchState::default();
        see(&mut state, 60, normal);
        let (log, last) = see(&mut state, 11, |n| WatchInput { current: current + n as f64, ..normal(n) });
        assert_eq!(log, [EventKind::CurrentLost], "{current}");
        assert!((last.current_lost.unwrap() - 500e3).abs() < 100.0);
    }
}

#[test]
fn a_current_that_the_line_contradicts_is_replaced_at_once_and_told() {
    for current in [0.0, 480e3, 700e3] {
        let mut state = WatchState::default();
        let line = |n: usize| 500.3e3 + n as f64;
        see(&mut state, 60, |n| WatchInput { line: line(n), ..normal(n) });
        let dead = |n: usize| WatchInput { current, line: line(n), ..normal(n) };
        let (log, last) = see(&mut state, 1, dead);
        assert!(log.is_empty() && last.current == line(0) && last.current_lost.is_none(), "{current}");
        assert!(last.flags.has(Flags::CURRENT));
        let (log, last) = see(&mut state, 3600, dead);
        assert_eq!(log, [EventKind::CurrentLost], "{current}");
        assert!(last.current == line(3599) && last.current_lost.is_none());
        // A frozen transducer that happens to be right is no witness either way.
        let (_, last) = see(&mut state, 60, |n| WatchInput { current: 500e3, line: line(n), ..normal(n) });
        assert_eq!(last.current, line(59));
        let (_, last) = see(&mut state, 30, |n| WatchInput { line: line(n), ..normal(n) });
        assert_eq!(last.current, normal(29).current);
    }
}

#[test]
fn a_voltage_that_stands_still_or_is_impossible_is_lost() {
    for (voltage, delay) in [(3.97, 31), (11.0, 31), (0.0, 2)] {
        let mut state = WatchState::default();
        see(&mut state, 60, normal);
        let dead = |n| WatchInput { voltage, ..normal(n) };
        let (log, last) = see(&mut state, delay - 1, dead);
        assert!(log.is_empty() && (!last.voltage_lost || delay == 2), "{voltage}");
        let (log, last) = see(&mut state, 3600, dead);
        assert_eq!(log, [EventKind::VoltageLost], "{voltage}: no short, no high voltage");
        assert!(last.voltage_lost && last.raise.is_none() && last.flags.has(Flags::VOLTAGE));
        let (_, last) = see(&mut state, 11, normal);
        assert!(!last.voltage_lost);
    }
}

#[test]
fn without_current_a_voltage_may_stand_still() {
    let mut state = WatchState::default();
    let (log, last) = see(&mut state, 600, |n| WatchInput { current: 0.0, voltage: 0.0, ..normal(n) });
    assert!(log.is_empty() && !last.voltage_lost);
}

#[test]
fn a_beam_that_moves_by_itself_is_a_fault() {
    let mut state = WatchState::default();
    see(&mut state, 120, normal);
    let (_, last) = see(&mut state, 1, |n| WatchInput { position: 0.2009, ..normal(n) });
    assert!(last.travel == Travel::Explained);
    let (_, last) = see(&mut state, 1, |n| WatchInput { position: 0.2011, ..normal(n) });
    assert_eq!(last.travel, Travel::RanAway);
}

#[test]
fn people_the_plc_and_our_own_commands_may_move_the_beam() {
    let creeping = |n: usize| WatchInput { position: 0.2 - 1e-4 * n as f64, ..normal(n) };
    let explained = |state: &mut WatchState, input: &dyn Fn(usize) -> WatchInput| {
        see(state, 30, input).1.travel == Travel::Explained
    };
    for mode in [Mode::Tapping, Mode::AnodeChange, Mode::Manual] {
        let mut state = WatchState::default();
        see(&mut state, 120, normal);
        assert!(explained(&mut state, &|n| WatchInput { mode, ..creeping(n) }));
        assert!(explained(&mut state, &|n| WatchInput { position: creeping(29).position, ..normal(n) }));
    }
    let mut state = WatchState::default();
    see(&mut state, 120, normal);
    let status = StatusBits(StatusBits::REMOTE.0 | StatusBits::COMMS_LOST.0);
    assert!(explained(&mut state, &|n| WatchInput { status, ..creeping(n) }));
    let mut state = WatchState::default();
    see(&mut state, 120, normal);
    state.moved(-3e-3);
    assert!(explained(&mut state, &creeping));
}

/// Ten millimetres in five moves that a stuck encoder does not show, then what it shows.
fn unstuck(position: f64) -> Travel {
    let mut state = WatchState::default();
    see(&mut state, 120, normal);
    for _ in 0..5 {
        state.moved(-2e-3);
        assert_eq!(see(&mut state, 600, normal).1.travel, Travel::Explained);
    }
    see(&mut state, 1, |n| WatchInput { position, ..normal(n) }).1.travel
}

#[test]
fn an_encoder_that_comes_free_is_no_beam_that_runs() {
    assert_eq!(unstuck(0.1901), Travel::CameFree);
    assert_eq!(unstuck(0.2), Travel::Explained);
    // The other way, half the way, twice as far.
    for position in [0.210, 0.195, 0.180] {
        assert_eq!(unstuck(position), Travel::RanAway, "{position}");
    }
}

#[test]
fn moves_that_were_seen_excuse_no_later_leap() {
    let mut state = WatchState::default();
    see(&mut state, 120, normal);
    for n in 1..=5 {
        state.moved(-2e-3);
        let position = 0.2 - 1.99e-3 * f64::from(n);
        see(&mut state, 600, |n| WatchInput { position, ..normal(n) });
    }
    let leap = see(&mut state, 1, |n| WatchInput { position: 0.18, ..normal(n) }).1.travel;
    assert_eq!(leap, Travel::RanAway);
}

#[test]
fn a_hopper_or_a_breaker_is_told_once() {
    for (bit, kind) in
        [(StatusBits::HOPPER_LOW, EventKind::HopperLow), (StatusBits::BREAKER_STUCK, EventKind::BreakerStuck)]
    {
        let mut state = WatchState::default();
        // A switch that flutters every twenty seconds.
        let (log, last) = see(&mut state, 3600, |n| {
            let mut status = StatusBits::REMOTE;
            status.set(bit, n % 40 < 20);
            WatchInput { status, ..normal(n) }
        });
        assert_eq!(log, [kind]);
        assert!(last.flags.has(Flags::FEEDER_FAULT));
        let (_, last) = see(&mut state, 70, normal);
        assert!(!last.flags.has(Flags::FEEDER_FAULT));
    }
}

#[test]
fn a_feeder_gain_that_stays_out_of_its_band_is_told_after_two_hours() {
    for gain in [0.8, 1.2] {
        let mut state = WatchState::default();
        let (log, _) = see(&mut state, 7199, |n| WatchInput { gain, ..normal(n) });
        assert!(log.is_empty());
        let (log, last) = see(&mut state, 3600, |n| WatchInput { gain, ..normal(n) });
        assert_eq!(log, [EventKind::FeederGain]);
        assert!(last.flags.has(Flags::FEEDER_FAULT));
    }
}

#[test]
fn noise_is_told_the_sooner_the_louder_it_is_and_does_not_chatter() {
    let mut state = WatchState::default();
    let (log, _) = see(&mut state, 12 * 3600, |n| {
        let noise = if n / 300 % 2 == 0 { 0.027 } else { 0.023 };
        WatchInput { noise, ..normal(n) }
    });
    assert!(log.is_empty());
    for (noise, minutes) in [(0.026, 60), (0.04, 15), (0.06, 1)] {
        let mut state = WatchState::default();
        let (log, _) = see(&mut state, minutes * 60 - 1, |n| WatchInput { noise, ..normal(n) });
        assert!(log.is_empty(), "{noise} V is told before {minutes} min");
        let (log, _) = see(&mut state, 2, |n| WatchInput { noise, ..normal(n) });
        assert_eq!(log, [EventKind::Unstable], "{noise} V is not told after {minutes} min");
    }
    see(&mut state, 900, |n| WatchInput { noise: 0.04, ..normal(n) });
    let (log, _) = see(&mut state, 12 * 3600, |n| {
        let noise = if n / 300 % 2 == 0 { 0.04 } else { 0.015 };
        WatchInput { noise, ..normal(n) }
    });
    assert!(log.is_empty(), "five quiet minutes are not the end of it");
}

#[test]
fn noise_that_a_crew_leaves_is_told_when_it_stays_or_is_violent() {
    let work = |n| WatchInput { noise: 0.04, mode: Mode::Tapping, ..normal(n) };
    let mut state = WatchState::default();
    let (log, _) = see(&mut state, 1200, work);
    assert!(log.is_empty());
    let (log, _) = see(&mut state, 1740, |n| WatchInput { noise: 0.04, ..normal(n) });
    assert!(log.is_empty(), "half an hour to settle");
    let (log, _) = see(&mut state, 1020, |n| WatchInput { noise: 0.04, ..normal(n) });
    assert_eq!(log, [EventKind::Unstable]);
    see(&mut state, 120, work);
    let (log, _) = see(&mut state, 300, |n| WatchInput { noise: 0.06, ..normal(n) });
    assert_eq!(log, [EventKind::Unstable], "what is violent does not wait");
}

#[test]
fn lost_readings_are_told_after_ten_seconds_and_back_after_a_minute() {
    let mut state = WatchState::default();
    let told = (0..10).map(|_| state.stale(true, 1.0)).filter(|t| t.0).count();
    assert_eq!(told, 1);
    let back = (0..59).filter(|_| state.stale(false, 1.0).1).count();
    assert!(back == 0 && state.stale(false, 1.0).1);
}

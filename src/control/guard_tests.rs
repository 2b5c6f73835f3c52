//! One test per interlock, and random attacks on all of them.

use super::*;
use crate::image::{Link, Outcome, Quality, Reason};
use proptest::prelude::*;

#[path = "guard/low_voltage_tests.rs"]
mod low_voltage;

fn guard() -> Guard {
    GuardSettings::default().build(500e3, 6, 21.5)
}

fn good(time: f64) -> Reading {
    Reading {
        time,
        age: 0.2,
        quality: Quality::Good,
        reason: Reason::None,
        voltage: 3.95,
        current: 500e3,
        beam_position: 0.2,
        mode: Mode::Auto,
        status: StatusBits::REMOTE,
        link: Link { ready: true, last: Outcome::Done },
        ..Reading::default()
    }
}

fn up(mm: f64) -> Command {
    Command { action: Action::Beam { travel: mm * 1e-3 }, fallback_interval: 21.5, alf3: None }
}

fn shot() -> Command {
    Command { action: Action::Feed { feeders: FeederSet::single(0) }, fallback_interval: 21.5, alf3: None }
}

/// The verdict on `wanted` when the very first reading is `reading`.
fn verdict(wanted: Command, reading: &Reading) -> Option<Veto> {
    judge(&mut GuardState::default(), wanted, reading)
}

fn judge(state: &mut GuardState, wanted: Command, reading: &Reading) -> Option<Veto> {
    let guarded = guard().check(state, wanted, reading, 6e-3, reading.time, 1.0);
    if guarded.veto.is_some() {
        assert_eq!(guarded.command.action, Action::None);
    } else {
        assert_eq!(guarded.command.action, wanted.action);
    }
    guarded.veto
}

#[test]
fn lawful_requests_pass_unchanged() {
    assert_eq!(verdict(up(0.5), &good(1.0)), None);
    assert_eq!(verdict(up(-0.5), &good(1.0)), None);
    assert_eq!(verdict(shot(), &good(1.0)), None);
}

#[test]
fn bad_stale_or_missing_data_move_nothing() {
    let cases = [
        Reading { quality: Quality::Bad, ..good(1.0) },
        Reading { age: 6.0, ..good(1.0) },
        Reading { age: f64::NAN, ..good(1.0) },
        Reading { age: -1.0, ..good(1.0) },
        Reading { time: f64::NAN, ..good(1.0) },
        Reading { voltage: f64::NAN, ..good(1.0) },
        Reading { current: f64::INFINITY, ..good(1.0) },
        Reading { beam_position: f64::NAN, ..good(1.0) },
        Reading::default(),
    ];
    for reading in cases {
        for wanted in [up(0.5), up(-0.5), shot()] {
            assert_eq!(verdict(wanted, &reading), Some(Veto::Stale), "{reading:?}");
        }
    }
}

#[test]
fn a_frozen_stamp_moves_nothing() {
    let mut state = GuardState::default();
    let mut last = None;
    for n in 0..10 {
        let guarded = guard().check(&mut state, shot(), &good(100.0), 6e-3, 100.0 + f64::from(n), 1.0);
        last = guarded.veto;
    }
    assert_eq!(last, Some(Veto::Stale));
}

#[test]
fn the_fallback_interval_is_handed_out_whatever_happens() {
    for interval in [f64::NAN, 0.0, -1.0, 1e9] {
        let wanted = Command { action: Action::None, fallback_interval: interval, alf3: None };
        let guarded =
            guard().check(&mut GuardState::default(), wanted, &Reading::default(), 0.0, f64::NAN, f64::NAN);
        assert_eq!(guarded.command.fallback_interval, 21.5);
    }
}

#[test]
fn manual_and_off_command_nothing() {
    for mode in [Mode::Manual, Mode::Off] {
        for wanted in [up(0.5), shot()] {
            assert_eq!(verdict(wanted, &Reading { mode, ..good(1.0) }), Some(Veto::Mode));
        }
    }
}

#[test]
fn an_anode_change_and_early_life_move_no_beam_but_feed() {
    for mode in [Mode::AnodeChange, Mode::StartUp] {
        let reading = Reading { mode, ..good(1.0) };
        assert_eq!(verdict(up(0.5), &reading), Some(Veto::Mode));
        assert_eq!(verdict(up(-0.5), &Reading { voltage: 30.0, ..reading }), Some(Veto::Mode));
        assert_eq!(verdict(shot(), &reading), None);
    }
}

#[test]
fn emergency_stop_local_and_a_lost_link_command_nothing() {
    let with = |bits: u16| Reading { status: StatusBits(bits), ..good(1.0) };
    let remote = StatusBits::REMOTE.0;
    for wanted in [up(0.5), shot()] {
        assert_eq!(verdict(wanted, &with(remote | StatusBits::EMERGENCY_STOP.0)), Some(Veto::Interlock));
        assert_eq!(verdict(wanted, &with(0)), Some(Veto::Interlock));
        assert_eq!(verdict(wanted, &with(remote | StatusBits::COMMS_LOST.0)), Some(Veto::Link));
        let busy = Reading { link: Link { ready: false, last: Outcome::Pending }, ..good(1.0) };
        assert_eq!(verdict(wanted, &busy), Some(Veto::Link));
    }
    assert_eq!(verdict(up(0.5), &with(remote | StatusBits::BEAM_BUSY.0)), Some(Veto::Link));
    assert_eq!(verdict(shot(), &with(remote | StatusBits::FEED_BUSY.0)), Some(Veto::Link));
}

#[test]
fn limit_switches_block_their_direction_only() {
    let at = |bit: StatusBits| Reading { status: StatusBits(StatusBits::REMOTE.0 | bit.0), ..good(1.0) };
    assert_eq!(verdict(up(0.5), &at(StatusBits::BEAM_HIGH_LIMIT)), Some(Veto::Interlock));
    assert_eq!(verdict(up(-0.5), &at(StatusBits::BEAM_HIGH_LIMIT)), None);
    assert_eq!(verdict(up(-0.5), &at(StatusBits::BEAM_LOW_LIMIT)), Some(Veto::Interlock));
    assert_eq!(verdict(up(0.5), &at(StatusBits::BEAM_LOW_LIMIT)), None);
}

#[test]
fn low_or_absurd_current_moves_nothing_and_below_half_feeds_nothing() {
    for (share, beam, feed) in [
        (0.95, None, None),
        (0.85, Some(Veto::Current), None),
        (0.45, Some(Veto::Current), Some(Veto::Current)),
    ] {
        let reading = Reading { current: share * 500e3, ..good(1.0) };
        assert_eq!(verdict(up(0.5), &reading), beam);
        assert_eq!(verdict(up(-0.5), &reading), beam);
        assert_eq!(verdict(shot(), &reading), feed);
    }
    for current in [0.0, -500e3, 700e3] {
        assert_eq!(verdict(up(0.5), &Reading { current, ..good(1.0) }), Some(Veto::Current));
    }
}

#[test]
fn travel_is_bounded_by_mode() {
    for travel in [f64::NAN, f64::INFINITY, 0.0, 1.01, -1.1, 1e9] {
        assert_eq!(verdict(up(travel), &good(1.0)), Some(Veto::Range), "{travel}");
    }
    let tapping = Reading { mode: Mode::Tapping, ..good(1.0) };
    assert_eq!(verdict(up(-2.0), &tapping), None);
    assert_eq!(verdict(up(-2.1), &tapping), Some(Veto::Range));
    let burning = Reading { voltage: 30.0, ..good(1.0) };
    assert_eq!(verdict(up(-3.0), &burning), None);
    assert_eq!(verdict(up(-3.1), &burning), Some(Veto::Range));
}

#[test]
fn larger_moves_are_lawful_only_after_an_operation() {
    let mut state = GuardState::default();
    judge(&mut state, Command::default(), &Reading { mode: Mode::Tapping, ..good(1.0) });
    assert_eq!(judge(&mut state, up(1.5), &good(2.0)), None);
    for n in 1..=6 {
        judge(&mut state, Command::default(), &good(2.0 + 1800.0 * f64::from(n)));
    }
    assert_eq!(judge(&mut state, up(1.5), &good(10_803.0)), Some(Veto::Range));
}

#[test]
fn voltage_and_noise_forbid_the_direction() {
    let at = |voltage: f64| Reading { voltage, ..good(1.0) };
    assert_eq!(verdict(up(-0.5), &at(3.7)), Some(Veto::Voltage));
    assert_eq!(verdict(up(-0.5), &Reading { mode: Mode::Tapping, ..at(3.7) }), None);
    assert_eq!(verdict(up(-0.5), &Reading { mode: Mode::Tapping, ..at(3.2) }), Some(Veto::Voltage));
    assert_eq!(verdict(up(0.5), &at(4.9)), Some(Veto::Voltage));
    assert_eq!(verdict(up(-0.5), &at(4.9)), None);
    for noise in [0.03, f64::NAN] {
        let check =
            |wanted| guard().check(&mut GuardState::default(), wanted, &good(1.0), noise, 1.0, 1.0).veto;
        assert_eq!(check(up(-0.5)), Some(Veto::Voltage));
        assert_eq!(check(up(0.5)), None);
    }
}

#[test]
fn moves_are_spaced_and_counted() {
    let mut state = GuardState::default();
    let mut passed = 0;
    for n in 0..3600 {
        let wanted = up(if n % 2 == 0 { 0.3 } else { -0.3 });
        match judge(&mut state, wanted, &good(1.0 + f64::from(n))) {
            None => passed += 1,
            veto => assert_eq!(veto, Some(Veto::Rate)),
        }
    }
    assert_eq!(passed, 4);
}

#[test]
fn net_travel_is_used_up_but_the_way_back_stays_open() {
    let mut state = GuardState::default();
    let mut passed = 0;
    let mut time = 0.0;
    let mut last = None;
    for _ in 0..20 {
        for _ in 0..16 {
            time += 60.0;
            judge(&mut state, Command::default(), &good(time));
        }
        time += 1.0;
        last = judge(&mut state, up(0.5), &good(time));
        passed += usize::from(last.is_none());
    }
    assert_eq!((passed, last), (12, Some(Veto::Travel)));
    time += 1.0;
    assert_eq!(judge(&mut state, up(-0.5), &good(time)), None);
}

#[test]
fn a_tap_has_its_own_budget() {
    let mut state = GuardState::default();
    let mut total = 0.0;
    for n in 1..1000 {
        let reading = Reading { mode: Mode::Tapping, ..good(f64::from(n)) };
        match judge(&mut state, up(-1.5), &reading) {
            None => total += 1.5,
            veto => assert!(matches!(veto, Some(Veto::Rate | Veto::Travel))),
        }
    }
    assert_eq!(total, 30.0);
}

#[test]
fn an_effect_lowers_no_further_than_its_limit_and_is_made_good_exactly() {
    let mut state = GuardState::default();
    let mut depth = 0.0;
    for n in 1..200 {
        let reading = Reading { voltage: 30.0, ..good(f64::from(n)) };
        if judge(&mut state, up(-3.0), &reading).is_none() {
            depth += 3.0;
        }
    }
    assert_eq!(depth, 18.0);
    // Long after the effect the debt can still be made good, and not a millimetre more.
    for hour in 0..30 {
        judge(&mut state, Command::default(), &good(200.0 + 3000.0 * f64::from(hour)));
    }
    let mut raised = 0.0;
    for n in 0..600 {
        if judge(&mut state, up(3.0), &good(90_000.0 + f64::from(n))).is_none() {
            raised += 3.0;
        }
    }
    assert_eq!(raised, 18.0);
}

#[test]
fn a_debt_the_person_made_good_is_no_licence() {
    let mut state = GuardState::default();
    judge(&mut state, up(-3.0), &Reading { voltage: 30.0, ..good(1.0) });
    let manual = Reading { mode: Mode::Manual, ..good(2.0) };
    judge(&mut state, Command::default(), &manual);
    judge(&mut state, Command::default(), &Reading { beam_position: 0.203, ..good(3.0) });
    let reading = Reading { beam_position: 0.203, ..good(1000.0) };
    assert_eq!(judge(&mut state, up(3.0), &reading), Some(Veto::Range));
}

#[test]
fn shots_are_counted_per_minute_and_unknown_feeders_refused() {
    let mut state = GuardState::default();
    let passed = (1..60).filter(|&n| judge(&mut state, shot(), &good(f64::from(n))).is_none()).count();
    assert_eq!(passed, 8);
    for feeders in [FeederSet::NONE, FeederSet(0b1100_0000)] {
        let wanted = Command { action: Action::Feed { feeders }, fallback_interval: 21.5, alf3: None };
        assert_eq!(verdict(wanted, &good(1.0)), Some(Veto::Range));
    }
    let all = Command {
        action: Action::Feed { feeders: FeederSet::first(6) },
        fallback_interval: 21.5,
        alf3: None,
    };
    let mut state = GuardState::default();
    let burning = |n: i32| Reading { voltage: 30.0, ..good(f64::from(n)) };
    assert_eq!((1..60).filter(|&n| judge(&mut state, all, &burning(n)).is_none()).count(), 6);
}

#[test]
fn time_that_runs_backwards_buys_nothing() {
    let mut state = GuardState::default();
    assert_eq!(judge(&mut state, up(0.5), &good(10_000.0)), None);
    for n in 0..500 {
        let reading = good(f64::from(n));
        assert!(judge(&mut state, up(0.5), &reading).is_some());
    }
}

/// Numbers as a broken world sends them.
fn wild(low: f64, high: f64) -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => low..high,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
        1 => Just(0.0),
        1 => -1e12..1e12,
    ]
}

prop_compose! {
    fn any_reading()(
        time in wild(0.0, 4000.0),
        age in prop_oneof![8 => 0.0..4.0, 1 => wild(0.0, 100.0)],
        quality in prop_oneof![6 => Just(Quality::Good), 1 => Just(Quality::Uncertain), 1 => Just(Quality::Bad)],
        voltage in prop_oneof![6 => 3.2..5.0, 2 => 8.1..40.0, 1 => wild(-5.0, 60.0)],
        current in prop_oneof![6 => 460e3..520e3, 1 => wild(0.0, 600e3)],
        beam_position in wild(0.19, 0.21),
        mode in prop_oneof![
            4 => Just(Mode::Auto), 2 => Just(Mode::Tapping), 1 => Just(Mode::Manual),
            1 => Just(Mode::AnodeChange), 1 => Just(Mode::Off), 1 => Just(Mode::StartUp)
        ],
        bits in prop_oneof![6 => Just(1u16), 2 => any::<u16>().prop_map(|b| b & 0x1ff)],
        ready in prop::bool::weighted(0.9),
        strokes in any::<[u16; 8]>(),
    ) -> Reading {
        Reading {
            time, age, quality, voltage, current, beam_position, mode, strokes,
            status: StatusBits(bits),
            link: Link { ready, last: Outcome::Done },
            ..Reading::default()
        }
    }
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        1 => Just(Action::None),
        4 => wild(-4e-3, 4e-3).prop_map(|travel| Action::Beam { travel }),
        3 => any::<u8>().prop_map(|bits| Action::Feed { feeders: FeederSet(bits) }),
    ]
}

/// The law, written a second time and without memory: what may never leave, whatever came before.
fn lawful(command: &Command, reading: &Reading, noise: f64) -> Result<(), &'static str> {
    let ok = |condition: bool, name| if condition { Ok(()) } else { Err(name) };
    ok(command.fallback_interval >= 5.0 && command.fallback_interval <= 300.0, "fallback")?;
    if command.action == Action::None {
        return Ok(());
    }
    ok(reading.quality != Quality::Bad, "quality")?;
    ok(reading.age >= 0.0 && reading.age <= 5.0, "age")?;
    ok(reading.voltage.is_finite() && reading.time.is_finite(), "finite")?;
    ok(reading.current >= 250e3 && reading.current <= 650e3, "current")?;
    ok(reading.status.has(StatusBits::REMOTE) && !reading.status.has(StatusBits::EMERGENCY_STOP), "remote")?;
    ok(reading.link.ready, "link")?;
    ok(!matches!(reading.mode, Mode::Off | Mode::Manual), "mode")?;
    match command.action {
        Action::None => Ok(()),
        Action::Feed { feeders } => ok(feeders.0 != 0 && feeders.0 < 64, "feeders"),
        Action::Beam { travel } => {
            ok(matches!(reading.mode, Mode::Auto | Mode::Tapping), "beam mode")?;
            ok(travel != 0.0 && travel.abs() <= 3.000_001e-3, "travel")?;
            ok(!reading.status.has(StatusBits::BEAM_BUSY), "busy")?;
            let burning = reading.voltage > 8.0;
            if travel > 0.0 {
                ok(!reading.status.has(StatusBits::BEAM_HIGH_LIMIT), "high limit")?;
                ok(reading.voltage <= 4.8 || burning, "up at high voltage")
            } else {
                ok(!reading.status.has(StatusBits::BEAM_LOW_LIMIT), "low limit")?;
                ok(burning || travel >= -2.000_001e-3, "down without an effect")?;
                // A beam that follows the metal of a tap may do so through a cut.
                let least = if reading.mode == Mode::Tapping { 350e3 } else { 450e3 };
                ok(burning || reading.current >= least, "down at low current")?;
                let auto = reading.mode == Mode::Auto && !burning;
                ok(reading.voltage >= if auto { 3.75 } else { 3.3 }, "down at low voltage")?;
                ok(!auto || noise <= 25e-3, "down in noise")
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_unlawful_ever_leaves(
        steps in prop::collection::vec((any_reading(), any_action(), wild(0.0, 0.05), wild(0.0, 4000.0)), 1..60)
    ) {
        let guard = guard();
        let mut state = GuardState::default();
        let (mut automatic, mut net) = (0.0, 0.0);
        for (reading, action, noise, now) in steps {
            let wanted = Command { action, fallback_interval: now, alf3: None };
            let guarded = guard.check(&mut state, wanted, &reading, noise, now, 1.0);
            if let Err(rule) = lawful(&guarded.command, &reading, noise) {
                prop_assert!(false, "{rule}: {guarded:?} on {reading:?}");
            }
            prop_assert!(guarded.veto.is_some() || guarded.command.action == action);
            if let Action::Beam { travel } = guarded.command.action {
                net += travel;
                automatic += f64::from(u8::from(travel > 0.0)) * travel;
            }
        }
        prop_assert!(net.is_finite() && automatic.is_finite());
    }

    /// The whole controller under the same attack.
    #[test]
    fn the_controller_stays_lawful_and_sane(
        steps in prop::collection::vec((any_reading(), wild(0.0, 4000.0), wild(0.0, 2.0)), 1..200)
    ) {
        use crate::control::{LineView, PotState, Settings};
        let controller = Settings::default().build().unwrap();
        let mut state = PotState::new(&controller, crate::image::CellId(1));
        for (reading, now, dt) in steps {
            let tick = controller.tick(&mut state, &LineView::alone(&reading), &reading, now, dt);
            let noise = tick.status.noise_low;
            if let Err(rule) = lawful(&tick.command, &reading, noise) {
                prop_assert!(false, "{rule}: {tick:?} on {reading:?}");
            }
            prop_assert!(tick.status.alumina.is_finite() && tick.status.target.is_finite());
            prop_assert!(tick.status.alumina_error.is_finite());
        }
    }
}

/// An effect burnt, and is over for so long that its limits are closed; the time \[s\].
fn after_an_effect(state: &mut GuardState) -> f64 {
    for n in 0..1000 {
        let voltage = if n < 10 { 30.0 } else { 4.0 };
        judge(state, Command::default(), &Reading { voltage, ..good(f64::from(n)) });
    }
    1000.0
}

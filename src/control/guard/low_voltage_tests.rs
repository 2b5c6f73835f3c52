//! What the voltage lets the guard do: lift out of a short, lift what was left low, pass over the absurd.

use super::*;

#[test]
fn a_short_may_be_raised_out_of_at_once_and_after_an_effect_in_steps() {
    let mut state = GuardState::default();
    let start = after_an_effect(&mut state);
    let short = |time| Reading { voltage: 3.2, ..good(start + time) };
    let nothing = Command { action: Action::None, ..up(2.0) };
    assert_eq!(verdict(up(2.0), &good(1.0)), Some(Veto::Range));
    assert_eq!(verdict(up(2.1), &short(1.0)), Some(Veto::Range));
    assert_eq!(verdict(up(2.0), &Reading { current: 440e3, ..short(1.0) }), Some(Veto::Current));
    assert_eq!(judge(&mut state, up(2.0), &short(1.0)), None);
    assert_eq!(judge(&mut state, up(2.0), &short(2.0)), Some(Veto::Range), "once");
    for n in 3..300 {
        judge(&mut state, nothing, &short(f64::from(n)));
    }
    assert_eq!(judge(&mut state, up(2.0), &short(300.0)), Some(Veto::Rate));
    assert_eq!(judge(&mut state, up(-0.5), &short(300.5)), Some(Veto::Voltage));
    assert_eq!(judge(&mut state, up(2.0), &short(302.0)), None);
}

#[test]
fn a_voltage_that_stays_low_has_its_own_budget_upwards_if_something_lowered_the_beam() {
    let run = |voltage: f64, effect: bool| {
        let mut state = GuardState::default();
        let start = if effect { after_an_effect(&mut state) } else { 0.0 };
        let mut total = 0.0;
        for n in 1..4 * 3600 {
            let reading = Reading { voltage, ..good(start + f64::from(n)) };
            if judge(&mut state, up(2.0), &reading).is_none() {
                total += 2.0;
            }
        }
        total
    };
    assert_eq!(run(3.6, true), 14.0, "15 mm in steps of two");
    assert_eq!(run(3.8, true), 0.0, "larger than an automatic move");
    assert_eq!(run(3.6, false), 0.0, "as likely a wrong voltage as a low beam");
    // It is not for ever.
    let mut state = GuardState::default();
    after_an_effect(&mut state);
    for n in 0..1500 {
        let reading = Reading { voltage: 3.6, ..good(1000.0 + 60.0 * f64::from(n)) };
        judge(&mut state, Command::default(), &reading);
    }
    assert_eq!(judge(&mut state, up(2.0), &Reading { voltage: 3.6, ..good(91_000.0) }), Some(Veto::Range));
    // One low sample is no low voltage.
    let mut state = GuardState::default();
    for n in 1..600 {
        judge(&mut state, Command::default(), &good(f64::from(n)));
    }
    assert_eq!(judge(&mut state, up(2.0), &Reading { voltage: 3.6, ..good(600.0) }), Some(Veto::Range));
}

#[test]
fn the_budget_of_a_low_voltage_is_for_automatic_mode_and_working_current() {
    for wrong in [
        Reading { mode: Mode::AnodeChange, ..good(1.0) },
        Reading { mode: Mode::Manual, ..good(1.0) },
        Reading { current: 440e3, ..good(1.0) },
        Reading { voltage: f64::NAN, ..good(1.0) },
    ] {
        let mut state = GuardState::default();
        for n in 1..1200 {
            let reading = Reading { time: f64::from(n), voltage: wrong.voltage.min(3.6), ..wrong };
            let reading =
                if wrong.voltage.is_nan() { Reading { voltage: f64::NAN, ..reading } } else { reading };
            assert!(judge(&mut state, up(1.0), &reading).is_some());
        }
    }
}

#[test]
fn one_infinite_voltage_leaves_no_mark_on_the_mean_of_the_minute() {
    for infinite in [f64::NEG_INFINITY, f64::INFINITY] {
        let mut state = GuardState::default();
        let start = after_an_effect(&mut state);
        for n in 1..1200 {
            judge(&mut state, Command::default(), &good(start + f64::from(n)));
        }
        let broken = Reading { voltage: infinite, ..good(start + 1200.0) };
        assert_eq!(judge(&mut state, up(2.0), &broken), Some(Veto::Stale));
        assert!(state.voltage.is_nan(), "not known, and not low: {}", state.voltage);
        // A low sample right after it is one sample, not a low minute.
        let low = |n: u32| Reading { voltage: 3.6, ..good(start + f64::from(n)) };
        assert_eq!(judge(&mut state, up(2.0), &low(1201)), Some(Veto::Range), "{infinite}");
        // And it is no bar for ever: two minutes of low voltage are one.
        for n in 1202..1500 {
            judge(&mut state, Command::default(), &low(n));
        }
        assert_eq!(judge(&mut state, up(2.0), &low(1500)), None, "{infinite}");
    }
}

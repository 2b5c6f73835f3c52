//! Resistance loop, step by step.

use super::*;
use crate::estimate::DesignSettings;

fn resistance() -> Resistance {
    ResistanceSettings::default().build(&DesignSettings::default().build())
}

fn input(level: f64) -> ResistanceInput {
    let fit = Fit { slope: 0.0, error: 5e-12, mean: level, mean_error: 1e-9 };
    ResistanceInput {
        level: Some(fit),
        now: level,
        current: 500e3,
        position: 0.1,
        explained: None,
        noise: (6e-3, NoiseLevel::Normal),
        allowed: true,
        may_restore: true,
        after_operation: false,
        spike: false,
        step: 1.0,
    }
}

fn wait(
    loop_: &Resistance,
    state: &mut ResistanceState,
    input: ResistanceInput,
    minutes: usize,
) -> Option<f64> {
    (0..minutes * 60).find_map(|_| loop_.update(state, &input, &mut Events::default()))
}

#[test]
fn low_resistance_lifts_and_high_lowers() {
    let loop_ = resistance();
    for (level, travel) in [(4.54e-6, 1.0e-3), (4.68e-6, -0.776e-3)] {
        let mut state = ResistanceState::default();
        let found = wait(&loop_, &mut state, input(level), 20).unwrap();
        assert!((found - travel).abs() < 0.05e-3, "{found}");
    }
}

#[test]
fn nothing_happens_inside_the_band_or_while_forbidden() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    assert!(wait(&loop_, &mut state, input(4.57e-6), 120).is_none());
    let forbidden = ResistanceInput { allowed: false, ..input(4.4e-6) };
    assert!(wait(&loop_, &mut state, forbidden, 120).is_none());
    let uncertain = Fit { mean_error: 40e-9, ..input(4.55e-6).level.unwrap() };
    let uncertain = ResistanceInput { level: Some(uncertain), ..input(4.55e-6) };
    let mut state = ResistanceState::default();
    assert!(wait(&loop_, &mut state, uncertain, 120).is_none());
}

#[test]
fn two_moves_without_response_stop_the_beam() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    let low = input(4.5e-6);
    for _ in 0..2 {
        let travel = wait(&loop_, &mut state, low, 60).unwrap();
        loop_.asked(&mut state, &low, travel);
    }
    assert!(wait(&loop_, &mut state, low, 60).is_none());
    assert!(state.fault());
    loop_.anchor(&mut state);
    assert!(wait(&loop_, &mut state, low, 60).is_some());
}

#[test]
fn the_wrong_sign_is_a_failure_even_when_the_encoder_agrees() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    for _ in 0..2 {
        let low = input(4.5e-6);
        let travel = wait(&loop_, &mut state, low, 60).unwrap();
        loop_.asked(&mut state, &low, travel);
        let wrong = ResistanceInput { now: 4.46e-6, position: 0.1 + travel, level: None, ..low };
        wait(&loop_, &mut state, wrong, 2);
    }
    assert!(state.fault());
}

#[test]
fn noise_raises_the_target_and_quiet_lowers_it_slowly() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    let base = loop_.target(&state);
    let loud = ResistanceInput { noise: (0.03, NoiseLevel::Unstable), level: None, ..input(4.6e-6) };
    wait(&loop_, &mut state, loud, 30);
    let added = (loop_.target(&state) - base) * 500e3 * 1e3;
    assert!((added - 30.0).abs() < 0.1, "{added}");
    wait(&loop_, &mut state, loud, 1000);
    assert!(((loop_.target(&state) - base) * 500e3 * 1e3 - 80.0).abs() < 0.1);
    let quiet = ResistanceInput { level: None, ..input(4.6e-6) };
    wait(&loop_, &mut state, quiet, 120);
    assert!(((loop_.target(&state) - base) * 500e3 * 1e3 - 70.0).abs() < 0.2);
}

#[test]
fn an_anode_change_ramps_away() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    let quiet = ResistanceInput { level: None, ..input(4.6e-6) };
    loop_.anode_changed(&mut state);
    let added = |state: &ResistanceState| (loop_.target(state) - 4.6e-6) * 500e3 * 1e3;
    assert!((added(&state) - 40.0).abs() < 1e-6);
    wait(&loop_, &mut state, quiet, 240);
    assert!((added(&state) - 20.0).abs() < 0.01);
    wait(&loop_, &mut state, quiet, 300);
    assert!(added(&state).abs() < 1e-6);
}

#[test]
fn alumina_that_swings_moves_nothing_and_distance_that_is_lost_does() {
    let loop_ = resistance();
    let moves = |known: bool, drift: f64| {
        let mut state = ResistanceState::default();
        let mut gap = 0.0;
        let mut moves = 0;
        for n in 0..48 * 3600 {
            let time = f64::from(n);
            // Half a percent between 2.05 and 2.55 %.
            let alumina = 85e-9 * crate::math::sin(time * core::f64::consts::TAU / 7200.0);
            gap += drift / 3600.0;
            let mut input = input(4.6e-6 + alumina + gap * 68e-6);
            input.explained = known.then_some(Explained { value: alumina, error: 30e-9 });
            if let Some(travel) = loop_.update(&mut state, &input, &mut Events::default()) {
                loop_.asked(&mut state, &input, travel);
                state.check = None;
                gap += travel;
                moves += 1;
            }
            assert!(n < 4 * 3600 || gap.abs() < 2.0e-3, "{gap}");
        }
        moves
    };
    assert!(moves(true, 0.0) <= 6, "{}", moves(true, 0.0));
    let plain = moves(false, 0.0);
    assert!(plain > 20, "the plain dead band answers to alumina: {plain}");
    let drifting = moves(true, -0.2e-3);
    assert!((8..=16).contains(&drifting), "two days of 0.2 mm/h: {drifting}");
}

#[test]
fn a_lost_estimate_is_the_plain_dead_band() {
    let settings = ResistanceSettings::default();
    let design = DesignSettings::default().build();
    let loop_ = settings.build(&design);
    let mut estimate = EkfState::default();
    assert!(loop_.explained(&estimate).is_none(), "nothing is known yet");
    let ekf = crate::estimate::EkfSettings::default().build(&design);
    let mut alumina = 0.025;
    for n in 0..6 * 3600 {
        let rate = if n / 2100 % 2 == 0 { 0.75 } else { 1.25 };
        alumina += (rate - 1.0) * design.fraction(design.consumption(500e3));
        let input = crate::estimate::Input {
            fed: rate * design.consumption(500e3),
            current: 500e3,
            resistance: Some(design.pseudo_resistance(alumina).0),
            noise: 4e-3,
            ..crate::estimate::Input::default()
        };
        ekf.update(&mut estimate, &input, 1.0);
    }
    let explained = loop_.explained(&estimate).unwrap();
    assert!(explained.value.abs() < 0.3e-6 && explained.error > 0.0);
    let plain = ResistanceSettings { mode: BeamMode::Resistance, ..settings }.build(&design);
    assert!(plain.explained(&estimate).is_none());
}

#[test]
fn a_clearly_low_voltage_is_raised_out_of_in_any_phase_and_noise() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    let (mut level, mut position) = (2.9e-6, 0.1);
    let mut steps = 0;
    for _ in 0..4 * 3600 {
        let noise = (0.04, NoiseLevel::Unstable);
        let low = ResistanceInput { allowed: false, noise, position, ..input(level) };
        if let Some(travel) = loop_.update(&mut state, &low, &mut Events::default()) {
            assert!(travel > 0.0 && travel <= 2e-3 + 1e-12);
            loop_.asked(&mut state, &low, travel);
            level += travel * 68e-6;
            position += travel;
            steps += 1;
        }
    }
    assert!(steps > 8 && level >= 4.2e-6 && !state.fault(), "{steps} {level}");
    let manned = ResistanceInput { may_restore: false, allowed: false, ..input(2.9e-6) };
    assert!(wait(&loop_, &mut ResistanceState::default(), manned, 120).is_none());
}

#[test]
fn nothing_learnt_of_the_distance_survives_a_hand() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    wait(&loop_, &mut state, input(4.6e-6), 60);
    // The crew brings the beam up with the anodes held, then the cell stands elsewhere.
    loop_.anchor(&mut state);
    let raised = ResistanceInput { position: 0.3, ..input(4.6e-6) };
    assert!(wait(&loop_, &mut state, raised, 120).is_none(), "a jump of the encoder is no distance");
}

#[test]
fn beyond_the_budget_only_a_larger_error_moves() {
    let loop_ = resistance();
    let mut state = ResistanceState { spent: 6.0, ..ResistanceState::default() };
    assert!(wait(&loop_, &mut state, input(4.54e-6), 60).is_none());
    let mut state = ResistanceState { spent: 6.0, ..ResistanceState::default() };
    assert!(wait(&loop_, &mut state, input(4.48e-6), 60).is_some());
}

#[test]
fn a_low_voltage_that_does_not_answer_is_raised_once() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    let mut steps = 0;
    for n in 0..4 * 3600 {
        let stuck = ResistanceInput { position: 0.1 + 2e-3 * f64::from(steps), ..input(2.9e-6) };
        if let Some(travel) = loop_.update(&mut state, &stuck, &mut Events::default()) {
            loop_.asked(&mut state, &stuck, travel);
            steps += 1;
        }
        assert!(steps <= 1, "{n}");
    }
    assert!(steps == 1 && state.fault());
}

#[test]
fn nothing_is_lowered_in_unstable_noise() {
    let loop_ = resistance();
    let noise = (0.04, NoiseLevel::Unstable);
    let high = ResistanceInput { noise, ..input(4.9e-6) };
    assert!(wait(&loop_, &mut ResistanceState::default(), high, 60).is_none());
}

#[test]
fn a_spike_holds_the_beam_either_way_and_is_named_once() {
    let loop_ = resistance();
    for level in [2.9e-6, 4.4e-6, 4.9e-6] {
        let mut state = ResistanceState::default();
        let spiked = ResistanceInput { spike: true, ..input(level) };
        let mut named = 0;
        for _ in 0..2 * 3600 {
            let mut events = Events::default();
            assert!(loop_.update(&mut state, &spiked, &mut events).is_none());
            named += events.iter().filter(|event| *event == EventKind::SpikeHoldsBeam).count();
        }
        assert_eq!(named, 1);
        assert!(wait(&loop_, &mut state, input(level), 20).is_some(), "and then goes on");
    }
}

#[test]
fn the_budget_shows_what_is_spent_and_left() {
    let loop_ = resistance();
    let mut state = ResistanceState::default();
    assert_eq!(loop_.budget(&state), Budget { spent: 0.0, left: 6.0 });
    let low = input(4.5e-6);
    let travel = wait(&loop_, &mut state, low, 60).unwrap();
    loop_.asked(&mut state, &low, travel);
    assert_eq!(loop_.budget(&state), Budget { spent: 1.0, left: 5.0 });
    wait(&loop_, &mut state, ResistanceInput { allowed: false, ..low }, 60);
    assert!((loop_.budget(&state).spent - 0.5).abs() < 1e-3, "twelve a day come back");
}

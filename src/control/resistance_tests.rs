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
        noise: (6e-3, NoiseLevel::Normal),
        allowed: true,
        after_operation: false,
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
    for (level, travel) in [(4.55e-6, 0.5e-3), (4.65e-6, -0.5e-3)] {
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

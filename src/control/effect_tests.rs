//! The sequence, step by step.

use super::*;

/// A beam, a voltage, and the sequence between them.
struct Story {
    effect: Effect,
    state: EffectState,
    position: f64,
    shots: usize,
    single: usize,
    moves: usize,
    may_move: bool,
    log: std::vec::Vec<EventKind>,
}

impl Story {
    fn new() -> Self {
        Self::with(EffectSettings::default())
    }

    fn with(settings: EffectSettings) -> Self {
        Self {
            effect: settings.build(),
            state: EffectState::default(),
            position: 0.2,
            shots: 0,
            single: 0,
            moves: 0,
            may_move: true,
            log: std::vec::Vec::new(),
        }
    }

    fn run(&mut self, seconds: usize, voltage: f64, may_act: bool) {
        for _ in 0..seconds {
            let mut events = Events::default();
            let input = EffectInput {
                voltage,
                resistance_share: 1.0,
                position: self.position,
                may_act,
                may_move: self.may_move,
                may_restore: true,
                step: 1.0,
            };
            match self.effect.update(&mut self.state, &input, &mut events) {
                Wanted::Nothing => {}
                Wanted::Shots => {
                    self.state.fed();
                    self.shots += 1;
                }
                Wanted::Shot => {
                    self.state.fed();
                    self.single += 1;
                }
                Wanted::Beam(travel) => {
                    assert!(travel.abs() <= 3e-3 + 1e-12);
                    self.state.moved(travel);
                    self.moves += 1;
                    self.position += travel;
                    assert!(self.position > 0.2 - 0.0201 && self.position < 0.2 + 1e-9);
                }
            }
            self.log.extend(events.iter());
        }
    }
}

#[test]
fn a_spike_of_two_seconds_is_no_effect() {
    let mut story = Story::new();
    story.run(2, 20.0, true);
    story.run(60, 4.0, true);
    assert!(story.log.is_empty() && !story.state.active());
}

#[test]
fn it_feeds_lowers_and_returns() {
    let mut story = Story::new();
    story.run(60, 30.0, true);
    assert_eq!(story.shots, 3);
    assert!((story.position - 0.184).abs() < 3.1e-3, "{}", story.position);
    story.run(30, 4.2, true);
    assert!(!story.state.active());
    story.run(420, 4.0, true);
    assert!((story.position - 0.2).abs() < 0.5e-3, "{}", story.position);
    assert_eq!(story.log, [EventKind::EffectStarted, EventKind::EffectEnded]);
}

#[test]
fn a_stubborn_effect_is_tried_twice_and_then_handed_to_a_person() {
    let mut story = Story::new();
    story.run(300, 30.0, true);
    assert_eq!(story.shots, 5);
    assert!(story.log.contains(&EventKind::EffectNeedsOperator));
    let position = story.position;
    story.run(3600, 30.0, true);
    assert_eq!(story.position, position, "hands off while he may be there");
    assert_eq!(story.log.iter().filter(|e| **e == EventKind::EffectNeedsOperator).count(), 1);
}

#[test]
fn where_it_is_allowed_it_tries_again_after_a_rest_but_not_for_ever() {
    let mut story = Story::with(EffectSettings { attempts: 4, ..EffectSettings::default() });
    story.run(415, 30.0, true);
    let (shots, moves) = (story.shots, story.moves);
    story.run(60, 30.0, true);
    assert_eq!(story.shots, shots + 2, "a third attempt after three minutes");
    assert!(story.moves > moves, "it pumps");
    story.run(1800, 30.0, true);
    assert_eq!(story.shots, 3 + 3 * 2);
    let moves = story.moves;
    story.run(1800, 30.0, true);
    assert_eq!(story.moves, moves, "then the beam rests");
    assert_eq!(story.log.iter().filter(|e| **e == EventKind::EffectNeedsOperator).count(), 1);
}

#[test]
fn a_burning_cell_is_fed_for_as_long_as_it_burns() {
    let mut story = Story::new();
    story.may_move = false;
    story.run(1800, 30.0, true);
    assert_eq!(story.position, 0.2, "hands off where the mode says so");
    assert_eq!(story.shots, 3, "no attempt without the beam");
    assert!((85..=90).contains(&story.single), "{}", story.single);
}

#[test]
fn the_home_position_survives_faults_and_a_second_effect() {
    let mut story = Story::new();
    story.run(60, 30.0, true);
    story.run(100, 4.2, true);
    story.run(600, 4.2, false);
    story.run(60, 30.0, true);
    story.run(200, 4.2, false);
    story.run(900, 4.1, true);
    assert!((story.position - 0.2).abs() < 0.5e-3, "{}", story.position);
}

#[test]
fn a_stuck_encoder_cannot_raise_it_further_than_it_went_down() {
    let mut story = Story::new();
    story.run(60, 30.0, true);
    let stuck = 0.2;
    let mut raised = 0.0;
    let down = 0.2 - story.position;
    for _ in 0..3600 {
        let input = EffectInput {
            voltage: 4.1,
            resistance_share: 1.0,
            position: stuck,
            may_act: true,
            may_move: true,
            may_restore: true,
            step: 1.0,
        };
        if let Wanted::Beam(travel) = story.effect.update(&mut story.state, &input, &mut Events::default()) {
            story.state.moved(travel);
            raised += travel;
        }
    }
    assert!((raised - down).abs() < 0.5e-3, "{raised} {down}");
}

#[test]
fn a_beam_moved_by_hand_is_left_alone() {
    let mut story = Story::new();
    story.run(60, 30.0, true);
    story.state.hand_over(story.position);
    story.position += 0.010;
    story.state.take_back(story.position);
    let position = story.position;
    story.run(900, 4.1, true);
    assert_eq!(story.position, position);
}

#[test]
fn threshold_and_least_duration_decide_what_an_effect_is() {
    for (voltage_v, declare_s, declared) in [(8.0, 3.0, true), (10.0, 3.0, false), (8.0, 6.0, false)] {
        let mut story = Story::with(EffectSettings { voltage_v, declare_s, ..EffectSettings::default() });
        story.run(5, 9.0, true);
        assert_eq!(story.state.active(), declared, "{voltage_v} V for {declare_s} s");
    }
}

#[test]
fn a_relapse_within_the_re_arm_time_is_quenched_but_not_announced() {
    for (rearm_s, announced) in [(900.0, 1), (60.0, 2)] {
        let mut story = Story::with(EffectSettings { rearm_s, ..EffectSettings::default() });
        story.run(40, 30.0, true);
        story.run(400, 4.0, true);
        let shots = story.shots;
        story.run(40, 30.0, true);
        assert!(story.state.active() && story.shots == shots + 3 && story.position < 0.19);
        assert_eq!(story.log.iter().filter(|e| **e == EventKind::EffectStarted).count(), announced);
    }
}

#[test]
fn both_rules_of_counting_see_the_same_effects() {
    let mut story = Story::new();
    for seconds in [40, 90] {
        story.run(seconds, 30.0, true);
        story.run(600, 4.0, true);
    }
    let counts = story.state.counts();
    assert_eq!((counts.international.count(), counts.record.count()), (1, 1));
    assert_eq!((counts.international.seconds(), counts.record.seconds()), (130.0, 90.0));
}

#[test]
fn each_quench_sequence_does_what_its_name_says() {
    for (quench, moves) in [(Quench::LowerHold, 0), (Quench::Pump, 12)] {
        let mut story = Story::with(EffectSettings { quench, ..EffectSettings::default() });
        story.run(45, 30.0, true);
        let down = story.moves;
        assert!((story.position - 0.184).abs() < 1e-9 || quench == Quench::Pump);
        story.run(70, 30.0, true);
        let pumped = story.moves - down;
        assert!(pumped <= moves && (quench == Quench::Pump) == (pumped > 0), "{pumped}");
        story.run(60, 30.0, true);
        assert!((story.position - 0.182).abs() < 1e-9, "the second attempt goes to the bottom");
    }
}

#[test]
fn what_is_not_seen_is_neither_over_nor_moved_nor_fed_beyond_its_rounds() {
    let mut story = Story::new();
    story.run(20, 30.0, true);
    let (shots, moves) = (story.shots, story.moves);
    assert!(shots > 0 && moves > 0);
    story.single = 0;
    story.run(3600, f64::NAN, true);
    assert!(story.state.active() && story.moves == moves && story.shots <= 3 && story.single == 0);
    // Seen again, and low: over after its time, and the beam goes home.
    story.run(10, 4.1, true);
    assert!(story.state.active());
    story.run(900, 4.1, true);
    assert!(!story.state.active() && (story.position - 0.2).abs() < 0.5e-3, "{}", story.position);
}

#[test]
fn a_beam_is_not_put_back_while_the_voltage_is_not_seen() {
    let mut story = Story::new();
    story.run(60, 30.0, true);
    story.run(40, 4.1, true);
    assert!(!story.state.active() && story.state.owes());
    let position = story.position;
    story.run(900, f64::NAN, true);
    assert_eq!(story.position, position);
}

#[test]
fn an_effect_that_is_over_is_fed_on_until_the_beam_is_back() {
    let mut story = Story::new();
    story.run(40, 30.0, true);
    story.run(40, 4.2, true);
    assert!(!story.state.active() && story.state.owes());
    // Too high for the beam to return, too low for an effect.
    let before = story.single;
    story.run(450, 6.0, true);
    assert_eq!(story.single - before, 10, "one in 45 s");
    story.run(600, 4.2, true);
    assert!(!story.state.owes());
    let before = story.single;
    story.run(450, 4.2, true);
    assert_eq!(story.single, before, "the dosing has it again");
}

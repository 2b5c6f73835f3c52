use super::*;

fn with(alarm: Alarm) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.set(alarm, true);
    conditions
}

fn scan(state: &mut AlarmState, conditions: Conditions, mode: Mode, seconds: u32) -> usize {
    let mut told = 0;
    for _ in 0..seconds {
        let mut events = Events::default();
        state.update(conditions, mode, 1.0, &mut events);
        told += events.iter().filter(|kind| matches!(kind, EventKind::Alarm(_))).count();
    }
    told
}

const NONE: Conditions = Conditions(0);

#[test]
fn an_alarm_is_told_once_and_leaves_when_seen_and_gone() {
    let mut state = AlarmState::default();
    assert_eq!(scan(&mut state, with(Alarm::BreakerStuck), Mode::Auto, 100), 1);
    assert_eq!(state.entry(Alarm::BreakerStuck).life(), AlarmLife::Unacknowledged);
    state.acknowledge(Alarm::BreakerStuck);
    assert_eq!(scan(&mut state, with(Alarm::BreakerStuck), Mode::Auto, 100), 0);
    assert_eq!(state.entry(Alarm::BreakerStuck).life(), AlarmLife::Acknowledged);
    scan(&mut state, NONE, Mode::Auto, 1);
    assert_eq!(state.entry(Alarm::BreakerStuck).life(), AlarmLife::Normal);
}

#[test]
fn what_goes_unseen_is_kept_and_does_not_chatter() {
    let mut state = AlarmState::default();
    let mut told = 0;
    for _ in 0..20 {
        told += scan(&mut state, with(Alarm::HopperLow), Mode::Auto, 30);
        told += scan(&mut state, NONE, Mode::Auto, 30);
    }
    assert_eq!(told, 1, "the same alarm, until somebody has seen it");
    assert_eq!(state.entry(Alarm::HopperLow).life(), AlarmLife::Returned);
    state.acknowledge(Alarm::HopperLow);
    assert_eq!(state.shown().count(), 0);
    assert_eq!(scan(&mut state, with(Alarm::HopperLow), Mode::Auto, 1), 1);
}

#[test]
fn a_slow_alarm_waits() {
    let mut state = AlarmState::default();
    assert_eq!(scan(&mut state, with(Alarm::TargetSaturated), Mode::Auto, 3_599), 0);
    assert_eq!(scan(&mut state, with(Alarm::TargetSaturated), Mode::Auto, 1), 1);
}

#[test]
fn work_at_the_cell_explains_some_alarms_and_they_come_back_after_it() {
    let mut state = AlarmState::default();
    assert_eq!(scan(&mut state, with(Alarm::VoltageHigh), Mode::Tapping, 600), 0);
    assert_eq!(state.entry(Alarm::VoltageHigh).life(), AlarmLife::Suppressed);
    assert_eq!(scan(&mut state, with(Alarm::VoltageHigh), Mode::Auto, 1), 1);
    assert_eq!(scan(&mut state, with(Alarm::BreakerStuck), Mode::Tapping, 1), 1, "that one nothing explains");
}

#[test]
fn what_was_seen_before_the_work_is_no_news_after_it() {
    let mut state = AlarmState::default();
    scan(&mut state, with(Alarm::Unstable), Mode::Auto, 10);
    state.acknowledge(Alarm::Unstable);
    assert_eq!(scan(&mut state, with(Alarm::Unstable), Mode::Tapping, 600), 0);
    assert_eq!(scan(&mut state, with(Alarm::Unstable), Mode::Auto, 10), 0);
    assert_eq!(state.entry(Alarm::Unstable).life(), AlarmLife::Acknowledged);
    // Gone and come again it is.
    scan(&mut state, NONE, Mode::Auto, Alarm::Unstable.delays().1 as u32 + 1);
    assert_eq!(scan(&mut state, with(Alarm::Unstable), Mode::Auto, 10), 1);
}

#[test]
fn shelving_ends_by_itself_and_is_not_for_urgent_ones() {
    let mut state = AlarmState::default();
    assert!(!state.shelve(Alarm::EffectNotQuenched, 60.0) && !state.shelve(Alarm::Unstable, f64::NAN));
    assert!(state.shelve(Alarm::Unstable, 1e9));
    assert_eq!(state.entry(Alarm::Unstable).shelf(), SHELF_MOST);
    assert_eq!(scan(&mut state, with(Alarm::Unstable), Mode::Auto, SHELF_MOST as u32 - 1), 0);
    assert_eq!(state.shown().count(), 0);
    assert_eq!(scan(&mut state, with(Alarm::Unstable), Mode::Auto, 2), 1);
}

#[test]
fn the_list_shows_the_most_urgent_first() {
    let mut state = AlarmState::default();
    let mut conditions = with(Alarm::HopperLow);
    conditions.set(Alarm::Unstable, true);
    conditions.set(Alarm::BeamFault, true);
    scan(&mut state, conditions, Mode::Auto, 1);
    let order: std::vec::Vec<Priority> = state.shown().map(|(alarm, _)| alarm.priority()).collect();
    assert_eq!(order, [Priority::Urgent, Priority::High, Priority::Low]);
}

#[test]
fn every_alarm_has_its_place_and_words() {
    assert!(Alarm::ALL.len() <= 32, "one bit each");
    for (place, alarm) in Alarm::ALL.into_iter().enumerate() {
        assert_eq!(alarm as usize, place);
        let words = alarm.words();
        assert!(![words.title, words.title_zh, words.cause, words.remedy].contains(&""));
    }
    let urgent = Alarm::ALL.iter().filter(|alarm| alarm.priority() == Priority::Urgent).count();
    assert!(urgent * 5 <= Alarm::ALL.len(), "where all is urgent nothing is");
}

use super::*;

const CELL: RodInput = RodInput { current: 480e3, voltage: 3.95, changing: false, effect: false, off: false };

/// Rounds of one minute with 1 % of clamp noise over anodes that carry `share(minute, anode)`.
struct Rounds {
    rods: Rods,
    state: RodState,
    minute: u32,
    random: u64,
    events: std::vec::Vec<EventKind>,
}

impl Rounds {
    fn new() -> Self {
        let rods = RodSettings { trim: true, ..RodSettings::default() }.build(6);
        Self { rods, state: RodState::default(), minute: 0, random: 5, events: std::vec::Vec::new() }
    }

    fn noise(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            sum += (self.random >> 11) as f64 / (1u64 << 53) as f64;
        }
        0.01 * (sum - 6.0)
    }

    fn run(&mut self, minutes: u32, input: RodInput, share: impl Fn(u32, usize) -> f64) {
        for minute in 0..minutes {
            let mut round =
                RodCurrents { taken: 60.0 * f64::from(self.minute + minute), ..Default::default() };
            let sum: f64 = (0..MAX_ANODES).map(|k| share(minute, k)).sum();
            for (k, current) in round.current.iter_mut().enumerate() {
                *current = input.current * share(minute, k) / sum * (1.0 + self.noise());
            }
            let mut events = Events::default();
            self.state.offer(&round);
            self.rods.update(&mut self.state, &input, &mut events);
            self.events.extend(events.iter());
        }
        self.minute += minutes;
    }
}

/// Anodes differ; nothing happens.
fn usual(_: u32, k: usize) -> f64 {
    1.0 + 0.08 * ((k * 7 % 11) as f64 / 5.0 - 1.0)
}

#[test]
fn ten_quiet_days_say_nothing() {
    let mut rounds = Rounds::new();
    rounds.run(14_400, CELL, usual);
    assert!(rounds.events.is_empty(), "{:?}", rounds.events);
    assert!(rounds.state.zones().iter().all(|z| z.abs() < 0.01), "{:?}", rounds.state.zones());
}

#[test]
fn an_anode_that_films_at_steady_voltage_is_told_once_and_forgotten() {
    let mut rounds = Rounds::new();
    rounds.run(120, CELL, usual);
    let filmed = |minute: u32, k: usize| if k == 17 && minute >= 1 { 0.6 } else { usual(minute, k) };
    rounds.run(10, CELL, filmed);
    assert_eq!(rounds.events, [EventKind::LowVoltageEffect(17)]);
    assert!(rounds.state.low_voltage_effect());
    rounds.run(10, CELL, usual);
    assert!(!rounds.state.low_voltage_effect());
}

#[test]
fn a_fall_with_the_voltage_or_of_the_neighbours_too_is_another_matter() {
    let filmed = |minute: u32, k: usize| if k == 17 && minute >= 1 { 0.6 } else { usual(minute, k) };
    let mut rounds = Rounds::new();
    rounds.run(120, CELL, usual);
    rounds.run(3, RodInput { voltage: 4.5, ..CELL }, filmed);
    assert!(rounds.events.is_empty(), "{:?}", rounds.events);

    let mut rounds = Rounds::new();
    rounds.run(120, CELL, usual);
    let corner = |m: u32, k: usize| if (10..20).contains(&(k % 24)) && m >= 1 { 0.75 } else { usual(m, k) };
    rounds.run(3, CELL, corner);
    let inside = |e: &EventKind| matches!(e, EventKind::LowVoltageEffect(k) if (11..19).contains(&(k % 24)));
    assert!(!rounds.events.iter().any(inside), "{:?}", rounds.events);
}

#[test]
fn a_spike_is_told_after_ten_minutes() {
    let mut rounds = Rounds::new();
    rounds.run(60, CELL, usual);
    let spike = |minute: u32, k: usize| if k == 3 { 1.7 } else { usual(minute, k) };
    rounds.run(9, CELL, spike);
    assert!(rounds.events.is_empty());
    rounds.run(3, CELL, spike);
    assert_eq!(rounds.events, [EventKind::Spike(3)]);
    assert!(rounds.state.spike());
}

#[test]
fn a_new_anode_is_followed_on_its_way() {
    let mut rounds = Rounds::new();
    rounds.run(60, CELL, usual);
    let cold = |_: u32, k: usize| if k == 30 { 0.02 } else { 1.0 };
    rounds.run(5, RodInput { changing: true, ..CELL }, cold);
    let pick_up = |minute: u32, k: usize| if k == 30 { expected(60.0 * f64::from(minute)) } else { 1.0 };
    rounds.run(600, CELL, pick_up);
    let found: std::vec::Vec<_> = rounds.state.pick_ups().collect();
    let [new] = found[..] else { panic!("{found:?}") };
    assert_eq!(new.anode, 30);
    assert!((new.share - 0.5).abs() < 0.05 && (new.expected - 0.5).abs() < 0.05, "{new:?}");
    assert!(rounds.events.is_empty(), "{:?}", rounds.events);
}

#[test]
fn a_lean_zone_is_fed_more_and_the_others_less() {
    let mut rounds = Rounds::new();
    rounds.run(600, CELL, usual);
    // Anodes 4 to 7 and 28 to 31 hang over the second feeder.
    let lean = |m: u32, k: usize| if (4..8).contains(&(k % 24)) { 0.97 * usual(m, k) } else { usual(m, k) };
    rounds.run(30, CELL, lean);
    let trims = rounds.state.trims();
    assert!(rounds.state.leanest() < -0.015 && rounds.state.leanest() == rounds.state.zones()[1]);
    assert!(trims[1] > 1.08 && trims[1] <= 1.15, "{trims:?}");
    let sum: f64 = trims.iter().take(6).sum();
    assert!((sum - 6.0).abs() < 1e-12 && trims.iter().all(|t| (0.85..=1.15).contains(t)), "{trims:?}");
}

#[test]
fn what_is_no_round_of_this_cell_is_not_believed() {
    let mut rounds = Rounds::new();
    rounds.run(60, CELL, usual);
    let before = rounds.state.clone();
    for currents in [[0.0; MAX_ANODES], [f64::NAN; MAX_ANODES], [20e3; MAX_ANODES]] {
        rounds.state.offer(&RodCurrents { taken: 1e5, current: currents });
        rounds.rods.update(&mut rounds.state, &CELL, &mut Events::default());
        assert_eq!(rounds.state.zones(), before.zones());
        assert_eq!(rounds.state.rounds, before.rounds);
        rounds.state.taken = before.taken;
    }
}

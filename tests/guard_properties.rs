//! Whatever is read and whatever is wanted: no unlawful command leaves.
//!
//! The laws are written down here once more, from the manual and not from the guard's code: from whole
//! histories where the guard keeps ledgers.

use potline::control::{Guard, GuardSettings, GuardState, LineView, PotState, Settings};
use potline::image::{
    Action, CellId, Command, FeederSet, Flags, Link, Mode, Outcome, Quality, Reading, Status, StatusBits,
    Veto,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

const NOMINAL: f64 = 500e3;
const FEEDERS: usize = 6;
const MM: f64 = 1e-3;
/// Rounding of sums of travels \[m\].
const EPS: f64 = 2e-9;
/// The time that travel is counted over \[s\].
const EIGHT: f64 = 8.0 * 3600.0;

/// What befalls the controller's clock in one scan.
#[derive(Debug, Clone, Copy)]
enum Now {
    Follows,
    Stands,
    /// Set back for good.
    Back(f64),
    /// Wrong in this scan only.
    Glitch(f64),
    Nan,
}

#[derive(Debug, Clone, Copy)]
enum Stamp {
    Follows,
    Stands,
    Back,
    Nan,
    Infinite,
}

#[derive(Debug, Clone)]
struct Step {
    /// Time that really passes \[s\].
    passes: f64,
    now: Now,
    stamp: Stamp,
    reading: Reading,
    /// The switch is turned to this.
    turn: Option<Mode>,
    /// What a person or the motor does to the beam \[m\].
    shift: f64,
    wanted: Command,
    noise: f64,
    swing: bool,
}

fn nasty() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        any::<f64>(),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    use Mode::{AnodeChange, Auto, Manual, Off, StartUp, Tapping};
    prop_oneof![8 => Just(Auto), 4 => Just(Tapping), 1 => Just(AnodeChange), 1 => Just(Manual), 1 => Just(Off), 1 => Just(StartUp)]
}

fn travel() -> impl Strategy<Value = f64> {
    let usual =
        prop::sample::select(vec![0.1, 0.3, 0.5, 0.501, 1.0, 1.5, 1.6, 2.0, 2.5, 3.0, 3.1, 25.0, 0.0]);
    let signed = (usual, any::<bool>()).prop_map(|(mm, up)| if up { mm * MM } else { -mm * MM });
    prop_oneof![30 => signed, 1 => nasty()]
}

fn command() -> impl Strategy<Value = Command> {
    let feed = prop_oneof![
        6 => (0..FEEDERS).prop_map(FeederSet::single),
        2 => Just(FeederSet::first(FEEDERS)),
        1 => any::<u8>().prop_map(FeederSet),
    ];
    let action = prop_oneof![
        1 => Just(Action::None),
        3 => feed.prop_map(|feeders| Action::Feed { feeders }),
        6 => travel().prop_map(|travel| Action::Beam { travel }),
    ];
    let interval = prop_oneof![4 => 1.0..400.0, 1 => nasty()];
    (action, interval).prop_map(|(action, fallback_interval)| Command {
        action,
        fallback_interval,
        alf3: None,
    })
}

fn reading() -> impl Strategy<Value = Reading> {
    let voltage = prop_oneof![
        20 => 3.76..4.7, 2 => 3.0..3.8, 1 => 4.7..5.0, 2 => 8.0..45.0, 1 => Just(3.4), 1 => nasty()
    ];
    let current = prop_oneof![30 => 0.95..1.05, 2 => 0.4..0.95, 1 => 0.0..0.5, 1 => 1.25..1.4, 1 => nasty()];
    let age = prop_oneof![20 => Just(0.0), 2 => 0.0..10.0, 1 => nasty()];
    let quality =
        prop_oneof![20 => Just(Quality::Good), 2 => Just(Quality::Uncertain), 1 => Just(Quality::Bad)];
    let status = prop_oneof![
        12 => Just(StatusBits::REMOTE),
        1 => (0..9u16).prop_map(|bit| StatusBits(1 | 1 << bit)),
        1 => any::<u16>().prop_map(StatusBits),
    ];
    let last = prop::sample::select(vec![
        Outcome::Done,
        Outcome::Done,
        Outcome::Idle,
        Outcome::Pending,
        Outcome::Accepted,
        Outcome::Busy,
        Outcome::Rejected,
        Outcome::Unknown,
    ]);
    let link = (prop::bool::weighted(0.95), last).prop_map(|(ready, last)| Link { ready, last });
    let beam = prop_oneof![40 => Just(0.0), 1 => nasty()];
    let strokes = prop_oneof![10 => Just([0; 8]), 1 => any::<[u16; 8]>()];
    (voltage, current, age, quality, status, link, beam, strokes).prop_map(
        |(voltage, share, age, quality, status, link, beam_position, strokes)| Reading {
            voltage,
            current: share * NOMINAL,
            age,
            quality,
            status,
            link,
            beam_position,
            strokes,
            ..Reading::default()
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let passes = prop_oneof![
        12 => Just(1.0), 4 => 0.05..3.0, 2 => 3.0..30.0, 3 => Just(601.0), 1 => 60.0..4000.0, 1 => Just(3599.0)
    ];
    let now = prop_oneof![30 => Just(Now::Follows), 1 => Just(Now::Stands), 1 => (0.1..1e5).prop_map(Now::Back),
        2 => (0.1..1e5).prop_map(Now::Glitch), 1 => Just(Now::Nan)];
    let stamp = prop_oneof![
        30 => Just(Stamp::Follows), 2 => Just(Stamp::Stands), 1 => Just(Stamp::Back), 1 => Just(Stamp::Nan),
        1 => Just(Stamp::Infinite)
    ];
    let turn = prop::option::weighted(0.06, mode());
    let shift = prop_oneof![20 => Just(0.0), 1 => -0.003..0.003];
    let noise = prop_oneof![10 => 0.0..0.024, 1 => 0.024..0.1, 1 => nasty()];
    (passes, now, stamp, reading(), turn, shift, command(), noise, prop::bool::weighted(0.05)).prop_map(
        |(passes, now, stamp, reading, turn, shift, wanted, noise, swing)| Step {
            passes,
            now,
            stamp,
            reading,
            turn,
            shift,
            wanted,
            noise,
            swing,
        },
    )
}

/// The world as it shows itself: a clock, a stamp, a switch and a beam that remember.
struct World {
    now: f64,
    stamp: f64,
    mode: Mode,
    beam: f64,
}

impl World {
    fn new() -> Self {
        Self { now: 1e4, stamp: 500.0, mode: Mode::Auto, beam: 0.2 }
    }

    /// The reading and the clock of this scan.
    fn show(&mut self, step: &Step) -> (Reading, f64) {
        let mut now = self.now + step.passes;
        match step.now {
            Now::Follows => self.now = now,
            Now::Stands => now = self.now,
            Now::Back(by) => {
                now -= by;
                self.now = now;
            }
            Now::Glitch(by) => {
                self.now = now;
                now -= by;
            }
            Now::Nan => now = f64::NAN,
        }
        let mut time = self.stamp + step.passes;
        match step.stamp {
            Stamp::Follows => self.stamp = time,
            Stamp::Stands => time = self.stamp,
            Stamp::Back => {
                time -= 100.0;
                self.stamp = time;
            }
            Stamp::Nan => time = f64::NAN,
            Stamp::Infinite => time = f64::INFINITY,
        }
        self.mode = step.turn.unwrap_or(self.mode);
        self.beam += step.shift;
        let beam_position =
            if step.reading.beam_position == 0.0 { self.beam } else { step.reading.beam_position };
        (Reading { time, mode: self.mode, beam_position, ..step.reading }, now)
    }
}

/// Under which law a move was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Feed,
    EffectFeed,
    Auto,
    AfterWork,
    Tapping,
    Quench,
    Restore,
    Short,
    /// Up away from a voltage that stays low.
    Low,
    /// Which of the laws for automatic moves was meant cannot be told from outside.
    Unknown,
}

/// The judge: histories, and the manual. Its time is the real one, which no clock shows him but the
/// world tells him: what may not be done more often must not be so in truth.
struct Judge {
    s: GuardSettings,
    /// The guard's clock is right all the time. Of one that is not, only what must hold whatever it
    /// shows is asked: it may make the guard wait longer, and licences last longer.
    exact: bool,
    time: f64,
    /// Time that no clock, however bad, can hide \[s\].
    slow: f64,
    /// Stamp of the newest believable sample, and when it was new.
    stamp: (f64, f64),
    mode: Mode,
    /// When an effect was last seen, by both times; likewise the end of work.
    burned: (f64, f64),
    work_ended: (f64, f64),
    shots: Vec<(f64, usize)>,
    moves: Vec<(f64, f64, Kind)>,
    /// Mean voltage of a minute at working current in automatic mode.
    voltage: Option<f64>,
    /// Travel of this tap, and net lowering of effects \[m\].
    tap: f64,
    lowered: f64,
    taken_over: Option<f64>,
}

impl Judge {
    fn new(s: GuardSettings, exact: bool) -> Self {
        let never = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        Self {
            s,
            exact,
            time: 0.0,
            slow: 0.0,
            stamp: (f64::NAN, 0.0),
            mode: Mode::Off,
            burned: never,
            work_ended: never,
            shots: Vec::new(),
            moves: Vec::new(),
            voltage: None,
            tap: 0.0,
            lowered: 0.0,
            taken_over: None,
        }
    }

    /// A licence of `limit` that began at `since` may still be used.
    fn within(&self, since: (f64, f64), limit: f64) -> bool {
        if self.exact { self.time - since.0 < limit } else { self.slow - since.1 < limit }
    }

    /// What everybody can see before the command is given, `passes` after the last scan.
    fn see(&mut self, r: &Reading, now: f64, passes: f64) {
        // Nobody was away for more than an hour.
        self.time += passes.min(3600.0);
        self.slow += passes.min(5.0);
        if !(r.quality != Quality::Bad && r.time.is_finite() && now.is_finite()) {
            return;
        }
        if r.time != self.stamp.0 {
            self.stamp = (r.time, if self.exact { self.time } else { self.slow });
        }
        if r.voltage > 8.0 && r.voltage.is_finite() {
            self.burned = (self.time, self.slow);
        }
        let share = r.current / NOMINAL * 100.0;
        let working = (self.s.move_current_pct..=130.0).contains(&share) && r.mode == Mode::Auto;
        self.voltage = (working && r.voltage.is_finite() && r.voltage < 8.0).then(|| match self.voltage {
            // Before it is known, or after a voltage that is no number, it is taken for high.
            None => 8.0,
            Some(mean) => mean + (1.0 - (-passes.min(3600.0) / 60.0).exp()) * (r.voltage - mean),
        });
        if matches!(r.mode, Mode::Manual | Mode::Off) {
            self.taken_over.get_or_insert(r.beam_position);
        } else if let Some(at) = self.taken_over.take() {
            // Where the beam stands unknown, nobody is known to have kept his hands off: no licence.
            let untouched = (r.beam_position - at).abs() <= 0.5 * MM;
            if !untouched {
                self.lowered = 0.0;
            }
        }
        if r.mode != self.mode {
            if matches!(self.mode, Mode::Tapping | Mode::AnodeChange) {
                self.work_ended = (self.time, self.slow);
            }
            self.tap = 0.0;
            self.mode = r.mode;
        }
    }

    fn judge(&mut self, r: &Reading, command: &Command, noise: f64) -> Result<Option<Kind>, TestCaseError> {
        let interval = command.fallback_interval;
        prop_assert!((5.0..=300.0).contains(&interval), "fallback {interval}");
        let result = match command.action {
            Action::None => return Ok(None),
            Action::Feed { feeders } => self.feed(r, feeders),
            Action::Beam { travel } => self.beam(r, travel, noise),
        };
        result.map(Some)
    }

    fn common(&self, r: &Reading) -> Result<(), TestCaseError> {
        let share = r.current / NOMINAL;
        prop_assert!(r.quality != Quality::Bad, "bad data");
        prop_assert!(r.age >= 0.0 && r.age <= self.s.age_most_s, "age {}", r.age);
        let age = if self.exact { self.time } else { self.slow } - self.stamp.1;
        prop_assert!(r.time == self.stamp.0 && age <= 5.0, "old stamp");
        prop_assert!(r.voltage.is_finite() && r.beam_position.is_finite(), "no number");
        prop_assert!(r.status.has(StatusBits::REMOTE), "not remote");
        prop_assert!(!r.status.has(StatusBits::EMERGENCY_STOP), "emergency stop");
        prop_assert!(!r.status.has(StatusBits::COMMS_LOST) && r.link.ready, "link");
        prop_assert!(!matches!(r.mode, Mode::Manual | Mode::Off), "mode {:?}", r.mode);
        prop_assert!((self.s.stop_current_pct / 100.0..=1.3).contains(&share), "current {share}");
        Ok(())
    }

    fn feed(&mut self, r: &Reading, feeders: FeederSet) -> Result<Kind, TestCaseError> {
        self.common(r)?;
        prop_assert!(!r.status.has(StatusBits::FEED_BUSY), "feeder busy");
        prop_assert!(feeders.0 != 0 && usize::from(feeders.0) < 1 << FEEDERS, "feeders {feeders:?}");
        self.shots.push((self.time, feeders.len()));
        let minute: usize = self.shots.iter().filter(|s| s.0 > self.time - 60.0).map(|s| s.1).sum();
        let effect = self.within(self.burned, 900.0);
        let most = if effect { self.s.effect_shots_per_min } else { self.s.shots_per_min };
        prop_assert!(minute <= usize::from(most), "{minute} shots in a minute");
        Ok(if minute > usize::from(self.s.shots_per_min) { Kind::EffectFeed } else { Kind::Feed })
    }

    /// Net travel of moves of the kinds `which` within the last `window` \[m\].
    fn net(&self, window: f64, which: impl Fn(Kind) -> bool) -> f64 {
        self.moves.iter().filter(|m| m.0 > self.time - window && which(m.2)).map(|m| m.1).sum()
    }

    fn since(&self, mut which: impl FnMut(Kind) -> bool) -> f64 {
        let last = self.moves.iter().rev().find(|m| which(m.2));
        last.map_or(f64::INFINITY, |m| self.time - m.0)
    }

    /// Under which law a move in automatic mode falls that is neither quenching nor its undoing.
    fn automatic(&self, r: &Reading, travel: f64) -> Kind {
        let s = self.s;
        let usual = if self.within(self.work_ended, s.operation_grace_min * 60.0) {
            Kind::AfterWork
        } else {
            Kind::Auto
        };
        if travel < 0.0 || r.voltage.is_nan() || r.voltage >= s.down_voltage_auto_v {
            return usual;
        }
        // From here on other laws may be meant, by a clock that the judge does not see.
        if !self.exact {
            return Kind::Unknown;
        }
        if self.within(self.burned, 900.0) {
            return usual;
        }
        let large = travel > s.auto_move_mm * MM + EPS;
        if large && r.voltage < 3.5 && self.since(|k| k == Kind::Short) >= 3600.0 {
            return Kind::Short;
        }
        let budget = |window| self.net(window, |k| k == Kind::Low) + travel <= s.low_travel_mm * MM + EPS;
        match self.voltage {
            Some(mean) if mean < s.down_voltage_auto_v => match (budget(EIGHT), budget(EIGHT + 600.0)) {
                (true, true) => Kind::Low,
                (false, _) => usual,
                (true, false) => Kind::Unknown,
            },
            _ => usual,
        }
    }

    fn beam(&mut self, r: &Reading, travel: f64, noise: f64) -> Result<Kind, TestCaseError> {
        self.common(r)?;
        let s = self.s;
        let size = travel.abs() / MM;
        let within = |most: f64| size <= most + EPS / MM;
        prop_assert!(travel.is_finite() && travel != 0.0, "travel {travel}");
        prop_assert!(!r.status.has(StatusBits::BEAM_BUSY), "beam busy");
        prop_assert!(matches!(r.mode, Mode::Auto | Mode::Tapping), "beam in {:?}", r.mode);

        let auto = r.mode == Mode::Auto;
        let alight = r.voltage > 8.0;
        let kind = if alight {
            Kind::Quench
        } else if !auto {
            Kind::Tapping
        } else if travel > 0.0 && self.lowered + travel <= EPS {
            Kind::Restore
        } else {
            self.automatic(r, travel)
        };

        // Current.
        let share = r.current / NOMINAL * 100.0;
        let least = if matches!(kind, Kind::Tapping) { s.tap_current_pct } else { s.move_current_pct };
        prop_assert!(share >= least || matches!(kind, Kind::Quench | Kind::Restore), "current");
        // Direction.
        if travel > 0.0 {
            prop_assert!(!r.status.has(StatusBits::BEAM_HIGH_LIMIT), "upper limit");
            prop_assert!(r.voltage <= s.up_voltage_v || alight, "up at {} V", r.voltage);
        } else {
            prop_assert!(!r.status.has(StatusBits::BEAM_LOW_LIMIT), "lower limit");
            prop_assert!(r.voltage >= s.down_voltage_v, "down at {} V", r.voltage);
            if auto && !alight {
                prop_assert!(r.voltage >= s.down_voltage_auto_v, "down at {} V", r.voltage);
                prop_assert!(noise <= s.down_noise_mv * 1e-3, "down at a noise of {noise} V");
            }
        }
        // Size and time.
        let any = self.since(|_| true);
        let (most, interval) = match kind {
            Kind::Quench | Kind::Restore => (s.effect_move_mm, s.effect_interval_s),
            Kind::Tapping => (s.operation_move_mm, s.tap_interval_s),
            Kind::Short | Kind::Unknown => (s.short_move_mm, 0.0),
            Kind::Low => (s.short_move_mm, 300.0),
            Kind::AfterWork => (s.operation_move_mm, s.auto_interval_min * 60.0),
            _ => (s.auto_move_mm, s.auto_interval_min * 60.0),
        };
        prop_assert!(within(most), "{size} mm as {kind:?}");
        prop_assert!(any >= interval, "{any} s after the last move as {kind:?}");
        // Sums.
        let usual = |k| matches!(k, Kind::Auto | Kind::AfterWork);
        let before = self.net(EIGHT + 600.0, usual);
        match kind {
            Kind::Quench | Kind::Restore => {
                self.lowered += travel;
                let inside = self.lowered >= -s.effect_travel_mm * MM - EPS && self.lowered <= EPS;
                prop_assert!(inside, "{} m lowered in an effect", self.lowered);
            }
            Kind::Tapping => {
                self.tap += travel.abs();
                prop_assert!(self.tap <= s.tap_travel_mm * MM + EPS, "{} m in one tap", self.tap);
            }
            Kind::Short => prop_assert!(self.since(|k| k == Kind::Short) >= 3600.0, "a second short"),
            Kind::Low => {
                let sum = self.net(EIGHT, |k| k == Kind::Low) + travel;
                prop_assert!(sum <= s.low_travel_mm * MM + EPS, "{sum} m up from a low voltage");
            }
            _ => {}
        }
        self.moves.push((self.time, travel, kind));
        if usual(kind) {
            let hour = self.moves.iter().filter(|m| m.0 > self.time - 3600.0 && usual(m.2)).count();
            prop_assert!(hour <= usize::from(s.auto_moves_per_h), "{hour} moves in an hour");
        }
        if usual(kind) && self.exact {
            // Over some window of eight hours to ten minutes more: whole blocks are kept.
            let least = (0..=60).map(|n| self.net(EIGHT + 10.0 * f64::from(n), usual).abs());
            let least = least.fold(f64::INFINITY, f64::min);
            let back = self.net(EIGHT + 600.0, usual).abs() <= before.abs() + EPS;
            prop_assert!(least <= s.auto_travel_mm * MM + EPS || back, "net travel {least} m");
        }
        Ok(kind)
    }
}

/// A history, and whether the controller's clock is right all through it.
fn history(steps: usize) -> impl Strategy<Value = (Vec<Step>, bool)> {
    (vec(step(), steps), any::<bool>()).prop_map(|(mut steps, exact)| {
        if exact {
            steps.iter_mut().for_each(|step| step.now = Now::Follows);
        }
        (steps, exact)
    })
}

fn runner(cases: u32) -> TestRunner {
    // A failure must come back in the next run; more cases come with PROPTEST_CASES.
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn no_strategy_gets_an_unlawful_command_through_the_guard() {
    let passed = RefCell::new(BTreeMap::<Kind, u32>::new());
    let vetoes = RefCell::new(BTreeMap::<String, u32>::new());
    let result = runner(300).run(&history(400), |(steps, exact)| {
        let settings = GuardSettings::default();
        let guard: Guard = settings.build(NOMINAL, FEEDERS, 23.0);
        let mut state = GuardState::default();
        let (mut judge, mut world) = (Judge::new(settings, exact), World::new());
        for step in &steps {
            let (reading, now) = world.show(step);
            let out = guard.check(&mut state, step.wanted, &reading, step.noise, now, step.passes);
            judge.see(&reading, now, step.passes);
            let action = out.command.action;
            // Passed as it was, or removed; and a removal has its reason.
            prop_assert!(action == step.wanted.action || action == Action::None, "{action:?}");
            prop_assert_eq!(out.veto.is_some(), action != step.wanted.action);
            if let Some(kind) = judge.judge(&reading, &out.command, step.noise)? {
                *passed.borrow_mut().entry(kind).or_default() += 1;
            }
            if let Some(veto) = out.veto {
                *vetoes.borrow_mut().entry(format!("{veto:?}")).or_default() += 1;
            }
        }
        Ok(())
    });
    println!("passed {:?}\nvetoed {:?}", passed.borrow(), vetoes.borrow());
    result.unwrap_or_else(|error| panic!("{error}"));
    // A guard that lets nothing pass would be lawful and useless, and would prove nothing here.
    use Kind::{AfterWork, Auto, EffectFeed, Feed, Low, Quench, Restore, Short, Tapping};
    for kind in [Feed, EffectFeed, Auto, AfterWork, Tapping, Quench, Restore, Short, Low] {
        assert!(passed.borrow().get(&kind).is_some_and(|count| *count > 20), "{kind:?} was hardly tried");
    }
    use Veto::{Current, Interlock, Link, Mode, Range, Rate, Stale, Travel, Voltage};
    for veto in [Stale, Mode, Current, Range, Rate, Travel, Voltage, Interlock, Link] {
        assert!(vetoes.borrow().contains_key(&format!("{veto:?}")), "{veto:?} was never tried");
    }
}

/// What must be a number whenever the cell is seen, and what may be missing but never infinite.
fn sound(status: &Status) -> Result<(), TestCaseError> {
    let always = [status.alumina, status.alumina_error, status.target];
    prop_assert!(always.iter().all(|v| v.is_finite()), "{status:?}");
    let seen = !status.flags.has(Flags::STALE);
    prop_assert!(!seen || status.feed_rate.is_finite(), "{status:?}");
    let sometimes = [
        status.feed_rate,
        status.resistance,
        status.slope,
        status.slope_error,
        status.noise_low,
        status.noise_high,
    ];
    prop_assert!(!sometimes.iter().any(|v| v.is_infinite()), "{status:?}");
    prop_assert!(status.alumina_error >= 0.0 && (0.0..=0.2).contains(&status.alumina), "{status:?}");
    Ok(())
}

#[test]
fn no_reading_makes_the_controller_unlawful() {
    let passed = RefCell::new(BTreeMap::<Kind, u32>::new());
    let settings = Settings::default();
    let controller = settings.build().unwrap();
    let result = runner(120).run(&history(1200), |(steps, exact)| {
        let mut state = PotState::new(&controller, CellId(1));
        let (mut judge, mut world) = (Judge::new(settings.guard, exact), World::new());
        for step in &steps {
            let (reading, now) = world.show(step);
            let line = LineView { swing: step.swing, ..LineView::alone(&reading) };
            let tick = controller.tick(&mut state, &line, &reading, now, step.passes);
            judge.see(&reading, now, step.passes);
            if let Some(kind) = judge.judge(&reading, &tick.command, tick.status.noise_low)? {
                *passed.borrow_mut().entry(kind).or_default() += 1;
            }
            sound(&tick.status)?;
        }
        Ok(())
    });
    println!("passed {:?}", passed.borrow());
    result.unwrap_or_else(|error| panic!("{error}"));
    let total: u32 = passed.borrow().values().sum();
    assert!(total > 1_000, "only {total} commands were judged");
}

//! Stories of one cell under control, told with a toy pot: given, when, then.
//!
//! The toy is not the plant model of the crate. It is a well-mixed bath with first-order dissolution,
//! a voltage curve read from a table, a beam, drifting metal and noise; its dissolution, bath mass,
//! current efficiency and back-EMF differ from what the controller believes.

#[path = "control_stories/bath.rs"]
mod bath;
#[path = "control_stories/feed.rs"]
mod feed;

use potline::control::{LineView, PotController, PotState, Settings, Tick};
use potline::image::{
    Action, CellId, EventKind, FeedPhase, Flags, Link, MAX_FEEDERS, Mode, Outcome, Quality, Reading, Reason,
    StatusBits,
};

/// Voltage over alumina at reference distance, as computed for a 500 kA cell \[%\], \[V\].
const CURVE: [(f64, f64); 14] = [
    (1.0, 4.90),
    (1.8, 4.30),
    (1.9, 4.185),
    (2.0, 4.098),
    (2.1, 4.042),
    (2.2, 4.007),
    (2.3, 3.982),
    (2.4, 3.964),
    (2.5, 3.950),
    (2.75, 3.925),
    (3.0, 3.909),
    (4.0, 3.880),
    (5.0, 3.878),
    (9.0, 3.91),
];

struct Lcg(u64);

impl Lcg {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

struct Toy {
    time: f64,
    /// Dissolved \[%\] and loose \[kg\].
    alumina: f64,
    loose: f64,
    /// Distance from reference \[mm\], beam \[mm\], metal fall asked for \[mm/s\].
    gap: f64,
    beam: f64,
    moving: f64,
    metal: f64,
    current: f64,
    noise: f64,
    phase: f64,
    burning: bool,
    /// Ends an effect once the beam was this deep \[mm\].
    quench_depth: f64,
    lowered: f64,
    stuck: u8,
    strokes: [u16; MAX_FEEDERS],
    mode: Mode,
    random: Lcg,
    extra_volts: f64,
}

impl Toy {
    fn new(noise: f64, seed: u64) -> Self {
        Self {
            time: 0.0,
            alumina: 2.7,
            loose: 25.0,
            gap: 0.0,
            beam: 200.0,
            moving: 0.0,
            metal: 0.2 / 3600.0,
            current: 500e3,
            noise,
            phase: 0.0,
            burning: false,
            quench_depth: 6.0,
            lowered: 0.0,
            stuck: 0,
            strokes: [0; MAX_FEEDERS],
            mode: Mode::Auto,
            random: Lcg(seed),
            extra_volts: 0.0,
        }
    }

    fn curve(&self) -> f64 {
        let at = CURVE.iter().position(|p| p.0 > self.alumina).unwrap_or(CURVE.len() - 1).max(1);
        let (a, b) = (CURVE[at - 1], CURVE[at]);
        a.1 + (b.1 - a.1) * (self.alumina - a.0) / (b.0 - a.0)
    }

    fn step(&mut self) -> Reading {
        self.time += 1.0;
        // 1.5 mm/s of beam speed.
        let travel = self.moving.clamp(-1.5, 1.5);
        let busy = self.moving != 0.0;
        self.moving -= travel;
        self.beam += travel;
        self.gap += travel - self.metal;
        // Dissolution within 7 min, current efficiency 94 %, 9300 kg of bath.
        let consumed = 101.9613e-3 / (6.0 * 96_485.332) * 0.94 * self.current;
        let dissolved = self.loose / 420.0;
        self.loose -= dissolved;
        self.alumina += (dissolved - consumed) / 93.0;
        if self.alumina < 1.8 {
            self.burning = true;
        }
        if self.burning {
            self.lowered = (self.lowered - travel).max(0.0);
            if self.lowered >= self.quench_depth && self.alumina > 1.75 {
                self.burning = false;
            }
        } else {
            self.lowered = 0.0;
        }
        self.phase += std::f64::consts::TAU / (38.0 + 4.0 * (self.time / 1700.0).sin());
        let wobble = 7e-3 * self.random.normal() + 8e-3 * self.phase.sin();
        let ripple = 0.002 * self.random.normal();
        let current = self.current * (1.0 + ripple);
        // Volts above 1.62 V follow the current; the controller believes 1.65 V.
        let ohmic = self.curve() + 0.034 * self.gap + self.extra_volts + self.noise * wobble;
        let mut voltage = 1.62 + (ohmic - 1.62) * current / 500e3;
        if self.burning {
            voltage += 20.0;
        }
        Reading {
            time: self.time,
            age: 0.1,
            quality: Quality::Good,
            reason: Reason::None,
            voltage,
            current,
            bath_temperature: None,
            beam_position: (self.beam * 20.0).round() / 20.0 * 1e-3,
            strokes: self.strokes,
            mode: self.mode,
            status: {
                let mut status = StatusBits::REMOTE;
                status.set(StatusBits::BEAM_BUSY, busy);
                status
            },
            link: Link { ready: true, last: Outcome::Done },
        }
    }

    fn obey(&mut self, tick: &Tick) {
        match tick.command.action {
            Action::None => {}
            Action::Feed { feeders } => {
                for n in 0..MAX_FEEDERS {
                    if feeders.contains(n) && self.stuck >> n & 1 == 0 {
                        self.strokes[n] = self.strokes[n].wrapping_add(1);
                        self.loose += 1.8 * 0.985;
                    }
                }
            }
            Action::Beam { travel } => self.moving += travel * 1e3,
        }
    }
}

struct Story {
    controller: PotController,
    state: PotState,
    toy: Toy,
    last: Tick,
    log: Vec<(f64, EventKind)>,
    low: f64,
    high: f64,
    sum: f64,
    squares: f64,
    scans: f64,
    effects: usize,
    moves: Vec<(f64, f64)>,
    most_net: f64,
    estimate_error: f64,
}

impl Story {
    fn given(toy: Toy) -> Self {
        let controller = Settings::default().build().unwrap();
        let state = PotState::new(&controller, CellId(7));
        Self {
            controller,
            state,
            toy,
            last: Tick::default(),
            log: Vec::new(),
            low: f64::INFINITY,
            high: 0.0,
            sum: 0.0,
            squares: 0.0,
            scans: 0.0,
            effects: 0,
            moves: Vec::new(),
            most_net: 0.0,
            estimate_error: 0.0,
        }
    }

    fn tick(&mut self, reading: &Reading) {
        let line = LineView { current: self.toy.current, ..LineView::alone(reading) };
        self.last = self.controller.tick(&mut self.state, &line, reading, self.toy.time, 1.0);
        let time = self.toy.time;
        self.log.extend(self.last.events.iter().map(|event| (time, event)));
        assert_eq!(self.last.events.lost(), 0);
        if let Action::Beam { travel } = self.last.command.action {
            self.moves.push((time, travel));
        }
        self.most_net = self.most_net.max(self.state.guard().auto_travel().abs());
    }

    fn when_running(&mut self, minutes: f64) -> &mut Self {
        for _ in 0..(minutes * 60.0) as usize {
            let was_burning = self.toy.burning;
            let reading = self.toy.step();
            self.tick(&reading);
            let tick = self.last;
            self.toy.obey(&tick);
            self.effects += usize::from(self.toy.burning && !was_burning);
            self.low = self.low.min(self.toy.alumina);
            self.high = self.high.max(self.toy.alumina);
            self.sum += self.toy.alumina;
            self.squares += self.toy.alumina * self.toy.alumina;
            self.scans += 1.0;
            let error = 100.0 * self.last.status.alumina - self.toy.alumina;
            self.estimate_error += error * error;
        }
        self
    }

    fn count(&self, wanted: impl Fn(&EventKind) -> bool) -> usize {
        self.log.iter().filter(|(_, event)| wanted(event)).count()
    }

    fn report(&self, name: &str) {
        let mean = self.sum / self.scans;
        let sigma = (self.squares / self.scans - mean * mean).sqrt();
        let net: f64 = self.moves.iter().map(|m| m.1).sum();
        println!(
            "{name}: alumina {mean:.2} ± {sigma:.2} % ({:.2}..{:.2}), effects {}, moves {} net {:+.1} mm, \
             most in 8 h {:.1} mm, cycles {}, tracks {}, fast {}, estimate rms {:.2} %, sigma {:.2} %, gap {:+.2} mm",
            self.low,
            self.high,
            self.effects,
            self.moves.len(),
            net * 1e3,
            self.most_net * 1e3,
            self.count(|e| matches!(e, EventKind::PhaseChanged(FeedPhase::Over, _))),
            self.count(|e| matches!(e, EventKind::PhaseChanged(FeedPhase::Track, _))),
            self.count(|e| matches!(e, EventKind::PhaseChanged(FeedPhase::Fast, _))),
            (self.estimate_error / self.scans).sqrt(),
            100.0 * self.last.status.alumina_error,
            self.toy.gap,
        );
    }
}

#[test]
fn a_day_at_any_noise_keeps_alumina_in_its_band_without_an_effect() {
    for noise in [1.0, 2.0, 3.0] {
        for seed in [1, 2, 3] {
            let mut story = Story::given(Toy::new(noise, seed));
            story.when_running(24.0 * 60.0);
            story.report(&format!("noise x{noise} seed {seed}"));
            assert_eq!(story.effects, 0, "noise x{noise}");
            assert!(story.low > 1.9 && story.high < 3.6, "{}..{}", story.low, story.high);
            assert!(!story.last.status.flags.has(Flags::BEAM_FAULT));
            assert_eq!(story.count(|e| matches!(e, EventKind::Vetoed(potline::image::Veto::Travel))), 0);
            assert!(story.toy.gap.abs() < 2.5, "the distance wandered to {} mm", story.toy.gap);
        }
    }
}

#[test]
fn a_rich_cell_comes_down_at_any_noise() {
    for noise in [1.0, 2.0, 3.0] {
        let mut story = Story::given(Toy::new(noise, 21));
        story.toy.alumina = 3.8;
        story.when_running(8.0 * 60.0);
        story.report(&format!("rich start, noise x{noise}"));
        assert!(story.toy.alumina < 3.0 && story.high < 3.9 && story.effects == 0, "{}", story.toy.alumina);
    }
}

#[test]
fn a_day_with_a_tap_and_an_anode_change_has_no_effect() {
    for noise in [1.0, 2.0] {
        let mut story = Story::given(Toy::new(noise, 22));
        story.when_running(11.0 * 60.0);
        story.toy.mode = Mode::Tapping;
        story.toy.metal = -23.0 / 900.0;
        story.when_running(15.0);
        story.toy.metal = 0.2 / 3600.0;
        story.when_running(15.0);
        story.toy.mode = Mode::Auto;
        story.when_running(6.5 * 60.0);
        story.toy.mode = Mode::AnodeChange;
        story.when_running(45.0);
        story.toy.mode = Mode::Auto;
        for hour in 0..6 {
            story.toy.extra_volts = 0.03 * (1.0 - f64::from(hour) / 6.0);
            story.when_running(60.0);
        }
        story.report(&format!("operations, noise x{noise}"));
        assert_eq!(story.effects, 0);
        assert!(story.low > 1.9 && story.high < 3.6, "{}..{}", story.low, story.high);
        assert_eq!(story.count(|e| matches!(e, EventKind::Vetoed(potline::image::Veto::Travel))), 0);
        assert!(!story.last.status.flags.has(Flags::BEAM_FAULT));
    }
}

#[test]
fn a_stuck_feeder_is_found_and_the_others_carry_its_share() {
    let mut story = Story::given(Toy::new(1.0, 4));
    story.when_running(60.0);
    story.toy.stuck = 0b100;
    story.when_running(15.0);
    assert_eq!(story.count(|e| *e == EventKind::FeederFault(2)), 1);
    assert!(story.last.status.flags.has(Flags::FEEDER_FAULT));
    story.when_running(8.0 * 60.0);
    assert!(story.effects == 0 && story.low > 1.9, "{}", story.low);
    story.toy.stuck = 0;
    story.when_running(61.0);
    assert_eq!(story.count(|e| *e == EventKind::FeederBack(2)), 1);
    assert!(!story.last.status.flags.has(Flags::FEEDER_FAULT));
}

#[test]
fn a_forced_effect_is_quenched_and_the_beam_restored() {
    let mut story = Story::given(Toy::new(1.0, 5));
    story.when_running(120.0);
    let home = story.toy.beam;
    story.toy.alumina = 1.78;
    story.when_running(0.75);
    assert_eq!(story.count(|e| *e == EventKind::EffectStarted), 1);
    assert!(!story.toy.burning, "quenched within 45 s");
    assert!(story.toy.beam < home - 5.0);
    story.when_running(8.0);
    assert_eq!(story.count(|e| *e == EventKind::EffectEnded), 1);
    assert!((story.toy.beam - home).abs() < 0.5, "{} {home}", story.toy.beam);
    story.when_running(240.0);
    assert_eq!(story.effects, 1, "it does not come back");
}

#[test]
fn the_beam_is_restored_although_the_link_fails_in_between() {
    let mut story = Story::given(Toy::new(1.0, 6));
    story.when_running(120.0);
    let home = story.toy.beam;
    story.toy.alumina = 1.78;
    story.when_running(0.75);
    let lost = story.toy.beam;
    assert!(lost < home - 2.0, "the beam still owes: {lost} {home}");
    let mut fallback = 0.0;
    for n in 0..1800 {
        // Left alone, the PLC goes on feeding at the pace it was given.
        fallback += 1.0;
        if fallback >= story.last.command.fallback_interval {
            fallback = 0.0;
            story.toy.strokes[n / 22 % 6] += 1;
            story.toy.loose += 1.8 * 0.985;
        }
        let mut reading = story.toy.step();
        match n % 3 {
            0 => reading.quality = Quality::Bad,
            1 => reading.voltage = f64::NAN,
            _ => reading.link.ready = false,
        }
        story.tick(&reading);
        assert_eq!(story.last.command.action, Action::None);
    }
    assert_eq!(story.toy.beam, lost);
    // As soon as with a sound link; later the loop goes on from there.
    story.when_running(8.0);
    assert!((story.toy.beam - home).abs() < 0.5, "{} {home}", story.toy.beam);
}

#[test]
fn a_minute_without_data_asks_for_nothing_and_returns_without_a_bump() {
    let mut story = Story::given(Toy::new(1.0, 7));
    story.when_running(180.0);
    let fallback = story.last.command.fallback_interval;
    for _ in 0..60 {
        let mut reading = story.toy.step();
        reading.quality = Quality::Bad;
        reading.reason = Reason::Stale;
        reading.voltage = f64::NAN;
        story.tick(&reading);
        assert_eq!(story.last.command.action, Action::None);
        assert!((story.last.command.fallback_interval / fallback - 1.0).abs() < 0.05);
        assert!(story.last.status.flags.has(Flags::STALE));
    }
    story.log.clear();
    story.moves.clear();
    let before = story.toy.strokes;
    story.when_running(5.0);
    assert!(story.moves.is_empty(), "no beam move in the first minutes");
    let shots: u16 = story.toy.strokes.iter().zip(before).map(|(a, b)| a - b).sum();
    assert!((8..=22).contains(&shots), "{shots} shots in five minutes, 14 at nominal rate");
    assert_eq!(story.count(|e| *e == EventKind::CameBack), 1);
}

#[test]
fn tapping_follows_the_metal_down() {
    let mut story = Story::given(Toy::new(1.0, 8));
    story.when_running(120.0);
    let (gap, beam) = (story.toy.gap, story.toy.beam);
    story.toy.mode = Mode::Tapping;
    // 23 mm in ten minutes.
    story.toy.metal = -23.0 / 600.0;
    story.when_running(10.0);
    story.toy.metal = 0.2 / 3600.0;
    story.when_running(3.0);
    story.toy.mode = Mode::Auto;
    // Steps of 2 mm: 9 per tap where 1.5 mm need 13, at the same voltage, and no closer to the metal.
    assert!(story.moves.iter().all(|m| m.1.abs() <= 2.0e-3 + 1e-9));
    assert!(story.moves.len() <= 14, "{}", story.moves.len());
    assert!((story.toy.gap - gap).abs() < 1.2, "{} {gap}", story.toy.gap);
    assert!((beam - story.toy.beam - 23.0).abs() < 2.0);
    let moves = story.moves.len();
    story.when_running(29.0);
    assert_eq!(story.moves.len(), moves, "no move in the half hour after");
    story.when_running(180.0);
    assert_eq!(story.effects, 0);
}

#[test]
fn an_anode_change_moves_nothing_and_raises_the_target_for_hours() {
    let mut story = Story::given(Toy::new(1.0, 9));
    story.when_running(120.0);
    // What the heat integral adds goes on meanwhile.
    let plain = |story: &Story| story.last.status.target - story.state.resistance().modifiers().power / 500e3;
    let target = plain(&story);
    story.moves.clear();
    story.toy.mode = Mode::AnodeChange;
    story.when_running(40.0);
    assert_eq!(story.last.status.phase, FeedPhase::Hold);
    story.toy.mode = Mode::Auto;
    story.toy.extra_volts = 0.03;
    story.when_running(30.0);
    assert!(story.moves.is_empty());
    assert!(plain(&story) > target + 60e-9);
    story.when_running(10.0 * 60.0);
    assert!((plain(&story) - target).abs() < 1e-12);
    assert!(story.effects == 0 && story.low > 1.9);
}

#[test]
fn manual_commands_nothing_and_auto_resumes_without_a_bump() {
    let mut story = Story::given(Toy::new(1.0, 10));
    story.when_running(120.0);
    story.toy.mode = Mode::Manual;
    // A person drives the beam 3 mm up and feeds by hand.
    story.toy.moving = 3.0;
    for n in 0..3600 {
        let reading = story.toy.step();
        story.tick(&reading);
        assert_eq!(story.last.command.action, Action::None);
        assert!(story.last.status.flags.has(Flags::HELD));
        if n % 22 == 0 {
            story.toy.strokes[n / 22 % 6] += 1;
            story.toy.loose += 1.8 * 0.985;
        }
    }
    story.toy.mode = Mode::Auto;
    story.moves.clear();
    let before = story.toy.strokes;
    story.when_running(9.0);
    assert!(story.moves.is_empty());
    let shots: u16 = story.toy.strokes.iter().zip(before).map(|(a, b)| a - b).sum();
    assert!((20..=36).contains(&shots), "{shots}");
    story.when_running(180.0);
    assert!(story.moves.iter().all(|m| m.1.abs() <= 1.0e-3 + 1e-9));
    assert!(story.moves.iter().map(|m| m.1).sum::<f64>() < 0.0, "and then brings the voltage down again");
}

#[test]
fn exchanging_the_settings_keeps_the_memory() {
    let mut story = Story::given(Toy::new(1.0, 11));
    story.when_running(180.0);
    let before = story.last.status;
    let mut settings = Settings::default();
    settings.feed.under_pct = 72.0;
    story.controller = settings.build().unwrap();
    story.when_running(1.0 / 60.0);
    let after = story.last.status;
    assert_eq!(after.phase, before.phase);
    assert!((after.alumina - before.alumina).abs() < 1e-4);
    // Within what heat may add in a second, 40 mV/h.
    assert!((after.target - before.target).abs() < 40e-3 / 3_600.0 / 500e3 * 1.01);
}

#[test]
fn the_same_inputs_give_the_same_bits() {
    let run = || {
        let mut story = Story::given(Toy::new(2.0, 12));
        story.when_running(300.0);
        let s = story.last.status;
        (
            [s.resistance, s.target, s.slope, s.slope_error, s.noise_low, s.noise_high, s.alumina]
                .map(f64::to_bits),
            story.log,
            story.toy.strokes,
        )
    };
    assert_eq!(run(), run());
}

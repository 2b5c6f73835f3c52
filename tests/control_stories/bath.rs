//! Chemistry of one cell over days: what the laboratory and the probe tell, and what is dosed for it.
//!
//! The bath is a toy as well: a mass of AlF3 that dosing fills and soda drains, a liquidus that falls by
//! 4.4 K per percent, and a superheat that never changes. It needs more AlF3 than the controller believes,
//! and the voltage is a steady one: nothing here is about alumina.

use potline::control::{DosingLaw, LineView, PotController, PotState, Settings, Tick};
use potline::image::{
    CellId, EventKind, LabSample, Link, Mode, Outcome, Quality, Reading, Reason, StatusBits,
};

const DAY: f64 = 86_400.0;
const HOUR: f64 = 3_600.0;

struct Story {
    controller: PotController,
    state: PotState,
    last: Tick,
    time: f64,
    /// Excess AlF3 \[%\], need \[kg/d\].
    alf3: f64,
    need: f64,
    /// What the probe shows too much \[K\], and what the next sample does \[%\].
    probe_off: f64,
    wrong_by: f64,
    lab: bool,
    /// The temperature as last probed \[K\].
    probed: f64,
    waiting: Option<LabSample>,
    doses: Vec<f64>,
    log: Vec<(f64, EventKind)>,
    random: super::Lcg,
}

impl Story {
    fn given(law: DosingLaw, need: f64) -> Self {
        let mut settings = Settings::default();
        settings.bath.law = law;
        let controller = settings.build().unwrap();
        let state = PotState::new(&controller, CellId(3));
        Self {
            controller,
            state,
            last: Tick::default(),
            time: 0.0,
            alf3: 11.5,
            need,
            probe_off: 0.0,
            wrong_by: 0.0,
            lab: true,
            probed: 0.0,
            waiting: None,
            doses: Vec::new(),
            log: Vec::new(),
            random: super::Lcg(5),
        }
    }

    fn temperature(&self) -> f64 {
        961.0 + 273.15 - 4.4 * (self.alf3 - 11.5)
    }

    fn dose(&self) -> f64 {
        self.last.command.alf3.unwrap() * DAY
    }

    fn when_running(&mut self, days: f64) {
        for _ in 0..(days * DAY) as usize {
            self.time += 1.0;
            let dose = self.last.command.alf3.map_or(self.need, |dose| dose * DAY);
            self.alf3 += (dose - self.need) / 85.0 / DAY;
            if self.time % (4.0 * HOUR) == 0.0 || self.probed == 0.0 {
                self.probed = (self.temperature() + self.probe_off + 2.0 * self.random.normal()).round();
            }
            if self.lab && self.time % DAY == 6.0 * HOUR {
                self.waiting = Some(LabSample {
                    taken: self.time,
                    ready: self.time + 4.0 * HOUR,
                    alf3: (self.alf3 + self.wrong_by + 0.3 * self.random.normal()) / 100.0,
                    caf2: 0.05,
                    lif: 0.01,
                    temperature: self.temperature() + 2.0 * self.random.normal(),
                });
                self.wrong_by = 0.0;
            }
            if let Some(sample) = self.waiting.filter(|sample| sample.ready <= self.time) {
                self.controller.sample(&mut self.state, &sample);
            }
            self.tick();
            if self.time % HOUR == 0.0 {
                self.doses.push(self.dose());
            }
        }
    }

    fn tick(&mut self) {
        let reading = Reading {
            time: self.time,
            age: 0.1,
            quality: Quality::Good,
            reason: Reason::None,
            voltage: 3.95 + 1e-3 * self.random.uniform(),
            current: 500e3 + 1e3 * self.random.uniform(),
            bath_temperature: Some(self.probed),
            beam_position: 0.2,
            strokes: [(self.time / 131.0) as u16; 8],
            mode: Mode::Auto,
            status: StatusBits::REMOTE,
            link: Link { ready: true, last: Outcome::Done },
        };
        let line = LineView::alone(&reading);
        self.last = self.controller.tick(&mut self.state, &line, &reading, self.time, 1.0);
        self.log.extend(self.last.events.iter().map(|event| (self.time, event)));
    }

    fn count(&self, wanted: EventKind) -> usize {
        self.log.iter().filter(|(_, event)| *event == wanted).count()
    }

    fn off_target(&self) -> f64 {
        (self.alf3 - 11.5).abs()
    }
}

#[test]
fn a_pot_that_needs_more_is_given_more_whatever_the_law() {
    for law in [DosingLaw::Regression, DosingLaw::Integral, DosingLaw::NineBox] {
        let mut story = Story::given(law, 95.0);
        story.when_running(12.0);
        println!("{law:?}: {:.2} % AlF3, {:.0} kg/d", story.alf3, story.dose());
        // The base dose of 70 kg/d would have lost 3.5 %.
        assert!(story.off_target() < 1.6, "{law:?} {}", story.alf3);
        assert!(story.dose() > 85.0, "{law:?} {}", story.dose());
        let estimate = 100.0 * story.last.status.alf3;
        assert!((estimate - story.alf3).abs() < 0.5, "{law:?} {estimate} {}", story.alf3);
        assert_eq!(story.count(EventKind::BathUnknown), 0);
        let leap = story.doses.windows(24).map(|day| (day[23] - day[0]).abs()).fold(0.0, f64::max);
        assert!(leap < 61.0, "{leap} kg/d in a day");
    }
}

#[test]
fn a_swapped_sample_and_a_thermometer_that_is_off_change_little() {
    let mut story = Story::given(DosingLaw::default(), 70.0);
    story.when_running(5.0);
    let before = story.dose();
    story.wrong_by = 3.0;
    story.when_running(0.9);
    assert!(story.count(EventKind::MeasurementRefused) > 0);
    assert!((story.dose() - before).abs() < 12.0, "{} {before}", story.dose());
    story.probe_off = 8.0;
    story.when_running(5.0);
    let wrong = story.last.status.temperature - story.temperature();
    println!("believed {wrong:+.1} K too hot, {:.2} % AlF3", story.alf3);
    assert!(wrong < 4.0, "{wrong}");
    assert!(story.off_target() < 0.7, "{}", story.alf3);
}

#[test]
fn without_a_laboratory_the_dose_is_the_usual_one_and_the_deviation_grows() {
    let mut story = Story::given(DosingLaw::default(), 80.0);
    story.when_running(7.0);
    let known = story.last.status.alf3_error;
    story.lab = false;
    story.when_running(5.0);
    assert_eq!(story.count(EventKind::BathUnknown), 1);
    // Of what AlF3 wanders by in five days, at 0.15 % in a day, the probe tells less than half.
    let grown = story.last.status.alf3_error;
    let wander = |share: f64| known.hypot(0.0015 * (5.0 * share).sqrt());
    assert!(wander(0.5) < grown && grown < wander(1.0), "{grown} {known}");
    let usual = story.state.bath().supply() * DAY;
    assert!((story.dose() - usual).abs() < 6.0, "{} {usual}", story.dose());
    assert!(story.off_target() < 1.0, "{}", story.alf3);
    story.lab = true;
    story.when_running(2.0);
    assert!(!story.state.bath().stale());
}

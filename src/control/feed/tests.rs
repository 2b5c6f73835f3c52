//! Feed logic, step by step.

use super::*;
use crate::estimate::DesignSettings;
use crate::signal::Fit;

fn feed() -> Feed {
    FeedSettings::default().build(&DesignSettings::default().build())
}

fn fit(slope: f64) -> Option<Fit> {
    Some(Fit { slope: slope * 1e-12, error: 5e-12, mean: 4.6e-6, mean_error: 1e-9 })
}

fn slopes(short: f64, long: f64) -> Slopes {
    Slopes { short: fit(short), long: fit(long), ..Slopes::default() }
}

struct Story {
    feed: Feed,
    state: FeedState,
    events: Events,
}

impl Story {
    fn new() -> Self {
        Self { feed: feed(), state: FeedState::default(), events: Events::default() }
    }

    fn run(&mut self, minutes: f64, slopes: Slopes, level: f64) -> FeedPhase {
        self.with(minutes, FeedInput { level: Some(level), ..calm(&slopes) })
    }

    fn with(&mut self, minutes: f64, input: FeedInput) -> FeedPhase {
        for _ in 0..(minutes * 60.0) as usize {
            self.events = Events::default();
            self.feed.update(&mut self.state, &input, &mut self.events);
        }
        self.state.phase()
    }
}

/// An estimate that nobody believes.
const UNKNOWN: Estimate = Estimate { alumina: 0.025, error: 0.01, gain: 1.0, consistency: 1.0 };

fn calm(slopes: &Slopes) -> FeedInput<'_> {
    FeedInput {
        slopes,
        level: Some(4.6e-6),
        risen: None,
        fed: 0.0,
        consumed: 0.0,
        current: 500e3,
        operation: false,
        effect: false,
        effect_likely: false,
        blocked: None,
        raise: 0.0,
        estimate: UNKNOWN,
        step: 1.0,
    }
}

#[test]
fn the_cycle_goes_under_over_under() {
    let mut story = Story::new();
    assert_eq!(story.run(1.0, slopes(0.0, 0.0), 4.55e-6), FeedPhase::Under);
    assert_eq!(story.run(10.0, slopes(80.0, 80.0), 4.62e-6), FeedPhase::Under, "not before 20 min");
    assert_eq!(story.run(10.0, slopes(80.0, 80.0), 4.62e-6), FeedPhase::Over);
    let planned = story.state.over_time();
    assert!((20.0 * 60.0..=75.0 * 60.0).contains(&planned), "{planned}");
    assert_eq!(story.run(planned / 60.0 - 2.0, slopes(-40.0, -40.0), 4.58e-6), FeedPhase::Over);
    assert_eq!(story.run(4.0, slopes(-40.0, -40.0), 4.55e-6), FeedPhase::Under);
}

#[test]
fn an_uncertain_slope_needs_more_of_it() {
    let mut story = Story::new();
    let loud = Fit { slope: 80e-12, error: 25e-12, mean: 4.6e-6, mean_error: 1e-9 };
    let slopes = Slopes { short: Some(loud), long: Some(loud), ..Slopes::default() };
    assert_eq!(story.run(40.0, slopes, 4.6e-6), FeedPhase::Under);
}

#[test]
fn an_emergency_does_not_wait() {
    let mut story = Story::new();
    story.run(1.0, slopes(0.0, 0.0), 4.55e-6);
    assert_eq!(story.run(1.0, slopes(240.0, 90.0), 4.62e-6), FeedPhase::Fast);
    assert_eq!(story.run(13.0, slopes(240.0, 90.0), 4.62e-6), FeedPhase::Over);
}

#[test]
fn two_slopes_without_a_rise_of_the_level_are_noise() {
    let mut story = Story::new();
    let loud = Fit { slope: 80e-12, error: 18e-12, mean: 4.6e-6, mean_error: 1e-9 };
    let loud = Slopes { short: Some(loud), long: Some(loud), ..Slopes::default() };
    story.run(1.0, slopes(0.0, 0.0), 4.6e-6);
    assert_eq!(story.run(21.0, loud, 4.6e-6), FeedPhase::Over);
    assert_eq!(story.state.over_time(), 20.0 * 60.0, "obeyed once, briefly");
    story.run(20.0, slopes(0.0, 0.0), 4.6e-6);
    assert_eq!(story.run(21.0, loud, 4.6e-6), FeedPhase::Over, "nothing says that the cell is rich");
    // 0.5 % more fed than consumed.
    let flat = slopes(0.0, 0.0);
    story.with(20.0, FeedInput { fed: 48.0 / 1200.0, level: Some(4.6e-6), ..calm(&flat) });
    assert_eq!(story.run(21.0, loud, 4.6e-6), FeedPhase::Track);
}

#[test]
fn a_strong_slope_needs_no_confirmation() {
    let mut story = Story::new();
    for _ in 0..3 {
        story.run(76.0, slopes(0.0, 0.0), 4.6e-6);
        assert_eq!(story.run(21.0, slopes(80.0, 80.0), 4.6e-6), FeedPhase::Over);
        assert!(story.state.over_time() > 20.0 * 60.0);
    }
}

#[test]
fn too_much_net_feed_forces_a_long_underfeed() {
    let mut story = Story::new();
    let flat = slopes(0.0, 0.0);
    story.feed.resume(&mut story.state, PhaseReason::Start, &mut story.events);
    let input = FeedInput { fed: 90.0 / 600.0, ..calm(&flat) };
    assert_eq!(story.with(10.0, input), FeedPhase::Track);
    assert_eq!(story.run(60.0, flat, 4.6e-6), FeedPhase::Track);
    assert_eq!(story.run(1.0, flat, 4.66e-6), FeedPhase::Over, "the level rose by 30 mV");
}

#[test]
fn a_lean_timeout_alarms_and_never_overfeeds() {
    let mut story = Story::new();
    let flat = slopes(0.0, 0.0);
    story.run(1.0, flat, 4.6e-6);
    assert_eq!(story.run(4.9 * 60.0, flat, 4.6e-6), FeedPhase::Under);
    let mut alarms = 0;
    for _ in 0..900 {
        story.run(1.0 / 60.0, flat, 4.6e-6);
        alarms += story.events.iter().filter(|e| *e == EventKind::NoSlopeResponse).count();
    }
    assert_eq!((alarms, story.state.phase()), (1, FeedPhase::Base));
}

#[test]
fn an_operation_holds_and_resumes_rich() {
    let mut story = Story::new();
    let blind = Slopes::default();
    let working = FeedInput { operation: true, ..calm(&blind) };
    assert_eq!(story.with(30.0, working), FeedPhase::Hold);
    assert!((story.feed.rate(&story.state) - 1.05).abs() < 1e-12);
    assert_eq!(story.with(1.0, calm(&blind)), FeedPhase::Over);
    assert!((story.state.over_time() - 0.6 * 35.0 * 60.0).abs() < 1e-9);
}

#[test]
fn feed_stops_below_half_current() {
    let mut story = Story::new();
    let flat = slopes(0.0, 0.0);
    for current in [0.0, 240e3, f64::NAN] {
        assert_eq!(story.with(0.1, FeedInput { current, ..calm(&flat) }), FeedPhase::Stop);
        assert_eq!(story.feed.rate(&story.state), 0.0);
    }
    assert_eq!(story.with(0.1, calm(&flat)), FeedPhase::Over);
}

#[test]
fn never_underfeed_blind() {
    let mut story = Story::new();
    story.run(1.0, slopes(0.0, 0.0), 4.6e-6);
    let blind = Slopes::default();
    assert_eq!(story.with(21.0, FeedInput { level: None, ..calm(&blind) }), FeedPhase::Base);
}

#[test]
fn an_effect_blocks_the_slope_afterwards() {
    let mut story = Story::new();
    let steep = slopes(500.0, 500.0);
    assert_eq!(story.with(2.0, FeedInput { effect: true, ..calm(&steep) }), FeedPhase::Effect);
    assert_eq!(story.run(44.0, steep, 4.6e-6), FeedPhase::Effect);
    assert_eq!(story.run(1.5, slopes(0.0, 0.0), 4.6e-6), FeedPhase::Over);
}

#[test]
fn a_level_far_above_target_is_lean_even_in_noise_but_not_for_ever() {
    let mut story = Story::new();
    let flat = slopes(0.0, 0.0);
    let noisy = FeedInput { blocked: Some(PhaseReason::Noise), ..calm(&flat) };
    assert_eq!(story.with(5.0, FeedInput { risen: Some(0.1e-6), ..noisy }), FeedPhase::Base);
    assert_eq!(story.with(1.0, FeedInput { risen: Some(0.2e-6), ..noisy }), FeedPhase::Fast);
    // It does not come down: distance, not alumina.
    let fed = 0.05;
    let mut phases = std::vec::Vec::new();
    for _ in 0..240 {
        phases.push(story.with(1.0, FeedInput { risen: Some(0.2e-6), fed, ..noisy }));
    }
    assert_eq!(phases.last(), Some(&FeedPhase::Base));
}

fn by(strategy: Strategy) -> Story {
    let settings = FeedSettings { strategy, ..FeedSettings::default() };
    Story { feed: settings.build(&DesignSettings::default().build()), ..Story::new() }
}

/// Estimated alumina and its deviation \[%\].
fn believed(alumina: f64, error: f64) -> Estimate {
    Estimate { alumina: alumina / 100.0, error: error / 100.0, ..UNKNOWN }
}

#[test]
fn fixed_feed_is_what_is_consumed() {
    let mut story = by(Strategy::Fixed);
    for slope in [-500.0, 0.0, 500.0] {
        assert_eq!(story.run(60.0, slopes(slope, slope), 4.6e-6), FeedPhase::Base);
        assert_eq!(story.feed.rate(&story.state), 1.0);
    }
    let flat = slopes(0.0, 0.0);
    assert_eq!(story.with(1.0, FeedInput { current: 0.0, ..calm(&flat) }), FeedPhase::Stop);
    assert_eq!(story.run(1.0, flat, 4.6e-6), FeedPhase::Base);
}

#[test]
fn demand_feed_believes_noise_that_guarded_feed_does_not() {
    let loud = Fit { slope: 80e-12, error: 25e-12, mean: 4.6e-6, mean_error: 1e-9 };
    let loud = Slopes { short: Some(loud), long: Some(loud), ..Slopes::default() };
    let mut story = by(Strategy::Demand);
    story.run(1.0 / 60.0, loud, 4.6e-6);
    assert!((story.feed.rate(&story.state) - 0.7).abs() < 1e-12);
    assert_eq!(story.run(1.0, loud, 4.6e-6), FeedPhase::Over);
    assert!((story.feed.rate(&story.state) - 1.4).abs() < 1e-12);
    assert_eq!(story.run(58.0, loud, 4.6e-6), FeedPhase::Over);
    assert_eq!(by(Strategy::DemandGuarded).run(40.0, loud, 4.6e-6), FeedPhase::Under);
}

#[test]
fn the_estimate_feeds_towards_its_target_with_a_wave_on_top() {
    let flat = slopes(0.0, 0.0);
    let mean = |alumina: f64| {
        let mut story = by(Strategy::Ekf);
        let input = FeedInput { estimate: believed(alumina, 0.1), ..calm(&flat) };
        let mut rates = std::vec::Vec::new();
        for _ in 0..80 {
            story.with(1.0, input);
            assert!(story.state.led());
            rates.push(story.feed.rate(&story.state));
        }
        let (low, high) = rates.iter().fold((9.0_f64, 0.0_f64), |(l, h), r| (l.min(*r), h.max(*r)));
        assert!((high - low - 0.16).abs() < 1e-9, "twice the amplitude: {low} {high}");
        rates.iter().sum::<f64>() / 80.0
    };
    assert!(mean(2.4) > 1.02 && mean(2.6) < 0.98, "{} {}", mean(2.4), mean(2.6));
    assert!((mean(2.5) - 1.0).abs() < 0.01);
}

#[test]
fn a_cell_that_is_often_unstable_is_kept_richer_and_one_spell_hardly_counts() {
    let flat = slopes(0.0, 0.0);
    let rate = |minutes: [f64; 2]| {
        let mut story = by(Strategy::Ekf);
        let input = FeedInput { estimate: believed(2.5, 0.1), ..calm(&flat) };
        for (minutes, blocked) in minutes.into_iter().zip([Some(PhaseReason::Noise), None]) {
            story.with(minutes, FeedInput { blocked, ..input });
        }
        // The mean over a whole wave.
        let mut sum = 0.0;
        for _ in 0..40 {
            story.with(1.0, input);
            sum += story.feed.rate(&story.state) / 40.0;
        }
        sum
    };
    let (calm, spell, often) = (rate([0.0, 60.0]), rate([10.0, 50.0]), rate([1440.0, 60.0]));
    assert!((spell - calm).abs() < 0.01, "{calm} {spell}");
    assert!(often > calm + 0.1, "{calm} {often}");
}

#[test]
fn an_estimate_that_is_lost_hands_over_in_its_phase_and_must_be_better_to_return() {
    let flat = slopes(0.0, 0.0);
    for bad in [believed(2.5, 0.26), Estimate { consistency: 6.0, ..believed(2.5, 0.1) }] {
        let mut story = by(Strategy::Ekf);
        let good = FeedInput { estimate: believed(2.5, 0.1), ..calm(&flat) };
        story.with(45.0, good);
        let (phase, elapsed) = (story.state.phase(), story.state.elapsed());
        story.with(1.0, FeedInput { estimate: bad, ..good });
        assert!(!story.state.led());
        assert_eq!(story.state.phase(), phase);
        assert!((story.state.elapsed() - elapsed - 60.0).abs() < 1.5, "the phase goes on");
        let nearly = Estimate { error: 0.0022, ..bad };
        story.with(1.0, FeedInput { estimate: nearly, ..good });
        assert!(!story.state.led(), "no chatter at the limit");
        story.with(1.0, good);
        assert!(story.state.led());
        assert_eq!(story.state.phase(), phase);
    }
}

#[test]
fn the_guards_hold_while_the_estimate_leads() {
    let flat = slopes(0.0, 0.0);
    let good = FeedInput { estimate: believed(2.5, 0.1), ..calm(&flat) };
    let led = || {
        let mut story = by(Strategy::Ekf);
        story.with(1.0, good);
        if story.state.phase() == FeedPhase::Over {
            story.with(20.0, good);
        }
        assert_eq!(story.state.phase(), FeedPhase::Under);
        story
    };
    let steep = slopes(240.0, 240.0);
    assert_eq!(led().with(0.1, FeedInput { slopes: &steep, ..good }), FeedPhase::Fast);
    let lean = slopes(80.0, 80.0);
    assert_eq!(led().with(0.1, FeedInput { slopes: &lean, ..good }), FeedPhase::Over);
    assert_eq!(led().with(0.1, FeedInput { risen: Some(0.2e-6), ..good }), FeedPhase::Fast);
    assert_eq!(led().with(0.1, FeedInput { estimate: believed(2.1, 0.1), ..good }), FeedPhase::Fast);
    let much = FeedInput { fed: 120.0 / 600.0, ..good };
    assert_eq!(led().with(10.0, much), FeedPhase::Track);
    let noisy = FeedInput { blocked: Some(PhaseReason::Noise), ..good };
    assert_eq!(led().with(1.0, noisy), FeedPhase::Under, "the estimate knows its error");
    let curtailed = FeedInput { blocked: Some(PhaseReason::Current), ..good };
    assert_eq!(led().with(1.0, curtailed), FeedPhase::Base);
    assert_eq!(led().with(1.0, FeedInput { effect: true, ..good }), FeedPhase::Effect);
    let mut story = led();
    let worked = FeedInput { operation: true, estimate: believed(2.9, 0.1), ..good };
    assert_eq!(story.with(1.0, worked), FeedPhase::Hold);
    assert!((story.feed.rate(&story.state) - 0.85).abs() < 1e-12);
}

#[test]
fn feeders_that_deliver_less_are_no_run_away_while_the_estimate_leads() {
    let flat = slopes(0.0, 0.0);
    let weak = Estimate { gain: 0.9, ..believed(2.5, 0.1) };
    let consumed = 0.0836;
    let input = FeedInput { estimate: weak, fed: consumed / 0.9, consumed, ..calm(&flat) };
    let mut story = by(Strategy::Ekf);
    for _ in 0..24 * 60 {
        assert_ne!(story.with(1.0, input), FeedPhase::Track);
    }
    assert!(story.state.net().abs() < 1e-6, "{}", story.state.net());
    // A gain no set of feeders has is not believed.
    let absurd = FeedInput { estimate: Estimate { gain: 0.5, ..weak }, fed: 2.0 * consumed, ..input };
    assert_eq!(story.with(60.0, absurd), FeedPhase::Track);
}

/// Half of a shot dissolves in five minutes \[s\]; the slope is that of two and a half minutes ago \[s\].
const DISSOLUTION: f64 = 300.0;
const WINDOW: f64 = 150.0;

#[test]
fn a_track_without_feed_reads_alumina_off_the_slope() {
    let design = DesignSettings::default().build();
    let consumed = design.fraction(design.consumption(500e3));
    // Seven minutes: in the middle of the last five of them.
    let dissolving = 0.5 * (-(420.0 - WINDOW) / DISSOLUTION).exp();
    let slope = -design.pseudo_resistance(0.023).1 * consumed * (1.0 - dissolving) * 1e12;
    let flat = slopes(0.0, 0.0);
    let mut story = by(Strategy::InSitu);
    assert_eq!(story.run(19.0, flat, 4.6e-6), FeedPhase::Base);
    assert_eq!(story.feed.rate(&story.state), 1.0, "nothing known yet");
    assert_eq!(story.run(1.5, flat, 4.6e-6), FeedPhase::Under);
    assert_eq!(story.feed.rate(&story.state), 0.0);
    assert_eq!(story.run(7.0, slopes(slope, slope), 4.6e-6), FeedPhase::Base);
    assert!(!story.state.beam_may_move(), "resistance shows what the track took");
    // 0.2 % below its target there, more at the end, and what was to dissolve is gone.
    let lost = consumed * (WINDOW - dissolving * DISSOLUTION);
    let rate = story.feed.rate(&story.state);
    let expected = 1.0 + ((0.002 + lost) / consumed + 0.5 * DISSOLUTION) / 2700.0;
    assert!((rate - expected).abs() < 0.02, "{rate} {expected}");
    // Feeding on as asked brings it towards the target, with a time constant of 45 min.
    for _ in 0..50 * 60 {
        let consumed = design.consumption(500e3);
        let fed = consumed * story.feed.rate(&story.state);
        story.with(1.0 / 60.0, FeedInput { fed, consumed, ..calm(&flat) });
    }
    let left = (story.feed.rate(&story.state) - 1.0) / (rate - 1.0);
    assert!((left - (-50.0_f64 / 45.0).exp()).abs() < 0.03, "{left}");
}

#[test]
fn a_track_ends_at_once_near_the_effect() {
    let design = DesignSettings::default().build();
    let falling = design.fraction(design.consumption(500e3));
    let steep = -design.pseudo_resistance(0.0195).1 * falling * 1e12;
    let mut story = by(Strategy::InSitu);
    assert_eq!(story.run(20.5, slopes(0.0, 0.0), 4.6e-6), FeedPhase::Under);
    assert_eq!(
        story.run(4.0, slopes(steep, steep), 4.6e-6),
        FeedPhase::Under,
        "the slope is still of before"
    );
    assert_eq!(story.run(1.0, slopes(steep, steep), 4.6e-6), FeedPhase::Fast);
    assert_eq!(story.run(12.5, slopes(0.0, 0.0), 4.6e-6), FeedPhase::Base);
    assert!(story.feed.rate(&story.state) > 1.0);
}

#[test]
fn what_the_feeders_did_not_bring_becomes_their_gain() {
    let design = DesignSettings::default().build();
    let consumed = design.consumption(500e3);
    let mut story = by(Strategy::InSitu);
    let (mut sum, mut scans) = (0.0, 0.0);
    let (mut truth, mut loose) = (0.024, 0.5 * DISSOLUTION * consumed);
    let mut seen = std::collections::VecDeque::from([0.0; WINDOW as usize]);
    for second in 0..20 * 3600 {
        let fed = consumed * story.feed.rate(&story.state);
        let dissolved = loose / DISSOLUTION + 0.5 * 0.9 * fed;
        loose += 0.9 * fed - dissolved;
        truth += design.fraction(dissolved - consumed);
        seen.push_back(-design.pseudo_resistance(truth).1 * design.fraction(consumed - dissolved) * 1e12);
        let slope = seen.pop_front().unwrap();
        let slopes = slopes(slope, slope);
        story.with(1.0 / 60.0, FeedInput { fed, consumed, ..calm(&slopes) });
        if second >= 14 * 3600 {
            (sum, scans) = (sum + truth, scans + 1.0);
        }
    }
    // Two tracks of 0.3 %, each made good within the hour, are in the mean.
    let mean = sum / scans;
    assert!((mean - 0.025).abs() < 0.0015, "{mean}");
    assert!((story.feed.rate(&story.state) - 1.0 / 0.9).abs() < 0.03);
}

#[test]
fn the_saturated_band_ends_an_overfeed_on_the_rise_and_an_underfeed_on_the_balance() {
    let flat = slopes(0.0, 0.0);
    let mut story = by(Strategy::Saturated);
    assert_eq!(story.run(60.0, flat, 4.5e-6), FeedPhase::Over);
    assert_eq!(story.run(1.0, flat, 4.504e-6), FeedPhase::Over, "2 mV and the drift are not enough");
    assert_eq!(story.run(1.0, flat, 4.53e-6), FeedPhase::Under);
    // 5 % of 7.7 % at a quarter of the consumption.
    let design = DesignSettings::default().build();
    let time = 0.05 * 0.077 / (0.25 * design.fraction(design.consumption(500e3))) / 60.0;
    assert_eq!(story.run(time - 3.0, flat, 4.51e-6), FeedPhase::Under);
    assert_eq!(story.run(4.0, flat, 4.51e-6), FeedPhase::Over);
    // The signature is missed: one band, no more.
    let longest = time * 0.25 / 0.28;
    assert_eq!(story.run(longest - 3.0, flat, 4.51e-6), FeedPhase::Over);
    assert_eq!(story.run(4.0, flat, 4.51e-6), FeedPhase::Under);
    assert_eq!(story.run(1.0, slopes(240.0, 240.0), 4.51e-6), FeedPhase::Fast, "no rich cell has this");
}

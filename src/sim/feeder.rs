//! Point feeders: what one stroke really delivers, and when it does not.
//!
//! A stroke takes a shot out of the hopper and drops it through the hole that the crust breaker keeps
//! open. Over a blocked hole it stays on the crust, although the proximity switch has confirmed the
//! stroke, until the hole opens or the pile breaks through: then all of it falls at once.

use super::rng::{Channel, Stream};
use super::settings::{FeederFaultSettings, PlantSettings};
use super::until::Until;
use crate::cell::MAX_ZONES;
use crate::consts::{DAY, HOUR};
use crate::image::MAX_FEEDERS;
use crate::math::{clamp, exp, sqrt};

/// Chance and drift are looked at this often \[s\].
const LOOK: f64 = 60.0;
/// A pile on the crust that breaks through by itself \[kg\]; judgement.
const PILE_LIMIT: f64 = 100.0;
/// The hopper is filled up below this share of what it holds, and its level switch trips at that.
const REFILL: f64 = 0.6;
const LOW: f64 = 0.2;
/// Correlation time of the wander of a shot \[s\]: a practised control model's twelve hours, unverified.
const WANDER_TIME: f64 = 12.0 * HOUR;
/// Limits of the drift of a shot \[1\].
const DRIFT: f64 = 0.3;
const NEVER: f64 = f64::NEG_INFINITY;

/// What may be wrong with a feeder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// Neither dumps nor confirms.
    Stuck,
    /// The hole in the crust is closed.
    Blocked,
    /// Not refilled, with this much left \[kg\].
    Empty(f64),
    /// Alumina runs through \[kg/s\].
    Leak(f64),
    /// This share of the strokes dumps twice \[1\].
    Double(f64),
    /// Shots weigh this much more \[1\].
    Gain(f64),
}

#[derive(Debug, Clone, Copy)]
struct Feeder {
    gain: f64,
    drift: f64,
    hopper: f64,
    strokes: u16,
    stuck_until: f64,
    blocked_until: f64,
    starved_until: f64,
    /// Wanders around 0 \[1\].
    wander: f64,
    leak: Until<f64>,
    double: Until<f64>,
    changed: Until<f64>,
    /// On the crust \[kg\].
    pile: f64,
    /// Dropped since the last look, and the largest part that fell at once \[kg\].
    dropped: f64,
    largest: f64,
}

impl Feeder {
    /// Takes at most `mass` out of the hopper and lets it fall.
    fn release(&mut self, mass: f64, now: f64) {
        let mass = mass.min(self.hopper);
        self.hopper -= mass;
        self.pile += mass;
        if now >= self.blocked_until || self.pile > PILE_LIMIT {
            self.dropped += self.pile;
            self.largest = self.largest.max(self.pile);
            self.pile = 0.0;
        }
    }
}

/// The feeders of one pot, one over each feeding zone.
#[derive(Debug, Clone)]
pub(super) struct Feeders {
    list: [Feeder; MAX_FEEDERS],
    count: usize,
    shot: f64,
    capacity: f64,
    /// Standard deviation of the drift in one look \[1\].
    drift: f64,
    /// What the wander keeps over one look, and its standard deviation \[1\].
    wander: (f64, f64),
    faults: FeederFaultSettings,
    next_look: f64,
    /// Owed by those who feed by hand \[kg\], and the feeder that is next.
    owed: f64,
    next: usize,
    dice: Dice,
}

/// Random draws of the feeders, one stream for each purpose.
#[derive(Debug, Clone)]
pub(super) struct Dice {
    /// What their shots weigh; drawn from once.
    pub gain: Stream,
    /// Faults by chance, and drift.
    pub chance: Stream,
    pub stroke: Stream,
    pub wander: Stream,
}

impl Dice {
    /// From the streams of a pot.
    pub fn of(stream: &impl Fn(Channel) -> Stream) -> Self {
        Self {
            gain: stream(Channel::Feeder),
            chance: stream(Channel::FeederFault),
            stroke: stream(Channel::Stroke),
            wander: stream(Channel::Wander),
        }
    }
}

impl Feeders {
    pub fn new(settings: &PlantSettings, mut dice: Dice) -> Self {
        let count = usize::from(settings.feeders).min(MAX_FEEDERS);
        let feeder = Feeder {
            gain: 1.0,
            drift: 0.0,
            hopper: settings.hopper_kg,
            strokes: 0,
            stuck_until: NEVER,
            blocked_until: NEVER,
            starved_until: NEVER,
            wander: 0.0,
            leak: Until::usual(0.0),
            double: Until::usual(0.0),
            changed: Until::usual(0.0),
            pile: 0.0,
            dropped: 0.0,
            largest: 0.0,
        };
        let mut list = [feeder; MAX_FEEDERS];
        for (index, feeder) in list.iter_mut().take(count).enumerate() {
            feeder.gain = 1.0 + settings.feeder_spread_pct / 100.0 * dice.gain.bounded_normal();
            feeder.wander = settings.feeder_wander_pct / 100.0 * dice.wander.bounded_normal();
            // Hoppers are filled one after the other, so that no two run low together.
            feeder.hopper *= REFILL + (1.0 - REFILL) * (index as f64 + 0.5) / count as f64;
        }
        Self {
            list,
            count,
            shot: settings.shot_kg,
            capacity: settings.hopper_kg,
            drift: settings.feeder_drift_pct / 100.0 * sqrt(LOOK / DAY),
            wander: (exp(-LOOK / WANDER_TIME), settings.feeder_wander_pct / 100.0),
            faults: settings.feeder_faults,
            next_look: LOOK,
            owed: 0.0,
            next: 0,
            dice,
        }
    }

    /// One stroke; the proximity switch confirms it only if the feeder moved.
    pub fn stroke(&mut self, index: usize, now: f64) {
        let Some(feeder) = self.list.get_mut(index).filter(|_| index < self.count) else { return };
        let draw = self.dice.stroke.uniform();
        if now < feeder.stuck_until {
            return;
        }
        feeder.strokes = feeder.strokes.wrapping_add(1);
        let twice = feeder.double.at(now).max(self.faults.double_shot_pct / 100.0);
        let times = if draw < twice { 2.0 } else { 1.0 };
        let gain = feeder.gain + feeder.drift + feeder.wander + feeder.changed.at(now);
        feeder.release(times * self.shot * gain.max(0.0), now);
    }

    /// Somebody at the pot presses the buttons in turn, so that `mass` more is fed \[kg\].
    pub fn by_hand(&mut self, mass: f64, now: f64) {
        self.owed += mass;
        while self.owed >= self.shot {
            self.owed -= self.shot;
            self.stroke(self.next, now);
            self.next = (self.next + 1) % self.count.max(1);
        }
    }

    /// Puts `fault` on feeder `index` until `end`.
    pub fn fault(&mut self, index: usize, fault: Fault, end: f64) {
        let Some(feeder) = self.list.get_mut(index).filter(|_| index < self.count) else { return };
        match fault {
            Fault::Stuck => feeder.stuck_until = end,
            Fault::Blocked => feeder.blocked_until = end,
            Fault::Empty(left) => {
                feeder.starved_until = end;
                feeder.hopper = feeder.hopper.min(left);
            }
            Fault::Leak(rate) => feeder.leak.set(rate, end),
            Fault::Double(share) => feeder.double.set(share, end),
            Fault::Gain(change) => feeder.changed.set(change, end),
        }
    }

    /// Leaks, refilling, drift and chance over the coming step.
    pub fn advance(&mut self, now: f64, dt: f64) {
        for feeder in self.list.iter_mut().take(self.count) {
            let leak = feeder.leak.at(now) * dt;
            if leak > 0.0 {
                feeder.release(leak, now);
            }
            if feeder.hopper < REFILL * self.capacity && now >= feeder.starved_until {
                feeder.hopper = self.capacity;
            }
        }
        if now < self.next_look {
            return;
        }
        self.next_look += LOOK;
        let end = now + self.faults.minutes * 60.0;
        let share = LOOK / DAY;
        for feeder in self.list.iter_mut().take(self.count) {
            feeder.drift = clamp(feeder.drift + self.drift * self.dice.chance.normal(), -DRIFT, DRIFT);
            let (kept, sigma) = self.wander;
            feeder.wander =
                kept * feeder.wander + sigma * sqrt(1.0 - kept * kept) * self.dice.wander.normal();
            // Every draw is made whatever the rates, so that one rate does not move the others.
            let [stuck, blocked, empty] = core::array::from_fn(|_| self.dice.chance.uniform());
            if stuck < self.faults.stuck_per_day * share {
                feeder.stuck_until = end;
            }
            if blocked < self.faults.blocked_per_day * share {
                feeder.blocked_until = end;
            }
            if empty < self.faults.empty_per_day * share {
                feeder.starved_until = end;
                feeder.hopper = 0.0;
            }
        }
    }

    /// What the next stroke of feeder `index` will bring into the bath \[kg\], on average where it may dump
    /// twice; 0 where it is stuck, its hole blocked or its hopper empty.
    #[cfg(feature = "serde")]
    pub fn next_shot(&self, index: usize, now: f64) -> f64 {
        let Some(feeder) = self.list.get(index).filter(|_| index < self.count) else { return 0.0 };
        if now < feeder.stuck_until || now < feeder.blocked_until {
            return 0.0;
        }
        let twice = feeder.double.at(now).max(self.faults.double_shot_pct / 100.0);
        let gain = feeder.gain + feeder.drift + feeder.wander + feeder.changed.at(now);
        let shot = (1.0 + twice) * self.shot * gain.max(0.0);
        feeder.pile + shot.min(feeder.hopper)
    }

    /// Confirmed strokes, wrapping.
    pub fn strokes(&self) -> [u16; MAX_FEEDERS] {
        self.list.map(|feeder| feeder.strokes)
    }

    /// A hopper's level switch has tripped.
    pub fn hopper_low(&self) -> bool {
        self.list.iter().take(self.count).any(|feeder| feeder.hopper < LOW * self.capacity)
    }

    /// Alumina dropped into each zone since the last call, and the largest part of it that fell at
    /// once, or a shot where there was less \[kg\].
    pub fn take(&mut self) -> ([f64; MAX_ZONES], f64) {
        let size = self.list.iter().fold(self.shot, |size, feeder| size.max(feeder.largest));
        let mut shots = [0.0; MAX_ZONES];
        for (shot, feeder) in shots.iter_mut().zip(&mut self.list) {
            *shot = core::mem::take(&mut feeder.dropped);
            feeder.largest = 0.0;
        }
        (shots, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::CellId;
    use proptest::prelude::*;

    fn feeders(settings: &PlantSettings, seed: u64) -> Feeders {
        Feeders::new(settings, Dice::of(&|channel| Stream::new(seed, CellId(1), channel)))
    }

    fn exact() -> PlantSettings {
        PlantSettings { feeder_spread_pct: 0.0, feeder_drift_pct: 0.0, ..PlantSettings::default() }
    }

    /// A shot each 12 s from feeder 0 over `seconds`; mass that fell.
    fn run(f: &mut Feeders, from: u32, seconds: u32) -> f64 {
        let mut fallen = 0.0;
        for second in from..from + seconds {
            let now = f64::from(second);
            if second % 12 == 0 {
                f.stroke(0, now);
            }
            f.advance(now, 1.0);
            fallen += f.take().0.iter().sum::<f64>();
        }
        fallen
    }

    #[test]
    fn a_blocked_hole_keeps_what_it_confirms_and_drops_it_at_once() {
        let mut f = feeders(&exact(), 1);
        f.fault(0, Fault::Blocked, 600.0);
        assert_eq!(run(&mut f, 0, 600), 0.0);
        assert_eq!(f.strokes()[0], 50);
        f.stroke(0, 600.0);
        let (shots, size) = f.take();
        assert!((shots[0] - 51.0 * 1.8).abs() < 1e-9, "{}", shots[0]);
        assert_eq!(size, shots[0]);
        assert_eq!(f.take().1, 1.8);
    }

    #[test]
    fn a_shot_wanders_as_far_as_stated_and_forgets_in_half_a_day() {
        let settings = PlantSettings { feeder_wander_pct: 4.0, ..exact() };
        let (mut squares, mut products, mut n) = (0.0, 0.0, 0.0);
        for seed in 0..200 {
            let mut f = feeders(&settings, seed);
            let before: std::vec::Vec<f64> = f.list.iter().take(6).map(|feeder| feeder.wander).collect();
            for minute in 0..=720 {
                f.advance(f64::from(minute) * 60.0, 60.0);
            }
            for (feeder, before) in f.list.iter().zip(before) {
                (squares, products, n) =
                    (squares + feeder.wander.powi(2), products + feeder.wander * before, n + 1.0);
            }
        }
        let sigma = (squares / n).sqrt();
        // Five standard errors of a standard deviation from 1200 draws.
        assert!((sigma / 0.04 - 1.0).abs() < 0.10, "{sigma}");
        let kept = products / squares;
        assert!((kept - (-1.0_f64).exp()).abs() < 0.14, "{kept}");
    }

    #[test]
    fn a_heavy_pile_breaks_through_by_itself() {
        let mut f = feeders(&exact(), 1);
        f.fault(0, Fault::Blocked, f64::INFINITY);
        let fallen = run(&mut f, 0, 1_000);
        assert!(fallen > PILE_LIMIT && fallen < PILE_LIMIT + 2.0, "{fallen}");
    }

    #[test]
    fn an_empty_hopper_confirms_and_delivers_nothing() {
        let mut f = feeders(&exact(), 1);
        assert!(!f.hopper_low());
        f.fault(0, Fault::Empty(3.0), 1_200.0);
        assert!((run(&mut f, 0, 1_200) - 3.0).abs() < 1e-9);
        assert_eq!(f.strokes()[0], 100);
        assert!(f.hopper_low());
        let refilled = run(&mut f, 1_200, 120);
        assert!(!f.hopper_low());
        // The stroke at 1200 s comes before the refill of that second.
        assert!((refilled - 9.0 * 1.8).abs() < 1e-9, "{refilled}");
    }

    #[test]
    fn a_stuck_feeder_says_so_and_a_leak_does_not() {
        let mut f = feeders(&exact(), 1);
        f.fault(0, Fault::Stuck, 120.0);
        assert_eq!((run(&mut f, 0, 120), f.strokes()[0]), (0.0, 0));
        f.fault(1, Fault::Leak(20.0 / 3_600.0), f64::INFINITY);
        let fallen = run(&mut f, 121, 3_600);
        assert!((fallen - 300.0 * 1.8 - 20.0).abs() < 1e-6, "{fallen}");
        assert_eq!(f.strokes()[1], 0);
    }

    #[test]
    fn double_shots_come_as_often_as_stated() {
        let mut f = feeders(&exact(), 1);
        f.fault(0, Fault::Double(0.25), f64::INFINITY);
        let shots = run(&mut f, 0, 12 * 4_000) / 1.8;
        // Four standard errors of the binomial.
        assert!((shots / 4_000.0 - 1.25).abs() < 4.0 * (0.25 * 0.75 / 4_000.0_f64).sqrt(), "{shots}");
    }

    #[test]
    fn drift_wanders_by_its_rate() {
        let settings = PlantSettings { feeder_drift_pct: 2.0, ..exact() };
        let (mut squares, mut n) = (0.0, 0.0);
        for seed in 0..40 {
            let mut f = feeders(&settings, seed);
            for minute in 1..=1_440 {
                f.advance(f64::from(minute) * 60.0, 1.0);
            }
            for feeder in f.list.iter().take(6) {
                squares += feeder.drift * feeder.drift;
                n += 1.0;
            }
        }
        let sigma = (squares / n).sqrt();
        assert!((0.016..0.024).contains(&sigma), "{sigma}");
    }

    #[test]
    fn chance_faults_come_at_their_rate() {
        let mut settings = exact();
        settings.feeder_faults.stuck_per_day = 2.0;
        settings.feeder_faults.minutes = 1.0;
        let mut f = feeders(&settings, 3);
        let mut count = 0;
        for minute in 1..=14_400 {
            let now = f64::from(minute) * 60.0;
            f.advance(now, 1.0);
            count += f.list.iter().filter(|feeder| feeder.stuck_until == now + 60.0).count();
        }
        // Ten days of six feeders: 120, five standard deviations.
        assert!((65..175).contains(&count), "{count}");
    }

    proptest! {
        /// Whatever goes wrong, alumina is in the hopper, on the crust or in the bath.
        #[test]
        fn mass_is_conserved(
            moves in prop::collection::vec((0_usize..6, 0_u8..6, 0.0..2_000.0_f64), 1..60),
        ) {
            let mut f = feeders(&PlantSettings { hopper_kg: 1e6, ..PlantSettings::default() }, 5);
            for feeder in &mut f.list {
                feeder.starved_until = f64::INFINITY;
            }
            let stock = |f: &Feeders| f.list.iter().take(6).map(|x| x.hopper + x.pile + x.dropped).sum::<f64>();
            let before = stock(&f);
            let (mut fallen, mut now) = (0.0, 0.0);
            for (index, kind, time) in moves {
                let fault = [
                    Fault::Stuck,
                    Fault::Blocked,
                    Fault::Leak(0.01),
                    Fault::Double(0.5),
                    Fault::Gain(-0.4),
                    Fault::Gain(0.4),
                ][usize::from(kind)];
                f.fault(index, fault, now + time);
                for _ in 0..200 {
                    f.stroke((now as usize) % 6, now);
                    f.advance(now, 1.0);
                    fallen += f.take().0.iter().sum::<f64>();
                    now += 1.0;
                }
            }
            prop_assert!((stock(&f) + fallen - before).abs() < 1e-6 * before);
        }
    }
}

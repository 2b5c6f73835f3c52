//! The back-EMF, from the steps that the line current takes anyway.
//!
//! ```text
//! E_k = V0 - I0 (V1 - V0)/(I1 - I0)          one step of the current, means before and after
//! R   = (V - E)/I + (E - E0)/I_nom           what is controlled
//! ```
//!
//! V and I in V and A, over the last and the first two blocks of 20 s on either side of a step of 3–12 %
//! of nominal; E0 is the configured back-EMF. A step during which the beam moved, the feed phase
//! changed or anybody worked is not used, nor one that took longer than 10 min. The steps are fused as
//! by a scalar Kalman filter from 1.65 ± 0.1 V (the usual range; Banta et al., Light Metals 2003), E is
//! held within 1.5–1.8 V, and wanders by 10 mV in a day (engineering judgement). The second term of R
//! makes a better E change nothing at nominal current: targets stay what they were, and only what a
//! swing of the current leaves in R goes.

use super::Mean;
use crate::consts::DAY;
use crate::image::FeedPhase;
use crate::math::{clamp, sqrt};

/// Length of a block \[s\].
const BLOCK: f64 = 20.0;
/// Blocks of a steady current agree within this share of nominal \[1\].
const STEADY: f64 = 0.004;
/// A step that is used \[1\], and its longest time \[s\].
const STEP: (f64, f64) = (0.03, 0.12);
const LONGEST: f64 = 600.0;
/// Standard deviation of E at the start \[V\], and of its wander in a day.
const SIGMA: f64 = 0.1;
const WANDER: f64 = 0.01;
/// Where E may lie \[V\].
const RANGE: (f64, f64) = (1.5, 1.8);
/// Error of a mean without noise \[V\], share of the noise in it \[1\], and what alumina and distance do
/// meanwhile \[V/s\].
const ERROR: f64 = 0.0015;
const NOISE: f64 = 0.35;
const DRIFT: f64 = 1e-5;
/// Steps further off than so many deviations are not believed.
const GATE: f64 = 3.0;

/// Means of two blocks.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Rest {
    voltage: f64,
    current: f64,
    phase: FeedPhase,
    /// Time since its end \[s\].
    age: f64,
}

/// Back-EMF of one cell.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Emf {
    /// Known deviation from the configured back-EMF \[V\], and its variance.
    shift: f64,
    variance: f64,
    voltage: Mean,
    current: Mean,
    last: Option<(f64, f64)>,
    rest: Option<Rest>,
    steps: u32,
}

impl Default for Emf {
    fn default() -> Self {
        Self {
            shift: 0.0,
            variance: SIGMA * SIGMA,
            voltage: Mean::default(),
            current: Mean::default(),
            last: None,
            rest: None,
            steps: 0,
        }
    }
}

/// One scan, as far as the back-EMF goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan {
    pub voltage: f64,
    pub current: f64,
    pub phase: FeedPhase,
    /// Low-frequency noise \[V\]; NaN when unknown.
    pub noise: f64,
    pub step: f64,
}

impl Emf {
    /// Back-EMF less the configured one \[V\].
    #[must_use]
    pub fn shift(&self) -> f64 {
        self.shift
    }

    /// Standard deviation of the back-EMF \[V\].
    #[must_use]
    pub fn error(&self) -> f64 {
        sqrt(self.variance)
    }

    /// Steps of the current it was learnt from.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// What came before cannot be compared with what comes next.
    pub(super) fn spoil(&mut self) {
        let Self { shift, variance, steps, .. } = *self;
        *self = Self { shift, variance, steps, ..Self::default() };
    }

    /// Takes a scan with a whole and undisturbed reading, for a configured back-EMF `e_back` \[V\] and
    /// a nominal current \[A\].
    pub(super) fn take(&mut self, scan: &Scan, e_back: f64, nominal: f64) {
        self.variance += WANDER * WANDER * scan.step / DAY;
        if self.rest.is_some_and(|rest| rest.phase != scan.phase) {
            self.spoil();
        }
        if let Some(rest) = &mut self.rest {
            rest.age += scan.step;
        }
        let current = self.current.add(scan.current, scan.step, BLOCK);
        let Some(((voltage, length), (current, _))) =
            self.voltage.add(scan.voltage, scan.step, BLOCK).zip(current)
        else {
            return;
        };
        let Some((before_voltage, before_current)) = self.last.replace((voltage, current)) else { return };
        if (current - before_current).abs() > STEADY * nominal {
            return;
        }
        // Two blocks agree: at rest, at the old current or at a new one.
        let now = Rest {
            voltage: 0.5 * (voltage + before_voltage),
            current: 0.5 * (current + before_current),
            phase: scan.phase,
            age: 0.0,
        };
        let Some(was) = self.rest.replace(now) else { return };
        let step = (now.current - was.current) / nominal;
        if (STEP.0..=STEP.1).contains(&step.abs()) && was.age <= LONGEST {
            self.learn(&was, &now, scan.noise, e_back);
        } else if step.abs() < STEP.0 && step.abs() > STEADY && was.age <= LONGEST {
            // Not there yet: a slow ramp looks steady for a while.
            self.rest = Some(Rest { age: was.age + length, ..was });
        }
    }

    fn learn(&mut self, was: &Rest, now: &Rest, noise: f64, e_back: f64) {
        let change = now.current - was.current;
        let measured = was.voltage - was.current * (now.voltage - was.voltage) / change - e_back;
        let noise = if noise.is_finite() { NOISE * noise } else { ERROR };
        let drift = DRIFT * was.age;
        let error = sqrt(2.0 * (ERROR * ERROR + noise * noise) + drift * drift) * was.current / change.abs();
        let variance = error * error;
        let off = measured - self.shift;
        if off * off > GATE * GATE * (self.variance + variance) {
            return;
        }
        let gain = self.variance / (self.variance + variance);
        self.shift = clamp(self.shift + gain * off, RANGE.0 - e_back, RANGE.1 - e_back);
        self.variance *= 1.0 - gain;
        self.steps = self.steps.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cell {
        emf: Emf,
        random: u64,
    }

    impl Cell {
        fn run(&mut self, seconds: u32, current: impl Fn(f64) -> f64, phase: FeedPhase) {
            for second in 0..seconds {
                self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let noise = (self.random >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
                let current = current(f64::from(second)) * (1.0 + 0.002 * noise);
                let roll = 0.008 * crate::math::sin(f64::from(second) * 0.165);
                let voltage = 1.58 + 4.74e-6 * current + 0.02 * noise + roll;
                let scan = Scan { voltage, current, phase, noise: 0.006, step: 1.0 };
                self.emf.take(&scan, 1.65, 500e3);
            }
        }
    }

    fn cell() -> Cell {
        Cell { emf: Emf::default(), random: 9 }
    }

    #[test]
    fn curtailments_of_ten_percent_find_it_within_its_error() {
        let mut cell = cell();
        for _ in 0..4 {
            cell.run(600, |_| 500e3, FeedPhase::Over);
            cell.run(120, |s| 500e3 - 50e3 * s / 120.0, FeedPhase::Over);
            cell.run(600, |_| 450e3, FeedPhase::Over);
            cell.run(120, |s| 450e3 + 50e3 * s / 120.0, FeedPhase::Over);
        }
        let emf = cell.emf;
        assert!(emf.steps() >= 6, "{emf:?}");
        assert!(emf.error() < 0.025, "{emf:?}");
        assert!((1.65 + emf.shift() - 1.58).abs() < 2.5 * emf.error(), "{emf:?}");
    }

    #[test]
    fn ripple_a_slow_drift_and_a_trip_teach_nothing() {
        let mut cell = cell();
        cell.run(3600, |_| 500e3, FeedPhase::Over);
        cell.run(7200, |s| 500e3 * (1.0 - 0.1 * s / 7200.0), FeedPhase::Over);
        cell.run(600, |_| 300e3, FeedPhase::Over);
        assert_eq!(cell.emf.steps(), 0);
        assert_eq!(cell.emf.shift(), 0.0);
    }

    #[test]
    fn a_change_of_feed_or_a_beam_move_spoils_the_step() {
        let mut cell = cell();
        cell.run(300, |_| 500e3, FeedPhase::Over);
        cell.run(300, |_| 465e3, FeedPhase::Under);
        assert_eq!(cell.emf.steps(), 0);
        cell.run(300, |_| 500e3, FeedPhase::Under);
        assert_eq!(cell.emf.steps(), 1);
        cell.emf.spoil();
        cell.run(300, |_| 465e3, FeedPhase::Under);
        assert_eq!(cell.emf.steps(), 1);
    }

    #[test]
    fn it_never_leaves_its_range() {
        let mut emf = Emf::default();
        for (before, after) in [(5.0, 3.0), (3.9, 3.95), (4.0, 3.99)].into_iter().cycle().take(60) {
            for voltage in [before, before, before, after, after, after] {
                let current = if voltage == before { 500e3 } else { 460e3 };
                for _ in 0..20 {
                    let scan = Scan { voltage, current, phase: FeedPhase::Base, noise: f64::NAN, step: 1.0 };
                    emf.take(&scan, 1.65, 500e3);
                }
            }
            assert!((1.5..=1.8).contains(&(1.65 + emf.shift())), "{emf:?}");
        }
    }
}

//! The distance as the resistance shows it: what alumina explains is taken off.
//!
//! y = R - o,   o -> w (e(C) - ē),   e(C) = R(C) - R(2.5 %)
//!
//! with the resistance R, the part e that the estimated alumina explains \[Ω\], its own mean ē over a
//! day, and w = 1 while the estimate is known, else 0. Alumina swings by half a percent within hours
//! and takes the resistance along by as much as a millimetre of distance would; a beam that answers
//! to that moves for nothing, and moves wrongly. Only the swing is taken off, not the mean: a lasting
//! error of the estimate must not become a lasting error of the distance, and the mean voltage stays
//! the one that was asked for. The offset o follows its aim at a bounded rate, so that an estimate
//! that is lost or found again makes no bump: the loop drifts back to the plain resistance, or away
//! from it. Rates and times are engineering judgement.

use crate::consts::{DAY, HOUR};
use crate::math::approach;
use crate::signal::Fit;

/// The offset changes no faster than this \[Ω/s\]: alumina between 2.1 and 2.5 % within half an hour.
const RATE: f64 = 200e-9 / HOUR;
/// Memory of the mean \[s\].
const SMOOTH: f64 = 900.0;
/// The mean is not judged before it holds this much undisturbed time \[s\].
const LEAST: f64 = 300.0;

/// What the estimated alumina explains of the resistance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explained {
    /// Resistance above that at the reference alumina \[Ω\].
    pub value: f64,
    /// Its standard deviation \[Ω\].
    pub error: f64,
}

/// Resistance that distance has to answer for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// Mean \[Ω\].
    pub mean: f64,
    /// Its standard deviation \[Ω\].
    pub error: f64,
}

/// Memory of one cell.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct DistanceState {
    /// Mean of what was explained, and the time it holds \[Ω\], \[s\].
    usual: f64,
    known: f64,
    offset: f64,
    mean: f64,
    held: f64,
}

impl DistanceState {
    /// Taken off the resistance at present \[Ω\].
    #[must_use]
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// The beam moved, or somebody was at it: what was seen of the distance is no longer true.
    pub fn forget(&mut self) {
        self.held = 0.0;
    }

    /// Takes one scan of length `step` \[s\]. `explained` is `None` while the estimate is lost.
    pub fn update(&mut self, level: Option<Fit>, explained: Option<Explained>, step: f64) -> Option<Answer> {
        let explained = explained.filter(|e| e.value.is_finite() && e.error.is_finite());
        let aim = match explained {
            Some(explained) => {
                self.known = (self.known + step).min(DAY);
                let share = if self.known > 0.0 { step / self.known } else { 1.0 };
                self.usual += share.min(1.0) * (explained.value - self.usual);
                explained.value - self.usual
            }
            None => 0.0,
        };
        self.offset = approach(self.offset, aim, RATE * step);
        let level = level?;
        self.held = (self.held + step).min(SMOOTH);
        let share = if self.held > 0.0 { (step / self.held).min(1.0) } else { 1.0 };
        self.mean += share * (level.mean - self.offset - self.mean);
        // The lasting half of the estimate's error went with the mean.
        let unsure = explained.map_or(0.0, |e| 0.5 * e.error);
        let error = crate::math::sqrt(level.mean_error * level.mean_error + unsure * unsure);
        (self.held >= LEAST).then_some(Answer { mean: self.mean, error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(mean: f64) -> Option<Fit> {
        Some(Fit { slope: 0.0, error: 5e-12, mean, mean_error: 3e-9 })
    }

    fn run(state: &mut DistanceState, hours: f64, of: impl Fn(f64) -> (f64, Option<f64>)) -> (f64, f64, f64) {
        let (mut low, mut high, mut last) = (f64::INFINITY, f64::NEG_INFINITY, f64::NAN);
        for n in 0..(hours * 3600.0) as u32 {
            let (level, explained) = of(f64::from(n));
            let explained = explained.map(|value| Explained { value, error: 20e-9 });
            if let Some(answer) = state.update(fit(level), explained, 1.0) {
                (low, high, last) = (low.min(answer.mean), high.max(answer.mean), answer.mean);
            }
        }
        (low, high, last)
    }

    /// Alumina that swings with a period of 80 min, as the resistance shows it \[Ω\].
    fn swing(time: f64) -> f64 {
        40e-9 * crate::math::sin(time * core::f64::consts::TAU / 4800.0)
    }

    #[test]
    fn the_swing_of_alumina_is_no_distance() {
        let mut state = DistanceState::default();
        run(&mut state, 4.0, |t| (4.6e-6 + swing(t), Some(swing(t))));
        let (low, high, _) = run(&mut state, 12.0, |t| (4.6e-6 + swing(t), Some(swing(t))));
        assert!(high - low < 20e-9, "{low} {high}");
        let mut plain = DistanceState::default();
        let (low, high, _) = run(&mut plain, 12.0, |t| (4.6e-6 + swing(t), None));
        assert!(high - low > 40e-9, "{low} {high}");
    }

    #[test]
    fn a_lasting_error_of_the_estimate_is_no_distance_either() {
        let mut state = DistanceState::default();
        let (.., last) = run(&mut state, 6.0, |_| (4.6e-6, Some(35e-9)));
        assert!((last - 4.6e-6).abs() < 1e-9, "{last}");
    }

    #[test]
    fn an_estimate_that_is_lost_and_found_makes_no_bump() {
        let mut state = DistanceState::default();
        run(&mut state, 24.0, |_| (4.6e-6, Some(0.0)));
        run(&mut state, 2.0, |_| (4.66e-6, Some(60e-9)));
        assert!(state.offset() > 50e-9);
        let mut before = state.offset();
        for (n, explained) in [(1800, None), (1800, Some(-60e-9)), (1, None)] {
            for _ in 0..n {
                let explained = explained.map(|value| Explained { value, error: 20e-9 });
                state.update(fit(4.66e-6), explained, 1.0);
                assert!((state.offset() - before).abs() <= RATE * 1.001, "no jump");
                before = state.offset();
            }
        }
    }

    #[test]
    fn a_move_makes_it_look_anew_and_poison_leaves_it_alone() {
        let mut state = DistanceState::default();
        run(&mut state, 1.0, |_| (4.6e-6, Some(0.0)));
        state.forget();
        assert!(state.update(fit(4.65e-6), None, 1.0).is_none());
        let (.., last) = run(&mut state, 0.5, |_| (4.65e-6, Some(f64::NAN)));
        assert!((last - 4.65e-6).abs() < 1e-9, "nothing of the old place is left: {last}");
    }
}

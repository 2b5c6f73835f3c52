//! Two slope estimators without a window, to compare with the moving least squares of [`super::slope`]
//! (`docs/slopes.md`). Each states its own error.
//!
//! ```text
//! cascade   x_i' = (x_(i-1) - x_i)/τ, i = 1..4;      slope = (x_3 - x_4)/τ
//! Kalman    level' = slope, slope' = white noise q;   y = level + noise r
//! ```
//!
//! A chain of equal lags passes a ramp with a delay of its τ per stage and no overshoot (filter cascades
//! for resistance slopes: US 7,036,097); the difference of its last two stages is the ramp's slope. The
//! Kalman filter weighs a new sample by how fast slopes are thought to change.

use crate::math::sqrt;

/// Stages of the cascade.
const STAGES: usize = 4;

/// A slope and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// Slope \[Ω/s\].
    pub slope: f64,
    /// Its standard error \[Ω/s\].
    pub error: f64,
}

/// Cascade of equal exponential filters.
#[derive(Debug, Clone, Copy)]
pub struct Cascade {
    time: f64,
    stages: Option<[f64; STAGES]>,
    age: f64,
    /// Mean and variance of the slope over ten times the filter's own.
    mean: f64,
    variance: f64,
}

impl Cascade {
    /// With time constant `time` of each stage \[s\].
    #[must_use]
    pub fn new(time: f64) -> Self {
        Self { time, stages: None, age: 0.0, mean: 0.0, variance: 0.0 }
    }

    /// Takes a resistance \[Ω\] that stands for `step` \[s\]. `None` until it has settled.
    pub fn update(&mut self, resistance: f64, step: f64) -> Option<Estimated> {
        let weight = (step / self.time).min(1.0);
        let mut stages = self.stages.unwrap_or([resistance; STAGES]);
        let mut input = resistance;
        for stage in &mut stages {
            *stage += weight * (input - *stage);
            input = *stage;
        }
        self.stages = Some(stages);
        self.age += step;
        let [_, _, third, fourth] = stages;
        // Zero-order hold: what the last stage lags behind is a step less than its time constant.
        let slope = (third - fourth) / (self.time * (1.0 - weight)).max(step);
        if self.age < STAGES as f64 * self.time {
            self.mean = slope;
            return None;
        }
        // What wanders faster than ten time constants is taken for error.
        let slow = 0.1 * weight;
        let off = slope - self.mean;
        self.mean += slow * off;
        self.variance += slow * (off * off - self.variance);
        Some(Estimated { slope, error: sqrt(self.variance) })
    }
}

/// Kalman filter of level and slope.
#[derive(Debug, Clone, Copy)]
pub struct LevelSlope {
    /// Spectral density of the slope's change \[Ω²/s³\], and variance of a sample \[Ω²\].
    change: f64,
    sample: f64,
    x: Option<(f64, f64)>,
    p: (f64, f64, f64),
}

impl LevelSlope {
    /// For slopes that change by about `change` \[Ω/s\] in `time` \[s\], and samples with an error of
    /// `sample` \[Ω\].
    #[must_use]
    pub fn new(change: f64, time: f64, sample: f64) -> Self {
        let p = (sample * sample, 0.0, change * change);
        Self { change: change * change / time, sample: sample * sample, x: None, p }
    }

    /// Takes a resistance \[Ω\] that stands for `step` \[s\].
    pub fn update(&mut self, resistance: f64, step: f64) -> Option<Estimated> {
        let Some((level, slope)) = self.x else {
            self.x = Some((resistance, 0.0));
            return None;
        };
        let (a, b, c) = self.p;
        let q = self.change * step;
        let (a, b, c) = (
            a + 2.0 * step * b + step * step * c + q * step * step / 3.0,
            b + step * c + q * step / 2.0,
            c + q,
        );
        let level = level + step * slope;
        let total = a + self.sample;
        let (for_level, for_slope) = (a / total, b / total);
        let off = resistance - level;
        self.x = Some((level + for_level * off, slope + for_slope * off));
        self.p = (a * (1.0 - for_level), b * (1.0 - for_level), c - for_slope * b);
        let (_, _, variance) = self.p;
        Some(Estimated { slope: slope + for_slope * off, error: sqrt(variance.max(0.0)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_find_a_ramp() {
        let (mut cascade, mut kalman) = (Cascade::new(75.0), LevelSlope::new(60e-12, 600.0, 20e-9));
        let mut found = (None, None);
        for n in 0..720 {
            let r = 4.6e-6 + 60e-12 * 5.0 * f64::from(n);
            found = (cascade.update(r, 5.0), kalman.update(r, 5.0));
        }
        for estimate in [found.0.unwrap(), found.1.unwrap()] {
            assert!((estimate.slope / 60e-12 - 1.0).abs() < 0.01, "{estimate:?}");
        }
    }

    #[test]
    fn the_cascade_says_nothing_before_it_has_settled() {
        let mut cascade = Cascade::new(75.0);
        let silent = (0..100).take_while(|_| cascade.update(4.6e-6, 5.0).is_none()).count();
        assert_eq!(silent, 59);
    }

    #[test]
    fn the_filter_states_the_error_it_makes() {
        let (mut kalman, mut random) = (LevelSlope::new(60e-12, 600.0, 20e-9), 3u64);
        let (mut squares, mut stated, mut n) = (0.0, 0.0, 0.0);
        for k in 0..20_000 {
            let mut sum = 0.0;
            for _ in 0..12 {
                random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                sum += (random >> 11) as f64 / (1u64 << 53) as f64;
            }
            let estimate = kalman.update(4.6e-6 + 20e-9 * (sum - 6.0), 5.0);
            if let Some(e) = estimate.filter(|_| k > 1000) {
                (squares, stated, n) = (squares + e.slope * e.slope, stated + e.error, n + 1.0);
            }
        }
        // The slope was constant, so the error made is below the one stated, but of its order.
        let made = crate::math::sqrt(squares / n) / (stated / n);
        assert!((0.3..1.1).contains(&made), "{made}");
    }
}

//! Least-squares slope of the resistance, and how far it may be trusted.
//!
//! Five-second means, 60 for the short window (5 min) and 120 for the long one (10 min), as in the
//! published slope studies (Dupuis, CIM 2011). The textbook error of a slope assumes white
//! residuals; a cell's residuals roll with the metal, so the error is taken from the means of 50 s
//! blocks as well, and the larger of the two is reported. Both windows are summed anew for every
//! entry, relative to the newest one: nothing accumulates, so nothing drifts.

use crate::math::sqrt;

/// Entries of the long window.
const LONG: usize = 120;
/// Length of the windows \[s\].
const SHORT_WINDOW: f64 = 300.0;
const LONG_WINDOW: f64 = 600.0;
/// Length of a residual block \[s\], longer than the period of most metal-pad rolls.
const BLOCK: f64 = 50.0;
/// Blocks of the long window.
const BLOCKS: usize = 12;
/// A window with fewer of its entries than this is not judged.
const FILLED: f64 = 0.85;
/// A fit not renewed for this long is dropped \[s\].
const OLD: f64 = 60.0;

/// A straight line through a window.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Fit {
    /// Slope \[Ω/s\].
    pub slope: f64,
    /// Standard error of the slope, correlated noise included \[Ω/s\].
    pub error: f64,
    /// Mean over the window \[Ω\].
    pub mean: f64,
    /// Standard error of the mean \[Ω\].
    pub mean_error: f64,
}

/// Both windows at one instant; `None` where too little undisturbed time has passed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Slopes {
    /// Last five minutes.
    pub short: Option<Fit>,
    /// Last ten minutes.
    pub long: Option<Fit>,
    /// Time of the newest entry \[s\].
    pub time: f64,
}

impl Slopes {
    pub(super) fn is_old(&self, time: f64) -> bool {
        time - self.time > OLD
    }

    /// Slope expected five minutes from now and its standard error \[Ω/s\], both from the curvature
    /// that the two windows show. Their centres lie 150 s apart, and the short one's 150 s back, so
    /// the prediction is 4 s5 - 3 s10. As the long fit is the best linear one, its covariance with
    /// the short fit is its own variance, hence the error.
    #[must_use]
    pub fn ahead(&self) -> Option<(f64, f64)> {
        let (short, long) = (self.short?, self.long?);
        let variance = 16.0 * short.error * short.error - 15.0 * long.error * long.error;
        let floor = short.error * short.error;
        Some((4.0 * short.slope - 3.0 * long.slope, sqrt(variance.max(floor))))
    }
}

/// The last ten minutes of five-second means.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Window {
    #[cfg_attr(feature = "snapshot", serde(with = "crate::array"))]
    entries: [(f64, f64); LONG],
    next: usize,
    count: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self { entries: [(0.0, 0.0); LONG], next: 0, count: 0 }
    }
}

impl Window {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.next = 0;
        self.count = 0;
    }

    /// True when nothing was pushed since the last clear.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds the mean that ended at `time` \[s\]; times must grow.
    pub fn push(&mut self, time: f64, value: f64) {
        if let Some(entry) = self.entries.get_mut(self.next) {
            *entry = (time, value);
        }
        self.next = (self.next + 1) % LONG;
        self.count = (self.count + 1).min(LONG);
    }

    /// Fits both windows, ending at the newest entry. They are summed in the same two passes, first for
    /// the lines and then for what is left beside them.
    #[must_use]
    pub fn slopes(&self) -> Slopes {
        let newest = self.entries.get((self.next + LONG - 1) % LONG).copied().unwrap_or_default();
        let mut short = Sums::default();
        let mut long = Sums::default();
        for (x, y) in self.recent(newest) {
            long.add(x, y);
            if x > -SHORT_WINDOW {
                short.add(x, y);
            }
        }
        let mut short = short.line(SHORT_WINDOW);
        let mut long = long.line(LONG_WINDOW);
        if short.is_some() || long.is_some() {
            for (x, y) in self.recent(newest) {
                let block = block(x);
                if let Some(line) = &mut long {
                    line.add(x, y, block);
                }
                if let Some(line) = short.as_mut().filter(|_| x > -SHORT_WINDOW) {
                    line.add(x, y, block);
                }
            }
        }
        let fit = |line: Option<Line>| line.map(|line| line.fit(newest.1));
        Slopes { short: fit(short), long: fit(long), time: newest.0 }
    }

    /// Entries of the long window as (age <= 0, value), both relative to the newest one. Their order in
    /// memory is not their order in time, which no sum below minds.
    fn recent(&self, newest: (f64, f64)) -> impl Iterator<Item = (f64, f64)> + '_ {
        let kept = self.entries.get(..self.count).unwrap_or(&self.entries);
        kept.iter()
            .map(move |&(time, value)| (time - newest.0, value - newest.1))
            .filter(move |&(age, _)| age > -LONG_WINDOW)
    }
}

/// Block of an entry of this age (<= 0) \[s\].
fn block(age: f64) -> usize {
    // Whole blocks: the conversion cuts the fraction off.
    ((-age / BLOCK) as u32 as usize).min(BLOCKS - 1)
}

/// Sums over the entries of a window.
#[derive(Default)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    oldest: f64,
}

impl Sums {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        if x < self.oldest {
            self.oldest = x;
        }
    }

    /// The line through them; `None` when they do not fill the `window` \[s\].
    fn line(&self, window: f64) -> Option<Line> {
        let expected = window / super::ENTRY;
        if self.n < FILLED * expected || self.oldest > -0.9 * window {
            return None;
        }
        let (mean_x, mean_y) = (self.x / self.n, self.y / self.n);
        let spread = self.xx - self.x * mean_x;
        let slope = (self.xy - self.x * mean_y) / spread;
        Some(Line {
            n: self.n,
            mean_x,
            mean_y,
            spread,
            slope,
            squares: 0.0,
            blocks: [(0.0, 0.0, 0.0); BLOCKS],
        })
    }
}

/// A line, and what the entries leave beside it, singly and in blocks.
struct Line {
    n: f64,
    mean_x: f64,
    mean_y: f64,
    spread: f64,
    slope: f64,
    squares: f64,
    /// Entries, their ages and their residuals.
    blocks: [(f64, f64, f64); BLOCKS],
}

impl Line {
    fn add(&mut self, x: f64, y: f64, block: usize) {
        let residual = y - self.mean_y - self.slope * (x - self.mean_x);
        self.squares += residual * residual;
        if let Some((count, sum_x, sum)) = self.blocks.get_mut(block) {
            *count += 1.0;
            *sum_x += x - self.mean_x;
            *sum += residual;
        }
    }

    /// The fit, for values relative to `base` \[Ω\].
    fn fit(&self, base: f64) -> Fit {
        let (mut m, mut block_squares, mut block_spread) = (0.0, 0.0, 0.0);
        for (count, sum_x, sum) in self.blocks.into_iter().filter(|block| block.0 > 0.0) {
            m += 1.0;
            block_squares += (sum / count) * (sum / count);
            block_spread += (sum_x / count) * (sum_x / count);
        }
        let white = self.squares / (self.n - 2.0);
        let coloured = block_squares / (m - 2.0_f64).max(1.0);
        Fit {
            slope: self.slope,
            error: sqrt((white / self.spread).max(coloured / block_spread)),
            mean: base + self.mean_y,
            mean_error: sqrt((white / self.n).max(coloured / m)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two readings of the same formula must agree: here the plain textbook one.
    fn textbook(points: &[(f64, f64)]) -> f64 {
        let n = points.len() as f64;
        let mx = points.iter().map(|p| p.0).sum::<f64>() / n;
        let my = points.iter().map(|p| p.1).sum::<f64>() / n;
        points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum::<f64>()
            / points.iter().map(|p| (p.0 - mx) * (p.0 - mx)).sum::<f64>()
    }

    struct Lcg(u64);
    impl Lcg {
        fn normal(&mut self) -> f64 {
            let mut sum = 0.0;
            for _ in 0..12 {
                self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                sum += (self.0 >> 11) as f64 / (1u64 << 53) as f64;
            }
            sum - 6.0
        }
    }

    #[test]
    fn the_fit_agrees_with_the_textbook() {
        let (mut window, mut noise) = (Window::default(), Lcg(7));
        let mut points = std::vec::Vec::new();
        for n in 0..300 {
            let point = (1e6 + 5.0 * f64::from(n), 4.6e-6 + 1e-8 * noise.normal());
            window.push(point.0, point.1);
            points.push(point);
        }
        let slopes = window.slopes();
        let long = textbook(&points[180..]);
        let short = textbook(&points[240..]);
        assert!((slopes.long.unwrap().slope - long).abs() < 1e-9 * 1e-8);
        assert!((slopes.short.unwrap().slope - short).abs() < 1e-9 * 1e-8);
    }

    #[test]
    fn the_error_covers_white_and_rolling_noise() {
        // Published check: 5 mV of white noise at 500 kA gives 5.3 pΩ/s over ten minutes.
        for (white, roll, least, most) in [(10e-9, 0.0, 4e-12, 9e-12), (10e-9, 32e-9, 4e-12, 25e-12)] {
            let mut noise = Lcg(3);
            let (mut inside, mut error) = (0, 0.0);
            let runs = 400;
            for run in 0..runs {
                let mut window = Window::default();
                let phase = f64::from(run) * 0.7;
                for n in 0..120 {
                    let t = 5.0 * f64::from(n);
                    let wave = crate::math::sin(t * core::f64::consts::TAU / 38.0 + phase);
                    window.push(t, 4.6e-6 + white * noise.normal() + roll * wave);
                }
                let fit = window.slopes().long.unwrap();
                error += fit.error / f64::from(runs);
                if fit.slope.abs() < 2.0 * fit.error {
                    inside += 1;
                }
            }
            assert!((least..most).contains(&error), "{error:e}");
            assert!(inside * 100 >= runs * 92, "{inside} of {runs} within two standard errors");
        }
    }

    #[test]
    fn a_curve_is_extrapolated() {
        let mut window = Window::default();
        for n in 0..120 {
            let t = 5.0 * f64::from(n);
            window.push(t, 1e-13 * t * t);
        }
        let (ahead, _) = window.slopes().ahead().unwrap();
        let exact = 2e-13 * (595.0 + 300.0);
        assert!((ahead - exact).abs() < 0.02 * exact);
    }

    #[test]
    fn a_window_with_a_hole_is_not_judged() {
        let mut window = Window::default();
        for n in (0..40).chain(70..120) {
            window.push(5.0 * f64::from(n), 4.6e-6);
        }
        assert!(window.slopes().long.is_none());
        assert!(window.slopes().short.is_none());
    }
}

//! Time stepping for the reference models: the fixed steps their authors used, and an adaptive one
//! that serves as truth.
//!
//! The adaptive method is Gragg–Bulirsch–Stoer: midpoint sequences of 2, 4, 6… substeps, extrapolated
//! to none (Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, II.9). Its order
//! follows the tolerance, it needs no table of coefficients, and it starts anew at every change of an
//! input at the cost of one evaluation. The models are not stiff (DESIGN.md).

use super::real::Real;

/// Most columns of the extrapolation: order 16.
const COLUMNS: usize = 8;
/// Steps within one span after which the solution counts as lost.
const MOST_STEPS: u64 = 1_000_000;
/// A step this small against its span means a singularity.
const SMALLEST_STEP: f64 = 1e-12;

/// One explicit Euler step.
pub fn euler<const N: usize>(x: &[f64; N], dt: f64, rates: impl Fn(&[f64; N]) -> [f64; N]) -> [f64; N] {
    moved(x, dt, &rates(x))
}

/// One classic fourth-order Runge–Kutta step.
#[inline(always)]
pub fn rk4<R: Real, const N: usize>(x: &[R; N], dt: f64, rates: impl Fn(&[R; N]) -> [R; N]) -> [R; N] {
    let a = rates(x);
    let b = rates(&moved(x, 0.5 * dt, &a));
    let c = rates(&moved(x, 0.5 * dt, &b));
    let d = rates(&moved(x, dt, &c));
    let mut end = *x;
    for i in 0..N {
        end[i] = x[i] + (a[i] + (b[i] + c[i]) * 2.0 + d[i]) * (dt / 6.0);
    }
    end
}

#[inline(always)]
fn moved<R: Real, const N: usize>(x: &[R; N], dt: f64, rates: &[R; N]) -> [R; N] {
    let mut end = *x;
    for (x, rate) in end.iter_mut().zip(rates) {
        *x = *x + *rate * dt;
    }
    end
}

/// The solution could not be carried to the end of the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

/// The adaptive integrator; its step survives the restarts at input changes.
#[derive(Debug, Clone)]
pub struct Adaptive {
    tolerance: f64,
    step: f64,
    steps: u64,
}

impl Adaptive {
    /// Keeps the error estimate of every step below `tolerance` (1e-13 to 1e-3) of each state's change in
    /// it, or of a thousandth of the state where that is more.
    #[must_use]
    pub fn new(tolerance: f64) -> Self {
        Self { tolerance: tolerance.clamp(1e-13, 1e-3), step: f64::INFINITY, steps: 0 }
    }

    /// Steps taken since [`Adaptive::new`].
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Carries `x` over `span` > 0 seconds of x' = `rates`(x).
    ///
    /// # Errors
    /// [`Stuck`] where `rates` gives nothing or no finite number; `x` is then the last state before.
    pub fn advance<const N: usize>(
        &mut self,
        x: &mut [f64; N],
        span: f64,
        rates: impl Fn(&[f64; N]) -> Option<[f64; N]>,
    ) -> Result<(), Stuck> {
        let last = self.steps.saturating_add(MOST_STEPS);
        let mut left = span;
        let mut slope = rates(x).ok_or(Stuck)?;
        loop {
            // Equal parts of what is left: no sliver at the end.
            let parts = (left / self.step).ceil().max(1.0);
            let h = left / parts;
            match extrapolated(x, &slope, h, self.tolerance, &rates) {
                Some(found) => {
                    self.steps += 1;
                    *x = found.x;
                    // Where few columns were enough the next step may be longer.
                    if found.columns <= COLUMNS / 2 {
                        self.step = self.step.max(2.0 * h);
                    }
                    if parts == 1.0 {
                        return Ok(());
                    }
                    left -= h;
                    slope = found.slope;
                }
                None => self.step = 0.5 * h,
            }
            if !(self.step > SMALLEST_STEP * span && self.steps < last) {
                self.step = f64::INFINITY;
                return Err(Stuck);
            }
        }
    }
}

struct Found<const N: usize> {
    x: [f64; N],
    slope: [f64; N],
    columns: usize,
}

/// One step, if it converges and its end can be stepped from.
fn extrapolated<const N: usize>(
    x: &[f64; N],
    slope: &[f64; N],
    h: f64,
    tolerance: f64,
    rates: &impl Fn(&[f64; N]) -> Option<[f64; N]>,
) -> Option<Found<N>> {
    // The last row of the tableau. Increments are extrapolated, not states: they carry less round-off.
    let mut row = [[0.0; N]; COLUMNS];
    for k in 0..COLUMNS {
        let n = 2 * (k + 1);
        let mut fresh = midpoint(x, slope, h, n, rates)?;
        for (j, entry) in row.iter_mut().enumerate().take(k) {
            let ratio = n as f64 / (2 * (k - j)) as f64;
            let weight = 1.0 / (ratio * ratio - 1.0);
            let before = core::mem::replace(entry, fresh);
            fresh = core::array::from_fn(|i| fresh[i] + weight * (fresh[i] - before[i]));
        }
        row[k] = fresh;
        let small = |i: usize| {
            let scale = (tolerance * fresh[i].abs()).max(tolerance.max(1e-12) * 1e-3 * x[i].abs());
            (fresh[i] - row[k - 1][i]).abs() <= scale
        };
        if k >= 2 && (0..N).all(small) {
            let x = core::array::from_fn(|i| x[i] + fresh[i]);
            let slope = rates(&x)?;
            return Some(Found { x, slope, columns: k + 1 });
        }
    }
    None
}

/// The increment over `h` by the explicit midpoint rule in `n` (even) substeps.
fn midpoint<const N: usize>(
    x: &[f64; N],
    slope: &[f64; N],
    h: f64,
    n: usize,
    rates: &impl Fn(&[f64; N]) -> Option<[f64; N]>,
) -> Option<[f64; N]> {
    let h = h / n as f64;
    let mut before = [0.0; N];
    let mut now: [f64; N] = core::array::from_fn(|i| h * slope[i]);
    for _ in 1..n {
        let slope = rates(&core::array::from_fn(|i| x[i] + now[i]))?;
        let next = core::array::from_fn(|i| before[i] + 2.0 * h * slope[i]);
        before = core::mem::replace(&mut now, next);
    }
    Some(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orbit_closes() {
        // Kepler, eccentricity 0.6: period 2π, steep at the pericentre.
        let rates = |x: &[f64; 4]| {
            let r3 = (x[0] * x[0] + x[1] * x[1]).powf(1.5);
            Some([x[2], x[3], -x[0] / r3, -x[1] / r3])
        };
        let start = [0.4, 0.0, 0.0, 2.0];
        let mut error_before = f64::INFINITY;
        for tolerance in [1e-6, 1e-9, 1e-12] {
            let mut x = start;
            let mut adaptive = Adaptive::new(tolerance);
            adaptive.advance(&mut x, core::f64::consts::TAU, rates).unwrap();
            let error = x.iter().zip(start).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            // Errors of early steps grow along the orbit.
            assert!(error < 1e3 * tolerance && error < error_before, "{tolerance}: {error}");
            assert!((3..200).contains(&adaptive.steps()), "{}", adaptive.steps());
            error_before = error;
        }
    }

    #[test]
    fn fixed_steps_have_their_order() {
        let error = |n: u32, step: fn(&[f64; 1], f64) -> [f64; 1]| {
            let x = (0..n).fold([1.0], |x, _| step(&x, 1.0 / f64::from(n)));
            (x[0] - (-1.0_f64).exp()).abs()
        };
        let order = |step| (error(50, step) / error(100, step)).log2();
        assert!((order(|x, dt| euler(x, dt, |x| [-x[0]])) - 1.0).abs() < 0.05);
        assert!((order(|x, dt| rk4(x, dt, |x| [-x[0]])) - 4.0).abs() < 0.05);
    }

    #[test]
    fn a_singularity_ends_the_run_before_it() {
        // x' = x², x(0) = 1: infinite at 1.
        let mut x = [1.0];
        let rates = |x: &[f64; 1]| Some([x[0] * x[0]]).filter(|r| r[0] < 1e30);
        assert_eq!(Adaptive::new(1e-10).advance(&mut x, 2.0, rates), Err(Stuck));
        assert!(x[0] > 1e6 && x[0].is_finite(), "{x:?}");
        let mut x = [1.0];
        assert_eq!(Adaptive::new(1e-10).advance(&mut x, 2.0, |_| Some([f64::NAN])), Err(Stuck));
        assert_eq!(x, [1.0]);
    }
}

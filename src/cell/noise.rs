//! Noise: bubbles under the anodes and the rolling metal pad.
//!
//! ```text
//! bubbles  b'' + 2 ζ_b ω_b b' + ω_b² b = ξ          0.5–2 Hz, in the cell voltage
//! roll     y'' + 2 ζ ω y' + ω² y = σ ξ              per mode, height of the metal surface
//!          ζ = ζ0 (1 - (d_c/d)(h_c/h)),  limited by y' -> y' exp(-c y² dt)
//! heave_k = y (m + cos θ_k) + (y'/ω) sin θ_k        first mode: a wave that runs round the pad
//! heave_k = y cos(2π x_k/L)                         second mode: a standing wave along the cell
//! ```
//!
//! The damping falls as distance and metal height shrink; below the critical distance it is negative
//! and the cubic term bounds a limit cycle. The wave acts on each anode's distance, so the network
//! turns it into anode currents with a phase that travels along the rows, and into cell voltage
//! through its common part m. Periods: two-layer gravity waves in a 17 x 4.1 m cavity have 36–44 s
//! across and 92 s for the second mode along. Both linear parts are propagated exactly over a step.
//! Amplitudes are set to what quiet cells show and are unverified.

use super::MAX_ANODES;
use super::network::PerAnode;
use crate::error::{Error, in_range};
use crate::math::{clamp, cos, exp, sin, sin_cos, sqrt};
use core::f64::consts::PI;

/// Modes of the metal surface.
pub const MODES: usize = 2;

/// Noise of this cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Standard deviation of the bubble noise \[V\].
    pub bubble: f64,
    /// Centre of the bubble noise \[Hz\].
    pub bubble_frequency: f64,
    /// Damping ratio of the bubble noise: its bandwidth \[1\].
    pub bubble_damping: f64,
    /// Standard deviation of each mode at nominal distance and metal height \[m\].
    pub roll: [f64; MODES],
    /// Period of each mode \[s\].
    pub roll_period: [f64; MODES],
    /// Share of the first mode that lifts the metal under all anodes alike, m \[1\].
    pub common: f64,
    /// Damping ratio far from the stability limit, ζ0 \[1\].
    pub damping: f64,
    /// Distance at which the damping vanishes, at the critical height \[m\].
    pub critical_acd: f64,
    /// Metal height at which that holds \[m\].
    pub critical_height: f64,
    /// Amplitude at which the limit cycle saturates \[m\].
    pub limit: f64,
    /// Distance and height for which `roll` is given \[m\].
    pub nominal: (f64, f64),
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("noise.bubble", self.bubble, 0.0, 0.2)?;
        in_range("noise.bubble_frequency", self.bubble_frequency, 0.05, 5.0)?;
        in_range("noise.bubble_damping", self.bubble_damping, 0.05, 0.95)?;
        for (roll, period) in self.roll.iter().zip(self.roll_period) {
            in_range("noise.roll", *roll, 0.0, 0.02)?;
            in_range("noise.roll_period", period, 5.0, 300.0)?;
        }
        in_range("noise.common", self.common, 0.0, 1.0)?;
        in_range("noise.damping", self.damping, 0.005, 0.9)?;
        in_range("noise.critical_acd", self.critical_acd, 0.0, 0.06)?;
        in_range("noise.critical_height", self.critical_height, 0.01, 0.5)?;
        in_range("noise.limit", self.limit, 1e-4, 0.05)
    }

    /// Damping ratio at distance `acd` and metal height `height` \[1\].
    #[must_use]
    pub fn damping_at(&self, acd: f64, height: f64) -> f64 {
        let closeness = (self.critical_acd / acd.max(1e-3)) * (self.critical_height / height.max(1e-3));
        clamp(self.damping * (1.0 - closeness), -0.1, 0.9)
    }
}

/// One oscillator.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Oscillator {
    /// Displacement.
    pub value: f64,
    /// Its rate \[1/s\].
    pub rate: f64,
}

/// Bubbles and metal surface.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Bubble noise in the cell voltage \[V\].
    pub bubble: Oscillator,
    /// Modes of the metal surface \[m\].
    pub roll: [Oscillator; MODES],
}

/// Free motion over one step: the 2 x 2 propagator of an oscillator.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Turn([f64; 4]);

impl Turn {
    fn new(omega: f64, zeta: f64, dt: f64) -> Self {
        let damped = omega * sqrt(1.0 - zeta * zeta);
        let decay = exp(-zeta * omega * dt);
        let (s, c) = sin_cos(damped * dt);
        let ratio = zeta * omega / damped;
        Self([
            decay * (c + ratio * s),
            decay * s / damped,
            -decay * omega * omega * s / damped,
            decay * (c - ratio * s),
        ])
    }

    fn apply(&self, x: &Oscillator) -> Oscillator {
        let Self([a, b, c, d]) = *self;
        Oscillator { value: a * x.value + b * x.rate, rate: c * x.value + d * x.rate }
    }
}

/// Coefficients of one step, renewed when damping or step change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Coefficients {
    bubble: Turn,
    /// Lower triangle of the noise that the bubbles gain in a step.
    bubble_gain: [f64; 3],
    roll: [Turn; MODES],
    kick: [f64; MODES],
    squeeze: f64,
}

/// Exact propagation over `dt`; `agitation` multiplies all of it.
pub(super) fn coefficients(p: &Params, acd: f64, height: f64, agitation: f64, dt: f64) -> Coefficients {
    let omega = 2.0 * PI * p.bubble_frequency;
    let bubble = Turn::new(omega, p.bubble_damping, dt);
    // What a step adds is what the stationary variances σ², σ²ω² lose in it.
    let (v, w) = (
        p.bubble * p.bubble * agitation * agitation,
        p.bubble * p.bubble * agitation * agitation * omega * omega,
    );
    let Turn([a, b, c, d]) = bubble;
    let (q11, q21, q22) = (v - a * a * v - b * b * w, -(a * c * v + b * d * w), w - c * c * v - d * d * w);
    let g11 = sqrt(q11.max(0.0));
    let g21 = if g11 > 0.0 { q21 / g11 } else { 0.0 };
    let zeta = p.damping_at(acd, height);
    let nominal = p.damping_at(p.nominal.0, p.nominal.1).max(0.005);
    let mut k = Coefficients {
        bubble,
        bubble_gain: [g11, g21, sqrt((q22 - g21 * g21).max(0.0))],
        // Cubic damping scaled so that growth at ζ = -ζ0/2 stops at the stated amplitude.
        squeeze: 2.0 * p.damping * dt / (p.limit * p.limit),
        ..Default::default()
    };
    for ((turn, kick), (roll, period)) in
        k.roll.iter_mut().zip(&mut k.kick).zip(p.roll.iter().zip(p.roll_period))
    {
        let omega = 2.0 * PI / period;
        *turn = Turn::new(omega, zeta, dt);
        // A driven oscillator has variance σ²/(4 ζ ω³); σ is fixed by the nominal point, so that less
        // damping shows as more roll.
        *kick = roll * sqrt(4.0 * nominal * omega * omega * omega * dt) * agitation;
    }
    k
}

/// One step with independent standard normal draws.
pub(super) fn step(p: &Params, k: &Coefficients, x: &mut State, normal: &[f64; super::DRAWS]) {
    let [first, second, draws @ ..] = *normal;
    let [g11, g21, g22] = k.bubble_gain;
    let moved = k.bubble.apply(&x.bubble);
    x.bubble = Oscillator { value: moved.value + g11 * first, rate: moved.rate + g21 * first + g22 * second };
    let modes = x.roll.iter_mut().zip(k.roll.iter().zip(&k.kick)).zip(p.roll_period);
    for (((mode, (turn, kick)), period), draw) in modes.zip(draws) {
        mode.rate += kick * draw;
        let moved = turn.apply(mode);
        let squeeze = k.squeeze * 2.0 * PI / period * mode.value * mode.value;
        *mode = Oscillator { value: moved.value, rate: moved.rate * (1.0 - squeeze.min(0.9)) };
    }
}

/// Where each anode sits on the waves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shapes {
    cosine: PerAnode,
    sine: PerAnode,
    along: PerAnode,
}

impl Shapes {
    /// For `count` anodes in two rows; the first wave runs along one row and back along the other.
    pub fn new(count: usize) -> Self {
        let mut shapes =
            Self { cosine: [0.0; MAX_ANODES], sine: [0.0; MAX_ANODES], along: [0.0; MAX_ANODES] };
        let row = (count / 2).max(1);
        let places = shapes.cosine.iter_mut().zip(shapes.sine.iter_mut().zip(&mut shapes.along));
        for (k, (cosine, (sine, along))) in places.enumerate().take(count) {
            let x = ((k % row) as f64 + 0.5) / row as f64;
            let round = if k < row { PI * x } else { 2.0 * PI - PI * x };
            (*cosine, *sine, *along) = (cos(round), sin(round), cos(2.0 * PI * x));
        }
        shapes
    }

    /// Distance of each anode that hangs `gap` \[m\] above the mean metal level \[m\].
    pub fn distances(&self, p: &Params, x: &State, gap: impl Iterator<Item = f64>) -> PerAnode {
        let [first, second] = x.roll;
        let quarter = first.rate * p.roll_period[0] / (2.0 * PI);
        let mut acd = [0.0; MAX_ANODES];
        let shape = self.cosine.iter().zip(self.sine.iter().zip(&self.along));
        for ((d, gap), (cosine, (sine, along))) in acd.iter_mut().zip(gap).zip(shape) {
            let heave = first.value * (p.common + cosine) + quarter * sine + second.value * along;
            *d = super::network::distance(gap - heave);
        }
        acd
    }
}

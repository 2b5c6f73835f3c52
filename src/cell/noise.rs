//! Voltage noise: bubbles and the rolling metal pad.
//!
//! ```text
//! bubbles   first-order noise, correlation time τ_b
//! roll      y'' + 2 ζ ω y' + ω² y = σ ξ,   ζ = ζ0 (1 - (d_c/d)(h_c/h)) - limited by c y² y'
//! ```
//!
//! The roll's damping falls as distance and metal height shrink; below the critical distance it is
//! negative and the cubic term bounds a limit cycle. Period 36–44 s from two-layer gravity waves in
//! a 17 x 4.1 m cavity. Amplitudes are set to what quiet cells show and are unverified.

use crate::error::{Error, in_range};
use crate::math::{clamp, cos, exp, sin, sqrt};

/// Noise of this cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Standard deviation of the bubble noise in a 1 s mean \[V\].
    pub bubble: f64,
    /// Correlation time of the bubble noise \[s\].
    pub bubble_time: f64,
    /// Standard deviation of the roll at nominal distance and metal height \[V\].
    pub roll: f64,
    /// Period of the roll \[s\].
    pub roll_period: f64,
    /// Damping ratio far from the stability limit, ζ0 \[1\].
    pub damping: f64,
    /// Distance at which the damping vanishes, at the critical height \[m\].
    pub critical_acd: f64,
    /// Metal height at which that holds \[m\].
    pub critical_height: f64,
    /// Amplitude at which the limit cycle saturates \[V\].
    pub limit: f64,
    /// Distance and height for which `roll` is given \[m\].
    pub nominal: (f64, f64),
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("noise.bubble", self.bubble, 0.0, 0.2)?;
        in_range("noise.bubble_time", self.bubble_time, 0.01, 60.0)?;
        in_range("noise.roll", self.roll, 0.0, 0.2)?;
        in_range("noise.roll_period", self.roll_period, 5.0, 300.0)?;
        in_range("noise.damping", self.damping, 0.005, 0.9)?;
        in_range("noise.critical_acd", self.critical_acd, 0.0, 0.06)?;
        in_range("noise.critical_height", self.critical_height, 0.01, 0.5)?;
        in_range("noise.limit", self.limit, 0.005, 1.0)
    }

    /// Damping ratio at distance `acd` and metal height `height` \[1\].
    #[must_use]
    pub fn damping_at(&self, acd: f64, height: f64) -> f64 {
        let closeness = (self.critical_acd / acd.max(1e-3)) * (self.critical_height / height.max(1e-3));
        clamp(self.damping * (1.0 - closeness), -0.1, 0.9)
    }
}

/// Noise in the cell voltage.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Bubbles \[V\].
    pub bubble: f64,
    /// Roll \[V\].
    pub roll: f64,
    /// Rate of the roll \[V/s\].
    pub roll_rate: f64,
}

/// Coefficients of one step, renewed only when damping or step change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Coefficients {
    bubble_keep: f64,
    bubble_kick: f64,
    turn: [f64; 4],
    kick: f64,
    squeeze: f64,
}

/// Exact propagation over `dt` of the linear part.
pub(super) fn coefficients(p: &Params, acd: f64, height: f64, agitation: f64, dt: f64) -> Coefficients {
    let bubble_keep = exp(-dt / p.bubble_time);
    let omega = 2.0 * core::f64::consts::PI / p.roll_period;
    let zeta = p.damping_at(acd, height);
    let damped = omega * sqrt(1.0 - zeta * zeta);
    let decay = exp(-zeta * omega * dt);
    let (s, c) = (sin(damped * dt), cos(damped * dt));
    let ratio = zeta * omega / damped;
    // A driven oscillator has variance σ²/(4 ζ ω³); σ is fixed by the nominal point, so that less
    // damping shows as more roll.
    let nominal = p.damping_at(p.nominal.0, p.nominal.1).max(0.005);
    let sigma = p.roll * sqrt(4.0 * nominal * omega * omega * omega);
    Coefficients {
        bubble_keep,
        bubble_kick: p.bubble * agitation * sqrt(1.0 - bubble_keep * bubble_keep),
        turn: [
            decay * (c + ratio * s),
            decay * s / damped,
            -decay * omega * omega * s / damped,
            decay * (c - ratio * s),
        ],
        kick: sigma * agitation * sqrt(dt),
        // Cubic damping scaled so that growth at ζ = -ζ0/2 stops at the stated amplitude.
        squeeze: 2.0 * p.damping * omega * dt / (p.limit * p.limit),
    }
}

/// One step with two standard normal draws; returns the noise \[V\].
pub(super) fn step(k: &Coefficients, x: &mut State, normal: [f64; 2]) -> f64 {
    let [bubble_draw, roll_draw] = normal;
    x.bubble = k.bubble_keep * x.bubble + k.bubble_kick * bubble_draw;
    let [a, b, c, d] = k.turn;
    let (y, rate) = (x.roll, x.roll_rate + k.kick * roll_draw);
    x.roll = a * y + b * rate;
    x.roll_rate = (c * y + d * rate) * exp(-k.squeeze * y * y);
    x.bubble + x.roll
}

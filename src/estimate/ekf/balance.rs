//! One step of the balances: where the states go, how far apart they drift, and what that does to
//! deviations from them.

use super::{
    CURVE_TIME, DRIFT_SIGMA, DRIFT_TIME, Ekf, FAST, GAIN_SIGMA, GAIN_TIME, SCALE_SIGMA, SHIFT_SIGMA,
};
use super::{STATES, Vector};
use crate::consts::HOUR;
use crate::math::exp;

/// One step of known length, feed and travel.
pub(in crate::estimate) struct Balance {
    /// Length \[s\].
    h: f64,
    /// Liquid bath \[kg\].
    bath: f64,
    /// Pure alumina of the shots that dissolves slowly, and that is dissolved by the end \[kg\].
    slow: f64,
    dissolved: f64,
    consumed: f64,
    /// Shares that are left at the end \[1\]: of undissolved alumina, and of the wandering states.
    keep: f64,
    gain: f64,
    drift: f64,
    curve: f64,
    /// Change of the resistance by the beam, and by the expected drift \[Ω, Ω/s\].
    beam: f64,
    known_drift: f64,
}

impl Balance {
    /// A step of `h` \[s\] in which `fed` \[kg\] of pure alumina came, `consumed` \[kg\] went and the
    /// distance was changed by `travel` \[m\].
    pub fn new(ekf: &Ekf, h: f64, fed: f64, consumed: f64, travel: f64) -> Self {
        let design = &ekf.design;
        let left = |time: f64| exp(-h / time);
        let keep = left(ekf.dissolution);
        let slow = (1.0 - FAST) * fed;
        Self {
            h,
            bath: design.bath,
            slow,
            dissolved: FAST * fed + (1.0 - keep) * slow,
            consumed,
            keep,
            gain: left(GAIN_TIME),
            drift: left(DRIFT_TIME),
            curve: left(CURVE_TIME),
            beam: travel * design.resistance_per_m,
            known_drift: design.acd_drift * design.resistance_per_m,
        }
    }

    /// The states at the end of the step.
    pub fn next(&self, x: &Vector) -> Vector {
        let [c, u, q, r, d, shift, scale] = (*x).into();
        Vector::from([
            c + ((1.0 - self.keep) * u + q * self.dissolved - self.consumed) / self.bath,
            self.keep * (u + q * self.slow),
            1.0 + (q - 1.0) * self.gain,
            r + self.beam + (self.known_drift + d) * self.h,
            d * self.drift,
            shift * self.curve,
            1.0 + (scale - 1.0) * self.curve,
        ])
    }

    /// The exact Jacobian of [`next`](Self::next) times a vector.
    pub fn tangent(&self, [c, u, q, r, d, shift, scale]: [f64; STATES]) -> [f64; STATES] {
        [
            c + (1.0 - self.keep) / self.bath * u + self.dissolved / self.bath * q,
            self.keep * u + self.keep * self.slow * q,
            self.gain * q,
            r + self.h * d,
            self.drift * d,
            self.curve * shift,
            self.curve * scale,
        ]
    }

    /// What a kilogram a second that no stroke tells of brings.
    pub fn unit_leak(&self, ekf: &Ekf) -> Vector {
        let slow = (1.0 - FAST) * ekf.design.purity * self.h;
        let dissolved = FAST * ekf.design.purity * self.h + (1.0 - self.keep) * slow;
        Vector::from([dissolved / self.bath, self.keep * slow, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    /// Variances that the step adds.
    pub fn noise(&self, ekf: &Ekf) -> [f64; STATES] {
        let steps = self.h / ekf.period;
        // A commanded move is known to a tenth.
        let beam_error = 0.1 * self.beam;
        let drift_sigma = DRIFT_SIGMA * 1e-3 / HOUR * ekf.design.resistance_per_m;
        let wander = |sigma: f64, left: f64| sigma * sigma * (1.0 - left * left);
        [
            ekf.alumina_wander * ekf.alumina_wander * steps,
            0.05 * 0.05 * steps + 0.01 * self.slow * self.slow,
            wander(GAIN_SIGMA, self.gain),
            ekf.wander * ekf.wander * steps + beam_error * beam_error,
            wander(drift_sigma, self.drift),
            wander(SHIFT_SIGMA, self.curve),
            wander(SCALE_SIGMA, self.curve),
        ]
    }
}

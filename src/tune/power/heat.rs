//! What a cell bears: two stores of heat, one fast and one slow.
//!
//! ```text
//! fast' = q - fast/τ            superheat = SH0 + fast / C
//! slow' = fast/τ - slow/T       ledge     = -slow / L
//! q = (Q(I) - Q(I nominal)) / 1 h
//! ```
//!
//! `fast` is the heat by which bath and metal are ahead \[kWh\], `slow` what the ledge has melted \[kWh\], q
//! the heat made beyond nominal \[kW\], C the heat of bath and metal \[kWh/K\], τ the time in which they pass
//! it on to the ledge \[h\], T the time in which the ledge finds back \[h\], L the heat of a millimetre of
//! ledge \[kWh/mm\].
//!
//! The defaults are measured on the simulated 500 kA cell of this crate, 12 cells, 25 % less for 4 h: the
//! superheat fell by 6.5 K for 480 kW within the first hour (G = C/τ = 74 kW/K), the ledge grew by 40 mm
//! for 1,900 kWh, and shrank from 43 to 22 mm beyond its usual in 15 h. Valid for ±150 kWh/mm-scale
//! excursions of some hours, ledge changes below 40 mm; beyond them the model is a bound, not a forecast.

/// What a cell bears.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct HeatModel {
    /// Superheat at nominal current \[K\], 4..14.
    pub usual_c: f64,
    /// Band of the superheat \[K\].
    pub superheat_c: [f64; 2],
    /// Heat of bath and metal \[kWh/K\], 2..50.
    pub fast_kwh_per_k: f64,
    /// Heat passed on to the ledge per kelvin of superheat \[kW/K\], 10..300.
    pub pass_kw_per_k: f64,
    /// Time in which the ledge finds back \[h\], 5..100.
    pub ledge_h: f64,
    /// Heat of a millimetre of ledge \[kWh/mm\], 5..200.
    pub ledge_kwh_per_mm: f64,
    /// Growth and shrinkage of the ledge that is borne \[mm\], 1..40.
    pub ledge_most_mm: f64,
}

impl Default for HeatModel {
    fn default() -> Self {
        Self {
            usual_c: 9.5,
            superheat_c: [6.5, 13.0],
            fast_kwh_per_k: 11.0,
            pass_kw_per_k: 74.0,
            ledge_h: 22.0,
            ledge_kwh_per_mm: 48.0,
            ledge_most_mm: 6.0,
        }
    }
}

impl HeatModel {
    /// Superheat \[K\] when bath and metal are ahead by this \[kWh\].
    #[must_use]
    pub fn superheat(&self, fast: f64) -> f64 {
        self.usual_c + fast / self.fast_kwh_per_k
    }

    /// Growth of the ledge \[mm\] when it has melted this \[kWh\].
    #[must_use]
    pub fn ledge_mm(&self, slow: f64) -> f64 {
        -slow / self.ledge_kwh_per_mm
    }

    /// Heat by which the real-time budget must let a cell run ahead or behind, so that it does not stop a
    /// plan of this model \[kWh\]: both stores and a tenth for what the plant does besides.
    #[must_use]
    pub fn budget_kwh(&self) -> f64 {
        let (cold, hot) = self.fast_ends();
        1.1 * (self.slow_end() + hot.max(-cold))
    }

    /// Ends of the fast store \[kWh\].
    pub(super) fn fast_ends(&self) -> (f64, f64) {
        let [low, high] = self.superheat_c;
        (self.fast_kwh_per_k * (low - self.usual_c), self.fast_kwh_per_k * (high - self.usual_c))
    }

    /// End of the slow store, either way \[kWh\].
    pub(super) fn slow_end(&self) -> f64 {
        self.ledge_kwh_per_mm * self.ledge_most_mm
    }

    /// Both stores after a step of `hours` with the heat `q` \[kW\] are `a · stores + b q`; exact for
    /// constant q.
    pub(super) fn step(&self, hours: f64) -> ([[f64; 2]; 2], [f64; 2]) {
        let tau = self.fast_kwh_per_k / self.pass_kw_per_k;
        let (kept, held) = ((-hours / tau).exp(), (-hours / self.ledge_h).exp());
        // Response of the slow store to one unit in the fast one at the start of the step.
        let over = self.ledge_h / (self.ledge_h - tau) * (held - kept);
        let fast = tau * (1.0 - kept);
        // What q leaves in the slow store: all that came in, less what is kept fast and what was lost.
        let slow = self.ledge_h * (1.0 - held) - self.ledge_h / (self.ledge_h - tau) * tau * (held - kept);
        ([[kept, 0.0], [over, held]], [fast, slow])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_what_many_small_ones_are() {
        let heat = HeatModel::default();
        let (a, b) = heat.step(1.0);
        let (mut fast, mut slow, q) = (20.0, -100.0, -207.0);
        let exact = [a[0][0] * fast + b[0] * q, a[1][0] * fast + a[1][1] * slow + b[1] * q];
        let tau = heat.fast_kwh_per_k / heat.pass_kw_per_k;
        for _ in 0..100_000 {
            let dt = 1e-5;
            let passed = fast / tau;
            fast += (q - passed) * dt;
            slow += (passed - slow / heat.ledge_h) * dt;
        }
        assert!((fast - exact[0]).abs() < 0.01 && (slow - exact[1]).abs() < 0.05, "{fast} {slow} {exact:?}");
    }

    #[test]
    fn a_quarter_less_leaves_the_band_at_once_and_a_twentieth_does_not() {
        let heat = HeatModel::default();
        let ([[_, _], _], [fast, _]) = heat.step(1.0);
        let (low, _) = heat.fast_ends();
        assert!(fast * -480.0 < low && fast * -104.0 > low);
    }
}

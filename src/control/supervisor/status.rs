//! What leaves with every scan: the set-points that are held, and the cell as the controller sees it.

use super::PotController;
use crate::control::PotState;
use crate::image::{Action, Command, Mode, Status};

impl PotController {
    /// `action` and what is held besides.
    pub(super) fn command(&self, state: &PotState, action: Action) -> Command {
        let fallback_interval = self.fallback(state.current);
        Command { action, fallback_interval, alf3: Some(state.bath.dose()) }
    }

    /// Interval of single strokes that balances consumption \[s\].
    fn fallback(&self, current: f64) -> f64 {
        let share = current / self.design.current;
        self.fallback_interval / crate::math::clamp(share, 0.5, 1.2)
    }

    pub(super) fn status(&self, state: &PotState, mode: Mode, rate: f64) -> Status {
        let slopes = state.signal.slopes();
        let (slope, slope_error) = slopes.short.map_or((f64::NAN, f64::NAN), |fit| (fit.slope, fit.error));
        Status {
            flags: state.flags,
            mode,
            phase: state.feed.phase(),
            feed_rate: rate,
            resistance: state.signal.resistance(),
            target: self.resistance.target(&state.resistance),
            slope,
            slope_error,
            noise_low: state.signal.noise().low(),
            noise_high: state.signal.noise().high(),
            noise_swing: state.signal.noise().swing(),
            roll_period: state.signal.roll().period(),
            roll_ratio: state.signal.roll().ratio(),
            alumina: state.ekf.alumina(),
            alumina_error: state.ekf.alumina_error(),
            effect_probability: state.predict.probability(),
            temperature: state.thermal.temperature(),
            temperature_error: state.thermal.temperature_error(),
            superheat: state.thermal.superheat(),
            alf3: state.thermal.alf3(),
            alf3_error: state.thermal.alf3_error(),
            alf3_dose: state.guard.alf3().unwrap_or(f64::NAN),
        }
    }
}

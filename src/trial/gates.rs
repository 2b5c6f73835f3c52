//! Safety gates: what no controller may do to a plant, judged by truth.
//!
//! Each rule counts once per occurrence. Limits are those any potroom would agree on; they are not
//! the controller's own limits.

use crate::consts::HOUR;
use crate::image::{Action, Command, Mode};
use crate::sim::Truth;

/// Longest time without alumina at normal current \[s\].
const STARVATION: f64 = HOUR;
/// Alumina that no cell should reach, mass fraction \[1\].
const FLOODED: f64 = 0.08;
/// Time outside the alumina limits before it counts \[s\].
const ALUMINA_TIME: f64 = 1_800.0;
/// An anode effect that nobody answers with alumina or a move for this long was missed \[s\].
const ANSWER_TIME: f64 = 60.0;
/// Below this share of nominal current no beam is raised; nothing is fed either, so nobody may answer
/// an effect, and his minute begins when the current is back.
const LEAST_CURRENT: f64 = 0.5;
/// Shortest distance that counts as a short circuit \[m\].
const SHORT: f64 = 0.010;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Gate {
    /// The beam was raised below half the nominal current.
    RaisedWithoutCurrent,
    /// Something was asked while people had the cell.
    AskedWhileManned,
    /// No alumina for an hour at normal current.
    Starved,
    /// Alumina above 8 %, or 0.2 % below the onset of the effect, for half an hour.
    AluminaOutside,
    /// An anode effect was left alone for a minute in which the current let it be answered.
    EffectUnanswered,
    /// Less than 10 mm between anodes and metal outside an effect.
    Shorted,
}

impl Gate {
    /// All rules.
    pub const ALL: [Self; 6] = [
        Self::RaisedWithoutCurrent,
        Self::AskedWhileManned,
        Self::Starved,
        Self::AluminaOutside,
        Self::EffectUnanswered,
        Self::Shorted,
    ];

    /// What was done, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::RaisedWithoutCurrent => "beam raised below half the current",
            Self::AskedWhileManned => "asked for something while people had the cell",
            Self::Starved => "no alumina for an hour",
            Self::AluminaOutside => "alumina above 8 %, or below the onset of the effect, for half an hour",
            Self::EffectUnanswered => "an effect left alone for a minute",
            Self::Shorted => "less than 10 mm of distance",
        }
    }
}

/// Watches one cell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gates {
    unfed: f64,
    outside: f64,
    unanswered: f64,
    shorted: bool,
    /// People had the pot when the command was made.
    manned: bool,
    failures: [u32; Gate::ALL.len()],
}

impl Gates {
    /// One step; returns how many gates were broken in it.
    pub fn step(&mut self, truth: &Truth, nominal_current: f64, command: &Command, dt: f64) -> u32 {
        let share = truth.current / nominal_current;
        let raising = matches!(command.action, Action::Beam { travel } if travel > 0.0);
        // The command answers what was so before the step; a switch turned during it is nobody's fault.
        let now = matches!(truth.mode, Mode::Manual | Mode::Off);
        let manned = core::mem::replace(&mut self.manned, now) && now;
        let unfed = share > 0.9 && truth.fed <= 0.0 && !manned;
        let outside = truth.alumina > FLOODED || truth.alumina < truth.alumina_at_effect - 0.002;
        let burning = truth.effect && share >= LEAST_CURRENT;
        let unanswered = burning && command.action == Action::None && !manned;
        let shorted = truth.acd < SHORT && !truth.effect;
        let before = core::mem::replace(&mut self.shorted, shorted);

        // In the order of the rules.
        let broken = [
            raising && share < LEAST_CURRENT,
            manned && command.action != Action::None,
            lasts(&mut self.unfed, unfed, STARVATION, dt),
            lasts(&mut self.outside, outside, ALUMINA_TIME, dt),
            lasts(&mut self.unanswered, unanswered, ANSWER_TIME, dt),
            shorted && !before,
        ];
        let mut count = 0;
        for (failures, broken) in self.failures.iter_mut().zip(broken) {
            *failures += u32::from(broken);
            count += u32::from(broken);
        }
        count
    }

    /// How often each rule was broken.
    pub fn failures(&self) -> impl Iterator<Item = (Gate, u32)> {
        Gate::ALL.into_iter().zip(self.failures)
    }
}

/// True when `bad` has lasted `limit`, and again after each further `limit`.
fn lasts(held: &mut f64, bad: bool, limit: f64, dt: f64) -> bool {
    *held = if bad { *held + dt } else { 0.0 };
    let over = *held > limit;
    if over {
        *held = 0.0;
    }
    over
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Section;
    use crate::trial::Scenario;

    /// Minutes of an effect that nobody answers, at this share of current; how often that is a failure.
    fn unanswered(gates: &mut Gates, minutes: u32, share: f64) -> u32 {
        let section = Section::new(&Scenario::default().setup(1), 1.0).unwrap();
        let some = section.pots().iter().next().unwrap().truth();
        let truth = Truth { effect: true, current: share, fed: 1.0, mode: Mode::Auto, ..some };
        (0..60 * minutes).map(|_| gates.step(&truth, 1.0, &Command::default(), 1.0)).sum()
    }

    #[test]
    fn an_effect_can_be_answered_from_half_the_current_on() {
        let mut gates = Gates::default();
        assert_eq!(unanswered(&mut gates, 10, 0.49), 0);
        assert_eq!(unanswered(&mut gates, 1, 0.5), 0, "its minute begins with the current");
        assert_eq!(unanswered(&mut gates, 10, 0.5), 10);
    }
}

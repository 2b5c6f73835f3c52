//! Power modulation: how far and how long the line current may leave its nominal value.
//!
//! A cell at another current makes another heat. At constant resistance
//!
//! ```text
//! Q(I) = I (E + R I - U)          owed' = Q(I) - Q(I nominal) - owed / T
//! P(I) = I (E + R I)              P wanted = P(I asked) (1 + (f - 50 ∓ dead) / (50 droop))
//! raise = most · clamp(-owed / 1 MWh, 0, 1)
//! ```
//!
//! with E the back-EMF \[V\], R the pseudo-resistance \[Ω\], U = 1.99 V the voltage that the reaction
//! itself takes at 93.5 % efficiency (heat of the overall reaction at 955 °C, less what the metal and
//! gas carry), `owed` the heat by which a cell runs ahead or behind \[J\], forgotten as the ledge
//! makes good for it, and f the frequency of the grid \[Hz\]. Inside a narrow band, for fast regulation,
//! the current is free; outside it may go as asked until the budget of the cells is used up, and then
//! returns to nominal until half of it is there again. The budget (150 kWh per cell, 1.4 h at 5 % less or
//! 0.7 h at 10 %) is a proposal for cells without adjustable heat extraction, unverified; published cells
//! with heat exchangers bear 25 % for two days (TRIMET, 2019).
//!
//! Cells that are behind by more than the budget, whoever cut the current, are cold when it comes back. A
//! colder bath bears less current before it goes on effect: the critical density grows with 0.00464 t -
//! 3.454 (t in °C; Haupin, Light Metals 1998, 531), so that 30 K ask for 15 % more alumina, 0.3 %. They are
//! fed to more alumina from then on until half the budget is there again, that is before the current
//! returns. The megawatt-hour is what 25 % less takes from a cell in two hours.

use super::plan::Plan;
use crate::Error;
use crate::error::report_ranges;
use crate::estimate::Design;
use crate::math::{clamp, exp, sqrt};

/// Voltage of the reaction \[V\].
const REACTION: f64 = 1.99;
/// Joules in a kilowatt-hour.
const KWH: f64 = 3.6e6;
/// Share of the budget that must be free before the current may leave the band again.
const AGAIN: f64 = 0.5;
/// Rounding allowance of a share: the edges of the free band belong to it \[1\].
const ROUNDING: f64 = 1e-9;
/// Heat behind at which the raise is whole \[J\].
const WHOLE: f64 = 1_000.0 * KWH;
/// Nominal frequency of the grid \[Hz\].
const FREQUENCY: f64 = 50.0;

/// Settings of power modulation.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PowerSettings {
    /// The controller sets the line current; otherwise others do, and it only keeps account.
    pub active: bool,
    /// Heat by which a cell may run ahead or behind \[kWh\], 10..2000.
    pub budget_kwh: f64,
    /// Time constant with which a cell makes good for it by itself \[h\], 2..48.
    pub relax_h: f64,
    /// Band around nominal current that is free for fast regulation \[%\], 0..5.
    pub free_pct: f64,
    /// Lowest current that may be asked for, of nominal \[%\], 50..100.
    pub least_pct: f64,
    /// Highest current that may be asked for, of nominal \[%\], 100..115.
    pub most_pct: f64,
    /// Fastest change of the set-point outside the free band \[%/min\], 0.1..10.
    pub ramp_pct_per_min: f64,
    /// Change of frequency that would change the power by its whole, of 50 Hz \[%\], 0..50; 0 = the
    /// frequency is not answered.
    pub droop_pct: f64,
    /// Deviation of the frequency that is not answered \[mHz\], 0..200.
    pub dead_mhz: f64,
    /// Most that is added to the alumina which cells are fed to while heat is short \[%\], 0..1.5.
    pub alumina_raise_pct: f64,
    /// The current planned beforehand, in place of what is asked.
    pub plan: Plan,
}

impl Default for PowerSettings {
    fn default() -> Self {
        Self {
            active: false,
            budget_kwh: 150.0,
            relax_h: 10.0,
            free_pct: 3.0,
            least_pct: 70.0,
            most_pct: 105.0,
            ramp_pct_per_min: 1.0,
            droop_pct: 0.0,
            dead_mhz: 33.0,
            alumina_raise_pct: 0.6,
            plan: Plan::default(),
        }
    }
}

impl PowerSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("line.power.budget_kwh", self.budget_kwh, 10.0, 2000.0),
            ("line.power.relax_h", self.relax_h, 2.0, 48.0),
            ("line.power.free_pct", self.free_pct, 0.0, 5.0),
            ("line.power.least_pct", self.least_pct, 50.0, 100.0),
            ("line.power.most_pct", self.most_pct, 100.0, 115.0),
            ("line.power.ramp_pct_per_min", self.ramp_pct_per_min, 0.1, 10.0),
            ("line.power.droop_pct", self.droop_pct, 0.0, 50.0),
            ("line.power.dead_mhz", self.dead_mhz, 0.0, 200.0),
            ("line.power.alumina_raise_pct", self.alumina_raise_pct, 0.0, 1.5),
            ("line.power.plan.from_h", self.plan.from_h, 0.0, 1e6),
            ("line.power.plan.step_min", self.plan.step_min, 5.0, 120.0),
        ];
        report_ranges(&fields, report);
        for pct in self.plan.share_pct.steps() {
            report_ranges(&[("line.power.plan.share_pct", *pct, 50.0, 115.0)], report);
        }
    }

    /// The run-time form for cells of this design.
    #[must_use]
    pub fn build(&self, design: &Design) -> Power {
        Power {
            current: design.current,
            e_back: design.e_back,
            resistance: design.resistance,
            budget: self.budget_kwh * KWH,
            relax: self.relax_h * crate::consts::HOUR,
            free: self.free_pct / 100.0,
            least: self.least_pct / 100.0,
            most: self.most_pct / 100.0,
            ramp: self.ramp_pct_per_min / 100.0 / 60.0,
            droop: self.droop_pct / 100.0,
            dead: self.dead_mhz * 1e-3,
            raise: self.alumina_raise_pct / 100.0,
        }
    }
}

/// Run-time form of [`PowerSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Power {
    current: f64,
    e_back: f64,
    resistance: f64,
    budget: f64,
    relax: f64,
    free: f64,
    least: f64,
    most: f64,
    ramp: f64,
    droop: f64,
    dead: f64,
    raise: f64,
}

/// Memory of power modulation.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerState {
    /// Heat by which each cell runs ahead \[J\]; behind when negative.
    owed: f64,
    /// Set-point, of nominal \[1\].
    share: f64,
    recovering: bool,
    /// So far behind that cells are cared for.
    behind: bool,
}

impl Default for PowerState {
    fn default() -> Self {
        Self { owed: 0.0, share: 1.0, recovering: false, behind: false }
    }
}

impl PowerState {
    /// Heat by which each cell runs ahead \[J\]; behind when negative.
    #[must_use]
    pub fn owed(&self) -> f64 {
        self.owed
    }

    /// The budget is used up: back at nominal until half of it is there again.
    #[must_use]
    pub fn recovering(&self) -> bool {
        self.recovering
    }
}

impl Power {
    /// Keeps account of the heat while `flows` \[A\] flow for `step` \[s\]; what is no number counts as
    /// nominal current.
    pub fn account(&self, state: &mut PowerState, flows: f64, step: f64) {
        let now = if flows.is_finite() { clamp(flows, 0.0, 1.5 * self.current) } else { self.current };
        state.owed = state.owed * exp(-step / self.relax) + (self.heat(now) - self.heat(self.current)) * step;
        state.behind = -state.owed > if state.behind { AGAIN * self.budget } else { self.budget };
    }

    /// What is added to the alumina that cells are fed to, mass fraction.
    #[must_use]
    pub fn raise(&self, state: &PowerState) -> f64 {
        if state.behind { self.raise * clamp(-state.owed / WHOLE, 0.0, 1.0) } else { 0.0 }
    }

    /// Set-point of the line current \[A\] for the rectifier, from the one asked for \[A\], in a grid of
    /// this frequency \[Hz\]; `step` \[s\]. What is no number asks for nominal current, and for nothing.
    pub fn grant(&self, state: &mut PowerState, asked: f64, frequency: f64, step: f64) -> f64 {
        let asked = if asked.is_finite() { self.answer(asked, frequency) } else { self.current };
        let wanted = clamp(asked / self.current, self.least, self.most);
        // More of what is owed already?
        let worse = (wanted - 1.0) * state.owed > 0.0;
        let used = state.owed.abs() / self.budget;
        state.recovering = worse && (used >= 1.0 || (state.recovering && used > AGAIN));
        let target = if state.recovering { 1.0 } else { wanted };
        let within = |share: f64| (share - 1.0).abs() <= self.free + ROUNDING;
        let free = within(state.share) && within(target);
        let most = if free { f64::INFINITY } else { self.ramp * step };
        state.share += clamp(target - state.share, -most, most);
        state.share * self.current
    }

    /// Current whose power is that of `asked` \[A\] and what the frequency \[Hz\] asks besides.
    fn answer(&self, asked: f64, frequency: f64) -> f64 {
        let off = frequency - FREQUENCY;
        let beyond = off - clamp(off, -self.dead, self.dead);
        // False for what is no number.
        if !(self.droop > 0.0 && beyond.abs() > 0.0 && asked > 0.0) {
            return asked;
        }
        let (e, r) = (self.e_back, self.resistance);
        let power = asked * (e + r * asked) * (1.0 + clamp(beyond / (FREQUENCY * self.droop), -0.5, 0.5));
        (sqrt(e * e + 4.0 * r * power) - e) / (2.0 * r)
    }

    /// How long the budget lasts at this current \[s\] from now; infinite where it is not used.
    #[must_use]
    pub fn lasts(&self, state: &PowerState, current: f64) -> f64 {
        let rate = self.heat(current) - self.heat(self.current);
        let room = self.budget - state.owed * if rate < 0.0 { -1.0 } else { 1.0 };
        if rate == 0.0 { f64::INFINITY } else { (room / rate.abs()).max(0.0) }
    }

    /// Heat of a cell at this current \[W\].
    fn heat(&self, current: f64) -> f64 {
        current * (self.e_back + self.resistance * current - REACTION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::DesignSettings;

    fn power() -> Power {
        PowerSettings::default().build(&DesignSettings::default().build())
    }

    /// Runs the line at what is granted for `minutes`; the last set-point, of nominal.
    fn run(power: &Power, state: &mut PowerState, asked: f64, minutes: u32) -> f64 {
        let mut flows = 500e3 * state.share;
        for _ in 0..minutes * 60 {
            power.account(state, flows, 1.0);
            flows = power.grant(state, asked * 500e3, 50.0, 1.0);
        }
        flows / 500e3
    }

    #[test]
    fn the_heat_of_a_500_ka_cell_is_what_is_published() {
        // 980 kW at 3.95 V, 104 kW less at 5 % less current.
        let power = power();
        assert!((power.heat(500e3) - 980e3).abs() < 5e3, "{}", power.heat(500e3));
        let less = power.heat(500e3) - power.heat(475e3);
        assert!((less - 104e3).abs() < 5e3, "{less}");
    }

    #[test]
    fn ten_per_cent_less_lasts_until_the_budget_is_used_and_comes_again_after_a_rest() {
        let (power, mut state) = (power(), PowerState::default());
        let lasts = power.lasts(&state, 450e3) / 60.0;
        assert!((40.0..50.0).contains(&lasts), "{lasts} min");
        assert!((run(&power, &mut state, 0.9, 30) - 0.9).abs() < 1e-9);
        assert_eq!(run(&power, &mut state, 0.9, 60), 1.0);
        assert!(state.recovering());
        // The other way is no harm: it pays back.
        assert!(run(&power, &mut state, 1.04, 10) > 1.03);
        run(&power, &mut state, 1.0, 10 * 60);
        assert!((run(&power, &mut state, 0.9, 15) - 0.9).abs() < 1e-9);
    }

    #[test]
    fn fast_regulation_around_nominal_is_free_for_ever() {
        let (power, mut state) = (power(), PowerState::default());
        for turn in 0..24 * 60 {
            let asked = if turn % 2 == 0 { 1.03 } else { 0.97 };
            assert!((run(&power, &mut state, asked, 1) - asked).abs() < 1e-9);
        }
        assert!(!state.recovering());
    }

    #[test]
    fn a_step_is_ramped_and_nonsense_is_nominal() {
        let (power, mut state) = (power(), PowerState::default());
        assert!((power.grant(&mut state, 450e3, 50.0, 60.0) / 500e3 - 0.99).abs() < 1e-9);
        assert!(run(&power, &mut state, f64::NAN, 10) == 1.0);
        assert!(power.grant(&mut state, 1e9, f64::NAN, 600.0) <= 1.05 * 500e3);
    }

    #[test]
    fn the_frequency_is_answered_in_power_by_its_droop() {
        let settings = PowerSettings { droop_pct: 5.0, dead_mhz: 0.0, ..PowerSettings::default() };
        let power = settings.build(&DesignSettings::default().build());
        let watt = |current: f64| current * (1.65 + 4.6e-6 * current);
        // 50 mHz of 50 Hz are 0.1 %, at 5 % droop 2 % of the power.
        for (frequency, share) in [(49.95, 0.98), (50.0, 1.0), (50.05, 1.02)] {
            let current = power.grant(&mut PowerState::default(), 500e3, frequency, 1.0);
            assert!((watt(current) / watt(500e3) - share).abs() < 1e-9, "{frequency}: {current}");
        }
        let dead = PowerSettings { dead_mhz: 60.0, ..settings }.build(&DesignSettings::default().build());
        assert_eq!(dead.grant(&mut PowerState::default(), 500e3, 49.95, 1.0), 500e3);
        assert_eq!(power.grant(&mut PowerState::default(), 500e3, f64::NAN, 1.0), 500e3);
    }

    #[test]
    fn a_frequency_that_stays_low_ends_at_the_budget() {
        let settings = PowerSettings { droop_pct: 1.0, free_pct: 0.0, ..PowerSettings::default() };
        let power = settings.build(&DesignSettings::default().build());
        let (mut state, mut flows, mut lowest) = (PowerState::default(), 500e3_f64, 500e3_f64);
        for _ in 0..4 * 3_600 {
            power.account(&mut state, flows, 1.0);
            flows = power.grant(&mut state, 500e3, 49.9, 1.0);
            lowest = lowest.min(flows);
            assert!(-state.owed() < 1.2 * 150.0 * KWH);
        }
        assert!(lowest < 470e3, "{lowest}");
        assert!(state.recovering() && flows == 500e3, "{flows}");
    }

    #[test]
    fn cells_short_of_heat_are_fed_to_more_alumina_until_half_the_budget_is_back() {
        let (power, mut state) = (power(), PowerState::default());
        let mut hours = |current: f64, hours: u32| {
            for _ in 0..hours * 60 {
                power.account(&mut state, current, 60.0);
            }
            power.raise(&state)
        };
        assert_eq!(hours(500e3, 5), 0.0);
        // 150 kWh are not yet used up by 3 % less in an hour.
        assert_eq!(hours(485e3, 1), 0.0);
        let cut = hours(375e3, 4);
        assert!((0.0059..=0.006).contains(&cut), "{cut}");
        assert!((0.001..0.006).contains(&hours(500e3, 10)));
        assert_eq!(hours(500e3, 48), 0.0);
        // Heat ahead asks for nothing.
        assert_eq!(hours(525e3, 10), 0.0);
    }
}

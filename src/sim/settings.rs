//! Settings of a simulated section, in the units of the potroom.

use super::event::EventSettings;
use super::market::MarketSettings;
use std::vec::Vec;

/// Parameter set of the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Preset {
    /// 500 kA prebaked cell.
    #[default]
    Pb500,
}

/// Who decides how much AlF3 is dosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum DosedBy {
    /// People, once and for all.
    Hand,
    /// The controller, from its first set-point on.
    #[default]
    Controller,
}

/// The cells and their actuators.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PlantSettings {
    /// Parameter set.
    pub preset: Preset,
    /// Spread of the parameters from cell to cell, one standard deviation \[%\], 0–10.
    pub spread_pct: f64,
    /// Point feeders per cell, each with its own feeding zone, 4–8.
    pub feeders: u8,
    /// Nominal mass of a shot \[kg\], 0.3–5.
    pub shot_kg: f64,
    /// Spread of what a shot really weighs from feeder to feeder \[%\], 0–20.
    pub feeder_spread_pct: f64,
    /// How far a feeder's shot wanders in a day, one standard deviation \[%\], 0–10.
    pub feeder_drift_pct: f64,
    /// How far it wanders around its mean within hours, one standard deviation \[%\], 0–10.
    pub feeder_wander_pct: f64,
    /// Alumina that a feeder's hopper holds \[kg\], 50–20000.
    pub hopper_kg: f64,
    /// Faults that feeders have by chance.
    pub feeder_faults: FeederFaultSettings,
    /// AlF3 dosed by hand, and until the controller says otherwise \[kg/d\], 0–300.
    pub alf3_kg_per_day: f64,
    /// Who decides how much AlF3 is dosed: `"controller"` or `"hand"`.
    pub alf3_by: DosedBy,
    /// Beam speed \[mm/s\], 0.1–5.
    pub beam_speed_mm_s: f64,
    /// Multiplies the voltage noise of every cell \[1\], 0–10.
    pub noise_factor: f64,
    /// Age of the newest and of the oldest lining; the cells between are spread evenly \[d\], 5–4000.
    pub youngest_days: f64,
    /// See `youngest_days` \[d\], 5–4000.
    pub oldest_days: f64,
    /// Dissolved alumina at the start \[wt %\], 1.9–6.
    pub start_alumina_pct: f64,
    /// Anode–cathode distance at the start \[mm\], 25–60.
    pub start_acd_mm: f64,
    /// Metal height at the start \[mm\], 120–350.
    pub start_metal_mm: f64,
    /// Beam position at the start, upwards positive \[mm\], 0–600 and within its stroke.
    pub start_beam_mm: f64,
}

impl Default for PlantSettings {
    fn default() -> Self {
        Self {
            preset: Preset::Pb500,
            spread_pct: 5.0,
            feeders: 6,
            shot_kg: 1.8,
            feeder_spread_pct: 4.0,
            feeder_drift_pct: 0.5,
            feeder_wander_pct: 0.0,
            hopper_kg: 1_200.0,
            feeder_faults: FeederFaultSettings::default(),
            alf3_kg_per_day: 74.0,
            alf3_by: DosedBy::Controller,
            beam_speed_mm_s: 1.5,
            noise_factor: 1.0,
            youngest_days: 900.0,
            oldest_days: 900.0,
            start_alumina_pct: 2.6,
            start_acd_mm: 39.0,
            start_metal_mm: 200.0,
            start_beam_mm: 250.0,
        }
    }
}

/// Faults of the feeders: how often each feeder has one, and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct FeederFaultSettings {
    /// Strokes that dump twice \[%\], 0–20.
    pub double_shot_pct: f64,
    /// Times a feeder sticks \[1/d\], 0–24.
    pub stuck_per_day: f64,
    /// Times its hole is blocked \[1/d\], 0–24.
    pub blocked_per_day: f64,
    /// Times its hopper is not refilled and runs empty \[1/d\], 0–24.
    pub empty_per_day: f64,
    /// How long such a fault lasts \[min\], 1–10000.
    pub minutes: f64,
}

impl Default for FeederFaultSettings {
    fn default() -> Self {
        Self {
            double_shot_pct: 0.0,
            stuck_per_day: 0.0,
            blocked_per_day: 0.0,
            empty_per_day: 0.0,
            minutes: 90.0,
        }
    }
}

/// Transducers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SensorSettings {
    /// Standard deviation of the voltage reading \[mV\], 0–100.
    pub voltage_noise_mv: f64,
    /// Bias of the voltage reading \[mV\], -200–200.
    pub voltage_bias_mv: f64,
    /// How the transducers of the cells differ, one standard deviation \[mV\], 0–50.
    pub voltage_spread_mv: f64,
    /// Drift of the voltage reading \[mV/d\], -50–50.
    pub voltage_drift_mv_per_day: f64,
    /// Smallest step of the voltage reading \[mV\], 0 = none, up to 50.
    pub voltage_resolution_mv: f64,
    /// Standard deviation of the current reading \[%\], 0–5.
    pub current_noise_pct: f64,
    /// Bias of the current reading \[%\], -10–10.
    pub current_bias_pct: f64,
    /// Drift of the current reading \[%/d\], -1–1.
    pub current_drift_pct_per_day: f64,
    /// Smallest step of the current reading \[A\], 0 = none, up to 1000.
    pub current_resolution_a: f64,
    /// Smallest step of the beam encoder \[mm\], 0 = none, up to 5.
    pub beam_resolution_mm: f64,
    /// Scans in which no telegram of the cell arrives \[%\], 0–50.
    pub missing_pct: f64,
    /// Interval between bath temperature probes \[h\], 0 = never, up to 168.
    pub probe_every_h: f64,
    /// Standard deviation of a probe \[K\], 0–20.
    pub probe_sigma_c: f64,
    /// Interval between rounds of the clamp meter over the anode rods \[s\], 1–86400.
    pub rod_every_s: f64,
    /// How the clamps of the rods differ, one standard deviation \[%\], 0–20.
    pub rod_gain_pct: f64,
    /// Standard deviation of a rod current \[%\], 0–20.
    pub rod_noise_pct: f64,
    /// Interval between bath samples for the laboratory \[h\], 0 = never, up to 336.
    pub lab_every_h: f64,
    /// Time from the sample to its result, at least \[h\], 0–96.
    pub lab_delay_h: f64,
    /// Most that it takes longer, any time up to it being as likely \[h\], 0–96.
    pub lab_delay_spread_h: f64,
    /// Standard deviation of the excess AlF3 in a result \[wt %\], 0–3.
    pub lab_alf3_sigma_pct: f64,
    /// Standard deviation of the CaF2 in a result \[wt %\], 0–2.
    pub lab_caf2_sigma_pct: f64,
    /// Standard deviation of the LiF in a result \[wt %\], 0–1.
    pub lab_lif_sigma_pct: f64,
    /// Interval between dipstick readings of metal and bath height \[h\], 0 = never, up to 336.
    pub dip_every_h: f64,
    /// Standard deviation of a height \[mm\], 0–50.
    pub dip_sigma_mm: f64,
}

impl Default for SensorSettings {
    fn default() -> Self {
        Self {
            voltage_noise_mv: 1.0,
            voltage_bias_mv: 0.0,
            voltage_spread_mv: 2.0,
            voltage_drift_mv_per_day: 0.0,
            voltage_resolution_mv: 1.0,
            current_noise_pct: 0.02,
            current_bias_pct: 0.0,
            current_drift_pct_per_day: 0.0,
            current_resolution_a: 10.0,
            beam_resolution_mm: 0.1,
            missing_pct: 0.0,
            probe_every_h: 4.0,
            probe_sigma_c: 2.0,
            rod_every_s: 60.0,
            rod_gain_pct: 2.0,
            rod_noise_pct: 1.0,
            lab_every_h: 24.0,
            lab_delay_h: 4.0,
            lab_delay_spread_h: 0.0,
            lab_alf3_sigma_pct: 0.3,
            lab_caf2_sigma_pct: 0.1,
            lab_lif_sigma_pct: 0.05,
            dip_every_h: 24.0,
            dip_sigma_mm: 5.0,
        }
    }
}

/// The line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct LineSettings {
    /// Set-point of the line current \[kA\], 0–800.
    pub current_ka: f64,
    /// Standard deviation of the current around it \[%\], 0–5.
    pub noise_pct: f64,
    /// Cells of the whole line, which decides how deep an anode effect dips the current, 1–1000; at
    /// least the simulated ones.
    pub cells_in_line: u16,
    /// Ripple of the rectifiers in a 1 s mean, one standard deviation \[%\], 0–2.
    pub ripple_pct: f64,
    /// Time constant in which the regulator restores the current \[s\], 0.2–3600.
    pub regulator_s: f64,
    /// Rectifier voltage beyond what the nominal current needs, all groups on \[%\], 0–50.
    pub headroom_pct: f64,
    /// Rectifier groups, 1–20.
    pub rectifier_groups: u8,
    /// Inductance of the whole line \[mH\], 0.05–20.
    pub inductance_mh: f64,
    /// Resistance of the busbars outside the cells, the whole line \[µΩ\], 0–2000.
    pub bus_uohm: f64,
    /// Fastest change of the set-point \[% of nominal per minute\], 0.1–600.
    pub ramp_pct_per_min: f64,
    /// Anode effects of the cells that are not simulated \[1/(cell d)\], 0–5.
    pub unseen_effects_per_cell_day: f64,
    /// Rise of the set-point \[kA per week\], -100–100; 0 = none.
    pub creep_ka_per_week: f64,
    /// Where the rise ends \[kA\], 0–800.
    pub creep_to_ka: f64,
    /// What the grid asks.
    pub market: MarketSettings,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self {
            current_ka: 500.0,
            noise_pct: 0.2,
            cells_in_line: 240,
            ripple_pct: 0.1,
            regulator_s: 3.0,
            headroom_pct: 5.0,
            rectifier_groups: 6,
            inductance_mh: 1.0,
            bus_uohm: 60.0,
            ramp_pct_per_min: 20.0,
            unseen_effects_per_cell_day: 0.0,
            creep_ka_per_week: 0.0,
            creep_to_ka: 500.0,
            market: MarketSettings::default(),
        }
    }
}

/// Work that repeats on every pot, spread evenly over the section.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct RoutineSettings {
    /// Interval between taps of a pot \[h\], 0 = none, up to 96.
    pub tap_every_h: f64,
    /// Time a tap takes \[min\], 2–60.
    pub tap_minutes: f64,
    /// Standard deviation of the metal tapped around the plan \[%\], 0–30.
    pub tap_error_pct: f64,
    /// Most bath that is taken out or put in with a tap to keep its level \[kg\], 0–2000.
    pub bath_correction_kg: f64,
    /// Interval between anode changes of a pot \[h\], 0 = none, up to 200.
    pub anode_change_every_h: f64,
    /// Standard deviation of the height at which a new anode is set \[mm\], 0–20.
    pub anode_error_mm: f64,
    /// Temperature of a new anode \[°C\], -30–700.
    pub anode_temperature_c: f64,
    /// Interval between rounds of cover dressing, besides that after each change \[h\], 0 = none, up to 500.
    pub dress_every_h: f64,
    /// Home position of the beam, to which it is brought back \[mm\], 0–300.
    pub beam_home_mm: f64,
    /// Nearest the beam may come to an end of its stroke before that \[mm\], 0–140; 0 = never.
    pub beam_margin_mm: f64,
    /// Time it takes to bring the beam back \[min\], 5–240.
    pub beam_raise_minutes: f64,
    /// Share of taps and anode changes that go wrong: a third too much or too little metal, an anode
    /// 15 mm too high or low, the mode switch forgotten for an hour \[%\], 0–50.
    pub blunder_pct: f64,
    /// Time after which the crew takes a wooden pole to an anode effect that still burns \[min\], 1–600.
    pub pole_after_minutes: f64,
}

impl Default for RoutineSettings {
    fn default() -> Self {
        Self {
            tap_every_h: 24.0,
            tap_minutes: 10.0,
            tap_error_pct: 3.0,
            bath_correction_kg: 400.0,
            anode_change_every_h: 15.0,
            anode_error_mm: 2.0,
            anode_temperature_c: 25.0,
            dress_every_h: 48.0,
            beam_home_mm: 250.0,
            beam_margin_mm: 30.0,
            beam_raise_minutes: 30.0,
            blunder_pct: 0.0,
            pole_after_minutes: 8.0,
        }
    }
}

/// Everything a simulated section needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Cells.
    pub cells: u16,
    /// Length of the run \[h\].
    pub hours: f64,
    /// Seed of every random draw.
    pub seed: u64,
    /// Cells and actuators.
    pub plant: PlantSettings,
    /// Transducers.
    pub sensors: SensorSettings,
    /// Line.
    pub line: LineSettings,
    /// Repeating work.
    pub routine: RoutineSettings,
    /// Scripted events.
    pub events: Vec<EventSettings>,
}

impl Setup {
    /// Age of the lining of pot `index`, counted from 0 \[d\].
    pub(super) fn lining_age(&self, index: u16) -> f64 {
        let (young, old) = (self.plant.youngest_days, self.plant.oldest_days);
        young + (old - young) * f64::from(index) / f64::from(self.cells.saturating_sub(1).max(1))
    }
}

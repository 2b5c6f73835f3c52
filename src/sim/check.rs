//! What may be wrong with a set-up: ranges, and values that cannot stand beside each other.

use super::market::MarketSettings;
use super::settings::{
    FeederFaultSettings, LineSettings, PlantSettings, RoutineSettings, SensorSettings, Setup,
};
use crate::cell::pb500;
use crate::error::{Error, in_range};
use std::string::String;

/// Rise of the metal at nominal current \[mm/h\]: see [`metal`](crate::cell::metal).
const METAL_RISE: f64 = 26.0 / 24.0;
/// Metal that must stay in a cell so that the cathode is covered \[mm\]; judgement.
const LEAST_METAL: f64 = 100.0;
/// From the cathode to the deck plate \[mm\]; class value, unverified.
const CAVITY_DEPTH: f64 = 500.0;
/// How deep anodes hang in the bath at least \[mm\]; judgement.
const IMMERSION: f64 = 120.0;

type Range = (&'static str, f64, f64, f64);

impl Setup {
    /// Reports every value out of range, with the dotted path of its field.
    pub fn problems(&self, report: &mut dyn FnMut(String, Error)) {
        let size =
            [("cells", f64::from(self.cells), 1.0, 1_000.0), ("hours", self.hours, 0.02, 24.0 * 3_650.0)];
        let tables = [
            plant(&self.plant).as_slice(),
            &faults(&self.plant.feeder_faults),
            &sensors(&self.sensors),
            &line(&self.line),
            &market(&self.line.market),
            &routine(&self.routine),
        ]
        .concat();
        let mut sound = true;
        for (path, value, min, max) in size.into_iter().chain(tables) {
            if let Err(error) = in_range(path, value, min, max) {
                sound = false;
                report(path.into(), error);
            }
        }
        // What is out of range fits nothing else either: one problem, one message.
        if sound {
            self.contradictions(&mut |error| report(error.field().into(), error));
        }
        let mut before = f64::NEG_INFINITY;
        for (index, event) in self.events.iter().enumerate() {
            let mut report = |error: Error| report(std::format!("event[{index}].{}", error.field()), error);
            if let Err(error) = in_range("at_h", event.at_h, 0.0, self.hours) {
                report(error);
            } else if event.at_h < before {
                report(Error::Contradicts {
                    field: "at_h",
                    value: event.at_h,
                    other: "the later at_h of the event above it",
                    at: before,
                    remedy: "put the events in the order of their times",
                });
            }
            before = before.max(event.at_h);
            event.problems(self.cells, self.plant.feeders, &mut report);
        }
    }

    /// Geometry that cannot be, and work that cannot be done.
    fn contradictions(&self, report: &mut dyn FnMut(Error)) {
        let (plant, routine) = (&self.plant, &self.routine);
        let stroke = match plant.preset {
            super::Preset::Pb500 => pb500().0.anode.stroke * 1e3,
        };
        let mut refuse = |wrong: bool, field, value, other, at, remedy| {
            if wrong {
                report(Error::Contradicts { field, value, other, at, remedy });
            }
        };
        refuse(
            plant.start_beam_mm > stroke,
            "plant.start_beam_mm",
            plant.start_beam_mm,
            "the stroke of the beam",
            stroke,
            "start the beam within its stroke",
        );
        refuse(
            plant.oldest_days < plant.youngest_days,
            "plant.oldest_days",
            plant.oldest_days,
            "the age of the newest lining",
            plant.youngest_days,
            "give both, the smaller as youngest_days",
        );
        let room = CAVITY_DEPTH - IMMERSION - plant.start_metal_mm;
        refuse(
            plant.start_acd_mm > room,
            "plant.start_acd_mm",
            plant.start_acd_mm,
            "the room that start_metal_mm leaves in the cavity",
            room,
            "start with less metal or a smaller distance",
        );
        let tapped = METAL_RISE * routine.tap_every_h * self.line.current_ka / 500.0;
        refuse(
            plant.start_beam_mm < tapped,
            "plant.start_beam_mm",
            plant.start_beam_mm,
            "the fall of the metal in a tap, which the beam must follow",
            tapped,
            "start the beam higher or tap more often",
        );
        refuse(
            plant.start_metal_mm < LEAST_METAL + tapped,
            "plant.start_metal_mm",
            plant.start_metal_mm,
            "100 mm of heel and what a tap takes",
            LEAST_METAL + tapped,
            "start with more metal or tap more often",
        );
        let (home, margin) = (routine.beam_home_mm, routine.beam_margin_mm);
        let (low, high) = (margin, stroke - margin);
        refuse(
            home <= low && margin > 0.0,
            "routine.beam_home_mm",
            home,
            "the margin at the lower end of the stroke",
            low,
            "raise beam_home_mm or lower beam_margin_mm",
        );
        refuse(
            home >= high,
            "routine.beam_home_mm",
            home,
            "the margin at the upper end of the stroke",
            high,
            "lower beam_home_mm or beam_margin_mm",
        );
        let turn = routine.anode_change_every_h * 60.0;
        refuse(
            turn > 0.0 && turn < super::operation::CHANGE_MINUTES,
            "routine.anode_change_every_h",
            routine.anode_change_every_h,
            "the hours that one change takes",
            super::operation::CHANGE_MINUTES / 60.0,
            "leave the crew time for each change",
        );
    }
}

fn plant(p: &PlantSettings) -> [Range; 16] {
    [
        ("plant.spread_pct", p.spread_pct, 0.0, 10.0),
        ("plant.feeders", f64::from(p.feeders), 4.0, 8.0),
        ("plant.shot_kg", p.shot_kg, 0.3, 5.0),
        ("plant.feeder_spread_pct", p.feeder_spread_pct, 0.0, 20.0),
        ("plant.feeder_drift_pct", p.feeder_drift_pct, 0.0, 10.0),
        ("plant.feeder_wander_pct", p.feeder_wander_pct, 0.0, 10.0),
        ("plant.hopper_kg", p.hopper_kg, 50.0, 20_000.0),
        ("plant.alf3_kg_per_day", p.alf3_kg_per_day, 0.0, 300.0),
        ("plant.beam_speed_mm_s", p.beam_speed_mm_s, 0.1, 5.0),
        ("plant.noise_factor", p.noise_factor, 0.0, 10.0),
        ("plant.youngest_days", p.youngest_days, 5.0, 4_000.0),
        ("plant.oldest_days", p.oldest_days, 5.0, 4_000.0),
        ("plant.start_alumina_pct", p.start_alumina_pct, 1.9, 6.0),
        ("plant.start_acd_mm", p.start_acd_mm, 25.0, 60.0),
        ("plant.start_metal_mm", p.start_metal_mm, 120.0, 350.0),
        ("plant.start_beam_mm", p.start_beam_mm, 0.0, 600.0),
    ]
}

fn faults(f: &FeederFaultSettings) -> [Range; 5] {
    [
        ("plant.feeder_faults.double_shot_pct", f.double_shot_pct, 0.0, 20.0),
        ("plant.feeder_faults.stuck_per_day", f.stuck_per_day, 0.0, 24.0),
        ("plant.feeder_faults.blocked_per_day", f.blocked_per_day, 0.0, 24.0),
        ("plant.feeder_faults.empty_per_day", f.empty_per_day, 0.0, 24.0),
        ("plant.feeder_faults.minutes", f.minutes, 1.0, 10_000.0),
    ]
}

fn sensors(s: &SensorSettings) -> [Range; 24] {
    [
        ("sensors.voltage_noise_mv", s.voltage_noise_mv, 0.0, 100.0),
        ("sensors.voltage_bias_mv", s.voltage_bias_mv, -200.0, 200.0),
        ("sensors.voltage_spread_mv", s.voltage_spread_mv, 0.0, 50.0),
        ("sensors.voltage_drift_mv_per_day", s.voltage_drift_mv_per_day, -50.0, 50.0),
        ("sensors.voltage_resolution_mv", s.voltage_resolution_mv, 0.0, 50.0),
        ("sensors.current_noise_pct", s.current_noise_pct, 0.0, 5.0),
        ("sensors.current_bias_pct", s.current_bias_pct, -10.0, 10.0),
        ("sensors.current_drift_pct_per_day", s.current_drift_pct_per_day, -1.0, 1.0),
        ("sensors.current_resolution_a", s.current_resolution_a, 0.0, 1_000.0),
        ("sensors.beam_resolution_mm", s.beam_resolution_mm, 0.0, 5.0),
        ("sensors.missing_pct", s.missing_pct, 0.0, 50.0),
        ("sensors.probe_every_h", s.probe_every_h, 0.0, 168.0),
        ("sensors.probe_sigma_c", s.probe_sigma_c, 0.0, 20.0),
        ("sensors.rod_every_s", s.rod_every_s, 1.0, 86_400.0),
        ("sensors.rod_gain_pct", s.rod_gain_pct, 0.0, 20.0),
        ("sensors.rod_noise_pct", s.rod_noise_pct, 0.0, 20.0),
        ("sensors.lab_every_h", s.lab_every_h, 0.0, 336.0),
        ("sensors.lab_delay_h", s.lab_delay_h, 0.0, 96.0),
        ("sensors.lab_delay_spread_h", s.lab_delay_spread_h, 0.0, 96.0),
        ("sensors.lab_alf3_sigma_pct", s.lab_alf3_sigma_pct, 0.0, 3.0),
        ("sensors.lab_caf2_sigma_pct", s.lab_caf2_sigma_pct, 0.0, 2.0),
        ("sensors.lab_lif_sigma_pct", s.lab_lif_sigma_pct, 0.0, 1.0),
        ("sensors.dip_every_h", s.dip_every_h, 0.0, 336.0),
        ("sensors.dip_sigma_mm", s.dip_sigma_mm, 0.0, 50.0),
    ]
}

fn line(l: &LineSettings) -> [Range; 13] {
    [
        ("line.current_ka", l.current_ka, 0.0, 800.0),
        ("line.noise_pct", l.noise_pct, 0.0, 5.0),
        ("line.cells_in_line", f64::from(l.cells_in_line), 1.0, 1_000.0),
        ("line.ripple_pct", l.ripple_pct, 0.0, 2.0),
        ("line.regulator_s", l.regulator_s, 0.2, 3_600.0),
        ("line.headroom_pct", l.headroom_pct, 0.0, 50.0),
        ("line.rectifier_groups", f64::from(l.rectifier_groups), 1.0, 20.0),
        ("line.inductance_mh", l.inductance_mh, 0.05, 20.0),
        ("line.bus_uohm", l.bus_uohm, 0.0, 2_000.0),
        ("line.ramp_pct_per_min", l.ramp_pct_per_min, 0.1, 600.0),
        ("line.unseen_effects_per_cell_day", l.unseen_effects_per_cell_day, 0.0, 5.0),
        ("line.creep_ka_per_week", l.creep_ka_per_week, -100.0, 100.0),
        ("line.creep_to_ka", l.creep_to_ka, 0.0, 800.0),
    ]
}

fn market(m: &MarketSettings) -> [Range; 4] {
    let least = m.hourly_pct.iter().copied().fold(f64::INFINITY, f64::min);
    let most = m.hourly_pct.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [
        ("line.market.hourly_pct", least, 50.0, 115.0),
        ("line.market.hourly_pct", most, 50.0, 115.0),
        ("line.market.regulation_pct", m.regulation_pct, 0.0, 5.0),
        ("line.market.frequency_mhz", m.frequency_mhz, 0.0, 200.0),
    ]
}

fn routine(r: &RoutineSettings) -> [Range; 13] {
    [
        ("routine.tap_every_h", r.tap_every_h, 0.0, 96.0),
        ("routine.tap_minutes", r.tap_minutes, 2.0, 60.0),
        ("routine.tap_error_pct", r.tap_error_pct, 0.0, 30.0),
        ("routine.bath_correction_kg", r.bath_correction_kg, 0.0, 2_000.0),
        ("routine.anode_change_every_h", r.anode_change_every_h, 0.0, 200.0),
        ("routine.anode_error_mm", r.anode_error_mm, 0.0, 20.0),
        ("routine.anode_temperature_c", r.anode_temperature_c, -30.0, 700.0),
        ("routine.dress_every_h", r.dress_every_h, 0.0, 500.0),
        ("routine.beam_home_mm", r.beam_home_mm, 0.0, 300.0),
        ("routine.beam_margin_mm", r.beam_margin_mm, 0.0, 140.0),
        ("routine.beam_raise_minutes", r.beam_raise_minutes, 5.0, 240.0),
        ("routine.blunder_pct", r.blunder_pct, 0.0, 50.0),
        ("routine.pole_after_minutes", r.pole_after_minutes, 1.0, 600.0),
    ]
}

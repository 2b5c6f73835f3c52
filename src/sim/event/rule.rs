//! What each kind of event needs and takes, and the ranges of its numbers.

use super::{EventKind, EventSettings};
use crate::error::{Error, in_range};

/// What a kind needs and takes besides `at_h`, `kind` and `cell`, and the same in words.
struct Rule {
    needs: &'static [&'static str],
    takes: &'static [&'static str],
    words: &'static str,
}

/// `rule!(needs; takes)`: the words follow from the lists.
macro_rules! rule {
    ($kind:literal: $($need:literal)*; $($take:literal)*) => {
        Rule {
            needs: &[$($need),*],
            takes: &[$($take),*],
            words: concat!(
                "a ", $kind, " event needs: at_h", $(", ", $need,)*
                "; it may have:", $(" ", $take,)* " and cell unless the whole line is meant; \
                 add what is missing, remove the rest"
            ),
        }
    };
}

impl EventKind {
    /// The line is common to all cells.
    fn concerns_line(self) -> bool {
        use EventKind::{Curtailment, LineCurrent, LineTrip, LoadShedding, RectifierTrip};
        matches!(self, LineCurrent | Curtailment | LoadShedding | LineTrip | RectifierTrip)
    }

    fn rule(self) -> Rule {
        match self {
            Self::Tap => rule!("tap": ; "metal_kg" "minutes"),
            Self::DoubleTap => rule!("double-tap": ; "minutes"),
            Self::BathTap => rule!("bath-tap": "bath_kg"; "minutes"),
            Self::BathAdd => rule!("bath-add": "bath_kg"; "minutes"),
            Self::Alf3Dose => rule!("alf3-dose": "alf3_kg"; "minutes"),
            Self::AnodeChange => rule!("anode-change": ; "anode" "offset_mm" "temperature_c"),
            Self::BeamRaise => rule!("beam-raise": ; "minutes"),
            Self::DressCover => rule!("dress-cover": ; "minutes"),
            Self::HoodOpen => rule!("hood-open": ; "minutes"),
            Self::Manual => rule!("manual": ; "minutes"),
            Self::ForgottenSwitch => rule!("forgotten-switch": ; "minutes"),
            Self::ManualVoltage => rule!("manual-voltage": "offset_mv"; "minutes"),
            Self::MetalPlan => rule!("metal-plan": "level_mm"; "minutes"),
            Self::ForceEffect => rule!("force-effect": ;),
            Self::Spike => rule!("spike": "anode" "length_mm";),
            Self::SlippedAnode => rule!("slipped-anode": "anode" "drop_mm";),
            Self::OreChange => {
                rule!("ore-change": ; "soda_pct" "calcia_pct" "fines_pct" "moisture_pct" "dissolution_factor" "minutes")
            }
            Self::NoiseBurst => rule!("noise-burst": "factor"; "minutes"),
            Self::RollingMetal => rule!("rolling-metal": "critical_mm"; "minutes"),
            Self::PoorMixing => rule!("poor-mixing": "feeder" "factor"; "minutes"),
            Self::CoverLoss => rule!("cover-loss": "bare_pct"; "minutes"),
            Self::WarmRoom => rule!("warm-room": "offset_c"; "minutes"),
            Self::ShellCooling => rule!("shell-cooling": "cooling_w_per_k"; "minutes"),
            Self::StuckFeeder => rule!("stuck-feeder": "feeder"; "minutes"),
            Self::BlockedHole => rule!("blocked-hole": "feeder"; "minutes"),
            Self::EmptyHopper => rule!("empty-hopper": "feeder"; "hopper_kg" "minutes"),
            Self::FeederLeak => rule!("feeder-leak": "feeder" "leak_kg_per_h"; "minutes"),
            Self::DoubleShot => rule!("double-shot": "feeder" "probability_pct"; "minutes"),
            Self::FeederGain => rule!("feeder-gain": "feeder" "gain_pct"; "minutes"),
            Self::FrozenSensor => rule!("frozen-sensor": "sensor"; "minutes"),
            Self::DeadSensor => rule!("dead-sensor": "sensor"; "minutes"),
            Self::ProbeOffset => rule!("probe-offset": "offset_c"; "minutes"),
            Self::VoltageOffset => rule!("voltage-offset": "offset_mv"; "ramp_minutes" "minutes"),
            Self::CurrentOffset => rule!("current-offset": "offset_pct"; "ramp_minutes" "minutes"),
            Self::SwappedSamples => rule!("swapped-samples": "cell" "with_cell"; "minutes"),
            Self::LinkLoss => rule!("link-loss": ; "minutes"),
            Self::FrozenRegisters => rule!("frozen-registers": ; "minutes"),
            Self::RepeatedCommands => rule!("repeated-commands": ; "minutes"),
            Self::NoSamples => rule!("no-samples": ; "minutes"),
            Self::LineCurrent => rule!("line-current": "current_ka"; "minutes"),
            Self::Curtailment => {
                rule!("curtailment": "share_pct" "minutes"; "ramp_minutes" "restart_minutes")
            }
            Self::LoadShedding => rule!("load-shedding": "shed_pct" "minutes";),
            Self::LineTrip => rule!("line-trip": "minutes"; "restart_minutes"),
            Self::RectifierTrip => rule!("rectifier-trip": ; "groups" "minutes"),
        }
    }
}

impl EventSettings {
    /// Every optional number with its limits.
    fn numbers(&self, cells: u16, feeders: u8) -> [(&'static str, Option<f64>, f64, f64); 35] {
        [
            ("cell", self.cell.map(f64::from), 1.0, f64::from(cells)),
            ("minutes", self.minutes, 0.1, 1e6),
            ("metal_kg", self.metal_kg, 0.0, 8_000.0),
            ("bath_kg", self.bath_kg, 0.0, 3_000.0),
            ("alf3_kg", self.alf3_kg, 0.0, 500.0),
            ("anode", self.anode.map(f64::from), 1.0, 48.0),
            ("offset_mm", self.offset_mm, -50.0, 50.0),
            ("temperature_c", self.temperature_c, -30.0, 700.0),
            ("length_mm", self.length_mm, 0.0, 100.0),
            ("drop_mm", self.drop_mm, 0.0, 100.0),
            ("feeder", self.feeder.map(f64::from), 1.0, f64::from(feeders)),
            ("hopper_kg", self.hopper_kg, 0.0, 20_000.0),
            ("leak_kg_per_h", self.leak_kg_per_h, 0.0, 200.0),
            ("probability_pct", self.probability_pct, 0.0, 100.0),
            ("gain_pct", self.gain_pct, -100.0, 100.0),
            ("dissolution_factor", self.dissolution_factor, 0.2, 10.0),
            ("factor", self.factor, 0.0, 10.0),
            ("critical_mm", self.critical_mm, 0.0, 60.0),
            ("bare_pct", self.bare_pct, 0.0, 100.0),
            ("level_mm", self.level_mm, -60.0, 100.0),
            ("offset_mv", self.offset_mv, -500.0, 500.0),
            ("offset_pct", self.offset_pct, -10.0, 10.0),
            ("with_cell", self.with_cell.map(f64::from), 1.0, f64::from(cells)),
            ("soda_pct", self.soda_pct, 0.0, 2.0),
            ("calcia_pct", self.calcia_pct, 0.0, 2.0),
            ("fines_pct", self.fines_pct, 0.0, 60.0),
            ("moisture_pct", self.moisture_pct, 0.0, 5.0),
            ("offset_c", self.offset_c, -50.0, 50.0),
            ("cooling_w_per_k", self.cooling_w_per_k, 0.0, 2_000.0),
            ("current_ka", self.current_ka, 0.0, 800.0),
            ("share_pct", self.share_pct, 0.0, 120.0),
            ("shed_pct", self.shed_pct, 0.0, 50.0),
            ("ramp_minutes", self.ramp_minutes, 0.0, 1_440.0),
            ("restart_minutes", self.restart_minutes, 0.0, 1_440.0),
            ("groups", self.groups.map(f64::from), 1.0, 20.0),
        ]
    }

    /// Reports what is wrong with the event by itself: ranges, and fields its kind lacks or does not
    /// take.
    pub(in crate::sim) fn problems(&self, cells: u16, feeders: u8, report: &mut dyn FnMut(Error)) {
        let rule = self.kind.rule();
        let mut given = std::vec::Vec::with_capacity(8);
        for (field, value, min, max) in self.numbers(cells, feeders) {
            let Some(value) = value else { continue };
            given.push(field);
            if let Err(error) = in_range(field, value, min, max) {
                report(error);
            }
        }
        given.extend(self.sensor.map(|_| "sensor"));
        for &field in rule.needs {
            if !given.contains(&field) {
                report(Error::Inconsistent { field, reason: rule.words });
            }
        }
        for field in given {
            let belongs = match field {
                "cell" => !self.kind.concerns_line(),
                _ => rule.needs.contains(&field) || rule.takes.contains(&field),
            };
            if !belongs {
                report(Error::Inconsistent { field, reason: rule.words });
            }
        }
    }
}

//! What befalls a pot whether or not people are at work on it.

use super::condition::Condition;
use super::event::{EventKind, EventSettings, Sensor};
use super::feeder;
use super::sensor::{self, Offset};
use super::telegram;
use crate::cell::alumina::Ore;
use crate::cell::anode;
use crate::consts::HOUR;
use crate::image::CellId;
use std::vec::Vec;

/// How long an anode effect is kindled \[s\].
const KINDLING: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// Feeder `index` until `end`.
    Feeder {
        index: usize,
        fault: feeder::Fault,
        end: f64,
    },
    /// A transducer until `end`.
    Sensor {
        sensor: Sensor,
        fault: sensor::Fault,
        end: f64,
    },
    /// The voltage or the current transducer is off \[V\], \[%\].
    Voltage(Offset),
    Current(Offset),
    /// The way to and from the PLC until `end`.
    Telegram {
        fault: telegram::Fault,
        end: f64,
    },
    Anode(usize, anode::Fault),
    /// Something holds on until `end`.
    Condition {
        condition: Condition,
        end: f64,
    },
    /// The thermometer of the probe shows so much too much until `end` \[K\].
    Probe {
        offset: f64,
        end: f64,
    },
    /// No bath samples until `end`.
    NoSamples {
        end: f64,
    },
    /// The mode switch is left where it is after the next work for `time` \[s\].
    ForgottenSwitch {
        time: f64,
    },
}

/// The faults of one pot in the order of their times.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    list: Vec<(f64, Fault)>,
    next: usize,
}

impl Faults {
    pub fn new(cell: CellId, events: &[EventSettings]) -> Self {
        let mine = events.iter().filter(|e| e.cell.is_none_or(|c| c == cell.0));
        let mut list: Vec<_> = mine.filter_map(|e| Some((e.at_h * HOUR, fault(e)?))).collect();
        list.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { list, next: 0 }
    }

    /// The next fault that is due; one at a time.
    pub fn due(&mut self, now: f64) -> Option<Fault> {
        let (_, fault) = self.list.get(self.next).filter(|(at, _)| *at <= now)?;
        self.next += 1;
        Some(*fault)
    }
}

fn fault(e: &EventSettings) -> Option<Fault> {
    let end = |default: f64| e.at_h * HOUR + e.time(default);
    let feeder = |fault, minutes| {
        let index = usize::from(e.feeder.unwrap_or(1).saturating_sub(1));
        Some(Fault::Feeder { index, fault, end: end(minutes) })
    };
    let sensor = |fault| e.sensor.map(|sensor| Fault::Sensor { sensor, fault, end: end(60.0) });
    let anode = |fault| Some(Fault::Anode(usize::from(e.anode.unwrap_or(1).saturating_sub(1)), fault));
    let forever = f64::INFINITY;
    let condition = |condition, minutes| Some(Fault::Condition { condition, end: end(minutes) });
    let telegram = |fault, minutes| Some(Fault::Telegram { fault, end: end(minutes) });
    let offset = |value: f64| Offset {
        value,
        begin: e.at_h * HOUR,
        ramp: e.ramp_minutes.unwrap_or(0.0) * 60.0,
        end: end(forever),
    };
    match e.kind {
        EventKind::StuckFeeder => feeder(feeder::Fault::Stuck, 360.0),
        EventKind::BlockedHole => feeder(feeder::Fault::Blocked, 120.0),
        EventKind::EmptyHopper => feeder(feeder::Fault::Empty(e.hopper_kg.unwrap_or(0.0)), 120.0),
        EventKind::FeederLeak => feeder(feeder::Fault::Leak(e.leak_kg_per_h.unwrap_or(0.0) / HOUR), 360.0),
        EventKind::DoubleShot => {
            feeder(feeder::Fault::Double(e.probability_pct.unwrap_or(0.0) / 100.0), 360.0)
        }
        EventKind::FeederGain => feeder(feeder::Fault::Gain(e.gain_pct.unwrap_or(0.0) / 100.0), forever),
        EventKind::FrozenSensor => sensor(sensor::Fault::Frozen),
        EventKind::DeadSensor => sensor(sensor::Fault::Dead),
        EventKind::Spike => anode(anode::Fault::Spike(e.length_mm.unwrap_or(0.0) * 1e-3)),
        EventKind::SlippedAnode => anode(anode::Fault::Slip(e.drop_mm.unwrap_or(0.0) * 1e-3)),
        // An effect lasts as long as it lasts: no length of the event makes it longer.
        EventKind::ForceEffect => {
            Some(Fault::Condition { condition: Condition::Kindled, end: e.at_h * HOUR + KINDLING })
        }
        EventKind::OreChange => {
            let usual = Ore::default();
            let share = |pct: Option<f64>, usual: f64| pct.map_or(usual, |pct| pct / 100.0);
            let ore = Ore {
                soda: share(e.soda_pct, usual.soda),
                calcia: share(e.calcia_pct, usual.calcia),
                fines: share(e.fines_pct, usual.fines),
                moisture: share(e.moisture_pct, usual.moisture),
                ..usual
            };
            condition(Condition::Ore(ore, e.dissolution_factor.unwrap_or(1.0)), forever)
        }
        EventKind::ShellCooling => condition(Condition::Cooling(e.cooling_w_per_k.unwrap_or(0.0)), forever),
        EventKind::NoiseBurst => condition(Condition::Noise(e.factor.unwrap_or(1.0)), 60.0),
        EventKind::RollingMetal => condition(Condition::Rolling(e.critical_mm.unwrap_or(0.0) * 1e-3), 60.0),
        EventKind::PoorMixing => {
            let zone = usize::from(e.feeder.unwrap_or(1).saturating_sub(1));
            condition(Condition::Mixing(zone, e.factor.unwrap_or(1.0)), forever)
        }
        EventKind::CoverLoss => condition(Condition::Bare(e.bare_pct.unwrap_or(0.0) / 100.0), forever),
        EventKind::WarmRoom => condition(Condition::Warm(e.offset_c.unwrap_or(0.0)), forever),
        EventKind::MetalPlan => condition(Condition::Metal(e.level_mm.unwrap_or(0.0) * 1e-3), forever),
        EventKind::VoltageOffset => Some(Fault::Voltage(offset(e.offset_mv.unwrap_or(0.0) * 1e-3))),
        EventKind::CurrentOffset => Some(Fault::Current(offset(e.offset_pct.unwrap_or(0.0)))),
        EventKind::LinkLoss => telegram(telegram::Fault::Lost, 0.5),
        EventKind::FrozenRegisters => telegram(telegram::Fault::Frozen, 10.0),
        EventKind::RepeatedCommands => telegram(telegram::Fault::Repeated, 10.0),
        EventKind::ProbeOffset => Some(Fault::Probe { offset: e.offset_c.unwrap_or(0.0), end: end(forever) }),
        EventKind::NoSamples => Some(Fault::NoSamples { end: end(forever) }),
        EventKind::ForgottenSwitch => Some(Fault::ForgottenSwitch { time: e.time(60.0) }),
        _ => None,
    }
}

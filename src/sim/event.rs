//! Scripted events: what happens when, and which fields each kind takes.

use crate::error::{Error, in_range};

/// Kind of a scripted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum EventKind {
    /// Metal tapping (出铝): `metal_kg`, `minutes` (10).
    Tap,
    /// The crew taps a pot that has just been tapped, as much again: `minutes` (10).
    DoubleTap,
    /// Bath is taken out: `bath_kg`, `minutes` (10).
    BathTap,
    /// Crushed bath or cryolite is put in: `bath_kg`, `minutes` (30).
    BathAdd,
    /// AlF3 by the bag: `alf3_kg`, `minutes` (5).
    Alf3Dose,
    /// Anode change (换极): `anode`, `offset_mm`, `temperature_c`; as planned where absent.
    AnodeChange,
    /// Beam raising (抬母线) back to its home position, fed by hand: `minutes` (30).
    BeamRaise,
    /// The cover is dressed: `minutes` (15).
    DressCover,
    /// Hoods are off: `minutes` (30).
    HoodOpen,
    /// The pot is switched to manual and fed by hand: `minutes` (60).
    Manual,
    /// The crew forgets to switch back after its next work, and leaves: `minutes` (60).
    ForgottenSwitch,
    /// An anode effect (阳极效应) whatever the bath says.
    ForceEffect,
    /// A spike (长包) stands under an anode, 0 takes it off: `anode`, `length_mm`.
    Spike,
    /// An anode slips down in its clamp: `anode`, `drop_mm`.
    SlippedAnode,
    /// Other alumina: `soda_pct`, `calcia_pct`, `fines_pct`, `moisture_pct`, `minutes` (for good).
    OreChange,
    /// Forced cooling of the shell: `cooling_w_per_k`, `minutes` (for good).
    ShellCooling,
    /// A feeder that neither dumps nor confirms: `feeder`, `minutes` (360).
    StuckFeeder,
    /// A hole in the crust is closed: shots pile up on it, confirmed, and fall together with the
    /// first shot after it opens, or when the pile is too heavy: `feeder`, `minutes` (120).
    BlockedHole,
    /// A feeder's hopper is not refilled: `feeder`, `hopper_kg` (what is left in it, 0), `minutes` (120).
    EmptyHopper,
    /// Alumina runs past the dosing chamber: `feeder`, `leak_kg_per_h`, `minutes` (360).
    FeederLeak,
    /// A feeder now and then dumps twice: `feeder`, `probability_pct`, `minutes` (360).
    DoubleShot,
    /// A feeder's shots weigh this much less or more: `feeder`, `gain_pct`, `minutes` (for good).
    FeederGain,
    /// A transducer shows its last value on and on: `sensor`, `minutes` (60).
    FrozenSensor,
    /// A transducer shows nothing, as with a broken wire: `sensor`, `minutes` (60).
    DeadSensor,
    /// The thermometer of the bath probe is off: `offset_c`, `minutes` (for good).
    ProbeOffset,
    /// Nobody takes bath samples: `minutes` (for good).
    NoSamples,
    /// Another line current: `current_ka`, `minutes` (60).
    LineCurrent,
    /// A planned reduction to a share of the nominal current, and back: `share_pct`, `minutes` (until
    /// it is raised again), `ramp_minutes` (5), `restart_minutes` (5).
    Curtailment,
    /// The grid takes power at once: `shed_pct`, `minutes`.
    LoadShedding,
    /// The line is without current: `minutes`, `restart_minutes` (20).
    LineTrip,
    /// Rectifier groups trip: `groups` (1), `minutes` (60).
    RectifierTrip,
}

/// A transducer of a pot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Sensor {
    /// Cell voltage.
    Voltage,
    /// Line current.
    Current,
    /// Beam encoder.
    Beam,
    /// Bath temperature.
    Temperature,
}

/// A scripted event.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EventSettings {
    /// Time since the start \[h\]; events stand in the order of their times.
    pub at_h: f64,
    /// What happens.
    pub kind: EventKind,
    /// Cell, from 1; all cells when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cell: Option<u16>,
    /// How long \[min\].
    #[cfg_attr(feature = "serde", serde(default))]
    pub minutes: Option<f64>,
    /// Metal to tap \[kg\], 0–8000; what was made since the last tap when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub metal_kg: Option<f64>,
    /// Bath to tap or to add \[kg\], 0–3000.
    #[cfg_attr(feature = "serde", serde(default))]
    pub bath_kg: Option<f64>,
    /// AlF3 to add \[kg\], 0–500.
    #[cfg_attr(feature = "serde", serde(default))]
    pub alf3_kg: Option<f64>,
    /// Anode, from 1; 1–24 is the first row.
    #[cfg_attr(feature = "serde", serde(default))]
    pub anode: Option<u8>,
    /// How much too high an anode is set; negative hangs low \[mm\], -50–50.
    #[cfg_attr(feature = "serde", serde(default))]
    pub offset_mm: Option<f64>,
    /// Temperature of the new anode \[°C\], -30–700.
    #[cfg_attr(feature = "serde", serde(default))]
    pub temperature_c: Option<f64>,
    /// Length of a spike \[mm\], 0–100; it acts where it is longer than the distance.
    #[cfg_attr(feature = "serde", serde(default))]
    pub length_mm: Option<f64>,
    /// How far an anode slips \[mm\], 0–100.
    #[cfg_attr(feature = "serde", serde(default))]
    pub drop_mm: Option<f64>,
    /// Feeder, from 1.
    #[cfg_attr(feature = "serde", serde(default))]
    pub feeder: Option<u8>,
    /// What is left in a hopper \[kg\], 0–20000.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hopper_kg: Option<f64>,
    /// Alumina that leaks \[kg/h\], 0–200.
    #[cfg_attr(feature = "serde", serde(default))]
    pub leak_kg_per_h: Option<f64>,
    /// Share of the strokes that dump twice \[%\], 0–100.
    #[cfg_attr(feature = "serde", serde(default))]
    pub probability_pct: Option<f64>,
    /// Change of what a shot weighs \[%\], -100–100.
    #[cfg_attr(feature = "serde", serde(default))]
    pub gain_pct: Option<f64>,
    /// Transducer.
    #[cfg_attr(feature = "serde", serde(default))]
    pub sensor: Option<Sensor>,
    /// Na2O in the alumina \[wt %\], 0–2.
    #[cfg_attr(feature = "serde", serde(default))]
    pub soda_pct: Option<f64>,
    /// CaO in the alumina \[wt %\], 0–2.
    #[cfg_attr(feature = "serde", serde(default))]
    pub calcia_pct: Option<f64>,
    /// Grains below 45 µm \[wt %\], 0–60.
    #[cfg_attr(feature = "serde", serde(default))]
    pub fines_pct: Option<f64>,
    /// Water that reaches the bath \[wt %\], 0–5.
    #[cfg_attr(feature = "serde", serde(default))]
    pub moisture_pct: Option<f64>,
    /// What a thermometer shows too much \[K\], -50–50.
    #[cfg_attr(feature = "serde", serde(default))]
    pub offset_c: Option<f64>,
    /// Heat drawn off the shell per kelvin \[W/K\], 0–2000.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cooling_w_per_k: Option<f64>,
    /// Line current \[kA\], 0–800.
    #[cfg_attr(feature = "serde", serde(default))]
    pub current_ka: Option<f64>,
    /// Share of the nominal current that is left \[%\], 0–120.
    #[cfg_attr(feature = "serde", serde(default))]
    pub share_pct: Option<f64>,
    /// Share of the nominal current that is taken away \[%\], 0–50.
    #[cfg_attr(feature = "serde", serde(default))]
    pub shed_pct: Option<f64>,
    /// Time to come down \[min\], 0–1440.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ramp_minutes: Option<f64>,
    /// Time to come back \[min\], 0–1440.
    #[cfg_attr(feature = "serde", serde(default))]
    pub restart_minutes: Option<f64>,
    /// Rectifier groups, 1–20.
    #[cfg_attr(feature = "serde", serde(default))]
    pub groups: Option<u8>,
}

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
            Self::ForceEffect => rule!("force-effect": ;),
            Self::Spike => rule!("spike": "anode" "length_mm";),
            Self::SlippedAnode => rule!("slipped-anode": "anode" "drop_mm";),
            Self::OreChange => {
                rule!("ore-change": ; "soda_pct" "calcia_pct" "fines_pct" "moisture_pct" "minutes")
            }
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
    /// `kind` at `at_h` in all cells, everything else as the kind's default.
    #[must_use]
    pub const fn new(at_h: f64, kind: EventKind) -> Self {
        Self {
            at_h,
            kind,
            cell: None,
            minutes: None,
            metal_kg: None,
            bath_kg: None,
            alf3_kg: None,
            anode: None,
            offset_mm: None,
            temperature_c: None,
            length_mm: None,
            drop_mm: None,
            feeder: None,
            hopper_kg: None,
            leak_kg_per_h: None,
            probability_pct: None,
            gain_pct: None,
            sensor: None,
            soda_pct: None,
            calcia_pct: None,
            fines_pct: None,
            moisture_pct: None,
            offset_c: None,
            cooling_w_per_k: None,
            current_ka: None,
            share_pct: None,
            shed_pct: None,
            ramp_minutes: None,
            restart_minutes: None,
            groups: None,
        }
    }

    /// Duration \[s\], `default` in minutes.
    pub(super) fn time(&self, default: f64) -> f64 {
        self.minutes.unwrap_or(default) * 60.0
    }

    /// Every optional number with its limits.
    fn numbers(&self, cells: u16, feeders: u8) -> [(&'static str, Option<f64>, f64, f64); 27] {
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
    pub(super) fn problems(&self, cells: u16, feeders: u8, report: &mut dyn FnMut(Error)) {
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

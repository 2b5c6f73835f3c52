//! Scripted events: what happens when, and which fields each kind takes.

mod rule;

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
    /// The crew raises the beam by hand until the voltage is higher by so much, and keeps the pot in
    /// manual, fed by hand: `offset_mv`, `minutes` (480).
    ManualVoltage,
    /// The crew keeps so much more or less metal in the pot: `level_mm`, `minutes` (for good).
    MetalPlan,
    /// An anode effect (阳极效应) whatever the bath says.
    ForceEffect,
    /// A spike (长包) stands under an anode, 0 takes it off: `anode`, `length_mm`.
    Spike,
    /// An anode slips down in its clamp: `anode`, `drop_mm`.
    SlippedAnode,
    /// Other alumina: `soda_pct`, `calcia_pct`, `fines_pct`, `moisture_pct`, `dissolution_factor` on
    /// the time it takes to dissolve, `minutes` (for good).
    OreChange,
    /// Bubbles and waves are louder: `factor`, `minutes` (60).
    NoiseBurst,
    /// The metal pad (铝液) begins to roll at a larger distance than it does by design, as over ridges
    /// on the cathode: `critical_mm`, `minutes` (60).
    RollingMetal,
    /// The bath under a feeder exchanges less or more with its neighbours: `feeder`, `factor`, `minutes`
    /// (for good).
    PoorMixing,
    /// Part of the crust is without cover, whoever dresses it: `bare_pct`, `minutes` (for good).
    CoverLoss,
    /// The potroom is so much warmer: `offset_c`, `minutes` (for good).
    WarmRoom,
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
    /// The voltage transducer shows so much more, or comes to it: `offset_mv`, `ramp_minutes` (0),
    /// `minutes` (for good).
    VoltageOffset,
    /// The current transducer likewise: `offset_pct`, `ramp_minutes` (0), `minutes` (for good).
    CurrentOffset,
    /// Nobody takes bath samples: `minutes` (for good).
    NoSamples,
    /// The laboratory confuses the samples of two cells: `with_cell`, `minutes` (for good).
    SwappedSamples,
    /// No telegram comes from the pot's PLC and none reaches it: `minutes` (0.5).
    LinkLoss,
    /// What answers for the PLC shows the same registers on and on, and passes nothing to it: `minutes`
    /// (10).
    FrozenRegisters,
    /// The PLC executes every request twice: `minutes` (10).
    RepeatedCommands,
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
    /// Factor on the time that alumina takes to dissolve \[1\], 0.2–10.
    #[cfg_attr(feature = "serde", serde(default))]
    pub dissolution_factor: Option<f64>,
    /// Factor on the noise, or on the exchange of bath \[1\], 0–10.
    #[cfg_attr(feature = "serde", serde(default))]
    pub factor: Option<f64>,
    /// Distance below which the metal rolls by itself \[mm\], 0–60.
    #[cfg_attr(feature = "serde", serde(default))]
    pub critical_mm: Option<f64>,
    /// Share of the crust without cover \[%\], 0–100.
    #[cfg_attr(feature = "serde", serde(default))]
    pub bare_pct: Option<f64>,
    /// Metal kept above what is planned \[mm\], -60–100.
    #[cfg_attr(feature = "serde", serde(default))]
    pub level_mm: Option<f64>,
    /// Voltage too much \[mV\], -500–500.
    #[cfg_attr(feature = "serde", serde(default))]
    pub offset_mv: Option<f64>,
    /// Current too much \[%\], -10–10.
    #[cfg_attr(feature = "serde", serde(default))]
    pub offset_pct: Option<f64>,
    /// The other cell, from 1.
    #[cfg_attr(feature = "serde", serde(default))]
    pub with_cell: Option<u16>,
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
    /// What a thermometer shows too much, or a room is warmer \[K\], -50–50.
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
    /// Time to come down, or to come to an offset \[min\], 0–1440.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ramp_minutes: Option<f64>,
    /// Time to come back \[min\], 0–1440.
    #[cfg_attr(feature = "serde", serde(default))]
    pub restart_minutes: Option<f64>,
    /// Rectifier groups, 1–20.
    #[cfg_attr(feature = "serde", serde(default))]
    pub groups: Option<u8>,
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
            dissolution_factor: None,
            factor: None,
            critical_mm: None,
            bare_pct: None,
            level_mm: None,
            offset_mv: None,
            offset_pct: None,
            with_cell: None,
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
    pub(in crate::sim) fn time(&self, default: f64) -> f64 {
        self.minutes.unwrap_or(default) * 60.0
    }
}

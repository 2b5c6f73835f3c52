//! What the control stack says about itself each tick.

use super::{Alarm, CellId, Mode};

/// Phase of the alumina feed logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum FeedPhase {
    /// Nominal rate, nothing is being judged.
    #[default]
    Base,
    /// Underfeed (欠量): alumina falls, the slope is judged.
    Under,
    /// Overfeed (过量): alumina rises.
    Over,
    /// Long deep underfeed forced by the rich-side guard.
    Track,
    /// Fast feed ahead of a feared anode effect.
    Fast,
    /// Operation in progress: fed at base, slope not judged.
    Hold,
    /// Fed by the anode-effect sequence.
    Effect,
    /// No feed: the line current is too low.
    Stop,
}

/// Conditions of this tick; several may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Flags(pub u32);

impl Flags {
    /// The reading is stale, bad or missing; nothing was asked of the cell.
    pub const STALE: Self = Self(1 << 0);
    /// This tick's sample was not used for resistance.
    pub const GATED: Self = Self(1 << 1);
    /// The guard changed or removed what the loops wanted.
    pub const GUARDED: Self = Self(1 << 2);
    /// A set-point or correction stands at its limit.
    pub const SATURATED: Self = Self(1 << 3);
    /// The controller only watches: manual or off.
    pub const HELD: Self = Self(1 << 4);
    /// Anode effect.
    pub const EFFECT: Self = Self(1 << 5);
    /// A feeder does not confirm its strokes, delivers too much or too little, lacks alumina, or its
    /// breaker is stuck.
    pub const FEEDER_FAULT: Self = Self(1 << 6);
    /// The beam does not move as asked; automatic moves are inhibited.
    pub const BEAM_FAULT: Self = Self(1 << 7);
    /// Line current below the limit for slope or resistance logic, swinging, or its signal lost.
    pub const CURRENT: Self = Self(1 << 8);
    /// Voltage noise above the unstable limit.
    pub const UNSTABLE: Self = Self(1 << 9);
    /// Voltage outside its normal band without an operation, or its signal lost.
    pub const VOLTAGE: Self = Self(1 << 10);
    /// A mode was left on longer than allowed.
    pub const MODE_TIMEOUT: Self = Self(1 << 11);
    /// An anode has lost its current while the cell voltage stood still.
    pub const LOW_VOLTAGE_EFFECT: Self = Self(1 << 12);
    /// An anode carries far more than its share.
    pub const SPIKE: Self = Self(1 << 13);
    /// An anode effect is likely within the horizon of the prediction.
    pub const EFFECT_LIKELY: Self = Self(1 << 14);

    /// True when every bit of `other` is set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Sets or clears the bits of `other`.
    pub fn set(&mut self, other: Self, on: bool) {
        if on { self.0 |= other.0 } else { self.0 &= !other.0 }
    }
}

/// One cell as the controller sees it after a tick. Missing values are NaN here and `null` outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Status {
    /// Conditions.
    pub flags: Flags,
    /// Mode acted upon.
    pub mode: Mode,
    /// Feed phase.
    pub phase: FeedPhase,
    /// Feed rate asked for, relative to consumption \[1\].
    pub feed_rate: f64,
    /// Pseudo-resistance, 5 s mean \[Ω\].
    pub resistance: f64,
    /// Target pseudo-resistance, all modifiers in \[Ω\].
    pub target: f64,
    /// Slope of the pseudo-resistance over the short window \[Ω/s\].
    pub slope: f64,
    /// Standard error of that slope \[Ω/s\].
    pub slope_error: f64,
    /// Low-frequency noise (摆动), standard deviation \[V\].
    pub noise_low: f64,
    /// High-frequency noise (针振), standard deviation \[V\].
    pub noise_high: f64,
    /// Highest less lowest second of the last three minutes (摆幅) \[V\].
    pub noise_swing: f64,
    /// Period of the strongest line of the metal-pad band \[s\].
    pub roll_period: f64,
    /// Its power over the median of the band: a line from six up \[1\].
    pub roll_ratio: f64,
    /// Estimated dissolved alumina, mass fraction \[1\].
    pub alumina: f64,
    /// Standard deviation of that estimate \[1\].
    pub alumina_error: f64,
    /// Probability that an anode effect begins within the horizon of the prediction \[1\].
    pub effect_probability: f64,
    /// Estimated bath temperature \[K\].
    pub temperature: f64,
    /// Its standard deviation \[K\].
    pub temperature_error: f64,
    /// Estimated superheat \[K\].
    pub superheat: f64,
    /// Estimated excess AlF3, mass fraction \[1\].
    pub alf3: f64,
    /// Its standard deviation \[1\].
    pub alf3_error: f64,
    /// Set-point of the AlF3 dose \[kg/s\].
    pub alf3_dose: f64,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            flags: Flags::default(),
            mode: Mode::Off,
            phase: FeedPhase::Base,
            feed_rate: f64::NAN,
            resistance: f64::NAN,
            target: f64::NAN,
            slope: f64::NAN,
            slope_error: f64::NAN,
            noise_low: f64::NAN,
            noise_high: f64::NAN,
            noise_swing: f64::NAN,
            roll_period: f64::NAN,
            roll_ratio: f64::NAN,
            alumina: f64::NAN,
            alumina_error: f64::NAN,
            effect_probability: f64::NAN,
            temperature: f64::NAN,
            temperature_error: f64::NAN,
            superheat: f64::NAN,
            alf3: f64::NAN,
            alf3_error: f64::NAN,
            alf3_dose: f64::NAN,
        }
    }
}

/// Something worth a line in the log, with its reason in the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// Readings stopped being usable.
    WentStale,
    /// Readings are usable again.
    CameBack,
    /// The mode switch changed.
    ModeChanged(Mode),
    /// The feed phase changed.
    PhaseChanged(FeedPhase, PhaseReason),
    /// Anode effect declared.
    EffectStarted,
    /// Anode effect over.
    EffectEnded,
    /// The quench sequence gave up; a person must act.
    EffectNeedsOperator,
    /// A feeder was taken out of service.
    FeederFault(u8),
    /// A feeder confirmed again.
    FeederBack(u8),
    /// A feeder's strokes are confirmed and its zone stays lean: its hole in the crust is blocked.
    HoleBlocked(u8),
    /// The zone under a hole that was blocked is fed again.
    HoleOpen(u8),
    /// Automatic beam moves were inhibited.
    BeamFault,
    /// One anode touches the metal by the current of its rod: the beam is held.
    SpikeHoldsBeam,
    /// A beam move was asked for \[10 µm\].
    BeamMove(i16),
    /// The guard removed a request.
    Vetoed(Veto),
    /// The PLC refused a request.
    Refused,
    /// Voltage outside its band.
    VoltageAlarm,
    /// Voltage noise above the unstable limit.
    Unstable,
    /// A mode was left on longer than allowed.
    ModeTimeout,
    /// No slope response for a whole lean time-out: sludge, or a feeder delivers too much.
    NoSlopeResponse,
    /// The line current stands still, is impossible, or is not what the line shows.
    CurrentLost,
    /// The cell voltage stands still or is impossible: nothing moves until a person has looked.
    VoltageLost,
    /// The feeders deliver clearly more or less than their strokes say.
    FeederGain,
    /// An alumina hopper is nearly empty.
    HopperLow,
    /// A breaker did not return.
    BreakerStuck,
    /// A probe or a sample is too far from what is believed of the bath.
    MeasurementRefused,
    /// Too little is measured: AlF3 is dosed as it was on average.
    BathUnknown,
    /// An anode, from 0, lost its current while the cell voltage stood still.
    LowVoltageEffect(u8),
    /// An anode, from 0, carries far more than its share: a spike (长包), or it hangs low.
    Spike(u8),
    /// An anode effect is likely within the horizon of the prediction.
    EffectLikely,
    /// A person must act: an alarm came.
    Alarm(Alarm),
}

/// Why the feed phase changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PhaseReason {
    /// Start-up of the controller.
    Start,
    /// The slope passed its threshold.
    Slope,
    /// The slope rose so fast that an anode effect is near.
    Emergency,
    /// The phase had its time.
    Timer,
    /// The rich-side guard.
    Rich,
    /// The lean time-out.
    Lean,
    /// An operation began or ended.
    Operation,
    /// An anode effect began or ended.
    Effect,
    /// Line current.
    Current,
    /// Voltage noise above the unstable limit.
    Noise,
    /// Data were lost.
    Stale,
}

/// Which rule of the guard removed a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub enum Veto {
    /// Stale, bad or missing data.
    Stale,
    /// The mode does not allow it.
    Mode,
    /// Line current too low.
    Current,
    /// Not a finite number, or outside the actuator's range.
    Range,
    /// Too soon after the last one, or too many in the hour.
    Rate,
    /// Cumulative beam travel is used up.
    Travel,
    /// Voltage or noise forbids the direction.
    Voltage,
    /// Limit switch, emergency stop or beam fault.
    Interlock,
    /// The command path is busy.
    Link,
}

/// An event with its time and cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// PLC time \[s\].
    pub time: f64,
    /// Cell.
    pub cell: CellId,
    /// What happened.
    pub kind: EventKind,
}

/// The few events one cell may raise in one tick. Later ones are counted, not kept.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Events {
    list: [Option<EventKind>; Self::CAPACITY],
    lost: u8,
}

impl Events {
    /// Most events kept per tick and cell.
    pub const CAPACITY: usize = 8;

    /// Adds an event, or counts it as lost when the list is full.
    pub fn push(&mut self, kind: EventKind) {
        match self.list.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(kind),
            None => self.lost = self.lost.saturating_add(1),
        }
    }

    /// The events in order.
    pub fn iter(&self) -> impl Iterator<Item = EventKind> + '_ {
        self.list.iter().copied().flatten()
    }

    /// How many did not fit.
    #[must_use]
    pub fn lost(&self) -> u8 {
        self.lost
    }
}

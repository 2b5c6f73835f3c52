//! What comes out of a scan.

use crate::codes;
use crate::stamp::Stamped;
use potline_core::control::Tick;
use potline_core::image::{Action, FeederSet};

/// Nothing to do.
pub const POTLINE_ACTION_NONE: u32 = 0;
/// One stroke of each feeder of `feeders`.
pub const POTLINE_ACTION_FEED: u32 = 1;
/// One beam move by `travel`.
pub const POTLINE_ACTION_BEAM: u32 = 2;

/// What a scan asks for and says. Do what `action` says once, and never again for this scan.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_tick {
    /// sizeof(potline_tick).
    pub size: u32,
    /// POTLINE_ACTION_...
    pub action: u32,
    /// Feeders that dump one shot, bit n for feeder n from 0.
    pub feeders: u32,
    /// POTLINE_PHASE_...
    pub phase: u32,
    /// Conditions of this scan, the bits of `potline::image::Flags`: 1 stale, 2 gated, 4 guarded, 8 saturated,
    /// 16 held, 32 anode effect, 64 feeder fault, 128 beam fault, 256 current, 512 unstable, 1024 voltage,
    /// 2048 mode left on, 4096 low-voltage effect, 8192 spike, 16384 effect likely.
    pub flags: u32,
    /// Alarms that are shown.
    pub alarms: u32,
    /// Beam travel, upwards positive [m].
    pub travel: f64,
    /// Interval of single strokes that the PLC keeps up alone when the controller is lost [s].
    pub fallback_interval: f64,
    /// AlF3 to be dosed until told otherwise [kg/s]; NaN changes nothing.
    pub alf3: f64,
    /// Feed rate relative to consumption.
    pub feed_rate: f64,
    /// Pseudo-resistance and its target [Ohm].
    pub resistance: f64,
    /// Target of it, all modifiers in [Ohm].
    pub target: f64,
    /// Low-frequency noise (摆动), standard deviation [V].
    pub noise_low: f64,
    /// High-frequency noise (针振), standard deviation [V].
    pub noise_high: f64,
    /// Estimated dissolved alumina, mass fraction.
    pub alumina: f64,
    /// Standard deviation of the estimate.
    pub alumina_error: f64,
    /// Probability of an anode effect within the horizon.
    pub effect_probability: f64,
    /// Estimated bath temperature [K].
    pub temperature: f64,
    /// Estimated superheat [K].
    pub superheat: f64,
    /// Estimated excess AlF3, mass fraction.
    pub excess_alf3: f64,
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_tick {
    const FIRST: usize = 136;
}
const _: () = assert!(size_of::<potline_tick>() == 136);

impl Default for potline_tick {
    fn default() -> Self {
        Self::new(&Tick::default(), 0)
    }
}

impl potline_tick {
    pub fn new(tick: &Tick, alarms: u32) -> Self {
        let (command, status) = (&tick.command, &tick.status);
        let (action, feeders, travel) = match command.action {
            Action::None => (POTLINE_ACTION_NONE, FeederSet::NONE, 0.0),
            Action::Feed { feeders } => (POTLINE_ACTION_FEED, feeders, 0.0),
            Action::Beam { travel } => (POTLINE_ACTION_BEAM, FeederSet::NONE, travel),
        };
        Self {
            size: size_of::<Self>() as u32,
            action,
            feeders: u32::from(feeders.0),
            phase: codes::phase(status.phase),
            flags: status.flags.0,
            alarms,
            travel,
            fallback_interval: command.fallback_interval,
            alf3: command.alf3.unwrap_or(f64::NAN),
            feed_rate: status.feed_rate,
            resistance: status.resistance,
            target: status.target,
            noise_low: status.noise_low,
            noise_high: status.noise_high,
            alumina: status.alumina,
            alumina_error: status.alumina_error,
            effect_probability: status.effect_probability,
            temperature: status.temperature,
            superheat: status.superheat,
            excess_alf3: status.alf3,
        }
    }
}

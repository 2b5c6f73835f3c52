//! What goes into a scan.

use crate::codes;
use crate::stamp::Stamped;
use crate::status::{Outcome, potline_status as S};
use potline_core::control::LineView;
use potline_core::image::{LabSample, Link, MAX_ANODES, MAX_FEEDERS, Reading, RodCurrents, StatusBits};

/// Point feeders a pot may have.
pub const POTLINE_FEEDERS: usize = 8;
/// Anodes a pot may have.
pub const POTLINE_ANODES: usize = 48;
const _: () = assert!(POTLINE_FEEDERS == MAX_FEEDERS && POTLINE_ANODES == MAX_ANODES);

/// One sample of one pot.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_reading {
    /// sizeof(potline_reading).
    pub size: u32,
    /// POTLINE_QUALITY_...
    pub quality: u32,
    /// Time stamp of the sample by the PLC, never wrapping [s].
    pub time: f64,
    /// Age of the sample [s].
    pub age: f64,
    /// Pot voltage [V].
    pub voltage: f64,
    /// Line current [A].
    pub current: f64,
    /// Last measured bath temperature [K]; NaN when there is none.
    pub bath_temperature: f64,
    /// Position of the anode beam, upwards positive [m].
    pub beam_position: f64,
    /// Confirmed strokes of each feeder, wrapping.
    pub strokes: [u16; POTLINE_FEEDERS],
    /// POTLINE_MODE_...
    pub mode: u32,
    /// POTLINE_PLC_... bits.
    pub status: u32,
    /// Not zero when a command would be taken now.
    pub link_ready: u32,
    /// POTLINE_OUTCOME_... of the last command.
    pub link_last: u32,
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_reading {
    const FIRST: usize = 88;
}
const _: () = assert!(size_of::<potline_reading>() == 88);

impl Default for potline_reading {
    fn default() -> Self {
        Self {
            size: size_of::<Self>() as u32,
            quality: codes::POTLINE_QUALITY_BAD,
            time: 0.0,
            age: 0.0,
            voltage: f64::NAN,
            current: f64::NAN,
            bath_temperature: f64::NAN,
            beam_position: f64::NAN,
            strokes: [0; POTLINE_FEEDERS],
            mode: codes::POTLINE_MODE_OFF,
            status: 0,
            link_ready: 0,
            link_last: codes::POTLINE_OUTCOME_IDLE,
        }
    }
}

impl potline_reading {
    pub fn image(&self) -> Outcome<Reading> {
        let (quality, reason) = codes::quality(self.quality)?;
        Ok(Reading {
            time: self.time,
            age: self.age,
            quality,
            reason,
            voltage: self.voltage,
            current: self.current,
            bath_temperature: Some(self.bath_temperature).filter(|t| !t.is_nan()),
            beam_position: self.beam_position,
            strokes: self.strokes,
            mode: codes::mode(self.mode)?,
            status: StatusBits(u16::try_from(self.status).map_err(|_| S::BadInput)?),
            link: Link { ready: self.link_ready != 0, last: codes::answer(self.link_last)? },
        })
    }
}

/// What a pot may know of its line.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_line_view {
    /// sizeof(potline_line_view).
    pub size: u32,
    /// Not zero while the line current changes.
    pub swing: u32,
    /// Not zero when another automatic beam move may start now.
    pub beam_free: u32,
    /// Zero.
    pub reserved: u32,
    /// Line current agreed on by the pots [A]; NaN when none is usable.
    pub current: f64,
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_line_view {
    const FIRST: usize = 24;
}
const _: () = assert!(size_of::<potline_line_view>() == 24);

impl Default for potline_line_view {
    fn default() -> Self {
        Self { size: size_of::<Self>() as u32, swing: 0, beam_free: 1, reserved: 0, current: f64::NAN }
    }
}

impl potline_line_view {
    /// As the stack sees it, for a pot with this reading.
    pub fn view(&self, reading: &Reading) -> LineView {
        LineView {
            current: self.current,
            swing: self.swing != 0,
            beam_free: self.beam_free != 0,
            ..LineView::alone(reading)
        }
    }
}

/// A result of the laboratory.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_sample {
    /// sizeof(potline_sample).
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// When it was taken [s].
    pub taken: f64,
    /// When its result was known [s].
    pub ready: f64,
    /// Excess AlF3, mass fraction.
    pub alf3: f64,
    /// CaF2, mass fraction.
    pub caf2: f64,
    /// LiF, mass fraction.
    pub lif: f64,
    /// Bath temperature beside the sample [K].
    pub temperature: f64,
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_sample {
    const FIRST: usize = 56;
}
const _: () = assert!(size_of::<potline_sample>() == 56);

impl Default for potline_sample {
    fn default() -> Self {
        let nan = f64::NAN;
        Self {
            size: size_of::<Self>() as u32,
            reserved: 0,
            taken: nan,
            ready: nan,
            alf3: nan,
            caf2: 0.0,
            lif: 0.0,
            temperature: nan,
        }
    }
}

impl potline_sample {
    pub fn image(&self) -> LabSample {
        let Self { taken, ready, alf3, caf2, lif, temperature, .. } = *self;
        LabSample { taken, ready, alf3, caf2, lif, temperature }
    }
}

/// One round of the clamp meter over the anode rods.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_rods {
    /// sizeof(potline_rods).
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// When it was taken [s].
    pub taken: f64,
    /// Current of each rod; the first row is the first half [A].
    pub current: [f64; POTLINE_ANODES],
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_rods {
    const FIRST: usize = 16 + 8 * POTLINE_ANODES;
}
const _: () = assert!(size_of::<potline_rods>() == 16 + 8 * POTLINE_ANODES);

impl Default for potline_rods {
    fn default() -> Self {
        Self { size: size_of::<Self>() as u32, reserved: 0, taken: f64::NAN, current: [0.0; POTLINE_ANODES] }
    }
}

impl potline_rods {
    pub fn image(&self) -> RodCurrents {
        RodCurrents { taken: self.taken, current: self.current }
    }
}

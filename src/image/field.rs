//! The pot side of a PLC: transducers in, solenoids and motor out.

use super::{FeederSet, MAX_FEEDERS, Mode};

/// What the transducers and switches at the pot show at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Field {
    /// Time of the sample \[s\].
    pub time: f64,
    /// Cell voltage \[V\].
    pub voltage: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Last bath temperature measurement \[K\].
    pub bath_temperature: Option<f64>,
    /// Beam encoder, upwards positive \[m\].
    pub beam_position: f64,
    /// Strokes confirmed by each feeder's proximity switch, wrapping.
    pub strokes: [u16; MAX_FEEDERS],
    /// Mode switch.
    pub mode: Mode,
    /// Emergency stop pressed.
    pub emergency_stop: bool,
    /// Hopper level switch.
    pub hopper_low: bool,
}

/// State of the beam motor contactors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BeamDrive {
    /// Motor off.
    #[default]
    Hold,
    /// Raising the anodes: resistance rises.
    Up,
    /// Lowering the anodes: resistance falls.
    Down,
}

/// Outputs of the PLC during one of its scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drive {
    /// Energised feeder solenoids; a feeder dumps once at each rising edge.
    pub feeders: FeederSet,
    /// Beam motor.
    pub beam: BeamDrive,
}

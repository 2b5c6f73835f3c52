//! The signals a controller needs from a PLC, by name.

use super::map::Access;
use std::prelude::rust_2024::*;

/// What a signal measures, hence its units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Count,
    Voltage,
    Current,
    Temperature,
    Length,
    Time,
    Stamp,
}

impl Dimension {
    pub(super) const fn units(self) -> &'static str {
        match self {
            Self::Count => "left out",
            Self::Voltage => "V or mV",
            Self::Current => "A or kA",
            Self::Temperature => "degC or K",
            Self::Length => "m or mm",
            Self::Time => "s or ms",
            Self::Stamp => "ms",
        }
    }
}

/// Factor and bias from a unit to SI; `None` when the unit does not suit.
pub(super) fn unit_factor(dimension: Dimension, unit: Option<&str>) -> Option<(f64, f64)> {
    match (dimension, unit) {
        (Dimension::Count, None)
        | (Dimension::Voltage, Some("V"))
        | (Dimension::Current, Some("A"))
        | (Dimension::Temperature, Some("K"))
        | (Dimension::Length, Some("m"))
        | (Dimension::Time, Some("s")) => Some((1.0, 0.0)),
        (Dimension::Voltage, Some("mV"))
        | (Dimension::Length, Some("mm"))
        | (Dimension::Time | Dimension::Stamp, Some("ms")) => Some((1e-3, 0.0)),
        (Dimension::Current, Some("kA")) => Some((1e3, 0.0)),
        (Dimension::Temperature, Some("degC")) => Some((1.0, crate::consts::ZERO_CELSIUS)),
        _ => None,
    }
}

/// Which types may carry a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Any,
    Word,
    Signed,
    Stamp,
    Bit,
}

impl Width {
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Any => "a number, not a bit",
            Self::Word => "of type u16",
            Self::Signed => "of type i16",
            Self::Stamp => "of type u32",
            Self::Bit => "a bit of a u16",
        }
    }
}

/// A signal the controller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Name of its point.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Direction.
    pub access: Access,
    /// A map without it is refused.
    pub required: bool,
    /// A test register, with a value fixed in the map.
    pub constant: bool,
    pub(super) dimension: Dimension,
    pub(super) width: Width,
}

const fn word(name: &'static str, purpose: &'static str) -> Signal {
    Signal {
        name,
        purpose,
        access: Access::Read,
        required: true,
        constant: false,
        dimension: Dimension::Count,
        width: Width::Word,
    }
}

const fn number(name: &'static str, purpose: &'static str, dimension: Dimension) -> Signal {
    Signal { dimension, width: Width::Any, ..word(name, purpose) }
}

const fn bit(name: &'static str, purpose: &'static str) -> Signal {
    Signal { width: Width::Bit, required: false, ..word(name, purpose) }
}

const fn test(name: &'static str, purpose: &'static str) -> Signal {
    Signal { constant: true, ..optional(number(name, purpose, Dimension::Count)) }
}

const fn optional(signal: Signal) -> Signal {
    Signal { required: false, ..signal }
}

const fn written(signal: Signal) -> Signal {
    Signal { access: Access::Write, ..signal }
}

/// Every signal, read ones first.
pub const SIGNALS: &[Signal] = &[
    word("scan_begin", "scan counter at the start of the block"),
    word("map_version", "version of the register map in the PLC"),
    test("test_f32", "constant that exposes a wrong byte order"),
    test("test_u32", "constant that exposes a wrong byte order"),
    word("plc_heartbeat", "counter that moves while the PLC program runs"),
    Signal { required: true, ..bit("remote", "the PLC accepts remote commands") },
    bit("emergency_stop", "emergency stop is pressed"),
    bit("feed_busy", "a feeder pulse is running"),
    bit("beam_busy", "the beam motor is running"),
    bit("breaker_stuck", "a breaker did not return"),
    bit("hopper_low", "an alumina hopper is nearly empty"),
    bit("comms_lost", "the controller's heartbeat is missing"),
    bit("beam_low_limit", "lower limit switch of the beam"),
    bit("beam_high_limit", "upper limit switch of the beam"),
    word("mode", "mode switch: 0 off, 1 manual, 2 auto, 3 tapping, 4 anode change, 5 start-up"),
    number("voltage", "cell voltage", Dimension::Voltage),
    number("current", "line current", Dimension::Current),
    optional(number("bath_temperature", "last bath temperature measurement", Dimension::Temperature)),
    Signal {
        width: Width::Stamp,
        ..number("sample_stamp", "PLC time of the sample, wrapping", Dimension::Stamp)
    },
    number("beam_position", "beam encoder, upwards positive", Dimension::Length),
    word("strokes_1", "confirmed strokes of feeder 1, wrapping"),
    optional(word("strokes_2", "confirmed strokes of feeder 2, wrapping")),
    optional(word("strokes_3", "confirmed strokes of feeder 3, wrapping")),
    optional(word("strokes_4", "confirmed strokes of feeder 4, wrapping")),
    optional(word("strokes_5", "confirmed strokes of feeder 5, wrapping")),
    optional(word("strokes_6", "confirmed strokes of feeder 6, wrapping")),
    optional(word("strokes_7", "confirmed strokes of feeder 7, wrapping")),
    optional(word("strokes_8", "confirmed strokes of feeder 8, wrapping")),
    word("ack_seq", "sequence number of the last command the PLC looked at"),
    word("ack_result", "0 nothing yet, 1 accepted, 2 done, 3 busy, 4 rejected"),
    word("ack_code", "why it was rejected or cut short"),
    optional(word("dropped_blocks", "command blocks dropped for a wrong checksum or a stale heartbeat")),
    word("scan_end", "scan counter at the end of the block"),
    written(word("ctrl_heartbeat", "moves while the control loop runs")),
    written(word("cmd_seq", "sequence number of the command, 0 for none")),
    written(word("cmd_code", "0 none, 1 feed, 2 beam")),
    written(Signal {
        width: Width::Signed,
        ..number("cmd_argument", "beam travel, or feeder mask", Dimension::Length)
    }),
    written(word("cmd_cell", "cell the command is meant for")),
    written(number("fallback_interval", "stroke interval the PLC keeps up on its own", Dimension::Time)),
    written(word("cmd_crc", "checksum of the command block")),
];

pub(super) fn find(name: &str) -> Option<&'static Signal> {
    SIGNALS.iter().find(|signal| signal.name == name)
}

pub(super) fn required() -> impl Iterator<Item = &'static Signal> {
    SIGNALS.iter().filter(|signal| signal.required)
}

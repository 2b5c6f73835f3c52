//! Words on the wire to values and back. Pure functions; nothing here knows what a point means.

use serde::{Deserialize, Serialize};
use std::prelude::rust_2024::*;
use thiserror::Error;

/// Order of the four bytes of a 32-bit value in its two registers, A the most significant.
///
/// Single registers are always high byte first, as the protocol has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ByteOrder {
    /// Big-endian.
    #[default]
    Abcd,
    /// Low word first.
    Cdab,
    /// High word first, bytes swapped within each word.
    Badc,
    /// Little-endian.
    Dcba,
}

/// Type of a point in its register or pair of registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WireType {
    /// Unsigned, one register.
    #[default]
    U16,
    /// Two's complement, one register.
    I16,
    /// Unsigned, two registers.
    U32,
    /// Two's complement, two registers.
    I32,
    /// IEEE 754 single, two registers.
    F32,
}

impl WireType {
    /// Registers it takes.
    #[must_use]
    pub const fn words(self) -> u16 {
        match self {
            Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
        }
    }
}

/// A value that does not fit its registers.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// NaN or infinite.
    #[error("not a finite number")]
    NotFinite,
    /// Outside what the register type can hold; nothing is ever saturated silently.
    #[error("{value} does not fit a register of type {wire:?}")]
    Overflow {
        /// The raw value after scaling and rounding.
        value: f64,
        /// The type.
        wire: WireType,
    },
    /// Outside the limits of the point.
    #[error("{value} is outside {min}..{max}")]
    OutOfLimits {
        /// What was asked, in the point's unit.
        value: f64,
        /// Smallest admissible value.
        min: f64,
        /// Largest admissible value.
        max: f64,
    },
    /// The block is shorter than the point's offset.
    #[error("the block has no such register")]
    OutOfBlock,
}

/// Joins two registers to 32 bits.
#[must_use]
pub fn join(order: ByteOrder, first: u16, second: u16) -> u32 {
    let (high, low) = match order {
        ByteOrder::Abcd => (first, second),
        ByteOrder::Cdab => (second, first),
        ByteOrder::Badc => (first.swap_bytes(), second.swap_bytes()),
        ByteOrder::Dcba => (second.swap_bytes(), first.swap_bytes()),
    };
    u32::from(high) << 16 | u32::from(low)
}

/// Splits 32 bits into two registers; the inverse of [`join`].
#[must_use]
pub fn split(order: ByteOrder, value: u32) -> [u16; 2] {
    let (high, low) = ((value >> 16) as u16, value as u16);
    match order {
        ByteOrder::Abcd => [high, low],
        ByteOrder::Cdab => [low, high],
        ByteOrder::Badc => [high.swap_bytes(), low.swap_bytes()],
        ByteOrder::Dcba => [low.swap_bytes(), high.swap_bytes()],
    }
}

/// The bits of a point, unscaled; `None` beyond the end of the block.
#[must_use]
pub fn bits(wire: WireType, order: ByteOrder, words: &[u16], offset: usize) -> Option<u32> {
    let first = *words.get(offset)?;
    match wire.words() {
        1 => Some(u32::from(first)),
        _ => Some(join(order, first, *words.get(offset + 1)?)),
    }
}

/// The number those bits stand for, unscaled. May be NaN or infinite for [`WireType::F32`].
#[must_use]
pub fn number(wire: WireType, bits: u32) -> f64 {
    match wire {
        WireType::U16 | WireType::U32 => f64::from(bits),
        WireType::I16 => f64::from(bits as u16 as i16),
        WireType::I32 => f64::from(bits as i32),
        WireType::F32 => f64::from(f32::from_bits(bits)),
    }
}

/// The bits of an unscaled number, rounded half to even for the integer types.
///
/// # Errors
/// [`CodecError::NotFinite`], or [`CodecError::Overflow`] when the type cannot hold it.
pub fn to_bits(wire: WireType, raw: f64) -> Result<u32, CodecError> {
    if !raw.is_finite() {
        return Err(CodecError::NotFinite);
    }
    let rounded = raw.round_ties_even();
    let overflow = Err(CodecError::Overflow { value: rounded, wire });
    let fits = |min: f64, max: f64| rounded >= min && rounded <= max;
    match wire {
        WireType::U16 if fits(0.0, f64::from(u16::MAX)) => Ok(rounded as u32),
        WireType::I16 if fits(f64::from(i16::MIN), f64::from(i16::MAX)) => {
            Ok(u32::from(rounded as i16 as u16))
        }
        WireType::U32 if fits(0.0, f64::from(u32::MAX)) => Ok(rounded as u32),
        WireType::I32 if fits(f64::from(i32::MIN), f64::from(i32::MAX)) => Ok(rounded as i32 as u32),
        WireType::F32 if (raw as f32).is_finite() => Ok((raw as f32).to_bits()),
        _ => overflow,
    }
}

/// Puts the bits of a point into its block.
///
/// # Errors
/// [`CodecError::OutOfBlock`] when the block ends before the point.
pub fn put(
    wire: WireType,
    order: ByteOrder,
    words: &mut [u16],
    offset: usize,
    bits: u32,
) -> Result<(), CodecError> {
    let count = usize::from(wire.words());
    let target = words.get_mut(offset..offset + count).ok_or(CodecError::OutOfBlock)?;
    if count == 1 {
        target.fill(bits as u16);
    } else {
        target.copy_from_slice(&split(order, bits));
    }
    Ok(())
}

/// CRC-16/MODBUS (polynomial 0xA001 reflected, start 0xFFFF) over words, high byte first.
#[must_use]
pub fn crc16(words: impl IntoIterator<Item = u16>) -> u16 {
    let mut crc = 0xFFFF_u16;
    for byte in words.into_iter().flat_map(u16::to_be_bytes) {
        crc ^= u16::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 };
        }
    }
    crc
}

/// Signed distance from `old` to `new` on a wrapping 16-bit counter, -32,768..=32,767.
#[must_use]
pub fn advance16(old: u16, new: u16) -> i32 {
    i32::from(new.wrapping_sub(old) as i16)
}

/// Signed distance from `old` to `new` on a wrapping 32-bit counter.
#[must_use]
pub fn advance32(old: u32, new: u32) -> i64 {
    i64::from(new.wrapping_sub(old) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ORDERS: [ByteOrder; 4] = [ByteOrder::Abcd, ByteOrder::Cdab, ByteOrder::Badc, ByteOrder::Dcba];
    const TYPES: [WireType; 5] = [WireType::U16, WireType::I16, WireType::U32, WireType::I32, WireType::F32];

    #[test]
    fn every_byte_order_has_its_golden_words() {
        assert_eq!(split(ByteOrder::Abcd, 0x0102_0304), [0x0102, 0x0304]);
        assert_eq!(split(ByteOrder::Cdab, 0x0102_0304), [0x0304, 0x0102]);
        assert_eq!(split(ByteOrder::Badc, 0x0102_0304), [0x0201, 0x0403]);
        assert_eq!(split(ByteOrder::Dcba, 0x0102_0304), [0x0403, 0x0201]);
        assert_eq!(split(ByteOrder::Abcd, 123.456_f32.to_bits()), [0x42F6, 0xE979]);
    }

    #[test]
    fn numbers_have_their_sign_and_their_rounding() {
        assert_eq!(number(WireType::I16, 0xFFFF), -1.0);
        assert_eq!(number(WireType::U16, 0xFFFF), 65_535.0);
        assert_eq!(number(WireType::I32, 0xFFFF_FFFE), -2.0);
        assert_eq!(to_bits(WireType::I16, -1.0), Ok(0xFFFF));
        assert_eq!(to_bits(WireType::U16, 2.5), Ok(2));
        assert_eq!(to_bits(WireType::U16, 3.5), Ok(4));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_never_saturated() {
        for wire in TYPES {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                assert_eq!(to_bits(wire, bad), Err(CodecError::NotFinite));
            }
            assert!(to_bits(wire, 1e300).is_err());
        }
        assert!(to_bits(WireType::U16, -1.0).is_err());
        assert!(to_bits(WireType::U16, 65_536.0).is_err());
        assert!(to_bits(WireType::I16, 32_768.0).is_err());
        let mut short = [0; 1];
        assert_eq!(put(WireType::U32, ByteOrder::Abcd, &mut short, 0, 7), Err(CodecError::OutOfBlock));
        assert_eq!(bits(WireType::U32, ByteOrder::Abcd, &short, 0), None);
    }

    #[test]
    fn crc_matches_the_published_check_value() {
        // The serial request 01 03 00 00 00 0A ends with C5 CD, low byte first.
        assert_eq!(crc16([0x0103, 0x0000, 0x000A]), 0xCDC5);
    }

    #[test]
    fn counters_advance_over_their_wrap() {
        assert_eq!(advance16(65_535, 1), 2);
        assert_eq!(advance16(1, 65_535), -2);
        assert_eq!(advance32(u32::MAX, 99), 100);
        assert_eq!(advance32(5_000, 0), -5_000);
    }

    proptest! {
        #[test]
        fn what_is_put_comes_back(bits_in: u32, order in 0..4_usize, wire in 0..5_usize) {
            let (order, wire) = (ORDERS[order], TYPES[wire]);
            let mut words = [0_u16; 4];
            let expected = if wire.words() == 1 { bits_in & 0xFFFF } else { bits_in };
            put(wire, order, &mut words, 1, expected).unwrap();
            prop_assert_eq!(bits(wire, order, &words, 1), Some(expected));
            prop_assert_eq!((words[0], words[3]), (0, 0));
            let value = number(wire, expected);
            if value.is_finite() {
                prop_assert_eq!(to_bits(wire, value), Ok(expected));
            }
        }
    }
}

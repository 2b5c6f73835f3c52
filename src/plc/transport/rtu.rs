//! Frames of a serial line: unit id, PDU, CRC-16. They bear no length and no number: a reply is known
//! by its place after the request, its end by the length the request implies.
//!
//! The specification ends frames by 3.5 characters of silence. A serial adapter hands bytes over in
//! lumps up to 16 ms apart, so silence is kept before sending, as demanded, but on reception only a
//! longer one counts, and only to find the way back after a broken frame.

use std::prelude::rust_2024::*;
use std::time::Duration;

/// Unit id, function code, exception code, CRC.
const EXCEPTION: usize = 5;
/// Longest frame: unit id, 253 bytes of PDU, CRC.
pub(super) const FRAME: usize = 256;
/// Silence that ends a broken frame on reception.
const BREAK: Duration = Duration::from_millis(30);
/// Above 19 200 Bd the specification fixes the silence between frames.
const LEAST_SILENCE: Duration = Duration::from_micros(1_750);

/// Silences of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// Kept before a frame is sent: 3.5 characters.
    pub before: Duration,
    /// After this silence the bytes so far are all there will be.
    pub end: Duration,
}

impl Timing {
    /// `character`: time of one character on the wire.
    pub(super) fn new(character: Duration) -> Self {
        let before = character.mul_f64(3.5).max(LEAST_SILENCE);
        Self { before, end: BREAK.max(before) }
    }
}

/// CRC-16/MODBUS, as it stands on the wire: low byte first.
pub(super) fn checksum(bytes: &[u8]) -> [u8; 2] {
    crc::Crc::<u16>::new(&crc::CRC_16_MODBUS).checksum(bytes).to_le_bytes()
}

/// True when the last two bytes are the checksum of those before.
pub(super) fn is_sound(frame: &[u8]) -> bool {
    match frame.split_last_chunk::<2>() {
        Some((body, check)) => body.len() >= 2 && checksum(body) == *check,
        None => false,
    }
}

/// Length of the reply to a request PDU. Functions we do not know end by silence.
pub(super) fn reply_length(pdu: &[u8]) -> usize {
    let quantity = match *pdu {
        [_, _, _, high, low, ..] => usize::from(u16::from_be_bytes([high, low])),
        _ => 0,
    };
    match pdu.first() {
        Some(1 | 2) => 5 + quantity.div_ceil(8),
        Some(3 | 4) => 5 + 2 * quantity,
        Some(5 | 6 | 15 | 16) => 8,
        _ => usize::MAX,
    }
}

/// Length of the frame that begins with `bytes`, when `function` was asked and a good reply has
/// `expected` bytes.
pub(super) fn frame_length(bytes: &[u8], function: u8, expected: usize) -> usize {
    match bytes.get(1) {
        Some(&code) if code == function | 0x80 => EXCEPTION,
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_specification() {
        // Serial line guide V1.02, 6.2.2: the frame 02 07 bears the checksum 0x1241, low byte first.
        assert_eq!(checksum(&[0x02, 0x07]), [0x41, 0x12]);
        assert!(is_sound(&[0x02, 0x07, 0x41, 0x12]));
        assert!(!is_sound(&[0x02, 0x07, 0x41, 0x13]) && !is_sound(&[0x41, 0x12]));
    }

    #[test]
    fn replies_are_as_long_as_the_request_implies() {
        assert_eq!(reply_length(&[3, 0, 0, 0, 100]), 205);
        assert_eq!(reply_length(&[1, 0, 0, 0, 9]), 7);
        assert_eq!(reply_length(&[16, 0, 0, 0, 2, 4, 1, 2, 3, 4]), 8);
        assert_eq!(frame_length(&[1, 0x83], 3, 205), 5);
        assert_eq!(frame_length(&[1, 3], 3, 205), 205);
    }

    #[test]
    fn silence_follows_the_speed_down_to_its_least() {
        let character = |baud: f64| Duration::from_secs_f64(11.0 / baud);
        let slow = Timing::new(character(9_600.0));
        assert!((slow.before.as_secs_f64() - 3.5 * 11.0 / 9_600.0).abs() < 1e-6);
        assert_eq!(Timing::new(character(115_200.0)).before, LEAST_SILENCE);
        assert!(Timing::new(character(300.0)).end > BREAK);
    }
}

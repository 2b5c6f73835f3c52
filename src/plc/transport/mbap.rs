//! Frames of Modbus TCP: transaction id, protocol id, length, then unit id and PDU.

use std::prelude::rust_2024::*;

/// Transaction id, protocol id and length.
pub(super) const PREFIX: usize = 6;
/// Longest frame: prefix, unit id, 253 bytes of PDU.
pub(super) const FRAME: usize = 260;

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plc) enum Breach {
    ProtocolId,
    Length,
}

/// Length of the frame at the start of `bytes`; `None` while its header is not complete. A wrong
/// header is refused by the first byte that tells.
pub(in crate::plc) fn frame_length(bytes: &[u8]) -> Result<Option<usize>, Breach> {
    if bytes.get(2).is_some_and(|&b| b != 0) || bytes.get(3).is_some_and(|&b| b != 0) {
        return Err(Breach::ProtocolId);
    }
    match *bytes {
        // 254 at most, so the high byte alone can tell.
        [_, _, _, _, high, ..] if high != 0 => Err(Breach::Length),
        // Unit id and function code at least.
        [_, _, _, _, 0, low, ..] if !(2..=254).contains(&low) => Err(Breach::Length),
        [_, _, _, _, 0, low, ..] => Ok(Some(PREFIX + usize::from(low))),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_refused_by_the_first_byte_that_tells() {
        assert_eq!(frame_length(&[9, 9]), Ok(None));
        assert_eq!(frame_length(&[9, 9, 1]), Err(Breach::ProtocolId));
        assert_eq!(frame_length(&[9, 9, 0, 1]), Err(Breach::ProtocolId));
        assert_eq!(frame_length(&[9, 9, 0, 0, 1]), Err(Breach::Length));
        assert_eq!(frame_length(&[9, 9, 0, 0, 0]), Ok(None));
        for (low, verdict) in
            [(0, Err(Breach::Length)), (1, Err(Breach::Length)), (2, Ok(Some(8))), (254, Ok(Some(FRAME)))]
        {
            assert_eq!(frame_length(&[9, 9, 0, 0, 0, low]), verdict);
        }
        assert_eq!(frame_length(&[0, 0, 0, 0, 0, 255]), Err(Breach::Length));
    }
}

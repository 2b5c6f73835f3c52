//! Modbus TCP frames as bytes: cut out of a stream, and spoilt one field at a time.

use crate::dice::Dice;

/// Transaction id, protocol id, length.
const PREFIX: usize = 6;
/// Offset of the function code; the unit id stands before it.
const FUNCTION: usize = 7;

/// Cuts a byte stream into frames by their length field.
#[derive(Debug, Default)]
pub struct Cutter {
    rest: Vec<u8>,
}

impl Cutter {
    pub fn push(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    /// The next whole frame.
    pub fn next(&mut self) -> Option<Vec<u8>> {
        let length = usize::from(u16::from_be_bytes([*self.rest.get(4)?, *self.rest.get(5)?]));
        (self.rest.len() >= PREFIX + length).then(|| self.rest.drain(..PREFIX + length).collect())
    }
}

pub fn function(frame: &[u8]) -> Option<u8> {
    frame.get(FUNCTION).copied()
}

/// The registers a read reply carries.
pub fn words(reply: &[u8]) -> Vec<u16> {
    let bytes = reply.get(FUNCTION + 2..).unwrap_or_default();
    bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

/// The frame with the transaction id of `other`.
pub fn renumbered(mut frame: Vec<u8>, other: &[u8]) -> Vec<u8> {
    if let (Some(own), Some(id)) = (frame.get_mut(..2), other.get(..2)) {
        own.copy_from_slice(id);
    }
    frame
}

/// A field of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Transaction,
    Protocol,
    Length,
    Unit,
    Function,
}

/// Changes one field to something else, whatever it was.
pub fn spoil(frame: &mut [u8], field: Field, dice: &mut Dice) {
    let (first, last) = match field {
        Field::Transaction => (0, 1),
        Field::Protocol => (2, 3),
        Field::Length => (4, 5),
        Field::Unit => (6, 6),
        Field::Function => (7, 7),
    };
    let at = first + dice.below(last - first + 1);
    if let Some(byte) = frame.get_mut(at) {
        *byte ^= 1 << dice.below(8);
    }
}

/// Flips one to three different bits of the values, so that the frame stays a valid one: registers
/// of a reply or of a write, addresses and quantities otherwise.
pub fn flip(frame: &mut [u8], dice: &mut Dice) {
    let is_request_of_write = frame.len() > 13 && function(frame) == Some(16);
    let is_reply_of_read = frame.len() > 12 && matches!(function(frame), Some(3 | 4));
    let first = match (is_request_of_write, is_reply_of_read) {
        (true, _) => FUNCTION + 6,
        (_, true) => FUNCTION + 2,
        _ => FUNCTION + 1,
    };
    let bits = 8 * frame.len().saturating_sub(first);
    let mut flipped = Vec::new();
    for _ in 0..1 + dice.below(3) {
        let bit = dice.below(bits);
        if bits > 0 && !flipped.contains(&bit) {
            frame[first + bit / 8] ^= 1 << (bit % 8);
            flipped.push(bit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: [u8; 13] = [0, 7, 0, 0, 0, 7, 1, 3, 4, 0x12, 0x34, 0x56, 0x78];

    #[test]
    fn a_stream_is_cut_at_its_length_fields_wherever_it_was_torn() {
        let stream = [&REPLY[..], &[0, 8, 0, 0, 0, 3, 1, 0x83, 2]].concat();
        for size in 1..stream.len() {
            let (mut cutter, mut frames) = (Cutter::default(), Vec::new());
            for piece in stream.chunks(size) {
                cutter.push(piece);
                frames.extend(std::iter::from_fn(|| cutter.next()));
            }
            assert_eq!(frames.concat(), stream);
            assert_eq!(frames[0], REPLY);
        }
        assert_eq!(words(&REPLY), [0x1234, 0x5678]);
    }

    #[test]
    fn spoiling_changes_the_field_and_nothing_else() {
        let mut dice = Dice::new(1, 1);
        for (field, range) in [
            (Field::Transaction, 0..2),
            (Field::Protocol, 2..4),
            (Field::Length, 4..6),
            (Field::Unit, 6..7),
            (Field::Function, 7..8),
        ] {
            for _ in 0..50 {
                let mut frame = REPLY;
                spoil(&mut frame, field, &mut dice);
                let changed: Vec<_> = (0..REPLY.len()).filter(|&i| frame[i] != REPLY[i]).collect();
                assert!(changed.len() == 1 && range.contains(&changed[0]), "{field:?}: {changed:?}");
            }
        }
    }

    #[test]
    fn flips_stay_within_the_values() {
        let mut dice = Dice::new(1, 2);
        for _ in 0..200 {
            let mut frame = REPLY;
            flip(&mut frame, &mut dice);
            assert_eq!(frame[..9], REPLY[..9]);
            assert_ne!(frame, REPLY);
        }
    }
}

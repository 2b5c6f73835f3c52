//! Frames on TCP: the MBAP header of the messaging guide, and the reply to one request.

use super::request::{Refusal, Request};
use std::prelude::rust_2024::*;

/// Transaction, protocol, length.
const PREFIX: usize = 6;
/// Longest frame of the protocol.
pub const FRAME_MAX: usize = 260;

/// What is served at an address.
pub trait Station: Send + Sync {
    /// Does this unit identifier reach it? Nobody is behind the others.
    fn is_unit(&self, unit: u8) -> bool;

    /// Functions that it offers, of [`Request::FUNCTIONS`].
    fn offers(&self, function: u8) -> bool;

    /// Carries a request out, see [`Request::carry_out`].
    ///
    /// # Errors
    /// The exception to answer with.
    fn answer(&self, request: &Request<'_>, reply: &mut Vec<u8>) -> Result<(), Refusal>;
}

/// Bytes that are no Modbus frame. Where the next one begins nobody can know: the connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbage;

/// One request as it came over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    transaction: [u8; 2],
    unit: u8,
    /// Function code and data; not empty.
    pdu: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame at the start of `bytes` and its length, or `None` while it is incomplete. The
    /// header is judged as soon as it is there, so nobody waits for a length that cannot be.
    ///
    /// # Errors
    /// [`Garbage`] for another protocol, or a length outside 2..=254.
    pub fn take(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, Garbage> {
        let &[high, low, p0, p1, l0, l1, ref rest @ ..] = bytes else {
            // What is there of the protocol identifier must be zero already.
            return if bytes.iter().skip(2).take(2).all(|byte| *byte == 0) { Ok(None) } else { Err(Garbage) };
        };
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if [p0, p1] != [0, 0] || !(2..=FRAME_MAX - PREFIX).contains(&length) {
            return Err(Garbage);
        }
        let Some((&unit, pdu)) = rest.get(..length).and_then(<[u8]>::split_first) else { return Ok(None) };
        Ok(Some((Self { transaction: [high, low], unit, pdu }, PREFIX + length)))
    }

    /// Writes the whole reply frame of `station` to `out`, which is emptied first.
    pub fn reply(&self, station: &dyn Station, out: &mut Vec<u8>) {
        out.clear();
        out.extend(self.transaction);
        out.extend([0, 0, 0, 0, self.unit]);
        let function = self.pdu.first().copied().unwrap_or_default();
        out.push(function);
        let begin = out.len();
        if let Err(refusal) = self.carry_out(function, station, out) {
            out.truncate(begin - 1);
            out.extend([function | 0x80, refusal as u8]);
        }
        let length = (out.len() - PREFIX) as u16;
        if let Some(field) = out.get_mut(4..PREFIX) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn carry_out(&self, function: u8, station: &dyn Station, out: &mut Vec<u8>) -> Result<(), Refusal> {
        if !station.is_unit(self.unit) {
            return Err(Refusal::Unit);
        }
        if !station.offers(function) {
            return Err(Refusal::Function);
        }
        let data = self.pdu.get(1..).unwrap_or_default();
        station.answer(&Request::parse(function, data)?, out)?;
        // Single writes are confirmed by all of their data, multiple ones by address and quantity.
        let echoed = match function {
            5 | 6 | 15 | 16 => 4,
            22 => 6,
            _ => 0,
        };
        out.extend(data.iter().take(echoed));
        Ok(())
    }
}

//! A PLC on a serial line: what a pseudo-terminal lacks is modelled here, the time bytes take on the wire,
//! noise that the checksum finds, and silence.

use crate::dice::Dice;
use potline::plc::{PotPlc, RegisterKind};
use std::fs::File;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What can happen to an exchange on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// A bit of the request is flipped: the PLC finds it and stays silent.
    Request,
    /// A bit of the reply is flipped.
    Reply,
    /// No reply.
    Silence,
    /// The reply breaks off.
    Torn,
    /// Some bytes before the reply.
    Crackle,
    /// The reply comes twice.
    Echo,
    /// The reply comes after the client has given up.
    Late,
}

impl Noise {
    pub const ALL: [Self; 7] =
        [Self::Request, Self::Reply, Self::Silence, Self::Torn, Self::Crackle, Self::Echo, Self::Late];
}

/// The line and how it behaves.
#[derive(Debug)]
pub struct Wire {
    /// Time of one character: start, 8 data, parity or second stop, stop.
    pub character: Duration,
    /// Time-out of the client, for replies that are too late.
    pub patience: Duration,
    /// Share of the exchanges with noise.
    pub share: Mutex<f64>,
    pub injected: Mutex<Vec<Noise>>,
}

/// Serves until the other end of the pseudo-terminal is closed.
pub fn serve(mut line: File, plc: &Arc<Mutex<PotPlc>>, wire: &Wire, seed: u64) -> std::io::Result<()> {
    let mut dice = Dice::new(seed, 9);
    let (mut pending, mut buffer) = (Vec::new(), [0; 256]);
    let mut last = Instant::now();
    loop {
        let count = line.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        // A silence ends whatever was under way.
        if last.elapsed() > wire.patience / 2 {
            pending.clear();
        }
        last = Instant::now();
        pending.extend_from_slice(&buffer[..count]);
        let Some(length) = request_length(&pending) else { continue };
        if pending.len() < length {
            continue;
        }
        let request: Vec<u8> = pending.drain(..length).collect();
        let share = *wire.share.lock().unwrap_or_else(PoisonError::into_inner);
        let noise = if dice.chance(share) { dice.pick(&Noise::ALL) } else { None };
        if let Some(noise) = noise {
            wire.injected.lock().unwrap_or_else(PoisonError::into_inner).push(noise);
        }
        // The request arrives character by character, and 3.5 of silence end it.
        std::thread::sleep(wire.character.mul_f64(request.len() as f64 + 3.5));
        if noise == Some(Noise::Request) || crc(&request) != [0, 0] {
            continue;
        }
        let Some(mut reply) = answer(&request, plc) else { continue };
        match noise {
            Some(Noise::Silence) => continue,
            Some(Noise::Reply) => {
                let at = dice.below(reply.len());
                reply[at] ^= 1 << dice.below(8);
            }
            Some(Noise::Torn) => reply.truncate(1 + dice.below(reply.len() - 1)),
            Some(Noise::Crackle) => {
                let crackle: Vec<u8> = (0..1 + dice.below(4)).map(|_| dice.draw() as u8).collect();
                reply.splice(0..0, crackle);
            }
            Some(Noise::Echo) => reply.extend(reply.clone()),
            Some(Noise::Late) => std::thread::sleep(wire.patience.mul_f64(dice.between(1.0, 1.5))),
            Some(Noise::Request) | None => {}
        }
        for piece in reply.chunks(4) {
            std::thread::sleep(wire.character * piece.len() as u32);
            line.write_all(piece)?;
        }
    }
}

/// Length of the request that begins here; `None` while that cannot be told.
fn request_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        16 => Some(9 + usize::from(*bytes.get(6)?)),
        _ => Some(8),
    }
}

/// The reply with its checksum; `None` for what is meant for another unit.
fn answer(request: &[u8], plc: &Arc<Mutex<PotPlc>>) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u16::from_be_bytes([*request.get(at)?, *request.get(at + 1)?]));
    if request.first() != Some(&1) {
        return None;
    }
    let mut plc = plc.lock().unwrap_or_else(PoisonError::into_inner);
    let (start, count) = (word(2)?, word(4)?);
    let mut reply = match request.get(1)? {
        3 => match plc.read(RegisterKind::Holding, start, count) {
            Ok(words) => {
                let mut reply = vec![1, 3, (2 * count) as u8];
                reply.extend(words.iter().flat_map(|word| word.to_be_bytes()));
                reply
            }
            Err(refusal) => vec![1, 0x83, refusal as u8],
        },
        16 => {
            let bytes = request.get(7..7 + 2 * usize::from(count))?;
            let words: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            match plc.write(start, &words) {
                Ok(_) => request.get(..6)?.to_vec(),
                Err(refusal) => vec![1, 0x90, refusal as u8],
            }
        }
        other => vec![1, other | 0x80, 1],
    };
    let crc = crc(&reply);
    reply.extend(crc);
    Some(reply)
}

/// CRC-16/MODBUS, low byte first; `[0, 0]` over a sound frame with its own.
fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut crc = 0xFFFF_u16;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
        }
    }
    crc.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        let request = [1, 3, 0, 0, 0, 0x0A];
        assert_eq!(crc(&request), [0xC5, 0xCD]);
        assert_eq!(crc(&[1, 3, 0, 0, 0, 0x0A, 0xC5, 0xCD]), [0, 0]);
        assert_eq!(request_length(&[1, 16, 0, 100, 0, 7, 14]), Some(23));
        assert_eq!(request_length(&[1, 16, 0]), None);
    }
}

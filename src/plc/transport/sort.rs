//! Which bytes are the reply, and what becomes of the others.

use super::doorman::{Asked, Doorman, Framing};
use super::mbap::{self, Breach};
use super::rtu;
use crate::plc::health::Counts;
use std::io::{Error, ErrorKind, Result};
use std::prelude::rust_2024::*;

/// Discarded frames in a row after which the peer is not worth listening to.
const MOST_STRANGERS: u32 = 64;

fn garbage(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

impl Doorman {
    /// Cuts what came into frames and keeps at most the reply.
    pub(super) fn sort(&mut self) -> Result<()> {
        match self.framing {
            Framing::Mbap => self.sort_mbap(),
            Framing::Rtu { broken, .. } => {
                self.sort_rtu(broken);
                Ok(())
            }
        }
    }

    fn sort_mbap(&mut self) -> Result<()> {
        let mut at = 0;
        loop {
            let bytes = self.inbound.get(at..self.filled).unwrap_or_default();
            let length = match mbap::frame_length(bytes) {
                Ok(Some(length)) if length <= bytes.len() => length,
                Ok(_) => break,
                Err(Breach::ProtocolId) => {
                    self.found.counts.protocol_id += 1;
                    return Err(garbage("protocol id is not 0"));
                }
                Err(Breach::Length) => {
                    self.found.counts.frame_length += 1;
                    return Err(garbage("frame length is impossible"));
                }
            };
            let id = [bytes[0], bytes[1]];
            let unit = bytes[mbap::PREFIX];
            match self.pending {
                Some(asked) if asked.outer == id && asked.unit == unit => {
                    self.reply.fill([&asked.inner, bytes.get(2..length).unwrap_or_default(), &[]]);
                    (self.pending, self.strangers) = (None, 0);
                }
                Some(asked) if asked.outer == id => self.stranger(|counts| &mut counts.foreign_unit)?,
                _ => match self.owed.iter().position(|asked| asked.outer == id && asked.unit == unit) {
                    Some(index) => self.late(index),
                    None if self.pending.is_some() => {
                        self.stranger(|counts| &mut counts.foreign_transaction)?;
                    }
                    None => self.stranger(|counts| &mut counts.unsolicited)?,
                },
            }
            at += length;
        }
        self.inbound.copy_within(at..self.filled, 0);
        self.filled -= at;
        Ok(())
    }

    fn sort_rtu(&mut self, broken: bool) {
        let Some(asked) = self.pending.or(self.owed.front().copied()) else {
            return self.drop_noise();
        };
        let bytes = self.inbound.get(..self.filled).unwrap_or_default();
        let length = rtu::frame_length(bytes, asked.function, asked.expected);
        if !broken && bytes.len() >= length {
            if rtu::is_sound(bytes.get(..length).unwrap_or_default()) {
                return self.take_rtu(asked, length);
            }
            if let Framing::Rtu { broken, .. } = &mut self.framing {
                *broken = true;
            }
        }
        if self.filled > rtu::FRAME {
            self.drop_noise();
        }
    }

    /// A frame with a sound checksum.
    fn take_rtu(&mut self, asked: Asked, length: usize) {
        let body = self.inbound.get(..length.saturating_sub(2)).unwrap_or_default();
        if body.first() != Some(&asked.unit) {
            self.found.counts.foreign_unit += 1;
        } else if self.pending.is_some() {
            let size = (body.len() as u16).to_be_bytes();
            self.reply.fill([&asked.inner, &[0, 0, size[0], size[1]], body]);
            self.pending = None;
        } else {
            self.late(0);
        }
        self.inbound.copy_within(length..self.filled, 0);
        self.filled -= length;
        self.drop_noise();
    }

    /// No more bytes will come for what began.
    pub(super) fn silence(&mut self) -> Result<()> {
        let was_broken = match &mut self.framing {
            Framing::Rtu { broken, .. } => std::mem::take(broken),
            Framing::Mbap => false,
        };
        let bytes = self.inbound.get(..self.filled).unwrap_or_default();
        if let (false, Some(asked), true) = (was_broken, self.pending, rtu::is_sound(bytes)) {
            // Sound but of another length than asked for: the library will see.
            self.take_rtu(asked, self.filled);
            return Ok(());
        }
        self.filled = 0;
        if self.pending.take().is_none() {
            // The late reply has come, in pieces.
            self.owed.clear();
            self.found.counts.noise += 1;
            return Ok(());
        }
        self.found.checksum = true;
        Err(garbage("checksum"))
    }

    pub(super) fn drop_noise(&mut self) {
        if self.filled > 0 {
            self.found.counts.noise += 1;
            self.filled = 0;
        }
        if let (Framing::Rtu { broken, .. }, None) = (&mut self.framing, self.pending) {
            *broken = false;
        }
    }

    /// The reply to a request given up.
    fn late(&mut self, index: usize) {
        if let Some(asked) = self.owed.remove(index) {
            self.found.counts.late += 1;
            self.found.late.push((asked.unit, asked.since.elapsed()));
        }
    }

    fn stranger(&mut self, counter: fn(&mut Counts) -> &mut u64) -> Result<()> {
        *counter(&mut self.found.counts) += 1;
        self.strangers += 1;
        if self.strangers > MOST_STRANGERS {
            Err(garbage("nothing but frames nobody asked for"))
        } else {
            Ok(())
        }
    }
}

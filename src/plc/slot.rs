//! One point of a compiled map: from registers to SI and back.

use super::codec::{self, ByteOrder, CodecError, WireType};
use super::map::{Block, Point};
use super::signals::{find, unit_factor};
use std::prelude::rust_2024::*;

/// A point: where it stands and how it becomes SI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    pub offset: usize,
    pub wire: WireType,
    pub order: ByteOrder,
    pub factor: f64,
    pub bias: f64,
    pub min: f64,
    pub max: f64,
    pub sentinel: Option<u32>,
}

/// What a point holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Plausible(f64),
    Implausible(f64),
    Missing,
}

impl Slot {
    /// `offset` counts from the start of the image the point stands in.
    pub(super) fn new(block: &Block, point: &Point, offset: usize) -> Option<Self> {
        let signal = find(&point.name)?;
        let (factor, bias) = unit_factor(signal.dimension, point.unit.as_deref())?;
        let si = |value: f64| value * factor + bias;
        Some(Self {
            offset,
            wire: point.wire,
            order: block.byte_order.unwrap_or_default(),
            factor: point.scale * factor,
            bias: si(point.bias),
            min: point.min.map_or(f64::NEG_INFINITY, si),
            max: point.max.map_or(f64::INFINITY, si),
            sentinel: point.sentinel,
        })
    }

    pub(super) fn bits(&self, words: &[u16]) -> u32 {
        codec::bits(self.wire, self.order, words, self.offset).unwrap_or(0)
    }

    pub(super) fn word(&self, words: &[u16]) -> u16 {
        words.get(self.offset).copied().unwrap_or(0)
    }

    pub(super) fn value(&self, words: &[u16]) -> Value {
        let bits = self.bits(words);
        if self.sentinel == Some(bits) {
            return Value::Missing;
        }
        let si = codec::number(self.wire, bits) * self.factor + self.bias;
        // A NaN fails both comparisons.
        if si >= self.min && si <= self.max { Value::Plausible(si) } else { Value::Implausible(si) }
    }

    pub(super) fn put_bits(&self, words: &mut [u16], bits: u32) {
        // Offsets were checked when the map was compiled.
        let _ = codec::put(self.wire, self.order, words, self.offset, bits);
    }

    /// Puts an SI value, held to the point's limits.
    pub(super) fn put(&self, words: &mut [u16], si: f64) -> Result<(), CodecError> {
        if !si.is_finite() {
            return Err(CodecError::NotFinite);
        }
        // Limits are compared after rounding to the wire's grid, so a limit itself always passes.
        let bits = codec::to_bits(self.wire, (si - self.bias) / self.factor)?;
        let back = codec::number(self.wire, bits) * self.factor + self.bias;
        let slack = 1e-9 * (1.0 + back.abs());
        if back < self.min - slack || back > self.max + slack {
            return Err(CodecError::OutOfLimits { value: si, min: self.min, max: self.max });
        }
        self.put_bits(words, bits);
        Ok(())
    }
}

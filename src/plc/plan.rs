//! Which requests fetch the blocks of a map, and where their registers end up.
//!
//! A request costs a round trip, a register costs two bytes: blocks of the same kind that stand close
//! together are fetched as one, the registers between them with them. The registers of all requests
//! stand one behind the other in one image, in the order in which they are asked for. That order is the
//! one of the blocks in the file; what makes the image whole is the scan counter, which the first
//! request must begin with and the last must end with.

use super::layout::MAX_WORDS;
use super::map::{Access, Block, RegisterKind, RegisterMap};
use std::prelude::rust_2024::*;

/// Registers between two blocks that are fetched for nothing rather than ask twice.
///
/// A round trip takes as long as some hundred registers on a network and as some ten on a serial line
/// at 19,200 baud (a register is 1.1 ms there, a request with its pauses about 12 ms).
pub(super) const WORTHWHILE_GAP: u16 = 12;

/// One request for registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Kind of register, hence the function code.
    pub kind: RegisterKind,
    /// First register.
    pub start: u16,
    /// Registers, 1..=125.
    pub count: u16,
    /// Where they stand in the image.
    pub at: u16,
}

impl Span {
    /// Where the register `address` stands in the image, if this request fetches it.
    #[must_use]
    pub fn offset_of(&self, kind: RegisterKind, address: u16) -> Option<usize> {
        let offset = address.checked_sub(self.start).filter(|&offset| offset < self.count);
        offset.filter(|_| kind == self.kind).map(|offset| usize::from(self.at) + usize::from(offset))
    }
}

/// True for a block the controller writes.
pub(super) fn is_written(block: &Block) -> bool {
    block.points.iter().any(|point| point.access == Access::Write)
}

/// The requests for every block that is read. Blocks are taken in the order of the file; one that fits
/// to the request before it joins it.
pub(super) fn plan(map: &RegisterMap) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for block in map.blocks.iter().filter(|block| !is_written(block)) {
        let joined = spans.last_mut().is_some_and(|span| join(span, block));
        if !joined {
            let at = spans.last().map_or(0, |span| span.at.saturating_add(span.count));
            spans.push(Span { kind: block.register, start: block.start, count: block.count, at });
        }
    }
    spans
}

/// Lets a request reach over the block behind it, when that is near and the whole not too long.
fn join(span: &mut Span, block: &Block) -> bool {
    let end = u32::from(span.start) + u32::from(span.count);
    let gap = u32::from(block.start).checked_sub(end);
    let reach =
        u32::from(block.start) + u32::from(block.count) - u32::from(span.start).min(block.start.into());
    let fits = span.kind == block.register
        && gap.is_some_and(|gap| gap <= u32::from(WORTHWHILE_GAP))
        && reach <= MAX_WORDS as u32;
    if fits {
        span.count = reach as u16;
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(blocks: &[(RegisterKind, u16, u16)]) -> RegisterMap {
        let block = |&(register, start, count)| Block {
            name: String::new(),
            register,
            start,
            count,
            byte_order: None,
            points: Vec::new(),
        };
        RegisterMap {
            version: 1,
            name: String::new(),
            plc_version: 1,
            blocks: blocks.iter().map(block).collect(),
        }
    }

    const H: RegisterKind = RegisterKind::Holding;
    const I: RegisterKind = RegisterKind::Input;

    fn spans(blocks: &[(RegisterKind, u16, u16)]) -> Vec<(RegisterKind, u16, u16, u16)> {
        plan(&map(blocks)).iter().map(|s| (s.kind, s.start, s.count, s.at)).collect()
    }

    #[test]
    fn near_blocks_of_a_kind_are_one_request() {
        assert_eq!(spans(&[(H, 0, 31), (H, 31, 9)]), [(H, 0, 40, 0)]);
        assert_eq!(spans(&[(H, 0, 31), (H, 43, 9)]), [(H, 0, 52, 0)]);
        // One register further away it is cheaper to ask again.
        assert_eq!(spans(&[(H, 0, 31), (H, 44, 9)]), [(H, 0, 31, 0), (H, 44, 9, 31)]);
        assert_eq!(spans(&[(H, 0, 31), (I, 31, 9)]), [(H, 0, 31, 0), (I, 31, 9, 31)]);
    }

    #[test]
    fn a_request_never_exceeds_what_the_protocol_carries() {
        assert_eq!(spans(&[(H, 0, 100), (H, 100, 25)]), [(H, 0, 125, 0)]);
        assert_eq!(spans(&[(H, 0, 100), (H, 100, 26)]), [(H, 0, 100, 0), (H, 100, 26, 100)]);
    }

    #[test]
    fn blocks_are_asked_for_in_the_order_of_the_file() {
        assert_eq!(spans(&[(H, 50, 4), (H, 10, 4)]), [(H, 50, 4, 0), (H, 10, 4, 4)]);
        let all = plan(&map(&[(I, 7, 3), (H, 50, 4)]));
        assert_eq!(all[1].offset_of(H, 52), Some(5));
        assert_eq!(all[1].offset_of(H, 54), None);
        assert_eq!(all[1].offset_of(I, 52), None);
    }
}

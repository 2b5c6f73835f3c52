//! Everything that can be wrong with a register map, all of it at once.

use super::codec::{WireType, to_bits};
use super::layout::MAX_WORDS;
use super::map::{Access, Block, Point, RegisterKind, RegisterMap, VERSION};
use super::plan::{is_written as writes, plan};
use super::signals::{Signal, Width, find, required, unit_factor};
use std::format;
use std::prelude::rust_2024::*;

/// Whether a problem stops the map from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

/// One problem of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable code, for scripts.
    pub code: &'static str,
    /// Whether it stops us.
    pub severity: Severity,
    /// Path of the field, such as `block[1].point[3].offset`, counted from 0.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// An error.
    #[must_use]
    pub fn error(code: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, field: field.into(), message: message.into() }
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, field, message) }
    }
}

impl core::fmt::Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {} [{}]", self.field, self.message, self.code)
    }
}

/// Every problem, in file order, missing points last.
pub(super) fn lint(map: &RegisterMap) -> Vec<Problem> {
    let mut found = Vec::new();
    if map.version != VERSION {
        found.push(Problem::error(
            "version",
            "version",
            format!("this is version {} of the file format, only {VERSION} is known", map.version),
        ));
    }
    for (index, block) in map.blocks.iter().enumerate() {
        lint_block(&format!("block[{index}]"), block, &mut found);
    }
    lint_between_blocks(map, &mut found);
    lint_names(map, &mut found);
    found
}

fn lint_block(path: &str, block: &Block, found: &mut Vec<Problem>) {
    let limit = if writes(block) { 123 } else { 125 };
    if block.count == 0 || block.count > limit {
        found.push(Problem::error(
            "block-size",
            format!("{path}.count"),
            format!("{} registers, a request carries 1..{limit}: split the block", block.count),
        ));
    }
    if u32::from(block.start) + u32::from(block.count) > 65_536 {
        found.push(Problem::error(
            "address-end",
            format!("{path}.start"),
            "the block runs past register 65535",
        ));
    }
    if writes(block) {
        if block.points.iter().any(|point| point.access == Access::Read) {
            found.push(Problem::error(
                "mixed-access",
                format!("{path}.point"),
                "a block is read or written as a whole: move the other points to a block of their own",
            ));
        }
        if block.register == RegisterKind::Input {
            found.push(Problem::error(
                "write-input",
                format!("{path}.register"),
                "input registers cannot be written: use \"holding\"",
            ));
        }
    }
    for (index, point) in block.points.iter().enumerate() {
        lint_point(&format!("{path}.point[{index}]"), block, point, found);
    }
    lint_coverage(path, block, found);
}

fn lint_point(path: &str, block: &Block, point: &Point, found: &mut Vec<Problem>) {
    let mut error = |code, field: &str, message: String| {
        found.push(Problem::error(code, format!("{path}.{field}"), message));
    };
    let name = &point.name;
    let words = point.wire.words();
    if u32::from(point.offset) + u32::from(words) > u32::from(block.count) {
        error("block-end", "offset", format!("{name} ends outside the {} registers", block.count));
    }
    if words == 2 && block.byte_order.is_none() {
        error(
            "byte-order",
            "type",
            format!(
                "{name} takes two registers: give the block byte_order = \"ABCD\", \"CDAB\", \"BADC\" or \"DCBA\""
            ),
        );
    }
    if !point.scale.is_finite() || point.scale == 0.0 || !point.bias.is_finite() {
        error("scale", "scale", format!("{name}: scale must be finite and not 0, bias finite"));
    }
    if point.access == Access::Write && (point.min.is_none() || point.max.is_none()) {
        error("limits", "min", format!("{name} is written: give it min and max"));
    }
    if let (Some(min), Some(max)) = (point.min, point.max)
        && (min >= max || min.is_nan() || max.is_nan())
    {
        error("limits", "max", format!("{name}: min {min} must be below max {max}"));
    }
    if let Some(modicon) = point.modicon {
        let address = u32::from(block.start) + u32::from(point.offset);
        let digit = if block.register == RegisterKind::Holding { 4 } else { 3 };
        let (short, long) = (digit * 10_000 + 1 + address, digit * 100_000 + 1 + address);
        if modicon != short && modicon != long {
            let short = if address < 9_999 { format!("{short} or ") } else { String::new() };
            error(
                "modicon",
                "modicon",
                format!(
                    "{name} stands on register {address}, which is {short}{long} and not {modicon}: check whether the offset counts from 0"
                ),
            );
        }
    }
    if let Some(bit) = point.bit
        && (bit > 15 || point.wire != WireType::U16)
    {
        error("bit", "bit", format!("{name}: a bit is 0..15 of a register of type u16"));
    }
    if let Some(sentinel) = point.sentinel
        && words == 1
        && sentinel > 0xFFFF
    {
        error("sentinel", "sentinel", format!("{name}: {sentinel:#x} does not fit one register"));
    }
    if let Some(expect) = point.expect
        && to_bits(point.wire, expect).is_err()
    {
        error("expect", "expect", format!("{name}: {expect} does not fit type {:?}", point.wire));
    }
    if let Some(signal) = find(name) {
        lint_signal(point, signal, &mut error);
    } else {
        found.push(Problem::warning(
            "unknown",
            format!("{path}.name"),
            format!("{name} is not a signal of the controller and is ignored"),
        ));
    }
}

/// The point against the signal whose name it bears.
fn lint_signal(point: &Point, signal: &Signal, error: &mut impl FnMut(&'static str, &str, String)) {
    let name = &point.name;
    if point.access != signal.access {
        error("access", "access", format!("{name} must have access {:?}", signal.access));
    }
    let fits = match signal.width {
        Width::Any => point.bit.is_none(),
        Width::Word => point.wire == WireType::U16 && point.bit.is_none(),
        Width::Signed => point.wire == WireType::I16 && point.bit.is_none(),
        Width::Stamp => point.wire == WireType::U32,
        Width::Bit => point.bit.is_some(),
    };
    if !fits {
        error("type", "type", format!("{name} must be {}", signal.width.describe()));
    }
    if unit_factor(signal.dimension, point.unit.as_deref()).is_none() {
        error("unit", "unit", format!("{name}: unit must be {}", signal.dimension.units()));
    }
    if matches!(signal.width, Width::Word | Width::Bit | Width::Stamp)
        && (point.scale != 1.0 || point.bias != 0.0)
    {
        error("scale", "scale", format!("{name} is a plain count: no scale, no bias"));
    }
    if signal.constant && point.expect.is_none() {
        error("expect", "expect", format!("{name} is a test register: say what it must hold"));
    }
}

/// Registers with two owners, or none.
fn lint_coverage(path: &str, block: &Block, found: &mut Vec<Problem>) {
    // Who holds each register: the first point, and the bits taken (all of them for a whole word).
    let mut taken = std::vec![(0_u16, None::<&str>); usize::from(block.count)];
    for (index, point) in block.points.iter().enumerate() {
        let mask = point.bit.map_or(u16::MAX, |bit| 1_u16.checked_shl(u32::from(bit)).unwrap_or(0));
        let first = usize::from(point.offset);
        for slot in taken.iter_mut().skip(first).take(usize::from(point.wire.words())) {
            if let (bits, Some(other)) = *slot
                && bits & mask != 0
            {
                found.push(Problem::error(
                    "overlap",
                    format!("{path}.point[{index}].offset"),
                    format!("{} stands on a register of {other}", point.name),
                ));
                break;
            }
            *slot = (slot.0 | mask, Some(slot.1.unwrap_or(&point.name)));
        }
    }
    let free: Vec<_> = (0..taken.len()).filter(|&offset| taken[offset].1.is_none()).collect();
    if let (Some(first), Some(last)) = (free.first(), free.last()) {
        found.push(Problem::warning(
            "gap",
            format!("{path}.count"),
            format!(
                "{} of {} registers (offsets {first} to {last}) are transferred for nothing",
                free.len(),
                block.count
            ),
        ));
    }
}

fn lint_between_blocks(map: &RegisterMap, found: &mut Vec<Problem>) {
    let written = map.blocks.iter().filter(|block| writes(block)).count();
    if written != 1 {
        found.push(Problem::error(
            "block-count",
            "block",
            format!("{written} blocks are written; a command goes out in exactly one request"),
        ));
    }
    if written == map.blocks.len() {
        found.push(Problem::error("block-count", "block", "no block is read"));
    }
    let words: u32 = plan(map).iter().map(|span| u32::from(span.count)).sum();
    if words > MAX_WORDS as u32 {
        found.push(Problem::error(
            "scan-size",
            "block",
            format!("{words} registers are read, a scan carries {MAX_WORDS}: leave out what is not needed"),
        ));
    }
    let spans = plan(map);
    let fetched_by = |name: &str| {
        let (block, point) = map.points().find(|(_, point)| point.name == name)?;
        let address = block.start.saturating_add(point.offset);
        spans.iter().position(|span| span.offset_of(block.register, address).is_some())
    };
    for (name, right, which) in
        [("scan_begin", 0, "first"), ("scan_end", spans.len().saturating_sub(1), "last")]
    {
        if fetched_by(name).is_some_and(|at| at != right) {
            found.push(Problem::error(
                "scan-order",
                "block",
                format!(
                    "{name} must stand in the {which} of the {} requests: values of two scans could mix unnoticed",
                    spans.len()
                ),
            ));
        }
    }
    for (index, block) in map.blocks.iter().enumerate() {
        let end = |block: &Block| u32::from(block.start) + u32::from(block.count);
        let clash = map.blocks.iter().take(index).any(|other| {
            other.register == block.register
                && u32::from(other.start) < end(block)
                && u32::from(block.start) < end(other)
        });
        if clash {
            found.push(Problem::error(
                "overlap",
                format!("block[{index}].start"),
                "the block overlaps one above it",
            ));
        }
    }
}

fn lint_names(map: &RegisterMap, found: &mut Vec<Problem>) {
    let mut seen: Vec<&str> = Vec::new();
    for (b, block) in map.blocks.iter().enumerate() {
        for (p, point) in block.points.iter().enumerate() {
            if seen.contains(&point.name.as_str()) {
                found.push(Problem::error(
                    "duplicate",
                    format!("block[{b}].point[{p}].name"),
                    format!("{} is already defined: a name stands for one place", point.name),
                ));
            } else {
                seen.push(&point.name);
            }
        }
    }
    for signal in required() {
        if !seen.contains(&signal.name) {
            found.push(Problem::error(
                "missing",
                "block",
                format!("there is no point {}: {}", signal.name, signal.purpose),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plc::map::POT500;

    fn codes(edit: impl Fn(&mut RegisterMap)) -> Vec<(&'static str, String)> {
        let mut map = RegisterMap::parse(POT500).unwrap();
        edit(&mut map);
        map.lint().into_iter().map(|problem| (problem.code, problem.field)).collect()
    }

    fn point<'a>(map: &'a mut RegisterMap, name: &str) -> &'a mut Point {
        map.blocks.iter_mut().flat_map(|b| &mut b.points).find(|p| p.name == name).unwrap()
    }

    #[test]
    fn each_mistake_has_its_code_and_its_place() {
        let has = |edit: &dyn Fn(&mut RegisterMap), code: &str| {
            let found = codes(edit);
            assert!(found.iter().any(|(c, _)| *c == code), "{code} not in {found:?}");
        };
        has(&|m| m.version = 2, "version");
        has(&|m| m.blocks[0].count = 126, "block-size");
        has(&|m| m.blocks[1].count = 124, "block-size");
        has(&|m| m.blocks[0].start = 65_530, "address-end");
        has(&|m| m.blocks[0].count = 20, "block-end");
        has(&|m| m.blocks[0].byte_order = None, "byte-order");
        has(&|m| m.blocks[1].start = 30, "overlap");
        has(&|m| m.blocks[1].register = RegisterKind::Input, "write-input");
        has(&|m| m.blocks[1].points[0].access = Access::Read, "mixed-access");
        has(&|m| point(m, "voltage").offset = 8, "overlap");
        has(&|m| point(m, "feed_busy").bit = Some(1), "overlap");
        has(&|m| point(m, "feed_busy").bit = Some(16), "bit");
        has(&|m| point(m, "voltage").scale = 0.0, "scale");
        has(&|m| point(m, "voltage").unit = Some("kV".into()), "unit");
        has(&|m| point(m, "voltage").unit = None, "unit");
        has(&|m| point(m, "voltage").min = Some(99.0), "limits");
        has(&|m| point(m, "cmd_argument").max = None, "limits");
        has(&|m| point(m, "ack_seq").wire = WireType::I16, "type");
        has(&|m| point(m, "ack_seq").name = "voltage".into(), "duplicate");
        has(&|m| point(m, "ack_seq").name = "voltage".into(), "missing");
        has(&|m| point(m, "dropped_blocks").name = "spare".into(), "unknown");
        has(&|m| point(m, "bath_temperature").sentinel = Some(0x1_0000), "sentinel");
        has(&|m| point(m, "test_f32").expect = None, "expect");
        has(&|m| m.blocks[0].count = 40, "gap");
        has(&|m| drop(m.blocks.pop()), "block-count");
        has(&|m| drop(m.blocks.remove(0)), "block-count");
        has(&|m| m.blocks.insert(1, far(m, 200, 100)), "scan-size");
        has(&|m| m.blocks.insert(1, far(m, 200, 4)), "scan-order");
        has(&|m| point(m, "voltage").modicon = Some(40_009), "modicon");
    }

    /// A block that is read by a request of its own.
    fn far(map: &RegisterMap, start: u16, count: u16) -> Block {
        Block { start, count, points: Vec::new(), ..map.blocks[0].clone() }
    }

    #[test]
    fn the_notation_that_counts_from_one_is_understood() {
        let sound = |modicon| codes(|m| point(m, "voltage").modicon = Some(modicon)).is_empty();
        assert!(sound(40_010) && sound(400_010) && !sound(30_010));
    }

    #[test]
    fn all_problems_come_at_once_with_their_paths() {
        let found = codes(|map| {
            map.blocks[0].byte_order = None;
            map.blocks[1].points[3].min = None;
        });
        assert_eq!(found.iter().filter(|(code, _)| *code == "byte-order").count(), 6);
        assert!(found.contains(&("limits", "block[1].point[3].min".into())));
    }
}

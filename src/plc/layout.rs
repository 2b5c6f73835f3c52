//! A register map compiled to fixed offsets: a scan is decoded without looking up a name.

use super::codec::{self, CodecError};
use super::error::MapError;
use super::handshake::Ack;
use super::lint::Problem;
use super::map::{Access, Block, Point, RegisterKind, RegisterMap};
use super::plan::{Span, is_written, plan};
use super::slot::{Slot, Value};
use crate::image::{Action, CellId, FeederSet, MAX_FEEDERS, Mode, StatusBits};
use std::format;
use std::prelude::rust_2024::*;

/// Most registers of one scan, and of one request.
pub const MAX_WORDS: usize = 125;

/// The registers read, or written, in one scan, of which the first are in use.
pub type Words = [u16; MAX_WORDS];

/// What is read in one scan, decoded. SI units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Snapshot {
    /// Scan counter at the start of the block.
    pub scan: u16,
    /// The scan counter at the end differs: the values mix two PLC scans.
    pub torn: bool,
    /// Version of the map in the PLC.
    pub map_version: u16,
    /// Every test register holds its constant.
    pub tests_ok: bool,
    /// Heartbeat of the PLC.
    pub heartbeat: u16,
    /// PLC time of the sample \[ms\], wrapping.
    pub stamp_ms: u32,
    /// Mode switch; `None` for a number that is no mode.
    pub mode: Option<Mode>,
    /// Status bits.
    pub status: StatusBits,
    /// Cell voltage \[V\].
    pub voltage: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Bath temperature \[K\].
    pub bath_temperature: Option<f64>,
    /// Beam position, upwards positive \[m\].
    pub beam_position: f64,
    /// Confirmed strokes.
    pub strokes: [u16; MAX_FEEDERS],
    /// Acknowledgement of the last command.
    pub ack: Ack,
    /// Command blocks the PLC dropped.
    pub dropped: u16,
    /// A value that decisions rest on is NaN or outside its plausible range.
    pub implausible: bool,
    /// The bath temperature is outside its plausible range and was left out.
    pub suspect: bool,
}

/// The write block of one scan, as found in the registers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommandBlock {
    /// Heartbeat of the controller.
    pub heartbeat: u16,
    /// Sequence number; 0 means no command.
    pub seq: u16,
    /// The command; `None` for an unknown code.
    pub action: Option<Action>,
    /// Cell it is meant for.
    pub cell: CellId,
    /// Stroke interval of the local fallback \[s\]; NaN when outside the map's limits.
    pub fallback_interval: f64,
    /// The checksum holds.
    pub sound: bool,
}

/// Order of the numbers in the `mode` register.
const MODES: [Mode; 6] =
    [Mode::Off, Mode::Manual, Mode::Auto, Mode::Tapping, Mode::AnodeChange, Mode::StartUp];

const STATUS: [(&str, StatusBits); 9] = [
    ("remote", StatusBits::REMOTE),
    ("emergency_stop", StatusBits::EMERGENCY_STOP),
    ("feed_busy", StatusBits::FEED_BUSY),
    ("beam_busy", StatusBits::BEAM_BUSY),
    ("breaker_stuck", StatusBits::BREAKER_STUCK),
    ("hopper_low", StatusBits::HOPPER_LOW),
    ("comms_lost", StatusBits::COMMS_LOST),
    ("beam_low_limit", StatusBits::BEAM_LOW_LIMIT),
    ("beam_high_limit", StatusBits::BEAM_HIGH_LIMIT),
];

const STROKES: [&str; MAX_FEEDERS] =
    ["strokes_1", "strokes_2", "strokes_3", "strokes_4", "strokes_5", "strokes_6", "strokes_7", "strokes_8"];

const CODE_FEED: u16 = 1;
const CODE_BEAM: u16 = 2;

/// A compiled register map.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The requests that fetch the registers read, in their order.
    pub reads: Vec<Span>,
    /// First register written.
    pub write_start: u16,
    /// Registers written.
    pub write_count: u16,
    /// What the PLC must show as its map version.
    pub plc_version: u16,
    scan_begin: Slot,
    scan_end: Slot,
    map_version: Slot,
    plc_heartbeat: Slot,
    stamp: Slot,
    mode: Slot,
    voltage: Slot,
    current: Slot,
    bath_temperature: Option<Slot>,
    beam_position: Slot,
    strokes: [Option<Slot>; MAX_FEEDERS],
    ack_seq: Slot,
    ack_result: Slot,
    ack_code: Slot,
    dropped: Option<Slot>,
    status: Vec<(usize, u16, StatusBits)>,
    tests: Vec<(Slot, u32)>,
    ctrl_heartbeat: Slot,
    seq: Slot,
    code: Slot,
    argument: Slot,
    cell: Slot,
    fallback: Slot,
    crc: Slot,
}

impl Layout {
    /// Compiles a map that lints without errors.
    pub(super) fn build(map: &RegisterMap) -> Result<Self, MapError> {
        let reads = plan(map);
        let offset = |block: &Block, point: &Point| {
            let address = block.start.saturating_add(point.offset);
            match point.access {
                Access::Write => usize::from(point.offset),
                Access::Read => {
                    reads.iter().find_map(|span| span.offset_of(block.register, address)).unwrap_or(MAX_WORDS)
                }
            }
        };
        let slot = |name: &str| {
            let (block, point) = map.points().find(|(_, p)| p.name == name)?;
            Slot::new(block, point, offset(block, point))
        };
        let need = |name: &str| {
            slot(name).ok_or_else(|| {
                MapError::Problems(Vec::from([Problem::error(
                    "missing",
                    "block",
                    format!("no point {name}"),
                )]))
            })
        };
        let write = map.blocks.iter().find(|block| is_written(block)).ok_or_else(|| {
            let message = "no block is written";
            MapError::Problems(Vec::from([Problem::error("block-count", "block", message)]))
        })?;
        let point = |name: &str| map.points().map(|(_, point)| point).find(|point| point.name == name);
        let status = STATUS
            .iter()
            .filter_map(|&(name, flag)| Some((slot(name)?, point(name)?, flag)))
            .map(|(slot, p, flag)| (slot.offset, 1_u16 << p.bit.unwrap_or(0).min(15), flag))
            .collect();
        let tests = ["test_f32", "test_u32"]
            .iter()
            .filter_map(|name| {
                let bits = codec::to_bits(point(name)?.wire, point(name)?.expect?).ok()?;
                Some((slot(name)?, bits))
            })
            .collect();
        Ok(Self {
            write_start: write.start,
            write_count: write.count,
            plc_version: map.plc_version,
            scan_begin: need("scan_begin")?,
            scan_end: need("scan_end")?,
            map_version: need("map_version")?,
            plc_heartbeat: need("plc_heartbeat")?,
            stamp: need("sample_stamp")?,
            mode: need("mode")?,
            voltage: need("voltage")?,
            current: need("current")?,
            bath_temperature: slot("bath_temperature"),
            beam_position: need("beam_position")?,
            strokes: STROKES.map(slot),
            ack_seq: need("ack_seq")?,
            ack_result: need("ack_result")?,
            ack_code: need("ack_code")?,
            dropped: slot("dropped_blocks"),
            status,
            tests,
            ctrl_heartbeat: need("ctrl_heartbeat")?,
            seq: need("cmd_seq")?,
            code: need("cmd_code")?,
            argument: need("cmd_argument")?,
            cell: need("cmd_cell")?,
            fallback: need("fallback_interval")?,
            crc: need("cmd_crc")?,
            reads,
        })
    }

    /// The request that writes.
    #[must_use]
    pub fn writes(&self) -> Span {
        Span { kind: RegisterKind::Holding, start: self.write_start, count: self.write_count, at: 0 }
    }

    /// Registers read in one scan, over all requests.
    #[must_use]
    pub fn read_words(&self) -> usize {
        self.reads.last().map_or(0, |span| usize::from(span.at) + usize::from(span.count)).min(MAX_WORDS)
    }

    /// Decodes what was read.
    #[must_use]
    pub fn decode(&self, words: &[u16]) -> Snapshot {
        let mut implausible = false;
        let mut number = |slot: &Slot| match slot.value(words) {
            Value::Plausible(value) => value,
            Value::Implausible(value) => {
                implausible = true;
                value
            }
            Value::Missing => {
                implausible = true;
                f64::NAN
            }
        };
        let (voltage, current) = (number(&self.voltage), number(&self.current));
        let beam_position = number(&self.beam_position);
        let temperature = self.bath_temperature.map(|slot| slot.value(words));
        let bath_temperature = match temperature {
            Some(Value::Plausible(value)) => Some(value),
            Some(Value::Implausible(_) | Value::Missing) | None => None,
        };
        let mode = MODES.get(usize::from(self.mode.word(words))).copied();
        let mut status = StatusBits::default();
        for &(offset, mask, flag) in &self.status {
            status.set(flag, words.get(offset).is_some_and(|word| word & mask != 0));
        }
        let scan = self.scan_begin.word(words);
        Snapshot {
            scan,
            torn: scan != self.scan_end.word(words),
            map_version: self.map_version.word(words),
            tests_ok: self.tests.iter().all(|(slot, expected)| slot.bits(words) == *expected),
            heartbeat: self.plc_heartbeat.word(words),
            stamp_ms: self.stamp.bits(words),
            mode,
            status,
            voltage,
            current,
            bath_temperature,
            beam_position,
            strokes: self.strokes.map(|slot| slot.map_or(0, |slot| slot.word(words))),
            ack: Ack {
                seq: self.ack_seq.word(words),
                result: self.ack_result.word(words),
                code: self.ack_code.word(words),
            },
            dropped: self.dropped.map_or(0, |slot| slot.word(words)),
            implausible: implausible || mode.is_none(),
            suspect: matches!(temperature, Some(Value::Implausible(_))),
        }
    }

    /// Fills the registers that are read, as a PLC would: the inverse of [`Layout::decode`]. A value that does not
    /// fit its register is shown as the point's sentinel, or as raw zero.
    pub fn publish(&self, words: &mut [u16], shown: &Snapshot) {
        let word = |slot: &Slot, words: &mut [u16], value: u16| slot.put_bits(words, u32::from(value));
        let number = |slot: &Slot, words: &mut [u16], value: Option<f64>| {
            let bits = value
                .and_then(|si| codec::to_bits(slot.wire, (si - slot.bias) / slot.factor).ok())
                .or(slot.sentinel)
                .unwrap_or(0);
            slot.put_bits(words, bits);
        };
        for &(offset, mask, flag) in &self.status {
            if let Some(word) = words.get_mut(offset) {
                *word = if shown.status.has(flag) { *word | mask } else { *word & !mask };
            }
        }
        word(&self.scan_begin, words, shown.scan);
        word(&self.scan_end, words, shown.scan);
        word(&self.map_version, words, shown.map_version);
        for (slot, constant) in &self.tests {
            slot.put_bits(words, *constant);
        }
        word(&self.plc_heartbeat, words, shown.heartbeat);
        self.stamp.put_bits(words, shown.stamp_ms);
        let mode = MODES.iter().position(|&mode| Some(mode) == shown.mode).unwrap_or(0);
        word(&self.mode, words, mode as u16);
        number(&self.voltage, words, Some(shown.voltage));
        number(&self.current, words, Some(shown.current));
        if let Some(slot) = &self.bath_temperature {
            number(slot, words, shown.bath_temperature);
        }
        number(&self.beam_position, words, Some(shown.beam_position));
        for (slot, strokes) in self.strokes.iter().zip(shown.strokes) {
            if let Some(slot) = slot {
                word(slot, words, strokes);
            }
        }
        word(&self.ack_seq, words, shown.ack.seq);
        word(&self.ack_result, words, shown.ack.result);
        word(&self.ack_code, words, shown.ack.code);
        if let Some(slot) = &self.dropped {
            word(slot, words, shown.dropped);
        }
    }

    /// Encodes the write block. `seq` must be 0 exactly when `action` is [`Action::None`]. An
    /// interval that is not positive is sent as 0: the PLC keeps the one it has.
    ///
    /// # Errors
    /// [`CodecError`] when a value does not fit the map's limits; `words` is then unspecified.
    pub fn encode(
        &self,
        words: &mut [u16],
        heartbeat: u16,
        seq: u16,
        action: Action,
        cell: CellId,
        fallback_interval: f64,
    ) -> Result<(), CodecError> {
        self.ctrl_heartbeat.put_bits(words, u32::from(heartbeat));
        self.seq.put_bits(words, u32::from(seq));
        self.cell.put_bits(words, u32::from(cell.0));
        if fallback_interval > 0.0 {
            self.fallback.put(words, fallback_interval)?;
        } else {
            self.fallback.put_bits(words, 0);
        }
        let code = match action {
            Action::None => {
                self.argument.put_bits(words, 0);
                0
            }
            Action::Feed { feeders } => {
                self.argument.put_bits(words, u32::from(feeders.0));
                CODE_FEED
            }
            Action::Beam { travel } => {
                self.argument.put(words, travel)?;
                CODE_BEAM
            }
        };
        self.code.put_bits(words, u32::from(code));
        let crc = self.checksum(words);
        self.crc.put_bits(words, u32::from(crc));
        Ok(())
    }

    /// Reads the write block back, as a PLC does.
    #[must_use]
    pub fn command(&self, words: &[u16]) -> CommandBlock {
        let number = |slot: &Slot| codec::number(slot.wire, slot.bits(words)) * slot.factor + slot.bias;
        let action = match self.code.word(words) {
            0 => Some(Action::None),
            CODE_FEED => {
                let mask = self.argument.word(words);
                u8::try_from(mask).ok().map(|mask| Action::Feed { feeders: FeederSet(mask) })
            }
            CODE_BEAM => Some(Action::Beam { travel: number(&self.argument) }),
            _ => None,
        };
        let fallback_interval = match self.fallback.value(words) {
            Value::Plausible(value) => value,
            Value::Implausible(_) | Value::Missing => f64::NAN,
        };
        CommandBlock {
            heartbeat: self.ctrl_heartbeat.word(words),
            seq: self.seq.word(words),
            action,
            cell: CellId(self.cell.word(words)),
            fallback_interval,
            sound: self.checksum(words) == self.crc.word(words),
        }
    }

    /// Checksum over every word of the block but its own.
    fn checksum(&self, words: &[u16]) -> u16 {
        let count = usize::from(self.write_count);
        let others = words.iter().take(count).enumerate().filter(|(offset, _)| *offset != self.crc.offset);
        codec::crc16(others.map(|(_, &word)| word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plc::map::RegisterMap;

    fn layout() -> Layout {
        RegisterMap::pot500().unwrap().compile().unwrap()
    }

    fn shown() -> Snapshot {
        Snapshot {
            scan: 7,
            torn: false,
            map_version: 501,
            tests_ok: true,
            heartbeat: 9,
            stamp_ms: 123_456,
            mode: Some(Mode::Tapping),
            status: StatusBits(0b1_0101),
            voltage: 3.953_125,
            current: 500e3,
            bath_temperature: Some(950.0 + 273.15),
            beam_position: -0.012_34,
            strokes: [1, 2, 3, 4, 5, 6, 7, 8],
            ack: Ack { seq: 3, result: 2, code: 0 },
            dropped: 4,
            implausible: false,
            suspect: false,
        }
    }

    #[test]
    fn what_a_plc_publishes_is_what_the_controller_reads() {
        let layout = layout();
        let mut words = [0; MAX_WORDS];
        layout.publish(&mut words, &shown());
        let read = layout.decode(&words);
        assert!((read.beam_position - shown().beam_position).abs() < 1e-9);
        assert!((read.bath_temperature.unwrap() - 1223.15).abs() < 1e-6);
        let same = Snapshot {
            beam_position: shown().beam_position,
            bath_temperature: shown().bath_temperature,
            ..read
        };
        assert_eq!(same, shown());
        assert_eq!(words[2..6], [0x42F6, 0xE979, 0x0102, 0x0304]);
    }

    #[test]
    fn a_sentinel_is_no_value_and_a_nan_is_implausible() {
        let layout = layout();
        let mut words = [0; MAX_WORDS];
        layout.publish(&mut words, &Snapshot { bath_temperature: None, ..shown() });
        assert_eq!(words[13], 0x8000);
        assert_eq!(layout.decode(&words).bath_temperature, None);
        assert!(!layout.decode(&words).implausible);
        words[9] = 0x7FC0;
        assert!(layout.decode(&words).implausible);
        layout.publish(&mut words, &shown());
        words[8] = 6;
        assert!(layout.decode(&words).implausible);
        words[30] = 8;
        assert!(layout.decode(&words).torn);
        words[4] = 0x0201;
        assert!(!layout.decode(&words).tests_ok);
    }

    #[test]
    fn a_command_block_survives_the_wire_and_a_changed_word_does_not() {
        let layout = layout();
        let mut words = [0; 7];
        for action in
            [Action::None, Action::Feed { feeders: FeederSet(0x81) }, Action::Beam { travel: -0.001_5 }]
        {
            layout.encode(&mut words, 5, 9, action, CellId(12), 21.7).unwrap();
            let block = layout.command(&words);
            assert!(block.sound && block.heartbeat == 5 && block.seq == 9 && block.cell == CellId(12));
            assert!((block.fallback_interval - 21.7).abs() < 1e-9);
            match (block.action.unwrap(), action) {
                (Action::Beam { travel: a }, Action::Beam { travel: b }) => assert!((a - b).abs() < 1e-9),
                (a, b) => assert_eq!(a, b),
            }
            for word in 0..7 {
                let mut torn = words;
                torn[word] ^= 0x10;
                assert!(!layout.command(&torn).sound, "word {word}");
            }
        }
    }

    #[test]
    fn a_command_outside_the_limits_is_refused_here() {
        let layout = layout();
        let mut words = [0; 7];
        let mut beam = |travel| layout.encode(&mut words, 1, 1, Action::Beam { travel }, CellId(1), 20.0);
        assert!(beam(0.030).is_ok() && beam(-0.030).is_ok());
        assert!(matches!(beam(0.0301), Err(CodecError::OutOfLimits { .. })));
        assert_eq!(beam(f64::NAN), Err(CodecError::NotFinite));
        assert!(matches!(beam(10.0), Err(CodecError::Overflow { .. })));
        assert!(layout.encode(&mut words, 1, 0, Action::None, CellId(1), 1.0).is_err());
    }
}

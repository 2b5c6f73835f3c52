//! What the PLC really showed, and whether a reading says the same.

use crate::proxy::frame::{function, words};
use crate::proxy::{Direction, Injected, Kind};
use potline::image::Reading;
use potline::plc::{Layout, Snapshot};
use std::collections::VecDeque;

/// Scans remembered.
const MEMORY: usize = 3_000;

/// A good reading may be this old \[s\]: by its own account up to `stale_after_s` (1.5 s), and one scan in
/// which its reply came too late to be looked at.
const FRESH: f64 = 2.6;

/// What a reading was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The PLC showed these values together, a moment ago.
    True,
    /// The PLC showed these values, too long ago.
    Old,
    /// The PLC never showed these values together, and the reply gave that away.
    False,
    /// The same, but nothing in the reply gave it away: a flipped bit that leaves a plausible value. Modbus
    /// TCP has no checksum; against this there is only the one of TCP.
    Undetectable,
}

/// What the registers held after each scan of the PLC.
#[derive(Debug, Default)]
pub struct Truth {
    past: VecDeque<(f64, Snapshot)>,
}

impl Truth {
    pub fn record(&mut self, time: f64, shown: Snapshot) {
        if self.past.len() == MEMORY {
            self.past.pop_front();
        }
        self.past.push_back((time, shown));
    }

    /// Judges a reading taken for good at `now` \[s\]. `recent`: faults injected since the last one.
    pub fn judge(&self, reading: &Reading, now: f64, layout: &Layout, recent: &[Injected]) -> Judgement {
        match self.past.iter().rev().find(|(_, shown)| same(reading, shown)) {
            Some((time, _)) if now - time <= FRESH => Judgement::True,
            Some(_) => Judgement::Old,
            None => {
                let hidden = recent
                    .iter()
                    .filter(|injected| injected.kind == Kind::FlipBits)
                    .filter_map(|injected| injected.forged.as_deref())
                    .map(|reply| layout.decode(&words(reply)))
                    .any(|forged| same(reading, &forged) && plausible(&forged, layout));
                if hidden { Judgement::Undetectable } else { Judgement::False }
            }
        }
    }
}

/// True when nothing within the sample speaks against it.
fn plausible(shown: &Snapshot, layout: &Layout) -> bool {
    !shown.torn && shown.tests_ok && !shown.implausible && shown.map_version == layout.plc_version
}

/// Replies with flipped bits in the log: those that give themselves away, and those that cannot.
pub fn flips(log: &[Injected], layout: &Layout) -> (usize, usize) {
    let replies = log
        .iter()
        .filter(|injected| (injected.kind, injected.direction) == (Kind::FlipBits, Direction::ToClient))
        .filter_map(|injected| injected.forged.as_deref())
        .filter(|reply| matches!(function(reply), Some(3 | 4)));
    let (mut visible, mut hidden) = (0, 0);
    for reply in replies {
        if plausible(&layout.decode(&words(reply)), layout) { hidden += 1 } else { visible += 1 }
    }
    (visible, hidden)
}

/// Bit for bit, whatever the reading shows.
fn same(reading: &Reading, shown: &Snapshot) -> bool {
    let bits = |value: f64| value.to_bits();
    bits(reading.voltage) == bits(shown.voltage)
        && bits(reading.current) == bits(shown.current)
        && bits(reading.beam_position) == bits(shown.beam_position)
        && reading.bath_temperature.map(bits) == shown.bath_temperature.map(bits)
        && reading.strokes == shown.strokes
        && Some(reading.mode) == shown.mode
        && reading.status == shown.status
}

#[cfg(test)]
mod tests {
    use super::*;
    use potline::plc::{MAX_WORDS, RegisterMap};
    use std::time::Instant;

    fn reading(shown: &Snapshot) -> Reading {
        Reading {
            voltage: shown.voltage,
            current: shown.current,
            beam_position: shown.beam_position,
            bath_temperature: shown.bath_temperature,
            strokes: shown.strokes,
            mode: shown.mode.unwrap_or_default(),
            status: shown.status,
            ..Reading::default()
        }
    }

    fn flipped(layout: &Layout, shown: &Snapshot, word: usize, mask: u16) -> (Snapshot, Injected) {
        let mut registers = [0; MAX_WORDS];
        layout.publish(&mut registers, shown);
        registers[word] ^= mask;
        let count = layout.read_words();
        let mut reply = vec![0, 1, 0, 0, 0, (3 + 2 * count) as u8, 1, 3, (2 * count) as u8];
        reply.extend(registers[..count].iter().flat_map(|word| word.to_be_bytes()));
        let injected = Injected {
            at: Instant::now(),
            time: 0.0,
            connection: 0,
            direction: Direction::ToClient,
            kind: Kind::FlipBits,
            forged: Some(reply),
        };
        (layout.decode(&registers), injected)
    }

    #[test]
    fn true_old_false_and_undetectable_are_told_apart() {
        let layout = RegisterMap::pot500().unwrap().compile().unwrap();
        let mut shown = Snapshot {
            map_version: layout.plc_version,
            mode: Some(potline::image::Mode::Auto),
            voltage: 4.0,
            current: 500e3,
            ..Snapshot::default()
        };
        let mut registers = [0; MAX_WORDS];
        layout.publish(&mut registers, &shown);
        shown = layout.decode(&registers);
        let mut truth = Truth::default();
        truth.record(10.0, shown);
        assert_eq!(truth.judge(&reading(&shown), 11.0, &layout, &[]), Judgement::True);
        assert_eq!(truth.judge(&reading(&shown), 20.0, &layout, &[]), Judgement::Old);
        // Lowest bit of the voltage: nobody can see that. Test register with it: everybody can.
        let (hidden, first) = flipped(&layout, &shown, 10, 1);
        assert_eq!(truth.judge(&reading(&hidden), 11.0, &layout, &[]), Judgement::False);
        assert_eq!(
            truth.judge(&reading(&hidden), 11.0, &layout, std::slice::from_ref(&first)),
            Judgement::Undetectable
        );
        assert_eq!(flips(std::slice::from_ref(&first), &layout), (0, 1));
        let (huge, second) = flipped(&layout, &shown, 9, 1 << 13);
        assert!(huge.implausible);
        assert_eq!(flips(&[first.clone(), second.clone()], &layout), (1, 1));
        assert_eq!(truth.judge(&reading(&huge), 11.0, &layout, &[first, second]), Judgement::False);
    }
}

//! The same seed gives the same bits: in debug and in release, today and on another machine, on one
//! thread and on many.
//!
//! The expected hash is `tests/data/golden.txt`. When the physics changes on purpose, renew it with
//! `POTLINE_BLESS=1 cargo test --test determinism` and name the reason in the commit: every
//! published number may have moved with it.

use potline::consts::HOUR;
use potline::image::{BeamDrive, Drive, FeederSet};
use potline::sim::{EventKind, EventSettings, PlantSettings, Section, SensorSettings, Setup};
use std::fmt::{self, Write};

const STEP: f64 = 1.0;
const SCANS: u64 = 7_200;
const CELLS: u16 = 4;

/// FNV-1a of what is written to it. Numbers are written by `Debug`: the shortest digits that give
/// the same bits back, so two runs agree in the text exactly when they agree in the bits.
struct Fnv(u64);

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

/// A section in which everything happens that draws a random number or takes another branch.
fn setup(seed: u64) -> Setup {
    let event = |at_h, cell, kind| EventSettings {
        cell: Some(cell),
        minutes: Some(10.0),
        feeder: Some(2),
        ..EventSettings::new(at_h, kind)
    };
    Setup {
        cells: CELLS,
        hours: SCANS as f64 * STEP / HOUR,
        seed,
        plant: PlantSettings::default(),
        sensors: SensorSettings { probe_every_h: 0.5, ..Default::default() },
        line: Default::default(),
        routine: Default::default(),
        events: vec![
            event(0.20, 1, EventKind::Tap),
            event(0.30, 2, EventKind::AnodeChange),
            event(0.40, 3, EventKind::ForceEffect),
            event(0.50, 4, EventKind::StuckFeeder),
            event(1.20, 4, EventKind::Manual),
            EventSettings { cell: None, current_ka: Some(490.0), ..event(1.50, 1, EventKind::LineCurrent) },
        ],
    }
}

/// A shot every 22 s, feeder after feeder, and a beam that goes up and down again.
fn drive(scan: u64, pot: u64) -> Drive {
    let phase = scan + 5 * pot;
    Drive {
        feeders: match phase % 22 {
            0 => FeederSet::single((phase / 22 % 6) as usize),
            _ => FeederSet::NONE,
        },
        beam: match phase % 600 {
            0 => BeamDrive::Up,
            300 => BeamDrive::Down,
            _ => BeamDrive::Hold,
        },
    }
}

/// Two hours of four cells, every bit of what is true and of what is seen.
fn run(seed: u64) -> u64 {
    let mut section = Section::new(&setup(seed), STEP).unwrap();
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for scan in 0..SCANS {
        let now = section.now();
        for (index, pot) in (0..).zip(section.pots_mut()) {
            pot.drive(now, &drive(scan, index), STEP);
        }
        section.advance();
        for pot in section.pots() {
            let truth = pot.truth();
            // A NaN would hide bits from the text.
            assert!(truth.voltage.is_finite() && truth.temperature.is_finite(), "{truth:?}");
            write!(hash, "{truth:?}{:?}", pot.field()).unwrap();
        }
    }
    hash.0
}

#[test]
fn the_bits_are_the_golden_bits() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden.txt");
    let got = format!("{:016x}", run(20_260_101));
    if std::env::var_os("POTLINE_BLESS").is_some() {
        std::fs::write(file, format!("{got}\n")).unwrap();
    }
    let golden = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        got,
        golden.trim(),
        "the plant gives other bits than {file} says. If a change of numbers was meant, renew it: \
         POTLINE_BLESS=1 cargo test --test determinism"
    );
}

#[test]
fn threads_change_nothing() {
    let seeds = [1, 2, 3, 4];
    let alone = seeds.map(run);
    let together = std::thread::scope(|scope| {
        seeds.map(|seed| scope.spawn(move || run(seed))).map(|thread| thread.join().unwrap())
    });
    assert_eq!(alone, together);
    assert!(alone.windows(2).all(|pair| pair[0] != pair[1]), "the seed changes nothing: {alone:x?}");
}

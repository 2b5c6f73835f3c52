//! Handshake and emulated PLC against each other over a network that loses, repeats and delays.
#![cfg(feature = "modbus")]

use potline::image::{Action, CellId, FeederSet, Field, Mode, Outcome};
use potline::plc::{Handshake, Layout, MAX_WORDS, PlcSettings, PotPlc, RegisterKind, RegisterMap};
use proptest::prelude::*;
use std::sync::Arc;

const CELL: CellId = CellId(3);

/// What happens to one scan of the controller.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Fine,
    /// The write is lost on its way; the connection breaks.
    WriteLost,
    /// The write arrives, its reply does not; the connection breaks.
    ReplyLost,
    /// The write arrives twice.
    Twice,
    /// The write arrives, and once more some scans later.
    Haunting(u8),
    /// The write is held up and arrives some scans later, after the connection broke.
    HeldUp(u8),
    /// The sample is lost; the connection breaks.
    ReadLost,
    /// The PLC loses its power before the write.
    Restart,
    /// The controller starts anew.
    NewController,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => Just(Fate::Fine),
        2 => Just(Fate::WriteLost),
        2 => Just(Fate::ReplyLost),
        2 => Just(Fate::Twice),
        2 => (1..30_u8).prop_map(Fate::HeldUp),
        2 => (1..30_u8).prop_map(Fate::Haunting),
        1 => Just(Fate::ReadLost),
        1 => Just(Fate::Restart),
        1 => Just(Fate::NewController),
    ]
}

struct World {
    layout: Arc<Layout>,
    plc: PotPlc,
    field: Field,
    shake: Handshake,
    heartbeat: u16,
    late: Vec<(u8, Vec<u16>)>,
    /// Strokes of each set of feeders; a set stands for one request.
    strokes: [u32; 256],
}

impl World {
    fn new() -> Self {
        let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
        let settings =
            PlcSettings { feeders: 8, feed_pulse_s: 0.1, watchdog_s: 600.0, ..PlcSettings::default() };
        let plc = PotPlc::new(CELL, Arc::clone(&layout), &settings).unwrap();
        let field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
        Self {
            layout,
            plc,
            field,
            shake: Handshake::default(),
            heartbeat: 0,
            late: Vec::new(),
            strokes: [0; 256],
        }
    }

    fn read(&mut self, restarted: bool) {
        let layout = &self.layout;
        let words = self.plc.read(RegisterKind::Holding, 0, layout.read_words() as u16).unwrap();
        let shown = layout.decode(words);
        if restarted {
            self.shake.plc_restarted(shown.ack);
        } else {
            self.shake.observe(shown.ack, shown.scan);
        }
    }

    fn scan(&mut self, count: usize) {
        for _ in 0..count {
            self.field.time += 0.1;
            let drive = self.plc.scan(0.1, &self.field);
            self.strokes[usize::from(drive.feeders.0)] += u32::from(!drive.feeders.is_empty());
        }
    }

    fn write(&mut self, words: &[u16]) {
        self.plc.write(self.layout.write_start, words).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_request_is_executed_twice(
        plan in prop::collection::vec((fate(), any::<bool>(), 3..12_usize), 1..150)
    ) {
        let mut world = World::new();
        let mut requests = 0_u8;
        let mut restarted = false;
        for (fate, wants, scans) in plan {
            // The process, and blocks that turn up late.
            world.scan(scans);
            let mut due = Vec::new();
            world.late.retain_mut(|(left, words)| {
                *left -= 1;
                if *left == 0 { due.push(words.clone()) }
                *left > 0
            });
            for words in due {
                world.write(&words);
                // Far enough apart for the sets of two requests not to be seen as one.
                world.scan(3);
            }
            // One scan of the controller.
            match fate {
                Fate::ReadLost => world.shake.link_lost(),
                _ => { world.read(restarted); restarted = false; }
            }
            let seq = if wants && fate != Fate::ReadLost { world.shake.issue() } else { None };
            let action = match seq {
                Some(_) => { requests += 1; Action::Feed { feeders: FeederSet(requests) } }
                None => Action::None,
            };
            world.heartbeat = world.heartbeat.wrapping_add(1);
            let mut words = [0; MAX_WORDS];
            world.layout
                .encode(&mut words, world.heartbeat, seq.unwrap_or(0), action, CELL, 20.0)
                .unwrap();
            let words = words[..usize::from(world.layout.write_count)].to_vec();
            match fate {
                Fate::ReadLost => world.shake.unsent(),
                Fate::WriteLost => world.shake.link_lost(),
                Fate::HeldUp(scans) => {
                    world.late.push((scans, words));
                    world.shake.link_lost();
                }
                Fate::Haunting(scans) => {
                    world.write(&words);
                    world.late.push((scans, words));
                    world.shake.written(true);
                }
                Fate::ReplyLost => {
                    world.write(&words);
                    world.shake.link_lost();
                }
                Fate::Fine => {
                    world.write(&words);
                    world.shake.written(true);
                }
                Fate::Twice => {
                    world.write(&words);
                    world.scan(3);
                    world.write(&words);
                    world.shake.written(true);
                }
                Fate::Restart => {
                    world.plc.restart();
                    // Its connections died with it, and what was under way on them.
                    world.late.clear();
                    restarted = true;
                    world.write(&words);
                    world.shake.link_lost();
                }
                Fate::NewController => {
                    world.write(&words);
                    world.shake = Handshake::default();
                }
            }
        }
        world.scan(40);
        for (set, &strokes) in world.strokes.iter().enumerate() {
            prop_assert!(strokes <= u32::from(set <= usize::from(requests)), "{set}: {strokes} times");
        }
        prop_assert!(world.plc.executed() <= u64::from(requests));
    }
}

/// Without faults, every request is executed, once, and is known to be.
#[test]
fn every_request_is_executed_when_nothing_goes_wrong() {
    let mut world = World::new();
    let mut done = 0;
    for _ in 0..200 {
        world.scan(10);
        world.read(false);
        done += u64::from(world.shake.last() == Outcome::Done);
        let seq = if world.heartbeat > 2 { world.shake.issue() } else { None };
        world.heartbeat += 1;
        let action = seq.map_or(Action::None, |_| Action::Feed { feeders: FeederSet(1) });
        let mut words = [0; MAX_WORDS];
        world.layout.encode(&mut words, world.heartbeat, seq.unwrap_or(0), action, CELL, 20.0).unwrap();
        world.write(&words[..7]);
        world.shake.written(true);
    }
    world.scan(10);
    assert_eq!(world.plc.executed(), 197);
    assert_eq!(done, 196);
}

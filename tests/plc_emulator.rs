//! Each rule of the emulated PLC, and the promises that hold whatever is written to it.
#![cfg(feature = "modbus")]

use potline::image::{Action, BeamDrive, CellId, Drive, FeederSet, Field, Mode};
use potline::plc::{
    Ack, AckResult, Layout, MAX_WORDS, PlcSettings, PotPlc, RegisterKind, RegisterMap, RejectCode, Snapshot,
};
use proptest::prelude::*;
use std::sync::Arc;

const DT: f64 = 0.1;
const CELL: CellId = CellId(7);

struct Bench {
    layout: Arc<Layout>,
    plc: PotPlc,
    field: Field,
    heartbeat: u16,
    seq: u16,
}

impl Bench {
    fn new() -> Self {
        let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
        let plc = PotPlc::new(CELL, Arc::clone(&layout), &PlcSettings::default()).unwrap();
        let field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
        let mut bench = Self { layout, plc, field, heartbeat: 0, seq: 0 };
        bench.idle();
        bench.scan();
        bench
    }

    fn block(&mut self, seq: u16, action: Action, cell: CellId) -> Vec<u16> {
        self.heartbeat = self.heartbeat.wrapping_add(1);
        let mut words = [0; MAX_WORDS];
        self.layout.encode(&mut words, self.heartbeat, seq, action, cell, 20.0).unwrap();
        words[..usize::from(self.layout.write_count)].to_vec()
    }

    fn put(&mut self, words: &[u16]) {
        self.plc.write(self.layout.write_start, words).unwrap();
    }

    fn idle(&mut self) {
        let words = self.block(0, Action::None, CELL);
        self.put(&words);
    }

    fn ask(&mut self, action: Action) {
        self.seq += 1;
        let words = self.block(self.seq, action, CELL);
        self.put(&words);
    }

    fn scan(&mut self) -> Drive {
        self.field.time += DT;
        self.plc.scan(DT, &self.field)
    }

    fn scans(&mut self, count: usize) -> Vec<Drive> {
        (0..count).map(|_| self.scan()).collect()
    }

    /// Scans with a live controller.
    fn live(&mut self, count: usize) -> Vec<Drive> {
        (0..count)
            .map(|_| {
                self.idle();
                self.scan()
            })
            .collect()
    }

    fn shown(&self) -> Snapshot {
        let layout = &self.layout;
        let words = self.plc.read(RegisterKind::Holding, 0, layout.read_words() as u16).unwrap();
        layout.decode(words)
    }

    /// The answer to `action`, one scan later.
    fn answer(&mut self, action: Action) -> (u16, u16) {
        self.ask(action);
        self.scan();
        let Ack { seq, result, code } = self.shown().ack;
        assert_eq!(seq, self.seq);
        (result, code)
    }
}

fn feed(mask: u8) -> Action {
    Action::Feed { feeders: FeederSet(mask) }
}

fn beam(mm: f64) -> Action {
    Action::Beam { travel: mm * 1e-3 }
}

const ACCEPTED: (u16, u16) = (AckResult::Accepted as u16, 0);

fn rejected(code: RejectCode) -> (u16, u16) {
    let result = if code == RejectCode::Busy { AckResult::Busy } else { AckResult::Rejected };
    (result as u16, code as u16)
}

#[test]
fn a_stroke_lasts_three_seconds_and_is_done_once_begun() {
    let mut bench = Bench::new();
    bench.ask(feed(0b10_0001));
    let first = bench.scan();
    assert_eq!(first.feeders, FeederSet(0b10_0001));
    assert_eq!(bench.shown().ack.result, AckResult::Accepted as u16);
    let on = 1 + bench.scans(40).iter().filter(|drive| !drive.feeders.is_empty()).count();
    assert_eq!(on, 30);
    assert_eq!(bench.shown().ack.result, AckResult::Done as u16);
    assert_eq!(bench.plc.executed(), 1);
}

#[test]
fn a_stroke_asked_for_in_any_scan_around_the_end_of_the_last_dumps_and_ends() {
    // Scan 30 after the command is the one in which the pulse ends.
    for wait in 30..34 {
        let mut bench = Bench::new();
        bench.ask(feed(1));
        bench.scans(wait);
        bench.ask(feed(1));
        let drives = bench.scans(60);
        let on = drives.iter().filter(|drive| drive.feeders.contains(0)).count();
        assert_eq!(on, 30, "asked {wait} scans later");
        assert_eq!(bench.shown().ack.result, AckResult::Done as u16);
        assert!(drives.last().unwrap().feeders.is_empty());
    }
    // One scan earlier it is refused.
    let mut bench = Bench::new();
    bench.ask(feed(1));
    bench.scans(29);
    assert_eq!(bench.answer(feed(1)), rejected(RejectCode::Busy));
}

#[test]
fn a_beam_move_lasts_its_travel_and_is_done_when_it_stops() {
    let mut bench = Bench::new();
    bench.ask(beam(-3.0));
    let drives = bench.scans(25);
    assert_eq!(drives.iter().filter(|drive| drive.beam == BeamDrive::Down).count(), 20);
    assert!(drives.iter().all(|drive| drive.beam != BeamDrive::Up));
    assert_eq!(bench.shown().ack, Ack { seq: 1, result: AckResult::Done as u16, code: 0 });
}

#[test]
fn the_beam_moves_while_feeders_pulse_but_not_the_other_way_round() {
    let mut bench = Bench::new();
    bench.ask(feed(0xF));
    bench.scans(2);
    assert_eq!(bench.answer(beam(3.0)), ACCEPTED);
    let drive = bench.scan();
    assert_eq!((drive.beam, drive.feeders), (BeamDrive::Up, FeederSet(0xF)));
    assert_eq!(bench.answer(feed(0x10)), rejected(RejectCode::Busy));
    assert_eq!(bench.answer(beam(1.0)), rejected(RejectCode::Busy));
}

#[test]
fn arguments_out_of_range_are_refused() {
    let mut bench = Bench::new();
    assert_eq!(bench.answer(feed(0)), rejected(RejectCode::Range));
    assert_eq!(bench.answer(feed(0b0100_0000)), rejected(RejectCode::Range));
    assert_eq!(bench.answer(beam(0.01)), rejected(RejectCode::Range));
    let tight = PlcSettings { beam_max_travel_mm: 2.0, ..PlcSettings::default() };
    bench.plc = PotPlc::new(CELL, Arc::clone(&bench.layout), &tight).unwrap();
    bench.live(1);
    assert_eq!(bench.answer(beam(2.1)), rejected(RejectCode::Range));
    assert_eq!(bench.plc.executed(), 0);
}

#[test]
fn modes_decide_what_may_move() {
    use RejectCode::Mode as Wrong;
    for (mode, voltage, feeds, moves) in [
        (Mode::Off, 4.0, rejected(Wrong), rejected(Wrong)),
        (Mode::Manual, 4.0, rejected(Wrong), rejected(Wrong)),
        (Mode::Auto, 4.0, ACCEPTED, ACCEPTED),
        (Mode::Tapping, 4.0, ACCEPTED, ACCEPTED),
        (Mode::AnodeChange, 4.0, ACCEPTED, rejected(Wrong)),
        (Mode::AnodeChange, 30.0, ACCEPTED, rejected(Wrong)),
        (Mode::StartUp, 4.0, ACCEPTED, rejected(Wrong)),
        (Mode::StartUp, 30.0, ACCEPTED, ACCEPTED),
    ] {
        let mut bench = Bench::new();
        (bench.field.mode, bench.field.voltage) = (mode, voltage);
        assert_eq!(bench.answer(feed(1)), feeds, "{mode:?}");
        assert_eq!(bench.answer(beam(-1.0)), moves, "{mode:?} {voltage}");
    }
}

#[test]
fn interlocks_refuse_and_stop() {
    let mut bench = Bench::new();
    bench.field.current = 249e3;
    assert_eq!(bench.answer(beam(1.0)), rejected(RejectCode::LowCurrent));
    bench.field.current = f64::NAN;
    assert_eq!(bench.answer(beam(1.0)), rejected(RejectCode::LowCurrent));
    bench.field.current = 500e3;
    bench.field.beam_position = 0.2;
    assert_eq!(bench.answer(beam(1.0)), rejected(RejectCode::Interlock));
    bench.field.emergency_stop = true;
    assert_eq!(bench.answer(beam(-1.0)), rejected(RejectCode::Interlock));
    assert_eq!(bench.answer(feed(1)), rejected(RejectCode::Interlock));

    type Upset = fn(&mut Field);
    let upsets: [(Upset, RejectCode); 4] = [
        (|field| field.emergency_stop = true, RejectCode::Interlock),
        (|field| field.beam_position = 0.2, RejectCode::Interlock),
        (|field| field.current = 0.0, RejectCode::LowCurrent),
        (|field| field.mode = Mode::Manual, RejectCode::Mode),
    ];
    for (upset, code) in upsets {
        let mut bench = Bench::new();
        assert_eq!(bench.answer(beam(10.0)), ACCEPTED);
        assert_eq!(bench.scan().beam, BeamDrive::Up);
        upset(&mut bench.field);
        assert_eq!(bench.scan().beam, BeamDrive::Hold);
        assert_eq!(bench.shown().ack, Ack { seq: 1, result: AckResult::Done as u16, code: code as u16 });
        bench.field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
        assert!(bench.scans(20).iter().all(|drive| drive.beam == BeamDrive::Hold), "it must not go on");
    }
}

#[test]
fn beam_moves_keep_their_distance_by_mode() {
    for (mode, voltage, pause) in [(Mode::Auto, 4.0, 200), (Mode::Tapping, 4.0, 20), (Mode::Auto, 20.0, 20)] {
        let mut bench = Bench::new();
        (bench.field.mode, bench.field.voltage) = (mode, voltage);
        assert_eq!(bench.answer(beam(1.0)), ACCEPTED);
        bench.live(pause - 2);
        assert_eq!(bench.answer(beam(1.0)), rejected(RejectCode::TooSoon), "{mode:?}");
        assert_eq!(bench.answer(beam(1.0)), ACCEPTED, "{mode:?}");
    }
}

#[test]
fn a_number_is_executed_once_and_old_blocks_never() {
    let mut bench = Bench::new();
    bench.seq = 1;
    let block = bench.block(1, feed(1), CELL);
    bench.put(&block);
    bench.scans(40);
    assert_eq!(bench.plc.executed(), 1);
    // The same number under a new heartbeat.
    let again = bench.block(1, feed(1), CELL);
    bench.put(&again);
    bench.scans(40);
    // An old block, held up somewhere, after a newer command.
    bench.ask(feed(2));
    bench.scans(40);
    bench.put(&block);
    bench.scans(40);
    assert_eq!(bench.plc.executed(), 2);
    // After a power cut the registers are empty, and the first block only sets the scene.
    bench.plc.restart();
    bench.put(&block);
    bench.scans(3);
    bench.put(&block);
    bench.scans(3);
    assert_eq!(bench.plc.executed(), 2);
}

#[test]
fn torn_and_foreign_blocks_do_nothing_and_do_not_feed_the_watchdog() {
    let mut bench = Bench::new();
    let mut torn = bench.block(1, feed(1), CELL);
    torn[3] ^= 1;
    bench.put(&torn);
    bench.scan();
    assert_eq!((bench.shown().ack.seq, bench.shown().dropped), (0, 1));
    let foreign = bench.block(1, feed(1), CellId(8));
    bench.put(&foreign);
    bench.scan();
    assert_eq!(bench.shown().ack.code, RejectCode::WrongCell as u16);
    for _ in 0..99 {
        let foreign = bench.block(0, Action::None, CellId(8));
        bench.put(&foreign);
        bench.scan();
    }
    assert!(bench.plc.comms_lost());
    assert_eq!(bench.plc.executed(), 0);
}

#[test]
fn without_the_controller_the_beam_stops_and_the_cell_is_fed_in_turn() {
    let mut bench = Bench::new();
    bench.live(10);
    // The move is so long that the controller is lost in the middle of it.
    bench.field.voltage = 20.0;
    bench.ask(beam(29.0));
    let drives = bench.scans(100);
    assert!(drives.iter().all(|drive| drive.beam == BeamDrive::Up));
    assert_eq!(bench.scan().beam, BeamDrive::Hold);
    assert!(bench.plc.comms_lost());
    assert_eq!(bench.shown().ack.code, RejectCode::CommsLost as u16);
    // 20 s were handed over: in 130 s every feeder of six strokes once, in turn.
    let mut order = Vec::new();
    let mut before = FeederSet::NONE;
    for drive in bench.scans(1_300) {
        assert!(drive.feeders.len() <= 1);
        if !drive.feeders.without(before).is_empty() {
            order.push(drive.feeders.0.trailing_zeros());
        }
        before = drive.feeders;
    }
    assert_eq!(order, [0, 1, 2, 3, 4, 5]);
    bench.field.current = 0.0;
    assert!(bench.scans(600).iter().skip(30).all(|drive| drive.feeders.is_empty()));
    bench.live(1);
    assert!(!bench.plc.comms_lost());
}

#[test]
fn a_write_that_arrives_in_two_halves_is_one_command() {
    let mut bench = Bench::new();
    let block = bench.block(1, feed(1), CELL);
    bench.plc.write(100, &block[..3]).unwrap();
    bench.scan();
    assert_eq!(bench.plc.executed(), 0);
    bench.plc.write(103, &block[3..]).unwrap();
    bench.scans(5);
    assert_eq!((bench.plc.executed(), bench.shown().ack.seq), (1, 1));
}

#[test]
fn a_controller_that_restarts_in_the_past_is_taken_up_after_the_watchdog() {
    let mut bench = Bench::new();
    bench.heartbeat = 100;
    bench.live(2);
    bench.heartbeat = 0;
    bench.live(98);
    assert!(!bench.plc.comms_lost());
    bench.heartbeat = 0;
    bench.live(10);
    assert_eq!(bench.answer(feed(1)), ACCEPTED);
}

#[test]
fn registers_outside_the_blocks_are_refused() {
    use potline::plc::Refusal;
    let mut bench = Bench::new();
    let read = |start, count| bench.plc.read(RegisterKind::Holding, start, count).map(<[u16]>::len);
    assert_eq!(read(0, 31), Ok(31));
    assert_eq!(read(100, 7), Ok(7));
    assert_eq!(read(0, 32), Err(Refusal::Address));
    assert_eq!(read(30, 2), Err(Refusal::Address));
    assert_eq!(read(65_535, 125), Err(Refusal::Address));
    assert_eq!(read(0, 0), Err(Refusal::Value));
    assert_eq!(read(0, 126), Err(Refusal::Value));
    assert_eq!(bench.plc.read(RegisterKind::Input, 0, 1), Err(Refusal::Address));
    assert_eq!(bench.plc.write(0, &[1]), Err(Refusal::Address));
    assert_eq!(bench.plc.write(106, &[1, 2]), Err(Refusal::Address));
    assert_eq!(bench.plc.write(100, &[]), Err(Refusal::Value));
    assert_eq!(bench.plc.write(100, &[0; 124]), Err(Refusal::Value));
}

#[derive(Debug, Clone)]
enum Step {
    Noise(u16, Vec<u16>),
    Sound { seq: u16, code: u8, argument: i16, cell_ok: bool },
    Field { mode: u8, current: f64, voltage: f64, stop: bool, position: f64 },
    Scan(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (100..107_u16, prop::collection::vec(any::<u16>(), 1..7)).prop_map(|(a, w)| Step::Noise(a, w)),
        (0..6_u16, 0..3_u8, -3_000..3_000_i16, prop::bool::weighted(0.9))
            .prop_map(|(seq, code, argument, cell_ok)| Step::Sound { seq, code, argument, cell_ok }),
        (0..6_u8, 0.0..600e3_f64, 3.0..40.0_f64, prop::bool::weighted(0.1), -0.25..0.25_f64).prop_map(
            |(mode, current, voltage, stop, position)| Step::Field { mode, current, voltage, stop, position }
        ),
        (1..120_u8).prop_map(Step::Scan),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_output_outlives_its_limit_whatever_is_written(steps in prop::collection::vec(step(), 1..60)) {
        let mut bench = Bench::new();
        let settings = PlcSettings::default();
        let (mut fed, mut moved) = ([0_u32; 8], 0_u32);
        let mut last = BeamDrive::Hold;
        let modes =
            [Mode::Off, Mode::Manual, Mode::Auto, Mode::Tapping, Mode::AnodeChange, Mode::StartUp];
        for step in steps {
            let scans = match step {
                Step::Noise(start, words) => {
                    // A refusal is an answer too.
                    let _ = bench.plc.write(start, &words);
                    0
                }
                Step::Sound { seq, code, argument, cell_ok } => {
                    let action = match code {
                        0 => Action::None,
                        1 => feed(argument as u8),
                        _ => beam(f64::from(argument) * 0.01),
                    };
                    let cell = if cell_ok { CELL } else { CellId(99) };
                    let words = bench.block(seq, action, cell);
                    bench.put(&words);
                    1
                }
                Step::Field { mode, current, voltage, stop, position } => {
                    bench.field.mode = modes[usize::from(mode)];
                    bench.field.current = current;
                    bench.field.voltage = voltage;
                    bench.field.emergency_stop = stop;
                    bench.field.beam_position = position;
                    0
                }
                Step::Scan(count) => count,
            };
            // Every scan is looked at: a pause that nobody saw is no pause.
            for _ in 0..scans {
                let drive = bench.scan();
                for (index, scans) in fed.iter_mut().enumerate() {
                    *scans = if drive.feeders.contains(index) { *scans + 1 } else { 0 };
                    prop_assert!(f64::from(*scans) * DT <= settings.feed_pulse_s + 1e-9);
                }
                prop_assert_eq!(fed[6] + fed[7], 0);
                moved = if drive.beam == BeamDrive::Hold { 0 } else { moved + 1 };
                prop_assert!(f64::from(moved) * DT <= settings.beam_max_on_s + 1e-9);
                // No reversal without a pause.
                prop_assert!(last == BeamDrive::Hold || drive.beam == BeamDrive::Hold || last == drive.beam);
                last = drive.beam;
                let stopped = bench.field.emergency_stop;
                prop_assert!(!stopped || drive == Drive::default());
                let starved = bench.field.current < 250e3;
                prop_assert!(!starved || drive.beam != BeamDrive::Up);
            }
        }
    }
}

//! What the whole stack does when something breaks: simulated cells behind emulated PLCs, the real
//! service, real sockets between them, in lock-step at one scan per simulated second.
#![cfg(feature = "cli")]

use potline::image::{Action, BeamDrive, FeederSet, Quality, Reason, StatusBits};
use potline::plc::{
    Bank, BankSettings, Layout, LinkSettings, PlcSettings, PotPlc, RegisterKind, RegisterMap,
};
use potline::service::{Config, Pace, PlcEntry, Scan, Service, Summary};
use potline::sim::{RoutineSettings, Section};
use potline::trial::Scenario;
use std::cell::RefCell;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// PLC scans per simulated second.
const PLC_SCANS: u32 = 10;
/// Longest wait for anything that takes wall time.
const PATIENCE: Duration = Duration::from_secs(8);

/// One simulated second of one PLC, seen at its solenoids.
#[derive(Debug, Clone, Copy)]
struct Second {
    /// Solenoids that were energised.
    strokes: usize,
    /// The beam motor ran.
    moving: bool,
    comms_lost: bool,
    /// Commands executed so far.
    executed: u64,
}

/// One scan of one cell, seen by the controller.
#[derive(Debug, Clone, Copy)]
struct Seen {
    quality: Quality,
    reason: Reason,
    status: StatusBits,
    action: Action,
    fallback_interval: f64,
}

impl Seen {
    fn good(&self) -> bool {
        self.quality == Quality::Good
    }

    fn asked(&self) -> bool {
        self.action != Action::None
    }
}

/// Cells, PLCs, and the log of what both sides saw.
struct Stage {
    section: Section,
    bank: Bank,
    layout: Arc<Layout>,
    /// PLCs whose program stands still; they go on answering.
    frozen: Vec<bool>,
    solenoids: Vec<FeederSet>,
    /// Cells that must be connected before the next second may pass.
    awaited: Vec<usize>,
    /// By second, then by cell.
    plant: Vec<Vec<Second>>,
    /// By scan, then by cell.
    seen: Vec<Vec<Seen>>,
}

fn scenario(cells: u16, seed: u64) -> Scenario {
    let routine =
        RoutineSettings { tap_every_h: 0.0, anode_change_every_h: 0.0, ..RoutineSettings::default() };
    Scenario { cells, seed, hours: 6.0, routine, ..Scenario::default() }
}

fn layout(plc_version: u16) -> Arc<Layout> {
    let mut map = RegisterMap::pot500().unwrap();
    map.plc_version = plc_version;
    Arc::new(map.compile().unwrap())
}

impl Stage {
    /// PLC number `n` speaks map version `versions[n]`; the service always speaks 501.
    fn open(scenario: &Scenario, settings: &PlcSettings, versions: &[u16]) -> RefCell<Self> {
        let section = Section::new(&scenario.setup(scenario.seed), 1.0).unwrap();
        let count = section.pots().len();
        let settings = PlcSettings {
            beam_speed_mm_s: scenario.plant.beam_speed_mm_s,
            beam_low_limit_mm: 5.0,
            beam_high_limit_mm: 295.0,
            ..settings.clone()
        };
        let plcs = section
            .pots()
            .iter()
            .zip(versions)
            .map(|(pot, version)| PotPlc::new(pot.id(), layout(*version), &settings).unwrap())
            .collect();
        let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, plcs).unwrap();
        let mut stage = Self {
            section,
            bank,
            layout: layout(501),
            frozen: vec![false; count],
            solenoids: vec![FeederSet::NONE; count],
            awaited: Vec::new(),
            plant: Vec::new(),
            seen: Vec::new(),
        };
        // The PLCs ran before the controller came.
        stage.scan_plcs();
        stage.plant.clear();
        RefCell::new(stage)
    }

    /// Quick to reconnect: pauses are wall time, and simulated seconds pass in a fraction of a real one.
    fn config(&self, scenario: &Scenario) -> Config {
        let entry = |(cell, address): (u16, &std::net::SocketAddr)| PlcEntry {
            cell,
            endpoint: format!("tcp://{address}"),
            unit_id: 1,
            voltage_v: None,
        };
        Config {
            plc: (1..).zip(self.bank.addresses()).map(entry).collect(),
            link: LinkSettings {
                timeout_ms: 3_000,
                connect_timeout_ms: 3_000,
                backoff_min_ms: 5,
                backoff_max_ms: 20,
                ..LinkSettings::default()
            },
            control: scenario.control,
            ..Config::default()
        }
    }

    /// One second of the process, as the `plc` command lets it pass.
    fn advance(&mut self) {
        self.scan_plcs();
        self.section.advance();
    }

    fn scan_plcs(&mut self) {
        let dt = 1.0 / f64::from(PLC_SCANS);
        let now = self.section.now();
        let mut row = Vec::new();
        for (index, pot) in self.section.pots_mut().iter_mut().enumerate() {
            let field = pot.field();
            let (frozen, solenoids) = (self.frozen[index], &mut self.solenoids[index]);
            let second = self.bank.with(index, |plc| {
                let (mut strokes, mut moving) = (0, false);
                for _ in 0..PLC_SCANS * u32::from(!frozen) {
                    let drive = plc.scan(dt, &field);
                    strokes += drive.feeders.without(*solenoids).len();
                    *solenoids = drive.feeders;
                    moving |= drive.beam != BeamDrive::Hold;
                    pot.drive(now, &drive, dt);
                }
                Second { strokes, moving, comms_lost: plc.comms_lost(), executed: plc.executed() }
            });
            row.push(second.unwrap());
        }
        self.plant.push(row);
    }

    fn cut(&mut self, cell: usize) {
        self.bank.kill(cell).unwrap();
    }

    fn mend(&mut self, cell: usize) {
        self.bank.revive(cell).unwrap();
        self.awaited.push(cell);
    }

    fn observe(&mut self, scan: &Scan<'_>) {
        let seen = |(reading, tick): (&potline::image::Reading, &potline::control::Tick)| Seen {
            quality: reading.quality,
            reason: reading.reason,
            status: reading.status,
            action: tick.command.action,
            fallback_interval: tick.command.fallback_interval,
        };
        self.seen.push(scan.readings.iter().zip(scan.ticks).map(seen).collect());
        // The plant stands still until the link is up again, so that the story, told in simulated
        // seconds, does not hang on how fast this machine is.
        let deadline = Instant::now() + PATIENCE;
        for cell in self.awaited.drain(..) {
            while !scan.links[cell].health().connected {
                assert!(Instant::now() < deadline, "cell {} never reconnected", cell + 1);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// What was ever written to PLC `cell`.
    fn command_registers(&self, cell: usize) -> Vec<u16> {
        let (start, count) = (self.layout.write_start, self.layout.write_count);
        let read = |plc: &mut PotPlc| plc.read(RegisterKind::Holding, start, count).unwrap().to_vec();
        self.bank.with(cell, read).unwrap()
    }

    fn asked(&self, cell: usize) -> u64 {
        self.seen.iter().filter(|scan| scan[cell].asked()).count() as u64
    }

    fn executed(&self, cell: usize) -> u64 {
        self.bank.with(cell, |plc| plc.executed()).unwrap()
    }

    fn strokes(&self, cell: usize, seconds: std::ops::Range<usize>) -> usize {
        self.plant[seconds].iter().map(|second| second[cell].strokes).sum()
    }
}

/// Starts a service and waits until all but `missing` PLCs are connected.
async fn start(stage: &RefCell<Stage>, config: &Config, missing: usize) -> Service {
    let layout = Arc::clone(&stage.borrow().layout);
    let service = Service::start(config, &layout).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while service.health().filter(|health| !health.connected).count() > missing {
        assert!(Instant::now() < deadline, "the PLCs do not answer");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    service
}

/// `scans` scans in lock-step; `script` may meddle before each second of the process passes.
async fn play(
    stage: &RefCell<Stage>,
    service: &mut Service,
    scans: usize,
    script: &mut dyn FnMut(usize, &mut Stage),
) -> Summary {
    let last = stage.borrow().seen.len() + scans;
    let mut advance = || {
        let mut stage = stage.borrow_mut();
        let scan = stage.seen.len() - 1;
        script(scan, &mut stage);
        stage.advance();
    };
    let mut observe = |scan: &Scan<'_>| {
        let mut stage = stage.borrow_mut();
        stage.observe(scan);
        if stage.seen.len() >= last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    service.run(Pace::Stepped(&mut advance), &AtomicBool::new(false), &mut observe).await
}

fn quiet(_: usize, _: &mut Stage) {}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plc_cut_off_for_a_minute_goes_bad_alone_and_comes_back_without_a_bump() {
    const CUT: usize = 1;
    // Given four cells whose controllers would like to raise the beam: a bump on return would show.
    let mut scenario = scenario(4, 3);
    scenario.control.design.voltage_v = 4.05;
    let stage = Stage::open(&scenario, &PlcSettings::default(), &[501; 4]);
    let config = stage.borrow().config(&scenario);
    let mut service = start(&stage, &config, 0).await;

    // When, after 300 s, PLC 2 drops off the network in the very scan that asked it for something,
    // so that the echo of that command is never read, and is back 60 s later.
    let (mut cut, mut back) = (None, None);
    let mut script = |scan: usize, stage: &mut Stage| match (cut, back) {
        (None, _) if scan >= 300 && stage.seen[scan][CUT].asked() => {
            stage.cut(CUT);
            cut = Some(scan);
        }
        (Some(at), None) if scan == at + 60 => {
            stage.mend(CUT);
            back = Some(scan);
        }
        _ => {}
    };
    play(&stage, &mut service, 720, &mut script).await;
    let (cut, back) = (cut.unwrap(), back.unwrap());
    let stage = stage.borrow();

    // Then it is bad within three scans, and nothing is asked of it while it is away.
    let gone = cut + 3..=back;
    for scan in gone.clone() {
        let seen = stage.seen[scan][CUT];
        assert_eq!((seen.quality, seen.reason), (Quality::Bad, Reason::Disconnected), "scan {scan}");
    }
    assert!((cut + 1..=back).all(|scan| !stage.seen[scan][CUT].asked()));
    let executed = stage.plant[cut][CUT].executed;
    assert!(gone.clone().all(|second| stage.plant[second][CUT].executed == executed));

    // Its own watchdog feeds the cell meanwhile: 50 s hold two or three strokes of 22 s.
    assert!(!stage.plant[cut + 9][CUT].comms_lost && stage.plant[cut + 10][CUT].comms_lost);
    let alone = stage.strokes(CUT, cut + 10..back);
    assert!((2..=3).contains(&alone), "{alone} strokes by itself");

    // The others do not notice: not one bad reading, and fed as before.
    for cell in [0, 2, 3] {
        let first = stage.seen.iter().position(|scan| scan[cell].good()).unwrap();
        assert!(first < 5 && stage.seen[first..].iter().all(|scan| scan[cell].good()), "cell {}", cell + 1);
        assert!(stage.strokes(cell, cut..back) >= 2, "cell {} is not fed", cell + 1);
    }

    // After the return the readings turn good and nothing bumps: no beam move for three minutes, the
    // feed goes on, and no minute holds more shots than a fast feed.
    let good = (back..stage.seen.len()).find(|scan| stage.seen[*scan][CUT].good()).unwrap();
    assert!(good <= back + 5, "good again only {} scans after the return", good - back);
    assert!(stage.seen[good..].iter().all(|scan| scan[CUT].good()));
    assert!(!stage.plant[good + 2][CUT].comms_lost);
    for second in cut..good + 180 {
        assert!(!stage.plant[second][CUT].moving, "the beam moves {second}");
        assert!(!matches!(stage.seen[second][CUT].action, Action::Beam { .. }), "a move is asked {second}");
    }
    let fed = stage.strokes(CUT, good..good + 120);
    assert!((3..=8).contains(&fed), "{fed} strokes in the first two minutes");
    for minute in back..stage.plant.len() - 60 {
        let shots = stage.strokes(CUT, minute..minute + 60);
        assert!(shots <= 5, "a burst: {shots} shots in the minute from {minute}");
    }

    // And every command of every cell was executed exactly once.
    for cell in 0..4 {
        assert_eq!(stage.executed(cell), stage.asked(cell), "cell {}", cell + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_beam_move_that_fell_due_while_the_plc_was_away_is_not_made_on_its_return() {
    const CUT: usize = 1;
    /// Two cells that want raising; PLC 2 is cut off in scan `away.start` and back after `away.end`.
    async fn run(away: std::ops::Range<usize>, scans: usize) -> RefCell<Stage> {
        let mut scenario = scenario(2, 5);
        scenario.control.design.voltage_v = 4.10;
        let stage = Stage::open(&scenario, &PlcSettings::default(), &[501; 2]);
        let config = stage.borrow().config(&scenario);
        let mut service = start(&stage, &config, 0).await;
        let mut script = |scan: usize, stage: &mut Stage| {
            if scan == away.start {
                stage.cut(CUT);
            } else if scan == away.end {
                stage.mend(CUT);
            }
        };
        play(&stage, &mut service, scans, &mut script).await;
        stage
    }
    let first_move = |stage: &RefCell<Stage>| {
        stage.borrow().seen.iter().position(|seen| matches!(seen[CUT].action, Action::Beam { .. }))
    };

    // Given the scan in which the beam of cell 2 moves first when all goes well.
    let never = usize::MAX..usize::MAX;
    let due = first_move(&run(never, 7_200).await).expect("the beam never moves");
    // When its PLC is away for ten seconds before that, then the move is made, only later: by the next
    // of the decisions, which are ten minutes apart.
    let made = first_move(&run(due - 15..due - 5, due + 660).await);
    assert!(made.is_some_and(|scan| scan > due), "{made:?}, due {due}");
    // When it is away for a minute, then nothing moves for three minutes: the cell is judged anew.
    let stage = run(due - 65..due - 5, due + 180).await;
    assert_eq!(first_move(&stage), None);
    let stage = stage.borrow();
    assert!(!stage.plant.iter().any(|row| row[CUT].moving));
    // It is back in time to be moved, and is fed.
    assert!(stage.seen[due][CUT].good() && stage.strokes(CUT, due..due + 120) >= 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_controller_dies_the_plcs_go_on_alone_and_a_new_one_repeats_nothing() {
    // Given slow beams and large moves, so that a move outlasts the watchdog, and PLCs whose own
    // feed interval is far from the one a controller hands over.
    let mut scenario = scenario(2, 5);
    scenario.plant.beam_speed_mm_s = 0.1;
    scenario.control.design.voltage_v = 4.10;
    scenario.control.resistance.move_most_mm = 1.5;
    scenario.control.guard.auto_move_mm = 2.0;
    let plc = PlcSettings { beam_max_travel_mm: 2.5, fallback_interval_s: 60.0, ..PlcSettings::default() };
    let stage = Stage::open(&scenario, &plc, &[501; 2]);
    let config = stage.borrow().config(&scenario);
    let mut service = start(&stage, &config, 0).await;

    // When the controller dies, without last words, in the second in which a beam begins to move.
    let died = tokio::sync::Notify::new();
    let mut advance = || {
        let mut stage = stage.borrow_mut();
        stage.advance();
        if stage.plant.last().unwrap().iter().any(|cell| cell.moving) {
            died.notify_one();
        }
    };
    let mut observe = |scan: &Scan<'_>| {
        stage.borrow_mut().observe(scan);
        if scan.number < 7_200 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let never = AtomicBool::new(false);
    tokio::select! {
        biased;
        () = died.notified() => {}
        _ = service.run(Pace::Stepped(&mut advance), &never, &mut observe) => panic!("no beam moved in two hours"),
    }
    drop(service);
    let mut stage = stage;
    let stage_mut = stage.get_mut();
    let death = stage_mut.plant.len() - 1;
    let mover = stage_mut.plant[death].iter().position(|cell| cell.moving).unwrap();
    let executed = [stage_mut.executed(0), stage_mut.executed(1)];
    let handed_over = stage_mut.seen.last().unwrap()[mover].fallback_interval;
    for _ in 0..200 {
        stage_mut.advance();
    }

    // Then the watchdog bites after 10 s of the PLC's time and the beam stops for good.
    let plant = &stage_mut.plant;
    for cell in 0..2 {
        let lost = (death..plant.len()).find(|second| plant[*second][cell].comms_lost);
        assert_eq!(lost, Some(death + 10), "cell {}", cell + 1);
    }
    assert!((death..death + 10).all(|second| plant[second][mover].moving), "the move ended by itself");
    assert!((death + 11..plant.len()).all(|second| !plant[second][0].moving && !plant[second][1].moving));
    // Both cells are fed at the interval the controller left behind.
    assert!((15.0..30.0).contains(&handed_over), "{handed_over}");
    for cell in 0..2 {
        let times: Vec<usize> = (death + 10..plant.len()).filter(|s| plant[*s][cell].strokes > 0).collect();
        assert!(times.len() >= 8, "cell {}: {} strokes in 190 s", cell + 1, times.len());
        for pair in times.windows(2) {
            let gap = (pair[1] - pair[0]) as f64;
            assert!((gap - handed_over).abs() <= 1.0, "a stroke after {gap} s, {handed_over} s handed over");
        }
    }
    assert_eq!(executed, [stage_mut.executed(0), stage_mut.executed(1)]);

    // And when a new controller comes, the cells come back and nothing of old is repeated.
    let (scan, second) = (stage_mut.seen.len(), stage_mut.plant.len());
    let mut service = start(&stage, &config, 0).await;
    play(&stage, &mut service, 60, &mut quiet).await;
    let stage = stage.borrow();
    for (cell, before) in executed.into_iter().enumerate() {
        assert!(!stage.plant[second + 1][cell].comms_lost, "cell {}", cell + 1);
        assert!(stage.seen[scan][cell].status.has(StatusBits::COMMS_LOST));
        assert!(!stage.seen[scan + 2][cell].status.has(StatusBits::COMMS_LOST));
        assert!(stage.seen[scan + 3..].iter().all(|seen| seen[cell].good()));
        let asked = stage.seen[scan..].iter().filter(|seen| seen[cell].asked()).count() as u64;
        assert!(asked > 0, "the new controller does not feed cell {}", cell + 1);
        assert_eq!(stage.executed(cell) - before, asked, "cell {}", cell + 1);
        assert!(stage.plant[second..].iter().all(|row| !row[cell].moving), "the old move went on");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plc_of_another_map_version_never_hears_from_the_service() {
    // Given one PLC of our map version and one of the next.
    let scenario = scenario(2, 7);
    let stage = Stage::open(&scenario, &PlcSettings::default(), &[501, 502]);
    let config = stage.borrow().config(&scenario);
    // When the service controls both for two minutes.
    let mut service = start(&stage, &config, 0).await;
    play(&stage, &mut service, 120, &mut quiet).await;
    // Then the stranger got not one word, neither command nor heartbeat, and its watchdog saw so.
    let stage = stage.borrow();
    assert!(stage.command_registers(1).iter().all(|word| *word == 0));
    assert!(stage.seen.iter().all(|scan| scan[1].reason == Reason::MapMismatch && !scan[1].asked()));
    assert!(stage.executed(1) == 0 && stage.plant[11][1].comms_lost);
    // The message names both versions.
    let message = service.links()[1].mismatch().unwrap().to_string();
    assert!(message.contains("501") && message.contains("502"), "{message}");
    // And the neighbour is none the worse.
    assert!(stage.seen[3..].iter().all(|scan| scan[0].good()) && stage.executed(0) > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plc_that_answers_but_stands_still_is_stale_in_three_scans_and_left_alone() {
    // Given three cells; the program of PLC 3 hangs from 100 s to 200 s, its network stack does not.
    const HUNG: usize = 2;
    let scenario = scenario(3, 9);
    let stage = Stage::open(&scenario, &PlcSettings::default(), &[501; 3]);
    let config = stage.borrow().config(&scenario);
    let mut service = start(&stage, &config, 0).await;
    let mut script = |scan: usize, stage: &mut Stage| match scan {
        100 => stage.frozen[HUNG] = true,
        200 => stage.frozen[HUNG] = false,
        _ => {}
    };
    let summary = play(&stage, &mut service, 320, &mut script).await;
    let stage = stage.borrow();
    // Then its readings are no longer good within three scans, and bad as soon as it has stood still
    // for longer than frozen_after_s.
    assert!(stage.seen[100][HUNG].good());
    assert_eq!(stage.seen[103][HUNG].reason, Reason::Stale);
    for scan in 104..=200 {
        let seen = stage.seen[scan][HUNG];
        assert_eq!((seen.quality, seen.reason), (Quality::Bad, Reason::Frozen), "scan {scan}");
        assert!(!seen.asked(), "asked in scan {scan}");
    }
    // What may have been asked before that was noticed is not executed a hundred seconds late.
    let before = stage.plant[99][HUNG].executed;
    assert_eq!(stage.plant[204][HUNG].executed, before);
    // The others are read and fed throughout, and the line stays connected.
    for cell in [0, 1] {
        assert!(stage.seen[3..].iter().all(|scan| scan[cell].good()));
        assert!(stage.strokes(cell, 100..200) >= 4);
    }
    assert_eq!((summary.errors, summary.reconnects), (0, 0));
    // And it comes back by itself.
    assert!(stage.seen[206..].iter().all(|scan| scan[HUNG].good()));
    assert!(stage.executed(HUNG) > before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_every_plc_goes_and_returns_all_come_back() {
    // Given five cells, all of whose PLCs lose the network for a minute.
    let scenario = scenario(5, 11);
    let stage = Stage::open(&scenario, &PlcSettings::default(), &[501; 5]);
    let config = stage.borrow().config(&scenario);
    let mut service = start(&stage, &config, 0).await;
    let mut script = |scan: usize, stage: &mut Stage| match scan {
        100 => (0..5).for_each(|cell| stage.cut(cell)),
        160 => (0..5).for_each(|cell| stage.mend(cell)),
        _ => {}
    };
    let summary = play(&stage, &mut service, 300, &mut script).await;
    let stage = stage.borrow();
    for cell in 0..5 {
        // Then none is believed or asked meanwhile, and the scans go on.
        assert!(stage.seen[101..=160].iter().all(|scan| scan[cell].quality == Quality::Bad));
        assert!(stage.seen[101..=160].iter().all(|scan| !scan[cell].asked()));
        // All are back within seconds, and every command was executed exactly once.
        assert!(stage.seen[166..].iter().all(|scan| scan[cell].good()), "cell {}", cell + 1);
        assert!(!stage.plant[170][cell].comms_lost);
        assert!(stage.executed(cell) > stage.plant[160][cell].executed);
        assert_eq!(stage.executed(cell), stage.asked(cell));
    }
    assert_eq!((summary.scans, summary.connected, summary.stale, summary.reconnects), (300, 5, 0, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_decides_and_writes_nothing() {
    let scenario = scenario(2, 13);
    let stage = Stage::open(&scenario, &PlcSettings::default(), &[501; 2]);
    let config = stage.borrow().config(&scenario);
    let mut service = start(&stage, &config, 0).await;
    service.set_dry_run(true);
    play(&stage, &mut service, 60, &mut quiet).await;
    let stage = stage.borrow();
    for cell in 0..2 {
        assert!(stage.command_registers(cell).iter().all(|word| *word == 0));
        assert!(stage.executed(cell) == 0 && stage.plant[20][cell].comms_lost);
        assert!(stage.seen[3..].iter().all(|scan| scan[cell].good()));
    }
    assert!(!stage.bank.wait_all_heartbeats(Duration::ZERO), "a heartbeat went out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_words_of_a_service_reach_the_plc() {
    // Given a service that has been stopped after a minute, its last heartbeat counted.
    let scenario = scenario(1, 17);
    let stage = Stage::open(&scenario, &PlcSettings::default(), &[501]);
    let config = stage.borrow().config(&scenario);
    let mut service = start(&stage, &config, 0).await;
    let mut script = |_: usize, stage: &mut Stage| {
        assert!(stage.bank.wait_all_heartbeats(PATIENCE));
    };
    play(&stage, &mut service, 60, &mut script).await;
    // Then one more block came, with a heartbeat of its own: a PLC does not look at any other.
    assert!(
        stage.borrow().bank.wait_all_heartbeats(Duration::ZERO),
        "nobody listens to a repeated heartbeat"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_gives_the_same_bits_over_sockets() {
    // Half an hour of two cells, every bit of every second; the shortest digits that give the bits
    // back agree exactly when the bits do.
    async fn history(seed: u64) -> String {
        let scenario = scenario(2, seed);
        let stage = Stage::open(&scenario, &PlcSettings::default(), &[501; 2]);
        let config = stage.borrow().config(&scenario);
        let mut service = start(&stage, &config, 0).await;
        let mut text = String::new();
        let mut script = |scan: usize, stage: &mut Stage| {
            for pot in stage.section.pots() {
                writeln!(text, "{scan} {:?} {:?}", pot.truth(), pot.field()).unwrap();
            }
        };
        let summary = play(&stage, &mut service, 1_800, &mut script).await;
        assert_eq!(summary.errors, 0);
        assert!(stage.borrow().executed(0) > 50);
        text
    }
    let (once, again, other) = (history(19).await, history(19).await, history(20).await);
    if let Some((one, two)) = once.lines().zip(again.lines()).find(|(one, two)| one != two) {
        panic!("first difference:\n{one}\n{two}");
    }
    assert!(once == again && once != other);
}

//! The real service is killed in mid-run and started again; the PLC tells what it noticed.
#![cfg(all(feature = "cli", unix))]

use potline::image::{CellId, Field, MAX_FEEDERS, Mode};
use potline::plc::{Bank, BankSettings, PlcSettings, PotPlc, RegisterMap};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// PLC time passes this much faster than the clock on the wall.
const SPEED: f64 = 5.0;
/// One PLC scan in its own time \[s\].
const SCAN: f64 = 0.1;
/// The first service has come by then \[s\].
const SETTLED: f64 = 20.0;
/// PLC time with the first and with the second service \[s\].
const BEFORE: f64 = 70.0;
const AFTER: f64 = 90.0;

/// A service under way; ended, whatever becomes of the test.
struct Running {
    child: Child,
    words: std::thread::JoinHandle<String>,
}

impl Running {
    fn start(config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_potline"))
            .args(["control", config.to_str().unwrap(), "--duration", "60s"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let words = std::thread::spawn(move || lines.map_while(Result::ok).map(|line| line + "\n").collect());
        Self { child, words }
    }

    /// SIGKILL: no last words, no last write.
    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.words.join().unwrap()
    }
}

/// What a PLC saw of one cell: when feeders struck, when the beam ran, when its controller was missing.
#[derive(Default)]
struct Log {
    strokes: Vec<(f64, usize)>,
    moved: u32,
    missed: u32,
    executed: u64,
}

/// Lets a quiet cell live in front of its PLC until told to stop.
fn live(bank: &Bank, stop: &AtomicBool, clock: &dyn Fn() -> f64) -> Log {
    let mut log = Log::default();
    let mut field = Field { current: 500e3, beam_position: 0.2, mode: Mode::Auto, ..Field::default() };
    let mut on = [false; MAX_FEEDERS];
    while !stop.load(Ordering::Relaxed) {
        while field.time < clock() {
            field.time += SCAN;
            // Bubbles, and the ripple of the rectifiers.
            field.voltage = 3.95 + 3e-3 * (1.7 * field.time).sin();
            field.current = 500e3 + 200.0 * (2.3 * field.time).sin();
            let drive = bank.scan(0, SCAN, &field).unwrap();
            for (feeder, on) in on.iter_mut().enumerate() {
                let before = core::mem::replace(on, drive.feeders.contains(feeder));
                if *on && !before {
                    field.strokes[feeder] = field.strokes[feeder].wrapping_add(1);
                    log.strokes.push((field.time, feeder));
                }
            }
            log.moved += u32::from(drive.beam != potline::image::BeamDrive::Hold);
            let (lost, executed) = bank.with(0, |plc| (plc.comms_lost(), plc.executed())).unwrap();
            log.missed += u32::from(lost && field.time > SETTLED);
            log.executed = executed;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    log
}

#[test]
fn a_plc_does_not_notice_that_its_controller_was_killed_and_came_back() {
    let folder = std::env::temp_dir().join(format!("potline-killed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
    let plc = PotPlc::new(CellId(1), layout, &PlcSettings::default()).unwrap();
    let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, vec![plc]).unwrap();
    let config = folder.join("control.toml");
    let text = format!(
        "version = 1\nperiod_ms = {}\n[service]\nsnapshot = \"memory.bin\"\nsnapshot_every_s = 1.0\n\
         [[plc]]\ncell = 1\nendpoint = \"tcp://{}\"\n",
        1_000.0 / SPEED,
        bank.addresses()[0]
    );
    std::fs::write(&config, text).unwrap();

    let began = Instant::now();
    let clock = || SPEED * began.elapsed().as_secs_f64();
    let stop = AtomicBool::new(false);
    let pass = |time: f64| std::thread::sleep(Duration::from_secs_f64(time / SPEED));
    let (log, killed, first, second) = std::thread::scope(|scope| {
        let log = scope.spawn(|| live(&bank, &stop, &clock));
        pass(5.0);
        let running = Running::start(&config);
        pass(BEFORE);
        let first = running.kill();
        let killed = clock();
        let running = Running::start(&config);
        pass(AFTER);
        let second = running.kill();
        stop.store(true, Ordering::Relaxed);
        (log.join().unwrap(), killed, first, second)
    });
    std::fs::remove_dir_all(&folder).unwrap();

    assert!(first.contains("there is no"), "{first}");
    assert!(second.contains("goes on with its memory"), "{second}");
    assert!(log.missed == 0, "the watchdog of the PLC came: {} scans", log.missed);
    assert_eq!(log.moved, 0, "a cell on target needs no move");
    // Each command is one execution of one stroke here: none was repeated.
    assert_eq!(log.executed, log.strokes.len() as u64);
    let feeders: Vec<_> = log.strokes.iter().map(|stroke| stroke.1).collect();
    assert!(feeders.windows(2).all(|pair| pair[0] != pair[1]), "turn by turn: {feeders:?}");
    // Around the kill strokes come at the pace of the others.
    let gaps: Vec<_> = log.strokes.windows(2).map(|pair| (pair[1].0, pair[1].0 - pair[0].0)).collect();
    let usual: Vec<_> = gaps.iter().filter(|(at, _)| (*at - killed).abs() > 30.0).map(|gap| gap.1).collect();
    assert!(usual.len() >= 2, "{:?}", log.strokes);
    let (least, most) = usual.iter().fold((f64::MAX, 0.0f64), |(l, m), g| (l.min(*g), m.max(*g)));
    for (at, gap) in gaps {
        assert!(
            gap > 0.6 * least && gap < 1.6 * most,
            "{gap} s at {at}, killed at {killed}: {:?}",
            log.strokes
        );
    }
}

//! Our driver on a serial line: a pair of pseudo-terminals, with wire time, noise and silence.

use super::client::{Client, good};
use super::commands::next;
use super::ledger::Ledger;
use super::monitor::Monitor;
use super::slave::{Noise, Wire, serve};
use super::station::settings;
use super::truth::{Judgement, Truth};
use crate::Options;
use crate::dice::Dice;
use crate::report::{Spread, TierResult};
use potline::image::{Action, CellId, Field, Mode};
use potline::plc::{Endpoint, Layout, PotPlc, RegisterKind, RegisterMap};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const BAUD: u32 = 115_200;
/// Bits of one character on the wire.
const CHARACTER_BITS: f64 = 11.0;
/// Client's time-out; an exchange takes 10 ms on the wire.
const PATIENCE: Duration = Duration::from_millis(60);
/// Bytes on the wire for one read of the status block.
const READ_BYTES: usize = 8 + 5 + 62;

/// Two pseudo-terminals joined by `socat`, as long as this lives.
struct Cable {
    socat: Child,
    ends: [PathBuf; 2],
}

impl Cable {
    fn lay(directory: &Path) -> Result<Self, Box<dyn Error>> {
        std::fs::create_dir_all(directory)?;
        let directory = directory.canonicalize()?;
        let ends = ["client", "plc"].map(|end| directory.join(format!("{end}-{}.pty", std::process::id())));
        let side = |end: &Path| format!("pty,raw,echo=0,link={}", end.display());
        let socat = Command::new("socat")
            .args([side(&ends[0]), side(&ends[1])])
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("socat: {error}"))?;
        let cable = Self { socat, ends };
        let began = Instant::now();
        while !cable.ends.iter().all(|end| end.exists()) {
            if began.elapsed() > Duration::from_secs(5) {
                return Err("socat made no pseudo-terminals".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(cable)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        // It was started here; with it the links go.
        let _ = self.socat.kill();
        let _ = self.socat.wait();
        for end in &self.ends {
            let _ = std::fs::remove_file(end);
        }
    }
}

pub fn run(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    let name = "serial line";
    result.step("a serial line of 115200 Bd with noise, on pseudo-terminals");
    let cable = match supported().and_then(|()| Cable::lay(&options.out)) {
        Ok(cable) => cable,
        Err(error) => {
            result.note(format!("{name}: not run: {error}"));
            if crate::on_ci() {
                result.check(name, "not run", "run, on CI", false);
            }
            return Ok(());
        }
    };
    let layout = Arc::new(RegisterMap::pot500()?.compile()?);
    let plc = PotPlc::new(CellId(1), Arc::clone(&layout), &settings())
        .map_err(|problems| format!("settings of the emulated PLC: {problems:?}"))?;
    let plc = Arc::new(Mutex::new(plc));
    let wire = Arc::new(Wire {
        character: Duration::from_secs_f64(CHARACTER_BITS / f64::from(BAUD)),
        patience: PATIENCE,
        share: Mutex::new(0.0),
        injected: Mutex::default(),
    });
    let line = std::fs::OpenOptions::new().read(true).write(true).open(&cable.ends[1])?;
    let slave = {
        let (plc, wire, seed) = (Arc::clone(&plc), Arc::clone(&wire), options.seed);
        std::thread::spawn(move || serve(line, &plc, &wire, seed))
    };
    let commands = if options.quick { 60 } else { 600 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(campaign(options.seed, commands, &cable, &layout, &plc, &wire));
    drop(runtime);
    drop(cable);
    // The end of the pseudo-terminal ends the slave, with an error that means just that.
    let _ = slave.join();
    judge(result, name, commands, &outcome?, &wire)
}

/// The driver may have been built without serial lines.
fn supported() -> Result<(), Box<dyn Error>> {
    let address = format!("rtu:///dev/ttyS0?baud={BAUD}");
    let endpoint = Endpoint { cell: CellId(1), address, unit_id: 1 };
    endpoint.validate().first().map_or(Ok(()), |problem| Err(problem.to_string().into()))
}

struct Found {
    books: super::ledger::Books,
    good: u64,
    wrong: u64,
    scans: u64,
    errors: u64,
    round_trips: Option<hdrhistogram::Histogram<u64>>,
}

async fn campaign(
    seed: u64,
    commands: usize,
    cable: &Cable,
    layout: &Arc<Layout>,
    plc: &Arc<Mutex<PotPlc>>,
    wire: &Wire,
) -> Result<Found, Box<dyn Error>> {
    // The kernel gives a pseudo-terminal no parity; with a second stop bit a character is as long.
    let address = format!("rtu://{}?baud={BAUD}&parity=none", cable.ends[0].display());
    let mut client = Client::at(address, PATIENCE, layout)?;
    let mut field =
        Field { voltage: 4.0, current: 500e3, beam_position: 0.15, mode: Mode::Auto, ..Field::default() };
    let (mut truth, mut monitor, mut ledger) = (Truth::default(), Monitor::default(), Ledger::default());
    let (mut dice, mut turn, mut heartbeat) = (Dice::new(seed, 11), 0, 0_u16);
    let mut found = Found {
        books: ledger.close(&monitor),
        good: 0,
        wrong: 0,
        scans: 0,
        errors: 0,
        round_trips: client.round_trips(),
    };
    let mut rest = 60;
    for _ in 0..12 * commands + 200 {
        for _ in 0..10 {
            field.time += 0.1;
            // Every sample is one of its kind.
            field.voltage = 4.0 + 0.1 * dice.unit();
            let mut plc = plc.lock().unwrap_or_else(PoisonError::into_inner);
            let drive = plc.scan(0.1, &field);
            let read = |start, count| plc.read(RegisterKind::Holding, start, count).unwrap_or_default();
            truth.record(field.time, layout.decode(read(0, layout.read_words() as u16)));
            let block = layout.command(read(layout.write_start, layout.write_count));
            monitor.scan(0.1, drive, plc.executed(), &block, plc.comms_lost());
        }
        let reading = client.read(field.time, 2 * PATIENCE).await;
        found.scans += 1;
        if good(&reading) {
            found.good += 1;
            // Noise begins once the line has worked.
            *wire.share.lock().unwrap_or_else(PoisonError::into_inner) = 0.1;
            found.wrong += u64::from(truth.judge(&reading, field.time, layout, &[]) != Judgement::True);
        }
        ledger.learn(&reading);
        let done = ledger.given() == commands;
        let action = if reading.link.ready && !done { next(&mut dice, &mut turn) } else { Action::None };
        heartbeat = heartbeat.wrapping_add(1);
        if action != Action::None {
            monitor.intend(heartbeat, action);
        }
        let sending = client.write(heartbeat, action, 2 * PATIENCE).await;
        if action != Action::None {
            ledger.give(sending == super::client::Sending::Refused);
        }
        if !reading.usable() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if done {
            *wire.share.lock().unwrap_or_else(PoisonError::into_inner) = 0.0;
            rest -= 1;
            if rest == 0 {
                break;
            }
        }
    }
    (found.books, found.errors) = (ledger.close(&monitor), client.errors());
    found.round_trips = client.round_trips();
    Ok(found)
}

fn judge(
    result: &mut TierResult,
    name: &str,
    commands: usize,
    found: &Found,
    wire: &Wire,
) -> Result<(), Box<dyn Error>> {
    let injected = wire.injected.lock().unwrap_or_else(PoisonError::into_inner);
    let kinds = Noise::ALL.iter().filter(|noise| injected.contains(noise)).count();
    let books = &found.books;
    result.check(
        &format!("{name}: wrong readings taken for good"),
        format!(
            "{} of {}; {} disturbances of {kinds} kinds, {} errors seen",
            found.wrong,
            found.good,
            injected.len(),
            found.errors
        ),
        "0, every kind injected",
        found.wrong == 0 && found.good > 0 && kinds == Noise::ALL.len(),
    );
    result.check(
        &format!("{name}: executed on the PLC and acknowledged are the same ones"),
        format!(
            "{} given, {} executed, {} acknowledged, {} acknowledged only, {} executed only, {} twice, {} in doubt",
            books.given, books.executed, books.acknowledged, books.phantom, books.silent, books.twice, books.unknown
        ),
        "0 on one side only, 0 twice, 0 in doubt",
        books.given == commands
            && books.phantom + books.silent + books.twice + books.unknown + books.wrong + books.stray == 0,
    );
    // A read and a write share the histogram; the read is the longer.
    let wire_us = (wire.character * READ_BYTES as u32).as_micros() as u64;
    let round_trips = found.round_trips.as_ref().ok_or("the client keeps no round trips")?;
    let p90 = round_trips.value_at_quantile(0.9);
    result.check(
        &format!("{name}: the wire takes its time"),
        format!("p90 of the round trips {p90} µs"),
        format!("at least the {wire_us} µs of a read on the wire"),
        p90 >= wire_us,
    );
    result.spread(Spread::new(&format!("{name}: round trip"), "µs", round_trips));
    Ok(())
}

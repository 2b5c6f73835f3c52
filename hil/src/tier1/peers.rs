//! Independent stacks in both directions: their servers under our driver, their clients on our server.

use super::process::{Peer, last_line};
use super::provision::Tools;
use crate::conformance::{BITS, WORDS, judge_other};
use crate::master::Master;
use crate::report::TierResult;
use potline::image::{Action, CellId, Command, FeederSet, Field, Mode, Quality, StatusBits};
use potline::plc::{
    Bank, BankSettings, Endpoint, Layout, LinkSettings, MAX_WORDS, Outputs, PlcLink, PlcSettings, PotPlc,
    RegisterKind, Snapshot,
};
use serde::Deserialize;
use std::process::Command as Process;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Scans of our driver on each of their servers.
const SCANS: u16 = 300;

/// pymodbus and libmodbus as servers: read and written by our driver, then judged.
pub fn servers(result: &mut TierResult, tools: &Tools, layout: &Arc<Layout>) {
    let sizes = [BITS.to_string(), WORDS.to_string()];
    one_server(result, layout, "pymodbus", tools.script("pymodbus_server.py").args(&sizes));
    match &tools.libmodbus {
        Ok(program) => one_server(result, layout, "libmodbus", Process::new(program).args(&sizes)),
        Err(why) => missing(result, "libmodbus server", why),
    }
}

/// A peer that is not there: said aloud, and on CI a failure.
pub fn missing(result: &mut TierResult, what: &str, why: &str) {
    if crate::on_ci() {
        result.check(what, format!("not run: {why}"), "runs on CI", false);
    } else {
        result.note(format!("{what}: NOT RUN: {why}"));
    }
}

fn one_server(result: &mut TierResult, layout: &Arc<Layout>, name: &str, command: &mut Process) {
    result.step(&format!("our driver on a server of {name}"));
    let what = format!("driver on {name}: scans with a wrong or missing value");
    let peer = match Peer::start(command) {
        Ok(peer) => peer,
        Err(error) => return result.check(&what, error, "0", false),
    };
    match drive(&peer, layout) {
        Ok(wrong) => {
            let found = format!("{} of {SCANS} {}", wrong.len(), wrong.join("; "));
            result.check(&what, found, "0", wrong.is_empty());
        }
        Err(error) => result.check(&what, error, "0", false),
    }
    judge_other(result, name, peer.address());
}

/// A second connection plays the field: it shows a sample, and looks at what the driver wrote.
fn drive(peer: &Peer, layout: &Arc<Layout>) -> Result<Vec<String>, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let read = *layout.reads.first().ok_or("the map reads nothing")?;
    let mut master = Master::connect(peer.address()).map_err(|e| e.to_string())?;
    let mut show = |scan: u16| {
        let mut words = [0; MAX_WORDS];
        layout.publish(&mut words, &sample(layout, scan));
        master.write(read.start, &words[..usize::from(read.count)]).map_err(|e| e.to_string())?;
        master.read(layout.write_start, layout.write_count).map_err(|e| e.to_string())
    };
    show(0)?;
    runtime.block_on(async {
        let address = format!("tcp://{}", peer.address());
        let endpoint = Endpoint { cell: CellId(1), address, unit_id: 1 };
        let mut link = PlcLink::spawn(&endpoint, &LinkSettings::default(), Arc::clone(layout))
            .map_err(|e| e.to_string())?;
        let mut wrong = Vec::new();
        // The first scans connect and learn where the counters stand.
        let warm = 20;
        for scan in 1..=SCANS + warm {
            let written = show(scan)?;
            link.start_read(f64::from(scan));
            let reading = link.finish_read(Instant::now() + Duration::from_secs(1)).await;
            let expected = sample(layout, scan).voltage;
            let block = layout.command(&written);
            if scan > warm && (reading.quality != Quality::Good || reading.voltage != expected) {
                let seen = (reading.quality, reading.voltage);
                wrong.push(format!("scan {scan}: {seen:?}, {:?}", link.health().last_error));
            } else if scan > warm && !(block.sound && block.heartbeat == scan - 1) {
                wrong.push(format!("scan {scan}: the server holds {block:?}"));
            }
            let action = Action::Feed { feeders: FeederSet(1) };
            let action = if reading.quality == Quality::Good { action } else { Action::None };
            let command = Command { action, fallback_interval: 20.0, alf3: None };
            // A refused command is not of interest here; the heartbeat goes out with or without it.
            let _ = link.start_write(&Outputs { heartbeat: scan, command });
            link.finish_write(Instant::now() + Duration::from_secs(1)).await;
            if scan <= warm {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(wrong)
    })
}

/// What the field shows at a scan. Voltages are exact in the register's 32 bits.
fn sample(layout: &Layout, scan: u16) -> Snapshot {
    Snapshot {
        scan,
        heartbeat: scan,
        map_version: layout.plc_version,
        tests_ok: true,
        stamp_ms: u32::from(scan) * 1_000,
        mode: Some(Mode::Auto),
        status: StatusBits::REMOTE,
        voltage: 4.0 + f64::from(scan % 64) / 1_024.0,
        current: 500e3,
        ..Snapshot::default()
    }
}

/// What `clients.py` prints.
#[derive(Debug, PartialEq, Deserialize)]
struct Found {
    block: Vec<u16>,
    back: Vec<u16>,
    behind: u8,
    coil: u8,
    failed: u32,
}

/// pymodbus, pyModbusTCP and mbpoll on our emulated PLC.
pub fn clients(result: &mut TierResult, tools: &Tools, layout: &Arc<Layout>) {
    result.step("their clients on our server");
    let bank = match bank(layout) {
        Ok(bank) => bank,
        Err(error) => return result.check("their clients on our server", error, "a server", false),
    };
    for name in ["pymodbus", "pyModbusTCP"] {
        let check = python(tools, layout, &bank, name);
        let limit = "the same registers, exceptions 2 and 1, 0 of 500 reads failed";
        let (found, holds) = match check {
            Ok((found, expected)) if found == expected => ("as it should".into(), true),
            Ok((found, expected)) => (format!("{found:?} for {expected:?}"), false),
            Err(error) => (error, false),
        };
        result.check(&format!("client of {name} on our server"), found, limit, holds);
    }
    match &tools.mbpoll {
        Ok(()) => {
            let (found, holds) = match mbpoll(layout, &bank) {
                Ok((found, expected)) => (format!("{found:?}"), found == expected),
                Err(error) => (error, false),
            };
            result.check("mbpoll (libmodbus) on our server", found, "map version and test words", holds);
        }
        Err(why) => missing(result, "mbpoll", why),
    }
}

/// One emulated PLC that shows a steady cell.
pub fn bank(layout: &Arc<Layout>) -> Result<Bank, String> {
    let plc = PotPlc::new(CellId(1), Arc::clone(layout), &PlcSettings::default())
        .map_err(|problems| format!("{problems:?}"))?;
    let settings = BankSettings { base_port: 0, ..BankSettings::default() };
    let bank = Bank::start(&settings, vec![plc]).map_err(|e| e.to_string())?;
    let field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
    bank.scan(0, 0.1, &field).map_err(|e| e.to_string())?;
    Ok(bank)
}

fn shown(layout: &Layout, bank: &Bank) -> Result<(u16, Vec<u16>), String> {
    let read = layout.reads.first().ok_or("the map reads nothing")?;
    let words =
        bank.with(0, |plc| plc.read(RegisterKind::Holding, read.start, read.count).map(<[u16]>::to_vec));
    let words = words.map_err(|e| e.to_string())?.map_err(|refusal| format!("{refusal:?}"))?;
    Ok((read.start, words))
}

fn python(tools: &Tools, layout: &Layout, bank: &Bank, name: &str) -> Result<(Found, Found), String> {
    let (start, block) = shown(layout, bank)?;
    let back = vec![9, 0, 0, 0, 1, 200, 77];
    let mut command = tools.script("clients.py");
    command.args([name, &bank.addresses()[0].port().to_string()]);
    let numbers = [start, block.len() as u16, layout.write_start];
    command.args(numbers.iter().chain(&back).map(ToString::to_string));
    let line = last_line(&mut command)?;
    let found = serde_json::from_str(&line).map_err(|e| format!("{e}: {line}"))?;
    Ok((found, Found { block, back, behind: 2, coil: 1, failed: 0 }))
}

/// Registers 1 to 5: map version and test words.
fn mbpoll(layout: &Layout, bank: &Bank) -> Result<(Vec<u16>, Vec<u16>), String> {
    let (_, block) = shown(layout, bank)?;
    let port = bank.addresses()[0].port().to_string();
    let mut command = Process::new("mbpoll");
    command.args([
        "-m",
        "tcp",
        "-a",
        "1",
        "-0",
        "-r",
        "1",
        "-c",
        "5",
        "-t",
        "4",
        "-1",
        "-p",
        &port,
        "127.0.0.1",
    ]);
    let output = command.output().map_err(|e| e.to_string())?;
    // Lines such as "[1]: 	501"; large words are printed with their signed value behind.
    let found = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            line.strip_prefix('[')?.split_once("]:")?.1.split_whitespace().next()?.parse().ok()
        })
        .collect();
    Ok((found, block.get(1..6).unwrap_or_default().to_vec()))
}

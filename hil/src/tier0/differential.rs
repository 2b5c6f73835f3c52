//! The same script on our driver and on the bare client library, in debug and in release builds.

use super::cases::{CASES, Case, TIMEOUT};
use super::peer::{FALSE_V, Peer, TRUE_V};
use crate::Options;
use crate::report::{Table, TierResult};
use potline::image::{CellId, Command, Quality};
use potline::plc::{Endpoint, Layout, LinkSettings, Outputs, PlcLink, RegisterMap};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_modbus::client::{Context, Reader, Writer, tcp};
use tokio_modbus::{Error as ModbusError, Slave};

/// Exchanges with the wicked peer in each case.
const EXCHANGES: usize = 20;
/// Exchanges with the reformed peer within which data must flow again.
const PATIENCE: usize = 100;

/// What one client made of one case.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Made {
    /// Right data, or a confirmed write.
    pub delivered: usize,
    /// False data or a false confirmation taken for true.
    pub wrong: usize,
    pub refused: usize,
    pub panics: usize,
    /// From the last wicked byte to the refusal \[ms\], median; from the request where nothing came.
    pub refused_after_ms: Option<f64>,
    /// Data flow again once the peer is honest.
    pub heals: bool,
    #[serde(skip)]
    delays: Vec<Duration>,
}

impl Made {
    fn refuse(&mut self, began: Instant, peer: &Peer) {
        self.refused += 1;
        let since = peer.acted().filter(|acted| *acted > began).unwrap_or(began);
        self.delays.push(since.elapsed());
    }

    fn finish(mut self, heals: bool) -> Self {
        self.heals = heals;
        self.delays.sort();
        self.refused_after_ms = self.delays.get(self.delays.len() / 2).map(|delay| delay.as_secs_f64() * 1e3);
        self
    }

    fn words(&self) -> String {
        let after = self.refused_after_ms.map_or(String::new(), |ms| format!(" in {ms:.2} ms"));
        let part = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
        let parts = [
            part(self.wrong, "WRONG"),
            part(self.panics, "PANICS"),
            part(self.delivered, "delivered"),
            part(self.refused, "refused").map(|text| text + &after),
            (!self.heals).then(|| "never heals".into()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// One row of the table, from one build.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub case: String,
    pub driver: Made,
    pub bare: Made,
}

pub fn run(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    result.step("the differential script, this build");
    let (this, other) = if cfg!(debug_assertions) { ("debug", "release") } else { ("release", "debug") };
    let mut builds = vec![(this, script()?)];
    if options.quick {
        result.note(format!("--quick: the {other} build of the differential script was not run"));
    } else {
        result.step(&format!("the differential script, {other} build (cargo builds it first)"));
        match elsewhere(other) {
            Ok(rows) => builds.push((other, rows)),
            Err(error) => result.check("the differential script in both builds", error, "both run", false),
        }
    }
    for (build, rows) in &builds {
        let columns = ["peer", "our driver", "bare tokio-modbus"];
        let mut table =
            Table::new(&format!("Twenty exchanges with each wicked peer, {build} build"), &columns);
        for row in rows {
            table.row([row.case.clone(), row.driver.words(), row.bare.words()]);
        }
        result.table(table);
        judge(result, build, rows);
    }
    Ok(())
}

fn judge(result: &mut TierResult, build: &str, rows: &[Row]) {
    let sum = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).sum::<usize>();
    let (wrong, panics) = (sum(&|row| row.driver.wrong), sum(&|row| row.driver.panics));
    result.check(
        &format!("differential, {build}: wrong data or confirmations taken, panics"),
        format!("{wrong} and {panics}"),
        "0 and 0",
        wrong == 0 && panics == 0 && rows.len() == CASES.len(),
    );
    let sick: Vec<_> = rows.iter().filter(|row| !row.driver.heals).map(|row| row.case.as_str()).collect();
    result.check(
        &format!("differential, {build}: data flow again from the honest peer"),
        if sick.is_empty() { "always".into() } else { format!("not after: {}", sick.join("; ")) },
        "always",
        sick.is_empty(),
    );
    let pairs = || rows.iter().zip(CASES);
    let slowest = pairs()
        .filter(|(_, case)| case.garbage)
        .map(|(row, _)| row.driver.refused_after_ms.unwrap_or(f64::INFINITY))
        .fold(0.0, f64::max);
    result.check(
        &format!("differential, {build}: a garbage header is refused within"),
        format!("{slowest:.3} ms, worst median of {EXCHANGES}"),
        "under 1 ms",
        slowest < 1.0,
    );
    let starved: Vec<_> = pairs()
        .filter(|(row, case)| case.truthful && row.driver.delivered == 0)
        .map(|(row, _)| row.case.as_str())
        .collect();
    result.check(
        &format!("differential, {build}: a slow but truthful peer delivers"),
        if starved.is_empty() { "always".into() } else { format!("not: {}", starved.join("; ")) },
        "always",
        starved.is_empty(),
    );
    let (wrong, panics) = (sum(&|row| row.bare.wrong), sum(&|row| row.bare.panics));
    result.check(
        &format!("self-test, {build}: the script finds bare tokio-modbus guilty"),
        format!("{wrong} wrong, {panics} panics"),
        "some",
        wrong + panics > 0,
    );
}

/// The rows of another build of this program.
fn elsewhere(build: &str) -> Result<Vec<Row>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let profile = if build == "debug" { "dev" } else { "release" };
    let output = std::process::Command::new(cargo)
        .args(["run", "--quiet", "--profile", profile, "-p", "potline-hil", "--", "differential"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the {build} build failed: {}", said.lines().last().unwrap_or_default()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("the {build} build said: {error}"))
}

/// Every case, both clients, side by side.
pub fn script() -> Result<Vec<Row>, Box<dyn Error>> {
    // Panics of the library are counted, not printed.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let rows = cases();
    std::panic::set_hook(hook);
    rows
}

fn cases() -> Result<Vec<Row>, Box<dyn Error>> {
    let layout = Arc::new(RegisterMap::pot500()?.compile()?);
    let peers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = clients.block_on(async {
        let tasks: Vec<_> = CASES
            .iter()
            .map(|case| {
                let start = || Peer::start(peers.handle(), &layout, case.play, case.greets);
                let (one, two) = (start()?, start()?);
                let (driver, bare) = (Arc::clone(&layout), Arc::clone(&layout));
                Ok((
                    case.name,
                    tokio::spawn(async move { our_driver(case, &one, &driver).await }),
                    tokio::spawn(async move { bare_library(case, &two, &bare).await }),
                ))
            })
            .collect::<Result<_, std::io::Error>>()?;
        let mut rows = Vec::new();
        for (case, driver, bare) in tasks {
            // A panic of the driver's side ends here; one of its own task shows as a link that is dead.
            let gone = Made { panics: 1, ..Made::default() };
            let driver = match driver.await {
                Ok(made) => made?,
                Err(_) => gone.clone(),
            };
            rows.push(Row { case: case.into(), driver, bare: bare.await.unwrap_or(gone) });
        }
        Ok::<_, Box<dyn Error>>(rows)
    })?;
    peers.shutdown_background();
    Ok(rows)
}

async fn our_driver(case: &Case, peer: &Peer, layout: &Arc<Layout>) -> Result<Made, String> {
    let settings = LinkSettings {
        timeout_ms: TIMEOUT.as_millis() as u64,
        timeout_floor_ms: TIMEOUT.as_millis() as u64,
        timeout_ceiling_ms: 4 * TIMEOUT.as_millis() as u64,
        backoff_min_ms: 1,
        backoff_max_ms: 10,
        ..LinkSettings::default()
    };
    let mut now = 0.0;
    // A greeting is met on a fresh connection.
    peer.wicked(case.greets);
    let endpoint = Endpoint { cell: CellId(1), address: format!("tcp://{}", peer.address), unit_id: 1 };
    let mut link =
        PlcLink::spawn(&endpoint, &settings, Arc::clone(layout)).map_err(|error| error.to_string())?;
    let mut made = Made::default();
    if !case.greets && !flows(&mut link, &mut now).await {
        return Err(format!("{}: no data from the honest peer", case.name));
    }
    peer.wicked(true);
    let mut exchanges = 0;
    for _ in 0..2_000 {
        if exchanges == EXCHANGES {
            break;
        }
        let began = Instant::now();
        let before = link.health();
        now += 1.0;
        link.start_read(now);
        let patience = if case.dropped && exchanges == 0 { Duration::ZERO } else { 5 * TIMEOUT };
        let reading = link.finish_read(tokio::time::Instant::now() + patience).await;
        let mut written = false;
        if case.writes {
            let command = Command { fallback_interval: 20.0, ..Command::default() };
            written = link.start_write(&Outputs { heartbeat: now as u16, command }).is_ok();
            link.finish_write(tokio::time::Instant::now() + 5 * TIMEOUT).await;
        }
        let after = link.health();
        // Without a connection, or before anything was read over it, there is nothing to judge.
        if after.requests == before.requests || (case.writes && !written) {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        }
        exchanges += 1;
        // The false voltage is taken if any reading that may be used shows it.
        let false_reading = !case.writes && reading.usable() && reading.voltage == FALSE_V;
        if after.errors > before.errors {
            made.refuse(began, peer);
        } else if false_reading || written {
            made.wrong += 1;
        } else if reading.usable() && reading.voltage == TRUE_V && reading.age == 0.0 {
            made.delivered += 1;
        }
    }
    peer.wicked(false);
    let heals = flows(&mut link, &mut now).await;
    Ok(made.finish(heals))
}

/// True once readings are good again.
async fn flows(link: &mut PlcLink, now: &mut f64) -> bool {
    for _ in 0..PATIENCE {
        *now += 1.0;
        link.start_read(*now);
        let reading = link.finish_read(tokio::time::Instant::now() + 5 * TIMEOUT).await;
        if reading.quality == Quality::Good {
            return reading.voltage == TRUE_V;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

/// What a call of the library ended with; the context is gone after a panic or a broken connection.
enum Call {
    Values(Vec<u16>),
    Written,
    Failed,
    Broken,
}

async fn bare_library(case: &Case, peer: &Peer, layout: &Layout) -> Made {
    let mut made = Made::default();
    peer.wicked(case.greets);
    let mut context = connect(peer).await;
    peer.wicked(true);
    let count = layout.read_words();
    let voltage = |values: &[u16]| layout.decode(values).voltage;
    for exchange in 0..EXCHANGES {
        let began = Instant::now();
        if context.is_none() {
            context = connect(peer).await;
        }
        let Some(own) = context.take() else {
            made.refuse(began, peer);
            continue;
        };
        let patience = if case.dropped && exchange == 0 { Duration::ZERO } else { TIMEOUT };
        // In a task of its own, for it may panic.
        match tokio::spawn(call(own, case.writes, count as u16, patience)).await {
            Err(_) => made.panics += 1,
            Ok((own, call)) => {
                match &call {
                    Call::Values(values) if values.len() == count && voltage(values) == TRUE_V => {
                        made.delivered += 1;
                    }
                    Call::Values(_) | Call::Written => made.wrong += 1,
                    Call::Failed | Call::Broken => made.refuse(began, peer),
                }
                context = (!matches!(call, Call::Broken)).then_some(own);
            }
        }
    }
    peer.wicked(false);
    let mut heals = false;
    for _ in 0..PATIENCE {
        if context.is_none() {
            context = connect(peer).await;
        }
        let Some(own) = context.take() else { continue };
        if let Ok((own, result)) = tokio::spawn(call(own, false, count as u16, TIMEOUT)).await {
            if matches!(&result, Call::Values(values) if values.len() == count && voltage(values) == TRUE_V) {
                heals = true;
                break;
            }
            context = (!matches!(result, Call::Broken)).then_some(own);
        }
    }
    made.finish(heals)
}

async fn connect(peer: &Peer) -> Option<Context> {
    let stream = TcpStream::connect(peer.address).await.ok()?;
    stream.set_nodelay(true).ok()?;
    Some(tcp::attach_slave(stream, Slave(1)))
}

async fn call(mut context: Context, writes: bool, count: u16, patience: Duration) -> (Context, Call) {
    let call = if writes {
        match timeout(patience, context.write_multiple_registers(100, &[0; 7])).await {
            Ok(Ok(Ok(()))) => Call::Written,
            Ok(Err(ModbusError::Transport(_))) => Call::Broken,
            _ => Call::Failed,
        }
    } else {
        match timeout(patience, context.read_holding_registers(0, count)).await {
            Ok(Ok(Ok(values))) => Call::Values(values),
            Ok(Err(ModbusError::Transport(_))) => Call::Broken,
            _ => Call::Failed,
        }
    };
    (context, call)
}

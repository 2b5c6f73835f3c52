//! The other end of the line test, in a process of its own so that the client's processor time is its own.
//!
//! Standard input takes one order per line (`cut`, `mend`, `drop`), each answered with `ok`; the end of the
//! input ends the program. The first line of standard output lists the addresses as JSON.

use crate::proxy::Proxy;
use potline::image::{CellId, Field, Mode};
use potline::plc::{Bank, BankSettings, PlcSettings, PotPlc, RegisterMap};
use std::error::Error;
use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Registers each PLC is read for.
pub const WORDS: u16 = 100;
/// One PLC in so many stands behind a proxy that can swallow everything.
pub const BEHIND_PROXY: usize = 10;

/// The example map, its status block widened to [`WORDS`].
pub fn map() -> Result<RegisterMap, Box<dyn Error>> {
    let mut map = RegisterMap::pot500()?;
    map.blocks.first_mut().ok_or("the map has no block")?.count = WORDS;
    Ok(map)
}

pub fn serve(count: u16) -> Result<(), Box<dyn Error>> {
    let layout = Arc::new(map()?.compile()?);
    let plcs = (1..=count)
        .map(|cell| PotPlc::new(CellId(cell), Arc::clone(&layout), &PlcSettings::default()))
        .collect::<Result<_, _>>()
        .map_err(|problems| format!("{problems:?}"))?;
    let bank = Arc::new(Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, plcs)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut proxies = Vec::new();
    let mut addresses: Vec<SocketAddr> = bank.addresses().to_vec();
    for address in addresses.iter_mut().step_by(BEHIND_PROXY) {
        let proxy = Proxy::start(runtime.handle(), *address, 1, Duration::from_millis(500))?;
        *address = proxy.address();
        proxies.push(proxy);
    }
    println!("{}", serde_json::to_string(&addresses)?);
    let stop = Arc::new(AtomicBool::new(false));
    let process = {
        let (bank, stop) = (Arc::clone(&bank), Arc::clone(&stop));
        std::thread::spawn(move || scan(&bank, &stop))
    };
    for order in std::io::stdin().lock().lines() {
        match order?.as_str() {
            "cut" => proxies.iter().for_each(|proxy| proxy.cut(true)),
            "mend" => proxies.iter().for_each(|proxy| proxy.cut(false)),
            "drop" => {
                for index in 0..bank.len() {
                    bank.kill(index)?;
                }
                for index in 0..bank.len() {
                    bank.revive(index)?;
                }
            }
            other => return Err(format!("unknown order {other}").into()),
        }
        println!("ok");
        std::io::stdout().flush()?;
    }
    stop.store(true, Ordering::Relaxed);
    let _ = process.join();
    runtime.shutdown_background();
    Ok(())
}

/// Ten scans a second, whoever listens.
fn scan(bank: &Bank, stop: &AtomicBool) {
    let mut field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        field.time += 0.1;
        for index in 0..bank.len() {
            // The index is in range.
            let _ = bank.scan(index, 0.1, &field);
        }
        due += Duration::from_millis(100);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

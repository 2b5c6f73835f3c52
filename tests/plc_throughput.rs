//! What the demonstration needs: twelve PLCs in lock-step with a controller over loopback; and what the
//! driver costs over the bare client library on one connection.
//! Run with `cargo test --release --test plc_throughput -- --ignored --nocapture --test-threads 1`.
#![cfg(feature = "modbus")]

use potline::image::{Action, CellId, Command, FeederSet, Field, Mode, Quality};
use potline::plc::{
    Bank, BankSettings, Endpoint, LinkSettings, Outputs, PlcLink, PlcSettings, PotPlc, RegisterMap,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const CELLS: u16 = 12;

#[test]
#[ignore = "a measurement, not a check"]
fn lock_step_scans_per_second() {
    let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
    let plcs = (1..=CELLS)
        .map(|cell| PotPlc::new(CellId(cell), Arc::clone(&layout), &PlcSettings::default()).unwrap())
        .collect();
    let bank =
        Arc::new(Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, plcs).unwrap());
    let addresses = bank.addresses().to_vec();
    let (go, mut steps) = tokio::sync::mpsc::channel::<()>(1);
    let ended = Arc::new(AtomicBool::new(false));
    let process = {
        let (bank, ended) = (Arc::clone(&bank), Arc::clone(&ended));
        std::thread::spawn(move || {
            let mut field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
            while !ended.load(Ordering::Relaxed) {
                for index in 0..bank.len() {
                    let mut field = field;
                    bank.with(index, |plc| {
                        for _ in 0..10 {
                            field.time += 0.1;
                            plc.scan(0.1, &field);
                        }
                    })
                    .unwrap();
                }
                field.time += 1.0;
                if go.blocking_send(()).is_err() {
                    return;
                }
                let _ = bank.wait_all_heartbeats(Duration::from_millis(20));
            }
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut links: Vec<_> = addresses
            .iter()
            .zip(1..)
            .map(|(address, cell)| {
                let endpoint =
                    Endpoint { cell: CellId(cell), address: format!("tcp://{address}"), unit_id: 1 };
                PlcLink::spawn(&endpoint, &LinkSettings::default(), Arc::clone(&layout)).unwrap()
            })
            .collect();
        let mut outputs = Outputs::default();
        let mut good = 0_u64;
        let (mut scans, mut started) = (0_u64, std::time::Instant::now());
        for step in 0_u64..60_000 {
            if step == 200 {
                (scans, started, good) = (0, std::time::Instant::now(), 0);
            }
            if started.elapsed() > Duration::from_secs(6) && step > 200 {
                break;
            }
            steps.recv().await.unwrap();
            let deadline = Instant::now() + Duration::from_millis(500);
            for link in &mut links {
                link.start_read(step as f64);
            }
            outputs.heartbeat = outputs.heartbeat.wrapping_add(1);
            for link in &mut links {
                let reading = link.finish_read(deadline).await;
                good += u64::from(reading.quality == Quality::Good);
                let action = if reading.link.ready && step % 60 == 0 {
                    Action::Feed { feeders: FeederSet(1 << (step / 60 % 6)) }
                } else {
                    Action::None
                };
                outputs.command = Command { action, fallback_interval: 20.0, alf3: None };
                let _ = link.start_write(&outputs);
            }
            scans += 1;
        }
        let wall = started.elapsed().as_secs_f64();
        ended.store(true, Ordering::Relaxed);
        let health = links[0].health();
        let times = links[0].round_trips();
        println!(
            "{scans} scans of {CELLS} PLCs in {wall:.2} s: {:.0} scans/s, {:.0} requests/s; \
             a day of 86400 scans takes {:.1} s; good {:.4}; p50 {} us, p99 {} us; {health:?}",
            scans as f64 / wall,
            2.0 * f64::from(CELLS) * scans as f64 / wall,
            86_400.0 * wall / scans as f64,
            good as f64 / (scans * u64::from(CELLS)) as f64,
            times.value_at_quantile(0.5),
            times.value_at_quantile(0.99),
        );
        drop(steps);
    });
    process.join().unwrap();
}

/// One connection, one request after the other, at the same server: the library called directly, and
/// through a link. Blocks alternate, so that what disturbs one disturbs the other.
#[test]
#[ignore = "a measurement, not a check"]
fn requests_per_second_beside_the_bare_library() {
    const BLOCK: u32 = 4_000;
    const PAIRS: usize = 25;
    use tokio_modbus::client::{Reader, tcp};
    let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
    let plc = PotPlc::new(CellId(1), Arc::clone(&layout), &PlcSettings::default()).unwrap();
    let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, vec![plc]).unwrap();
    let address = bank.addresses()[0];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // In a task, as in a service: the future that a runtime blocks on is woken by a system call.
    let work = async move {
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        let endpoint = Endpoint { cell: CellId(1), address: format!("tcp://{address}"), unit_id: 1 };
        let mut link = PlcLink::spawn(&endpoint, &LinkSettings::default(), Arc::clone(&layout)).unwrap();
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut context = tcp::attach_slave(stream, tokio_modbus::Slave(1));
        for pair in 0..PAIRS + 1 {
            let begin = std::time::Instant::now();
            for _ in 0..BLOCK {
                // The same patience as a link has, for bare calls wait for ever.
                let call = context.read_holding_registers(layout.reads[0].start, layout.reads[0].count);
                tokio::time::timeout(Duration::from_millis(500), call).await.unwrap().unwrap().unwrap();
            }
            let bare_rate = f64::from(BLOCK) / begin.elapsed().as_secs_f64();
            let begin = std::time::Instant::now();
            let before = link.health().requests;
            for scan in 0..BLOCK {
                link.start_read(f64::from(scan));
                link.finish_read(Instant::now() + Duration::from_millis(500)).await;
            }
            let requests = link.health().requests - before;
            let our_rate = requests as f64 / begin.elapsed().as_secs_f64();
            // The first pair connects and warms up.
            if pair > 0 {
                assert_eq!(requests, u64::from(BLOCK), "{:?}", link.health());
                bare.push(bare_rate);
                ours.push(our_rate);
            }
        }
        (bare, ours, layout.reads[0].count)
    };
    let (bare, ours, registers) = runtime.block_on(async { tokio::spawn(work).await.unwrap() });
    let quartiles = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        [1, 2, 3].map(|quarter| sorted[sorted.len() * quarter / 4])
    };
    let ratios: Vec<f64> = ours.iter().zip(&bare).map(|(ours, bare)| ours / bare).collect();
    let ([b1, b2, b3], [o1, o2, o3], [r1, r2, r3]) = (quartiles(&bare), quartiles(&ours), quartiles(&ratios));
    println!(
        "{PAIRS} pairs of {BLOCK} reads of {registers} registers, median (quartiles): bare tokio-modbus {b2:.0} ({b1:.0}-{b3:.0}) \
         requests/s, our link {o2:.0} ({o1:.0}-{o3:.0}); ratio of a pair {r2:.3} ({r1:.3}-{r3:.3})"
    );
}

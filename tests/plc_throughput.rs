//! What the demonstration needs: twelve PLCs in lock-step with a controller over loopback.
//! Run with `cargo test --release --test plc_throughput -- --ignored --nocapture`.
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

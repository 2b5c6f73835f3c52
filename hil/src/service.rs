//! The control service at wall speed against emulated PLCs on loopback: does it keep its deadlines?
//!
//! Exit 0 when no scan was late and no request failed, 1 otherwise.

use potline::plc::{Bank, BankSettings, PlcSettings, PotPlc, RegisterMap};
use potline::service::{Config, Pace, Percentiles, PlcEntry, Scan, Service, Summary};
use potline::sim::{LineSettings, PlantSettings, RoutineSettings, Section, SensorSettings, Setup};
use std::error::Error;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub fn main(cells: u16, seconds: f64, period_ms: f64) -> ExitCode {
    match run(cells, seconds, period_ms) {
        Ok(summary) => report(&summary),
        Err(error) => {
            eprintln!("potline-hil: {error}");
            ExitCode::from(69)
        }
    }
}

/// The PLC side runs in a thread of its own, at wall speed, whatever the controller does.
fn run(cells: u16, seconds: f64, period_ms: f64) -> Result<Summary, Box<dyn Error>> {
    let layout = Arc::new(RegisterMap::pot500()?.compile()?);
    let mut section = Section::new(
        &Setup {
            cells,
            hours: 24.0,
            seed: 1,
            plant: PlantSettings::default(),
            sensors: SensorSettings::default(),
            line: LineSettings::default(),
            routine: RoutineSettings::default(),
            events: Vec::new(),
        },
        0.1,
    )?;
    let settings =
        PlcSettings { beam_low_limit_mm: 5.0, beam_high_limit_mm: 295.0, ..PlcSettings::default() };
    let plcs = section.pots().iter().map(|pot| PotPlc::new(pot.id(), Arc::clone(&layout), &settings));
    let plcs: Vec<PotPlc> = plcs.collect::<Result<_, _>>().map_err(|list| format!("{list:?}"))?;
    let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, plcs)?;
    let entries = (1..).zip(bank.addresses()).map(|(cell, address)| PlcEntry {
        cell,
        endpoint: format!("tcp://{address}"),
        unit_id: 1,
        voltage_v: None,
    });
    let config = Config { period_ms, plc: entries.collect(), ..Config::default() };

    let stop = Arc::new(AtomicBool::new(false));
    let process = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut due = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                let now = section.now();
                for (index, pot) in section.pots_mut().iter_mut().enumerate() {
                    if let Ok(drive) = bank.scan(index, 0.1, &pot.field()) {
                        pot.drive(now, &drive, 0.1);
                    }
                }
                section.advance();
                due += Duration::from_millis(100);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let summary = runtime.block_on(async {
        let mut service = Service::start(&config, &layout)?;
        service.connect(Duration::from_secs(10)).await;
        let until = Instant::now() + Duration::from_secs_f64(seconds);
        let mut observe = |_: &Scan<'_>| {
            if Instant::now() < until { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let never = AtomicBool::new(false);
        Ok::<_, potline::service::Fault>(service.run(Pace::Wall, &never, &mut observe).await)
    });
    stop.store(true, Ordering::Relaxed);
    let _ = process.join();
    Ok(summary?)
}

fn report(s: &Summary) -> ExitCode {
    let line = |name: &str, p: &Percentiles| {
        println!(
            "{name:<22} p50 {:>8.1}  p99 {:>8.1}  p99.9 {:>8.1}  max {:>8.1} µs",
            p.p50, p.p99, p.p999, p.max
        );
    };
    println!("{} scans, {} late, {} requests, {} errors", s.scans, s.late_scans, s.requests, s.errors);
    line("decisions, all cells", &s.tick_us);
    line("work of a scan", &s.work_us);
    line("wake-up lateness", &s.lateness_us);
    line("round trip", &s.round_trip_us);
    println!(
        "lateness is the operating system's: a shared machine without a real-time kernel promises nothing"
    );
    ExitCode::from(u8::from(s.late_scans > 0 || s.errors > 0))
}

//! `potline demo`: a simulated section behind emulated PLCs, controlled over real sockets.

use crate::plant::{Plant, layout};
use crate::progress::{Progress, interrupt_flag};
use crate::shell::{Exit, Failure, Outcome, Shell};
use crate::story::{self, Story};
use potline::account::Kpi;
use potline::image::Reading;
use potline::report::{Level, Verdict};
use potline::service::{Config, Pace, PlcEntry, Scan, Service, Summary};
use potline::sim::{EventKind, EventSettings};
use potline::trial::{Origin, Record, Scenario, Trends};
use serde::Serialize;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Runs a section of 500 kA cells for a day, over Modbus TCP, on this machine.
///
/// Starts one emulated pot-controller PLC per cell on loopback, with a simulated cell behind each,
/// and runs the real control service against them as fast as the sockets allow. Every pot is tapped
/// once a day and gets an anode every 32 h; one feeder sticks and one anode effect is forced. Needs
/// nothing installed. Example: potline demo --cells 4 --hours 6 --out demo-small
#[derive(clap::Args)]
pub struct Args {
    /// Cells, 1–200.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=200))]
    cells: u16,
    /// Simulated time [h], 0.1–240.
    #[arg(long, default_value_t = 24.0)]
    hours: f64,
    /// Seed of every random draw.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for report.html, trends and events.
    #[arg(long, default_value = "demo-out")]
    out: PathBuf,
}

#[derive(Serialize)]
struct Modbus {
    requests: u64,
    errors: u64,
    p50_us: f64,
    p99_us: f64,
    reconnects: u64,
}

#[derive(Serialize)]
struct Result {
    cells: u16,
    simulated_hours: f64,
    wall_s: f64,
    speedup: f64,
    seed: u64,
    scans: u64,
    scans_per_s: f64,
    partial: bool,
    modbus: Modbus,
    tick_us: potline::service::Percentiles,
    kpi: Kpi,
    report: PathBuf,
}

/// The story of the demo: routine work on every pot, one stuck feeder, one forced anode effect. All
/// of it fits into any length and any number of cells.
fn scenario(args: &Args) -> Scenario {
    let cell = |n: u16| Some((n - 1) % args.cells + 1);
    let event = |at: f64, n: u16, kind: EventKind| EventSettings {
        cell: cell(n),
        ..EventSettings::new(at * args.hours, kind)
    };
    let stuck = EventSettings {
        feeder: Some(3),
        minutes: Some(args.hours * 60.0 / 4.0),
        ..event(0.25, 5, EventKind::StuckFeeder)
    };
    Scenario {
        name: "demo".into(),
        cells: args.cells,
        hours: args.hours,
        seed: args.seed,
        event: vec![stuck, event(0.6, 8, EventKind::ForceEffect)],
        ..Scenario::default()
    }
}

/// Planted anode effects.
const PLANTED: usize = 1;

pub fn run(args: &Args, shell: Shell) -> Outcome {
    if !(0.1..=240.0).contains(&args.hours) {
        return Err(Failure::new(Exit::Usage, format!("--hours {} is outside 0.1 to 240", args.hours)));
    }
    story::prepare(&args.out)?;
    let stop = interrupt_flag();
    let scenario = scenario(args);
    let layout = layout(None)?;
    let plant = Plant::start(&scenario.setup(args.seed), &layout, 0)?;
    let addresses = plant.bank.addresses().to_vec();
    if let (Some(first), Some(last)) = (addresses.first(), addresses.last()) {
        eprintln!("potline: {} emulated PLCs on {first} to {last}", addresses.len());
    }
    let entry = |(index, address)| PlcEntry {
        cell: index,
        endpoint: format!("tcp://{address}"),
        unit_id: 1,
        voltage_v: None,
    };
    let config = Config {
        plc: (1..).zip(addresses).map(entry).collect(),
        control: scenario.control,
        line_control: scenario.line_control,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(Exit::Unreachable, format!("no runtime: {e}")))?;

    let total = (args.hours * 3_600.0) as u64;
    let nominal_current = scenario.control.design.current_ka * 1e3;
    let record = RefCell::new(Record::new(args.cells, args.hours, nominal_current, &scenario.record));
    let plant = RefCell::new(plant);
    let broken = RefCell::new(None);
    let mut progress = Progress::new("demo");
    let summary = runtime.block_on(async {
        let mut service = Service::start(&config, &layout)
            .map_err(|e| Failure::new(Exit::BadInput, format!("the service cannot start: {e}")))?;
        let missing = service.connect(std::time::Duration::from_secs(10)).await;
        if missing > 0 {
            return Err(Failure::new(Exit::Unreachable, format!("{missing} emulated PLCs did not answer")));
        }
        let mut advance = || {
            if let Err(failure) = plant.borrow_mut().advance() {
                broken.borrow_mut().get_or_insert(failure);
            }
        };
        let mut observe = |scan: &Scan<'_>| {
            note(&mut record.borrow_mut(), &plant.borrow(), scan);
            progress.at((scan.number + 1) as f64 / total as f64);
            if scan.number + 1 >= total || broken.borrow().is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        Ok(service.run(Pace::Stepped(&mut advance), &stop, &mut observe).await)
    })?;
    progress.done();
    if let Some(failure) = broken.into_inner() {
        return Err(failure);
    }
    let origin = Origin { scenario: scenario.name, seed: args.seed };
    let trends = Trends::new(&args.out, &scenario.record, origin).map_err(|e| story::cannot(&e))?;
    finish(args, shell, &summary, &record.into_inner(), trends)
}

/// Keeps what this scan was: the truth of the plant beside what the controller thought.
fn note(record: &mut Record, plant: &Plant, scan: &Scan<'_>) {
    for (index, (pot, tick)) in plant.section.pots().iter().zip(scan.ticks).enumerate() {
        debug_assert!(same_stamp(&scan.readings[index], pot.field().time));
        let at = (pot.field().time + 1.0, 1.0);
        record.step(index, at, &pot.truth(), &tick.status, &tick.command, tick.events.iter());
    }
}

/// In lock-step the sample read is the one the plant shows.
fn same_stamp(reading: &Reading, time: f64) -> bool {
    !reading.usable() || (reading.time - time).abs() < 2.0
}

fn finish(args: &Args, shell: Shell, summary: &Summary, record: &Record, trends: Trends) -> Outcome {
    let kpi = record.kpi();
    let hours = summary.scans as f64 / 3_600.0;
    let mut verdict = story::verdict(&kpi, PLANTED, f64::from(args.cells) * hours / 24.0);
    verdict.push(Verdict {
        level: if summary.errors == 0 { Level::Good } else { Level::Bad },
        text: format!("{} Modbus requests, {} errors", summary.requests, summary.errors),
    });
    if summary.interrupted {
        verdict.push(Verdict {
            level: Level::Watch,
            text: format!("interrupted after {hours:.2} h: partial result"),
        });
    }
    let command = format!(
        "potline demo --cells {} --hours {} --seed {} --out {}",
        args.cells,
        args.hours,
        args.seed,
        args.out.display()
    );
    let report = story::write(
        &args.out,
        record,
        trends,
        Story {
            title: format!("500 kA section, {} cells, {hours:.1} h over Modbus TCP", args.cells),
            subtitle:
                "Simulated cells behind emulated PLCs on loopback, controlled by the real-time service; \
                       truth is the plant's, estimates are the controller's"
                    .into(),
            verdict,
            provenance: vec![
                ("potline".into(), env!("CARGO_PKG_VERSION").into()),
                ("seed".into(), args.seed.to_string()),
                ("scans".into(), summary.scans.to_string()),
                ("Modbus requests".into(), summary.requests.to_string()),
                ("partial".into(), summary.interrupted.to_string()),
            ],
            reproduce: command,
        },
    )?;
    let result = Result {
        cells: args.cells,
        simulated_hours: hours,
        wall_s: summary.wall_s,
        speedup: hours * 3_600.0 / summary.wall_s,
        seed: args.seed,
        scans: summary.scans,
        scans_per_s: summary.scans as f64 / summary.wall_s,
        partial: summary.interrupted,
        modbus: Modbus {
            requests: summary.requests,
            errors: summary.errors,
            p50_us: summary.round_trip_us.p50,
            p99_us: summary.round_trip_us.p99,
            reconnects: summary.reconnects,
        },
        tick_us: summary.tick_us,
        kpi,
        report: report.clone(),
    };
    shell.emit(&result, || {
        format!(
            "{}\n{} scans of {} cells in {:.1} s ({:.0} x real time); {} requests, {} errors, round trip p50 {:.0} µs, p99 {:.0} µs\nreport: {}",
            crate::table::kpi(&result.kpi),
            result.scans,
            args.cells,
            result.wall_s,
            result.speedup,
            result.modbus.requests,
            result.modbus.errors,
            result.modbus.p50_us,
            result.modbus.p99_us,
            report.display()
        )
    })?;
    Ok(if summary.interrupted { Exit::Interrupted } else { Exit::Done })
}

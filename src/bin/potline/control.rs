//! `potline control`: the real-time control service.

use crate::input;
use crate::plant::layout;
use crate::progress::interrupt_flag;
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::account::{Basis, Energy, Kpi, KpiAccumulator, Limits, Sample};
use potline::image::{Action, CellId};
use potline::plc::PlcLink;
use potline::service::{Config, Northbound, Note, Pace, Percentiles, Scan, Service, Summary};
use serde::Serialize;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

/// Controls the cells of a configuration over Modbus TCP until stopped.
///
/// Ctrl-C hands the cells over: the PLCs get the base feed interval, lose the heartbeat, and go on
/// by themselves. Nothing here is a safety system: the PLCs own every interlock.
/// Example: potline control control.toml --duration 60s
#[derive(clap::Args)]
pub struct Args {
    /// Configuration file (TOML).
    config: PathBuf,
    /// One scan, nothing written, then the end.
    #[arg(long)]
    once: bool,
    /// Decide but write nothing, not even the heartbeat.
    #[arg(long)]
    dry_run: bool,
    /// Stop after this time, as 90s, 10m, 24h.
    #[arg(long, value_parser = duration)]
    duration: Option<Duration>,
    /// Shows line and pots to systems above by Modbus TCP, read-only: a port of this machine, or an
    /// address with its port.
    #[arg(long, value_name = "ADDRESS", value_parser = northbound)]
    northbound: Option<SocketAddr>,
}

#[derive(Serialize)]
struct Plcs {
    connected: usize,
    stale: usize,
    faults: u64,
}

#[derive(Serialize)]
struct Result {
    scans: u64,
    late_scans: u64,
    plc: Plcs,
    tick_us: Percentiles,
    work_us: Percentiles,
    lateness_us: Percentiles,
    round_trip_us: Percentiles,
    kpi: Kpi,
}

/// A port alone is one of loopback: the protocol knows no passwords.
fn northbound(text: &str) -> std::result::Result<SocketAddr, String> {
    let port = |text: &str| text.parse().ok().map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port)));
    port(text)
        .or_else(|| text.parse().ok())
        .ok_or_else(|| "expected a port, or an address as 127.0.0.1:5502".into())
}

/// A duration with its unit.
fn duration(text: &str) -> std::result::Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return Err("expected a number with unit ms, s, m or h, as 90s".into()),
    };
    match number.trim().parse::<f64>() {
        Ok(value) if value > 0.0 && value * factor < 1e9 => Ok(Duration::from_secs_f64(value * factor)),
        _ => Err(format!("\"{number}\" is not a positive number")),
    }
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let mut config: Config = input::load(&args.config)?;
    // As the register map, memory and certificates lie beside the configuration, wherever we were started.
    if let Some(folder) = args.config.parent() {
        config = config.within(folder);
    }
    let layout = layout(input::map_path(&config, &args.config).as_deref())?;
    let stop = interrupt_flag();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(Exit::Unreachable, format!("no runtime: {e}")))?;
    let cells: Vec<CellId> = config.plc.iter().map(|entry| CellId(entry.cell)).collect();
    let above = args.northbound.map(|address| Northbound::start(address, &cells)).transpose();
    let mut above = above.map_err(|e| Failure::new(Exit::Unreachable, format!("--northbound: {e}")))?;
    if let Some(above) = &above {
        eprintln!("potline: line and pots can be read at {}", above.address());
    }
    let mut meter = Meter::new(config.plc.len());
    let limit = if args.once { 1 } else { u64::MAX };
    let summary = runtime.block_on(async {
        let mut service = Service::start(&config, &layout)
            .map_err(|e| Failure::new(Exit::BadInput, format!("{}: {e}", args.config.display())))?;
        service.set_dry_run(args.once || args.dry_run);
        let wait = Duration::from_millis(config.link.connect_timeout_ms + config.link.timeout_ms);
        let missing = service.connect(wait).await;
        complain(&service, &config);
        if missing == config.plc.len() {
            let text = format!(
                "none of {missing} PLCs can be reached; is the first address right: {}?",
                config.plc[0].endpoint
            );
            return Err(Failure::new(Exit::Unreachable, text));
        }
        let until = args.duration.map(|d| std::time::Instant::now() + d);
        let mut told = vec![false; config.plc.len()];
        let mut observe = |scan: &Scan<'_>| {
            meter.add(scan);
            if let Some(above) = &mut above {
                above.publish(scan);
            }
            tell(scan.notes);
            tell_mismatches(scan.links, &mut told);
            let over = until.is_some_and(|t| std::time::Instant::now() >= t);
            if over || scan.number + 1 >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let summary = service.run(Pace::Wall, &stop, &mut observe).await;
        tell(service.notes());
        mismatches(&service)?;
        Ok(summary)
    })?;
    report(shell, &summary, &meter.kpi())?;
    Ok(if summary.interrupted { Exit::Interrupted } else { Exit::Done })
}

/// Names the PLCs that did not come up; the service keeps trying.
fn complain(service: &Service, config: &Config) {
    for (link, entry) in service.links().iter().zip(&config.plc) {
        if !link.health().connected {
            eprintln!(
                "potline: {} at {} does not answer; its readings stay bad and nothing is asked of it, retrying",
                link.cell(),
                entry.endpoint
            );
        }
    }
}

/// Says what became of the controllers' memory.
fn tell(notes: &[Note]) {
    for note in notes {
        eprintln!("potline: {note}");
    }
}

/// Names each PLC of another register map once, when it is found out: the run may last for months.
fn tell_mismatches(links: &[PlcLink], told: &mut [bool]) {
    for (link, told) in links.iter().zip(told).filter(|(_, told)| !**told) {
        if let Some(mismatch) = link.mismatch() {
            eprintln!("potline: {}: {mismatch}; nothing is asked of it", link.cell());
            *told = true;
        }
    }
}

/// A PLC with another register map is bad configuration, not bad luck.
fn mismatches(service: &Service) -> std::result::Result<(), Failure> {
    let list: Vec<String> = service
        .links()
        .iter()
        .filter_map(|link| link.mismatch().map(|m| format!("{}: {m}", link.cell())))
        .collect();
    if list.is_empty() { Ok(()) } else { Err(Failure::new(Exit::BadInput, list.join("\n"))) }
}

fn report(shell: Shell, summary: &Summary, kpi: &Kpi) -> std::result::Result<(), Failure> {
    let result = Result {
        scans: summary.scans,
        late_scans: summary.late_scans,
        plc: Plcs { connected: summary.connected, stale: summary.stale, faults: summary.errors },
        tick_us: summary.tick_us,
        work_us: summary.work_us,
        lateness_us: summary.lateness_us,
        round_trip_us: summary.round_trip_us,
        kpi: *kpi,
    };
    shell.emit(&result, || {
        format!(
            "{} scans, {} late; {} PLCs connected, {} stale, {} faults; decisions p50 {:.1} µs, p99 {:.1} µs; \
             lateness p99 {:.0} µs; round trip p50 {:.0} µs, p99 {:.0} µs",
            result.scans,
            result.late_scans,
            result.plc.connected,
            result.plc.stale,
            result.plc.faults,
            result.tick_us.p50,
            result.tick_us.p99,
            result.lateness_us.p99,
            result.round_trip_us.p50,
            result.round_trip_us.p99
        )
    })
}

/// KPIs from what a line can measure; what it cannot stays missing.
struct Meter {
    cells: Vec<(KpiAccumulator, Option<f64>)>,
}

impl Meter {
    fn new(cells: usize) -> Self {
        Self { cells: vec![(KpiAccumulator::new(Basis::Measured, Limits::default()), None); cells] }
    }

    fn add(&mut self, scan: &Scan<'_>) {
        for ((kpi, beam), (reading, tick)) in self.cells.iter_mut().zip(scan.readings.iter().zip(scan.ticks))
        {
            if !reading.usable() {
                continue;
            }
            let travel = beam.map_or(0.0, |before| (reading.beam_position - before).abs());
            *beam = Some(reading.beam_position);
            kpi.add(&Sample {
                dt: scan.dt,
                current: reading.current,
                voltage: reading.voltage,
                bath_temperature: reading.bath_temperature,
                noise_low: Some(tick.status.noise_low),
                effect: tick.status.flags.has(potline::image::Flags::EFFECT),
                feed_rate: tick.status.feed_rate,
                beam_travel: travel,
                beam_moved: matches!(tick.command.action, Action::Beam { .. }),
                ..Sample::default()
            });
        }
    }

    fn kpi(&self) -> Kpi {
        let mut all = KpiAccumulator::new(Basis::Measured, Limits::default());
        for (cell, _) in &self.cells {
            all.merge(cell);
        }
        all.finish(&Energy::default())
    }
}

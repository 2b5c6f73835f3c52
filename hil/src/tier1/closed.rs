//! The closed loop: service, driver and sockets on the soft PLCs, with simulated cells on their terminal
//! strips, beside the same loop in one process without a PLC or a socket.

use super::provision::Tools;
use super::soft_plc::SoftPlc;
use crate::report::{Table, TierResult};
use potline::account::Kpi;
use potline::control::Tick;
use potline::image::Reading;
use potline::plc::Layout;
use potline::service::{Config, Pace, PlcEntry, Scan, Service, Summary};
use potline::sim::Section;
use potline::trial::{Keeper, Loop, Record, Scenario, Slow, Stack};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// PLC cycles per plant step of 1 s, and their length \[ms\].
const CYCLES: u16 = 10;
const CYCLE_MS: u16 = 100;
/// Runs without sockets that tell the noise.
const NOISE_RUNS: u64 = 8;

fn scenario(cells: u16, hours: f64) -> Scenario {
    Scenario { name: "tier 1".into(), cells, hours, ..Scenario::default() }
}

/// Cells with soft PLCs instead of panels.
struct Plant {
    section: Section,
    plcs: Vec<SoftPlc>,
}

impl Plant {
    fn start(scenario: &Scenario, seed: u64, tools: &Tools, layout: &Layout) -> Result<Self, String> {
        let section = Section::new(&scenario.setup(seed), 1.0).map_err(|e| e.to_string())?;
        let plcs = section.pots().iter().map(|pot| SoftPlc::start(tools, layout, pot.id()));
        let mut plant = Self { plcs: plcs.collect::<Result<_, _>>()?, section };
        plant.scan()?;
        Ok(plant)
    }

    /// A second of PLC cycles on the present sample, in all PLCs at once.
    fn scan(&mut self) -> Result<(), String> {
        let now = self.section.now();
        for (plc, pot) in self.plcs.iter_mut().zip(self.section.pots()) {
            plc.begin(CYCLES, CYCLE_MS, &pot.field())?;
        }
        for (plc, pot) in self.plcs.iter_mut().zip(self.section.pots_mut()) {
            for drive in plc.finish()? {
                pot.drive(now, &drive, f64::from(CYCLE_MS) * 1e-3);
            }
        }
        Ok(())
    }
}

/// The run over sockets, in lock-step: as fast as PLCs and service answer.
fn over_sockets(
    scenario: &Scenario,
    seed: u64,
    tools: &Tools,
    layout: &Arc<Layout>,
) -> Result<(Kpi, Summary), String> {
    let plant = Plant::start(scenario, seed, tools, layout)?;
    let entry = |(cell, plc): (u16, &SoftPlc)| PlcEntry {
        cell,
        endpoint: format!("tcp://{}", plc.address()),
        unit_id: 1,
        voltage_v: None,
    };
    let config = Config {
        plc: (1..).zip(&plant.plcs).map(entry).collect(),
        control: scenario.control,
        line_control: scenario.line_control,
        ..Config::default()
    };
    let total = (scenario.hours * 3_600.0) as u64;
    let nominal = scenario.control.design.current_ka * 1e3;
    let record = RefCell::new(Record::new(scenario.cells, scenario.hours, nominal, &scenario.record));
    let plant = RefCell::new(plant);
    let broken = RefCell::new(None);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let summary = runtime.block_on(async {
        let mut service = Service::start(&config, layout).map_err(|e| e.to_string())?;
        let missing = service.connect(Duration::from_secs(10)).await;
        if missing > 0 {
            return Err(format!("{missing} soft PLCs did not answer"));
        }
        let mut advance = || {
            let mut plant = plant.borrow_mut();
            match plant.scan() {
                Ok(()) => plant.section.advance(),
                Err(error) => drop(broken.borrow_mut().get_or_insert(error)),
            }
        };
        let mut observe = |scan: &Scan<'_>| {
            let (plant, mut record) = (plant.borrow(), record.borrow_mut());
            for (index, (pot, tick)) in plant.section.pots().iter().zip(scan.ticks).enumerate() {
                let at = (pot.field().time + 1.0, 1.0);
                record.step(index, at, &pot.truth(), &tick.status, &tick.command, tick.events.iter());
            }
            if scan.number + 1 >= total || broken.borrow().is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let never = AtomicBool::new(false);
        Ok(service.run(Pace::Stepped(&mut advance), &never, &mut observe).await)
    })?;
    match broken.into_inner() {
        Some(error) => Err(error),
        None => Ok((record.into_inner().kpi(), summary)),
    }
}

/// The same controllers, told as little as the service is: no laboratory, no clamp meter, and no dosing,
/// for which the map has no register.
struct Wired(Stack);

impl Keeper for Wired {
    fn slow(&mut self, _: usize, _: &Slow) {}

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        self.0.tick(readings, ticks, now, dt);
        for tick in ticks {
            tick.command.alf3 = None;
        }
    }
}

fn without_sockets(scenario: &Scenario, seed: u64) -> Result<Kpi, String> {
    let stack = Stack::new(scenario).map_err(|e| e.to_string())?;
    let mut run = Loop::kept_by(Wired(stack), scenario, seed).map_err(|e| e.to_string())?;
    while run.scan() {}
    Ok(run.finish().kpi())
}

/// Name, decimals, value.
type Figure = (&'static str, usize, fn(&Kpi) -> Option<f64>);

const FIGURES: [Figure; 11] = [
    ("cell voltage, V", 4, |k| k.cell_voltage_v),
    ("direct current, kWh/t", 0, |k| k.dc_kwh_per_t),
    ("current efficiency", 4, |k| k.current_efficiency),
    ("alumina, mean, wt %", 3, |k| k.alumina_pct_mean),
    ("alumina, sigma, wt %", 3, |k| k.alumina_pct_sigma),
    ("anode effects, 1/(pot d)", 3, |k| k.ae_per_pot_day),
    ("bath temperature, mean, °C", 2, |k| k.bath_temperature_c_mean),
    ("superheat, mean, °C", 2, |k| k.superheat_c_mean),
    ("beam moves, 1/(pot d)", 1, |k| k.beam_moves_per_pot_day),
    ("beam travel, mm/(pot d)", 1, |k| k.beam_travel_mm_per_pot_day),
    ("feed variation, 1/(pot d)", 1, |k| k.feed_total_variation),
];

/// `cells` pots for `hours`, over sockets and without.
pub fn compare(
    result: &mut TierResult,
    tools: &Tools,
    layout: &Arc<Layout>,
    seed: u64,
    (cells, hours): (u16, f64),
) {
    result.step(&format!("closed loop over sockets: {cells} pots, {hours} simulated hours"));
    let scenario = scenario(cells, hours);
    let run = over_sockets(&scenario, seed, tools, layout).and_then(|sockets| {
        result.step(&format!("the same without sockets, seed {seed} and {NOISE_RUNS} others"));
        let seeds = (seed..).take(NOISE_RUNS as usize + 1);
        let alone = seeds.map(|seed| without_sockets(&scenario, seed)).collect::<Result<Vec<_>, _>>()?;
        Ok((sockets, alone))
    });
    let ((kpi, summary), alone) = match run {
        Ok(run) => run,
        Err(error) => return result.check("closed loop over sockets", error, "runs to its end", false),
    };
    let speed = hours * 3_600.0 / summary.wall_s;
    result.note(format!(
        "closed loop in scaled time: PLC cycles of {CYCLE_MS} ms, plant and scans of 1 s, made {speed:.0} times \
         faster than by the clock, in lock-step"
    ));
    let requests = format!("{} errors in {} requests", summary.errors, summary.requests);
    result.check("closed loop: Modbus errors", requests, "0", summary.errors == 0 && summary.requests > 0);
    let failures = kpi.safety_gate_failures.to_string();
    result.check("closed loop: safety rules broken", failures, "0", kpi.safety_gate_failures == 0);
    judge(result, &kpi, &alone);
}

/// Every figure over sockets must lie as near to that of the same seed as seeds lie to each other.
fn judge(result: &mut TierResult, kpi: &Kpi, alone: &[Kpi]) {
    let columns = ["figure", "soft PLC", "no sockets", "difference", "deviation between seeds"];
    let mut table = Table::new("closed loop", &columns);
    let mut outside = Vec::new();
    for (name, decimals, of) in FIGURES {
        let values: Vec<f64> = alone.iter().filter_map(of).collect();
        let (found, same) = match (of(kpi), values.first()) {
            (Some(found), Some(&same)) => (found, same),
            (None, None) => continue,
            _ => {
                outside.push(name);
                continue;
            }
        };
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = (square / (values.len().max(2) - 1) as f64).sqrt();
        let difference = found - same;
        // Two deviations: one run in twenty of a figure of pure chance would be outside.
        let within = difference.abs() <= 2.0 * deviation + 1e-9;
        if !within {
            outside.push(name);
        }
        let show = |value: f64| format!("{value:.decimals$}");
        table.row([name.into(), show(found), show(same), show(difference), show(deviation)]);
    }
    result.table(table);
    let found = format!("{} of {} outside {}", outside.len(), FIGURES.len(), outside.join(", "));
    result.check("closed loop: figures within noise", found, "0 beyond 2 deviations", outside.is_empty());
}

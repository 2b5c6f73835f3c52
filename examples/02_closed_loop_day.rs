//! How well does the controller keep four simulated cells for a day?
//!
//!     cargo run --example 02_closed_loop_day
//!
//! Plant and controller in one process, no sockets: every cell is tapped once, and the controller
//! sees only what a PLC would show it. The KPIs are scored by the plant's truth.
//!
//! Last line: `4 cells, 24 h: 12641 kWh/t, alumina 2.50 ± 0.14 wt %, 0 anode effects, 0 gate failures`

use potline::trial::{Loop, Scenario};

fn main() -> Result<(), potline::Error> {
    let scenario = Scenario { cells: 4, hours: 24.0, ..Scenario::default() };
    let mut day = Loop::new(&scenario, scenario.seed)?;
    while day.scan() {}
    let record = day.finish();

    println!("cell   voltage  alumina true  estimated  beam moves");
    for cell in &record.cells {
        let kpi = cell.kpi();
        let mean = |value: fn(&potline::trial::Row) -> f64| {
            cell.rows.iter().map(value).sum::<f64>() / cell.rows.len() as f64
        };
        println!(
            "{:4} {:7.3} V {:8.2} wt % {:5.2} wt % {:11.0}",
            cell.cell.0,
            kpi.cell_voltage_v.unwrap_or(f64::NAN),
            mean(|row| row.alumina_pct),
            mean(|row| row.alumina_estimate_pct),
            kpi.beam_moves_per_pot_day.unwrap_or(f64::NAN),
        );
    }
    // A value that could not be had is `None`, never 0.
    let kpi = record.kpi();
    let shown = |value: Option<f64>, digits: usize| value.map_or("-".into(), |v| format!("{v:.digits$}"));
    println!(
        "{} cells, {} h: {} kWh/t, alumina {} ± {} wt %, {} anode effects, {} gate failures",
        scenario.cells,
        scenario.hours,
        shown(kpi.dc_kwh_per_t, 0),
        shown(kpi.alumina_pct_mean, 2),
        shown(kpi.alumina_pct_sigma, 2),
        shown(kpi.ae_per_pot_day.map(|rate| rate * f64::from(scenario.cells)), 0),
        kpi.safety_gate_failures,
    );
    Ok(())
}

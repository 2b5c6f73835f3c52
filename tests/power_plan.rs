//! A plan made for dear and cheap hours, run on the zoned plant.
#![cfg(all(feature = "plan", feature = "modbus"))]

use potline::line::Plan;
use potline::trial::{Job, Record, Row, Scenario, run_all};
use potline::tune::power::{Request, plan};

/// Peak to valley 3:1: peaks from 9 to 12 h and 17 to 22 h, valley from 23 to 7 h.
fn prices() -> Vec<f64> {
    let price = |hour| match hour {
        9..12 | 17..22 => 600.0,
        7..23 => 400.0,
        _ => 200.0,
    };
    (0..24).map(price).collect()
}

#[test]
fn a_planned_day_costs_less_makes_its_metal_and_keeps_the_superheat() {
    let request = Request { price: prices(), ..Request::default() };
    let planned = plan(&request).unwrap();
    let (_, text) = potline::trial::bench::SCENARIOS.iter().find(|(name, _)| *name == "S1").unwrap();
    let scenario: Scenario = toml::from_str(text).unwrap();
    let flat = Scenario { cells: 4, hours: 24.0, ..scenario };
    let mut modulated = flat.clone();
    modulated.line.headroom_pct = 12.0;
    let power = &mut modulated.line_control.power;
    (power.active, power.budget_kwh, power.relax_h) = (true, request.heat.budget_kwh(), request.heat.ledge_h);
    power.plan = Plan { share_pct: planned.share_pct.iter().copied().collect(), ..Plan::default() };

    let records =
        run_all(&[Job { scenario: flat, seed: 1 }, Job { scenario: modulated, seed: 1 }], 2).unwrap();
    let hour = |row: &Row| ((row.time_h - 1e-9) as usize).min(23);
    let spent = |record: &Record| {
        let hours = record.interval() / 3_600.0;
        record
            .rows()
            .map(|(_, row)| row.voltage_v * row.current_ka * 1e-3 * hours * prices()[hour(row)])
            .sum::<f64>()
    };
    let (flat, modulated) = (&records[0], &records[1]);
    let metal = |record: &Record| record.kpi().metal_t.unwrap();
    let share = metal(modulated) / metal(flat);
    assert!((0.99..1.01).contains(&share), "metal {share}");
    let cost = spent(modulated) / metal(modulated) / (spent(flat) / metal(flat));
    assert!(cost < 0.99, "cost {cost}");
    // Hour by hour, mean of the cells.
    for at in 0..24 {
        let rows = modulated.rows().filter(|(_, row)| hour(row) == at);
        let values: Vec<f64> = rows.map(|(_, row)| row.superheat_c).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert!((4.0..14.0).contains(&mean), "hour {at}: {mean}");
    }
}

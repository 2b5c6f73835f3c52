//! What does one more percent of alumina do to the voltage of a cell?
//!
//!     cargo run --example 01_voltage_curve
//!
//! The published equations, nothing simulated. A demand-feed controller lives on this curve: left of
//! its minimum the voltage rises as alumina runs out, and steeply so before an anode effect.
//!
//! Last line: `from 2 % to 3 % alumina: -148 mV; the minimum is at 4.2 %`

use potline::electro::{Design, Operating, voltage};

fn main() {
    let design = Design::default();
    let cell = |alumina_pct: f64| {
        let mut operating = Operating::default();
        operating.bath.al2o3 = alumina_pct / 100.0;
        voltage(&design, &operating)
    };
    println!("alumina    cell   anode concentration    bath  bubbles");
    println!("   wt %       V                     V       V        V");
    for tenths in (16..=60).step_by(4) {
        let alumina_pct = f64::from(tenths) / 10.0;
        let parts = cell(alumina_pct);
        println!(
            "{alumina_pct:7.1} {:7.3} {:21.3} {:7.3} {:8.3}",
            parts.cell, parts.anode_concentration, parts.bath, parts.bubble
        );
    }
    let lowest = (160..=600)
        .map(|hundredths| f64::from(hundredths) / 100.0)
        .min_by(|one, two| cell(*one).cell.total_cmp(&cell(*two).cell))
        .unwrap_or(f64::NAN);
    let change_mv = (cell(3.0).cell - cell(2.0).cell) * 1e3;
    println!("from 2 % to 3 % alumina: {change_mv:.0} mV; the minimum is at {lowest:.1} %");
}

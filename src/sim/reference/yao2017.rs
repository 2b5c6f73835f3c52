//! Alumina in two pools and the anode-cathode distance of a 126 kA cell, with Haupin's voltage, after Yao
//! et al., AIChE J. 63 (2017) 2806, with the parameters of the open simulator
//! gustavo-alejandro/CellModel.
//!
//! The voltage is here as that simulator has it, with its rounded constants and without guards: to compare
//! with it. For use there is [`crate::electro::yao2017`], which holds every term in its range.

use super::{Column, Outside, Trajectory, integrate};
use std::prelude::rust_2024::*;
use std::{format, vec};

/// Dissolved and undissolved alumina \[wt %\], anode-cathode distance \[cm\].
pub type State = [f64; 3];
/// Line current \[A\], alumina thrown in at once at the start of the row \[kg\].
pub type Input = [f64; 2];

/// Dissolution rate \[1/s\]; the paper has 0.005.
const DISSOLUTION: f64 = 0.002;
/// Bath \[kg\].
const BATH: f64 = 1800.0;
/// Share of a shot that does not dissolve at once. Upstream comments contradict each other; its input
/// matrix decides.
const UNDISSOLVED: f64 = 0.6;
/// Alumina used per charge \[% kg/C\], read off the trajectories: M CE/(10·6F) with CE 0.945 and the source's
/// constants; those of [`crate::consts`] give 1.66439e-5.
const USE: f64 = 1.664_337_575_19e-5;
/// Change of the ACD per charge \[cm/C\]: metal rises 1.03 cm in 12 h, anodes burn 3.63 cm in 36 h.
const DRIFT: f64 = (1.03 / 43_200.0 - 3.63 / 129_600.0) / 126_500.0;

/// Bath temperature \[°C, K\] and AlF3, CaF2, MgF2 \[wt %\]; no LiF.
const TEMPERATURE: f64 = 963.0;
const KELVIN: f64 = TEMPERATURE + 273.15;
const ALF3: f64 = 12.0;
const CAF2: f64 = 4.1;
const MGF2: f64 = 0.25;
/// Anodes: area of all and of one \[cm²\], fanning; cathode area \[cm²\].
const ANODES: f64 = 104_652.0;
const ONE_ANODE: f64 = ANODES / 20.0;
const FANNING: f64 = 1.1382;
const CATHODE: f64 = 115_348.0;
/// Anodes, cathode and busbars \[Ω\].
const EXTERNAL: f64 = 3.02e-6 + 2.15e-6 + 2.01e-6;
/// Alumina at the anode effect \[%\].
const EFFECT: f64 = 1.80;
/// Steepness of the coverage in alumina \[1/%\].
const STEEP: f64 = 7.353;
/// R/12F of the source \[V/K\].
const THERMAL: f64 = 8.3145 / (12.0 * 96_485.333);

/// A shot falls: part of it dissolves at once.
#[must_use]
pub fn shot(x: &State, kg: f64) -> State {
    let percent = 100.0 * kg / BATH;
    [x[0] + (1.0 - UNDISSOLVED) * percent, x[1] + UNDISSOLVED * percent, x[2]]
}

/// Time derivative between shots, per second.
///
/// ```text
/// c' = k u - γ I/m,   u' = -k u,   D' = α I
/// ```
#[must_use]
pub fn rates(x: &State, current: f64) -> State {
    let dissolving = DISSOLUTION * x[1];
    [dissolving - USE * current / BATH, -dissolving, DRIFT * current]
}

/// A row by explicit Euler, as the source steps: the shot falls during the step.
#[must_use]
pub fn euler_step(x: &State, u: &Input, dt: f64) -> State {
    shot(&integrate::euler(x, dt, |x| rates(x, u[0])), u[1])
}

/// A row exactly: the shot falls at its start, then what is left of it decays.
#[must_use]
pub fn exact_step(x: &State, u: &Input, dt: f64) -> State {
    let [c, undissolved, acd] = shot(x, u[1]);
    let dissolves = -undissolved * (-DISSOLUTION * dt).exp_m1();
    [c + dissolves - USE * u[0] / BATH * dt, undissolved - dissolves, acd + DRIFT * u[0] * dt]
}

/// Share of the anodes that bubbles cover, at `c` % alumina and `i` A/cm². Above 1 the voltage is not
/// physical; below 1.664 % the formula comes back from the other side of a pole.
fn coverage(c: f64, i: f64) -> f64 {
    let molar = ALF3 / (100.0 - (c + CAF2 + MGF2));
    let ratio = (1.0 - molar) / (2.0 / 3.0 + molar);
    let d = c - EFFECT;
    0.9 * (0.509
        + i * (0.1823 + i * (-0.1723 + i * 0.05504))
        + (0.4322 - 0.3781 * ratio) / (1.0 + 1.637 * ratio)
        + (0.431 - 0.1437 * d) / (1.0 + STEEP * d))
}

/// Cell voltage \[V\]; NaN above the critical current density and without alumina or current.
#[must_use]
pub fn voltage(x: &State, current: f64) -> f64 {
    let [c, _, acd] = *x;
    let saturation = (11.9 - 0.062 * ALF3 - 0.0031 * ALF3 * ALF3 - 0.2 * CAF2 - 0.3 * MGF2)
        * (TEMPERATURE / 1000.0).powf(4.8 - 0.048 * ALF3);
    let s = c / saturation;
    let activity = s * (-0.03791 + s * (2.364 + s * (-2.194 + s * 0.8686)));
    let reversible = 1.896 - 0.000572 * KELVIN - 2.0 * THERMAL * KELVIN * activity.ln();

    let effective = FANNING * ANODES;
    let i = current / effective;
    let critical =
        1e-4 * (550_000.0 + 1800.0 * (KELVIN - 1323.0)) * ((c / 100.0).sqrt() - 0.04) * ONE_ANODE.powf(-0.1);
    let concentration = KELVIN / 23_209.0 * (critical / (critical - i)).ln();
    let surface = KELVIN / 12_533.0 * (i / (0.0029 * c.powf(0.56))).ln();
    let molar = ALF3 / (100.0 - (c + CAF2 + MGF2));
    let ratio = (1.0 - molar) / (2.0 / 3.0 + molar);
    let cathode = KELVIN / 17_407.0 * (1.375 - 0.25 * ratio) * (current / (0.257 * CATHODE)).ln();

    let sodium = 0.6 * (100.0 - ALF3 - c - CAF2 - MGF2);
    let weight = (sodium / 41.99 - MGF2 / 62.31) / 2.0 / ((ALF3 + 2.0 / 3.0 * sodium) / 83.98);
    let conductivity =
        (1.9362 + 0.3092 * weight - 0.004132 * CAF2 - 0.01755 * c - 0.00398 * MGF2 - 1751.1 / KELVIN).exp();
    let layer = (0.5517 + i) / (1.0 + 2.167 * i);
    let covered = coverage(c, i);
    let bath = (acd + layer * covered / (1.0 - covered)) / (conductivity * effective);
    reversible + concentration + surface + cathode + current * (bath + EXTERNAL)
}

/// The model on its way, exactly and by the source's Euler steps.
#[derive(Debug, Default)]
pub struct Pools {
    exact: State,
    euler: State,
    steps: u64,
    /// Rows with the anodes wholly covered.
    covered: u64,
}

static STATES: [Column; 6] = [
    Column::new("c_exact_pct", 0.01, 20.0).or("c_euler_pct"),
    Column::new("cu_exact_pct", 0.0, 100.0).or("cu_euler_pct"),
    Column::new("ACD_exact_cm", 0.1, 50.0).or("ACD_euler_cm"),
    Column::new("c_euler_pct", 0.01, 20.0).or("c_exact_pct"),
    Column::new("cu_euler_pct", 0.0, 100.0).or("cu_exact_pct"),
    Column::new("ACD_euler_cm", 0.1, 50.0).or("ACD_exact_cm"),
];
static INPUTS: [Column; 2] = [Column::new("I_A", 1e3, 1e6), Column::new("shot_kg", 0.0, 1e3)];

impl Trajectory for Pools {
    fn states(&self) -> &'static [Column] {
        &STATES
    }

    fn inputs(&self) -> &'static [Column] {
        &INPUTS
    }

    fn outputs(&self) -> Vec<&'static str> {
        vec![
            "I_A",
            "shot_kg",
            "c_euler_pct",
            "cu_euler_pct",
            "ACD_euler_cm",
            "V_euler",
            "c_exact_pct",
            "cu_exact_pct",
            "ACD_exact_cm",
            "V_exact",
        ]
    }

    fn start(&mut self, states: &[f64]) {
        self.exact = super::first(states);
        self.euler = super::first(&states[3..]);
    }

    fn row(&mut self, inputs: &[f64]) -> Result<Vec<f64>, Outside> {
        let current = inputs[0];
        let [c, _, acd] = self.exact;
        let volts = voltage(&self.exact, current);
        if !volts.is_finite() || acd <= 0.0 {
            let message = format!(
                "at {c:.4} % dissolved alumina, {current} A and an anode-cathode distance of {acd:.4} cm the \
                 voltage has no value (critical current density, or no gap left); feed earlier, or stop before"
            );
            return Err(Outside::new("c_exact_pct", message));
        }
        let pole = 1.0 + STEEP * (c - EFFECT) <= 0.0;
        if pole || coverage(c, current / (FANNING * ANODES)) >= 1.0 {
            self.covered += 1;
        }
        // Euler's steps may run astray over long rows: what has no value stays empty.
        let euler = voltage(&self.euler, current);
        Ok([inputs, &self.euler, &[euler], &self.exact, &[volts]].concat())
    }

    fn advance(&mut self, inputs: &[f64], span: f64) -> Result<(), Outside> {
        let inputs = super::first(inputs);
        self.exact = exact_step(&self.exact, &inputs, span);
        self.euler = euler_step(&self.euler, &inputs, span);
        self.steps += 1;
        Ok(())
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn warning(&self) -> Option<String> {
        let rows = self.covered;
        (rows > 0).then(|| {
            format!(
                "in {rows} rows alumina is so low that bubbles cover the anodes wholly (below about 1.77 %): \
                 the voltage there is the formula's, not a cell's"
            )
        })
    }
}

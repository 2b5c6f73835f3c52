//! The 500 kA ledge and superheat model of a load-flexibility study (repository
//! shen-y21/Data-Driven-Dimension-Reduction, MIT licence).
//!
//! One bath node, one ledge, constant metal; the masses of AlF3, CaF2 and LiF stay constant, so freezing
//! concentrates them and lowers the liquidus. A test of equations and integrators: bottom losses are above
//! and heat capacities below what industry reports, and there is no balance of AlF3.

use super::{Column, Law, Outside};
use std::prelude::rust_2024::*;
use std::{format, vec};

/// Alumina and bath mass \[kg\], bath temperature \[°C\], ledge thickness \[m\].
pub type State = [f64; 4];
/// Line current \[A\], alumina feed \[kg/min\].
pub type Input = [f64; 2];

/// The source's start: 3 % alumina in 7056 kg of bath at 965 °C, 65 mm of ledge.
pub const START: State = [211.68, BATH, 965.0, 0.065];
/// Bath at the start \[kg\]: 2100 kg/m³ in a cavity of 16 m × 4 m, 18 cm high, less the anodes' 15 cm.
const BATH: f64 = 7056.0;
/// Metal \[kg\].
const METAL: f64 = 32_384.0;
/// AlF3, CaF2 and LiF \[kg\]: 11, 6 and 1.5 % at the start.
const ALF3: f64 = 0.11 * BATH;
const CAF2: f64 = 0.06 * BATH;
const LIF: f64 = 0.015 * BATH;
/// Constants as in the source \[C/mol, kg/mol\].
const FARADAY: f64 = 96_485.0;
const M_AL: f64 = 0.026_98;
const M_AL2O3: f64 = 0.101_96;
/// Specific heat of bath and metal \[J/(kg K)\], of fusion of the ledge \[J/kg\].
const BATH_HEAT: f64 = 1200.0;
const METAL_HEAT: f64 = 880.0;
const FUSION: f64 = 310e3;
/// Ledge: area \[m²\], density \[kg/m³\], conductivity \[W/(m K)\].
const LEDGE_AREA: f64 = 16.0;
const LEDGE_DENSITY: f64 = 3000.0;
const LEDGE_CONDUCTIVITY: f64 = 1.5;
/// Resistance of shell (0.25 m) and its film \[K/W\].
const SHELL: f64 = 0.25 / (47.0 * LEDGE_AREA) + 1.0 / (22.0 * LEDGE_AREA);
/// Temperature of gas and of surroundings \[°C\].
const GAS: f64 = 50.0;
const AMBIENT: f64 = 30.0;

/// Resistance of top, of the films between liquids and ledge, and of the bottom \[K/W\], as the source's
/// chains of films and layers add up.
const TOP: f64 = 1.769e-3;
const SIDE: f64 = 7.6e-5;
const BOTTOM: f64 = 3.749e-3;

/// Everything the rates and the written columns need.
struct Terms {
    /// Alumina, AlF3, CaF2 \[%\].
    content: [f64; 3],
    liquidus: f64,
    input: f64,
    process: f64,
    top: f64,
    side: f64,
    bottom: f64,
    ledge: f64,
    efficiency: f64,
}

/// ```text
/// T_liq = b1 A + b2 AF + b3 CF + b4
/// CE    = 0.9114154 - 0.00131737 SH + 0.00263562 AF + 0.00832484 LF
/// P_in  = (2.16 + 3.58e-6 I) I
/// P     = 0.596 kWh/kg feed + 5.474 kWh/kg I CE M_Al/(3F)
/// Q_top = (T - 50)/R_t,  Q_side = SH/R_s,  Q_bot = (T - 30)/R_b,  Q_ledge = (T_liq - 30)/(L/(k A) + R_shell)
/// ```
fn terms(x: &State, u: &Input) -> Terms {
    let [alumina, bath, temperature, thickness] = *x;
    let [current, feed] = *u;
    let [a, af, cf, lf] = [alumina, ALF3, CAF2, LIF].map(|mass| 100.0 * mass / bath);
    let liquidus = -5.695_430_39 * a - 4.362_885_36 * af - 2.197_446_65 * cf + 1_031.515_309_44;
    let superheat = temperature - liquidus;
    let efficiency = 0.911_415_4 - 0.001_317_37 * superheat + 0.002_635_62 * af + 0.008_324_84 * lf;
    Terms {
        content: [a, af, cf],
        liquidus,
        input: (2.16 + 3.58e-6 * current) * current,
        process: 0.596 * 6e4 * feed + 5.474 * 3.6e6 * current * efficiency * M_AL / (3.0 * FARADAY),
        top: (temperature - GAS) / TOP,
        side: superheat / SIDE,
        bottom: (temperature - AMBIENT) / BOTTOM,
        ledge: (liquidus - AMBIENT) / (thickness / (LEDGE_CONDUCTIVITY * LEDGE_AREA) + SHELL),
        efficiency,
    }
}

/// Time derivative of the state, per second.
///
/// ```text
/// m_A' = feed/60 - I CE M_Al2O3/(6F),   m_B' = (Q_side - Q_ledge)/L_f,   L' = -m_B'/(ρ A)
/// T'   = (P_in - P - Q_top - Q_side - Q_bot)/(m_B c_B + m_M c_M)
/// ```
#[must_use]
pub fn rates(x: &State, u: &Input) -> State {
    let t = terms(x, u);
    let melting = (t.side - t.ledge) / FUSION;
    [
        u[1] / 60.0 - u[0] * t.efficiency * M_AL2O3 / (6.0 * FARADAY),
        melting,
        (t.input - t.process - t.top - t.side - t.bottom) / (x[1] * BATH_HEAT + METAL * METAL_HEAT),
        -melting / (LEDGE_DENSITY * LEDGE_AREA),
    ]
}

/// Alumina, AlF3 and CaF2 \[%\], liquidus \[°C\], superheat \[K\], power in, power to the process, heat
/// through top, to the ledge, through the bottom and from ledge to surroundings \[W\], current efficiency.
#[must_use]
pub fn derived(x: &State, u: &Input) -> [f64; 12] {
    let t = terms(x, u);
    let [a, af, cf] = t.content;
    let superheat = x[2] - t.liquidus;
    [a, af, cf, t.liquidus, superheat, t.input, t.process, t.top, t.side, t.bottom, t.ledge, t.efficiency]
}

/// Which limit of the model `x` is past, or within `margin` of.
#[must_use]
pub fn outside(x: &State, _: &Input, margin: f64) -> Option<Outside> {
    let (field, words) = if !x.iter().all(|x| x.is_finite()) {
        ("T_bath_C", "the state is no longer a number; check inputs and first row")
    } else if x[3] <= 0.065 * margin {
        ("L_ledge_m", "the ledge has melted away, where the model ends; lower the current, or stop before")
    } else if x[1] <= BATH * margin {
        ("m_bath_kg", "the bath is frozen, where the model ends; raise the current, or stop before")
    } else if x[0] < 0.0 || x[0] <= 211.68 * (margin - 1e-9).max(0.0) {
        ("m_al2o3_kg", "alumina is used up, where the model ends; feed more, or stop before")
    } else {
        return None;
    };
    let [alumina, bath, temperature, thickness] = *x;
    let at = format!(
        "{words} (alumina {alumina:.3} kg, bath {bath:.1} kg, {temperature:.2} °C, ledge {thickness:.5} m)"
    );
    Some(Outside::new(field, at))
}

/// The columns of its trajectories, and its equations.
pub static LAW: Law<4, 2> = Law {
    states: [
        Column::new("m_al2o3_kg", 0.0, 1e6),
        Column::new("m_bath_kg", 1.0, 1e6),
        Column::new("T_bath_C", 500.0, 2500.0),
        Column::new("L_ledge_m", 1e-6, 2.0),
    ],
    inputs: [Column::new("I_A", 0.0, 2e6), Column::new("feed_kg_min", 0.0, 1e4)],
    derived: &[
        "al2o3_pct",
        "alf3_pct",
        "caf2_pct",
        "T_liq_C",
        "superheat_C",
        "P_in_W",
        "P_process_W",
        "Q_top_W",
        "Q_side_W",
        "Q_bottom_W",
        "Q_ledge_to_amb_W",
        "current_eff",
    ],
    rates,
    derive: |x, u| vec::Vec::from(derived(x, u)),
    outside,
};

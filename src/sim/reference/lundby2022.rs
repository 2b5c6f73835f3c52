//! The eight-state cell of Robinson, Lundby, Rasheed and Gravdahl (arXiv 2209.10861 and 2209.05832;
//! Eng. Appl. AI 2023), with the constants their simulator runs with.
//!
//! A test of equations and integrators, not of plant behaviour: the liquidus lies about 11 K high, the
//! metal make is half of Faraday's, the ledge's heat of fusion is per mole of cryolite, and reaction
//! enthalpy, overvoltages and losses through top and bottom are absent.

use super::real::Real;
use super::{Column, Law, Outside, integrate};
use std::prelude::rust_2024::*;
use std::{format, vec};

/// Side-ledge, alumina, AlF3, cryolite and metal mass \[kg\]; bath, ledge and side-wall temperature
/// \[°C\].
pub type State = [f64; 8];
/// Alumina feed \[kg/s\], line current \[A\], AlF3 feed \[kg/s\], metal tap \[kg/s\], anode-cathode
/// distance \[m\].
pub type Input = [f64; 5];

/// Ledge thickness per mass \[m/kg\].
const THICKNESS: f64 = 2e-5;
/// Area of ledge and wall \[m²\].
const AREA: f64 = 17.92;
/// "Heat of fusion": 119.495 kJ/mol taken as J/kg.
const FUSION: f64 = 119_495.0;
/// Conductivity of the ledge \[W/(m K)\]; its temperature stands in its middle.
const LEDGE_CONDUCTIVITY: f64 = 2.5;
/// Film between bath and ledge \[W/(m² K)\].
const FILM: f64 = 1200.0;
/// Freezing per kelvin across the ledge and per kelvin of superheat (k1, k2) \[kg m/(s K), kg/(s K)\].
const K1: f64 = 2.0 * LEDGE_CONDUCTIVITY * AREA / FUSION;
const K2: f64 = FILM * AREA / FUSION;
/// Alumina used and metal made per charge (k3, k6) \[kg/C\].
const K3: f64 = 1.7e-7;
const K6: f64 = 4.43e-8;
/// AlF3 lost and cryolite gained per alumina fed (k4, k5) \[kg/kg\].
const K4: f64 = 0.02;
const K5: f64 = 0.03;
/// Specific heat of what melts, and of what freezes \[J/(kg K)\].
const LIQUID_HEAT: f64 = 1881.0;
const SOLID_HEAT: f64 = 1320.0;
/// Resistance of film, per metre of half ledge, of half wall, of wall and shell (k10, k11 = k15, k14,
/// k14 + k20) \[m² K/W, m K/W\].
const K10: f64 = 1.0 / FILM;
const K11: f64 = 1.0 / (2.0 * LEDGE_CONDUCTIVITY);
const K14: f64 = 0.1 / (2.0 * 6.5);
const WALL_OUT: f64 = K14 + 1.0 / 25.0;
/// Inverse heat capacity of the wall (k17) \[K/J\], surroundings (k19) \[°C\].
const K17: f64 = 6e-7;
const K19: f64 = 35.0;
/// Inverse specific heats of bath and ledge \[kg K/J\].
const ALPHA: f64 = 5.66e-4;
const BETA: f64 = 7.58e-4;
/// Current to current density: anodes of 26.2 m² \[1/cm²\]; gap in metres over this area \[cm\].
const PER_AREA: f64 = 3.8168e-6;
const GAP: f64 = 2620.0;
/// Alumina \[%\] from which the coverage counts, and the steepness of its term.
const EFFECT: f64 = 2.2;
const STEEP: f64 = 7.353;

/// What the inputs alone decide.
pub(in crate::sim) struct Held<R> {
    rates: [R; 3],
    cryolite: R,
    /// Power per resistivity of the gap and of the bubble layer \[W S/cm\].
    gap: R,
    bubbles: R,
    coverage: R,
}

impl<R: Real> Held<R> {
    #[inline(always)]
    pub(in crate::sim) fn new(u: &[R; 5]) -> Self {
        let [feed, current, alf3, tap, acd] = *u;
        let power = current * current;
        Self {
            rates: [feed - current * K3, alf3 - feed * K4, current * K6 - tap],
            cryolite: feed * K5,
            gap: power * acd / GAP,
            bubbles: power * PER_AREA * thickness(current),
            coverage: coverage_by_current(current),
        }
    }
}

/// The part of g3 that the current decides.
#[inline(always)]
fn coverage_by_current<R: Real>(current: R) -> R {
    current * (current * (current * 3.06e-18 - 2.51e-12) + 6.958e-7) + 0.531
}

/// Thickness of the bubble layer g4 \[cm\].
#[inline(always)]
fn thickness<R: Real>(current: R) -> R {
    let [g4] = R::quotients([(current * PER_AREA + 0.5517, current * 8.271e-6 + 1.0)]);
    g4
}

/// Numerator and denominator of what `a` % alumina takes off the liquidus at `b` % AlF3, as the simulator
/// runs it: `a` should stand for `b` in the first two terms of the denominator.
#[inline(always)]
fn lowered<R: Real>(a: R, b: R) -> (R, R) {
    (a * 7.93, b * (b * -0.0017 + 0.0936 - a * 0.0023) + 1.0)
}

/// Liquidus g1 \[°C\] at `b` % AlF3, b^0.5 and b^2.2 given, `lowered` by alumina \[K\]; +0.061 b^1.5 should be
/// negative.
#[inline(always)]
fn liquidus<R: Real>(b: R, [root, steep]: [R; 2], lowered: R) -> R {
    (b * 1.12 + 991.2 + b * 0.061 * root - lowered) - steep * 0.13
}

/// Resistivity 1/g2 \[cm/S\] where 2068.4 K over the temperature is `inverse`.
#[inline(always)]
fn resistivity<R: Real>(alumina: R, inverse: R) -> R {
    (inverse + alumina * 2.07 - 2.496).exp()
}

/// 2068.4 K and the temperature \[K\] at `temperature` \[°C\].
#[inline(always)]
fn inverse<R: Real>(temperature: R) -> (R, R) {
    (R::from(2068.4), temperature + 273.0)
}

/// Time derivative of the state; `w` is the mass that freezes \[kg/s\].
///
/// ```text
/// x1' = w = k1 (g1 - x7)/L - k2 (x6 - g1),   L = k0 x1
/// x2' = u1 - k3 u2,   x3' = u3 - k4 u1,   x4' = -w + k5 u1,   x5' = k6 u2 - u4
/// x6' = α/m_b (u2 U - q_bl + c_l (x6 - g1) w)
/// x7' = β/x1 (k9 (g1 - x7)/(k15 L) - q_lw + c_s (g1 - x7) w)
/// x8' = k17 (q_lw - q_wa)
/// ```
///
/// The published terms k7, k8, k12 and k13 are c k1 and c k2: together they are the sensible heat of w.
#[inline(always)]
pub(in crate::sim) fn rates_held<R: Real>(x: &[R; 8], held: &Held<R>) -> [R; 8] {
    let [ledge, alumina, alf3, cryolite, _, bath_t, ledge_t, wall_t] = *x;
    let [per_mass] = R::quotients([(R::from(1.0), alumina + alf3 + cryolite)]);
    let a = alumina * 100.0 * per_mass;
    let b = alf3 * 100.0 * per_mass;
    // Calls of a library come first, where little must be kept across them.
    let powers = b.powers();

    // g3/(1 - g3) as one fraction.
    let d = a - EFFECT;
    let below = d * STEEP + 1.0;
    let above = held.coverage * below + (d * -0.1437 + 0.431);
    let thickness = ledge * THICKNESS;
    let [lowered, bubbles, inverse, per_thickness, q_ledge, q_wall] = R::quotients([
        lowered(a, b),
        (held.bubbles * above, below - above),
        inverse(bath_t),
        (R::from(1.0), thickness),
        ((bath_t - ledge_t) * AREA, thickness * K11 + K10),
        ((ledge_t - wall_t) * AREA, thickness * K11 + K14),
    ]);
    let power = (held.gap + bubbles) * resistivity(a * 0.01, inverse);

    let g1 = liquidus(b, powers, lowered);
    let superheat = bath_t - g1;
    let across = g1 - ledge_t;
    let w = across * K1 * per_thickness - superheat * K2;
    let q_out = (wall_t - K19) * (AREA / WALL_OUT);
    let [alumina, alf3, metal] = held.rates;
    [
        w,
        alumina,
        alf3,
        held.cryolite - w,
        metal,
        per_mass * ALPHA * (power - q_ledge + superheat * LIQUID_HEAT * w),
        per_thickness
            * (BETA * THICKNESS)
            * (across * (AREA / K11) * per_thickness - q_wall + across * SOLID_HEAT * w),
        (q_wall - q_out) * K17,
    ]
}

/// Time derivative of the state, per second. Not physical outside [`outside`]'s limits.
#[must_use]
pub fn rates(x: &State, u: &Input) -> State {
    rates_held(x, &Held::new(u))
}

/// One classic Runge–Kutta step of `dt` seconds, as the published simulator makes every 10 s.
#[must_use]
pub fn rk4_step(x: &State, u: &Input, dt: f64) -> State {
    let held = Held::new(u);
    integrate::rk4(x, dt, |x| rates_held(x, &held))
}

/// Mass fractions of alumina and AlF3, liquidus g1 \[°C\], conductivity g2 \[S/cm\], bubble coverage g3,
/// bubble thickness g4 \[cm\], bubble voltage g5 and model voltage U \[V\] (bath and bubbles only).
///
/// ```text
/// g3 = 0.531 + 6.958e-7 u2 - 2.51e-12 u2² + 3.06e-18 u2³ + (0.431 - 0.1437 d)/(1 + 7.353 d),  d = a - 2.2
/// g5 = 3.8168e-6 g3 g4 u2 / (g2 (1 - g3)),   U = g5 + u2 u5/(2620 g2)
/// ```
#[must_use]
pub fn derived(x: &State, u: &Input) -> [f64; 8] {
    let [_, current, _, _, acd] = *u;
    let mass = x[1] + x[2] + x[3];
    let (alumina, alf3) = (x[1] / mass, x[2] / mass);
    let [lowered, inverse] = f64::quotients([lowered(100.0 * alumina, 100.0 * alf3), inverse(x[5])]);
    let b = 100.0 * alf3;
    let g1 = liquidus(b, b.powers(), lowered);
    let g2 = 1.0 / resistivity(alumina, inverse);
    let g3 = coverage(100.0 * alumina, current);
    let g4 = thickness(current);
    let g5 = PER_AREA * g3 * g4 * current / (g2 * (1.0 - g3));
    [alumina, alf3, g1, g2, g3, g4, g5, g5 + current * acd / (GAP * g2)]
}

fn coverage(a: f64, current: f64) -> f64 {
    let d = a - EFFECT;
    coverage_by_current(current) + (0.431 - 0.1437 * d) / (1.0 + STEEP * d)
}

/// Which limit of the model `x` is past, or within `margin` of. The coverage must stay below 1: at 140 kA
/// that is alumina above 2.206 %, and below 2.064 % its formula comes back from the other side of a pole.
#[must_use]
pub fn outside(x: &State, u: &Input, margin: f64) -> Option<Outside> {
    let a = 100.0 * x[1] / (x[1] + x[2] + x[3]);
    let coverage = coverage(a, u[1]);
    let pole = 1.0 + STEEP * (a - EFFECT) <= margin;
    if !x.iter().all(|x| x.is_finite()) {
        Some(Outside::new("T_bath_C", "the state is no longer a number; check inputs and first row".into()))
    } else if x[0] <= margin * 3000.0 {
        let message = format!(
            "the side ledge has melted away ({:.3} kg), where the model ends; lower the current or the \
             anode-cathode distance, or stop before",
            x[0]
        );
        Some(Outside::new("m_sl_kg", message))
    } else if x[3] <= 0.0 || x[2] < 0.0 || x[1] < 0.0 {
        Some(Outside::new("m_cry_kg", "a component of the bath is used up; stop before".into()))
    } else if pole || coverage.is_nan() || coverage >= 1.0 - margin {
        let message = format!(
            "bubbles cover the anodes at {a:.4} % alumina (g3 = 1, infinite voltage), where the model ends; \
             feed earlier, or stop before"
        );
        Some(Outside::new("m_al2o3_kg", message))
    } else {
        None
    }
}

const MASS: f64 = 1e7;

/// The columns of its trajectories, and its equations.
pub static LAW: Law<8, 5> = Law {
    states: [
        Column::new("m_sl_kg", 1e-3, MASS),
        Column::new("m_al2o3_kg", 0.0, MASS),
        Column::new("m_alf3_kg", 0.0, MASS),
        Column::new("m_cry_kg", 1e-3, MASS),
        Column::new("m_metal_kg", 0.0, MASS),
        Column::new("T_bath_C", 500.0, 2500.0),
        Column::new("T_sl_C", -50.0, 2500.0),
        Column::new("T_wall_C", -50.0, 2500.0),
    ],
    inputs: [
        Column::new("u_al2o3_kg_s", 0.0, 1000.0),
        Column::new("I_A", 0.0, 1e6),
        Column::new("u_alf3_kg_s", 0.0, 1000.0),
        Column::new("u_tap_kg_s", 0.0, 1000.0),
        Column::new("ACD_m", 1e-3, 1.0),
    ],
    derived: &[
        "c_al2o3",
        "c_alf3",
        "g1_Tliq_C",
        "g2_cond_S_cm",
        "g3_bubble_cov",
        "g4_bubble_thick_cm",
        "g5_V_bubble",
        "U_model_V",
    ],
    rates,
    derive: |x, u| vec::Vec::from(derived(x, u)),
    outside,
};

//! Nothing is lost: elements in moles and energy in joules, over random operation.
//!
//! What a cell holds is read off its state, what crossed its boundary off `Output::flows` and the
//! inputs; both must agree to 1e-9 of what the cell holds (elements, per hour) or turns over (energy,
//! per step and per hour).

#[path = "regimes/mod.rs"]
mod regimes;

use potline::bath::Composition;
use potline::bath::heat::{CP_BATH, CP_METAL, LATENT_LEDGE};
use potline::cell::chemistry::Bath;
use potline::cell::{Cell, Input, Output, Params, State, pb500};
use potline::consts::{
    M_AL, M_AL2O3, M_ALF3, M_C, M_C2F6, M_CAF2, M_CAO, M_CF4, M_CRYOLITE, M_HF, M_KF, M_LIF, M_MGF2, M_NA,
    M_NA2O, M_NAF,
};
use proptest::prelude::*;
use regimes::{Chance, Regime};

const NAMES: [&str; 8] = ["Al", "F", "Na", "Ca", "C", "Mg", "Li", "K"];

/// Moles of Al, F, Na, Ca, C, Mg, Li, K.
type Moles = [f64; 8];

fn plus(a: Moles, b: Moles, times: f64) -> Moles {
    std::array::from_fn(|n| a[n] + times * b[n])
}

fn of_bath(b: &Bath) -> Moles {
    let (cryolite, alf3, naf) = (b.cryolite / M_CRYOLITE, b.alf3 / M_ALF3, b.naf / M_NAF);
    let (ca, mg, li, k) = (b.caf2 / M_CAF2, b.mgf2 / M_MGF2, b.lif / M_LIF, b.kf / M_KF);
    let fluorine = 6.0 * cryolite + 3.0 * alf3 + 2.0 * (ca + mg) + li + k + naf;
    [cryolite + alf3, fluorine, 3.0 * cryolite + naf, ca, 0.0, mg, li, k]
}

/// What the cell holds.
fn held(p: &Params, x: &State) -> Moles {
    let bath = plus(of_bath(&x.bath.liquid), of_bath(&x.bath.frozen), 1.0);
    let mut moles = bath;
    moles[0] += 2.0 * x.alumina() / M_AL2O3 + x.metal / M_AL;
    moles[4] += x.anodes[..p.anode.count].iter().map(|a| p.anode.mass(a.height)).sum::<f64>() / M_C;
    moles
}

/// What crossed the boundary in one step, inwards positive.
fn crossed(p: &Params, input: &Input, o: &Output, dt: f64) -> Moles {
    let (f, ore, kg) = (&o.flows, &input.ore, o.flows.ore);
    let naalf4 = (ore.naalf4 * kg - f.evaporated) / (M_CRYOLITE / 3.0 + 2.0 / 3.0 * M_ALF3);
    let own = 1.0 - ore.soda - ore.calcia - ore.moisture - ore.naalf4 - ore.alf3;
    let cover = if input.anode_set.is_some() { p.alumina.cover_fall } else { 0.0 };
    let alumina = (own * kg + cover - f.tapped_alumina) / M_AL2O3;
    let alf3 = (ore.alf3 * kg + input.alf3 * dt) / M_ALF3;
    let cryolite = input.cryolite * dt / M_CRYOLITE;
    let (cf4, c2f6) = (f.pfc.cf4 / M_CF4, f.pfc.c2f6 / M_C2F6);
    let mut moles = [
        naalf4 + 2.0 * alumina + alf3 + cryolite - f.tapped_metal / M_AL,
        4.0 * naalf4 + 3.0 * alf3 + 6.0 * cryolite - f.hf / M_HF - 4.0 * cf4 - 6.0 * c2f6,
        naalf4 + 2.0 * ore.soda * kg / M_NA2O + 3.0 * cryolite - f.lining_sodium / M_NA,
        ore.calcia * kg / M_CAO,
        (f.anodes.replaced_carbon - f.anodes.carbon) / M_C,
        0.0,
        0.0,
        0.0,
    ];
    moles = plus(moles, of_bath(&f.tapped_bath), -1.0);
    moles
}

/// Ledge and crusts \[kg\], by their shape.
fn frozen(p: &Params, x: &State) -> f64 {
    p.ledge.mass(&x.ledge)
        + x.anodes[..p.anode.count].iter().map(|a| p.anode.crust_mass(a.crust)).sum::<f64>()
}

/// Heat stored in a step \[J\]: capacities as they are after it, because what comes and goes does so at
/// the temperature it finds.
fn stored(p: &Params, a: &State, b: &State) -> f64 {
    let anodes = |x: &State| -> f64 {
        x.anodes[..p.anode.count].iter().map(|n| p.anode.enthalpy(n.height, n.temperature)).sum()
    };
    let walls: f64 = p
        .ledge
        .segments
        .iter()
        .zip(a.ledge.wall.iter().zip(b.ledge.wall))
        .map(|(s, (before, after))| p.ledge.wall_capacity * s.area * (after - before))
        .sum();
    b.bath_mass() * CP_BATH * (b.heat.bath - a.heat.bath)
        + b.metal * CP_METAL * (b.heat.metal - a.heat.metal)
        + p.heat.block_capacity * (b.heat.blocks - a.heat.blocks)
        + p.heat.lining_capacity * (b.heat.insulation - a.heat.insulation)
        + walls
        + (anodes(b) - anodes(a))
        - LATENT_LEDGE * (frozen(p, b) - frozen(p, a))
}

/// Heat that came in less what went out \[J\].
fn supplied(p: &Params, x: &State, input: &Input, o: &Output, dt: f64) -> f64 {
    let f = &o.flows;
    // Bubbles are noise of the voltmeter, not power.
    let noise = x.noise.bubble.value
        * (1.0 + 20.0 * x.effect.mean(p.anode.count))
        * (input.current / p.nominal_current).clamp(0.0, 1.0);
    let electrical = (o.voltage - noise - o.external_voltage) * input.current;
    let lost = f.effect_lost
        + f.reaction
        + f.feed
        + f.additions
        + f.heat.crust
        + f.heat.vented
        + f.heat.edge
        + f.heat.bottom
        + f.ledge.shell
        + f.ledge.cooling;
    (electrical - lost) * dt - f.anodes.top - f.anodes.carried + f.anodes.replaced
}

/// Two hours of random operation from `seed`.
fn two_hours(seed: u64) -> Result<(), TestCaseError> {
    let (params, mut start) = pb500();
    start.composition = Composition::from_wt_pct(11.0, 2.8, 5.0, 0.5, 1.5, 0.5);
    let cell = Cell::new(params).unwrap();
    let p = cell.params();
    let chance = &mut Chance::new(seed);
    let mut x = cell.start(&start);
    let dt = [0.5, 1.0, 2.0][chance.index(3)];
    for hour in 0..2 {
        let before = held(p, &x);
        let (mut moles, mut gross) = ([0.0; 8], [0.0_f64; 8]);
        let (mut error, mut turnover, mut burnt) = (0.0_f64, 0.0, 0.0);
        let mut left = 0.0;
        let mut regime = Regime::random(chance, true);
        for _ in 0..(3_600.0 / dt) as u32 {
            if left <= 0.0 {
                regime = Regime::random(chance, true);
                left = chance.between(10.0, 400.0);
            }
            left -= dt;
            let input = regime.input(chance, dt);
            let old = x;
            let o = cell.step(&mut x, &input, dt);
            let now = crossed(p, &input, &o, dt);
            moles = plus(moles, now, 1.0);
            gross = std::array::from_fn(|n| gross[n] + now[n].abs());
            burnt += o.flows.anodes.carbon - o.flows.pfc.carbon();

            let off = stored(p, &old, &x) - supplied(p, &x, &input, &o, dt);
            // A cell turns over 2 MW; a shift of an anode, its heat.
            let scale = o.flows.electrical.abs() * dt + 2e6 * dt + o.flows.anodes.replaced.abs();
            prop_assert!(off.abs() <= 1e-9 * scale, "energy: {off} J of {scale} J in one step, hour {hour}");
            error += off;
            turnover += scale;
        }
        prop_assert!(error.abs() <= 1e-9 * turnover, "energy: {error} J of {turnover} J in an hour");
        prop_assert!(burnt >= 0.0, "carbon of CF4 and C2F6 must come from the anodes: {burnt}");
        let after = held(p, &x);
        for (n, name) in NAMES.iter().enumerate() {
            let off = after[n] - before[n] - moles[n];
            let scale = before[n].max(gross[n]);
            prop_assert!(scale > 0.0, "{name}: nothing to balance");
            prop_assert!(off.abs() <= 1e-9 * scale, "{name}: {off} mol of {scale} mol in hour {hour}");
        }
        // The ledge by its shape is the ledge by its substance.
        let (shape, substance) = (frozen(p, &x), x.bath.frozen.mass());
        prop_assert!((shape / substance - 1.0).abs() < 1e-9, "frozen: {shape} kg, {substance} kg");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 128 } else { 1_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn elements_and_energy_close(seed in any::<u64>()) {
        two_hours(seed)?;
    }
}

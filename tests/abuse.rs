//! Whatever is done to it, a cell stays finite, keeps its currents' sum, loses no mass below zero and
//! says what is wrong.
//!
//! A million random steps, or as many as `POTLINE_STEPS` says:
//! `POTLINE_STEPS=20000000 cargo test --release --test abuse`.

#[path = "regimes/mod.rs"]
mod regimes;

use potline::cell::alumina::Ore;
use potline::cell::anode::{Fault, Setting};
use potline::cell::{Cell, Flags, Input, MAX_ZONES, Output, State, pb500};
use potline::consts::DAY;
use regimes::{Chance, Regime};

const CURRENT: f64 = 500e3;

/// A cell on which every step is checked.
struct Checked {
    cell: Cell,
    x: State,
    raised: Flags,
    unconverged: u64,
    steps: u64,
}

impl Checked {
    fn new() -> Self {
        let (params, start) = pb500();
        let cell = Cell::new(params).unwrap();
        let x = cell.start(&start);
        Self { cell, x, raised: Flags::default(), unconverged: 0, steps: 0 }
    }

    fn step(&mut self, input: &Input, dt: f64) -> Output {
        let o = self.cell.step(&mut self.x, input, dt);
        self.raised = Flags(self.raised.0 | o.flags.0);
        self.unconverged += u64::from(o.flags.has(Flags::NOT_CONVERGED));
        self.steps += 1;
        self.check(input, &o);
        o
    }

    #[track_caller]
    fn check(&self, input: &Input, o: &Output) {
        let (p, x) = (self.cell.params(), &self.x);
        let at = self.steps;
        for (name, value) in [
            ("voltage", o.voltage),
            ("bath_voltage", o.bath_voltage),
            ("film_voltage", o.film_voltage),
            ("efficiency", o.efficiency),
            ("superheat", o.superheat),
            ("acd", o.acd),
            ("bath_height", o.bath_height),
            ("bath", x.heat.bath),
            ("metal", x.heat.metal),
            ("blocks", x.heat.blocks),
            ("insulation", x.heat.insulation),
            ("beam", x.beam),
            ("roll", x.noise.roll[0].value + x.noise.roll[1].rate),
        ] {
            assert!(value.is_finite(), "{name} = {value} in step {at}: {input:?}");
        }
        let bath =
            |b: &potline::cell::chemistry::Bath| [b.cryolite, b.alf3, b.caf2, b.mgf2, b.lif, b.kf, b.naf];
        let masses = x.zones.iter().flat_map(|z| [z.dissolved, z.fast, z.agglomerate, z.sludge]);
        let masses = masses.chain(bath(&x.bath.liquid)).chain(bath(&x.bath.frozen)).chain([x.metal]);
        for mass in masses.chain(x.ledge.thickness).chain(x.anodes.iter().flat_map(|a| [a.height, a.crust])) {
            // Round-off of what has just gone.
            assert!(mass.is_finite() && mass >= -1e-6, "{mass} kg in step {at}: {x:#?}");
        }
        for anode in &x.anodes {
            assert!(anode.temperature.is_finite() && anode.hang.is_finite(), "{anode:?} in step {at}");
        }
        // The line current goes through anodes and spikes.
        let current = if input.current.is_nan() { 0.0 } else { input.current.clamp(0.0, 1e6) };
        let through: f64 = x.network.rods()[..p.anode.count].iter().sum();
        let off = through - current;
        assert!(off.abs() <= 1e-9 * current.max(CURRENT), "{off} A of {current} A in step {at}");
        // Through crusts, a forced line current takes what it takes.
        let bare = x.anodes.iter().all(|a| a.crust <= 0.0);
        assert!(!bare || o.voltage.abs() < 150.0, "{} V in step {at}: {input:?}", o.voltage);
    }
}

fn steps() -> u64 {
    let wanted = std::env::var("POTLINE_STEPS").ok().and_then(|n| n.parse().ok());
    wanted.unwrap_or(1_000_000)
}

/// Several thousand regimes; a cell that has been wrecked is replaced after some of them.
#[test]
fn random_misuse() {
    let chance = &mut Chance::new(20_260_101);
    let mut checked = Checked::new();
    let (mut regimes, mut done, mut unconverged, mut raised) = (0, 0, 0, 0);
    while done < steps() {
        if chance.once_in(40.0) {
            raised |= checked.raised.0;
            checked = Checked::new();
        }
        let dt = [0.1, 0.5, 1.0, 2.0][chance.index(4)];
        let mut regime = Regime::random(chance, regimes % 2 == 0);
        for _ in 0..(300.0_f64.powf(chance.uniform()) / dt).max(1.0) as u32 {
            let input = regime.input(chance, dt);
            checked.step(&input, dt);
            done += 1;
        }
        unconverged += std::mem::take(&mut checked.unconverged);
        regimes += 1;
    }
    let raised = Flags(raised);
    let words: Vec<_> = raised.words().collect();
    println!("{done} steps, {regimes} regimes, {unconverged} not converged, raised: {words:?}");
    // What no test below asks for must have happened here; no input left its range.
    assert!(raised.has(Flags::FROZEN), "{words:?}");
    assert!(!raised.has(Flags::INPUT), "{words:?}");
    assert!(unconverged * 200 < done, "{unconverged} of {done} steps not converged");
}

/// A day of it, every second fed by `input`; what was raised.
fn day(days: f64, mut input: impl FnMut(u64, &State) -> Input) -> Checked {
    let mut checked = Checked::new();
    for second in 0..(days * DAY) as u64 {
        let input = input(second, &checked.x);
        checked.step(&input, 1.0);
    }
    // With no current at all, a few searches go to and fro below 100 A/m².
    assert!(checked.unconverged * 1_000 <= checked.steps, "{} not converged", checked.unconverged);
    checked
}

/// Nominal feed, one shot after the other, and tapping at the rate of production.
fn fed(second: u64, times: f64) -> Input {
    let mut shots = [0.0; MAX_ZONES];
    // 1.8 kg every 129.6 s in each zone is what 500 kA use.
    let period = (129.6 / 6.0 / times) as u64;
    if second.is_multiple_of(period.max(1)) {
        shots[(second / period.max(1) % 6) as usize] = 1.8;
    }
    Input {
        current: CURRENT,
        shots,
        shot_size: 1.8,
        alf3: 74.0 / DAY,
        metal_tap: 0.0436,
        ..Default::default()
    }
}

fn only(flag: Flags, checked: &Checked) {
    let words: Vec<_> = checked.raised.words().collect();
    assert!(checked.raised.has(flag), "raised only {words:?}");
}

#[test]
fn a_day_without_feed() {
    let checked = day(1.0, |s, _| Input { shots: [0.0; MAX_ZONES], ..fed(s, 1.0) });
    only(Flags::EXHAUSTED, &checked);
    assert!(checked.x.effect.any, "no effect");
}

#[test]
fn a_day_without_current() {
    let checked =
        day(1.0, |s, _| Input { current: 0.0, shots: [0.0; MAX_ZONES], metal_tap: 0.0, ..fed(s, 1.0) });
    only(Flags::FREEZING, &checked);
    only(Flags::CORRELATIONS, &checked);
}

#[test]
fn half_the_current_for_a_day() {
    let checked = day(1.0, |s, _| Input { current: 0.5 * CURRENT, ..fed(s, 0.5) });
    only(Flags::FREEZING, &checked);
}

#[test]
fn the_beam_driven_to_both_ends() {
    let checked =
        day(0.25, |s, _| Input { beam_travel: if s < 1_800 { -1e-3 } else { 1e-3 }, ..fed(s, 1.0) });
    only(Flags::BEAM_LIMIT, &checked);
    only(Flags::SHORTED, &checked);
    assert_eq!(checked.x.beam, checked.cell.params().anode.stroke);
}

#[test]
fn five_times_the_feed() {
    let checked = day(1.0, |s, _| fed(s, 5.0));
    only(Flags::SATURATED, &checked);
    assert!(checked.x.sludge() > 1_000.0, "{} kg", checked.x.sludge());
}

#[test]
fn an_effect_that_never_ends() {
    let checked = day(1.0, |s, _| Input { force_effect: true, ..fed(s, 0.3) });
    only(Flags::OVERHEATED, &checked);
    only(Flags::LEDGE_BARE, &checked);
}

#[test]
fn every_anode_old() {
    let mut checked = Checked::new();
    for anode in &mut checked.x.anodes {
        anode.height = 0.035;
    }
    for second in 0..(DAY as u64) {
        checked.step(&fed(second, 1.0), 1.0);
    }
    only(Flags::ANODE_SPENT, &checked);
}

/// Ore with five times the soda uses AlF3 in two weeks.
#[test]
fn sixty_days_without_alf3() {
    let ore = Ore { soda: 0.02, calcia: 0.01, naalf4: 0.0, alf3: 0.0, ..Default::default() };
    let checked = day(if cfg!(debug_assertions) { 15.0 } else { 60.0 }, |s, x| Input {
        alf3: 0.0,
        ore,
        beam_travel: if s.is_multiple_of(600) { 2e-5 } else { 0.0 },
        bath_tap: ((x.bath_mass() - 8_500.0) * 1e-4).max(0.0),
        metal_tap: ((x.metal - 34_000.0) * 1e-3).max(0.0),
        // Anodes are changed as they wear: one every 14 h.
        anode_set: s.is_multiple_of(50_400).then_some(Setting {
            anode: (s / 50_400 % 48) as usize,
            offset: 0.0,
            temperature: 300.0,
        }),
        ..fed(s, 1.05)
    });
    only(Flags::BASIC, &checked);
}

#[test]
fn tapped_dry() {
    let checked = day(0.1, |s, _| Input { metal_tap: 50.0, bath_tap: 50.0, ..fed(s, 1.0) });
    only(Flags::EMPTY, &checked);
    assert!(checked.x.metal > 1_900.0 && checked.x.bath_mass() > 500.0);
}

#[test]
fn a_spike_in_the_metal() {
    let checked =
        day(0.1, |s, _| Input { anode_fault: (s == 100).then_some((7, Fault::Spike(0.2))), ..fed(s, 1.0) });
    only(Flags::SPIKE, &checked);
}

/// Every number of the input as NaN and as infinity, alone and together.
#[test]
fn not_a_number() {
    type Put = fn(&mut Input, f64);
    let put: [Put; 20] = [
        |i, v| i.current = v,
        |i, v| i.shots = [v; MAX_ZONES],
        |i, v| i.shot_size = v,
        |i, v| i.ore.soda = v,
        |i, v| i.ore.calcia = v,
        |i, v| i.ore.fines = v,
        |i, v| i.ore.moisture = v,
        |i, v| i.ore.naalf4 = v,
        |i, v| i.ore.alf3 = v,
        |i, v| i.alf3 = v,
        |i, v| i.cryolite = v,
        |i, v| i.beam_travel = v,
        |i, v| i.beam_raise = v,
        |i, v| i.metal_tap = v,
        |i, v| i.bath_tap = v,
        |i, v| i.shell_cooling = v,
        |i, v| i.normal = [v; 4],
        |i, v| i.anode_set = Some(Setting { anode: 3, offset: v, temperature: v }),
        |i, v| i.anode_fault = Some((3, Fault::Spike(v))),
        |i, v| i.anode_fault = Some((3, Fault::Slip(v))),
    ];
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -1e9] {
        for (n, put) in put.iter().enumerate() {
            let mut checked = Checked::new();
            for second in 0..60 {
                let mut input = fed(second, 1.0);
                put(&mut input, value);
                let o = checked.step(&input, 1.0);
                assert!(o.flags.has(Flags::INPUT), "{value} as input {n} went unseen");
            }
            // Nothing is what a missing number asks for.
            if value.is_nan() {
                let (params, start) = pb500();
                let still = Cell::new(params).unwrap().start(&start).beam;
                assert_eq!(checked.x.beam, still, "NaN as input {n} moved the beam");
            }
        }
        let mut checked = Checked::new();
        for second in 0..600 {
            let mut input = fed(second, 1.0);
            put.iter().for_each(|put| put(&mut input, value));
            checked.step(&input, [0.1, 0.5, 1.0, 2.0, f64::NAN, value][second as usize % 6]);
        }
    }
}

//! The plant closes its balances, settles where a 500 kA cell settles, and reacts with the right sign.

use potline::cell::{Cell, Input, Output, Start, State, chemistry, pb500};
use potline::consts::{
    ALF3_PER_CAO, ALF3_PER_NA2O, CAF2_PER_CAO, CRYOLITE_PER_NA2O, DAY, FARADAY, HOUR, M_AL2O3,
};
use potline::electro::reaction_voltage;
use proptest::prelude::*;

const CURRENT: f64 = 500e3;

/// A cell held at its nominal point by a feeder and a beam that know the truth.
struct Held {
    cell: Cell,
    state: State,
    start: Start,
    owed: f64,
    alumina: f64,
    acd: f64,
}

impl Held {
    fn new() -> Self {
        let (params, start) = pb500();
        let cell = Cell::new(params).unwrap();
        let state = cell.start(&start);
        Self { cell, state, start, owed: 0.0, alumina: 0.026, acd: 0.0387 }
    }

    fn input(&mut self, current: f64) -> Input {
        let short = self.alumina - self.cell.composition(&self.state).al2o3;
        self.owed += (5.0 / 60.0 * (current / CURRENT) * (1.0 + 40.0 * short)).max(0.0);
        let shot = if self.owed >= 1.8 { 1.8 } else { 0.0 };
        self.owed -= shot;
        let bath = self.state.bath.mass() + self.state.alumina.dissolved - self.start.bath_mass;
        Input {
            current,
            shot,
            shot_size: 1.8,
            alf3: 64.0 / DAY,
            beam_travel: (self.acd - self.cell.acd(&self.state)).clamp(-1e-4, 1e-4),
            metal_tap: ((self.state.metal.mass - self.start.metal_mass) * 1e-3).max(0.0),
            bath_tap: (bath * 1e-4).max(0.0),
            ..Default::default()
        }
    }

    fn run(&mut self, hours: f64, current: f64, mut look: impl FnMut(&Output, &State)) {
        for _ in 0..(hours * HOUR) as u64 {
            let input = self.input(current);
            let output = self.cell.step(&mut self.state, &input, 1.0);
            look(&output, &self.state);
        }
    }
}

#[test]
fn nominal_cell_settles_in_the_published_band() {
    let mut held = Held::new();
    held.run(72.0, CURRENT, |_, _| {});
    let (mut voltage, mut energy, mut metal, mut n) = (0.0, 0.0, 0.0, 0.0);
    let mut last = None;
    held.run(24.0, CURRENT, |o, _| {
        voltage += o.voltage;
        energy += o.voltage * CURRENT;
        metal += o.flows.metal;
        n += 1.0;
        last = Some(*o);
    });
    let o = last.unwrap();
    let within = |name: &str, x: f64, low: f64, high: f64| assert!((low..=high).contains(&x), "{name} = {x}");
    within("voltage", voltage / n, 3.90, 4.05);
    within("temperature", held.state.heat.temperature - 273.15, 950.0, 965.0);
    within("superheat", o.superheat, 5.0, 12.0);
    within("efficiency", o.efficiency, 0.92, 0.95);
    within("ledge", held.state.heat.ledge, 0.05, 0.10);
    within("dc kWh/t", energy / metal / 3_600.0, 12_300.0, 13_200.0);
    // Heat losses of the class: 870–950 kW, top 45–56, sides 30–40, bottom 10–17 %.
    let l = o.flows.losses;
    let total = l.top + l.edge + l.bottom + l.ledge;
    within("loss", total / 1e3, 850.0, 950.0);
    within("top share", l.top / total, 0.45, 0.56);
    within("side share", (l.edge + l.ledge) / total, 0.30, 0.40);
    within("bottom share", l.bottom / total, 0.10, 0.17);
}

#[test]
fn heat_of_the_alumina_is_counted_once() {
    let mut held = Held::new();
    held.run(24.0, CURRENT, |_, _| {});
    let (mut charged, mut expected) = (0.0, 0.0);
    let before = held.state.alumina;
    let mut fed = 0.0;
    let mut consumed = 0.0;
    held.run(24.0, CURRENT, |o, s| {
        charged += o.flows.reaction + o.flows.feed;
        expected += CURRENT * reaction_voltage(s.heat.temperature, o.efficiency);
        fed += o.flows.fed;
        consumed += o.flows.consumed;
    });
    // What is fed and dissolved beyond consumption is the only difference allowed.
    let undissolved = |a: &potline::cell::alumina::State| a.fast + a.agglomerate + a.sludge;
    let stock = held.state.alumina;
    let dissolved = fed - (undissolved(&stock) - undissolved(&before));
    let extra = 1.0548e6 * (fed - consumed) + 1.1e6 * (dissolved - consumed);
    assert!(((charged - extra) / expected - 1.0).abs() < 2e-3, "{charged} {extra} {expected}");
}

#[test]
fn feed_stop_depletes_at_the_faraday_rate_and_ends_in_an_effect() {
    let mut held = Held::new();
    held.run(1.0, CURRENT, |_, _| {});
    let mass = held.state.bath.mass();
    let start = held.cell.composition(&held.state).al2o3;
    let mut effect_at = None;
    let mut slope = None;
    let mut before = 0.0;
    for second in 0..7_200_u32 {
        let input = Input { shot: 0.0, ..held.input(CURRENT) };
        let o = held.cell.step(&mut held.state, &input, 1.0);
        let c = held.cell.composition(&held.state).al2o3;
        // Once the quick pools are empty only the slow sludge holds against consumption.
        if second == 1_000 {
            before = c;
        }
        if second == 1_060 {
            slope = Some((c - before) * 60.0);
        }
        if o.voltage > 8.0 {
            effect_at = Some(f64::from(second) / 60.0);
            break;
        }
    }
    let consumption = CURRENT * 0.935 * M_AL2O3 / (6.0 * FARADAY);
    let faraday = -consumption * HOUR / mass;
    if let Some(slope) = slope {
        assert!((0.85..=1.0).contains(&(slope / faraday)), "{slope} {faraday}");
    }
    // (c0 - c_AE) m / consumption plus 2–5 min that the pools last.
    let minutes = (start - 0.018) * mass / consumption / 60.0;
    let effect_at = effect_at.expect("no anode effect after two hours without feed");
    assert!(effect_at > minutes && effect_at < 1.2 * minutes + 6.0, "{effect_at} {minutes}");
}

#[test]
fn an_effect_needs_alumina_and_sweeping_to_end() {
    let mut held = Held::new();
    held.run(0.5, CURRENT, |_, _| {});
    let step = |held: &mut Held, shot: f64, travel: f64, force: bool| {
        let input = Input { shot, beam_travel: travel, force_effect: force, ..held.input(CURRENT) };
        held.cell.step(&mut held.state, &input, 1.0).voltage
    };
    for _ in 0..10 {
        step(&mut held, 0.0, 0.0, true);
    }
    for _ in 0..60 {
        assert!(step(&mut held, 0.0, 0.0, false) > 15.0, "went out by itself");
    }
    for _ in 0..20 {
        step(&mut held, 0.0, -1.5e-3, false);
    }
    for _ in 0..30 {
        step(&mut held, 0.0, 0.0, false);
    }
    assert!(step(&mut held, 0.0, 0.0, false) < 4.5, "sweeping did not end it");
}

#[test]
fn distance_shrinks_between_taps() {
    let mut held = Held::new();
    let before = held.cell.acd(&held.state);
    for _ in 0..(6 * 3_600) {
        let input = Input { beam_travel: 0.0, metal_tap: 0.0, ..held.input(CURRENT) };
        held.cell.step(&mut held.state, &input, 1.0);
    }
    let per_day = (held.cell.acd(&held.state) - before) * 4e3;
    assert!((-14.0..=-7.0).contains(&per_day), "{per_day} mm/d");
}

#[test]
fn a_current_cut_freezes_ledge_and_concentrates_fluoride() {
    let mut held = Held::new();
    held.run(6.0, CURRENT, |_, _| {});
    let (ledge, fluoride) = (held.state.heat.ledge, held.cell.composition(&held.state).alf3);
    let mut superheat = 0.0;
    held.run(2.0, 0.75 * CURRENT, |o, _| superheat = o.superheat);
    assert!(superheat < 5.0, "{superheat}");
    assert!(held.state.heat.ledge > ledge + 0.01);
    assert!(held.cell.composition(&held.state).alf3 > fluoride);
}

#[test]
fn less_distance_rolls_the_metal() {
    let (params, _) = pb500();
    assert!(params.noise.damping_at(0.045, 0.22) > params.noise.damping_at(0.039, 0.22));
    assert!(params.noise.damping_at(0.028, 0.22) < 0.0);
}

fn operation() -> impl Strategy<Value = Input> {
    (
        0.0..550e3_f64,
        prop_oneof![3 => Just(0.0), 1 => 0.0..20.0_f64],
        0.0..0.1_f64,
        -2e-3..2e-3_f64,
        prop_oneof![3 => Just(0.0), 1 => 0.0..8.0_f64],
        prop_oneof![3 => Just(0.0), 1 => 0.0..2.0_f64],
        prop::bool::weighted(0.02),
        prop::bool::ANY,
        prop::bool::weighted(0.02),
        (-4.0..4.0_f64, -4.0..4.0_f64),
    )
        .prop_map(|(current, shot, alf3, beam, metal, bath, set, open, force, n)| Input {
            current,
            shot,
            shot_size: shot.max(0.1),
            alf3,
            beam_travel: beam,
            metal_tap: metal,
            bath_tap: bath,
            anode_set: set,
            crust_open: open,
            force_effect: force,
            normal: [n.0, n.1],
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Alumina, bath and metal close over a quarter of an hour of anything an operator could do.
    #[test]
    fn mass_closes(list in prop::collection::vec(operation(), 30)) {
        let (params, start) = pb500();
        let cell = Cell::new(params).unwrap();
        let mut x = cell.start(&start);
        let first = x;
        let p = &params.alumina;
        let (mut alumina, mut bath, mut metal) = (0.0, 0.0, 0.0);
        for input in &list {
            for _ in 0..30 {
                let o = cell.step(&mut x, input, 1.0);
                let f = o.flows;
                alumina += f.fed - f.consumed - f.tapped_alumina;
                metal += f.metal - input.metal_tap;
                let soda = p.soda * input.shot;
                let calcia = p.calcia * input.shot;
                let made = (CRYOLITE_PER_NA2O - ALF3_PER_NA2O) * soda + (CAF2_PER_CAO - ALF3_PER_CAO) * calcia;
                bath += made + input.alf3 - f.evaporated - f.frozen - f.tapped_bath;
                prop_assert!(o.voltage.is_finite() && x.heat.temperature.is_finite() && x.heat.ledge > 0.0);
                prop_assert!(x.alumina.dissolved > 0.0 && x.bath.cryolite > 0.0);
            }
        }
        let close = |a: f64, b: f64, scale: f64| (a - b).abs() <= 1e-9 * scale;
        prop_assert!(close(x.alumina.total() - first.alumina.total(), alumina, 300.0));
        prop_assert!(close(x.metal.mass - first.metal.mass, metal, 33_500.0));
        prop_assert!(
            close(x.bath.mass() - first.bath.mass(), bath, 8_500.0));
    }
}

#[test]
fn soda_makes_the_alumina_that_it_displaces() {
    // 3 Na2O + 4 AlF3 -> 2 Na3AlF6 + Al2O3 closes by mass: what goes in comes out.
    let (params, _) = pb500();
    let p = params.alumina;
    let made = chemistry::alumina_from_impurities(&p) + CRYOLITE_PER_NA2O * p.soda + CAF2_PER_CAO * p.calcia;
    let used = p.soda * (1.0 + ALF3_PER_NA2O) + p.calcia * (1.0 + ALF3_PER_CAO);
    assert!((made / used - 1.0).abs() < 2e-5, "{made} {used}");
}

#[test]
fn a_biased_ammeter_does_not_bias_the_truth() {
    use potline::sim::{LineSettings, PlantSettings, RoutineSettings, Section, SensorSettings, Setup};
    let setup = Setup {
        cells: 1,
        hours: 1.0,
        seed: 1,
        plant: PlantSettings::default(),
        sensors: SensorSettings { current_bias_pct: 2.0, ..SensorSettings::default() },
        line: LineSettings { noise_pct: 0.0, ..LineSettings::default() },
        routine: RoutineSettings::default(),
        events: Vec::new(),
    };
    let mut section = Section::new(&setup, 1.0).unwrap();
    section.advance();
    let pot = &section.pots()[0];
    assert!((pot.field().current - 510e3).abs() < 1e3, "the ammeter shows its bias");
    assert!((pot.truth().current - 500e3).abs() < 1.0, "the truth does not");
}

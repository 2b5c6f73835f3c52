//! Parts of the plant against closed forms and against what plants report.

use potline::cell::anode::{Fault, Setting};
use potline::cell::mixing::Mixing;
use potline::cell::{Cell, Flags, Input, MAX_ZONES, Output, State, pb500};
use potline::consts::{DAY, FARADAY, HOUR};

const CURRENT: f64 = 500e3;
const ZONE: f64 = 8_000.0 / 6.0;

/// Six zones of the same mass, the rest none.
fn six(value: f64) -> [f64; MAX_ZONES] {
    std::array::from_fn(|z| if z < 6 { value } else { 0.0 })
}

/// Matrix exponential of six zones, feeder 3 off and the others at 6/5, uniform consumption.
#[test]
fn a_blocked_feeder_follows_the_matrix_exponential() {
    let text = include_str!("data/reference/analytic_zone6_exchange.csv");
    // The reference took 101.96 g/mol.
    let consumption = CURRENT * 0.94 * 101.96e-3 / (6.0 * FARADAY) / 6.0;
    let source: [f64; 6] = std::array::from_fn(|z| if z == 2 { -consumption } else { 0.2 * consumption });
    let dt = 1.0 / 64.0;
    let mixing = Mixing::new(&six(ZONE), 6.0, dt);
    let mut a = six(0.025 * ZONE);
    let (mut time, mut worst) = (0.0, 0.0_f64);
    for line in text.lines().skip(1) {
        let row: Vec<f64> = line.split(',').map(|x| x.parse().unwrap()).collect();
        while time < row[0] - 1e-9 {
            // Half the source before and half after: second order in dt.
            a.iter_mut().zip(source).for_each(|(a, s)| *a += 0.5 * dt * s);
            mixing.apply(&mut a);
            a.iter_mut().zip(source).for_each(|(a, s)| *a += 0.5 * dt * s);
            time += dt;
        }
        for (a, expected) in a.iter().zip(&row[1..]) {
            worst = worst.max((100.0 * a / ZONE - expected).abs());
        }
    }
    println!("worst {worst:e} %");
    assert_eq!(time, 14_400.0);
    assert!(worst < 1e-9, "{worst} %");
    let depletion = 100.0 * a[2] / ZONE - 2.5;
    assert!((depletion + 0.1456).abs() < 1e-4, "{depletion} %");
}

/// The slowest mode, cos(π (z + 1/2)/6), decays with m/(q (2 - 2 cos π/6)) = 829.3 s, exactly.
#[test]
fn the_slowest_mode_decays_in_829_s() {
    let shape: [f64; 6] = std::array::from_fn(|z| (std::f64::consts::PI * (z as f64 + 0.5) / 6.0).cos());
    let time = ZONE / (6.0 * (2.0 - 2.0 * (std::f64::consts::PI / 6.0).cos()));
    assert!((time - 829.3).abs() < 0.05, "{time}");
    let mixing = Mixing::new(&six(ZONE), 6.0, time / 1_000.0);
    let mut a = six(30.0);
    a.iter_mut().zip(shape).for_each(|(a, s)| *a += s);
    (0..1_000).for_each(|_| mixing.apply(&mut a));
    for (a, s) in a.iter().zip(shape) {
        let expected = 30.0 + s * (-1.0_f64).exp();
        assert!((a - expected).abs() < 1e-12 * 30.0, "{a} {expected}");
    }
    assert!((a.iter().sum::<f64>() - 180.0).abs() < 1e-10);
}

/// A cell fed and tapped at the rate of production.
struct Fed {
    cell: Cell,
    x: State,
    seconds: u64,
}

impl Fed {
    fn new() -> Self {
        let (params, start) = pb500();
        let cell = Cell::new(params).unwrap();
        let x = cell.start(&start);
        Self { cell, x, seconds: 0 }
    }

    fn input(&self, current: f64) -> Input {
        let mut shots = [0.0; MAX_ZONES];
        if self.seconds.is_multiple_of(21) {
            shots[(self.seconds / 21 % 6) as usize] = 1.8 * current / CURRENT;
        }
        Input {
            current,
            shots,
            shot_size: 1.8,
            alf3: 74.0 / DAY,
            metal_tap: ((self.x.metal - 34_000.0) * 1e-3).max(0.0),
            bath_tap: ((self.x.bath_mass() - 8_500.0) * 1e-4).max(0.0),
            beam_travel: (0.039 - self.cell.acd(&self.x)).clamp(-1e-4, 1e-4),
            ..Default::default()
        }
    }

    fn step(&mut self, change: impl FnOnce(&mut Input)) -> Output {
        let mut input = self.input(CURRENT);
        change(&mut input);
        self.seconds += 1;
        self.cell.step(&mut self.x, &input, 1.0)
    }

    fn sum(&self) -> f64 {
        self.x.network.current[..48].iter().sum()
    }
}

#[test]
fn currents_sum_to_the_line_current_and_voltage_rises_with_it() {
    let mut last = 0.0;
    for current in [1e3, 50e3, 250e3, 400e3, 500e3, 550e3, 600e3] {
        let mut fed = Fed::new();
        let voltage = fed.step(|input| input.current = current).bath_voltage;
        assert!((fed.sum() / current - 1.0).abs() < 1e-9, "{}", fed.sum());
        assert!(voltage > last + 0.01, "{voltage} V at {current} A");
        last = voltage;
    }
}

/// Its rod shows a spike that touches the metal, as a clamp meter in the potroom would.
#[test]
fn a_spike_shows_in_its_rod_and_makes_no_metal() {
    let mut fed = Fed::new();
    let before = fed.step(|_| {});
    let quiet = fed.x.network.rods();
    let after = fed.step(|input| input.anode_fault = Some((16, Fault::Spike(0.06))));
    let rods = fed.x.network.rods();
    assert!(after.flags.has(Flags::SPIKE) && !before.flags.has(Flags::SPIKE));
    assert!(rods[16] > 1.5 * quiet[16], "{} A, {} A before", rods[16], quiet[16]);
    assert!((rods[..48].iter().sum::<f64>() / CURRENT - 1.0).abs() < 1e-9);
    let lost = 1.0 - after.flows.charge / before.flows.charge;
    assert!((lost - (rods[16] - fed.x.network.current[16]) / CURRENT).abs() < 1e-9, "{lost}");
    // Taken off, it is gone from the rod.
    fed.step(|input| input.anode_fault = Some((16, Fault::Spike(0.0))));
    assert_eq!(fed.x.network.rods()[16], fed.x.network.current[16]);
}

#[test]
fn a_low_anode_carries_more_and_a_high_one_less() {
    let mut fed = Fed::new();
    fed.step(|_| {});
    let before = fed.x.network.current;
    fed.x.anodes[10].hang -= 0.005;
    fed.x.anodes[30].hang += 0.005;
    fed.step(|_| {});
    let share = |k: usize| fed.x.network.current[k] / before[k] - 1.0;
    // 5 of 39 mm, on the half of the anode's resistance that is bath.
    assert!((0.05..0.15).contains(&share(10)), "{}", share(10));
    assert!((-0.13..-0.04).contains(&share(30)), "{}", share(30));
    assert!((fed.sum() / CURRENT - 1.0).abs() < 1e-9);
}

#[test]
fn ordinary_work_needs_three_iterations_at_most() {
    let mut fed = Fed::new();
    let mut seed = 7_u64;
    let mut draw = || {
        // Sum of twelve uniform numbers.
        (0..12)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 11) as f64 / (1_u64 << 53) as f64
            })
            .sum::<f64>()
            - 6.0
    };
    let mut most = 0;
    for _ in 0..7_200 {
        fed.step(|input| input.normal = std::array::from_fn(|_| draw()));
        most = most.max(fed.x.network.iterations);
    }
    assert!(most <= 3, "{most} iterations");
}

/// 10–20 % of the mean current after 4 h, half after 10 h, over 90 % after a day.
#[test]
fn a_new_anode_takes_its_load_in_a_day() {
    let mut fed = Fed::new();
    let set = Setting { anode: 20, offset: 0.0, temperature: 300.0 };
    let mut share = Vec::new();
    for second in 0..(26.0 * HOUR) as u64 {
        fed.step(|input| input.anode_set = (second == 0).then_some(set));
        if second % 3_600 == 0 {
            share.push(fed.x.network.current[20] / (CURRENT / 48.0));
        }
    }
    println!("{share:.2?}");
    // The crust grows a little before it melts.
    assert!(share[2..].windows(2).all(|w| w[1] > w[0] - 0.01), "{share:?}");
    assert!((0.10..=0.25).contains(&share[4]), "{}", share[4]);
    assert!((0.35..=0.65).contains(&share[10]), "{}", share[10]);
    assert!(share[24] > 0.90 && share[24] < 1.1, "{}", share[24]);
}

/// One poor zone loses its anodes to the others, and the voltage hardly tells; a poor cell goes up.
#[test]
fn films_stay_where_others_can_take_the_current() {
    let run = |poor: &[usize]| {
        let mut fed = Fed::new();
        (0..600).for_each(|_| _ = fed.step(|_| {}));
        let before = fed.step(|_| {}).voltage;
        for z in poor {
            fed.x.zones[*z].dissolved *= 0.4;
        }
        let (mut highest, mut after_five, mut cf4) = (0.0_f64, 0.0_f64, 0.0);
        let mut filmed = 0;
        for second in 0..30 {
            let o = fed.step(|_| {});
            highest = highest.max(o.voltage - before);
            // A zone is looked at within 6 s, then the film grows.
            if second < 11 {
                after_five = highest;
            }
            cf4 += o.flows.pfc.cf4;
            filmed = filmed.max(fed.x.effect.film.iter().filter(|f| **f > 0.5).count());
        }
        println!("{poor:?}: {highest:.3} V, {filmed} filmed, {cf4:e} kg CF4");
        (highest, after_five, filmed, cf4)
    };
    let (rise, _, filmed, little) = run(&[2]);
    assert!((1..=8).contains(&filmed), "{filmed} anodes");
    assert!(rise < 0.5, "{rise} V");
    let (_, rise, filmed, much) = run(&[0, 1, 2, 3, 4, 5]);
    assert_eq!(filmed, 48);
    assert!((15.0 - 4.0..40.0 - 4.0).contains(&rise), "{rise} V");
    assert!(little < 0.02 * much, "{little} of {much} kg CF4");
}

/// Half a second, one or two: the same two hours to what one Euler step of 2 s leaves behind.
#[test]
fn the_step_does_not_matter() {
    let run = |dt: f64| {
        let mut fed = Fed::new();
        for second in 0..3_600 {
            let mut input = fed.input(if second < 1_800 { CURRENT } else { 0.9 * CURRENT });
            input.shots = [0.0; MAX_ZONES];
            if second % 10 == 0 {
                input.shots[second / 10 % 6] = 1.7;
            }
            for n in 0..(2.0 / dt) as u32 {
                // What falls in or moves does so once.
                let once = Input { shots: [0.0; MAX_ZONES], beam_travel: 0.0, ..input };
                fed.cell.step(&mut fed.x, if n == 0 { &input } else { &once }, dt);
            }
        }
        let x = fed.x;
        [
            x.heat.bath,
            x.heat.metal,
            1e3 * x.ledge.thickness[0],
            x.dissolved(),
            x.metal,
            x.anodes[0].temperature,
        ]
    };
    let fine = run(0.5);
    for (dt, limits) in [(1.0, LIMITS), (2.0, LIMITS.map(|l| 3.0 * l))] {
        let coarse = run(dt);
        println!("{dt} s: {:?}", std::array::from_fn::<_, 6, _>(|n| coarse[n] - fine[n]));
        for (n, limit) in limits.iter().enumerate() {
            assert!((coarse[n] - fine[n]).abs() < *limit, "{dt} s, {n}: {} {}", coarse[n], fine[n]);
        }
    }
}

/// Bath, metal \[K\], ledge \[mm\], alumina, metal \[kg\], block \[K\].
const LIMITS: [f64; 6] = [0.025, 0.002, 0.002, 0.05, 0.0015, 0.015];

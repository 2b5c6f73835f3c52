//! Published models against trajectories that were computed outside this crate.
#![cfg(feature = "std")]

mod reference_table;

use potline::sim::reference::integrate::{self, Adaptive};
use potline::sim::reference::waves::{Layers, interface_wave_frequency, shallow_wave_frequency};
use potline::sim::reference::{Law, Model, eal500, lundby2022, yao2017};

use reference_table::Table;

fn relative(got: f64, expected: f64) -> f64 {
    if got == expected { 0.0 } else { (got - expected).abs() / expected.abs() }
}

/// The worst relative error of each column along a whole table, from its first row and inputs.
fn replayed(model: Model, name: &str) -> Vec<(&'static str, f64)> {
    let table = Table::read(name);
    let outputs = model.trajectory(1e-10).outputs();
    assert_eq!(outputs.len() + 1, table.head.len(), "{name}: every column of the file is written");
    let mut worst = vec![0.0_f64; outputs.len()];
    for (index, got) in reference_table::replayed(model, &table).iter().enumerate() {
        for ((got, column), worst) in got.iter().zip(&outputs).zip(&mut worst) {
            let error = relative(*got, table.get(index, column));
            *worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
        }
    }
    println!("{name}: {} rows", table.rows.len());
    outputs.into_iter().zip(worst).collect()
}

#[track_caller]
fn all_within(errors: &[(&'static str, f64)], tolerance: f64) {
    for (name, error) in errors {
        println!("  {name:<20} {error:.1e}");
    }
    for (name, error) in errors {
        assert!(*error <= tolerance, "{name}: {error:e}, at most {tolerance:e}");
    }
}

#[test]
fn lundby2022_follows_every_tight_trajectory() {
    for name in ["costa_S1_constant_tight", "costa_S5_feed_stop_tight", "costa_S6_curtail_alf3_tap_tight"] {
        all_within(&replayed(Model::Lundby2022, name), 1e-9);
    }
}

#[test]
fn eal500_follows_every_tight_trajectory() {
    for name in ["cell500_A_default_tight", "cell500_C_feed_cycle_tight"] {
        all_within(&replayed(Model::Eal500, name), 1e-9);
    }
}

#[test]
fn yao2017_follows_the_feed_cycle_exactly_and_by_euler() {
    let (voltages, states): (Vec<_>, Vec<_>) = replayed(Model::Yao2017, "haupin3state_feedcycle")
        .into_iter()
        .partition(|(name, _)| name.starts_with("V_"));
    all_within(&states, 1e-9);
    // Beside the pole of the coverage the voltage runs from +90 to -70 V and through zero: there the 12
    // digits of the alumina are 7 of the voltage.
    all_within(&voltages, 1e-6);
}

/// The worst relative error of the states along a table that was made by fixed steps of `dt`.
fn stepped<const N: usize, const K: usize>(
    law: &Law<N, K>,
    name: &str,
    dt: f64,
    step: impl Fn(&[f64; N], &[f64; K]) -> [f64; N],
) -> f64 {
    let table = Table::read(name);
    let mut x = table.array(0, &law.states);
    let mut worst = 0.0_f64;
    for index in 1..table.rows.len() {
        let input = table.array(index - 1, &law.inputs);
        let steps = ((table.rows[index][0] - table.rows[index - 1][0]) / dt).round() as usize;
        assert!(steps > 0);
        x = (0..steps).fold(x, |x, _| step(&x, &input));
        for (got, expected) in x.iter().zip(table.array(index, &law.states)) {
            worst = worst.max(relative(*got, expected));
        }
    }
    println!("{name}: {worst:.1e}");
    worst
}

#[test]
fn runge_kutta_by_10_s_is_the_published_simulator() {
    let step = |x: &_, u: &_| lundby2022::rk4_step(x, u, 10.0);
    assert!(stepped(&lundby2022::LAW, "costa_S1_constant_rk4dt10", 10.0, step) < 1e-10);
}

#[test]
fn euler_by_60_s_is_the_published_method() {
    let step = |x: &_, u: &_| integrate::euler(x, 60.0, |x| eal500::rates(x, u));
    assert!(stepped(&eal500::LAW, "cell500_A_default_euler60s", 60.0, step) < 1e-11);
}

/// The published nominal point of the eight-state model.
const NOMINAL: lundby2022::State =
    [3260.0, 470.930_232_558_139_5, 1_726.744_186_046_511_7, 13500.0, 9900.0, 975.0, 816.0, 580.0];
const NOMINAL_INPUT: lundby2022::Input = [0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05];

#[test]
fn lundby2022_at_its_nominal_point() {
    let expected = [0.244331, 0.0, 0.0, -0.243617, 0.0, 1.53713e-5, 1.203416e-2, -4.75449e-4];
    for (got, expected) in lundby2022::rates(&NOMINAL, &NOMINAL_INPUT).iter().zip(expected) {
        assert!((got - expected).abs() <= 1e-5 * f64::abs(expected) + 1e-15, "{got}, expected {expected}");
    }
    let expected = [0.03, 0.11, 966.7255, 2.173912, 0.633533, 0.503282, 0.213860, 1.442869];
    for (got, expected) in lundby2022::derived(&NOMINAL, &NOMINAL_INPUT).iter().zip(expected) {
        assert!((got / expected - 1.0).abs() < 3e-6, "{got}, expected {expected}");
    }
}

#[test]
fn a_large_shot_near_the_pole_is_beyond_fixed_steps_but_not_beyond_adaptive_ones() {
    // 180 kg within 10 s at 2.207 % alumina: the steep part of the coverage.
    let mut start = NOMINAL;
    start[1] = 0.02207 / (1.0 - 0.02207) * (start[2] + start[3]);
    let input = [18.0, 140e3, 0.0, 0.0, 0.05];
    let adaptive = |tolerance| {
        let mut x = start;
        let rates =
            |x: &_| lundby2022::outside(x, &input, 0.0).is_none().then(|| lundby2022::rates(x, &input));
        Adaptive::new(tolerance).advance(&mut x, 10.0, rates).unwrap();
        x
    };
    // A sixty-four-thousandth of the step is as good as none.
    let fine = (0..64_000).fold(start, |x, _| lundby2022::rk4_step(&x, &input, 10.0 / 64_000.0));
    let error =
        |x: &lundby2022::State| x.iter().zip(&fine).map(|(a, b)| relative(*a, *b)).fold(0.0, f64::max);
    assert!(error(&adaptive(1e-10)) < 1e-11, "{:e}", error(&adaptive(1e-10)));
    assert!(error(&adaptive(1e-6)) < 1e-6);
    assert!(error(&lundby2022::rk4_step(&start, &input, 10.0)) > 1e-4);
}

#[test]
fn eal500_balance_at_its_start() {
    // Input, process, top, side, bottom, ledge [W]; the losses are 921.2 kW.
    let d = eal500::derived(&eal500::START, &[500e3, 5.0]);
    for (got, expected) in d[5..].iter().zip([1975e3, 1_039.74e3, 517.24e3, 154.57e3, 249.40e3, 156.97e3]) {
        assert!((got / expected - 1.0).abs() < 1e-4, "{got}, expected {expected}");
    }
    assert!((d[7] + d[8] + d[9] - 921.2e3).abs() < 92.0);
    assert!((d[3] - 953.253).abs() < 1e-3 && (d[4] - 11.747).abs() < 1e-3 && (d[11] - 0.93742).abs() < 1e-5);
}

/// Central differences of `rates` at `x`.
fn jacobian<const N: usize>(x: &[f64; N], rates: impl Fn(&[f64; N]) -> [f64; N]) -> [[f64; N]; N] {
    let mut jacobian = [[0.0; N]; N];
    for k in 0..N {
        let h = 1e-5 * x[k].abs();
        let at = |h: f64| {
            let mut x = *x;
            x[k] += h;
            rates(&x)
        };
        let (above, below) = (at(h), at(-h));
        for (row, (above, below)) in jacobian.iter_mut().zip(above.iter().zip(below)) {
            row[k] = (above - below) / (2.0 * h);
        }
    }
    jacobian
}

/// det(J - λ 1), which changes its sign at a simple eigenvalue.
fn characteristic<const N: usize>(jacobian: &[[f64; N]; N], lambda: f64) -> f64 {
    let mut a = *jacobian;
    for (k, row) in a.iter_mut().enumerate() {
        row[k] -= lambda;
    }
    let mut determinant = 1.0;
    for k in 0..N {
        let pivot = (k..N).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs())).unwrap();
        if pivot != k {
            a.swap(pivot, k);
            determinant = -determinant;
        }
        determinant *= a[k][k];
        let above = a[k];
        for row in a.iter_mut().skip(k + 1) {
            let factor = row[k] / above[k];
            for (x, y) in row.iter_mut().zip(above) {
                *x -= factor * y;
            }
        }
    }
    determinant
}

#[test]
fn the_time_constants_are_the_published_ones() {
    let eigenvalue_between = |determinant: &dyn Fn(f64) -> f64, slow: f64, fast: f64| {
        determinant(-1.0 / slow) * determinant(-1.0 / fast) < 0.0
    };
    // 1173 s (superheat) and 7.4 h (ledge) at the start of the 500 kA model.
    let j = jacobian(&eal500::START, |x| eal500::rates(x, &[500e3, 5.0]));
    let f = |lambda: f64| characteristic(&j, lambda);
    assert!(eigenvalue_between(&f, 1173.5, 1172.5), "superheat");
    assert!(eigenvalue_between(&f, 26_750.0, 26_650.0), "ledge");
    // 745 s and 7.1 h near the steady state of the eight-state model under nominal inputs.
    let mut x = NOMINAL;
    Adaptive::new(1e-10).advance(&mut x, 86_400.0, |x| Some(lundby2022::rates(x, &NOMINAL_INPUT))).unwrap();
    let j = jacobian(&x, |x| lundby2022::rates(x, &NOMINAL_INPUT));
    let f = |lambda: f64| characteristic(&j, lambda);
    assert!(eigenvalue_between(&f, 752.5, 737.5), "fastest");
    assert!(eigenvalue_between(&f, 25_800.0, 25_300.0), "wall");
}

#[test]
fn yao2017_at_its_published_points() {
    // Target: voltage at 3.5 % and 126 kA, and one Euler step of 5 and 10 s.
    let start = [3.5, 0.5, 2.9193];
    assert!((yao2017::voltage(&start, 126e3) - 4.467837).abs() < 1e-6);
    for (dt, expected) in [(5.0, [3.49917482, 0.495, 2.91927925]), (10.0, [3.49834964, 0.49, 2.9192585])] {
        let got = yao2017::euler_step(&start, &[126e3, 0.0], dt);
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-8, "{got}, expected {expected}");
        }
    }
}

#[test]
fn yao2017_and_the_guarded_voltage_are_one_law() {
    // The guarded form knows R and F better; beyond that they agree.
    use potline::electro::{Operating, yao2017 as guarded};
    for c in [2.0, 2.5, 3.5, 5.0] {
        let mut operating = Operating { acd: 0.03, ..guarded::source_operating() };
        operating.bath.al2o3 = c / 100.0;
        let volts = guarded::voltage(&guarded::source_cell(), &operating).cell;
        assert!((yao2017::voltage(&[c, 0.0, 3.0], 126e3) - volts).abs() < 2e-6);
    }
}

/// Columns after the first against the solution of x' = rates(x).
fn closed_form<const N: usize>(
    name: &str,
    start: [f64; N],
    rates: impl Fn(&[f64; N]) -> [f64; N],
    tolerance: f64,
) {
    let table = Table::read(name);
    let mut adaptive = Adaptive::new(1e-12);
    let mut x = start;
    let mut worst = 0.0_f64;
    for pair in table.rows.windows(2) {
        adaptive.advance(&mut x, pair[1][0] - pair[0][0], |x| Some(rates(x))).unwrap();
        let scale = start.iter().copied().fold(0.0, f64::max);
        for (got, expected) in x.iter().zip(&pair[1][1..]) {
            worst = worst.max((got - expected).abs() / scale);
        }
    }
    println!("{name}: {worst:.1e}, {} steps", adaptive.steps());
    assert!(worst < tolerance, "{name}: {worst:e}");
}

#[test]
fn a_shot_in_three_pools() {
    let rates = |x: &[f64; 4]| {
        let [fast, middle, slow] = [x[1] / 15.0, x[2] / 300.0, x[3] / 7200.0];
        [fast + middle + slow, -fast, -middle, -slow]
    };
    closed_form("analytic_dissolution_3pool", [0.0, 1.08, 0.54, 0.18], rates, 1e-12);
}

#[test]
fn six_zones_with_a_blocked_feeder() {
    let used = 500e3 * 0.94 * 0.101_96 / (6.0 * 96_485.332_12);
    let feed: [f64; 6] = core::array::from_fn(|k| if k == 2 { 0.0 } else { used / 5.0 });
    let rates = |c: &[f64; 6]| {
        core::array::from_fn(|k| {
            let left = if k > 0 { c[k - 1] - c[k] } else { 0.0 };
            let right = if k < 5 { c[k + 1] - c[k] } else { 0.0 };
            (6.0 * (left + right) + 100.0 * (feed[k] - used / 6.0)) / (8000.0 / 6.0)
        })
    };
    closed_form("analytic_zone6_exchange", [2.5; 6], rates, 1e-9);
}

#[test]
fn a_ledge_after_a_step_of_the_superheat() {
    let rates = |x: &[f64; 1]| [((955.0 - 40.0) / (x[0] / 1.5 + 0.046) - 600.0 * 12.0) / (2900.0 * 4.5e5)];
    closed_form("analytic_ledge_stefan", [0.15975], rates, 1e-10);
    // The source's own figures: 6 h, 24 h, and the first melting in mm/h.
    assert!((rates(&[0.15975])[0] * 3.6e6 + 3.31).abs() < 0.005);
    assert!(rates(&[0.121625])[0].abs() < 1e-15);
}

#[test]
fn interface_waves() {
    let table = Table::read("analytic_interface_waves");
    for index in 0..table.rows.len() {
        let get = |name| table.get(index, name);
        let layers = Layers {
            length: get("Lx_m"),
            width: get("Ly_m"),
            metal_height: get("h_metal_m"),
            bath_height: get("h_bath_m"),
            metal_density: 2300.0,
            bath_density: 2080.0,
            gravity: 9.81,
        };
        let (m, n) = (get("mode_m") as u32, get("mode_n") as u32);
        let exact = interface_wave_frequency(&layers, m, n);
        assert!(relative(exact, get("f_exact_Hz")) < 1e-9);
        assert!(relative(shallow_wave_frequency(&layers, m, n), get("f_shallow_Hz")) < 1e-9);
        // Periods are written with 8 digits.
        assert!(relative(1.0 / exact, get("period_s")) < 1e-7);
        assert_eq!(interface_wave_frequency(&layers, 0, 0), 0.0);
    }
    // Rolling metal of a 500 kA cell: 36 to 44 s.
    let cell = Layers {
        length: 17.0,
        width: 4.1,
        metal_height: 0.22,
        bath_height: 0.04,
        metal_density: 2300.0,
        bath_density: 2080.0,
        gravity: 9.81,
    };
    for m in 0..=3 {
        assert!((35.7..44.2).contains(&(1.0 / interface_wave_frequency(&cell, m, 1))));
    }
}

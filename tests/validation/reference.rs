//! Targets 1 to 5, 19 to 21, 25, 26, 29, 35, 40: published models and closed forms.
//!
//! `tests/reference_models.rs` holds the same models to tighter limits, column by column.

use crate::page::{Figure, Row, Subject};
use crate::plant::Plant;
use crate::reference_table::{Table, replayed};
use potline::electro;
use potline::sim::reference::integrate::{self, Adaptive};
use potline::sim::reference::waves::{Layers, interface_wave_frequency};
use potline::sim::reference::{Law, Model, eal500, lundby2022, yao2017};

const NTNU: &str = "Robinson, Lundby et al., arXiv 2209.10861";
const EAL: &str = "shen-y21/Data-Driven-Dimension-Reduction";
const YAO: &str = "Yao et al. 2017; gustavo-alejandro/CellModel";
const TRAJECTORY: &str = "trajectory, 12 digits";

pub fn subject(_: &Plant) -> Subject {
    let mut rows = eight_states();
    rows.extend(five_hundred());
    rows.extend(haupin());
    rows.extend(closed_forms());
    rows.push(Row::shown(
        40,
        "speed of one Runge–Kutta step of the eight-state model",
        "`cargo bench --bench lundby_rk4`; instructions: `benches/counts.sh`, kept in `benches/counts.txt`"
            .into(),
        "at least 1.2 million steps per second on one core",
        "a figure of the machine, so not of this page",
    ));
    Subject {
        title: "Published models and closed forms",
        text: "Three published simulators, written anew from their equations, against trajectories computed outside \
               this crate (`tests/data/reference`). They check equations and integrators, not the behaviour of our \
               cell.",
        rows,
        pictures: vec![],
    }
}

/// The row at `seconds`.
fn at(table: &Table, seconds: f64) -> usize {
    table.rows.iter().position(|r| r[0] == seconds).unwrap()
}

fn worst(got: &[f64], expected: &[f64]) -> f64 {
    let errors = got.iter().zip(expected).map(|(g, e)| if g == e { 0.0 } else { ((g - e) / e).abs() });
    errors.fold(0.0, f64::max)
}

/// Worst relative error of the states along `name`.
fn followed<const N: usize, const K: usize>(model: Model, law: &Law<N, K>, name: &str) -> f64 {
    let table = Table::read(name);
    let rows = replayed(model, &table);
    // The states come first.
    let of = |(k, got): (usize, &Vec<f64>)| worst(&got[..N], &table.array(k, &law.states));
    rows.iter().enumerate().map(of).fold(0.0, f64::max)
}

/// The same by fixed steps.
fn stepped<const N: usize, const K: usize>(
    law: &Law<N, K>,
    name: &str,
    dt: f64,
    step: impl Fn(&[f64; N], &[f64; K]) -> [f64; N],
) -> f64 {
    let table = Table::read(name);
    let mut x = table.array(0, &law.states);
    let mut error = 0.0_f64;
    for k in 1..table.rows.len() {
        let input = table.array(k - 1, &law.inputs);
        let steps = ((table.rows[k][0] - table.rows[k - 1][0]) / dt).round() as usize;
        x = (0..steps).fold(x, |x, _| step(&x, &input));
        error = error.max(worst(&x, &table.array(k, &law.states)));
    }
    error
}

fn eight_states() -> Vec<Row> {
    let law = &lundby2022::LAW;
    let mut rows: Vec<Row> = [
        ("constant inputs, 24 h", "costa_S1_constant_tight"),
        ("feed stop, 1.2 h", "costa_S5_feed_stop_tight"),
        ("curtailment, AlF3, tap, 24 h", "costa_S6_curtail_alf3_tap_tight"),
    ]
    .into_iter()
    .map(|(what, name)| {
        let what = format!("eight-state model, all states: {what}");
        Row::error(1, &what, TRAJECTORY, followed(Model::Lundby2022, law, name), 1e-6, NTNU)
    })
    .collect();
    let fixed = stepped(law, "costa_S1_constant_rk4dt10", 10.0, |x, u| lundby2022::rk4_step(x, u, 10.0));
    rows.push(Row::error(1, "the same by Runge–Kutta steps of 10 s", TRAJECTORY, fixed, 1e-10, NTNU));

    let nominal =
        [3260.0, 470.930_232_558_139_5, 1_726.744_186_046_511_7, 13500.0, 9900.0, 975.0, 816.0, 580.0];
    let got = lundby2022::rates(&nominal, &[0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05]);
    let moving = [0, 3, 5, 6, 7];
    let error =
        worst(&moving.map(|k| got[k]), &[0.244_331, -0.243_617, 1.537_13e-5, 1.203_416e-2, -4.754_49e-4]);
    rows.push(Row::error(2, "rates of the eight states at the nominal point", "6 digits", error, 1e-5, NTNU));

    let table = Table::read("costa_S6_curtail_alf3_tap_tight");
    let ours = replayed(Model::Lundby2022, &table);
    let bath = 5;
    let liquidus = law.states.len() + law.inputs.len() + 2;
    let get = |seconds: f64, column: usize| ours[at(&table, seconds)][column];
    let superheat = |seconds: f64| get(seconds, bath) - get(seconds, liquidus);
    for (target, what, got, expected, digits) in [
        (25, "bath after 3 h at −14 % current", get(18e3, bath) - get(7_200.0, bath), 969.2253 - 975.7726, 3),
        (25, "superheat after 3 h at −14 % current", superheat(18e3) - superheat(7_200.0), -2.4427, 3),
        (
            26,
            "liquidus during a dose of 60 kg AlF3 in 15 t of bath",
            get(29_400.0, liquidus) - get(28_800.0, liquidus),
            963.437_87 - 964.427_38,
            3,
        ),
        (26, "superheat over the same ten minutes", superheat(29_400.0) - superheat(28_800.0), 0.9589, 3),
    ] {
        rows.push(Row::close(
            target,
            &format!("eight-state model: {what}"),
            Figure(got, digits, "K"),
            expected,
            1e-3,
            NTNU,
        ));
    }
    rows
}

fn five_hundred() -> Vec<Row> {
    let law = &eal500::LAW;
    let mut rows: Vec<Row> = [
        ("480 kA from 2 h on, 24 h", "cell500_A_default_tight"),
        ("feed cycles, 12 h", "cell500_C_feed_cycle_tight"),
    ]
    .into_iter()
    .map(|(what, name)| {
        let what = format!("500 kA model, all states: {what}");
        Row::error(3, &what, TRAJECTORY, followed(Model::Eal500, law, name), 1e-7, EAL)
    })
    .collect();
    let step = |x: &eal500::State, u: &eal500::Input| integrate::euler(x, 60.0, |x| eal500::rates(x, u));
    let fixed = stepped(law, "cell500_A_default_euler60s", 60.0, step);
    rows.push(Row::error(3, "the same by Euler steps of 60 s", TRAJECTORY, fixed, 1e-11, EAL));
    let d = eal500::derived(&eal500::START, &[500e3, 5.0]);
    for (what, got, expected) in [
        ("power in", d[5], 1975.0),
        ("power to the process", d[6], 1039.7),
        ("heat losses", d[7] + d[8] + d[9], 921.2),
    ] {
        let figure = Figure(got / 1e3, 1, "kW");
        rows.push(Row::close(29, &format!("500 kA model at its start: {what}"), figure, expected, 1e-4, EAL));
    }
    rows
}

fn haupin() -> Vec<Row> {
    let start = [3.5, 0.5, 2.9193];
    let parts =
        electro::yao2017::voltage(&electro::yao2017::source_cell(), &electro::yao2017::source_operating());
    let got = [
        parts.reversible,
        parts.anode_concentration,
        parts.anode_surface,
        parts.cathode_concentration,
        parts.bath,
        parts.bubble,
        parts.anode + parts.cathode + parts.external,
    ];
    let published = [1.21259, 0.02995, 0.51266, 0.11325, 1.42045, 0.27426, 0.90468];
    let apart = got.iter().zip(published).map(|(g, p)| (g - p).abs()).fold(0.0, f64::max);
    let mut rows = vec![
        Row::close(
            4,
            "voltage at 3.5 % and 126 kA",
            Figure(yao2017::voltage(&start, 126e3), 6, "V"),
            4.467_837,
            1e-5 / 4.467_837,
            YAO,
        ),
        Row::judged(
            4,
            "its seven parts, worst difference",
            format!("{apart:.0e} V"),
            "5 digits after the point",
            "below 1e-5 V",
            apart < 1e-5,
            YAO,
        ),
    ];
    for (dt, expected) in [(5.0, [3.49917482, 0.495, 2.91927925]), (10.0, [3.49834964, 0.49, 2.9192585])] {
        let [c, u, d] = yao2017::euler_step(&start, &[126e3, 0.0], dt);
        rows.push(Row::judged(
            5,
            &format!("alumina, undissolved alumina, distance after one Euler step of {dt} s"),
            format!("{c:.8} %, {u:.3} %, {d:.8} cm"),
            &format!("{:.8} %, {:.3} %, {:.8} cm", expected[0], expected[1], expected[2]),
            "1e-7 each",
            [c, u, d].iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-7),
            YAO,
        ));
    }
    rows
}

/// Worst difference to `name`, over the largest starting value, of x' = rates(x) solved adaptively.
fn solved<const N: usize>(
    name: &str,
    start: [f64; N],
    rates: impl Fn(&[f64; N]) -> [f64; N],
) -> (f64, [f64; N]) {
    let table = Table::read(name);
    let mut adaptive = Adaptive::new(1e-12);
    let scale = start.iter().copied().fold(0.0, f64::max);
    let (mut x, mut error) = (start, 0.0_f64);
    for pair in table.rows.windows(2) {
        adaptive.advance(&mut x, pair[1][0] - pair[0][0], |x| Some(rates(x))).unwrap();
        for (got, expected) in x.iter().zip(&pair[1][1..]) {
            error = error.max((got - expected).abs() / scale);
        }
    }
    (error, x)
}

fn closed_forms() -> Vec<Row> {
    let closed = "closed form";
    let (pools, _) = solved("analytic_dissolution_3pool", [0.0, 1.08, 0.54, 0.18], |x| {
        let [fast, middle, slow] = [x[1] / 15.0, x[2] / 300.0, x[3] / 7200.0];
        [fast + middle + slow, -fast, -middle, -slow]
    });
    let used = 500e3 * 0.94 * 0.101_96 / (6.0 * 96_485.332_12);
    let (zones, end) = solved("analytic_zone6_exchange", [2.5; 6], |c| {
        std::array::from_fn(|k| {
            let left = if k > 0 { c[k - 1] - c[k] } else { 0.0 };
            let right = if k < 5 { c[k + 1] - c[k] } else { 0.0 };
            let feed = if k == 2 { 0.0 } else { used / 5.0 };
            (6.0 * (left + right) + 100.0 * (feed - used / 6.0)) / (8000.0 / 6.0)
        })
    });
    let stefan = |x: &[f64; 1]| [((955.0 - 40.0) / (x[0] / 1.5 + 0.046) - 600.0 * 12.0) / (2900.0 * 4.5e5)];
    let (ledge, _) = solved("analytic_ledge_stefan", [0.15975], stefan);
    let after = |hours: f64| {
        let mut x = [0.15975];
        Adaptive::new(1e-12).advance(&mut x, hours * 3_600.0, |x| Some(stefan(x))).unwrap();
        x[0] * 1e3
    };
    let mut rows = vec![
        Row::error(19, "one shot in three pools, integrated", closed, pools, 1e-12, "eigenvectors"),
        Row::error(19, "six zones with exchange, integrated", closed, zones, 1e-9, "eigenvectors"),
        Row::close(
            20,
            "zone 3 after 4 h, integrated",
            Figure(end[2] - 2.5, 4, "%"),
            -0.145_628,
            1e-5,
            "eigenvectors",
        ),
        Row::error(
            21,
            "ledge after a step from 10 to 12 K, integrated",
            closed,
            ledge,
            1e-8,
            "Stefan problem",
        ),
    ];
    for (hours, expected) in [(6.0, 143.81), (24.0, 125.37)] {
        let what = format!("ledge {hours} h after the step, from 159.75 mm");
        rows.push(Row::close(21, &what, Figure(after(hours), 2, "mm"), expected, 1e-4, "Stefan problem"));
    }
    let first = stefan(&[0.15975])[0] * 3.6e6;
    rows.push(Row::close(21, "first melting", Figure(first, 2, "mm/h"), -3.31, 2e-3, "Stefan problem"));
    rows.extend(waves());
    rows
}

fn waves() -> Vec<Row> {
    let table = Table::read("analytic_interface_waves");
    let cell = |length, width, metal_height, bath_height| Layers {
        length,
        width,
        metal_height,
        bath_height,
        metal_density: 2300.0,
        bath_density: 2080.0,
        gravity: 9.81,
    };
    let mut error = 0.0_f64;
    for k in 0..table.rows.len() {
        let get = |name| table.get(k, name);
        let layers = cell(get("Lx_m"), get("Ly_m"), get("h_metal_m"), get("h_bath_m"));
        let got = interface_wave_frequency(&layers, get("mode_m") as u32, get("mode_n") as u32);
        error = error.max((got / get("f_exact_Hz") - 1.0).abs());
    }
    let period = |m| 1.0 / interface_wave_frequency(&cell(17.0, 4.1, 0.22, 0.04), m, 1);
    let source = "two-layer gravity waves";
    let (long, short) = (period(0), period(3));
    vec![
        Row::error(35, "interface waves, all modes and depths", "12 digits", error, 1e-9, source),
        Row::judged(
            35,
            "metal-roll periods of a 17 × 4.1 m cell, modes (3,1) to (0,1)",
            format!("{short:.1} to {long:.1} s"),
            "36 to 44 s, in the observed band of 0.02–0.05 Hz",
            "20 to 50 s",
            short >= 20.0 && long <= 50.0,
            source,
        ),
    ]
}

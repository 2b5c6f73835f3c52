//! Targets 22 to 24, 27, 28, 30, 31: heat, ledge and bath chemistry of our cell.

use crate::page::{Figure, Picture, Row, Subject, curve, right};
use crate::plant::{CURRENT, Plant};
use potline::bath::heat::{CP_BATH, CP_METAL};
use potline::bath::solheim1996;
use potline::cell::{Input, Output};
use potline::consts::DAY;
use potline::electro::reaction_voltage;
use potline::math::exp;
use potline::report::{Axis, Chart, Tone};
use potline::sim::reference::lundby2022;

/// One moment of a cell \[h, K, °C, mm\].
#[derive(Clone, Copy)]
struct Moment {
    hours: f64,
    superheat: f64,
    liquidus: f64,
    bath: f64,
    ledge: f64,
}

/// `hours` of `plant` as means of a minute; `change` may alter what the cell is given.
fn watch(plant: &Plant, hours: f64, change: impl Fn(f64, &mut Input)) -> Vec<Moment> {
    let mut plant = plant.clone();
    let mut list = Vec::new();
    let mut sum = [0.0; 4];
    for second in 0..(hours * 3_600.0) as u32 {
        let now = f64::from(second) / 3_600.0;
        let mut probe = Input { current: CURRENT, ..Default::default() };
        change(now, &mut probe);
        let mut input = plant.input(probe.current);
        change(now, &mut input);
        let o: Output = plant.step(&input);
        let seen = [o.superheat, o.liquidus - 273.15, plant.state.heat.bath - 273.15, plant.ledge_mm()];
        sum.iter_mut().zip(seen).for_each(|(sum, x)| *sum += x / 60.0);
        if second % 60 == 59 {
            let [superheat, liquidus, bath, ledge] = std::mem::take(&mut sum);
            list.push(Moment { hours: f64::from(second / 60) / 60.0, superheat, liquidus, bath, ledge });
        }
    }
    list
}

/// What `one` has more than `other` at `hours`, as a mean over ten minutes around: shots of alumina
/// move the bath by some tenths of a kelvin.
fn more(one: &[Moment], other: &[Moment], hours: f64, of: impl Fn(&Moment) -> f64) -> f64 {
    let pairs = one.iter().zip(other).filter(|(m, _)| (m.hours - hours).abs() <= 5.0 / 60.0 + 1e-9);
    let (sum, n) = pairs.fold((0.0, 0.0), |(sum, n), (a, b)| (sum + of(a) - of(b), n + 1.0));
    sum / n
}

/// Least squares of `y` on two functions of time; their factors and the sum of squared residuals.
fn fitted(points: &[(f64, f64)], f: impl Fn(f64) -> (f64, f64)) -> (f64, f64, f64) {
    let mut s = [0.0; 5];
    for &(t, y) in points {
        let (a, b) = f(t);
        for (sum, term) in s.iter_mut().zip([a * a, a * b, b * b, a * y, b * y]) {
            *sum += term;
        }
    }
    let determinant = s[0] * s[2] - s[1] * s[1];
    let (p, q) = if determinant.abs() > 1e-12 * s[0] * s[2] {
        ((s[3] * s[2] - s[4] * s[1]) / determinant, (s[4] * s[0] - s[3] * s[1]) / determinant)
    } else {
        (s[3] / s[0], 0.0)
    };
    let residual = points.iter().map(|&(t, y)| (y - p * f(t).0 - q * f(t).1).powi(2)).sum();
    (p, q, residual)
}

/// The time constant among `candidates` with which `f` fits best.
fn best(points: &[(f64, f64)], candidates: impl Iterator<Item = f64>, f: fn(f64, f64) -> (f64, f64)) -> f64 {
    let residual = |tau: f64| fitted(points, |t| f(t, tau)).2;
    candidates.map(|tau| (tau, residual(tau))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0
}

pub fn subject(plant: &Plant) -> Subject {
    let still = watch(plant, 36.0, |_, _| {});
    let (mut rows, mut pictures) = (Vec::new(), Vec::new());
    for (more_rows, picture) in [
        ledge(plant, &still),
        current_step(plant, &still),
        curtailment(plant, &still),
        fluoride(plant, &still),
    ] {
        rows.extend(more_rows);
        pictures.extend(picture);
    }
    rows.extend(energy(plant));
    Subject {
        title: "Heat, ledge and chemistry",
        text: "Responses are differences to the same cell left alone, so that its slow drifts do not count. Beam and \
               feeders hold the distance and the alumina. No noise.",
        rows,
        pictures,
    }
}

type Result = (Vec<Row>, Option<Picture>);

/// Target 22: a little more distance, and how fast the ledge follows.
fn ledge(plant: &Plant, still: &[Moment]) -> Result {
    let mut wider = plant.clone();
    wider.distance += 0.5e-3;
    let moved = watch(&wider, 36.0, |_, _| {});
    let points: Vec<_> = moved.iter().zip(still).map(|(a, b)| (a.hours, a.ledge - b.ledge)).collect();
    let shape = |t: f64, tau: f64| (1.0 - exp(-t / tau), 0.0);
    let tau = best(&points, (10..600).map(|n| f64::from(n) * 0.1), shape);
    let (size, ..) = fitted(&points, |t| shape(t, tau));
    let rows = vec![Row::range(
        22,
        "time constant of the ledge after +0.5 mm distance",
        Figure(tau, 1, "h"),
        "7–14 h",
        (4.0, 20.0),
        "eigenvalues of both published simulators; Stefan problem",
    )];
    let chart = Chart {
        title: "Ledge after +0.5 mm of distance".into(),
        y: Axis::new("change of the ledge at bath level", "mm"),
        series: vec![
            curve("our cell", points.clone(), Tone::Primary),
            curve(
                &format!("exponential of {tau:.1} h"),
                points.iter().map(|p| (p.0, size * shape(p.0, tau).0)).collect(),
                Tone::Reference,
            ),
        ],
        ..Chart::default()
    };
    let caption =
        "Half a millimetre more distance is some 8 kW more heat: the ledge melts until it passes that much more."
            .into();
    (rows, Some(Picture { name: "ledge", caption, chart }))
}

/// Target 23: +4 % current.
fn current_step(plant: &Plant, still: &[Moment]) -> Result {
    let moved = watch(plant, 6.0, |_, input| input.current = 1.04 * CURRENT);
    let points: Vec<_> =
        moved.iter().zip(still).map(|(a, b)| (a.hours, a.superheat - b.superheat)).take(240).collect();
    let shape = |t: f64, tau: f64| (1.0 - exp(-t / tau), t);
    let tau = best(&points, (2..200).map(|n| f64::from(n) / 120.0), shape);
    let (fast, creep, _) = fitted(&points, |t| shape(t, tau));
    let at = |hours: f64| more(&moved, still, hours, |m| m.superheat);
    let source = "the published 500 kA model; ×0.5 to ×1.5";
    let rows = vec![
        Row::range(
            23,
            "time constant of the superheat after +4 % current",
            Figure(60.0 * tau, 0, "min"),
            "10–25 min",
            (10.0, 25.0),
            "eigenvalues of both published simulators",
        ),
        Row::range(
            23,
            "superheat 30 min after +4 % current",
            Figure(at(0.5), 2, "K"),
            "+2.0 K",
            (1.0, 3.0),
            source,
        ),
        Row::range(
            23,
            "superheat 5 h after +4 % current",
            Figure(at(5.0), 2, "K"),
            "+4.8 K",
            (2.4, 7.2),
            source,
        ),
        Row::shown(
            23,
            "the eight-state model after +4 % current: superheat 30 min and 5 h later",
            format!(
                "{}, {}",
                Figure(eight_states(0.5), 2, "K").text(),
                Figure(eight_states(5.0), 2, "K").text()
            ),
            "—",
            "Robinson, Lundby et al., for comparison",
        ),
        Row::judged(
            23,
            "then slow creep",
            format!("{} per hour", Figure(creep, 2, "K").text()),
            "upwards",
            "> 0",
            creep > 0.0,
            source,
        ),
    ];
    let smooth = (1..72).map(|k| f64::from(k) / 12.0).map(|hours| (hours, at(hours)));
    let smooth = std::iter::once((0.0, 0.0)).chain(smooth).collect();
    let ledge = moved.iter().zip(still).map(|(a, b)| (a.hours, a.ledge - b.ledge)).collect();
    let chart = Chart {
        title: "Current +4 % at 0 h".into(),
        y: Axis::new("change of the superheat", "K"),
        second: Some(Axis::new("change of the ledge", "mm")),
        series: vec![
            curve("superheat", smooth, Tone::Primary),
            curve(
                &format!("exponential of {:.0} min and creep", 60.0 * tau),
                points.iter().map(|p| (p.0, fast * shape(p.0, tau).0 + creep * p.0)).collect(),
                Tone::Reference,
            ),
            right("ledge at bath level", ledge, Tone::Secondary),
        ],
        ..Chart::default()
    };
    let caption =
        "The superheat answers within half an hour; then the ledge melts, dilutes AlF3 and moves the \
                   liquidus for many hours."
            .into();
    (rows, Some(Picture { name: "current-step", caption, chart }))
}

/// Superheat that the published eight-state model gains within `hours` of +4 % current \[K\].
fn eight_states(hours: f64) -> f64 {
    let nominal = [3260.0, 470.930_233, 1_726.744_186, 13_500.0, 9_900.0, 975.0, 816.0, 580.0];
    let superheat = |current: f64| {
        let mut x = nominal;
        for k in 0..(24 + 5) * 360 {
            let hour = f64::from(k) / 360.0;
            let now = if hour < 24.0 { 140e3 } else { current };
            if hour >= 24.0 + hours {
                break;
            }
            // Feeds and tap hold the masses.
            let use_ = 1.7e-7 * now;
            x = lundby2022::rk4_step(&x, &[use_, now, 0.02 * use_, 4.43e-8 * now, 0.05], 10.0);
        }
        x[5] - lundby2022::derived(&x, &[0.0, current, 0.0, 0.0, 0.05])[2]
    };
    superheat(1.04 * 140e3) - superheat(140e3)
}

/// Target 24: −25 % current for two hours.
fn curtailment(plant: &Plant, still: &[Moment]) -> Result {
    let cut = |hours: f64, input: &mut Input| {
        if (1.0..3.0).contains(&hours) {
            input.current = 0.75 * CURRENT;
        }
    };
    let moved = watch(plant, 12.0, cut);
    let at = |hours: f64| moved.iter().find(|m| m.hours >= hours - 1e-9).unwrap();
    let growth = more(&moved, still, 3.0, |m| m.ledge);
    let lowest = moved.iter().map(|m| m.superheat).fold(f64::INFINITY, f64::min);
    let source = "the published 500 kA model; sign and order of magnitude, ×0.5 to ×2";
    let rows = vec![
        Row::range(
            24,
            "superheat one hour after −25 % current",
            Figure(at(2.0).superheat, 1, "K"),
            "0–2 K",
            (0.0, 4.0),
            source,
        )
        .noted(&format!("(from {:.1} K)", at(0.9).superheat)),
        Row::range(
            24,
            "ledge grown at bath level in two hours at −25 % current",
            Figure(growth, 1, "mm"),
            "20–35 mm with our heat of fusion",
            (10.0, 70.0),
            source,
        ),
        Row::shown(24, "lowest superheat", Figure(lowest, 1, "K").text(), "0.3 K", source),
    ];
    let points = |of: fn(&Moment) -> f64| moved.iter().map(|m| (m.hours, of(m))).collect();
    let chart = Chart {
        title: "Current −25 % from 1 h to 3 h".into(),
        y: Axis::new("superheat", "K"),
        second: Some(Axis::new("ledge at bath level", "mm")),
        series: vec![
            curve("superheat", points(|m| m.superheat), Tone::Primary),
            right("ledge", points(|m| m.ledge), Tone::Secondary),
        ],
        ..Chart::default()
    };
    let caption =
        "The bath cools to near its liquidus; freezing concentrates AlF3, lowers the liquidus and holds the \
                   superheat above zero. The ledge needs far longer to melt than it took to freeze."
            .into();
    (rows, Some(Picture { name: "curtailment", caption, chart }))
}

/// Target 27: one per cent more AlF3.
fn fluoride(plant: &Plant, still: &[Moment]) -> Result {
    let mass = plant.state.bath_mass();
    let dose = 0.01 * mass;
    let moved = watch(plant, 30.0, |hours, input| {
        if hours < 0.5 {
            input.alf3 += dose / 1_800.0;
        }
    });
    let bath = plant.cell.composition(&plant.state);
    let mut richer = bath;
    richer.alf3 += 0.001;
    let sensitivity = (solheim1996(&richer) - solheim1996(&bath)) / 0.1;
    let of = |hours: f64, of: fn(&Moment) -> f64| more(&moved, still, hours, of);
    let (liquidus, superheat) = (of(1.0, |m| m.liquidus), of(1.0, |m| m.superheat));
    let (ledge, late) = (of(12.0, |m| m.ledge), of(24.0, |m| m.bath));
    let ok = liquidus < 0.0 && superheat > 0.0 && ledge < 0.0 && late < 0.0;
    let source = "self-regulation by the ledge";
    let rows = vec![
        Row::judged(
            27,
            "AlF3, 1 % of the bath in half an hour: liquidus and superheat after 1 h, ledge after 12 h, bath after 24 h",
            format!(
                "{}, {}, {}, {}",
                Figure(liquidus, 1, "K").text(),
                Figure(superheat, 1, "K").text(),
                Figure(ledge, 1, "mm").text(),
                Figure(late, 1, "K").text()
            ),
            "down, up, thinner, colder",
            "the signs",
            ok,
            source,
        ),
        Row::shown(
            27,
            "liquidus per AlF3 at our bath",
            Figure(sensitivity, 1, "K/%").text(),
            "−4.4 K/% near 11 %",
            "the published 500 kA model's linear fit",
        ),
        Row::shown(
            27,
            "bath temperature after 24 h",
            Figure(late, 1, "K").text(),
            "−3 to −5 K in 10–30 h",
            "from memory",
        ),
    ];
    (rows, None)
}

/// Targets 28, 30, 31.
fn energy(plant: &Plant) -> Vec<Row> {
    // Published balance: 200 kA, CE 95 %, 4.2 V, of which 786 kW are inside.
    let consumption = 200.0 * reaction_voltage(1_233.15, 0.95);
    let entner = "Entner, AlPrg";
    let mut day = plant.clone();
    let mut loss = 0.0;
    day.run(24.0, CURRENT, |_, o, _| {
        let f = &o.flows;
        loss += (f.heat.crust + f.heat.edge + f.heat.bottom + f.ledge.shell + f.anodes.top) / DAY;
    });
    vec![
        Row::close(
            28,
            "power that a 200 kA cell at CE 95 % consumes",
            Figure(consumption, 1, "kW"),
            409.0,
            0.01,
            entner,
        ),
        Row::close(
            28,
            "its heat loss, 786 kW being made inside",
            Figure(786.0 - consumption, 1, "kW"),
            377.0,
            0.01,
            entner,
        ),
        Row::shown(
            30,
            "heat loss of our cell, mean of a day",
            Figure(loss / 1e3, 0, "kW").text(),
            "422–712 kW feasible from one potshell of 14.4 × 4.35 m; ours is 17.7 × 4.35 m inside",
            "Dupuis",
        ),
        Row::close(
            31,
            "drift of 8 t of bath and 30 t of metal with 10 kW too much, no ledge",
            Figure(3_600.0 * 10e3 / (8_000.0 * CP_BATH + 30_000.0 * CP_METAL), 3, "K/h"),
            0.73,
            0.01,
            "heat capacities 1780 and 1175 J/(kg K)",
        ),
    ]
}

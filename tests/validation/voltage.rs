//! Targets 6 to 11: the voltage over alumina and distance.

use crate::page::{Figure, Picture, Row, Subject, curve};
use crate::plant::{ALUMINA, CURRENT, Plant, feed_stop, onset, slope};
use potline::electro::yao2017;
use potline::math::exp;
use potline::report::{Axis, Chart, Tone};

/// Voltage of the published 126 kA cell \[V\].
fn published_cell(alumina_pct: f64) -> f64 {
    let mut operating = yao2017::source_operating();
    operating.bath.al2o3 = alumina_pct / 100.0;
    yao2017::voltage(&yao2017::source_cell(), &operating).cell
}

/// Slope of `voltage` \[mV/%\], central difference.
fn slope_at(alumina_pct: f64, voltage: impl Fn(f64) -> f64) -> f64 {
    (voltage(alumina_pct + 0.01) - voltage(alumina_pct - 0.01)) / 0.02 * 1e3
}

/// Where `voltage` is lowest \[wt %\].
fn lowest(voltage: impl Fn(f64) -> f64) -> f64 {
    let of = |tenths: i32| (f64::from(tenths) / 10.0, voltage(f64::from(tenths) / 10.0));
    (20..=80).map(of).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0
}

pub fn subject(plant: &Plant) -> Subject {
    let ours = |alumina_pct: f64| plant.voltage_at(CURRENT, alumina_pct / 100.0, 0.0);
    let mut rows = vec![
        Row::range(
            6,
            "alumina at the lowest voltage, our cell",
            Figure(lowest(ours), 1, "%"),
            "4–5 %",
            (3.5, 5.5),
            "Haupin's equations, Dupuis 2011",
        ),
        Row::range(
            6,
            "alumina at the lowest voltage, published 126 kA cell",
            Figure(lowest(published_cell), 1, "%"),
            "4.3 %",
            (3.5, 5.5),
            "Haupin's equations, Dupuis 2011",
        ),
    ];
    for (alumina, published) in [(2.0, -728.0), (2.25, -185.0), (2.5, -90.0), (3.0, -37.0), (3.5, -18.0)] {
        rows.push(Row::range(
            7,
            &format!("slope dV/dc of our cell at {alumina:.2} % alumina"),
            Figure(slope_at(alumina, ours), 0, "mV/%"),
            &Figure(published, 0, "mV/%").text(),
            (2.0 * published, 0.5 * published),
            "Haupin's equations with a 500 kA set; ×0.5 to ×2",
        ));
    }
    for (alumina, published) in [
        (2.0, -1069.95),
        (2.25, -259.61),
        (2.5, -118.70),
        (3.0, -42.14),
        (3.5, -17.195),
        (5.0, 7.848),
        (6.0, 14.525),
    ] {
        let h = 1e-4;
        let slope = (published_cell(alumina + h) - published_cell(alumina - h)) / (2.0 * h) * 1e3;
        rows.push(Row::close(
            8,
            &format!("slope dV/dc of the published 126 kA cell at {alumina:.2} % alumina"),
            Figure(slope, 2, "mV/%"),
            published,
            0.01,
            "Yao et al. 2017, parameters of gustavo-alejandro/CellModel",
        ));
    }
    rows.extend(lean_slopes(plant));
    let per_cm = plant.voltage_at(CURRENT, ALUMINA, 5e-3) - plant.voltage_at(CURRENT, ALUMINA, -5e-3);
    rows.push(Row::range(
        10,
        "voltage per distance of our cell at 500 kA",
        Figure(per_cm, 3, "V/cm"),
        "0.275 V/cm (300 kA class), 0.33 V/cm (500 kA set)",
        (0.25, 0.40),
        "Dupuis 2011, 2013",
    ));
    let a = 4.766_911e-15 * exp(-5.392_648 * 4.12);
    let b = 0.371_09 * 4.12 + 12.262_4;
    let alumina = 1.965 + 1.0 / (a * exp(b * 4.100));
    rows.push(Row::range(
        11,
        "calibration surface 1/(c − 1.965) = A exp(B V) at 41.2 mm and 4.100 V",
        Figure(alumina, 3, "%"),
        "2.22 %",
        (2.21, 2.23),
        "Dupuis 2013; the formula only, our cell has no part in it",
    ));
    Subject {
        title: "Voltage",
        text: "The equations of Haupin in two forms: as published for a 126 kA cell, and as our 500 kA cell uses \
               them. Slopes of our cell are those of the whole plant with the same alumina in all six zones.",
        rows,
        pictures: vec![picture(ours)],
    }
}

/// Target 9: what the slope of the voltage tells about alumina while nothing is fed.
fn lean_slopes(plant: &Plant) -> Vec<Row> {
    let run = feed_stop(plant, 0.030);
    let effect = onset(&run).seconds;
    // Straight lines through the last five minutes, every half minute [mV/min, % at the end].
    let ends = (300..effect as usize).step_by(30);
    let fits: Vec<(f64, f64)> = ends
        .map(|end| {
            let window: Vec<_> =
                run[end - 300..end].iter().map(|x| (x.seconds / 60.0, x.voltage * 1e3)).collect();
            (slope(&window), run[end].alumina_pct)
        })
        .collect();
    let alumina_at = |wanted: f64| fits.iter().find(|f| f.0 >= wanted).map_or(f64::NAN, |f| f.1);
    let line = |s: f64| 2.3193 - 0.0279 * s;
    let cubic = |s: f64| 2.914 + s * (-0.214_13 + s * (0.021_065 - s * 0.000_750_143));
    let source = "Dyna/Marc, 300 kA class (Dupuis 2011, 2013)";
    let mut rows = vec![Row::judged(
        9,
        "alumina falls as the slope of the voltage rises, feed stopped",
        format!(
            "{:.2}, {:.2}, {:.2} % at 1.5, 2.5, 3.9 mV/min",
            alumina_at(1.5),
            alumina_at(2.5),
            alumina_at(3.9)
        ),
        "monotone",
        "monotone",
        alumina_at(1.5) > alumina_at(2.5) && alumina_at(2.5) > alumina_at(3.9),
        source,
    )];
    for s in [2.5, 3.9] {
        let (low, high) = (line(s).min(cubic(s)), line(s).max(cubic(s)));
        rows.push(Row::range(
            9,
            &format!("alumina when the five-minute slope passes {s} mV/min"),
            Figure(alumina_at(s), 2, "%"),
            &format!("{low:.2} % (line), {high:.2} % (cubic)"),
            (low - 0.2, high + 0.2),
            source,
        ));
    }
    rows
}

fn picture(ours: impl Fn(f64) -> f64) -> Picture {
    let above = |voltage: &dyn Fn(f64) -> f64| {
        let least = voltage(lowest(voltage));
        let at = (186..=700).step_by(2).map(|hundredths| f64::from(hundredths) / 100.0);
        at.map(|c| (c, (voltage(c) - least) * 1e3)).collect()
    };
    let chart = Chart {
        title: "What alumina adds to the cell voltage".into(),
        x: Some(Axis::new("dissolved alumina", "wt %")),
        y: Axis::new("voltage above its lowest", "mV"),
        series: vec![
            curve("our cell, 500 kA, 38.7 mm", above(&ours), Tone::Primary),
            curve("published cell, 126 kA, 29.2 mm", above(&published_cell), Tone::Secondary),
        ],
        clip: Some((0.0, 300.0)),
        ..Chart::default()
    };
    let caption =
        "Lean bath costs voltage, and steeply so before the anode effect; rich bath costs a little. \
                   A demand-feed controller works on the left branch."
            .into();
    Picture { name: "voltage-alumina", caption, chart }
}

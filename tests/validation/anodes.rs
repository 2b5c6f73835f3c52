//! Targets 12 and 32 to 34: anodes, one by one.

use crate::page::{Figure, Picture, Row, Subject, curve};
use crate::plant::{CURRENT, Plant};
use potline::bath::metal_density;
use potline::cell::anode::Setting;
use potline::cell::{Cell, Input, Output};
use potline::consts::{ALUMINIUM_PER_COULOMB, DAY};
use potline::report::{Axis, Chart, Tone};

const CHANGED: usize = 8;
const COLD: f64 = 298.15;
const PREHEATED: f64 = 495.0 + 273.15;

/// What an anode change did.
struct Change {
    /// Hours since the change and current of the new anode over the mean of all \[%\].
    load: Vec<(f64, f64)>,
    /// Largest relative error of the sum of the currents.
    sum: f64,
    /// Relative gain of the anodes beside it, lowest and highest \[%\].
    beside: (f64, f64),
}

fn change(plant: &Plant, temperature: f64) -> Change {
    let mut plant = plant.clone();
    let count = plant.cell.params().anode.count;
    let row = count / 2;
    let beside = [CHANGED - 1, CHANGED + 1, CHANGED + row];
    let before = plant.state.network.current;
    let mut result = Change { load: Vec::new(), sum: 0.0, beside: (f64::INFINITY, f64::NEG_INFINITY) };
    for second in 0..36 * 3_600_u32 {
        let mut input = plant.input(CURRENT);
        if second == 0 {
            input.anode_set = Some(Setting { anode: CHANGED, offset: 0.0, temperature });
        }
        plant.step(&input);
        let currents = &plant.state.network.current;
        let sum: f64 = currents.iter().take(count).sum();
        result.sum = result.sum.max((sum / CURRENT - 1.0).abs());
        if second == 60 {
            for k in beside {
                let gain = 100.0 * (currents[k] / before[k] - 1.0);
                result.beside = (result.beside.0.min(gain), result.beside.1.max(gain));
            }
        }
        if second % 300 == 0 {
            result.load.push((f64::from(second) / 3_600.0, 100.0 * currents[CHANGED] * count as f64 / sum));
        }
    }
    result
}

/// Gain of the anodes around one whose crust lets nothing pass \[%\], lowest and highest.
fn taken_out(plant: &Plant) -> (f64, f64) {
    let mut params = *plant.cell.params();
    (params.anode.first_crust, params.alumina.cover_fall) = (0.10, 0.0);
    let mut plant = plant.clone();
    plant.cell = Cell::new(params).unwrap();
    let before = plant.state.network.current;
    let set = Setting { anode: CHANGED, offset: 0.0, temperature: COLD };
    plant.step(&Input { current: CURRENT, anode_set: Some(set), ..Default::default() });
    let gains = [CHANGED - 1, CHANGED + 1, CHANGED + params.anode.count / 2]
        .map(|k| 100.0 * (plant.state.network.current[k] / before[k] - 1.0));
    (gains.iter().copied().fold(f64::INFINITY, f64::min), gains.iter().copied().fold(0.0, f64::max))
}

/// First hour at which the load reaches `percent`.
fn reaches(load: &[(f64, f64)], percent: f64) -> f64 {
    load.iter().find(|p| p.1 >= percent).map_or(f64::NAN, |p| p.0)
}

pub fn subject(plant: &Plant) -> Subject {
    let (cold, warm) = std::thread::scope(|s| {
        let warm = s.spawn(|| change(plant, PREHEATED));
        (change(plant, COLD), warm.join().unwrap())
    });
    let mut rows = pick_up(&cold, &warm, taken_out(plant));
    rows.extend(wear(plant));
    Subject {
        title: "Anodes",
        text: "Forty-eight anodes hang between beam and metal and share the current by their resistances; a new one \
               carries a crust of frozen bath that must melt first.",
        rows,
        pictures: vec![picture(&cold, &warm)],
    }
}

fn pick_up(cold: &Change, warm: &Change, gone: (f64, f64)) -> Vec<Row> {
    let at = |hours: f64| cold.load.iter().find(|p| p.0 >= hours).map_or(f64::NAN, |p| p.1);
    let (half_cold, half_warm) = (reaches(&cold.load, 50.0), reaches(&warm.load, 50.0));
    let source = "from memory";
    vec![
        Row::shown(
            32,
            "load of a cold anode after 4, 10, 24, 30 h",
            format!("{:.0}, {:.0}, {:.0}, {:.0} %", at(4.0), at(10.0), at(24.0), at(30.0)),
            "10–20 % at 4 h, half at 10 h, > 90 % at 24–30 h",
            source,
        ),
        Row::shown(
            32,
            "half load of a cold anode, and of one preheated to 495 °C",
            format!("{half_cold:.1} h, {half_warm:.1} h"),
            "10 h cold",
            source,
        ),
        Row::range(
            32,
            "an anode preheated to 495 °C reaches half load sooner, times",
            Figure(half_cold / half_warm, 1, ""),
            "preheating to 480–510 °C doubles the rate",
            (1.5, 3.0),
            "Fortini et al. 2012; about twice",
        ),
        Row::error(
            33,
            "sum of the anode currents against the line current, 36 h",
            "equal",
            cold.sum,
            1e-9,
            "Kirchhoff",
        ),
        Row::judged(
            33,
            "current of the anodes beside and opposite one that carries nothing",
            format!("+{:.1} to +{:.1} %", gone.0, gone.1),
            "+2 to +4 %",
            "2 to 4 %",
            gone.0 >= 2.0 && gone.1 <= 4.0,
            "network of equal anodes",
        ),
        Row::shown(
            33,
            "the same one minute after a new anode was set, which carries a little at once",
            format!("+{:.1} to +{:.1} %", cold.beside.0, cold.beside.1),
            "+2 to +4 %",
            "network of equal anodes",
        ),
    ]
}

/// Targets 12 and 34.
fn wear(plant: &Plant) -> Vec<Row> {
    let p = *plant.cell.params();
    let made = 0.94 * CURRENT * ALUMINIUM_PER_COULOMB * DAY;
    let worn = made * p.anode.carbon / (p.anode.carbon_density * p.design.anode_area);
    let density = metal_density(1_233.15);
    let rise = made / (density * 64.0);

    let mut free = plant.clone();
    let (from, metal) = (free.cell.acd(&free.state), free.cell.metal_height(&free.state));
    let height = |plant: &Plant| plant.state.anodes.iter().map(|a| a.height).sum::<f64>() / 48.0;
    let block = height(&free);
    let mut last: Option<Output> = None;
    for _ in 0..6 * 3_600 {
        let input = Input { beam_travel: 0.0, metal_tap: 0.0, ..free.input(CURRENT) };
        last = Some(free.step(&input));
    }
    let efficiency = last.map_or(f64::NAN, |o| 100.0 * o.efficiency);
    let drift = 4e3 * (free.cell.acd(&free.state) - from);
    let area = p.metal.area(p.ledge.mean(&plant.state.ledge, true));
    let ran = format!(
        "{:.1} mm/d wear, {:.1} mm/d rise on {area:.1} m² of metal, CE {efficiency:.1} %",
        4e3 * (block - height(&free)),
        4e3 * (free.cell.metal_height(&free.state) - metal)
    );
    let source = "mass balance";
    vec![
        Row::range(
            12,
            "drift of the distance, no beam moves and no tap",
            Figure(drift, 2, "mm/d"),
            "−4.75 mm/d (Dyna/Marc), −10 mm/d (500 kA on 64 m² of metal)",
            (-10.0, -4.75),
            "Dupuis; mass balance",
        ),
        Row::close(34, "anode wear at 500 kA, CE 0.94", Figure(worn * 1e3, 2, "mm/d"), 16.0, 0.02, source),
        Row::close(
            34,
            "metal rise at 500 kA, CE 0.94, if the metal has 64 m²",
            Figure(rise * 1e3, 2, "mm/d"),
            25.7,
            0.02,
            source,
        ),
        Row::shown(34, "our plant over six hours", ran, "16.0 and 25.7 mm/d on 64 m²", source),
    ]
}

fn picture(cold: &Change, warm: &Change) -> Picture {
    let chart = Chart {
        title: "Load of a new anode".into(),
        x: Some(Axis::new("time since the anode was set", "h")),
        y: Axis::new("current over the mean of all anodes", "%"),
        series: vec![
            curve("cold", cold.load.clone(), Tone::Primary),
            curve("preheated to 495 °C", warm.load.clone(), Tone::Secondary),
        ],
        ..Chart::default()
    };
    let caption =
        "The crust under a new anode melts from the bath side; while it is thick, little current passes."
            .into();
    Picture { name: "anode-pick-up", caption, chart }
}

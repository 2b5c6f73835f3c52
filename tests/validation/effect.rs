//! Target 38: the anode effect of our cell, on all anodes and on a few.

use crate::page::{Figure, Picture, Row, Subject, curve, right};
use crate::plant::{CURRENT, EFFECT, Plant};
use potline::cell::{Input, MAX_ZONES, Output};
use potline::consts::{FARADAY, M_CF4};
use potline::electro::anode_gas;
use potline::report::{Axis, Chart, Marker, MarkerKind, Tone};

/// CF4 in the anode gas that one second made \[ppm by volume\].
fn cf4_ppm(o: &Output) -> f64 {
    let (co2, co) = anode_gas(o.efficiency);
    let gas = CURRENT / (3.0 * FARADAY) * (co2 + co);
    1e6 * o.flows.pfc.cf4 / M_CF4 / gas
}

/// A second of a run into the anode effect and out of it.
struct Moment {
    voltage: f64,
    bath: f64,
    cf4: f64,
}

pub fn subject(plant: &Plant) -> Subject {
    let (run, onset, quench) = full(plant);
    let mut rows = of_all(&run, onset, quench);
    rows.extend(of_few(plant));
    Subject {
        title: "Anode effect",
        text: "Feed stopped until the effect comes by itself; one minute later shots fall into all zones, and after \
               half a minute more the beam pumps until it is out. CF4 is its share of the anode gas, undiluted.",
        rows,
        pictures: vec![picture(&run, onset, quench)],
    }
}

/// The run, its second of onset, and the second at which quenching began.
fn full(plant: &Plant) -> (Vec<Moment>, usize, usize) {
    let mut plant = plant.clone();
    let (mut run, mut onset, mut burning) = (Vec::new(), usize::MAX, false);
    for second in 0..8_000_usize {
        let mut input = Input { shots: [0.0; MAX_ZONES], beam_travel: 0.0, ..plant.input(CURRENT) };
        let since = second.saturating_sub(onset);
        if since >= 60 {
            if since.is_multiple_of(10) && since < 160 {
                input.shots = [1.8; MAX_ZONES];
            }
            // Half a minute later, while the effect stands: down 5 mm and up again at 1 mm/s.
            if since >= 90 && burning {
                input.beam_travel = if since / 5 % 2 == 0 { -1e-3 } else { 1e-3 };
            }
        }
        let o = plant.step(&input);
        if o.voltage > EFFECT && onset == usize::MAX {
            onset = second;
        }
        burning = o.voltage > EFFECT;
        run.push(Moment { voltage: o.voltage, bath: plant.state.heat.bath - 273.15, cf4: cf4_ppm(&o) });
        if onset != usize::MAX && since > 400 {
            break;
        }
    }
    (run, onset, onset + 60)
}

fn of_all(run: &[Moment], onset: usize, quench: usize) -> Vec<Row> {
    let burning = &run[onset + 10..quench];
    let n = burning.len() as f64;
    let voltage = burning.iter().map(|m| m.voltage).sum::<f64>() / n;
    let cf4 = burning.iter().map(|m| m.cf4).sum::<f64>() / n;
    let before = run[onset - 10].voltage;
    let part = |share: f64| run.iter().position(|m| m.voltage > before + share * (voltage - before)).unwrap();
    let rise = part(0.9) - part(0.1);
    let out = run[quench..].iter().rposition(|m| m.voltage > EFFECT).map_or(0, |last| last + 1);
    let heat = run[onset + 60].bath - run[onset - 60].bath;
    let memory = "from memory";
    vec![
        Row::shown(38, "voltage of the anode effect", Figure(voltage, 1, "V").text(), "15–40 V", memory),
        Row::shown(
            38,
            "from 10 to 90 % of its rise",
            Figure(rise as f64, 0, "s").text(),
            "below 5 s",
            memory,
        ),
        Row::judged(
            38,
            "CF4 in the anode gas, effect on all anodes",
            Figure(cf4, 0, "ppm").text(),
            "far above 1000 ppm",
            "above 1000 ppm",
            cf4 > 1_000.0,
            "Dion et al. 2016, 2018",
        ),
        Row::shown(
            38,
            "bath temperature, one minute into the effect against one minute before",
            format!("+{}", Figure(heat, 1, "K").text()),
            "+10 to +20 K in two minutes",
            memory,
        ),
        Row::shown(
            38,
            "out for good after the first shot",
            Figure(out as f64 / 60.0, 1, "min").text(),
            "1–4 min",
            memory,
        ),
    ]
}

/// A gas film on two anodes of one zone: the others take their current.
fn of_few(plant: &Plant) -> Vec<Row> {
    let mut plant = plant.clone();
    let filmed = [8, 9];
    let input = plant.input(CURRENT);
    let before = plant.step(&input).voltage;
    let current = |p: &Plant| filmed.iter().map(|&k| p.state.network.current[k]).sum::<f64>();
    let carried = current(&plant);
    for k in filmed {
        plant.state.effect.burning[k] = true;
    }
    plant.state.effect.any = true;
    let (mut highest, mut cf4, mut least) = (before, 0.0_f64, carried);
    for _ in 0..60 {
        let input = plant.input(CURRENT);
        let o = plant.step(&input);
        highest = highest.max(o.voltage);
        cf4 = cf4.max(cf4_ppm(&o));
        least = least.min(current(&plant));
    }
    vec![
        Row::judged(
            38,
            "voltage rise with a film on two of 48 anodes",
            Figure(highest - before, 3, "V").text(),
            "below 0.2 V",
            "below 0.2 V",
            highest - before < 0.2,
            "Dion et al. 2016, 2018",
        ),
        Row::shown(
            38,
            "current that those two anodes lose",
            Figure(100.0 * (1.0 - least / carried), 0, "%").text(),
            "20–80 %",
            "from memory",
        ),
        Row::judged(
            38,
            "CF4 in the anode gas, film on two anodes",
            Figure(cf4, 1, "ppm").text(),
            "0–3 ppm",
            "at most 3 ppm",
            cf4 <= 3.0,
            "Dion et al. 2016, 2018",
        ),
    ]
}

fn picture(run: &[Moment], onset: usize, quench: usize) -> Picture {
    let from = onset - 60;
    let shown = || run.iter().enumerate().skip(from).take(360);
    let time = |second: usize| second as f64 - onset as f64;
    let chart = Chart {
        title: "Anode effect and its end".into(),
        x: Some(Axis::new("time since the onset", "s")),
        y: Axis::new("cell voltage", "V"),
        second: Some(Axis::new("bath temperature", "°C")),
        series: vec![
            curve("cell voltage", shown().map(|(s, m)| (time(s), m.voltage)).collect(), Tone::Primary),
            right("bath temperature", shown().map(|(s, m)| (time(s), m.bath)).collect(), Tone::Secondary),
        ],
        markers: vec![Marker { hours: time(quench + 30), kind: MarkerKind::Beam, text: "pumping".into() }],
        ..Chart::default()
    };
    let caption =
        "The film spreads over all anodes within seconds. Shots fall from 60 s on, the beam pumps from the marker \
         on; the film goes where the bath is rich again and the gas swept away, and may come back from anodes that \
         still carry it."
            .into();
    Picture { name: "anode-effect", caption, chart }
}

//! A synthetic day, and the promises of the drawing.

use super::*;
use crate::account::{Basis, Energy, KpiAccumulator, Limits};
use crate::image::FeedPhase;
use std::string::ToString;
use std::vec;

/// Seconds of a day with feed cycles, a tap, an anode change, an effect and a lost link.
fn day(value: impl Fn(f64, f64) -> f64) -> Vec<(f64, f64)> {
    // A reproducible hash stands in for noise.
    let noise = |second: u32| {
        let mut bits = second.wrapping_mul(0x9e37_79b9);
        bits ^= bits >> 16;
        bits = bits.wrapping_mul(0x85eb_ca6b);
        bits ^= bits >> 13;
        f64::from(bits) / f64::from(u32::MAX) - 0.5
    };
    (0..86_400)
        .map(|second| (f64::from(second) / 3600.0, value(f64::from(second) / 3600.0, noise(second))))
        .collect()
}

fn alumina(hours: f64) -> f64 {
    let lean = if hours > 15.0 && hours < 17.1 { 0.25 * (hours - 15.0) } else { 0.0 };
    2.5 + 0.35 * (hours * core::f64::consts::TAU / 1.7).sin() - lean
}

fn voltage(hours: f64, noise: f64) -> f64 {
    match hours {
        h if (11.5..11.9).contains(&h) => f64::NAN,
        h if (17.1..17.14).contains(&h) => 24.0 + 14.0 * noise,
        h if (20.2..20.201).contains(&h) => 9.4,
        h => {
            3.95 + 0.02 * (2.5 - alumina(h))
                + 0.02 * noise
                + if (6.0..6.6).contains(&h) { 0.09 * (6.6 - h) } else { 0.0 }
        }
    }
}

fn phases() -> Vec<Phase> {
    let mut list = Vec::new();
    let mut from = 0.0;
    for index in 0.. {
        let (length, phase) = match index % 3 {
            0 => (0.8, FeedPhase::Under),
            1 => (0.5, FeedPhase::Over),
            _ => (0.4, FeedPhase::Base),
        };
        let (length, phase) = match index {
            10 => (0.9, FeedPhase::Hold),
            16 => (1.3, FeedPhase::Track),
            22 => (0.4, FeedPhase::Fast),
            30 => (0.3, FeedPhase::Effect),
            36 => (0.5, FeedPhase::Stop),
            _ => (length, phase),
        };
        let to = f64::min(from + length, 24.0);
        list.push(Phase { from, to, phase });
        if to >= 24.0 {
            break;
        }
        from = to;
    }
    list
}

fn synthetic() -> Report {
    let markers: Vec<Marker> = [
        (3.2, MarkerKind::Tap, "3.8 t"),
        (6.0, MarkerKind::AnodeChange, "anodes 7 and 8"),
        (14.6, MarkerKind::FeederFault, "feeder 3 does not confirm"),
        (17.1, MarkerKind::AnodeEffect, "144 s, peak 31 V"),
        (17.6, MarkerKind::Beam, ""),
        (20.2, MarkerKind::AnodeEffect, "flicker"),
        (23.4, MarkerKind::Tap, ""),
    ]
    .into_iter()
    .map(|(hours, kind, text)| Marker { hours, kind, text: text.into() })
    .collect();

    let mut volts = Chart {
        title: "Cell 7, voltage and resistance target <500 kA>".into(),
        y: Axis::new("cell voltage 槽电压", "V"),
        second: Some(Axis::new("line current 系列电流", "kA")),
        series: vec![
            Series { name: "cell voltage".into(), points: day(voltage), ..Series::default() },
            Series {
                name: "target".into(),
                points: vec![(0.0, 3.95), (6.0, 4.0), (9.0, 3.95), (24.0, 3.95)],
                style: Style::Step,
                tone: Tone::Reference,
                ..Series::default()
            },
            Series {
                name: "line current".into(),
                points: day(|h, n| 500.0 + 1.2 * n + if (9.0..9.4).contains(&h) { -12.0 } else { 0.0 }),
                tone: Tone::Muted,
                side: Side::Right,
                ..Series::default()
            },
        ],
        bands: vec![Band { name: "normal 3.90 to 4.05 V".into(), low: 3.9, high: 4.05 }],
        markers: markers.clone(),
        ..Chart::default()
    };
    volts.clip_to_normal();
    let feed = Chart {
        title: "Dissolved alumina and feed".into(),
        y: Axis::new("alumina 氧化铝浓度", "wt %"),
        series: vec![
            Series { name: "plant".into(), points: day(|h, _| alumina(h)), ..Series::default() },
            Series {
                name: "estimate of the controller".into(),
                points: day(|h, n| alumina(h - 0.15) + 0.1 + 0.02 * n),
                tone: Tone::Secondary,
                ..Series::default()
            },
            Series {
                name: "laboratory".into(),
                points: (1..12).map(|i| (f64::from(i) * 2.0, alumina(f64::from(i) * 2.0) + 0.08)).collect(),
                style: Style::Dots,
                tone: Tone::Reference,
                ..Series::default()
            },
        ],
        bands: vec![Band { name: "aim 2.0 to 3.0 wt %".into(), low: 2.0, high: 3.0 }],
        phases: phases(),
        markers: markers.into_iter().filter(|m| m.kind == MarkerKind::AnodeEffect).collect(),
        ..Chart::default()
    };
    let heat = Chart {
        title: "Bath temperature and superheat".into(),
        y: Axis::new("bath temperature 槽温", "°C"),
        second: Some(Axis::new("superheat 过热度", "°C")),
        series: vec![
            Series {
                name: "bath temperature".into(),
                points: day(|h, n| 955.0 + 2.5 * (h / 3.8).sin() + 0.6 * n),
                ..Series::default()
            },
            Series {
                name: "superheat".into(),
                points: day(|h, _| 8.0 + 1.5 * (h / 3.8).cos()),
                tone: Tone::Secondary,
                side: Side::Right,
                ..Series::default()
            },
        ],
        ..Chart::default()
    };
    let mut account = KpiAccumulator::new(Basis::Truth, Limits::default());
    for (h, v) in day(voltage) {
        account.add(&crate::account::Sample {
            current: 500e3,
            voltage: v,
            metal: Some(0.0438),
            alumina: Some(alumina(h) / 100.0),
            ..Default::default()
        });
    }
    Report {
        title: "Potline demonstration: 12 cells, 24 h".into(),
        subtitle: "emulated pot controllers on Modbus TCP, 500 kA, strategy demand-feed, seed 1".into(),
        verdict: vec![
            Verdict {
                level: Level::Good,
                text: "No safety gate failed; 12 of 12 cells stayed in control.".into(),
            },
            Verdict {
                level: Level::Watch,
                text: "Cell 7 had one anode effect of 144 s after feeder 3 stuck.".into(),
            },
            Verdict { level: Level::Bad, text: "2 scans were later than 100 ms (p99.9 131 ms).".into() },
        ],
        kpis: kpi_rows(&account.finish(&Energy::default())),
        sections: vec![Section {
            heading: "Cell 7".into(),
            text: "The cell with the most events. Events are drawn as vertical lines through all charts."
                .into(),
            rows: vec![vec!["feeder".into(), "kg".into()], vec!["<1>".into(), "1.80".into()]],
            charts: vec![volts, feed, heat],
        }],
        events: vec![
            EventRow {
                hours: 14.6,
                source: "cell 7".into(),
                kind: Some(MarkerKind::FeederFault),
                text: "feeder 3 does not confirm its strokes".into(),
                detail: "taken out of service; the others carry its share".into(),
            },
            EventRow {
                hours: 17.1,
                source: "cell 7".into(),
                kind: Some(MarkerKind::AnodeEffect),
                text: "anode effect, peak 31 V".into(),
                detail: "quenched after 144 s".into(),
            },
        ],
        provenance: vec![
            ("version".into(), "0.1.0".into()),
            ("seed".into(), "1".into()),
            (
                "scenario sha256".into(),
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            ),
        ],
        reproduce: "potline demo --cells 12 --hours 24 --seed 1 --out demo".into(),
    }
}

#[test]
fn a_day_makes_a_page_that_stands_alone() {
    let report = synthetic();
    let html = report.html();
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("<script"));
    assert!(html.contains("&lt;500 kA&gt;") && !html.contains("<500 kA>"));
    assert!(!html.contains("NaN") && !html.contains("inf "));
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    assert_eq!(html.matches("<g").count() - html.matches("<grid").count(), html.matches("</g>").count());
    assert!(html.contains("<th>feeder</th>") && html.contains("<td>&lt;1&gt;</td>"));
    assert!(html.contains("原铝液直流电耗") && html.contains("阳极效应"));
    assert!(html.len() < 1_500_000, "{}", html.len());
    // Kept for whoever wants to look at it.
    if let Some(path) = std::env::var_os("POTLINE_REPORT") {
        report.write(Path::new(&path)).unwrap();
    }
}

#[test]
fn the_peak_of_an_effect_is_written_where_the_curve_leaves_the_frame() {
    let report = synthetic();
    let chart = &report.sections[0].charts[0];
    let (low, high) = chart.clip.unwrap();
    assert!(low > 3.5 && high < 4.5, "{low} {high}");
    let html = report.html();
    assert!(
        html.contains(">31.0 V</text>") || html.contains(">30.9 V</text>") || html.contains(">30.8 V</text>")
    );
    assert!(html.contains(">9.4 V</text>"));
}

#[test]
fn an_empty_report_is_still_a_page() {
    let mut report = Report { title: "empty".into(), ..Report::default() };
    report.sections.push(Section { charts: vec![Chart::default()], ..Section::default() });
    let html = report.html();
    assert!(html.ends_with("</html>\n") && !html.contains("NaN"));
}

#[test]
fn bars_stand_apart_with_nothing_missing_between_them() {
    let points = vec![(1.0, 0.0), (1.0, 5.0), (1.0, f64::NAN), (2.0, 0.0), (2.0, 4.0), (2.0, f64::NAN)];
    let page = |style| {
        let series = vec![Series { points: points.clone(), style, ..Series::default() }];
        let charts = vec![Chart { series, ..Chart::default() }];
        Report { sections: vec![Section { charts, ..Section::default() }], ..Report::default() }.html()
    };
    assert!(page(Style::Line).contains("no data"));
    assert!(!page(Style::Bars).contains("no data"));
}

#[test]
fn spikes_and_gaps_survive_the_thinning() {
    let mut points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i), 4.0)).collect();
    points[54_321].1 = 31.0;
    points[12_345].1 = 0.5;
    points[70_000..70_500].iter_mut().for_each(|point| point.1 = f64::NAN);
    let thin = decimate(&points, 500);
    assert!(thin.len() <= 4 * 503, "{}", thin.len());
    assert!(thin.contains(&(54_321.0, 31.0)) && thin.contains(&(12_345.0, 0.5)));
    assert!(thin.iter().any(|p| p.1.is_nan()));
    assert!(thin.contains(&(69_999.0, 4.0)) && thin.contains(&(70_500.0, 4.0)));
    assert!(thin.is_sorted_by(|a, b| a.0 < b.0));
    assert_eq!((thin[0], thin[thin.len() - 1].0), (points[0], 99_999.0));
    assert!(decimate(&[], 10).is_empty());
    assert_eq!(decimate(&points[..20], 10), points[..20]);
}

#[test]
fn csv_has_empty_fields_for_what_is_missing_and_quotes_what_would_split() {
    let mut out = Vec::new();
    csv::row(&mut out, ["time_h", "a,b", "say \"so\""].map(csv::Field::Text)).unwrap();
    csv::row(&mut out, [0.5, f64::INFINITY, 1e-7].map(csv::Field::Number)).unwrap();
    csv::row(&mut out, [f64::NAN, 3.95].map(csv::Field::Number)).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text, "time_h,\"a,b\",\"say \"\"so\"\"\"\n0.5,,0.0000001\n,3.95\n");
}

#[test]
fn a_report_is_not_written_into_a_folder_that_is_not_there() {
    let error = synthetic().write(Path::new("/no/such/folder/report.html")).unwrap_err();
    assert!(error.to_string().contains("/no/such/folder/report.html"));
}

#[test]
fn a_chart_stands_alone_and_may_run_over_anything() {
    let chart = Chart {
        title: "Voltage over alumina".into(),
        x: Some(Axis::new("dissolved alumina", "wt %")),
        y: Axis::new("cell voltage", "V"),
        series: vec![Series {
            name: "cell".into(),
            points: vec![(2.0, 4.2), (6.0, 4.0)],
            ..Series::default()
        }],
        ..Chart::default()
    };
    let svg = chart.svg();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(svg.trim_end().ends_with("</svg>") && svg.matches("<svg").count() == 1);
    assert!(svg.contains("dissolved alumina, wt %") && svg.contains(">2.5<") && !svg.contains("时间"));
    let over_time = Chart { x: None, ..chart }.svg();
    assert!(over_time.contains("time 时间, h") && !over_time.contains("dissolved alumina"));
}

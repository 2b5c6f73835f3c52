//! Cell voltage: a published 126 kA cell row by row, the shape of the voltage, and the command.

use potline::bath::Composition;
use potline::electro::{self, Breakdown, Design, Operating, yao2017};
use proptest::prelude::*;
use std::collections::HashMap;

type Row = HashMap<String, f64>;

/// The 126 kA cell, computed outside this crate.
fn reference() -> Vec<Row> {
    let mut lines = include_str!("data/haupin_cell126_V_vs_alumina.csv").lines();
    let names: Vec<_> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let values = line.split(',').map(|x| x.parse::<f64>().unwrap());
            names.iter().map(|name| (*name).to_owned()).zip(values).collect()
        })
        .collect()
}

/// Column of the reference, the same from a break-down, and how well they must agree.
fn columns(parts: &Breakdown) -> [(&'static str, f64, f64); 14] {
    [
        ("Vcell", parts.cell, 1e-5),
        ("Erev", parts.reversible, 1e-5),
        ("Eca", parts.anode_concentration, 1e-5),
        ("Esa", parts.anode_surface, 1e-5),
        ("Ecc", parts.cathode_concentration, 1e-5),
        ("V_bath", parts.bath, 1e-5),
        ("V_bub", parts.bubble, 1e-5),
        ("V_ohm_ext", parts.anode + parts.cathode + parts.external, 1e-5),
        ("kappa", parts.conductivity / 100.0, 1e-8),
        ("i", parts.i_anode / 1e4, 1e-8),
        ("i_crit", parts.i_critical / 1e4, 1e-8),
        ("cover", parts.bubble_coverage, 1e-8),
        ("d_b_cm", parts.bubble_thickness * 100.0, 1e-8),
        ("I_A", parts.i_anode * yao2017::source_cell().anode_area * 1.1382, 1e-6),
    ]
}

#[test]
fn yao2017_row_by_row() {
    let rows = reference();
    assert_eq!(rows.len(), 372);
    for row in rows {
        let mut operating =
            Operating { current: row["I_A"], acd: row["ACD_cm"] / 100.0, ..yao2017::source_operating() };
        operating.bath.al2o3 = row["al2o3_pct"] / 100.0;
        let parts = yao2017::voltage(&yao2017::source_cell(), &operating);
        assert!((operating.bath.bath_ratio() - row["ratio"]).abs() < 1e-8);
        for (name, got, tolerance) in columns(&parts) {
            let expected = row[name];
            assert!(
                (got - expected).abs() < tolerance,
                "{name} at {} %: {got}, expected {expected}",
                row["al2o3_pct"]
            );
        }
    }
}

fn at(percent: f64, c_ae: f64) -> f64 {
    let mut operating = Operating::default();
    operating.bath.al2o3 = percent / 100.0;
    electro::voltage(&Design { al2o3_at_effect: c_ae / 100.0, ..Design::default() }, &operating).cell
}

/// (iv) and the minima known for three onsets.
#[test]
fn voltage_over_alumina_has_one_minimum() {
    for (c_ae, minimum) in [(1.2, Some(3.95)), (1.5, None), (1.8, Some(4.15)), (2.0, None), (2.2, Some(4.35))]
    {
        let grid: Vec<f64> =
            (0..).map(|k| c_ae + 0.05 + 0.01 * f64::from(k)).take_while(|c| *c < 8.0).collect();
        let volts: Vec<f64> = grid.iter().map(|c| at(*c, c_ae)).collect();
        let minima: Vec<f64> = (1..grid.len() - 1)
            .filter(|k| volts[*k] < volts[k - 1] && volts[*k] <= volts[k + 1])
            .map(|k| grid[k])
            .collect();
        assert_eq!(minima.len(), 1, "c_AE {c_ae}: {minima:?}");
        assert!((3.0..=5.0).contains(&minima[0]));
        // The published minima come from a grid of 0.05 wt%.
        assert!(minimum.is_none_or(|c| (minima[0] - c).abs() < 0.051), "c_AE {c_ae}: {minima:?}");
    }
}

fn running() -> impl Strategy<Value = (Design, Operating)> {
    (50e3..700e3, 0.02..0.07, 1200.0..1290.0, 2.0..14.0, 0.5..8.0, 0.0..7.0, 0.0..5.0, 0.5..3.0).prop_map(
        |(current, acd, temperature, a, c, ca, li, c_ae)| {
            let bath = Composition::from_wt_pct(a, c, ca, 0.3, li, 1.0);
            let design = Design { al2o3_at_effect: c_ae / 100.0, ..Design::default() };
            (design, Operating { current, acd, temperature, bath })
        },
    )
}

proptest! {
    /// (iii)
    #[test]
    fn reversible_falls_with_alumina_and_temperature(t in 1180.0..1300.0f64, x in 0.031..0.99f64) {
        let e = electro::reversible(t, x);
        prop_assert!(electro::reversible(t, x + 1e-3) < e);
        prop_assert!(electro::reversible(t + 0.1, x) < e);
    }

    /// (v), (vi)
    #[test]
    fn the_parts_add_up((design, operating) in running()) {
        let parts = electro::voltage(&design, &operating);
        let nine = [
            parts.reversible, parts.anode_surface, parts.anode_concentration, parts.cathode_concentration,
            parts.bath, parts.bubble, parts.anode, parts.cathode, parts.external,
        ];
        prop_assert!((nine.iter().sum::<f64>() - parts.cell).abs() < 1e-9);
        prop_assert!(nine.iter().all(|part| *part >= 0.0));
        let further = electro::voltage(&design, &Operating { acd: operating.acd + 0.01, ..operating });
        let slope = (further.cell - parts.cell) / 0.01;
        prop_assert!((slope / (parts.i_anode / parts.conductivity) - 1.0).abs() < 1e-9);
    }

    /// (viii)
    #[test]
    fn the_gas_closes_the_balance(ce in 0.5..=1.0f64) {
        let (co2, co) = electro::anode_gas(ce);
        prop_assert!(co2 >= 0.0 && co >= 0.0);
        // 3/4 mol of carbon per 3 F, and the oxygen of x/2 Al2O3.
        prop_assert!((co2 + co - 0.75).abs() < 1e-12);
        prop_assert!((2.0 * co2 + co - 1.5 * ce).abs() < 1e-12);
    }

    /// (ix)
    #[test]
    fn anode_concentration_rises_to_its_limit_at_the_critical_density(
        t in 1200.0..1300.0f64, critical in 1e3..3e4f64, x in 0.0..0.998f64,
    ) {
        let limit = electro::anode_concentration(t, critical, critical);
        let (low, high) =
            (electro::anode_concentration(t, x * critical, critical), electro::anode_concentration(t, (x + 1e-3) * critical, critical));
        prop_assert!(low < high && high <= limit && limit.is_finite());
        prop_assert_eq!(electro::anode_concentration(t, 2.0 * critical, critical), limit);
    }

    #[test]
    fn finite_whatever_comes(x in prop::array::uniform32(prop_oneof![-1.0..1.0, -1e9..1e9, proptest::num::f64::NORMAL, Just(0.0)])) {
        // One resistance times one current may exceed what a float holds: that is not our bound.
        let small = |x: f64| x.clamp(-1e290, 1e290);
        let design = Design {
            anode_area: x[0], one_anode_area: x[1], fanning: x[2], cathode_area: x[3],
            r_anode: small(x[4]), r_cathode: small(x[5]), r_external: small(x[6]),
            al2o3_at_effect: x[7], bubble_factor: x[8], bake_temperature: x[9],
        };
        let bath = Composition { alf3: x[10], al2o3: x[11], caf2: x[12], mgf2: x[13], lif: x[14], kf: x[15] };
        let operating = Operating { current: x[16], acd: x[17], temperature: x[18], bath };
        for design in [design, Design::default()] {
            for parts in [electro::voltage(&design, &operating), yao2017::voltage(&design, &operating)] {
                prop_assert!(parts.cell.is_finite(), "{parts:?}");
                prop_assert!(parts.i_critical > 0.0 && parts.i_critical.is_finite());
            }
        }
    }
}

#[cfg(feature = "cli")]
mod command {
    use super::*;
    use std::process::{Command, Output};

    fn run(args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_potline")).arg("voltage").args(args).output().unwrap()
    }

    fn json(args: &[&str]) -> serde_json::Value {
        let output = run(&[&["--json"], args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    const PARTS: [&str; 9] = [
        "reversible_v",
        "anode_surface_v",
        "anode_concentration_v",
        "cathode_concentration_v",
        "bath_v",
        "bubble_v",
        "anode_v",
        "cathode_v",
        "external_v",
    ];

    #[test]
    fn the_500_ka_cell() {
        let json = json(&[]);
        for (key, expected, tolerance) in [
            ("cell_v", 4.0690, 5.1e-5),
            ("reversible_v", 1.2241, 5.1e-5),
            ("anode_surface_v", 0.50566, 5.1e-6),
            ("anode_concentration_v", 0.028126, 5.1e-7),
            ("cathode_concentration_v", 0.077641, 5.1e-7),
            ("bath_v", 1.2461, 5.1e-5),
            ("bubble_v", 0.21735, 5.1e-6),
            ("anode_v", 0.320, 1e-9),
            ("cathode_v", 0.270, 1e-9),
            ("external_v", 0.180, 1e-9),
            ("conductivity_s_per_cm", 2.1734, 5.1e-5),
            ("i_anode_a_cm2", 0.73125, 5.1e-6),
            ("i_critical_a_cm2", 1.7791, 5.1e-5),
            ("bubble_coverage", 0.9 * 0.62831, 6e-6),
            ("bubble_thickness_cm", 0.49638, 1.1e-5),
        ] {
            let got = json[key].as_f64().unwrap();
            assert!((got - expected).abs() < tolerance, "{key}: {got}, expected {expected}");
        }
        let sum: f64 = PARTS.iter().map(|key| json[*key].as_f64().unwrap()).sum();
        assert!((sum - json["cell_v"].as_f64().unwrap()).abs() < 1e-9);
        assert_eq!(json["schema_version"], 1);
    }

    #[test]
    fn the_126_ka_cell() {
        for row in reference().iter().step_by(37) {
            let sets = [
                format!("current_ka={}", row["I_A"] / 1e3),
                format!("acd_cm={}", row["ACD_cm"]),
                format!("al2o3={}", row["al2o3_pct"]),
            ];
            let json = json(&["--form", "yao2017", "--set", &sets[0], "--set", &sets[1], "--set", &sets[2]]);
            for (key, column) in [
                ("cell_v", "Vcell"),
                ("reversible_v", "Erev"),
                ("anode_concentration_v", "Eca"),
                ("anode_surface_v", "Esa"),
                ("cathode_concentration_v", "Ecc"),
                ("bath_v", "V_bath"),
                ("bubble_v", "V_bub"),
                ("conductivity_s_per_cm", "kappa"),
                ("bubble_coverage", "cover"),
            ] {
                let got = json[key].as_f64().unwrap();
                assert!((got - row[column]).abs() < 1e-5, "{key}: {got}, expected {}", row[column]);
            }
        }
    }

    #[test]
    fn every_key_has_an_effect() {
        for form in ["recommended", "yao2017"] {
            let base = json(&["--form", form]);
            for set in [
                "current_ka=100",
                "al2o3=2.2",
                "alf3=10",
                "caf2=6",
                "mgf2=1",
                "lif=1",
                "kf=1",
                "temperature_c=970",
                "acd_cm=4",
                "anode_area_m2=60",
                "one_anode_area_cm2=10000",
                "fanning=1.05",
                "cathode_area_m2=70",
                "r_anode_uohm=1",
                "r_cathode_uohm=1",
                "r_external_uohm=1",
                "c_ae=1.6",
                "bubble_factor=0.8",
            ] {
                assert_ne!(json(&["--form", form, "--set", set])["cell_v"], base["cell_v"], "{form} {set}");
            }
        }
    }

    #[test]
    fn a_wrong_key_is_wrong_usage() {
        let output = run(&["--set", "acd=4"]);
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(words.contains("Did you mean acd_cm?") && words.contains("r_external_uohm"), "{words}");
        assert_eq!(run(&["--set", "acd_cm=wide"]).status.code(), Some(2));
        assert_eq!(run(&["--set", "acd_cm"]).status.code(), Some(2));
    }

    #[test]
    fn a_wrong_value_is_bad_input() {
        let output = run(&["--set", "acd_cm=nan", "--set", "current_ka=-1", "--set", "al2o3=3"]);
        assert_eq!(output.status.code(), Some(78));
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(words.contains("acd_cm = NaN is outside 0.5..15 cm"), "{words}");
        assert!(words.contains("current_ka = -1 is outside 0..1000 kA"), "{words}");
        assert!(output.stdout.is_empty());
    }

    #[test]
    fn warns_of_the_anode_effect() {
        let output = run(&["--set", "al2o3=0.5"]);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("anode effect"));
    }
}

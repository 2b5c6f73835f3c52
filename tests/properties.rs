//! Bath properties: the published check points, the shape of the correlations, and the command.

use potline::bath::{self, Composition};
use potline::units::{celsius_to_kelvin, kelvin_to_celsius};
use proptest::prelude::*;

/// A reference bath and what is known of it: wt %, °C, S/cm.
struct Case {
    name: &'static str,
    celsius: f64,
    /// a, c, ca, mg, li, kf.
    bath: [f64; 6],
    bath_ratio: f64,
    cryolite_ratio: f64,
    solheim: f64,
    jmm: f64,
    saturation: f64,
    /// Hives, Wang, Haupin, Choudhary.
    conductivity: [f64; 4],
}

impl Case {
    fn composition(&self) -> Composition {
        let [a, c, ca, mg, li, kf] = self.bath;
        Composition::from_wt_pct(a, c, ca, mg, li, kf)
    }
}

#[rustfmt::skip]
const CASES: [Case; 7] = [
    Case { name: "S", celsius: 960.0, bath: [11.0, 2.5, 5.0, 0.0, 0.0, 0.0], bath_ratio: 1.1216, cryolite_ratio: 2.2431,
        solheim: 962.73, jmm: 963.92, saturation: 8.2677, conductivity: [2.1734, 2.2145, 2.2220, 2.1165] },
    Case { name: "H", celsius: 969.4, bath: [10.0, 3.0, 6.5, 0.3, 0.0, 0.0], bath_ratio: 1.1435, cryolite_ratio: 2.2871,
        solheim: 959.39, jmm: 962.26, saturation: 8.3764, conductivity: [2.1697, 2.2155, 2.2218, 2.1156] },
    Case { name: "P", celsius: 955.0, bath: [12.0, 3.0, 5.0, 0.0, 0.0, 0.0], bath_ratio: 1.0909, cryolite_ratio: 2.1818,
        solheim: 955.16, jmm: 957.31, saturation: 7.9935, conductivity: [2.1153, 2.1611, 2.1693, 2.0529] },
    Case { name: "C0", celsius: 1011.0, bath: [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], bath_ratio: 1.5, cryolite_ratio: 3.0,
        solheim: 1011.0, jmm: 1011.0, saturation: 12.542, conductivity: [2.8269, 2.8210, 2.8190, 2.8784] },
    Case { name: "C10", celsius: 970.0, bath: [0.0, 10.0, 0.0, 0.0, 0.0, 0.0], bath_ratio: 1.5, cryolite_ratio: 3.0,
        solheim: 966.10, jmm: 986.80, saturation: 10.281, conductivity: [2.2440, 2.2670, 2.2612, 2.2191] },
    Case { name: "K1", celsius: 948.0, bath: [8.0, 2.5, 5.0, 0.0, 3.0, 2.0], bath_ratio: 1.1985, cryolite_ratio: 2.3970,
        solheim: 940.60, jmm: 941.51, saturation: 6.9490, conductivity: [2.3129, 2.3885, 2.3904, 2.2709] },
    Case { name: "K2", celsius: 935.0, bath: [5.0, 2.5, 5.0, 0.0, 5.0, 3.0], bath_ratio: 1.2962, cryolite_ratio: 2.5924,
        solheim: 924.67, jmm: 924.71, saturation: 5.6290, conductivity: [2.4339, 2.5347, 2.5383, 2.4110] },
];

#[track_caller]
fn close(name: &str, got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{name}: {got}, expected {expected}");
}

/// Half a unit of the last of five digits.
fn five_digits(expected: f64) -> f64 {
    if expected >= 10.0 { 5.1e-4 } else { 5.1e-5 }
}

#[test]
fn published_check_points() {
    for case in &CASES {
        let (bath, t) = (case.composition(), celsius_to_kelvin(case.celsius));
        close(case.name, bath.bath_ratio(), case.bath_ratio, 5.1e-5);
        close(case.name, bath.cryolite_ratio(), case.cryolite_ratio, 5.1e-5);
        close(case.name, kelvin_to_celsius(bath::solheim1996(&bath)), case.solheim, 5.1e-3);
        close(case.name, kelvin_to_celsius(bath::jmm2014(&bath)), case.jmm, 5.1e-3);
        close(case.name, 100.0 * bath::saturation(&bath, t), case.saturation, five_digits(case.saturation));
        let forms = [bath::hives1996, bath::wang1993, bath::haupin1998, bath::choudhary1973];
        for (form, expected) in forms.iter().zip(case.conductivity) {
            close(case.name, form(&bath, t) / 100.0, expected, 5.1e-5);
        }
    }
}

/// Baths as cells have them.
fn industrial() -> impl Strategy<Value = (Composition, f64)> {
    (4.0..14.0, 1.0..7.0, 2.0..7.0, 0.0..2.0, 0.0..5.0, 0.0..3.0, 930.0..1000.0).prop_map(
        |(a, c, ca, mg, li, kf, t)| (Composition::from_wt_pct(a, c, ca, mg, li, kf), celsius_to_kelvin(t)),
    )
}

/// Anything a float can say, short of NaN and infinity.
fn wild() -> impl Strategy<Value = (Composition, f64)> {
    let any = || prop_oneof![-1.0..1.0, -1e9..1e9, proptest::num::f64::NORMAL];
    (any(), any(), any(), any(), any(), any(), any()).prop_map(|(alf3, al2o3, caf2, mgf2, lif, kf, t)| {
        (Composition { alf3, al2o3, caf2, mgf2, lif, kf }, t)
    })
}

proptest! {
    /// (i) with c, ca and li everywhere; with a above the shallow maximum that CaF2 brings.
    #[test]
    fn liquidus_falls_with_every_addition((bath, _) in industrial()) {
        let t = bath::solheim1996(&bath);
        let more = |f: fn(&mut Composition)| { let mut b = bath; f(&mut b); bath::solheim1996(&b) };
        prop_assert!(more(|b| b.al2o3 += 1e-4) < t);
        prop_assert!(more(|b| b.caf2 += 1e-4) < t);
        prop_assert!(more(|b| b.lif += 1e-4) < t);
        prop_assert!(bath.caf2 > 0.05 || more(|b| b.alf3 += 1e-4) < t);
    }

    /// (ii)
    #[test]
    fn conductivity_follows_temperature_and_additions((bath, t) in industrial()) {
        for form in [bath::hives1996, bath::wang1993, bath::haupin1998, bath::choudhary1973, bath::conductivity] {
            let kappa = form(&bath, t);
            let more = |f: fn(&mut Composition)| { let mut b = bath; f(&mut b); form(&b, t) };
            prop_assert!(form(&bath, t + 0.1) > kappa);
            prop_assert!(more(|b| b.lif += 1e-4) > kappa);
            prop_assert!(more(|b| b.al2o3 += 1e-4) < kappa);
            prop_assert!(more(|b| b.alf3 += 1e-4) < kappa);
            prop_assert!(more(|b| b.caf2 += 1e-4) < kappa);
        }
    }

    /// (vii)
    #[test]
    fn cryolite_ratio_round_trips((bath, _) in industrial(), cr in 1.6..3.2f64) {
        prop_assert!((bath.with_cryolite_ratio(cr).cryolite_ratio() - cr).abs() < 1e-12);
        let back = bath.with_cryolite_ratio(bath.cryolite_ratio());
        prop_assert!((back.alf3 - bath.alf3).abs() < 1e-12);
    }

    #[test]
    fn the_eutectic_lies_on_both_curves((bath, _) in industrial()) {
        let (temperature, al2o3) = bath::eutectic(&bath);
        prop_assert!((bath::saturation(&bath, temperature) - al2o3).abs() < 1e-10);
        let saturated = Composition { al2o3, ..bath };
        prop_assert!((bath::solheim1996(&saturated) - temperature).abs() < 1e-7);
    }

    #[test]
    fn finite_whatever_comes((bath, t) in wild()) {
        let ratio = bath.bath_ratio();
        prop_assert!(ratio.is_finite() && ratio >= 0.0);
        for value in [
            bath::liquidus(&bath).temperature,
            bath::solheim1996(&bath),
            bath::jmm2014(&bath),
            bath::lm2013(&bath),
            bath::saturation(&bath, t),
            bath::eutectic(&bath).0,
            bath::eutectic(&bath).1,
            bath::conductivity(&bath, t),
            bath::density(&bath, t),
            bath::metal_density(t),
            bath::vapour_pressure(&bath, t),
            bath::fluoride_evolution(&bath, t, 0.94),
        ] {
            prop_assert!(value.is_finite(), "{value} for {bath:?} at {t}");
        }
    }
}

#[cfg(feature = "cli")]
mod command {
    use super::*;
    use std::process::{Command, Output};

    fn run(args: &[String]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_potline")).arg("properties").args(args).output().unwrap()
    }

    fn arguments(celsius: f64, bath: [f64; 6]) -> Vec<String> {
        let names = ["--alf3", "--al2o3", "--caf2", "--mgf2", "--lif", "--kf"];
        let mut args = vec!["--json".to_owned(), "--temperature-c".to_owned(), celsius.to_string()];
        args.extend(names.iter().zip(bath).flat_map(|(name, x)| [(*name).to_owned(), x.to_string()]));
        args
    }

    #[test]
    fn agrees_with_the_check_points() {
        for case in &CASES {
            let output = run(&arguments(case.celsius, case.bath));
            assert!(output.status.success());
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let number = |key: &str| json[key].as_f64().unwrap();
            let (liquidus, source) =
                if case.bath[4] > 0.0 { (case.jmm, "jmm2014") } else { (case.solheim, "solheim1996") };
            assert_eq!(json["schema_version"], 1);
            assert_eq!(json["liquidus_source"], source);
            close(case.name, number("liquidus_c"), liquidus, 5.1e-3);
            close(case.name, number("superheat_c"), case.celsius - liquidus, 5.1e-3);
            let saturation = number("alumina_saturation_pct");
            close(case.name, saturation, case.saturation, five_digits(case.saturation));
            close(case.name, number("conductivity_s_per_cm"), case.conductivity[0], 5.1e-5);
            close(case.name, number("bath_ratio"), case.bath_ratio, 5.1e-5);
            close(case.name, number("cryolite_ratio"), case.cryolite_ratio, 5.1e-5);
            assert!(number("density_g_per_cm3") > 1.9 && number("reversible_emf_v") > 1.1);
            assert!(json["warnings"].is_array());
        }
    }

    #[test]
    fn warns_outside_the_correlations() {
        let output = run(&arguments(1060.0, [11.0, 14.0, 5.0, 0.0, 0.0, 1.5]));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let warnings = json["warnings"].as_array().unwrap();
        assert!(warnings.len() >= 4, "{warnings:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).matches("warning:").count(), warnings.len());
    }

    #[test]
    fn names_every_problem_at_once() {
        let output = run(&arguments(f64::NAN, [40.0, -1.0, 5.0, 0.0, f64::INFINITY, 0.0]));
        assert_eq!(output.status.code(), Some(78));
        let words = String::from_utf8(output.stderr).unwrap();
        for expected in [
            "temperature_c = NaN is outside 800..1100",
            "alf3 = 40 is outside -10..30 wt %",
            "al2o3 = -1",
            "lif = inf",
        ] {
            assert!(words.contains(expected), "{words}");
        }
        assert!(output.stdout.is_empty());
        // Each within its limits, together no electrolyte.
        let output = run(&arguments(960.0, [29.0, 14.0, 19.0, 9.0, 9.0, 9.0]));
        assert_eq!(output.status.code(), Some(78));
    }

    #[test]
    fn prints_a_table_for_people() {
        let args = arguments(963.0, CASES[0].bath);
        let output = run(&args[1..]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("liquidus") && text.contains("962.73") && text.contains("S/cm"), "{text}");
        assert_eq!(run(&["--alf3".to_owned()]).status.code(), Some(2));
    }
}

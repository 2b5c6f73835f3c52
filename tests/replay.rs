//! `potline replay` as a script sees it.
#![cfg(feature = "cli")]

use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("potline-replay-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn replay(model: &str, input: &str, output: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_potline"))
        .args(["--json", "replay", "--model", model, "--in", input, "--out", output])
        .args(more)
        .output()
        .unwrap()
}

#[track_caller]
fn good(model: &str, input: &str, output: &str) -> (Value, String) {
    let ended = replay(model, input, output, &[]);
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{err}");
    (serde_json::from_slice(&ended.stdout).unwrap(), fs::read_to_string(output).unwrap())
}

/// Replays a bad input: the exit is 78, every word is told, nothing is printed or written.
#[track_caller]
fn bad(model: &str, text: impl AsRef<[u8]>, words: &[&str]) {
    let name = text.as_ref().iter().fold(7_u64, |a, &b| a.wrapping_mul(31).wrapping_add(b.into()));
    let folder = Folder::new(&format!("bad-{name:x}"));
    let input = folder.write("in.csv", text);
    let ended = replay(model, &input, &folder.path("out.csv"), &[]);
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(78), "{err}");
    assert!(ended.stdout.is_empty());
    for word in words {
        assert!(err.contains(word), "\"{word}\" is missing in: {err}");
    }
    assert!(!err.contains("panicked"), "{err}");
    assert_eq!(folder.names(), ["in.csv"], "a bad input leaves no file");
}

fn reference(name: &str) -> String {
    format!("{}/tests/data/reference/{name}.csv", env!("CARGO_MANIFEST_DIR"))
}

/// Columns by name; empty cells are NaN.
fn columns(text: &str) -> HashMap<String, Vec<f64>> {
    let mut lines = text.lines();
    let head: Vec<_> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<f64>> =
        lines.map(|line| line.split(',').map(|x| x.parse().unwrap_or(f64::NAN)).collect()).collect();
    let column = |k: usize| rows.iter().map(|row| row[k]).collect();
    head.iter().enumerate().map(|(k, name)| ((*name).to_owned(), column(k))).collect()
}

const STATE: &str = "m_sl_kg,m_al2o3_kg,m_alf3_kg,m_cry_kg,m_metal_kg,T_bath_C,T_sl_C,T_wall_C";
const START: &str = "3260,470.9302325581395,1726.7441860465117,13500,9900,975,816,580";
const INPUT: &str = "u_al2o3_kg_s,I_A,u_alf3_kg_s,u_tap_kg_s,ACD_m";

/// A table with the state in the first row only.
fn lundby(rows: &[(f64, &str)]) -> String {
    let mut text = format!("t_s,{STATE},{INPUT}\n");
    for (index, (time, input)) in rows.iter().enumerate() {
        let state = if index == 0 { START } else { ",,,,,,," };
        text += &format!("{time},{state},{input}\n");
    }
    text
}

#[test]
fn every_reference_file_comes_back_with_its_columns() {
    let folder = Folder::new("reference");
    for (model, name, tolerance) in [
        ("lundby2022", "costa_S1_constant_tight", 1e-9),
        ("lundby2022", "costa_S5_feed_stop_tight", 1e-9),
        ("lundby2022", "costa_S6_curtail_alf3_tap_tight", 1e-9),
        ("eal500", "cell500_A_default_tight", 1e-9),
        ("eal500", "cell500_C_feed_cycle_tight", 1e-9),
        // Past the pole of the coverage the formula's voltage goes through zero.
        ("yao2017", "haupin3state_feedcycle", 1e-6),
    ] {
        let input = reference(name);
        let (report, text) = good(model, &input, &folder.path("out.csv"));
        let expected_text = fs::read_to_string(&input).unwrap();
        assert_eq!(text.lines().next(), expected_text.lines().next(), "{name}: head");
        let (got, expected) = (columns(&text), columns(&expected_text));
        for (column, expected) in &expected {
            assert_eq!(got[column].len(), expected.len());
            for (got, expected) in got[column].iter().zip(expected) {
                let error = (got - expected).abs();
                assert!(error <= tolerance * expected.abs(), "{name} {column}: {got}, expected {expected}");
            }
        }
        assert_eq!(report["schema_version"], 1);
        assert_eq!(report["rows"], expected["t_s"].len());
        assert!(report["steps"].as_u64().unwrap() >= expected["t_s"].len() as u64 - 1);
        assert!(report["wall_s"].as_f64().unwrap() >= 0.0);
    }
}

#[test]
fn the_form_of_the_table_does_not_matter() {
    let folder = Folder::new("form");
    let text = fs::read_to_string(reference("costa_S5_feed_stop_tight")).unwrap();
    let plain = folder.write("plain.csv", &text);
    let (_, expected) = good("lundby2022", &plain, &folder.path("plain.out"));
    // Columns backwards, one more of words, a byte order mark, CR LF, blanks and quotes, a blank line.
    let mut other = String::from("\u{feff}");
    for (index, line) in text.lines().enumerate() {
        let cells: Vec<_> = line.split(',').rev().map(|cell| format!(" \"{cell}\" ")).collect();
        other += &format!(
            "{}, {}\r\n",
            cells.join(","),
            if index == 0 { "remark" } else { "fed, by hand" }.replace(", ", " ")
        );
        if index == 3 {
            other += "\r\n";
        }
    }
    let other = folder.write("other.csv", other);
    let (_, got) = good("lundby2022", &other, &folder.path("other.out"));
    assert_eq!(got, expected);
}

#[test]
fn states_after_the_first_row_and_derived_columns_are_left_aside() {
    let folder = Folder::new("only");
    let text = fs::read_to_string(reference("cell500_C_feed_cycle_tight")).unwrap();
    let (_, expected) = good("eal500", &reference("cell500_C_feed_cycle_tight"), &folder.path("full.out"));
    let mut only = String::from("t_s,m_al2o3_kg,m_bath_kg,T_bath_C,L_ledge_m,I_A,feed_kg_min,T_liq_C\n");
    for (index, line) in text.lines().skip(1).enumerate() {
        let cells: Vec<_> = line.split(',').collect();
        let state = if index == 0 { cells[1..5].join(",") } else { ",nan,lost,".into() };
        only += &format!("{},{state},{},{},-\n", cells[0], cells[5], cells[6]);
    }
    let only = folder.write("only.csv", only);
    assert_eq!(good("eal500", &only, &folder.path("only.out")).1, expected);
}

#[test]
fn the_step_between_rows_does_not_matter() {
    let folder = Folder::new("rows");
    let input = "0.0238,140000,0,0,0.05";
    let dense: Vec<_> = (0..=360).map(|k| (10.0 * f64::from(k), input)).collect();
    let dense = folder.write("dense.csv", lundby(&dense));
    let sparse = folder.write("sparse.csv", lundby(&[(0.0, input), (7.5, input), (3600.0, input)]));
    let (_, dense) = good("lundby2022", &dense, &folder.path("dense.out"));
    let (_, sparse) = good("lundby2022", &sparse, &folder.path("sparse.out"));
    let (dense, sparse) = (columns(&dense), columns(&sparse));
    for (name, values) in &sparse {
        let (got, expected) = (values[2], dense[name][360]);
        assert!((got - expected).abs() <= 1e-11 * expected.abs(), "{name}: {got}, expected {expected}");
    }
}

#[test]
fn large_shots_and_current_steps_conserve_mass() {
    let folder = Folder::new("shots");
    // Until 2.26 %, then 220, 140 and 180 kg in 10 s each, current steps and a curtailment between them.
    let mut rows = Vec::new();
    let mut fed = 0.0;
    let mut used = 0.0;
    for k in 0..1500_u32 {
        let feed = match k {
            525 => 22.0,
            1100 => 14.0,
            1300 => 18.0,
            _ => 0.0,
        };
        let current = match k {
            600..900 => 120e3,
            900..1000 => 155e3,
            _ => 140e3,
        };
        fed += 10.0 * feed;
        used += 10.0 * 1.7e-7 * current;
        rows.push((10.0 * f64::from(k), format!("{feed},{current},0,0,0.05")));
    }
    rows.push((15_000.0, "0,140000,0,0,0.05".into()));
    let rows: Vec<_> = rows.iter().map(|(t, input)| (*t, input.as_str())).collect();
    let input = folder.write("in.csv", lundby(&rows));
    let (report, text) = good("lundby2022", &input, &folder.path("out.csv"));
    let got = columns(&text);
    let last = |name: &str| *got[name].last().unwrap();
    assert!((last("m_al2o3_kg") - (470.9302325581395 + fed - used)).abs() < 1e-9);
    let mass = 3260.0 + 13500.0 + 0.03 * fed;
    assert!((last("m_sl_kg") + last("m_cry_kg") - mass).abs() < 1e-8);
    let lowest = got["c_al2o3"].iter().copied().fold(1.0, f64::min);
    assert!((0.0221..0.0227).contains(&lowest), "{lowest}");
    assert!(report["steps"].as_u64().unwrap() > 1500);
    // What a hundred times looser tolerance gives.
    let loose = replay("lundby2022", &input, &folder.path("loose.csv"), &["--rtol", "1e-8"]);
    assert_eq!(loose.status.code(), Some(0));
    let loose = columns(&fs::read_to_string(folder.path("loose.csv")).unwrap());
    for (name, values) in &got {
        for (a, b) in values.iter().zip(&loose[name]) {
            assert!((a - b).abs() <= 1e-7 * a.abs(), "{name}: {a}, loosely {b}");
        }
    }
}

#[test]
fn one_row_is_a_trajectory() {
    let folder = Folder::new("one");
    let input = folder.write("in.csv", lundby(&[(5.0, "0,140000,0,0,0.05")]));
    let (report, text) = good("lundby2022", &input, &folder.path("out.csv"));
    assert_eq!((&report["rows"], &report["steps"]), (&1.into(), &0.into()));
    assert!((columns(&text)["U_model_V"][0] - 1.442869).abs() < 1e-6);
}

#[test]
fn yao2017_begins_at_either_set_of_states_and_leaves_empty_what_has_no_value() {
    let folder = Folder::new("yao");
    // A second row after an hour: Euler's one step runs astray, the exact solution does not.
    let text = "t_s,shot_kg,I_A,c_euler_pct,cu_euler_pct,ACD_euler_cm\n0,60,126000,3.5,0.5,2.9193\n3600,0,126000,,,\n";
    let input = folder.write("in.csv", text);
    let got = columns(&good("yao2017", &input, &folder.path("out.csv")).1);
    // All of it dissolves but e^-7.2; 4.19 % is used.
    let expected = 3.5 + 100.0 * 60.0 / 1800.0 + 0.5 - (0.5 + 2.0) * (-7.2_f64).exp() - 4.194131;
    assert!((got["c_exact_pct"][1] - expected).abs() < 1e-5, "{}", got["c_exact_pct"][1]);
    assert!(got["V_exact"][1] > 4.0);
    assert_eq!(got["c_exact_pct"][0], got["c_euler_pct"][0]);
    assert!((got["cu_euler_pct"][1] - (0.5 - 3.6 + 2.0)).abs() < 1e-12);
}

#[test]
fn every_problem_is_told_at_once() {
    let text = lundby(&[(0.0, "0.02,140000,0,0,0.05"), (10.0, "0.02,140000,0,0,0.05")])
        .replace(",u_tap_kg_s", ",tap")
        .replace("3260,", "-3260,")
        .replace("\n10,", "\n0,")
        + "20,,,,,,,,,abc,-5,0,0,0.05\n30,1,2\n40,,,,,,,,,0.02,,0,inf,0\n";
    bad(
        "lundby2022",
        text,
        &[
            "in.csv:1: [PL0106] u_tap_kg_s: there is no column \"u_tap_kg_s\""
                .replace("0106", "0107")
                .as_str(),
            "in.csv:2: [PL0109] m_sl_kg: -3260 is physically impossible; give a value from",
            "in.csv:3: [PL0109] t_s: 0 does not come after 0",
            "in.csv:4: [PL0108] u_al2o3_kg_s: \"abc\" is not a number",
            "in.csv:4: [PL0109] I_A: -5 is physically impossible",
            "in.csv:5: [PL0104] 3 cells under 14 columns",
            "in.csv:6: [PL0108] I_A: \"\" is not a number",
            "in.csv:6: [PL0109] ACD_m: 0 is physically impossible",
            "8 problems",
        ],
    );
}

#[test]
fn bad_tables_are_refused_with_a_remedy() {
    bad("eal500", "", &["in.csv:1: ", "the file is empty; its first line names the columns"]);
    bad("eal500", "\u{feff}\r\n\r\n", &["the file is empty"]);
    bad(
        "eal500",
        "t_s,m_al2o3_kg,m_bath_kg,T_bath_C,L_ledge_m,I_A,feed_kg_min\n",
        &["no rows under the head"],
    );
    bad("eal500", "t_s;I_A;feed_kg_min\n0;1,0;2\n", &["in.csv:1: ", "separate them by commas"]);
    bad("eal500", "a,b\n1,2\n", &["\"t_s\"", "\"L_ledge_m\"", "\"feed_kg_min\"", "7 problems"]);
    bad("eal500", [0x74, 0xff, 0xfe], &["not UTF-8"]);
    bad("yao2017", "t_s,I_A,shot_kg\n0,126000,0\n", &["\"c_exact_pct\" (or \"c_euler_pct\")"]);
    bad("lundby2022", lundby(&[(0.0, "NaN,140000,0,0,0.05")]), &["u_al2o3_kg_s: \"NaN\" is not a number"]);
    bad(
        "lundby2022",
        lundby(&[(0.0, "0,1,0,0,0.05"), (1e9, "0,1,0,0,0.05")]),
        &["in.csv:3: ", "t_s", "1000000000"],
    );
    bad(
        "lundby2022",
        lundby(&[(0.0, "0,1,0,0,0.05")]).replace("ACD_m", "ACD_m,I_A").replace("0.05\n", "0.05,3\n"),
        &["there are several columns \"I_A\""],
    );
    // A thousand bad rows are counted, not listed.
    let rows: Vec<_> = (0..1000).map(|k| (f64::from(k), "x,1,0,0,0.05")).collect();
    bad("lundby2022", lundby(&rows), &["and 950 problems more"]);
}

#[test]
fn a_missing_file_and_a_folder_that_takes_none() {
    let folder = Folder::new("missing");
    let ended = replay("eal500", &folder.path("none.csv"), &folder.path("out.csv"), &[]);
    assert_eq!(ended.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("there is no such file"));
    let ended = replay("eal500", &reference("cell500_C_feed_cycle_tight"), &folder.path("no/out.csv"), &[]);
    assert_eq!(ended.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("create the folder first"));
    for wrong in [&["--rtol", "0"][..], &["--rtol", "1e-20"], &["--rtol", "x"]] {
        let ended = replay("eal500", &reference("cell500_C_feed_cycle_tight"), &folder.path("o.csv"), wrong);
        assert_eq!(ended.status.code(), Some(2));
    }
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_state_that_leaves_the_model_is_an_error_that_names_the_row() {
    // Fed nothing, the cell ends where bubbles cover the anodes: 2.206 % after 1.6 h.
    let rows: Vec<_> = (0..100).map(|k| (600.0 * f64::from(k), "0,140000,0,0,0.05")).collect();
    bad(
        "lundby2022",
        lundby(&rows),
        &["[PL0109] m_al2o3_kg: from t_s = 5400 on: bubbles cover the anodes at 2.2", "feed earlier"],
    );
    // Already past it in the first row.
    let text = lundby(&[(0.0, "0,140000,0,0,0.05")]).replace("470.9302325581395", "300");
    bad("lundby2022", text, &["in.csv:2: [PL0109] m_al2o3_kg: from t_s = 0 on: "]);
    // 650 kA melts the ledge of the 500 kA cell; without feed its alumina is used up.
    let head = "t_s,m_al2o3_kg,m_bath_kg,T_bath_C,L_ledge_m,I_A,feed_kg_min\n";
    let text = format!("{head}0,211.68,7056,965,0.065,650000,6\n100000,,,,,650000,6\n");
    bad("eal500", text, &["in.csv:2: ", "L_ledge_m: from t_s = 0 on: the ledge has melted away"]);
    let text = format!("{head}0,211.68,7056,965,0.065,500000,0\n100000,,,,,500000,0\n");
    bad("eal500", text, &["in.csv:2: ", "m_al2o3_kg: from t_s = 0 on: alumina is used up"]);
    let text = "t_s,c_exact_pct,cu_exact_pct,ACD_exact_cm,I_A,shot_kg\n0,3,0,3,126000,0\n5,,,,126000,0\n9000,,,,126000,0\n";
    bad("yao2017", text, &["in.csv:4: ", "c_exact_pct: from t_s = 9000 on: ", "the voltage has no value"]);
}

//! The commands of the accounts as a script sees them: norms, daily, ledger, reconcile.
#![cfg(feature = "cli")]

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("potline-accounts-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn potline(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_potline"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone before this arrives.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[track_caller]
fn object(args: &[&str], input: &str, code: i32) -> Value {
    let all: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
    let output = potline(&all, input);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["schema_version"], 1);
    value
}

#[track_caller]
fn refused(args: &[&str], input: &str, code: i32, words: &[&str]) {
    let output = potline(args, input);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
}

fn near(value: &Value, want: f64, slack: f64) {
    assert!(value.as_f64().is_some_and(|got| (got - want).abs() <= slack), "{value}, expected {want}");
}

#[test]
fn norms_choose_warming_potentials_grid_and_fume() {
    let norms = |more: &[&str]| {
        let args: Vec<&str> = ["norms", "--dc-kwh-t", "12500"].iter().chain(more).copied().collect();
        object(&args, "", 0)
    };
    let minutes = ["--ae-min-per-pot-day", "0.15"];
    let old = norms(&[&minutes[..], &["--gwp", "ar4"]].concat());
    near(&old["pfc"]["t_co2e_per_t"], (0.021_45 * 7_390.0 + 0.002_145 * 12_200.0) / 1e3, 1e-9);
    let all = norms(&["--grid", "yunnan"]);
    near(&all["co2"]["anodes_t_per_t"], 1.467, 1e-3);
    near(
        &all["co2"]["electricity_t_per_t"],
        all["comprehensive_ac_kwh_per_t"].as_f64().unwrap() * 0.1073e-3,
        1e-9,
    );
    let mix = norms(&["--grid", "coal=0.25,hydro=0.75"]);
    near(&mix["co2"]["grid_kg_per_kwh"], 0.25 * 0.851, 1e-9);
    assert_eq!(all["benchmark"]["standing"], "benchmark");
    let line = norms(&["--alumina-kg-t", "1930", "--current-ka", "500"]);
    assert_eq!(line["conditions"]["broken"], serde_json::json!(["alumina"]));
    assert_eq!(line["conditions"]["not_known"], serde_json::json!(["fluoride-salts"]));
    let calm = norms(&["--fume", "955", "11", "2"]);
    let open = norms(&["--fume", "955", "11", "10"]);
    assert!(open["fluoride"]["roof"].as_f64() > calm["fluoride"]["roof"].as_f64());
    let own = norms(&["--pfc-method", "measured", "--measured", "0.02", "0.05"]);
    near(&own["pfc"]["cf4_kg_t"], 0.02, 1e-12);
    assert_eq!(own["pfc"]["verified"], true);
    for (args, word) in [
        (["--gwp", "ar1"], "ar4, ar5, ar6"),
        (["--grid", "coal=0.5"], "sum to 1"),
        (["--pfc-method", "measured"], "--measured CF4 RATIO"),
        (["--fume", "1"], "3 values required"),
    ] {
        refused(&["norms", "--dc-kwh-t", "12500", args[0], args[1]], "", 2, &[word]);
    }
}

#[test]
fn norms_print_every_figure_with_its_source() {
    let figures = object(&["norms", "--figures"], "", 0)["figures"].as_array().unwrap().clone();
    assert!(figures.len() > 80);
    assert!(
        figures
            .iter()
            .all(|f| f["source"].as_str().is_some_and(|s| !s.is_empty()) && f["verified"].is_boolean())
    );
    refused(&["norms"], "", 2, &["--dc-kwh-t"]);
}

#[test]
fn norms_bill_a_run_hour_by_hour() {
    let folder = Folder::new("bill");
    let (hours, spot) = (folder.path("hourly.csv"), folder.path("spot.csv"));
    let rows: String = (0..24).map(|hour| format!("{hour},1,985,0.08\n")).collect();
    fs::write(&hours, format!("time_h,hours,dc_kwh,metal_t\n{rows}")).unwrap();
    let args = [
        "norms",
        "--dc-kwh-t",
        "12500",
        "--aux-kwh-t",
        "830",
        "--prices",
        "examples/prices.toml",
        "--hours",
        &hours,
    ];
    let report = object(&args, "", 0);
    // 1 MWh an hour at the rectifier; 15 MW by contract, of which 14 are sold again.
    let bill = &report["bill"];
    near(&bill["energy_kwh"], 24_000.0, 1e-6);
    near(&bill["contract_yuan"], 24.0 * 15_000.0 * 0.40, 1e-6);
    near(&bill["market_yuan"], -14_000.0 * (8.0 * 0.675 + 8.0 * 0.225 + 8.0 * 0.45), 1e-6);
    assert_eq!(report["tier"]["rule"], "example province, 2025");
    near(&report["tier"]["surcharge_yuan_per_kwh"], 0.12, 1e-12);
    fs::write(&spot, "time_h,yuan_per_kwh\n0,0.4\n12,0.5\n").unwrap();
    let with_spot = object(&[&args[..], &["--spot", &spot]].concat(), "", 0);
    near(&with_spot["bill"]["market_yuan"], -14_000.0 * 12.0 * 0.9, 1e-6);
    fs::write(&hours, "time_h,hours,dc_kwh,metal_t\n1,1,985,0.08\n0,1,x,0.08\n").unwrap();
    refused(&args, "", 78, &["hourly.csv", "\"x\" is not a number", "put the rows in order"]);
}

#[test]
fn a_run_leaves_its_daily_reports() {
    let folder = Folder::new("daily");
    let (scenario, out) = (folder.path("short.toml"), folder.path("out"));
    fs::write(
        &scenario,
        "version = 1\ncells = 3\nhours = 0.5\n[[event]]\nat_h = 0.2\nkind = \"tap\"\ncell = 3\n",
    )
    .unwrap();
    let kpi = &object(&["simulate", &scenario, "--out", &out], "", 0)["kpi"];
    let read = |name: &str| fs::read_to_string(Path::new(&out).join(name)).unwrap();
    let file: Value = serde_json::from_str(&read("daily.json")).unwrap();
    let records = file["records"].as_array().unwrap();
    assert_eq!((file["schema_version"].as_u64(), records.len()), (Some(1), 3));
    assert!(
        records[2]["tap_time_h"].as_f64().is_some_and(|hour| (0.19..0.25).contains(&hour)),
        "{records:?}"
    );
    assert!(records[0]["tap_time_h"].is_null());
    let voltage = records.iter().map(|record| record["mean_voltage_v"].as_f64().unwrap()).sum::<f64>() / 3.0;
    // The report knows transducers, the key figures the truth.
    near(&kpi["cell_voltage_v"], voltage, 0.02);
    let metal: f64 = records.iter().map(|record| record["metal_kg"].as_f64().unwrap()).sum();
    near(&kpi["metal_t"], metal / 1e3, 1e-9);
    assert_eq!(read("daily.csv").lines().count(), 4);
    assert!(read("daily_zh.csv").starts_with("\u{feff}日,槽号,"));
    assert!(read("daily-001.html").contains("槽日报"));
    assert!(read("hourly.csv").starts_with("time_h,hours,dc_kwh,metal_t\n0,0.5,"));
    let daily = Path::new(&out).join("daily.json").display().to_string();
    let ranking = object(&["daily", &daily, "--worst", "2"], "", 0);
    assert_eq!((&ranking["cells"], ranking["worst"].as_array().unwrap().len()), (&Value::from(3), 2));
    refused(&["daily", &daily, "--day", "9"], "", 78, &["no records of that day"]);
    fs::write(&daily, "{\"schema_version\":2,\"records\":[]}").unwrap();
    refused(&["daily", &daily], "", 78, &["version 2"]);
}

#[test]
fn a_log_is_appended_verified_and_refused_when_it_was_changed() {
    let folder = Folder::new("ledger");
    let log = folder.path("kpi.jsonl");
    let append = |input: &str, code| object(&["ledger", "append", &log], input, code);
    assert_eq!(append("{ \"day\": 1 }\n\n{\"day\":2}\n", 0)["rows"], 2);
    let head = append("{\"day\":3}", 0)["head"].as_str().unwrap().to_owned();
    let verified = object(&["ledger", "verify", &log, "--head", &head], "", 0);
    assert_eq!(
        (&verified["ok"], &verified["rows"], &verified["head"]),
        (&true.into(), &3.into(), &head.clone().into())
    );
    refused(&["ledger", "append", &log], "{\"day\":4}\n[5]", 78, &["stdin, line 2", "one JSON object"]);
    refused(&["ledger", "append", &log], "", 2, &["no rows"]);
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replace("\"day\":2", "\"day\":7")).unwrap();
    let broken = object(&["ledger", "verify", &log], "", 1);
    assert_eq!(broken["findings"], serde_json::json!([{"kind": "altered", "line": 2, "row": 2}]));
    refused(&["ledger", "append", &log], "{}", 78, &["row 2 was altered"]);
    refused(&["ledger", "verify", &folder.path("none")], "", 78, &["none"]);
}

#[test]
fn a_month_is_reconciled_and_its_wrong_meters_are_named() {
    let report = object(&["reconcile", "examples/month.toml"], "", 1);
    let mut names: Vec<&str> =
        report["faults"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ammeter of the line", "tap scale of crane 2"]);
    let folder = Folder::new("month");
    let bad = folder.path("bad.toml");
    let text = fs::read_to_string("examples/month.toml").unwrap();
    fs::write(&bad, text.replace("carbon_per_metal = 0.41", "carbon_per_metal = 4.1")).unwrap();
    for command in ["reconcile", "check"] {
        refused(&[command, &bad], "", 78, &["expected.carbon_per_metal", "outside 0.3 to 0.6"]);
    }
    for file in ["examples/month.toml", "examples/prices.toml"] {
        assert_eq!(object(&["check", file], "", 0)["ok"], true);
    }
    for kind in ["prices", "section"] {
        let output = potline(&["schema", kind], "");
        assert!(String::from_utf8_lossy(&output.stdout).contains("$schema"), "{output:?}");
    }
}

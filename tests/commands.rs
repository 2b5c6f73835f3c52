//! The `potline` command as a script sees it: exit codes, words, one JSON object, files.
#![cfg(all(feature = "cli", unix))]

use potline::image::{CellId, Field, Mode};
use potline::plc::{Bank, BankSettings, Layout, POT500, PlcSettings, PotPlc, RegisterKind, RegisterMap};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest that a command of this file may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    #[track_caller]
    fn with(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for word in words {
            assert!(self.err.contains(word), "\"{word}\" is missing in: {}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// Standard output, which must be exactly one object of our schema.
    #[track_caller]
    fn object(&self) -> Value {
        let value: Value =
            serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err));
        assert!(value.is_object() && value["schema_version"] == 1, "{value}");
        value
    }
}

/// A command under way; ended, whatever becomes of the test.
struct Running {
    child: Child,
    out: Option<JoinHandle<String>>,
    err: BufReader<std::process::ChildStderr>,
    heard: String,
    /// Dropped with the rest, which calls the guard off.
    _guard: Sender<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // A failed test leaves no command behind; on one that has ended this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(name: &str, process: u32) -> bool {
    let kill = format!("kill -{name} {process}");
    Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success())
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let err = BufReader::new(child.stderr.take().unwrap());
        let out = std::thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        // Whoever waits for words that never come sees the end of the stream instead.
        let (guard, over) = channel();
        let process = child.id();
        std::thread::spawn(move || {
            if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                signal("KILL", process);
            }
        });
        Self { child, out: Some(out), err, heard: String::new(), _guard: guard }
    }

    /// Reads standard error until a line holds `mark`.
    #[track_caller]
    fn wait_for(&mut self, mark: &str) {
        loop {
            let from = self.heard.len();
            let read = self.err.read_line(&mut self.heard).unwrap();
            assert!(read > 0, "ended before saying \"{mark}\": {}", self.heard);
            if self.heard[from..].contains(mark) {
                return;
            }
        }
    }

    /// What Ctrl-C does.
    fn interrupt(&self) {
        assert!(signal("INT", self.child.id()));
    }

    fn over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    fn end(mut self) -> Ended {
        self.err.read_to_string(&mut self.heard).unwrap();
        let out = self.out.take().unwrap().join().unwrap();
        let code = self.child.wait().unwrap().code();
        Ended { code, out, err: std::mem::take(&mut self.heard) }
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_potline"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

fn potline(args: &[&str]) -> Ended {
    Running::start(args).end()
}

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().into()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port on which nobody listens.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn control_file(folder: &Folder, address: &str) -> String {
    let text = format!("version = 1\nperiod_ms = 50\n\n[[plc]]\ncell = 1\nendpoint = \"tcp://{address}\"\n");
    folder.write("control.toml", &text)
}

/// One emulated PLC in this process, which shows a steady cell.
struct Plc {
    bank: Bank,
    layout: Arc<Layout>,
    field: Field,
}

impl Plc {
    fn open(plc_version: u16) -> Self {
        let mut map = RegisterMap::pot500().unwrap();
        map.plc_version = plc_version;
        let layout = Arc::new(map.compile().unwrap());
        // Its own interval is far from what a controller hands over.
        let settings = PlcSettings { fallback_interval_s: 90.0, ..PlcSettings::default() };
        let plc = PotPlc::new(CellId(1), Arc::clone(&layout), &settings).unwrap();
        let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, vec![plc]).unwrap();
        let field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
        let mut plc = Self { bank, layout, field };
        plc.scan();
        plc
    }

    fn address(&self) -> String {
        self.bank.addresses()[0].to_string()
    }

    /// One scan of 0.1 s; how many solenoids are on after it.
    fn scan(&mut self) -> usize {
        self.field.time += 0.1;
        self.bank.scan(0, 0.1, &self.field).unwrap().feeders.len()
    }

    fn untouched(&self) -> bool {
        let (start, count) = (self.layout.write_start, self.layout.write_count);
        let zero = |plc: &mut PotPlc| {
            plc.read(RegisterKind::Holding, start, count).unwrap().iter().all(|word| *word == 0)
        };
        self.bank.with(0, zero).unwrap()
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[track_caller]
fn has_keys(value: &Value, wanted: &str) {
    for key in wanted.split_whitespace() {
        assert!(value.get(key).is_some(), "{key} is missing among {:?}", keys(value));
    }
}

/// The KPI object of the contract.
const KPI: &str = "dc_kwh_per_t ac_kwh_per_t cell_voltage_v current_efficiency metal_t alumina_pct_mean \
    alumina_pct_sigma alumina_pct_p01 ae_per_pot_day ae_minutes_per_pot_day pfc_t_co2e_per_t \
    bath_temperature_c_mean bath_temperature_c_sigma superheat_c_mean superheat_c_sigma \
    superheat_outside_share acd_mm_mean ledge_mm_min \
    sludge_kg_mean noise_lf_mv_p95 beam_moves_per_pot_day beam_travel_mm_per_pot_day feed_total_variation \
    alarms_per_pot_day safety_gate_failures alumina_estimate_rms_pct alumina_estimate_coverage basis";

#[test]
fn three_errors_of_one_file_are_all_told_with_line_value_and_remedy() {
    let folder = Folder::new("three");
    let text = "version = 1\nhourz = 24.0\n\n[plant]\nshot_kg = 9.0\n\n[control.feed]\nunder_pct = \"low\"\n";
    let file = folder.write("bad.toml", text);
    for args in [&["simulate", &file][..], &["check", &file]] {
        let ended = potline(args).with(
            78,
            &[
                "bad.toml:2:",
                "hourz: unknown field; did you mean `hours`?",
                // The unit stands in the name of the field.
                "bad.toml:5:",
                "plant.shot_kg: 9 is outside 0.3 to 5",
                "bad.toml:8:",
                "control.feed.under_pct: expected a number, found string \"low\"",
            ],
        );
        assert!(ended.err.contains("3 problems") || ended.out.contains("3 problems"), "{ended:?}");
    }
    let report = potline(&["check", "--json", &file]).with(78, &[]).object();
    let lines: Vec<_> =
        report["problems"].as_array().unwrap().iter().map(|p| p["line"].as_u64().unwrap()).collect();
    assert_eq!((report["ok"].as_bool(), lines), (Some(false), vec![2, 5, 8]));
    for problem in report["problems"].as_array().unwrap() {
        has_keys(problem, "code file line field message");
    }
    // A command that could not begin has no result: nothing on stdout.
    assert_eq!(potline(&["simulate", "--json", &file]).out, "");
}

#[test]
fn two_controllers_on_one_pot_are_refused() {
    let folder = Folder::new("twins");
    let plc = |port| format!("\n[[plc]]\ncell = 1\nendpoint = \"tcp://127.0.0.1:{port}\"\n");
    let file = folder.write("twins.toml", &format!("version = 1\n{}{}", plc(5020), plc(5021)));
    let words = ["twins.toml:8:", "plc[1].cell", "cell 1 already has plc[0]", "give each cell one PLC"];
    potline(&["control", &file]).with(78, &words);
    potline(&["check", "--no-environment", &file]).with(78, &words);
}

#[test]
fn points_of_a_map_that_share_a_register_are_named() {
    let folder = Folder::new("overlap");
    let text = POT500.replace("offset = 11, type = \"f32\"", "offset = 10, type = \"f32\"");
    assert_ne!(text, POT500);
    let line = 1 + POT500.lines().position(|line| line.contains("\"current\"")).unwrap();
    let file = folder.write("map.toml", &text);
    let place = format!("map.toml:{line}:");
    let words = [&place[..], "current stands on a register of voltage", "[overlap]"];
    let ended = potline(&["map", "check", &file]).with(78, &words);
    assert_eq!(ended.out.trim(), "1 problem");
    potline(&["check", &file]).with(78, &words);
}

#[test]
fn a_telegraf_configuration_begins_a_map_and_the_rest_is_named() {
    let folder = Folder::new("telegraf");
    let file = folder.write(
        "telegraf.conf",
        "[[inputs.modbus]]\n[[inputs.modbus.request]]\nregister = \"input\"\nbyte_order = \"CDAB\"\n\
         fields = [{ address = 7, name = \"voltage\", type = \"FLOAT32\" },\n\
         { address = 9, name = \"energy\", type = \"UINT64\" }]\n",
    );
    let map = folder.path("map.toml");
    let words = ["energy: type UINT64", "voltage: unit must be V or mV", "no point current"];
    let ended = potline(&["map", "import-telegraf", &file, "--out", &map, "--json"]).with(0, &words);
    assert_eq!(ended.object()["points"][0]["register"], 7);
    // What is left to do stops the map from being used.
    potline(&["map", "check", &map]).with(78, &["voltage: unit must be V or mV"]);
    potline(&["map", "import-telegraf", &map]).with(78, &["no [[inputs.modbus]]"]);
}

#[test]
fn the_speed_of_the_machine_adds_up() {
    let speed = potline(&["speed", "--seconds", "1", "--json"]).with(0, &[]).object();
    let number =
        |path: &str| speed.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path}: {speed}"));
    let at = |name: &str| number(&format!("/control_tick_ns/{name}"));
    assert!(at("p50") <= at("p99") && at("p99") <= at("p999") && at("p999") <= at("max"), "{speed}");
    assert!((number("/cells_per_core_at_1hz") * at("mean") / 1e9 - 1.0).abs() < 1e-3, "{speed}");
    // A cell-second is a tick and a plant step: what is told of both and of the whole must agree.
    let second = (at("mean") + number("/plant_step_ns")) * 1e-9;
    assert!((number("/cell_days_per_s") * 86_400.0 * second - 1.0).abs() < 1e-6, "{speed}");
    assert!(number("/lundby_rk4_steps_per_s") > 1e4, "{speed}");
    let bins = speed["control_tick_histogram"].as_array().unwrap_or_else(|| panic!("{speed}"));
    let ticks: u64 = bins.iter().filter_map(|bin| bin["ticks"].as_u64()).sum();
    assert_eq!(Some(ticks), speed["cell_seconds"].as_u64(), "each tick lies in one bin: {speed}");
    potline(&["speed", "--seconds", "0"]).with(2, &["--seconds"]);
}

#[test]
fn the_norms_give_the_hand_computed_figures() {
    let norms = |args: &[&str]| {
        let all: Vec<&str> = ["norms", "--json"].iter().chain(args).copied().collect();
        potline(&all).with(0, &[]).object()
    };
    let near = |value: &Value, expected: f64, slack: f64| {
        let got = value.as_f64().unwrap();
        assert!((got - expected).abs() <= slack, "{got}, expected {expected}");
    };
    // 3.95 V at a current efficiency of 0.94; 13,520 kWh/t comprehensive in three years.
    let cell = norms(&["--dc-kwh-t", "12523", "--aux-kwh-t", "807"]);
    near(&cell["ac_kwh_per_t"], 12_713.0, 1.0);
    for (year, yuan) in [("2022", 0.0), ("2023", 541.0), ("2025", 1_487.0)] {
        let tier = &norms(&["--dc-kwh-t", "12522.7", "--aux-kwh-t", "806.5", "--year", year])["tier"];
        near(&tier["surcharge_yuan_per_t"], yuan, 0.5);
        assert_eq!(tier["verified"], false);
    }
    near(&norms(&["--dc-kwh-t", "12500"])["pfc"]["t_co2e_per_t"], 0.2632, 5e-5);
    for (method, weight) in [("cets2024", 0.1660), ("eu-pfpb-m", 0.1133)] {
        let pfc = norms(&["--dc-kwh-t", "12500", "--ae-min-per-pot-day", "0.15", "--pfc-method", method]);
        near(&pfc["pfc"]["t_co2e_per_t"], weight, 5e-5);
    }
    let latest = norms(&["--dc-kwh-t", "12700"]);
    assert_eq!(latest["gb21346"]["liquid_level"], 1);
    assert_eq!(latest["gb21346"]["edition"], "GB 21346-2022");
    assert!(norms(&["--dc-kwh-t", "13500"])["gb21346"]["liquid_level"].is_null());
    potline(&["norms", "--dc-kwh-t", "12"]).with(2, &["--dc-kwh-t 12", "10000 to 20000"]);
    let words = ["overvoltage needs --overvoltage AEO CE"];
    potline(&["norms", "--dc-kwh-t", "12500", "--pfc-method", "overvoltage"]).with(2, &words);
}

#[test]
fn a_missing_file_is_named() {
    for command in ["simulate", "control", "check"] {
        potline(&[command, "no/such.toml"]).with(78, &["no/such.toml", "there is no such file"]);
    }
}

#[test]
fn an_unreachable_plc_is_69() {
    let folder = Folder::new("nobody");
    let address = format!("127.0.0.1:{}", free_port());
    let file = control_file(&folder, &address);
    potline(&["control", &file, "--once"]).with(69, &[&address, "can be reached"]);
    let report = potline(&["check", "--json", &file]).with(69, &[&address, "cell 1", "--no-environment"]);
    assert_eq!(report.object()["problems"][0]["code"], "PL0201");
    potline(&["check", "--no-environment", &file]).with(0, &[]);
}

#[test]
fn a_plc_of_another_map_version_is_78_and_never_written_to() {
    let folder = Folder::new("version");
    let plc = Plc::open(502);
    let file = control_file(&folder, &plc.address());
    potline(&["control", &file, "--duration", "300ms"]).with(78, &["cell 1", "501", "502"]);
    assert!(plc.untouched());
}

#[test]
fn a_plc_of_another_map_version_is_told_of_at_once() {
    let folder = Folder::new("version-told");
    let plc = Plc::open(502);
    let file = control_file(&folder, &plc.address());
    // A run without end: the word must come before it.
    let mut running = Running::start(&["control", &file]);
    running.wait_for("version 501 expected, the PLC shows 502");
    running.interrupt();
    running.end().with(78, &["nothing is asked of it"]);
}

#[test]
fn a_port_in_use_is_69() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    potline(&["plc", "--cells", "1", "--port", &address.port().to_string()])
        .with(69, &[&address.to_string()]);
}

#[test]
fn a_folder_that_takes_no_files_is_78_before_the_work_begins() {
    let folder = Folder::new("unwritable");
    // Below a regular file nobody can create anything, not even root.
    let file = folder.write("file", "");
    let out = format!("{file}/out");
    let ended =
        potline(&["demo", "--cells", "1", "--hours", "0.1", "--out", &out]).with(78, &[&out, "--out"]);
    assert!(!ended.err.contains('%'), "the work began: {}", ended.err);
    let scenario = folder.write("s.toml", "version = 1\ncells = 1\nhours = 1.0\n");
    potline(&["simulate", &scenario, "--out", &out]).with(78, &[&out, "--out"]);
    let config = format!("{file}/control.toml");
    potline(&["plc", "--port", "0", "--write-config", &config]).with(78, &[&config]);
}

#[test]
fn wrong_usage_is_2() {
    for args in [
        &[][..],
        &["dmeo"],
        &["demo", "--cells", "0"],
        &["demo", "--hours", "0"],
        &["demo", "--hours", "nan"],
        &["simulate"],
        &["control", "x.toml", "--duration", "5"],
        &["control", "x.toml", "--duration", "-5s"],
        &["plc", "--speedup", "0"],
        &["schema", "poem"],
        &["voltage", "--set", "acd_cmm=4"],
    ] {
        let ended = potline(args).with(2, &[]);
        assert!(ended.out.is_empty() && !ended.err.is_empty(), "{args:?}: {ended:?}");
    }
    potline(&["dmeo"]).with(2, &["demo"]);
    potline(&["voltage", "--set", "acd_cmm=4"]).with(2, &["Did you mean acd_cm?"]);
}

#[test]
fn json_is_exactly_one_object_for_every_command() {
    let folder = Folder::new("json");
    let scenario = folder.write("s.toml", "version = 1\ncells = 2\nhours = 1.0\n");
    let json = |args: &[&str]| potline(&[args, &["--json"]].concat()).with(0, &[]).object();

    let bath = ["--temperature-c", "960", "--alf3", "11", "--caf2", "5", "--al2o3", "2.5"];
    let keys = "liquidus_c liquidus_source superheat_c alumina_saturation_pct conductivity_s_per_cm \
        density_g_per_cm3 reversible_emf_v bath_ratio cryolite_ratio warnings";
    has_keys(&json(&[&["properties"][..], &bath].concat()), keys);

    let keys = "cell_v reversible_v anode_surface_v anode_concentration_v cathode_concentration_v bath_v \
        bubble_v anode_v cathode_v external_v conductivity_s_per_cm i_anode_a_cm2 i_critical_a_cm2 \
        bubble_coverage bubble_thickness_cm";
    has_keys(&json(&["voltage"]), keys);

    let simulated = json(&["simulate", &scenario]);
    has_keys(&simulated, "scenario strategy seed cells days wall_s cell_days_per_s kpi");
    has_keys(&simulated["kpi"], KPI);

    let args =
        ["trial", "--scenarios", &scenario, "--strategies", "demand,ekf", "--seeds", "2", "--days", "0.02"];
    let compared = json(&args);
    has_keys(&compared, "results threads wall_s");
    let results = compared["results"].as_array().unwrap();
    let names: Vec<_> = results.iter().map(|result| &result["strategy"]).collect();
    assert_eq!(names, ["demand", "ekf", "oracle"]);
    for result in results {
        has_keys(result, "scenario strategy seeds score gates_failed kpi");
        has_keys(&result["kpi"]["alumina_pct_sigma"], "mean ci95 cell worst_cell difference");
    }

    let map = folder.write("map.toml", POT500);
    assert_eq!(json(&["map", "check", &map])["problems"], serde_json::json!([]));
    assert!(json(&["map", "dump"])["points"].as_array().unwrap().len() > 20);
    assert_eq!(json(&["check", &scenario])["ok"], true);

    let plc = Plc::open(501);
    let once = json(&["control", &control_file(&folder, &plc.address()), "--once"]);
    has_keys(&once, "scans late_scans plc tick_us kpi");
    has_keys(&once["plc"], "connected stale faults");
    has_keys(&once["tick_us"], "p50 p99 max");
    has_keys(&once["kpi"], KPI);
    assert_eq!((&once["scans"], &once["kpi"]["basis"]), (&1.into(), &"measured".into()));
    assert!(once["kpi"]["metal_t"].is_null(), "metal cannot be measured by a PLC");
    assert!(plc.untouched(), "--once wrote something");
}

#[test]
fn the_demo_keeps_its_contract() {
    let folder = Folder::new("demo");
    let out = folder.path("out");
    let args = ["demo", "--hours", "0.5", "--cells", "3", "--json", "--out", &out];
    let result = potline(&args).with(0, &["demo: 10 %", "demo: 100 %"]).object();
    has_keys(&result, "cells simulated_hours wall_s speedup modbus kpi report");
    has_keys(&result["modbus"], "requests errors p50_us p99_us");
    has_keys(&result["kpi"], KPI);
    assert_eq!((&result["cells"], &result["simulated_hours"]), (&3.into(), &0.5.into()));
    assert_eq!(result["modbus"]["errors"], 0);
    assert!(result["modbus"]["requests"].as_u64().unwrap() >= 2 * 3 * 1_800);
    assert_eq!(result["kpi"]["basis"], "truth");
    assert!(Path::new(result["report"].as_str().unwrap()).is_file());
    complete(Path::new(&out), 3, 30, 0);

    // The same seed again: the same plant, to the last bit.
    let again = potline(&args).with(0, &[]).object();
    assert_eq!(result["kpi"], again["kpi"]);
}

/// Every file of a run of `minutes` is there and whole, and nothing else.
#[track_caller]
/// `days` of daily reports stand beside a run of `simulate`.
fn complete(folder: &Path, cells: usize, minutes: usize, days: usize) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for (name, lines) in [("trends.csv", Some(1 + cells * minutes)), ("percentiles.csv", None)] {
        let text = read(name);
        let columns = text.lines().next().unwrap().split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == columns), "{name}");
        assert!(lines.is_none_or(|lines| text.lines().count() == lines), "{name}");
    }
    assert!(read("report.html").trim_end().ends_with("</html>"));
    has_keys(&serde_json::from_str(&read("kpi.json")).unwrap(), KPI);
    assert!(read("events.csv").starts_with("time_h,cell,event\n") && read("events.csv").ends_with('\n'));
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut expected: Vec<String> = (1..=days).map(|day| format!("daily-{day:03}.html")).collect();
    let daily: &[&str] =
        if days > 0 { &["daily.csv", "daily.json", "daily_zh.csv", "hourly.csv"] } else { &[] };
    let always = ["events.csv", "kpi.json", "percentiles.csv", "report.html", "trends.csv"];
    expected.extend(always.iter().chain(daily).map(|name| (*name).to_string()));
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_trial_that_proves_nothing_is_refused_and_one_that_is_stopped_says_so() {
    let folder = Folder::new("trial");
    let known = folder.write("known.toml", "version = 1\ncells = 2\n[plant]\nspread_pct = 0.0\n");
    potline(&["trial", "--scenarios", &known]).with(78, &["plant.spread_pct", "controllers know the plant"]);
    potline(&["trial", "--strategies", "wizard"]).with(78, &["--strategies", "wizard", "demand-guarded"]);
    potline(&["trial", "--scenarios", "S99"]).with(78, &["S99"]);
    potline(&["trial", "--cells", "0"]).with(78, &["S1: cells"]);

    let out = folder.path("out");
    let args = "trial --scenarios S1 --no-score --cells 1 --days 0.5 --seeds 40 --threads 1 --json --out";
    let args: Vec<&str> = args.split(' ').chain([&out[..]]).collect();
    let mut running = Running::start(&args);
    running.wait_for(": 10 %");
    running.interrupt();
    let result = running.end().with(130, &[]).object();
    assert_eq!(result["partial"], true);
    let finished = result["results"][0]["seeds"].as_array().unwrap().len();
    assert!((1..40).contains(&finished), "{finished}");
    // The section and its only cell, for each run.
    let rows = std::fs::read_to_string(Path::new(&out).join("runs.csv")).unwrap().lines().count() - 1;
    assert_eq!(rows % 2, 0);
    assert!(rows / 2 >= finished);
}

#[test]
fn ctrl_c_ends_demo_and_simulate_with_whole_files_marked_partial() {
    let folder = Folder::new("interrupt");
    let scenario = folder.write("long.toml", "version = 1\ncells = 2\nhours = 480.0\n");
    let runs = [
        ("simulated_hours", 24.0, vec!["demo", "--cells", "2", "--hours", "24"]),
        ("days", 20.0, vec!["simulate", &scenario]),
    ];
    for (length, whole, mut args) in runs {
        let out = folder.path(args[0]);
        args.extend(["--json", "--out", &out]);
        let mut running = Running::start(&args);
        running.wait_for(": 10 %");
        running.interrupt();
        let result = running.end().with(130, &[]).object();
        assert_eq!(result["partial"], true);
        let done = result[length].as_f64().unwrap();
        assert!(done > 0.09 * whole && done < 0.9 * whole, "{}: {done} of {whole}", args[0]);
        let report = std::fs::read_to_string(Path::new(&out).join("report.html")).unwrap();
        assert!(report.contains("partial result"));
        let (minutes, days) =
            if length == "days" { (done * 1_440.0, done.ceil() as usize) } else { (done * 60.0, 0) };
        complete(Path::new(&out), 2, (minutes + 1e-6) as usize, days);
    }
}

#[test]
fn ctrl_c_leaves_the_plc_in_its_fallback() {
    // Given a PLC under control: several heartbeats have come.
    let folder = Folder::new("control");
    let mut plc = Plc::open(501);
    let mut running = Running::start(&["control", &control_file(&folder, &plc.address()), "--json"]);
    let deadline = Instant::now() + PATIENCE;
    let mut heartbeats = 0;
    while heartbeats < 5 {
        assert!(Instant::now() < deadline && !running.over(), "no heartbeat");
        heartbeats += u32::from(plc.bank.wait_all_heartbeats(Duration::from_millis(20)));
        plc.scan();
    }
    // When the service is interrupted.
    running.interrupt();
    while !running.over() {
        assert!(Instant::now() < deadline, "does not end");
        std::thread::sleep(Duration::from_millis(20));
        plc.scan();
    }
    let result = running.end().with(130, &["stopping"]).object();
    assert!(result["scans"].as_u64().unwrap() >= 5 && result["plc"]["connected"] == 1);
    // Then the PLC misses it after ten seconds and feeds on its own, at the interval handed over.
    assert!(!plc.bank.with(0, |plc| plc.comms_lost()).unwrap());
    let (mut lost, mut strokes, mut before) = (None, Vec::new(), 0);
    for scan in 0..700 {
        let on = plc.scan();
        if on > before {
            strokes.push(scan);
        }
        before = on;
        if lost.is_none() && plc.bank.with(0, |plc| plc.comms_lost()).unwrap() {
            lost = Some(scan);
        }
    }
    assert!(lost.is_some_and(|scan| scan <= 100), "{lost:?}");
    let gaps: Vec<i32> = strokes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(strokes.len() >= 2 && gaps.iter().all(|gap| (180..260).contains(gap)), "{strokes:?}");
}

#[test]
fn ctrl_c_ends_emulated_plcs() {
    let folder = Folder::new("plc");
    let config = folder.path("control.toml");
    let running =
        Running::start(&["plc", "--cells", "2", "--port", "0", "--write-config", &config, "--json"]);
    let deadline = Instant::now() + PATIENCE;
    // The file appears as a whole, so once it is there it can be used.
    while !Path::new(&config).exists() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(5));
    }
    potline(&["check", &config]).with(0, &[]);
    running.interrupt();
    let result = running.end().with(130, &[]).object();
    assert_eq!(result["endpoints"].as_array().unwrap().len(), 2);
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_accident() {
    for args in [&["schema", "scenario"][..], &["map", "dump"], &["map", "dump", "--json"], &["--help"]] {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), &err[..]), (Some(0), ""), "{args:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_could_not_be_printed_is_an_error() {
    for args in [&["schema", "scenario"][..], &["map", "dump"], &["voltage", "--json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = command(args).stdout(full).output().unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(78), "{args:?}: {err}");
        assert!(err.contains("cannot write the result to stdout"), "{err}");
    }
}

#[test]
fn a_file_that_cannot_be_finished_leaves_nothing_behind() {
    // A limit on the size of a file fails in the middle of a write, as a full disk does, and needs
    // neither root nor a file system of its own.
    let folder = Folder::new("limit");
    for (name, record) in [("end", ""), ("meanwhile", "[record]\nfull = true\n")] {
        let text = format!("version = 1\ncells = 1\nhours = 12.0\n{record}");
        let scenario = folder.write("s.toml", &text);
        let out = folder.path(name);
        let ended = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_potline")])
            .args(["simulate", &scenario, "--out", &out])
            .output()
            .unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(78), "{err}");
        assert!(err.contains("cannot write") && err.contains("trends.csv"), "{err}");
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0, "half a file was left");
    }
}

#[test]
fn every_example_file_passes_its_check() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let examples: Vec<_> =
        files.iter().filter(|file| file.extension().is_some_and(|e| e == "toml")).collect();
    assert!(examples.len() >= 2);
    for file in examples {
        let ended = potline(&["check", "--no-environment", file.to_str().unwrap()]).with(0, &[]);
        assert!(ended.out.contains(": ok"), "{ended:?}");
    }
}

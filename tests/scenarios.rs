//! A scenario that cannot be is refused before it runs: exit 78, the line, and what to do.
#![cfg(feature = "cli")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn potline(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_potline"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command.output().unwrap()
}

/// A scenario file, gone with its test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let file = format!("{name}-{}.toml", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const HEAD: &str = "version = 1\ncells = 2\nhours = 24.0\n";

/// Both commands refuse `text` with exit 78, at line `line` of `field`, with `remedy` in the message.
#[track_caller]
fn refused(name: &str, text: &str, line: u64, field: &str, remedy: &str) {
    let file = File::new(name, text);
    let out = potline(&["simulate", file.path()]);
    let words = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(78), "{words}");
    assert!(words.contains(&format!("{}:{line}:", file.path())), "line {line} is not named: {words}");
    assert!(words.contains(remedy), "no remedy: {words}");

    let out = potline(&["check", "--json", file.path()]);
    assert_eq!(out.status.code(), Some(78));
    let result: Value = serde_json::from_slice(&out.stdout).unwrap();
    let problems = result["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!((problems[0]["line"].as_u64(), problems[0]["field"].as_str()), (Some(line), Some(field)));
}

#[track_caller]
fn accepted(name: &str, text: &str) {
    let file = File::new(name, text);
    let out = potline(&["check", file.path()]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_file_that_is_not_there() {
    let out = potline(&["simulate", "there/is/no/such.toml"]);
    let words = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(78), "{words}");
    assert!(words.contains("such.toml") && words.contains("check the path"), "{words}");
}

#[test]
fn a_field_that_no_event_has() {
    let text = format!("{HEAD}[[event]]\nat_h = 1.0\nkind = \"tap\"\nmetals_kg = 3000.0\n");
    refused("unknown", &text, 7, "event[0].metals_kg", "did you mean `metal_kg`?");
}

#[test]
fn a_field_that_belongs_to_another_kind() {
    let text = format!("{HEAD}[[event]]\nat_h = 1.0\nkind = \"tap\"\nfeeder = 3\n");
    refused("foreign", &text, 7, "event[0].feeder", "remove the rest");
    let text = format!(
        "{HEAD}[[event]]\nat_h = 1.0\nkind = \"curtailment\"\nshare_pct = 90.0\nminutes = 60.0\ncell = 1\n"
    );
    refused("foreign-cell", &text, 9, "event[0].cell", "remove the rest");
}

#[test]
fn a_field_that_a_kind_cannot_do_without() {
    let text = format!("{HEAD}[[event]]\nat_h = 1.0\nkind = \"spike\"\nanode = 7\n");
    refused("missing", &text, 4, "event[0].length_mm", "add what is missing");
}

#[test]
fn events_out_of_order() {
    let text = format!(
        "{HEAD}[[event]]\nat_h = 1.0\nkind = \"tap\"\n[[event]]\nat_h = 12.0\nkind = \"tap\"\n[[event]]\nat_h = 10.0\nkind = \"tap\"\n"
    );
    refused(
        "unsorted",
        &text,
        11,
        "event[2].at_h",
        "10 does not go with the later at_h of the event above it = 12",
    );
    accepted("sorted", &text.replace("at_h = 10.0", "at_h = 12.0"));
}

#[test]
fn more_distance_than_the_metal_leaves_room_for() {
    let text = format!("{HEAD}[plant]\nstart_acd_mm = 55.0\nstart_metal_mm = 340.0\n");
    refused("cavity", &text, 5, "plant.start_acd_mm", "start with less metal or a smaller distance");
    accepted("cavity-ok", &text.replace("340.0", "300.0"));
}

#[test]
fn a_beam_outside_its_stroke() {
    let text = format!("{HEAD}[plant]\nstart_beam_mm = 350.0\n");
    refused("stroke", &text, 5, "plant.start_beam_mm", "start the beam within its stroke");
    let text = format!("{HEAD}[routine]\nbeam_home_mm = 290.0\n");
    refused("home", &text, 5, "routine.beam_home_mm", "lower beam_home_mm or beam_margin_mm");
}

#[test]
fn a_tap_deeper_than_the_metal() {
    let text = format!("{HEAD}[plant]\nstart_metal_mm = 130.0\n[routine]\ntap_every_h = 48.0\n");
    refused("heel", &text, 5, "plant.start_metal_mm", "start with more metal or tap more often");
}

#[test]
fn too_few_feeders() {
    let text = format!("{HEAD}[plant]\nfeeders = 3\n");
    refused("feeders", &text, 5, "plant.feeders", "3 is outside 4 to 8");
}

#[test]
fn every_kind_of_event_is_accepted_with_what_it_needs() {
    let kinds = [
        ("tap", "cell = 1"),
        ("double-tap", "cell = 1"),
        ("bath-tap", "bath_kg = 200.0"),
        ("bath-add", "bath_kg = 200.0"),
        ("alf3-dose", "alf3_kg = 50.0"),
        ("anode-change", "anode = 48\noffset_mm = 10.0\ntemperature_c = 450.0"),
        ("beam-raise", ""),
        ("dress-cover", ""),
        ("hood-open", "minutes = 5.0"),
        ("manual", ""),
        ("forgotten-switch", ""),
        ("force-effect", ""),
        ("spike", "anode = 3\nlength_mm = 20.0"),
        ("slipped-anode", "anode = 3\ndrop_mm = 10.0"),
        ("ore-change", "soda_pct = 0.6\nfines_pct = 20.0"),
        ("shell-cooling", "cooling_w_per_k = 100.0"),
        ("stuck-feeder", "feeder = 6"),
        ("blocked-hole", "feeder = 6"),
        ("empty-hopper", "feeder = 6\nhopper_kg = 20.0"),
        ("feeder-leak", "feeder = 6\nleak_kg_per_h = 10.0"),
        ("double-shot", "feeder = 6\nprobability_pct = 10.0"),
        ("feeder-gain", "feeder = 6\ngain_pct = -20.0"),
        ("frozen-sensor", "sensor = \"voltage\""),
        ("dead-sensor", "sensor = \"beam\""),
        ("line-current", "current_ka = 480.0"),
        ("curtailment", "share_pct = 90.0\nminutes = 240.0\nramp_minutes = 10.0"),
        ("load-shedding", "shed_pct = 20.0\nminutes = 60.0"),
        ("line-trip", "minutes = 30.0\nrestart_minutes = 60.0"),
        ("rectifier-trip", "groups = 1"),
    ];
    let mut text = String::from(HEAD);
    for (kind, fields) in kinds {
        text += &format!("[[event]]\nat_h = 1.0\nkind = \"{kind}\"\n{fields}\n");
    }
    accepted("kinds", &text);
}

#[test]
fn the_examples_are_sound() {
    for file in ["examples/one_day.toml", "examples/one_week.toml"] {
        let out = potline(&["check", file]);
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    }
}

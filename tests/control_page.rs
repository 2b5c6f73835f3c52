//! The tables of `docs/control.md` are written from the settings and the alarms themselves.
//!
//!     POTLINE_BLESS=1 cargo test --test control_page
//!
//! renews what stands between `<!-- table: NAME -->` and `<!-- end -->`; without it the test fails
//! as soon as a unit, default or range on the page is not that of the code. Prose is written by hand.
#![cfg(feature = "cli")]

use serde_json::Value;
use std::process::Command;

fn schema() -> Value {
    let run = Command::new(env!("CARGO_BIN_EXE_potline")).args(["schema", "control"]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

/// Meaning, unit and range of a description like `Dead band \[mV\], 1..50. More words.`
fn taken_apart(description: &str) -> (String, String, String) {
    let text = description.replace('\n', " ").replace("\\[", "[").replace("\\]", "]");
    let (before, unit, after) = match (text.find('['), text.find(']')) {
        (Some(open), Some(close)) if open < close => {
            (text[..open].trim(), text[open + 1..close].to_string(), text[close + 1..].trim())
        }
        _ => (text.trim(), String::new(), ""),
    };
    // The range is the first `a..b` of what follows the unit, or of the whole where there is none.
    let rest = if unit.is_empty() { before } else { after };
    let is_range = |word: &&str| word.trim_matches(|c: char| ",.;".contains(c)).contains("..");
    let range = rest.split_whitespace().find(is_range).map_or(String::new(), |word| {
        word.trim_matches(|c: char| ",;".contains(c)).trim_end_matches('.').replace("..", " to ")
    });
    let mut meaning = before.to_string();
    if unit.is_empty() {
        if let Some(word) = rest.split_whitespace().find(is_range) {
            meaning = meaning.replacen(word, "", 1);
        }
    } else {
        let tail = after.split_whitespace().filter(|word| !is_range(word)).collect::<Vec<_>>().join(" ");
        let tail = tail.trim_start_matches([',', '.', ' ']);
        if !tail.is_empty() {
            meaning = format!("{meaning}; {tail}");
        }
    }
    (meaning.trim_end_matches(['.', ',', ' ']).to_string(), unit, range)
}

fn table(schema: &Value, name: &str) -> String {
    let settings = &schema["$defs"][name];
    let fields = settings["properties"].as_object().unwrap_or_else(|| panic!("no settings named {name}"));
    let mut out = String::from("| parameter | meaning | unit | default | range |\n|---|---|---|---:|---|\n");
    for (field, about) in fields {
        // Tables within tables have their own section.
        let Some(description) = about["description"].as_str() else { continue };
        if about.get("$ref").is_some() {
            continue;
        }
        let (meaning, unit, range) = taken_apart(description);
        let default = match &about["default"] {
            Value::String(text) => text.clone(),
            Value::Null => "none".into(),
            other => other.to_string(),
        };
        out += &format!("| `{field}` | {} | {unit} | {default} | {range} |\n", meaning.replace('|', "\\|"));
    }
    out
}

/// The alarms, the most urgent first.
fn alarms() -> String {
    use potline::image::{Alarm, Priority};
    let mut out = String::from("| alarm | priority | usual cause | what to do |\n|---|---|---|---|\n");
    for priority in Priority::ALL {
        let name = format!("{priority:?}").to_lowercase();
        for alarm in Alarm::ALL.into_iter().filter(|alarm| alarm.priority() == priority) {
            let words = alarm.words();
            out += &format!(
                "| {} {} | {name} | {} | {} |\n",
                words.title, words.title_zh, words.cause, words.remedy
            );
        }
    }
    out
}

#[test]
fn the_tables_say_what_the_settings_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/control.md");
    let kept = std::fs::read_to_string(path).unwrap();
    let schema = schema();
    let mut page = String::new();
    let mut named = Vec::new();
    let mut rest = kept.as_str();
    while let Some(start) = rest.find("<!-- table: ") {
        let head = start + rest[start..].find("-->").expect("a marker is not closed") + 3;
        let name = rest[start..head].trim_start_matches("<!-- table: ").trim_end_matches(" -->");
        let end = rest.find("<!-- end -->").expect("a table has no end");
        let written = if name == "alarms" { alarms() } else { table(&schema, name) };
        page += &format!("{}\n\n{written}\n<!-- end -->", &rest[..head]);
        named.push(name.to_string());
        rest = &rest[end + "<!-- end -->".len()..];
    }
    page += rest;
    if std::env::var_os("POTLINE_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
        return;
    }
    for (number, (ours, kept)) in page.lines().zip(kept.lines()).enumerate() {
        assert!(
            ours == kept,
            "docs/control.md:{}: the settings say\n{ours}\nthe page says\n{kept}",
            number + 1
        );
    }
    assert_eq!(page, kept);
    // Every group of control settings is on the page.
    for name in schema["$defs"].as_object().unwrap().keys().filter(|name| name.ends_with("Settings")) {
        let elsewhere = ["Settings", "LinkSettings", "ServiceSettings", "MemorySettings"];
        assert!(elsewhere.contains(&name.as_str()) || named.contains(name), "{name} is not on the page");
    }
}

//! Bad files, one by one and together.

use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::prelude::rust_2024::*;
use std::{format, fs, vec};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Line {
    version: u32,
    current_ka: f64,
    #[serde(default)]
    name: Option<String>,
    mode: Choice,
    #[serde(default)]
    cell: Vec<Cell>,
    #[serde(default)]
    limits: BTreeMap<String, f64>,
    feed: Option<Feed>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    DemandFeed,
    Scheduled,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Cell {
    id: u16,
    endpoint: String,
    #[serde(default)]
    anodes: Vec<u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Feed {
    low_s: f64,
    high_s: f64,
    nested: Nested,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Nested {
    on: bool,
}

impl Validate for Line {
    fn problems(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        if !(100.0..=700.0).contains(&self.current_ka) {
            issues.push(Issue::new("current_ka", format!("{} is outside 100 to 700", self.current_ka)));
        }
        for (index, cell) in self.cell.iter().enumerate() {
            if cell.id == 0 {
                issues.push(Issue::new("id", "cells are counted from 1").under(&format!("cell[{index}]")));
            }
        }
        if let Some(feed) = &self.feed
            && feed.low_s >= feed.high_s
        {
            issues.push(Issue::new("feed.low_s", "must be below feed.high_s"));
        }
        issues
    }
}

fn problems(text: &str) -> Vec<(&'static str, Option<usize>, String)> {
    let Err(problems) = parse::<Line>("line.toml", text) else { return Vec::new() };
    problems.0.into_iter().map(|p| (p.code, p.line, p.field.unwrap_or_default())).collect()
}

const GOOD: &str = "version = 1\ncurrent_ka = 500.0\nmode = 'demand-feed'\n";

#[test]
fn a_good_file_is_read() {
    let line: Line = parse("line.toml", GOOD).unwrap();
    assert_eq!((line.current_ka, line.mode), (500.0, Choice::DemandFeed));
}

#[test]
fn an_unknown_a_wrong_and_a_missing_field_are_all_named_with_their_lines() {
    let text = "\
version = 1
curent_ka = 900.0      # misspelt, and out of range
mode = 'demand-fed'

[[cell]]
id = 1
endpoint = '127.0.0.1:5020'

[[cell]]
id = 'two'
endpont = '127.0.0.1:5020'

[[cell]]
id = 0
anodes = [1, 2, 'three', 4]

[limits]
voltage_v = 5.0
noise_mv = true

[feed]
low_s = 90.0
high_s = 60.0
nested = { on = 'yes', off = 1 }
";
    let expected = [
        (code::UNKNOWN_FIELD, Some(2), "curent_ka"),
        (code::VALUE, Some(2), "current_ka"),
        (code::TYPE, Some(3), "mode"),
        (code::TYPE, Some(10), "cell[1].id"),
        (code::UNKNOWN_FIELD, Some(11), "cell[1].endpont"),
        (code::MISSING_FIELD, Some(13), "cell[2].endpoint"),
        (code::VALUE, Some(14), "cell[2].id"),
        (code::TYPE, Some(15), "cell[2].anodes[2]"),
        (code::TYPE, Some(19), "limits.noise_mv"),
        (code::VALUE, Some(22), "feed.low_s"),
        (code::TYPE, Some(24), "feed.nested.on"),
        (code::UNKNOWN_FIELD, Some(24), "feed.nested.off"),
    ];
    let mut found = problems(text);
    let mut expected = expected.map(|(code, line, field)| (code, line, field.into())).to_vec();
    found.sort_by(|a, b| (a.1, &a.2).cmp(&(b.1, &b.2)));
    expected.sort_by(|a: &(&str, Option<usize>, String), b| (a.1, &a.2).cmp(&(b.1, &b.2)));
    assert_eq!(found, expected);
}

#[test]
fn a_slip_of_the_pen_is_recognised_and_shown() {
    let error = parse::<Line>("line.toml", "version = 1\ncurent_ka = 500\nmode = 'scheduled'\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line.toml:2: [PL0106] curent_ka: unknown field; did you mean `current_ka`?\n  \
         |\n2 | curent_ka = 500\n  | ^^^^^^^^^\n1 problem"
    );
}

#[test]
fn stand_ins_raise_no_issues_of_their_own() {
    // A missing current must not be called out of range as well, nor the feed limits out of order.
    let text = "version = 1\nmode = 'scheduled'\n[feed]\nhigh_s = 60.0\n";
    assert_eq!(
        problems(text),
        [
            (code::MISSING_FIELD, Some(1), "current_ka".into()),
            (code::MISSING_FIELD, Some(3), "feed.low_s".into()),
            (code::MISSING_FIELD, Some(3), "feed.nested".into()),
        ]
    );
}

#[test]
fn the_version_is_asked_for_and_checked() {
    let rest = "current_ka = 500\nmode = 'scheduled'\n";
    for (version, line) in [("", 1), ("version = 2\n", 1), ("\nversion = 'one'\n", 2)] {
        assert_eq!(problems(&format!("{version}{rest}")), [(code::VERSION, Some(line), "version".into())]);
    }
}

#[test]
fn an_empty_file_and_a_windows_file() {
    let codes: Vec<_> = problems("").into_iter().map(|p| (p.0, p.1)).collect();
    let missing = (code::MISSING_FIELD, Some(1));
    assert_eq!(codes, [(code::VERSION, Some(1)), missing, missing]);
    let windows = format!("\u{feff}{}", GOOD.replace('\n', "\r\n").replace("500.0", "'a'"));
    let error = parse::<Line>("line.toml", &windows).unwrap_err().to_string();
    assert!(error.starts_with("line.toml:2: [PL0108] current_ka: expected a number"), "{error}");
    assert!(error.contains("2 | current_ka = 'a'\n  |              ^^^\n"), "{error}");
}

#[test]
fn every_syntax_error_is_named() {
    let found = problems("version = 1\ncurrent_ka = = 5\nmode = 'x\n[limits\n");
    assert!(found.len() >= 2 && found.iter().all(|p| p.0 == code::SYNTAX), "{found:?}");
    assert_eq!(found[0].1, Some(2));
    let doubled = problems(&format!("{GOOD}current_ka = 400.0\n"));
    assert_eq!(doubled, [(code::SYNTAX, Some(4), String::new())]);
}

#[test]
fn a_flood_is_cut_off_and_said_so() {
    let text: String = (0..200).map(|i| format!("[[cell]]\nid = {i}.5\nendpoint = ''\n")).collect();
    let found = problems(&format!("{GOOD}{text}"));
    assert_eq!(found.len(), 51);
    assert!(found.iter().any(|p| p.0 == code::TOO_MANY));
}

#[test]
fn files_that_are_not_there_or_not_text() {
    let folder = std::env::temp_dir().join(format!("potline-files-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let code_of = |path: &std::path::Path| load::<Line>(path).unwrap_err().0[0].clone();
    assert_eq!(code_of(&folder.join("none.toml")).code, code::MISSING);
    assert_eq!(code_of(&folder).code, code::UNREADABLE);
    let latin = folder.join("latin.toml");
    fs::write(&latin, b"version = 1\nname = '\xe9'\n").unwrap();
    let problem = code_of(&latin);
    assert_eq!((problem.code, problem.line, problem.column), (code::ENCODING, Some(2), Some(9)));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn problems_are_plain_objects() {
    let problems =
        parse::<Line>("line.toml", "version = 1\nmode = 'scheduled'\ncurrent_ka = []\n").unwrap_err();
    let json = serde_json::to_value(&problems).unwrap();
    let mut keys: Vec<_> = json[0].as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, vec!["code", "column", "field", "file", "line", "message"]);
    assert_eq!(json[0]["message"], "expected a number, found sequence");
}

mod shapes {
    //! Types whose deserializers buffer or nest, and so blur the spans.
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Plant {
        strategy: Tagged,
        fault: Vec<Fault>,
        #[serde(default)]
        any: Option<Any>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
    #[allow(dead_code)]
    enum Tagged {
        Fixed { rate: f64 },
        Demand { low: f64, high: f64 },
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code)]
    enum Fault {
        Blocked { feeder: u8, at_h: f64 },
        Silent,
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Any {
        Number(f64),
        Two([f64; 2]),
    }

    impl Validate for Plant {
        fn problems(&self) -> Vec<Issue> {
            Vec::new()
        }
    }

    fn problems(text: &str) -> Vec<(&'static str, Option<usize>, String)> {
        let Err(problems) = parse::<Plant>("plant.toml", text) else { return Vec::new() };
        assert!(!problems.0.is_empty());
        problems.0.into_iter().map(|p| (p.code, p.line, p.field.unwrap_or_default())).collect()
    }

    #[test]
    fn tagged_and_nested_types_name_the_nearest_place() {
        const MISSING: &str = code::MISSING_FIELD;
        type Expected = &'static [(&'static str, usize, &'static str)];
        let cases: [(&str, Expected); 5] = [
            (
                "any = 'x'\nfault = ['silent', 'loud', { blocked = { feeder = 1, at_h = 2 } }]\n\
                 [strategy]\nkind = 'fixed'\nrate = 'x'\n",
                &[(code::TYPE, 2, "any"), (code::TYPE, 3, "fault[1]"), (code::TYPE, 4, "strategy")],
            ),
            (
                "fault = [{ blocked = { feeder = 1 } }]\n[strategy]\nkind = 'demand'\nlow = 1\n",
                &[(MISSING, 2, "fault[0].blocked.at_h"), (MISSING, 3, "strategy.high")],
            ),
            (
                "fault = [{ blocked = { feedr = 1, at_h = 2 } }]\n[strategy]\nkind = 'demad'\nlow = 1\n",
                &[(code::UNKNOWN_FIELD, 2, "fault[0].blocked.feedr"), (code::TYPE, 4, "strategy.kind")],
            ),
            (
                "fault = []\n[strategy]\nlow = 1\nhgh = 2\nkind = 'demand'\n",
                &[(code::UNKNOWN_FIELD, 5, "strategy.hgh")],
            ),
            ("fault = []\n[strategy]\nlow = 1\n", &[(MISSING, 3, "strategy.kind")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> =
                expected.iter().map(|&(code, line, field)| (code, Some(line), String::from(field))).collect();
            assert_eq!(problems(&format!("version = 1\n{text}")), expected);
        }
    }
}

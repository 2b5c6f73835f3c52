//! The layers of the crate, held by reading its sources.
//!
//! A module may use what [`TABLE`] lists for it and nothing else; layers 0 to 5 use no heap, clock,
//! entropy, printing or mathematics but their own; only scoring may look at the plant's truth.
//! Comments, strings and `#[cfg(test)]` items are not looked at: a test may use anything.

#[path = "layering/source.rs"]
mod source;

use source::{Token, bare, is_word, read, tokens};
use std::fs;
use std::path::{Path, PathBuf};

struct Module {
    name: &'static str,
    /// Layers 0 to 5: embeddable.
    core: bool,
    /// Groups of modules it may use, besides itself.
    sees: &'static [&'static [&'static str]],
}

const BASE: &[&str] = &["array", "consts", "error", "math", "units"];
const WALL: &[&str] = &["image"];
const LAWS: &[&str] = &["bath", "electro"];
const BELIEF: &[&str] = &["signal", "estimate"];
const DECISION: &[&str] = &["control", "line"];
const PLANT: &[&str] = &["cell", "sim"];
/// Neighbours that see the wall only, and the modules for people.
const EDGE: &[&str] = &["account", "plc", "files", "report"];

const fn core(name: &'static str, sees: &'static [&'static [&'static str]]) -> Module {
    Module { name, core: true, sees }
}

const fn hosted(name: &'static str, sees: &'static [&'static [&'static str]]) -> Module {
    Module { name, core: false, sees }
}

const TABLE: &[Module] = &[
    core("array", &[BASE]),
    core("consts", &[BASE]),
    core("error", &[BASE]),
    core("math", &[BASE]),
    core("units", &[BASE]),
    core("image", &[BASE]),
    core("bath", &[BASE, WALL, LAWS]),
    core("electro", &[BASE, WALL, LAWS]),
    core("cell", &[BASE, WALL, LAWS]),
    core("signal", &[BASE, WALL, LAWS, BELIEF]),
    core("estimate", &[BASE, WALL, LAWS, BELIEF]),
    core("control", &[BASE, WALL, LAWS, BELIEF]),
    core("line", &[BASE, WALL, LAWS, BELIEF, DECISION]),
    hosted("sim", &[BASE, WALL, LAWS, PLANT]),
    hosted("plc", &[BASE, WALL]),
    hosted("account", &[BASE, WALL, LAWS, &["files"]]),
    hosted("files", &[&["error"]]),
    hosted("report", &[BASE, WALL, &["account", "files"]]),
    hosted("trial", &[BASE, WALL, LAWS, BELIEF, DECISION, PLANT, EDGE, &["tune"]]),
    // A tuner goes by what a line measures: it knows no plant, so that the service may use it.
    hosted("tune", &[BASE, WALL, LAWS, BELIEF, DECISION, EDGE]),
    // Whatever runs a real line never sees a simulated one: plant and control meet in `trial`.
    hosted("service", &[BASE, WALL, LAWS, BELIEF, DECISION, EDGE, &["history", "hmi", "tune"]]),
    hosted("history", &[BASE, WALL, LAWS, BELIEF, DECISION, EDGE]),
    hosted("hmi", &[BASE, WALL, LAWS, BELIEF, DECISION, EDGE, &["history", "service"]]),
];

/// Who may look at the plant's truth; the command line and the tests may too.
const SEES_TRUTH: &[&str] = &["sim", "trial"];

const MOST_LINES: usize = 700;
const ADVISED_LINES: usize = 500;

/// Names that no core module may write, and why.
const WORDS: &[(&[&str], &str)] = &[
    (&["Instant", "SystemTime"], "time is an argument"),
    (&["rand", "rand_core", "rand_xoshiro", "getrandom", "thread_rng"], "randomness is an argument"),
    (&["Vec", "String", "Box", "Rc", "Arc", "ToString", "ToOwned"], "no heap"),
    (&["Mutex", "RwLock", "Condvar", "UnsafeCell"], "no lock"),
    (&["mul_add"], "a fused product rounds differently from one machine to the next"),
];
const MACROS: &[(&[&str], &str)] = &[
    (&["println", "eprintln", "print", "eprint", "dbg"], "no printing"),
    (&["vec", "format"], "no heap"),
    (&["panic", "todo", "unimplemented", "unreachable"], "no panic"),
];
const FUNCTIONS: &[&str] = &[
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "powi", "sqrt", "cbrt", "hypot",
    "sin", "cos", "tan", "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh",
    "acosh", "atanh",
];

/// The module path of a file below `src`: `cell/step.rs` is `cell::step`.
fn module_path(file: &str) -> Vec<&str> {
    let mut path: Vec<_> = file.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
    if matches!(path.last(), Some(&"mod" | &"lib")) {
        path.pop();
    }
    path
}

/// Names that `lib.rs` re-exports at the root, with the modules they come from.
fn exports(root: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for statement in root.split("pub use ").skip(1) {
        let words: Vec<_> = tokens(statement.split(';').next().unwrap_or_default())
            .into_iter()
            .filter(|t| is_word(t.text.as_bytes()[0]) && !matches!(t.text, "crate" | "self"))
            .collect();
        if let [module, names @ ..] = &words[..] {
            found.extend(names.iter().map(|name| (name.text.to_owned(), module.text.to_owned())));
        }
    }
    found
}

/// What the path at `at` names at the crate root, `up` levels above; groups name several.
fn heads<'a>(tokens: &[Token<'a>], at: usize, up: usize, found: &mut Vec<Token<'a>>) {
    let Some(token) = tokens.get(at) else { return };
    if token.text == "super" {
        return heads(tokens, at + 2, up.saturating_sub(1), found);
    }
    if token.text != "{" {
        if up == 0 {
            found.push(*token);
        }
        return;
    }
    let (mut depth, mut fresh) = (0, false);
    for (index, token) in tokens.iter().enumerate().skip(at) {
        if fresh && token.text != "}" {
            heads(tokens, index, up, found);
        }
        depth += usize::from(token.text == "{");
        depth -= usize::from(token.text == "}");
        if depth == 0 {
            return;
        }
        fresh = depth == 1 && matches!(token.text, "{" | ",");
    }
}

/// Every name at the crate root that `tokens`, in a module `depth` levels deep, refer to.
fn references<'a>(tokens: &[Token<'a>], depth: usize) -> Vec<Token<'a>> {
    let mut found = Vec::new();
    let mut blocks = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = |n: usize| index.checked_sub(n).and_then(|i| tokens.get(i)).map_or("", |t| t.text);
        let path = tokens.get(index + 1).is_some_and(|t| t.text == "::") && before(1) != "::";
        match token.text {
            "{" => blocks.push(before(2) == "mod"),
            "}" => drop(blocks.pop()),
            "crate" if path => heads(tokens, index + 2, 0, &mut found),
            "super" if path => {
                let depth = depth + blocks.iter().filter(|inline| **inline).count();
                heads(tokens, index, depth, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Everything wrong with one file, as `file:line: rule`.
fn faults(file: &str, text: &str, exports: &[(String, String)]) -> Vec<String> {
    let path = module_path(file);
    // The root is a table of contents, and the command line may use whatever it likes.
    let Some(&name) = path.first().filter(|name| **name != "bin") else { return Vec::new() };
    let Some(module) = TABLE.iter().find(|m| m.name == name) else {
        return vec![format!("{file}:1: module `{name}` has no layer: add it to the table of this test")];
    };
    let mut found = Vec::new();
    let mut fault = |token: &Token, rule: String| {
        let line = 1 + text[..token.at].matches('\n').count();
        found.push((line, format!("{file}:{line}: {rule}")));
    };
    let source = read(text);
    let all = tokens(&source.code);
    for token in references(&all, path.len()) {
        let used = exports.iter().find(|e| e.0 == token.text).map_or(token.text, |e| e.1.as_str());
        if used != name && !module.sees.iter().any(|group| group.contains(&used)) {
            fault(&token, format!("`{name}` may not use `crate::{used}`"));
        }
    }
    if !SEES_TRUTH.contains(&name) {
        for pair in all.windows(2).filter(|pair| matches!(pair[0].text, "." | "::")) {
            if pair[1].text == "truth" {
                fault(&pair[1], format!("`{name}` may not look at the plant's truth"));
            }
        }
    }
    if module.core {
        impure(name, &tokens(&source.always), &mut fault);
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, message)| message).collect()
}

/// What layers 0 to 5 do without.
fn impure(name: &str, tokens: &[Token], fault: &mut dyn FnMut(&Token, String)) {
    for (index, token) in tokens.iter().enumerate() {
        let word = token.text;
        let before = |n: usize| index.checked_sub(n).and_then(|i| tokens.get(i)).map_or("", |t| t.text);
        let after = tokens.get(index + 1).map_or("", |t| t.text);
        for (_, rule) in WORDS.iter().filter(|(words, _)| words.contains(&word)) {
            fault(token, format!("`{word}` in the core: {rule}"));
        }
        for (_, rule) in MACROS.iter().filter(|(words, _)| after == "!" && words.contains(&word)) {
            fault(token, format!("`{word}!` in the core: {rule}"));
        }
        let linked = before(1) == "crate" && before(2) == "extern";
        if matches!(word, "std" | "alloc") && (after == "::" || linked) {
            fault(token, format!("`{word}` in the core: it is no_std and has no heap"));
        }
        if word == "libm" && after == "::" && name != "math" {
            fault(token, "`libm` outside `math`: there is one door to mathematics".into());
        }
        let foreign = before(1) == "." || before(1) == "::" && !matches!(before(2), "math" | "libm");
        if FUNCTIONS.contains(&word) && after == "(" && foreign {
            fault(token, format!("`{word}` by another way than `crate::math`: it differs in the last bit"));
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source file: its name from the package root, and its text.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Files that exist only for tests, because their parent says `#[cfg(test)] mod ...;`.
fn test_files(sources: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in sources {
        let (directory, name) = file.rsplit_once('/').unwrap();
        let below = match name.trim_end_matches(".rs") {
            "mod" | "lib" | "main" => directory.to_owned(),
            stem => format!("{directory}/{stem}"),
        };
        for test in read(text).tests {
            // A `path` attribute is relative to the file, not to its submodules.
            found.push(format!("{directory}/{test}"));
            found.push(format!("{below}/{test}"));
        }
    }
    found
}

#[test]
fn no_layer_uses_what_it_may_not() {
    let sources = sources();
    let tests = test_files(&sources);
    let exports = exports(&sources.iter().find(|s| s.0 == "src/lib.rs").unwrap().1);
    let found: Vec<_> = sources
        .iter()
        .filter(|(file, _)| !tests.contains(file))
        .flat_map(|(file, text)| faults(file, text, &exports))
        .collect();
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_root_stays_embeddable() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let code = bare(&text);
    let denied =
        "#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]";
    for attribute in ["#![no_std]", "#![forbid(unsafe_code)]", denied] {
        assert!(code.contains(attribute), "src/lib.rs: {attribute} is missing");
    }
    assert!(!tokens(&read(&text).always).windows(2).any(|w| w[0].text == "extern"));
}

#[test]
fn files_stay_readable() {
    let mut long = Vec::new();
    for (file, text) in sources() {
        let lines = text.lines().count();
        if lines > MOST_LINES {
            long.push(format!("{file}:{MOST_LINES}: {lines} lines, at most {MOST_LINES}"));
        } else if lines > ADVISED_LINES {
            println!("{file}: {lines} lines, past {ADVISED_LINES}: think again");
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_dependency_under_a_restricted_licence() {
    // `rodbus` is free for non-commercial use only.
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut names = lock.lines().filter_map(|line| line.strip_prefix("name = \""));
    assert!(lock.contains("name = \"potline\""));
    assert_eq!(names.find(|name| name.starts_with("rodbus")), None);
}

/// The rules applied to a planted file.
fn planted(file: &str, text: &str) -> Vec<String> {
    faults(file, text, &exports("pub use error::Error;"))
}

#[test]
fn planted_uses_are_caught() {
    for (file, text) in [
        ("src/math.rs", "use crate::image::Reading;"),
        ("src/image/mod.rs", "use crate::bath::density;"),
        ("src/bath/mod.rs", "use crate::cell::Cell;"),
        ("src/electro/mod.rs", "fn f() { crate::signal::x() }"),
        ("src/cell/step.rs", "use crate::sim::Pot;"),
        ("src/signal/slope.rs", "use crate::cell::State;"),
        ("src/estimate/ekf.rs", "use crate::{math::exp, cell::{State, Params}};"),
        ("src/control/feed.rs", "use crate::{estimate::{Ekf, Input}, line};"),
        ("src/control/feed.rs", "use super::super::sim::Pot;"),
        ("src/control/mod.rs", "use super::cell;"),
        ("src/control/mod.rs", "use super::{math, cell};"),
        ("src/control/feed.rs", "use super::{Feed, super::cell};"),
        ("src/line/mod.rs", "mod inner { use super::super::sim::Section; }"),
        ("src/line/mod.rs", "#[cfg(feature = \"std\")] use crate::sim::Section;"),
        ("src/sim/pot.rs", "use crate::control::Settings;"),
        ("src/sim/pot.rs", "use crate::plc::Client;"),
        ("src/plc/client.rs", "use crate::sim::Pot;"),
        ("src/plc/client.rs", "use crate::account::Kpi;"),
        ("src/account/kpi.rs", "use crate::plc::Client;"),
        ("src/files/load.rs", "use crate::image::Reading;"),
        ("src/report/mod.rs", "use crate::control::Settings;"),
        ("src/service/mod.rs", "use crate::sim::Section;"),
        ("src/service/mod.rs", "use crate::*;"),
        ("src/novelty/mod.rs", ""),
        ("src/novelty.rs", ""),
        ("src/service/mod.rs", "fn f(pot: &Pot) -> Truth { pot.truth() }"),
        ("src/tune/mod.rs", "fn f() { pots.iter().map(Pot::truth) }"),
    ] {
        assert_eq!(planted(file, text).len(), 1, "{file}: {text}: {:?}", planted(file, text));
    }
    let text = "/* a\n b */ use crate::math;\nuse\n  crate::cell;\n";
    assert_eq!(
        planted("src/signal/gate.rs", text),
        ["src/signal/gate.rs:4: `signal` may not use `crate::cell`"]
    );
}

#[test]
fn planted_impurities_are_caught() {
    for text in [
        "use core::time::Instant;",
        "fn f() -> SystemTime {}",
        "use std::fmt;",
        "use ::std::fmt;",
        "extern crate std;",
        "extern crate alloc;",
        "use rand::Rng;",
        "use rand_xoshiro::Xoshiro256PlusPlus;",
        "fn f() { x.exp() }",
        "fn f() { (a + b)\n  .ln() }",
        "fn f() { x.powf(0.5) }",
        "fn f() { x.powi(2) }",
        "fn f() { x.sqrt() }",
        "fn f() { f64::sqrt(x) }",
        "fn f() { x.sin() }",
        "fn f() { x.mul_add(y, z) }",
        "fn f() { libm::exp(x) }",
        "fn f() { println!(\"x\") }",
        "fn f() { dbg!(x) }",
        "fn f() { unreachable!() }",
        "fn f(x: Vec<f64>) {}",
        "struct S { name: String }",
        "fn f(x: Box<dyn Fn()>) {}",
        "fn f(x: &Mutex<f64>) {}",
        "#[cfg(not(feature = \"std\"))] use std::fmt;",
    ] {
        let found = planted("src/cell/heat.rs", text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }
    assert_eq!(planted("src/math.rs", "fn f() { libm::exp(x) }"), [""; 0]);
}

#[test]
fn what_is_lawful_passes() {
    for (file, text) in [
        ("src/lib.rs", "use std::vec::Vec;"),
        ("src/bin/potline/main.rs", "use crate::shell::Shell; fn f() { pot.truth(); }"),
        ("src/sim/pot.rs", "use crate::cell::Cell; use std::vec::Vec; fn f() { x.sqrt() }"),
        ("src/trial/score.rs", "use crate::{sim::Pot, control::Settings}; fn f() { pot.truth(); }"),
        ("src/cell/step.rs", "use super::super::bath; use super::heat; use crate::Error; use self::x::y;"),
        (
            "src/cell/mod.rs",
            "mod inner { use super::heat; } pub(crate) struct A; pub(in crate::cell) fn f() {}",
        ),
        (
            "src/cell/heat.rs",
            "// use std::fmt;\n/* nested /* Vec<f64> */ x.exp() */ fn f() { math::exp(1.0) }",
        ),
        (
            "src/cell/heat.rs",
            "const S: &str = \"use std::fmt; \\\" x.exp()\"; const R: &str = r#\"Vec<\"f64>\"#;",
        ),
        ("src/cell/heat.rs", "fn f<'a>(x: &'a str) -> char { '\"' } // crate::sim"),
        (
            "src/cell/heat.rs",
            "#[cfg(test)]\nmod tests { use std::vec::Vec; use crate::sim::Pot; }\nfn f() {}",
        ),
        ("src/cell/heat.rs", "#[cfg(test)]\n#[allow(unused)]\nuse crate::{sim, control};"),
        ("src/cell/heat.rs", "#[cfg(feature = \"std\")]\nimpl std::error::Error for E {}"),
        ("src/control/mod.rs", "use crate::electro::voltage; use crate::image::{Reading, Command};"),
    ] {
        assert_eq!(planted(file, text), [""; 0], "{file}: {text}");
    }
    // What follows a test item is looked at again.
    let text = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::sim::Pot;";
    assert_eq!(planted("src/cell/heat.rs", text).len(), 1);
    assert_eq!(read("#[cfg(test)]\nmod guard_tests;").tests, ["guard_tests.rs", "guard_tests/mod.rs"]);
    assert_eq!(read("#[cfg(test)]\n#[path = \"a.rs\"]\nmod b;").tests, ["a.rs", "b/mod.rs"]);
}

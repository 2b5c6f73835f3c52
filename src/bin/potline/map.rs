//! `potline map`: register maps of PLCs.

use crate::input::MapFile;
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::files::{self, Problem};
use potline::plc::{POT500, RegisterMap, Severity, telegraf};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Checks or prints a register map.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Lists every problem of a map: overlaps, blocks too long, missing byte order, writes without
    /// limits.
    Check {
        /// The map file.
        file: PathBuf,
    },
    /// Begins a map from the `inputs.modbus` of a Telegraf configuration; says what is left to do.
    ImportTelegraf {
        /// The Telegraf configuration.
        file: PathBuf,
        /// Where the map goes; to stdout when left out.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Prints the points of a map; the built-in map when no file is named.
    Dump {
        /// The map file.
        file: Option<PathBuf>,
    },
}

#[derive(Serialize)]
struct Checked {
    ok: bool,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct PointRow {
    register: u16,
    name: String,
    r#type: String,
    block: String,
    access: String,
    scale: f64,
    unit: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
}

#[derive(Serialize)]
struct Dumped {
    name: String,
    plc_version: u16,
    points: Vec<PointRow>,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    match &args.what {
        What::Check { file } => check(file, shell),
        What::Dump { file } => dump(file.as_deref(), shell),
        What::ImportTelegraf { file, out } => import(file, out.as_deref(), shell),
    }
}

fn check(file: &Path, shell: Shell) -> Outcome {
    let (map, problems) = match files::load::<MapFile>(file) {
        Ok(map) => (Some(map.0), Vec::new()),
        Err(problems) => (None, problems.0),
    };
    for problem in &problems {
        eprintln!("{problem}");
    }
    let warnings = map.iter().flat_map(RegisterMap::lint).filter(|p| p.severity == Severity::Warning);
    for warning in warnings {
        eprintln!("{}: warning: {}: {} [{}]", file.display(), warning.field, warning.message, warning.code);
    }
    let ok = problems.is_empty();
    let count = problems.len();
    shell.emit(&Checked { ok, problems }, || match count {
        0 => format!("{}: ok", file.display()),
        1 => "1 problem".into(),
        n => format!("{n} problems"),
    })?;
    Ok(if ok { Exit::Done } else { Exit::BadInput })
}

fn dump(file: Option<&Path>, shell: Shell) -> Outcome {
    let map = match file {
        Some(path) => crate::input::load::<MapFile>(path)?.0,
        None => files::parse::<MapFile>("built-in map", POT500).map_err(crate::input::bad)?.0,
    };
    let points = rows(&map);
    let text = || {
        let mut out = format!(
            "{:>8}  {:<20} {:<5} {:<10} {:>8}  unit\n",
            "register", "point", "type", "access", "scale"
        );
        for p in &points {
            let unit = p.unit.as_deref().unwrap_or("-");
            out += &format!(
                "{:>8}  {:<20} {:<5} {:<10} {:>8}  {unit}\n",
                p.register, p.name, p.r#type, p.access, p.scale
            );
        }
        out
    };
    let human = text();
    shell.emit(&Dumped { name: map.name.clone(), plc_version: map.plc_version, points }, || human)?;
    Ok(Exit::Done)
}

/// The points of a map, in the order of their registers.
fn rows(map: &RegisterMap) -> Vec<PointRow> {
    let lower = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let mut points: Vec<PointRow> = map
        .points()
        .map(|(block, point)| PointRow {
            register: block.start + point.offset,
            name: point.name.clone(),
            r#type: lower(&point.wire),
            block: block.name.clone(),
            access: lower(&point.access),
            scale: point.scale,
            unit: point.unit.clone(),
            min: point.min,
            max: point.max,
        })
        .collect();
    points.sort_by_key(|p| p.register);
    points
}

#[derive(Serialize)]
struct Imported {
    points: Vec<PointRow>,
    /// What stands between this and a map that can be used.
    problems: Vec<Problem>,
    left_out: Vec<String>,
}

fn import(file: &Path, out: Option<&Path>, shell: Shell) -> Outcome {
    let text = files::read(file).map_err(crate::input::bad)?;
    let imported = telegraf::import(&text)
        .map_err(|error| Failure::new(Exit::BadInput, format!("{}: {error}", file.display())))?;
    let map = toml::to_string(&imported.map)
        .map_err(|error| Failure::new(Exit::BadInput, format!("cannot write the map: {error}")))?;
    if let Some(path) = out {
        files::write_atomic(path, map.as_bytes())
            .map_err(|e| Failure::new(Exit::BadInput, format!("cannot write {}: {e}", path.display())))?;
    }
    for what in &imported.left_out {
        eprintln!("left out: {what}");
    }
    let name = out.unwrap_or(file).display().to_string();
    let problems: Vec<Problem> = imported
        .map
        .lint()
        .into_iter()
        .map(|p| Problem::new(p.code, &name, Some(&p.field), p.message))
        .collect();
    for problem in &problems {
        eprintln!("to do: {problem}");
    }
    let points = rows(&imported.map);
    let said = format!("{}: {} points, {} things to do", name, points.len(), problems.len());
    let human = if out.is_some() { said } else { map };
    shell.emit(&Imported { points, problems, left_out: imported.left_out }, || human)?;
    Ok(Exit::Done)
}

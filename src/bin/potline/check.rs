//! `potline check` and `potline schema`.

use crate::input;
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::files::Problem;
use serde::Serialize;
use std::path::PathBuf;

/// Validates a scenario, a control configuration, a register map or a file of prices.
///
/// Three layers: fields and types, ranges and what must fit together, and the environment (map files,
/// PLCs that answer). Every problem is listed with file, line and remedy. Exit 78 when the file is
/// bad, 69 when only a PLC is missing.
#[derive(clap::Args)]
pub struct Args {
    /// The file.
    file: PathBuf,
    /// Leave out the checks of the environment.
    #[arg(long)]
    no_environment: bool,
}

#[derive(Serialize)]
struct Result {
    ok: bool,
    problems: Vec<Problem>,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let problems = match input::any(&args.file) {
        Err(problems) => problems.0,
        Ok(_) if args.no_environment => Vec::new(),
        Ok(found) => input::environment(&found, &args.file),
    };
    let exit = if problems.is_empty() {
        Exit::Done
    } else if problems.iter().all(|p| p.code == input::UNREACHABLE) {
        Exit::Unreachable
    } else {
        Exit::BadInput
    };
    let count = problems.len();
    for problem in &problems {
        eprintln!("{problem}");
    }
    shell.emit(&Result { ok: count == 0, problems }, || match count {
        0 => format!("{}: ok", args.file.display()),
        1 => "1 problem".into(),
        n => format!("{n} problems"),
    })?;
    Ok(exit)
}

/// Prints the JSON Schema of a kind of file, for editors and for those who write files by program.
#[derive(clap::Args)]
pub struct SchemaArgs {
    /// Kind of file.
    #[arg(value_enum)]
    kind: Kind,
}

/// Kinds of file.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Scenario of `simulate`.
    Scenario,
    /// Configuration of `control`.
    Control,
    /// Register map.
    Map,
    /// Prices of electricity, for `norms --prices`.
    Prices,
    /// Readings of a section over a period, for `reconcile`.
    Section,
}

pub fn schema(args: &SchemaArgs) -> Outcome {
    let schema = match args.kind {
        Kind::Scenario => schemars::schema_for!(potline::trial::Scenario),
        Kind::Control => schemars::schema_for!(potline::service::Config),
        Kind::Map => schemars::schema_for!(potline::plc::RegisterMap),
        Kind::Prices => schemars::schema_for!(potline::account::price::Prices),
        Kind::Section => schemars::schema_for!(potline::account::reconcile::SectionFile),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|e| Failure::new(Exit::GateFailed, format!("cannot write the schema: {e}")))?;
    // A schema is its own document: no schema_version is put into it.
    crate::shell::print(&text)?;
    Ok(Exit::Done)
}

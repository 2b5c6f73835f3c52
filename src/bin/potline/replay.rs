//! `potline replay`: a published reference model along the rows of a table.

use crate::csv::{self, Table};
use crate::input::bad;
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::files::{code, write_atomic};
use potline::sim::reference::{Column, Model};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

/// Integrates a published model of an aluminium cell along the rows of a table.
///
/// The input is a CSV file with a head; the order of the columns is free and further columns are left
/// aside. The state is taken from the first row; the inputs of every row are held until the next. The
/// output has the same rows, with the model's states, inputs and derived columns.
///
/// Every model needs t_s, rising from row to row. The states in the first row, and the inputs, are:
///
/// lundby2022: m_sl_kg m_al2o3_kg m_alf3_kg m_cry_kg m_metal_kg T_bath_C T_sl_C T_wall_C; inputs u_al2o3_kg_s
/// I_A u_alf3_kg_s u_tap_kg_s ACD_m.
///
/// eal500: m_al2o3_kg m_bath_kg T_bath_C L_ledge_m; inputs I_A feed_kg_min.
///
/// yao2017: c_exact_pct cu_exact_pct ACD_exact_cm (or c_euler_pct…); inputs I_A shot_kg. A shot falls at the
/// start of its row. The columns _euler are the source's own steps, one per row.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  potline replay --model lundby2022 --in trajectory.csv --out replayed.csv"
)]
pub struct Args {
    /// The model
    #[arg(long, value_enum)]
    model: Name,
    /// CSV file with the first state and the inputs
    #[arg(long = "in", value_name = "IN.csv")]
    input: PathBuf,
    /// CSV file to write
    #[arg(long = "out", value_name = "OUT.csv")]
    output: PathBuf,
    /// Error of a step against the change of each state in it, 1e-13 to 1e-3; yao2017 is solved exactly
    #[arg(long, value_name = "R", default_value = "1e-10", value_parser = tolerance)]
    rtol: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// Eight states, 140 kA: Robinson, Lundby, Rasheed, Gravdahl (arXiv 2209.10861)
    #[value(name = "lundby2022")]
    Lundby2022,
    /// Ledge and superheat of a 500 kA cell (Data-Driven-Dimension-Reduction)
    #[value(name = "eal500")]
    Eal500,
    /// Alumina and anode-cathode distance of a 126 kA cell (AIChE J. 63 (2017) 2806)
    #[value(name = "yao2017")]
    Yao2017,
}

impl From<Name> for Model {
    fn from(name: Name) -> Self {
        match name {
            Name::Lundby2022 => Self::Lundby2022,
            Name::Eal500 => Self::Eal500,
            Name::Yao2017 => Self::Yao2017,
        }
    }
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (1e-13..=1e-3).contains(&value) => Ok(value),
        _ => Err("give a number from 1e-13 to 1e-3".into()),
    }
}

#[derive(Serialize)]
struct Report {
    rows: usize,
    steps: u64,
    wall_s: f64,
}

/// Longest time between two rows \[s\]: about four months.
const LONGEST_ROW: f64 = 1e7;
const TIME: Column = Column { name: "t_s", otherwise: None, min: -1e12, max: 1e12 };

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let begun = Instant::now();
    let text = csv::read(&args.input).map_err(bad)?;
    let mut table = Table::new(&args.input, &text);
    let mut model = Model::from(args.model).trajectory(args.rtol);

    let times: Vec<f64> = table.numbers(&[TIME], usize::MAX).concat();
    check_time(&mut table, &times);
    let states = table.numbers(model.states(), 1).concat();
    let inputs = table.numbers(model.inputs(), usize::MAX);
    table.sound().map_err(bad)?;

    let mut out = format!("{},{}\n", TIME.name, model.outputs().join(","));
    model.start(&states);
    for (index, (time, inputs)) in times.iter().zip(&inputs).enumerate() {
        let row = model.row(inputs).and_then(|values| {
            csv::push_row(&mut out, std::iter::once(*time).chain(values));
            times.get(index + 1).map_or(Ok(()), |next| model.advance(inputs, next - time))
        });
        if let Err(outside) = row {
            let message = format!("from t_s = {time} on: {}", outside.message);
            table.problem(code::VALUE, table.line(index), Some(outside.field), message);
            table.sound().map_err(bad)?;
        }
    }
    if let Some(warning) = model.warning() {
        eprintln!("warning: {warning}");
    }
    write_atomic(&args.output, out.as_bytes())
        .map_err(|error| Failure::new(Exit::BadInput, error.to_string()))?;

    let report = Report { rows: times.len(), steps: model.steps(), wall_s: begun.elapsed().as_secs_f64() };
    shell.emit(&report, || {
        let Report { rows, steps, wall_s } = report;
        format!("{rows} rows, {steps} steps in {wall_s:.3} s: {}", args.output.display())
    })?;
    Ok(Exit::Done)
}

fn check_time(table: &mut Table<'_>, times: &[f64]) {
    for (index, pair) in times.windows(2).enumerate() {
        let [before, now] = [pair[0], pair[1]];
        // What is no number has been told of.
        let message = if now <= before {
            format!("{now} does not come after {before}; sort the rows by time, one row per time")
        } else if now - before > LONGEST_ROW {
            format!("{now} comes more than {LONGEST_ROW} s after {before}; give time in seconds, or add rows")
        } else {
            continue;
        };
        table.problem(code::VALUE, table.line(index + 1), Some(TIME.name), message);
    }
}

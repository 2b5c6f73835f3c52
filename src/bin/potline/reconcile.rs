//! `potline reconcile`.

use crate::input;
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::account::reconcile::{SectionFile, SectionReport};
use std::fmt::Write;
use std::path::PathBuf;

/// Whether the meters of a section agree over a period, and which is wrong when they do not.
///
/// Metal, alumina, carbon, current, voltage and energy are reconciled by weighted least squares; a meter
/// whose error explains what the balances leave open is named with its size. Exit 1 when one is.
#[derive(clap::Args)]
#[command(after_help = "Example: potline reconcile examples/month.toml")]
pub struct Args {
    /// Readings of the period (TOML)
    file: PathBuf,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let file: SectionFile = input::load::<input::PeriodFile>(&args.file)?.0;
    let refuse =
        |why: &dyn std::fmt::Display| Failure::new(Exit::BadInput, format!("{}: {why}", args.file.display()));
    let report = file.section().reconcile(file.alpha).map_err(|e| refuse(&e))?;
    shell.emit(&report, || words(&report))?;
    Ok(if report.faults.is_empty() { Exit::Done } else { Exit::GateFailed })
}

fn words(report: &SectionReport) -> String {
    let mut text = format!(
        "{} balances, global test {:.1}, chance {:.3}; {:.3} after the faults named\n",
        report.degrees, report.global, report.chance, report.chance_left
    );
    for fault in &report.faults {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{} reads {:+.2} % wrong, ± {:.2} %, chance {:.1e}",
            fault.name,
            100.0 * fault.size,
            100.0 * fault.sigma,
            fault.chance
        );
        if !fault.alike.is_empty() {
            let _ = write!(text, "; or {}", fault.alike.join(", or "));
        }
        text.push('\n');
    }
    if report.faults.is_empty() {
        text.push_str("no meter stands out\n");
    }
    text.push_str("\nquantity                                  read      adjusted   ± %\n");
    for quantity in report.quantities.iter().filter(|quantity| !quantity.name.contains("of cell")) {
        let _ = writeln!(
            text,
            "{:<34} {:>12.4} {:>12.4}  {:>5.2}",
            quantity.name,
            quantity.read,
            quantity.adjusted,
            100.0 * quantity.sigma
        );
    }
    text
}

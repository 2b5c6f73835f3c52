//! `potline ledger`.

use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::account::ledger::{Finding, Head, Ledger, LedgerError, verify};
use serde::Serialize;
use std::io::Read;
use std::path::PathBuf;

/// A log of key figures whose rows hold each other by their hashes: a row that is altered, removed,
/// moved or cut off is found and named.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
                        potline simulate examples/one_day.toml --json | potline ledger append kpi.jsonl\n  \
                        potline ledger verify kpi.jsonl\n\
                        Who can write the log and its head can write both anew. Keep the head that `append` \
                        prints where he cannot, and give it to `verify --head`.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Adds each line of stdin, a JSON object, as a row; prints the new head.
    Append {
        /// The log; it is begun where there is none.
        file: PathBuf,
    },
    /// Reads the whole log and says where it is not what it was. Exit 1 when it is not.
    Verify {
        /// The log.
        file: PathBuf,
        /// A head that `append` printed, as rows:hash
        #[arg(long)]
        head: Option<Head>,
    },
}

#[derive(Serialize)]
struct Appended {
    rows: u64,
    head: String,
    repaired_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Verified {
    ok: bool,
    rows: u64,
    head: String,
    rows_after_head: u64,
    findings: Vec<Finding>,
    unlisted: u64,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let bad = |e: LedgerError| Failure::new(Exit::BadInput, e.to_string());
    match &args.what {
        What::Append { file } => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|e| {
                Failure::new(Exit::BadInput, format!("cannot read stdin: {e}; give JSON lines in UTF-8"))
            })?;
            let bodies = bodies(&text)?;
            let mut ledger = Ledger::open(file).map_err(bad)?;
            let head = ledger.append(bodies.iter().map(String::as_str)).map_err(bad)?;
            if let Some(bytes) = ledger.repaired() {
                eprintln!(
                    "potline: {bytes} bytes of an unfinished row were cut off; a row of the log says so"
                );
            }
            let done =
                Appended { rows: head.rows, head: head.to_string(), repaired_bytes: ledger.repaired() };
            shell.emit(&done, || format!("{} row(s) added; head {}", bodies.len(), done.head))?;
            Ok(Exit::Done)
        }
        What::Verify { file, head } => {
            let report = verify(file, *head).map_err(|e| {
                Failure::new(Exit::BadInput, format!("{}: {e}; check the path", file.display()))
            })?;
            for finding in &report.findings {
                eprintln!("{}: {finding}", file.display());
            }
            let ok = report.findings.is_empty();
            let said = Verified {
                ok,
                rows: report.head.rows,
                head: report.head.to_string(),
                rows_after_head: report.ahead,
                findings: report.findings,
                unlisted: report.unlisted,
            };
            shell.emit(&said, || match said.findings.len() as u64 + said.unlisted {
                0 => format!("{} rows, every one as it was written; head {}", said.rows, said.head),
                1 => "1 finding".into(),
                findings => format!("{findings} findings"),
            })?;
            Ok(if ok { Exit::Done } else { Exit::GateFailed })
        }
    }
}

/// The objects of `text`, each on a line of its own and without needless blanks.
fn bodies(text: &str) -> Result<Vec<String>, Failure> {
    let body = |(index, line): (usize, &str)| {
        let refuse = |why: String| {
            Failure::new(
                Exit::BadInput,
                format!("stdin, line {}: {why}; give one JSON object a line", index + 1),
            )
        };
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).map_err(|e| refuse(e.to_string()))?;
        serde_json::to_string(&object).map_err(|e| refuse(e.to_string()))
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let bodies: Vec<String> = lines.map(body).collect::<Result<_, _>>()?;
    if bodies.is_empty() {
        return Err(Failure::new(Exit::Usage, "stdin holds no rows; give one JSON object a line"));
    }
    Ok(bodies)
}

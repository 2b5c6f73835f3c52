//! Every run and cell as a table.

use potline::account::{FIGURES, Kpi};
use potline::trial::bench::{Bench, Run};
use std::fmt::Write as _;

/// Every run, the section first and then its cells.
pub fn csv(bench: &Bench, runs: &[Run]) -> String {
    let mut text = String::from("scenario,strategy,seed,cell");
    FIGURES.iter().for_each(|figure| {
        let _ = write!(text, ",{}", figure.name);
    });
    text.push('\n');
    for run in runs {
        let [scenario, entrant, seed] = run.place;
        let mut row = |cell: &str, kpi: &Kpi| {
            let (scenario, strategy) = (&bench.scenarios[scenario].name, bench.entrants[entrant].name());
            let _ = write!(text, "{scenario},{strategy},{},{cell}", bench.seeds[seed]);
            for figure in FIGURES {
                // What is not known stays empty.
                let value = (figure.value)(kpi).map_or(String::new(), |value| value.to_string());
                let _ = write!(text, ",{value}");
            }
            text.push('\n');
        };
        row("all", &run.kpi);
        for (index, kpi) in run.cells.iter().enumerate() {
            row(&(index + 1).to_string(), kpi);
        }
    }
    text
}

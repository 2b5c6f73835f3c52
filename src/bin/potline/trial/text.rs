//! The benchmark in words: Markdown, which a terminal shows well enough.

use potline::trial::Gate;
use potline::trial::bench::{CRITERIA, Entry, Interval, Of, Overall, Score, Summary};
use std::cmp::Ordering;
use std::fmt::Write as _;

/// The figures people ask for first; all of them are in the JSON.
const SHOWN: [(&str, &str, usize); 13] = [
    ("alumina_pct_mean", "alumina, mean, wt %", 2),
    ("alumina_pct_sigma", "alumina, sigma, wt %", 3),
    ("alumina_estimate_coverage", "truth in 95 % interval of the estimate, share", 3),
    ("ae_per_pot_day", "anode effects per pot-day", 3),
    ("beam_moves_per_pot_day", "beam moves per pot-day", 1),
    ("alarms_per_pot_day", "alarms per pot-day", 2),
    ("dc_kwh_per_t", "DC energy, kWh/t", 0),
    ("current_efficiency", "current efficiency", 4),
    ("acd_mm_mean", "distance, mean, mm", 2),
    ("noise_lf_mv_p95", "low-frequency noise, 95th percentile, mV", 1),
    ("bath_temperature_c_sigma", "bath temperature, sigma, K", 2),
    ("superheat_outside_share", "superheat out of 4 to 14 K, share", 4),
    ("safety_gate_failures", "safety gates failed", 0),
];

/// One table per scenario, in Markdown, which a terminal shows well enough.
pub fn words(table: &[Entry], overall: &[Overall]) -> String {
    let mut text = scores(table, overall);
    let mut scenario = "";
    for entry in table {
        if entry.scenario != scenario {
            scenario = &entry.scenario;
            let group: Vec<&Entry> = table.iter().filter(|e| e.scenario == scenario).collect();
            section(&mut text, &group);
        }
    }
    text
}

/// The scores of every strategy: of all scenarios, and of each.
fn scores(table: &[Entry], overall: &[Overall]) -> String {
    let mut text = String::new();
    if table.iter().all(|entry| entry.score.is_none()) {
        return text;
    }
    let strategies = || overall.iter().map(|entry| entry.strategy.as_str());
    let _ = writeln!(text, "## Scores: demand 0, oracle 100, mean over seeds ± 95 % interval\n");
    let _ = writeln!(text, "| {:<12} | {} |", "scenario", strategies().collect::<Vec<_>>().join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(overall.len()));
    let shown = |score: &Option<Score>, passed: bool| {
        let gates = if passed { "" } else { " (gates failed)" };
        score.as_ref().map_or("–".into(), |score| format!("{}{gates}", with_error(&score.total, 0)))
    };
    let mut row = |name: &str, cells: Vec<String>| {
        let _ = writeln!(text, "| {name:<12} | {} |", cells.join(" | "));
    };
    row("all", overall.iter().map(|entry| shown(&entry.score, entry.passed)).collect());
    let mut scenarios: Vec<&str> = table.iter().map(|entry| entry.scenario.as_str()).collect();
    scenarios.dedup();
    for scenario in scenarios {
        let of = |strategy| table.iter().find(|e| e.scenario == scenario && e.strategy == strategy);
        let cell = |strategy| of(strategy).map_or("–".into(), |entry| shown(&entry.score, entry.passed));
        row(scenario, strategies().map(cell).collect());
    }
    text.push('\n');
    text
}

fn with_error(interval: &Interval, digits: usize) -> String {
    let error = interval.ci95.map_or(String::new(), |half| format!(" ± {half:.digits$}"));
    format!("{:.digits$}{error}", interval.mean)
}

fn section(text: &mut String, group: &[&Entry]) {
    let Some(first) = group.first() else { return };
    let runs = first.seeds.len();
    let _ = writeln!(
        text,
        "## {}: {runs} seed(s), {:.0} pot-days each\n\nMean over seeds of the section ± 95 % interval | \
         mean of the cells' own figures | worst cell; Δ: against {} under the same seeds.\n",
        first.scenario, first.pot_days, first.strategy
    );
    let _ = write!(text, "| {:<45} |", "figure");
    group.iter().for_each(|entry| {
        let _ = write!(text, " {:<44} |", entry.strategy);
    });
    let _ = write!(text, "\n|{}|", "-".repeat(47));
    group.iter().for_each(|_| {
        let _ = write!(text, "{}|", "-".repeat(46));
    });
    text.push('\n');
    for (name, label, digits) in SHOWN {
        let _ = write!(text, "| {label:<45} |");
        for entry in group {
            let shown = entry.kpi.get(name).map_or("–".into(), |summary| cell(summary, digits));
            let _ = write!(text, " {shown:<44} |");
        }
        text.push('\n');
    }
    for entry in group.iter().filter(|entry| !entry.gates_failed.is_empty()) {
        let _ = writeln!(text, "\n{}: gates failed: {}", entry.strategy, gates(&entry.gates_failed));
    }
    text.push('\n');
}

fn cell(summary: &Summary, digits: usize) -> String {
    let mut text = with_error(&summary.section, digits);
    if let Some(own) = summary.cell {
        let _ = write!(text, "; {:.digits$}", own.mean);
    }
    if let Some(worst) = summary.worst_cell {
        let _ = write!(text, "; {worst:.digits$}");
    }
    if let Some(difference) = summary.difference {
        let _ = write!(
            text,
            "; Δ {}{}",
            if difference.mean < 0.0 { "" } else { "+" },
            with_error(&difference, digits)
        );
    }
    text
}

/// What the score is made of, as a table.
pub fn criteria() -> String {
    let mut text = String::from("| part | figure | of | points | least span |\n|---|---|---|---|---|\n");
    for criterion in CRITERIA {
        let of = match criterion.of {
            Of::Section => "section",
            Of::Cells => "mean of the cells' own",
            Of::Worst => "worst cell",
        };
        let (part, figure, points, span) =
            (criterion.part, criterion.figure, criterion.points, criterion.span);
        let _ = writeln!(text, "| {part} | `{figure}` | {of} | {points} | {span} |");
    }
    text
}

/// Every strategy by its score, the best first: for a grid.
pub fn ranking(overall: &[Overall]) -> String {
    let mut ranked: Vec<&Overall> = overall.iter().collect();
    let mean = |entry: &Overall| entry.score.as_ref().map_or(f64::NEG_INFINITY, |score| score.total.mean);
    // Who fails a gate stands behind all who do not.
    ranked.sort_by(|a, b| (b.passed, mean(b)).partial_cmp(&(a.passed, mean(a))).unwrap_or(Ordering::Equal));
    let mut text = String::from("| strategy | score | gates failed |\n|---|---|---|\n");
    for entry in ranked {
        let score = entry.score.as_ref().map_or("–".into(), |score| with_error(&score.total, 1));
        let _ = writeln!(text, "| `{}` | {score} | {} |", entry.strategy, gates(&entry.gates_failed));
    }
    text
}

/// What was broken, in words.
pub fn gates(failed: &[Gate]) -> String {
    failed.iter().map(|gate| gate.words()).collect::<Vec<_>>().join("; ")
}

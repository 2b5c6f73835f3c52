//! Rows with their verdicts, and the page they make.

use potline::report::{Chart, Series, Side, Tone};
use std::fmt::Write as _;

/// How a figure of ours compares with what is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Miss,
    /// Shown, not judged.
    Information,
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Miss => "**miss**",
            Self::Information => "information",
        }
    }
}

/// A number with its digits after the point and its unit.
#[derive(Debug, Clone, Copy)]
pub struct Figure(pub f64, pub usize, pub &'static str);

impl Figure {
    pub fn text(&self) -> String {
        let Self(value, digits, unit) = *self;
        let text = format!("{:.digits$}", value.abs());
        let negative = value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0');
        let sign = if negative { "−" } else { "" };
        if unit.is_empty() { format!("{sign}{text}") } else { format!("{sign}{text} {unit}") }
    }

    fn with(&self, value: f64) -> Self {
        Self(value, self.1, self.2)
    }
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    pub target: u8,
    pub what: String,
    pub ours: String,
    pub published: String,
    pub accepted: String,
    pub verdict: Verdict,
    pub source: &'static str,
}

impl Row {
    /// Judged: ours must lie from `low` to `high`.
    pub fn range(
        target: u8,
        what: &str,
        ours: Figure,
        published: &str,
        (low, high): (f64, f64),
        source: &'static str,
    ) -> Self {
        let accepted = format!("{} to {}", Figure(low, ours.1, "").text(), ours.with(high).text());
        let ok = (low..=high).contains(&ours.0);
        Self::judged(target, what, ours.text(), published, &accepted, ok, source)
    }

    /// Judged: ours must be `expected` to within a share of it.
    pub fn close(
        target: u8,
        what: &str,
        ours: Figure,
        expected: f64,
        share: f64,
        source: &'static str,
    ) -> Self {
        let accepted = if share < 1e-3 {
            format!("relative {share:.0e}")
        } else {
            format!("± {} %", trimmed(share * 100.0))
        };
        let ok = (ours.0 - expected).abs() <= share * expected.abs();
        Self::judged(target, what, ours.text(), &ours.with(expected).text(), &accepted, ok, source)
    }

    /// Judged: the error of a trajectory must stay below `limit`; both are shown as powers of ten.
    pub fn error(
        target: u8,
        what: &str,
        published: &str,
        worst: f64,
        limit: f64,
        source: &'static str,
    ) -> Self {
        let shown = 10_f64.powf(worst.max(1e-16).log10().ceil());
        let (ours, accepted) = (format!("error below {shown:.0e}"), format!("below {limit:.0e}"));
        Self::judged(target, what, ours, published, &accepted, worst <= limit, source)
    }

    /// Judged by `ok`.
    pub fn judged(
        target: u8,
        what: &str,
        ours: String,
        published: &str,
        accepted: &str,
        ok: bool,
        source: &'static str,
    ) -> Self {
        let verdict = if ok { Verdict::Pass } else { Verdict::Miss };
        let (what, published, accepted) = (what.into(), published.into(), accepted.into());
        Self { target, what, ours, published, accepted, verdict, source }
    }

    /// Words after our figure. What a row is about stays the same when parameters move.
    pub fn noted(mut self, words: &str) -> Self {
        self.ours = format!("{} {words}", self.ours);
        self
    }

    /// Shown, not judged.
    pub fn shown(target: u8, what: &str, ours: String, published: &str, source: &'static str) -> Self {
        let (what, published, accepted) = (what.into(), published.into(), "—".into());
        Self { target, what, ours, published, accepted, verdict: Verdict::Information, source }
    }
}

fn trimmed(x: f64) -> String {
    let text = format!("{x:.3}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// A drawing under a table.
pub struct Picture {
    /// File name without its end.
    pub name: &'static str,
    pub caption: String,
    pub chart: Chart,
}

/// Targets of one kind.
pub struct Subject {
    pub title: &'static str,
    pub text: &'static str,
    pub rows: Vec<Row>,
    pub pictures: Vec<Picture>,
}

/// A judged figure known to lie outside, and why that is so.
pub struct ExpectedMiss {
    pub target: u8,
    pub what: &'static str,
    pub reason: &'static str,
}

const INTRODUCTION: &str = include_str!("introduction.md");

/// The whole page.
pub fn page(subjects: &[Subject], misses: &[ExpectedMiss]) -> String {
    let mut md = INTRODUCTION.to_string();
    let rows = || subjects.iter().flat_map(|s| &s.rows);
    let count = |verdict| rows().filter(|r| r.verdict == verdict).count();
    let (pass, miss) = (count(Verdict::Pass), count(Verdict::Miss));
    let _ = writeln!(
        md,
        "\n## Result\n\n{} judged figures: **{pass} pass, {miss} miss**. {} more are shown for information.\n",
        pass + miss,
        count(Verdict::Information)
    );
    if !misses.is_empty() {
        md.push_str("| Target | Misses | Why |\n|---:|---|---|\n");
        for m in misses {
            let _ = writeln!(md, "| {} | {} | {} |", m.target, m.what, m.reason);
        }
        md.push('\n');
    }
    for subject in subjects {
        let _ = writeln!(md, "## {}\n\n{}\n", subject.title, subject.text);
        md.push_str("| Target | What | Ours | Published | Accepted | Verdict | Source |\n");
        md.push_str("|---:|---|---|---|---|---|---|\n");
        let mut rows: Vec<&Row> = subject.rows.iter().collect();
        rows.sort_by_key(|r| r.target);
        for r in rows {
            let _ = writeln!(
                md,
                "| {} | {} | {} | {} | {} | {} | {} |",
                r.target,
                r.what,
                r.ours,
                r.published,
                r.accepted,
                r.verdict.words(),
                r.source
            );
        }
        for p in &subject.pictures {
            let _ = writeln!(md, "\n![{}](validation/{}.svg)\n\n{}", p.chart.title, p.name, p.caption);
        }
        md.push('\n');
    }
    md.truncate(md.trim_end().len());
    md.push('\n');
    md
}

/// A curve of a picture.
pub fn curve(name: &str, points: Vec<(f64, f64)>, tone: Tone) -> Series {
    Series { name: name.into(), points, tone, ..Series::default() }
}

/// A curve on the right axis.
pub fn right(name: &str, points: Vec<(f64, f64)>, tone: Tone) -> Series {
    Series { side: Side::Right, ..curve(name, points, tone) }
}

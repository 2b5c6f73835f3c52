//! The page around the charts.

use super::chart::extent;
use super::svg;
use super::text::{clock, escape, number};
use super::{EventRow, KpiRow, Level, Report, Section};
use std::format;
use std::prelude::rust_2024::*;

/// Events shown; the rest is counted. A page of ten thousand rows is read by nobody.
const MOST_EVENTS: usize = 400;

pub(super) fn page(report: &Report) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0}</title>\n<style>{2}{STYLE}</style>\n</head>\n<body>\n{1}<main>\n<header><h1>{0}</h1>",
        escape(&report.title),
        svg::definitions(),
        svg::STYLE
    );
    if !report.subtitle.is_empty() {
        html.push_str(&format!("<p class=\"subtitle\">{}</p>", escape(&report.subtitle)));
    }
    html.push_str("</header>\n");
    verdict(&mut html, report);
    kpis(&mut html, &report.kpis);
    let mut id = 0;
    for part in &report.sections {
        section(&mut html, part, &mut id);
    }
    events(&mut html, &report.events);
    provenance(&mut html, report);
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn verdict(html: &mut String, report: &Report) {
    if report.verdict.is_empty() {
        return;
    }
    html.push_str("<ul class=\"verdict\">\n");
    for line in &report.verdict {
        let (class, word) = match line.level {
            Level::Good => ("good", "✓ OK"),
            Level::Watch => ("watch", "▲ CHECK"),
            Level::Bad => ("bad", "✕ FAILED"),
        };
        html.push_str(&format!("<li class=\"{class}\"><b>{word}</b> {}</li>\n", escape(&line.text)));
    }
    html.push_str("</ul>\n");
}

fn kpis(html: &mut String, rows: &[KpiRow]) {
    if rows.is_empty() {
        return;
    }
    html.push_str("<section><h2>Key figures 关键指标</h2>\n<table class=\"kpi\">\n<thead><tr><th>Figure</th><th>指标</th><th class=\"number\">Value</th><th>Unit</th><th>Remark</th></tr></thead>\n<tbody>\n");
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = &row.group;
            html.push_str(&format!("<tr class=\"group\"><th colspan=\"5\">{}</th></tr>\n", escape(group)));
        }
        let value = match row.value {
            Some(value) if value.is_finite() => number(value, row.digits),
            _ => "<span class=\"missing\">not known</span>".into(),
        };
        html.push_str(&format!(
            "<tr><td>{}</td><td lang=\"zh\">{}</td><td class=\"number\">{value}</td><td>{}</td><td class=\"note\">{}</td></tr>\n",
            escape(&row.label),
            escape(&row.label_zh),
            escape(&row.unit),
            escape(&row.note)
        ));
    }
    html.push_str("</tbody></table></section>\n");
}

fn section(html: &mut String, section: &Section, id: &mut usize) {
    html.push_str(&format!("<section><h2>{}</h2>\n", escape(&section.heading)));
    if !section.text.is_empty() {
        html.push_str(&format!("<p>{}</p>\n", escape(&section.text)));
    }
    table(html, &section.rows);
    // One time axis for all charts of the section, so that they can be read down a vertical line.
    let ends = section.charts.iter().filter_map(super::Chart::hours).flat_map(|(from, to)| [from, to]);
    let hours = match extent(ends) {
        Some((from, to)) if to > from => (from, to),
        Some((from, _)) => (from, from + 1.0),
        None => (0.0, 1.0),
    };
    for chart in &section.charts {
        *id += 1;
        html.push_str(&format!("<figure>{}</figure>\n", svg::draw(chart, hours, *id)));
    }
    html.push_str("</section>\n");
}

fn table(html: &mut String, rows: &[Vec<String>]) {
    let Some((head, body)) = rows.split_first() else { return };
    let line = |cells: &[String], tag: &str| {
        let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)));
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let body: String = body.iter().map(|row| line(row, "td") + "\n").collect();
    html.push_str(&format!(
        "<table>\n<thead>{}</thead>\n<tbody>\n{body}</tbody></table>\n",
        line(head, "th")
    ));
}

fn events(html: &mut String, events: &[EventRow]) {
    if events.is_empty() {
        return;
    }
    html.push_str("<section><h2>Events 事件</h2>\n<table class=\"events\">\n<thead><tr><th class=\"number\">Time, h:mm</th><th>Source</th><th>Kind</th><th>Event</th><th>Detail</th></tr></thead>\n<tbody>\n");
    for event in events.iter().take(MOST_EVENTS) {
        html.push_str(&format!(
            "<tr><td class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"note\">{}</td></tr>\n",
            clock(event.hours),
            escape(&event.source),
            event.kind.map_or("", super::MarkerKind::label),
            escape(&event.text),
            escape(&event.detail)
        ));
    }
    html.push_str("</tbody></table>\n");
    if events.len() > MOST_EVENTS {
        html.push_str(&format!("<p class=\"note\">and {} more, not shown</p>\n", events.len() - MOST_EVENTS));
    }
    html.push_str("</section>\n");
}

fn provenance(html: &mut String, report: &Report) {
    if report.provenance.is_empty() && report.reproduce.is_empty() {
        return;
    }
    html.push_str("<section><h2>Provenance</h2>\n");
    if !report.provenance.is_empty() {
        html.push_str("<table class=\"provenance\"><tbody>\n");
        for (name, value) in &report.provenance {
            html.push_str(&format!("<tr><th>{}</th><td>{}</td></tr>\n", escape(name), escape(value)));
        }
        html.push_str("</tbody></table>\n");
    }
    if !report.reproduce.is_empty() {
        html.push_str(&format!(
            "<p>Make this report again:</p>\n<pre><code>{}</code></pre>\n",
            escape(&report.reproduce)
        ));
    }
    html.push_str("</section>\n");
}

/// Grey where all is well; colour only for what is not, and always with a word or a shape.
const STYLE: &str = r#"
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #e6e8ea; color: #22272b; font: 15px/1.45 system-ui, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 1140px; margin: 0 auto; padding: 24px 28px 40px; background: #f7f8f8; min-height: 100vh; }
h1 { font-size: 25px; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 17px; margin: 30px 0 8px; padding-bottom: 4px; border-bottom: 1px solid #c4c8cc; }
p { margin: 6px 0 10px; max-width: 82ch; }
.subtitle { color: #565d63; margin: 2px 0 0; }
.verdict { list-style: none; margin: 16px 0 0; padding: 0; }
.verdict li { padding: 6px 12px; margin: 4px 0; background: #eceeef; border-left: 5px solid #8b9298; }
.verdict b { display: inline-block; min-width: 84px; font-size: 13px; letter-spacing: 0.03em; }
.verdict .watch { border-color: #b05a00; background: #f6ecdf; }
.verdict .watch b { color: #8a4600; }
.verdict .bad { border-color: #a4262c; background: #f7e3e3; }
.verdict .bad b { color: #8c1d23; }
table { border-collapse: collapse; width: 100%; font-size: 14px; background: #fff; }
th, td { padding: 4px 10px; text-align: left; vertical-align: baseline; border-bottom: 1px solid #e2e4e6; }
thead th { background: #e6e8ea; font-weight: 600; font-size: 13px; border-bottom: 1px solid #b9bfc4; }
tr.group th { background: #f1f2f3; font-weight: 600; font-size: 13px; color: #454c52; padding-top: 7px; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.number { font-weight: 600; }
.events td.number { font-weight: 400; }
.note, .missing { color: #646b71; font-weight: 400; }
.missing { font-style: italic; }
.provenance { width: auto; }
.provenance th { font-weight: 600; white-space: nowrap; }
.provenance td { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace; font-size: 13px; overflow-wrap: anywhere; }
pre { background: #22272b; color: #f2f3f4; padding: 10px 14px; overflow-x: auto; font-size: 13px; margin: 4px 0; white-space: pre-wrap; }
figure { margin: 10px 0 0; background: #fff; border: 1px solid #d5d8db; padding: 8px 0 2px; }
svg.chart { display: block; width: 100%; height: auto; font-family: inherit; }
@media print {
  @page { size: A4; margin: 12mm; }
  body, main { background: #fff; }
  main { max-width: none; padding: 0; }
  body { font-size: 11px; }
  table { font-size: 10.5px; }
  th, td { padding: 2px 6px; }
  figure, tr, .verdict li { break-inside: avoid; }
  h2 { break-after: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  pre { background: #fff; color: #000; border: 1px solid #999; }
}
"#;

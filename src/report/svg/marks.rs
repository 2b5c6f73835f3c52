//! What stands out on a chart: events, peaks beyond the frame, feed phases, missing data.

use super::super::chart::{Chart, MarkerKind, Phase, Side, Style, Tone};
use super::super::text::{clock, escape, number, width};
use super::frame::Frame;
use super::{BAR, LEFT, PLOT, RIGHT, WIDTH};
use crate::image::FeedPhase;
use std::prelude::rust_2024::*;
use std::{format, vec};

const LANE: f64 = 15.0;
const LANES: usize = 5;
const FONT: f64 = 11.0;
/// Room for the symbols between labels and frame.
const SYMBOLS: f64 = 14.0;
/// More markers of one kind than this are left to their symbols.
const MOST_LABELS: usize = 12;
/// Peaks closer than this \[px\] share one label.
const PEAK_APART: f64 = 78.0;

fn colour(kind: MarkerKind) -> &'static str {
    match kind {
        MarkerKind::AnodeEffect => "#a4262c",
        MarkerKind::FeederFault => "#8a4b00",
        MarkerKind::Tap | MarkerKind::AnodeChange => "#34495e",
        MarkerKind::Beam | MarkerKind::Note => "#7b8288",
    }
}

/// A symbol whose shape tells the kind.
pub(super) fn glyph(kind: MarkerKind, x: f64, y: f64) -> String {
    let colour = colour(kind);
    let shape = |path: String, fill: &str| {
        format!("<path d=\"{path}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.4\"/>")
    };
    match kind {
        MarkerKind::Tap => shape(format!("M{:.1} {:.1}h9l-4.5 8z", x - 4.5, y - 4.0), "#fff"),
        MarkerKind::AnodeChange => {
            shape(format!("M{x:.1} {:.1}l4.5 4.5l-4.5 4.5l-4.5-4.5z", y - 4.5), "#fff")
        }
        MarkerKind::AnodeEffect => shape(format!("M{x:.1} {:.1}l5 9h-10z", y - 5.0), colour),
        MarkerKind::FeederFault => shape(format!("M{:.1} {:.1}l8 8m0-8l-8 8", x - 4.0, y - 4.0), "none"),
        MarkerKind::Beam => shape(format!("M{x:.1} {:.1}v10m-3-3l3 3l3-3m-6-4l3-3l3 3", y - 5.0), "none"),
        MarkerKind::Note => format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"#fff\" stroke=\"{colour}\" stroke-width=\"1.4\"/>"
        ),
    }
}

/// Where the labels of the markers go.
pub(super) struct Lanes {
    /// Lane of each marker's label, in the order of the chart.
    lane: Vec<Option<usize>>,
    pub(super) height: f64,
}

/// From right to left, each label takes the lowest lane that is free, so that the line up to a
/// higher label never crosses a lower one.
pub(super) fn lanes(chart: &Chart, frame: &Frame) -> Lanes {
    let mut order: Vec<usize> = (0..chart.markers.len()).collect();
    order.sort_by(|&a, &b| chart.markers[b].hours.total_cmp(&chart.markers[a].hours));
    let mut free = [WIDTH; LANES];
    let mut lane = vec![None; chart.markers.len()];
    for index in order {
        let marker = &chart.markers[index];
        let alike = chart.markers.iter().filter(|other| other.kind == marker.kind).count();
        let x = frame.x(marker.hours);
        let end = x + width(marker.kind.label(), FONT) + 8.0;
        if alike <= MOST_LABELS
            && inside(frame, marker.hours)
            && let Some(found) = free.iter().position(|limit| end <= *limit)
        {
            // Its line passes through the lanes below.
            free[..=found].iter_mut().for_each(|limit| *limit = limit.min(x - 4.0));
            lane[index] = Some(found);
        }
    }
    let used = lane.iter().flatten().max().map_or(0.0, |lane| (lane + 1) as f64 * LANE);
    let height = if chart.markers.is_empty() { 0.0 } else { used + SYMBOLS };
    Lanes { lane, height }
}

impl Lanes {
    pub(super) fn draw(&self, chart: &Chart, frame: &Frame) -> String {
        let mut svg = String::new();
        for (marker, lane) in chart.markers.iter().zip(&self.lane).filter(|(m, _)| inside(frame, m.hours)) {
            let (x, colour) = (frame.x(marker.hours), colour(marker.kind));
            let dash = if marker.kind == MarkerKind::AnodeEffect { "none" } else { "4 3" };
            let end = frame.bottom() + if chart.phases.is_empty() { 0.0 } else { BAR + 6.0 };
            let tip = format!("{} {} {}", clock(marker.hours), marker.kind.label(), marker.text);
            svg.push_str(&format!("<g><title>{}</title>", escape(tip.trim())));
            svg.push_str(&format!(
                "<path d=\"M{x:.1} {:.1}V{end:.1}\" stroke=\"{colour}\" stroke-width=\"1\" stroke-dasharray=\"{dash}\" opacity=\"0.75\"/>",
                frame.top
            ));
            if let Some(lane) = lane {
                let y = frame.top - SYMBOLS - *lane as f64 * LANE - 3.0;
                svg.push_str(&format!(
                    "<path d=\"M{x:.1} {:.1}V{:.1}\" stroke=\"{colour}\" stroke-width=\"0.8\"/>\
                     <text class=\"mark\" x=\"{:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{}</text>",
                    frame.top - SYMBOLS + 4.0,
                    y - 8.0,
                    x + 4.0,
                    marker.kind.label()
                ));
            }
            svg.push_str(&glyph(marker.kind, x, frame.top - 7.0));
            svg.push_str("</g>\n");
        }
        svg
    }
}

fn inside(frame: &Frame, hours: f64) -> bool {
    hours >= frame.hours.0 && hours <= frame.hours.1
}

/// An excursion beyond the frame: its extreme value and where it stands.
struct Peak {
    x: f64,
    value: f64,
}

/// Arrows and values where a curve of the first axis leaves the frame.
pub(super) fn peaks(chart: &Chart, frame: &Frame) -> String {
    let mut svg = String::new();
    for series in chart.series.iter().filter(|series| series.side == Side::Left) {
        for up in [true, false] {
            for peak in excursions(&series.points, frame, up) {
                let (edge, tip, base) = if up {
                    (frame.top, frame.top + 2.0, 8.0)
                } else {
                    (frame.bottom(), frame.bottom() - 2.0, -8.0)
                };
                let label = format!("{} {}", number(peak.value, 1), chart.y.unit);
                let room = peak.x + 9.0 + width(&label, FONT) < WIDTH - RIGHT;
                let (at, anchor) = if room { (peak.x + 9.0, "start") } else { (peak.x - 9.0, "end") };
                svg.push_str(&format!(
                    "<path d=\"M{:.1} {tip:.1}l5 {base}h-10z\" fill=\"#a4262c\"/>\
                     <text class=\"peak\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
                    peak.x,
                    edge + if up { 12.0 } else { -5.0 },
                    escape(&label)
                ));
            }
        }
    }
    svg
}

fn excursions(points: &[(f64, f64)], frame: &Frame, up: bool) -> Vec<Peak> {
    let (low, high) = frame.left;
    // A rounding error past the frame is no excursion.
    let air = 1e-6 * (high - low);
    let mut peaks: Vec<Peak> = Vec::new();
    let beyond = |value: f64| if up { value > high + air } else { value < low - air };
    for &(hours, value) in points.iter().filter(|p| beyond(p.1) && inside(frame, p.0)) {
        let x = frame.x(hours);
        let further = |peak: &Peak| if up { value > peak.value } else { value < peak.value };
        match peaks.last_mut() {
            Some(peak) if x - peak.x < PEAK_APART => {
                if further(peak) {
                    *peak = Peak { x, value };
                }
            }
            _ => peaks.push(Peak { x, value }),
        }
    }
    peaks
}

/// Stretches without data of the quantity the chart is about, wide enough to be seen. Bars stand apart,
/// with nothing missing between them.
fn gap_list(chart: &Chart) -> Vec<(f64, f64)> {
    let mut list = Vec::new();
    let Some(series) = chart
        .series
        .iter()
        .find(|s| s.tone == Tone::Primary && s.side == Side::Left && s.style != Style::Bars)
    else {
        return list;
    };
    let mut open = None;
    for &(hours, value) in &series.points {
        match (value.is_nan(), open) {
            (true, None) => open = Some(hours),
            (false, Some(from)) => {
                list.push((from, hours));
                open = None;
            }
            _ => {}
        }
    }
    if let (Some(from), Some(last)) = (open, series.points.last()) {
        list.push((from, last.0));
    }
    list
}

pub(super) fn has_gaps(chart: &Chart) -> bool {
    gap_list(chart).iter().any(|(from, to)| to > from)
}

pub(super) fn gaps(chart: &Chart, frame: &Frame) -> String {
    let spans = gap_list(chart).into_iter().map(|(from, to)| (frame.x(from), frame.x(to) - frame.x(from)));
    spans
        .filter(|(_, width)| *width > 0.0)
        .map(|(x, width)| {
            format!(
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{PLOT}\" fill=\"url(#hatch-gap)\"/>",
                frame.top,
                width.max(1.0)
            )
        })
        .collect()
}

/// The bar of feed phases: its height shows the rate, its filling the phase.
pub(super) fn phases(chart: &Chart, frame: &Frame, y: f64) -> String {
    let mut svg = format!(
        "<text class=\"tick\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">feed 下料</text>\
         <path d=\"M{LEFT} {:.1}H{}\" stroke=\"#b9bfc4\" stroke-width=\"0.8\"/>",
        LEFT - 7.0,
        y + BAR - 4.0,
        y + BAR,
        WIDTH - RIGHT,
    );
    for &Phase { from, to, phase } in &chart.phases {
        let x = frame.x(from.max(frame.hours.0));
        let width = frame.x(to.min(frame.hours.1)) - x;
        if width > 0.0 {
            let tip = format!("{} to {} {}", clock(from), clock(to), phase_label(phase));
            svg.push_str(&format!("<g><title>{tip}</title>{}</g>", phase_glyph(phase, x, y, width, BAR)));
        }
    }
    svg.push('\n');
    svg
}

/// A piece of the bar, standing on `y + height`.
pub(super) fn phase_glyph(phase: FeedPhase, x: f64, y: f64, width: f64, height: f64) -> String {
    let (share, fill, edge) = match phase {
        FeedPhase::Base => (0.55, "#c3c9ce", "#8b9298"),
        FeedPhase::Under => (0.3, "#6f9bbd", "#4d7693"),
        FeedPhase::Over => (1.0, "#2f5f84", "#1f4661"),
        FeedPhase::Track => (0.3, "url(#hatch-lean)", "#4d7693"),
        FeedPhase::Fast => (1.0, "url(#hatch-fast)", "#1f4661"),
        FeedPhase::Hold => (0.55, "#fff", "#6b7277"),
        FeedPhase::Effect => (1.0, "url(#hatch-effect)", "#7d1d22"),
        FeedPhase::Stop => (0.12, "#22272b", "#22272b"),
    };
    format!(
        "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\" stroke=\"{edge}\" stroke-width=\"0.6\"/>",
        y + height * (1.0 - share),
        width.max(0.6),
        height * share
    )
}

pub(super) fn phase_label(phase: FeedPhase) -> &'static str {
    match phase {
        FeedPhase::Base => "base 正常",
        FeedPhase::Under => "underfeed 欠量",
        FeedPhase::Over => "overfeed 过量",
        FeedPhase::Track => "track (forced underfeed)",
        FeedPhase::Fast => "fast feed",
        FeedPhase::Hold => "hold (operation)",
        FeedPhase::Effect => "effect 效应",
        FeedPhase::Stop => "stop 停料",
    }
}

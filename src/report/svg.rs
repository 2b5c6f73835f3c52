//! Drawing one chart. All charts of a section share margins and time axis, so that what happened
//! together stands in one vertical line.

mod frame;
mod legend;
mod marks;

use super::chart::{Chart, Side, Style, Tone, decimate};
use super::text::escape;
use frame::Frame;
use std::format;
use std::prelude::rust_2024::*;

/// Width of a chart \[px\].
pub(super) const WIDTH: f64 = 1080.0;
/// Room for the first axis.
const LEFT: f64 = 78.0;
/// Room for the second axis, kept free where there is none.
const RIGHT: f64 = 70.0;
/// Height of the plot.
const PLOT: f64 = 176.0;
/// Height of the bar of feed phases.
const BAR: f64 = 16.0;

/// Width of a bar.
const BROAD: f64 = 9.0;

/// Colour, dash and width of a part. Dark enough for grey paper, apart enough for colour-blind eyes.
fn stroke(tone: Tone) -> (&'static str, &'static str, f64) {
    match tone {
        Tone::Primary => ("#1d4f76", "none", 1.4),
        Tone::Secondary => ("#b05a00", "9 3", 1.6),
        Tone::Reference => ("#3a3f44", "2 3", 1.5),
        Tone::Muted => ("#9aa0a6", "none", 0.8),
        Tone::Alert => ("#a4262c", "none", 2.2),
    }
}

/// Hatches for feed phases and missing data.
const PATTERNS: &str = concat!(
    "<defs>",
    r##"<pattern id="hatch-lean" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/><rect width="2.4" height="5" fill="#6f9bbd"/></pattern>"##,
    r##"<pattern id="hatch-fast" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/><rect width="3" height="5" fill="#2f5f84"/></pattern>"##,
    r##"<pattern id="hatch-effect" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="5" height="5" fill="#a4262c"/><rect width="1.4" height="5" fill="#fff"/></pattern>"##,
    r##"<pattern id="hatch-gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#f4f4f4"/><rect width="1" height="6" fill="#c4c8cc"/></pattern>"##,
    "</defs>"
);

/// Shared definitions of a page.
pub(super) fn definitions() -> String {
    format!(
        "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\">{PATTERNS}</svg>\n"
    )
}

/// Looks of a chart's words and lines.
pub(super) const STYLE: &str = "svg .title { font-size: 14px; font-weight: 600; fill: #22272b; }
svg .legend { font-size: 12px; fill: #363c41; }
svg .tick { font-size: 11.5px; fill: #454c52; font-variant-numeric: tabular-nums; }
svg .axis { font-size: 11.5px; fill: #454c52; }
svg .mark { font-size: 11px; }
svg .peak { font-size: 11px; font-weight: 600; fill: #8c1d23; paint-order: stroke; stroke: #fff; stroke-width: 3px; }
svg .grid { stroke: #22272b; stroke-opacity: 0.1; fill: none; }
svg .frame { stroke: #6b7277; fill: none; }
";

/// The chart as a file of its own.
pub(super) fn standalone(chart: &Chart) -> String {
    let hours = chart.hours().filter(|(from, to)| to > from).unwrap_or((0.0, 1.0));
    let drawn = draw(chart, hours, 0);
    let (head, body) = drawn.split_once('\n').unwrap_or(("", ""));
    let head = head.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    format!(
        "{head}\n<style>svg {{ font-family: system-ui, sans-serif; }}\n{STYLE}</style>{PATTERNS}\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}"
    )
}

/// The chart over `hours`; `id` must be unique in the page.
pub(super) fn draw(chart: &Chart, hours: (f64, f64), id: usize) -> String {
    let legend = legend::draw(chart);
    let mut frame = Frame::new(chart, hours);
    let lanes = marks::lanes(chart, &frame);
    frame.top = 28.0 + legend.height + lanes.height;
    let bar = if chart.phases.is_empty() { 0.0 } else { BAR + 8.0 };
    let height = frame.bottom() + bar + 36.0;

    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{0}\">\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"16\">{0}</text>\n\
         <clipPath id=\"clip{id}\"><rect x=\"{LEFT}\" y=\"{1:.1}\" width=\"{2}\" height=\"{PLOT}\"/></clipPath>\n",
        escape(&chart.title),
        frame.top,
        frame.width(),
    );
    svg.push_str(&legend.svg);
    svg.push_str(&frame.background(chart));
    svg.push_str(&format!("<g clip-path=\"url(#clip{id})\">"));
    svg.push_str(&marks::gaps(chart, &frame));
    // Background first; what is dashed, and would vanish under a noisy curve, last.
    for tone in [Tone::Muted, Tone::Primary, Tone::Secondary, Tone::Reference, Tone::Alert] {
        for series in chart.series.iter().filter(|series| series.tone == tone) {
            svg.push_str(&curve(&series.points, series.style, tone, series.side, &frame));
        }
    }
    svg.push_str("</g>\n");
    svg.push_str(&frame.border(chart, bar));
    if !chart.phases.is_empty() {
        svg.push_str(&marks::phases(chart, &frame, frame.bottom() + 6.0));
    }
    svg.push_str(&lanes.draw(chart, &frame));
    svg.push_str(&marks::peaks(chart, &frame));
    svg.push_str("</svg>\n");
    svg
}

/// One curve, thinned to the pixels it has.
fn curve(points: &[(f64, f64)], style: Style, tone: Tone, side: Side, frame: &Frame) -> String {
    let (colour, dash, width) = stroke(tone);
    let thin = decimate(points, frame.width() as usize);
    let place = |point: &(f64, f64)| (frame.x(point.0), frame.y(point.1, side));
    if style == Style::Dots {
        let dots = thin.iter().filter(|point| point.1.is_finite()).map(|point| dot(tone, place(point)));
        return dots.collect();
    }
    // A broad pen makes a bar of a stroke.
    let width = if style == Style::Bars { BROAD } else { width };
    let dash = if style == Style::Bars { "none" } else { dash };
    let mut path = String::new();
    let (mut pen_down, mut climbed, mut last) = (false, 0.0, f64::NAN);
    for point in &thin {
        if !point.1.is_finite() {
            // A held value holds until the data end.
            if pen_down && style == Style::Step {
                path.push_str(&format!("H{:.1}", frame.x(point.0)));
            }
            pen_down = false;
            continue;
        }
        let (x, y) = place(point);
        path.push_str(&match (pen_down, style) {
            (false, _) => format!("M{x:.1} {y:.1}"),
            (true, Style::Step) => format!("H{x:.1}V{y:.1}"),
            (true, _) => format!("L{x:.1} {y:.1}"),
        });
        pen_down = true;
        // max() passes over the NaN of a first point.
        climbed += f64::max((y - last).abs(), 0.0).min(PLOT);
        last = y;
    }
    // Noise fills every pixel; a fine pen keeps the outline of what it fills honest.
    let width = if climbed > 6.0 * frame.width() { 0.6 * width } else { width };
    format!(
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
         stroke-dasharray=\"{dash}\" stroke-linejoin=\"round\"/>\n"
    )
}

/// A dot whose shape tells its part: disc, square, or diamond.
fn dot(tone: Tone, (x, y): (f64, f64)) -> String {
    let colour = stroke(tone).0;
    let paint = format!("fill=\"#fff\" stroke=\"{colour}\" stroke-width=\"1.5\"");
    match tone {
        Tone::Primary | Tone::Muted => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" {paint}/>"),
        Tone::Secondary => {
            format!("<rect x=\"{:.1}\" y=\"{:.1}\" width=\"6\" height=\"6\" {paint}/>", x - 3.0, y - 3.0)
        }
        Tone::Reference | Tone::Alert => {
            format!("<path d=\"M{x:.1} {:.1}l4 4l-4 4l-4-4z\" {paint}/>", y - 4.0)
        }
    }
}

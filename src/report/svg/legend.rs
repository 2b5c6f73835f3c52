//! The legend, between title and plot, so that it can never cover data.

use super::super::chart::{Chart, MarkerKind, Side, Style};
use super::super::text::{escape, width};
use super::marks::{glyph, phase_glyph, phase_label};
use super::{LEFT, RIGHT, WIDTH, dot, stroke};
use crate::image::FeedPhase;
use std::format;
use std::prelude::rust_2024::*;

const ROW: f64 = 18.0;
const SAMPLE: f64 = 26.0;
const FONT: f64 = 12.0;

pub(super) struct Legend {
    pub(super) svg: String,
    pub(super) height: f64,
}

pub(super) fn draw(chart: &Chart) -> Legend {
    let mut flow = Flow { svg: String::new(), x: LEFT, y: 34.0 };
    // A nameless series is the other half of one that has a name: the lower end of a range.
    for series in chart.series.iter().filter(|series| !series.name.is_empty()) {
        let (colour, dash, line) = stroke(series.tone);
        let name = match series.side {
            Side::Left => series.name.clone(),
            Side::Right => format!("{} (right axis)", series.name),
        };
        flow.entry(&name, |x, y| match series.style {
            Style::Dots => dot(series.tone, (x + SAMPLE / 2.0, y - 4.0)),
            _ => format!(
                "<path d=\"M{x:.1} {:.1}h{SAMPLE}\" stroke=\"{colour}\" stroke-width=\"{}\" stroke-dasharray=\"{dash}\"/>",
                y - 4.0,
                line + 0.4
            ),
        });
    }
    for band in &chart.bands {
        flow.entry(&band.name, |x, y| {
            format!(
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{SAMPLE}\" height=\"10\" fill=\"#e4ebe6\" stroke=\"#7d9486\" stroke-dasharray=\"5 3\" stroke-width=\"0.8\"/>",
                y - 9.0
            )
        });
    }
    if super::marks::has_gaps(chart) {
        flow.entry("no data 无数据", |x, y| {
            format!("<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{SAMPLE}\" height=\"10\" fill=\"url(#hatch-gap)\" stroke=\"#c4c8cc\" stroke-width=\"0.8\"/>", y - 9.0)
        });
    }
    let mut kinds: Vec<MarkerKind> = chart.markers.iter().map(|marker| marker.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        flow.entry(kind.label(), |x, y| glyph(kind, x + SAMPLE / 2.0, y - 4.0));
    }
    if !chart.phases.is_empty() {
        // The bar has a row of its own: its entries are read together.
        flow.row();
        for phase in PHASES.into_iter().filter(|phase| chart.phases.iter().any(|p| p.phase == *phase)) {
            flow.entry(phase_label(phase), |x, y| phase_glyph(phase, x, y - 12.0, SAMPLE, 14.0));
        }
    }
    Legend { height: flow.y - 34.0 + if flow.svg.is_empty() { 0.0 } else { ROW }, svg: flow.svg }
}

const PHASES: [FeedPhase; 8] = [
    FeedPhase::Base,
    FeedPhase::Under,
    FeedPhase::Over,
    FeedPhase::Track,
    FeedPhase::Fast,
    FeedPhase::Hold,
    FeedPhase::Effect,
    FeedPhase::Stop,
];

/// Entries side by side, on a new row where the paper ends.
struct Flow {
    svg: String,
    x: f64,
    y: f64,
}

impl Flow {
    fn entry(&mut self, name: &str, sample: impl FnOnce(f64, f64) -> String) {
        let needed = SAMPLE + 6.0 + width(name, FONT) + 18.0;
        if self.x + needed > WIDTH - RIGHT + 18.0 {
            self.row();
        }
        self.svg.push_str(&sample(self.x, self.y));
        self.svg.push_str(&format!(
            "<text class=\"legend\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            self.x + SAMPLE + 6.0,
            self.y,
            escape(name)
        ));
        self.x += needed;
    }

    fn row(&mut self) {
        if self.x > LEFT {
            self.x = LEFT;
            self.y += ROW;
        }
    }
}

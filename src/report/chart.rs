//! What a chart shows: series, bands, feed phases, markers; and the thinning that keeps its spikes.

use crate::image::FeedPhase;
use std::prelude::rust_2024::*;

/// An axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// What is drawn, as `cell voltage 槽电压`.
    pub label: String,
    /// Unit.
    pub unit: String,
}

impl Axis {
    /// An axis for `label` in `unit`.
    #[must_use]
    pub fn new(label: &str, unit: &str) -> Self {
        Self { label: label.into(), unit: unit.into() }
    }
}

/// Which axis a series belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// The first axis.
    #[default]
    Left,
    /// The second axis.
    Right,
}

/// How points are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Straight lines.
    #[default]
    Line,
    /// A value holds until the next point: set-points, counters.
    Step,
    /// Single dots: laboratory samples.
    Dots,
    /// Upright bars, from the first point of each to the second; a gap between bars.
    Bars,
}

/// The part a series plays. Each has its own dash beside its own shade, so that colour is never
/// needed to tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// The quantity the chart is about.
    #[default]
    Primary,
    /// A second quantity.
    Secondary,
    /// A target, set-point or estimate to compare with.
    Reference,
    /// Background: another cell, a raw signal.
    Muted,
    /// Abnormal.
    Alert,
}

/// One curve.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Name in the legend; empty for the other half of a named series.
    pub name: String,
    /// Time \[h\], or what [`Chart::x`] says, and value, in this order. NaN leaves a gap.
    pub points: Vec<(f64, f64)>,
    /// How points are joined.
    pub style: Style,
    /// Which part it plays.
    pub tone: Tone,
    /// Which axis it belongs to.
    pub side: Side,
}

/// An acceptable range, shaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Name in the legend.
    pub name: String,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A stretch of one feed phase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Begin \[h\].
    pub from: f64,
    /// End \[h\].
    pub to: f64,
    /// Phase.
    pub phase: FeedPhase,
}

/// What an event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkerKind {
    /// Metal was tapped (出铝).
    Tap,
    /// An anode was changed (换极).
    AnodeChange,
    /// Anode effect (阳极效应).
    AnodeEffect,
    /// A feeder does not deliver (下料故障).
    FeederFault,
    /// The beam was raised by hand (抬母线), or moved.
    Beam,
    /// Anything else worth a line.
    Note,
}

impl MarkerKind {
    /// Name in both languages of the potroom.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Tap => "tap 出铝",
            Self::AnodeChange => "anode change 换极",
            Self::AnodeEffect => "anode effect 阳极效应",
            Self::FeederFault => "feeder fault 下料故障",
            Self::Beam => "beam 抬母线",
            Self::Note => "note",
        }
    }
}

/// A vertical line where something happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// When \[h\].
    pub hours: f64,
    /// What.
    pub kind: MarkerKind,
    /// Further words for whoever points at it, or empty.
    pub text: String,
}

/// One chart, over time unless `x` says otherwise.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// What the horizontal axis shows instead of hours.
    pub x: Option<Axis>,
    /// Names at places of the horizontal axis, in place of its numbers; or empty.
    pub labels: Vec<(f64, String)>,
    /// First axis.
    pub y: Axis,
    /// Second axis, at the right.
    pub second: Option<Axis>,
    /// Curves.
    pub series: Vec<Series>,
    /// Acceptable ranges of the first axis.
    pub bands: Vec<Band>,
    /// Bar of feed phases under the plot.
    pub phases: Vec<Phase>,
    /// Events.
    pub markers: Vec<Marker>,
    /// Range of the first axis, when an excursion would flatten everything else. Where the curve
    /// leaves the frame its peak is written. [`Chart::clip_to_normal`] finds one.
    pub clip: Option<(f64, f64)>,
}

impl Chart {
    /// The chart as an SVG file of its own, on white paper.
    #[must_use]
    pub fn svg(&self) -> String {
        super::svg::standalone(self)
    }

    /// Clips the first axis to where its series spend all but one per cent of their time on either
    /// side, with the bands and some air; does nothing when that hides no excursion.
    pub fn clip_to_normal(&mut self) {
        let mut values: Vec<f64> = self.values(Side::Left).collect();
        values.sort_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else { return };
        let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
        let low = self.bands.iter().fold(at(0.01), |low, band| low.min(band.low));
        let high = self.bands.iter().fold(at(0.99), |high, band| high.max(band.high));
        let air = 0.5 * (high - low);
        if high > low && (min < low - 2.0 * air || max > high + 2.0 * air) {
            // What is never negative needs no room below zero.
            let floor = if min >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
            self.clip = Some(((low - air).max(floor), high + air));
        }
    }

    /// Finite values of the series at `side`.
    pub(super) fn values(&self, side: Side) -> impl Iterator<Item = f64> + '_ {
        self.series
            .iter()
            .filter(move |series| series.side == side)
            .flat_map(|series| series.points.iter().map(|point| point.1))
            .filter(|value| value.is_finite())
    }

    /// First and last moment of anything on the chart \[h\].
    pub(super) fn hours(&self) -> Option<(f64, f64)> {
        let points = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
        let phases = self.phases.iter().flat_map(|phase| [phase.from, phase.to]);
        let markers = self.markers.iter().map(|marker| marker.hours);
        // Half a place of air beside the first and the last name.
        let names = self.labels.iter().flat_map(|(place, _)| [place - 0.5, place + 0.5]);
        extent(points.chain(phases).chain(markers).chain(names))
    }
}

/// Smallest and largest finite value.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
    })
}

/// Thins `points` (in order of time) to at most four per bucket of time: its first, lowest, highest
/// and last. Spikes survive, and a drawing one bucket per pixel wide is the same as without
/// thinning. A gap (NaN) survives as one NaN point.
#[must_use]
pub fn decimate(points: &[(f64, f64)], buckets: usize) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let width = (last.0 - first.0) / buckets.max(1) as f64;
    if points.len() <= 4 * buckets.max(1) || width <= 0.0 || !width.is_finite() {
        return points.to_vec();
    }
    let mut thin = Vec::with_capacity(4 * buckets);
    let mut rest = points;
    while let Some(start) = rest.first() {
        // A bucket ends with its time, or where a gap begins or ends.
        let bucket = ((start.0 - first.0) / width) as usize;
        let length = rest
            .iter()
            .take_while(|p| ((p.0 - first.0) / width) as usize == bucket && p.1.is_nan() == start.1.is_nan())
            .count()
            .max(1);
        let (run, after) = rest.split_at(length);
        keep_extremes(run, &mut thin);
        rest = after;
    }
    thin
}

fn keep_extremes(run: &[(f64, f64)], out: &mut Vec<(f64, f64)>) {
    let Some(last) = run.len().checked_sub(1) else { return };
    if run[0].1.is_nan() {
        // One NaN is gap enough.
        if out.last().is_none_or(|point| !point.1.is_nan()) {
            out.push(run[0]);
        }
        return;
    }
    let mut keep = [0, 0, 0, last];
    for (index, point) in run.iter().enumerate() {
        if point.1 < run[keep[1]].1 {
            keep[1] = index;
        }
        if point.1 > run[keep[2]].1 {
            keep[2] = index;
        }
    }
    keep.sort_unstable();
    for (position, &index) in keep.iter().enumerate() {
        if position == 0 || index != keep[position - 1] {
            out.push(run[index]);
        }
    }
}

//! Axes: where a time and a value stand on the paper, and the grid behind them.

use super::super::chart::{Chart, Side, extent};
use super::super::text::{clock, digits_of, escape, number, round_step, time_step};
use super::{LEFT, PLOT, RIGHT, WIDTH};
use std::format;
use std::prelude::rust_2024::*;

/// Most parts of a vertical axis.
const PARTS: usize = 5;
/// Most parts of the time axis.
const TIME_PARTS: usize = 13;

pub(super) struct Frame {
    pub(super) hours: (f64, f64),
    pub(super) left: (f64, f64),
    pub(super) right: (f64, f64),
    pub(super) top: f64,
    /// The horizontal axis shows something else than hours.
    pub(super) plain: bool,
    /// Names in place of numbers, safe between tags.
    labels: Vec<(f64, String)>,
}

impl Frame {
    pub(super) fn new(chart: &Chart, hours: (f64, f64)) -> Self {
        let bands = chart.bands.iter().flat_map(|band| [band.low, band.high]);
        let left = match chart.clip.filter(|(low, high)| high > low) {
            Some(clip) => clip,
            None => rounded(extent(chart.values(Side::Left).chain(bands))),
        };
        Self {
            hours,
            left,
            right: rounded(extent(chart.values(Side::Right))),
            top: 0.0,
            plain: chart.x.is_some(),
            labels: chart.labels.iter().map(|(place, name)| (*place, escape(name))).collect(),
        }
    }

    pub(super) fn width(&self) -> f64 {
        WIDTH - LEFT - RIGHT
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + PLOT
    }

    pub(super) fn x(&self, hours: f64) -> f64 {
        LEFT + (hours - self.hours.0) / (self.hours.1 - self.hours.0) * self.width()
    }

    /// Far outside the frame is near enough: the clip path hides it, and huge coordinates break
    /// viewers.
    pub(super) fn y(&self, value: f64, side: Side) -> f64 {
        let (low, high) = if side == Side::Left { self.left } else { self.right };
        self.bottom() - ((value - low) / (high - low)).clamp(-4.0, 5.0) * PLOT
    }

    /// Paper, bands and grid.
    pub(super) fn background(&self, chart: &Chart) -> String {
        let (top, bottom, end) = (self.top, self.bottom(), WIDTH - RIGHT);
        let mut svg = format!(
            "<rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{}\" height=\"{PLOT}\" fill=\"#fff\"/>",
            self.width()
        );
        for band in &chart.bands {
            let high = self.y(band.high, Side::Left).clamp(top, bottom);
            let low = self.y(band.low, Side::Left).clamp(top, bottom);
            svg.push_str(&format!(
                "<rect x=\"{LEFT}\" y=\"{high:.1}\" width=\"{}\" height=\"{:.1}\" fill=\"#e4ebe6\"/>",
                self.width(),
                low - high
            ));
            for y in [high, low].into_iter().filter(|y| *y > top && *y < bottom) {
                svg.push_str(&format!(
                    "<path d=\"M{LEFT} {y:.1}H{end}\" stroke=\"#7d9486\" stroke-width=\"0.8\" stroke-dasharray=\"5 3\"/>"
                ));
            }
        }
        for (value, _) in ticks(self.left) {
            let y = self.y(value, Side::Left);
            svg.push_str(&format!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{end}\"/>"));
        }
        for (hours, _) in self.time_ticks() {
            svg.push_str(&format!("<path class=\"grid\" d=\"M{:.1} {top:.1}V{bottom:.1}\"/>", self.x(hours)));
        }
        svg.push('\n');
        svg
    }

    /// Frame, tick labels and axis titles; the time axis stands `below` the plot.
    pub(super) fn border(&self, chart: &Chart, below: f64) -> String {
        let (top, bottom, end) = (self.top, self.bottom(), WIDTH - RIGHT);
        let mut svg = format!(
            "<rect class=\"frame\" x=\"{LEFT}\" y=\"{top:.1}\" width=\"{}\" height=\"{PLOT}\"/>",
            self.width()
        );
        for (value, label) in ticks(self.left) {
            let y = self.y(value, Side::Left) + 4.0;
            svg.push_str(&format!(
                "<text class=\"tick\" x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 7.0
            ));
        }
        svg.push_str(&axis_title(&chart.y.label, &chart.y.unit, 15.0, (top + bottom) / 2.0));
        if let Some(second) = &chart.second {
            for (value, label) in ticks(self.right) {
                let y = self.y(value, Side::Right);
                svg.push_str(&format!(
                    "<path class=\"frame\" d=\"M{end} {y:.1}h4\"/><text class=\"tick\" x=\"{}\" y=\"{:.1}\">{label}</text>",
                    end + 8.0,
                    y + 4.0
                ));
            }
            svg.push_str(&axis_title(&second.label, &second.unit, WIDTH - 8.0, (top + bottom) / 2.0));
        }
        let y = bottom + below + 15.0;
        for (hours, label) in self.time_ticks() {
            svg.push_str(&format!(
                "<path class=\"frame\" d=\"M{0:.1} {bottom:.1}v4\"/><text class=\"tick\" x=\"{0:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label}</text>",
                self.x(hours)
            ));
        }
        let unit = match &chart.x {
            Some(axis) => titled(&axis.label, &axis.unit),
            None if self.in_days() => "time 时间, d".into(),
            None => "time 时间, h".into(),
        };
        svg.push_str(&format!(
            "<text class=\"axis\" x=\"{end}\" y=\"{:.1}\" text-anchor=\"end\">{unit}</text>\n",
            y + 15.0
        ));
        svg
    }

    fn in_days(&self) -> bool {
        self.hours.1 - self.hours.0 > 96.0
    }

    /// Round times of the axis with their labels.
    fn time_ticks(&self) -> Vec<(f64, String)> {
        let (from, to) = self.hours;
        if !self.labels.is_empty() {
            return self.labels.clone();
        }
        if self.plain {
            return cut(self.hours, TIME_PARTS);
        }
        let step = time_step(to - from, TIME_PARTS);
        multiples(from, to, step)
            .map(|hours| {
                let label = if self.in_days() {
                    number(hours / 24.0, digits_of(step / 24.0).min(1))
                } else if step < 1.0 {
                    clock(hours)
                } else {
                    number(hours, 0)
                };
                (hours, label)
            })
            .collect()
    }
}

fn axis_title(label: &str, unit: &str, x: f64, y: f64) -> String {
    format!(
        "<text class=\"axis\" x=\"{x}\" y=\"{y:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 {x} {y:.1})\">{}</text>",
        titled(label, unit)
    )
}

/// `label, unit`, safe between tags.
fn titled(label: &str, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(", {}", escape(unit)) };
    format!("{}{unit}", escape(label))
}

/// A range that begins and ends on a tick.
fn rounded(range: Option<(f64, f64)>) -> (f64, f64) {
    let (low, high) = range.unwrap_or((0.0, 1.0));
    // A constant still needs room above and below.
    let (low, high) = if high - low > 1e-9 * high.abs().max(low.abs()) {
        (low, high)
    } else {
        let air = (0.05 * low.abs()).max(0.5);
        (low - air, high + air)
    };
    let step = round_step(high - low, PARTS);
    ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step)
}

fn ticks(range: (f64, f64)) -> Vec<(f64, String)> {
    cut(range, PARTS)
}

fn cut((low, high): (f64, f64), parts: usize) -> Vec<(f64, String)> {
    let step = round_step(high - low, parts);
    multiples(low, high, step).map(|value| (value, number(value, digits_of(step)))).collect()
}

fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step - 1e-6).ceil();
    let count = ((high / step + 1e-6).floor() - first + 1.0).clamp(0.0, 100.0) as u32;
    (0..count).map(move |index| (first + f64::from(index)) * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_begin_and_end_on_round_values() {
        let (low, high) = rounded(Some((3.91, 4.13)));
        assert!((low - 3.9).abs() < 1e-9 && (high - 4.15).abs() < 1e-9);
        let (low, high) = rounded(Some((4.0, 4.0)));
        assert!(low < 4.0 && high > 4.0);
        assert_eq!(rounded(None), (0.0, 1.0));
        let labels: Vec<String> = ticks((3.9, 4.15)).into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["3.90", "3.95", "4.00", "4.05", "4.10", "4.15"]);
    }

    #[test]
    fn a_day_is_cut_into_two_hours_and_an_hour_into_minutes() {
        let frame = |hours| Frame {
            hours,
            left: (0.0, 1.0),
            right: (0.0, 1.0),
            top: 0.0,
            plain: false,
            labels: Vec::new(),
        };
        let labels = |hours| frame(hours).time_ticks().into_iter().map(|tick| tick.1).collect::<Vec<_>>();
        assert_eq!(labels((0.0, 24.0)).len(), 13);
        assert_eq!(labels((0.0, 1.0))[1], "0:05");
        assert_eq!(labels((0.0, 240.0)), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    }
}

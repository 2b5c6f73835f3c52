//! Escaping, number formats, widths of words, round tick values.

use std::format;
use std::prelude::rust_2024::*;

/// Text that is safe between tags and in attributes. Control characters would make the page invalid.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Width of `text` at `size` pixels, rather too wide than too narrow: Chinese characters fill a
/// square, Latin ones a little more than half of it.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c >= '\u{2e80}' { 1.0 } else { 0.55 }).sum::<f64>() * size
}

/// A number with thin groups of three, as `12 523.4`; a minus that is one.
pub(super) fn number(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0') {
        out.push('\u{2212}');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && whole.len() > 4 && (whole.len() - index) % 3 == 0 {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A step of 1, 2, 2.5 or 5 times a power of ten that cuts `range` into at most `most` parts.
pub(super) fn round_step(range: f64, most: usize) -> f64 {
    let least = range / most.max(1) as f64;
    let decade = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|step| step * decade >= least * (1.0 - 1e-9));
    step.unwrap_or(10.0) * decade
}

/// Digits after the point that tell ticks `step` apart.
pub(super) fn digits_of(step: f64) -> usize {
    (0..6)
        .find(|&digits| {
            (step * 10_f64.powi(digits)).fract().min(1.0 - (step * 10_f64.powi(digits)).fract()) < 1e-6
        })
        .unwrap_or(6) as usize
}

/// Step of a time axis \[h\]: minutes, hours or days, at most `most` parts.
pub(super) fn time_step(range: f64, most: usize) -> f64 {
    const STEPS: [f64; 16] = [
        1.0 / 60.0,
        2.0 / 60.0,
        5.0 / 60.0,
        10.0 / 60.0,
        0.25,
        0.5,
        1.0,
        2.0,
        3.0,
        4.0,
        6.0,
        12.0,
        24.0,
        48.0,
        120.0,
        240.0,
    ];
    let least = range / most.max(1) as f64;
    STEPS
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or_else(|| 24.0 * round_step(range / 24.0, most))
}

/// Hours as `h:mm`, the way a log is read.
pub(super) fn clock(hours: f64) -> String {
    let minutes = (hours * 60.0).round();
    format!("{}:{:02}", (minutes / 60.0).floor(), minutes.rem_euclid(60.0))
}

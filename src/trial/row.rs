//! The one table of what is recorded of a cell. Traces, CSV, Parquet and percentiles are made from it:
//! a new quantity is one new line of it.

use crate::account::percentile::Histogram;
use crate::image::{FeedPhase, Mode, Status};
use crate::sim::Truth;
use std::prelude::rust_2024::*;

/// How the values of several times become that of the time they make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Mean,
    Min,
    Max,
    Last,
}

impl Fold {
    /// `later` after `earlier`; a mean is a sum until [`Row::divide`] ends it.
    fn two(self, earlier: f64, later: f64) -> f64 {
        match self {
            Self::Mean => earlier + later,
            Self::Min => earlier.min(later),
            Self::Max => earlier.max(later),
            Self::Last => later,
        }
    }
}

/// A recorded quantity.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Column {
    /// Name, with its unit as suffix.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Its value in a row; NaN where it is not known.
    pub value: fn(&Row) -> f64,
    /// Range and resolution of its percentiles; none for what has no distribution of its own.
    bins: Option<Bins>,
}

/// Range and number of the bins of a histogram.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bins {
    low: f64,
    high: f64,
    count: usize,
}

impl Bins {
    pub(super) fn histogram(self) -> Histogram {
        Histogram::new(self.low, self.high, self.count)
    }
}

/// The columns of which percentiles are kept.
pub(super) fn measured() -> impl Iterator<Item = (&'static Column, Bins)> {
    COLUMNS.iter().filter_map(|column| Some((column, column.bins?)))
}

const fn bins(low: f64, high: f64, count: usize) -> Option<Bins> {
    Some(Bins { low, high, count })
}

macro_rules! table {
    ($($(#[$about:meta])* $name:ident: $unit:literal, $fold:ident, $bins:expr, $of:expr;)*) => {
        /// One interval of one cell, in the units of the potroom. Unknown values are NaN.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Row {
            /// End of the interval \[h\].
            pub time_h: f64,
            $($(#[$about])* pub $name: f64,)*
            /// Feed phase.
            pub phase: FeedPhase,
            /// Mode switch.
            pub mode: Mode,
        }

        impl Row {
            /// One instant as a row; `now` \[s\].
            #[must_use]
            pub fn sample(now: f64, truth: &Truth, status: &Status) -> Self {
                $(let $name: fn(&Truth, &Status) -> f64 = $of;)*
                Self {
                    time_h: now / 3_600.0,
                    $($name: $name(truth, status),)*
                    phase: status.phase,
                    mode: truth.mode,
                }
            }

            /// Appends what followed; means are sums until [`Self::divide`].
            fn fold(&mut self, later: &Self) {
                self.time_h = later.time_h;
                $(self.$name = Fold::$fold.two(self.$name, later.$name);)*
                self.phase = later.phase;
                self.mode = later.mode;
            }

            /// Ends the folding of `count` rows.
            fn divide(&mut self, count: u32) {
                $(if Fold::$fold == Fold::Mean {
                    self.$name /= f64::from(count);
                })*
            }
        }

        /// Every recorded quantity, in the order of the files.
        pub const COLUMNS: &[Column] = &[$(Column {
            name: stringify!($name),
            unit: $unit,
            value: |row| row.$name,
            bins: $bins,
        }),*];
    };
}

// Name: unit, how it folds, range and number of the percentile bins, where it comes from. Beyond the
// range only the extremes are known: a voltage above 8 V is an anode effect.
table! {
    /// Mean line current \[kA\].
    current_ka: "kA", Mean, bins(0.0, 650.0, 1_300), |truth, _| truth.current / 1e3;
    /// Mean cell voltage \[V\].
    voltage_v: "V", Mean, bins(3.0, 8.0, 2_000), |truth, _| truth.voltage;
    /// Smallest cell voltage \[V\].
    voltage_min_v: "V", Min, None, |truth, _| truth.voltage;
    /// Largest cell voltage \[V\].
    voltage_max_v: "V", Max, None, |truth, _| truth.voltage;
    /// Pseudo-resistance \[µΩ\].
    resistance_uohm: "µΩ", Last, bins(2.0, 12.0, 2_000), |_, status| status.resistance * 1e6;
    /// Target pseudo-resistance \[µΩ\].
    target_uohm: "µΩ", Last, None, |_, status| status.target * 1e6;
    /// Slope of the pseudo-resistance \[pΩ/s\].
    slope_pohm_s: "pΩ/s", Last, bins(-500.0, 500.0, 1_000), |_, status| status.slope * 1e12;
    /// Dissolved alumina \[wt %\].
    alumina_pct: "wt %", Last, bins(0.0, 10.0, 1_000), |truth, _| truth.alumina * 100.0;
    /// Dissolved alumina of the leanest zone \[wt %\].
    alumina_low_pct: "wt %", Min, bins(0.0, 10.0, 1_000), |truth, _| truth.alumina_range.0 * 100.0;
    /// Dissolved alumina of the richest zone \[wt %\].
    alumina_high_pct: "wt %", Max, bins(0.0, 10.0, 1_000), |truth, _| truth.alumina_range.1 * 100.0;
    /// Estimated alumina \[wt %\].
    alumina_estimate_pct: "wt %", Last, bins(0.0, 10.0, 1_000), |_, status| status.alumina * 100.0;
    /// Standard deviation of the estimate \[wt %\].
    alumina_sigma_pct: "wt %", Last, None, |_, status| status.alumina_error * 100.0;
    /// Feed rate relative to consumption \[%\].
    feed_rate_pct: "%", Last, bins(0.0, 500.0, 500), |_, status| status.feed_rate * 100.0;
    /// Bath temperature \[°C\].
    temperature_c: "°C", Last, bins(900.0, 1_020.0, 1_200), |truth, _| truth.temperature - 273.15;
    /// Superheat \[K\].
    superheat_c: "K", Last, bins(-20.0, 60.0, 800), |truth, _| truth.superheat;
    /// Ledge \[mm\].
    ledge_mm: "mm", Last, bins(0.0, 400.0, 800), |truth, _| truth.ledge * 1e3;
    /// Anode–cathode distance \[mm\].
    acd_mm: "mm", Last, bins(0.0, 100.0, 1_000), |truth, _| truth.acd * 1e3;
    /// Excess AlF3 \[wt %\].
    alf3_pct: "wt %", Last, bins(0.0, 25.0, 1_000), |truth, _| truth.alf3 * 100.0;
    /// Estimated bath temperature \[°C\].
    temperature_estimate_c: "°C", Last, None, |_, status| status.temperature - 273.15;
    /// Estimated superheat \[K\].
    superheat_estimate_c: "K", Last, None, |_, status| status.superheat;
    /// Estimated excess AlF3 \[wt %\].
    alf3_estimate_pct: "wt %", Last, None, |_, status| status.alf3 * 100.0;
    /// Set-point of the AlF3 dose \[kg/d\].
    alf3_dose_kg_d: "kg/d", Last, bins(0.0, 300.0, 600), |_, status| status.alf3_dose * 86_400.0;
    /// Sludge \[kg\].
    sludge_kg: "kg", Last, bins(0.0, 2_000.0, 1_000), |truth, _| truth.sludge;
    /// Low-frequency noise (摆动) \[mV\].
    noise_low_mv: "mV", Last, bins(0.0, 100.0, 1_000), |_, status| status.noise_low * 1e3;
    /// High-frequency noise (针振) \[mV\].
    noise_high_mv: "mV", Last, bins(0.0, 100.0, 1_000), |_, status| status.noise_high * 1e3;
    /// Metal height \[mm\].
    metal_mm: "mm", Last, bins(0.0, 500.0, 1_000), |truth, _| truth.metal_height * 1e3;
    /// Bath above the metal \[mm\].
    bath_mm: "mm", Last, bins(0.0, 500.0, 1_000), |truth, _| truth.bath_height * 1e3;
    /// Beam position \[mm\].
    beam_mm: "mm", Last, None, |truth, _| truth.beam * 1e3;
    /// Smallest anode current over the mean one \[%\].
    anode_low_pct: "%", Last, bins(0.0, 300.0, 600), |truth, _| truth.anode_range.0 * 100.0;
    /// Largest anode current over the mean one \[%\].
    anode_high_pct: "%", Last, bins(0.0, 300.0, 600), |truth, _| truth.anode_range.1 * 100.0;
}

/// Rows that are becoming one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Folding(Option<(Row, u32)>);

impl Folding {
    /// Appends `row`; returns how many there are now.
    pub(super) fn add(&mut self, row: &Row) -> u32 {
        let (sum, count) = self.0.get_or_insert((*row, 0));
        if *count > 0 {
            sum.fold(row);
        }
        *count += 1;
        *count
    }

    /// The one row, if there were any; begins anew.
    pub(super) fn take(&mut self) -> Option<Row> {
        self.0.take().map(|(mut sum, count)| {
            sum.divide(count);
            sum
        })
    }
}

impl Row {
    /// The feed phase as the files write it.
    #[must_use]
    pub fn phase_name(&self) -> &'static str {
        match self.phase {
            FeedPhase::Base => "base",
            FeedPhase::Under => "under",
            FeedPhase::Over => "over",
            FeedPhase::Track => "track",
            FeedPhase::Fast => "fast",
            FeedPhase::Hold => "hold",
            FeedPhase::Effect => "effect",
            FeedPhase::Stop => "stop",
        }
    }

    /// The mode switch as the files write it.
    #[must_use]
    pub fn mode_name(&self) -> &'static str {
        match self.mode {
            Mode::Off => "off",
            Mode::Manual => "manual",
            Mode::Auto => "auto",
            Mode::Tapping => "tapping",
            Mode::AnodeChange => "anode-change",
            Mode::StartUp => "start-up",
        }
    }
}

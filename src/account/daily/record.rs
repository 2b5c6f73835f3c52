//! The one table of what stands in a daily report: record, headings, units and digits are made from it.

use std::prelude::rust_2024::*;

/// Version of the exported form. Columns are added at the end without a new number; readers pass over
/// what they do not know.
pub const SCHEMA_VERSION: u32 = 1;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number with so many digits after the point.
    Number(usize),
    /// A time of the day, kept in hours and written as hh:mm.
    Clock,
}

/// A column of the report.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Column {
    /// Name, with its unit as suffix.
    pub name: &'static str,
    /// Heading of the potroom.
    pub name_zh: &'static str,
    /// Unit, or empty for a pure number.
    pub unit: &'static str,
    /// How it is written.
    pub kind: Kind,
    /// Its value in a record.
    pub value: fn(&DailyRecord) -> Option<f64>,
}

impl Column {
    /// The value of `record` in words; empty where it is not known.
    #[must_use]
    pub fn text(&self, record: &DailyRecord) -> String {
        let Some(value) = (self.value)(record) else { return String::new() };
        match self.kind {
            Kind::Number(digits) => std::format!("{value:.digits$}"),
            Kind::Clock => {
                let minutes = (value * 60.0).round() as u32 % 1_440;
                std::format!("{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// Every day of every cell, as it is exported.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DailyFile {
    /// Version of the form.
    pub schema_version: u32,
    /// Records, days in order and cells within them.
    pub records: Vec<DailyRecord>,
}

/// A file of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "daily report of version {0}: this potline reads version {SCHEMA_VERSION}; use the potline that wrote it"
)]
pub struct WrongVersion(pub u32);

impl DailyFile {
    /// The file, if it is of a version that is understood.
    ///
    /// # Errors
    /// [`WrongVersion`].
    pub fn understood(self) -> Result<Self, WrongVersion> {
        if self.schema_version == SCHEMA_VERSION { Ok(self) } else { Err(WrongVersion(self.schema_version)) }
    }
}

macro_rules! table {
    ($($(#[$about:meta])* $name:ident: $zh:literal, $unit:literal, $kind:expr;)*) => {
        /// One day of one cell; `None` where a figure is not known.
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
        pub struct DailyRecord {
            /// Day, from 1.
            pub day: u32,
            /// Cell.
            pub cell: u16,
            $($(#[$about])* pub $name: Option<f64>,)*
        }

        /// Every column after day and cell, in the order of the files.
        pub const COLUMNS: &[Column] = &[$(Column {
            name: stringify!($name),
            name_zh: $zh,
            unit: $unit,
            kind: $kind,
            value: |record| record.$name,
        }),*];
    };
}

use Kind::{Clock, Number};

table! {
    /// Time the figures cover \[h\].
    hours: "统计时间", "h", Number(2);
    /// Set voltage: target resistance at nominal current \[V\].
    set_voltage_v: "设定电压", "V", Number(3);
    /// Mean voltage, effects included \[V\].
    mean_voltage_v: "平均电压", "V", Number(3);
    /// Working voltage, effects left out \[V\].
    working_voltage_v: "工作电压", "V", Number(3);
    /// Mean line current \[kA\].
    current_ka: "电流", "kA", Number(2);
    /// Mean pseudo-resistance, effects left out \[µΩ\].
    resistance_uohm: "电阻", "µΩ", Number(4);
    /// Mean high-frequency noise \[mV\].
    noise_high_mv: "针振", "mV", Number(2);
    /// Mean low-frequency noise \[mV\].
    noise_low_mv: "摆动", "mV", Number(2);
    /// Direct-current energy \[kWh\].
    energy_kwh: "总功耗", "kWh", Number(0);
    /// Confirmed strokes of all feeders.
    feeds: "下料次数", "", Number(0);
    /// Alumina by strokes and nominal shot \[kg\].
    feed_kg: "下料量", "kg", Number(1);
    /// When metal was tapped last.
    tap_time_h: "出铝时刻", "h", Clock;
    /// When an anode was changed last.
    change_time_h: "换极时刻", "h", Clock;
    /// When the crust was dressed last; no signal shows it.
    dress_time_h: "边加工时刻", "h", Clock;
    /// When the beam was raised last, inferred from its rise under hand control.
    raise_time_h: "抬母线时刻", "h", Clock;
    /// Time since the last anode effect, at the end of the day \[h\].
    since_effect_h: "效应距今", "h", Number(1);
    /// Time since the last anode change \[h\].
    since_change_h: "换极距今", "h", Number(1);
    /// Time since the last tap \[h\].
    since_tap_h: "出铝距今", "h", Number(1);
    /// Time since the last dressing \[h\].
    since_dress_h: "边加工距今", "h", Number(1);
    /// Strokes of the AlF3 feeder: dose over the weight of one.
    alf3_doses: "氟盐添加次数", "", Number(0);
    /// What 电阻率 means in the record is not stated; left empty.
    resistivity: "电阻率", "", Number(4);
    /// Mean interval between strokes at base rate \[s\].
    base_interval_s: "基准下料间隔", "s", Number(1);
    /// Sum of the downward moves of the beam that were asked for \[mm\].
    lowered_mm: "下降量", "mm", Number(2);
    /// Time until an effect is provoked, as set; the practice is not followed here, so empty \[h\].
    effect_wait_set_h: "效应等待间隔(设定)", "h", Number(1);
    /// Time between the last effect of the day and the one before it \[h\].
    effect_wait_h: "效应等待间隔(实际)", "h", Number(1);
    /// Upper end of the voltage band \[V\].
    voltage_high_v: "电压上限", "V", Number(3);
    /// Lower end of the voltage band \[V\].
    voltage_low_v: "电压下限", "V", Number(3);
    /// Sum of the mean voltages of the section \[V\].
    line_voltage_v: "系列电压", "V", Number(2);
    /// Time with the voltage outside its band \[min\].
    abnormal_min: "异常持续", "min", Number(1);
    /// Time with unstable voltage \[min\].
    swing_min: "摆动持续", "min", Number(1);
    /// Time under hand control \[min\].
    manual_min: "手动持续", "min", Number(1);
    /// Time without usable readings \[min\].
    comms_lost_min: "通讯断持续", "min", Number(1);
    /// Strokes while underfeeding.
    under_feeds: "欠量下料次数", "", Number(0);
    /// Strokes while overfeeding.
    over_feeds: "过量下料次数", "", Number(0);
    /// Voltage that an excursion must pass to be a flicker or an effect \[V\].
    flicker_threshold_v: "闪烁效应基准", "V", Number(1);
    /// Position of the beam at the end of the day \[mm\].
    beam_mm: "母线位移", "mm", Number(2);
    /// Anode effects by the rule of the report: peak of 8 V and 75 s.
    effects: "效应次数", "", Number(0);
    /// Their time above the threshold \[min\].
    effect_min: "效应持续时间", "min", Number(2);
    /// Mean of their peaks \[V\].
    effect_peak_v: "效应峰压均值", "V", Number(2);
    /// Mean of their voltage \[V\].
    effect_mean_v: "效应平均电压", "V", Number(2);
    /// Their energy \[kWh\].
    effect_energy_kwh: "效应能耗", "kWh", Number(1);
    /// Excursions that the rule of the report leaves out.
    flickers: "闪烁效应次数", "", Number(0);
    /// Anode effects as emission guides count them: 8 V for 3 s.
    effects_all: "全部效应次数", "", Number(0);
    /// Times without an answer of the slope to underfeeding: sludge, or feed that is not known.
    no_slope: "斜率无响应次数", "", Number(0);
    /// Metal made, where it is known \[kg\].
    metal_kg: "产铝量", "kg", Number(1);
}

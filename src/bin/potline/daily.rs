//! The daily reports of a run, and `potline daily`.

use crate::input;
use crate::shell::{Exit, Failure, Outcome, Shell};
use crate::story::cannot;
use potline::account::daily::{DailyFile, DailyRecord, DailySettings, DayBook, Look, rank};
use potline::files::{self, write_atomic, write_with};
use potline::report::daily::{Language, pages, write_csv};
use potline::trial::{Loop, Scanned, Scenario};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Joules in a kilowatt-hour.
const JOULE_PER_KWH: f64 = 3.6e6;

/// What a run is asked day by day and hour by hour.
pub struct Days {
    book: DayBook,
    /// Energy \[J\], metal \[kg\] and time \[s\] of each hour, all cells together.
    hours: Vec<(f64, f64, f64)>,
}

impl Days {
    pub fn new(scenario: &Scenario) -> Self {
        let design = &scenario.control.design;
        let settings = DailySettings {
            nominal_current: design.current_ka * 1e3,
            extrapolated_voltage: design.e_back_v,
            shot: design.shot_kg,
            ..DailySettings::default()
        };
        Self { book: DayBook::new(scenario.cells, settings), hours: Vec::new() }
    }

    /// The scan that `run` has just made.
    pub fn observe(&mut self, run: &Loop) {
        for (index, Scanned { reading, tick, metal, energy, dt }) in run.scanned().enumerate() {
            let look = Look { dt, reading, status: &tick.status, command: &tick.command, metal: Some(metal) };
            self.book.look(index, &look, tick.events.iter());
            let hour = (reading.time / 3_600.0).max(0.0) as usize;
            if hour >= self.hours.len() {
                self.hours.resize(hour + 1, (0.0, 0.0, 0.0));
            }
            let sums = &mut self.hours[hour];
            sums.0 += energy;
            sums.1 += metal;
            sums.2 += if index == 0 { dt } else { 0.0 };
        }
    }

    /// Writes `daily.csv`, `daily_zh.csv`, `daily.json`, `hourly.csv` and a page for each day.
    pub fn write(self, folder: &Path, title: &str) -> Result<(), Failure> {
        let mut hourly = String::from("time_h,hours,dc_kwh,metal_t\n");
        for (hour, (energy, metal, time)) in self.hours.iter().enumerate() {
            let (energy, metal, hours) = (energy / JOULE_PER_KWH, metal / 1e3, time / 3_600.0);
            // Writing to a string cannot fail.
            let _ = writeln!(hourly, "{hour},{hours},{energy:.3},{metal:.6}");
        }
        write_atomic(&folder.join("hourly.csv"), hourly.as_bytes()).map_err(|e| cannot(&e))?;
        let file = self.book.finish();
        for (name, language) in [("daily.csv", Language::English), ("daily_zh.csv", Language::Chinese)] {
            let fill = |out: &mut dyn std::io::Write| write_csv(&file, language, out);
            write_with(&folder.join(name), fill).map_err(|e| cannot(&e))?;
        }
        let text = serde_json::to_vec(&file).map_err(|e| cannot(&e))?;
        write_atomic(&folder.join("daily.json"), &text).map_err(|e| cannot(&e))?;
        for (day, page) in pages(&file, title) {
            page.write(&folder.join(format!("daily-{day:03}.html"))).map_err(|e| cannot(&e))?;
        }
        Ok(())
    }
}

/// Which cells to look at first, by the daily reports of a section.
///
/// Each cell is held against the others of the same days: voltage above its set-point, noise, current
/// efficiency, effects, unstable time, answer to underfeeding, alumina taken.
#[derive(clap::Args)]
#[command(after_help = "Example: potline daily out/one-day/daily.json --worst 5")]
pub struct Args {
    /// daily.json, as `simulate --out` writes it
    file: PathBuf,
    /// One day only, from 1
    #[arg(long, value_name = "N")]
    day: Option<u32>,
    /// How many cells
    #[arg(long, value_name = "N", default_value_t = 10)]
    worst: usize,
}

#[derive(Serialize)]
struct Ranking {
    days: usize,
    cells: usize,
    worst: Vec<potline::account::daily::Ranked>,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let refuse = |why: &dyn std::fmt::Display| {
        let text = format!("{}: {why}; name a daily.json that `simulate --out` wrote", args.file.display());
        Failure::new(Exit::BadInput, text)
    };
    let text = files::read(&args.file).map_err(input::bad)?;
    let file: DailyFile = serde_json::from_str(&text).map_err(|e| refuse(&e))?;
    let file = file.understood().map_err(|e| refuse(&e))?;
    let wanted = |record: &&DailyRecord| args.day.is_none_or(|day| record.day == day);
    let records: Vec<DailyRecord> = file.records.iter().filter(wanted).copied().collect();
    if records.is_empty() {
        return Err(refuse(&"there are no records of that day"));
    }
    let mut worst = rank(&records);
    let cells = worst.len();
    worst.truncate(args.worst);
    let ranking = Ranking { days: records.len() / cells, cells, worst };
    shell.emit(&ranking, || {
        let mut text = format!("{} cells, {} day(s); the first to look at:\n", ranking.cells, ranking.days);
        for place in &ranking.worst {
            let why = place.reasons.iter().take(3);
            let why: Vec<_> =
                why.map(|r| format!("{} {} (+{:.1})", r.name, r.name_zh, r.deviations)).collect();
            let _ = writeln!(text, "cell {:>4}  {:>5.1}  {}", place.cell, place.score, why.join("; "));
        }
        text
    })?;
    Ok(Exit::Done)
}

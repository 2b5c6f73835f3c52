//! What is kept of a run: bounded in memory, whole on disk, and true to what happened.
#![cfg(all(feature = "std", feature = "serde"))]

use potline::image::{Command, Status};
use potline::sim::{Section, Truth};
use potline::trial::{
    COLUMNS, Format, Loop, Origin, Percentiles, Record, RecordSettings, Row, Scenario, Trends,
};
use std::path::{Path, PathBuf};

/// Most rows that one cell keeps: 14 days of minutes.
const MOST: usize = 20_160;

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Reproducible numbers between 0 and 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / f64::from(1 << 24)
    }
}

/// A pot as it stands before a run.
fn quiet() -> Truth {
    let scenario = Scenario { cells: 1, ..Scenario::default() };
    Section::new(&scenario.setup(1), 1.0).unwrap().pots()[0].truth()
}

/// One cell over `seconds`, with random values; `spikes` are seconds with a voltage of their own.
/// `each` sees the record after every second.
fn run(
    seconds: u32,
    settings: &RecordSettings,
    seed: u64,
    spikes: &[(u32, f64)],
    mut each: impl FnMut(&Record, &Truth, &Status),
) -> Record {
    let mut record = Record::new(1, f64::from(seconds) / 3_600.0, 500e3, settings);
    let (mut random, base) = (Random(seed), quiet());
    for second in 1..=seconds {
        let spike = spikes.iter().find(|spike| spike.0 == second).map(|spike| spike.1);
        let truth = Truth {
            voltage: spike.unwrap_or(3.95 + 0.1 * (random.next() - 0.5)),
            alumina: 0.02 + 0.015 * random.next() * random.next(),
            superheat: 8.0 + 6.0 * (random.next() - random.next()),
            temperature: 1_228.0 + 10.0 * random.next(),
            acd: 0.045 + 0.004 * random.next(),
            ..base
        };
        let noise = if second % 50 == 0 { f64::NAN } else { 0.03 * random.next() * random.next() };
        let status = Status { noise_low: noise, ..Status::default() };
        record.step(0, (f64::from(second), 1.0), &truth, &status, &Command::default(), [].into_iter());
        each(&record, &truth, &status);
    }
    record
}

fn every(interval_s: u32) -> RecordSettings {
    RecordSettings { interval_s, ..RecordSettings::default() }
}

#[test]
fn percentiles_are_those_of_the_sorted_seconds_to_one_bin() {
    // Given every second of a run, kept and sorted.
    let mut seconds: Vec<Row> = Vec::new();
    let record = run(30_000, &every(60), 7, &[(15_000, 34.5)], |_, truth, status| {
        seconds.push(Row::sample(0.0, truth, status));
    });
    let percentiles = record.percentiles();
    let mut compared = 0;
    for name in ["voltage_v", "alumina_pct", "superheat_c", "temperature_c", "acd_mm", "noise_low_mv"] {
        let column = COLUMNS.iter().find(|column| column.name == name).unwrap();
        let mut exact: Vec<f64> = seconds.iter().map(column.value).filter(|v| v.is_finite()).collect();
        exact.sort_by(f64::total_cmp);
        let histogram = percentiles.of(name).unwrap();
        for share in [0.01, 0.05, 0.5, 0.95, 0.99] {
            let want = exact[(share * exact.len() as f64) as usize];
            let got = histogram.percentile(share).unwrap();
            assert!((got - want).abs() <= histogram.width(), "{name} {share}: {got} against {want}");
            compared += 1;
        }
        // Then the extremes are exact, the one second of 34.5 V included.
        assert_eq!(histogram.extremes(), Some((exact[0], exact[exact.len() - 1])), "{name}");
    }
    assert_eq!((compared, percentiles.of("voltage_v").unwrap().extremes().unwrap().1), (30, 34.5));
    // And the key figures say the same.
    let kpi = record.kpi();
    assert_eq!(kpi.alumina_pct_p01, percentiles.of("alumina_pct").unwrap().percentile(0.01));
    assert_eq!(kpi.noise_lf_mv_p95, percentiles.of("noise_low_mv").unwrap().percentile(0.95));
}

#[test]
fn every_percentile_has_a_range_that_fits_a_day_of_the_plant() {
    // A value outside its range would be known to the range only.
    let scenario = Scenario { cells: 2, hours: 12.0, ..Scenario::default() };
    let mut run = Loop::new(&scenario, 3).unwrap();
    while run.scan() {}
    let percentiles = run.finish().percentiles();
    for column in COLUMNS {
        let Some(histogram) = percentiles.of(column.name) else { continue };
        let (low, high) = histogram.range();
        let p = |share| histogram.percentile(share).unwrap();
        let (first, last) = (p(0.01), p(0.99));
        assert!(
            first > low + histogram.width() && last < high - histogram.width()
                || first == last
                || first == low,
            "{}: {first} to {last} in {low} to {high}",
            column.name
        );
    }
}

#[test]
fn merging_does_not_depend_on_the_order() {
    let parts: Vec<Percentiles> =
        (1..=3).map(|seed| run(5_000, &every(60), seed, &[], |_, _, _| {}).percentiles()).collect();
    assert_ne!(parts[0], parts[1]);
    let merged = |order: [usize; 3]| {
        let mut all = Percentiles::default();
        order.iter().for_each(|&index| all.merge(&parts[index]));
        all
    };
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(merged(order), merged([0, 1, 2]), "{order:?}");
    }
}

#[test]
fn ten_times_the_limit_is_kept_in_the_same_memory_with_its_spikes() {
    // Given ten times as many seconds as a cell may keep rows, one of them high, one low.
    let seconds = 10 * MOST as u32;
    let spikes = [(12_345, 38.0), (150_001, 1.5)];
    let record = run(seconds, &every(1), 5, &spikes, |record, _, _| {
        assert!(record.cells[0].rows.len() <= MOST);
    });
    let rows = &record.cells[0].rows;
    // When it is over, the trace is between half and all of the limit, and as it was allocated.
    assert!((MOST / 2..=MOST).contains(&rows.len()), "{}", rows.len());
    assert_eq!((rows.capacity(), record.interval()), (MOST, 16.0));
    // Then both spikes are there, at their time to one row.
    for (second, voltage) in spikes {
        let hour = f64::from(second) / 3_600.0;
        let row = rows.iter().find(|row| row.time_h >= hour - 1e-9).unwrap();
        assert!(row.voltage_max_v == voltage || row.voltage_min_v == voltage, "{row:?}");
    }
    // And every row is the one of a run that was recorded at that interval from the beginning.
    let coarse = run(seconds, &every(16), 5, &spikes, |_, _, _| {});
    let coarse = &coarse.cells[0].rows;
    assert_eq!(coarse.len(), rows.len());
    for (row, coarse) in rows.iter().zip(coarse) {
        assert_eq!(row.time_h, coarse.time_h);
        for column in COLUMNS {
            let (one, two) = ((column.value)(row), (column.value)(coarse));
            let same = (one - two).abs() <= 1e-12 * two.abs() || one.is_nan() && two.is_nan();
            assert!(same, "{} {one} {two}", column.name);
        }
    }
}

#[test]
fn a_large_section_shares_the_memory_of_a_small_one() {
    let room = |cells| {
        let record = Record::new(cells, 31.0 * 24.0, 500e3, &every(60));
        record.cells.iter().map(|cell| cell.rows.capacity()).sum::<usize>()
    };
    assert_eq!(room(12), 12 * MOST);
    for cells in [60, 300, 1_000] {
        assert!((59 * MOST..=60 * MOST).contains(&room(cells)), "{cells}: {}", room(cells));
    }
}

#[test]
fn a_full_record_goes_to_disk_whole_while_memory_is_thinned() {
    let folder = Folder::new("full");
    let settings = RecordSettings { interval_s: 1, full: true, ..RecordSettings::default() };
    let mut trends = Trends::new(&folder.0, &settings, Origin::default()).unwrap();
    let record = run(30_000, &settings, 9, &[], |record, _, _| trends.observe(record).unwrap());
    assert!(record.cells[0].rows.len() < MOST);
    trends.finish(&record).unwrap();
    let text = folder.read("trends.csv");
    assert_eq!(text.lines().count(), 1 + 30_000);
    assert!(text.starts_with("time_h,cell,current_ka,voltage_v,"), "{}", text.lines().next().unwrap());
    // Each quantity of the table is a column, and a missing value an empty field.
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    assert_eq!(header.len(), 2 + COLUMNS.len() + 2);
    let noise = header.iter().position(|name| *name == "noise_low_mv").unwrap();
    let field = |line: usize| text.lines().nth(line).unwrap().split(',').nth(noise).unwrap();
    assert_eq!(field(50), "");
    assert!(field(51).parse::<f64>().unwrap() > 0.0);
    // Percentiles of the cell, then of the section.
    let percentiles = folder.read("percentiles.csv");
    assert!(percentiles.starts_with("cell,quantity,unit,p01,p05,p50,p95,p99,min,max\n1,current_ka,kA,"));
    assert_eq!(percentiles.lines().filter(|line| line.starts_with(",alumina_pct,wt %,")).count(), 1);
}

#[test]
fn an_abandoned_record_leaves_nothing_behind() {
    let folder = Folder::new("abandoned");
    let settings = RecordSettings { interval_s: 1, full: true, ..RecordSettings::default() };
    let mut trends = Trends::new(&folder.0, &settings, Origin::default()).unwrap();
    run(100, &settings, 9, &[], |record, _, _| trends.observe(record).unwrap());
    assert_eq!(folder.names().len(), 1);
    drop(trends);
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_the_feature_is_refused_with_the_remedy() {
    let folder = Folder::new("refused");
    let settings = RecordSettings { format: Format::Both, ..RecordSettings::default() };
    let record = run(60, &settings, 1, &[], |_, _, _| {});
    let trends = Trends::new(&folder.0, &settings, Origin::default()).unwrap();
    let error = trends.finish(&record).unwrap_err().to_string();
    assert!(error.contains("trends.parquet") && error.contains("--features parquet"), "{error}");
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(feature = "parquet")]
mod parquet {
    use super::*;
    use ::parquet::basic::{Compression, Encoding};
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::Field;

    fn open(folder: &Folder) -> SerializedFileReader<std::fs::File> {
        SerializedFileReader::new(std::fs::File::open(folder.0.join("trends.parquet")).unwrap()).unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        // Given two cells for two hours, in both formats.
        let folder = Folder::new("parquet");
        let record = RecordSettings { format: Format::Both, ..RecordSettings::default() };
        let scenario = Scenario { cells: 2, hours: 2.0, record, ..Scenario::default() };
        let mut run = Loop::new(&scenario, 4).unwrap();
        while run.scan() {}
        let record = run.finish();
        let origin = Origin { scenario: "round trip".into(), seed: 4 };
        Trends::new(&folder.0, &scenario.record, origin).unwrap().finish(&record).unwrap();
        assert_eq!(folder.names(), ["percentiles.csv", "trends.csv", "trends.parquet"]);

        // Then the file has every row, by cell and time, in single precision, with gaps where unknown.
        let reader = open(&folder);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let wanted = record.cells.iter().flat_map(|c| c.rows.iter().map(move |row| (c.cell.0, row)));
        assert_eq!((rows.len(), wanted.clone().count()), (240, 240));
        let (mut values, mut gaps) = (0, 0);
        for (found, (cell, row)) in rows.iter().zip(wanted) {
            let fields: Vec<&Field> = found.get_column_iter().map(|(_, field)| field).collect();
            assert_eq!(*fields[0], Field::Long((row.time_h * 3_600.0).round() as i64));
            assert_eq!(*fields[1], Field::UShort(cell));
            for (column, field) in COLUMNS.iter().zip(&fields[2..]) {
                let value = (column.value)(row);
                if value.is_finite() {
                    assert_eq!(**field, Field::Float(value as f32), "{}", column.name);
                    values += 1;
                } else {
                    assert_eq!(**field, Field::Null, "{}", column.name);
                    gaps += 1;
                }
            }
            let names = &fields[2 + COLUMNS.len()..];
            assert_eq!(*names[0], Field::Str(row.phase_name().into()));
            assert_eq!(*names[1], Field::Str(row.mode_name().into()));
        }
        assert!(values > 4_000 && gaps > 0, "{values} values, {gaps} gaps");

        // And it says where it comes from, and the unit of each column.
        let about = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let value = |key: &str| about.iter().find(|kv| kv.key == key).and_then(|kv| kv.value.as_deref());
        assert_eq!(value("potline.version"), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!((value("potline.scenario"), value("potline.seed")), (Some("round trip"), Some("4")));
        for column in COLUMNS {
            assert_eq!(value(&format!("unit.{}", column.name)), Some(column.unit));
        }
    }

    #[test]
    fn a_long_file_has_bounded_row_groups_and_the_stated_encodings() {
        let folder = Folder::new("groups");
        let settings = RecordSettings { interval_s: 1, format: Format::Parquet, full: true };
        let mut trends = Trends::new(&folder.0, &settings, Origin::default()).unwrap();
        let record = run(130_000, &settings, 9, &[], |record, _, _| trends.observe(record).unwrap());
        trends.finish(&record).unwrap();
        let reader = open(&folder);
        let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(groups, [122_880, 7_120]);
        for column in reader.metadata().row_group(0).columns() {
            let name = column.column_path().string();
            let wanted = match &name[..] {
                "time_s" | "cell" => Encoding::DELTA_BINARY_PACKED,
                "phase" | "mode" => Encoding::RLE_DICTIONARY,
                _ => Encoding::BYTE_STREAM_SPLIT,
            };
            assert!(column.encodings().any(|encoding| encoding == wanted), "{name}");
            assert!(matches!(column.compression(), Compression::ZSTD(_)), "{name}");
        }
        // The delta-packed times come back in order.
        let times = reader.get_row_iter(None).unwrap().map(|row| row.unwrap());
        for (k, row) in times.enumerate() {
            assert_eq!(row.get_column_iter().next().unwrap().1, &Field::Long(k as i64 + 1));
        }
    }
}

#[cfg(feature = "cli")]
mod command {
    use super::*;

    /// `potline simulate` and `potline check` on `record`, which stands in line 3; what they say.
    #[track_caller]
    fn refused(name: &str, record: &str, words: &[&str]) {
        let folder = Folder::new(name);
        let file = folder.0.join("s.toml");
        let text = format!("version = 1\n[record]\n{record}\n");
        std::fs::write(&file, text).unwrap();
        for command in ["simulate", "check"] {
            let mut potline = std::process::Command::new(env!("CARGO_BIN_EXE_potline"));
            let ended = potline.arg(command).arg(&file).output().unwrap();
            let said = String::from_utf8(ended.stderr).unwrap();
            assert_eq!(ended.status.code(), Some(78), "{command}: {said}");
            for word in ["s.toml:3:"].iter().chain(words) {
                assert!(said.contains(word), "{command}: \"{word}\" is missing in: {said}");
            }
        }
    }

    #[test]
    fn a_bad_record_table_is_refused_with_line_and_remedy() {
        refused("format", "format = \"xlsx\"", &["record.format", "xlsx", "`csv`", "`parquet`", "`both`"]);
        refused("interval", "interval_s = 0", &["record.interval_s: 0 is outside 1 to 3600"]);
        refused("name", "ful = true", &["record.ful", "did you mean `full`?"]);
    }

    #[test]
    fn a_run_that_had_to_be_thinned_says_so() {
        // Given six hours of seconds: more than a cell may keep.
        for (full, rows) in [("false", 10_080 + 720), ("true", 21_600)] {
            let folder = Folder::new(&format!("thinned-{full}"));
            let file = folder.0.join("s.toml");
            let record = format!("[record]\ninterval_s = 1\nfull = {full}\n");
            std::fs::write(&file, format!("version = 1\ncells = 1\nhours = 6.0\n{record}")).unwrap();
            let mut potline = std::process::Command::new(env!("CARGO_BIN_EXE_potline"));
            let ended = potline.arg("simulate").arg(&file).arg("--out").arg(&folder.0).output().unwrap();
            let said = String::from_utf8(ended.stderr).unwrap();
            assert_eq!(ended.status.code(), Some(0), "{said}");
            let told = said.contains("thinned to 2 s per row") && said.contains("`full = true`");
            assert_eq!(told, full == "false", "{said}");
            assert_eq!(folder.read("trends.csv").lines().count(), 1 + rows);
            assert!(folder.read("report.html").contains("2 s per point"));
        }
    }

    #[cfg(not(feature = "parquet"))]
    #[test]
    fn parquet_needs_its_feature_and_says_how_to_get_it() {
        let words = ["record.format", "cargo build --release --features parquet", "format = \"csv\""];
        refused("feature", "format = \"parquet\"", &words);
        refused("feature-both", "format = \"both\"", &words);
    }
}

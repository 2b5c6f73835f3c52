//! `potline trial` in parts: shards, interruptions, and files of another benchmark.
#![cfg(feature = "cli")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("potline-trial-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        let scenario = "version = 1\nname = \"short\"\ncells = 2\nhours = 1.0\n";
        std::fs::write(path.join("s.toml"), scenario).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().into()
    }

    /// Runs the benchmark of these tests into `out` with further options; its end, and what it said.
    fn trial(&self, out: &str, more: &[&str]) -> (Option<i32>, String) {
        let (scenario, out) = (self.path("s.toml"), self.path(out));
        let base = ["trial", "--scenarios", &scenario, "--strategies", "demand-guarded,ekf", "--out", &out];
        run(&[&base[..], more].concat())
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap()
    }

    /// Table and scores, without the times of the run.
    fn table(&self, out: &str) -> (Value, Value, String) {
        let json: Value = serde_json::from_str(&self.text(&format!("{out}/trial.json"))).unwrap();
        (json["results"].clone(), json["overall"].clone(), self.text(&format!("{out}/trial.md")))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(args: &[&str]) -> (Option<i32>, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_potline")).args(args).output().unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn threads_shards_and_interruptions_give_the_same_table_to_the_last_digit() {
    let folder = Folder::new("parts");
    let two = ["--seeds", "2"];
    assert_eq!(folder.trial("whole", &[&two[..], &["--threads", "1"]].concat()).0, Some(0));
    let whole = folder.table("whole");
    let rows = folder.text("whole/runs.csv");
    assert!(whole.2.contains("Scores: demand 0, oracle 100"), "{}", whole.2);
    assert!(folder.text("whole/report.html").trim_end().ends_with("</html>"));

    assert_eq!(folder.trial("threads", &[&two[..], &["--threads", "2"]].concat()).0, Some(0));
    assert_eq!(folder.table("threads"), whole);

    let mut parts = Vec::new();
    for part in ["1/3", "2/3", "3/3"] {
        let out = format!("part{}", &part[..1]);
        let (code, said) = folder.trial(&out, &[&two[..], &["--shard", part]].concat());
        assert_eq!(code, Some(0), "{said}");
        parts.push(folder.path(&out));
    }
    let merge = |parts: &[String], out: &str| {
        run(&["trial", "--merge", &parts.join(","), "--out", &folder.path(out)])
    };
    let (code, said) = merge(&parts, "merged");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(folder.table("merged"), whole);
    assert_eq!(folder.text("merged/runs.csv"), rows);
    // Two of three parts are not the whole, and are not taken for it.
    assert_eq!(merge(&parts[..2], "some").0, Some(130));

    // What a benchmark that was killed leaves behind: some of its runs.
    let mut left: Value = serde_json::from_str(&folder.text("whole/runs.json")).unwrap();
    left["runs"].as_array_mut().unwrap().retain(|run| run["place"][2] == 0);
    std::fs::create_dir_all(folder.path("killed")).unwrap();
    std::fs::write(folder.path("killed/runs.json"), left.to_string()).unwrap();
    let (code, said) = folder.trial("killed", &two);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("4 runs are done already"), "{said}");
    assert_eq!(folder.table("killed"), whole);
    assert_eq!(folder.text("killed/runs.csv"), rows);
}

#[test]
fn runs_of_another_benchmark_are_refused_with_a_remedy() {
    let folder = Folder::new("other");
    let one = ["--seeds", "1", "--days", "0.01"];
    assert_eq!(folder.trial("out", &one).0, Some(0));
    for (what, other) in
        [("seeds", ["--seeds", "2", "--days", "0.01"]), ("scenarios", ["--seeds", "1", "--days", "0.02"])]
    {
        let (code, said) = folder.trial("out", &other);
        assert_eq!(code, Some(78), "{said}");
        for word in ["another benchmark", what, "remedy"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    assert_eq!(folder.trial("else", &["--seeds", "1", "--days", "0.02"]).0, Some(0));
    let both = [folder.path("out"), folder.path("else")].join(",");
    let (code, said) = run(&["trial", "--merge", &both]);
    assert!(code == Some(78) && said.contains("another benchmark"), "{said}");

    // A file that was changed by hand does not say what it holds.
    let kept = folder.text("out/runs.json");
    let changed = kept.replace("\"seeds\":[2001]", "\"seeds\":[2002]");
    assert_ne!(changed, kept);
    std::fs::write(folder.path("out/runs.json"), changed).unwrap();
    let (code, said) = folder.trial("out", &one);
    assert!(code == Some(78) && said.contains("fingerprint"), "{said}");
    assert!(run(&["trial", "--merge", &folder.path("nowhere")]).1.contains("remedy"));
    assert!(!Path::new(&folder.path("nowhere")).exists());
}

#[test]
fn a_page_is_renewed_between_its_markers_and_the_same_twice() {
    let folder = Folder::new("page");
    let page = folder.path("page.md");
    std::fs::write(&page, "above\n<!-- results: begin -->\n<!-- results: end -->\nbelow\n").unwrap();
    let args = ["--seeds", "1", "--days", "0.01", "--page", &page];
    assert_eq!(folder.trial("out", &args).0, Some(0));
    let first = folder.text("page.md");
    assert!(first.starts_with("above\n") && first.ends_with("below\n") && first.contains("dc_kwh_per_t"));
    assert_eq!(folder.trial("again", &args).0, Some(0));
    assert_eq!(folder.text("page.md"), first, "no time of day or of the run may stand in it");
    std::fs::write(&page, "no markers").unwrap();
    let (code, said) = folder.trial("out", &args);
    assert!(code == Some(78) && said.contains("markers"), "{said}");
}

#[cfg(feature = "parquet")]
#[test]
fn the_parquet_file_holds_what_the_csv_holds() {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::Field;

    let folder = Folder::new("parquet");
    assert_eq!(folder.trial("out", &["--seeds", "1"]).0, Some(0));
    let csv = folder.text("out/runs.csv");
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let file = std::fs::File::open(folder.0.join("out/runs.parquet")).unwrap();
    let mut count = 0;
    for (row, line) in
        SerializedFileReader::new(file).unwrap().get_row_iter(None).unwrap().zip(lines.by_ref())
    {
        let row = row.unwrap();
        let fields: Vec<(&String, &Field)> = row.get_column_iter().collect();
        assert!(fields.iter().map(|(name, _)| name.as_str()).eq(names.iter().copied()), "{names:?}");
        for ((name, field), text) in fields.into_iter().zip(line.split(',')) {
            let same = match field {
                Field::Null => text.is_empty(),
                Field::Double(value) => text.parse() == Ok(*value),
                Field::Int(0) => text == "all",
                Field::Int(cell) => text == cell.to_string(),
                Field::Long(seed) => text == seed.to_string(),
                Field::Str(name) => text == name,
                _ => false,
            };
            assert!(same, "{name}: {field:?} is not {text}");
        }
        count += 1;
    }
    // Four runs (two ends of the scale, two strategies) of a section and its two cells.
    assert_eq!((count, lines.next()), (12, None));
}

//! A log of five rows and what can be done to it.

use super::*;
use std::string::ToString;
use std::{env, process};

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("potline-ledger-{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn log(&self) -> PathBuf {
        self.0.join("kpi.jsonl")
    }

    /// Five rows, then `change` on their lines.
    fn changed(&self, change: impl FnOnce(&mut Vec<String>)) -> Vec<Finding> {
        let path = self.log();
        let _ = fs::remove_file(&path);
        let _ = fs::remove_file(head_path(&path));
        let bodies: Vec<String> =
            (1..=5).map(|day| format!("{{\"day\":{day},\"dc_kwh_per_t\":12500}}")).collect();
        Ledger::open(&path).unwrap().append(bodies.iter().map(String::as_str)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(ToString::to_string).collect();
        change(&mut lines);
        fs::write(&path, lines.concat_lines()).unwrap();
        verify(&path, None).unwrap().findings
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

trait ConcatLines {
    fn concat_lines(&self) -> String;
}

impl ConcatLines for Vec<String> {
    fn concat_lines(&self) -> String {
        self.iter().map(|line| format!("{line}\n")).collect()
    }
}

#[test]
fn an_untouched_log_is_sound() {
    let place = Place::new("sound");
    assert_eq!(place.changed(|_| {}), []);
    let report = verify(&place.log(), None).unwrap();
    assert_eq!((report.head.rows, report.ahead), (5, 0));
    // The head that was printed is the one that stands beside it.
    assert_eq!(fs::read_to_string(head_path(&place.log())).unwrap().trim(), report.head.to_string());
    // A row is JSON that anybody can read.
    let text = fs::read_to_string(place.log()).unwrap();
    assert!(text.lines().next().unwrap().starts_with("{\"row\":1,\"previous\":\"0000"), "{text}");
}

#[test]
fn whatever_is_done_to_a_row_is_seen_and_located() {
    let place = Place::new("changed");
    let altered = place.changed(|lines| lines[2] = lines[2].replace("12500", "12400"));
    assert_eq!(altered, [Finding::Altered { line: 3, row: 3 }]);
    let removed = place.changed(|lines| drop(lines.drain(1..3)));
    assert_eq!(removed, [Finding::Removed { line: 2, first: 2, last: 3 }]);
    let first = place.changed(|lines| drop(lines.remove(0)));
    assert_eq!(first, [Finding::Removed { line: 1, first: 1, last: 1 }]);
    let swapped = place.changed(|lines| lines.swap(1, 2));
    assert_eq!(
        swapped[..2],
        [Finding::Removed { line: 2, first: 2, last: 2 }, Finding::Reordered { line: 3, row: 2 }]
    );
    let twice = place.changed(|lines| lines.insert(3, lines[2].clone()));
    assert_eq!(twice[0], Finding::Reordered { line: 4, row: 3 });
    let cut = place.changed(|lines| lines.truncate(3));
    assert_eq!(cut, [Finding::CutOff { first: 4, last: 5 }]);
    let all = place.changed(Vec::clear);
    assert_eq!(all, [Finding::CutOff { first: 1, last: 5 }]);
    let scribbled = place.changed(|lines| lines[3] = "{\"row\":4}".into());
    assert_eq!(scribbled, [Finding::Unreadable { line: 4 }]);
}

#[test]
fn a_row_written_anew_with_its_hash_does_not_fit_the_next() {
    let place = Place::new("rewritten");
    let rewrite = |lines: &mut Vec<String>, from: usize, to: usize| {
        let mut head = if from == 0 { Head::default() } else { stated(&lines[from - 1]) };
        for line in &mut lines[from..to] {
            let (text, next) = super::row::line(head, "{\"day\":3,\"dc_kwh_per_t\":12400}");
            (*line, head) = (text.trim_end().into(), next);
        }
    };
    let one = place.changed(|lines| rewrite(lines, 2, 3));
    assert_eq!(one, [Finding::Rewritten { line: 4, row: 4 }]);
    // To the end: the chain is whole, and the head is another.
    let all = place.changed(|lines| rewrite(lines, 2, 5));
    assert_eq!(all, [Finding::OtherHead { row: 5 }]);
    // With the head too: only one that was kept elsewhere tells.
    let kept = Head { rows: 5, hash: Hash([7; 32]) };
    write_head(&place.log(), verify(&place.log(), None).unwrap().head).unwrap();
    assert_eq!(verify(&place.log(), None).unwrap().findings, []);
    assert_eq!(verify(&place.log(), Some(kept)).unwrap().findings, [Finding::OtherHead { row: 5 }]);
}

fn stated(line: &str) -> Head {
    let row = super::row::read(line.as_bytes()).unwrap();
    Head { rows: row.row, hash: row.hash }
}

#[test]
fn an_unfinished_row_is_cut_off_and_the_log_says_so() {
    let place = Place::new("crash");
    place.changed(|_| {});
    let path = place.log();
    let mut text = fs::read(&path).unwrap();
    text.extend_from_slice(b"{\"row\":6,\"previous\":\"12");
    fs::write(&path, &text).unwrap();
    assert_eq!(verify(&path, None).unwrap().findings, [Finding::Unfinished { line: 6, bytes: 23 }]);
    let mut ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.repaired(), Some(23));
    ledger.append(["{\"day\":6}"]).unwrap();
    drop(ledger);
    let report = verify(&path, None).unwrap();
    assert_eq!((report.head.rows, &report.findings[..]), (7, &[][..]));
    assert!(fs::read_to_string(&path).unwrap().contains("{\"repaired\":\"23 bytes"));
}

#[test]
fn a_crash_before_the_head_was_written_is_no_fault() {
    let place = Place::new("ahead");
    place.changed(|_| {});
    let path = place.log();
    let old = fs::read(head_path(&path)).unwrap();
    Ledger::open(&path).unwrap().append(["{}", "{}"]).unwrap();
    fs::write(head_path(&path), old).unwrap();
    let report = verify(&path, None).unwrap();
    assert_eq!((report.ahead, &report.findings[..]), (2, &[][..]));
}

#[test]
fn there_is_one_writer_and_it_adds_to_sound_logs_only() {
    let place = Place::new("writers");
    let path = place.log();
    let first = Ledger::open(&path).unwrap();
    let refused = Ledger::open(&path).unwrap_err().to_string();
    assert!(refused.contains("another process writes"), "{refused}");
    drop(first);
    Ledger::open(&path).unwrap();
    place.changed(|lines| lines[0] = lines[0].replace("12500", "1"));
    let refused = Ledger::open(&path).unwrap_err().to_string();
    assert!(refused.contains("row 1 was altered") && refused.contains("begin another"), "{refused}");
    fs::remove_file(head_path(&path)).unwrap();
    assert!(verify(&path, None).unwrap().findings.contains(&Finding::NoHead));
}

#[test]
fn a_body_is_one_object_on_one_line() {
    let place = Place::new("body");
    let mut ledger = Ledger::open(&place.log()).unwrap();
    for body in ["", "12", "{\n}", "{\"a\":1", "[]"] {
        assert!(matches!(ledger.append(["{}", body]), Err(LedgerError::Body(_))), "{body}");
    }
    assert_eq!(ledger.head().rows, 0);
    // What looks like the end of a row inside a body does not end it.
    ledger.append(["{\"a\":\",\\\"hash\\\":\\\"\"}"]).unwrap();
    drop(ledger);
    assert_eq!(verify(&place.log(), None).unwrap().findings, []);
}

#[test]
fn a_hundred_thousand_rows_are_read_in_no_time() {
    let place = Place::new("long");
    let body = "{\"day\":1,\"dc_kwh_per_t\":12500.123,\"current_efficiency\":0.94,\"ae_per_pot_day\":0.02}";
    Ledger::open(&place.log()).unwrap().append(std::iter::repeat_n(body, 100_000)).unwrap();
    let begin = std::time::Instant::now();
    assert_eq!(verify(&place.log(), None).unwrap().head.rows, 100_000);
    let took = begin.elapsed().as_secs_f64();
    std::println!("100,000 rows verified in {took:.2} s");
    assert!(took < 5.0, "{took} s");
}

//! Tables of numbers: read with every problem at once, written in the shortest digits that give the bits
//! back.

use potline::files::{self, Problem, Problems, code};
use potline::sim::reference::Column;
use std::fmt::Write;
use std::path::Path;

/// Most problems that are listed.
const MOST_PROBLEMS: usize = 50;

/// A table as it was read: the head, and rows of cells with their lines.
pub struct Table<'a> {
    file: String,
    head: Vec<&'a str>,
    rows: Vec<(usize, Vec<&'a str>)>,
    problems: Vec<Problem>,
    unlisted: usize,
}

impl<'a> Table<'a> {
    /// Takes `text`, read from `path`, apart. Byte order mark, CR LF, blanks around cells, blank lines and
    /// quotes around a cell are no matter.
    pub fn new(path: &Path, text: &'a str) -> Self {
        let mut lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim().is_empty());
        let file = path.display().to_string();
        let mut table = Self { file, head: Vec::new(), rows: Vec::new(), problems: Vec::new(), unlisted: 0 };
        let Some((line, head)) = lines.next() else {
            let message = "the file is empty; its first line names the columns, rows of numbers follow";
            table.problem(code::SYNTAX, 1, None, message.into());
            return table;
        };
        table.head = cells(head);
        if !head.contains(',') && head.contains([';', '\t']) {
            let message = "columns are separated by semicolons or tabs; separate them by commas, with a point \
                           as decimal mark";
            table.problem(code::SYNTAX, line, None, message.into());
            return table;
        }
        for (line, text) in lines {
            let row = cells(text);
            if row.len() == table.head.len() {
                table.rows.push((line, row));
            } else {
                let message = format!(
                    "{} cells under {} columns; mend the row, or leave cells empty between commas",
                    row.len(),
                    table.head.len()
                );
                table.problem(code::SYNTAX, line, None, message);
            }
        }
        if table.rows.is_empty() && table.problems.is_empty() {
            table.problem(code::SYNTAX, line, None, "no rows under the head; add at least the first".into());
        }
        table
    }

    /// The line that row `index` stands on.
    pub fn line(&self, index: usize) -> usize {
        self.rows[index].0
    }

    /// The values of `columns` in the first `rows` rows; NaN stands for what became a problem.
    pub fn numbers(&mut self, columns: &[Column], rows: usize) -> Vec<Vec<f64>> {
        let places: Vec<_> = columns.iter().map(|column| self.place(column)).collect();
        let count = rows.min(self.rows.len());
        let number = |table: &mut Self, row: usize, k: usize| {
            places[k].map_or(f64::NAN, |place| table.number(row, place, &columns[k]))
        };
        (0..count).map(|row| (0..columns.len()).map(|k| number(self, row, k)).collect()).collect()
    }

    /// Where a column stands.
    fn place(&mut self, column: &Column) -> Option<usize> {
        if self.head.is_empty() {
            return None;
        }
        let find = |name: &str| self.head.iter().position(|head| *head == name);
        let place = find(column.name).or_else(|| find(column.otherwise?));
        let Some(place) = place else {
            let otherwise = column.otherwise.map_or(String::new(), |name| format!(" (or \"{name}\")"));
            let message =
                format!("there is no column \"{}\"{otherwise}; add it to head and rows", column.name);
            self.problem(code::MISSING_FIELD, 1, Some(column.name), message);
            return None;
        };
        let name = self.head[place];
        if self.head.iter().filter(|head| **head == name).count() > 1 {
            let message = format!("there are several columns \"{name}\"; keep one");
            self.problem(code::VALUE, 1, Some(name), message);
        }
        Some(place)
    }

    fn number(&mut self, row: usize, place: usize, column: &Column) -> f64 {
        let (line, cells) = &self.rows[row];
        let (line, cell) = (*line, cells[place]);
        let Column { min, max, .. } = *column;
        let name = self.head[place];
        match cell.parse::<f64>() {
            Ok(value) if (min..=max).contains(&value) => return value,
            Ok(value) if value.is_finite() => {
                let message = format!("{cell} is physically impossible; give a value from {min} to {max}");
                self.problem(code::VALUE, line, Some(name), message);
            }
            _ => {
                let message = format!("\"{cell}\" is not a number; write one, as 1234.5 or 1.2e3");
                self.problem(code::TYPE, line, Some(name), message);
            }
        }
        f64::NAN
    }

    /// Notes a problem.
    pub fn problem(&mut self, code: &'static str, line: usize, field: Option<&str>, message: String) {
        if self.problems.len() >= MOST_PROBLEMS {
            self.unlisted += 1;
            return;
        }
        let mut problem = Problem::new(code, &self.file, field, message);
        problem.line = Some(line);
        self.problems.push(problem);
    }

    /// All problems in the order of their lines, if there are any.
    pub fn sound(&mut self) -> Result<(), Problems> {
        let mut problems = std::mem::take(&mut self.problems);
        problems.sort_by_key(|problem| problem.line);
        problems.dedup();
        if self.unlisted > 0 {
            let message = format!("and {} problems more; mend these first", self.unlisted);
            problems.push(Problem::new(code::TOO_MANY, &self.file, None, message));
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }
}

/// Reads the text of a table.
pub fn read(path: &Path) -> Result<String, Problems> {
    files::read(path)
}

fn cells(line: &str) -> Vec<&str> {
    line.split(',').map(|cell| cell.trim().trim_matches('"').trim()).collect()
}

/// Adds a row of numbers to `text`; what is not a number stays empty.
pub fn push_row(text: &mut String, values: impl IntoIterator<Item = f64>) {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if value.is_finite() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{value}");
        }
    }
    text.push('\n');
}

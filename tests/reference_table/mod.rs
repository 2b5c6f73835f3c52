//! Tables of `tests/data/reference`, and models run along them.

use potline::sim::reference::{Column, Model};

/// A table of numbers with named columns.
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    pub fn read(name: &str) -> Self {
        let path = format!("{}/tests/data/reference/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut lines = text.lines();
        let head = lines.next().unwrap().split(',').map(String::from).collect();
        let rows = lines.map(|line| line.split(',').map(|x| x.parse().unwrap()).collect()).collect();
        Self { head, rows }
    }

    pub fn get(&self, row: usize, name: &str) -> f64 {
        let column = self.head.iter().position(|h| h == name);
        self.rows[row][column.unwrap_or_else(|| panic!("no column {name}"))]
    }

    pub fn array<const N: usize>(&self, row: usize, columns: &[Column; N]) -> [f64; N] {
        columns.map(|column| self.get(row, column.name))
    }
}

/// `model` along `table`, from its first row and with its inputs: every output of every row.
pub fn replayed(model: Model, table: &Table) -> Vec<Vec<f64>> {
    let mut trajectory = model.trajectory(1e-10);
    let of = |index: usize, columns: &[Column]| -> Vec<f64> {
        columns.iter().map(|column| table.get(index, column.name)).collect()
    };
    let (states, inputs) = (trajectory.states().to_vec(), trajectory.inputs().to_vec());
    trajectory.start(&of(0, &states));
    let mut rows = Vec::new();
    for index in 0..table.rows.len() {
        let input = of(index, &inputs);
        rows.push(trajectory.row(&input).unwrap());
        if let Some(next) = table.rows.get(index + 1) {
            trajectory.advance(&input, next[0] - table.rows[index][0]).unwrap();
        }
    }
    rows
}

//! What the electricity of a run cost.

use super::Args;
use crate::csv::{self, Table};
use crate::input;
use crate::shell::Failure;
use potline::account::price::{Bill, Hour, Prices, Spot};
use potline::sim::reference::Column;
use std::path::Path;

/// Most rows that are read: two years of quarter hours.
const MOST_ROWS: usize = 70_080;

pub fn prices(path: Option<&Path>) -> Result<Option<Prices>, Failure> {
    path.map(|path| Ok(input::load::<input::PricesFile>(path)?.0)).transpose()
}

pub fn bill(args: &Args, prices: Option<&Prices>) -> Result<Option<Bill>, Failure> {
    let Some((prices, hours)) = prices.zip(args.hours.as_deref()) else { return Ok(None) };
    let column = |name, min, max| Column { name, otherwise: None, min, max };
    let energy = column("dc_kwh", 0.0, 1e9);
    let rows = numbers(
        hours,
        &[column("time_h", 0.0, 1e5), column("hours", 1e-6, 24.0), energy, column("metal_t", 0.0, 1e5)],
    )?;
    let rows: Vec<Hour> = rows
        .iter()
        .map(|row| Hour {
            from_h: row[0],
            length_h: row[1],
            energy_kwh: row[2] / args.rectifier,
            metal_t: row[3],
        })
        .collect();
    let spot: Vec<Spot> = match args.spot.as_deref() {
        None => Vec::new(),
        Some(path) => {
            let columns = [column("time_h", 0.0, 1e5), column("yuan_per_kwh", -10.0, 10.0)];
            numbers(path, &columns)?.iter().map(|row| (row[0], row[1])).collect()
        }
    };
    Ok(Some(prices.bill(&rows, &spot)))
}

/// The rows of a table whose first column is a time that rises.
fn numbers(path: &Path, columns: &[Column]) -> Result<Vec<Vec<f64>>, Failure> {
    let text = csv::read(path).map_err(input::bad)?;
    let mut table = Table::new(path, &text);
    let rows = table.numbers(columns, MOST_ROWS);
    for (index, pair) in rows.windows(2).enumerate() {
        if pair[1][0] <= pair[0][0] {
            let message =
                format!("{} h does not come after {} h; put the rows in order", pair[1][0], pair[0][0]);
            let line = table.line(index + 1);
            table.problem(potline::files::code::VALUE, line, Some(columns[0].name), message);
        }
    }
    table.sound().map_err(input::bad)?;
    Ok(rows)
}

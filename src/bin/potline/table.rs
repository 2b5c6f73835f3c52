//! KPIs as a table on a terminal.

use potline::account::Kpi;
use potline::report::kpi_rows;

/// One aligned line per KPI.
pub fn kpi(kpi: &Kpi) -> String {
    let rows = kpi_rows(kpi);
    let width = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
    let line = |row: &potline::report::KpiRow| {
        let value = row.value.map_or("–".into(), |v| format!("{v:.*}", row.digits));
        format!("{:<width$}  {value:>10} {}", row.label, row.unit)
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

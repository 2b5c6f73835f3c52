//! `potline plan`: the line current of the coming days, from prices and orders.

use crate::input::bad;
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::files::{self, Issue, Validate};
use potline::report::{Axis, Chart, Series, Side, Style, Tone};
use potline::tune::power::{Order, Planned, Refusal, Request, Reserve, plan};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Plans the line current for prices of power and orders of the grid, within what the cells bear.
///
/// PRICES is a CSV file whose last column is the price per MWh of each step, or a TOML file with the
/// whole request (`price = [...]`, tables line, tolerance, heat, restart). `--out` writes plan.toml, which
/// is put under a scenario or a control configuration, plan.csv and plan.svg.
#[derive(clap::Args)]
#[command(after_help = "Example: a day of hourly prices, 10 % less power ordered from 18 to 20 h\n  \
                        potline plan prices.csv --order 18-20:90 --out out/plan")]
pub struct Args {
    /// Prices (CSV) or the whole request (TOML)
    prices: PathBuf,
    /// Length of a step [min], 15 to 120
    #[arg(long, value_name = "MIN")]
    step_min: Option<f64>,
    /// An order: hours from-to and the share of the power that is left [%]; may be repeated
    #[arg(long, value_name = "FROM-TO:PCT", value_parser = order)]
    order: Vec<Order>,
    /// Sells a band of regulation: widest band [%] and what a megawatt of it earns in an hour
    #[arg(long, value_name = "PCT:PRICE", value_parser = reserve)]
    reserve: Option<Reserve>,
    /// Cells that are stopped all the time
    #[arg(long, value_name = "N")]
    stopped: Option<u16>,
    /// Folder for plan.toml, plan.csv and plan.svg
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// `18-20:90`.
fn order(text: &str) -> Result<Order, String> {
    let parts = || {
        let (hours, pct) = text.split_once(':')?;
        let (from, to) = hours.split_once('-')?;
        let [from_h, to_h, power_pct] = [from, to, pct].map(|part| part.trim().parse().ok());
        Some(Order { from_h: from_h?, to_h: to_h?, power_pct: power_pct? })
    };
    parts().ok_or_else(|| format!("`{text}` is no order; write hours and the power left, as 18-20:90"))
}

/// `3:50`.
fn reserve(text: &str) -> Result<Reserve, String> {
    let parts = || {
        let (most, price) = text.split_once(':')?;
        Some(Reserve { most_pct: most.trim().parse().ok()?, price: price.trim().parse().ok()? })
    };
    parts().ok_or_else(|| format!("`{text}` is no band; write its width and its price, as 3:50"))
}

/// A request as a file.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct RequestFile(Request);

impl Validate for RequestFile {
    /// Ranges are looked at when the plan is made.
    fn problems(&self) -> Vec<Issue> {
        Vec::new()
    }
}

#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    planned: &'a Planned,
    files: Vec<PathBuf>,
}

/// What is written when there is no plan.
#[derive(Serialize)]
struct Refused<'a> {
    bearable_pct: f64,
    stop: Option<u16>,
    words: &'a str,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let mut request = read(&args.prices)?;
    request.step_h = args.step_min.map_or(request.step_h, |minutes| minutes / 60.0);
    request.orders.extend(&args.order);
    request.reserve = args.reserve.or(request.reserve);
    request.stopped = args.stopped.unwrap_or(request.stopped);
    let planned = match plan(&request) {
        Ok(planned) => planned,
        Err(Refusal::Unbearable { bearable_pct, stop, words }) => {
            let refused = Refused { bearable_pct, stop, words: &words };
            shell.emit(&refused, || words.clone())?;
            return Ok(Exit::GateFailed);
        }
        Err(other) => {
            return Err(Failure::new(Exit::BadInput, format!("{}: {other}", args.prices.display())));
        }
    };
    let files = match &args.out {
        None => Vec::new(),
        Some(folder) => write(folder, &request, &planned)?,
    };
    shell.emit(&Output { planned: &planned, files: files.clone() }, || words(&request, &planned, &files))?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Request, Failure> {
    if path.extension().is_some_and(|end| end == "toml") {
        return files::load::<RequestFile>(path).map(|file| file.0).map_err(bad);
    }
    let text = files::read(path).map_err(bad)?;
    let mut price = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let last = line.rsplit(',').next().unwrap_or_default().trim();
        match last.parse() {
            Ok(value) => price.push(value),
            // A heading, or an empty line.
            Err(_) if number == 0 || line.trim().is_empty() => {}
            Err(_) => {
                let message = format!(
                    "{}:{}: `{last}` is no price; the last column must hold the price of each step",
                    path.display(),
                    number + 1
                );
                return Err(Failure::new(Exit::BadInput, message));
            }
        }
    }
    Ok(Request { price, ..Request::default() })
}

fn words(request: &Request, planned: &Planned, files: &[PathBuf]) -> String {
    let within = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    let (low, high) = within(&planned.share_pct);
    let (cold, hot) = within(&planned.superheat_c);
    let (thin, thick) = within(&planned.ledge_mm);
    let saved = 100.0 * (1.0 - planned.cost_per_t / planned.flat_cost_per_t);
    let mut text = format!(
        "{} steps of {:.0} min, {} of {} cells running\n\
         current      {low:.1} to {high:.1} % of {:.0} kA\n\
         superheat    {cold:.1} to {hot:.1} °C expected, ledge {thin:+.1} to {thick:+.1} mm\n\
         metal        {} % of nominal by day\n\
         power        {:.2} per tonne, {:.2} at constant current: {saved:.2} % less",
        planned.share_pct.len(),
        60.0 * planned.step_h,
        request.line.cells - planned.restart.cells,
        request.line.cells,
        request.line.current_ka,
        planned.metal_pct.iter().map(|day| format!("{day:.1}")).collect::<Vec<_>>().join(", "),
        planned.cost_per_t,
        planned.flat_cost_per_t,
    );
    if planned.reserve_income > 0.0 {
        let _ = write!(text, "\nregulation   earns {:.0}", planned.reserve_income);
    }
    if planned.restart.cells > 0 {
        let restart = &planned.restart;
        let _ = write!(
            text,
            "\nrestart      {} cells: {:.0} t of bath, {:.0} t of metal, {:.0} days, {:.0} relined (judgement)",
            restart.cells, restart.bath_t, restart.metal_t, restart.days, restart.relined
        );
    }
    for file in files {
        let _ = write!(text, "\nwritten      {}", file.display());
    }
    text
}

fn write(folder: &Path, request: &Request, planned: &Planned) -> Result<Vec<PathBuf>, Failure> {
    let cannot =
        |e: &dyn std::fmt::Display| Failure::new(Exit::BadInput, format!("{}: {e}", folder.display()));
    std::fs::create_dir_all(folder).map_err(|e| cannot(&e))?;
    let mut files = Vec::new();
    for (name, text) in [
        ("plan.toml", fragment(request, planned)),
        ("plan.csv", table(request, planned)),
        ("plan.svg", picture(request, planned).svg()),
    ] {
        let path = folder.join(name);
        files::write_atomic(&path, text.as_bytes()).map_err(|e| cannot(&e))?;
        files.push(path);
    }
    Ok(files)
}

/// The plan as the line's controller takes it.
fn fragment(request: &Request, planned: &Planned) -> String {
    let shares: Vec<String> = planned.share_pct.iter().map(|pct| format!("{pct:.2}")).collect();
    let rows: Vec<String> = shares.chunks(12).map(|row| format!("    {},", row.join(", "))).collect();
    format!(
        "# Put under a scenario as it is; in a control configuration the tables are line.power and line.power.plan.\n\
         [line_control.power]\nactive = true\nbudget_kwh = {:.0}\nrelax_h = {:.1}\nleast_pct = {:.1}\nmost_pct = {:.1}\n\n[line_control.power.plan]\nfrom_h = 0.0\nstep_min = {:.1}\n\
         share_pct = [\n{}\n]\n",
        request.heat.budget_kwh(),
        request.heat.ledge_h.min(48.0),
        request.tolerance.least_pct,
        request.tolerance.most_pct,
        60.0 * planned.step_h,
        rows.join("\n")
    )
}

fn table(request: &Request, planned: &Planned) -> String {
    let mut text = String::from("hour,price,share_pct,reserve_pct,power_mw,superheat_c,ledge_mm\n");
    for (k, price) in request.price.iter().enumerate() {
        let _ = writeln!(
            text,
            "{:.2},{price},{:.3},{:.3},{:.2},{:.2},{:.2}",
            k as f64 * planned.step_h,
            planned.share_pct[k],
            planned.reserve_pct[k],
            planned.power_mw[k],
            planned.superheat_c[k],
            planned.ledge_mm[k]
        );
    }
    text
}

fn picture(request: &Request, planned: &Planned) -> Chart {
    let hours = |values: &[f64]| -> Vec<(f64, f64)> {
        let ends = values.last().map(|last| (values.len() as f64 * planned.step_h, *last));
        let starts = values.iter().enumerate().map(|(k, value)| (k as f64 * planned.step_h, *value));
        starts.chain(ends).collect()
    };
    let series = |name: &str, values: &[f64], tone, side| Series {
        name: name.into(),
        points: hours(values),
        style: Style::Step,
        tone,
        side,
    };
    Chart {
        title: "Planned line current".into(),
        y: Axis { label: "share of nominal current".into(), unit: "%".into() },
        second: Some(Axis { label: "price".into(), unit: "per MWh".into() }),
        series: vec![
            series("current", &planned.share_pct, Tone::Primary, Side::Left),
            series("price", &request.price, Tone::Muted, Side::Right),
        ],
        ..Chart::default()
    }
}

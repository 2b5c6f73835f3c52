//! `potline norms`.

mod bill;
mod fume;
mod report;

use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::account::carbon::{ASH, NET_CARBON, SULPHUR};
use potline::account::energy::RECTIFIER;
use potline::account::norm::published;
use report::{Report, Tier};
use std::path::PathBuf;

/// What law and market make of a smelter's energy: alternating current, limit level, benchmark,
/// conditions of the trade, surcharge, greenhouse gas, fluoride, and what the electricity costs.
///
/// Every figure of a norm comes from a table with its source (--figures prints it); what was quoted and
/// not read in the primary text says `verified: false`.
#[derive(clap::Args)]
#[command(after_help = "Examples: 12,523 kWh/t DC in 2025, 0.15 effect minutes per pot-day\n  \
                        potline norms --dc-kwh-t 12523 --year 2025 --ae-min-per-pot-day 0.15\n\
                        What the electricity of a run cost, hour by hour\n  \
                        potline norms --dc-kwh-t 12523 --prices prices.toml --hours out/hourly.csv")]
pub struct Args {
    /// Direct-current energy [kWh/t], 10000 to 20000
    #[arg(long, value_name = "D", required_unless_present = "figures")]
    dc_kwh_t: Option<f64>,
    /// Efficiency of transformer and rectifier [1], 0.9 to 1
    #[arg(long, value_name = "E", default_value_t = RECTIFIER.value)]
    rectifier: f64,
    /// Auxiliaries: fume treatment, air, cranes, light [kWh/t], 0 to 2000; usual 150 to 400
    #[arg(long, value_name = "A", default_value_t = 250.0)]
    aux_kwh_t: f64,
    /// Desulphurisation, which the tier of 2021 counts and the conditions of the trade do not [kWh/t]
    #[arg(long, value_name = "D", default_value_t = 0.0)]
    desulphurisation_kwh_t: f64,
    /// Year whose limits and tariff apply
    #[arg(long, value_name = "Y", default_value_t = 2025, value_parser = clap::value_parser!(u16).range(2000..=2100))]
    year: u16,
    /// Price of electricity before the surcharge [yuan/kWh]
    #[arg(long, value_name = "P")]
    price: Option<f64>,
    /// Prices by hour, contract, and the tier of a province (TOML)
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Energy and metal hour by hour, as `simulate --out` writes them (CSV)
    #[arg(long, value_name = "FILE", requires = "prices")]
    hours: Option<PathBuf>,
    /// Spot prices, columns time_h and yuan_per_kwh (CSV)
    #[arg(long, value_name = "FILE", requires = "prices")]
    spot: Option<PathBuf>,
    /// Share of non-hydro renewable electricity [%], 0 to 100
    #[arg(long, value_name = "R", default_value_t = 0.0)]
    renewables_pct: f64,
    /// Anode-effect minutes per pot and day; the guide's default emission factors without it
    #[arg(long, value_name = "M")]
    ae_min_per_pot_day: Option<f64>,
    /// Mean effect overvoltage [mV] and current efficiency [1], for the methods `overvoltage`
    #[arg(long, value_names = ["AEO", "CE"], num_args = 2)]
    overvoltage: Option<Vec<f64>>,
    /// CF4 [kg/t] and C2F6 over CF4 [kg/kg] of the smelter's own campaign, for the method `measured`
    #[arg(long, value_names = ["CF4", "RATIO"], num_args = 2)]
    measured: Option<Vec<f64>>,
    /// How effects become PFC: cets2024, ipcc2006, eu-pfpb-m, overvoltage, or another of --figures
    #[arg(long, value_name = "METHOD", default_value = "cets2024")]
    pfc_method: String,
    /// Warming potentials: ar4 (7,390 and 12,200), ar5 (6,630 and 11,100) or ar6
    #[arg(long, value_name = "SET", default_value = "ar5")]
    gwp: String,
    /// Electricity: china, yunnan, another grid of --figures, a factor [kg CO2/kWh], or a mix as
    /// coal=0.2,hydro=0.8
    #[arg(long, value_name = "GRID")]
    grid: Option<String>,
    /// Net carbon of the anodes [kg/t], 300 to 600
    #[arg(long, value_name = "C", default_value_t = NET_CARBON.value * 1e3)]
    net_carbon_kg_t: f64,
    /// Sulphur of the anodes [wt %], 0 to 10
    #[arg(long, value_name = "S", default_value_t = SULPHUR.value)]
    sulphur_pct: f64,
    /// Ash of the anodes [wt %], 0 to 10
    #[arg(long, value_name = "A", default_value_t = ASH.value)]
    ash_pct: f64,
    /// Alumina [kg/t], for the conditions of the trade
    #[arg(long, value_name = "A")]
    alumina_kg_t: Option<f64>,
    /// Fluoride salts [kg/t], for the conditions of the trade
    #[arg(long, value_name = "F")]
    fluoride_kg_t: Option<f64>,
    /// Line current [kA], for the conditions of the trade
    #[arg(long, value_name = "I")]
    current_ka: Option<f64>,
    /// The line was built after the edition of the conditions
    #[arg(long)]
    new_line: bool,
    /// Bath temperature [°C], excess AlF3 [wt %] and share of the time with a hood open [%], for fluoride
    #[arg(long, value_names = ["T", "ALF3", "OPEN"], num_args = 3)]
    fume: Option<Vec<f64>>,
    /// Print every published figure with its source instead
    #[arg(long)]
    figures: bool,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let Some(dc) = args.dc_kwh_t else { return figures(shell) };
    let known = |value: Option<f64>, otherwise: f64| value.unwrap_or(otherwise);
    let ranges = [
        ("--dc-kwh-t", dc, 10_000.0, 20_000.0),
        ("--rectifier", args.rectifier, 0.9, 1.0),
        ("--aux-kwh-t", args.aux_kwh_t, 0.0, 2_000.0),
        ("--desulphurisation-kwh-t", args.desulphurisation_kwh_t, 0.0, 500.0),
        ("--price", known(args.price, 0.0), -10.0, 10.0),
        ("--renewables-pct", args.renewables_pct, 0.0, 100.0),
        ("--ae-min-per-pot-day", known(args.ae_min_per_pot_day, 0.0), 0.0, 1_440.0),
        ("--net-carbon-kg-t", args.net_carbon_kg_t, 300.0, 600.0),
        ("--sulphur-pct", args.sulphur_pct, 0.0, 10.0),
        ("--ash-pct", args.ash_pct, 0.0, 10.0),
        ("--alumina-kg-t", known(args.alumina_kg_t, 1_920.0), 1_800.0, 2_500.0),
        ("--fluoride-kg-t", known(args.fluoride_kg_t, 18.0), 0.0, 100.0),
        ("--current-ka", known(args.current_ka, 500.0), 10.0, 1_000.0),
    ];
    for (name, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            return Err(Failure::new(Exit::Usage, format!("{name} {value}: give {least} to {most}")));
        }
    }
    let report = Report::new(args, dc)?;
    shell.emit(&report, || words(args, &report))?;
    Ok(Exit::Done)
}

fn figures(shell: Shell) -> Outcome {
    #[derive(serde::Serialize)]
    struct List {
        figures: Vec<potline::account::norm::Published>,
    }
    let list = List { figures: published() };
    shell.emit(&list, || {
        let line = |f: &potline::account::norm::Published| {
            let mark = if f.verified { "verified" } else { "quoted" };
            format!("{}: {} = {} {} [{mark}: {}]\n", f.table, f.name, f.value, f.unit, f.source)
        };
        list.figures.iter().map(line).collect()
    })?;
    Ok(Exit::Done)
}

fn mark(verified: bool) -> &'static str {
    if verified { "" } else { "  (quoted, primary text not read)" }
}

fn words(args: &Args, report: &Report) -> String {
    let level = |level: Option<u8>| level.map_or("above the limit".into(), |level| format!("level {level}"));
    let (levels, pfc) = (&report.gb21346, &report.pfc);
    let mut text = format!(
        "alternating current          {:>10.0} kWh/t  {} by {}{}\n\
         comprehensive                {:>10.0} kWh/t  {}\n",
        report.ac_kwh_per_t,
        level(levels.liquid_level),
        levels.edition,
        mark(levels.verified),
        report.comprehensive_ac_kwh_per_t,
        level(levels.comprehensive_level),
    );
    text += &format!("benchmark 13,000, base 13,350               {}\n", report.benchmark.words());
    text += &report.conditions.words();
    text += &tier_words(args, &report.tier);
    text += &format!(
        "PFC by {:<17}     {:>10.4} t CO2e/t: CF4 {:.5}, C2F6 {:.6} kg/t, GWP {}{}\n",
        pfc.method,
        pfc.t_co2e_per_t,
        pfc.cf4_kg_t,
        pfc.c2f6_kg_t,
        pfc.gwp,
        mark(pfc.verified)
    );
    text += &report.co2.words();
    if let Some(fluoride) = &report.fluoride {
        text += &format!(
            "fluoride, a proxy            {:>10.2} kg F/t of {:.1} raw: roof {:.2}, stack {:.3}\n",
            fluoride.roof + fluoride.stack,
            fluoride.raw,
            fluoride.roof,
            fluoride.stack
        );
    }
    if let Some(bill) = &report.bill {
        text += &format!(
            "electricity of the run       {:>10.0} yuan/t: {:.4} yuan/kWh, {:.0} kWh, {:.3} t\n",
            bill.yuan_per_t, bill.mean_yuan_per_kwh, bill.energy_kwh, bill.metal_t
        );
    }
    text
}

fn tier_words(args: &Args, tier: &Tier) -> String {
    let mut text = format!(
        "surcharge in {}            {:>10.2} yuan/kWh, {:.0} yuan/t by {}{}\n",
        args.year,
        tier.surcharge_yuan_per_kwh,
        tier.surcharge_yuan_per_t,
        tier.rule.as_deref().unwrap_or("no rule"),
        mark(tier.verified)
    );
    if let Some(cost) = tier.electricity_yuan_per_t {
        text += &format!("electricity                  {cost:>10.0} yuan/t\n");
    }
    text
}

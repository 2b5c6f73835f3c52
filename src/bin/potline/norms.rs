//! `potline norms`.

use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::account::energy::RECTIFIER;
use potline::account::pfc::{DEFAULT_FACTORS, Effects, MODELS, Pfc, PfcModel};
use potline::account::{Energy, limits, tariff};
use serde::Serialize;

/// What law and market make of a smelter's energy: alternating current, limit level, surcharge,
/// greenhouse gas of anode effects.
///
/// Every figure of a norm comes from a table with its source; what was quoted and not read in the
/// primary text says `verified: false`.
#[derive(clap::Args)]
#[command(after_help = "Example: 12,523 kWh/t DC in 2025, 0.15 effect minutes per pot-day\n  \
                        potline norms --dc-kwh-t 12523 --year 2025 --ae-min-per-pot-day 0.15")]
pub struct Args {
    /// Direct-current energy [kWh/t], 10000 to 20000
    #[arg(long, value_name = "D")]
    dc_kwh_t: f64,
    /// Efficiency of transformer and rectifier [1], 0.9 to 1
    #[arg(long, value_name = "E", default_value_t = RECTIFIER.value)]
    rectifier: f64,
    /// Auxiliaries: fume treatment, air, cranes, light [kWh/t], 0 to 2000; usual 150 to 400
    #[arg(long, value_name = "A", default_value_t = 250.0)]
    aux_kwh_t: f64,
    /// Year whose limits and tariff apply
    #[arg(long, value_name = "Y", default_value_t = 2025, value_parser = clap::value_parser!(u16).range(2000..=2100))]
    year: u16,
    /// Price of electricity before the surcharge [yuan/kWh]
    #[arg(long, value_name = "P")]
    price: Option<f64>,
    /// Share of non-hydro renewable electricity [%], 0 to 100
    #[arg(long, value_name = "R", default_value_t = 0.0)]
    renewables_pct: f64,
    /// Anode-effect minutes per pot and day; the guide's default emission factors without it
    #[arg(long, value_name = "M")]
    ae_min_per_pot_day: Option<f64>,
    /// Mean effect overvoltage [mV] and current efficiency [1], for the method `overvoltage`
    #[arg(long, value_names = ["AEO", "CE"], num_args = 2)]
    overvoltage: Option<Vec<f64>>,
    /// How effects become PFC: cets2024, ipcc2006, eu-pfpb-m or overvoltage
    #[arg(long, value_name = "METHOD", default_value = "cets2024")]
    pfc_method: String,
}

#[derive(Serialize)]
struct Levels {
    edition: &'static str,
    liquid_level: Option<u8>,
    comprehensive_level: Option<u8>,
    verified: bool,
}

#[derive(Serialize)]
struct Tier {
    rule: Option<&'static str>,
    surcharge_yuan_per_kwh: f64,
    surcharge_yuan_per_t: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    electricity_yuan_per_t: Option<f64>,
    verified: bool,
}

#[derive(Serialize)]
struct Gases {
    method: &'static str,
    cf4_kg_t: f64,
    c2f6_kg_t: f64,
    t_co2e_per_t: f64,
    verified: bool,
}

#[derive(Serialize)]
struct Report {
    ac_kwh_per_t: f64,
    comprehensive_ac_kwh_per_t: f64,
    gb21346: Levels,
    tier: Tier,
    pfc: Gases,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let ranges = [
        ("--dc-kwh-t", args.dc_kwh_t, 10_000.0, 20_000.0),
        ("--rectifier", args.rectifier, 0.9, 1.0),
        ("--aux-kwh-t", args.aux_kwh_t, 0.0, 2_000.0),
        ("--price", args.price.unwrap_or(0.0), -10.0, 10.0),
        ("--renewables-pct", args.renewables_pct, 0.0, 100.0),
        ("--ae-min-per-pot-day", args.ae_min_per_pot_day.unwrap_or(0.0), 0.0, 1_440.0),
    ];
    for (name, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            return Err(Failure::new(Exit::Usage, format!("{name} {value}: give {least} to {most}")));
        }
    }
    let report = report(args, model(&args.pfc_method)?)?;
    shell.emit(&report, || words(args, &report))?;
    Ok(Exit::Done)
}

fn model(name: &str) -> Result<PfcModel, Failure> {
    MODELS.into_iter().find(|model| model.name == name).ok_or_else(|| {
        let names: Vec<_> = MODELS.iter().map(|model| model.name).collect();
        Failure::new(Exit::Usage, format!("--pfc-method {name}: give one of {}", names.join(", ")))
    })
}

fn report(args: &Args, pfc: PfcModel) -> Result<Report, Failure> {
    let energy = Energy { rectifier_efficiency: args.rectifier, pfc };
    let ac = energy.ac(args.dc_kwh_t);
    let comprehensive = Energy::comprehensive(ac, args.aux_kwh_t);
    let edition = limits::edition(args.year);
    let tier = tariff::surcharge(args.year, ac, comprehensive, args.renewables_pct);
    Ok(Report {
        ac_kwh_per_t: ac,
        comprehensive_ac_kwh_per_t: comprehensive,
        gb21346: Levels {
            edition: edition.name,
            liquid_level: edition.liquid.of(ac),
            comprehensive_level: edition.comprehensive.and_then(|levels| levels.of(comprehensive)),
            verified: edition.liquid.verified && edition.comprehensive.is_none_or(|levels| levels.verified),
        },
        tier: Tier {
            rule: tier.rule.map(|rule| rule.name),
            surcharge_yuan_per_kwh: tier.per_kwh,
            surcharge_yuan_per_t: tier.per_t,
            electricity_yuan_per_t: args.price.map(|price| (price + tier.per_kwh) * comprehensive),
            verified: tier.rule.is_none_or(|rule| rule.verified),
        },
        pfc: gases(args, &pfc)?,
    })
}

fn gases(args: &Args, pfc: &PfcModel) -> Result<Gases, Failure> {
    let (overvoltage, current_efficiency) = match args.overvoltage.as_deref() {
        Some([overvoltage, efficiency]) => (overvoltage * 1e-3, *efficiency),
        _ => (f64::NAN, f64::NAN),
    };
    let Pfc { cf4, c2f6, co2e } = match args.ae_min_per_pot_day {
        None if pfc.name == "cets2024" => DEFAULT_FACTORS.emissions(pfc.gwp),
        minutes => pfc.emissions(&Effects {
            minutes_per_pot_day: minutes.unwrap_or(f64::NAN),
            overvoltage,
            current_efficiency,
        }),
    };
    if co2e.is_nan() {
        let wanted = if pfc.name == "overvoltage" { "--overvoltage AEO CE" } else { "--ae-min-per-pot-day" };
        return Err(Failure::new(Exit::Usage, format!("the method {} needs {wanted}", pfc.name)));
    }
    Ok(Gases {
        method: pfc.name,
        cf4_kg_t: cf4,
        c2f6_kg_t: c2f6,
        t_co2e_per_t: co2e,
        verified: pfc.verified(),
    })
}

fn words(args: &Args, report: &Report) -> String {
    let level = |level: Option<u8>| level.map_or("above the limit".into(), |level| format!("level {level}"));
    let mark = |verified: bool| if verified { "" } else { "  (quoted, primary text not read)" };
    let (levels, tier, pfc) = (&report.gb21346, &report.tier, &report.pfc);
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
    text += &format!(
        "surcharge in {}            {:>10.2} yuan/kWh, {:.0} yuan/t by {}{}\n",
        args.year,
        tier.surcharge_yuan_per_kwh,
        tier.surcharge_yuan_per_t,
        tier.rule.unwrap_or("no rule"),
        mark(tier.verified)
    );
    if let Some(cost) = tier.electricity_yuan_per_t {
        text += &format!("electricity                  {cost:>10.0} yuan/t\n");
    }
    text += &format!(
        "PFC by {:<12}          {:>10.4} t CO2e/t: CF4 {:.5}, C2F6 {:.6} kg/t{}\n",
        pfc.method,
        pfc.t_co2e_per_t,
        pfc.cf4_kg_t,
        pfc.c2f6_kg_t,
        mark(pfc.verified)
    );
    text
}

//! What the norms say, as an object.

use super::fume::{Carbon, carbon, fluoride};
use super::{Args, bill, mark};
use crate::shell::{Exit, Failure};
use potline::account::fluoride::Fluoride;
use potline::account::norm::benchmark::{self, Standing};
use potline::account::norm::conditions::{self, Binds, Item};
use potline::account::pfc::{CETS_2024, CETS_2024_DEFAULT, Effects, GWPS, MEASURED, MODELS, Pfc, PfcModel};
use potline::account::price::{Bill, Prices};
use potline::account::{Energy, limits, tariff};
use serde::Serialize;

#[derive(Serialize)]
pub struct Report {
    pub ac_kwh_per_t: f64,
    pub comprehensive_ac_kwh_per_t: f64,
    pub gb21346: Levels,
    pub tier: Tier,
    pub pfc: Gases,
    pub benchmark: Benchmark,
    pub conditions: Conditions,
    pub co2: Carbon,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fluoride: Option<Fluoride>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<Bill>,
}

#[derive(Serialize)]
pub struct Levels {
    pub edition: &'static str,
    pub liquid_level: Option<u8>,
    pub comprehensive_level: Option<u8>,
    pub verified: bool,
}

#[derive(Serialize)]
pub struct Tier {
    pub rule: Option<String>,
    pub surcharge_yuan_per_kwh: f64,
    pub surcharge_yuan_per_t: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub electricity_yuan_per_t: Option<f64>,
    pub verified: bool,
}

#[derive(Serialize)]
pub struct Gases {
    pub method: &'static str,
    pub gwp: &'static str,
    pub cf4_kg_t: f64,
    pub c2f6_kg_t: f64,
    pub t_co2e_per_t: f64,
    pub verified: bool,
}

#[derive(Serialize)]
pub struct Benchmark {
    pub standing: Option<Standing>,
    pub verified: bool,
}

impl Benchmark {
    pub fn words(&self) -> String {
        let said = match self.standing {
            Some(Standing::Benchmark) => "benchmark reached 达到标杆水平",
            Some(Standing::Between) => "between base and benchmark",
            _ => "above the base 低于基准水平",
        };
        format!("{said}{}", mark(self.verified))
    }
}

/// Conditions of the trade, by what is known of the line.
#[derive(Serialize)]
pub struct Conditions {
    pub edition: Option<&'static str>,
    pub kept: Vec<Item>,
    pub broken: Vec<Item>,
    pub not_known: Vec<Item>,
    pub verified: bool,
}

impl Conditions {
    pub fn words(&self) -> String {
        let Some(edition) = self.edition else { return String::new() };
        let count = [&self.kept, &self.broken, &self.not_known].map(Vec::len);
        let broken: Vec<String> = self.broken.iter().map(|item| format!("{item:?}")).collect();
        let broken = if broken.is_empty() { String::new() } else { format!(": {}", broken.join(", ")) };
        format!(
            "{edition}: {} kept, {} broken{broken}, {} not known{}\n",
            count[0],
            count[1],
            count[2],
            mark(self.verified)
        )
    }
}

impl Report {
    pub fn new(args: &Args, dc: f64) -> Result<Self, Failure> {
        let pfc = model(args)?;
        let energy = Energy { rectifier_efficiency: args.rectifier, pfc };
        let ac = energy.ac(dc);
        let plain = Energy::comprehensive(ac, args.aux_kwh_t);
        let comprehensive = Energy::comprehensive(plain, args.desulphurisation_kwh_t);
        let prices = bill::prices(args.prices.as_deref())?;
        let edition = limits::edition(args.year);
        let pfc = gases(args, &pfc)?;
        Ok(Self {
            ac_kwh_per_t: ac,
            comprehensive_ac_kwh_per_t: comprehensive,
            gb21346: Levels {
                edition: edition.name,
                liquid_level: edition.liquid.of(ac),
                comprehensive_level: edition.comprehensive.and_then(|levels| levels.of(comprehensive)),
                verified: edition.liquid.verified
                    && edition.comprehensive.is_none_or(|levels| levels.verified),
            },
            tier: tier(args, prices.as_ref(), ac, comprehensive),
            benchmark: Benchmark {
                standing: benchmark::standing(ac),
                verified: benchmark::BENCHMARK.verified && benchmark::BASE.verified,
            },
            conditions: judge(args, ac, plain),
            co2: carbon(args, comprehensive, pfc.t_co2e_per_t)?,
            fluoride: fluoride(args)?,
            bill: bill::bill(args, prices.as_ref())?,
            pfc,
        })
    }
}

/// The province's own tier where the prices have one, else the rule of the year.
fn tier(args: &Args, prices: Option<&Prices>, ac: f64, comprehensive: f64) -> Tier {
    let own = prices.and_then(|prices| Some((prices, prices.tier.as_ref()?)));
    let (rule, per_kwh, per_t, verified) = match own {
        Some((prices, tier)) => {
            let per_kwh = tier.surcharge(ac, comprehensive);
            (Some(prices.name.clone()), per_kwh, per_kwh * comprehensive, prices.verified)
        }
        None => {
            let found = tariff::surcharge(args.year, ac, comprehensive, args.renewables_pct);
            let verified = found.rule.is_none_or(|rule| rule.verified);
            (found.rule.map(|rule| rule.name.into()), found.per_kwh, found.per_t, verified)
        }
    };
    Tier {
        rule,
        surcharge_yuan_per_kwh: per_kwh,
        surcharge_yuan_per_t: per_t,
        electricity_yuan_per_t: args.price.map(|price| (price + per_kwh) * comprehensive),
        verified,
    }
}

fn unknown(option: &str, given: &str, names: &[&str]) -> Failure {
    Failure::new(Exit::Usage, format!("{option} {given}: give one of {}", names.join(", ")))
}

fn model(args: &Args) -> Result<PfcModel, Failure> {
    let names: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
    let found = MODELS.into_iter().find(|model| model.name == args.pfc_method);
    let found = found.ok_or_else(|| unknown("--pfc-method", &args.pfc_method, &names))?;
    let names: Vec<&str> = GWPS.iter().map(|gwp| gwp.name).collect();
    let gwp = GWPS.into_iter().find(|gwp| gwp.name == args.gwp);
    let gwp = gwp.ok_or_else(|| unknown("--gwp", &args.gwp, &names))?;
    let found = match args.measured.as_deref() {
        Some([cf4, ratio]) if found.name == MEASURED.name => PfcModel::measured(*cf4, *ratio),
        _ => found,
    };
    Ok(PfcModel { gwp, ..found })
}

fn gases(args: &Args, pfc: &PfcModel) -> Result<Gases, Failure> {
    let (overvoltage, current_efficiency) = match args.overvoltage.as_deref() {
        Some([overvoltage, efficiency]) => (overvoltage * 1e-3, *efficiency),
        _ => (f64::NAN, f64::NAN),
    };
    // Who does not count is given the default of the same guide.
    let counts = args.ae_min_per_pot_day.is_some() || pfc.name != CETS_2024.name;
    let model = if counts { *pfc } else { PfcModel { gwp: pfc.gwp, ..CETS_2024_DEFAULT } };
    let Pfc { cf4, c2f6, co2e } = model.emissions(&Effects {
        minutes_per_pot_day: args.ae_min_per_pot_day.unwrap_or(f64::NAN),
        overvoltage,
        current_efficiency,
    });
    if co2e.is_nan() {
        let wanted = match pfc.name {
            name if name.starts_with("overvoltage") => "--overvoltage AEO CE",
            "measured" => "--measured CF4 RATIO",
            _ => "--ae-min-per-pot-day",
        };
        return Err(Failure::new(Exit::Usage, format!("the method {} needs {wanted}", pfc.name)));
    }
    Ok(Gases {
        method: pfc.name,
        gwp: pfc.gwp.name,
        cf4_kg_t: cf4,
        c2f6_kg_t: c2f6,
        t_co2e_per_t: co2e,
        verified: model.verified(),
    })
}

fn judge(args: &Args, ac: f64, comprehensive: f64) -> Conditions {
    let edition = conditions::edition(args.year);
    let mut result = Conditions {
        edition: edition.map(|edition| edition.name),
        kept: Vec::new(),
        broken: Vec::new(),
        not_known: Vec::new(),
        verified: true,
    };
    let others = if args.new_line { Binds::Existing } else { Binds::New };
    for condition in edition.map_or(&[][..], |edition| edition.conditions) {
        if condition.binds == others {
            continue;
        }
        let value = match condition.item {
            Item::LiquidAc => Some(ac),
            Item::ComprehensiveAc => Some(comprehensive),
            Item::Alumina => args.alumina_kg_t,
            Item::FluorideSalts => args.fluoride_kg_t,
            Item::NetCarbon => Some(args.net_carbon_kg_t),
            Item::LineCurrent => args.current_ka,
        };
        result.verified &= condition.bound.verified;
        match value {
            None => result.not_known.push(condition.item),
            Some(value) if condition.kept(value) => result.kept.push(condition.item),
            Some(_) => result.broken.push(condition.item),
        }
    }
    result
}

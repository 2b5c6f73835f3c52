//! Every published figure of the accounts in one list, for people who check them.

use super::{air, benchmark, conditions};
use crate::account::{Coefficient, carbon, energy, fluoride, limits, pfc, tariff, value_added};
use std::format;
use std::prelude::rust_2024::*;

/// A figure with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Published {
    /// What it is part of.
    pub table: String,
    /// What it says.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Unit.
    pub unit: &'static str,
    /// Where it was read.
    pub source: &'static str,
    /// The primary text was read, not only quoted.
    pub verified: bool,
}

fn figure(table: &str, name: impl Into<String>, figure: Coefficient, unit: &'static str) -> Published {
    let Coefficient { value, source, verified } = figure;
    Published { table: table.into(), name: name.into(), value, unit, source, verified }
}

/// Every figure, table by table.
#[must_use]
pub fn published() -> Vec<Published> {
    let mut list = Vec::new();
    energies(&mut list);
    for edition in &conditions::EDITIONS {
        for condition in edition.conditions {
            let name = format!("{:?}, binds {:?}", condition.item, condition.binds);
            list.push(figure(edition.name, name, condition.bound, condition.item.unit()));
        }
    }
    for limit in &air::LIMITS {
        let name = format!("{:?} at {:?}", limit.pollutant, limit.place);
        list.push(figure("GB 25465-2010", name, limit.most, "mg/m³"));
    }
    tiers(&mut list);
    deals(&mut list);
    gases(&mut list);
    list
}

fn energies(list: &mut Vec<Published>) {
    for edition in &limits::EDITIONS {
        let indicators = [
            ("铝液交流电耗", "kWh/t", Some(edition.liquid)),
            ("铝液综合交流电耗", "kWh/t", edition.comprehensive),
            ("铝锭综合交流电耗", "kWh/t", edition.ingot),
            ("铝锭综合能源单耗", "kgce/t", edition.ingot_coal),
        ];
        for (indicator, unit, levels) in indicators {
            let Some(levels) = levels else { continue };
            for (level, value) in (1..).zip(levels.most) {
                let bound = Coefficient { value, source: levels.source, verified: levels.verified };
                list.push(figure(edition.name, format!("{indicator}, level {level}"), bound, unit));
            }
        }
    }
    list.push(figure("能效标杆水平", "benchmark", benchmark::BENCHMARK, "kWh/t"));
    list.push(figure("能效基准水平", "base", benchmark::BASE, "kWh/t"));
    let share = "share of the capacity at the benchmark, 2025";
    list.push(figure("能效标杆水平", share, benchmark::CAPACITY_SHARE, "1"));
    list.push(figure("energy", "rectifier efficiency", energy::RECTIFIER, "1"));
    list.push(figure("energy", "standard coal of electricity", value_added::COAL_PER_KWH, "kgce/kWh"));
    list.push(figure("energy", "万元工业增加值能耗, 2020 against 2015", value_added::PLANNED_CHANGE, "1"));
}

fn tiers(list: &mut Vec<Published>) {
    for rule in &tariff::RULES {
        let quoted = |value| Coefficient { value, source: rule.source, verified: rule.verified };
        let mut add = |name: String, value, unit| list.push(figure(rule.name, name, quoted(value), unit));
        match rule.steps {
            tariff::Steps::Edges(edges) => {
                for (above, more) in edges {
                    add(format!("surcharge above {above} kWh/t"), *more, "yuan/kWh");
                }
            }
            tariff::Steps::Even { bases, width, each } => {
                for (year, base) in bases {
                    add(format!("base from {year}"), *base, "kWh/t");
                }
                add("width of a step".into(), width, "kWh/t");
                add("surcharge of a started step".into(), each, "yuan/kWh");
            }
        }
    }
}

fn deals(list: &mut Vec<Published>) {
    let rule = tariff::RULES[0].name;
    list.push(figure(rule, "no direct supply deals above", tariff::NO_DEALS_ABOVE, "kWh/t"));
    list.push(figure(rule, "direct supply deals preferred below", tariff::DEALS_PREFERRED_BELOW, "kWh/t"));
    list.push(figure(
        "CETS",
        "emissions of a year from which a smelter takes part",
        pfc::CETS_FROM,
        "t CO2e",
    ));
    let table = "40 CFR 98.64, default slopes allowed below";
    list.push(figure(table, "effect time", pfc::DEFAULT_BELOW_MINUTES, "min/(pot d)"));
    list.push(figure(table, "effect overvoltage", pfc::DEFAULT_BELOW_OVERVOLTAGE, "mV"));
}

fn gases(list: &mut Vec<Published>) {
    for model in pfc::MODELS.iter().filter(|model| model.name != pfc::MEASURED.name) {
        let table = format!("PFC {}", model.name);
        let (what, factor, unit) = match model.method {
            pfc::Method::Slope(factor) => ("CF4, slope", factor, "kg/t per min/(pot d)"),
            pfc::Method::Overvoltage(factor) => ("CF4, overvoltage coefficient", factor, "kg/t per mV"),
            pfc::Method::Fixed(factor) => ("CF4", factor, "kg/t"),
        };
        list.push(figure(&table, what, factor, unit));
        list.push(figure(&table, "C2F6 over CF4", model.c2f6_per_cf4, "kg/kg"));
    }
    for gwp in &pfc::GWPS {
        let table = format!("GWP {}", gwp.name);
        for (gas, value) in [("CF4", gwp.cf4), ("C2F6", gwp.c2f6)] {
            list.push(figure(&table, gas, Coefficient { value, ..gwp.provenance() }, "kg CO2e/kg"));
        }
    }
    list.push(figure("anodes", "sulphur", carbon::SULPHUR, "wt %"));
    list.push(figure("anodes", "ash", carbon::ASH, "wt %"));
    list.push(figure("anodes", "net carbon", carbon::NET_CARBON, "t/t"));
    for source in &carbon::SOURCES {
        list.push(figure("electricity, own stack", source.name, source.direct, "kg CO2/kWh"));
        list.push(figure("electricity, whole life", source.name, source.life_cycle, "kg CO2e/kWh"));
    }
    for grid in &carbon::GRIDS {
        list.push(figure("electricity, mean of a grid", grid.name, grid.factor, "kg CO2/kWh"));
    }
    let room = [
        ("hydrolysis", fluoride::HYDROLYSIS, "kg F/t"),
        ("caught by closed hoods", fluoride::CAUGHT_CLOSED, "1"),
        ("caught by open hoods", fluoride::CAUGHT_OPEN, "1"),
        ("taken back by the scrubber", fluoride::SCRUBBED, "1"),
        ("mean of the world's prebake lines, 2016", fluoride::WORLD_PREBAKE, "kg F/t"),
        ("limit of Québec, year", fluoride::QUEBEC_YEAR, "kg F/t"),
    ];
    list.extend(room.map(|(name, value, unit)| figure("fluoride", name, value, unit)));
}

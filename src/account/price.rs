//! What the electricity of a run costs: hours of the day, contract blocks, spot, and the tier.
//!
//! ```text
//! cost  = Σ_k [ Σ_b q_b p_b + (E_k - Σ_b q_b) p_k ]     quarter hours k, contract blocks b      [yuan]
//! per t = (cost + s E) / M                              s surcharge of the tier            [yuan/t]
//! ```
//!
//! E_k alternating-current energy \[kWh\], q_b what block b delivers in the quarter hour whether it is
//! used or not, p_k the spot price, else that of the hour of the day. What is left of a block is sold
//! at p_k, as contracts beside a spot market are settled. M metal \[t\]. The run begins at midnight.

use super::tariff::{Looks, by_edges, by_steps};
use std::prelude::rust_2024::*;

/// Prices as written in TOML.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Prices {
    /// Version of the file format: 1.
    pub version: u32,
    /// Place and year.
    pub name: String,
    /// Where the figures were read.
    pub source: String,
    /// The primary text was read, not only quoted.
    pub verified: bool,
    /// Price where nothing else says one \[yuan/kWh\], -10–10.
    pub flat_yuan_per_kwh: f64,
    /// Hours of the day with a price of their own (峰平谷).
    pub period: Vec<Period>,
    /// Blocks bought beforehand (中长期合同).
    pub contract: Vec<Contract>,
    /// The province's own tier in place of the national rule (阶梯电价).
    pub tier: Option<Tier>,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            version: 1,
            name: String::new(),
            source: String::new(),
            verified: false,
            flat_yuan_per_kwh: 0.45,
            period: Vec::new(),
            contract: Vec::new(),
            tier: None,
        }
    }
}

/// Hours of the day with one price.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Period {
    /// Name: peak 峰, flat 平, valley 谷.
    pub name: String,
    /// Begin \[h of the day\], 0–24 in quarter hours.
    pub from_h: f64,
    /// End; before the begin when the period goes past midnight \[h of the day\], 0–24.
    pub to_h: f64,
    /// Price \[yuan/kWh\], -10–10.
    pub yuan_per_kwh: f64,
}

impl Period {
    fn holds(&self, hour: f64) -> bool {
        if self.from_h <= self.to_h {
            (self.from_h..self.to_h).contains(&hour)
        } else {
            hour >= self.from_h || hour < self.to_h
        }
    }
}

/// A block of power bought beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Contract {
    /// Begin \[h since the start of the run\], 0–100000 in quarter hours.
    pub from_h: f64,
    /// End \[h since the start of the run\], 0–100000.
    pub to_h: f64,
    /// Power \[MW\], 0–2000.
    pub mw: f64,
    /// Price \[yuan/kWh\], -10–10.
    pub yuan_per_kwh: f64,
}

/// A province's tier: edges, or even steps above a base, or both.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Tier {
    /// Which energy it looks at.
    pub looks: Looks,
    /// Surcharge above each edge, rising.
    pub edge: Vec<Edge>,
    /// Base of the even steps \[kWh/t\], 10000–20000; absent: no steps.
    pub base_kwh_t: Option<f64>,
    /// Width of a step \[kWh/t\], 1–1000.
    pub step_kwh_t: f64,
    /// Surcharge of every started step \[yuan/kWh\], 0–1.
    pub step_yuan_per_kwh: f64,
}

/// An edge of a tier.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Edge {
    /// Energy above which it holds \[kWh/t\], 10000–20000.
    pub above_kwh_t: f64,
    /// Surcharge \[yuan/kWh\], 0–1.
    pub yuan_per_kwh: f64,
}

impl Tier {
    /// Surcharge \[yuan/kWh\] for alternating-current energy `ac` and comprehensive energy
    /// `comprehensive` \[kWh/t\].
    #[must_use]
    pub fn surcharge(&self, ac: f64, comprehensive: f64) -> f64 {
        let energy = match self.looks {
            Looks::LiquidAc => ac,
            Looks::ComprehensiveAc => comprehensive,
        };
        if energy.is_nan() {
            return f64::NAN;
        }
        let edges: Vec<_> = self.edge.iter().map(|edge| (edge.above_kwh_t, edge.yuan_per_kwh)).collect();
        let steps = self
            .base_kwh_t
            .map_or(0.0, |base| by_steps(base, self.step_kwh_t, self.step_yuan_per_kwh, energy));
        by_edges(&edges, energy) + steps
    }
}

/// Energy and metal of one row of a run's record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hour {
    /// Begin, since the start of the run \[h\].
    pub from_h: f64,
    /// Length \[h\].
    pub length_h: f64,
    /// Alternating-current energy \[kWh\].
    pub energy_kwh: f64,
    /// Metal made \[t\].
    pub metal_t: f64,
}

/// A price that holds from a time on \[h since the start of the run, yuan/kWh\].
pub type Spot = (f64, f64);

/// What a run cost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bill {
    /// Alternating-current energy \[kWh\].
    pub energy_kwh: f64,
    /// Metal \[t\].
    pub metal_t: f64,
    /// Paid for contract blocks \[yuan\].
    pub contract_yuan: f64,
    /// Paid for the rest; negative where more of the blocks was sold \[yuan\].
    pub market_yuan: f64,
    /// Both over the energy \[yuan/kWh\].
    pub mean_yuan_per_kwh: f64,
    /// Both over the metal \[yuan/t\].
    pub yuan_per_t: f64,
}

impl Prices {
    /// The price at `hour` since the start of the run \[yuan/kWh\]: the latest of `spot`, which stands
    /// in the order of its times, else that of the hour of the day.
    #[must_use]
    pub fn at(&self, hour: f64, spot: &[Spot]) -> f64 {
        let latest = spot.partition_point(|(from, _)| *from <= hour).checked_sub(1);
        if let Some((_, price)) = latest.and_then(|index| spot.get(index)) {
            return *price;
        }
        let of_day = hour.rem_euclid(24.0);
        let period = self.period.iter().find(|period| period.holds(of_day));
        period.map_or(self.flat_yuan_per_kwh, |period| period.yuan_per_kwh)
    }

    /// What a run costs without the surcharge of the tier. Energy is spread evenly over each row.
    #[must_use]
    pub fn bill(&self, rows: &[Hour], spot: &[Spot]) -> Bill {
        let mut bill = Bill::default();
        for row in rows {
            bill.energy_kwh += row.energy_kwh;
            bill.metal_t += row.metal_t;
            let parts = (row.length_h * 4.0).round().max(1.0);
            let length = row.length_h / parts;
            for part in 0..parts as u32 {
                // The middle, so that a rounded time cannot fall into the neighbour.
                let middle = row.from_h + (f64::from(part) + 0.5) * length;
                let mut open = row.energy_kwh / parts;
                for block in self.contract.iter().filter(|b| (b.from_h..b.to_h).contains(&middle)) {
                    let delivered = block.mw * 1e3 * length;
                    bill.contract_yuan += delivered * block.yuan_per_kwh;
                    open -= delivered;
                }
                bill.market_yuan += open * self.at(middle, spot);
            }
        }
        let paid = bill.contract_yuan + bill.market_yuan;
        bill.mean_yuan_per_kwh = paid / bill.energy_kwh;
        bill.yuan_per_t = paid / bill.metal_t;
        bill
    }
}

impl Prices {
    /// Everything that is wrong with a file of prices: field, and what to do.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut issues = Vec::new();
        let mut within = |field: String, value: f64, min: f64, max: f64| {
            if !(min..=max).contains(&value) {
                issues.push((field, std::format!("{value} is outside {min} to {max}")));
            }
        };
        within("flat_yuan_per_kwh".into(), self.flat_yuan_per_kwh, -10.0, 10.0);
        for (k, period) in self.period.iter().enumerate() {
            within(std::format!("period[{k}].yuan_per_kwh"), period.yuan_per_kwh, -10.0, 10.0);
            within(std::format!("period[{k}].from_h"), period.from_h, 0.0, 24.0);
            within(std::format!("period[{k}].to_h"), period.to_h, 0.0, 24.0);
        }
        for (k, block) in self.contract.iter().enumerate() {
            within(std::format!("contract[{k}].yuan_per_kwh"), block.yuan_per_kwh, -10.0, 10.0);
            within(std::format!("contract[{k}].mw"), block.mw, 0.0, 2_000.0);
            within(std::format!("contract[{k}].from_h"), block.from_h, 0.0, 1e5);
            within(std::format!("contract[{k}].to_h"), block.to_h, block.from_h, 1e5);
        }
        if let Some(tier) = &self.tier {
            within("tier.base_kwh_t".into(), tier.base_kwh_t.unwrap_or(1e4), 1e4, 2e4);
            if tier.base_kwh_t.is_some() {
                within("tier.step_kwh_t".into(), tier.step_kwh_t, 1.0, 1e3);
                within("tier.step_yuan_per_kwh".into(), tier.step_yuan_per_kwh, 0.0, 1.0);
            }
            let mut least = 1e4;
            for (k, edge) in tier.edge.iter().enumerate() {
                within(std::format!("tier.edge[{k}].above_kwh_t"), edge.above_kwh_t, least, 2e4);
                within(std::format!("tier.edge[{k}].yuan_per_kwh"), edge.yuan_per_kwh, 0.0, 1.0);
                least = least.max(edge.above_kwh_t);
            }
        }
        let quarters = |hour: f64| (hour * 4.0).fract() == 0.0;
        let times = self.period.iter().flat_map(|p| [p.from_h, p.to_h]);
        let uneven =
            times.chain(self.contract.iter().flat_map(|b| [b.from_h, b.to_h])).find(|h| !quarters(*h));
        if let Some(hour) = uneven {
            let message = std::format!("{hour} h is no whole quarter hour; give 8.25, 8.5, 8.75 and so on");
            issues.push(("period".into(), message));
        }
        issues
    }
}

#[cfg(test)]
mod tests;

//! Day-ahead plans of the line current: when to run above and when below nominal, from the prices of
//! power, the orders of the grid and what cells bear.
//!
//! ```text
//! Request (prices, orders, line, limits) -> program of the steps -> Planned (shares, reserve, money)
//!                                              |  cannot be met
//!                                              v
//!                         Refusal: what current alone can do, and how many cells must stop
//! ```
//!
//! What is planned is the share of the nominal current in every step. The plan is made offline; in real
//! time [`line`](crate::line) follows it within its own budget.

mod heat;
mod program;
mod request;
mod restart;

pub use heat::HeatModel;
pub use request::{Order, Request, Reserve, Tolerance};
pub use restart::{Restart, RestartSettings};

use crate::error::Error;
use program::Program;
use std::prelude::rust_2024::*;

/// A plan, and what it comes to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Planned {
    /// Length of a step \[h\].
    pub step_h: f64,
    /// Share of the nominal current in each step \[%\].
    pub share_pct: Vec<f64>,
    /// Band of regulation kept free in each step, either way \[%\].
    pub reserve_pct: Vec<f64>,
    /// Power of the line in each step \[MW\].
    pub power_mw: Vec<f64>,
    /// Superheat expected at the end of each step \[K\].
    pub superheat_c: Vec<f64>,
    /// Growth of the ledge expected at the end of each step \[mm\].
    pub ledge_mm: Vec<f64>,
    /// Cost of power of the plan, and of the same metal at constant current \[price unit\].
    pub cost: f64,
    /// See `cost`.
    pub flat_cost: f64,
    /// Earned by the reserve \[price unit\].
    pub reserve_income: f64,
    /// Cost of power per tonne of metal, planned and at constant nominal current \[price unit/t\].
    pub cost_per_t: f64,
    /// See `cost_per_t`.
    pub flat_cost_per_t: f64,
    /// Metal of each day, of that at nominal current \[%\].
    pub metal_pct: Vec<f64>,
    /// Cells to be stopped, and what their restart takes.
    pub restart: Restart,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// A value of the request is out of range.
    Value(Error),
    /// Orders that the cells cannot bear by current alone.
    Unbearable {
        /// Deepest cut of power that the cells bear at these hours \[% of power left\].
        bearable_pct: f64,
        /// Cells that must stop so that the rest can bear it; `None` when not even that helps.
        stop: Option<u16>,
        /// In words.
        words: String,
    },
    /// The solver gave up.
    Solver(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(error) => error.fmt(f),
            Self::Unbearable { words, .. } | Self::Solver(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Refusal {}

/// Makes the plan of a request, as many cells stopped as it says.
///
/// # Errors
/// [`Refusal`], with what would be possible instead.
pub fn plan(request: &Request) -> Result<Planned, Refusal> {
    request.check().map_err(Refusal::Value)?;
    match Program::new(request, request.stopped, 0.0).solve()? {
        Some(solved) => Ok(planned(request, &solved)),
        None => Err(unbearable(request)?),
    }
}

/// What the solved program comes to.
fn planned(request: &Request, solved: &program::Solved) -> Planned {
    let (line, hours) = (&request.line, request.step_h);
    let running = f64::from(request.running(request.stopped));
    let power: Vec<f64> = solved.share.iter().map(|s| line.power_mw(*s, running)).collect();
    let cost = |power: &[f64]| power.iter().zip(&request.price).map(|(mw, price)| mw * price * hours).sum();
    let metal = |shares: f64| line.metal_t_per_h(shares, running) * hours;
    let made: f64 = solved.share.iter().map(|s| metal(*s)).sum();
    let steps = request.price.len() as f64;
    let mean = solved.share.iter().sum::<f64>() / steps;
    let flat = |share: f64| cost(&vec![line.power_mw(share, running); request.price.len()]);
    let income = request.reserve.map_or(0.0, |reserve| {
        let mw = |(share, band): (&f64, &f64)| line.power_slope_mw(*share, running) * band;
        solved.share.iter().zip(&solved.reserve).map(mw).sum::<f64>() * reserve.price * hours
    });
    let per_day = request.steps_per_day();
    let cells = f64::from(line.cells);
    let spent: f64 = cost(&power);
    Planned {
        step_h: hours,
        share_pct: solved.share.iter().map(|s| 100.0 * s).collect(),
        reserve_pct: solved.reserve.iter().map(|s| 100.0 * s).collect(),
        superheat_c: solved.fast.iter().map(|e| request.heat.superheat(*e)).collect(),
        ledge_mm: solved.slow.iter().map(|e| request.heat.ledge_mm(*e)).collect(),
        cost: spent,
        flat_cost: flat(mean),
        reserve_income: income,
        cost_per_t: (spent - income) / made,
        flat_cost_per_t: flat(1.0) / (metal(1.0) * steps),
        metal_pct: solved
            .share
            .chunks(per_day)
            .map(|day| 100.0 * day.iter().sum::<f64>() / day.len() as f64 * running / cells)
            .collect(),
        restart: request.restart.of(request.stopped),
        power_mw: power,
    }
}

/// What can be done instead: how deep the same orders may go by current alone, and how many cells must
/// stop to meet them.
fn unbearable(request: &Request) -> Result<Refusal, Refusal> {
    // The relief at which the orders can be borne, to a thousandth.
    let (mut too_little, mut enough) = (0.0, 1.0);
    let eased = |relief: f64| Ok(Program::new(request, request.stopped, relief).solve()?.is_some());
    if !eased(enough)? {
        return Ok(Refusal::Unbearable {
            bearable_pct: 100.0,
            stop: None,
            words: "no plan keeps metal, ramps and heat within their limits even without the orders: \
                    widen tolerance.metal_pct, heat.superheat_c or the range of the current"
                .into(),
        });
    }
    while enough - too_little > 1e-3 {
        let middle = 0.5 * (enough + too_little);
        if eased(middle)? { enough = middle } else { too_little = middle }
    }
    let deepest = request.orders.iter().map(|order| order.power_pct).fold(100.0, f64::min);
    let bearable = deepest + enough * (100.0 - deepest);
    // More cells stopped is never harder: the rest runs nearer to its nominal current.
    let (mut few, mut many) = (request.stopped, request.line.cells - 1);
    let helps = |stop: u16| Ok::<_, Refusal>(Program::new(request, stop, 0.0).solve()?.is_some());
    if !helps(many)? {
        let words = std::format!(
            "the cells bear {bearable:.1} % of their power at the hours of the orders, not {deepest:.1} %, \
             and no number of stopped cells helps: the ramps or the metal of the other hours stand against it"
        );
        return Ok(Refusal::Unbearable { bearable_pct: bearable, stop: None, words });
    }
    while many - few > 1 {
        let middle = few + (many - few) / 2;
        if helps(middle)? { many = middle } else { few = middle }
    }
    let cells = request.line.cells;
    let restart = request.restart.of(many);
    let words = std::format!(
        "by current alone the cells bear {bearable:.1} % of their power at the hours of the orders, not \
         {deepest:.1} %: below that the bath freezes or the ledge grows beyond its limit. {many} of {cells} \
         cells must stop (give `stopped = {many}`); their restart takes {:.0} t of bath, {:.0} t of metal \
         and {:.0} days",
        restart.bath_t,
        restart.metal_t,
        restart.days
    );
    Ok(Refusal::Unbearable { bearable_pct: bearable, stop: Some(many), words })
}

#[cfg(test)]
mod tests;

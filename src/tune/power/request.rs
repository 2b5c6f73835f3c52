//! What is to be planned: prices, orders, the line and its tolerances.

use super::{HeatModel, RestartSettings};
use crate::consts::{ALUMINIUM_PER_COULOMB, HOUR};
use crate::error::{Error, in_range};
use std::prelude::rust_2024::*;

/// Watts in a megawatt.
const MEGA: f64 = 1e6;
/// Voltage of the reaction, which leaves no heat \[V\]; see [`line`](crate::line).
const REACTION: f64 = 1.99;

/// An order of the grid: no more than this share of the nominal power from one hour to another.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Order {
    /// From, since the begin of the plan \[h\].
    pub from_h: f64,
    /// To \[h\].
    pub to_h: f64,
    /// Power that is left, of nominal \[%\], 5..100.
    pub power_pct: f64,
}

/// The market for a band of regulation.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Reserve {
    /// Widest band, either way, of the nominal current \[%\], 0..5.
    pub most_pct: f64,
    /// What an hour of a megawatt of band earns \[price unit/MW/h\], 0..1e5.
    pub price: f64,
}

/// What the plan may do.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Tolerance {
    /// Lowest share of the nominal current \[%\], 50..100.
    pub least_pct: f64,
    /// Highest share \[%\], 100..115.
    pub most_pct: f64,
    /// Change from step to step \[% per hour\], 1..100.
    pub ramp_pct_per_h: f64,
    /// Metal of a day, either way; on days with orders, of what they leave \[%\], 0..20.
    pub metal_pct: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { least_pct: 92.0, most_pct: 105.0, ramp_pct_per_h: 20.0, metal_pct: 1.0 }
    }
}

/// The line, as a plan sees it.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PlanLine {
    /// Cells, 2..1000.
    pub cells: u16,
    /// Nominal current \[kA\], 50..1000.
    pub current_ka: f64,
    /// Voltage of a cell at nominal current \[V\], 3.5..5.
    pub voltage_v: f64,
    /// Back-EMF \[V\], 1.4..1.9.
    pub e_back_v: f64,
    /// Current efficiency \[%\], 80..98.
    pub efficiency_pct: f64,
    /// Resistance of the busbars outside the cells \[µΩ\], 0..2000.
    pub bus_uohm: f64,
    /// Efficiency of transformer and rectifier \[%\], 90..100.
    pub rectifier_pct: f64,
}

impl Default for PlanLine {
    fn default() -> Self {
        Self {
            cells: 240,
            current_ka: 500.0,
            voltage_v: 3.95,
            e_back_v: 1.65,
            efficiency_pct: 93.5,
            bus_uohm: 60.0,
            rectifier_pct: 98.5,
        }
    }
}

impl PlanLine {
    fn amps(&self) -> f64 {
        self.current_ka * 1e3
    }

    /// Linear and quadratic coefficient of the line's power in the share of the current \[MW\].
    pub(super) fn power_terms(&self, running: f64) -> (f64, f64) {
        let amps = self.amps();
        let ohmic = running * (self.voltage_v - self.e_back_v) / amps + self.bus_uohm * 1e-6;
        let scale = 1.0 / (MEGA * self.rectifier_pct / 100.0);
        (running * self.e_back_v * amps * scale, ohmic * amps * amps * scale)
    }

    /// Power of `running` cells at this share of the nominal current \[MW\].
    #[must_use]
    pub fn power_mw(&self, share: f64, running: f64) -> f64 {
        let (linear, square) = self.power_terms(running);
        (linear + square * share) * share
    }

    /// Its slope \[MW per unit share\].
    #[must_use]
    pub fn power_slope_mw(&self, share: f64, running: f64) -> f64 {
        let (linear, square) = self.power_terms(running);
        linear + 2.0 * square * share
    }

    /// Share of the nominal current at which `running` cells take this power \[MW\].
    #[must_use]
    pub fn share_at(&self, power_mw: f64, running: f64) -> f64 {
        let (linear, square) = self.power_terms(running);
        ((linear * linear + 4.0 * square * power_mw).sqrt() - linear) / (2.0 * square)
    }

    /// Metal \[t/h\].
    #[must_use]
    pub fn metal_t_per_h(&self, share: f64, running: f64) -> f64 {
        let per_cell = ALUMINIUM_PER_COULOMB * self.efficiency_pct / 100.0 * self.amps() * share * HOUR;
        running * per_cell / 1e3
    }

    /// Heat of a cell beyond nominal \[kW\] and its slope in the share.
    pub(super) fn heat_kw(&self, share: f64) -> (f64, f64) {
        let (amps, ohmic) = (self.amps(), self.voltage_v - self.e_back_v);
        let free = self.e_back_v - REACTION;
        let heat = |s: f64| amps * s * (free + ohmic * s) / 1e3;
        (heat(share) - heat(1.0), amps * (free + 2.0 * ohmic * share) / 1e3)
    }
}

/// What is to be planned.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Request {
    /// Version of the file format: 1.
    pub version: u32,
    /// Price of power in each step \[price unit/MWh\], 4..192 values.
    pub price: Vec<f64>,
    /// Length of a step \[h\], 0.25..2.
    pub step_h: f64,
    /// Orders of the grid.
    pub orders: Vec<Order>,
    /// Market for a band of regulation.
    pub reserve: Option<Reserve>,
    /// Cells that are stopped all the time.
    pub stopped: u16,
    /// The line.
    pub line: PlanLine,
    /// What the plan may do.
    pub tolerance: Tolerance,
    /// What a cell bears.
    pub heat: HeatModel,
    /// What a restart takes.
    pub restart: RestartSettings,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            version: 1,
            price: Vec::new(),
            step_h: 1.0,
            orders: Vec::new(),
            reserve: None,
            stopped: 0,
            line: PlanLine::default(),
            tolerance: Tolerance::default(),
            heat: HeatModel::default(),
            restart: RestartSettings::default(),
        }
    }
}

impl Request {
    /// The first value out of range.
    pub(super) fn check(&self) -> Result<(), Error> {
        in_range("price (number of steps)", self.price.len() as f64, 4.0, crate::line::STEPS as f64)?;
        for price in &self.price {
            in_range("price", *price, -1e6, 1e6)?;
        }
        let (t, l, h) = (&self.tolerance, &self.line, &self.heat);
        let end = self.price.len() as f64 * self.step_h;
        let fixed = [
            ("step_h", self.step_h, 0.25, 2.0),
            ("stopped", f64::from(self.stopped), 0.0, f64::from(l.cells.max(1) - 1)),
            ("line.cells", f64::from(l.cells), 2.0, 1_000.0),
            ("line.current_ka", l.current_ka, 50.0, 1_000.0),
            ("line.voltage_v", l.voltage_v, 3.5, 5.0),
            ("line.e_back_v", l.e_back_v, 1.4, 1.9),
            ("line.efficiency_pct", l.efficiency_pct, 80.0, 98.0),
            ("line.bus_uohm", l.bus_uohm, 0.0, 2_000.0),
            ("line.rectifier_pct", l.rectifier_pct, 90.0, 100.0),
            ("tolerance.least_pct", t.least_pct, 50.0, 100.0),
            ("tolerance.most_pct", t.most_pct, 100.0, 115.0),
            ("tolerance.ramp_pct_per_h", t.ramp_pct_per_h, 1.0, 100.0),
            ("tolerance.metal_pct", t.metal_pct, 0.0, 20.0),
            ("heat.usual_c", h.usual_c, 4.0, 14.0),
            ("heat.superheat_c", h.superheat_c[0], 0.0, h.usual_c),
            ("heat.superheat_c", h.superheat_c[1], h.usual_c, 30.0),
            ("heat.fast_kwh_per_k", h.fast_kwh_per_k, 2.0, 50.0),
            ("heat.pass_kw_per_k", h.pass_kw_per_k, 10.0, 300.0),
            ("heat.ledge_h", h.ledge_h, 5.0, 100.0),
            ("heat.ledge_kwh_per_mm", h.ledge_kwh_per_mm, 5.0, 200.0),
            ("heat.ledge_most_mm", h.ledge_most_mm, 1.0, 40.0),
            ("restart.per_day", self.restart.per_day, 0.2, 20.0),
        ];
        for (field, value, least, most) in fixed {
            in_range(field, value, least, most)?;
        }
        for order in &self.orders {
            in_range("orders.from_h", order.from_h, 0.0, end)?;
            in_range("orders.to_h", order.to_h, order.from_h, end)?;
            in_range("orders.power_pct", order.power_pct, 5.0, 100.0)?;
        }
        if let Some(reserve) = &self.reserve {
            in_range("reserve.most_pct", reserve.most_pct, 0.0, 5.0)?;
            in_range("reserve.price", reserve.price, 0.0, 1e5)?;
        }
        Ok(())
    }

    /// Cells that run when `stopped` do not.
    pub(super) fn running(&self, stopped: u16) -> u16 {
        self.line.cells.saturating_sub(stopped)
    }

    /// Steps of a day, at most all.
    pub(super) fn steps_per_day(&self) -> usize {
        ((24.0 / self.step_h) as usize).clamp(1, self.price.len().max(1))
    }

    /// Power that the orders leave in step `index` \[MW\], made easier by `relief` of what they take;
    /// none when no order stands.
    pub(super) fn ceiling_mw(&self, index: usize, relief: f64) -> Option<f64> {
        let (from, to) = (index as f64 * self.step_h, (index + 1) as f64 * self.step_h);
        let stands = self.orders.iter().filter(|o| o.from_h < to && o.to_h > from);
        let left = stands.map(|o| o.power_pct + relief * (100.0 - o.power_pct)).reduce(f64::min)?;
        Some(left / 100.0 * self.line.power_mw(1.0, f64::from(self.line.cells)))
    }
}

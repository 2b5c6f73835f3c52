//! The plan as a quadratic program in the steps, solved by clarabel.
//!
//! ```text
//! least  Σ_k p_k P(s_k) Δ - ρ P'(s_k) r_k Δ
//! with   stores_k = a stores_{k-1} + b q(s_k)                            two for each step
//!        superheat in its band with half of the reserve's heat to spare, ledge within its limits
//!        s_k + r_k ≤ most, order;  s_k - r_k ≥ least;  |s_k - s_{k-1}| ≤ ramp;  0 ≤ r_k ≤ band
//!        |mean of a day - its target| ≤ tolerance;  last ledge within a third of its limit
//!        no metal lost over the whole plan, where no order takes it
//! ```
//!
//! P is quadratic in s and convex where the price is not negative; where it is, its tangent stands for it.
//! The heat q(s) is quadratic too and stands in an equation: it is replaced by its tangent at the last
//! solution, four times over; what is left is some hundredths of a kelvin. The stores that are shown are
//! then computed from the shares without tangents.

use super::{Refusal, Request};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus,
    SupportedConeT::{NonnegativeConeT, ZeroConeT},
};
use std::prelude::rust_2024::*;

/// Times the tangents are renewed.
const ROUNDS: usize = 4;
/// Share of a regulation band by which the heat of a step may be off: its signal comes back to zero.
const BAND_HEAT: f64 = 0.5;
/// Share of the ledge's limit that may be left at the end: a plan must not live on the next one.
const LEFT: f64 = 1.0 / 3.0;
/// Variables of a step: share, band, fast store, slow store.
const PER_STEP: usize = 4;

/// The shares and what follows from them.
#[derive(Debug, Clone)]
pub(super) struct Solved {
    pub share: Vec<f64>,
    pub reserve: Vec<f64>,
    /// Stores at the end of each step \[kWh\].
    pub fast: Vec<f64>,
    pub slow: Vec<f64>,
}

/// One request with so many cells stopped, and its orders eased by `relief`.
pub(super) struct Program<'a> {
    request: &'a Request,
    running: f64,
    /// Highest share of each step.
    ceiling: Vec<f64>,
    /// Share that each day is to have on average.
    target: Vec<f64>,
}

/// Rows `Σ value x = right`, or `≤ right`.
#[derive(Default)]
struct Rows {
    row: Vec<usize>,
    column: Vec<usize>,
    value: Vec<f64>,
    right: Vec<f64>,
}

impl Rows {
    fn push(&mut self, terms: &[(usize, f64)], right: f64) {
        let row = self.right.len();
        for (column, value) in terms {
            self.row.push(row);
            self.column.push(*column);
            self.value.push(*value);
        }
        self.right.push(right);
    }
}

const fn share(k: usize) -> usize {
    PER_STEP * k
}
const fn band(k: usize) -> usize {
    PER_STEP * k + 1
}
const fn fast(k: usize) -> usize {
    PER_STEP * k + 2
}
const fn slow(k: usize) -> usize {
    PER_STEP * k + 3
}

impl<'a> Program<'a> {
    pub fn new(request: &'a Request, stopped: u16, relief: f64) -> Self {
        let running = f64::from(request.running(stopped));
        let most = request.tolerance.most_pct / 100.0;
        let ceiling: Vec<f64> = (0..request.price.len())
            .map(|k| {
                let order = request.ceiling_mw(k, relief);
                order.map_or(most, |mw| most.min(request.line.share_at(mw, running)))
            })
            .collect();
        let target = ceiling
            .chunks(request.steps_per_day())
            .map(|day| day.iter().map(|most| most.min(1.0)).sum::<f64>() / day.len() as f64)
            .collect();
        Self { request, running, ceiling, target }
    }

    /// `None` when nothing meets all of it.
    pub fn solve(&self) -> Result<Option<Solved>, Refusal> {
        let least = self.request.tolerance.least_pct / 100.0;
        if self.ceiling.iter().any(|most| *most < least) {
            return Ok(None);
        }
        let mut at: Vec<f64> = self.ceiling.iter().map(|most| most.min(1.0)).collect();
        let mut solved = None;
        for _ in 0..ROUNDS {
            solved = self.round(&at)?;
            let Some(Solved { share, .. }) = &solved else { return Ok(None) };
            at.clone_from(share);
        }
        Ok(solved.map(|solved| self.exact(solved)))
    }

    /// The stores that really follow from the shares, without tangents.
    fn exact(&self, mut solved: Solved) -> Solved {
        let (a, b) = self.request.heat.step(self.request.step_h);
        let mut stores = [0.0; 2];
        for (k, share) in solved.share.iter().enumerate() {
            let heat = self.request.line.heat_kw(*share).0;
            stores =
                [a[0][0] * stores[0] + b[0] * heat, a[1][0] * stores[0] + a[1][1] * stores[1] + b[1] * heat];
            [solved.fast[k], solved.slow[k]] = stores;
        }
        solved
    }

    /// Solves with tangents at the shares `at`.
    fn round(&self, at: &[f64]) -> Result<Option<Solved>, Refusal> {
        let steps = at.len();
        let (square, linear) = self.cost(at);
        let (equal, below) = (self.stores(at), self.limits(at));
        let diagonal: Vec<usize> = (0..steps).map(share).collect();
        let columns = PER_STEP * steps;
        let objective = CscMatrix::new_from_triplets(columns, columns, diagonal.clone(), diagonal, square);
        let (equals, belows) = (equal.right.len(), below.right.len());
        let rows = equal.row.iter().copied().chain(below.row.iter().map(|row| row + equals)).collect();
        let place = equal.column.into_iter().chain(below.column).collect();
        let value = equal.value.into_iter().chain(below.value).collect();
        let matrix = CscMatrix::new_from_triplets(equals + belows, columns, rows, place, value);
        let right: Vec<f64> = equal.right.into_iter().chain(below.right).collect();
        let failed = |why: &dyn std::fmt::Display| Refusal::Solver(std::format!("the solver failed: {why}"));
        let settings =
            DefaultSettingsBuilder::default().verbose(false).build().map_err(|why| failed(&why))?;
        let cones = [ZeroConeT(equals), NonnegativeConeT(belows)];
        let mut solver = DefaultSolver::new(&objective, &linear, &matrix, &right, &cones, settings)
            .map_err(|why| failed(&why))?;
        solver.solve();
        match solver.solution.status {
            SolverStatus::Solved | SolverStatus::AlmostSolved => {
                let x = &solver.solution.x;
                let every = |place: fn(usize) -> usize| (0..steps).map(|k| x[place(k)]).collect();
                Ok(Some(Solved {
                    share: every(share),
                    reserve: every(band),
                    fast: every(fast),
                    slow: every(slow),
                }))
            }
            SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => Ok(None),
            status => Err(failed(&std::format!("{status:?}"))),
        }
    }

    /// Diagonal of the quadratic part, and the linear part of the cost.
    fn cost(&self, at: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (line, hours) = (&self.request.line, self.request.step_h);
        let (linear, square) = line.power_terms(self.running);
        let mut q = vec![0.0; PER_STEP * at.len()];
        let mut p = Vec::with_capacity(at.len());
        for (k, (price, at)) in self.request.price.iter().zip(at).enumerate() {
            // A plan that costs nothing to change is a matter of chance: a trace of convexity decides.
            p.push((2.0 * price * square * hours).max(1e-3));
            let tangent = if *price < 0.0 { 2.0 * square * at } else { 0.0 };
            q[share(k)] = price * (linear + tangent) * hours;
            if let Some(reserve) = &self.request.reserve {
                q[band(k)] = -reserve.price * line.power_slope_mw(*at, self.running) * hours;
            }
        }
        (p, q)
    }

    /// The equations of the stores.
    fn stores(&self, at: &[f64]) -> Rows {
        let (a, b) = self.request.heat.step(self.request.step_h);
        let mut rows = Rows::default();
        for (k, at) in at.iter().enumerate() {
            let (heat, slope) = self.request.line.heat_kw(*at);
            let constant = heat - slope * at;
            let mut quick = vec![(fast(k), 1.0), (share(k), -b[0] * slope)];
            let mut lasting = vec![(slow(k), 1.0), (share(k), -b[1] * slope)];
            // Before the first step both stores are as usual.
            if k > 0 {
                quick.push((fast(k - 1), -a[0][0]));
                lasting.push((fast(k - 1), -a[1][0]));
                lasting.push((slow(k - 1), -a[1][1]));
            }
            rows.push(&quick, b[0] * constant);
            rows.push(&lasting, b[1] * constant);
        }
        rows
    }

    /// Everything that must not be exceeded.
    fn limits(&self, at: &[f64]) -> Rows {
        let (request, steps) = (self.request, at.len());
        let tolerance = &request.tolerance;
        let least = tolerance.least_pct / 100.0;
        let widest = request.reserve.map_or(0.0, |reserve| reserve.most_pct / 100.0);
        let ramp = tolerance.ramp_pct_per_h / 100.0 * request.step_h;
        let ((cold, hot), ledge) = (request.heat.fast_ends(), request.heat.slow_end());
        let mut rows = Rows::default();
        for (k, at) in at.iter().enumerate() {
            let swing = BAND_HEAT * request.line.heat_kw(*at).1 / request.heat.pass_kw_per_k
                * request.heat.fast_kwh_per_k;
            rows.push(&[(share(k), 1.0), (band(k), 1.0)], self.ceiling[k]);
            rows.push(&[(share(k), -1.0), (band(k), 1.0)], -least);
            rows.push(&[(band(k), -1.0)], 0.0);
            rows.push(&[(band(k), 1.0)], widest);
            rows.push(&[(fast(k), 1.0), (band(k), swing)], hot);
            rows.push(&[(fast(k), -1.0), (band(k), swing)], -cold);
            let limit = if k + 1 == steps { LEFT * ledge } else { ledge };
            rows.push(&[(slow(k), 1.0)], limit);
            rows.push(&[(slow(k), -1.0)], limit);
            // The line comes from its nominal current. An order may fall faster than a plan would.
            let before = if k > 0 { self.ceiling[k - 1] } else { f64::INFINITY };
            let fall = ramp.max(before.min(1.0) - self.ceiling[k].min(1.0));
            let fall = if k == 0 { fall.max(1.0 - self.ceiling[0]) } else { fall };
            if k > 0 {
                rows.push(&[(share(k), 1.0), (share(k - 1), -1.0)], ramp);
                rows.push(&[(share(k), -1.0), (share(k - 1), 1.0)], fall);
            } else {
                rows.push(&[(share(k), 1.0)], 1.0 + ramp);
                rows.push(&[(share(k), -1.0)], fall - 1.0);
            }
        }
        let within = tolerance.metal_pct / 100.0;
        let per_day = request.steps_per_day();
        for (day, target) in self.target.iter().enumerate() {
            let span = day * per_day..((day + 1) * per_day).min(steps);
            let each = 1.0 / span.len() as f64;
            let over: Vec<_> = span.clone().map(|k| (share(k), each)).collect();
            let under: Vec<_> = span.map(|k| (share(k), -each)).collect();
            rows.push(&over, target + within);
            rows.push(&under, within - target);
        }
        // Less metal would be the cheapest plan of all: what one day lacks another makes.
        if request.orders.is_empty() {
            let all: Vec<_> = (0..steps).map(|k| (share(k), -1.0)).collect();
            rows.push(&all, -(steps as f64));
        }
        rows
    }
}

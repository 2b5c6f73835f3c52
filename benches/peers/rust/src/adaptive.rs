//! Adaptive solvers, started anew wherever an input changes. All call the same right-hand side, ours.

use crate::Failed;
use crate::work::{Run, Work};
use diffsol::{
    NalgebraLU, NalgebraMat, OdeBuilder, OdeEquations, OdeSolverMethod, OdeSolverState, OdeSolverStopReason,
    RkState, Tableau, Vector, VectorCommon,
};
use ode_solvers::{Dop853, Dopri5, OutputType, SVector, System};
use potline::sim::reference::integrate::Adaptive;
use potline::sim::reference::lundby2022::{Input, State, rates};

type Matrix = NalgebraMat<f64>;
type Solver = NalgebraLU<f64>;

/// A solver of ode_solvers; the longest step of an interval is the first one tried in the next.
macro_rules! explicit {
    ($solver:ident, $work:ident, $rtol:ident, $beta:literal, $least:literal, $most:literal) => {
        each($work, move |work, start| {
            let (end, mut h) = (work.interval, 0.0);
            work.carry(start, |x, u| {
                let (y, sparse) = (SVector::<f64, 8>::from(*x), OutputType::Sparse);
                let mut solver = $solver::from_param(
                    Held(u),
                    0.0,
                    end,
                    end,
                    y,
                    $rtol,
                    $rtol,
                    0.9,
                    $beta,
                    $least,
                    $most,
                    end,
                    h,
                    100_000,
                    1000,
                    sparse,
                );
                solver.integrate()?;
                h = solver.x_out().windows(2).map(|t| t[1] - t[0]).fold(0.0, f64::max);
                *x = (*solver.y_out().last().ok_or("no output")?).into();
                Ok(())
            })
        })
    };
}

pub fn prepare(work: &Work, peer: &str, rtol: f64) -> Result<Run, Failed> {
    let mut work = work.clone();
    if peer != "extrapolation all" {
        work.starts.truncate(1);
    }
    match peer {
        "extrapolation" | "extrapolation all" => Ok(each(work, move |work, start| {
            let mut solver = Adaptive::new(rtol);
            work.carry(start, |x, u| {
                solver.advance(x, work.interval, |x| Some(rates(x, u))).map_err(|e| format!("{e:?}").into())
            })
        })),
        // Their own factors for the next step, as by `new`.
        "ode_solvers dopri5" => Ok(explicit!(Dopri5, work, rtol, 0.04, 0.2, 10.0)),
        "ode_solvers dop853" => Ok(explicit!(Dop853, work, rtol, 0.0, 0.333, 6.0)),
        "diffsol tsit45" => diffsol(work, rtol, false),
        "diffsol bdf" => diffsol(work, rtol, true),
        _ => Err(format!("no peer is named {peer}").into()),
    }
}

fn each(work: Work, cell: impl Fn(&Work, &State) -> Result<Vec<Vec<f64>>, Failed> + 'static) -> Run {
    Box::new(move || work.starts.iter().map(|start| cell(&work, start)).collect())
}

struct Held<'a>(&'a Input);

impl System<f64, SVector<f64, 8>> for Held<'_> {
    fn system(&self, _t: f64, x: &SVector<f64, 8>, slope: &mut SVector<f64, 8>) {
        *slope = rates(x.as_ref(), self.0).into();
    }
}

/// One problem for the whole run; inputs and the state to start from are its parameters.
fn diffsol(work: Work, rtol: f64, implicit: bool) -> Result<Run, Failed> {
    let mut problem = OdeBuilder::<Matrix>::new()
        .rtol(rtol)
        .atol([rtol])
        .p(vec![0.0; 13])
        .rhs_implicit(
            |x, p, _t, slope| slope.copy_from_slice(&rates(&state(x), &input(p))),
            |x, p, _t, v, out| out.copy_from_slice(&directional(&state(x), &input(p), v)),
        )
        .init(|p, _t, y| y.copy_from_slice(&p[5..]), 8)
        .build()?;
    let tableau = Tableau::tsit45();
    Ok(Box::new(move || {
        let interval = work.interval;
        let mut kept: Option<RkState<<Matrix as diffsol::MatrixCommon>::V>> = None;
        let cell = work.carry(&work.starts[0], |x, u| {
            let parameters: Vec<f64> = u.iter().chain(&*x).copied().collect();
            let parameters = Vector::from_vec(parameters, *problem.context());
            problem.eqn_mut().set_params(&parameters);
            if implicit {
                *x = state(last(problem.bdf::<Solver>()?, interval)?.as_ref().y.inner().as_slice());
                return Ok(());
            }
            // Goes on with its step, from the slope that the new input makes.
            let begin = match kept.take() {
                Some(mut begin) => {
                    let now = begin.as_mut();
                    *now.t = 0.0;
                    now.dy.inner_mut().copy_from_slice(&rates(x, u));
                    begin
                }
                None => problem.rk_state(&tableau)?,
            };
            let end = last(problem.tsit45_solver(begin)?, interval)?;
            *x = state(end.as_ref().y.inner().as_slice());
            kept = Some(end);
            Ok(())
        })?;
        Ok(vec![cell])
    }))
}

fn last<'a, E, S>(mut solver: S, end: f64) -> Result<S::State, Failed>
where
    E: OdeEquations<T = f64, V = <Matrix as diffsol::MatrixCommon>::V> + 'a,
    S: OdeSolverMethod<'a, E>,
{
    solver.set_stop_time(end)?;
    while !matches!(solver.step()?, OdeSolverStopReason::TstopReached) {}
    Ok(solver.into_state())
}

fn state(x: &[f64]) -> State {
    std::array::from_fn(|i| x[i])
}

fn input(p: &[f64]) -> Input {
    std::array::from_fn(|i| p[i])
}

/// The Jacobian times `v`, by one-sided differences along it.
fn directional(x: &State, u: &Input, v: &[f64]) -> State {
    let reach = |i: usize| v[i].abs() / x[i].abs().max(1.0);
    let longest = (0..8).map(reach).fold(0.0, f64::max);
    if longest == 0.0 {
        return [0.0; 8];
    }
    let step = 1e-7 / longest;
    let moved = std::array::from_fn(|i| x[i] + step * v[i]);
    let (here, there) = (rates(x, u), rates(&moved, u));
    std::array::from_fn(|i| (there[i] - here[i]) / step)
}

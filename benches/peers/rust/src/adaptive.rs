//! Adaptive solvers, started anew wherever an input changes. All call the same right-hand side, ours.

use crate::Failed;
use crate::work::{Run, Work};
use diffsol::{
    NalgebraLU, NalgebraMat, OdeBuilder, OdeEquations, OdeSolverMethod, OdeSolverStopReason, Vector,
    VectorCommon,
};
use ode_solvers::{Dop853, Dopri5, OutputType, SVector, System};
use potline::sim::reference::integrate::Adaptive;
use potline::sim::reference::lundby2022::{Input, State, rates};

type Matrix = NalgebraMat<f64>;
type Solver = NalgebraLU<f64>;

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
        "ode_solvers dopri5" => Ok(each(work, move |work, start| {
            work.carry(start, |x, u| {
                let y = SVector::<f64, 8>::from(*x);
                let mut solver = Dopri5::new(Held(u), 0.0, work.interval, work.interval, y, rtol, rtol);
                solver.set_output(OutputType::Sparse);
                solver.integrate()?;
                *x = (*solver.y_out().last().ok_or("no output")?).into();
                Ok(())
            })
        })),
        "ode_solvers dop853" => Ok(each(work, move |work, start| {
            work.carry(start, |x, u| {
                let y = SVector::<f64, 8>::from(*x);
                let mut solver = Dop853::new(Held(u), 0.0, work.interval, work.interval, y, rtol, rtol);
                solver.set_output(OutputType::Sparse);
                solver.integrate()?;
                *x = (*solver.y_out().last().ok_or("no output")?).into();
                Ok(())
            })
        })),
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
    Ok(Box::new(move || {
        let interval = work.interval;
        let cell = work.carry(&work.starts[0], |x, u| {
            let parameters: Vec<f64> = u.iter().chain(&*x).copied().collect();
            let parameters = Vector::from_vec(parameters, *problem.context());
            problem.eqn_mut().set_params(&parameters);
            *x = if implicit {
                last(problem.bdf::<Solver>()?, interval)?
            } else {
                last(problem.tsit45()?, interval)?
            };
            Ok(())
        })?;
        Ok(vec![cell])
    }))
}

fn last<'a, E>(mut solver: impl OdeSolverMethod<'a, E>, end: f64) -> Result<State, Failed>
where
    E: OdeEquations<T = f64, V = <Matrix as diffsol::MatrixCommon>::V> + 'a,
{
    solver.set_stop_time(end)?;
    while !matches!(solver.step()?, OdeSolverStopReason::TstopReached) {}
    Ok(state(solver.state().y.inner().as_slice()))
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

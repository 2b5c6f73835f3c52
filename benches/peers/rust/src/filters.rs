//! Filters: the same linear predict and update on nalgebra's matrices, with our kernels, and the whole step of ours.

#[path = "../../../../src/estimate/ekf/covariance.rs"]
mod covariance;

use crate::Failed;
use crate::work::{Filter, Run, Seen, Work};
use nalgebra::{Matrix1, SMatrix, SVector};
use potline::estimate::{DesignSettings, EkfSettings, EkfState, Input};

const N: usize = 7;
type Vector = SVector<f64, N>;
type Matrix = SMatrix<f64, N, N>;
type Row = SMatrix<f64, 1, N>;

struct Linear {
    f: Matrix,
    q: Matrix,
    h: Row,
    r: Matrix1<f64>,
    x: Vector,
    p: Matrix,
}

pub fn prepare(work: &Work, peer: &str) -> Result<Run, Failed> {
    let filter = work.filter.clone();
    match peer {
        "filter nalgebra" => Ok(linear(filter, Linear::short)),
        "filter nalgebra joseph" => Ok(linear(filter, Linear::joseph)),
        "filter kernels" => Ok(kernels(filter)),
        "filter potline" => Ok(ours(filter)),
        _ => Err(format!("no peer is named {peer}").into()),
    }
}

impl Linear {
    fn new(filter: &Filter) -> Self {
        Self {
            f: Matrix::from_row_slice(&filter.f),
            q: Matrix::from_diagonal(&Vector::from_row_slice(&filter.q)),
            h: Row::from_row_slice(&filter.h),
            r: Matrix1::new(filter.r),
            x: Vector::from_row_slice(&filter.x),
            p: Matrix::from_diagonal(&Vector::from_row_slice(&filter.p)),
        }
    }

    fn seen(&self) -> Seen {
        vec![vec![self.x.as_slice().to_vec(), self.p.diagonal().as_slice().to_vec()]]
    }

    /// P' = P - K H P, by Cholesky; made symmetric, without which it does not last.
    fn short(&mut self, z: Matrix1<f64>) -> Result<(), Failed> {
        let across = self.h * self.p;
        let total = across * self.h.transpose() + self.r;
        let factor = total.cholesky().ok_or("the innovation's variance is not positive")?;
        let gain = factor.solve(&across).transpose();
        self.x += gain * (z - self.h * self.x);
        let p = self.p - gain * across;
        self.p = 0.5 * (p + p.transpose());
        Ok(())
    }

    /// P' = (I - K H) P (I - K H)' + K R K'.
    fn joseph(&mut self, z: Matrix1<f64>) -> Result<(), Failed> {
        let across = self.h * self.p;
        let total = across * self.h.transpose() + self.r;
        let factor = total.cholesky().ok_or("the innovation's variance is not positive")?;
        let gain = factor.solve(&across).transpose();
        self.x += gain * (z - self.h * self.x);
        let left = Matrix::identity() - gain * self.h;
        self.p = left * self.p * left.transpose() + gain * self.r * gain.transpose();
        Ok(())
    }
}

fn linear(filter: Filter, correct: fn(&mut Linear, Matrix1<f64>) -> Result<(), Failed>) -> Run {
    Box::new(move || {
        let mut state = Linear::new(&filter);
        for z in &filter.z {
            state.x = state.f * state.x;
            state.p = state.f * state.p * state.f.transpose() + state.q;
            correct(&mut state, Matrix1::new(*z))?;
        }
        Ok(state.seen())
    })
}

/// What our filter does to its covariance: the transition is a function, not a matrix, and a measurement
/// takes one triangle.
fn kernels(filter: Filter) -> Run {
    Box::new(move || {
        let mut state = Linear::new(&filter);
        let f = state.f;
        let tangent = |[c, u, q, r, d, shift, scale]: [f64; N]| {
            [
                c + f[(0, 1)] * u + f[(0, 2)] * q,
                f[(1, 1)] * u + f[(1, 2)] * q,
                f[(2, 2)] * q,
                r + f[(3, 4)] * d,
                f[(4, 4)] * d,
                f[(5, 5)] * shift,
                f[(6, 6)] * scale,
            ]
        };
        let noise = state.q.diagonal().into();
        for z in &filter.z {
            state.x = tangent(state.x.into()).into();
            state.p = covariance::propagate(&state.p, tangent, noise);
            let seen = state.p * state.h.transpose();
            let total = (state.h * seen).x + filter.r;
            state.x += seen * ((z - (state.h * state.x).x) / total);
            state.p = covariance::fuse(&state.p, &seen, total);
        }
        Ok(state.seen())
    })
}

/// Balances, exact Jacobians, gate, audit and bounds are in it as well.
fn ours(filter: Filter) -> Run {
    let design = DesignSettings::default().build();
    let settings = EkfSettings::default();
    let ekf = settings.build(&design);
    let fed = design.consumption(design.current) * settings.step_s / design.purity;
    let (resistance, _) = design.pseudo_resistance(0.027);
    Box::new(move || {
        let mut state = EkfState::default();
        for z in &filter.z {
            let input = Input {
                fed,
                current: design.current,
                resistance: Some(resistance + z),
                noise: 0.002,
                ..Input::default()
            };
            ekf.update(&mut state, &input, settings.step_s);
        }
        if state.innovation().is_none_or(|i| i.rejected.is_some()) {
            return Err("our filter rejected what it was given".into());
        }
        Ok(vec![vec![vec![state.alumina(), state.alumina_error()]]])
    })
}

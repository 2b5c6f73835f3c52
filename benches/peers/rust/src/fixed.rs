//! Fixed steps: our own kernels.

use crate::Failed;
use crate::work::{Run, Work};
use potline::sim::reference::lundby2022::rk4_step;

pub fn prepare(work: &Work, peer: &str, h: f64) -> Result<Run, Failed> {
    let work = work.clone();
    let steps = (work.interval / h).round() as usize;
    match peer {
        "fixed scalar" => Ok(Box::new(move || {
            let cell = work.carry(&work.starts[0], |x, u| {
                for _ in 0..steps {
                    *x = rk4_step(x, u, h);
                }
                Ok(())
            })?;
            Ok(vec![cell])
        })),
        _ => Err(format!("no peer is named {peer}").into()),
    }
}

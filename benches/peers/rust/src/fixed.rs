//! Fixed steps: our own kernels.

use crate::Failed;
use crate::work::{Run, Work};
use potline::sim::reference::lundby2022::{Input, State, rk4_step};
use std::hint::black_box;

const START: State = [3260.0, 470.93, 1726.74, 13500.0, 9900.0, 975.0, 816.0, 580.0];
const INPUT: Input = [0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05];

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

/// Steps of 10 s of a kernel and nothing else.
pub fn count(kernel: &str, steps: u32) -> Result<(), Failed> {
    match kernel {
        "scalar" => {
            let mut x = START;
            for _ in 0..steps {
                x = rk4_step(&x, black_box(&INPUT), 10.0);
            }
            black_box(x);
        }
        _ => return Err(format!("no kernel is named {kernel}").into()),
    }
    Ok(())
}

//! Fixed steps: our own kernels.

use crate::Failed;
use crate::work::{Run, Seen, Work};
use potline::sim::batch::{Batch, Course, LANES};
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
        "fixed batch" => Ok(Box::new(move || Ok(together(&work, h, steps)))),
        _ => Err(format!("no peer is named {peer}").into()),
    }
}

/// All cells side by side.
fn together(work: &Work, h: f64, steps: usize) -> Seen {
    let mut batch = Batch::new(&work.starts);
    let mut seen = vec![Vec::new(); work.starts.len()];
    let course = Course { dt: h, hold: steps as u32, looks: 1, threads: 1 };
    for part in work.inputs.chunks(work.checkpoint) {
        part.iter().for_each(|u| batch.run(&course, |_, _| *u));
        seen.iter_mut().zip(batch.states()).for_each(|(seen, x)| seen.push(x.to_vec()));
    }
    seen
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
        "batch" => {
            // Whole blocks only: a lane that repeats the last cell is work without a cell.
            let mut batch = Batch::new(&[START; LANES]);
            batch.run(&Course { dt: 10.0, hold: steps, looks: 1, threads: 1 }, |_, _| black_box(INPUT));
            black_box(batch);
        }
        _ => return Err(format!("no kernel is named {kernel}").into()),
    }
    Ok(())
}

//! Runs one kernel a number of times, for `counts.sh` to count the instructions of: `counts NAME N`.

mod kernels;

use kernels::{CellStep, ControlTick, LundbyBatch, LundbyRk4};
use std::hint::black_box;

fn repeat<T>(times: u32, mut once: impl FnMut() -> T) {
    for _ in 0..times {
        black_box(once());
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // Whatever else a bench is called with, as `--bench`, is not for this one.
    let [name, times] = &arguments[..] else { return };
    let Ok(times) = times.parse() else { return };
    match name.as_str() {
        "lundby_rk4" => {
            let mut kernel = LundbyRk4::new();
            repeat(times, || kernel.once());
        }
        "lundby_batch" => {
            let mut kernel = LundbyBatch::new();
            repeat(times, || kernel.once());
        }
        "cell_step" => {
            let mut kernel = CellStep::new();
            repeat(times, || kernel.once());
        }
        "control_tick" => {
            let mut kernel = ControlTick::new();
            repeat(times, || kernel.once());
        }
        _ => panic!("no kernel is named {name}"),
    }
}

//! Runs one kernel a number of times, for `counts.sh` to count the instructions of: `counts NAME N`.

mod kernels;

use kernels::{CellStep, ControlTick, EkfStep, Filter, LineTick, LundbyBatch, LundbyRk4, MapDecode, Trial};
use std::hint::black_box;

fn repeat<T>(times: u32, mut once: impl FnMut() -> T) {
    for _ in 0..times {
        black_box(once());
    }
}

/// Runs `once` of the kernel that `new` makes.
macro_rules! kernel {
    ($times:expr, $kernel:ty) => {
        kernel!($times, $kernel, |kernel| kernel.once())
    };
    ($times:expr, $kernel:ty, |$name:ident| $once:expr) => {{
        let mut $name = <$kernel>::new();
        let $name = &mut $name;
        repeat($times, || $once)
    }};
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // Whatever else a bench is called with, as `--bench`, is not for this one.
    let [name, times] = &arguments[..] else { return };
    let Ok(times) = times.parse() else { return };
    match name.as_str() {
        "lundby_rk4" => kernel!(times, LundbyRk4),
        "lundby_batch" => kernel!(times, LundbyBatch),
        "cell_step" => kernel!(times, CellStep),
        "control_tick" => kernel!(times, ControlTick),
        "line_300" => kernel!(times, LineTick),
        "ekf_step" => kernel!(times, EkfStep, |ekf| ekf.step(true)),
        "ekf_blind_step" => kernel!(times, EkfStep, |ekf| ekf.step(false)),
        "propagate" => kernel!(times, Filter, |filter| filter.propagate()),
        "propagate_dense" => kernel!(times, Filter, |filter| filter.propagate_dense()),
        "fuse" => kernel!(times, Filter, |filter| filter.fuse()),
        "fuse_cholesky" => kernel!(times, Filter, |filter| filter.fuse_cholesky()),
        "fuse_joseph" => kernel!(times, Filter, |filter| filter.fuse_joseph()),
        "map_decode" => kernel!(times, MapDecode),
        "trial_scan" => kernel!(times, Trial),
        _ => panic!("no kernel is named {name}"),
    }
}

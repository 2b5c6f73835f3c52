//! One controller scan of one cell at 1 Hz, five-second and thirty-second work included.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::ControlTick;
use std::hint::black_box;

fn control_tick(criterion: &mut Criterion) {
    let mut kernel = ControlTick::new();
    criterion.bench_function("control_tick", |bencher| bencher.iter(|| black_box(kernel.once())));
}

criterion_group!(benches, control_tick);
criterion_main!(benches);

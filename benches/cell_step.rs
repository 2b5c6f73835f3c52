//! One second of one simulated cell: voltage, dissolution, heat, ledge, metal, noise.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::CellStep;
use std::hint::black_box;

fn cell_step(criterion: &mut Criterion) {
    let mut kernel = CellStep::new();
    criterion.bench_function("cell_step", |bencher| bencher.iter(|| black_box(kernel.once())));
}

criterion_group!(benches, cell_step);
criterion_main!(benches);

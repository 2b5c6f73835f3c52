//! One Runge–Kutta step of 10 s of the published eight-state model: of one cell, and of a block of
//! [`LANES`](potline::sim::batch::LANES) cells side by side.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::{LundbyBatch, LundbyRk4};
use std::hint::black_box;

fn lundby_rk4(criterion: &mut Criterion) {
    let mut kernel = LundbyRk4::new();
    criterion.bench_function("lundby_rk4", |bencher| bencher.iter(|| black_box(kernel.once())));
}

fn lundby_batch(criterion: &mut Criterion) {
    let mut kernel = LundbyBatch::new();
    criterion.bench_function("lundby_batch", |bencher| bencher.iter(|| kernel.once()));
}

criterion_group!(benches, lundby_rk4, lundby_batch);
criterion_main!(benches);

//! The alumina estimator: a whole step, a step without a measurement, and its two kernels beside other
//! ways to do the same.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::{EkfStep, Filter};
use std::hint::black_box;

fn step(criterion: &mut Criterion) {
    let mut kernel = EkfStep::new();
    criterion.bench_function("ekf_step", |bencher| bencher.iter(|| black_box(kernel.step(true))));
    criterion.bench_function("ekf_blind_step", |bencher| bencher.iter(|| black_box(kernel.step(false))));
}

fn covariance(criterion: &mut Criterion) {
    let filter = Filter::new();
    let mut group = criterion.benchmark_group("covariance");
    group.bench_function("propagate", |bencher| bencher.iter(|| filter.propagate()));
    group.bench_function("propagate by dense products", |bencher| bencher.iter(|| filter.propagate_dense()));
    group.bench_function("fuse", |bencher| bencher.iter(|| filter.fuse()));
    group.bench_function("fuse by Cholesky factor", |bencher| bencher.iter(|| filter.fuse_cholesky()));
    group.bench_function("fuse by Joseph's form", |bencher| bencher.iter(|| filter.fuse_joseph()));
    group.finish();
}

criterion_group!(benches, step, covariance);
criterion_main!(benches);

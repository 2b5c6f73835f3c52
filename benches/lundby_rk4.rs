//! One Runge–Kutta step of 10 s of the published eight-state model.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::LundbyRk4;
use std::hint::black_box;

fn lundby_rk4(criterion: &mut Criterion) {
    let mut kernel = LundbyRk4::new();
    criterion.bench_function("lundby_rk4", |bencher| bencher.iter(|| black_box(kernel.once())));
}

criterion_group!(benches, lundby_rk4);
criterion_main!(benches);

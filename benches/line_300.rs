//! One scan of a line of 300 cells.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::LineTick;

fn line_300(criterion: &mut Criterion) {
    let mut kernel = LineTick::new();
    criterion.bench_function("line_300", |bencher| bencher.iter(|| kernel.once()));
}

criterion_group!(benches, line_300);
criterion_main!(benches);

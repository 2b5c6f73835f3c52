//! A reply of 100 registers to values, by the compiled register map.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::MapDecode;
use std::hint::black_box;

fn map_decode(criterion: &mut Criterion) {
    let mut kernel = MapDecode::new();
    criterion.bench_function("map_decode", |bencher| bencher.iter(|| black_box(kernel.once())));
}

criterion_group!(benches, map_decode);
criterion_main!(benches);

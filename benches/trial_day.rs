//! A day of one cell in closed loop: plant, sensors, work of the crews, controller and record.

mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use kernels::Trial;
use std::hint::black_box;

const DAY: u32 = 86_400;

fn trial_day(criterion: &mut Criterion) {
    criterion.bench_function("trial_day", |bencher| {
        bencher.iter(|| {
            let mut trial = Trial::new();
            for _ in 0..DAY {
                black_box(trial.once());
            }
            trial
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = trial_day
}
criterion_main!(benches);

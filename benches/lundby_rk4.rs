//! One Runge–Kutta step of 10 s of the published eight-state cell, as its authors' simulator makes it.

use criterion::{Criterion, criterion_group, criterion_main};
use potline::sim::reference::lundby2022::rk4_step;
use std::hint::black_box;

fn lundby_rk4(criterion: &mut Criterion) {
    let mut x = [3260.0, 470.93, 1726.74, 13500.0, 9900.0, 975.0, 816.0, 580.0];
    let mut step = 0_u32;
    criterion.bench_function("lundby_rk4", |bencher| {
        bencher.iter(|| {
            step = step.wrapping_add(1);
            // A current that moves; feed, AlF3 and tap hold the masses.
            let current = if step.is_multiple_of(2) { 141e3 } else { 139e3 };
            let input = [0.0238, current, 4.76e-4, 6.202e-3, 0.05];
            x = rk4_step(&x, black_box(&input), 10.0);
            // Cryolite made of the feed would pile up over millions of steps.
            x[3] = 16_760.0 - x[0];
            black_box(x)
        });
    });
}

criterion_group!(benches, lundby_rk4);
criterion_main!(benches);

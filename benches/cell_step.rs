//! One second of one simulated cell: voltage, dissolution, heat, ledge, metal, noise.

use criterion::{Criterion, criterion_group, criterion_main};
use potline::cell::{Cell, Input, pb500};
use std::hint::black_box;

fn cell_step(criterion: &mut Criterion) {
    let (params, start) = pb500();
    let cell = Cell::new(params).expect("the preset is valid");
    let mut state = cell.start(&start);
    let mut second = 0_u32;
    criterion.bench_function("cell_step", |bencher| {
        bencher.iter(|| {
            second = second.wrapping_add(1);
            let input = Input {
                current: 500e3,
                // One shot every 22 s and the beam held keep the cell at its operating point.
                shots: std::array::from_fn(|z| if second % 132 == 22 * z as u32 { 1.8 } else { 0.0 }),
                shot_size: 1.8,
                beam_travel: 1.1e-7,
                metal_tap: 0.0437,
                normal: [0.3, -0.2, 0.1, -0.4],
                ..Input::default()
            };
            black_box(cell.step(&mut state, black_box(&input), 1.0))
        });
    });
}

criterion_group!(benches, cell_step);
criterion_main!(benches);

//! One controller scan of one cell at 1 Hz, five-second and thirty-second work included.

use criterion::{Criterion, criterion_group, criterion_main};
use potline::control::{LineView, PotState, Settings};
use potline::image::{CellId, Link, Mode, Outcome, Quality, Reading, Reason, StatusBits};
use std::hint::black_box;

fn control_tick(criterion: &mut Criterion) {
    let controller = Settings::default().build().expect("defaults are valid");
    let mut state = PotState::new(&controller, CellId(1));
    let mut time = 0.0;
    let mut random = 1u64;
    criterion.bench_function("control_tick", |bencher| {
        bencher.iter(|| {
            time += 1.0;
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let noise = (random >> 33) as f64 / (1u64 << 31) as f64 - 0.5;
            let reading = Reading {
                time,
                quality: Quality::Good,
                reason: Reason::None,
                voltage: 3.95 + 0.02 * noise,
                // A current that stands still is a dead transducer to the controller.
                current: 500e3 + 1e3 * noise,
                beam_position: 0.2,
                strokes: [(time / 131.0) as u16; 8],
                mode: Mode::Auto,
                status: StatusBits::REMOTE,
                link: Link { ready: true, last: Outcome::Done },
                ..Reading::default()
            };
            let line = LineView::alone(&reading);
            black_box(controller.tick(&mut state, &line, black_box(&reading), time, 1.0))
        });
    });
}

criterion_group!(benches, control_tick);
criterion_main!(benches);

//! One scan of a line of 300 cells.

use criterion::{Criterion, criterion_group, criterion_main};
use potline::control::{PotState, Settings, Tick};
use potline::image::{CellId, Link, Mode, Outcome, Quality, Reading, Reason, StatusBits};
use potline::line::{LineSettings, LineState};
use std::hint::black_box;

const CELLS: usize = 300;

fn line_300(criterion: &mut Criterion) {
    let controller = Settings::default().build().expect("defaults are valid");
    let line = LineSettings::default().build().expect("defaults are valid");
    let controllers = vec![controller.clone(); CELLS];
    let mut states: Vec<_> =
        (0..CELLS).map(|cell| PotState::new(&controller, CellId(cell as u16 + 1))).collect();
    let reading = Reading {
        quality: Quality::Good,
        reason: Reason::None,
        voltage: 3.95,
        current: 500e3,
        beam_position: 0.2,
        mode: Mode::Auto,
        status: StatusBits::REMOTE,
        link: Link { ready: true, last: Outcome::Done },
        ..Reading::default()
    };
    let mut readings = vec![reading; CELLS];
    let mut ticks = vec![Tick::default(); CELLS];
    let mut state = LineState::default();
    let mut time = 0.0;
    criterion.bench_function("line_300", |bencher| {
        bencher.iter(|| {
            time += 1.0;
            for (cell, reading) in readings.iter_mut().enumerate() {
                reading.time = time;
                reading.voltage = 3.95 + 1e-3 * f64::from((cell as u32 * 7 + time as u32 * 13) % 17);
                // A current that stands still is a dead transducer to the controller.
                reading.current = 500e3 + 100.0 * f64::from(time as u32 * 5 % 11);
                reading.strokes = [(time / 131.0) as u16; 8];
            }
            line.tick(&controllers, &mut states, black_box(&readings), &mut ticks, &mut state, time, 1.0);
            black_box(ticks.len())
        });
    });
}

criterion_group!(benches, line_300);
criterion_main!(benches);

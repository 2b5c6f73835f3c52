//! Runs one kernel a number of times, for `counts.sh` to count the instructions of: `counts NAME N`.

use potline::cell::{Cell, Input, pb500};
use potline::control::{LineView, PotState, Settings};
use potline::image::{CellId, Link, Mode, Outcome, Quality, Reading, Reason, StatusBits};
use potline::sim::reference::lundby2022::rk4_step;
use std::hint::black_box;

fn lundby_rk4(times: u32) {
    let mut x = [3260.0, 470.93, 1726.74, 13500.0, 9900.0, 975.0, 816.0, 580.0];
    for _ in 0..times {
        x = rk4_step(&x, black_box(&[0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05]), 10.0);
    }
    black_box(x);
}

fn cell_step(times: u32) {
    let (params, start) = pb500();
    let cell = Cell::new(params).expect("the preset is valid");
    let mut state = cell.start(&start);
    for second in 0..times {
        let mut input = Input {
            current: 500e3,
            shot_size: 1.8,
            beam_travel: 1.1e-7,
            metal_tap: 0.0437,
            normal: [0.3, -0.2, 0.1, -0.4],
            ..Input::default()
        };
        // One shot every 22 s, zone after zone, and the beam held keep the cell at its operating point.
        if second.is_multiple_of(22) {
            input.shots[second as usize / 22 % 6] = 1.8;
        }
        black_box(cell.step(&mut state, black_box(&input), 1.0));
    }
}

fn control_tick(times: u32) {
    let controller = Settings::default().build().expect("defaults are valid");
    let mut state = PotState::new(&controller, CellId(1));
    for second in 1..=times {
        let time = f64::from(second);
        let noise = f64::from(second * 7919 % 1000) / 1000.0 - 0.5;
        let reading = Reading {
            time,
            quality: Quality::Good,
            reason: Reason::None,
            voltage: 3.95 + 0.02 * noise,
            current: 500e3 + 1e3 * noise,
            beam_position: 0.2,
            strokes: [(time / 131.0) as u16; 8],
            mode: Mode::Auto,
            status: StatusBits::REMOTE,
            link: Link { ready: true, last: Outcome::Done },
            ..Reading::default()
        };
        let line = LineView::alone(&reading);
        black_box(controller.tick(&mut state, &line, black_box(&reading), time, 1.0));
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // Whatever else a bench is called with, as `--bench`, is not for this one.
    let [name, times] = &arguments[..] else { return };
    let Ok(times) = times.parse() else { return };
    match name.as_str() {
        "lundby_rk4" => lundby_rk4(times),
        "cell_step" => cell_step(times),
        "control_tick" => control_tick(times),
        _ => panic!("no kernel is named {name}"),
    }
}

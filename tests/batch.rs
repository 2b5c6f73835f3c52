//! Cells side by side: they follow the single cell, and nothing else decides their bits.
#![cfg(feature = "batch")]

use potline::sim::batch::{Backend, Batch, Course, LANES};
use potline::sim::reference::lundby2022::{Input, State, outside, rk4_step};

/// Cells that differ in every state, by what plants differ by; no two alike.
fn cells(count: usize) -> Vec<State> {
    let start = [3260.0, 470.93, 1726.74, 13_500.0, 9900.0, 975.0, 816.0, 580.0];
    let spread = [0.02, 0.05, 0.05, 0.02, 0.03, 0.002, 0.002, 0.02];
    let of = |n: usize, i: usize| ((n * (2 * i + 3)) as f64 * 0.618_033_988_749_895).fract() - 0.5;
    (0..count).map(|n| std::array::from_fn(|i| start[i] * (1.0 + spread[i] * of(n, i)))).collect()
}

/// A feeder that holds 3 % alumina, under a line current that swings.
fn input(cell: usize, x: &State) -> Input {
    let alumina = x[1] / (x[1] + x[2] + x[3]);
    let current = 140e3 * (1.0 + 0.02 * (x[5] / 7.0 + cell as f64).sin());
    [0.0238 + 4.0 * (0.03 - alumina), current, 4.76e-4, 6.202e-3, 0.05]
}

fn bits(batch: &Batch) -> Vec<[u64; 8]> {
    batch.states().map(|x| x.map(f64::to_bits)).collect()
}

/// Ten days of steps of 10 s against the single cell on the same inputs.
#[test]
fn lanes_follow_the_single_cell() {
    let mut alone = cells(LANES + 3);
    let mut batch = Batch::new(&alone);
    let mut worst = 0.0_f64;
    for look in 0..24 * 10 {
        let inputs: Vec<_> = alone.iter().enumerate().map(|(n, x)| input(n, x)).collect();
        for _ in 0..360 {
            batch.step(&inputs, 10.0).unwrap();
            alone.iter_mut().zip(&inputs).for_each(|(x, u)| *x = rk4_step(x, u, 10.0));
        }
        for ((x, got), u) in alone.iter().zip(batch.states()).zip(&inputs) {
            assert_eq!(outside(x, u, 0.0), None, "hour {look}");
            worst = x.iter().zip(got).map(|(x, got)| (got / x - 1.0).abs()).fold(worst, f64::max);
        }
    }
    assert!(worst < 2e-12, "{worst:e}");
    assert!(worst > 0.0, "the kernels are not the same code");
}

#[test]
fn instructions_and_threads_decide_no_bit() {
    let run = |backend, threads| {
        let mut batch = Batch::new(&cells(5 * LANES + 1)).on(backend);
        batch.run(&Course { dt: 10.0, hold: 3, looks: 200, threads }, input);
        bits(&batch)
    };
    let one = run(Backend::BASELINE, 1);
    assert_eq!(one, run(Backend::widest(), 1), "{}", Backend::widest().name());
    for threads in [0, 2, 3, 64] {
        assert_eq!(one, run(Backend::widest(), threads), "{threads} threads");
    }
}

#[test]
fn a_cell_does_not_feel_its_neighbours() {
    let cells = cells(2 * LANES);
    let course = Course { dt: 10.0, hold: 1, looks: 100, threads: 1 };
    let run = |cells: &[State]| {
        let mut batch = Batch::new(cells);
        batch.run(&course, |_, x| input(0, x));
        bits(&batch)
    };
    let together = run(&cells);
    // Alone in its block, and beside one that is no longer a number.
    for n in [0, 7, LANES, 2 * LANES - 1] {
        assert_eq!(run(&cells[n..=n])[0], together[n]);
        let mut sick = cells.clone();
        sick[(n + 1) % (2 * LANES)] = [f64::NAN; 8];
        assert_eq!(run(&sick)[n], together[n]);
    }
}

#[test]
fn a_run_is_its_steps() {
    let cells = cells(LANES + 1);
    let mut run = Batch::new(&cells);
    run.run(&Course { dt: 10.0, hold: 4, looks: 5, threads: 2 }, input);
    let mut steps = Batch::new(&cells);
    for _ in 0..5 {
        let inputs: Vec<_> = steps.states().enumerate().map(|(n, x)| input(n, &x)).collect();
        for _ in 0..4 {
            steps.step(&inputs, 10.0).unwrap();
        }
    }
    assert_eq!(bits(&run), bits(&steps));
}

#[test]
fn sizes_are_checked() {
    let mut batch = Batch::new(&cells(3));
    let before = batch.clone();
    let inputs = vec![[0.0238, 140e3, 4.76e-4, 6.202e-3, 0.05]; 4];
    assert!(batch.step(&inputs, 10.0).unwrap_err().to_string().contains("one input for each"));
    assert_eq!(batch, before);
    batch.step(&inputs[..3], 10.0).unwrap();
    assert_ne!(batch, before);
    let mut none = Batch::new(&[]);
    none.step(&[], 10.0).unwrap();
    none.run(&Course { dt: 10.0, hold: 1, looks: 1, threads: 2 }, input);
    assert_eq!(none.states().count(), 0);
}

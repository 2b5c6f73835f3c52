//! A line of 300 cells ticks without a single allocation.
//!
//! `POTLINE_TICKS` sets the number of line ticks (default 1000, i.e. 300 000 cell ticks).

use potline::control::{PotState, Settings, Tick};
use potline::image::{CellId, Link, Mode, Outcome, Quality, Reading, Reason, StatusBits};
use potline::line::{LineSettings, LineState};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    /// Allocations of this thread: the test harness allocates in its own when a test takes long.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count_one() {
    // Gone only while the thread ends, when nothing is counted any more.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one();
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CELLS: usize = 300;

fn reading(cell: usize, tick: usize, random: &mut u64) -> Reading {
    *random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    let noise = (*random >> 33) as f64 / (1u64 << 31) as f64 - 0.5;
    let bad = (*random >> 20).is_multiple_of(997);
    let burning = (cell + tick / 50).is_multiple_of(311);
    Reading {
        time: tick as f64,
        age: 0.2,
        quality: if bad { Quality::Bad } else { Quality::Good },
        reason: Reason::None,
        voltage: if burning { 25.0 } else { 3.95 + 0.03 * noise + 1e-5 * (tick % 3000) as f64 },
        current: 500e3 * (1.0 + 0.004 * noise),
        bath_temperature: None,
        beam_position: 0.2,
        strokes: [(tick / 131) as u16; 8],
        mode: match (cell + tick / 400) % 40 {
            0 => Mode::Tapping,
            1 => Mode::AnodeChange,
            2 => Mode::Manual,
            _ => Mode::Auto,
        },
        status: StatusBits::REMOTE,
        link: Link { ready: true, last: Outcome::Done },
    }
}

#[test]
fn a_line_ticks_without_allocating() {
    let count: usize = std::env::var("POTLINE_TICKS").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let controller = Settings::default().build().unwrap();
    let line = LineSettings::default().build().unwrap();
    let controllers = vec![controller.clone(); CELLS];
    let mut states: Vec<_> =
        (0..CELLS).map(|cell| PotState::new(&controller, CellId(cell as u16 + 1))).collect();
    let mut readings = vec![Reading::default(); CELLS];
    let mut ticks = vec![Tick::default(); CELLS];
    let mut line_state = LineState::default();
    let mut random = 1;
    let mut spent = std::time::Duration::ZERO;
    let mut asked = 0u64;

    let planted = ALLOCATIONS.get();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(ALLOCATIONS.get(), planted + 1, "the counter counts");

    let before = ALLOCATIONS.get();
    for tick in 0..count {
        for (cell, slot) in readings.iter_mut().enumerate() {
            *slot = reading(cell, tick, &mut random);
        }
        let start = std::time::Instant::now();
        line.tick(&controllers, &mut states, &readings, &mut ticks, &mut line_state, tick as f64, 1.0);
        spent += start.elapsed();
        asked += ticks.iter().filter(|t| t.command.action != potline::image::Action::None).count() as u64;
    }
    let after = ALLOCATIONS.get();
    println!(
        "{count} line ticks of {CELLS} cells, {asked} requests, {:.0} ns per cell tick in this profile",
        spent.as_nanos() as f64 / (count * CELLS) as f64
    );
    assert_eq!(after - before, 0, "allocations");
    assert!(asked > 0);
}

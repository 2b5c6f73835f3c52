//! A simulated 500 kA cell, to try a controller on before there is a pot.

use crate::handle::{self, Kind};
use crate::reading::POTLINE_FEEDERS;
use crate::stamp::{self, Stamped};
use crate::status::{Outcome, potline_status, potline_status as S, told};
use core::ffi::c_void;
use potline_core::cell::{Cell, DRAWS, Input, State, pb500};

/// Draws of chance that a step takes.
pub const POTLINE_DRAWS: usize = 4;
const _: () = assert!(POTLINE_DRAWS == DRAWS);

/// A cell and where it stands.
struct Running {
    cell: Cell,
    state: State,
}

impl Kind for Running {
    const STAMP: u64 = u64::from_le_bytes(*b"PLcell01");
}

/// What is done to a cell during a step.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_cell_input {
    /// sizeof(potline_cell_input).
    pub size: u32,
    /// Not zero: an anode effect begins whatever the bath says.
    pub force_effect: u32,
    /// Line current [A].
    pub current: f64,
    /// Alumina dropped into each zone [kg].
    pub shots: [f64; POTLINE_FEEDERS],
    /// Mass of one shot [kg].
    pub shot_size: f64,
    /// AlF3 added [kg/s].
    pub alf3: f64,
    /// Beam travel during the step, upwards positive [m].
    pub beam_travel: f64,
    /// Metal tapped [kg/s].
    pub metal_tap: f64,
    /// Bath tapped [kg/s].
    pub bath_tap: f64,
    /// Independent standard normal draws; zeros are a cell without noise.
    pub normal: [f64; POTLINE_DRAWS],
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_cell_input {
    const FIRST: usize = 152;
}
const _: () = assert!(size_of::<potline_cell_input>() == 152);

impl Default for potline_cell_input {
    fn default() -> Self {
        Self {
            size: size_of::<Self>() as u32,
            force_effect: 0,
            current: 0.0,
            shots: [0.0; POTLINE_FEEDERS],
            shot_size: 0.0,
            alf3: 0.0,
            beam_travel: 0.0,
            metal_tap: 0.0,
            bath_tap: 0.0,
            normal: [0.0; POTLINE_DRAWS],
        }
    }
}

/// What a cell is like after a step: its truth, which no instrument shows so.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_cell_output {
    /// sizeof(potline_cell_output).
    pub size: u32,
    /// Ranges that were left, the bits of `potline::cell::Flags`.
    pub flags: u32,
    /// Cell voltage [V].
    pub voltage: f64,
    /// Current efficiency.
    pub efficiency: f64,
    /// Bath temperature [K].
    pub temperature: f64,
    /// Bath temperature above the liquidus [K].
    pub superheat: f64,
    /// Dissolved alumina, mass fraction.
    pub alumina: f64,
    /// Mean anode-cathode distance [m].
    pub acd: f64,
    /// Metal height [m].
    pub metal_height: f64,
    /// Bath above the metal [m].
    pub bath_height: f64,
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_cell_output {
    const FIRST: usize = 72;
}
const _: () = assert!(size_of::<potline_cell_output>() == 72);

impl Default for potline_cell_output {
    fn default() -> Self {
        let nan = f64::NAN;
        Self {
            size: size_of::<Self>() as u32,
            flags: 0,
            voltage: nan,
            efficiency: nan,
            temperature: nan,
            superheat: nan,
            alumina: nan,
            acd: nan,
            metal_height: nan,
            bath_height: nan,
        }
    }
}

/// Storage that a cell needs [bytes].
#[unsafe(no_mangle)]
pub extern "C" fn potline_cell_size() -> usize {
    handle::room::<Running>().0
}

/// Alignment of that storage [bytes].
#[unsafe(no_mangle)]
pub extern "C" fn potline_cell_align() -> usize {
    handle::room::<Running>().1
}

/// Puts a 500 kA cell at rest into `storage`.
#[unsafe(no_mangle)]
pub extern "C" fn potline_cell_init(storage: *mut c_void, size: usize) -> potline_status {
    told((|| {
        let (params, start) = pb500();
        let cell = Cell::new(params).map_err(|_| S::BadSettings)?;
        let state = cell.start(&start);
        handle::place(storage, size, Running { cell, state })
    })())
}

/// Advances the cell by `dt` [s], above 0 and at most 10.
#[unsafe(no_mangle)]
pub extern "C" fn potline_cell_step(
    cell: *mut c_void,
    input: *const potline_cell_input,
    dt: f64,
    output: *mut potline_cell_output,
) -> potline_status {
    told(step(cell, input, dt, output))
}

fn step(
    cell: *mut c_void,
    input: *const potline_cell_input,
    dt: f64,
    output: *mut potline_cell_output,
) -> Outcome {
    let given = stamp::read(input)?;
    stamp::writable(output)?;
    if !(dt > 0.0 && dt <= 10.0) {
        return Err(S::BadInput);
    }
    let Running { cell, state } = handle::borrow_mut(cell)?;
    let input = Input {
        current: given.current,
        shots: given.shots,
        shot_size: given.shot_size,
        alf3: given.alf3,
        beam_travel: given.beam_travel,
        metal_tap: given.metal_tap,
        bath_tap: given.bath_tap,
        force_effect: given.force_effect != 0,
        normal: given.normal,
        ..Input::default()
    };
    let after = cell.step(state, &input, dt);
    stamp::write(
        output,
        &potline_cell_output {
            flags: after.flags.0,
            voltage: after.voltage,
            efficiency: after.efficiency,
            temperature: after.superheat + after.liquidus,
            superheat: after.superheat,
            alumina: cell.composition(state).al2o3,
            acd: after.acd,
            metal_height: after.metal_height,
            bath_height: after.bath_height,
            ..potline_cell_output::default()
        },
    )
}

//! One exported function per entry point of the core.
//!
//! `run.sh` finds the functions by their prefix, links each alone against nothing, and so proves of
//! each what it says. A new entry point of the core needs one function here and nothing else.
//! Arguments come from outside and results go outside, so that nothing is folded away.

#![no_std]

use potline::bath::{self, Composition, Liquidus};
use potline::cell::{Cell, Input, Output, Params, Start, State};
use potline::control::{LineView, PotController, PotState, Settings, Tick};
use potline::electro::{self, Breakdown, Design, Operating};
use potline::error::Error;
use potline::image::{CellId, EventKind, Events, FeederSet, Reading};
use potline::line::{Line, LineState};

unsafe extern "C" {
    /// Defined nowhere: a panic that can be reached leaves it unresolved at link time.
    safe fn potline_panic_reached() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    potline_panic_reached()
}

/// Checks a cell's parameters and builds it.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_cell_new(params: &Params, out: &mut Result<Cell, Error>) {
    *out = Cell::new(*params);
}

/// A cell at rest.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_cell_start(cell: &Cell, start: &Start, out: &mut State) {
    *out = cell.start(start);
}

/// The plant's step.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_cell_step(
    cell: &Cell,
    state: &mut State,
    input: &Input,
    dt: f64,
    out: &mut Output,
) {
    *out = cell.step(state, input, dt);
}

/// The parameter set that ships.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_cell_preset(out: &mut (Params, Start)) {
    *out = potline::cell::pb500();
}

/// The cell voltage.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_electro_voltage(design: &Design, operating: &Operating, out: &mut Breakdown) {
    *out = electro::voltage(design, operating);
}

/// What the current makes of the voltage: efficiency and reaction.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_electro_efficiency(
    dewing: &electro::Dewing,
    temperature: f64,
    composition: &Composition,
    out: &mut [f64; 3],
) {
    let efficiency = dewing.efficiency(temperature, composition.alf3, composition.lif);
    *out = [
        efficiency,
        electro::scaled_efficiency(efficiency, temperature, composition.caf2),
        electro::reaction_voltage(temperature, efficiency),
    ];
}

/// The liquidus and which source it is from.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_bath_liquidus(composition: &Composition, out: &mut Liquidus) {
    *out = bath::liquidus(composition);
}

/// Saturation and the eutectic.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_bath_solubility(
    composition: &Composition,
    temperature: f64,
    out: &mut (f64, (f64, f64)),
) {
    *out = (bath::saturation(composition, temperature), bath::eutectic(composition));
}

/// Conductivity by each source.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_bath_conductivity(
    composition: &Composition,
    temperature: f64,
    out: &mut [f64; 6],
) {
    *out = [
        bath::conductivity(composition, temperature),
        bath::hives1996(composition, temperature),
        bath::hives1993_mole_fraction(composition, temperature),
        bath::wang1993(composition, temperature),
        bath::haupin1998(composition, temperature),
        bath::choudhary1973(composition, temperature),
    ];
}

/// Density of bath and metal, vapour pressure, metal viscosity.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_bath_properties(
    composition: &Composition,
    temperature: f64,
    out: &mut [f64; 4],
) {
    *out = [
        bath::density(composition, temperature),
        bath::metal_density(temperature),
        bath::vapour_pressure(composition, temperature),
        bath::heat::metal_viscosity(temperature),
    ];
}

/// Ratios of a composition, and its check.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_bath_composition(
    composition: &Composition,
    ratio: f64,
    out: &mut (Composition, [f64; 3], Result<(), Error>),
) {
    *out = (
        composition.with_cryolite_ratio(ratio),
        [composition.bath_ratio(), composition.cryolite_ratio(), composition.cryolite_ratio_total()],
        composition.validate(),
    );
}

/// What both sides of the wall do with the image.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_image(
    reading: &Reading,
    feeders: u8,
    index: usize,
    event: &EventKind,
    events: &mut Events,
    out: &mut (bool, FeederSet, usize),
) {
    events.push(*event);
    let set = FeederSet(feeders).union(FeederSet::single(index)).without(FeederSet::first(index));
    *out = (reading.usable() && set.contains(index), set, events.iter().count());
}

/// Checks a controller's settings and builds it.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_control_build(settings: &Settings, out: &mut Result<PotController, Error>) {
    *out = settings.build();
}

/// A controller's memory at the start.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_control_start(controller: &PotController, cell: u16, out: &mut PotState) {
    *out = PotState::new(controller, CellId(cell));
}

/// The tick: signal, estimate, control and guard of one cell.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_control_tick(
    controller: &PotController,
    state: &mut PotState,
    line: &LineView,
    reading: &Reading,
    now: f64,
    dt: f64,
    out: &mut Tick,
) {
    *out = controller.tick(state, line, reading, now, dt);
}

/// The cells of a line: slices have no C form of their own.
pub struct Cells<'a> {
    controllers: &'a [PotController],
    states: &'a mut [PotState],
    readings: &'a [Reading],
    ticks: &'a mut [Tick],
}

/// The tick of many cells, of whatever number.
#[unsafe(no_mangle)]
pub extern "C" fn potline_proof_line_tick(
    line: &Line,
    cells: &mut Cells,
    state: &mut LineState,
    now: f64,
    dt: f64,
) {
    line.tick(cells.controllers, cells.states, cells.readings, cells.ticks, state, now, dt);
}

#[cfg(feature = "fault-alloc")]
mod fault {
    extern crate alloc;

    #[unsafe(no_mangle)]
    pub extern "C" fn potline_proof_fault(count: usize, out: &mut alloc::vec::Vec<f64>) {
        out.resize(count, 0.0);
    }
}

#[cfg(feature = "fault-std")]
mod fault {
    extern crate std;

    #[unsafe(no_mangle)]
    pub extern "C" fn potline_proof_fault(out: &mut u32) {
        *out = std::process::id();
    }
}

#[cfg(feature = "fault-index")]
mod fault {
    #[unsafe(no_mangle)]
    pub extern "C" fn potline_proof_fault(values: &[f64; 4], index: usize, out: &mut f64) {
        *out = values[index];
    }
}

#[cfg(feature = "fault-divide")]
mod fault {
    #[unsafe(no_mangle)]
    pub extern "C" fn potline_proof_fault(count: usize, cells: usize, out: &mut usize) {
        *out = count / cells;
    }
}

#[cfg(feature = "fault-unwrap")]
mod fault {
    #[unsafe(no_mangle)]
    pub extern "C" fn potline_proof_fault(value: Option<&f64>, out: &mut f64) {
        *out = *value.unwrap();
    }
}

#[cfg(feature = "fault-libc")]
mod fault {
    unsafe extern "C" {
        safe fn exp(x: f64) -> f64;
    }

    #[unsafe(no_mangle)]
    pub extern "C" fn potline_proof_fault(out: &mut f64) {
        *out = exp(*out);
    }
}

//! What acts on a cell in a step, and the ranges it is held in.

use super::{DRAWS, Flags, MAX_ZONES, alumina, anode};
use crate::math::clamp;

/// Inputs, held over one step; what drops or is set does so at its start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Input {
    /// Line current \[A\].
    pub current: f64,
    /// Smelter-grade alumina dropped into each zone \[kg\].
    pub shots: [f64; MAX_ZONES],
    /// Mass of the single shots in it, which decides how much sinks \[kg\].
    pub shot_size: f64,
    /// What the alumina is like.
    pub ore: alumina::Ore,
    /// AlF3 added \[kg/s\].
    pub alf3: f64,
    /// Cryolite or crushed bath, as cryolite, added \[kg/s\].
    pub cryolite: f64,
    /// Beam travel during the step, upwards positive; every anode follows \[m\].
    pub beam_travel: f64,
    /// Beam raising: travel of the beam while the anodes stay where they are \[m\].
    pub beam_raise: f64,
    /// Metal tapped \[kg/s\].
    pub metal_tap: f64,
    /// Bath tapped \[kg/s\].
    pub bath_tap: f64,
    /// A butt is taken out and a new anode set in its place.
    pub anode_set: Option<anode::Setting>,
    /// Something goes wrong with one anode.
    pub anode_fault: Option<(usize, anode::Fault)>,
    /// The crust is open: extra loss.
    pub crust_open: bool,
    /// The cover is dressed: bare places are closed.
    pub dress: bool,
    /// Hoods are off: less gas is captured.
    pub hood_open: bool,
    /// Heat drawn off by forced cooling or a heat exchanger on the shell, all sides \[W/K\].
    pub shell_cooling: f64,
    /// A pole is pushed under the anodes to sweep the gas of an anode effect away.
    pub pole: bool,
    /// Starts an anode effect whatever the bath says.
    pub force_effect: bool,
    /// Independent standard normal draws.
    pub normal: [f64; DRAWS],
}

/// Holds every input inside what a plant could do.
pub(super) fn admit(input: &Input, flags: &mut Flags) -> Input {
    let mut held = *input;
    let mut hold = |x: &mut f64, low: f64, high: f64| {
        if !(low..=high).contains(x) {
            // What is not a number asks for nothing.
            *x = clamp(if x.is_nan() { 0.0 } else { *x }, low, high);
            flags.raise(Flags::INPUT, true);
        }
    };
    hold(&mut held.current, 0.0, 1e6);
    held.shots.iter_mut().for_each(|shot| hold(shot, 0.0, 200.0));
    hold(&mut held.shot_size, 0.0, 200.0);
    hold(&mut held.ore.soda, 0.0, 0.02);
    hold(&mut held.ore.calcia, 0.0, 0.02);
    hold(&mut held.ore.fines, 0.0, 0.6);
    hold(&mut held.ore.moisture, 0.0, 0.03);
    hold(&mut held.ore.naalf4, 0.0, 0.05);
    hold(&mut held.ore.alf3, 0.0, 0.05);
    hold(&mut held.alf3, 0.0, 5.0);
    hold(&mut held.cryolite, 0.0, 20.0);
    hold(&mut held.beam_travel, -0.05, 0.05);
    hold(&mut held.beam_raise, -0.5, 0.5);
    hold(&mut held.metal_tap, 0.0, 50.0);
    hold(&mut held.bath_tap, 0.0, 50.0);
    hold(&mut held.shell_cooling, 0.0, 2_000.0);
    held.normal.iter_mut().for_each(|draw| hold(draw, -10.0, 10.0));
    if let Some(set) = &mut held.anode_set {
        hold(&mut set.offset, -0.05, 0.05);
        hold(&mut set.temperature, 250.0, 1_200.0);
    }
    match &mut held.anode_fault {
        Some((_, anode::Fault::Spike(length))) => hold(length, 0.0, 0.2),
        Some((_, anode::Fault::Slip(drop))) => hold(drop, -0.2, 0.2),
        None => {}
    }
    held
}

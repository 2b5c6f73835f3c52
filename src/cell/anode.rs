//! Anode change (换极): a cold block that carries no current and takes up heat.
//!
//! The new anode takes over its share of the current with time constant τ_i, so the others carry
//! more and the resistance rises; it draws its heat debt from the bath with time constant τ_q.
//! Plants see 50 % of the current after about 10 h, more than 90 % after a day, and a bath 3–8 K
//! colder after 2–4 h; time constants and debt are set to that and are unverified.

use crate::error::{Error, in_range};
use crate::math::exp;

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Anodes of the cell.
    pub count: f64,
    /// Time constant of current pick-up \[s\].
    pub pickup_time: f64,
    /// Heat the new anode takes from the bath beyond the steady preheating \[J\].
    pub heat: f64,
    /// Time constant of that heat \[s\].
    pub heat_time: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("anode.count", self.count, 8.0, 100.0)?;
        in_range("anode.pickup_time", self.pickup_time, 600.0, 200_000.0)?;
        in_range("anode.heat", self.heat, 0.0, 5e9)?;
        in_range("anode.heat_time", self.heat_time, 600.0, 200_000.0)
    }
}

/// A new anode takes the place of a butt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Which anode: row 0 is 0..n/2 along the cell, row 1 the other half.
    pub anode: usize,
    /// Height of its bottom above where it belongs; negative hangs low \[m\].
    pub offset: f64,
    /// Temperature of the block \[K\]: potroom, or preheated.
    pub temperature: f64,
}

/// What can go wrong with one anode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// A spike (长包) of this length grows under it; 0 takes it off \[m\].
    Spike(f64),
    /// It slips down in its clamp \[m\].
    Slip(f64),
}

/// Anodes that do not yet carry their share.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Anodes' worth of current not yet taken up \[1\].
    pub cold: f64,
    /// Heat still to be taken up \[J\].
    pub debt: f64,
}

/// Share of the anode area that carries current \[1\].
#[must_use]
pub fn carrying_share(p: &Params, x: &State) -> f64 {
    1.0 - (x.cold / p.count).min(0.5)
}

/// One step; returns the heat drawn from the bath \[J\].
pub(super) fn step(p: &Params, x: &mut State, set: bool, dt: f64) -> f64 {
    if set {
        x.cold += 1.0;
        x.debt += p.heat;
    }
    x.cold *= exp(-dt / p.pickup_time);
    let drawn = x.debt * (1.0 - exp(-dt / p.heat_time));
    x.debt -= drawn;
    drawn
}

//! Anode effect (阳极效应) as a state with hysteresis.
//!
//! A gas film f in 0..1 grows within seconds once the current density passes the critical one
//! (Haupin 1998, calibrated to this cell's anode-effect point). It goes only when the bath is rich
//! enough *and* the film has been swept away: by beam travel, or slowly by itself. The voltage is
//! V + f V_effect with V_effect 15–40 V. Sweeping per travel, the slow rate and the heat share are
//! guesses of the right order, unverified.

use super::Params as CellParams;
use crate::bath::Composition;
use crate::electro::Haupin1998;
use crate::error::{Error, in_range};
use crate::math::{clamp, exp};

/// The effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Voltage of a full film \[V\].
    pub voltage: f64,
    /// Time constant of onset \[s\].
    pub onset_time: f64,
    /// Time constant of recovery \[s\].
    pub recovery_time: f64,
    /// Alumina above the effect point that recovery needs, mass fraction \[1\].
    pub margin: f64,
    /// Time in which the film goes by itself \[s\].
    pub self_clearing_time: f64,
    /// Beam travel, up and down added, that sweeps the film away \[m\].
    pub clearing_travel: f64,
    /// Share of the effect's power that heats the bath \[1\].
    pub heat_share: f64,
    /// Share of the current efficiency lost under a full film \[1\].
    pub efficiency_loss: f64,
    /// Bath composition and temperature of the calibration point.
    pub calibration: (Composition, f64),
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("effect.voltage", self.voltage, 10.0, 50.0)?;
        in_range("effect.onset_time", self.onset_time, 0.1, 30.0)?;
        in_range("effect.recovery_time", self.recovery_time, 0.1, 60.0)?;
        in_range("effect.margin", self.margin, 0.0, 0.03)?;
        in_range("effect.self_clearing_time", self.self_clearing_time, 10.0, 1e5)?;
        in_range("effect.clearing_travel", self.clearing_travel, 0.001, 1.0)?;
        in_range("effect.heat_share", self.heat_share, 0.0, 1.0)?;
        in_range("effect.efficiency_loss", self.efficiency_loss, 0.0, 1.0)
    }
}

/// The film.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Share of the anode surface under a gas film \[1\].
    pub film: f64,
    /// Film established: recovery needs alumina and sweeping.
    pub burning: bool,
    /// How far the film has been swept, 1 = gone \[1\].
    pub swept: f64,
}

/// Critical current density of this cell.
pub(super) fn critical_current(p: &CellParams) -> Haupin1998 {
    let (bath, temperature) = p.effect.calibration;
    let d = &p.design;
    let density = p.nominal_current / (d.anode_area * d.fanning);
    Haupin1998::calibrated(temperature, &bath, d.one_anode_area, d.al2o3_at_effect, density)
}

/// What decides about the film in a step.
pub(super) struct Drive {
    /// Current density over critical current density \[1\].
    pub load: f64,
    /// Dissolved alumina above the effect point, mass fraction \[1\].
    pub margin: f64,
    /// Beam travel, unsigned \[m\].
    pub travel: f64,
    /// Started from outside.
    pub forced: bool,
}

/// One step.
pub(super) fn step(p: &Params, x: &mut State, drive: &Drive, dt: f64) {
    if drive.forced || drive.load >= 1.0 {
        x.swept = if x.burning { x.swept } else { 0.0 };
        x.burning = true;
    }
    if x.burning {
        let enough = drive.margin >= p.margin && drive.load < 1.0;
        x.swept += if enough { dt / p.self_clearing_time + drive.travel / p.clearing_travel } else { 0.0 };
        if x.swept >= 1.0 {
            x.burning = false;
        }
    }
    let (target, time) = if x.burning { (1.0, p.onset_time) } else { (0.0, p.recovery_time) };
    x.film += (target - x.film) * (1.0 - exp(-dt / time));
    x.film = clamp(x.film, 0.0, 1.0);
    if !x.burning && x.film < 1e-6 {
        x.film = 0.0;
    }
}

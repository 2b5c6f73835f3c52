//! Anode effect (阳极效应), anode by anode.
//!
//! An anode whose current passes the critical one (Haupin 1998, calibrated to this cell's anode-effect
//! point) is exposed to x_k' = i_k/i_crit - 1 and forgets it as x_k' = -x_k/τ_x below; at x_max a gas
//! film θ_k in 0..1 is established and grows within seconds. So the crest of a wave leaves no film, a
//! lean bath does within half a minute, and an anode given the current of filmed neighbours films at
//! once. The film adds θ_k R_film to that anode and
//! pushes its current to the others: where they can take it, a few anodes are lost and the voltage
//! hardly moves (a low-voltage effect); where they cannot, the film spreads to all within seconds and
//! the voltage jumps to 15–40 V. Films go only when the bath under them is rich enough *and* the gas has
//! been swept away: by beam travel, by a pole, or slowly by itself. They go together, all but those in
//! a zone that is still below the effect point: one anode that cleared alone would be given the
//! current of all others and film again. Metal that splashes against an anode wipes its film off.
//! Exposure, sweeping per travel, the slow rate, the splash and the heat share are guesses of the right
//! order, unverified.
//!
//! CF4 and C2F6 form where the film takes a high voltage (above about 3 V against aluminium; Zhu and
//! Sadoway): a share of the filmed anode's current that rises with the square of the film's voltage,
//! set so that a full effect gives 0.143 kg CF4 per tonne and effect minute per cell-day (IPCC 2006,
//! Tier 2 for centre-worked prebake) and C2F6 is 0.12 of it.

use super::MAX_ANODES;
use super::Params as CellParams;
use super::network::PerAnode;
use crate::bath::Composition;
use crate::consts::{ALUMINIUM_PER_COULOMB, DAY, M_AL, M_ALF3, M_C, M_C2F6, M_CF4};
use crate::electro::Haupin1998;
use crate::error::{Error, in_range};
use crate::math::{clamp, exp};

/// The effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// What a film on every anode adds to the voltage at the nominal current \[V\].
    pub voltage: f64,
    /// Overload times time that establishes a film, x_max \[s\].
    pub exposure: f64,
    /// Time in which exposure is forgotten, τ_x \[s\].
    pub exposure_time: f64,
    /// Time constant of onset \[s\].
    pub onset_time: f64,
    /// Time constant of recovery \[s\].
    pub recovery_time: f64,
    /// Alumina above the effect point that recovery needs, mass fraction \[1\].
    pub margin: f64,
    /// Time in which a film goes by itself \[s\].
    pub self_clearing_time: f64,
    /// Beam travel, up and down added, that sweeps the films away \[m\].
    pub clearing_travel: f64,
    /// Share of the films' power that heats the bath \[1\].
    pub heat_share: f64,
    /// Share of the current efficiency lost at a filmed anode \[1\].
    pub efficiency_loss: f64,
    /// Bath composition and temperature of the calibration point.
    pub calibration: (Composition, f64),
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("effect.voltage", self.voltage, 10.0, 50.0)?;
        in_range("effect.exposure", self.exposure, 0.0, 10.0)?;
        in_range("effect.exposure_time", self.exposure_time, 0.1, 600.0)?;
        in_range("effect.onset_time", self.onset_time, 0.1, 30.0)?;
        in_range("effect.recovery_time", self.recovery_time, 0.1, 60.0)?;
        in_range("effect.margin", self.margin, 0.0, 0.03)?;
        in_range("effect.self_clearing_time", self.self_clearing_time, 10.0, 1e5)?;
        in_range("effect.clearing_travel", self.clearing_travel, 0.001, 1.0)?;
        in_range("effect.heat_share", self.heat_share, 0.0, 1.0)?;
        in_range("effect.efficiency_loss", self.efficiency_loss, 0.0, 1.0)
    }
}

/// The films.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// Share of each anode's bottom under a gas film \[1\].
    pub film: PerAnode,
    /// Exposure to more than the critical current, x_k \[s\].
    pub exposure: PerAnode,
    /// Film established: recovery needs alumina and sweeping.
    pub burning: [bool; MAX_ANODES],
    /// How far the gas has been swept away, 1 = gone \[1\].
    pub swept: f64,
    /// Some anode has a film or was exposed.
    pub any: bool,
}

impl State {
    pub(super) const CLEAR: Self = Self {
        film: [0.0; MAX_ANODES],
        exposure: [0.0; MAX_ANODES],
        burning: [false; MAX_ANODES],
        swept: 0.0,
        any: false,
    };

    /// Mean film over the first `count` anodes \[1\].
    #[must_use]
    pub fn mean(&self, count: usize) -> f64 {
        if self.any { self.film.iter().take(count).sum::<f64>() / count as f64 } else { 0.0 }
    }
}

/// Critical current density of this cell.
pub(super) fn critical_current(p: &CellParams) -> Haupin1998 {
    let (bath, temperature) = p.effect.calibration;
    let d = &p.design;
    let density = p.nominal_current / (d.anode_area * d.fanning);
    Haupin1998::calibrated(temperature, &bath, d.one_anode_area, d.al2o3_at_effect, density)
}

/// An anode this close to the metal is splashed \[m\].
const SPLASH: f64 = 0.010;

/// What decides about the films in a step.
pub(super) struct Drive<'a> {
    /// Anodes.
    pub count: usize,
    /// Current of each \[A\].
    pub current: &'a PerAnode,
    /// Current at which a film forms on each \[A\].
    pub critical: &'a PerAnode,
    /// Distance of each to the metal \[m\].
    pub acd: &'a PerAnode,
    /// Beam travel, unsigned \[m\].
    pub travel: f64,
    /// A pole is pushed under the anodes.
    pub pole: bool,
    /// Started from outside, on every anode.
    pub forced: bool,
}

/// One step; `margin_of` is the alumina of an anode's zone above the effect point \[1\].
pub(super) fn step(p: &Params, x: &mut State, d: &Drive<'_>, dt: f64, margin_of: impl Fn(usize) -> f64) {
    // Looked at all, without a way out at the first: that goes several anodes at a time. Beyond the last
    // one critical is 0.
    let over = d
        .current
        .iter()
        .zip(d.critical)
        .fold(false, |over, (i, critical)| over | ((*i >= *critical) & (*critical > 0.0)));
    if !x.any && !d.forced && !over {
        return;
    }
    // The gas can be swept away once the filmed anodes, on the mean, hang in bath rich enough.
    let burning = || x.burning.iter().take(d.count).enumerate().filter(|(_, on)| **on);
    let filmed = burning().count();
    let margin = burning().map(|(k, _)| margin_of(k)).sum::<f64>();
    if filmed == 0 {
        x.swept = 0.0;
    } else if margin >= p.margin * filmed as f64 {
        x.swept += dt / p.self_clearing_time + d.travel / p.clearing_travel + f64::from(u8::from(d.pole));
    }
    let cleared = x.swept >= 1.0;
    if cleared {
        x.swept = 0.0;
    }
    let grow = 1.0 - exp(-dt / p.onset_time);
    let shrink = 1.0 - exp(-dt / p.recovery_time);
    let forget = exp(-dt / p.exposure_time);
    x.any = false;
    let films = x.film.iter_mut().zip(&mut x.exposure).zip(&mut x.burning);
    let anodes = d.current.iter().zip(d.critical).zip(d.acd);
    for (k, (((film, exposure), burning), ((i, critical), acd))) in
        films.zip(anodes).enumerate().take(d.count)
    {
        let overload = if *critical > 0.0 { i / critical - 1.0 } else { 0.0 };
        *exposure = if overload > 0.0 { *exposure + overload * dt } else { *exposure * forget };
        let splashed = *acd < SPLASH;
        if cleared && margin_of(k) >= 0.0 || splashed {
            (*burning, *exposure) = (false, 0.0);
        } else if d.forced || *exposure > p.exposure {
            (*burning, *exposure) = (true, 0.0);
        }
        *film += if *burning { (1.0 - *film) * grow } else { -*film * shrink };
        *film = clamp(*film, 0.0, 1.0);
        if !*burning && *film < 1e-6 {
            *film = 0.0;
        }
        if *exposure < 1e-6 {
            *exposure = 0.0;
        }
        x.any |= *film > 0.0 || *exposure > 0.0;
    }
}

/// CF4 of one tonne of metal and one minute of effect in a day \[kg\] (IPCC 2006, Tier 2).
const CF4_PER_TONNE_MINUTE: f64 = 0.143;
/// C2F6 over CF4 by mass (IPCC 2006, Tier 2).
const C2F6_SHARE: f64 = 0.12;

/// Perfluorocarbons of a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pfc {
    /// CF4 \[kg\].
    pub cf4: f64,
    /// C2F6 \[kg\].
    pub c2f6: f64,
}

impl Pfc {
    /// What charge \[C\] through films at `share` of the full effect voltage makes.
    pub(super) fn of(charge: f64, share: f64) -> Self {
        // A cell-day's metal at the same current, per minute of effect.
        let per_coulomb = CF4_PER_TONNE_MINUTE * ALUMINIUM_PER_COULOMB * 1e-3 * DAY / 60.0;
        let cf4 = per_coulomb * charge.max(0.0) * share * share;
        Self { cf4, c2f6: C2F6_SHARE * cf4 }
    }

    /// AlF3 they took from the bath \[kg\].
    #[must_use]
    pub fn alf3(&self) -> f64 {
        M_ALF3 * (4.0 / 3.0 * self.cf4 / M_CF4 + 2.0 * self.c2f6 / M_C2F6)
    }

    /// Aluminium made from that AlF3 \[kg\].
    #[must_use]
    pub fn metal(&self) -> f64 {
        self.alf3() * M_AL / M_ALF3
    }

    /// Carbon in them \[kg\].
    #[must_use]
    pub fn carbon(&self) -> f64 {
        M_C * (self.cf4 / M_CF4 + 2.0 * self.c2f6 / M_C2F6)
    }
}

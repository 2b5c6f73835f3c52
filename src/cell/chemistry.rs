//! Bath inventory: what soda, calcia, evaporation, freezing and tapping do to the bath.
//!
//! ```text
//! 3 Na2O + 4 AlF3 -> 2 Na3AlF6 + Al2O3      3 CaO + 2 AlF3 -> 3 CaF2 + Al2O3
//! NaAlF4(g) = 1/3 Na3AlF6 + 2/3 AlF3        ledge: pure cryolite freezes, so AlF3 concentrates
//! ```
//!
//! Stoichiometry is exact; the evaporation is a net loss after dry scrubbing, scaled with the
//! vapour pressure of the bath ([`crate::bath::vapour_pressure`]).

use super::alumina;
use crate::bath::Composition;
use crate::consts::{
    ALF3_PER_CAO, ALF3_PER_NA2O, CAF2_PER_CAO, CRYOLITE_PER_NA2O, M_AL2O3, M_ALF3, M_CAO, M_CRYOLITE, M_NA2O,
};
use crate::error::{Error, in_range};

/// Losses of the bath.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Net loss of NaAlF4 at the nominal vapour pressure \[kg/s\].
    pub evaporation: f64,
    /// Vapour pressure at which that loss holds \[Pa\].
    pub vapour_pressure: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("chemistry.evaporation", self.evaporation, 0.0, 0.01)?;
        in_range("chemistry.vapour_pressure", self.vapour_pressure, 50.0, 5_000.0)
    }
}

/// Liquid bath without its alumina \[kg\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Na3AlF6.
    pub cryolite: f64,
    /// AlF3 in excess of cryolite.
    pub alf3: f64,
    /// CaF2.
    pub caf2: f64,
    /// MgF2.
    pub mgf2: f64,
    /// LiF.
    pub lif: f64,
    /// KF.
    pub kf: f64,
}

impl State {
    /// Mass without alumina \[kg\].
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.cryolite + self.alf3 + self.caf2 + self.mgf2 + self.lif + self.kf
    }

    fn scale(&mut self, factor: f64) {
        for part in
            [&mut self.cryolite, &mut self.alf3, &mut self.caf2, &mut self.mgf2, &mut self.lif, &mut self.kf]
        {
            *part *= factor;
        }
    }
}

/// Mass fractions of the liquid bath, `alumina` \[kg\] dissolved in it.
#[must_use]
pub fn composition(x: &State, alumina: f64) -> Composition {
    let mass = x.mass() + alumina;
    Composition {
        alf3: x.alf3 / mass,
        al2o3: alumina / mass,
        caf2: x.caf2 / mass,
        mgf2: x.mgf2 / mass,
        lif: x.lif / mass,
        kf: x.kf / mass,
    }
}

/// Bath of `mass` \[kg\] and the given composition, and the alumina dissolved in it \[kg\].
pub(super) fn from_composition(c: &Composition, mass: f64) -> (State, f64) {
    let cryolite = 1.0 - c.alf3 - c.al2o3 - c.caf2 - c.mgf2 - c.lif - c.kf;
    let state = State {
        cryolite: cryolite * mass,
        alf3: c.alf3 * mass,
        caf2: c.caf2 * mass,
        mgf2: c.mgf2 * mass,
        lif: c.lif * mass,
        kf: c.kf * mass,
    };
    (state, c.al2o3 * mass)
}

/// Alumina made by the soda and calcia of one kg of smelter-grade alumina \[kg/kg\].
#[must_use]
pub fn alumina_from_impurities(p: &alumina::Params) -> f64 {
    p.soda * M_AL2O3 / (3.0 * M_NA2O) + p.calcia * M_AL2O3 / (3.0 * M_CAO)
}

/// The impurities of `fed` \[kg\] smelter-grade alumina react as they arrive.
pub(super) fn feed(p: &alumina::Params, x: &mut State, fed: f64) {
    let (soda, calcia) = (p.soda * fed, p.calcia * fed);
    x.alf3 -= ALF3_PER_NA2O * soda + ALF3_PER_CAO * calcia;
    x.cryolite += CRYOLITE_PER_NA2O * soda;
    x.caf2 += CAF2_PER_CAO * calcia;
}

/// `lost` \[kg\] of NaAlF4 leave with the gas.
pub(super) fn evaporate(x: &mut State, lost: f64) {
    const ALF3_SHARE: f64 = 2.0 * M_ALF3 / (2.0 * M_ALF3 + M_CRYOLITE);
    x.alf3 -= ALF3_SHARE * lost;
    x.cryolite -= (1.0 - ALF3_SHARE) * lost;
}

/// `frozen` \[kg\] of cryolite leave for the ledge (negative: melt back).
pub(super) fn freeze(x: &mut State, frozen: f64) {
    x.cryolite -= frozen;
}

/// `tapped` \[kg\] of bath leave with their dissolved alumina; returns (alumina, rest) \[kg\].
pub(super) fn tap(x: &mut State, alumina: f64, tapped: f64) -> (f64, f64) {
    let mass = x.mass() + alumina;
    let share = (tapped / mass).clamp(0.0, 0.5);
    let rest = x.mass() * share;
    x.scale(1.0 - share);
    (alumina * share, rest)
}

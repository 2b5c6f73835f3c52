//! Bath inventory: what soda, calcia, moisture, evaporation, the lining, freezing and tapping do.
//!
//! ```text
//! 3 Na2O + 4 AlF3 -> 2 Na3AlF6 + Al2O3      3 CaO + 2 AlF3 -> 3 CaF2 + Al2O3
//! 3 H2O + 2 AlF3 -> Al2O3 + 6 HF            NaAlF4 = 1/3 Na3AlF6 + 2/3 AlF3 (evolved, returned)
//! Na3AlF6 + Al -> 3 Na (lining) + 2 AlF3    4 AlF3 + 3 C -> 4 Al + 3 CF4, 2 AlF3 + 2 C -> 2 Al + C2F6
//! ```
//!
//! Stoichiometry is exact. NaAlF4 leaves in proportion to the vapour pressure of the bath
//! ([`crate::bath::vapour_pressure`]) and comes back with the ore, as does the AlF3 made from HF.
//! Cryolite freezes first: the ledge takes pure cryolite and a share of trapped bath, so AlF3
//! concentrates in what stays liquid. The uptake of sodium by the lining decays with pot age
//! (months; amount unverified).

use super::alumina::Ore;
use crate::bath::Composition;
use crate::consts::{
    ALF3_PER_CAO, ALF3_PER_NA2O, CAF2_PER_CAO, CRYOLITE_PER_NA2O, DAY, M_AL, M_AL2O3, M_ALF3, M_CAO,
    M_CRYOLITE, M_H2O, M_HF, M_NA, M_NA2O, M_NAF,
};
use crate::error::{Error, in_range};
use crate::math::exp;

/// Losses of the bath.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// NaAlF4 that leaves at the nominal vapour pressure \[kg/s\].
    pub evaporation: f64,
    /// Vapour pressure at which that holds \[Pa\].
    pub vapour_pressure: f64,
    /// Share of the gas that the hoods catch, closed and open \[1\].
    pub capture: (f64, f64),
    /// Bath trapped in freezing ledge \[mass fraction\].
    pub trapped: f64,
    /// Sodium that the lining of a new pot takes up \[kg/s\].
    pub lining_sodium: f64,
    /// Time constant with which that decays \[d\].
    pub lining_time: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        in_range("chemistry.evaporation", self.evaporation, 0.0, 0.01)?;
        in_range("chemistry.vapour_pressure", self.vapour_pressure, 50.0, 5_000.0)?;
        in_range("chemistry.capture.closed", self.capture.0, 0.0, 1.0)?;
        in_range("chemistry.capture.open", self.capture.1, 0.0, 1.0)?;
        in_range("chemistry.trapped", self.trapped, 0.0, 0.3)?;
        in_range("chemistry.lining_sodium", self.lining_sodium, 0.0, 0.01)?;
        in_range("chemistry.lining_time", self.lining_time, 1.0, 3_650.0)
    }

    /// Sodium taken up by the lining of a pot `age` \[d\] old \[kg/s\].
    #[must_use]
    pub fn sodium_uptake(&self, age: f64) -> f64 {
        self.lining_sodium * exp(-age.max(0.0) / self.lining_time)
    }
}

/// Bath without its alumina, liquid or frozen \[kg\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bath {
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
    /// NaF in excess of cryolite: only when AlF3 has run out.
    pub naf: f64,
}

impl Bath {
    /// Mass without alumina \[kg\].
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.cryolite + self.alf3 + self.caf2 + self.mgf2 + self.lif + self.kf + self.naf
    }

    /// `share` of every component.
    #[must_use]
    fn part(&self, share: f64) -> Self {
        Self {
            cryolite: self.cryolite * share,
            alf3: self.alf3 * share,
            caf2: self.caf2 * share,
            mgf2: self.mgf2 * share,
            lif: self.lif * share,
            kf: self.kf * share,
            naf: self.naf * share,
        }
    }

    fn add(&mut self, other: &Self) {
        self.cryolite += other.cryolite;
        self.alf3 += other.alf3;
        self.caf2 += other.caf2;
        self.mgf2 += other.mgf2;
        self.lif += other.lif;
        self.kf += other.kf;
        self.naf += other.naf;
    }
}

/// Liquid and frozen bath.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Liquid, without its alumina.
    pub liquid: Bath,
    /// Side ledge and the crust under new anodes.
    pub frozen: Bath,
    /// Age of the lining \[d\].
    pub age: f64,
}

/// Mass fractions of liquid bath `x` with `alumina` \[kg\] dissolved in it.
#[must_use]
pub fn composition(x: &Bath, alumina: f64) -> Composition {
    let share = 1.0 / (x.mass() + alumina).max(1e-6);
    Composition {
        alf3: x.alf3 * share,
        al2o3: alumina * share,
        caf2: x.caf2 * share,
        mgf2: x.mgf2 * share,
        lif: x.lif * share,
        kf: x.kf * share,
    }
}

/// Dissolved `alumina` in `rest` of other bath, both \[kg\], as mass fraction \[1\].
pub(super) fn alumina_fraction(alumina: f64, rest: f64) -> f64 {
    alumina / (rest + alumina).max(1e-6)
}

/// Bath of `mass` \[kg\] and the given composition, and the alumina dissolved in it \[kg\].
pub(super) fn from_composition(c: &Composition, mass: f64) -> (Bath, f64) {
    let cryolite = 1.0 - c.alf3 - c.al2o3 - c.caf2 - c.mgf2 - c.lif - c.kf;
    let bath = Bath {
        cryolite: cryolite * mass,
        alf3: c.alf3 * mass,
        caf2: c.caf2 * mass,
        mgf2: c.mgf2 * mass,
        lif: c.lif * mass,
        kf: c.kf * mass,
        naf: 0.0,
    };
    (bath, c.al2o3 * mass)
}

/// AlF3 in NaAlF4, the rest being cryolite, mass fraction \[1\].
pub const ALF3_IN_NAALF4: f64 = 2.0 * M_ALF3 / (2.0 * M_ALF3 + M_CRYOLITE);

/// Al2O3 that one kg of ore brings: its own, and what its soda, calcia and water make \[kg/kg\].
#[must_use]
pub fn alumina_from_ore(ore: &Ore) -> f64 {
    ore.purity()
        + ore.soda * M_AL2O3 / (3.0 * M_NA2O)
        + ore.calcia * M_AL2O3 / (3.0 * M_CAO)
        + ore.moisture * M_AL2O3 / (3.0 * M_H2O)
}

/// HF that one kg of ore makes \[kg/kg\].
#[must_use]
pub fn fluoride_from_ore(ore: &Ore) -> f64 {
    ore.moisture * 2.0 * M_HF / M_H2O
}

/// AlF3 that the impurities of one kg of ore bind, net of what comes with it \[kg/kg\].
#[must_use]
pub fn alf3_bound_by_ore(ore: &Ore) -> f64 {
    ALF3_PER_NA2O * ore.soda + ALF3_PER_CAO * ore.calcia + 2.0 * M_ALF3 / (3.0 * M_H2O) * ore.moisture
        - ore.alf3
        - ALF3_IN_NAALF4 * ore.naalf4
}

/// What comes with `fed` \[kg\] of ore besides alumina reacts as it arrives.
pub(super) fn feed(ore: &Ore, x: &mut Bath, fed: f64) {
    x.alf3 -= alf3_bound_by_ore(ore) * fed;
    x.cryolite += (CRYOLITE_PER_NA2O * ore.soda + (1.0 - ALF3_IN_NAALF4) * ore.naalf4) * fed;
    x.caf2 += CAF2_PER_CAO * ore.calcia * fed;
}

/// `lost` \[kg\] of NaAlF4 leave with the gas.
pub(super) fn evaporate(x: &mut Bath, lost: f64) {
    x.alf3 -= ALF3_IN_NAALF4 * lost;
    x.cryolite -= (1.0 - ALF3_IN_NAALF4) * lost;
}

/// `sodium` \[kg\] goes into the lining; returns the aluminium that it cost \[kg\].
pub(super) fn line(x: &mut State, sodium: f64, dt: f64) -> f64 {
    let moles = sodium / (3.0 * M_NA);
    x.liquid.cryolite -= moles * M_CRYOLITE;
    x.liquid.alf3 += 2.0 * moles * M_ALF3;
    x.age += dt / DAY;
    moles * M_AL
}

/// What freezes as `mass` \[kg\] of ledge out of `liquid`.
pub(super) fn ledge_of(liquid: &Bath, mass: f64, trapped: f64) -> Bath {
    let bath = liquid.part(trapped * mass / liquid.mass().max(1e-6));
    Bath { cryolite: bath.cryolite + (mass - bath.mass()), ..bath }
}

/// Cryolite that must stay liquid, share of the bath \[1\]: what is left is a mush.
const MUSH: f64 = 0.4;

/// Most bath that may still freeze \[kg\].
pub(super) fn freezable(x: &Bath) -> f64 {
    ((x.cryolite - MUSH * x.mass()) / (1.0 - MUSH)).max(0.0)
}

/// `frozen` \[kg\] leave the liquid for the ledge (negative: melt back).
pub(super) fn freeze(x: &mut State, frozen: f64, trapped: f64) {
    let moved = if frozen >= 0.0 {
        ledge_of(&x.liquid, frozen, trapped)
    } else {
        x.frozen.part((frozen / x.frozen.mass().max(1e-6)).max(-1.0))
    };
    x.liquid.add(&moved.part(-1.0));
    x.frozen.add(&moved);
}

/// AlF3 that is short comes out of cryolite, which leaves NaF; later AlF3 binds it again:
/// `Na3AlF6 = 3 NaF + AlF3`. Returns whether there is free NaF. The correlations, made for acid
/// baths, take it for cryolite.
pub(super) fn balance(x: &mut Bath) -> bool {
    if x.alf3 < 0.0 || x.naf > 0.0 {
        let split = (-x.alf3 / M_ALF3).max(-x.naf / (3.0 * M_NAF)).min(x.cryolite / M_CRYOLITE);
        x.alf3 += split * M_ALF3;
        x.naf += split * 3.0 * M_NAF;
        x.cryolite -= split * (M_ALF3 + 3.0 * M_NAF);
        // Round-off of the split.
        (x.alf3, x.naf) = (x.alf3.max(0.0), x.naf.max(0.0));
    }
    x.naf > 0.0
}

/// `share` of the liquid is tapped; returns what left, its alumina not included.
pub(super) fn tap(x: &mut Bath, share: f64) -> Bath {
    let gone = x.part(share);
    *x = x.part(1.0 - share);
    gone
}

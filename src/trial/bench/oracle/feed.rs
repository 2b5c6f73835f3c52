//! Alumina, zone by zone: what is there and on its way, against what should be.
//!
//! ```text
//! need_z = c* (M w_z) - a_z - (p_z - p̄_z),   p̄_z = T_z q,   T_z' = (p_z/q - T_z)/τ
//! ```
//!
//! a dissolved and p undissolved but on its way \[kg\], w the zone's share of the bath M \[kg\], q the
//! consumption \[kg/s\]: what is usually on its way is made up for, what is more than that will come by
//! itself. The feeder whose zone needs most dumps once half of its next shot is needed. What a zone
//! needs whose feeder gives nothing is shared among the others.

use crate::consts::HOUR;
use crate::estimate::Design;
use crate::math::exp;
use crate::sim::Truth;

/// Alumina that is held, mass fraction \[1\]: just below the 3.5 % from which more of a shot sinks
/// ([`crate::cell::alumina`]). Up to there a richer bath only costs less energy on this plant.
const TARGET: f64 = 0.034;
/// What is usually on its way is averaged over this time, τ \[s\] ...
const USUAL: f64 = 2.0 * HOUR;
/// ... while at least this share of the nominal current flows.
const WORKING: f64 = 0.8;

/// One zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store {
    /// Dissolved \[kg\].
    pub dissolved: f64,
    /// Undissolved and not sunk \[kg\].
    pub pending: f64,
    /// Share of the bath \[1\].
    pub share: f64,
    /// What the next stroke over it brings \[kg\].
    pub shot: f64,
}

/// Memory of the feed.
#[derive(Debug, Clone, Default)]
pub(super) struct Feed {
    /// Usual pending alumina of a zone over the consumption, T \[s\].
    usual: [Option<f64>; crate::cell::MAX_ZONES],
}

impl Feed {
    /// The feeder that is to dump now.
    pub(super) fn update(
        &mut self,
        design: &Design,
        truth: &Truth,
        bath: f64,
        stores: &[Store],
        dt: f64,
    ) -> Option<usize> {
        let consumption = design.consumption_per_coulomb * truth.current;
        if truth.current >= WORKING * design.current {
            let share = 1.0 - exp(-dt / USUAL);
            for (usual, store) in self.usual.iter_mut().zip(stores) {
                let now = store.pending / consumption;
                let usual = usual.get_or_insert(now);
                *usual += share * (now - *usual);
            }
        }
        let needs = || {
            stores.iter().zip(&self.usual).map(move |(store, usual)| {
                let coming = store.pending - usual.unwrap_or(0.0) * consumption;
                TARGET * bath * store.share - store.dissolved - coming
            })
        };
        let dead = |store: &Store| store.shot <= 0.0;
        let lost: f64 = needs().zip(stores).filter(|(_, store)| dead(store)).map(|(need, _)| need).sum();
        let alive = stores.iter().filter(|store| !dead(store)).count();
        let shared = lost / alive.max(1) as f64;
        let ready = needs().zip(stores).enumerate().filter(|(_, (_, store))| !dead(store));
        let (feeder, (need, store)) = ready.max_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b))?;
        (need + shared >= 0.5 * store.shot * design.purity).then_some(feeder)
    }
}

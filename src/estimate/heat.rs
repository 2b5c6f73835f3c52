//! What feeding does to the bath temperature, and the temperature to the resistance.
//!
//! Alumina is fed cold and dissolves with heat; less feed leaves that heat in the bath. Less alumina
//! also raises the liquidus, and the bath follows it. Both warm the bath while alumina falls, and a
//! warmer bath conducts better, so the resistance rises less than the alumina alone would raise it.
//! An estimator without this takes the flatter curve for a richer bath.
//!
//! ```text
//! θ' = -(fed - consumed) H / K - (θ + L (C - C_ref)) / τ,   ΔR = -β θ / I
//! ```

use super::Design;
use crate::bath::heat::{ALUMINA_DISSOLUTION, ALUMINA_HEATING, CP_BATH, CP_METAL};

/// Metal that shares the temperature of the bath, per mass of bath \[1\]: some 20 t under 9.5 t of
/// bath (engineering judgement).
const METAL: f64 = 2.0;
/// Time in which the superheat finds back to its balance \[s\]: that heat capacity over the heat
/// transfer to the ledge, 40 MJ/K over 45 kW/K (engineering judgement).
const TIME: f64 = 900.0;
/// Fall of the liquidus with alumina L \[K per mass fraction\], Solheim et al. (1996) at 2.5 %
/// alumina.
const LIQUIDUS: f64 = 530.0;
/// Fall of the voltage with temperature β \[V/K\]: 1.1 mV/K from the conductivity, d ln κ/dT =
/// 1204/T² (Hives et al., 1996) times 1.36 V across 40 mm of bath, and 0.6 mV/K from the reversible
/// voltage.
pub(super) const VOLTAGE: f64 = 1.7e-3;

/// Change of the temperature deviation `theta` \[K\] over `step` \[s\].
pub(super) fn change(design: &Design, theta: f64, surplus: f64, alumina: f64, step: f64) -> f64 {
    change_of(design, theta, surplus, alumina - super::curve::REFERENCE, step)
}

/// The same for deviations of all of them: the balance is linear.
pub(super) fn change_of(design: &Design, theta: f64, surplus: f64, alumina: f64, step: f64) -> f64 {
    let capacity = design.bath * (CP_BATH + METAL * CP_METAL);
    let cooled = surplus * (ALUMINA_HEATING + ALUMINA_DISSOLUTION) / capacity;
    -cooled - (theta + LIQUIDUS * alumina) * (step / TIME).min(1.0)
}

//! What makes the cells of a section differ: parameters drawn once per cell.

use super::rng::Stream;
use crate::cell::{Params, Start};

/// Spreads the parameters of one cell around the preset; `spread` is one standard deviation of a
/// typical parameter \[1\]. Heat paths, which a plant trims cell by cell, vary a fifth as much.
pub(super) fn spread(params: &mut Params, start: &mut Start, spread: f64, stream: &mut Stream) {
    let mut factor = |share: f64| 1.0 + spread * share * stream.bounded_normal();
    params.design.r_anode *= factor(1.0);
    params.design.r_cathode *= factor(1.0);
    params.design.al2o3_at_effect *= factor(1.0);
    params.design.bubble_factor *= factor(0.5);
    params.alumina.fast_share *= factor(1.0);
    params.alumina.agglomerate_time *= factor(4.0);
    params.alumina.sludge_share *= factor(4.0);
    params.alumina.exchange *= factor(4.0);
    params.anode.stub_resistance *= factor(0.2);
    params.heat.edge_resistance *= factor(0.2);
    params.heat.bottom_resistance *= factor(0.2);
    params.ledge.shell_resistance *= factor(0.2);
    params.noise.bubble *= factor(3.0);
    let (roll, period) = (factor(3.0), factor(1.0));
    params.noise.roll.iter_mut().for_each(|x| *x *= roll);
    params.noise.roll_period.iter_mut().for_each(|x| *x *= period);
    start.bath_mass *= factor(1.0);
    start.composition.al2o3 *= factor(1.0);
    start.composition.alf3 *= factor(0.5);
    start.acd *= factor(0.3);
}

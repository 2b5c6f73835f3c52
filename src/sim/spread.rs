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
    params.chemistry.evaporation *= factor(2.0);
    params.anode.carbon *= factor(0.2);
    params.anode.film *= factor(2.0);
    params.anode.crust_scale *= factor(2.0);
    params.effect.voltage *= factor(2.0);
    params.effect.clearing_travel *= factor(2.0);
    params.noise.critical_acd *= factor(0.5);
    // The loss of current efficiency, not the efficiency, differs by this share.
    params.efficiency.constant += crate::math::log10(factor(1.0));
    start.superheat *= factor(1.0);
    start.ledge *= factor(1.0);
}

#[cfg(test)]
mod tests {
    use super::super::rng::Channel;
    use super::*;
    use crate::cell::{Cell, pb500};
    use crate::image::CellId;

    #[test]
    fn every_group_differs_and_every_cell_can_be_built() {
        let (same, _) = pb500();
        for cell in 1..=500 {
            let (mut params, mut start) = pb500();
            // The widest spread the settings admit.
            spread(&mut params, &mut start, 0.10, &mut Stream::new(9, CellId(cell), Channel::Spread));
            Cell::new(params).unwrap();
            assert!(params.design != same.design && params.alumina != same.alumina);
            assert!(params.chemistry != same.chemistry && params.heat != same.heat);
            assert!(params.ledge != same.ledge && params.anode != same.anode);
            assert!(params.effect != same.effect && params.noise != same.noise);
            assert!(params.efficiency != same.efficiency);
        }
    }

    #[test]
    fn no_spread_changes_nothing() {
        let (mut params, mut start) = pb500();
        spread(&mut params, &mut start, 0.0, &mut Stream::new(9, CellId(1), Channel::Spread));
        assert_eq!((params, start), pb500());
    }
}

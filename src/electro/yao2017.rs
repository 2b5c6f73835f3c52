//! The cell voltage as published for a 126 kA cell, for comparison with [`super::voltage()`].
//!
//! Yao et al., AIChE J. 63 (2017) 2806, and the open simulators after it. It differs from the
//! default in the conductivity ([`haupin1998`]), in the short form of the surface overvoltage, and
//! in letting the whole ACD conduct: the bubble layer is not taken off.

use super::voltage::{Basis, Terms};
use super::{Breakdown, Design, Operating, anode_surface_rta, reversible};
use crate::bath::{Composition, haupin1998, saturation};
use crate::math::clamp;

/// The published cell: 20 anodes, 126 kA. Its `bake_temperature` has no effect in this form.
#[must_use]
pub fn source_cell() -> Design {
    Design {
        anode_area: 10.4652,
        one_anode_area: 10.4652 / 20.0,
        fanning: 1.1382,
        cathode_area: 11.5348,
        r_anode: 3.02e-6,
        r_cathode: 2.15e-6,
        r_external: 2.01e-6,
        al2o3_at_effect: 0.018,
        bubble_factor: 0.9,
        bake_temperature: Design::default().bake_temperature,
    }
}

/// How the published cell runs: 963 °C, 12 % AlF3, 4.1 % CaF2, 0.25 % MgF2, 3.5 % alumina and an
/// ACD of 2.9193 cm.
#[must_use]
pub fn source_operating() -> Operating {
    Operating {
        current: 126e3,
        acd: 0.029193,
        temperature: 1236.15,
        bath: Composition::from_wt_pct(12.0, 3.5, 4.1, 0.25, 0.0, 0.0),
    }
}

/// Voltage of a cell in this form, part by part; limits as [`super::voltage()`], but the
/// conductivity is held in 1..=10 S/cm only.
///
/// ```text
/// V = E_rev + (T/12533) ln(i/(0.0029 c^0.56)) + η_ac + η_cc + i ACD/κ + (i d/κ) Φ/(1 - Φ) + I ΣR
/// ```
#[must_use]
pub fn voltage(design: &Design, operating: &Operating) -> Breakdown {
    let bath = &operating.bath;
    let basis = Basis::new(design, operating);
    let Basis { temperature, i_anode, acd, .. } = basis;
    let terms = Terms {
        reversible: reversible(temperature, bath.al2o3 / saturation(bath, temperature)),
        anode_surface: anode_surface_rta(temperature, i_anode, bath.al2o3),
        conductivity: clamp(haupin1998(bath, temperature), 100.0, 1e3),
        bath_layer: acd,
    };
    basis.breakdown(design, bath.al2o3, &terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_point() {
        let got = voltage(&source_cell(), &source_operating());
        for (got, expected, tolerance) in [
            // The source rounds R/1.5F to 5.744815e-5.
            (got.cell, 4.467837, 2e-6),
            (got.reversible, 1.21259, 5.1e-6),
            (got.anode_concentration, 0.02995, 5.1e-6),
            (got.anode_surface, 0.51266, 5.1e-6),
            (got.cathode_concentration, 0.11325, 5.1e-6),
            (got.bath, 1.42045, 5.1e-6),
            (got.bubble, 0.27426, 5.1e-6),
            (got.anode + got.cathode + got.external, 0.90468, 1e-9),
            (got.bubble_coverage, 0.53552, 5.1e-6),
            (got.bubble_thickness * 100.0, 0.488875, 5.1e-7),
            (got.conductivity / 100.0, 2.173986, 5.1e-7),
        ] {
            assert!((got - expected).abs() < tolerance, "{got}, expected {expected}");
        }
        let got = voltage(
            &source_cell(),
            &Operating {
                acd: 0.029_192_792_5,
                bath: Composition { al2o3: 0.034_991_748_2, ..source_operating().bath },
                ..source_operating()
            },
        );
        assert!((got.cell - 4.467_841_6).abs() < 2e-6, "{}", got.cell);
    }

    #[test]
    fn the_published_cell_at_126_5_ka() {
        let mut operating = Operating { current: 126.5e3, acd: 0.029, ..source_operating() };
        operating.bath.al2o3 = 0.03;
        let got = voltage(&source_cell(), &operating);
        for (got, expected, tolerance) in [
            (got.cell, 4.4836, 5.1e-5),
            (got.i_anode / 1e4, 1.0620, 5.1e-5),
            (got.i_critical / 1e4, 2.2273, 5.1e-5),
            (got.anode_surface, 0.52156, 5.1e-6),
            (got.bath, 1.4035, 5.1e-5),
            (got.bubble, 0.28512, 1e-5),
        ] {
            assert!((got - expected).abs() < tolerance, "{got}, expected {expected}");
        }
    }
}

//! The voltage of a cell, taken apart.

use super::{
    Bubbles, anode_concentration, anode_surface, bubbles, cathode_concentration, piontelli1965, reversible,
};
use crate::bath::{Composition, conductivity, saturation};
use crate::math::clamp;

/// What the voltage needs to know of a cell's build.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Design {
    /// Bottom area of all anodes \[m²\].
    pub anode_area: f64,
    /// Bottom area of one anode \[m²\].
    pub one_anode_area: f64,
    /// Effective over geometric anode area \[1\]; see [`super::Anode::fanning`].
    pub fanning: f64,
    /// Area of the metal surface \[m²\].
    pub cathode_area: f64,
    /// Resistance of the anode assemblies in parallel \[Ω\].
    pub r_anode: f64,
    /// Resistance of the cathode \[Ω\].
    pub r_cathode: f64,
    /// Resistance of the busbars between cells \[Ω\].
    pub r_external: f64,
    /// Alumina at which the cell goes on anode effect \[mass fraction\].
    pub al2o3_at_effect: f64,
    /// Factor on the bubble coverage \[1\]: 1, or 0.8-0.9 for slotted anodes.
    pub bubble_factor: f64,
    /// Baking temperature of the anodes \[K\].
    pub bake_temperature: f64,
}

impl Default for Design {
    /// A 500 kA cell of typical build (illustrative, no plant in particular): 48 anodes of 1.75 m x
    /// 0.74 m.
    fn default() -> Self {
        Self {
            anode_area: 62.16,
            one_anode_area: 1.295,
            fanning: 1.10,
            cathode_area: 1.15 * 62.16,
            r_anode: 0.64e-6,
            r_cathode: 0.54e-6,
            r_external: 0.36e-6,
            al2o3_at_effect: 0.018,
            bubble_factor: 0.9,
            bake_temperature: 1373.15,
        }
    }
}

/// How the cell runs at the moment.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Operating {
    /// Line current \[A\].
    pub current: f64,
    /// Anode-cathode distance \[m\].
    pub acd: f64,
    /// Bath temperature \[K\].
    pub temperature: f64,
    /// Bath composition.
    pub bath: Composition,
}

impl Default for Operating {
    /// 500 kA at 4.2 cm, 960 °C, 11 % AlF3, 5 % CaF2 and 2.5 % alumina.
    fn default() -> Self {
        Self {
            current: 500e3,
            acd: 0.042,
            temperature: 1233.15,
            bath: Composition::from_wt_pct(11.0, 2.5, 5.0, 0.0, 0.0, 0.0),
        }
    }
}

/// Cell voltage and its parts \[V\], with the quantities behind them.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Breakdown {
    /// The whole \[V\]: the sum of the nine parts that follow.
    pub cell: f64,
    /// Reversible voltage \[V\].
    pub reversible: f64,
    /// Reaction overvoltage of the anode \[V\].
    pub anode_surface: f64,
    /// Concentration overvoltage of the anode \[V\].
    pub anode_concentration: f64,
    /// Concentration overvoltage of the cathode \[V\].
    pub cathode_concentration: f64,
    /// Ohmic drop in the bath \[V\].
    pub bath: f64,
    /// Drop in the bubble layer \[V\].
    pub bubble: f64,
    /// Ohmic drop in the anode assemblies \[V\].
    pub anode: f64,
    /// Ohmic drop in the cathode \[V\].
    pub cathode: f64,
    /// Ohmic drop in the busbars \[V\].
    pub external: f64,
    /// Bath conductivity \[S/m\].
    pub conductivity: f64,
    /// Current density on the effective anode area \[A/m²\].
    pub i_anode: f64,
    /// Critical anode current density \[A/m²\].
    pub i_critical: f64,
    /// Share of the anodes covered by gas \[1\].
    pub bubble_coverage: f64,
    /// Thickness of the bubble layer \[m\].
    pub bubble_thickness: f64,
}

/// The terms in which the two voltage models differ.
pub(super) struct Terms {
    pub reversible: f64,
    pub anode_surface: f64,
    pub conductivity: f64,
    /// Thickness of bath between bubble layer and metal \[m\].
    pub bath_layer: f64,
}

/// What both models take from design and operation: clamped, so that no finite input can divide by
/// zero or leave the range of a logarithm.
pub(super) struct Basis {
    pub current: f64,
    pub temperature: f64,
    pub i_anode: f64,
    pub acd: f64,
    pub bath_ratio: f64,
    pub bubbles: Bubbles,
}

impl Basis {
    pub fn new(design: &Design, operating: &Operating) -> Self {
        let current = clamp(operating.current, 0.0, 10e6);
        let i_anode = current / (design.anode_area * design.fanning).max(SMALLEST_AREA);
        let bath_ratio = operating.bath.bath_ratio();
        let bubbles =
            bubbles(i_anode, bath_ratio, operating.bath.al2o3, design.al2o3_at_effect, design.bubble_factor);
        Self {
            current,
            temperature: clamp(operating.temperature, 800.0, 1500.0),
            i_anode,
            acd: clamp(operating.acd, 0.0, 1.0),
            bath_ratio,
            bubbles,
        }
    }

    pub fn breakdown(&self, design: &Design, al2o3: f64, terms: &Terms) -> Breakdown {
        let Self { current, temperature, i_anode, bath_ratio, bubbles, .. } = *self;
        let i_cathode = current / design.cathode_area.max(SMALLEST_AREA);
        let i_critical = piontelli1965(temperature, al2o3, design.one_anode_area);
        let mut parts = Breakdown {
            cell: 0.0,
            reversible: terms.reversible,
            anode_surface: terms.anode_surface,
            anode_concentration: anode_concentration(temperature, i_anode, i_critical),
            cathode_concentration: cathode_concentration(temperature, i_cathode, bath_ratio),
            bath: i_anode * terms.bath_layer / terms.conductivity,
            bubble: i_anode * bubbles.resistance_area(terms.conductivity),
            anode: current * design.r_anode,
            cathode: current * design.r_cathode,
            external: current * design.r_external,
            conductivity: terms.conductivity,
            i_anode,
            i_critical,
            bubble_coverage: bubbles.coverage,
            bubble_thickness: bubbles.thickness,
        };
        parts.cell = parts.sum();
        parts
    }
}

/// Keeps a forgotten area from dividing by zero \[m²\].
const SMALLEST_AREA: f64 = 1e-3;

impl Breakdown {
    /// The sum of the parts \[V\].
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.reversible
            + self.anode_surface
            + self.anode_concentration
            + self.cathode_concentration
            + self.bath
            + self.bubble
            + self.anode
            + self.cathode
            + self.external
    }
}

/// Voltage of a cell that is not on anode effect, part by part.
///
/// ```text
/// V = E_rev + η_as + η_ac + η_cc + i (ACD - d)/κ + (i d/κ) Φ/(1 - Φ) + I (R_an + R_ca + R_ext)
/// ```
/// Haupin, "Interpreting the components of cell voltage", Light Metals 1998, 531: E_rev
/// [`reversible()`], η [`anode_surface`], [`anode_concentration`] and [`cathode_concentration`], d and
/// Φ [`bubbles()`], κ [`conductivity()`], critical density [`piontelli1965`]; i on the effective anode
/// area.
///
/// Finite for every finite input, by the limits those functions name. Besides, current is held in
/// 0..=10 MA, ACD in 0..=1 m, temperature in 800..=1500 K, areas at 10 cm² or more, and the bubble
/// layer is no thicker than the ACD. At the critical density the
/// result stays finite: the anode effect is a state of its own, for the caller to decide.
#[must_use]
pub fn voltage(design: &Design, operating: &Operating) -> Breakdown {
    let bath = &operating.bath;
    let mut basis = Basis::new(design, operating);
    basis.bubbles.thickness = basis.bubbles.thickness.min(basis.acd);
    let Basis { temperature, i_anode, bath_ratio, .. } = basis;
    let terms = Terms {
        reversible: reversible(temperature, bath.al2o3 / saturation(bath, temperature)),
        anode_surface: anode_surface(
            temperature,
            i_anode,
            bath.al2o3,
            bath.lif,
            bath_ratio,
            design.bake_temperature,
        ),
        conductivity: conductivity(bath, temperature),
        bath_layer: basis.acd - basis.bubbles.thickness,
    };
    basis.breakdown(design, bath.al2o3, &terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(percent: f64, c_ae: f64) -> f64 {
        let mut operating = Operating::default();
        operating.bath.al2o3 = percent / 100.0;
        voltage(&Design { al2o3_at_effect: c_ae / 100.0, ..Design::default() }, &operating).cell
    }

    #[test]
    fn the_500_ka_cell() {
        let got = voltage(&Design::default(), &Operating::default());
        for (got, expected, tolerance) in [
            (got.cell, 4.0690, 5.1e-5),
            (got.reversible, 1.2241, 5.1e-5),
            (got.anode_surface, 0.50566, 5.1e-6),
            (got.anode_concentration, 0.028126, 5.1e-7),
            (got.cathode_concentration, 0.077641, 5.1e-7),
            (got.bath, 1.2461, 5.1e-5),
            (got.bubble, 0.21735, 5.1e-6),
            (got.anode, 0.320, 1e-12),
            (got.cathode, 0.270, 1e-12),
            (got.external, 0.180, 1e-12),
            (got.conductivity, 217.34, 5.1e-3),
            (got.i_anode, 7312.5, 0.051),
            (got.i_critical, 17_791.0, 0.51),
        ] {
            assert!((got - expected).abs() < tolerance, "{got}, expected {expected}");
        }
    }

    #[test]
    fn voltage_over_alumina() {
        for (percent, volts) in [
            (1.9, 4.3218),
            (2.0, 4.1910),
            (2.25, 4.1000),
            (2.5, 4.0690),
            (3.0, 4.0433),
            (3.5, 4.0334),
            (4.0, 4.0302),
            (5.0, 4.0337),
            (6.0, 4.0447),
        ] {
            assert!((at(percent, 1.8) - volts).abs() < 5.1e-5, "{percent}: {}", at(percent, 1.8));
        }
        for (percent, volts) in
            [(1.5, 4.1643), (2.0, 4.0740), (2.5, 4.0460), (3.0, 4.0334), (4.0, 4.0265), (6.0, 4.0435)]
        {
            assert!((at(percent, 1.2) - volts).abs() < 5.1e-5, "{percent}: {}", at(percent, 1.2));
        }
        for (c_ae, percent, slope) in [
            (1.8, 2.0, -778.6),
            (1.8, 2.5, -84.90),
            (1.8, 3.0, -30.22),
            (1.2, 2.0, -85.12),
            (1.2, 2.5, -36.22),
            (1.2, 3.0, -16.82),
        ] {
            // The published slopes are differences over 0.1 wt%.
            let got = (at(percent + 0.05, c_ae) - at(percent - 0.05, c_ae)) / 0.1 * 1e3;
            assert!((got / slope - 1.0).abs() < 3e-4, "{c_ae}, {percent}: {got}");
        }
    }

    #[test]
    fn derivatives_of_the_500_ka_cell() {
        let design = Design::default();
        let slope = |h: f64, step: fn(&mut Operating, f64)| {
            let (mut up, mut down) = (Operating::default(), Operating::default());
            step(&mut up, h);
            step(&mut down, -h);
            (voltage(&design, &up).cell - voltage(&design, &down).cell) / (2.0 * h)
        };
        let resistance = slope(10.0, |o, h| o.current += h);
        assert!((resistance * 1e6 - 4.9107).abs() < 5.1e-5, "{resistance}");
        assert!((voltage(&design, &Operating::default()).cell - 500e3 * resistance - 1.6136).abs() < 5.1e-5);
        assert!((slope(1e-5, |o, h| o.acd += h) - 33.645).abs() < 5.1e-4);
        assert!((slope(0.01, |o, h| o.temperature += h) * 1e3 + 1.24).abs() < 5.1e-3);
    }

    #[test]
    fn other_forms_of_the_same_cell() {
        let whole = Design { bubble_factor: 1.0, ..Design::default() };
        assert!((voltage(&whole, &Operating::default()).cell - 4.1339).abs() < 5.1e-5);
        // The conductivity of Haupin instead of Hives changes bath and bubble drop alone.
        let got = voltage(&Design::default(), &Operating::default());
        let bath = Operating::default().bath;
        let ratio = got.conductivity / crate::bath::haupin1998(&bath, 1233.15);
        assert!((got.cell + (got.bath + got.bubble) * (ratio - 1.0) - 4.0369).abs() < 5.1e-5);
    }
}

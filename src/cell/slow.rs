//! Properties that follow the bath over minutes, worked out twice a minute.

use super::{Params, State, anode, metal, noise};
use crate::bath::{self, Composition};
use crate::electro::{self, reaction_voltage};

/// Properties that follow the bath over minutes are renewed this often \[s\]: alumina moves the
/// liquidus by less than 0.1 K meanwhile.
const REFRESH: f64 = 30.0;

/// The slowly changing properties.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Slow {
    /// Time until the next renewal \[s\].
    left: f64,
    /// Step for which the noise coefficients hold \[s\].
    dt: f64,
    /// Liquidus \[K\].
    pub liquidus: f64,
    /// Alumina saturation, mass fraction \[1\].
    pub saturation: f64,
    /// Current efficiency without anode effect \[1\].
    pub efficiency: f64,
    /// Voltage equivalent of the reaction \[V\].
    pub reaction: f64,
    /// Net loss of NaAlF4 \[kg/s\].
    pub evaporation: f64,
    pub noise: noise::Coefficients,
}

impl Slow {
    /// True when a step of `dt` needs fresh properties.
    pub fn due(&self, dt: f64) -> bool {
        self.left <= 0.0 || self.dt != dt
    }

    /// Lets `dt` pass.
    pub fn pass(&mut self, dt: f64) {
        self.left -= dt;
    }
}

/// Sludge that doubles the noise and adds a tenth to the cathode drop \[kg\] (engineering judgement).
const SLUDGE_SCALE: f64 = 400.0;

fn sludge_load(state: &State) -> f64 {
    (state.alumina.sludge / SLUDGE_SCALE).min(5.0)
}

/// The electrical design as the present state bends it.
pub(super) fn design(p: &Params, state: &State) -> electro::Design {
    let carrying = anode::carrying_share(&p.anode, &state.anode);
    electro::Design {
        anode_area: p.design.anode_area * carrying,
        r_anode: p.design.r_anode / carrying,
        r_cathode: p.design.r_cathode * (1.0 + 0.1 * sludge_load(state)),
        ..p.design
    }
}

/// Works the properties out for the present state.
pub(super) fn refresh(p: &Params, state: &mut State, composition: &Composition, current: f64, dt: f64) {
    let temperature = state.heat.temperature;
    // One correlation throughout: the recommended choice between two would jump by up to 2.5 K.
    let liquidus = bath::solheim1996(composition);
    let (eutectic, _) = bath::eutectic(composition);
    let d = design(p, state);
    let i_cathode = current / d.cathode_area;
    let i_reference = p.nominal_current / p.design.cathode_area;
    let height = metal::height(p, state);
    let acd = metal::acd(&p.metal, &state.metal, height);
    let efficiency = electro::scaled_efficiency(
        p.efficiency.efficiency(temperature - eutectic, composition.alf3, composition.lif),
        i_cathode,
        i_reference,
    );
    // Freshly set anodes and sludge stir the pad.
    let agitation = 1.0 + (state.anode.cold).min(2.0) + sludge_load(state);
    state.slow = Slow {
        left: REFRESH,
        dt,
        liquidus,
        saturation: bath::saturation(composition, temperature),
        efficiency,
        reaction: reaction_voltage(temperature, efficiency),
        evaporation: p.chemistry.evaporation * bath::vapour_pressure(composition, temperature)
            / p.chemistry.vapour_pressure,
        noise: noise::coefficients(&p.noise, acd, height, agitation, dt),
    };
}

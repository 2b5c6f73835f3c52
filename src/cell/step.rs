//! One step of the whole cell, in the order in which causes precede effects.

use super::heat::Losses;
use super::{Cell, Input, Start, State, alumina, anode, chemistry, effect, heat, metal, noise, slow};
use crate::bath;
use crate::bath::heat::{ALUMINA_DISSOLUTION, ALUMINA_HEATING};
use crate::consts::ALUMINA_PER_COULOMB;
use crate::electro::{self, Breakdown, Operating};
use crate::math::clamp;

/// Powers and mass flows of one step: what the balances are checked with.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Flows {
    /// Electrical power inside the heat boundary, V - V_external times I \[W\].
    pub electrical: f64,
    /// Part of it that left with the anode effect's gas and anodes \[W\].
    pub effect_lost: f64,
    /// Consumed by the reaction, heating and dissolving of alumina not included \[W\].
    pub reaction: f64,
    /// Heating and dissolving alumina \[W\].
    pub feed: f64,
    /// Taken up by a new anode \[W\].
    pub anode: f64,
    /// Heat losses.
    pub losses: Losses,
    /// Stored in bath and metal \[W\].
    pub stored: f64,
    /// Returned because no ledge was left to melt \[W\].
    pub bare_wall: f64,
    /// Metal made \[kg\].
    pub metal: f64,
    /// Al2O3 consumed \[kg\].
    pub consumed: f64,
    /// Al2O3 that left with tapped bath \[kg\].
    pub tapped_alumina: f64,
    /// Bath tapped, its alumina not included \[kg\].
    pub tapped_bath: f64,
    /// Al2O3 fed, that of soda and calcia included \[kg\].
    pub fed: f64,
    /// Cryolite frozen; negative: melted \[kg\].
    pub frozen: f64,
    /// NaAlF4 evaporated \[kg\].
    pub evaporated: f64,
}

/// What a step leaves behind besides the new state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Output {
    /// Cell voltage at the terminals, effect and noise in \[V\].
    pub voltage: f64,
    /// Its parts, without effect and noise.
    pub parts: Breakdown,
    /// Current efficiency \[1\].
    pub efficiency: f64,
    /// Bath temperature above liquidus \[K\].
    pub superheat: f64,
    /// Liquidus \[K\].
    pub liquidus: f64,
    /// Anode–cathode distance \[m\].
    pub acd: f64,
    /// Metal height \[m\].
    pub metal_height: f64,
    /// Powers and mass flows.
    pub flows: Flows,
}

pub(super) fn start(cell: &Cell, s: &Start) -> State {
    let p = &cell.params;
    let (bath, dissolved) = chemistry::from_composition(&s.composition, s.bath_mass);
    let temperature = bath::solheim1996(&s.composition) + s.superheat;
    let mut state = State {
        alumina: alumina::State { dissolved, ..Default::default() },
        bath,
        heat: heat::State { temperature, ledge: s.ledge },
        metal: metal::State { mass: s.metal_mass, wear: 0.0, beam: s.beam },
        anode: anode::State::default(),
        effect: effect::State::default(),
        noise: noise::State::default(),
        slow: slow::Slow::default(),
    };
    // The wear is whatever makes the anodes hang at the stated distance.
    let height = metal::height(p, &state);
    state.metal.wear = s.acd - p.metal.reference_acd - s.beam + (height - p.metal.reference_height);
    // The pools start where nominal feeding keeps them, so that a run has no start-up dip.
    let flow = p.nominal_current * 0.94 * ALUMINA_PER_COULOMB;
    state.alumina.fast = p.alumina.fast_share * flow * p.alumina.fast_time;
    state.alumina.agglomerate =
        (1.0 - p.alumina.fast_share - p.alumina.sludge_share) * flow * p.alumina.agglomerate_time;
    state.alumina.sludge = p.alumina.sludge_share * flow * p.alumina.sludge_time;
    state
}

impl Cell {
    /// Advances `state` by `dt` \[s\], at most [`Cell::MAX_STEP`], with `input` held.
    pub fn step(&self, state: &mut State, input: &Input, dt: f64) -> Output {
        let p = &self.params;
        let composition = self.composition(state);
        if state.slow.due(dt) {
            slow::refresh(p, state, &composition, input.current, dt);
        }
        state.slow.pass(dt);
        let slow = state.slow;

        // Electricity.
        let height = metal::height(p, state);
        let acd = metal::acd(&p.metal, &state.metal, height);
        let temperature = state.heat.temperature;
        let design = slow::design(p, state);
        let operating = Operating { current: input.current, acd, temperature, bath: composition };
        let parts = electro::voltage(&design, &operating);
        let load = parts.i_anode / self.critical.critical(temperature, &composition, p.design.one_anode_area);
        effect::step(
            &p.effect,
            &mut state.effect,
            &effect::Drive {
                load,
                margin: composition.al2o3 - p.design.al2o3_at_effect,
                travel: input.beam_travel.abs(),
                forced: input.force_effect,
            },
            dt,
        );
        let film = state.effect.film;
        let conducting = clamp(input.current / p.nominal_current, 0.0, 1.0);
        let effect_voltage = film * p.effect.voltage * conducting;
        let noise = noise::step(&slow.noise, &mut state.noise, [input.normal[0], input.normal[1]])
            * (1.0 + 20.0 * film)
            * conducting;

        // Charge: what it makes and what it uses.
        let charge = input.current.max(0.0) * dt;
        let efficiency = slow.efficiency * (1.0 - p.effect.efficiency_loss * film);
        let consumed = (charge * efficiency * ALUMINA_PER_COULOMB).min(0.5 * state.alumina.dissolved);
        let metal = metal::step(
            &p.metal,
            &mut state.metal,
            charge,
            efficiency,
            input.metal_tap * dt,
            input.beam_travel,
        );

        // Alumina and bath.
        let shot: f64 = input.shots.iter().sum();
        let pure = shot * (p.alumina.purity() + chemistry::alumina_from_impurities(&p.alumina));
        let dissolved = alumina::step(
            &p.alumina,
            &mut state.alumina,
            &slow,
            (composition.al2o3, temperature),
            (pure, input.shot_size),
            consumed,
            dt,
        );
        chemistry::feed(&p.alumina, &mut state.bath, shot);
        state.bath.alf3 += input.alf3 * dt;
        let evaporated = slow.evaporation * dt;
        chemistry::evaporate(&mut state.bath, evaporated);
        let (tapped_alumina, tapped_bath) =
            chemistry::tap(&mut state.bath, state.alumina.dissolved, input.bath_tap * dt);
        state.alumina.dissolved -= tapped_alumina;

        // Heat. The reaction voltage already pays for heating and dissolving the alumina consumed, so
        // that part is taken out of it and charged where and when the shot really cools the bath.
        let electrical = input.current * (parts.cell - parts.external + effect_voltage);
        let effect_lost = input.current * effect_voltage * (1.0 - p.effect.heat_share);
        let reaction = input.current * slow.reaction
            - (ALUMINA_HEATING + ALUMINA_DISSOLUTION) * charge * slow.efficiency * ALUMINA_PER_COULOMB / dt;
        let feed = (ALUMINA_HEATING * pure + ALUMINA_DISSOLUTION * dissolved) / dt;
        let anode = anode::step(&p.anode, &mut state.anode, input.anode_set.is_some(), dt) / dt;
        let losses = heat::losses(&p.heat, &state.heat, &slow, input.crust_open);
        let (frozen, spared) = heat::ledge_step(&p.heat, &mut state.heat, &losses, dt);
        chemistry::freeze(&mut state.bath, frozen);
        let bare_wall = spared / dt;
        let stored = electrical
            - effect_lost
            - reaction
            - feed
            - anode
            - losses.top
            - losses.edge
            - losses.bottom
            - losses.film
            + bare_wall;
        let bath_mass = state.bath.mass() + state.alumina.dissolved;
        state.heat.temperature += stored * dt / heat::capacity(bath_mass, state.metal.mass);

        Output {
            voltage: parts.cell + effect_voltage + noise,
            parts,
            efficiency,
            superheat: temperature - slow.liquidus,
            liquidus: slow.liquidus,
            acd,
            metal_height: height,
            flows: Flows {
                electrical,
                effect_lost,
                reaction,
                feed,
                anode,
                losses,
                stored,
                bare_wall,
                metal,
                consumed,
                tapped_alumina,
                tapped_bath,
                fed: pure,
                frozen,
                evaporated,
            },
        }
    }
}

//! One pot: the cell, its actuators, its transducers and the people around it.

mod truth;

use super::condition::Conditions;
use super::fault::{Fault, Faults};
use super::feeder::{self, Feeders};
use super::lab::{self, Lab};
use super::operation::{Dice, Plan, Sight};
use super::rng::{Channel, Stream};
use super::rods::Rods;
use super::sensor::Sensors;
use super::settings::{DosedBy, Setup};
use super::spread::spread;
use super::telegram::{Received, Telegrams};
use crate::cell::anode::Setting;
use crate::cell::{Cell, Input, MAX_ZONES, Output, Params, Start, State, pb500};
use crate::consts::{ALUMINA_PER_COULOMB, DAY};
use crate::error::Error;
use crate::image::{
    BeamDrive, CellId, Dip, Drive, FeederSet, Field, LabSample, MAX_FEEDERS, Mode, RodCurrents,
};

pub use truth::Truth;

/// Those who feed by hand reckon with a current efficiency of 94 % and a little more to be safe \[1\].
const HAND_EFFICIENCY: f64 = 0.94 * 1.05;

/// A pot of the simulated section.
#[derive(Debug, Clone)]
pub struct Pot {
    id: CellId,
    /// As it is now, and what it usually is.
    cell: Cell,
    usual: Params,
    state: State,
    output: Output,
    feeders: Feeders,
    sensors: Sensors,
    rods: Rods,
    lab: Lab,
    plan: Plan,
    faults: Faults,
    conditions: Conditions,
    telegrams: Telegrams,
    noise: Stream,
    nominal: Nominal,
    /// Solenoids as they were, to see a rising edge.
    solenoids: FeederSet,
    /// Beam travel asked for and not yet run \[m\].
    travel: f64,
    mode: Mode,
    /// Line current of the last step \[A\].
    current: f64,
    field: Field,
}

#[derive(Debug, Clone, Copy)]
struct Nominal {
    bath_mass: f64,
    metal_mass: f64,
    /// Metal per height \[kg/m\].
    metal_per_m: f64,
    alf3: f64,
    alf3_by: DosedBy,
    beam_speed: f64,
}

impl Pot {
    /// Pot `index` (from 0) of the section described by `setup`.
    ///
    /// # Errors
    /// A parameter that the spread or the settings pushed out of its range.
    pub fn new(setup: &Setup, index: u16) -> Result<Self, Error> {
        let id = CellId(index + 1);
        let stream = |channel| Stream::new(setup.seed, id, channel);
        let (mut params, mut start) = match setup.plant.preset {
            super::Preset::Pb500 => pb500(),
        };
        start.composition.al2o3 = setup.plant.start_alumina_pct / 100.0;
        start.acd = setup.plant.start_acd_mm * 1e-3;
        start.beam = setup.plant.start_beam_mm * 1e-3;
        start.age = setup.lining_age(index);
        start.metal_mass *= setup.plant.start_metal_mm * 1e-3 / metal_height(params, &start)?;
        params.noise.bubble *= setup.plant.noise_factor;
        params.noise.roll.iter_mut().for_each(|roll| *roll *= setup.plant.noise_factor);
        // One zone per feeder.
        params.alumina.zones = usize::from(setup.plant.feeders).clamp(4, MAX_ZONES);
        spread(&mut params, &mut start, setup.plant.spread_pct / 100.0, &mut stream(Channel::Spread));
        // Nobody starts a pot on anode effect.
        start.composition.al2o3 = start.composition.al2o3.max(params.design.al2o3_at_effect + 0.004);
        let cell = Cell::new(params)?;
        let state = cell.start(&start);
        let current = setup.line.current_ka * 1e3;
        // One look at the cell, on a copy, gives the first sample.
        let output = cell.step(&mut state.clone(), &Input { current, ..Default::default() }, 1.0);
        let cells = f64::from(setup.cells.max(1));
        let phase = f64::from(index) / cells;
        let bias = stream(Channel::Calibration).bounded_normal();
        let dice = Dice {
            tap: stream(Channel::Operation),
            setting: stream(Channel::Setting),
            blunder: stream(Channel::Blunder),
        };
        let mut pot = Self {
            id,
            cell,
            usual: params,
            state,
            output,
            feeders: Feeders::new(&setup.plant, feeder::Dice::of(&stream)),
            sensors: Sensors::new(setup.sensors, stream(Channel::Sensor), phase, bias),
            rods: Rods::new(&setup.sensors, stream(Channel::Rod)),
            lab: Lab::new(setup.sensors, stream(Channel::Lab), stream(Channel::LabDelay), phase),
            plan: Plan::new(id, phase + 0.5 / cells, &setup.routine, &setup.events, dice),
            faults: Faults::new(id, &setup.events),
            conditions: Conditions::new(),
            telegrams: Telegrams::new(setup.sensors.missing_pct, stream(Channel::Telegram)),
            noise: stream(Channel::Noise),
            nominal: Nominal {
                bath_mass: start.bath_mass,
                metal_mass: start.metal_mass,
                metal_per_m: start.metal_mass / (setup.plant.start_metal_mm * 1e-3),
                alf3: setup.plant.alf3_kg_per_day / DAY,
                alf3_by: setup.plant.alf3_by,
                beam_speed: setup.plant.beam_speed_mm_s * 1e-3,
            },
            solenoids: FeederSet::NONE,
            travel: 0.0,
            mode: Mode::Auto,
            current,
            field: Field::default(),
        };
        pot.sample(0.0, current);
        Ok(pot)
    }

    /// Which cell this is.
    #[must_use]
    pub fn id(&self) -> CellId {
        self.id
    }

    /// Applies PLC outputs held for `dt` \[s\]: a feeder dumps at each rising edge, the beam runs.
    pub fn drive(&mut self, now: f64, drive: &Drive, dt: f64) {
        let rising = drive.feeders.without(self.solenoids);
        for feeder in (0..MAX_FEEDERS).filter(|&f| rising.contains(f)) {
            self.feeders.stroke(feeder, now);
        }
        self.solenoids = drive.feeders;
        self.travel += match drive.beam {
            BeamDrive::Hold => 0.0,
            BeamDrive::Up => self.nominal.beam_speed * dt,
            BeamDrive::Down => -self.nominal.beam_speed * dt,
        };
    }

    /// One stroke of one feeder, for a panel without a PLC.
    pub(super) fn stroke(&mut self, now: f64, feeder: usize) {
        self.feeders.stroke(feeder, now);
    }

    /// Beam travel, for a panel without a PLC \[m\].
    pub(super) fn move_beam(&mut self, travel: f64) {
        self.travel += travel;
    }

    /// AlF3 dosed from now on \[kg/s\], where that is the controller's business.
    pub(super) fn set_alf3(&mut self, rate: f64) {
        if self.nominal.alf3_by == DosedBy::Controller {
            self.nominal.alf3 = rate;
        }
    }

    /// Advances from `now` by `dt` at line current `current`.
    pub(super) fn advance(&mut self, now: f64, current: f64, dt: f64) {
        let mut anode_fault = None;
        if let Some(fault) = self.faults.due(now) {
            self.suffer(fault, now, &mut anode_fault);
        }
        if let Some(cell) = self.conditions.turned(&self.usual, now) {
            self.cell = cell;
        }
        let kept = self.conditions.metal(now) * self.nominal.metal_per_m;
        let sight = Sight {
            metal_surplus: self.state.metal - self.nominal.metal_mass - kept,
            bath_surplus: self.state.bath_mass() - self.nominal.bath_mass,
            beam: self.state.beam,
            stroke: self.cell.params().anode.stroke,
            voltage: self.output.voltage,
        };
        let demand = self.plan.at(now, &sight, dt);
        self.mode = demand.mode;
        self.feeders.advance(now, dt);
        if demand.hand_feed {
            self.feeders.by_hand(current * HAND_EFFICIENCY * ALUMINA_PER_COULOMB * dt, now);
        }
        let (shots, shot_size) = self.feeders.take();
        self.state.heat.bare = self.state.heat.bare.max(self.conditions.bare(now));
        let input = Input {
            current,
            shots,
            shot_size,
            ore: self.conditions.ore(now),
            alf3: self.nominal.alf3 + demand.alf3,
            cryolite: demand.cryolite,
            beam_travel: core::mem::take(&mut self.travel) + demand.beam_travel,
            beam_raise: demand.beam_raise,
            metal_tap: demand.metal_tap,
            bath_tap: demand.bath_tap,
            anode_set: demand.new_anode.map(|new| Setting {
                anode: new.anode.unwrap_or_else(|| self.oldest_anode()),
                offset: new.offset,
                temperature: new.temperature,
            }),
            anode_fault,
            crust_open: demand.crust_open,
            dress: demand.dress,
            hood_open: demand.hood_open,
            shell_cooling: self.conditions.cooling(now),
            pole: demand.pole,
            force_effect: self.conditions.kindled(now),
            normal: core::array::from_fn(|_| self.noise.normal()),
        };
        self.output = self.cell.step(&mut self.state, &input, dt);
        self.sample(now + dt, current);
    }

    fn suffer(
        &mut self,
        fault: Fault,
        now: f64,
        anode_fault: &mut Option<(usize, crate::cell::anode::Fault)>,
    ) {
        match fault {
            Fault::Feeder { index, fault, end } => self.feeders.fault(index, fault, end),
            Fault::Sensor { sensor, fault, end } => self.sensors.fault(sensor, fault, end),
            Fault::Anode(anode, fault) => *anode_fault = Some((anode, fault)),
            Fault::Voltage(offset) => self.sensors.voltage_off(offset),
            Fault::Current(offset) => self.sensors.current_off(offset),
            Fault::Telegram { fault, end } => self.telegrams.fault(fault, end),
            Fault::Condition { condition, end } => self.conditions.begin(condition, now, end),
            Fault::Probe { offset, end } => self.sensors.probe_off(offset, end),
            Fault::NoSamples { end } => self.lab.pause(end),
            Fault::ForgottenSwitch { time } => self.plan.forget_switch(time),
        }
    }

    /// Takes the sample that transducers show at `now`, and what people measure by hand.
    fn sample(&mut self, now: f64, current: f64) {
        self.current = current;
        self.field = Field {
            time: now,
            voltage: self.sensors.voltage(self.output.voltage, now),
            current: self.sensors.current(current, now),
            bath_temperature: self.sensors.temperature(self.state.heat.bath, now),
            beam_position: self.sensors.beam(self.state.beam, now),
            strokes: self.feeders.strokes(),
            mode: self.mode,
            emergency_stop: false,
            hopper_low: self.feeders.hopper_low(),
        };
        self.telegrams.pass(&self.field);
        if self.rods.due(now) {
            self.rods.measure(&self.state.network.rods(), now);
        }
        if self.lab.due(now) {
            let truth = lab::Truth {
                bath: self.cell.composition(&self.state),
                temperature: self.state.heat.bath,
                heights: (self.output.metal_height, self.output.bath_height),
            };
            self.lab.measure(&truth, now);
        }
        self.lab.report(now);
    }

    fn oldest_anode(&self) -> usize {
        let anodes = self.state.anodes.iter().take(self.cell.params().anode.count).enumerate();
        anodes.min_by(|a, b| a.1.height.total_cmp(&b.1.height)).map_or(0, |(k, _)| k)
    }

    /// What the transducers show.
    #[must_use]
    pub fn field(&self) -> Field {
        self.field
    }

    /// What of it the controller has received.
    pub(super) fn received(&self) -> &Received {
        self.telegrams.received()
    }

    /// How often a request is executed now.
    pub(super) fn copies(&self) -> u8 {
        self.telegrams.copies()
    }

    /// Line current it is built for \[A\].
    pub(super) fn nominal_current(&self) -> f64 {
        self.usual.nominal_current
    }

    /// Its feeders.
    pub(super) fn feeders(&self) -> usize {
        self.usual.alumina.zones
    }

    /// The last analysis of its own samples.
    pub(super) fn analysis(&self) -> Option<LabSample> {
        self.lab.analysis()
    }

    /// Its samples are taken for those that gave `other`.
    pub(super) fn confuse(&mut self, other: Option<LabSample>) {
        self.lab.confuse(other);
    }

    /// Latest bath sample whose result is known.
    #[must_use]
    pub fn lab(&self) -> Option<LabSample> {
        self.lab.latest()
    }

    /// Latest dipstick reading.
    #[must_use]
    pub fn dip(&self) -> Option<Dip> {
        self.lab.dip()
    }

    /// Latest round of the clamp meter.
    #[must_use]
    pub fn rod_currents(&self) -> RodCurrents {
        self.rods.latest()
    }

    /// The latest round was made at the last sample.
    #[must_use]
    pub fn rods_are_new(&self) -> bool {
        self.rods.taken() == self.field.time
    }

    /// What the pot takes of the line's voltage \[V\].
    pub(super) fn voltage(&self) -> f64 {
        self.output.voltage
    }
}

/// Metal height that `start` comes to \[m\].
fn metal_height(params: Params, start: &Start) -> Result<f64, Error> {
    let cell = Cell::new(params)?;
    let input = Input { current: params.nominal_current, ..Default::default() };
    Ok(cell.step(&mut cell.start(start), &input, 1.0).metal_height)
}

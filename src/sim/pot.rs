//! One pot: the cell, its actuators, its transducers and the people around it.

use super::feeder::Feeders;
use super::operation::{Demand, Plan};
use super::rng::{Channel, Stream};
use super::sensor::Sensors;
use super::settings::Setup;
use super::spread::spread;
use crate::cell::anode::Setting;
use crate::cell::{Cell, Flags, Input, MAX_ZONES, Output, State, pb500};
use crate::consts::DAY;
use crate::error::Error;
use crate::image::{BeamDrive, CellId, Drive, FeederSet, Field, MAX_FEEDERS, Mode};

/// A pot of the simulated section.
#[derive(Debug, Clone)]
pub struct Pot {
    id: CellId,
    cell: Cell,
    state: State,
    output: Output,
    feeders: Feeders,
    sensors: Sensors,
    plan: Plan,
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
    alf3: f64,
    beam_speed: f64,
}

/// What is really so in a pot: for scoring and tests only. SI units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// Cell voltage with effect and noise \[V\].
    pub voltage: f64,
    /// Line current \[A\].
    pub current: f64,
    /// Dissolved alumina, mass fraction \[1\].
    pub alumina: f64,
    /// Dissolved alumina of the leanest and of the richest zone, mass fraction \[1\].
    pub alumina_range: (f64, f64),
    /// Largest and smallest anode current over the mean one \[1\].
    pub anode_range: (f64, f64),
    /// Alumina at which this cell goes on anode effect, mass fraction \[1\].
    pub alumina_at_effect: f64,
    /// Undissolved alumina on the cathode \[kg\].
    pub sludge: f64,
    /// Excess AlF3, mass fraction \[1\].
    pub alf3: f64,
    /// Bath temperature \[K\].
    pub temperature: f64,
    /// Superheat \[K\].
    pub superheat: f64,
    /// Mean ledge at bath level \[m\].
    pub ledge: f64,
    /// Thinnest ledge anywhere \[m\].
    pub ledge_thinnest: f64,
    /// Anode–cathode distance \[m\].
    pub acd: f64,
    /// Metal height \[m\].
    pub metal_height: f64,
    /// Bath above the metal \[m\].
    pub bath_height: f64,
    /// Ranges the cell has left.
    pub flags: Flags,
    /// Beam position \[m\].
    pub beam: f64,
    /// Current efficiency \[1\].
    pub efficiency: f64,
    /// Metal made in the last step \[kg\].
    pub metal_made: f64,
    /// Alumina that entered in the last step \[kg Al2O3\].
    pub fed: f64,
    /// Alumina consumed in the last step \[kg Al2O3\].
    pub consumed: f64,
    /// The cell is on anode effect.
    pub effect: bool,
    /// Mode switch.
    pub mode: Mode,
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
        let phase = f64::from(index) / f64::from(setup.cells.max(1));
        let mut pot = Self {
            id,
            cell,
            state,
            output,
            feeders: Feeders::new(
                usize::from(setup.plant.feeders).min(MAX_FEEDERS),
                setup.plant.shot_kg,
                setup.plant.feeder_spread_pct / 100.0,
                &mut stream(Channel::Feeder),
            ),
            sensors: Sensors::new(setup.sensors, stream(Channel::Sensor), phase),
            plan: Plan::new(
                id,
                (usize::from(index), usize::from(setup.cells)),
                &setup.routine,
                &setup.events,
                setup.hours * crate::consts::HOUR,
                stream(Channel::Operation),
            ),
            noise: stream(Channel::Noise),
            nominal: Nominal {
                bath_mass: start.bath_mass,
                metal_mass: start.metal_mass,
                alf3: setup.plant.alf3_kg_per_day / DAY,
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

    /// Advances from `now` by `dt` at line current `current`.
    pub(super) fn advance(&mut self, now: f64, current: f64, dt: f64) {
        let bath = self.state.bath_mass();
        let surplus = (self.state.metal - self.nominal.metal_mass, bath - self.nominal.bath_mass);
        let Demand { mode, metal_tap, bath_tap, anode_set, crust_open, force_effect, stick } =
            self.plan.at(now, surplus);
        if let Some((feeder, until)) = stick {
            self.feeders.stick(feeder, until);
        }
        self.mode = mode;
        let input = Input {
            current,
            shots: self.feeders.take(),
            shot_size: self.feeders.shot(),
            alf3: self.nominal.alf3,
            beam_travel: core::mem::take(&mut self.travel),
            metal_tap,
            bath_tap,
            anode_set: anode_set.then_some(Setting { anode: 0, offset: 0.0, temperature: 300.0 }),
            crust_open,
            force_effect,
            normal: core::array::from_fn(|_| self.noise.normal()),
            ..Input::default()
        };
        self.output = self.cell.step(&mut self.state, &input, dt);
        self.sample(now + dt, current);
    }

    /// Takes the sample that transducers show at `now`.
    fn sample(&mut self, now: f64, current: f64) {
        self.current = current;
        self.field = Field {
            time: now,
            voltage: self.sensors.voltage(self.output.voltage),
            current: self.sensors.current(current),
            bath_temperature: self.sensors.temperature(self.state.heat.bath, now),
            beam_position: self.state.beam,
            strokes: self.feeders.strokes(),
            mode: self.mode,
            emergency_stop: false,
            hopper_low: false,
        };
    }

    /// What the transducers show.
    #[must_use]
    pub fn field(&self) -> Field {
        self.field
    }

    /// Voltage that an anode effect adds to the line \[V\].
    pub(super) fn effect_voltage(&self) -> f64 {
        self.output.film_voltage
    }

    /// What is really so.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let composition = self.cell.composition(&self.state);
        let p = self.cell.params();
        let zones = (0..p.alumina.zones).map(|z| self.cell.zone_alumina(&self.state, z));
        let currents = self.state.network.current.iter().take(p.anode.count).copied();
        let mean = (self.current / p.anode.count as f64).max(1.0);
        Truth {
            alumina_range: range(zones),
            anode_range: range(currents.map(|i| i / mean)),
            bath_height: self.output.bath_height,
            flags: self.output.flags,
            voltage: self.output.voltage,
            current: self.current,
            alumina: composition.al2o3,
            alumina_at_effect: self.cell.params().design.al2o3_at_effect,
            sludge: self.state.sludge(),
            alf3: composition.alf3,
            temperature: self.state.heat.bath,
            superheat: self.output.superheat,
            ledge: self.cell.params().ledge.mean(&self.state.ledge, false),
            ledge_thinnest: self.state.ledge.thinnest(),
            acd: self.output.acd,
            metal_height: self.output.metal_height,
            beam: self.state.beam,
            efficiency: self.output.efficiency,
            metal_made: self.output.flows.metal,
            fed: self.output.flows.fed,
            consumed: self.output.flows.consumed,
            effect: self.state.effect.mean(self.cell.params().anode.count) > 0.3,
            mode: self.mode,
        }
    }
}

/// Smallest and largest of `values`.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

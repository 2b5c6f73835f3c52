//! Our cell, driven by feeders and a beam that know the truth: what it does by itself, no controller.

use potline::cell::{Cell, Input, MAX_ZONES, Output, Start, State, pb500};
use potline::consts::{DAY, HOUR};

pub const CURRENT: f64 = 500e3;
/// Alumina and distance that feeders and beam hold: those of the cell's design point.
pub const ALUMINA: f64 = 0.026;
pub const DISTANCE: f64 = 0.0387;
/// One shot of a feeder \[kg\].
pub const SHOT: f64 = 1.8;

#[derive(Clone)]
pub struct Plant {
    pub cell: Cell,
    pub state: State,
    start: Start,
    owed: [f64; MAX_ZONES],
    /// Alumina the feeders hold in every zone, mass fraction.
    pub alumina: f64,
    /// Distance the beam holds \[m\].
    pub distance: f64,
}

impl Plant {
    pub fn new() -> Self {
        let (params, start) = pb500();
        let cell = Cell::new(params).unwrap();
        let state = cell.start(&start);
        // One feeder after the other.
        let owed = std::array::from_fn(|z| SHOT * z as f64 / params.alumina.zones as f64);
        Self { cell, state, start, owed, alumina: ALUMINA, distance: DISTANCE }
    }

    /// After two days at the nominal point.
    pub fn settled() -> Self {
        let mut plant = Self::new();
        plant.run(48.0, CURRENT, |_, _, _| {});
        plant
    }

    pub fn zones(&self) -> usize {
        self.cell.params().alumina.zones
    }

    /// What the cell is given in the coming second.
    pub fn input(&mut self, current: f64) -> Input {
        let zones = self.zones();
        let mut shots = [0.0; MAX_ZONES];
        for (z, (shot, owed)) in shots.iter_mut().zip(&mut self.owed).enumerate().take(zones) {
            let short = self.alumina - self.cell.zone_alumina(&self.state, z);
            *owed += (5.0 / 60.0 / zones as f64 * (current / CURRENT) * (1.0 + 40.0 * short)).max(0.0);
            if *owed >= SHOT {
                *owed -= SHOT;
                *shot = SHOT;
            }
        }
        let bath = self.state.bath_mass() - self.start.bath_mass;
        Input {
            current,
            shots,
            shot_size: SHOT,
            alf3: 74.0 / DAY,
            beam_travel: (self.distance - self.cell.acd(&self.state)).clamp(-1e-4, 1e-4),
            metal_tap: ((self.state.metal - self.start.metal_mass) * 1e-3).max(0.0),
            bath_tap: (bath * 1e-4).max(0.0),
            ..Default::default()
        }
    }

    pub fn step(&mut self, input: &Input) -> Output {
        self.cell.step(&mut self.state, input, 1.0)
    }

    /// Lets `hours` pass; `look` sees every second.
    pub fn run(&mut self, hours: f64, current: f64, mut look: impl FnMut(u64, &Output, &Self)) {
        for second in 0..(hours * HOUR).round() as u64 {
            let input = self.input(current);
            let output = self.step(&input);
            look(second, &output, self);
        }
    }

    /// Mean dissolved alumina \[wt %\].
    pub fn alumina_pct(&self) -> f64 {
        100.0 * self.cell.composition(&self.state).al2o3
    }

    /// Mean ledge at bath level \[mm\].
    pub fn ledge_mm(&self) -> f64 {
        1e3 * self.cell.params().ledge.mean(&self.state.ledge, false)
    }

    /// Voltage with `alumina` in every zone and the beam moved by `lift`, all else as it is now.
    pub fn voltage_at(&self, current: f64, alumina: f64, lift: f64) -> f64 {
        let mut plant = self.clone();
        let liquid = plant.state.bath.liquid.mass();
        let weights = *plant.cell.weights();
        let mut voltage = 0.0;
        // Long enough for every zone to have had its turn.
        for second in 0..14 {
            for (zone, weight) in plant.state.zones.iter_mut().zip(weights) {
                zone.dissolved = weight * liquid * alumina / (1.0 - alumina);
            }
            let travel = if second == 0 { lift } else { 0.0 };
            let output = plant.step(&Input { current, beam_travel: travel, ..Default::default() });
            voltage = output.voltage;
        }
        voltage
    }
}

/// A second of a run without feed.
#[derive(Clone, Copy)]
pub struct Lean {
    pub seconds: f64,
    pub voltage: f64,
    pub alumina_pct: f64,
}

/// The cell of `plant` from `alumina` on without feed and with the beam at rest, until five minutes
/// into the anode effect.
pub fn feed_stop(plant: &Plant, alumina: f64) -> Vec<Lean> {
    let mut plant = plant.clone();
    plant.alumina = alumina;
    plant.run(3.0, CURRENT, |_, _, _| {});
    let (mut list, mut left) = (Vec::new(), 300);
    for second in 0..10_000 {
        let input = Input { shots: [0.0; MAX_ZONES], beam_travel: 0.0, ..plant.input(CURRENT) };
        let alumina_pct = plant.alumina_pct();
        let voltage = plant.step(&input).voltage;
        list.push(Lean { seconds: f64::from(second), voltage, alumina_pct });
        left -= i32::from(voltage > EFFECT);
        if left <= 0 {
            break;
        }
    }
    list
}

/// Above this the cell is in anode effect \[V\].
pub const EFFECT: f64 = 8.0;

/// First second of the anode effect in `run`.
pub fn onset(run: &[Lean]) -> Lean {
    *run.iter().find(|x| x.voltage > EFFECT).unwrap()
}

/// Straight line through `points`: its slope.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    let (sxy, sxx) = points
        .iter()
        .fold((0.0, 0.0), |(sxy, sxx), p| (sxy + (p.0 - mx) * (p.1 - my), sxx + (p.0 - mx) * (p.0 - mx)));
    sxy / sxx
}

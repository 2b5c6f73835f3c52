//! Random operation: regimes that hold for a while, over the whole admissible range of inputs.

use potline::cell::alumina::Ore;
use potline::cell::anode::{Fault, Setting};
use potline::cell::{Input, MAX_ZONES};

/// A fixed sequence of random numbers (xorshift).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        let mut chance = Self(seed ^ 0x9e37_79b9_7f4a_7c15);
        if chance.0 == 0 {
            chance.0 = 1;
        }
        (0..8).for_each(|_| _ = chance.uniform());
        chance
    }

    pub fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    pub fn once_in(&mut self, n: f64) -> bool {
        self.uniform() * n < 1.0
    }

    pub fn index(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().max(1e-300).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// How a cell is run for a while.
pub struct Regime {
    /// Held over the regime.
    base: Input,
    /// Alumina fed to each zone \[kg/s\], and in shots of this size \[kg\].
    feed: [f64; MAX_ZONES],
    /// Beam travel \[m/s\].
    beam: f64,
    /// An anode set, a fault, a forced effect or a raised beam once in so many seconds.
    events: f64,
    noisy: bool,
    owed: [f64; MAX_ZONES],
}

impl Regime {
    /// Anything from a quiet shift to misuse. `mild` keeps flows within what a plant can do by mistake,
    /// otherwise they reach the limits of the inputs.
    pub fn random(chance: &mut Chance, mild: bool) -> Self {
        let reach = if mild { 0.1 } else { 1.0 };
        let mut seldom = |n: f64, high: f64| if chance.once_in(n) { chance.between(0.0, high) } else { 0.0 };
        let (alf3, cryolite) = (seldom(3.0, 5.0 * reach), seldom(5.0, 20.0 * reach));
        let (metal_tap, bath_tap) = (seldom(4.0, 50.0 * reach), seldom(6.0, 50.0 * reach));
        let shell_cooling = seldom(4.0, 2_000.0);
        let current = match chance.index(8) {
            0 => 0.0,
            1 => chance.between(0.0, 1e6),
            2 => chance.between(0.0, 1e3),
            _ => chance.between(250e3, 600e3),
        };
        let wanted = 5.0 / 360.0 * current / 500e3;
        let mut feed = [0.0; MAX_ZONES];
        for zone in &mut feed {
            *zone = match chance.index(10) {
                0 => 0.0,
                1 => 5.0 * wanted,
                2 if !mild => chance.between(0.0, 2.0),
                _ => wanted * chance.between(0.5, 1.5),
            };
        }
        let beam = if chance.once_in(3.0) { chance.between(-2e-3, 2e-3) } else { 0.0 };
        let base = Input {
            current,
            shot_size: chance.between(0.5, 4.0),
            ore: Ore {
                soda: chance.between(0.0, 0.02),
                calcia: chance.between(0.0, 0.02),
                fines: chance.between(0.0, 0.6),
                moisture: chance.between(0.0, 0.03),
                naalf4: chance.between(0.0, 0.05),
                alf3: chance.between(0.0, 0.05),
            },
            alf3,
            cryolite,
            metal_tap,
            bath_tap,
            shell_cooling,
            crust_open: chance.once_in(5.0),
            hood_open: chance.once_in(5.0),
            ..Default::default()
        };
        let events = if mild { 600.0 } else { 60.0 };
        Self { base, feed, beam, events, noisy: chance.once_in(1.5), owed: [0.0; MAX_ZONES] }
    }

    /// The input of the next step.
    pub fn input(&mut self, chance: &mut Chance, dt: f64) -> Input {
        let mut input = Input { beam_travel: self.beam * dt, ..self.base };
        let size = self.base.shot_size;
        for ((shot, owed), rate) in input.shots.iter_mut().zip(&mut self.owed).zip(self.feed) {
            *owed += rate * dt;
            if *owed >= size {
                *shot = size;
                *owed -= size;
            }
        }
        let n = self.events / dt;
        if chance.once_in(n) {
            input.anode_set = Some(Setting {
                anode: chance.index(48),
                offset: chance.between(-0.05, 0.05),
                temperature: chance.between(250.0, 1_200.0),
            });
        }
        if chance.once_in(n) {
            let fault = if chance.once_in(2.0) {
                Fault::Spike(chance.between(0.0, 0.2))
            } else {
                Fault::Slip(chance.between(-0.02, 0.02))
            };
            input.anode_fault = Some((chance.index(48), fault));
        }
        input.force_effect = chance.once_in(n);
        input.dress = chance.once_in(n);
        if chance.once_in(n) {
            input.beam_raise = chance.between(-0.5, 0.5);
        }
        if self.noisy {
            input.normal = std::array::from_fn(|_| chance.normal());
        }
        input
    }
}

//! How does a strategy of my own do against the library's, behind the same guard?
//!
//!     cargo run --example 03_your_controller
//!
//! `Level` is a whole controller in a few lines: it feeds too little until the resistance has risen
//! above its lowest, which is how a lean bath shows, and then too much for half an hour. It implements
//! `Contender`, and that is all the benchmark asks for: the same cells, work, noise and guard as the
//! library's own strategies, seed by seed. That it leaves the beam alone shows in the table.
//!
//! Last line: `level: alumina 2.65 ± 0.27 wt %, 0.0 anode effects per pot-day, 0 gate failures`

use potline::control::Strategy;
use potline::estimate::Design;
use potline::image::{Action, CellId, FeederSet, Mode, Reading};
use potline::trial::bench::{Bench, Entrant};
use potline::trial::{Contender, Scenario};

/// Feeds too little until the resistance rises, then too much for a while.
struct Level {
    design: Design,
    /// Resistance, smoothed over five minutes, and its lowest while too little is fed [Ω].
    level: f64,
    lowest: f64,
    /// Left of the time with too much [s].
    over: f64,
    owed_kg: f64,
    feeder: usize,
}

impl Level {
    fn new(design: &Design, _cell: CellId) -> Self {
        let level = design.resistance;
        Self { design: *design, level, lowest: level, over: 0.0, owed_kg: 0.0, feeder: 0 }
    }
}

impl Contender for Level {
    fn decide(&mut self, reading: &Reading, _now: f64, dt: f64) -> Action {
        // A cell without current, or in people's hands, is left alone.
        let manned = matches!(reading.mode, Mode::Manual | Mode::Off);
        if !reading.usable() || manned || reading.current < 0.5 * self.design.current {
            return Action::None;
        }
        let resistance = (reading.voltage - self.design.e_back) / reading.current;
        self.level += (resistance - self.level) * dt / 300.0;
        self.lowest = self.lowest.min(self.level);
        self.over -= dt;
        // 20 mV at 500 kA; an anode effect is far above.
        if self.over < 0.0 && self.level > self.lowest + 40e-9 {
            (self.over, self.lowest) = (2_100.0, f64::INFINITY);
        }
        let rate = if reading.voltage > 8.0 {
            5.0
        } else if self.over > 0.0 {
            1.28
        } else {
            0.75
        };
        self.owed_kg += rate * self.design.consumption(reading.current) * dt;
        if self.owed_kg < self.design.shot || !reading.link.ready {
            return Action::None;
        }
        self.owed_kg -= self.design.shot;
        self.feeder = (self.feeder + 1) % self.design.feeders;
        Action::Feed { feeders: FeederSet::single(self.feeder) }
    }
}

fn main() -> Result<(), potline::Error> {
    let bench = Bench {
        scenarios: vec![Scenario { cells: 3, hours: 24.0, ..Scenario::default() }],
        entrants: vec![
            Entrant::feed("ekf", Strategy::Ekf),
            Entrant::feed("demand", Strategy::Demand),
            Entrant::outside("level", Level::new),
        ],
        seeds: vec![1, 2],
    };
    let runs = bench.run(2, &|_| true)?;
    for entry in bench.table(&runs) {
        let mean = |name: &str| entry.kpi.get(name).map_or(f64::NAN, |figure| figure.section.mean);
        println!(
            "{}: alumina {:.2} ± {:.2} wt %, {:.1} anode effects per pot-day, {:.0} gate failures",
            entry.strategy,
            mean("alumina_pct_mean"),
            mean("alumina_pct_sigma"),
            mean("ae_per_pot_day"),
            mean("safety_gate_failures"),
        );
    }
    Ok(())
}

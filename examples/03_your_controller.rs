//! How do I embed the control stack, or put a strategy of my own behind its guard?
//!
//!     cargo run --example 03_your_controller
//!
//! A loop as it would run on a small controller: a `Reading` comes in, a `Command` goes out, with no
//! clock, heap or thread in between. Cell 1 is kept by the library's controller. Cell 2 is kept by
//! ten lines of our own, which know no interlock and ask for nonsense when they feel like it: no
//! command leaves without passing the same `Guard`.
//!
//! Last line: `6 h: theirs 2.38 wt % alumina, 1001 shots; ours 2.44 wt %, 977 shots, 360 moves vetoed`

use potline::control::{GuardState, LineView, PotState, Settings};
use potline::image::{Action, CellId, Command, FeederSet, Reading};
use potline::sim::{Panel, Section};
use potline::trial::Scenario;

/// One shot at fixed intervals, feeder after feeder; and once a minute a leap of the beam.
#[derive(Default)]
struct Ours {
    scans: u64,
    feeder: usize,
}

impl Ours {
    fn decide(&mut self, _reading: &Reading, interval: f64, feeders: usize) -> Command {
        self.scans += 1;
        let action = if self.scans.is_multiple_of(60) {
            Action::Beam { travel: -50e-3 }
        } else if self.scans.is_multiple_of(interval as u64) {
            self.feeder = (self.feeder + 1) % feeders;
            Action::Feed { feeders: FeederSet::single(self.feeder) }
        } else {
            Action::None
        };
        Command { action, fallback_interval: interval, alf3: None }
    }
}

fn main() -> Result<(), potline::Error> {
    // Two simulated cells stand in for the hardware; on a PLC, `panel.read` is your I/O.
    let scenario = Scenario { cells: 2, hours: 6.0, ..Scenario::default() };
    let mut section = Section::new(&scenario.setup(1), 1.0)?;
    let mut panels = [Panel::default(); 2];

    // Settings are checked once, at the door. After that nothing fails: flags say what is wrong.
    let controller = Settings::default().build()?;
    let design = *controller.design();
    let mut theirs = PotState::new(&controller, CellId(1));
    let (mut ours, mut guard) = (Ours::default(), GuardState::default());
    let interval = design.shot / design.consumption(design.current);

    let (mut shots, mut vetoes, mut alumina) = ([0, 0], 0, [0.0, 0.0]);
    let scans = (scenario.hours * 3_600.0) as u64;
    for _ in 0..scans {
        let now = section.now();

        let reading = panels[0].read(&section.pots()[0]);
        let tick = controller.tick(&mut theirs, &LineView::alone(&reading), &reading, now, 1.0);

        let reading = panels[1].read(&section.pots()[1]);
        let wanted = ours.decide(&reading, interval, design.feeders);
        let guarded = controller.guard().check(&mut guard, wanted, &reading, f64::NAN, now, 1.0);
        vetoes += u64::from(guarded.veto.is_some());

        for (cell, command) in [tick.command, guarded.command].iter().enumerate() {
            panels[cell].execute(now, command, &mut section.pots_mut()[cell]);
            shots[cell] += u64::from(matches!(command.action, Action::Feed { .. }));
            alumina[cell] += section.pots()[cell].truth().alumina * 100.0 / scans as f64;
        }
        section.advance();
    }
    println!(
        "{} h: theirs {:.2} wt % alumina, {} shots; ours {:.2} wt %, {} shots, {vetoes} moves vetoed",
        scenario.hours, alumina[0], shots[0], alumina[1], shots[1]
    );
    Ok(())
}

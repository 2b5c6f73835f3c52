//! How do I embed the control stack in a controller of mine?
//!
//!     cargo run --example 05_embedded
//!
//! A loop as it would run on a small controller: a `Reading` comes in, a `Command` goes out, with no
//! clock, heap or thread in between. Settings are checked once, at the door; after that nothing fails,
//! and flags say what is wrong.
//!
//! Last line: `6 h: 987 feed commands, 0 beam moves; alumina 2.49 ± 0.13 wt %`

use potline::control::{LineView, PotState, Settings};
use potline::image::{Action, CellId};
use potline::sim::{Panel, Section};
use potline::trial::Scenario;

fn main() -> Result<(), potline::Error> {
    // A simulated cell stands in for the hardware; on a PLC, `panel` is your I/O.
    let scenario = Scenario { cells: 1, hours: 6.0, ..Scenario::default() };
    let mut section = Section::new(&scenario.setup(1), 1.0)?;
    let mut panel = Panel::default();

    let controller = Settings::default().build()?;
    let mut memory = PotState::new(&controller, CellId(1));
    let (mut shots, mut moves) = (0, 0);
    for _ in 0..(scenario.hours * 3_600.0) as u64 {
        let now = section.now();
        let reading = panel.read(&section.pots()[0]);
        let tick = controller.tick(&mut memory, &LineView::alone(&reading), &reading, now, 1.0);
        panel.execute(now, &tick.command, &mut section.pots_mut()[0]);
        section.advance();
        match tick.command.action {
            Action::Feed { .. } => shots += 1,
            Action::Beam { .. } => moves += 1,
            Action::None => {}
        }
    }
    let estimate = memory.estimate();
    println!(
        "6 h: {shots} feed commands, {moves} beam moves; alumina {:.2} ± {:.2} wt %",
        estimate.alumina() * 100.0,
        estimate.alumina_error() * 100.0
    );
    Ok(())
}

//! The soft PLC beside our emulated PLC: two programs written apart for one specification are given the
//! same blocks and the same field, and must answer and act alike.

use super::pair::{Deed, Pair};
use super::provision::{Tools, here};
use crate::dice::Dice;
use crate::report::TierResult;
use potline::image::{Action, Drive, FeederSet, Field, Mode};
use potline::plc::{AckResult, Layout};
use std::path::Path;
use std::sync::Arc;

/// A command that the map can carry; a third is out of the PLC's range or not lawful at once.
fn action(dice: &mut Dice) -> Action {
    if dice.chance(0.5) {
        // Six feeders: some masks are out of range.
        Action::Feed { feeders: FeederSet(dice.below(80) as u8) }
    } else {
        // The first is too small.
        let size = dice.pick(&[0.02, 0.05, 0.3, 1.5, 4.0, 12.0, 30.0]).unwrap_or_default();
        Action::Beam { travel: if dice.chance(0.5) { size } else { -size } * 1e-3 }
    }
}

fn deed(dice: &mut Dice) -> Deed {
    let action = action(dice);
    match dice.below(12) {
        0 => Deed::OtherCell(action),
        1 => Deed::Torn(action),
        2 => Deed::Replay,
        3 => Deed::Late(action),
        4 => Deed::Heartbeat,
        5 => Deed::Silence,
        _ => Deed::Command(action),
    }
}

fn change(dice: &mut Dice, field: &mut Field) {
    let modes = [Mode::Off, Mode::Manual, Mode::Auto, Mode::Tapping, Mode::AnodeChange, Mode::StartUp];
    match dice.below(16) {
        0 => field.mode = dice.pick(&modes).unwrap_or_default(),
        1 => field.emergency_stop = !field.emergency_stop,
        2 => field.current = dice.pick(&[500e3, 200e3, 251e3]).unwrap_or_default(),
        3 => field.voltage = dice.pick(&[4.0, 30.0, 7.9]).unwrap_or_default(),
        4 => field.beam_position = dice.pick(&[0.1, 0.004, 0.296]).unwrap_or_default(),
        5 => field.bath_temperature = Some(1_230.0 + dice.below(20) as f64),
        // Back to what a pot is like, or nothing would ever be allowed.
        6..=10 => {
            (field.mode, field.emergency_stop) = (Mode::Auto, false);
            (field.current, field.voltage, field.beam_position) = (500e3, 4.0, 0.1);
        }
        _ => {}
    }
}

/// What a comparison came to.
#[derive(Default)]
struct Verdict {
    differences: Vec<String>,
    /// Commands that came in the very cycle in which a pulse ended: one program takes the cycle for the
    /// last of the pulse, the other for the first after it. Both may.
    edges: u32,
    executed: u64,
}

/// `deeds` random deeds; what both show and did is compared after each.
pub fn compare(result: &mut TierResult, tools: &Tools, layout: &Arc<Layout>, seed: u64, deeds: u32) {
    result.step(&format!("soft PLC beside the emulated one: {deeds} random blocks"));
    let name = "statement list and emulated PLC agree";
    let limit = "0 differences, at most 2 % at a pulse's edge, over a tenth executed";
    match differences(tools, layout, &here("plc/pot.awl"), seed, deeds) {
        Ok(Verdict { differences, edges, executed }) => {
            let holds = differences.is_empty() && edges <= deeds / 50 && executed > u64::from(deeds / 10);
            let found = format!(
                "{} differences in {deeds} blocks, {edges} at a pulse's edge, {executed} commands executed {}",
                differences.len(),
                differences.join("; ")
            );
            result.check(name, found, limit, holds);
        }
        Err(error) => result.check(name, error, limit, false),
    }
}

/// Programs with one thing wrong, by what is replaced by what.
const MUTANTS: [(&str, &str, &str); 8] = [
    ("pause between moves 15 s", "L	L#20000\n", "L	L#15000\n"),
    ("feeders cut at 2.5 s", "most := L#6000", "most := L#2500"),
    ("low current 260 kA", "L	250.0", "L	260.0"),
    ("checksum shifted twice", "SRW	1", "SRW	2"),
    ("lower switch forgotten", "L	L#500\n	<=D\n	JC	lock", "L	L#500\n	<=D"),
    ("heartbeats of the past obeyed", "	<I\n	JC	drop", "	<I"),
    ("watchdog 12 s", "L	L#10000\n", "L	L#12000\n"),
    ("five feeders at the fallback", "L	6\n	<I", "L	5\n	<I"),
];

/// The comparison must find each of them, or it proves nothing.
pub fn mutants(result: &mut TierResult, tools: &Tools, layout: &Arc<Layout>, seed: u64) {
    result.step(&format!("the comparison on {} programs with one thing wrong", MUTANTS.len()));
    let found = MUTANTS.iter().map(|mutant| found_out(tools, layout, seed, mutant));
    let (name, limit) = ("programs with one thing wrong that pass for right", "none");
    match found.collect::<Result<Vec<_>, _>>() {
        Ok(found) => {
            let missed: Vec<_> = MUTANTS
                .iter()
                .zip(&found)
                .filter(|(_, found)| !**found)
                .map(|((what, ..), _)| *what)
                .collect();
            let words = format!("{} of {} {}", missed.len(), MUTANTS.len(), missed.join(", "));
            result.check(name, words, limit, missed.is_empty());
        }
        Err(error) => result.check(name, error, limit, false),
    }
}

fn found_out(
    tools: &Tools,
    layout: &Arc<Layout>,
    seed: u64,
    (what, right, wrong): &(&str, &str, &str),
) -> Result<bool, String> {
    let program = std::fs::read_to_string(here("plc/pot.awl")).map_err(|e| e.to_string())?;
    let mutant = program.replacen(right, wrong, 1);
    if mutant == program {
        return Err(format!("{what}: the program does not hold {right:?}"));
    }
    let path = here("../target/pot_mutant.awl");
    std::fs::write(&path, mutant).map_err(|e| e.to_string())?;
    Ok(!differences(tools, layout, &path, seed, 600)?.differences.is_empty())
}

fn differences(
    tools: &Tools,
    layout: &Arc<Layout>,
    program: &Path,
    seed: u64,
    deeds: u32,
) -> Result<Verdict, String> {
    let mut pair = Pair::new(tools, layout, program)?;
    let mut dice = Dice::new(seed, 0);
    let mut verdict = Verdict::default();
    for number in 0..deeds {
        change(&mut dice, &mut pair.field);
        let deed = deed(&mut dice);
        let cycles = match deed {
            // Past the watchdog and some strokes of the fallback.
            Deed::Silence => 100 + dice.below(500) as u16,
            _ => dice.pick(&[3, 31, 60, 170, 210, 260]).unwrap_or(3),
        };
        let ending = pair.last[0] != Drive::default();
        pair.act(deed, cycles)?;
        if !pair.alike()? {
            // A pulse may end a cycle earlier here than there.
            pair.run(2)?;
        }
        if !pair.alike()? {
            let [soft, ours] = pair.shown()?;
            if ending && soft.ack.result == AckResult::Busy as u16 && soft.ack.seq == ours.ack.seq {
                verdict.edges += 1;
            } else {
                verdict.differences.push(pair.words(&format!("{number}: {deed:?} for {cycles} cycles"))?);
            }
            if verdict.differences.len() > 2 {
                break;
            }
            pair.settle()?;
        }
        if number % 16 == 15 {
            pair.settle()?;
        }
    }
    verdict.executed = pair.ours.executed();
    Ok(verdict)
}

//! Thousands of commands through every fault: executed on the PLC must be what was acknowledged.

use super::station::{Scan, Score, Station, Who, settings};
use crate::Options;
use crate::dice::Dice;
use crate::proxy::{Direction, Kind, Plan};
use crate::report::{Table, TierResult};
use potline::image::{Action, FeederSet, Outcome};
use std::collections::BTreeMap;
use std::error::Error;
use tokio::runtime::Handle;

/// Stations side by side.
const STATIONS: u64 = 8;
/// Share of the frames that meet a fault; four frames go with every scan.
const SHARE: f64 = 0.05;

/// How the commands of a campaign ended.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub given: usize,
    /// Refused by the client before anything was sent.
    pub refused_here: usize,
    pub acknowledged: usize,
    pub rejected: usize,
    pub unknown: usize,
    pub executed: usize,
    pub twice: usize,
    /// Acknowledged and not executed.
    pub phantom: usize,
    /// Executed and not acknowledged.
    pub silent: usize,
    /// Executed as something else, or outside the limits, or asked by nobody.
    pub wrong: usize,
    /// Feeder strokes that no command asked for, the PLC's own fallback left out.
    pub stray: usize,
    pub longest_feed: f64,
    pub longest_beam: f64,
    pub faults: BTreeMap<(&'static str, &'static str), usize>,
    pub score: Score,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.given += other.given;
        self.refused_here += other.refused_here;
        self.acknowledged += other.acknowledged;
        self.rejected += other.rejected;
        self.unknown += other.unknown;
        self.executed += other.executed;
        self.twice += other.twice;
        self.phantom += other.phantom;
        self.silent += other.silent;
        self.wrong += other.wrong;
        self.stray += other.stray;
        self.longest_feed = self.longest_feed.max(other.longest_feed);
        self.longest_beam = self.longest_beam.max(other.longest_beam);
        for (key, count) in other.faults {
            *self.faults.entry(key).or_default() += count;
        }
        self.score += other.score;
    }
}

pub fn run(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    let commands = if options.quick { 1_500 } else { 10_000 };
    // Bits flipped in replies go apart: they may forge an acknowledgement, and no client can see that.
    let honest: Vec<_> = all().filter(|fault| *fault != (Kind::FlipBits, Direction::ToClient)).collect();
    result.step(&format!("{commands} commands through our driver, {:.0} % of frames faulty", SHARE * 100.0));
    let ours = campaign(Who::Driver, commands, honest.clone(), options.seed)?;
    result.step("the same faults and bits flipped in replies");
    let flipped = campaign(Who::Driver, commands / 5, all().collect(), options.seed + 1)?;
    result.step("the same faults on bare tokio-modbus");
    let bare = campaign(Who::Bare, commands / 5, honest, options.seed)?;
    report(result, [("our driver", &ours), ("with flipped replies", &flipped), ("bare", &bare)]);
    judge(result, commands, &ours, &flipped);
    result.check(
        "self-test: the same scorer finds bare tokio-modbus guilty",
        format!("{} twice, {} phantom, {} wrong readings", bare.twice, bare.phantom, bare.score.wrong),
        "commands executed twice and wrong readings found",
        bare.twice > 0 && bare.score.wrong > 0,
    );
    Ok(())
}

fn all() -> impl Iterator<Item = (Kind, Direction)> {
    Kind::ALL.into_iter().flat_map(|kind| Direction::BOTH.map(|direction| (kind, direction)))
}

fn judge(result: &mut TierResult, commands: usize, ours: &Tally, flipped: &Tally) {
    let settings = settings();
    let share = 0.8 * commands as f64;
    result.check(
        "commands: executed on the PLC and acknowledged are the same ones",
        format!(
            "{} given, {} executed, {} acknowledged, {} acknowledged only, {} executed only",
            ours.given, ours.executed, ours.acknowledged, ours.phantom, ours.silent
        ),
        "0 on one side only, four in five executed",
        ours.phantom == 0 && ours.silent == 0 && ours.executed as f64 >= share,
    );
    result.check(
        "commands: left in doubt",
        ours.unknown.to_string(),
        "0 once the network is well again",
        ours.unknown == 0,
    );
    for (name, tally) in [("", ours), (", replies with flipped bits", flipped)] {
        result.check(
            &format!("commands: executed twice{name}"),
            tally.twice.to_string(),
            "0",
            tally.twice == 0,
        );
        result.check(
            &format!("commands: executed wrongly, outside limits, or asked by nobody{name}"),
            format!("{}, stray strokes {}", tally.wrong, tally.stray),
            "0",
            tally.wrong == 0 && tally.stray == 0,
        );
        let (feed, beam) = (settings.feed_max_on_s, settings.beam_max_on_s);
        result.check(
            &format!("commands: longest on-time{name}"),
            format!("feeder {:.1} s, beam {:.1} s", tally.longest_feed, tally.longest_beam),
            format!("at most {feed} s and {beam} s"),
            tally.longest_feed <= feed + 1e-6 && tally.longest_beam <= beam + 1e-6,
        );
        result.check(
            &format!("commands: wrong readings taken for good{name}"),
            format!("{} of {}", tally.score.wrong, tally.score.good),
            "0",
            tally.score.wrong == 0,
        );
    }
    result.note(format!(
        "flipped bits that leave a plausible value cannot be seen in Modbus TCP: {} of {} good readings \
         and {} acknowledgements were forged that way; what protects is the checksum of TCP",
        flipped.score.undetectable,
        flipped.score.good,
        flipped.phantom + flipped.silent
    ));
}

fn report(result: &mut TierResult, tallies: [(&str, &Tally); 3]) {
    let columns = ["", tallies[0].0, tallies[1].0, tallies[2].0];
    let mut table = Table::new("Commands under faults", &columns);
    let mut row = |name: &str, of: fn(&Tally) -> String| {
        table.row([name.into(), of(tallies[0].1), of(tallies[1].1), of(tallies[2].1)]);
    };
    row("commands given", |t| t.given.to_string());
    row("faults injected", |t| t.faults.values().sum::<usize>().to_string());
    row("refused before sending", |t| t.refused_here.to_string());
    row("executed on the PLC", |t| t.executed.to_string());
    row("acknowledged", |t| t.acknowledged.to_string());
    row("rejected", |t| t.rejected.to_string());
    row("in doubt at the end", |t| t.unknown.to_string());
    row("executed twice", |t| t.twice.to_string());
    row("acknowledged, not executed", |t| t.phantom.to_string());
    row("executed, not acknowledged", |t| t.silent.to_string());
    row("good readings", |t| format!("{} of {} scans", t.score.good, t.score.scans));
    row("good readings that were wrong", |t| t.score.wrong.to_string());
    row("uncertain readings that were wrong", |t| t.score.reserved.to_string());
    row("good readings forged undetectably", |t| t.score.undetectable.to_string());
    result.table(table);
}

/// Runs every station to its share of the commands, in threads of this process.
pub fn campaign(
    who: Who,
    commands: usize,
    kinds: Vec<(Kind, Direction)>,
    seed: u64,
) -> Result<Tally, Box<dyn Error>> {
    let proxies = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let handle = proxies.handle().clone();
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let tally = local.block_on(&clients, async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..STATIONS {
            let plan = Plan { share: SHARE, kinds: kinds.clone() };
            let quota = commands.div_ceil(STATIONS as usize);
            let handle = handle.clone();
            tasks.spawn_local(async move {
                one(who, quota, plan, seed * 1_000 + number, number % 2 == 1, &handle)
                    .await
                    .map_err(|error| error.to_string())
            });
        }
        let mut tally = Tally::default();
        while let Some(done) = tasks.join_next().await {
            tally.add(done.map_err(|error| error.to_string())??);
        }
        Ok::<_, Box<dyn Error>>(tally)
    })?;
    proxies.shutdown_background();
    Ok(tally)
}

/// What is known of a command on the controller's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    Acknowledged,
    Rejected,
}

async fn one(
    who: Who,
    quota: usize,
    plan: Plan,
    seed: u64,
    hasty: bool,
    proxies: &Handle,
) -> Result<Tally, Box<dyn Error>> {
    let mut station = Station::new(who, proxies, seed, hasty)?;
    if !station.settle(400).await? {
        return Err("the client never became content on a sound connection".into());
    }
    let mut dice = Dice::new(seed, u64::MAX);
    let mut known: Vec<Known> = Vec::new();
    let mut tally = Tally::default();
    station.proxy.set(plan);
    let mut turn = 0;
    // Twenty scans to a command is far more than it takes; a client that hangs is told off, not waited for.
    for _ in 0..20 * quota {
        if known.len() == quota {
            break;
        }
        let action = next(&mut dice, &mut turn);
        let scan = station.scan(action).await?;
        learn(&mut known, &scan);
        if let Some(number) = scan.sent {
            known.push(if scan.refused { Known::Rejected } else { Known::Nothing });
            debug_assert_eq!(number + 1, known.len());
            tally.refused_here += usize::from(scan.refused);
        }
    }
    station.proxy.set(Plan::default());
    // What is under way comes to its end on a sound network.
    for _ in 0..80 {
        let scan = station.scan(Action::None).await?;
        learn(&mut known, &scan);
    }
    finish(&mut tally, &station, &known);
    Ok(tally)
}

/// The last command is the one the reading speaks of.
fn learn(known: &mut [Known], scan: &Scan) {
    let Some(last) = known.last_mut() else { return };
    match scan.reading.link.last {
        Outcome::Accepted | Outcome::Done => *last = Known::Acknowledged,
        Outcome::Rejected | Outcome::Busy if *last == Known::Nothing => *last = Known::Rejected,
        _ => {}
    }
}

fn finish(tally: &mut Tally, station: &Station, known: &[Known]) {
    let monitor = &station.monitor;
    tally.given = known.len();
    for (known, &executed) in known.iter().zip(monitor.executed()) {
        tally.executed += usize::from(executed > 0);
        tally.twice += usize::from(executed > 1);
        tally.acknowledged += usize::from(*known == Known::Acknowledged);
        tally.rejected += usize::from(*known == Known::Rejected);
        tally.unknown += usize::from(*known == Known::Nothing);
        tally.phantom += usize::from(*known == Known::Acknowledged && executed == 0);
        tally.silent += usize::from(*known != Known::Acknowledged && executed > 0);
    }
    tally.wrong = monitor.wrong as usize;
    tally.stray = monitor.strokes.saturating_sub(monitor.strokes_commanded);
    (tally.longest_feed, tally.longest_beam) = (monitor.longest_feed, monitor.longest_beam);
    for injected in station.proxy.log(0) {
        *tally.faults.entry((injected.kind.name(), injected.direction.name())).or_default() += 1;
    }
    tally.score = station.score;
}

/// Mostly strokes, each feeder in its turn; some beam moves; some requests that must be refused.
fn next(dice: &mut Dice, turn: &mut usize) -> Action {
    let kind = dice.unit();
    if kind < 0.03 {
        // A feeder that is not there, or a move beyond the limit of the map.
        if dice.chance(0.5) {
            return Action::Feed { feeders: FeederSet::single(6 + dice.below(2)) };
        }
        return Action::Beam { travel: 0.031 };
    }
    if kind < 0.08 {
        // Up and down in turn, so that the cell stays where it is.
        let size = dice.between(0.0001, 0.003);
        return Action::Beam { travel: if dice.chance(0.5) { size } else { -size } };
    }
    *turn = (*turn + 1) % 6;
    Action::Feed { feeders: FeederSet::single(*turn) }
}

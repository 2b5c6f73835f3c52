//! Thousands of commands through every fault: executed on the PLC must be what was acknowledged.

use super::ledger::{Books, Ledger};
use super::station::{Score, Station, Who, settings};
use crate::Options;
use crate::dice::Dice;
use crate::proxy::{Direction, Kind, Plan};
use crate::report::{Table, TierResult};
use potline::image::{Action, FeederSet};
use std::error::Error;
use tokio::runtime::Handle;

/// Stations side by side.
const STATIONS: u64 = 8;
/// Share of the frames that meet a fault; four frames go with every scan.
const SHARE: f64 = 0.05;

/// What a campaign found.
#[derive(Debug, Clone, Default)]
struct Tally {
    books: Books,
    faults: usize,
    /// Replies with flipped bits: those that give themselves away, and those that cannot.
    flips: (usize, usize),
    score: Score,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.books += other.books;
        self.faults += other.faults;
        self.flips.0 += other.flips.0;
        self.flips.1 += other.flips.1;
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
    // As many of them as of all other faults of replies together.
    let flips = std::iter::repeat_n((Kind::FlipBits, Direction::ToClient), Kind::ALL.len());
    let flipped = campaign(Who::Driver, commands / 5, all().chain(flips).collect(), options.seed + 1)?;
    result.step("the same faults on bare tokio-modbus");
    let bare = campaign(Who::Bare, commands / 5, honest, options.seed)?;
    report(result, [("our driver", &ours), ("with flipped replies", &flipped), ("bare", &bare)]);
    judge(result, commands, &ours, &flipped);
    result.check(
        "self-test: the same scorer finds bare tokio-modbus guilty",
        format!(
            "{} twice, {} phantom, {} wrong readings",
            bare.books.twice, bare.books.phantom, bare.score.wrong
        ),
        "commands executed twice and wrong readings found",
        bare.books.twice > 0 && bare.score.wrong > 0,
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
            ours.books.given,
            ours.books.executed,
            ours.books.acknowledged,
            ours.books.phantom,
            ours.books.silent
        ),
        "0 on one side only, four in five executed",
        ours.books.phantom == 0 && ours.books.silent == 0 && ours.books.executed as f64 >= share,
    );
    result.check(
        "commands: left in doubt",
        ours.books.unknown.to_string(),
        "0 once the network is well again",
        ours.books.unknown == 0,
    );
    for (name, tally) in [("", ours), (", replies with flipped bits", flipped)] {
        result.check(
            &format!("commands: executed twice{name}"),
            tally.books.twice.to_string(),
            "0",
            tally.books.twice == 0,
        );
        result.check(
            &format!("commands: executed wrongly, outside limits, or asked by nobody{name}"),
            format!("{}, stray strokes {}", tally.books.wrong, tally.books.stray),
            "0",
            tally.books.wrong == 0 && tally.books.stray == 0,
        );
        let (feed, beam) = (settings.feed_max_on_s, settings.beam_max_on_s);
        result.check(
            &format!("commands: longest on-time{name}"),
            format!("feeder {:.1} s, beam {:.1} s", tally.books.longest_feed, tally.books.longest_beam),
            format!("at most {feed} s and {beam} s"),
            tally.books.longest_feed <= feed + 1e-6 && tally.books.longest_beam <= beam + 1e-6,
        );
        result.check(
            &format!("commands: wrong readings taken for good{name}"),
            format!("{} of {}", tally.score.wrong, tally.score.good),
            "0",
            tally.score.wrong == 0,
        );
    }
    result.note(format!(
        "of {} replies to reads with flipped bits {} could be seen (test registers, scan counters, limits, \
         version) and {} of these were taken for good; of the {} that leave plausible values {} were, and {} \
         acknowledgements were forged or lost: Modbus TCP has no checksum of its own, only that of TCP",
        flipped.flips.0 + flipped.flips.1,
        flipped.flips.0,
        flipped.score.wrong,
        flipped.flips.1,
        flipped.score.undetectable,
        flipped.books.phantom + flipped.books.silent
    ));
}

fn report(result: &mut TierResult, tallies: [(&str, &Tally); 3]) {
    let columns = ["", tallies[0].0, tallies[1].0, tallies[2].0];
    let mut table = Table::new("Commands under faults", &columns);
    let mut row = |name: &str, of: fn(&Tally) -> String| {
        table.row([name.into(), of(tallies[0].1), of(tallies[1].1), of(tallies[2].1)]);
    };
    row("commands given", |t| t.books.given.to_string());
    row("faults injected", |t| t.faults.to_string());
    row("refused before sending", |t| t.books.refused_here.to_string());
    row("executed on the PLC", |t| t.books.executed.to_string());
    row("acknowledged", |t| t.books.acknowledged.to_string());
    row("rejected", |t| t.books.rejected.to_string());
    row("in doubt at the end", |t| t.books.unknown.to_string());
    row("executed twice", |t| t.books.twice.to_string());
    row("acknowledged, not executed", |t| t.books.phantom.to_string());
    row("executed, not acknowledged", |t| t.books.silent.to_string());
    row("good readings", |t| format!("{} of {} scans", t.score.good, t.score.scans));
    row("good readings that were wrong", |t| t.score.wrong.to_string());
    row("uncertain readings that were wrong", |t| t.score.reserved.to_string());
    row("good readings forged undetectably", |t| t.score.undetectable.to_string());
    result.table(table);
}

/// Runs every station to its share of the commands, in threads of this process.
fn campaign(
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
            tally.add(&done.map_err(|error| error.to_string())??);
        }
        Ok::<_, Box<dyn Error>>(tally)
    })?;
    proxies.shutdown_background();
    Ok(tally)
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
    let mut ledger = Ledger::default();
    station.proxy.set(plan);
    let mut turn = 0;
    // Twenty scans to a command is far more than it takes; a client that hangs is told off, not waited for.
    for _ in 0..20 * quota {
        if ledger.given() == quota {
            break;
        }
        let scan = station.scan(next(&mut dice, &mut turn)).await?;
        ledger.learn(&scan.reading);
        if scan.sent.is_some() {
            ledger.give(scan.refused);
        }
    }
    station.proxy.set(Plan::default());
    // What is under way comes to its end on a sound network.
    for _ in 0..80 {
        ledger.learn(&station.scan(Action::None).await?.reading);
    }
    Ok(Tally {
        books: ledger.close(&station.monitor),
        faults: station.proxy.injected(),
        flips: station.flips(),
        score: station.score,
    })
}

/// Mostly strokes, each feeder in its turn; some beam moves; some requests that must be refused.
pub fn next(dice: &mut Dice, turn: &mut usize) -> Action {
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

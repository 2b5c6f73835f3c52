//! Fault by fault: what each does to our driver and to the bare library, how soon it is noticed and over.

use super::station::{Station, Who};
use crate::Options;
use crate::dice::Dice;
use crate::proxy::{Direction, Kind};
use crate::report::{Spread, Table, TierResult};
use hdrhistogram::Histogram;
use potline::image::{Action, FeederSet};
use std::error::Error;
use std::time::Duration;
use tokio::runtime::Handle;

/// Trials side by side.
const ABREAST: usize = 8;
/// Scans after which a fault nobody noticed counts as absorbed.
const WATCHED: usize = 14;

/// What one fault did in all its injections.
#[derive(Debug, Clone, Default)]
struct Trial {
    injected: usize,
    noticed: usize,
    wrong: u64,
    reserved: u64,
    undetectable: u64,
    twice: usize,
    /// Commands executed as something else.
    odd: u32,
    /// Times the client did not become content again.
    stuck: usize,
    detect: Vec<Duration>,
    recover: Vec<Duration>,
}

type Row = ((Kind, Direction), Trial);

pub fn run(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    let times = if options.quick { 5 } else { 30 };
    result.step(&format!("each fault {times} times, our driver"));
    let ours = trials(Who::Driver, times, options.seed)?;
    result.step("each fault, bare tokio-modbus");
    let bare = trials(Who::Bare, times.min(10), options.seed)?;
    report(result, &ours, &bare);
    let sum = |rows: &[Row], of: fn(&Trial) -> u64| rows.iter().map(|(_, trial)| of(trial)).sum::<u64>();
    let injected = sum(&ours, |t| t.injected as u64);
    let (wrong, twice) = (sum(&ours, |t| t.wrong), sum(&ours, |t| t.twice as u64));
    result.check(
        "faults one by one: wrong readings taken for good",
        format!("{wrong}, {injected} faults of {} kinds", ours.len()),
        "0, every kind injected",
        wrong == 0 && ours.iter().all(|(_, trial)| trial.injected > 0),
    );
    result.check("faults one by one: commands executed twice", twice.to_string(), "0", twice == 0);
    let odd = sum(&ours, |t| u64::from(t.odd));
    result.check("faults one by one: commands executed wrongly", odd.to_string(), "0", odd == 0);
    let stuck = sum(&ours, |t| t.stuck as u64);
    result.check("faults one by one: not recovered within 300 scans", stuck.to_string(), "0", stuck == 0);
    let (wrong, twice) = (sum(&bare, |t| t.wrong), sum(&bare, |t| t.twice as u64));
    result.check(
        "self-test: the same script finds bare tokio-modbus guilty",
        format!("{wrong} wrong readings, {twice} commands executed twice"),
        "some of both",
        wrong > 0 && twice > 0,
    );
    result.note(format!(
        "bits flipped into another plausible value: {} of our good readings, {} of the bare client's; \
         old values marked uncertain: {}",
        sum(&ours, |t| t.undetectable),
        sum(&bare, |t| t.undetectable),
        sum(&ours, |t| t.reserved)
    ));
    let name = |what: &str| format!("fault injected to {what}");
    for (what, pick) in [
        ("noticed", (|t| &t.detect) as fn(&Trial) -> &Vec<Duration>),
        ("good readings again", |t| &t.recover),
    ] {
        let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
        for duration in ours.iter().flat_map(|(_, trial)| pick(trial)) {
            histogram.saturating_record(duration.as_micros() as u64);
        }
        result.spread(Spread::new(&name(what), "µs", &histogram));
    }
    Ok(())
}

fn report(result: &mut TierResult, ours: &[Row], bare: &[Row]) {
    let columns = [
        "fault",
        "in",
        "injected",
        "noticed",
        "noticed after, median / max ms",
        "good again after, median / max ms",
        "wrong taken",
        "twice",
        "bare: injected",
        "wrong taken",
        "twice",
    ];
    let mut table = Table::new("Fault by fault, our driver and bare tokio-modbus", &columns);
    for (((kind, direction), trial), (_, bare)) in ours.iter().zip(bare) {
        table.row([
            kind.name().into(),
            direction.name().into(),
            trial.injected.to_string(),
            trial.noticed.to_string(),
            millis(&trial.detect),
            millis(&trial.recover),
            trial.wrong.to_string(),
            trial.twice.to_string(),
            bare.injected.to_string(),
            bare.wrong.to_string(),
            bare.twice.to_string(),
        ]);
    }
    result.table(table);
}

fn millis(durations: &[Duration]) -> String {
    let mut sorted = durations.to_vec();
    sorted.sort();
    let ms = |duration: &Duration| duration.as_secs_f64() * 1e3;
    match (sorted.get(sorted.len() / 2), sorted.last()) {
        (Some(median), Some(max)) => format!("{:.1} / {:.1}", ms(median), ms(max)),
        _ => "-".into(),
    }
}

fn trials(who: Who, times: usize, seed: u64) -> Result<Vec<Row>, Box<dyn Error>> {
    let proxies = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let kinds: Vec<_> =
        Kind::ALL.into_iter().flat_map(|kind| Direction::BOTH.map(|direction| (kind, direction))).collect();
    let rows = local.block_on(&clients, async {
        let mut rows = Vec::new();
        for group in kinds.chunks(ABREAST) {
            let mut tasks = Vec::new();
            for (&fault, index) in group.iter().zip(rows.len() as u64..) {
                let handle = proxies.handle().clone();
                tasks.push(tokio::task::spawn_local(async move {
                    one(who, fault, times, seed * 1_000 + index, &handle).await.map_err(|e| e.to_string())
                }));
            }
            for (&fault, task) in group.iter().zip(tasks) {
                rows.push((fault, task.await.map_err(|e| e.to_string())??));
            }
        }
        Ok::<_, String>(rows)
    })?;
    proxies.shutdown_background();
    Ok(rows)
}

async fn one(
    who: Who,
    (kind, direction): (Kind, Direction),
    times: usize,
    seed: u64,
    proxies: &Handle,
) -> Result<Trial, Box<dyn Error>> {
    let mut station = Station::new(who, proxies, seed, false)?;
    let mut dice = Dice::new(seed, 5);
    let mut trial = Trial::default();
    let mut turn = 0;
    for _ in 0..times {
        if !station.settle(300).await? {
            trial.stuck += 1;
            continue;
        }
        // Somewhere in the middle of the traffic: at a read or at a write.
        for _ in 0..3 + dice.below(8) {
            station.scan(stroke(&mut turn)).await?;
        }
        let before = station.proxy.injected();
        station.forget();
        station.proxy.arm(kind, direction, dice.below(2));
        let mut left = WATCHED;
        // A fault that needs an older frame waits for one.
        for attempt in 0..60 {
            if station.proxy.injected() > before {
                break;
            }
            if attempt % 5 == 4 {
                station.proxy.arm(kind, direction, dice.below(2));
            }
            station.scan(stroke(&mut turn)).await?;
        }
        let Some(injected) = station.proxy.log(before).into_iter().next() else { continue };
        trial.injected += 1;
        while left > 0 && station.noticed.is_none() {
            station.scan(stroke(&mut turn)).await?;
            left -= 1;
        }
        if let Some(noticed) = station.noticed {
            trial.noticed += 1;
            trial.detect.push(noticed.saturating_duration_since(injected.at));
            let mut content = None;
            for _ in 0..300 {
                content = station.content;
                if content.is_some() {
                    break;
                }
                station.scan(Action::None).await?;
            }
            match content {
                Some(content) => trial.recover.push(content.saturating_duration_since(injected.at)),
                None => trial.stuck += 1,
            }
        }
    }
    // What is still held up somewhere turns up.
    for _ in 0..20 {
        station.scan(Action::None).await?;
    }
    trial.wrong = station.score.wrong;
    trial.reserved = station.score.reserved;
    trial.undetectable = station.score.undetectable;
    trial.twice = station.monitor.executed().iter().filter(|&&count| count > 1).count();
    trial.odd = station.monitor.wrong;
    Ok(trial)
}

/// The next feeder; taken when the client is ready for it.
fn stroke(turn: &mut usize) -> Action {
    *turn = (*turn + 1) % 6;
    Action::Feed { feeders: FeederSet::single(*turn) }
}

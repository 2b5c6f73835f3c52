//! A potline of 300 PLCs on loopback at wall speed: polls kept, processor time, a dead tenth, and a drop
//! of every connection at once.

use super::poll::{Line, Tally};
use super::serve::{BEHIND_PROXY, WORDS, map};
use super::station::Who;
use crate::Options;
use crate::report::{Machine, Spread, Table, TierResult, own_cpu_s};
use potline::plc::Layout;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const PLCS: usize = 300;
const FAST: Duration = Duration::from_millis(100);
const SLOW: Duration = Duration::from_secs(1);
/// Time a line is given to connect and settle before anything is counted.
const WARM_UP: Duration = Duration::from_secs(2);

/// The process with the PLCs.
struct Servers {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    addresses: Vec<SocketAddr>,
}

impl Servers {
    fn start() -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &PLCS.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().ok_or("no pipe from the servers")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let addresses = serde_json::from_str(&line).map_err(|_| "the server process did not start")?;
        Ok(Self { child, orders, answers, addresses })
    }

    fn order(&mut self, order: &str) -> Result<(), Box<dyn Error>> {
        let orders = self.orders.as_mut().ok_or("the servers are gone")?;
        writeln!(orders, "{order}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if line.trim() == "ok" { Ok(()) } else { Err(format!("the servers failed at {order}").into()) }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // The end of its input ends the process.
        self.orders = None;
        let _ = self.child.wait();
    }
}

pub fn run(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    let seconds = Duration::from_secs(if options.quick { 4 } else { 60 });
    let layout = Arc::new(map()?.compile()?);
    let mut servers = Servers::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let columns = [
            "client",
            "period",
            "polls",
            "missed",
            "CPU of one core",
            "RTT p50 / p99 / p99.9 / max µs",
            "lateness p50 / p99 / max µs",
            "load",
            "stolen",
        ];
        let mut table = Table::new(&format!("{PLCS} PLCs × {WORDS} registers"), &columns);
        let brief = seconds.min(Duration::from_secs(20));
        let rows = [(Who::Driver, SLOW, seconds), (Who::Driver, FAST, seconds), (Who::Bare, FAST, brief)];
        for (who, period, time) in rows {
            steady(result, &mut table, &servers, &layout, (who, period, time)).await?;
        }
        result.table(table);
        black_hole(options, result, &mut servers, &layout).await?;
        storm(result, &mut servers, &layout).await
    })
}

fn name(who: Who) -> &'static str {
    match who {
        Who::Driver => "our driver",
        Who::Bare => "bare tokio-modbus",
    }
}

async fn steady(
    result: &mut TierResult,
    table: &mut Table,
    servers: &Servers,
    layout: &Arc<Layout>,
    (who, period, time): (Who, Duration, Duration),
) -> Result<(), Box<dyn Error>> {
    let what = format!("{} at {} ms", name(who), period.as_millis());
    result.step(&format!("{PLCS} PLCs, {what}, {} s", time.as_secs()));
    let line = Line::start(who, &servers.addresses, layout, period, |_| false)?;
    sleep(WARM_UP.max(4 * period)).await;
    line.others.borrow_mut().reset();
    let (machine, cpu, began) = (Machine::now(), own_cpu_s(), Instant::now());
    sleep(time).await;
    let (after, used, wall) = (Machine::now(), own_cpu_s(), began.elapsed().as_secs_f64());
    let share = used.zip(cpu).map(|(after, before)| 100.0 * (after - before) / wall);
    let tally = line.others.borrow();
    let Tally { due, missed, lateness, round_trip, .. } = &*tally;
    let at = |histogram: &hdrhistogram::Histogram<u64>, quantile| histogram.value_at_quantile(quantile);
    let percent = |share: Option<f64>| share.map_or("not told".into(), |share| format!("{share:.1} %"));
    let stolen = after.steal_s.zip(machine.steal_s).map(|(b, a)| format!("{:.1} s", b - a));
    table.row([
        name(who).into(),
        format!("{} ms", period.as_millis()),
        due.to_string(),
        missed.to_string(),
        percent(share),
        format!(
            "{} / {} / {} / {}",
            at(round_trip, 0.5),
            at(round_trip, 0.99),
            at(round_trip, 0.999),
            round_trip.max()
        ),
        format!("{} / {} / {}", at(lateness, 0.5), at(lateness, 0.99), lateness.max()),
        after.load.map_or("not told".into(), |load| load.to_string()),
        stolen.unwrap_or("not told".into()),
    ]);
    if who == Who::Driver {
        let expected = PLCS as f64 * wall / period.as_secs_f64();
        result.check(
            &format!("line, {what}: missed polls"),
            format!("{missed} of {due}"),
            "0, all of them due",
            *missed == 0 && *due as f64 > 0.98 * expected,
        );
        result.spread(Spread::new(&format!("line, {what}: due to reply"), "µs", &tally.response));
        result.spread(Spread::new(&format!("line, {what}: lateness"), "µs", lateness));
        result.spread(Spread::new(&format!("line, {what}: round trip"), "µs", round_trip));
        if period == FAST {
            result.check(
                &format!("line, {what}: processor time of the client"),
                percent(share),
                "at most 20 % of one core",
                share.is_some_and(|share| share <= 20.0),
            );
        }
    }
    Ok(())
}

/// A tenth of the line swallows everything, in turns with times when it does not.
async fn black_hole(
    options: &Options,
    result: &mut TierResult,
    servers: &mut Servers,
    layout: &Arc<Layout>,
) -> Result<(), Box<dyn Error>> {
    let (pairs, turn) = if options.quick { (3, 1) } else { (15, 2) };
    let turn = Duration::from_secs(turn);
    let dead = PLCS.div_ceil(BEHIND_PROXY);
    result.step(&format!("{dead} of {PLCS} PLCs black-holed, {pairs} pairs of {} s", turn.as_secs()));
    let exposed = |number: usize| number.is_multiple_of(BEHIND_PROXY);
    let line = Line::start(Who::Driver, &servers.addresses, layout, FAST, exposed)?;
    sleep(WARM_UP).await;
    let mut ratios = Vec::new();
    let mut table = Table::new(
        &format!("RTT p99 of the other {} PLCs [µs]", PLCS - dead),
        &["pair", "all well", "a tenth black-holed", "ratio", "missed by the others"],
    );
    let (mut missed, mut dead_answers) = (0, 0);
    for pair in 0..pairs {
        let mut p99 = [0; 2];
        // Which comes first changes, so that a trend of the machine cancels.
        let order = if pair % 2 == 0 { [false, true] } else { [true, false] };
        for cut in order {
            servers.order(if cut { "cut" } else { "mend" })?;
            sleep(Duration::from_millis(600)).await;
            line.others.borrow_mut().reset();
            line.exposed.borrow_mut().reset();
            sleep(turn).await;
            let tally = line.others.borrow();
            p99[usize::from(cut)] = tally.round_trip.value_at_quantile(0.99);
            missed += tally.missed;
            dead_answers += if cut { line.exposed.borrow().round_trip.len() } else { 0 };
        }
        let ratio = p99[1] as f64 / p99[0].max(1) as f64;
        table.row([
            (pair + 1).to_string(),
            p99[0].to_string(),
            p99[1].to_string(),
            format!("{ratio:.2}"),
            missed.to_string(),
        ]);
        ratios.push(ratio);
    }
    servers.order("mend")?;
    result.table(table);
    ratios.sort_by(f64::total_cmp);
    let median = 0.5 * (ratios[(pairs - 1) / 2] + ratios[pairs / 2]);
    let name = format!("line: RTT p99 of the others while {dead} PLCs are black-holed");
    let found = format!(
        "{:+.0} % (median of {pairs} pairs, {:+.0} to {:+.0} %), {dead_answers} answers of the dead",
        100.0 * (median - 1.0),
        100.0 * (ratios[0] - 1.0),
        100.0 * (ratios[pairs - 1] - 1.0)
    );
    if options.quick {
        // Too short to judge a tail on a machine that others use as well.
        result.note(format!("{name}: {found}; judged in the full run"));
    } else {
        result.check(&name, found, "less than 20 % more, the dead silent", median < 1.2 && dead_answers == 0);
    }
    result.check("line: polls of the others missed meanwhile", missed.to_string(), "0", missed == 0);
    Ok(())
}

/// Every connection is cut at the same moment.
async fn storm(
    result: &mut TierResult,
    servers: &mut Servers,
    layout: &Arc<Layout>,
) -> Result<(), Box<dyn Error>> {
    result.step(&format!("all {PLCS} connections dropped at once"));
    let line = Line::start(Who::Driver, &servers.addresses, layout, FAST, |_| false)?;
    sleep(WARM_UP).await;
    let opened = active_opens();
    servers.order("drop")?;
    let began = Instant::now();
    line.others.borrow_mut().reset();
    let (mut back, mut peak, mut last) = (None, 0, opened);
    for _ in 0..200 {
        sleep(Duration::from_millis(50)).await;
        let now = active_opens();
        peak = peak.max(now.zip(last).map_or(0, |(now, last)| now - last));
        last = now;
        if line.others.borrow().answered.iter().all(|answered| *answered) {
            back = Some(began.elapsed().as_secs_f64());
            break;
        }
    }
    let attempts = last.zip(opened).map(|(last, opened)| last - opened);
    result.check(
        "line: all connections dropped at once",
        back.map_or("not all back".into(), |seconds| {
            format!(
                "all {PLCS} answer again after {seconds:.2} s; {} connections opened on this machine, \
                 at most {peak} within 50 ms",
                attempts.map_or("unknown".into(), |count| count.to_string())
            )
        }),
        "within 5 s",
        back.is_some_and(|seconds| seconds <= 5.0),
    );
    Ok(())
}

/// Connections this machine has opened since boot, attempts included.
fn active_opens() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/net/snmp").ok()?;
    let mut lines = text.lines().filter(|line| line.starts_with("Tcp:"));
    let column = lines.next()?.split_whitespace().position(|name| name == "ActiveOpens")?;
    lines.next()?.split_whitespace().nth(column)?.parse().ok()
}

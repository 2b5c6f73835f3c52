//! Tier 2: `ClassicLadder` of Debian's linuxcnc-uspace, a ladder runtime with a Modbus server of its own.
//!
//! It binds to every address and wants a display, so the rig runs itself again in a network and process
//! namespace, with Xvfb; whatever was started there ends with it. The map of `ClassicLadder` is its bits,
//! so what is proved here is its Modbus server and the logic of pulses, interlock and watchdog; the
//! whole register map is tier 1's.

mod ladder;

use crate::Options;
use crate::master::Master;
use crate::report::{Spread, TierResult};
use hdrhistogram::Histogram;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Set in the namespace.
const INSIDE: &str = "POTLINE_HIL_NAMESPACE";
const PORT: u16 = 15_030;

pub fn run(options: &Options) -> TierResult {
    for tool in ["halrun", "xvfb-run", "unshare", "ip"] {
        let found =
            Command::new("sh").args(["-c", &format!("command -v {tool}")]).stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            return TierResult::not_run(
                2,
                &format!("{tool} is missing: install linuxcnc-uspace, xvfb, xauth"),
            );
        }
    }
    if std::env::var_os(INSIDE).is_none() {
        let error = enter();
        return TierResult::not_run(2, &format!("no namespace of its own: {error}"));
    }
    let mut result = TierResult::new(2);
    if let Err(error) = try_out(&mut result, options.quick) {
        result.check("ladder", error, "runs to its end", false);
    }
    result.finish();
    result
}

/// Becomes the same command in namespaces of its own; returns only on failure.
fn enter() -> String {
    let own = match std::env::current_exe() {
        Ok(own) => own,
        Err(error) => return error.to_string(),
    };
    let script = r#"ip link set lo up && exec "$0" "$@""#;
    let error = Command::new("unshare")
        .args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script])
        .arg(own)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, "1")
        .exec();
    error.to_string()
}

fn start(result: &TierResult, folder: &std::path::Path) -> Result<SocketAddr, String> {
    let hal = format!(
        "loadrt threads name1=plc period1=10000000\n\
         loadrt classicladder_rt numPhysInputs=15 numPhysOutputs=15 numWords=100 numBits=500\n\
         addf classicladder.0.refresh plc\n\
         start\n\
         loadusr classicladder --modslave --modbus_port={PORT} pot.clp\n\
         loadusr -w sleep 600\n"
    );
    let files = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(folder.join("pot.clp"), ladder::project()))
        .and_then(|()| std::fs::write(folder.join("pot.hal"), hal))
        .and_then(|()| std::fs::File::create(folder.join("halrun.log")));
    let log = files.map_err(|e| format!("{}: {e}", folder.display()))?;
    let error_log = log.try_clone().map_err(|e| e.to_string())?;
    result.step("starting ClassicLadder under Xvfb");
    Command::new("xvfb-run")
        .args(["-a", "halrun", "-f", "pot.hal"])
        .current_dir(folder)
        // rtapi_app refuses to run as root without a user to fall back to.
        .env("RTAPI_UID", "65534")
        .env("RTAPI_FIFO_PATH", std::env::temp_dir().join("potline-hil-rtapi"))
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(error_log)
        .spawn()
        .map_err(|e| format!("xvfb-run: {e}"))?;
    let address = SocketAddr::from(([127, 0, 0, 1], PORT));
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(30) {
        if std::net::TcpStream::connect(address).is_ok() {
            // It serves one client at a time and needs a moment to see that this one has gone.
            std::thread::sleep(Duration::from_millis(500));
            return Ok(address);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(format!("no Modbus server within 30 s; see {}", folder.join("halrun.log").display()))
}

struct Bench {
    master: Master,
    beat: bool,
    beaten: Instant,
    beating: bool,
    reads: Histogram<u64>,
}

type Outcome<T> = Result<T, String>;

impl Bench {
    /// Feeder, up, down; a heartbeat goes with it.
    fn look(&mut self) -> Outcome<[bool; 3]> {
        // An edge may only follow when the last was seen: several cycles apart.
        if self.beating && self.beaten.elapsed() > Duration::from_millis(60) {
            self.beaten = Instant::now();
            self.beat = !self.beat;
            self.set(ladder::HEARTBEAT, self.beat)?;
        }
        let begin = Instant::now();
        let coils = self.master.coils(ladder::FEEDER, 3).map_err(|e| e.to_string())?;
        self.reads.saturating_record(begin.elapsed().as_micros() as u64);
        <[bool; 3]>::try_from(coils).map_err(|coils| format!("{} coils", coils.len()))
    }

    fn set(&mut self, coil: u16, on: bool) -> Outcome<()> {
        self.master.set_coil(coil, on).map_err(|e| e.to_string())
    }

    /// Commands a pulse; how long until output `index` was seen on, and for how long it was [ms].
    fn pulse(&mut self, coil: u16, index: usize) -> Outcome<(f64, f64)> {
        let asked = Instant::now();
        self.set(coil, true)?;
        while !self.look()?[index] {
            if asked.elapsed() > Duration::from_secs(1) {
                return Err(format!("coil {coil}: output {index} never came on"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let on = Instant::now();
        while self.look()?[index] && on.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let length = on.elapsed();
        self.set(coil, false)?;
        self.wait(100)?;
        Ok(((on - asked).as_secs_f64() * 1e3, length.as_secs_f64() * 1e3))
    }

    /// Whether an output was on at any look within some time [ms].
    fn wait(&mut self, ms: u64) -> Outcome<bool> {
        let begin = Instant::now();
        let mut any = false;
        while begin.elapsed() < Duration::from_millis(ms) {
            any |= self.look()?.contains(&true);
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(any)
    }
}

fn try_out(result: &mut TierResult, quick: bool) -> Outcome<()> {
    let folder = std::env::temp_dir().join("potline-hil-tier2");
    let address = start(result, &folder)?;
    let master = Master::connect(address).map_err(|e| e.to_string())?;
    let reads = Histogram::new_with_bounds(1, 60_000_000, 2).map_err(|e| e.to_string())?;
    let mut bench = Bench { master, beat: false, beaten: Instant::now(), beating: true, reads };
    bench.wait(500)?;

    result.step("pulses");
    let pulses = [
        ("feeder", ladder::FEED, 0, ladder::FEED_TENTHS),
        ("beam up", ladder::UP, 1, ladder::BEAM_TENTHS),
        ("beam down", ladder::DOWN, 2, ladder::BEAM_TENTHS),
    ];
    for (name, coil, index, tenths) in pulses {
        let wanted = f64::from(tenths) * 100.0;
        let mut lengths = Vec::new();
        let mut worst: f64 = 0.0;
        for _ in 0..if quick { 3 } else { 10 } {
            let (_, length) = bench.pulse(coil, index)?;
            worst = worst.max((length - wanted).abs());
            lengths.push(format!("{length:.0}"));
        }
        let found = format!("{} ms", lengths.join(", "));
        // Scans of 10 ms at both ends, and a neighbour on this machine at the look.
        result.check(
            &format!("ladder: {name} pulse"),
            found,
            format!("{wanted} ms within 40"),
            worst <= 40.0,
        );
    }

    result.step("interlock");
    bench.set(ladder::DOWN, true)?;
    bench.wait(800)?;
    bench.set(ladder::UP, true)?;
    let moved = bench.wait(400)?;
    result.check("ladder: up asked while down is asked", format!("moved: {moved}"), "no move", !moved);
    bench.set(ladder::UP, false)?;
    bench.set(ladder::DOWN, false)?;
    bench.wait(300)?;

    result.step("watchdog");
    bench.beating = false;
    bench.wait(u64::from(ladder::WATCHDOG_TENTHS) * 100 + 300)?;
    bench.set(ladder::FEED, true)?;
    let fed = bench.wait(500)?;
    bench.set(ladder::FEED, false)?;
    result.check(
        "ladder: feed asked after 2.3 s without a heartbeat",
        format!("fed: {fed}"),
        "no feed",
        !fed,
    );
    bench.beating = true;
    bench.wait(300)?;
    let (_, length) = bench.pulse(ladder::FEED, 0)?;
    result.check("ladder: feed once the heartbeat is back", format!("{length:.0} ms"), "300 ms within 40", {
        (length - 300.0).abs() <= 40.0
    });
    let steady = steady(&mut bench)?;
    result.check("ladder: outputs that drop under a live heartbeat", steady.to_string(), "0", steady == 0);
    result.spread(Spread::new("ClassicLadder: read of coils", "µs", &bench.reads));
    Ok(())
}

/// Beam pulses cut short although the heartbeat went on: what a watchdog of two monostables did.
fn steady(bench: &mut Bench) -> Outcome<usize> {
    let mut cut = 0;
    for _ in 0..5 {
        let (_, length) = bench.pulse(ladder::UP, 1)?;
        cut += usize::from(length < 460.0);
    }
    Ok(cut)
}

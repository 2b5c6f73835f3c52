//! The controller falls silent while the beam moves: how soon does the PLC stop it?

use super::station::{DT, Station, Who, settings};
use crate::Options;
use crate::dice::Dice;
use crate::report::TierResult;
use potline::image::{Action, BeamDrive};
use std::error::Error;

pub fn run(options: &Options, result: &mut TierResult) -> Result<(), Box<dyn Error>> {
    let rounds = if options.quick { 5 } else { 40 };
    result.step(&format!("{rounds} times the network is cut while the beam moves"));
    let proxies = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let delays = clients.block_on(async {
        let mut station = Station::new(Who::Driver, proxies.handle(), options.seed, false)?;
        station.settle(400).await?;
        let mut dice = Dice::new(options.seed, 77);
        let mut delays = Vec::new();
        let home = station.scan(Action::None).await?.reading.beam_position;
        for _ in 0..rounds {
            delays.push(cut(&mut station, &mut dice, home).await?);
        }
        Ok::<_, Box<dyn Error>>(delays)
    })?;
    proxies.shutdown_background();
    let watchdog = settings().watchdog_s;
    let limit = watchdog + DT + 1e-6;
    let worst = delays.iter().copied().fold(0.0, f64::max);
    let least = delays.iter().copied().fold(f64::INFINITY, f64::min);
    result.check(
        "fail-safe: from the last heartbeat the PLC heard to the beam at rest",
        format!("{least:.1} to {worst:.1} s, {rounds} times"),
        format!("at most the watchdog and one scan, {:.1} s", watchdog + DT),
        worst <= limit,
    );
    Ok(())
}

/// One cut. Time from the last heartbeat the PLC took to the scan in which the motor was off \[s\].
/// The beam is moved towards `home`, so that it never meets a limit switch.
async fn cut(station: &mut Station, dice: &mut Dice, home: f64) -> Result<f64, Box<dyn Error>> {
    station.proxy.cut(false);
    if !station.settle(2_000).await? {
        return Err("the client never recovered from the cut before".into());
    }
    // A move of 20 s, longer than the watchdog. The PLC wants a pause after the one before.
    let position = station.scan(Action::None).await?.reading.beam_position;
    let travel = if position < home { 0.030 } else { -0.030 };
    for _ in 0..200 {
        station.scan(Action::Beam { travel }).await?;
        if station.plc_scan()?.0.beam != BeamDrive::Hold {
            break;
        }
    }
    for _ in 0..dice.below(5) {
        station.scan(Action::None).await?;
    }
    station.proxy.cut(true);
    for _ in 0..400 {
        if station.plc_scan()?.0.beam == BeamDrive::Hold {
            let silence = station.monitor.silence;
            // The client meanwhile learns of its misfortune.
            for _ in 0..8 {
                station.scan(Action::None).await?;
            }
            // A move that ended by itself shows nothing.
            return if silence < 1.0 { Err("the beam was not moving".into()) } else { Ok(silence) };
        }
    }
    Ok(f64::INFINITY)
}

//! How do I read a pot controller over Modbus TCP and have it feed a shot?
//!
//!     cargo run --example 04_talk_to_a_plc
//!
//! The driver, without the controller. The PLC is an emulated one in the same process; for a real
//! one give its address and its register map, and leave out everything with `bank`. Before the
//! driver writes anything the PLC must show the map version it expects.
//!
//! Last line: `feed of feeder 2: done, 1 stroke seen at the PLC, 0 errors`

use potline::image::{Action, CellId, Command, FeederSet, Field, Mode, Outcome, Quality};
use potline::plc::{
    Bank, BankSettings, Endpoint, LinkSettings, Outputs, PlcLink, PlcSettings, PotPlc, RegisterMap,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let layout = Arc::new(RegisterMap::pot500()?.compile()?);

    // The other side: one PLC on a free port, showing a steady cell.
    let plc = PotPlc::new(CellId(1), Arc::clone(&layout), &PlcSettings::default())
        .map_err(|problems| format!("{problems:?}"))?;
    let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, vec![plc])?;
    let mut field = Field { voltage: 3.97, current: 500e3, mode: Mode::Auto, ..Field::default() };
    let mut strokes = 0;

    // Our side. The link connects on its own and keeps trying.
    let address = format!("tcp://{}", bank.addresses()[0]);
    let endpoint = Endpoint { cell: CellId(1), address, unit_id: 1 };
    let mut link = PlcLink::spawn(&endpoint, &LinkSettings::default(), layout)?;

    let feeders = FeederSet::single(1);
    let (mut heartbeat, mut asked, mut now) = (0_u16, false, 0.0);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if Instant::now() > deadline {
            return Err("the PLC was not heard in ten seconds".into());
        }
        // A scan: read with a deadline, decide, write heartbeat and command in one request.
        link.start_read(now);
        let reading = link.finish_read(Instant::now() + Duration::from_secs(1)).await;
        println!(
            "{now:4.0} s  {:?} ({:?})  {:.3} V  {:.1} kA  last command: {:?}",
            reading.quality,
            reading.reason,
            reading.voltage,
            reading.current / 1e3,
            reading.link.last
        );
        if asked && reading.link.last == Outcome::Done {
            break;
        }
        // Ask once, on good data, when the PLC is ready. The driver never repeats a command.
        let action = if !asked && reading.quality == Quality::Good && reading.link.ready {
            asked = true;
            Action::Feed { feeders }
        } else {
            Action::None
        };
        heartbeat = heartbeat.wrapping_add(1);
        let command = Command { action, fallback_interval: 22.0, alf3: None };
        if link.start_write(&Outputs { heartbeat, command }).is_ok() {
            link.finish_write(Instant::now() + Duration::from_secs(1)).await;
        } else {
            // Not connected yet: give it a moment.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // One second of the emulated PLC.
        for _ in 0..10 {
            field.time += 0.1;
            strokes += u32::from(bank.scan(0, 0.1, &field)?.feeders == feeders);
        }
        now += 1.0;
    }
    let errors = link.health().errors;
    let stroke = if strokes > 0 { "1 stroke" } else { "no stroke" };
    println!("feed of feeder 2: done, {stroke} seen at the PLC, {errors} errors");
    Ok(())
}

//! What the line may show to systems above it: a Modbus TCP server that can only be read.
//!
//! Functions 3 and 4 read the same registers, unit 1, 32-bit values high word first; every other
//! function is refused with exception 1. What is not known is NaN. Registers, from 0:
//!
//! | register | line | |
//! |---|---|---|
//! | 0 | version of this map | 1 |
//! | 1 | scan counter, wrapping | |
//! | 2–3 | line time, u32 | s |
//! | 4 | cells | |
//! | 5 | cells whose reading is usable | |
//! | 6 | cells on anode effect | |
//! | 7 | anode effects begun since the start, wrapping | |
//! | 8–9 | mean voltage of the usable cells, f32 | V |
//! | 10–11 | mean line current of the usable cells, f32 | kA |
//! | 12–13 | mean voltage of all usable scans since the start, f32 | V |
//! | 14 | beam moves asked for since the start, wrapping | |
//! | 15 | scan counter again: a reply in which it differs mixes two scans | |
//!
//! | register | pot `n`, from 0, at 100 + 24 `n` | |
//! |---|---|---|
//! | +0 | number of the cell | |
//! | +1 | quality of the reading: 0 bad, 1 uncertain, 2 good | |
//! | +2 | mode: 0 off, 1 manual, 2 auto, 3 tapping, 4 anode change, 5 start-up | |
//! | +3 | age of the reading, u16 | 0.1 s |
//! | +4–5 | conditions, u32: the bits of [`Flags`](crate::image::Flags) | |
//! | +6–7 | voltage, f32 | V |
//! | +8–9 | current, f32 | kA |
//! | +10–11 | pseudo-resistance, f32 | µΩ |
//! | +12–13 | its target, f32 | µΩ |
//! | +14–15 | alumina, estimated, f32 | wt % |
//! | +16–17 | bath temperature, estimated, f32 | °C |
//! | +18–19 | beam position, f32 | mm |
//! | +20–21 | low-frequency noise, f32 | mV |
//! | +22–23 | feed rate asked for, of consumption, f32 | 1 |

use super::run::Scan;
use crate::control::Tick;
use crate::image::{Action, CellId, Flags, Mode, Quality, Reading};
use crate::plc::server::{Manners, Refusal, Request, Station, Table, listen};
use crate::plc::{BankError, RegisterKind};
use std::net::SocketAddr;
use std::prelude::rust_2024::*;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Version of the register map.
pub const NORTHBOUND_VERSION: u16 = 1;
/// First register of the pots, and registers of each.
const POTS: usize = 100;
const POT: usize = 24;
/// Clients at a time, and silence after which one is let go.
const MANNERS: Manners = Manners { max_connections: 8, idle: Duration::from_secs(60) };

/// The registers as last published.
#[derive(Debug)]
struct Shelf(Mutex<Vec<u16>>);

impl Table for &Shelf {
    fn read(&self, _: RegisterKind, start: u16, out: &mut [u16]) -> Result<(), Refusal> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = usize::from(start);
        out.copy_from_slice(words.get(from..from + out.len()).ok_or(Refusal::Address)?);
        Ok(())
    }
}

impl Station for Shelf {
    fn is_unit(&self, unit: u8) -> bool {
        unit == 1
    }

    fn offers(&self, function: u8) -> bool {
        matches!(function, 3 | 4)
    }

    fn answer(&self, request: &Request<'_>, reply: &mut Vec<u8>) -> Result<(), Refusal> {
        request.carry_out(&mut &*self, reply)
    }
}

/// The server, in a thread of its own: the loop never waits for a client. Dropping it stops it.
#[derive(Debug)]
pub struct Northbound {
    shelf: Arc<Shelf>,
    address: SocketAddr,
    /// The registers being filled; kept, so that publishing allocates nothing.
    draft: Vec<u16>,
    on_effect: Vec<bool>,
    effects: u16,
    moves: u16,
    voltage_sum: f64,
    samples: u64,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Northbound {
    /// Listens at `address`; port 0 lets the system choose.
    ///
    /// # Errors
    /// [`BankError::Bind`], [`BankError::Thread`].
    pub fn start(address: SocketAddr, cells: &[CellId]) -> Result<Self, BankError> {
        let mut draft = vec![0; POTS + POT * cells.len()];
        for (pot, cell) in draft[POTS..].chunks_exact_mut(POT).zip(cells) {
            pot[0] = cell.0;
        }
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(BankError::Thread)?;
        let bound = runtime.block_on(tokio::net::TcpListener::bind(address));
        let listener = bound.map_err(|source| BankError::Bind { address, source })?;
        let address = listener.local_addr().map_err(BankError::Thread)?;
        let shelf = Arc::new(Shelf(Mutex::new(draft.clone())));
        let station: Arc<dyn Station> = Arc::<Shelf>::clone(&shelf);
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = move || {
            runtime.block_on(async {
                let serving = tokio::spawn(listen(listener, station, MANNERS));
                // Told to stop, or the sender is gone with its owner.
                let _ = stopped.await;
                serving.abort();
            });
        };
        let thread = std::thread::Builder::new().name("northbound".into()).spawn(serve);
        Ok(Self {
            shelf,
            address,
            draft,
            on_effect: vec![false; cells.len()],
            effects: 0,
            moves: 0,
            voltage_sum: 0.0,
            samples: 0,
            stop: Some(stop),
            thread: Some(thread.map_err(BankError::Thread)?),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows a scan. A client that is being answered at this very moment is shown the next one.
    pub fn publish(&mut self, scan: &Scan<'_>) {
        self.count(scan);
        let counter = scan.number as u16;
        let mut line = Writer(&mut self.draft);
        let usable = || scan.readings.iter().filter(|reading| reading.usable());
        let count = usable().count();
        let mean = |of: fn(&Reading) -> f64| usable().map(of).sum::<f64>() / count as f64;
        line.word(0, NORTHBOUND_VERSION);
        line.word(1, counter);
        line.long(2, scan.now as u32);
        line.word(4, scan.readings.len() as u16);
        line.word(5, count as u16);
        line.word(6, self.on_effect.iter().filter(|on| **on).count() as u16);
        line.word(7, self.effects);
        line.real(8, mean(|reading| reading.voltage));
        line.real(10, mean(|reading| reading.current) * 1e-3);
        line.real(12, self.voltage_sum / self.samples as f64);
        line.word(14, self.moves);
        line.word(15, counter);
        let pots = self.draft[POTS..].chunks_exact_mut(POT);
        for ((reading, tick), words) in scan.readings.iter().zip(scan.ticks).zip(pots) {
            pot(Writer(words), reading, tick);
        }
        if let Ok(mut words) = self.shelf.0.try_lock() {
            words.copy_from_slice(&self.draft);
        }
    }

    /// What is counted since the start.
    fn count(&mut self, scan: &Scan<'_>) {
        for ((reading, tick), was) in scan.readings.iter().zip(scan.ticks).zip(&mut self.on_effect) {
            let on = tick.status.flags.has(Flags::EFFECT);
            self.effects = self.effects.wrapping_add(u16::from(on && !*was));
            *was = on;
            let moved = matches!(tick.command.action, Action::Beam { .. });
            self.moves = self.moves.wrapping_add(u16::from(moved));
            if reading.usable() {
                self.voltage_sum += reading.voltage;
                self.samples += 1;
            }
        }
    }
}

impl Drop for Northbound {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The words of a pot after its number.
fn pot(mut words: Writer<'_>, reading: &Reading, tick: &Tick) {
    let quality = match reading.quality {
        Quality::Bad => 0,
        Quality::Uncertain => 1,
        Quality::Good => 2,
    };
    let mode = match reading.mode {
        Mode::Off => 0,
        Mode::Manual => 1,
        Mode::Auto => 2,
        Mode::Tapping => 3,
        Mode::AnodeChange => 4,
        Mode::StartUp => 5,
    };
    let status = &tick.status;
    words.word(1, quality);
    words.word(2, mode);
    // Saturates: an age beyond 6553.5 s, or none at all, is as bad as that.
    let age = if reading.age.is_nan() { f64::INFINITY } else { reading.age };
    words.word(3, (age * 10.0).round() as u16);
    words.long(4, status.flags.0);
    // A value that nobody may rely on is not shown.
    let measured = |value: f64| if reading.usable() { value } else { f64::NAN };
    words.real(6, measured(reading.voltage));
    words.real(8, measured(reading.current) * 1e-3);
    words.real(10, status.resistance * 1e6);
    words.real(12, status.target * 1e6);
    words.real(14, status.alumina * 1e2);
    words.real(16, status.temperature - 273.15);
    words.real(18, measured(reading.beam_position) * 1e3);
    words.real(20, status.noise_low * 1e3);
    words.real(22, status.feed_rate);
}

/// Puts values into registers, high word first.
struct Writer<'a>(&'a mut [u16]);

impl Writer<'_> {
    fn word(&mut self, at: usize, value: u16) {
        self.0[at] = value;
    }

    fn long(&mut self, at: usize, value: u32) {
        self.word(at, (value >> 16) as u16);
        self.word(at + 1, value as u16);
    }

    fn real(&mut self, at: usize, value: f64) {
        self.long(at, (value as f32).to_bits());
    }
}

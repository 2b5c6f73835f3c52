//! One cell, its emulated PLC, the proxy before it and the client under test, in lock-step.

use super::client::{Client, Sending, good};
use super::monitor::Monitor;
use super::truth::{Judgement, Truth, flips};
use crate::proxy::Proxy;
use potline::image::{Action, Drive, Reading};
use potline::plc::{
    Bank, BankSettings, CommandBlock, Layout, PlcSettings, PotPlc, RegisterKind, RegisterMap,
};
use potline::sim::{LineSettings, PlantSettings, RoutineSettings, Section, SensorSettings, Setup};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Least wall time of one scan of the controller, which stands for one second: 200 times real time.
pub const PACE: Duration = Duration::from_millis(5);

/// A scan of the PLC \[s\], ten to each scan of the controller.
pub const DT: f64 = 0.1;

/// Which client is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Driver,
    Bare,
}

/// How often a good reading was what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    pub scans: u64,
    pub good: u64,
    /// Of the good ones, wrong: old or false.
    pub wrong: u64,
    /// Of the good ones, false in a way the protocol cannot show.
    pub undetectable: u64,
    /// Of the uncertain ones, wrong: a reserve was stated.
    pub reserved: u64,
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.scans += other.scans;
        self.good += other.good;
        self.wrong += other.wrong;
        self.undetectable += other.undetectable;
        self.reserved += other.reserved;
    }
}

pub struct Station {
    bank: Bank,
    layout: Arc<Layout>,
    section: Section,
    pub proxy: Proxy,
    pub client: Client,
    truth: Truth,
    pub monitor: Monitor,
    pub score: Score,
    heartbeat: u16,
    deadline: Duration,
    /// Entries of the proxy's log before the last scan.
    seen: usize,
    /// When the client first noticed anything since [`Station::forget`], and was content again.
    pub noticed: Option<Instant>,
    pub content: Option<Instant>,
    errors: u64,
    /// Command being repeated by a client that does so.
    repeated: Option<(usize, Action)>,
}

/// What came of one scan.
pub struct Scan {
    pub reading: Reading,
    /// Number of the command that went out.
    pub sent: Option<usize>,
    pub refused: bool,
}

impl Station {
    /// Proxy tasks run on `proxies`, the client in the current runtime. `hasty`: the controller does not
    /// wait for late replies but goes on with its scan.
    pub fn new(who: Who, proxies: &Handle, seed: u64, hasty: bool) -> Result<Self, Box<dyn Error>> {
        let layout = Arc::new(RegisterMap::pot500()?.compile()?);
        let section = Section::new(
            &Setup {
                cells: 1,
                hours: 24.0,
                seed,
                plant: PlantSettings::default(),
                sensors: SensorSettings::default(),
                line: LineSettings::default(),
                // Nobody works at the cell: the beam may always move.
                routine: RoutineSettings {
                    tap_every_h: 0.0,
                    anode_change_every_h: 0.0,
                    dress_every_h: 0.0,
                    ..RoutineSettings::default()
                },
                events: Vec::new(),
            },
            DT,
        )?;
        let cell = potline::image::CellId(1);
        let plc = PotPlc::new(cell, Arc::clone(&layout), &settings())
            .map_err(|problems| format!("settings of the emulated PLC: {problems:?}"))?;
        let bank = BankSettings { base_port: 0, max_connections: 32, ..BankSettings::default() };
        let bank = Bank::start(&bank, vec![plc])?;
        let target = *bank.addresses().first().ok_or("the bank has no PLC")?;
        let proxy = Proxy::start(proxies, target, seed, super::TIMEOUT)?;
        let client = match who {
            Who::Driver => Client::driver(proxy.address(), &layout)?,
            Who::Bare => Client::bare(proxy.address(), &layout),
        };
        Ok(Self {
            bank,
            layout,
            section,
            proxy,
            client,
            truth: Truth::default(),
            monitor: Monitor::default(),
            score: Score::default(),
            heartbeat: 0,
            deadline: if hasty { PACE } else { super::TIMEOUT.mul_f64(1.2) },
            seen: 0,
            noticed: None,
            content: None,
            errors: 0,
            repeated: None,
        })
    }

    /// One scan of the PLC with the cell behind it.
    pub fn plc_scan(&mut self) -> Result<(Drive, CommandBlock), Box<dyn Error>> {
        let now = self.section.now();
        let pot = self.section.pots_mut().first_mut().ok_or("the section has no cell")?;
        let field = pot.field();
        let layout = &self.layout;
        let (drive, shown, block, executed, alone) = self.bank.with(0, |plc| {
            let drive = plc.scan(DT, &field);
            let read = |start, count| plc.read(RegisterKind::Holding, start, count).unwrap_or_default();
            let shown = layout.decode(read(0, layout.read_words() as u16));
            let block = layout.command(read(layout.write_start, layout.write_count));
            (drive, shown, block, plc.executed(), plc.comms_lost())
        })?;
        pot.drive(now, &drive, DT);
        self.section.advance();
        self.truth.record(self.section.now(), shown);
        self.monitor.scan(DT, drive, executed, &block, alone);
        Ok((drive, block))
    }

    /// One second of the PLC and one scan of the controller.
    pub async fn scan(&mut self, action: Action) -> Result<Scan, Box<dyn Error>> {
        let began = Instant::now();
        for _ in 0..10 {
            self.plc_scan()?;
        }
        let now = self.section.now();
        let reading = self.client.read(now, self.deadline).await;
        self.judge(&reading);
        self.notice(Some(good(&reading)));
        let (sent, refused) = self.send(if reading.link.ready { action } else { Action::None }).await;
        self.notice(None);
        tokio::time::sleep(PACE.saturating_sub(began.elapsed())).await;
        Ok(Scan { reading, sent, refused })
    }

    /// From now on the next sign of trouble counts.
    pub fn forget(&mut self) {
        (self.noticed, self.content, self.errors) = (None, None, self.client.errors());
    }

    /// After a read, which was good or not, and after a write, which does not say.
    fn notice(&mut self, good: Option<bool>) {
        if good == Some(false) || self.client.errors() > self.errors {
            self.errors = self.client.errors();
            self.noticed.get_or_insert_with(Instant::now);
            self.content = None;
        } else if good.is_some() && self.noticed.is_some() {
            self.content.get_or_insert_with(Instant::now);
        }
    }

    /// Gives the client a command, unless it is busy repeating one.
    async fn send(&mut self, action: Action) -> (Option<usize>, bool) {
        self.heartbeat = self.heartbeat.wrapping_add(1);
        let mut sent = None;
        if let Some((number, action)) = self.repeated {
            self.monitor.repeat(self.heartbeat, number, action);
        } else if action != Action::None {
            let number = self.monitor.intend(self.heartbeat, action);
            sent = Some(number);
        }
        let sending = self.client.write(self.heartbeat, action, self.deadline).await;
        self.repeated = match &self.client {
            Client::Bare(bare) if bare.repeats() => sent.map(|number| (number, action)).or(self.repeated),
            _ => None,
        };
        (sent, sending == Sending::Refused)
    }

    fn judge(&mut self, reading: &Reading) {
        self.score.scans += 1;
        // A reply that was forged in the last scan may have come too late for it.
        let recent = self.proxy.log(self.seen.saturating_sub(8));
        self.seen = self.proxy.injected();
        let judgement = || self.truth.judge(reading, self.section.now(), &self.layout, &recent);
        if good(reading) {
            self.score.good += 1;
            match judgement() {
                Judgement::True => {}
                Judgement::Undetectable => self.score.undetectable += 1,
                Judgement::Old | Judgement::False => self.score.wrong += 1,
            }
        } else if reading.usable() {
            let wrong = matches!(judgement(), Judgement::Old | Judgement::False);
            self.score.reserved += u64::from(wrong);
        }
    }

    /// Replies with flipped bits so far: those that give themselves away, and those that cannot.
    pub fn flips(&self) -> (usize, usize) {
        flips(&self.proxy.log(0), &self.layout)
    }

    /// Scans until the client is content, at most `most` times.
    pub async fn settle(&mut self, most: usize) -> Result<bool, Box<dyn Error>> {
        for _ in 0..most {
            if good(&self.scan(Action::None).await?.reading) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Limit switches around the simulated beam.
pub fn settings() -> PlcSettings {
    PlcSettings { beam_low_limit_mm: 5.0, beam_high_limit_mm: 295.0, ..PlcSettings::default() }
}

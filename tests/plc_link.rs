//! Links and emulated PLCs over real sockets.
#![cfg(feature = "modbus")]

use potline::image::{
    Action, BeamDrive, CellId, Command, Drive, FeederSet, Field, Mode, Outcome, Quality, Reading, Reason,
    StatusBits,
};
use potline::plc::{
    Bank, BankError, BankSettings, Endpoint, Layout, LinkSettings, MAX_WORDS, Outputs, PlcLink, PlcSettings,
    PotPlc, RegisterKind, RegisterMap, Span, WriteError,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

fn layout(plc_version: u16) -> Arc<Layout> {
    let mut map = RegisterMap::pot500().unwrap();
    map.plc_version = plc_version;
    Arc::new(map.compile().unwrap())
}

fn quick() -> LinkSettings {
    LinkSettings {
        timeout_ms: 300,
        connect_timeout_ms: 300,
        backoff_min_ms: 5,
        backoff_max_ms: 20,
        ..LinkSettings::default()
    }
}

/// Several emulated PLCs and their links, in lock-step at one scan per simulated second.
struct Line {
    bank: Bank,
    links: Vec<PlcLink>,
    fields: Vec<Field>,
    drives: Vec<Vec<Drive>>,
    now: f64,
    heartbeat: u16,
}

impl Line {
    fn new(count: u16) -> Self {
        Self::of(layout(501), count)
    }

    fn of(layout: Arc<Layout>, count: u16) -> Self {
        let plcs = (1..=count)
            .map(|cell| PotPlc::new(CellId(cell), Arc::clone(&layout), &PlcSettings::default()).unwrap())
            .collect();
        let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, plcs).unwrap();
        let links = bank
            .addresses()
            .iter()
            .zip(1..)
            .map(|(address, cell)| {
                let endpoint =
                    Endpoint { cell: CellId(cell), address: format!("tcp://{address}"), unit_id: 1 };
                PlcLink::spawn(&endpoint, &quick(), Arc::clone(&layout)).unwrap()
            })
            .collect();
        let field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
        let fields = vec![field; usize::from(count)];
        let drives = vec![Vec::new(); usize::from(count)];
        Self { bank, links, fields, drives, now: 0.0, heartbeat: 0 }
    }

    /// One simulated second of every PLC.
    fn process(&mut self) {
        for (index, field) in self.fields.iter_mut().enumerate() {
            for _ in 0..10 {
                field.time += 0.1;
                self.drives[index].push(self.bank.scan(index, 0.1, field).unwrap());
            }
        }
        self.now += 1.0;
    }

    async fn read(&mut self) -> Vec<Reading> {
        let deadline = Instant::now() + Duration::from_secs(1);
        for link in &mut self.links {
            link.start_read(self.now);
        }
        let mut readings = Vec::new();
        for link in &mut self.links {
            readings.push(link.finish_read(deadline).await);
        }
        readings
    }

    async fn write(&mut self, action: Action) -> Vec<Result<(), WriteError>> {
        self.heartbeat = self.heartbeat.wrapping_add(1);
        let command = Command { action, fallback_interval: 20.0, alf3: None };
        let outputs = Outputs { heartbeat: self.heartbeat, command };
        let results = self.links.iter_mut().map(|link| link.start_write(&outputs)).collect();
        let deadline = Instant::now() + Duration::from_secs(1);
        for link in &mut self.links {
            link.finish_write(deadline).await;
        }
        results
    }

    async fn scan(&mut self, action: Action) -> Vec<Reading> {
        self.process();
        let readings = self.read().await;
        self.write(action).await;
        readings
    }

    /// Scans until every reading is good.
    async fn settle(&mut self) {
        for _ in 0..200 {
            if self.scan(Action::None).await.iter().all(|reading| reading.quality == Quality::Good) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("never good: {:?}", self.links.iter().map(PlcLink::health).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn readings_arrive_and_commands_are_executed() {
    let mut line = Line::new(2);
    line.fields[1].voltage = 4.25;
    line.fields[0].bath_temperature = Some(1_230.0);
    line.settle().await;
    let feed = Action::Feed { feeders: FeederSet(0b101) };
    let readings = line.scan(feed).await;
    assert!((readings[1].voltage - 4.25).abs() < 1e-6 && readings[1].bath_temperature.is_none());
    assert!((readings[0].bath_temperature.unwrap() - 1_230.0).abs() < 0.051);
    assert!(readings.iter().all(|reading| reading.link.ready && reading.mode == Mode::Auto));
    let readings = line.scan(Action::None).await;
    for (index, reading) in readings.iter().enumerate() {
        assert_eq!(reading.link.last, Outcome::Done);
        assert!(reading.status.has(StatusBits::FEED_BUSY) && reading.age == 0.0);
        let last = *line.drives[index].last().unwrap();
        assert_eq!(last.feeders, FeederSet(0b101));
    }
    line.scan(Action::Beam { travel: 3e-3 }).await;
    let moving = line.scan(Action::Feed { feeders: FeederSet(2) }).await;
    assert_eq!((moving[0].link.last, moving[0].link.ready), (Outcome::Accepted, false));
    for _ in 0..3 {
        line.scan(Action::None).await;
    }
    for drives in &line.drives {
        assert_eq!(drives.iter().filter(|drive| drive.beam == BeamDrive::Up).count(), 20);
    }
    assert_eq!(line.bank.with(0, |plc| plc.executed()).unwrap(), 2, "the feed during the move was kept back");
    assert!(line.bank.wait_all_heartbeats(Duration::from_millis(100)));
    let health = line.links[0].health();
    assert_eq!((health.errors, health.reconnects, health.connected), (0, 0, true));
    assert_eq!(line.links[0].round_trips().len(), health.requests);
}

/// The example map with everything from the stamp on in input registers far away.
fn in_two_requests() -> Arc<Layout> {
    let mut map = RegisterMap::pot500().unwrap();
    let mut far = map.blocks[0].clone();
    (far.register, far.start, far.count) = (RegisterKind::Input, 1_000, 17);
    map.blocks[0].count = 14;
    map.blocks[0].points.retain(|point| point.offset < 14);
    far.points.retain_mut(|point| {
        let moved = point.offset.checked_sub(14);
        point.offset = moved.unwrap_or(point.offset);
        moved.is_some()
    });
    map.blocks.insert(1, far);
    assert_eq!(map.lint(), []);
    Arc::new(map.compile().unwrap())
}

#[tokio::test]
async fn a_scan_of_two_requests_is_one_reading() {
    let layout = in_two_requests();
    assert_eq!((layout.reads.len(), layout.read_words()), (2, 31));
    let mut line = Line::of(layout, 1);
    line.fields[0].strokes[7] = 77;
    line.settle().await;
    let reading = line.read().await[0];
    assert!((reading.voltage - 4.0).abs() < 1e-6 && reading.strokes[7] == 77, "{reading:?}");
    line.scan(Action::Feed { feeders: FeederSet(1) }).await;
    assert_eq!(line.scan(Action::None).await[0].link.last, Outcome::Done);
}

#[test]
fn a_plc_that_scans_between_two_requests_is_noticed() {
    let layout = in_two_requests();
    let field = Field { voltage: 4.0, mode: Mode::Auto, ..Field::default() };
    let mut plc = PotPlc::new(CellId(1), Arc::clone(&layout), &PlcSettings::default()).unwrap();
    let mut words = [0; MAX_WORDS];
    let mut fetch = |plc: &PotPlc, span: &Span| {
        let at = usize::from(span.at);
        let fresh = plc.read(span.kind, span.start, span.count).unwrap();
        words[at..at + fresh.len()].copy_from_slice(fresh);
        layout.decode(&words)
    };
    plc.scan(0.1, &field);
    fetch(&plc, &layout.reads[0]);
    assert!(!fetch(&plc, &layout.reads[1]).torn);
    plc.scan(0.1, &field);
    fetch(&plc, &layout.reads[0]);
    plc.scan(0.1, &field);
    assert!(fetch(&plc, &layout.reads[1]).torn);
}

#[tokio::test]
async fn commands_that_do_not_fit_stay_here_and_the_heartbeat_goes_out() {
    let mut line = Line::new(1);
    line.settle().await;
    line.process();
    line.read().await;
    let refused = line.write(Action::Beam { travel: 1.0 }).await;
    assert!(matches!(refused[0], Err(WriteError::Codec(_))), "{refused:?}");
    let readings = line.scan(Action::None).await;
    assert_eq!((readings[0].link.last, readings[0].link.ready), (Outcome::Rejected, true));
    assert!(line.bank.wait_all_heartbeats(Duration::from_millis(100)));
    assert_eq!(line.bank.with(0, |plc| plc.executed()).unwrap(), 0);
}

#[tokio::test]
async fn a_killed_plc_goes_bad_alone_and_comes_back_without_a_repeated_command() {
    let mut line = Line::new(3);
    line.settle().await;
    line.process();
    line.read().await;
    line.write(Action::Feed { feeders: FeederSet(1) }).await;
    line.bank.kill(1).unwrap();
    for _ in 0..5 {
        let readings = line.scan(Action::None).await;
        assert_eq!((readings[1].quality, readings[1].reason), (Quality::Bad, Reason::Disconnected));
        assert_eq!((readings[0].quality, readings[2].quality), (Quality::Good, Quality::Good));
        assert!(line.bank.wait_all_heartbeats(Duration::from_millis(100)));
    }
    let asked = std::time::Instant::now();
    line.scan(Action::None).await;
    assert!(asked.elapsed() < Duration::from_millis(100), "a dead PLC must not be waited for");
    line.bank.revive(1).unwrap();
    line.settle().await;
    let readings = line.scan(Action::None).await;
    assert!(readings[1].link.ready && readings[1].link.last == Outcome::Done);
    for index in 0..3 {
        assert_eq!(line.bank.with(index, |plc| plc.executed()).unwrap(), 1);
    }
    let health = line.links[1].health();
    assert!(health.reconnects == 1 && health.errors >= 1 && health.last_error.is_some(), "{health:?}");
    assert_eq!(line.links[0].health().errors, 0);
}

#[tokio::test]
async fn a_plc_that_restarts_does_not_repeat_the_last_command() {
    let mut line = Line::new(1);
    line.settle().await;
    line.scan(Action::Feed { feeders: FeederSet(1) }).await;
    line.scan(Action::None).await;
    line.bank.with(0, |plc| plc.restart()).unwrap();
    line.fields[0].time = 0.0;
    // One sample alone might be an old reply.
    let readings = line.scan(Action::None).await;
    assert_eq!((readings[0].quality, line.links[0].plc_restarts()), (Quality::Bad, 0));
    let readings = line.scan(Action::None).await;
    assert_eq!((readings[0].quality, line.links[0].plc_restarts()), (Quality::Uncertain, 1));
    for _ in 0..3 {
        line.scan(Action::None).await;
    }
    line.scan(Action::Feed { feeders: FeederSet(1) }).await;
    let readings = line.scan(Action::None).await;
    assert_eq!(readings[0].link.last, Outcome::Done);
    assert_eq!(line.bank.with(0, |plc| plc.executed()).unwrap(), 2);
}

#[tokio::test]
async fn a_controller_that_stops_writing_is_noticed_by_the_plc() {
    let mut line = Line::new(1);
    line.settle().await;
    line.fields[0].voltage = 20.0;
    line.scan(Action::Beam { travel: -29e-3 }).await;
    line.drives[0].clear();
    for _ in 0..60 {
        line.process();
    }
    let drives = &line.drives[0];
    let stopped = drives.iter().position(|drive| drive.beam == BeamDrive::Hold).unwrap();
    assert!((99..=101).contains(&stopped), "{stopped}");
    assert!(drives[stopped..].iter().all(|drive| drive.beam == BeamDrive::Hold));
    let strokes = drives.windows(2).filter(|w| w[0].feeders.is_empty() && !w[1].feeders.is_empty()).count();
    assert_eq!(strokes, 2, "one stroke every 20 s from 10 s on");
    let readings = line.read().await;
    assert!(readings[0].status.has(StatusBits::COMMS_LOST));
    line.scan(Action::None).await;
    assert!(!line.scan(Action::None).await[0].status.has(StatusBits::COMMS_LOST));
}

#[tokio::test]
async fn a_plc_of_another_map_version_gets_neither_commands_nor_heartbeats() {
    let mut line = Line::new(1);
    let endpoint =
        Endpoint { cell: CellId(1), address: format!("tcp://{}", line.bank.addresses()[0]), unit_id: 1 };
    line.links = vec![PlcLink::spawn(&endpoint, &quick(), layout(502)).unwrap()];
    for _ in 0..50 {
        line.process();
        let reading = line.read().await[0];
        let refused = line.write(Action::None).await;
        if reading.reason == Reason::MapMismatch {
            assert_eq!((reading.quality, refused[0]), (Quality::Bad, Err(WriteError::MapMismatch)));
            let message = line.links[0].mismatch().unwrap().to_string();
            assert!(message.contains("501") && message.contains("502"), "{message}");
            assert!(!line.bank.wait_all_heartbeats(Duration::from_millis(1)));
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("not noticed");
}

#[tokio::test]
async fn a_foreign_unit_id_is_answered_with_an_exception() {
    let mut line = Line::new(1);
    let address = format!("tcp://{}", line.bank.addresses()[0]);
    let endpoint = Endpoint { cell: CellId(1), address, unit_id: 9 };
    line.links = vec![PlcLink::spawn(&endpoint, &quick(), layout(501)).unwrap()];
    for _ in 0..20 {
        line.process();
        assert_eq!(line.read().await[0].quality, Quality::Bad);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let health = line.links[0].health();
    assert_eq!(health.last_error.unwrap().to_string(), "exception 11");
    assert!(health.bad_replies > 0);
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let plc = PotPlc::new(CellId(1), layout(501), &PlcSettings::default()).unwrap();
    let settings = BankSettings { base_port: address.port(), ..BankSettings::default() };
    let error = Bank::start(&settings, vec![plc]).unwrap_err();
    assert!(matches!(error, BankError::Bind { .. }));
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[test]
fn a_link_needs_a_runtime_and_sound_settings() {
    let good = Endpoint { cell: CellId(1), address: "tcp://127.0.0.1:1".into(), unit_id: 1 };
    let bad = Endpoint { address: "nowhere".into(), ..good.clone() };
    let error = PlcLink::spawn(&bad, &LinkSettings::default(), layout(501)).unwrap_err();
    assert!(error.to_string().contains("tcp://host:port"), "{error}");
    let error = PlcLink::spawn(&good, &LinkSettings::default(), layout(501)).unwrap_err();
    assert!(error.to_string().contains("runtime"), "{error}");
}

#[test]
fn crowds_are_turned_away_and_leave_room_again() {
    use std::io::Read;
    let plc = PotPlc::new(CellId(1), layout(501), &PlcSettings::default()).unwrap();
    let settings = BankSettings { base_port: 0, max_connections: 2, ..BankSettings::default() };
    let bank = Bank::start(&settings, vec![plc]).unwrap();
    let join = || std::net::TcpStream::connect(bank.addresses()[0]).unwrap();
    let guests = [join(), join()];
    let mut third = join();
    third.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    assert_eq!(third.read(&mut [0]).unwrap(), 0, "closed by the server");
    drop(guests);
    for _ in 0..100 {
        let mut guest = join();
        guest.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        if guest.read(&mut [0]).is_err() {
            return;
        }
    }
    panic!("the places were not freed");
}

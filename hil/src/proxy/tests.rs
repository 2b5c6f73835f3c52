//! Each fault does what its description says, and the log says so.

use super::{Direction, Kind, Plan, Proxy};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_millis(40);

/// A read of two registers, number `id`, and the proper answer.
fn request(id: u8) -> Vec<u8> {
    vec![0, id, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2]
}

fn reply(id: u8) -> Vec<u8> {
    vec![0, id, 0, 0, 0, 7, 1, 3, 4, 0x12, 0x34, 0x56, id]
}

/// A PLC that answers request `id` with [`reply`] of it.
async fn plc() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut frame = [0; 12];
                while stream.read_exact(&mut frame).await.is_ok() {
                    stream.write_all(&reply(frame[1])).await.unwrap();
                }
            });
        }
    });
    address
}

struct Bench {
    proxy: Proxy,
    stream: TcpStream,
    id: u8,
}

impl Bench {
    /// A connection over which two exchanges went well, for replays.
    async fn new() -> Self {
        let proxy = Proxy::start(&Handle::current(), plc().await, 1, PATIENCE).unwrap();
        let stream = TcpStream::connect(proxy.address()).await.unwrap();
        let mut bench = Self { proxy, stream, id: 0 };
        for _ in 0..2 {
            assert_eq!(bench.exchange().await.0, reply(bench.id));
        }
        bench
    }

    /// What arrives after a request until nothing more does, and whether the stream ended.
    async fn exchange(&mut self) -> (Vec<u8>, Option<std::io::ErrorKind>) {
        self.id += 1;
        if let Err(error) = self.stream.write_all(&request(self.id)).await {
            return (Vec::new(), Some(error.kind()));
        }
        let (mut all, mut buffer) = (Vec::new(), [0; 256]);
        let quiet = if self.id <= 2 { PATIENCE / 4 } else { 4 * PATIENCE };
        loop {
            match timeout(quiet, self.stream.read(&mut buffer)).await {
                Err(_) => return (all, None),
                Ok(Ok(0)) => return (all, Some(std::io::ErrorKind::UnexpectedEof)),
                Ok(Ok(count)) => all.extend(&buffer[..count]),
                Ok(Err(error)) => return (all, Some(error.kind())),
            }
        }
    }
}

/// What a fault in a reply makes of the third exchange, and how long the first byte took.
async fn inflicted(kind: Kind) -> (Vec<u8>, Option<std::io::ErrorKind>, Duration) {
    let mut bench = Bench::new().await;
    bench.proxy.arm(kind, Direction::ToClient, 0);
    let began = Instant::now();
    let (bytes, end) = bench.exchange().await;
    let log = bench.proxy.log(0);
    assert_eq!(log.len(), 1, "{kind:?}");
    assert_eq!((log[0].kind, log[0].direction, log[0].connection), (kind, Direction::ToClient, 0));
    (bytes, end, began.elapsed())
}

#[tokio::test]
async fn faults_that_only_delay_deliver_every_byte() {
    for kind in [Kind::Delay, Kind::Jitter, Kind::Split, Kind::Dribble] {
        let (bytes, end, _) = inflicted(kind).await;
        assert_eq!((bytes, end), (reply(3), None), "{kind:?}");
    }
}

#[tokio::test]
async fn faults_of_the_connection_end_it_or_silence_it() {
    use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
    for (kind, expected) in [
        (Kind::Drop, Some(UnexpectedEof)),
        (Kind::Reset, Some(ConnectionReset)),
        (Kind::HalfClose, Some(UnexpectedEof)),
        (Kind::BlackHole, None),
        (Kind::Swap, None),
    ] {
        let (bytes, end, _) = inflicted(kind).await;
        assert_eq!((bytes.len(), end), (0, expected), "{kind:?}");
    }
}

#[tokio::test]
async fn forged_frames_differ_where_they_should() {
    for (kind, at) in [
        (Kind::Transaction, 0..2),
        (Kind::Protocol, 2..4),
        (Kind::Length, 4..6),
        (Kind::Unit, 6..7),
        (Kind::Function, 7..8),
        (Kind::FlipBits, 9..13),
    ] {
        let (bytes, _, _) = inflicted(kind).await;
        let honest = reply(3);
        assert_eq!(bytes.len(), honest.len(), "{kind:?}");
        let changed: Vec<_> = (0..honest.len()).filter(|&i| bytes[i] != honest[i]).collect();
        assert!(!changed.is_empty() && changed.iter().all(|i| at.contains(i)), "{kind:?}: {changed:?}");
    }
}

#[tokio::test]
async fn repeated_frames_are_copies() {
    assert_eq!(inflicted(Kind::Duplicate).await.0, [reply(3), reply(3)].concat());
    let old = inflicted(Kind::Replay).await.0;
    assert!(old == reply(1) || old == reply(2));
    let renumbered = inflicted(Kind::ReplayRenumbered).await.0;
    assert!(renumbered[..2] == [0, 3] && renumbered[12] < 3);
    let both = inflicted(Kind::Coalesce).await.0;
    assert!(both.len() == 26 && both[12] < 3 && both[13..] == reply(3));
}

#[tokio::test]
async fn swapped_replies_arrive_the_later_first() {
    let mut bench = Bench::new().await;
    bench.proxy.arm(Kind::Swap, Direction::ToClient, 0);
    assert!(bench.exchange().await.0.is_empty());
    assert_eq!(bench.exchange().await.0, [reply(4), reply(3)].concat());
}

#[tokio::test]
async fn the_next_connection_is_met_with_silence_or_late() {
    for (kind, answers) in [(Kind::AcceptSilent, false), (Kind::SlowHandshake, true)] {
        let mut bench = Bench::new().await;
        bench.proxy.arm(kind, Direction::ToPlc, 0);
        assert!(bench.exchange().await.1.is_some(), "{kind:?}");
        bench.stream = TcpStream::connect(bench.proxy.address()).await.unwrap();
        assert_eq!(!bench.exchange().await.0.is_empty(), answers, "{kind:?}");
    }
}

#[tokio::test]
async fn a_cut_swallows_everything_and_a_plan_repeats_with_its_seed() {
    let mut bench = Bench::new().await;
    bench.proxy.cut(true);
    assert_eq!(bench.exchange().await, (Vec::new(), None));
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut bench = Bench::new().await;
        bench.proxy.set(Plan {
            share: 0.5,
            kinds: vec![
                (Kind::Transaction, Direction::ToClient),
                (Kind::Unit, Direction::ToClient),
                (Kind::FlipBits, Direction::ToPlc),
            ],
        });
        for _ in 0..10 {
            let id = bench.id + 1;
            bench.stream.write_all(&request(id)).await.unwrap();
            bench.id = id;
            let mut buffer = [0; 64];
            assert!(bench.stream.read(&mut buffer).await.unwrap() > 0);
        }
        let log = bench.proxy.log(0);
        runs.push(log.into_iter().map(|i| (i.kind, i.direction, i.forged)).collect::<Vec<_>>());
    }
    assert!(runs[0].len() > 5);
    assert_eq!(runs[0], runs[1]);
}

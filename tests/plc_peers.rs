//! A link against peers that break the protocol byte by byte: no wrong value is taken, nothing
//! panics, and the link recovers when the peer does. Holds in debug and in release builds.
#![cfg(feature = "modbus")]

use potline::image::{Action, CellId, Command, Quality, Reading, StatusBits};
use potline::plc::{
    Endpoint, Fault, Layout, LinkSettings, MAX_WORDS, Outputs, PlcLink, RegisterMap, Snapshot,
};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const FAULTY: f32 = 13.0;
const TRUE: f32 = 4.0;

/// What the peer does with a request while it misbehaves: the frames it would send, spoilt.
type Spoil = fn(request: &[u8], reply: Vec<u8>) -> Vec<u8>;

/// A peer that answers every request properly, except that `spoil` has its way with the replies
/// while `wicked` is set; it then shows a false voltage in everything.
fn peer(layout: Arc<Layout>, greeting: &'static [u8], spoil: Spoil, wicked: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut scan = 0_u16;
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            if wicked.load(Ordering::SeqCst) && stream.write_all(greeting).is_err() {
                continue;
            }
            let mut request = [0; 260];
            while let Ok(count) = stream.read(&mut request) {
                if count < 8 {
                    break;
                }
                scan = scan.wrapping_add(10);
                let wicked = wicked.load(Ordering::SeqCst);
                let mut reply = answer(&layout, &request[..count], scan, wicked);
                if wicked {
                    reply = spoil(&request[..count], reply);
                }
                if stream.write_all(&reply).is_err() {
                    break;
                }
            }
        }
    });
    address
}

fn answer(layout: &Layout, request: &[u8], scan: u16, wicked: bool) -> Vec<u8> {
    let mut pdu = vec![request[6], request[7]];
    if request[7] == 3 {
        let shown = Snapshot {
            scan,
            heartbeat: scan,
            map_version: 501,
            stamp_ms: u32::from(scan) * 100,
            mode: Some(potline::image::Mode::Auto),
            status: StatusBits::REMOTE,
            voltage: f64::from(if wicked { FAULTY } else { TRUE }),
            current: 500e3,
            ..Snapshot::default()
        };
        let mut words = [0; MAX_WORDS];
        layout.publish(&mut words, &shown);
        let count = layout.read_words();
        pdu.push(2 * count as u8);
        pdu.extend(words[..count].iter().flat_map(|word| word.to_be_bytes()));
    } else {
        pdu.extend(&request[8..12]);
    }
    frame(&request[..2], &pdu)
}

fn frame(transaction: &[u8], pdu: &[u8]) -> Vec<u8> {
    let mut frame = transaction.to_vec();
    frame.extend([0, 0]);
    frame.extend((pdu.len() as u16).to_be_bytes());
    frame.extend(pdu);
    frame
}

/// A reply with `extra` registers more (or fewer) than asked for, in a sound frame.
fn resized(reply: &[u8], extra: isize) -> Vec<u8> {
    if reply[7] != 3 {
        return reply.to_vec();
    }
    let mut pdu = reply[6..].to_vec();
    let size = (pdu.len() as isize + 2 * extra) as usize;
    pdu.resize(size, 0);
    pdu[2] = (size - 3) as u8;
    frame(&reply[..2], &pdu)
}

struct Trial {
    name: &'static str,
    greeting: &'static [u8],
    spoil: Spoil,
    expect: fn(Fault) -> bool,
}

fn garbage(fault: Fault) -> bool {
    fault == Fault::Garbage
}

const TRIALS: &[Trial] = &[
    Trial {
        name: "short reply",
        greeting: &[],
        spoil: |_, r| resized(&r, -6),
        expect: |f| matches!(f, Fault::Length { asked: 31, got: 25 }),
    },
    Trial {
        name: "long reply",
        greeting: &[],
        spoil: |_, r| resized(&r, 3),
        expect: |f| matches!(f, Fault::Length { asked: 31, got: 34 }),
    },
    Trial {
        name: "very long reply",
        greeting: &[],
        spoil: |_, r| resized(&r, 95),
        expect: |f| matches!(f, Fault::Length { asked: 31, got: 126 }) || f == Fault::Garbage,
    },
    Trial { name: "empty reply", greeting: &[], spoil: |q, _| frame(&q[..2], &[q[6]]), expect: garbage },
    Trial {
        name: "wrong transaction",
        greeting: &[],
        spoil: |_, mut r| {
            r[0] ^= 0x40;
            r
        },
        expect: |f| f == Fault::Header,
    },
    Trial {
        name: "wrong unit",
        greeting: &[],
        spoil: |_, mut r| {
            r[6] = 77;
            r
        },
        expect: |f| f == Fault::Header,
    },
    Trial {
        name: "wrong function",
        greeting: &[],
        spoil: |_, mut r| {
            if r[7] == 3 {
                r[7] = 4;
            }
            r
        },
        expect: |f| f == Fault::Function,
    },
    Trial {
        name: "exception",
        greeting: &[],
        spoil: |q, _| frame(&q[..2], &[q[6], q[7] | 0x80, 4]),
        expect: |f| f == Fault::Exception(4),
    },
    Trial { name: "silence", greeting: &[], spoil: |_, _| Vec::new(), expect: |f| f == Fault::Timeout },
    Trial {
        name: "half a frame",
        greeting: &[],
        spoil: |_, mut r| {
            r.truncate(r.len() / 2);
            r
        },
        expect: |f| f == Fault::Timeout,
    },
    Trial { name: "all ones", greeting: &[], spoil: |_, _| vec![0xFF; 40], expect: garbage },
    Trial {
        name: "protocol id 1",
        greeting: &[],
        spoil: |_, mut r| {
            r[3] = 1;
            r
        },
        expect: garbage,
    },
    Trial {
        name: "length 0",
        greeting: &[],
        spoil: |_, mut r| {
            r[5] = 0;
            r
        },
        expect: garbage,
    },
    Trial {
        name: "impossible length",
        greeting: &[],
        spoil: |_, mut r| {
            r[4] = 9;
            r
        },
        expect: garbage,
    },
    Trial {
        name: "byte count beyond the frame",
        greeting: &[],
        spoil: |_, mut r| {
            if r[7] == 3 {
                r[8] = 200;
            }
            r
        },
        expect: garbage,
    },
    Trial {
        name: "bytes behind the frame",
        greeting: &[],
        spoil: |_, mut r| {
            r.extend([1, 2, 3]);
            r
        },
        expect: garbage,
    },
    Trial {
        name: "a frame and the beginning of garbage",
        greeting: &[],
        spoil: |_, r| [r, vec![0xFF; 3]].concat(),
        expect: garbage,
    },
    Trial {
        name: "a frame nobody asked for",
        greeting: &[0, 0, 0, 0, 0, 3, 1, 0x83, 2],
        spoil: |_, _| Vec::new(),
        // The greeting may come before our request or after it, as the threads are scheduled: nothing
        // at all is heard in answer, or a reply to another transaction.
        expect: |f| matches!(f, Fault::Timeout | Fault::Header),
    },
];

async fn scan(link: &mut PlcLink, now: f64) -> Reading {
    link.start_read(now);
    let reading = link.finish_read(Instant::now() + Duration::from_secs(1)).await;
    let outputs = Outputs {
        heartbeat: now as u16,
        command: Command { action: Action::None, fallback_interval: 20.0, alf3: None },
    };
    let _ = link.start_write(&outputs);
    link.finish_write(Instant::now() + Duration::from_secs(1)).await;
    reading
}

fn link(address: String, layout: &Arc<Layout>) -> PlcLink {
    let settings = LinkSettings {
        timeout_ms: 40,
        timeout_ceiling_ms: 250,
        backoff_min_ms: 1,
        backoff_max_ms: 4,
        ..LinkSettings::default()
    };
    let endpoint = Endpoint { cell: CellId(1), address, unit_id: 1 };
    PlcLink::spawn(&endpoint, &settings, Arc::clone(layout)).unwrap()
}

async fn settle(link: &mut PlcLink, now: &mut f64, name: &str) {
    for _ in 0..300 {
        *now += 1.0;
        let reading = scan(link, *now).await;
        if reading.quality == Quality::Good {
            assert_eq!(reading.voltage, f64::from(TRUE));
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{name}: never good, {:?}", link.health());
}

async fn try_out(trial: &'static Trial, layout: Arc<Layout>) {
    let wicked = Arc::new(AtomicBool::new(false));
    let address = peer(Arc::clone(&layout), trial.greeting, trial.spoil, Arc::clone(&wicked));
    let mut link = link(address, &layout);
    let mut now = 0.0;
    settle(&mut link, &mut now, trial.name).await;
    wicked.store(true, Ordering::SeqCst);
    for _ in 0..12 {
        now += 1.0;
        let reading = scan(&mut link, now).await;
        assert!(reading.voltage != f64::from(FAULTY), "{}: a false value was taken", trial.name);
        tokio::time::sleep(Duration::from_millis(3)).await;
        assert_eq!(reading.quality, Quality::Bad, "{}", trial.name);
    }
    let health = link.health();
    let fault = health.last_error.unwrap();
    assert!(health.errors > 0, "{}", trial.name);
    assert!((trial.expect)(fault), "{}: {fault:?}", trial.name);
    wicked.store(false, Ordering::SeqCst);
    settle(&mut link, &mut now, trial.name).await;
}

#[tokio::test]
async fn no_wrong_value_is_taken_from_any_peer() {
    let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
    let mut set = tokio::task::JoinSet::new();
    for trial in TRIALS {
        set.spawn(try_out(trial, Arc::clone(&layout)));
    }
    while let Some(result) = set.join_next().await {
        result.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_echo_ends_the_connection_and_leaves_the_command_in_doubt() {
    let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
    let wicked = Arc::new(AtomicBool::new(false));
    // Only writes are spoilt: another address, then another quantity.
    for spoil in [
        (|_, mut r| {
            if r[7] == 16 {
                r[9] ^= 1;
            }
            r
        }) as Spoil,
        |_, mut r| {
            if r[7] == 16 {
                r[11] ^= 1;
            }
            r
        },
    ] {
        wicked.store(false, Ordering::SeqCst);
        let mut link = link(peer(Arc::clone(&layout), &[], spoil, Arc::clone(&wicked)), &layout);
        let mut now = 0.0;
        settle(&mut link, &mut now, "echo").await;
        wicked.store(true, Ordering::SeqCst);
        let feed = Action::Feed { feeders: potline::image::FeederSet(1) };
        let outputs =
            Outputs { heartbeat: 9, command: Command { action: feed, fallback_interval: 20.0, alf3: None } };
        link.start_write(&outputs).unwrap();
        assert!(link.finish_write(Instant::now() + Duration::from_secs(1)).await);
        assert_eq!(link.health().last_error, Some(Fault::Echo));
        link.start_read(now);
        let reading = link.finish_read(Instant::now() + Duration::from_secs(1)).await;
        assert_eq!(reading.link.last, potline::image::Outcome::Unknown);
        assert_eq!(reading.quality, Quality::Bad);
    }
}

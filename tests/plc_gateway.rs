//! Slow peers, and several PLCs behind one address.
#![cfg(feature = "modbus")]

use potline::image::{Action, CellId, Command, Quality, Reason, StatusBits};
use potline::plc::{
    Circuit, Endpoint, Gateways, Layout, LinkSettings, MAX_WORDS, Outputs, PlcLink, RegisterMap, Snapshot,
};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

fn layout() -> Arc<Layout> {
    Arc::new(RegisterMap::pot500().unwrap().compile().unwrap())
}

/// A peer that answers one request after the other, each after `delay` \[ms\], and does not answer
/// unit 7 at all: it then waits itself, as gateways do. Voltage tells the unit.
struct Peer {
    address: String,
    delay: Arc<AtomicU64>,
    connections: Arc<AtomicU32>,
    asked: Arc<[AtomicU32; 10]>,
}

fn peer(layout: &Arc<Layout>, delay: u64) -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let delay = Arc::new(AtomicU64::new(delay));
    let connections = Arc::new(AtomicU32::new(0));
    let asked: Arc<[AtomicU32; 10]> = Arc::default();
    let peer = Peer {
        address,
        delay: Arc::clone(&delay),
        connections: Arc::clone(&connections),
        asked: Arc::clone(&asked),
    };
    let layout = Arc::clone(layout);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            connections.fetch_add(1, Ordering::SeqCst);
            let (layout, delay, asked) = (Arc::clone(&layout), Arc::clone(&delay), Arc::clone(&asked));
            std::thread::spawn(move || {
                let begin = std::time::Instant::now();
                let mut header = [0; 6];
                while stream.read_exact(&mut header).is_ok() {
                    let mut body = vec![0; usize::from(header[5])];
                    stream.read_exact(&mut body).unwrap();
                    asked[usize::from(body[0])].fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(delay.load(Ordering::SeqCst)));
                    if body[0] == 7 {
                        continue;
                    }
                    let pdu = answer(&layout, &body, begin.elapsed());
                    let frame = [&header[..4], &(pdu.len() as u16).to_be_bytes(), &pdu].concat();
                    if stream.write_all(&frame).is_err() {
                        break;
                    }
                }
            });
        }
    });
    peer
}

fn answer(layout: &Layout, body: &[u8], age: Duration) -> Vec<u8> {
    if body[1] != 3 {
        return body[..6].to_vec();
    }
    let tenths = (age.as_millis() / 10) as u16;
    let shown = Snapshot {
        scan: tenths,
        heartbeat: tenths,
        map_version: 501,
        stamp_ms: age.as_millis() as u32,
        mode: Some(potline::image::Mode::Auto),
        status: StatusBits::REMOTE,
        voltage: 4.0 + f64::from(body[0]) / 10.0,
        current: 500e3,
        ..Snapshot::default()
    };
    let mut words = [0; MAX_WORDS];
    layout.publish(&mut words, &shown);
    let count = layout.read_words();
    let mut pdu = vec![body[0], 3, 2 * count as u8];
    pdu.extend(words[..count].iter().flat_map(|word| word.to_be_bytes()));
    pdu
}

fn settings(timeout_ms: u64, ceiling: u64) -> LinkSettings {
    LinkSettings {
        timeout_ms,
        timeout_floor_ms: 20,
        timeout_ceiling_ms: ceiling,
        backoff_min_ms: 20,
        backoff_max_ms: 400,
        ..LinkSettings::default()
    }
}

/// Scans for `time`, one every `period` \[ms\]; how many readings of each link were usable and fresh.
async fn scans(links: &mut [PlcLink], time: Duration, period: u64) -> (u32, Vec<u32>) {
    let begin = Instant::now();
    let (mut count, mut good) = (0, vec![0; links.len()]);
    while begin.elapsed() < time {
        let due = Instant::now() + Duration::from_millis(period);
        let now = begin.elapsed().as_secs_f64();
        links.iter_mut().for_each(|link| link.start_read(now));
        for (link, good) in links.iter_mut().zip(&mut good) {
            let reading = link.finish_read(due).await;
            *good += u32::from(reading.quality != Quality::Bad);
        }
        count += 1;
        tokio::time::sleep_until(due).await;
    }
    (count, good)
}

fn links(peer: &Peer, units: &[u8], settings: &LinkSettings, layout: &Arc<Layout>) -> Vec<PlcLink> {
    let mut gateways = Gateways::new();
    let link = |&unit_id: &u8| {
        let cell = CellId(u16::from(unit_id));
        let endpoint = Endpoint { cell, address: peer.address.clone(), unit_id };
        gateways.link(&endpoint, settings, Arc::clone(layout)).unwrap()
    };
    units.iter().map(link).collect()
}

#[tokio::test]
async fn a_peer_slower_than_the_timeout_keeps_delivering_and_is_named() {
    let layout = layout();
    let peer = peer(&layout, 150);
    let mut links = links(&peer, &[1], &settings(100, 1_000), &layout);
    let (count, good) = scans(&mut links, Duration::from_secs(4), 200).await;
    let health = links[0].health();
    assert!(good[0] + 4 >= count, "{} of {count}: {health}", good[0]);
    assert!(health.slow && health.connected && health.reconnects == 0, "{health}");
    assert!(health.counts.late >= 1 && health.timeouts <= 2, "{health:?}");
    assert!(health.to_string().contains("slow peer: answers take 1"), "{health}");
    // It recovers, and so does its name.
    peer.delay.store(1, Ordering::SeqCst);
    scans(&mut links, Duration::from_secs(3), 50).await;
    assert!(!links[0].health().slow, "{}", links[0].health());
}

#[tokio::test]
async fn a_peer_slower_than_the_scan_is_read_every_other_scan_and_not_waited_for() {
    let layout = layout();
    let peer = peer(&layout, 150);
    let mut links = links(&peer, &[1], &settings(100, 1_000), &layout);
    let (count, good) = scans(&mut links, Duration::from_secs(4), 100).await;
    // One sample in two scans; those between find nothing new.
    assert!(good[0] * 5 >= count * 2, "{} of {count}: {}", good[0], links[0].health());
}

#[tokio::test]
async fn a_peer_slower_than_the_ceiling_is_cleanly_slow() {
    let layout = layout();
    let peer = peer(&layout, 150);
    let mut links = links(&peer, &[1], &settings(100, 120), &layout);
    let (_, good) = scans(&mut links, Duration::from_secs(3), 200).await;
    let health = links[0].health();
    assert_eq!(good[0], 0, "{health}");
    assert!(health.slow && health.counts.late >= 2, "{health:?}");
    assert_eq!(health.bad_replies, 0, "late replies are not taken for replies to the next: {health:?}");
    // The circuit keeps the questions few: at five a second there would be fifteen.
    assert!(peer.asked[1].load(Ordering::SeqCst) <= 12, "{health:?}");
}

#[tokio::test]
async fn units_behind_one_address_share_a_connection_and_a_dead_one_does_not_starve_the_others() {
    let layout = layout();
    let peer = peer(&layout, 1);
    let mut links = links(&peer, &[1, 2, 7, 3], &settings(50, 200), &layout);
    let (count, good) = scans(&mut links, Duration::from_secs(4), 100).await;
    let told: Vec<String> = links.iter().map(|link| link.health().to_string()).collect();
    for index in [0, 1, 3] {
        assert!(good[index] + count / 10 + 2 >= count, "{good:?} of {count}: {told:?}");
    }
    assert_eq!((good[2], peer.connections.load(Ordering::SeqCst)), (0, 1), "{told:?}");
    let dead = links[2].health();
    assert!(dead.timeouts >= 3 && dead.circuit != Circuit::Closed, "{dead:?}");
    assert!(peer.asked[7].load(Ordering::SeqCst) <= 20, "left alone for longer and longer");
    // Each unit got its own values, and its own silence.
    links.iter_mut().for_each(|link| link.start_read(9.0));
    let deadline = Instant::now() + Duration::from_millis(500);
    for (link, unit) in links.iter_mut().zip([1, 2, 7, 3]) {
        let reading = link.finish_read(deadline).await;
        if unit == 7 {
            assert_eq!((reading.quality, reading.reason), (Quality::Bad, Reason::NeverRead));
        } else {
            assert!((reading.voltage - 4.0 - f64::from(unit) / 10.0).abs() < 1e-6);
        }
    }
}

#[tokio::test]
async fn a_link_that_leaves_takes_nobody_along_and_the_last_one_closes_the_connection() {
    let layout = layout();
    let peer = peer(&layout, 0);
    let mut links = links(&peer, &[1, 2], &settings(100, 500), &layout);
    scans(&mut links, Duration::from_millis(300), 20).await;
    links.remove(0);
    let (count, good) = scans(&mut links, Duration::from_millis(300), 20).await;
    assert!(good[0] + 1 >= count, "{} of {count}", good[0]);
    let outputs = Outputs {
        heartbeat: 1,
        command: Command { action: Action::None, fallback_interval: 20.0, alf3: None },
    };
    links[0].start_write(&outputs).unwrap();
    assert!(links[0].finish_write(Instant::now() + Duration::from_secs(1)).await);
    assert_eq!(links[0].health().errors, 0);
}

#[tokio::test]
async fn garbage_is_refused_within_a_millisecond_of_its_arrival() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            if stream.read(&mut [0; 260]).is_ok_and(|count| count > 0) {
                let _ = tell.send(std::time::Instant::now());
                let _ = stream.write_all(&[0xFF; 40]);
                // Left open: who waits for the rest of the frame, waits for the time-out.
                let _ = stream.read(&mut [0; 1]);
            }
        }
    });
    let endpoint = Endpoint { cell: CellId(1), address, unit_id: 1 };
    let mut link = PlcLink::spawn(&endpoint, &settings(2_000, 2_000), layout()).unwrap();
    let mut times = Vec::new();
    for scan in 0..200 {
        link.start_read(f64::from(scan));
        link.finish_read(Instant::now() + Duration::from_secs(3)).await;
        if let Ok(sent) = told.try_recv() {
            times.push(sent.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    times.sort();
    assert!(times.len() >= 3 && link.health().counts.protocol_id >= 3, "{times:?} {:?}", link.health());
    // The median: a busy machine delays single ones.
    assert!(times[times.len() / 2] < Duration::from_millis(1), "{times:?}");
}

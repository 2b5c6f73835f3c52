//! Serial frames: through a converter, and over a pair of pseudo-terminals.
#![cfg(feature = "modbus")]

use potline::image::{CellId, Quality, StatusBits};
use potline::plc::{Endpoint, Gateways, Layout, LinkSettings, MAX_WORDS, PlcLink, RegisterMap, Snapshot};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

fn layout() -> Arc<Layout> {
    Arc::new(RegisterMap::pot500().unwrap().compile().unwrap())
}

fn framed(body: Vec<u8>) -> Vec<u8> {
    let crc = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS).checksum(&body);
    [body, crc.to_le_bytes().to_vec()].concat()
}

/// Units 1 and 2 on one line, each with its voltage. While `noisy`, every third reply is spoilt by a
/// flipped bit, a lost byte or a byte too many.
fn slaves(mut line: impl Read + Write, layout: &Layout, noisy: &AtomicBool) {
    let begin = std::time::Instant::now();
    let mut replies = 0_u32;
    let mut request = [0; 8];
    while line.read_exact(&mut request).is_ok() {
        assert_eq!(framed(request[..6].to_vec()), request, "the request is spoilt");
        assert_eq!(request[1], 3);
        let age = begin.elapsed();
        let tenths = (age.as_millis() / 10) as u16;
        let shown = Snapshot {
            scan: tenths,
            heartbeat: tenths,
            map_version: 501,
            stamp_ms: age.as_millis() as u32,
            mode: Some(potline::image::Mode::Auto),
            status: StatusBits::REMOTE,
            voltage: 4.0 + f64::from(request[0]) / 10.0,
            current: 500e3,
            ..Snapshot::default()
        };
        let mut words = [0; MAX_WORDS];
        layout.publish(&mut words, &shown);
        let count = layout.read_words();
        let mut body = vec![request[0], 3, 2 * count as u8];
        body.extend(words[..count].iter().flat_map(|word| word.to_be_bytes()));
        let mut reply = framed(body);
        replies += 1;
        if noisy.load(Ordering::SeqCst) {
            match replies % 9 {
                3 => reply[17] ^= 4,
                6 => drop(reply.remove(20)),
                0 => reply.insert(0, 0x55),
                _ => {}
            }
        }
        if line.write_all(&reply).is_err() {
            return;
        }
    }
}

fn settings() -> LinkSettings {
    LinkSettings {
        timeout_ms: 200,
        timeout_ceiling_ms: 400,
        backoff_min_ms: 5,
        backoff_max_ms: 20,
        ..LinkSettings::default()
    }
}

/// Scans for `time`; usable readings of each unit. No wrong voltage is taken.
async fn scans(links: &mut [PlcLink], time: Duration) -> (u32, Vec<u32>) {
    let begin = Instant::now();
    let (mut count, mut good) = (0, vec![0; links.len()]);
    while begin.elapsed() < time {
        let due = Instant::now() + Duration::from_millis(100);
        let now = begin.elapsed().as_secs_f64();
        links.iter_mut().for_each(|link| link.start_read(now));
        for ((link, good), unit) in links.iter_mut().zip(&mut good).zip(1..) {
            let reading = link.finish_read(due).await;
            if reading.quality != Quality::Bad {
                assert!((reading.voltage - 4.0 - f64::from(unit) / 10.0).abs() < 1e-6);
                *good += 1;
            }
        }
        count += 1;
        tokio::time::sleep_until(due).await;
    }
    (count, good)
}

async fn try_out(address: String, layout: Arc<Layout>, noisy: &AtomicBool) {
    let mut gateways = Gateways::new();
    let mut links: Vec<_> = [1, 2]
        .into_iter()
        .map(|unit_id| {
            let endpoint = Endpoint { cell: CellId(unit_id.into()), address: address.clone(), unit_id };
            gateways.link(&endpoint, &settings(), Arc::clone(&layout)).unwrap()
        })
        .collect();
    let (count, good) = scans(&mut links, Duration::from_secs(2)).await;
    let told: Vec<String> = links.iter().map(|link| link.health().to_string()).collect();
    assert!(good.iter().all(|good| good + 3 >= count), "{good:?} of {count}: {told:?}");
    noisy.store(true, Ordering::SeqCst);
    let (count, good) = scans(&mut links, Duration::from_secs(4)).await;
    let spoilt: u64 = links.iter().map(|link| link.health().counts.checksum).sum();
    let told: Vec<String> = links.iter().map(|link| link.health().to_string()).collect();
    assert!(spoilt >= 6, "{spoilt}: {told:?}");
    // A third is spoilt, and costs that exchange and no other.
    assert!(good.iter().sum::<u32>() * 2 >= count, "{good:?} of {count}: {told:?}");
    assert!(links.iter().all(|link| link.health().reconnects == 0), "{told:?}");
    noisy.store(false, Ordering::SeqCst);
    scans(&mut links, Duration::from_millis(500)).await;
    let (count, good) = scans(&mut links, Duration::from_secs(1)).await;
    assert!(good.iter().all(|good| good + 1 >= count), "{good:?} of {count}: {told:?}");
}

#[tokio::test]
async fn units_of_a_serial_line_are_read_through_a_converter() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("rtu+tcp://{}?baud=115200", listener.local_addr().unwrap());
    let noisy = Arc::new(AtomicBool::new(false));
    let (plant, spoil) = (layout(), Arc::clone(&noisy));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            slaves(stream.unwrap(), &plant, &spoil);
        }
    });
    try_out(address, layout(), &noisy).await;
}

#[cfg(feature = "rtu")]
#[tokio::test]
async fn units_of_a_serial_line_are_read_over_a_port() {
    let folder = std::env::temp_dir().join(format!("potline-rtu-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let end = |name: &str| format!("pty,raw,echo=0,link={}", folder.join(name).display());
    let Ok(mut socat) = std::process::Command::new("socat").args([end("ours"), end("theirs")]).spawn() else {
        // Said aloud; the frames themselves are tried above and in the library's own tests.
        assert!(std::env::var("CI").is_err(), "socat is missing");
        println!("NOT RUN: socat is missing");
        return;
    };
    for _ in 0..200 {
        if folder.join("theirs").exists() && folder.join("ours").exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let noisy = Arc::new(AtomicBool::new(false));
    let (plant, spoil) = (layout(), Arc::clone(&noisy));
    let theirs = std::fs::OpenOptions::new().read(true).write(true).open(folder.join("theirs")).unwrap();
    std::thread::spawn(move || slaves(theirs, &plant, &spoil));
    let address = format!("rtu://{}?baud=115200&parity=none", folder.join("ours").display());
    try_out(address, layout(), &noisy).await;
    socat.kill().unwrap();
    socat.wait().unwrap();
    let _ = std::fs::remove_dir_all(folder);
}

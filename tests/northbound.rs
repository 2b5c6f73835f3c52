//! What the line shows upwards, and that nothing comes down this way.
#![cfg(feature = "modbus")]

use potline::control::Tick;
use potline::image::{Action, CellId, Flags, Mode, Quality, Reading};
use potline::service::{NORTHBOUND_VERSION, Northbound, Scan};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn ask(stream: &mut TcpStream, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 9, 0, 0, 0, pdu.len() as u8 + 1, unit];
    frame.extend(pdu);
    stream.write_all(&frame).unwrap();
    let mut head = [0; 7];
    stream.read_exact(&mut head).unwrap();
    let mut reply = vec![0; usize::from(head[5]) - 1];
    stream.read_exact(&mut reply).unwrap();
    reply
}

fn words(reply: &[u8]) -> Vec<u16> {
    reply[2..].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

fn real(words: &[u16], at: usize) -> f32 {
    f32::from_bits(u32::from(words[at]) << 16 | u32::from(words[at + 1]))
}

#[test]
fn line_and_pots_can_be_read_and_nothing_written() {
    let mut server = Northbound::start("127.0.0.1:0".parse().unwrap(), &[CellId(31), CellId(32)]).unwrap();
    assert!(server.address().ip().is_loopback());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();

    let good = Reading {
        quality: Quality::Good,
        age: 0.42,
        voltage: 4.25,
        current: 500e3,
        beam_position: 0.0125,
        mode: Mode::Tapping,
        ..Reading::default()
    };
    // The second PLC is lost: its last voltage must not be shown.
    let bad = Reading { quality: Quality::Bad, age: f64::NAN, voltage: 9.0, ..good };
    let mut effect = Tick::default();
    effect.status.flags.set(Flags::EFFECT, true);
    effect.status.alumina = 0.025;
    effect.command.action = Action::Beam { travel: 0.001 };
    let readings = [good, bad];
    let ticks = [effect, Tick::default()];
    for number in [69_999, 70_000] {
        server.publish(&Scan {
            number,
            now: 70_001.0,
            dt: 1.0,
            readings: &readings,
            ticks: &ticks,
            links: &[],
            notes: &[],
        });
    }
    for function in [3, 4] {
        let line = words(&ask(&mut stream, 1, &[function, 0, 0, 0, 16]));
        assert_eq!(line[..8], [NORTHBOUND_VERSION, 4_464, 1, 4_465, 2, 1, 1, 1]);
        assert_eq!((real(&line, 8), real(&line, 10), real(&line, 12)), (4.25, 500.0, 4.25));
        assert_eq!(line[14..], [2, 4_464]);
        let pots = words(&ask(&mut stream, 1, &[function, 0, 100, 0, 48]));
        assert_eq!(pots[..4], [31, 2, 3, 4]);
        assert_eq!(u32::from(pots[4]) << 16 | u32::from(pots[5]), effect.status.flags.0);
        assert_eq!((real(&pots, 6), real(&pots, 14), real(&pots, 18)), (4.25, 2.5, 12.5));
        assert_eq!(pots[24..28], [32, 0, 3, 65_535]);
        assert!(real(&pots, 24 + 6).is_nan() && real(&pots, 24 + 8).is_nan());
    }
    // Behind the last pot, other units, and every way to write.
    assert_eq!(ask(&mut stream, 1, &[3, 0, 148, 0, 1]), [0x83, 2]);
    assert_eq!(ask(&mut stream, 2, &[3, 0, 0, 0, 1]), [0x83, 11]);
    for pdu in [
        &[5, 0, 0, 0xFF, 0][..],
        &[6, 0, 0, 0, 1],
        &[15, 0, 0, 0, 1, 1, 1],
        &[16, 0, 0, 0, 1, 2, 0, 0],
        &[22, 0, 0, 0, 0, 0, 0],
        &[23, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0],
    ] {
        assert_eq!(ask(&mut stream, 1, pdu), [pdu[0] | 0x80, 1], "{pdu:?}");
    }
}

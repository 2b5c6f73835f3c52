//! The server side: what a stranger's bytes get for an answer, and that none of them is its end.
#![cfg(feature = "modbus")]

use potline::image::CellId;
use potline::plc::server::{BitKind, Frame, Garbage, Request, Station, Table};
use potline::plc::{Bank, BankSettings, PlcSettings, PotPlc, Refusal, RegisterKind, RegisterMap};
use proptest::prelude::*;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Registers 0..=199 and coils 0..=99, of which an input register holds its own address.
struct Memory {
    words: [u16; 200],
    coils: [bool; 100],
}

impl Table for Memory {
    fn read(&self, kind: RegisterKind, start: u16, out: &mut [u16]) -> Result<(), Refusal> {
        let from = usize::from(start);
        let words = self.words.get(from..from + out.len()).ok_or(Refusal::Address)?;
        match kind {
            RegisterKind::Holding => out.copy_from_slice(words),
            RegisterKind::Input => out.iter_mut().zip(start..).for_each(|(word, address)| *word = address),
        }
        Ok(())
    }

    fn write(&mut self, start: u16, values: &[u16]) -> Result<(), Refusal> {
        let from = usize::from(start);
        let words = self.words.get_mut(from..from + values.len()).ok_or(Refusal::Address)?;
        words.copy_from_slice(values);
        Ok(())
    }

    fn bit(&self, _: BitKind, address: u16) -> Result<bool, Refusal> {
        self.coils.get(usize::from(address)).copied().ok_or(Refusal::Address)
    }

    fn set_bit(&mut self, address: u16, on: bool) -> Result<(), Refusal> {
        *self.coils.get_mut(usize::from(address)).ok_or(Refusal::Address)? = on;
        Ok(())
    }
}

struct Desk(Mutex<Memory>);

impl Desk {
    fn new() -> Self {
        Self(Mutex::new(Memory { words: [0; 200], coils: [false; 100] }))
    }

    /// The PDU of the answer to a PDU.
    fn ask(&self, pdu: &[u8]) -> Vec<u8> {
        let bytes = framed(7, pdu);
        let (frame, length) = Frame::take(&bytes).unwrap().unwrap();
        assert_eq!(length, bytes.len());
        let mut reply = Vec::new();
        frame.reply(self, &mut reply);
        assert_eq!(reply[..4], [0xAB, 0xCD, 0, 0]);
        assert_eq!(usize::from(reply[5]), reply.len() - 6);
        reply.split_off(7)
    }
}

impl Station for Desk {
    fn is_unit(&self, unit: u8) -> bool {
        unit == 7
    }

    fn offers(&self, function: u8) -> bool {
        Request::FUNCTIONS.contains(&function)
    }

    fn answer(&self, request: &Request<'_>, reply: &mut Vec<u8>) -> Result<(), Refusal> {
        request.carry_out(&mut *self.0.lock().unwrap(), reply)
    }
}

fn framed(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xAB, 0xCD, 0, 0, 0, pdu.len() as u8 + 1, unit];
    bytes.extend(pdu);
    bytes
}

#[test]
fn the_examples_of_the_specification_are_answered_as_printed() {
    let desk = Desk::new();
    // Function 15, its example: ten coils from 19 on, CD 01.
    assert_eq!(desk.ask(&[15, 0, 19, 0, 10, 2, 0xCD, 1]), [15, 0, 19, 0, 10]);
    assert_eq!(desk.ask(&[1, 0, 19, 0, 10]), [1, 2, 0xCD, 1]);
    // Function 5, its example: coil 172 on; here 72.
    assert_eq!(desk.ask(&[5, 0, 72, 0xFF, 0]), [5, 0, 72, 0xFF, 0]);
    assert_eq!(desk.ask(&[2, 0, 70, 0, 3]), [2, 1, 0b100]);
    // Functions 6 and 16, their examples.
    assert_eq!(desk.ask(&[6, 0, 1, 0, 3]), [6, 0, 1, 0, 3]);
    assert_eq!(desk.ask(&[16, 0, 1, 0, 2, 4, 0, 10, 1, 2]), [16, 0, 1, 0, 2]);
    assert_eq!(desk.ask(&[3, 0, 1, 0, 2]), [3, 4, 0, 10, 1, 2]);
    assert_eq!(desk.ask(&[4, 0, 8, 0, 1]), [4, 2, 0, 8]);
    // Function 22, its example: 0x12 under and-mask 0xF2, or-mask 0x25 becomes 0x17.
    desk.ask(&[6, 0, 4, 0, 0x12]);
    assert_eq!(desk.ask(&[22, 0, 4, 0, 0xF2, 0, 0x25]), [22, 0, 4, 0, 0xF2, 0, 0x25]);
    assert_eq!(desk.ask(&[3, 0, 4, 0, 1]), [3, 2, 0, 0x17]);
    // Function 23 writes before it reads.
    assert_eq!(desk.ask(&[23, 0, 14, 0, 2, 0, 15, 0, 1, 2, 0, 9]), [23, 4, 0, 0, 0, 9]);
}

#[test]
fn a_request_wrong_in_several_ways_gets_the_exception_that_comes_first() {
    let desk = Desk::new();
    // Neither known nor well-formed: the function.
    assert_eq!(desk.ask(&[7, 1, 2, 3]), [0x87, 1]);
    assert_eq!(desk.ask(&[0]), [0x80, 1]);
    // Count and address both wrong: the count.
    assert_eq!(desk.ask(&[3, 0xFF, 0xFF, 0, 126]), [0x83, 3]);
    assert_eq!(desk.ask(&[5, 0xFF, 0xFF, 1, 0]), [0x85, 3]);
    assert_eq!(desk.ask(&[23, 0xFF, 0xFF, 0, 1, 0, 0, 0, 122, 244]), [0x97, 3]);
    // Read and write ranges: nothing is written when the read cannot be.
    assert_eq!(desk.ask(&[23, 0, 199, 0, 2, 0, 0, 0, 1, 2, 7, 7]), [0x97, 2]);
    assert_eq!(desk.ask(&[3, 0, 0, 0, 1]), [3, 2, 0, 0]);
    // Coils beyond the table: none is set.
    assert_eq!(desk.ask(&[15, 0, 98, 0, 3, 1, 7]), [0x8F, 2]);
    assert_eq!(desk.ask(&[1, 0, 98, 0, 2]), [1, 1, 0]);
    // Past 65535.
    assert_eq!(desk.ask(&[1, 0xFF, 0xFF, 0, 2]), [0x81, 2]);
    let mut reply = Vec::new();
    let bytes = framed(8, &[3, 0, 0, 0, 1]);
    Frame::take(&bytes).unwrap().unwrap().0.reply(&desk, &mut reply);
    assert_eq!(reply[7..], [0x83, 11], "nobody behind unit 8");
}

#[test]
fn garbage_is_known_by_its_first_bytes() {
    for (bytes, expected) in [
        (&[][..], Ok(None)),
        (&[0, 1, 0], Ok(None)),
        (&[0, 1, 0, 0, 0, 6, 7, 3], Ok(None)),
        (&[0, 1, 1], Err(Garbage)),
        (&[0xFF; 6], Err(Garbage)),
        (&[0, 1, 0, 0, 0, 1], Err(Garbage)),
        (&[0, 1, 0, 0, 0, 255], Err(Garbage)),
        (&[0, 1, 0, 0, 1, 2], Err(Garbage)),
    ] {
        assert_eq!(Frame::take(bytes).map(|frame| frame.map(drop)), expected, "{bytes:?}");
    }
}

fn bank(settings: BankSettings) -> Bank {
    let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
    let plc = PotPlc::new(CellId(1), layout, &PlcSettings::default()).unwrap();
    Bank::start(&BankSettings { base_port: 0, ..settings }, vec![plc]).unwrap()
}

fn join(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream
}

fn answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 7];
    stream.read_exact(&mut head).unwrap();
    let mut pdu = vec![0; usize::from(head[5]) - 1];
    stream.read_exact(&mut pdu).unwrap();
    pdu
}

#[test]
fn a_malformed_request_is_answered_and_the_next_one_served() {
    let bank = bank(BankSettings::default());
    let mut stream = join(bank.addresses()[0]);
    for (pdu, expected) in [
        (&[3, 0, 0][..], &[0x83, 3][..]),
        (&[3, 0, 0, 0, 1, 9], &[0x83, 3]),
        (&[16, 0, 100, 0, 1, 3, 0, 0], &[0x90, 3]),
        (&[16, 0, 0, 0, 1, 2, 0, 0], &[0x90, 2]),
        (&[1, 0, 0, 0, 1], &[0x81, 1]),
        (&[4, 0, 0, 0, 1], &[0x84, 2]),
        (&[0x2B, 14, 1, 0], &[0xAB, 1]),
        (&[3, 0, 1, 0, 1], &[3, 2, 0x01, 0xF5]),
        (&[6, 0, 101, 0, 5], &[6, 0, 101, 0, 5]),
        (&[22, 0, 101, 0, 4, 0, 2], &[22, 0, 101, 0, 4, 0, 2]),
        (&[23, 0, 101, 0, 1, 0, 102, 0, 1, 2, 0, 1], &[23, 2, 0, 6]),
    ] {
        stream.write_all(&framed(1, pdu)).unwrap();
        assert_eq!(answer(&mut stream), expected, "{pdu:?}");
    }
    // Two requests in one segment, and one in two: all are answered, in their order.
    let two = [framed(1, &[3, 0, 1, 0, 1]), framed(1, &[3, 0, 101, 0, 1])].concat();
    stream.write_all(&two[..17]).unwrap();
    assert_eq!(answer(&mut stream), [3, 2, 0x01, 0xF5]);
    stream.write_all(&two[17..]).unwrap();
    assert_eq!(answer(&mut stream), [3, 2, 0, 6]);
    // What is no Modbus ends the connection, at once and not at a time limit.
    let begin = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    assert!(matches!(stream.read(&mut [0; 9]), Ok(0) | Err(_)));
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[test]
fn silence_and_dribbling_end_a_connection_and_steady_polling_does_not() {
    let idle = Duration::from_millis(150);
    let bank = bank(BankSettings { idle, ..BankSettings::default() });
    let mut silent = join(bank.addresses()[0]);
    let mut dribbling = join(bank.addresses()[0]);
    let mut polling = join(bank.addresses()[0]);
    for byte in framed(1, &[3, 0, 0, 0, 1]).into_iter().cycle().take(10) {
        let _ = dribbling.write_all(&[byte]);
        polling.write_all(&framed(1, &[3, 0, 1, 0, 1])).unwrap();
        assert_eq!(answer(&mut polling).len(), 4);
        std::thread::sleep(Duration::from_millis(40));
    }
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
    assert!(matches!(dribbling.read(&mut [0]), Ok(0) | Err(_)));
}

#[test]
fn the_listener_survives_clients_that_reset() {
    let bank = bank(BankSettings::default());
    for _ in 0..50 {
        // Closed with an unread byte in it, the socket sends a reset.
        let mut stream = join(bank.addresses()[0]);
        let _ = stream.write_all(&framed(1, &[3, 0, 1, 0, 1]));
        let _ = stream.peek(&mut [0]);
    }
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        let mut stream = join(bank.addresses()[0]);
        stream.write_all(&framed(1, &[3, 0, 1, 0, 1])).unwrap();
        let mut reply = [0; 11];
        if stream.read_exact(&mut reply).is_ok() {
            assert_eq!(reply[7..], [3, 2, 0x01, 0xF5]);
            return;
        }
    }
    panic!("nobody is served any more");
}

/// As after a stall of the machine: the queue holds clients that have left, and one that has not.
#[test]
fn clients_that_have_left_keep_no_place_from_one_that_has_not() {
    let bank = bank(BankSettings::default());
    let address = bank.addresses()[0];
    let mut stream = None;
    bank.with(0, |_| {
        // The server's thread is held up by the first request until this lock is given back.
        let mut first = join(address);
        first.write_all(&framed(1, &[3, 0, 1, 0, 1])).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        (0..20).for_each(|_| drop(join(address)));
        stream = Some(join(address));
    })
    .unwrap();
    let mut stream = stream.unwrap();
    stream.write_all(&framed(1, &[3, 0, 1, 0, 1])).unwrap();
    assert_eq!(answer(&mut stream), [3, 2, 0x01, 0xF5]);
}

const FEW: &str = "POTLINE_FEW_DESCRIPTORS";

/// In a process of its own, which may have 48 descriptors.
#[test]
fn the_listener_survives_a_want_of_descriptors() {
    if std::env::var_os(FEW).is_none() {
        let own = std::env::current_exe().unwrap();
        let name = "the_listener_survives_a_want_of_descriptors";
        let child = std::process::Command::new("sh")
            .args(["-c", r#"ulimit -n 48 && exec "$0" --exact "$1" --nocapture"#])
            .arg(own)
            .arg(name)
            .env(FEW, "1")
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        return;
    }
    let bank = bank(BankSettings::default());
    let mut hoard = Vec::new();
    while hoard.len() < 100
        && let Ok(file) = std::fs::File::open("/dev/null")
    {
        hoard.push(file);
    }
    assert!(hoard.len() < 100, "the limit does not hold");
    // One descriptor for the client, none for the server's end of it.
    hoard.pop();
    let mut stream = join(bank.addresses()[0]);
    stream.write_all(&framed(1, &[3, 0, 1, 0, 1])).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "it cannot have been accepted");
    drop(hoard);
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(answer(&mut stream), [3, 2, 0x01, 0xF5]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: Some(Box::new(
            proptest::test_runner::FileFailurePersistence::Direct("tests/data/corpus/plc_server.txt"),
        )),
        ..ProptestConfig::default()
    })]

    /// Whatever the bytes, there is no panic and a whole frame or a verdict of garbage comes out; and
    /// how they are cut does not matter.
    #[test]
    fn any_bytes_are_a_frame_or_garbage(bytes in proptest::collection::vec(any::<u8>(), 0..300), sane: bool) {
        let mut bytes = bytes;
        if sane && bytes.len() > 8 {
            let length = bytes.len().min(260) - 6;
            bytes[2..6].copy_from_slice(&[0, 0, 0, length as u8]);
        }
        let verdict = Frame::take(&bytes);
        for cut in 0..bytes.len() {
            match Frame::take(&bytes[..cut]) {
                Ok(Some(early)) => prop_assert_eq!(Ok(Some(early)), verdict),
                Ok(None) => {}
                Err(Garbage) => prop_assert_eq!(verdict, Err(Garbage)),
            }
        }
        if let Ok(Some((frame, length))) = verdict {
            prop_assert!(length <= 260);
            let mut reply = Vec::new();
            frame.reply(&Desk::new(), &mut reply);
            prop_assert!(matches!(Frame::take(&reply), Ok(Some((_, n))) if n == reply.len()));
        }
    }

    /// A known function with any data is answered by itself or by exception 2 or 3, never 1, and an
    /// exception leaves everything as it was.
    #[test]
    fn any_data_behind_a_function_is_answered(
        function in proptest::sample::select(Request::FUNCTIONS.to_vec()),
        head in proptest::collection::vec(prop_oneof![0..300_u16, any::<u16>()], 0..5),
        data in proptest::collection::vec(any::<u8>(), 0..244),
        fits: bool,
    ) {
        let mut pdu = vec![function];
        pdu.extend(head.iter().flat_map(|word| word.to_be_bytes()));
        if fits {
            pdu.push(data.len() as u8);
        }
        pdu.extend(&data);
        pdu.truncate(253);
        let desk = Desk::new();
        let reply = desk.ask(&pdu);
        let memory = desk.0.lock().unwrap();
        if reply[0] == function {
            prop_assert!(reply.len() > 1);
        } else {
            prop_assert_eq!(reply[0], function | 0x80);
            prop_assert!(matches!(reply[1], 2 | 3), "{:?}", reply);
            prop_assert!(memory.words.iter().all(|word| *word == 0));
            prop_assert!(memory.coils.iter().all(|on| !on));
        }
    }
}

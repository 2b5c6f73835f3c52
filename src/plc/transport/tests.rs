//! Lines over pipes, in virtual time.

use super::line::Line;
use super::rtu::{Timing, checksum};
use std::io::ErrorKind;
use std::time::Duration;
use std::vec;
use std::vec::Vec;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{Instant, timeout};
use tokio_modbus::client::{Client, Context, tcp};
use tokio_modbus::{Error, Request, Response, Slave};

const READ: Request<'static> = Request::ReadHoldingRegisters(0, 2);
const CEILING: Duration = Duration::from_secs(2);

fn line() -> (Line, DuplexStream) {
    let (ours, theirs) = duplex(4_096);
    (Line::mbap(ours, 500), theirs)
}

fn serial(baud: f64) -> (Line, DuplexStream) {
    let (ours, theirs) = duplex(4_096);
    (Line::rtu(ours, Timing::new(Duration::from_secs_f64(11.0 / baud))), theirs)
}

fn library(line: &Line) -> Context {
    tcp::attach_slave(line.port(), Slave(1))
}

/// A reply with two registers.
fn reply(id: &[u8], values: [u8; 4]) -> Vec<u8> {
    [id, &[0, 0, 0, 7, 1, 3, 4], &values].concat()
}

async fn request(peer: &mut DuplexStream) -> Vec<u8> {
    let mut frame = vec![0; 12];
    peer.read_exact(&mut frame).await.unwrap();
    frame
}

fn values(called: tokio_modbus::Result<Response>) -> Vec<u16> {
    match called.unwrap().unwrap() {
        Response::ReadHoldingRegisters(values) => values,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_the_reply_to_the_pending_request_gets_through() {
    let (line, mut peer) = line();
    let mut context = library(&line);
    let talk = async {
        let asked = request(&mut peer).await;
        assert_eq!(asked[..2], [1, 244], "the library counts from 0, the line from 500");
        let mut other_unit = reply(&asked[..2], [0, 8, 0, 8]);
        other_unit[6] = 9;
        let frames = [
            reply(&[1, 243], [0, 9, 0, 9]),
            other_unit,
            reply(&asked[..2], [0, 1, 0, 2]),
            // The network repeats itself.
            reply(&asked[..2], [0, 7, 0, 7]),
        ];
        peer.write_all(&frames.concat()).await.unwrap();
        let asked = request(&mut peer).await;
        peer.write_all(&reply(&asked[..2], [0, 3, 0, 4])).await.unwrap();
    };
    let calls = async { (values(context.call(READ).await), values(context.call(READ).await)) };
    let ((), (first, second)) = tokio::join!(talk, calls);
    assert_eq!((first, second), (vec![1, 2], vec![3, 4]));
    let counts = line.found().counts;
    assert_eq!((counts.foreign_transaction, counts.foreign_unit, counts.unsolicited), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_timed_and_never_taken_for_the_next() {
    let (line, mut peer) = line();
    let mut context = library(&line);
    assert!(timeout(Duration::from_millis(100), context.call(READ)).await.is_err());
    assert!(line.give_up());
    let mut context = library(&line);
    let asked = request(&mut peer).await;
    let talk = async {
        let next = request(&mut peer).await;
        assert_eq!(next[..2], [1, 245]);
        tokio::time::sleep(Duration::from_millis(50)).await;
        peer.write_all(&reply(&asked[..2], [0, 9, 0, 9])).await.unwrap();
        peer.write_all(&reply(&next[..2], [0, 1, 0, 1])).await.unwrap();
    };
    let ((), called) = tokio::join!(talk, context.call(READ));
    assert_eq!(values(called), [1, 1]);
    let found = line.found();
    assert_eq!((found.counts.late, found.late), (1, vec![(1, Duration::from_millis(150))]));
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_heard_while_nothing_is_asked() {
    let (line, mut peer) = line();
    let mut context = library(&line);
    for _ in 0..2 {
        assert!(timeout(Duration::from_millis(10), context.call(READ)).await.is_err());
        line.give_up();
        context = library(&line);
    }
    assert!(line.occupied(1, CEILING).is_some(), "two are enough");
    assert!(line.occupied(2, CEILING).is_none());
    let asked = request(&mut peer).await;
    peer.write_all(&reply(&asked[..2], [0; 4])).await.unwrap();
    line.listen().await.unwrap();
    assert!(line.occupied(1, CEILING).is_none());
    drop(peer);
    assert_eq!(line.listen().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn garbage_is_refused_by_its_first_telling_byte() {
    for (garbage, id, length) in
        [(&[0xFF; 3][..], 1, 0), (&[0, 0, 0, 0, 0xFF], 0, 1), (&[0, 0, 0, 0, 0, 1], 0, 1)]
    {
        let (line, mut peer) = line();
        peer.write_all(garbage).await.unwrap();
        let mut context = library(&line);
        let Err(Error::Transport(error)) = context.call(READ).await else { panic!("taken") };
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let counts = line.found().counts;
        assert_eq!((counts.protocol_id, counts.frame_length), (id, length));
    }
}

#[tokio::test]
async fn a_flood_of_sound_frames_ends_the_connection() {
    let (line, mut peer) = line();
    let flood = async move { while peer.write_all(&reply(&[9, 9], [0; 4])).await.is_ok() {} };
    let flood = tokio::spawn(flood);
    assert_eq!(line.listen().await.unwrap_err().kind(), ErrorKind::InvalidData);
    drop(line);
    flood.await.unwrap();
}

fn framed(body: &[u8]) -> Vec<u8> {
    [body, &checksum(body)].concat()
}

#[tokio::test(start_paused = true)]
async fn serial_frames_are_checked_and_kept_apart() {
    let (line, mut peer) = serial(9_600.0);
    let mut context = library(&line);
    let begin = Instant::now();
    let talk = async {
        let mut asked = vec![0; 8];
        peer.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, framed(&[1, 3, 0, 0, 0, 2]));
        assert!(begin.elapsed() >= Duration::from_secs_f64(3.5 * 11.0 / 9_600.0), "{:?}", begin.elapsed());
        // Another unit's reply, then ours in pieces.
        peer.write_all(&framed(&[2, 3, 4, 0, 9, 0, 9])).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        for byte in framed(&[1, 3, 4, 0, 1, 0, 2]) {
            peer.write_all(&[byte]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let ((), called) = tokio::join!(talk, context.call(READ));
    assert_eq!(values(called), [1, 2]);
    assert_eq!(line.found().counts.foreign_unit, 1);
}

#[tokio::test(start_paused = true)]
async fn a_broken_serial_frame_costs_one_exchange() {
    let (line, mut peer) = serial(19_200.0);
    let mut asked = vec![0; 8];
    let mut spoilt = framed(&[1, 3, 4, 0, 1, 0, 2]);
    spoilt[4] ^= 1;
    // A flipped bit; a byte lost; a byte of noise before the frame.
    for broken in [
        spoilt,
        framed(&[1, 3, 4, 0, 1, 0, 2])[1..].to_vec(),
        [vec![0x55], framed(&[1, 3, 4, 0, 1, 0, 2])].concat(),
    ] {
        let mut context = library(&line);
        let talk = async {
            peer.read_exact(&mut asked).await.unwrap();
            peer.write_all(&broken).await.unwrap();
        };
        let ((), called) = tokio::join!(talk, context.call(READ));
        assert!(called.is_err() && line.found().checksum, "{broken:?}");
        line.give_up();
        let mut context = library(&line);
        let talk = async {
            peer.read_exact(&mut asked).await.unwrap();
            peer.write_all(&framed(&[1, 3, 4, 0, 3, 0, 4])).await.unwrap();
        };
        let ((), called) = tokio::join!(talk, context.call(READ));
        assert_eq!(values(called), [3, 4]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_serial_line_rests_until_what_is_owed_has_come() {
    let (line, mut peer) = serial(19_200.0);
    let mut context = library(&line);
    assert!(timeout(Duration::from_millis(100), context.call(READ)).await.is_err());
    assert!(line.give_up());
    // Replies bear no number: nobody may speak.
    assert!(line.occupied(2, CEILING).is_some());
    peer.write_all(&framed(&[1, 3, 4, 0, 9, 0, 9])).await.unwrap();
    line.listen().await.unwrap();
    assert!(line.occupied(2, CEILING).is_none());
    assert_eq!(line.found().late.len(), 1);
    // A frame shorter than asked for is seen as such when nothing follows it.
    let mut context = library(&line);
    let talk = async {
        let mut asked = vec![0; 16];
        peer.read_exact(&mut asked).await.unwrap();
        peer.write_all(&framed(&[1, 3, 2, 0, 1])).await.unwrap();
    };
    let ((), called) = tokio::join!(talk, context.call(READ));
    assert_eq!(values(called), [1]);
}

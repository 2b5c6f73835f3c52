//! One request over a connection of its own, byte for byte.

use super::cases::Case;
use std::fmt;
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_millis(1_500);
const UNIT: u8 = 1;
const TRANSACTION: [u8; 2] = [0xBE, 0xEF];

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A sound frame with our transaction and unit: its function code and data.
    Reply(Vec<u8>),
    Closed,
    Silence,
    /// A frame with another transaction, protocol, unit or length.
    Unsound(Vec<u8>),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(pdu) if pdu.first().is_some_and(|function| *function >= 0x80) => {
                write!(f, "exception {}", pdu.get(1).copied().unwrap_or_default())
            }
            Self::Reply(pdu) => write!(f, "reply of {} bytes", pdu.len()),
            Self::Closed => write!(f, "closed"),
            Self::Silence => write!(f, "silence"),
            Self::Unsound(bytes) => write!(f, "unsound frame {bytes:02x?}"),
        }
    }
}

pub fn ask(address: SocketAddr, case: &Case) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = (case.pdu.len() as i16 + 1 + case.length_error) as u16;
    let mut request = TRANSACTION.to_vec();
    request.extend(case.protocol.to_be_bytes());
    request.extend(length.to_be_bytes());
    request.push(UNIT);
    request.extend(&case.pdu);
    stream.write_all(&request)?;
    let mut head = [0; 7];
    match fill(&mut stream, &mut head)? {
        Filled::Whole => {}
        Filled::Closed => return Ok(Answer::Closed),
        Filled::Silence => return Ok(Answer::Silence),
    }
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    let mut pdu = vec![0; length.clamp(1, 254) - 1];
    let whole = matches!(fill(&mut stream, &mut pdu)?, Filled::Whole);
    if whole && head[..4] == [TRANSACTION[0], TRANSACTION[1], 0, 0] && head[6] == UNIT && length > 1 {
        Ok(Answer::Reply(pdu))
    } else {
        Ok(Answer::Unsound([&head[..], &pdu].concat()))
    }
}

enum Filled {
    Whole,
    Closed,
    Silence,
}

fn fill(stream: &mut TcpStream, out: &mut [u8]) -> Result<Filled> {
    match stream.read_exact(out) {
        Ok(()) => Ok(Filled::Whole),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(Filled::Silence),
        Err(e) if matches!(e.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            Ok(Filled::Closed)
        }
        Err(e) => Err(e),
    }
}

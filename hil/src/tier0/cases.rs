//! The rows of the differential table: what real peers have been seen to do.

use super::peer::{Act, Play, frame, resized};
use std::time::Duration;

/// Time-out of both clients in this script.
pub const TIMEOUT: Duration = Duration::from_millis(100);

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    pub play: Play,
    /// Every new connection begins with a frame nobody asked for.
    pub greets: bool,
    /// The client writes instead of reading.
    pub writes: bool,
    /// The first wicked exchange is given up by the client after a single look.
    pub dropped: bool,
    /// The peer tells the truth, only slowly: delivering is right.
    pub truthful: bool,
    /// Recognisable from its first bytes: to be refused at once, not at the time-out.
    pub garbage: bool,
}

const PLAIN: Case = Case {
    name: "",
    play: |_, _, wicked, _| send(wicked),
    greets: false,
    writes: false,
    dropped: false,
    truthful: false,
    garbage: false,
};

fn send(bytes: Vec<u8>) -> Vec<Act> {
    vec![Act::Send(bytes)]
}

fn wait(ms: u64) -> Act {
    Act::Wait(Duration::from_millis(ms))
}

/// Only the first exchange is spoilt.
fn once(exchange: usize, honest: Vec<u8>, first: impl FnOnce() -> Vec<Act>) -> Vec<Act> {
    if exchange == 0 { first() } else { send(honest) }
}

pub const CASES: &[Case] = &[
    Case {
        name: "one reply 300 ms late",
        play: |n, _, wicked, honest| once(n, honest, || vec![wait(300), Act::Send(wicked)]),
        ..PLAIN
    },
    Case {
        name: "every reply after 150 ms",
        play: |_, _, _, honest| vec![wait(150), Act::Send(honest)],
        truthful: true,
        ..PLAIN
    },
    Case {
        name: "foreign transaction id once",
        play: |n, _, mut wicked, honest| {
            once(n, honest, || {
                wicked[1] ^= 0x40;
                send(wicked)
            })
        },
        ..PLAIN
    },
    Case {
        name: "wrong unit id",
        play: |_, _, mut wicked, _| {
            wicked[6] = 77;
            send(wicked)
        },
        ..PLAIN
    },
    Case { name: "6 registers too few", play: |_, _, wicked, _| send(resized(&wicked, -6)), ..PLAIN },
    Case { name: "3 registers too many", play: |_, _, wicked, _| send(resized(&wicked, 3)), ..PLAIN },
    Case {
        name: "echo of a write names another register",
        play: |_, request, mut wicked, honest| {
            wicked[9] ^= 1;
            send(if request[7] == 16 { wicked } else { honest })
        },
        writes: true,
        ..PLAIN
    },
    Case {
        name: "half a frame, then silence",
        play: |n, _, mut wicked, honest| {
            once(n, honest, || {
                wicked.truncate(wicked.len() / 2);
                send(wicked)
            })
        },
        ..PLAIN
    },
    Case {
        name: "second half after the time-out",
        play: |n, _, wicked, honest| {
            once(n, honest, || {
                let (head, tail) = wicked.split_at(wicked.len() / 2);
                vec![Act::Send(head.into()), wait(150), Act::Send(tail.into())]
            })
        },
        ..PLAIN
    },
    Case {
        name: "4 bytes every millisecond",
        play: |_, _, _, honest| {
            honest.chunks(4).flat_map(|bytes| [Act::Send(bytes.into()), wait(1)]).collect()
        },
        truthful: true,
        ..PLAIN
    },
    Case { name: "40 bytes of 0xFF", play: |_, _, _, _| send(vec![0xFF; 40]), garbage: true, ..PLAIN },
    Case {
        name: "protocol id 1",
        play: |_, _, mut wicked, _| {
            wicked[3] = 1;
            send(wicked)
        },
        garbage: true,
        ..PLAIN
    },
    Case {
        name: "length 0",
        play: |_, _, mut wicked, _| {
            wicked[5] = 0;
            send(wicked)
        },
        garbage: true,
        ..PLAIN
    },
    Case {
        name: "byte count beyond the frame",
        play: |_, _, mut wicked, _| {
            wicked[8] = 200;
            send(wicked)
        },
        ..PLAIN
    },
    Case {
        name: "4 bytes more inside the PDU",
        play: |_, request, wicked, _| send(frame(&request[..2], &[&wicked[6..], &[0, 0, 0, 0]].concat())),
        ..PLAIN
    },
    Case { name: "empty PDU", play: |_, request, _, _| send(frame(&request[..2], &request[6..7])), ..PLAIN },
    Case {
        name: "function 4 answers function 3",
        play: |_, _, mut wicked, _| {
            wicked[7] = 4;
            send(wicked)
        },
        ..PLAIN
    },
    Case { name: "peer closes", play: |_, _, _, _| vec![Act::Close], ..PLAIN },
    Case {
        name: "call given up at once, reply comes later",
        play: |_, _, _, honest| vec![wait(5), Act::Send(honest)],
        dropped: true,
        truthful: true,
        ..PLAIN
    },
    Case {
        name: "unasked frame with transaction id 0",
        play: |_, _, _, honest| send(honest),
        greets: true,
        ..PLAIN
    },
];

//! The client library as most people use it: a call under a time-out, what returns `Ok` is believed, what
//! fails is tried again, and a broken connection is made anew.

use super::client::Sending;
use potline::image::{Action, CellId, Link, Outcome, Quality, Reading};
use potline::plc::{Layout, MAX_WORDS};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_modbus::client::{Context, Reader, Writer, tcp};
use tokio_modbus::{Error, Slave};

pub struct Bare {
    address: SocketAddr,
    layout: Arc<Layout>,
    patience: Duration,
    context: Option<Context>,
    seq: u16,
    /// A command that failed, to be tried again.
    again: Option<Action>,
    /// Calls in a row that were not answered in time.
    elapsed: u32,
    last: Reading,
    pub errors: u64,
}

impl Bare {
    pub fn new(address: SocketAddr, layout: Arc<Layout>, patience: Duration) -> Self {
        Self {
            address,
            layout,
            patience,
            context: None,
            seq: 0,
            again: None,
            elapsed: 0,
            last: Reading::default(),
            errors: 0,
        }
    }

    async fn context(&mut self) -> Option<&mut Context> {
        if self.context.is_none() {
            let stream = timeout(5 * self.patience, TcpStream::connect(self.address)).await.ok()?.ok()?;
            stream.set_nodelay(true).ok()?;
            self.context = Some(tcp::attach_slave(stream, Slave(1)));
        }
        self.context.as_mut()
    }

    /// A reading is as good as the call that brought it.
    pub async fn read(&mut self, now: f64) -> Reading {
        let (patience, count) = (self.patience, self.layout.read_words() as u16);
        let Some(context) = self.context().await else { return self.failed() };
        let values = match timeout(patience, context.read_holding_registers(0, count)).await {
            Ok(Ok(Ok(values))) => values,
            Ok(Err(Error::Transport(_))) => {
                self.context = None;
                return self.failed();
            }
            Err(_) => {
                self.lose_patience();
                return self.failed();
            }
            Ok(_) => return self.failed(),
        };
        self.elapsed = 0;
        let sample = self.layout.decode(&values);
        self.last = Reading {
            time: now,
            quality: Quality::Good,
            voltage: sample.voltage,
            current: sample.current,
            bath_temperature: sample.bath_temperature,
            beam_position: sample.beam_position,
            strokes: sample.strokes,
            mode: sample.mode.unwrap_or_default(),
            status: sample.status,
            link: Link { ready: self.again.is_none(), last: self.last.link.last },
            ..Reading::default()
        };
        self.last
    }

    /// Sooner or later anybody makes a new connection.
    fn lose_patience(&mut self) {
        self.elapsed += 1;
        if self.elapsed >= 5 {
            (self.elapsed, self.context) = (0, None);
        }
    }

    fn failed(&mut self) -> Reading {
        self.errors += 1;
        let link = Link { ready: false, ..self.last.link };
        self.last = Reading { quality: Quality::Bad, link, ..self.last };
        self.last
    }

    /// Writes the block; a command that failed goes out again with the next one.
    pub async fn write(&mut self, heartbeat: u16, action: Action) -> Sending {
        let action = self.again.take().unwrap_or(action);
        if action != Action::None {
            self.seq = self.seq.checked_add(1).unwrap_or(1);
        }
        let seq = if action == Action::None { 0 } else { self.seq };
        let mut words = [0; MAX_WORDS];
        if self.layout.encode(&mut words, heartbeat, seq, action, CellId(1), 20.0).is_err() {
            return Sending::Refused;
        }
        let (patience, start) = (self.patience, self.layout.write_start);
        let count = usize::from(self.layout.write_count);
        let Some(context) = self.context().await else {
            return self.unsure(action);
        };
        match timeout(patience, context.write_multiple_registers(start, &words[..count])).await {
            Ok(Ok(Ok(()))) => {
                if action != Action::None {
                    self.last.link.last = Outcome::Done;
                }
            }
            Ok(Err(Error::Transport(_))) => {
                self.context = None;
                return self.unsure(action);
            }
            _ => return self.unsure(action),
        }
        Sending::Taken
    }

    fn unsure(&mut self, action: Action) -> Sending {
        self.errors += 1;
        self.again = Some(action).filter(|action| *action != Action::None);
        Sending::Taken
    }

    /// True when the block just written repeats an earlier command.
    pub fn repeats(&self) -> bool {
        self.again.is_some()
    }
}

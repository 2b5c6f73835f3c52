//! One connection through the proxy.

use super::fault::{Direction, Injected, Kind};
use super::frame::{Cutter, Field, flip, function, renumbered, spoil};
use super::{Shared, State};
use crate::dice::Dice;
use std::io::Result;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::sleep;

/// Old frames kept for replay.
const MEMORY: usize = 8;

/// One way of the connection.
struct Lane {
    direction: Direction,
    dice: Dice,
    to: OwnedWriteHalf,
    cutter: Cutter,
    /// Frames that went this way, the newest last.
    past: Vec<Vec<u8>>,
    /// A frame that has to let the next one pass.
    held: Option<Vec<u8>>,
    /// Nothing may be written any more.
    shut: bool,
}

/// What becomes of the connection after a frame.
type Fate = ControlFlow<End>;

#[derive(Debug, Clone, Copy)]
enum End {
    Close,
    Reset,
    BlackHole,
}

pub(super) async fn carry(client: TcpStream, shared: Arc<Shared>, number: u64) {
    let _ = client.set_nodelay(true);
    let greeting = shared.state().greeting.take();
    if greeting == Some(Kind::AcceptSilent) {
        let (from_client, _to_client) = client.into_split();
        return swallow(&from_client).await;
    }
    if greeting == Some(Kind::SlowHandshake) {
        sleep(shared.patience.mul_f64(Dice::new(shared.seed, number).between(0.3, 2.0))).await;
    }
    let Ok(plc) = TcpStream::connect(shared.target).await else { return };
    let _ = plc.set_nodelay(true);
    let (from_client, to_client) = client.into_split();
    let (from_plc, to_plc) = plc.into_split();
    let lane = |direction, to| Lane {
        direction,
        dice: Dice::new(shared.seed, 2 * number + u64::from(direction == Direction::ToPlc)),
        to,
        cutter: Cutter::default(),
        past: Vec::new(),
        held: None,
        shut: false,
    };
    let mut requests = lane(Direction::ToPlc, to_plc);
    let mut replies = lane(Direction::ToClient, to_client);
    let end = loop {
        let (lane, read) = tokio::select! {
            ready = from_client.readable() => (&mut requests, ready.map(|()| read(&from_client))),
            ready = from_plc.readable() => (&mut replies, ready.map(|()| read(&from_plc))),
        };
        match read.and_then(|read| read) {
            // The end of one way ends both: frames still held are lost, as in a switch that fails.
            Ok(Some(bytes)) if bytes.is_empty() => break End::Close,
            Ok(Some(bytes)) => lane.cutter.push(&bytes),
            Ok(None) => continue,
            Err(_) => break End::Close,
        }
        if let ControlFlow::Break(end) = pass_all(lane, &shared, number).await {
            break end;
        }
    };
    match end {
        End::Close => {}
        End::Reset => {
            for half in [requests.to, replies.to] {
                let _ = socket2::SockRef::from(half.as_ref()).set_linger(Some(Duration::ZERO));
                // Without the polite end of stream that a dropped half sends.
                half.forget();
            }
        }
        End::BlackHole => swallow(&from_client).await,
    }
}

/// What has arrived; `None` when it was a false alarm, empty at the end of the stream.
fn read(from: &OwnedReadHalf) -> Result<Option<Vec<u8>>> {
    let mut buffer = [0; 1024];
    match from.try_read(&mut buffer) {
        Ok(count) => Ok(Some(buffer[..count].to_vec())),
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
        Err(e) => Err(e),
    }
}

/// Takes everything and answers nothing until the client gives up.
async fn swallow(client: &OwnedReadHalf) {
    while client.readable().await.is_ok() {
        match read(client) {
            Ok(Some(bytes)) if bytes.is_empty() => return,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

async fn pass_all(lane: &mut Lane, shared: &Shared, number: u64) -> Fate {
    while let Some(frame) = lane.cutter.next() {
        let fault = choose(&mut shared.state(), lane);
        let Some(fault) = fault else {
            if lane.send(&frame).await.is_err() {
                return ControlFlow::Break(End::Close);
            }
            lane.remember(frame);
            continue;
        };
        // Told before the first byte moves, so that whoever sees the effect finds the cause.
        let (sent, forged) = lane.forge(fault, &frame);
        if let Some(kind) = sent {
            shared.state().log.push(Injected {
                at: Instant::now(),
                time: shared.started.elapsed().as_secs_f64(),
                connection: number,
                direction: lane.direction,
                kind,
                forged: forged.clone(),
            });
        }
        let fate = lane.inflict(fault, forged.as_deref().unwrap_or(&frame), shared).await;
        lane.remember(frame);
        match fate {
            Ok(ControlFlow::Continue(())) => {}
            Ok(end) => return end,
            Err(_) => return ControlFlow::Break(End::Close),
        }
    }
    ControlFlow::Continue(())
}

/// The fault of the next frame.
fn choose(state: &mut State, lane: &mut Lane) -> Option<Kind> {
    if state.cut {
        return Some(Kind::BlackHole);
    }
    if let Some((kind, direction, after)) = &mut state.armed
        && *direction == lane.direction
    {
        if *after == 0 {
            let kind = *kind;
            state.armed = None;
            return Some(kind);
        }
        *after -= 1;
    }
    if !lane.dice.chance(state.plan.share) {
        return None;
    }
    let mine = state.plan.kinds.iter().filter(|(_, direction)| *direction == lane.direction);
    let mine: Vec<_> = mine.map(|(kind, _)| *kind).collect();
    lane.dice.pick(&mine)
}

impl Lane {
    /// The frame is written, and behind it one that was held back for it.
    async fn send(&mut self, frame: &[u8]) -> Result<()> {
        if self.shut {
            return Ok(());
        }
        self.to.write_all(frame).await?;
        match self.held.take() {
            Some(held) => self.to.write_all(&held).await,
            None => Ok(()),
        }
    }

    fn remember(&mut self, frame: Vec<u8>) {
        if self.past.len() == MEMORY {
            self.past.remove(0);
        }
        self.past.push(frame);
    }

    /// An older frame of the same function.
    fn older(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let same: Vec<_> = self.past.iter().filter(|past| function(past) == function(frame)).collect();
        same.get(self.dice.below(same.len())).map(|past| past.to_vec())
    }

    /// What stands in for `frame`, where a fault forges one, and the fault as it is to be logged:
    /// `None` when there is nothing yet to do it with.
    fn forge(&mut self, fault: Kind, frame: &[u8]) -> (Option<Kind>, Option<Vec<u8>>) {
        let mut spoilt = |field| {
            let mut forged = frame.to_vec();
            spoil(&mut forged, field, &mut self.dice);
            Some(forged)
        };
        let forged = match fault {
            Kind::Transaction => spoilt(Field::Transaction),
            Kind::Protocol => spoilt(Field::Protocol),
            Kind::Length => spoilt(Field::Length),
            Kind::Unit => spoilt(Field::Unit),
            Kind::Function => spoilt(Field::Function),
            Kind::FlipBits => {
                let mut forged = frame.to_vec();
                flip(&mut forged, &mut self.dice);
                Some(forged)
            }
            Kind::Replay | Kind::ReplayRenumbered | Kind::Coalesce => match self.older(frame) {
                None => return (None, None),
                Some(old) if fault == Kind::Replay => Some(old),
                Some(old) if fault == Kind::ReplayRenumbered => Some(renumbered(old, frame)),
                Some(old) => Some([&old, frame].concat()),
            },
            _ => None,
        };
        (Some(fault), forged)
    }

    /// Does to `frame` what the fault demands.
    async fn inflict(&mut self, fault: Kind, frame: &[u8], shared: &Shared) -> Result<Fate> {
        let patience = shared.patience;
        match fault {
            Kind::Delay => {
                sleep(patience.mul_f64(self.dice.between(0.5, 3.0))).await;
                self.send(frame).await?;
            }
            Kind::Jitter => {
                sleep(patience.mul_f64(self.dice.between(0.0, 0.4))).await;
                self.send(frame).await?;
            }
            Kind::Drop => return Ok(ControlFlow::Break(End::Close)),
            Kind::Reset => return Ok(ControlFlow::Break(End::Reset)),
            Kind::HalfClose => {
                self.to.shutdown().await?;
                self.shut = true;
            }
            Kind::Split => {
                let (head, tail) = frame.split_at(1 + self.dice.below(frame.len().saturating_sub(1)));
                self.to.write_all(head).await?;
                sleep(patience.mul_f64(self.dice.between(0.0, 0.4))).await;
                self.send(tail).await?;
            }
            Kind::Dribble => {
                for piece in frame.chunks(1 + self.dice.below(24)) {
                    self.to.write_all(piece).await?;
                    sleep(Duration::from_millis(1)).await;
                }
            }
            Kind::Duplicate => {
                self.send(frame).await?;
                self.send(frame).await?;
            }
            Kind::Swap => self.held = Some(frame.to_vec()),
            Kind::BlackHole => return Ok(ControlFlow::Break(End::BlackHole)),
            Kind::AcceptSilent | Kind::SlowHandshake => {
                shared.state().greeting = Some(fault);
                return Ok(ControlFlow::Break(End::Close));
            }
            _ => self.send(frame).await?,
        }
        Ok(ControlFlow::Continue(()))
    }
}

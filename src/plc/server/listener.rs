//! Connections: accepted, counted, timed, served. Any byte stream can be served, not only TCP.

use super::frame::{FRAME_MAX, Frame, Station};
use std::io::{ErrorKind, Result};
use std::prelude::rust_2024::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Pause after a failed accept \[ms\]: without descriptors the next one fails as well.
const BREATH_MS: u64 = 100;
/// How long a client waits for a seat \[ms\]. Clients that have left already may hold one until they are
/// looked at: after a stall of this machine there can be many of them.
const GRACE_MS: u64 = 20;

/// Answers requests in their order until the peer leaves, sends what is no Modbus frame, or takes
/// longer than `idle` for its next whole request or to take a reply off us.
///
/// # Errors
/// Whatever ended it before the peer did.
pub async fn serve_connection<S>(mut stream: S, station: &dyn Station, idle: Duration) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut inbox = Vec::with_capacity(2 * FRAME_MAX);
    let mut reply = Vec::with_capacity(FRAME_MAX);
    while timeout(idle, fill(&mut stream, &mut inbox)).await?? {
        let mut taken = 0;
        while let Some(rest) = inbox.get(taken..)
            && let Some((frame, length)) = Frame::take(rest).map_err(|_| ErrorKind::InvalidData)?
        {
            frame.reply(station, &mut reply);
            taken += length;
            timeout(idle, stream.write_all(&reply)).await??;
        }
        inbox.drain(..taken);
    }
    Ok(())
}

/// Reads until `inbox` holds a whole frame. False when the peer has left between frames.
async fn fill<S: AsyncRead + Unpin>(stream: &mut S, inbox: &mut Vec<u8>) -> Result<bool> {
    loop {
        let mut chunk = [0; FRAME_MAX];
        let count = stream.read(&mut chunk).await?;
        if count == 0 {
            return if inbox.is_empty() { Ok(false) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
        inbox.extend(chunk.iter().take(count));
        if Frame::take(inbox).map_err(|_| ErrorKind::InvalidData)?.is_some() {
            return Ok(true);
        }
    }
}

/// How a listener treats its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// Most connections at a time; further ones are soon closed.
    pub max_connections: usize,
    /// Silence after which a connection is closed.
    pub idle: Duration,
}

/// Accepts and serves until the task is aborted, which ends the connections as well.
pub async fn listen(listener: TcpListener, station: Arc<dyn Station>, manners: Manners) {
    let seats = Arc::new(Semaphore::new(manners.max_connections));
    let mut guests = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // A client that gave up before its turn, or no descriptors left: neither is the end.
            tokio::time::sleep(Duration::from_millis(BREATH_MS)).await;
            continue;
        };
        while guests.try_join_next().is_some() {}
        let free = Arc::clone(&seats).acquire_owned();
        let Ok(Ok(seat)) = timeout(Duration::from_millis(GRACE_MS), free).await else { continue };
        // Best effort: without it replies may wait for the delayed-acknowledgement timer.
        let _ = stream.set_nodelay(true);
        let station = Arc::clone(&station);
        guests.spawn(async move {
            let _ = serve_connection(stream, &*station, manners.idle).await;
            drop(seat);
        });
    }
}

//! A proxy that does to a Modbus TCP connection what networks, gateways and bad firmware do.
//!
//! It is told which faults to draw from and how often, or to inject one at the next frame; every choice
//! comes from its seed, and each connection is one task. What it injected is logged as ground truth.

mod carrier;
mod fault;
pub mod frame;
#[cfg(test)]
mod tests;

pub use fault::{Direction, Injected, Kind};

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

/// Which faults, how often.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Share of the frames that get one.
    pub share: f64,
    /// Drawn from evenly.
    pub kinds: Vec<(Kind, Direction)>,
}

#[derive(Debug, Default)]
struct State {
    plan: Plan,
    /// To be injected once, after so many frames of its direction.
    armed: Option<(Kind, Direction, usize)>,
    /// What awaits the next connection.
    greeting: Option<Kind>,
    /// Nothing passes, in any connection.
    cut: bool,
    log: Vec<Injected>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    seed: u64,
    /// Time-out of the client, which scales every pause.
    patience: Duration,
    started: Instant,
    state: Mutex<State>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One proxy before one PLC. Dropping it ends its listener and its connections.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    listener: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Starts on a free port of loopback, its tasks on `runtime`. `patience` is the client's time-out.
    pub fn start(
        runtime: &Handle,
        target: SocketAddr,
        seed: u64,
        patience: Duration,
    ) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared =
            Arc::new(Shared { target, seed, patience, started: Instant::now(), state: Mutex::default() });
        let inside = Arc::clone(&shared);
        let listener = runtime.spawn(async move {
            if let Ok(listener) = TcpListener::from_std(listener) {
                accept(listener, inside).await;
            }
        });
        Ok(Self { shared, address, listener })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on faults are drawn from this plan.
    pub fn set(&self, plan: Plan) {
        self.shared.state().plan = plan;
    }

    /// Injects one fault, after letting pass `after` frames of its direction.
    pub fn arm(&self, kind: Kind, direction: Direction, after: usize) {
        self.shared.state().armed = Some((kind, direction, after));
    }

    /// Lets nothing pass, or everything again.
    pub fn cut(&self, cut: bool) {
        self.shared.state().cut = cut;
    }

    /// Faults injected so far.
    pub fn injected(&self) -> usize {
        self.shared.state().log.len()
    }

    /// The log from entry `from`.
    pub fn log(&self, from: usize) -> Vec<Injected> {
        self.shared.state().log.get(from..).unwrap_or_default().to_vec()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // The connections live in this set and end with it.
    let mut connections = tokio::task::JoinSet::new();
    for number in 0.. {
        match listener.accept().await {
            Ok((client, _)) => {
                connections.spawn(carrier::carry(client, Arc::clone(&shared), number));
            }
            // Out of descriptors: better later than never.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

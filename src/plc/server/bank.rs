//! Emulated PLCs on the network: one listener each, loopback by default.

use super::frame::Station;
use super::listener::{Manners, listen};
use super::request::{Refusal, Request, Table};
use crate::image::{Drive, Field};
use crate::plc::emulator::PotPlc;
use crate::plc::error::BankError;
use crate::plc::gate::Gate;
use crate::plc::map::RegisterKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::prelude::rust_2024::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Where the emulated PLCs listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankSettings {
    /// Address; loopback unless said otherwise, for the protocol knows no passwords.
    pub host: IpAddr,
    /// Port of the first PLC, the others follow; 0 lets the system choose each.
    pub base_port: u16,
    /// Unit identifier every PLC answers to.
    pub unit_id: u8,
    /// Most connections one PLC serves at a time.
    pub max_connections: usize,
    /// Silence after which a connection is closed.
    pub idle: Duration,
}

impl Default for BankSettings {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            base_port: 5020,
            unit_id: 1,
            max_connections: 4,
            idle: Duration::from_secs(60),
        }
    }
}

/// An emulated PLC on the network.
#[derive(Debug)]
struct Post {
    plc: Mutex<PotPlc>,
    unit_id: u8,
    index: usize,
    gate: Arc<Gate>,
}

impl Post {
    fn lock(&self) -> MutexGuard<'_, PotPlc> {
        // The registers are plain words: valid whatever a panicking holder did.
        self.plc.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The registers of a PLC, and whether the heartbeat moved while they were held.
struct Registers<'a> {
    plc: &'a mut PotPlc,
    moved: bool,
}

impl Table for Registers<'_> {
    fn read(&self, kind: RegisterKind, start: u16, out: &mut [u16]) -> Result<(), Refusal> {
        out.copy_from_slice(self.plc.read(kind, start, out.len() as u16)?);
        Ok(())
    }

    fn write(&mut self, start: u16, values: &[u16]) -> Result<(), Refusal> {
        self.moved |= self.plc.write(start, values)?;
        Ok(())
    }
}

impl Station for Post {
    fn is_unit(&self, unit: u8) -> bool {
        unit == self.unit_id
    }

    fn offers(&self, function: u8) -> bool {
        matches!(function, 3 | 4 | 6 | 16 | 22 | 23)
    }

    fn answer(&self, request: &Request<'_>, reply: &mut Vec<u8>) -> Result<(), Refusal> {
        // A PLC under its lock answers in microseconds; nothing is awaited meanwhile.
        let mut plc = self.lock();
        let mut registers = Registers { plc: &mut plc, moved: false };
        request.carry_out(&mut registers, reply)?;
        if registers.moved {
            self.gate.mark(self.index);
        }
        Ok(())
    }
}

enum Order {
    Listen(usize, TcpListener),
    Kill(usize, mpsc::Sender<()>),
}

/// Several emulated PLCs, served by a thread of their own. Dropping the bank stops it.
#[derive(Debug)]
pub struct Bank {
    posts: Vec<Arc<Post>>,
    addresses: Vec<SocketAddr>,
    gate: Arc<Gate>,
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Bank {
    /// Opens every listener and starts serving.
    ///
    /// # Errors
    /// [`BankError::Bind`] naming the first address that cannot be had, [`BankError::Ports`],
    /// [`BankError::Thread`].
    pub fn start(settings: &BankSettings, plcs: Vec<PotPlc>) -> Result<Self, BankError> {
        let count = plcs.len();
        let base = settings.base_port;
        if base != 0 && usize::from(base) + count > 65_536 {
            return Err(BankError::Ports { base, count });
        }
        let mut listeners = Vec::with_capacity(count);
        let mut addresses = Vec::with_capacity(count);
        for index in 0..count {
            let port = if base == 0 { 0 } else { base + index as u16 };
            let listener = bind(SocketAddr::new(settings.host, port))?;
            addresses.push(listener.local_addr().map_err(BankError::Thread)?);
            listeners.push(listener);
        }
        let gate = Arc::new(Gate::new(count));
        let post = |(index, plc)| {
            let (plc, gate) = (Mutex::new(plc), Arc::clone(&gate));
            Arc::new(Post { plc, unit_id: settings.unit_id, index, gate })
        };
        let posts: Vec<_> = plcs.into_iter().enumerate().map(post).collect();
        let manners = Manners { max_connections: settings.max_connections.max(1), idle: settings.idle };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(BankError::Thread)?;
        let (orders, inbox) = unbounded_channel();
        let served = posts.clone();
        let thread = std::thread::Builder::new()
            .name("emulated-plcs".into())
            .spawn(move || runtime.block_on(obey(inbox, served, manners)))
            .map_err(BankError::Thread)?;
        let bank = Self { posts, addresses, gate, orders: Some(orders), thread: Some(thread) };
        for (index, listener) in listeners.into_iter().enumerate() {
            bank.order(Order::Listen(index, listener))?;
        }
        Ok(bank)
    }

    /// How many PLCs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.posts.len()
    }

    /// True for a bank without PLCs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }

    /// Where each PLC listens.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Works on PLC `index` (from 0) while the network waits.
    ///
    /// # Errors
    /// [`BankError::NoSuchPlc`].
    pub fn with<T>(&self, index: usize, work: impl FnOnce(&mut PotPlc) -> T) -> Result<T, BankError> {
        Ok(work(&mut self.post(index)?.lock()))
    }

    /// One scan of PLC `index`, see [`PotPlc::scan`].
    ///
    /// # Errors
    /// [`BankError::NoSuchPlc`].
    pub fn scan(&self, index: usize, dt: f64, field: &Field) -> Result<Drive, BankError> {
        self.with(index, |plc| plc.scan(dt, field))
    }

    /// Waits until every PLC on the network has seen the controller's heartbeat move since the last
    /// such wait, so that a process can run in lock-step with the controller. False when `timeout`
    /// passed first; what was seen by then counts for the next wait. Killed PLCs are not waited for.
    #[must_use]
    pub fn wait_all_heartbeats(&self, timeout: Duration) -> bool {
        self.gate.wait_all(timeout)
    }

    /// Cuts PLC `index` off the network: listener and connections. The PLC itself goes on.
    ///
    /// # Errors
    /// [`BankError::NoSuchPlc`], [`BankError::Stopped`].
    pub fn kill(&self, index: usize) -> Result<(), BankError> {
        self.post(index)?;
        let (done, killed) = mpsc::channel();
        self.order(Order::Kill(index, done))?;
        killed.recv().map_err(|_| BankError::Stopped)?;
        self.gate.serving(index, false);
        Ok(())
    }

    /// Puts PLC `index` back on the network, at the same address.
    ///
    /// # Errors
    /// [`BankError::Bind`], [`BankError::NoSuchPlc`], [`BankError::Stopped`].
    pub fn revive(&self, index: usize) -> Result<(), BankError> {
        self.post(index)?;
        let listener = bind(self.addresses[index])?;
        self.gate.serving(index, true);
        self.order(Order::Listen(index, listener))
    }

    fn post(&self, index: usize) -> Result<&Post, BankError> {
        let count = self.posts.len();
        self.posts.get(index).map(|post| &**post).ok_or(BankError::NoSuchPlc { index, count })
    }

    fn order(&self, order: Order) -> Result<(), BankError> {
        let orders = self.orders.as_ref().ok_or(BankError::Stopped)?;
        orders.send(order).map_err(|_| BankError::Stopped)
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, BankError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| BankError::Bind { address, source })
}

/// The bank and its thread each hold a post; whoever else does is a connection.
const HELD: usize = 2;

/// The server thread: starts and stops listeners until the bank is dropped.
async fn obey(mut inbox: UnboundedReceiver<Order>, posts: Vec<Arc<Post>>, manners: Manners) {
    let mut tasks: Vec<Option<tokio::task::JoinHandle<()>>> = posts.iter().map(|_| None).collect();
    while let Some(order) = inbox.recv().await {
        match order {
            Order::Listen(index, listener) => {
                if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                    let post: Arc<Post> = Arc::clone(&posts[index]);
                    tasks[index] = Some(tokio::spawn(listen(listener, post, manners)));
                }
            }
            Order::Kill(index, done) => {
                if let Some(task) = tasks[index].take() {
                    task.abort();
                    let _ = task.await;
                    // Connections are cancelled with the listener; give them their turn to go.
                    while Arc::strong_count(&posts[index]) > HELD {
                        tokio::task::yield_now().await;
                    }
                }
                let _ = done.send(());
            }
        }
    }
}

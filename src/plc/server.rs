//! Emulated PLCs on the network: one listener each, loopback by default.

use super::emulator::{PotPlc, Refusal};
use super::error::BankError;
use super::gate::Gate;
use super::map::RegisterKind;
use crate::image::{Drive, Field};
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_modbus::server::{Service, tcp::Server};
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

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
}

impl Default for BankSettings {
    fn default() -> Self {
        Self { host: IpAddr::V4(Ipv4Addr::LOCALHOST), base_port: 5020, unit_id: 1, max_connections: 4 }
    }
}

#[derive(Debug)]
struct Station {
    plc: Mutex<PotPlc>,
    unit_id: u8,
    index: usize,
    gate: Arc<Gate>,
    connections: AtomicUsize,
    max_connections: usize,
}

impl Station {
    fn lock(&self) -> MutexGuard<'_, PotPlc> {
        // The registers are plain words: valid whatever a panicking holder did.
        self.plc.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &SlaveRequest<'_>) -> Result<Option<Response>, ExceptionCode> {
        if request.slave != self.unit_id {
            return Err(ExceptionCode::GatewayTargetDevice);
        }
        let read =
            |kind, start, count| self.lock().read(kind, start, count).map(<[u16]>::to_vec).map_err(exception);
        let response = match request.request {
            Request::ReadHoldingRegisters(start, count) => {
                Response::ReadHoldingRegisters(read(RegisterKind::Holding, start, count)?)
            }
            Request::ReadInputRegisters(start, count) => {
                Response::ReadInputRegisters(read(RegisterKind::Input, start, count)?)
            }
            Request::WriteMultipleRegisters(start, ref values) => {
                // A PLC under its lock answers in microseconds; nothing is awaited here.
                let moved = self.lock().write(start, values).map_err(exception)?;
                if moved {
                    self.gate.mark(self.index);
                }
                Response::WriteMultipleRegisters(start, values.len() as u16)
            }
            _ => return Err(ExceptionCode::IllegalFunction),
        };
        Ok(Some(response))
    }
}

fn exception(refusal: Refusal) -> ExceptionCode {
    match refusal {
        Refusal::Function => ExceptionCode::IllegalFunction,
        Refusal::Address => ExceptionCode::IllegalDataAddress,
        Refusal::Value => ExceptionCode::IllegalDataValue,
    }
}

struct Desk(Arc<Station>);

impl Service for Desk {
    type Request = SlaveRequest<'static>;
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Self::Response, Self::Exception>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        ready(self.0.answer(&request))
    }
}

/// A connection that frees its place when it goes.
#[derive(Debug)]
struct Seat {
    stream: TcpStream,
    station: Arc<Station>,
}

impl Seat {
    /// A place for this connection, unless all are taken.
    fn take(stream: TcpStream, station: &Arc<Station>) -> Option<Self> {
        let taken = station.connections.fetch_add(1, Ordering::Relaxed);
        let seat = Self { stream, station: Arc::clone(station) };
        // A seat not given is dropped here, which gives the count back.
        (taken < station.max_connections).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.station.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AsyncRead for Seat {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Seat {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Serves one PLC until the task is aborted. A failed accept (no descriptors left) ends the
/// library's loop; it is entered again after a breath.
async fn listen(listener: tokio::net::TcpListener, station: Arc<Station>) {
    let server = Server::new(listener);
    let admit = |stream: TcpStream, _: SocketAddr| {
        // Best effort: without it replies may wait for the delayed-acknowledgement timer.
        let _ = stream.set_nodelay(true);
        let seat = Seat::take(stream, &station).map(|seat| (Desk(Arc::clone(&station)), seat));
        ready(Ok(seat))
    };
    loop {
        let _ = server.serve(&admit, |_| {}).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

enum Order {
    Listen(usize, TcpListener),
    Kill(usize, mpsc::Sender<()>),
}

/// Several emulated PLCs, served by a thread of their own. Dropping the bank stops it.
#[derive(Debug)]
pub struct Bank {
    stations: Vec<Arc<Station>>,
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
        let stations: Vec<_> = plcs
            .into_iter()
            .enumerate()
            .map(|(index, plc)| {
                Arc::new(Station {
                    plc: Mutex::new(plc),
                    unit_id: settings.unit_id,
                    index,
                    gate: Arc::clone(&gate),
                    connections: AtomicUsize::new(0),
                    max_connections: settings.max_connections.max(1),
                })
            })
            .collect();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(BankError::Thread)?;
        let (orders, inbox) = unbounded_channel();
        let served = stations.clone();
        let thread = std::thread::Builder::new()
            .name("emulated-plcs".into())
            .spawn(move || runtime.block_on(obey(inbox, served)))
            .map_err(BankError::Thread)?;
        let bank = Self { stations, addresses, gate, orders: Some(orders), thread: Some(thread) };
        for (index, listener) in listeners.into_iter().enumerate() {
            bank.order(Order::Listen(index, listener))?;
        }
        Ok(bank)
    }

    /// How many PLCs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stations.len()
    }

    /// True for a bank without PLCs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stations.is_empty()
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
        Ok(work(&mut self.station(index)?.lock()))
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
        self.station(index)?;
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
        self.station(index)?;
        let listener = bind(self.addresses[index])?;
        self.gate.serving(index, true);
        self.order(Order::Listen(index, listener))
    }

    fn station(&self, index: usize) -> Result<&Station, BankError> {
        let count = self.stations.len();
        self.stations.get(index).map(|station| &**station).ok_or(BankError::NoSuchPlc { index, count })
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

/// The server thread: starts and stops listeners until the bank is dropped.
async fn obey(mut inbox: UnboundedReceiver<Order>, stations: Vec<Arc<Station>>) {
    let mut tasks: Vec<Option<tokio::task::JoinHandle<()>>> = stations.iter().map(|_| None).collect();
    while let Some(order) = inbox.recv().await {
        match order {
            Order::Listen(index, listener) => {
                if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                    tasks[index] = Some(tokio::spawn(listen(listener, Arc::clone(&stations[index]))));
                }
            }
            Order::Kill(index, done) => {
                if let Some(task) = tasks[index].take() {
                    task.abort();
                    let _ = task.await;
                    // Connections are cancelled by the dropped listener; give them their turn.
                    while stations[index].connections.load(Ordering::Relaxed) > 0 {
                        tokio::task::yield_now().await;
                    }
                }
                let _ = done.send(());
            }
        }
    }
}

//! One connection and the PLCs behind it, which take turns.
//!
//! The task connects, exchanges words, and gives up; it knows nothing of meanings. A request given up
//! leaves the connection alone: its reply is known by its number and thrown away. The connection ends
//! when the end of a frame is lost, when a peer answers one request with the reply to another, or after
//! silence. Every job is answered exactly once.

mod breaker;
mod call;
mod patience;
mod unit;

pub(super) use unit::{Answer, Job, Report, Task, Unit};

use super::alarm::Alarm;
use super::fault::Fault;
use super::health::Circuit;
use super::settings::{Backoff, LinkSettings};
use super::transport::{Address, Line, Means, open};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::time::Duration;
use std::vec::Vec;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};
use tokio_modbus::Slave;
use tokio_modbus::client::{Context, tcp};

/// What the owners of links ask of the task.
// A quarter of a kilobyte by value, once per scan, costs less than a heap block.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(super) enum Order {
    Join(Unit),
    Job(Job),
}

/// A connection that stands, and the library on it. After a request given up the library is thrown
/// away, for it may be called no more; the line goes on.
struct Connection {
    line: Line,
    context: Context,
    /// When the request was sent since which nothing came, from whatever unit.
    silent_since: Option<Instant>,
    alarm: Alarm,
}

impl Connection {
    fn new(line: Line) -> Self {
        let context = tcp::attach_slave(line.port(), Slave(0));
        Self { line, context, silent_since: None, alarm: Alarm::default() }
    }

    fn renew(&mut self) {
        self.context = tcp::attach_slave(self.line.port(), Slave(0));
    }
}

/// The task and what it owns.
pub(super) struct Gateway {
    address: Address,
    means: Means,
    connect_timeout: Duration,
    backoff: Backoff,
    /// Each link has one read and one write under way at most, which bounds the queue.
    orders: UnboundedReceiver<Order>,
    units: Vec<Unit>,
    /// Unit that was served last.
    turn: usize,
    /// Connections made.
    made: u64,
}

/// Nobody wants the connection any more.
struct Deserted;

impl Gateway {
    pub(super) fn new(
        (address, means): (Address, Means),
        settings: &LinkSettings,
        seed: u64,
        orders: UnboundedReceiver<Order>,
    ) -> Self {
        Self {
            address,
            means,
            connect_timeout: Duration::from_millis(settings.connect_timeout_ms),
            backoff: Backoff::new(settings, seed),
            orders,
            units: Vec::new(),
            turn: 0,
            made: 0,
        }
    }

    /// Runs until every owner has dropped its end.
    pub(super) async fn run(mut self) {
        let _ = self.work().await;
    }

    async fn work(&mut self) -> Result<(), Deserted> {
        let mut pause = Duration::ZERO;
        loop {
            let mut connection = Connection::new(self.connect(pause).await?);
            self.made += 1;
            for unit in &self.units {
                unit.connected(self.made);
            }
            let fault = self.serve(&mut connection).await?;
            // Closed before anybody hears of it: a PLC may serve a single connection.
            let found = connection.line.found();
            drop(connection);
            for unit in &mut self.units {
                unit.lost(fault);
            }
            self.credit(found, None);
            pause = self.backoff.pause();
        }
    }

    /// Tries until a connection stands; turns jobs away meanwhile.
    async fn connect(&mut self, mut pause: Duration) -> Result<Line, Deserted> {
        loop {
            if !pause.is_zero() {
                self.show(Circuit::Open);
                let over = sleep_until(Instant::now() + pause);
                self.attend(pin!(over)).await?;
            }
            self.show(Circuit::HalfOpen);
            let id = self.backoff.draw() as u16;
            let (address, means) = (self.address.clone(), self.means.clone());
            let attempt = open(&address, &means, id, self.connect_timeout);
            match self.attend(pin!(attempt)).await? {
                Ok(line) => return Ok(line),
                Err(fault) => self.units.iter().for_each(|unit| unit.refused(fault)),
            }
            pause = self.backoff.pause();
        }
    }

    /// Waits for `event`, answering every job with "disconnected".
    async fn attend<F: Future>(&mut self, mut event: Pin<&mut F>) -> Result<F::Output, Deserted> {
        loop {
            let order = tokio::select! {
                done = event.as_mut() => return Ok(done),
                order = self.orders.recv() => order.ok_or(Deserted)?,
            };
            match order {
                Order::Join(unit) => self.units.push(unit),
                Order::Job(job) => {
                    if let Some(unit) = self.unit(job.unit) {
                        unit.answer(&job, job.task.failed(Fault::Disconnected));
                    }
                }
            }
        }
    }

    /// Does jobs until the connection ends.
    async fn serve(&mut self, connection: &mut Connection) -> Result<Fault, Deserted> {
        loop {
            while let Ok(order) = self.orders.try_recv() {
                self.accept(order);
            }
            for unit in self.units.iter_mut().filter(|unit| unit.has_write()) {
                if connection.line.occupied(unit.slave, unit.patience.ceiling()).is_some() {
                    // A read may wait for its turn; a command of long ago must not be given.
                    unit.refuse_writes();
                }
            }
            let (next, wake) = self.next(&connection.line);
            if let Some(index) = next {
                if let Err(fault) = self.exchange(index, connection).await {
                    return Ok(fault);
                }
                continue;
            }
            let wake = async {
                match wake {
                    Some(time) => sleep_until(time).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                order = self.orders.recv() => {
                    let order = order.ok_or(Deserted)?;
                    self.accept(order);
                }
                heard = connection.line.listen() => {
                    if let Err(error) = heard {
                        return Ok(call::fault_of(&error));
                    }
                    let found = connection.line.found();
                    connection.silent_since = None;
                    self.credit(found, None);
                }
                () = wake => {}
            }
        }
    }

    fn accept(&mut self, order: Order) {
        match order {
            Order::Join(unit) => {
                unit.connected(self.made);
                self.units.retain(|unit| !unit.is_deserted());
                self.units.push(unit);
            }
            Order::Job(job) => {
                let made = self.made;
                if let Some(unit) = self.unit(job.unit) {
                    unit.queue(job, made);
                }
            }
        }
    }

    fn unit(&mut self, key: u64) -> Option<&mut Unit> {
        self.units.iter_mut().find(|unit| unit.key == key)
    }

    /// Whose turn it is, and else when to look again. After the unit served last comes the next one
    /// that has something to ask, so none can keep another from its turn.
    fn next(&self, line: &Line) -> (Option<usize>, Option<Instant>) {
        let now = Instant::now();
        let count = self.units.len();
        let mut wake: Option<Instant> = None;
        for step in 1..=count {
            let index = (self.turn + step) % count;
            let Some(unit) = self.units.get(index) else { continue };
            let Some(due) = unit.due(now) else { continue };
            let due = line.occupied(unit.slave, unit.patience.ceiling()).map_or(due, |until| due.max(until));
            if due <= now {
                return (Some(index), None);
            }
            wake = Some(wake.map_or(due, |wake| wake.min(due)));
        }
        (None, wake)
    }

    fn show(&self, circuit: Circuit) {
        for unit in &self.units {
            unit.show(circuit);
        }
    }
}

//! A line's worth of clients, each polled at its own phase, timed from the moment it was due.

use super::serve::WORDS;
use super::station::Who;
use hdrhistogram::Histogram;
use potline::image::CellId;
use potline::plc::{Endpoint, Layout, LinkSettings, PlcLink};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_modbus::Slave;
use tokio_modbus::client::{Context, Reader, tcp};

/// What was seen since [`Tally::reset`].
#[derive(Debug)]
pub struct Tally {
    pub due: u64,
    pub missed: u64,
    /// From when it was due to when it began, from then to the reply, from due to the reply \[µs\].
    pub lateness: Histogram<u64>,
    pub round_trip: Histogram<u64>,
    pub response: Histogram<u64>,
    /// Links, by their number, that answered since.
    pub answered: Vec<bool>,
}

impl Tally {
    pub fn new(links: usize) -> Result<Self, hdrhistogram::CreationError> {
        let histogram = || Histogram::new_with_bounds(1, 60_000_000, 3);
        Ok(Self {
            due: 0,
            missed: 0,
            lateness: histogram()?,
            round_trip: histogram()?,
            response: histogram()?,
            answered: vec![false; links],
        })
    }

    pub fn reset(&mut self) {
        (self.due, self.missed) = (0, 0);
        for histogram in [&mut self.lateness, &mut self.round_trip, &mut self.response] {
            histogram.reset();
        }
        self.answered.fill(false);
    }
}

/// Links that answer to one of two tallies: those that may be cut off, and the others.
pub struct Line {
    pub others: Rc<RefCell<Tally>>,
    pub exposed: Rc<RefCell<Tally>>,
    /// The polls end with the line.
    _tasks: tokio::task::JoinSet<()>,
}

enum Link {
    Driver(Box<PlcLink>),
    Bare(SocketAddr, Option<Context>),
}

impl Line {
    /// Connects to everybody and begins to poll. Needs a `LocalSet`.
    pub fn start(
        who: Who,
        addresses: &[SocketAddr],
        layout: &Arc<Layout>,
        period: Duration,
        exposed: impl Fn(usize) -> bool,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let tally = || Tally::new(addresses.len()).map(|tally| Rc::new(RefCell::new(tally)));
        let (others, exposed_tally) = (tally()?, tally()?);
        let mut tasks = tokio::task::JoinSet::new();
        let start = Instant::now() + Duration::from_millis(50);
        for (number, &address) in addresses.iter().enumerate() {
            let link = match who {
                Who::Driver => {
                    let endpoint = Endpoint {
                        cell: CellId(number as u16 + 1),
                        address: format!("tcp://{address}"),
                        unit_id: 1,
                    };
                    let link = PlcLink::spawn(&endpoint, &LinkSettings::default(), Arc::clone(layout))?;
                    Link::Driver(Box::new(link))
                }
                Who::Bare => Link::Bare(address, None),
            };
            let tally = if exposed(number) { &exposed_tally } else { &others };
            let phase = period.mul_f64(number as f64 / addresses.len() as f64);
            tasks.spawn_local(poll(link, number, start + phase, period, Rc::clone(tally)));
        }
        Ok(Self { others, exposed: exposed_tally, _tasks: tasks })
    }
}

async fn poll(mut link: Link, number: usize, first: Instant, period: Duration, tally: Rc<RefCell<Tally>>) {
    let mut due = first;
    loop {
        sleep_until(due).await;
        let began = Instant::now();
        let answered = link.poll(due + period, first.elapsed().as_secs_f64()).await;
        let done = Instant::now();
        {
            let mut tally = tally.borrow_mut();
            let micros = |from: Instant, to: Instant| (to - from).as_micros() as u64;
            tally.due += 1;
            tally.lateness.saturating_record(micros(due, began));
            if answered && done <= due + period {
                tally.round_trip.saturating_record(micros(began, done));
                tally.response.saturating_record(micros(due, done));
                tally.answered[number] = true;
            } else {
                tally.missed += 1;
            }
            due += period;
            // Polls whose time has passed are missed, not bunched.
            while due + period < done {
                tally.due += 1;
                tally.missed += 1;
                due += period;
            }
        }
    }
}

impl Link {
    /// One poll; false without a whole and usable answer.
    async fn poll(&mut self, deadline: Instant, now: f64) -> bool {
        match self {
            Self::Driver(link) => {
                link.start_read(now);
                link.finish_read(deadline).await.usable()
            }
            Self::Bare(address, context) => {
                if context.is_none() {
                    let Ok(stream) = TcpStream::connect(*address).await else { return false };
                    let _ = stream.set_nodelay(true);
                    *context = Some(tcp::attach_slave(stream, Slave(1)));
                }
                let Some(open) = context.as_mut() else { return false };
                let patience = deadline.saturating_duration_since(Instant::now());
                match timeout(patience, open.read_holding_registers(0, WORDS)).await {
                    Ok(Ok(Ok(values))) => values.len() == usize::from(WORDS),
                    _ => {
                        *context = None;
                        false
                    }
                }
            }
        }
    }
}

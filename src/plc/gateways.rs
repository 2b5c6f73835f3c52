//! Links that share connections.

use super::client::PlcLink;
use super::error::LinkError;
use super::gateway::{Gateway, Order, Unit};
use super::health::Stats;
use super::layout::Layout;
use super::settings::{Endpoint, LinkSettings};
use super::transport::{Address, Means};
use std::boxed::Box;
use std::collections::HashMap;
use std::prelude::rust_2024::*;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{WeakUnboundedSender, channel, unbounded_channel};

/// Makes links. Endpoints with the same address share one connection, on which their units take turns:
/// a gateway often serves a single client, and a serial line carries a single frame.
#[derive(Debug, Default)]
pub struct Gateways {
    open: HashMap<String, WeakUnboundedSender<Order>>,
    made: u64,
}

/// Bytes of the longest request and reply together, as on a serial line.
fn longest_exchange(layout: &Layout) -> usize {
    let reads = layout.reads.iter().map(|span| 8 + 5 + 2 * usize::from(span.count));
    let write = 9 + 2 * usize::from(layout.write_count) + 8;
    reads.fold(write, usize::max)
}

impl Gateways {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Links to one PLC, over the connection that another link to this address has, or over a new one.
    /// The first link to an address sets the patience of the connection.
    ///
    /// # Errors
    /// [`LinkError::Settings`] with every problem at once, [`LinkError::NoRuntime`] outside a runtime.
    pub fn link(
        &mut self,
        endpoint: &Endpoint,
        settings: &LinkSettings,
        layout: Arc<Layout>,
    ) -> Result<PlcLink, LinkError> {
        let mut problems = endpoint.validate();
        problems.extend(settings.validate());
        let address = match Address::parse(&endpoint.address) {
            Ok(address) if problems.is_empty() => address,
            _ => return Err(LinkError::Settings(problems)),
        };
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| LinkError::NoRuntime)?;
        let stats = Arc::new(Mutex::new(Stats::new().ok_or(LinkError::Histogram)?));
        let (outbox, reports) = channel(4);
        self.made += 1;
        let (key, seed) = (self.made, u64::from(endpoint.cell.0));
        let wire = address.wire_time(longest_exchange(&layout));
        let unit = Unit::new(
            (key, endpoint.unit_id, seed),
            Arc::clone(&layout),
            (settings, wire),
            outbox,
            Arc::clone(&stats),
        );
        let orders = match self.open.get(&endpoint.address).and_then(WeakUnboundedSender::upgrade) {
            Some(orders) => orders,
            None => {
                let means = Means::new(&address, settings)?;
                let (orders, inbox) = unbounded_channel();
                runtime.spawn(Gateway::new((address, means), settings, seed, inbox).run());
                self.open.insert(endpoint.address.clone(), orders.downgrade());
                orders
            }
        };
        // The task waits for orders as long as one of them can come.
        let _ = orders.send(Order::Join(Box::new(unit)));
        Ok(PlcLink::new((endpoint.cell, key), settings, layout, (orders, reports), stats))
    }
}

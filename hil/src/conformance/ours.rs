//! Our server in front of four full tables, so that every function code has something to work on.

use super::{BITS, WORDS};
use potline::plc::server::{BitKind, Manners, Request, Station, Table, listen};
use potline::plc::{Refusal, RegisterKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

struct Tables {
    coils: Vec<bool>,
    inputs: Vec<bool>,
    holding: Vec<u16>,
    input: Vec<u16>,
}

impl Table for Tables {
    fn read(&self, kind: RegisterKind, start: u16, out: &mut [u16]) -> Result<(), Refusal> {
        let words = match kind {
            RegisterKind::Holding => &self.holding,
            RegisterKind::Input => &self.input,
        };
        let from = usize::from(start);
        out.copy_from_slice(words.get(from..from + out.len()).ok_or(Refusal::Address)?);
        Ok(())
    }

    fn write(&mut self, start: u16, values: &[u16]) -> Result<(), Refusal> {
        let from = usize::from(start);
        let words = self.holding.get_mut(from..from + values.len()).ok_or(Refusal::Address)?;
        words.copy_from_slice(values);
        Ok(())
    }

    fn bit(&self, kind: BitKind, address: u16) -> Result<bool, Refusal> {
        let bits = match kind {
            BitKind::Coil => &self.coils,
            BitKind::Input => &self.inputs,
        };
        bits.get(usize::from(address)).copied().ok_or(Refusal::Address)
    }

    fn set_bit(&mut self, address: u16, on: bool) -> Result<(), Refusal> {
        *self.coils.get_mut(usize::from(address)).ok_or(Refusal::Address)? = on;
        Ok(())
    }
}

struct Desk(Mutex<Tables>);

impl Station for Desk {
    fn is_unit(&self, unit: u8) -> bool {
        unit == 1
    }

    fn offers(&self, function: u8) -> bool {
        Request::FUNCTIONS.contains(&function)
    }

    fn answer(&self, request: &Request<'_>, reply: &mut Vec<u8>) -> Result<(), Refusal> {
        request.carry_out(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), reply)
    }
}

/// The server, until dropped.
pub struct Ours {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Ours {
    pub fn start() -> Result<Self, String> {
        Self::with_tables(BITS, WORDS)
    }

    pub fn with_tables(bits: u16, words: u16) -> Result<Self, String> {
        let (bits, words) = (vec![false; usize::from(bits)], vec![0; usize::from(words)]);
        let tables = Tables { coils: bits.clone(), inputs: bits, holding: words.clone(), input: words };
        let desk: Arc<dyn Station> = Arc::new(Desk(Mutex::new(tables)));
        let start = || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
            let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
            let address = listener.local_addr()?;
            let manners = Manners { max_connections: 8, idle: Duration::from_secs(60) };
            runtime.spawn(listen(listener, desk, manners));
            Ok::<_, std::io::Error>(Self { address, _runtime: runtime })
        };
        start().map_err(|e| format!("our server cannot be started: {e}"))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

//! Pot-controller PLCs on Modbus: the driver, and emulated PLCs to drive.
//!
//! * [`RegisterMap`] says what stands in which register; [`Layout`] is the same, compiled.
//! * [`PlcLink`] is the controller's end: one task per connection ([`Gateways`]), readings with age and quality, commands
//!   that are never repeated ([`Handshake`]).
//! * [`PotPlc`] is a PLC without a network, [`Bank`] puts several on loopback.
//!
//! This module sees nothing but the wall ([`crate::image`]).

mod alarm;
mod assess;
mod client;
pub mod codec;
mod emulator;
mod error;
mod fault;
mod gate;
mod gateway;
mod gateways;
mod handshake;
mod health;
mod layout;
mod lint;
mod map;
mod plan;
mod pulse;
mod rules;
pub mod server;
mod settings;
mod signals;
mod slot;
pub mod telegraf;
#[cfg(feature = "tls")]
pub mod tls;
mod transport;

pub use assess::{Circumstances, Mismatch, assess};
pub use client::{Outputs, PlcLink};
pub use emulator::PotPlc;
pub use error::{BankError, LinkError, MapError, WriteError};
pub use fault::{Distrust, Fault};
pub use gateways::Gateways;
pub use handshake::{Ack, AckResult, Handshake, RejectCode};
pub use health::{Circuit, Counts, Health};
pub use layout::{CommandBlock, Layout, MAX_WORDS, Snapshot, Words};
pub use lint::{Problem, Severity};
pub use map::{Access, Block, POT500, Point, RegisterKind, RegisterMap, VERSION};
pub use plan::Span;
pub use rules::PlcSettings;
pub use server::{Bank, BankSettings, Refusal};
pub use settings::{Endpoint, LinkSettings, TlsFiles};
pub use signals::{SIGNALS, Signal};
pub use transport::{Address, Parity, Serial};

//! The server side of Modbus TCP: requests judged in the order of the specification, connections
//! counted and timed, loopback unless told otherwise.
//!
//! * [`Request`] is a well-formed request, [`Table`] what it works on: pure, no sockets.
//! * [`Frame`] is a request with its header, [`Station`] what answers it.
//! * [`serve_connection`] serves any byte stream, [`listen`] a TCP port.
//! * [`Bank`] puts emulated PLCs on ports of their own.

mod bank;
mod frame;
mod listener;
mod request;

pub use bank::{Bank, BankSettings};
pub use frame::{FRAME_MAX, Frame, Garbage, Station};
pub use listener::{Manners, listen, serve_connection};
pub use request::{BitKind, Refusal, Request, Table};

//! From an address to frames: [`Address`] says how a PLC is reached, [`open`] goes there, and a
//! [`Line`] lets through nothing but the reply to the pending request.

mod address;
mod doorman;
mod line;
mod mbap;
mod open;
mod rtu;
mod sort;
#[cfg(test)]
mod tests;

pub use address::{Address, Parity, Serial};
pub(super) use doorman::Found;
pub(super) use line::Line;
#[cfg(feature = "tls")]
pub(super) use mbap::frame_length;
pub(super) use open::{Means, open};

use std::fmt::Debug;
use tokio::io::{AsyncRead, AsyncWrite};

/// Any byte stream: TCP, TLS, a serial line, or a pipe in a test.
pub(super) trait Wire: AsyncRead + AsyncWrite + Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Debug + Send + Unpin> Wire for T {}

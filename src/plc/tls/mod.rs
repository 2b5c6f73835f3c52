//! Modbus/TCP Security: TLS with certificates on both sides, and roles.
//!
//! `Client` is the controller's end, of addresses with `tls://`. [`Acceptor`] is the PLC's: it admits
//! whoever the authority vouches for, and lets through what the role in the certificate may do.

mod client;
mod files;
mod guard;
mod role;
mod server;
mod trust;

pub(super) use client::Client;
pub use guard::Guarded;
pub use role::{Grant, ROLE_OID, Roles};
pub use server::Acceptor;
pub(super) use trust::distrust;

use std::sync::Arc;
use tokio_rustls::rustls::crypto::CryptoProvider;

/// Named here rather than installed for the whole process, which belongs to the caller.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(tokio_rustls::rustls::crypto::ring::default_provider())
}

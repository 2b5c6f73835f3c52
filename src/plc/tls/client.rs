//! The controller's end of a secure connection.

use super::files::{Papers, problem};
use super::trust::handshake_distrust;
use crate::plc::fault::{Distrust, Fault};
use crate::plc::lint::Problem;
use crate::plc::settings::TlsFiles;
use rustls_pki_types::ServerName;
use std::fmt;
use std::prelude::rust_2024::*;
use std::sync::Arc;
use std::time::Duration;
use std::vec;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;

/// Our papers, and whom we expect.
#[derive(Clone)]
pub(in crate::plc) struct Client {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Client {
    /// Reads the files.
    pub(in crate::plc) fn new(host_port: &str, files: Option<&TlsFiles>) -> Result<Self, Vec<Problem>> {
        let Some(files) = files else {
            let message = "a tls:// address needs [link.tls] with ca, certificate and key";
            return Err(vec![Problem::error("tls", "tls", message)]);
        };
        let host = host_port.rsplit_once(':').map_or(host_port, |(host, _)| host);
        let name = files.server_name.as_deref().unwrap_or(host.trim_matches(['[', ']']));
        let name = ServerName::try_from(name.to_owned()).map_err(|_| {
            let message = std::format!("\"{name}\" is neither a host name nor an IP address");
            vec![Problem::error("tls", "tls.server_name", message)]
        })?;
        let papers = Papers::read(files)?;
        let wrong = |e: tokio_rustls::rustls::Error| {
            vec![problem("tls.key", &files.key, &std::format!("does not fit tls.certificate: {e}"))]
        };
        let config = ClientConfig::builder_with_provider(super::provider())
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_root_certificates(papers.authorities)
            .with_client_auth_cert(papers.chain, papers.key)
            .map_err(wrong)?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Shakes hands within `limit`.
    pub(in crate::plc) async fn secure(
        &self,
        stream: TcpStream,
        limit: Duration,
    ) -> Result<TlsStream<TcpStream>, Fault> {
        match timeout(limit, self.connector.connect(self.name.clone(), stream)).await {
            Err(_) => Err(Fault::Secure(Distrust::Stalled)),
            Ok(done) => done.map_err(|error| Fault::Secure(handshake_distrust(&error))),
        }
    }
}

//! The PLC's end of secure connections.

use super::files::{Papers, problem};
use super::guard::Guarded;
use super::role::{Roles, of_certificate};
use super::trust::handshake_distrust;
use crate::plc::fault::Distrust;
use crate::plc::lint::Problem;
use crate::plc::settings::TlsFiles;
use std::fmt;
use std::format;
use std::future::Future;
use std::net::SocketAddr;
use std::prelude::rust_2024::*;
use std::sync::Arc;
use std::time::Duration;
use std::vec;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::server::TlsStream;

/// Pause after an accept that failed, as for want of descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Admits peers with a certificate of our authority and knows what their roles may do.
#[derive(Clone)]
pub struct Acceptor {
    acceptor: TlsAcceptor,
    roles: Arc<Roles>,
    limit: Duration,
    most: usize,
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl Acceptor {
    /// Reads our papers. A handshake must end within `limit`; `most` connections are served at a time,
    /// handshakes included.
    ///
    /// # Errors
    /// Every file that will not do.
    pub fn new(files: &TlsFiles, roles: Roles, limit: Duration, most: usize) -> Result<Self, Vec<Problem>> {
        let papers = Papers::read(files)?;
        let wrong = |field: &str, path: &std::path::Path, what: String| vec![problem(field, path, &what)];
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(papers.authorities), super::provider())
                .build()
                .map_err(|e| wrong("tls.ca", &files.ca, e.to_string()))?;
        let unfit = |e: tokio_rustls::rustls::Error| {
            wrong("tls.key", &files.key, format!("does not fit tls.certificate: {e}"))
        };
        let config = ServerConfig::builder_with_provider(super::provider())
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(papers.chain, papers.key)
            .map_err(unfit)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { acceptor, roles: Arc::new(roles), limit, most: most.max(1) })
    }

    /// Shakes hands and reads the role.
    ///
    /// # Errors
    /// [`Distrust`]: why the peer was not admitted.
    pub async fn admit(&self, stream: TcpStream) -> Result<Guarded<TlsStream<TcpStream>>, Distrust> {
        let shaken = timeout(self.limit, self.acceptor.accept(stream)).await;
        let stream = shaken.map_err(|_| Distrust::Stalled)?.map_err(|error| handshake_distrust(&error))?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let role = certificate.and_then(|certificate| of_certificate(certificate));
        Ok(Guarded::new(stream, Arc::clone(&self.roles), role))
    }

    /// Admits peers until the task is dropped, and hands each to `serve` in a task of its own, where
    /// its handshake has taken place: a stalled one holds nobody up. `refused` hears of the others.
    pub async fn listen<F, S, G>(&self, listener: TcpListener, serve: F, refused: G)
    where
        F: Fn(Guarded<TlsStream<TcpStream>>) -> S + Clone + Send + 'static,
        S: Future<Output = ()> + Send,
        G: Fn(SocketAddr, Distrust) + Clone + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        loop {
            while tasks.try_join_next().is_some() {}
            if tasks.len() >= self.most {
                tasks.join_next().await;
                continue;
            }
            let Ok((stream, from)) = listener.accept().await else {
                tokio::time::sleep(BREATH).await;
                continue;
            };
            // Best effort: without it replies may wait for the delayed-acknowledgement timer.
            let _ = stream.set_nodelay(true);
            let (acceptor, serve, refused) = (self.clone(), serve.clone(), refused.clone());
            tasks.spawn(async move {
                match acceptor.admit(stream).await {
                    Ok(stream) => serve(stream).await,
                    Err(distrust) => refused(from, distrust),
                }
            });
        }
    }
}

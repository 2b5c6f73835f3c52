//! Certificates and keys from PEM files.

use crate::plc::lint::Problem;
use crate::plc::settings::TlsFiles;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::format;
use std::path::Path;
use std::prelude::rust_2024::*;
use tokio_rustls::rustls::RootCertStore;

/// What the files hold.
pub(super) struct Papers {
    pub authorities: RootCertStore,
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

impl Papers {
    /// Reads all three files; names every one that will not do.
    pub(super) fn read(files: &TlsFiles) -> Result<Self, Vec<Problem>> {
        let authorities = certificates("tls.ca", &files.ca).and_then(|list| {
            let mut store = RootCertStore::empty();
            for certificate in list {
                store.add(certificate).map_err(|e| problem("tls.ca", &files.ca, &e.to_string()))?;
            }
            Ok(store)
        });
        let chain = certificates("tls.certificate", &files.certificate);
        let key = PrivateKeyDer::from_pem_file(&files.key)
            .map_err(|e| problem("tls.key", &files.key, &format!("no private key in PEM: {e}")));
        match (authorities, chain, key) {
            (Ok(authorities), Ok(chain), Ok(key)) => Ok(Self { authorities, chain, key }),
            (authorities, chain, key) => {
                Err([authorities.err(), chain.err(), key.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// A problem with one of the files.
pub(super) fn problem(field: &str, path: &Path, what: &str) -> Problem {
    Problem::error("tls", field, format!("{}: {what}", path.display()))
}

fn certificates(field: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let wrong =
        |e: rustls_pki_types::pem::Error| problem(field, path, &format!("no certificate in PEM: {e}"));
    let list: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(wrong)?.collect();
    match list.map_err(wrong)? {
        list if list.is_empty() => Err(problem(field, path, "no certificate in it")),
        list => Ok(list),
    }
}

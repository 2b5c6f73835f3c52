//! Why a handshake failed, in words a plant electrician can act on.

use crate::plc::fault::Distrust;
use std::io;
use std::prelude::rust_2024::*;
use tokio_rustls::rustls::{AlertDescription as Alert, CertificateError as Flaw, Error};

/// What an error of a secure stream means; `None` when it is not about trust.
pub(in crate::plc) fn distrust(error: &io::Error) -> Option<Distrust> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    Some(match error {
        Error::InvalidCertificate(flaw) => match flaw {
            Flaw::Expired | Flaw::ExpiredContext { .. } => Distrust::Expired,
            Flaw::NotValidYet | Flaw::NotValidYetContext { .. } => Distrust::NotYetValid,
            Flaw::UnknownIssuer | Flaw::BadSignature => Distrust::UnknownAuthority,
            Flaw::NotValidForName | Flaw::NotValidForNameContext { .. } => Distrust::WrongName,
            _ => Distrust::Other,
        },
        Error::NoCertificatesPresented => Distrust::NoCertificate,
        Error::AlertReceived(alert) => Distrust::Refused(match alert {
            Alert::CertificateExpired => "expired",
            Alert::UnknownCA => "unknown authority",
            Alert::CertificateRequired | Alert::NoCertificate => "none was shown",
            Alert::BadCertificate | Alert::CertificateUnknown => "not acceptable",
            Alert::DecryptError => "signature does not verify",
            Alert::AccessDenied => "access denied",
            _ => "no reason given",
        }),
        Error::InvalidMessage(_) => Distrust::NotTls,
        _ => Distrust::Other,
    })
}

/// The same for a handshake, where everything is.
pub(super) fn handshake_distrust(error: &io::Error) -> Distrust {
    distrust(error).unwrap_or(Distrust::Other)
}

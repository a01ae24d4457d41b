//! What PEM files hold, for whoever reads a configuration before anything is started.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{crypto::aws_lc_rs, pki_types::CertificateDer, sign::CertifiedKey};
use wire::{AnchorId, Certificate, Clock};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{
    Profiles, TlsError, identity,
    pem::{anchor_of, certificates, crls, key},
};
use crate::TlsProfile;

/// A certificate of our own.
#[derive(Clone, Debug)]
pub struct Own {
    /// What it proves to peers (RFC 5922 clause 7.1).
    pub proves: Certificate,
    /// The first moment at which it holds.
    pub not_before: SystemTime,
}

/// Reads the first certificate in a PEM text as the certificate of our own that it is.
///
/// # Errors
/// There is none, or it names neither a SIP domain nor a host.
pub fn own(pem: &str) -> Result<Own, TlsError> {
    let first = first(pem)?;
    let (_, parsed) =
        X509Certificate::from_der(&first).map_err(|error| TlsError(format!("certificate: {error}")))?;
    let begins = u64::try_from(parsed.validity().not_before.timestamp()).unwrap_or(0);
    // Whoever vouches for it is the peers' to know.
    let proves = identity::read(&first, AnchorId([0; 32]))?;
    Ok(Own { proves, not_before: SystemTime::UNIX_EPOCH + Duration::from_secs(begins) })
}

/// Whether a key can be read and belongs to the first certificate in a PEM text.
///
/// # Errors
/// It cannot, or it does not.
pub fn belongs(key_pem: &str, certificate_pem: &str) -> Result<(), TlsError> {
    let (chain, key) = (certificates(certificate_pem)?, key(key_pem)?);
    let provider = aws_lc_rs::default_provider();
    match CertifiedKey::from_der(chain, key, &provider) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(TlsError("the key does not belong to the certificate".to_owned()))
        }
        Err(error) => Err(TlsError(error.to_string())),
    }
}

/// Every certificate in a PEM text, as anchors.
///
/// # Errors
/// There is none, or one cannot be read.
pub fn anchors(pem: &str) -> Result<Vec<AnchorId>, TlsError> {
    first(pem)?;
    certificates(pem)?.iter().map(anchor_of).collect()
}

/// How many revocation lists there are in a PEM text.
///
/// # Errors
/// One cannot be read.
pub fn revocation_lists(pem: &str) -> Result<usize, TlsError> {
    crls(pem).map(|lists| lists.len())
}

/// Whether a node could start with these profiles.
///
/// # Errors
/// What [`crate::Node::start`] would say.
pub fn usable(profiles: &[TlsProfile], clock: Arc<dyn Clock>) -> Result<(), TlsError> {
    Profiles::new(profiles, clock, None).map(drop)
}

fn first(pem: &str) -> Result<CertificateDer<'static>, TlsError> {
    certificates(pem)?.into_iter().next().ok_or_else(|| TlsError("no certificate in the PEM text".to_owned()))
}

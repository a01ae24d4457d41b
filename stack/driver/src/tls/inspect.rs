//! What PEM files hold, for whoever reads a configuration before anything is started.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{crypto::aws_lc_rs, pki_types::CertificateDer, sign::CertifiedKey};
use wire::{AnchorId, Certificate, Clock};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

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

/// A revocation list, as far as it says who speaks, and for how long (RFC 5280 5.1.2).
#[derive(Clone, Debug)]
pub struct RevocationList {
    /// When the next one is to be there; none where it does not say.
    pub next: Option<SystemTime>,
    /// The name of whoever issued it, as DER.
    issuer: Vec<u8>,
}

impl RevocationList {
    /// Whether one of the authorities in a PEM text has the name of its issuer.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn is_of(&self, authorities_pem: &str) -> Result<bool, TlsError> {
        for authority in certificates(authorities_pem)? {
            let (_, parsed) = X509Certificate::from_der(&authority)
                .map_err(|error| TlsError(format!("certificate: {error}")))?;
            if parsed.subject().as_raw() == self.issuer {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The revocation lists in a PEM text.
///
/// # Errors
/// There is none, or one cannot be read.
pub fn revocation_lists(pem: &str) -> Result<Vec<RevocationList>, TlsError> {
    crls(pem)?.iter().map(|list| revocation_list(list)).collect()
}

fn revocation_list(der: &[u8]) -> Result<RevocationList, TlsError> {
    let (_, parsed) = CertificateRevocationList::from_der(der)
        .map_err(|error| TlsError(format!("revocation list: {error}")))?;
    let next = parsed.next_update().and_then(|next| u64::try_from(next.timestamp()).ok());
    Ok(RevocationList {
        next: next.map(|next| SystemTime::UNIX_EPOCH + Duration::from_secs(next)),
        issuer: parsed.issuer().as_raw().to_vec(),
    })
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

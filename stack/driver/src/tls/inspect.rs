//! What PEM files hold, for whoever reads a configuration before anything is started.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{crypto::aws_lc_rs, pki_types::CertificateDer, sign::CertifiedKey};
use webpki::BorrowedCertRevocationList;
use wire::{AnchorId, Certificate, Clock};
use x509_parser::{
    der_parser::{Oid, oid},
    prelude::{CertificateRevocationList, FromDer as _, X509Certificate},
};

use super::{
    Profiles, TlsError, identity,
    pem::{anchor_of, certificates, crls, key},
    signed::Signed,
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

/// Which ends of a handshake a certificate may play (RFC 5280 4.2.1.12). One that names any use at all, and neither, is for neither.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Usage {
    /// The end that answers.
    pub server: bool,
    /// The end that calls.
    pub client: bool,
    /// It names neither, but every use (`anyExtendedKeyUsage`) or that of SIP domains (RFC 5924), which some take for both and some for
    /// none.
    pub disputed: bool,
}

/// `id-kp-sipDomain` (RFC 5924 4.1).
const SIP_DOMAIN: Oid<'static> = oid!(1.3.6.1.5.5.7.3.20);

/// What the first certificate in a PEM text may be used for.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn usage(pem: &str) -> Result<Usage, TlsError> {
    let unreadable = |error: &dyn std::fmt::Display| TlsError(format!("certificate: {error}"));
    let first = first(pem)?;
    let (_, parsed) = X509Certificate::from_der(&first).map_err(|error| unreadable(&error))?;
    let usage = parsed.extended_key_usage().map_err(|error| unreadable(&error))?;
    Ok(usage.map_or(Usage { server: true, client: true, disputed: false }, |usage| {
        let usage = usage.value;
        let of_sip = || usage.other.contains(&SIP_DOMAIN);
        Usage { server: usage.server_auth, client: usage.client_auth, disputed: usage.any || of_sip() }
    }))
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

/// As [`anchors`], of authorities that vouch for others (RFC 5280 4.2.1.9). A certificate that vouches for itself may stand for itself.
///
/// # Errors
/// There is none, one cannot be read, or one is another authority's word for somebody who vouches for nobody.
pub fn authorities(pem: &str) -> Result<Vec<AnchorId>, TlsError> {
    for authority in certificates(pem)? {
        let (_, parsed) = X509Certificate::from_der(&authority)
            .map_err(|error| TlsError(format!("anchor certificate: {error}")))?;
        if !parsed.is_ca() && parsed.subject() != parsed.issuer() {
            let wrong = "a certificate that is no authority's (basic constraints), and vouches for nobody; the authority that issued it is wanted";
            return Err(TlsError(wrong.to_owned()));
        }
    }
    anchors(pem)
}

/// A revocation list, as far as it says who speaks, and for how long (RFC 5280 5.1.2).
#[derive(Clone, Debug)]
pub struct RevocationList {
    /// When the next one is to be there; none where it does not say.
    pub next: Option<SystemTime>,
    /// The name of whoever issued it, as DER.
    issuer: Vec<u8>,
    /// That name, for people.
    pub(super) issuer_name: String,
    signed: Signed,
}

/// Whose a revocation list is, of the authorities that are trusted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Issuer {
    /// None of them has the name of its issuer: a list of an intermediate authority, or of somebody else.
    Another,
    /// It is by each of them that has that name.
    Trusted,
    /// By one of that name, but not by each: chains that end in another are refused for it.
    TrustedInPart,
    /// None of that name has signed it: whatever ends in one of them is refused for it (RFC 5280 6.3.3 (g)).
    Forged,
}

impl RevocationList {
    /// Whose it is, of the authorities in some PEM texts.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn issuer(&self, authorities_pem: &[String]) -> Result<Issuer, TlsError> {
        let (mut named, mut signed) = (0, 0);
        for pem in authorities_pem {
            for authority in certificates(pem)? {
                let (_, parsed) = X509Certificate::from_der(&authority)
                    .map_err(|error| TlsError(format!("certificate: {error}")))?;
                if parsed.subject().as_raw() == self.issuer {
                    named += 1;
                    signed += usize::from(self.signed.is_by(&authority)?);
                }
            }
        }
        Ok(match (named, signed) {
            (0, _) => Issuer::Another,
            (_, 0) => Issuer::Forged,
            _ if signed < named => Issuer::TrustedInPart,
            _ => Issuer::Trusted,
        })
    }
}

/// The revocation lists in a PEM text.
///
/// # Errors
/// There is none, or one cannot be read.
pub fn revocation_lists(pem: &str) -> Result<Vec<RevocationList>, TlsError> {
    crls(pem)?.iter().map(|list| revocation_list(list)).collect()
}

pub(super) fn revocation_list(der: &[u8]) -> Result<RevocationList, TlsError> {
    let unreadable = |error: &dyn std::fmt::Display| TlsError(format!("revocation list: {error}"));
    let (_, parsed) = CertificateRevocationList::from_der(der).map_err(|error| unreadable(&error))?;
    // Whoever verifies chains by it wants more of it than that it can be read.
    BorrowedCertRevocationList::from_der(der).map_err(|error| unreadable(&error))?;
    let next = parsed.next_update().and_then(|next| u64::try_from(next.timestamp()).ok());
    Ok(RevocationList {
        next: next.map(|next| SystemTime::UNIX_EPOCH + Duration::from_secs(next)),
        issuer: parsed.issuer().as_raw().to_vec(),
        issuer_name: parsed.issuer().to_string(),
        signed: Signed::of(&parsed, der)?,
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

//! From PEM to what the verifiers hold.

use aws_lc_rs::digest::{SHA256, digest};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, pem::PemObject as _};
use wire::AnchorId;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::TlsError;

/// The identity of the first certificate in a PEM text, as an anchor: SHA-256 over its subject public key info.
///
/// # Errors
/// When there is no certificate in it.
pub fn anchor_id(pem: &str) -> Result<AnchorId, TlsError> {
    let first = certificates(pem)?.into_iter().next();
    anchor_of(&first.ok_or_else(|| TlsError("no certificate in the PEM text".to_owned()))?)
}

pub(super) fn anchor_of(der: &CertificateDer<'_>) -> Result<AnchorId, TlsError> {
    let (_, parsed) =
        X509Certificate::from_der(der).map_err(|error| TlsError(format!("anchor certificate: {error}")))?;
    let mut id = [0; 32];
    id.iter_mut()
        .zip(digest(&SHA256, parsed.tbs_certificate.subject_pki.raw).as_ref())
        .for_each(|(to, from)| *to = *from);
    Ok(AnchorId(id))
}

pub(super) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    all.map_err(|error| TlsError(format!("certificate PEM: {error}")))
}

pub(super) fn key(pem: &str) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| TlsError(format!("key PEM: {error}")))
}

pub(super) fn crls(pem: &str) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| TlsError(format!("revocation list PEM: {error}")))?;
    // A list that says nothing is a download that failed, and would let everybody in who had been revoked.
    if all.is_empty() { Err(TlsError("no revocation list in the PEM text".to_owned())) } else { Ok(all) }
}

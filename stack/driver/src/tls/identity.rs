//! What a certificate proves.
//! RFC 5922 clause 7.1

use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use wire::{AnchorId, Certificate, Identity};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::TlsError;

/// Reads the identities of a certificate whose chain has been verified up to `anchor`.
pub(super) fn read(leaf: &CertificateDer<'_>, anchor: AnchorId) -> Result<Certificate, TlsError> {
    let (_, parsed) =
        X509Certificate::from_der(leaf).map_err(|error| TlsError(format!("peer certificate: {error}")))?;
    let names = parsed
        .subject_alternative_name()
        .map_err(|error| TlsError(format!("subject alternative names: {error}")))?
        .map(|extension| &extension.value.general_names[..])
        .unwrap_or_default();
    let identities = identities(names)?;
    if identities.is_empty() {
        return Err(TlsError("the certificate names no SIP domain and no host".to_owned()));
    }
    let ends = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
    Ok(Certificate { identities, anchor, not_after: SystemTime::UNIX_EPOCH + Duration::from_secs(ends) })
}

/// The `sip:` URIs if there are any, else the DNS names.
fn identities(names: &[GeneralName<'_>]) -> Result<Vec<Identity>, TlsError> {
    let (mut uris, mut hosts) = (Vec::new(), Vec::new());
    for name in names {
        match name {
            GeneralName::URI(uri) => uris.extend(sip_domain(uri)?.map(Identity::Sip)),
            GeneralName::DNSName(host) if !host.starts_with("*.") => hosts.push(Identity::Dns(domain(host)?)),
            _ => {}
        }
    }
    Ok(if uris.is_empty() { hosts } else { uris })
}

/// None for another scheme, and for a URI with a user part, which names a user and no domain.
fn sip_domain(uri: &str) -> Result<Option<String>, TlsError> {
    let Some((scheme, rest)) = uri.split_once(':') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("sip") || rest.contains('@') {
        return Ok(None);
    }
    domain(rest).map(Some)
}

/// Letters, digits, hyphens and dots. Anything else, a NUL above all, may be read in two ways by two readers, and makes
/// the whole certificate suspect.
fn domain(text: &str) -> Result<String, TlsError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if text.is_empty() || text.len() > 253 || !text.bytes().all(is_plain) {
        return Err(TlsError("the certificate has an alternative name that is no plain domain".to_owned()));
    }
    Ok(text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;

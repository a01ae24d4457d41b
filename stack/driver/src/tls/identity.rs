//! What a certificate proves.
//! RFC 5922 clause 7.1

use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use wire::{AnchorId, Certificate, Identity};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::TlsError;

/// More alternative names than any entity goes by: each is compared with whom a connection is for.
const MOST: usize = 100;

/// Reads the identities of a certificate whose chain has been verified up to `anchor`.
pub(super) fn read(leaf: &CertificateDer<'_>, anchor: AnchorId) -> Result<Certificate, TlsError> {
    let parsed = parse(leaf)?;
    let identities = named(&parsed)?;
    let ends = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
    Ok(Certificate { identities, anchor, not_after: SystemTime::UNIX_EPOCH + Duration::from_secs(ends) })
}

/// Whether a certificate names anybody at all, whoever vouches for it.
pub(super) fn names(leaf: &CertificateDer<'_>) -> Result<(), TlsError> {
    named(&parse(leaf)?).map(drop)
}

fn parse<'d>(leaf: &'d CertificateDer<'_>) -> Result<X509Certificate<'d>, TlsError> {
    let parsed = X509Certificate::from_der(leaf);
    parsed.map(|(_, parsed)| parsed).map_err(|error| TlsError(format!("peer certificate: {error}")))
}

fn named(parsed: &X509Certificate<'_>) -> Result<Vec<Identity>, TlsError> {
    let names = parsed
        .subject_alternative_name()
        .map_err(|error| TlsError(format!("subject alternative names: {error}")))?
        .map(|extension| &extension.value.general_names[..])
        .unwrap_or_default();
    let identities = identities(names)?;
    if identities.is_empty() {
        return Err(TlsError("the certificate names no SIP domain and no host".to_owned()));
    }
    Ok(identities)
}

/// The `sip:` URIs if there are any, else the DNS names. Names that are no plain domain prove nothing; a `sip:` URI counts
/// as there, whatever it says.
fn identities(names: &[GeneralName<'_>]) -> Result<Vec<Identity>, TlsError> {
    if names.len() > MOST {
        return Err(TlsError(format!("the certificate has more than {MOST} alternative names")));
    }
    let (mut uris, mut hosts) = (Vec::new(), Vec::new());
    let mut has_uri = false;
    for name in names {
        match name {
            GeneralName::URI(uri) => {
                if let Some(text) = sip_domain(uri) {
                    has_uri = true;
                    uris.extend(domain(text)?.map(Identity::Sip));
                }
            }
            GeneralName::DNSName(host) => hosts.extend(domain(host)?.map(Identity::Dns)),
            _ => {}
        }
    }
    Ok(if has_uri { uris } else { hosts })
}

/// None for another scheme, and for a URI with a user part, which names a user and no domain.
fn sip_domain(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    (scheme.eq_ignore_ascii_case("sip") && !rest.contains('@')).then_some(rest)
}

/// Letters, digits, hyphens and dots; none for anything else, a wildcard among them. A NUL or another control octet may
/// be read in two ways by two readers, and makes the whole certificate suspect.
fn domain(text: &str) -> Result<Option<String>, TlsError> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(TlsError("the certificate has a control octet in an alternative name".to_owned()));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let is_domain = !text.is_empty() && text.len() <= 253 && text.bytes().all(is_plain);
    Ok(is_domain.then(|| text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests;

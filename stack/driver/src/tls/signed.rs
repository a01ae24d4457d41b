//! Who signed a revocation list.
//! RFC 5280 clauses 5.1.1.2, 5.1.1.3 and 6.3.3 (g)

use rustls::pki_types::CertificateDer;
use webpki::ALL_VERIFICATION_ALGS;
use x509_parser::{
    asn1_rs::Any,
    prelude::{CertificateRevocationList, FromDer as _, X509Certificate},
};

use super::TlsError;

/// What its issuer put under a revocation list.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    message: Vec<u8>,
    /// The algorithm and its parameters.
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    /// Of the list that `der` is as a whole.
    pub(super) fn of(list: &CertificateRevocationList<'_>, der: &[u8]) -> Result<Self, TlsError> {
        let message = list.tbs_cert_list.as_ref();
        // What is signed, the algorithm, the signature: the fields of one sequence.
        let algorithm = content(der).and_then(|fields| content(fields.get(message.len()..)?));
        let algorithm = algorithm.ok_or_else(|| TlsError("revocation list: it cannot be read".to_owned()))?;
        Ok(Self {
            message: message.to_vec(),
            algorithm: algorithm.to_vec(),
            signature: list.signature_value.data.to_vec(),
        })
    }

    /// Whether this authority has signed it, in a way that counts where a chain is verified.
    pub(super) fn is_by(&self, authority: &CertificateDer<'_>) -> Result<bool, TlsError> {
        let (_, authority) = X509Certificate::from_der(authority)
            .map_err(|error| TlsError(format!("certificate: {error}")))?;
        let public = &authority.tbs_certificate.subject_pki;
        let kind_of_key = content(public.raw).and_then(content).unwrap_or_default();
        let key = &public.subject_public_key.data;
        Ok(ALL_VERIFICATION_ALGS
            .iter()
            .filter(|way| way.signature_alg_id().as_ref() == self.algorithm)
            .filter(|way| way.public_key_alg_id().as_ref() == kind_of_key)
            .any(|way| way.verify_signature(key, &self.message, &self.signature).is_ok()))
    }
}

/// What the first value of some DER holds.
fn content(der: &[u8]) -> Option<&[u8]> {
    Any::from_der(der).ok().map(|(_, value)| value.data)
}

//! A certificate authority that lives as long as the lab or the test that made it.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};

use crate::{Error, Leaf, Validity, leaf::named};

/// A root authority with a fresh P-256 key.
pub struct Authority {
    name: String,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A leaf certificate and its key.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate, PEM.
    pub cert_pem: String,
    /// The private key, PKCS #8 in PEM.
    pub key_pem: String,
    /// The certificate, DER.
    pub cert_der: Vec<u8>,
}

impl Authority {
    /// A new root, valid at any time that a test can name.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new(name: &str) -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = Validity::wide().from.into();
        params.not_after = Validity::wide().until.into();
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self { name: name.to_owned(), issuer })
    }

    /// Another authority of the same name with another key: what a forger would have.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn impostor(&self) -> Result<Self, Error> {
        Self::new(&self.name)
    }

    /// The root certificate, PEM: what relying parties trust.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Issues a leaf.
    ///
    /// # Errors
    /// When a name has no encoding in a certificate, or the system gives no random bytes.
    pub fn issue(&self, leaf: &Leaf) -> Result<Issued, Error> {
        let key = KeyPair::generate()?;
        let certificate = leaf.params()?.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            cert_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            cert_der: certificate.der().to_vec(),
        })
    }

    /// Signs a revocation list over the leaves with these serial numbers, revoked from the list's first moment on.
    ///
    /// # Errors
    /// When the list has no encoding.
    pub fn crl(&self, number: u64, validity: Validity, revoked: &[u64]) -> Result<String, Error> {
        let params = CertificateRevocationListParams {
            this_update: validity.from.into(),
            next_update: validity.until.into(),
            crl_number: SerialNumber::from_slice(&number.to_be_bytes()),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|serial| RevokedCertParams {
                    serial_number: SerialNumber::from_slice(&serial.to_be_bytes()),
                    revocation_time: validity.from.into(),
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.pem()?)
    }
}

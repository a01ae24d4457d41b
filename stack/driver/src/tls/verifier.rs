//! Verifies whoever answers a handshake of ours.
//!
//! The verifier that rustls brings compares DNS names only, and refuses a certificate that has nothing but a `sip:`
//! URI. This one builds the same path and then asks what RFC 5922 clause 7.2 asks.

use std::{fmt, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use wire::TlsPeer;

use super::{Side, TlsError, identity, is_wanted, path::Anchors};

pub(super) struct PeerVerifier {
    anchors: Arc<Anchors>,
    peer: TlsPeer,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PeerVerifier {
    pub(super) fn new(anchors: Arc<Anchors>, peer: TlsPeer, provider: &CryptoProvider) -> Self {
        Self { anchors, peer, algorithms: provider.signature_verification_algorithms }
    }
}

impl fmt::Debug for PeerVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerVerifier").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for PeerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let refuse = |error: TlsError| Error::InvalidCertificate(CertificateError::Other(other(error)));
        let anchor = self.anchors.verify(leaf, intermediates, Side::Server, now).map_err(refuse)?;
        let certificate = identity::read(leaf, anchor).map_err(refuse)?;
        is_wanted(&certificate, &self.peer).map_err(refuse)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn other(error: TlsError) -> rustls::OtherError {
    rustls::OtherError(Arc::new(error))
}

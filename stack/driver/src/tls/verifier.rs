//! Verifies whoever answers a handshake of ours, and whoever opens one with us.
//!
//! The verifier of servers that rustls brings compares DNS names only, and refuses a certificate that has nothing but a `sip:`
//! URI. This one builds the same path and then asks what RFC 5922 clause 7.2 asks. That of clients asks for no name at all: here
//! whoever proves to be nobody is refused within the handshake, by an alert, and not left to wonder at a connection that closes.

use std::{fmt, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use wire::TlsPeer;

use super::{
    Side, TlsError, identity, is_wanted,
    path::Anchors,
    refused::{describe, note},
};

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
        let anchor = self.anchors.verify(leaf, intermediates, Side::Server, now);
        let anchor = anchor.map_err(|why| refuse(TlsError(format!("{why}; shown: {}", describe(leaf)))))?;
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

/// What rustls verifies of a client, and that it is somebody.
#[derive(Debug)]
pub(super) struct CallerVerifier(pub(super) Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for CallerVerifier {
    fn offer_client_auth(&self) -> bool {
        self.0.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.0.client_auth_mandatory()
    }

    /// None: the names of authorities would tell strangers who the partners are (RFC 8446 4.2.4 and RFC 5246 7.4.4 leave them out).
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    /// RFC 5922 clause 7.1. The chain is good, so that the alert is access_denied (RFC 8446 6.2).
    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.0.verify_client_cert(leaf, intermediates, now);
        let proves = |verified| match identity::names(leaf) {
            Ok(()) => Ok(verified),
            Err(_) => Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)),
        };
        verified.and_then(proves).inspect_err(|_| note(leaf))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn other(error: TlsError) -> rustls::OtherError {
    rustls::OtherError(Arc::new(error))
}

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustls::{
    ContentType, HandshakeType, InconsistentKeys, InvalidMessage, OtherError, PeerIncompatible,
    PeerMisbehaved,
};

use super::{super::TlsError, *};

/// No name of a type or of a value of the code: words, and the names that the RFCs give to alerts.
fn is_in_words(said: &str) -> bool {
    let no_code = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let known = ["TLS", "ALPN", "ClientHello", "RFC"];
        known.contains(&word) || word.chars().skip(1).all(|c| !c.is_uppercase())
    };
    !said.contains("::")
        && !said.contains("(\"")
        && !said.contains('{')
        && said.split_whitespace().all(no_code)
}

#[test]
fn rfc5280_6_a_chain_that_ends_nowhere_is_told_in_words() {
    let refused = TlsError(path(&webpki::Error::UnknownIssuer).to_owned());
    let error = Error::InvalidCertificate(Wrong::Other(OtherError(Arc::new(refused))));
    let said = handshake(&io::Error::new(io::ErrorKind::InvalidData, error));
    assert_eq!(said, "the peer's certificate: it was issued by none of the authorities that we trust for it");
}

#[test]
fn each_kind_of_failure_is_told_in_words() {
    let all = [
        Error::InappropriateMessage {
            expect_types: vec![ContentType::Handshake],
            got_type: ContentType::Alert,
        },
        Error::InappropriateHandshakeMessage {
            expect_types: vec![HandshakeType::ClientHello],
            got_type: HandshakeType::Finished,
        },
        Error::InvalidMessage(InvalidMessage::InvalidContentType),
        Error::NoCertificatesPresented,
        Error::UnsupportedNameType,
        Error::DecryptError,
        Error::EncryptError,
        Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
        Error::PeerMisbehaved(PeerMisbehaved::IllegalMiddleboxChangeCipherSpec),
        Error::General("the peer hung up".to_owned()),
        Error::FailedToGetCurrentTime,
        Error::FailedToGetRandomBytes,
        Error::HandshakeNotComplete,
        Error::PeerSentOversizedRecord,
        Error::NoApplicationProtocol,
        Error::BadMaxFragmentSize,
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch),
    ];
    let certificates = [
        Wrong::BadEncoding,
        Wrong::Expired,
        Wrong::NotValidYet,
        Wrong::Revoked,
        Wrong::UnhandledCriticalExtension,
        Wrong::UnknownIssuer,
        Wrong::UnknownRevocationStatus,
        Wrong::ExpiredRevocationList,
        Wrong::BadSignature,
        Wrong::NotValidForName,
        Wrong::InvalidPurpose,
        Wrong::InvalidOcspResponse,
        Wrong::ApplicationVerificationFailure,
    ];
    let alerts = (0..=u8::MAX).map(|alert| Error::AlertReceived(Alert::from(alert)));
    for error in all.into_iter().chain(certificates.map(Error::InvalidCertificate)).chain(alerts) {
        let said = tls(&error);
        assert!(is_in_words(&said), "{error:?}: {said}");
    }
    assert!(!is_in_words("invalid peer certificate: UnknownIssuer"), "the test can fail");
}

#[test]
fn rfc8446_6_2_an_alert_is_about_us() {
    let said = tls(&Error::AlertReceived(Alert::UnknownCA));
    assert_eq!(
        said,
        "the peer refuses: our certificate was issued by no authority that it trusts (unknown_ca)"
    );
    assert_eq!(tls(&Error::AlertReceived(Alert::Unknown(200))), "the peer refuses: TLS alert 200");
}

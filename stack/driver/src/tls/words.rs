//! Why a handshake failed, for whoever reads the log. The libraries beneath say most of it as they hold it in memory.

use std::io;

use rustls::{AlertDescription as Alert, CertificateError as Wrong, Error};

/// What became of a handshake.
pub(crate) fn handshake(error: &io::Error) -> String {
    let within = error.get_ref().and_then(|within| within.downcast_ref::<Error>());
    match within {
        Some(within) => tls(within),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the peer closed the connection within the handshake".to_owned()
        }
        None => error.to_string(),
    }
}

/// Why a connection broke: a peer that refuses our certificate under TLS 1.3 says so only once ours counts the handshake as done.
pub(crate) fn broken(error: &io::Error) -> String {
    let within = error.get_ref().and_then(|within| within.downcast_ref::<Error>());
    match within {
        Some(within) => tls(within),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the peer closed the connection without a word".to_owned()
        }
        None => error.to_string(),
    }
}

pub(super) fn tls(error: &Error) -> String {
    let said = match error {
        Error::InvalidCertificate(wrong) => return format!("the peer's certificate: {}", certificate(wrong)),
        Error::AlertReceived(alert) => return format!("the peer refuses: {}", told(*alert)),
        Error::NoCertificatesPresented => "the peer showed no certificate",
        Error::InvalidMessage(_) => "what the peer sends is no TLS",
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "the peer sends what has no place at this point of the handshake"
        }
        Error::PeerIncompatible(_) => {
            "the peer shares no version, cipher suite, group or signature algorithm with us"
        }
        Error::PeerMisbehaved(_) => "the peer breaks a rule of TLS",
        Error::DecryptError => "what the peer sends cannot be decrypted",
        Error::PeerSentOversizedRecord => "the peer sends a record that is too large",
        Error::NoApplicationProtocol => "the peer shares no application protocol with us (ALPN)",
        Error::UnsupportedNameType => "the peer's name is of a kind that TLS does not know",
        Error::InvalidCertRevocationList(_) => "a revocation list cannot be used",
        Error::InconsistentKeys(_) => "the key is not that of the certificate",
        Error::InvalidEncryptedClientHello(_) => "the encrypted ClientHello cannot be used",
        Error::General(why) => return why.clone(),
        Error::Other(other) => return other.0.to_string(),
        // What is left says itself in words.
        other => return other.to_string(),
    };
    said.to_owned()
}

fn certificate(wrong: &Wrong) -> String {
    let said = match wrong {
        Wrong::Other(other) => return other.0.to_string(),
        Wrong::BadEncoding => "it cannot be read",
        Wrong::Expired | Wrong::ExpiredContext { .. } => "it has expired",
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "it holds later, not yet",
        Wrong::Revoked => "it has been revoked",
        Wrong::UnhandledCriticalExtension => "it has a critical extension that we do not know",
        Wrong::UnknownIssuer => UNKNOWN,
        Wrong::UnknownRevocationStatus => "no revocation list tells whether it has been revoked",
        Wrong::ExpiredRevocationList | Wrong::ExpiredRevocationListContext { .. } => {
            "the revocation list has expired"
        }
        Wrong::BadSignature => {
            "its signature is not by whom it names as its issuer, or the peer has not its key"
        }
        Wrong::UnsupportedSignatureAlgorithmContext { .. }
        | Wrong::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its signature is of a kind that we do not take"
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => "it is not for this name",
        Wrong::InvalidPurpose | Wrong::InvalidPurposeContext { .. } => PURPOSE,
        Wrong::ApplicationVerificationFailure => "it names nobody (RFC 5922 7.1)",
        _ => "it cannot be used",
    };
    said.to_owned()
}

const UNKNOWN: &str = "it was issued by none of the authorities that we trust for it";
const PURPOSE: &str = "it is not for this part of TLS (extended key usage)";

/// Why there is no path from a certificate to an anchor (RFC 5280 6).
pub(super) fn path(error: &webpki::Error) -> &'static str {
    use webpki::Error as Path;
    match error {
        Path::UnknownIssuer => UNKNOWN,
        Path::CertExpired { .. } => "it, or one above it, has expired",
        Path::CertNotValidYet { .. } => "it, or one above it, holds later, not yet",
        Path::CertRevoked => "it has been revoked",
        Path::CrlExpired { .. } => "the revocation list of its issuer has expired",
        Path::RequiredEkuNotFoundContext(_) | Path::EmptyEkuExtension => PURPOSE,
        Path::CaUsedAsEndEntity => "it is an authority's own",
        Path::EndEntityUsedAsCa => "it was issued by somebody who is no authority",
        Path::InvalidSignatureForPublicKey => "its signature is not by whom it names as its issuer",
        Path::NameConstraintViolation => "its issuer may not issue it for this name",
        Path::PathLenConstraintViolated | Path::MaximumPathDepthExceeded => {
            "too many stand between it and an authority"
        }
        Path::UnsupportedCriticalExtension => "it has a critical extension that we do not know",
        Path::UnknownRevocationStatus => "no revocation list tells whether it has been revoked",
        Path::SignatureAlgorithmMismatch => "its signature is of a kind that we do not take",
        Path::BadDer | Path::BadDerTime | Path::MalformedExtensions | Path::ExtensionValueInvalid => {
            "it cannot be read"
        }
        _ => "no path leads from it to an authority that we trust",
    }
}

/// RFC 8446 6.2: what the other side says, which is about us.
fn told(alert: Alert) -> String {
    let said = match alert {
        Alert::UnknownCA => "our certificate was issued by no authority that it trusts (unknown_ca)",
        Alert::CertificateRequired => "it wants a certificate of ours (certificate_required)",
        Alert::BadCertificate => "our certificate is of no use to it (bad_certificate)",
        Alert::UnsupportedCertificate => {
            "our certificate is of a kind that it does not take (unsupported_certificate)"
        }
        Alert::CertificateRevoked => "our certificate has been revoked (certificate_revoked)",
        Alert::CertificateExpired => "our certificate has expired (certificate_expired)",
        Alert::CertificateUnknown => "it does not take our certificate (certificate_unknown)",
        Alert::AccessDenied => "our certificate names nobody whom it lets in (access_denied)",
        Alert::HandshakeFailure => "it shares no parameters of TLS with us (handshake_failure)",
        Alert::ProtocolVersion => "it speaks no version of TLS that we do (protocol_version)",
        Alert::InsufficientSecurity => "it wants stronger parameters of TLS (insufficient_security)",
        Alert::UnrecognisedName => "it has no server of the name that we asked for (unrecognized_name)",
        Alert::NoApplicationProtocol => {
            "it speaks no application protocol that we do (no_application_protocol)"
        }
        Alert::DecryptError => "our signature does not prove our key to it (decrypt_error)",
        Alert::InternalError => "something went wrong there (internal_error)",
        Alert::UserCanceled => "it gave up (user_canceled)",
        other => return format!("TLS alert {}", u8::from(other)),
    };
    said.to_owned()
}

#[cfg(test)]
mod tests;

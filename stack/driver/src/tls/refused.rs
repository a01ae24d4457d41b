//! A handshake that came to nothing, for whoever has to find out why: the reason, and what the peer's certificate said of itself.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustls::{CertificateError, Error, ServerConfig, pki_types::CertificateDer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::why_not_shaken;

/// So many of its names are told,
const NAMES: usize = 5;
/// and so much of each: a stranger chose them.
const LONGEST: usize = 120;

tokio::task_local! {
    /// What the certificate said that was refused in this handshake: the verifier sees it, and not who shows it.
    static SHOWN: Arc<OnceLock<String>>;
}

/// Why nothing came of a handshake.
#[derive(Debug)]
pub(crate) struct Refused {
    /// A word for metrics.
    pub(crate) reason: &'static str,
    pub(crate) why: String,
    /// What the certificate said, where that was what was wrong.
    shown: Option<String>,
}

impl Refused {
    pub(crate) fn new(reason: &'static str, why: impl Into<String>) -> Self {
        Self { reason, why: why.into(), shown: None }
    }

    fn of(error: &io::Error, shown: Option<&String>) -> Self {
        Self { shown: shown.cloned(), ..Self::new(reason(error), why_not_shaken(error)) }
    }

    /// A line in the log. Whoever showed a certificate that does not do, or none, may be a partner who waits.
    pub(crate) fn tell(&self, listener: &str, peer: IpAddr, untold: u64) {
        let Self { reason, why, shown } = self;
        let shown = shown.as_deref();
        if shown.is_some() || *reason == NO_CERTIFICATE {
            tracing::warn!(listener, %peer, reason, why, shown, untold, "TLS peer refused");
        } else {
            tracing::info!(listener, %peer, reason, why, untold, "TLS handshake came to nothing");
        }
    }
}

/// The reason of a peer that shows nothing though it must.
pub(crate) const NO_CERTIFICATE: &str = "no-certificate";

/// Answers a handshake.
///
/// # Errors
/// It failed, or took longer than `limit`.
pub(crate) async fn accept<I: AsyncRead + AsyncWrite + Unpin>(
    server: Arc<ServerConfig>,
    io: I,
    limit: Duration,
) -> Result<TlsStream<I>, Refused> {
    let shown = Arc::new(OnceLock::new());
    let shaking = SHOWN.scope(shown.clone(), TlsAcceptor::from(server).accept(io));
    match timeout(limit, shaking).await {
        Err(_) => Err(Refused::new("too-slow", "too slow")),
        Ok(Err(error)) => Err(Refused::of(&error, shown.get())),
        Ok(Ok(stream)) => Ok(stream),
    }
}

/// The verifier has refused this certificate.
pub(super) fn note(leaf: &CertificateDer<'_>) {
    // Nobody listens where a handshake is not of [`accept`].
    let _ = SHOWN.try_with(|shown| shown.set(describe(leaf)));
}

fn reason(error: &io::Error) -> &'static str {
    let of_tls = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    match of_tls {
        None => "broken-off",
        Some(Error::NoCertificatesPresented) => NO_CERTIFICATE,
        Some(Error::AlertReceived(_)) => "refused-by-peer",
        Some(Error::InvalidCertificate(why)) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "not-yet-valid",
            CertificateError::Revoked => "revoked",
            CertificateError::UnknownIssuer | CertificateError::BadSignature => "unknown-issuer",
            CertificateError::ApplicationVerificationFailure => "proves-nobody",
            _ => "bad-certificate",
        },
        Some(_) => "protocol",
    }
}

/// Names, issuer and end of a certificate, whether or not anything of it is true.
pub(super) fn describe(leaf: &CertificateDer<'_>) -> String {
    let Ok((_, parsed)) = X509Certificate::from_der(leaf) else { return "what is no certificate".to_owned() };
    let names = parsed.subject_alternative_name().ok().flatten();
    let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
    let told = names.iter().take(NAMES).map(|name| match name {
        GeneralName::URI(uri) => short(uri),
        GeneralName::DNSName(host) => format!("DNS:{}", short(host)),
        _ => "another kind of name".to_owned(),
    });
    let told: Vec<String> = told.collect();
    let more = if names.len() > NAMES { " and more" } else { "" };
    let told = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
    let (issuer, ends) = (short(&parsed.issuer().to_string()), parsed.validity().not_after);
    format!("names {told}{more}; issuer {issuer}; until {ends}")
}

fn short(text: &str) -> String {
    text.chars().flat_map(char::escape_default).take(LONGEST).collect()
}

#[cfg(test)]
mod tests;
